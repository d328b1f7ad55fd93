//! The exogenous share by what came out: how much of each pool must be from the source.
//!
//! Generation t is alpha p + (1 - alpha) q_t with p the source and q_t the learner that was fitted on generation t - 1. q_t is not seen. It is taken to have
//! the shares of cells (short blocks of symbols) of the pool it was fitted on. A copier has them for blocks of any length; an n-gram learner up to its order + 1. Finer
//! cells tell more, but to them what a learner generalises looks like the source, and alpha too large. So blocks of more than one symbol are used only where the run
//! shows that its learner keeps them: their estimate over the run is below 1 and agrees with that of all shorter blocks, one of which is at most half as long and precise
//! enough to differ. See `moments` for the equation. Where the learner has not left the source yet, or does not fit, nothing is said.

mod cells;
mod instrument;
mod likelihood;
mod moments;

pub use instrument::{LEAST_LAGGED, estimate_from_metric};
pub use likelihood::Mixture;

use crate::alpha::Share;
use crate::error::CollapseError;
use crate::ledger::PLANNING_FLOOR;
use crate::pool::Pool;
use crate::prepare::{LEAST_REFERENCE, PreparedRun, REFERENCE, encode};
use crate::record::{Reference, Run};
use cells::{Cut, shares};
use moments::{Equation, Halves, misfit};
use rayon::prelude::*;
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::HashSet;
use turmite_bdm::{Encoding, EncodingChoice};

/// Standard error above which an estimate says too little to be given.
pub const GREATEST_SE: f64 = 0.04;

/// Left-over squares a cell, beyond which the mixture does not fit: of the median generation when cells are chosen, and of any one.
const GREATEST_MISFIT: f64 = 1.25;
const GREATEST_MISFIT_OF_ONE: f64 = 2.5;

/// The upper limit of a run's share from which on a learner is not seen to keep blocks; the standard error up to which shorter blocks can object; and what estimates by
/// different blocks may differ beyond their errors.
const GREATEST_OF_KEPT: f64 = 0.95;
const GREATEST_CHECK: f64 = 0.1;
const SLACK: f64 = 0.02;

/// The level that one-sided limits share over a run.
const LEVEL: f64 = 0.05;

/// An estimate with its 95 % limits.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The share.
    pub alpha: f64,
    /// Its standard error.
    pub se: f64,
    /// Its lower limit (two-sided 95 %).
    pub low: f64,
    /// Its upper limit.
    pub high: f64,
}

impl Estimate {
    /// Whether it is precise enough to be given: by its standard error, and by its limits, which are wider where alpha is near 0.
    fn tells(&self) -> bool {
        self.se <= GREATEST_SE && self.high - self.low <= 2.0 * normal_quantile(0.975) * GREATEST_SE
    }
}

/// Why a generation has no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Unidentified {
    /// The generation before it, which its learner was fitted on, is not there.
    NoPredecessor,
    /// The learner is too close to the source to tell them apart: the standard error is above 0.04.
    LittleDrift,
    /// It is no mixture of the source and of the generation before: the learner writes something else than it was fitted on.
    Misfit,
}

/// The estimate of a generation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GenerationEstimate {
    /// The run.
    pub run: String,
    /// The generation.
    pub generation: u64,
    /// The share; `None` if unidentified.
    pub alpha: Option<f64>,
    /// Its lower limit (95 %, two-sided).
    pub alpha_low: Option<f64>,
    /// Its upper limit.
    pub alpha_high: Option<f64>,
    /// Its standard error, also where that is too large.
    pub se: Option<f64>,
    /// Why there is no estimate.
    pub unidentified: Option<Unidentified>,
    /// The share that the records state or mark, for comparison.
    pub alpha_given: Option<f64>,
    /// The one-sided limits at 0.05 / T, T the generations of the run: they hold for all together.
    #[serde(skip)]
    simultaneous: Option<(f64, f64)>,
}

