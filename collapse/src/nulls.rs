//! Which nulls a run is judged against, and their computation, shared by runs of one shape.

use crate::channel::Channel;
use crate::drift::moments;
use crate::error::CollapseError;
use crate::measure::{LEAST_BITS, Scratch, Values};
use crate::null_cache::NullCache;
use crate::order::Kind;
use crate::path::Path;
use crate::surrogate::{Design, Family};
use rayon::prelude::*;
use std::sync::atomic::{AtomicBool, Ordering};

/// Trajectories, one generation long, that measure a family's first shift.
const SHIFT_TRAJECTORIES: usize = 32;

/// Tolerance on a shift in ln multiscale BDM, at least twice the scatter between authentic generations.
const SHIFT_TOLERANCE: f64 = 0.02;

/// Share of copied records, in some generation, from which a copier of whole records is thought possible: one that is
/// anchored at 0.95 and more throughout behaves as the authentic null.
const LEAST_COPIED: f64 = 0.05;

/// What generation 1 shows of its learner beside its shift.
pub(crate) struct Signs {
    /// Whether its words are too new for an n-gram over words.
    pub(crate) spells: bool,
    /// The kinds of n-grams whose counts predict it; `None` where it shows nothing.
    pub(crate) kinds: Option<Vec<Kind>>,
}

/// A family's shift of ln multiscale BDM from generation 0 to generation 1, anchored at the floor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    family: Family,
    mean: f64,
    sd: f64,
}

/// Shifts of all families, and what generation 0 looks like.
pub(crate) struct Shifts {
    shifts: Vec<Shift>,
    tolerance: f64,
    /// Mean of each channel over authentic pools of this size.
    pub(crate) authentic: Values,
    /// Mean of ln multiscale BDM over them.
    pub(crate) level: f64,
}

/// How often a trajectory is drawn anew that comes to a generation without a window, which no run has that is judged.
const ATTEMPTS: u64 = 64;

