//! The drift test: has a statistic moved away from generation 1 further than a sound run's would?

use crate::channel::Channel;
use crate::measure::Values;
use crate::surrogate::Family;
use crate::verdict::Mode;
use rayon::prelude::*;
use std::fmt;

/// Trajectories of one family and where they go relative to generation 1.
pub(crate) struct Null {
    pub(crate) family: Family,
    paths: Vec<Vec<Values>>,
    /// x_t - x_1 of all trajectories by generation and channel.
    changes: Vec<Vec<Changes>>,
}

/// Mean and standard deviation with a least value.
pub(crate) fn moments(values: impl Iterator<Item = f64> + Clone, tick: f64) -> (f64, f64) {
    let n = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / n;
    let variance = values.map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, variance.sqrt().max(tick))
}

/// Tenths of a normal distribution lie so many standard deviations apart, the lowest and the highest.
const TENTHS: f64 = 2.563;

/// The changes of a channel since generation 1, sorted.
struct Changes {
    sorted: Vec<f64>,
    tick: f64,
}

impl Changes {
    fn new(values: impl Iterator<Item = f64>, tick: f64) -> Self {
        let mut sorted: Vec<f64> = values.collect();
        sorted.sort_by(f64::total_cmp);
        Self { sorted, tick }
    }

    /// Median, and the distance of the lowest and the highest tenth in standard deviations of a normal distribution, one tick at least.
    /// They only set a scale, on which the nulls are then calibrated: with mean and standard deviation, two trajectories in 300 that had
    /// gone astray made it half as fine.
    ///
    /// A trajectory of the null itself is measured by the others (`without` its own change), as a run is. Were it measured by
    /// all, its own tail would stretch the scale: a level of 1 % was 1.38 % in truth and is 1.27 % (12 nulls of 300 trajectories of uniform
    /// noise, 1,000 paths against each: 0.2 % of chance).
    fn center_and_spread(&self, without: Option<f64>) -> (f64, f64) {
        let left_out = without.map(|x| self.sorted.partition_point(|&y| y < x));
        let n = self.sorted.len() - usize::from(left_out.is_some());
        let at = |share: f64| {
            let place = (share * n as f64) as usize;
            let place = place + usize::from(left_out.is_some_and(|out| place >= out));
            self.sorted.get(place).copied().unwrap_or(0.0)
        };
        (at(0.5), ((at(0.9) - at(0.1)) / TENTHS).max(self.tick))
    }
}

impl Null {
    /// `paths` start at generation 0.
    pub(crate) fn new(family: Family, paths: Vec<Vec<Values>>, channels: &[Channel]) -> Self {
        let generations = paths.first().map_or(0, Vec::len);
        let changes = (0..generations)
            .map(|t| {
                let of = |(c, channel): (usize, &Channel)| {
                    Changes::new(paths.iter().map(|path| path[t][c] - path[1.min(t)][c]), channel.tick())
                };
                channels.iter().enumerate().map(of).collect()
            })
            .collect();
        Self { family, paths, changes }
    }

    pub(crate) fn paths(&self) -> &[Vec<Values>] {
        &self.paths
    }
}

/// Which way a channel went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Down,
    Up,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Direction::Up { "up" } else { "down" })
    }
}

/// A channel and a direction that counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Test {
    channel: usize,
    direction: Direction,
    mode: Mode,
    /// The channel that has to go the same way, beyond authentic samples, for this test to say anything.
    together_with: Option<usize>,
}

pub(crate) fn tests(channels: &[Channel]) -> Vec<Test> {
    let mut tests = Vec::new();
    for (c, channel) in channels.iter().enumerate() {
        let together_with = channel.together_with().and_then(|with| channels.iter().position(|other| *other == with));
        let (down, up) = channel.modes();
        let test = |direction| move |mode| Test { channel: c, direction, mode, together_with };
        tests.extend(down.map(test(Direction::Down)));
        tests.extend(up.map(test(Direction::Up)));
    }
    tests
}