/// The estimates of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunEstimate {
    /// Always true: tells this line from a generation's.
    pub summary: bool,
    /// The run.
    pub run: String,
    /// The smallest estimate of an identified generation: lower than the smallest share, as the least of many noisy ones is.
    pub inf_alpha: Option<f64>,
    /// The least of the lower limits at 0.05 / T.
    pub inf_alpha_low: Option<f64>,
    /// The least of the upper limits at 0.05 / T.
    pub inf_alpha_high: Option<f64>,
    /// The floor.
    pub floor: f64,
    /// Whether all identified generations are at or above it; `None` if undecided.
    pub above_floor: Option<bool>,
    /// The same for [`PLANNING_FLOOR`].
    pub above_planning_floor: Option<bool>,
    /// Generations that have an estimate, of how many that have a predecessor or not, generation 0 apart.
    pub identified: usize,
    /// Generations after generation 0.
    pub generations: usize,
    /// The share if it is the same in all generations; `None` if unidentified even then.
    pub pooled: Option<Estimate>,
    /// The share by mean reversion, if it is the same in all generations and there are 50 at least.
    pub lagged: Option<Estimate>,
    /// What is left over a cell by the median generation, in variances: about 1 where the mixture fits.
    pub misfit: Option<f64>,
    /// Symbols of a block, and different blocks counted as cells; `None` if no size of block fits.
    pub block: Option<usize>,
    /// See `block`.
    pub cells: Option<usize>,
}

/// What [`estimate()`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimates {
    /// One per run and generation after generation 0, in order of run and generation.
    pub generations: Vec<GenerationEstimate>,
    /// One per run.
    pub runs: Vec<RunEstimate>,
    /// The encoding used, e.g. "bits".
    pub encoding: String,
    /// What a reader must know before trusting an estimate.
    pub warnings: Vec<String>,
}

/// How to estimate.
#[derive(Clone, Copy, Debug)]
pub struct EstimateOptions {
    /// How texts become symbols: bits, or bytes for all others.
    pub encoding: EncodingChoice,
    /// The floor that the smallest share is judged by.
    pub floor: f64,
    /// Learners are fitted on all generations so far, not on the last.
    pub accumulate: bool,
}

impl Default for EstimateOptions {
    fn default() -> Self {
        Self { encoding: EncodingChoice::Auto, floor: 0.1, accumulate: false }
    }
}

/// Estimates the exogenous share of every generation of some runs from their records and from authentic ones.
///
/// The reference must be drawn apart from the runs: a run's own generation 0 shares its noise with what was fitted on it.
///
/// ```
/// use turmite_collapse::{EstimateOptions, Reference, Run, SimulateOptions, estimate, simulate};
///
/// let mut options = SimulateOptions::new("rule30".parse()?, "records".parse()?);
/// (options.runs, options.generations, options.schedule) = (1, 12, "constant:0.1".parse()?);
/// let mut records = Vec::new();
/// simulate(&options, &Default::default(), |record| { records.push(record); Ok(()) })?;
/// let reference = (0..1024).map(|i| options.source.bits(256, 9, i)).map(|r| r.iter().map(u8::to_string).collect());
///
/// let reference = Reference { records: reference.collect() };
/// let estimates = estimate(&Run::from_simulated(records), &reference, &EstimateOptions::default())?;
/// // None where the records do not tell it.
/// let known: Vec<f64> = estimates.generations.iter().filter_map(|generation| generation.alpha).collect();
/// assert!(known.len() > 3 && known.iter().all(|alpha| (alpha - 0.1).abs() < 0.1), "{known:?}");
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
///
/// # Errors
/// A reference below 64 records, a run without a generation after generation 0, records that cannot be encoded, or a floor outside (0, 1).
pub fn estimate(runs: &[Run], reference: &Reference, options: &EstimateOptions) -> Result<Estimates, CollapseError> {
    if !(options.floor > 0.0 && options.floor < 1.0) {
        let expected = "a number above 0 and below 1";
        return Err(CollapseError::OutOfRange { what: "the floor", found: options.floor.to_string(), expected });
    }
    let texts = runs.iter().flat_map(|run| &run.generations).flat_map(|g| &g.records).map(|r| r.text.as_str());
    let encoding = options.encoding.resolve(texts.chain(reference.records.iter().map(String::as_str)));
    let mut authentic = Pool::default();
    for (index, text) in reference.records.iter().enumerate() {
        encode(encoding, text, &mut authentic, index, || REFERENCE.to_owned())?;
    }
    let found = authentic.iter().filter(|record| !record.is_empty()).count();
    if found < LEAST_REFERENCE {
        let of = match authentic.len() - found {
            0 => "every run".to_owned(),
            empty => format!("every run, {empty} empty one(s) apart"),
        };
        return Err(CollapseError::ReferenceTooSmall { of, found, least: LEAST_REFERENCE });
    }
    let source = Authentic::new(&authentic, encoding == Encoding::Utf8);
    let known: HashSet<&[u8]> = authentic.iter().collect();
    let mut estimates =
        Estimates { generations: Vec::new(), runs: Vec::new(), encoding: encoding.to_string(), warnings: Vec::new() };
    for run in runs {
        let pools = pools(run, encoding)?;
        if !pools.iter().any(|pool| pool.index > 0) {
            return Err(CollapseError::NothingToEstimate { run: run.id.clone() });
        }
        let shared = |pool: &Pool<u8>| pool.iter().filter(|record| known.contains(record)).count() * 2 > pool.len();
        if pools.first().is_some_and(|zero| zero.index == 0 && shared(&zero.records)) {
            estimates.warnings.push(format!(
                "most records of generation 0 of run `{}` stand in the reference too; if the reference is that sample itself, its estimates are too high: give authentic records drawn apart",
                run.id
            ));
        }
        let (generations, summary) = source.run(&run.id, &pools, options);
        estimates.generations.extend(generations);
        estimates.runs.push(summary);
    }
    Ok(estimates)
}