/// `n` trajectories, on all threads.
fn trajectories(
    design: &Design<'_>,
    family: Family,
    n: usize,
    last: usize,
    stop: &AtomicBool,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<Path>, CollapseError> {
    (0..n as u64)
        .into_par_iter()
        .map_init(Scratch::new, |scratch, number| {
            for attempt in 0..ATTEMPTS {
                if stop.load(Ordering::Relaxed) {
                    return Err(CollapseError::Stopped);
                }
                if let Some(path) = design.trajectory(family, number | attempt << 32, last, scratch)? {
                    done();
                    return Ok(path);
                }
            }
            let records = design.sizes.iter().copied().min().unwrap_or(0);
            Err(CollapseError::UnmeasurableNulls { records, bits: LEAST_BITS })
        })
        .collect()
}

/// Every family's first shift, from the cache where it holds them.
pub(crate) fn shifts(
    design: &Design<'_>,
    cache: Option<&NullCache>,
    stop: &AtomicBool,
) -> Result<Shifts, CollapseError> {
    let name = format!("shifts {SHIFT_TRAJECTORIES}");
    if let Some(held) =
        cache.and_then(|cache| cache.named(design, &name)).and_then(|held| Shifts::of_held(design, held))
    {
        return Ok(held);
    }
    let shifts = measure_shifts(design, stop)?;
    if let Some(cache) = cache {
        cache.put_named(design, &name, &shifts.to_held());
    }
    Ok(shifts)
}

fn measure_shifts(design: &Design<'_>, stop: &AtomicBool) -> Result<Shifts, CollapseError> {
    let families = Family::anchored(design.meter.bytes());
    let n = SHIFT_TRAJECTORIES;
    let mut shifts = Vec::with_capacity(families.len());
    let mut authentic = vec![0.0; design.meter.channels().len()];
    let mut level = 0.0;
    for &family in families {
        let paths = trajectories(design, family, n, 1, stop, &|| ())?;
        let (mean, sd) = moments(paths.iter().map(Path::shift), Channel::Multiscale48.tick());
        shifts.push(Shift { family, mean, sd });
        if family == families[0] {
            for (c, slot) in authentic.iter_mut().enumerate() {
                *slot = moments(paths.iter().map(|path| path.values[0][c]), 0.0).0;
            }
            level = moments(paths.iter().map(|path| path.level(0)), 0.0).0;
        }
    }
    let paths = trajectories(design, Family::Authentic, n, 1, stop, &|| ())?;
    let scatter = moments(paths.iter().map(Path::shift), 0.0).1;
    Ok(Shifts { shifts, tolerance: SHIFT_TOLERANCE.max(2.0 * scatter), authentic, level })
}

/// Shifts as the cache holds them: mean and standard deviation by family, tolerance, authentic means, their level.
type Held = (Vec<(f64, f64)>, f64, Values, f64);

impl Shifts {
    fn to_held(&self) -> Held {
        let shifts = self.shifts.iter().map(|shift| (shift.mean, shift.sd)).collect();
        (shifts, self.tolerance, self.authentic.clone(), self.level)
    }

    fn of_held(design: &Design<'_>, held: Held) -> Option<Self> {
        let (shifts, tolerance, authentic, level) = held;
        let families = Family::anchored(design.meter.bytes());
        if shifts.len() != families.len() || authentic.len() != design.meter.channels().len() {
            return None;
        }
        let each = families.iter().zip(shifts);
        let shifts = each.map(|(&family, (mean, sd))| Shift { family, mean, sd }).collect();
        Some(Self { shifts, tolerance, authentic, level })
    }

    /// The families that could have made the first step of `path`: more anchoring than the floor only makes a
    /// family's shift smaller. The nearest one if there is none. Who never repeats a record of the generation before
    /// copies no records; who spells new words in too many of its first records is no n-gram over words; and who is predicted by
    /// another order's counts is no n-gram of this one. A learner that sharpens takes the part of the plain one of its order, whatever
    /// its shift: held against the plain one, most of them alarmed although they were anchored at one half. With shifts alone, which say nothing where the source is random, loops of
    /// order 3 were held against those of order 12 as well, and not one of a hundred was found at alpha 0.
    ///
    /// The step is taken from the run's own generation 0 and from the authentic mean, and either will do: a copier
    /// carries the chance of its generation 0 on, an n-gram forgets it. By the first alone, 4 of 20 loops of bigram prose at
    /// alpha 0.15, whose generation 0 happened to be simple, were held against unigrams only, and alarmed.
    pub(crate) fn plausible(&self, path: &Path, signs: &Signs) -> Vec<Family> {
        let steps = [path.shift(), path.level(1) - self.level];
        let copies = path.copied() >= LEAST_COPIED;
        let plain = |order: usize| {
            signs.kinds.as_ref().is_none_or(|kinds| kinds.iter().any(|kind| kind.order == order && !kind.sharpens()))
        };
        let able = |s: &&Shift| match s.family {
            Family::Records => copies,
            Family::Words(_) => !signs.spells,
            Family::Ngram(order) => plain(order),
            Family::Authentic | Family::Sharpened(_) => true,
        };
        let fits = |s: &&Shift| steps.iter().any(|&step| self.fits(s, step));
        let sharpened =
            signs.kinds.iter().flatten().filter(|kind| kind.sharpens()).map(|kind| Family::Sharpened(*kind));
        let found = self.shifts.iter().filter(able).filter(fits).map(|s| s.family);
        let found: Vec<Family> = found.chain(sharpened).collect();
        if !found.is_empty() {
            return found;
        }
        let distance = |s: &&Shift| steps.iter().map(|step| (s.mean - step).abs()).fold(f64::INFINITY, f64::min);
        let nearest = self.shifts.iter().filter(able).min_by(|a, b| distance(a).total_cmp(&distance(b)));
        nearest.map(|s| s.family).into_iter().collect()
    }

    /// Whether a family anchored at the floor or above could have made this step.
    fn fits(&self, shift: &Shift, step: f64) -> bool {
        let (tolerance, reach) = (self.tolerance, 2.0 * shift.sd + self.tolerance);
        if shift.mean >= 0.0 {
            -tolerance < step && step <= shift.mean + reach
        } else {
            shift.mean - reach <= step && step < tolerance
        }
    }
}

/// A null family and what it showed: `[trajectory][generation]`.
pub(crate) type FamilyPaths = (Family, Vec<Vec<Values>>);

/// Full trajectories of the families asked, from the cache where it holds them.
pub(crate) fn compute(
    design: &Design<'_>,
    families: &[Family],
    n: usize,
    cache: Option<&NullCache>,
    stop: &AtomicBool,
    done: &(dyn Fn() + Sync),
) -> Result<Vec<FamilyPaths>, CollapseError> {
    let last = design.sizes.len().saturating_sub(1);
    families
        .iter()
        .map(|&family| {
            if let Some(paths) = cache.and_then(|cache| cache.get(design, family, n)) {
                (0..n).for_each(|_| done());
                return Ok((family, paths));
            }
            let paths = trajectories(design, family, n, last, stop, done)?;
            let paths: Vec<Vec<Values>> = paths.into_iter().map(|path| path.values).collect();
            if let Some(cache) = cache {
                cache.put(design, family, n, &paths);
            }
            Ok((family, paths))
        })
        .collect()
}