/// The exceedance of one path by generation and test: distance beyond the most favourable median of any null, in
/// the largest spread of any null. A path that is one of a null's own names it.
///
/// Median and spread are taken apart because a sound run may be anchored anywhere between the floor and 1: its median
/// lies between those of the authentic and the floor null, its spread need not be that of the nearer one. With
/// one null's center and spread together, 5 of 100 runs of copies at alpha 0.3 alarmed upwards.
///
/// A channel that goes together with another is a logarithm of likelihoods and has a scale of its own: it is taken in its ticks. In spreads,
/// loops that drop rare symbols hid each other: authentic records make the evidence of an anchored one fall by hundreds of nats, more
/// in one run than in another, so that the hundred that a loop without any gains were within its spread (23 of 80 were found; in
/// nats 80 are). The other channel only has to tell a loop that moves from one that stays put, which authentic samples show. Before it was
/// held against these alone, and evidence in spreads, 14 of 40 trigram loops on `iid:0.2` were found, and 26 since.
fn exceedances(path: &[Values], nulls: &[&Null], tests: &[Test], own: Option<usize>) -> Vec<Vec<f64>> {
    let Some(first) = path.get(1) else { return Vec::new() };
    // How far beyond the median, and the spread, of every null.
    let beyond = |t: usize, c: usize, direction: Direction| {
        let sign = if direction == Direction::Up { 1.0 } else { -1.0 };
        let change = path[t][c] - first[c];
        nulls.iter().enumerate().map(move |(i, null)| {
            let (center, spread) = null.changes[t][c].center_and_spread(Some(change).filter(|_| own == Some(i)));
            (null.family, sign * (change - center), spread)
        })
    };
    let tick = |c: usize| nulls.first().and_then(|null| null.changes.first()).map_or(1.0, |changes| changes[c].tick);
    let of = |t: usize, test: &Test| match test.together_with {
        None => {
            let (least, widest) = beyond(t, test.channel, test.direction)
                .fold((f64::INFINITY, f64::MIN_POSITIVE), |(least, widest), (_, x, spread)| {
                    (least.min(x), widest.max(spread))
                });
            // Nothing added: what is no distance at all is 0 and not -0.
            least / widest + 0.0
        }
        Some(with) => {
            let unit = tick(test.channel);
            let alone = beyond(t, test.channel, test.direction).map(|(_, x, _)| x / unit);
            let moves = beyond(t, with, test.direction).filter(|(family, ..)| *family == Family::Authentic);
            alone.chain(moves.map(|(_, x, spread)| x / spread)).fold(f64::INFINITY, f64::min) + 0.0
        }
    };
    (2..path.len()).map(|t| tests.iter().map(|test| of(t, test)).collect()).collect()
}

/// Two consecutive exceedances of one test: the smaller of the two, by the generation of the second (from 3).
fn pairs(exceedances: &[Vec<f64>]) -> Vec<Vec<f64>> {
    exceedances.windows(2).map(|two| two[0].iter().zip(&two[1]).map(|(a, b)| a.min(*b)).collect()).collect()
}

/// The greatest value of each test.
fn greatest_by_test(rows: &[Vec<f64>], tests: usize) -> Vec<f64> {
    let mut greatest = vec![f64::NEG_INFINITY; tests];
    for row in rows {
        for (held, &x) in greatest.iter_mut().zip(row) {
            *held = held.max(x);
        }
    }
    greatest
}

/// Least unit of a test, in standard deviations: a null that never leaves its mean must not make a trifle extreme. With 1, 2 of
/// 20 loops of bigram prose at alpha 0.6 alarmed because 3 of 120 records were drawn twice from a book of 2,541.
const LEAST_UNIT: f64 = 2.0;

/// Part of a level that goes to the unit of a test.
const SHARES: f64 = 3.0;

/// The unit of each test: what one null trajectory in 3 / `level` exceeds in that test alone, under the null that goes
/// furthest. A channel with rare wild trajectories thus takes no power from the others: with 1 / `level`, three loops of order 6 in 300 that
/// had gone astray took the whole level, and a third of slow drifts were found where now four in five are.
fn units(of_nulls: &[Vec<Vec<f64>>], tests: usize, level: f64) -> Vec<f64> {
    let quantile = |null: &Vec<Vec<f64>>, test: usize| {
        let mut values: Vec<f64> = null.iter().map(|trajectory| trajectory[test]).collect();
        values.sort_by(f64::total_cmp);
        let beyond = (level / SHARES * values.len() as f64).floor() as usize;
        values.get(values.len().wrapping_sub(1 + beyond)).copied().unwrap_or(LEAST_UNIT)
    };
    (0..tests).map(|test| of_nulls.iter().map(|null| quantile(null, test)).fold(LEAST_UNIT, f64::max)).collect()
}