/// A generation, ready.
pub(crate) struct Training<'a> {
    pub(crate) index: u64,
    pub(crate) records: std::borrow::Cow<'a, Pool<u8>>,
    pub(crate) given: Option<f64>,
}

fn pools(run: &Run, encoding: Encoding) -> Result<Vec<Training<'static>>, CollapseError> {
    let mut pools = Vec::with_capacity(run.generations.len());
    for generation in &run.generations {
        let mut pool = Pool::default();
        for (index, record) in generation.records.iter().enumerate() {
            encode(encoding, &record.text, &mut pool, index, || {
                format!("run `{}`, generation {}", run.id, generation.index)
            })?;
        }
        let given = Share::of(generation).map(|share| share.alpha);
        pools.push(Training { index: generation.index, records: std::borrow::Cow::Owned(pool), given });
    }
    pools.sort_by_key(|pool| pool.index);
    Ok(pools)
}

/// Fills in the shares of a prepared run that states and marks none, from a reference drawn apart from it.
pub(crate) fn fill(run: &mut PreparedRun, reference: &Pool<u8>, bytes: bool) {
    if run.synthetic().iter().any(|generation| generation.share.is_some()) {
        return;
    }
    let borrowed = run.generations.iter().map(|generation| Training {
        index: generation.index,
        records: std::borrow::Cow::Borrowed(&generation.pool),
        given: None,
    });
    let borrowed: Vec<Training<'_>> = borrowed.collect();
    let (found, _) = Authentic::new(reference, bytes).run("", &borrowed, &EstimateOptions::default());
    for estimate in found {
        if let (Some(alpha), Some(low), Some(high)) = (estimate.alpha, estimate.alpha_low, estimate.alpha_high)
            && let Some(generation) = run.generations.iter_mut().find(|g| g.index == estimate.generation)
        {
            generation.share = Some(Share { alpha, low, high });
        }
    }
}

/// The source, cut in every way worth a try.
pub(crate) struct Authentic {
    /// The finest first.
    cuts: Vec<(Cut, Halves)>,
}

/// One way to cut a run: equations and fit of each generation after generation 0.
struct Fitted {
    equations: Vec<Option<(Equation, f64)>>,
    codes: Vec<Pool<u32>>,
}

impl Fitted {
    /// The equation of a share that is the same in all generations that fit.
    fn pooled(&self) -> Equation {
        let mut pooled = Equation::default();
        for (equation, misfit) in self.equations.iter().flatten() {
            if *misfit <= GREATEST_MISFIT_OF_ONE {
                pooled.add(equation);
            }
        }
        pooled
    }