fn greatest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

/// What the drift test says of a run.
#[derive(Clone, Debug)]
pub(crate) struct Drift {
    /// By position t in the run (0 is generation 0): the run's p-value up to there; `None` before t = 3.
    pub(crate) p_by_generation: Vec<Option<f64>>,
    /// By position: the greatest exceedance over tests at t, each in its unit; `None` before t = 2.
    pub(crate) exceedance: Vec<Option<f64>>,
    /// Position of the second of two consecutive alarms.
    pub(crate) onset: Option<usize>,
    /// Modes alarmed, with the position of their first pair.
    pub(crate) modes: Vec<(Mode, usize)>,
    /// Channels that alarmed, by their place among those judged, each with its direction, in the order of their first pair.
    pub(crate) alarms: Vec<(usize, Direction)>,
    /// The threshold: the least value of the two-in-a-row statistic that alarms.
    pub(crate) threshold: f64,
    /// The run's greatest two-in-a-row statistic.
    pub(crate) greatest: f64,
}

/// What the drift test takes from plausible nulls, the same for every run that is held against them.
///
/// One statistic, the greatest pair over tests and generations, each test in its unit, is calibrated under each null in turn; the
/// largest p-value counts. If any null is the right one, the false-alarm rate per run is at most the level.
pub(crate) struct Calibration<'a> {
    nulls: Vec<&'a Null>,
    tests: Vec<Test>,
    units: Vec<f64>,
    /// The statistic of each null's trajectories, sorted.
    statistics: Vec<Vec<f64>>,
    level: f64,
}

impl<'a> Calibration<'a> {
    /// Of a level per run.
    ///
    /// # Complexity
    /// k^2 n T C for k nulls of n trajectories, T generations and C channels: most of the time of judging.
    pub(crate) fn new(nulls: Vec<&'a Null>, channels: &[Channel], level: f64) -> Self {
        let tests = tests(channels);
        let of_nulls: Vec<Vec<Vec<f64>>> = nulls
            .par_iter()
            .enumerate()
            .map(|(i, null)| {
                let each = null.paths().iter().map(|path| pairs(&exceedances(path, &nulls, &tests, Some(i))));
                each.map(|rows| greatest_by_test(&rows, tests.len())).collect()
            })
            .collect();
        let units = units(&of_nulls, tests.len(), level);
        let statistic = |row: Vec<f64>| greatest(row.iter().zip(&units).map(|(x, unit)| x / unit));
        let statistics = of_nulls
            .into_iter()
            .map(|trajectories| {
                let mut all: Vec<f64> = trajectories.into_iter().map(statistic).collect();
                all.sort_by(f64::total_cmp);
                all
            })
            .collect();
        Self { nulls, tests, units, statistics, level }
    }

    pub(crate) fn nulls(&self) -> &[&'a Null] {
        &self.nulls
    }

    /// The largest p-value of a statistic under any null.
    fn p_value(&self, statistic: f64) -> f64 {
        let of =
            |all: &Vec<f64>| (1 + all.len() - all.partition_point(|&x| x < statistic)) as f64 / (1 + all.len()) as f64;
        self.statistics.iter().map(of).fold(0.0, f64::max)
    }

    /// Judges a path (positions 0..=T).
    pub(crate) fn judge(&self, path: &[Values]) -> Drift {
        let level = self.level;
        let mut own = exceedances(path, &self.nulls, &self.tests, None);
        own.iter_mut().for_each(|row| row.iter_mut().zip(&self.units).for_each(|(x, unit)| *x /= unit));
        let own_pairs = pairs(&own);
        let mut drift = Drift {
            p_by_generation: vec![None; path.len()],
            exceedance: vec![None; path.len()],
            onset: None,
            modes: Vec::new(),
            alarms: Vec::new(),
            threshold: self.statistics.iter().map(|all| threshold(all, level)).fold(f64::NEG_INFINITY, f64::max),
            greatest: greatest(own_pairs.iter().flatten().copied()),
        };
        for (t, row) in own.iter().enumerate() {
            drift.exceedance[t + 2] = row.iter().copied().reduce(f64::max);
        }
        let mut least = 1.0f64;
        for (i, row) in own_pairs.iter().enumerate() {
            let t = i + 3;
            least = least.min(self.p_value(row.iter().copied().fold(f64::NEG_INFINITY, f64::max)));
            drift.p_by_generation[t] = Some(least);
            if least <= level && drift.onset.is_none() {
                drift.onset = Some(t);
            }
            for (x, Test { mode, channel, direction, .. }) in row.iter().zip(&self.tests) {
                if self.p_value(*x) > level {
                    continue;
                }
                if !drift.modes.iter().any(|(known, _)| known == mode) {
                    drift.modes.push((*mode, t));
                }
                if !drift.alarms.contains(&(*channel, *direction)) {
                    drift.alarms.push((*channel, *direction));
                }
            }
        }
        drift.modes.sort_unstable();
        drift
    }
}

/// The least statistic with a p-value of at most `level` (infinite if the null is too small for the level).
fn threshold(sorted: &[f64], level: f64) -> f64 {
    let allowed = (level * (1 + sorted.len()) as f64).floor() as usize;
    match allowed.checked_sub(1) {
        // `allowed - 1` of the null may reach the statistic.
        Some(may) if may < sorted.len() => sorted[sorted.len() - 1 - may],
        Some(_) => f64::NEG_INFINITY,
        None => f64::INFINITY,
    }
}

#[cfg(test)]
mod unit_tests {
    use super::*;
    use crate::seed;

    fn walk(number: u64, slope: f64) -> Vec<Values> {
        let mut rng = seed::rng(3, number, 0, 0);
        (0..12).map(|t| vec![seed::unit(&mut rng) + slope * f64::from(t)]).collect()
    }

    #[test]
    fn the_level_holds_on_the_null_itself_and_a_slope_is_found() {
        let channels = &[Channel::Multiscale48];
        let null = Null::new(Family::Authentic, (0..300).map(|i| walk(i, 0.0)).collect(), channels);
        let alarms = |set: u64| {
            let paths = |from: u64, n: u64| (from..from + n).map(|i| walk(i, 0.0));
            let null = Null::new(Family::Authentic, paths(set * 10_000, 300).collect(), channels);
            let calibration = Calibration::new(vec![&null], channels, 0.05);
            paths(set * 10_000 + 5_000, 500).filter(|path| calibration.judge(path).onset.is_some()).count()
        };
        let alarms: usize = (1..=6).map(alarms).sum();
        assert!((100..200).contains(&alarms), "{alarms} of 3000 at level 0.05");
        let calibration = Calibration::new(vec![&null], channels, 0.01);
        let fall = calibration.judge(&walk(5000, -0.8));
        assert!(fall.onset.is_some_and(|t| t < 8), "{fall:?}");
        assert_eq!(fall.modes.iter().map(|(mode, _)| *mode).collect::<Vec<_>>(), [Mode::EntropyDecay]);
        assert_eq!(fall.alarms, [(0, Direction::Down)]);
        let rise = calibration.judge(&walk(5001, 0.8));
        assert_eq!(rise.alarms, [(0, Direction::Up)]);
        assert_eq!(rise.modes.iter().map(|(mode, _)| *mode).collect::<Vec<_>>(), [Mode::VarianceAmplification]);
    }

    #[test]
    fn a_null_too_small_for_the_level_never_alarms() {
        let channels = &[Channel::Multiscale48];
        let null = Null::new(Family::Authentic, (0..50).map(|i| walk(i, 0.0)).collect(), channels);
        let fall = Calibration::new(vec![&null], channels, 0.01).judge(&walk(5000, -5.0));
        assert!(fall.onset.is_none() && fall.threshold.is_infinite());
    }
}