    fn median_misfit(&self) -> f64 {
        let mut misfits: Vec<f64> = self.equations.iter().flatten().map(|(_, misfit)| *misfit).collect();
        misfits.sort_by(f64::total_cmp);
        misfits.get(misfits.len() / 2).copied().unwrap_or(0.0)
    }
}

impl Authentic {
    pub(crate) fn new(reference: &Pool<u8>, bytes: bool) -> Self {
        let cuts = Cut::of(reference, bytes).into_iter().map(|cut| {
            let halves = Halves::new(&cut.code(reference), cut.len());
            (cut, halves)
        });
        Self { cuts: cuts.collect() }
    }

    /// The finest cut that the run's learner keeps.
    fn fitting(&self, pools: &[Training<'_>], accumulate: bool) -> Option<(&Cut, &Halves, Fitted)> {
        let fit = |(cut, halves): &(Cut, Halves)| fit(cut, halves, pools, accumulate);
        let mut fitted: Vec<Fitted> = self.cuts.iter().map(fit).collect();
        let pooled: Vec<Option<Estimate>> = fitted.iter().map(|fitted| fitted.pooled().estimate()).collect();
        let holds = |at: usize| {
            fitted[at].median_misfit() <= GREATEST_MISFIT && (self.cuts[at].0.block == 1 || self.keeps(at, &pooled))
        };
        let at = (0..self.cuts.len()).find(|&at| holds(at))?;
        let (cut, halves) = &self.cuts[at];
        Some((cut, halves, fitted.swap_remove(at)))
    }

    /// Whether the estimates over a run, by cut, say that its learner keeps the blocks of one cut.
    fn keeps(&self, at: usize, pooled: &[Option<Estimate>]) -> bool {
        let Some(own) = pooled[at].filter(|own| own.high < GREATEST_OF_KEPT) else { return false };
        let half = self.cuts[at].0.block / 2;
        let coarser =
            || self.cuts.iter().zip(pooled).skip(at + 1).filter_map(|((cut, _), other)| Some((cut.block, (*other)?)));
        coarser().any(|(block, other)| block <= half && other.se <= GREATEST_CHECK)
            && coarser().all(|(_, other)| (own.alpha - other.alpha).abs() <= 3.0 * own.se.hypot(other.se) + SLACK)
    }

    /// The estimates of a run, its pools in order of index.
    pub(crate) fn run(
        &self,
        id: &str,
        pools: &[Training<'_>],
        options: &EstimateOptions,
    ) -> (Vec<GenerationEstimate>, RunEstimate) {
        let fitting = self.fitting(pools, options.accumulate);
        let synthetic: Vec<&Training<'_>> = pools.iter().filter(|pool| pool.index > 0).collect();
        let level = LEVEL / synthetic.len().max(1) as f64;
        let pooled = fitting.as_ref().and_then(|(_, _, fitted)| fitted.pooled().estimate());
        let mut generations = Vec::with_capacity(synthetic.len());
        let offset = pools.len() - synthetic.len();
        for (at, pool) in synthetic.iter().enumerate() {
            let follows = at + offset > 0 && pools[at + offset - 1].index + 1 == pool.index;
            let equation = fitting.as_ref().and_then(|(_, _, fitted)| fitted.equations[at].as_ref());
            let fits = equation.filter(|(_, misfit)| *misfit <= GREATEST_MISFIT_OF_ONE).map(|(equation, _)| equation);
            let found = fits.and_then(Equation::estimate);
            let identified = found.filter(Estimate::tells);
            let unidentified = match (identified, fits) {
                (Some(_), _) => None,
                (None, _) if !follows => Some(Unidentified::NoPredecessor),
                (None, None) => Some(Unidentified::Misfit),
                (None, Some(_)) => Some(Unidentified::LittleDrift),
            };
            generations.push(GenerationEstimate {
                run: id.to_owned(),
                generation: pool.index,
                alpha: identified.map(|e| e.alpha),
                alpha_low: identified.map(|e| e.low),
                alpha_high: identified.map(|e| e.high),
                se: found.map(|e| e.se).filter(|se| se.is_finite()),
                unidentified,
                alpha_given: pool.given,
                simultaneous: identified.and_then(|_| fits?.limits(level)),
            });
        }
        let least =
            |value: fn(&GenerationEstimate) -> Option<f64>| generations.iter().filter_map(value).reduce(f64::min);
        let low = least(|g| g.simultaneous.map(|(low, _)| low));
        let high = least(|g| g.simultaneous.map(|(_, high)| high));
        let above = |floor: f64| match (low, high) {
            (Some(low), _) if low >= floor => Some(true),
            (_, Some(high)) if high < floor => Some(false),
            _ => None,
        };
        let summary = RunEstimate {
            summary: true,
            run: id.to_owned(),
            inf_alpha: least(|g| g.alpha),
            inf_alpha_low: low,
            inf_alpha_high: high,
            floor: options.floor,
            above_floor: above(options.floor),
            above_planning_floor: above(PLANNING_FLOOR),
            identified: generations.iter().filter(|g| g.alpha.is_some()).count(),
            generations: generations.len(),
            pooled: pooled.filter(Estimate::tells),
            lagged: fitting
                .as_ref()
                .and_then(|(_, halves, fitted)| lagged(halves, &fitted.codes[offset..], &synthetic)),
            misfit: fitting.as_ref().map(|(_, _, fitted)| fitted.median_misfit()),
            block: fitting.as_ref().map(|(cut, _, _)| cut.block),
            cells: fitting.as_ref().map(|(cut, _, _)| cut.len()),
        };
        (generations, summary)
    }
}

/// The equations of a run's generations after generation 0; `None` where the one before is missing or nothing can be solved.
fn fit(cut: &Cut, halves: &Halves, pools: &[Training<'_>], accumulate: bool) -> Fitted {
    let codes: Vec<Pool<u32>> = pools.par_iter().map(|pool| cut.code(&pool.records)).collect();
    let mut before = Pool::default();
    let mut equations = Vec::new();
    for (at, code) in codes.iter().enumerate() {
        if pools[at].index > 0 {
            let follows = at > 0 && pools[at - 1].index + 1 == pools[at].index;
            equations.push(if follows { equation(cut, halves, &before, code) } else { None });
        }
        if !accumulate {
            before.clear();
        }
        before.extend(code);
    }
    Fitted { equations, codes }
}

/// The equation at its own solution, and how badly the mixture fits there.
fn equation(cut: &Cut, halves: &Halves, before: &Pool<u32>, generation: &Pool<u32>) -> Option<(Equation, f64)> {
    if before.symbols().is_empty() || generation.symbols().is_empty() {
        return None;
    }
    let q = shares(before, cut.len());
    let mut equation = Equation::new(halves, before, &q, generation, 0.3);
    for _ in 0..2 {
        // Directions change little with the pilot; at the ends they would rest on the rarest cells alone.
        let pilot = equation.solution()?.clamp(0.02, 0.98);
        equation = Equation::new(halves, before, &q, generation, pilot);
    }
    let alpha = equation.solution()?.clamp(0.0, 1.0);
    let misfit = misfit(halves, &q, generation, alpha);
    Some((equation, misfit))
}

/// Mean reversion of all cells together, each weighed by its rarity. The source's shares are of two halves, so that their error does not add up.
fn lagged(halves: &Halves, codes: &[Pool<u32>], pools: &[&Training<'_>]) -> Option<Estimate> {
    if pools.len() < LEAST_LAGGED || pools.windows(2).any(|pair| pair[0].index + 1 != pair[1].index) {
        return None;
    }
    let (p, r) = (halves.shares(0), halves.shares(1));
    let paths: Vec<Vec<f64>> = codes.par_iter().map(|code| shares(code, p.len())).collect();
    instrument::lagged(paths.len(), |lag, t| {
        let (now, then) = (&paths[t], &paths[t + lag]);
        let cell = |i: usize| {
            let products = (now[i] - p[i]) * (then[i] - r[i]) + (now[i] - r[i]) * (then[i] - p[i]);
            products / (p[i] + r[i]).max(1e-9)
        };
        (0..p.len()).map(cell).sum()
    })
}

/// The standard normal quantile.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

#[cfg(test)]
mod tests;
