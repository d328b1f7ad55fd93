//! The mechanism test: do the records break the rule more often than authentic ones do?

use crate::pool::Pool;
use crate::rule::{Checks, Mechanism};
use crate::seed::{self, below};

/// Share of violated checks up to which a mechanism counts as kept, by definition: authentic samples of an exact rule show none
/// at all, and a learner that breaks one check in fifty or fewer has the rule and makes mistakes.
pub const RESIDUAL_GUARD: f64 = 0.02;

/// Standard errors by which a share of broken checks must lie above the guard in each of two generations. Of 24 pairs of generations that
/// break exactly one check in fifty, some pair does so by chance in one run of eighty (24 times 0.023 squared).
const STANDARD_ERRORS: f64 = 2.0;

/// Bootstrap trajectories of authentic generations: cheap, so enough for any usual level.
const TRAJECTORIES: usize = 1999;

const SEED: u64 = 0x7475_726d_6974_6532;

/// Authentic two-in-a-row maxima of the residual, sorted.
pub(crate) struct ResidualNull {
    maxima: Vec<f64>,
}

/// The broken checks of a generation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Broken {
    /// Of all checks.
    pub(crate) share: f64,
    /// Less what chance may have added: checks of one record go wrong together, so records are what is counted.
    surely: f64,
}

impl Broken {
    /// Of the records of a pool; `None` where nothing can be checked.
    pub(crate) fn of(mechanism: &Mechanism, pool: &Pool<u8>) -> Option<Self> {
        let (mut sum, mut squares, mut records) = (Checks::default(), [0.0; 3], 0.0);
        for record in pool.iter() {
            let checks = mechanism.check(record);
            let (violated, made) = (checks.violated as f64, checks.made as f64);
            sum += checks;
            squares[0] += violated * violated;
            squares[1] += violated * made;
            squares[2] += made * made;
            records += 1.0;
        }
        let (share, made) = (sum.residual()?, sum.made as f64);
        // The variance of a ratio of sums: that of violated - share * made from record to record.
        let scatter = (squares[0] - 2.0 * share * squares[1] + share * share * squares[2]).max(0.0);
        let variance = if records > 1.0 {
            scatter * records / (records - 1.0) / (made * made)
        } else {
            share * (1.0 - share) / made
        };
        Some(Self { share, surely: share - STANDARD_ERRORS * variance.sqrt() })
    }
}

/// The greatest value that two generations in a row reach.
fn pair_maximum(values: impl Iterator<Item = Option<f64>>) -> f64 {
    let mut before = None;
    let mut greatest = 0.0f64;
    for value in values {
        if let (Some(before), Some(value)) = (before, value) {
            greatest = greatest.max(value.min(before));
        }
        before = value;
    }
    greatest
}

fn shares(generations: &[Option<Broken>]) -> impl Iterator<Item = Option<f64>> {
    generations.iter().map(|broken| broken.map(|broken| broken.share))
}

fn surely(generations: &[Option<Broken>]) -> impl Iterator<Item = Option<f64>> {
    generations.iter().map(|broken| broken.map(|broken| broken.surely))
}

impl ResidualNull {
    /// Draws generations of the given sizes (synthetic ones only) from the reference, with replacement.
    pub(crate) fn new(mechanism: &Mechanism, reference: &Pool<u8>, sizes: &[usize]) -> Self {
        let checks: Vec<Checks> = reference.iter().map(|record| mechanism.check(record)).collect();
        if checks.iter().all(|check| check.violated == 0) {
            // Every draw is zero: no need to make them.
            return Self { maxima: vec![RESIDUAL_GUARD; TRAJECTORIES] };
        }
        let mut maxima: Vec<f64> = (0..TRAJECTORIES as u64)
            .map(|number| {
                let mut rng = seed::rng(SEED, number, 0, 0);
                let residuals: Vec<Option<f64>> = sizes
                    .iter()
                    .map(|&size| {
                        let mut sum = Checks::default();
                        for _ in 0..size {
                            sum += checks[below(&mut rng, checks.len())];
                        }
                        sum.residual()
                    })
                    .collect();
                pair_maximum(residuals.into_iter()).max(RESIDUAL_GUARD)
            })
            .collect();
        maxima.sort_by(f64::total_cmp);
        Self { maxima }
    }

    /// By how much, as a natural logarithm, the greatest two-in-a-row residual of a run lies above the least that alarms
    /// at a level, or surely above the guard where that is less; below 0 for no alarm, and `None` where nothing was checked twice.
    pub(crate) fn score(&self, generations: &[Option<Broken>], level: f64) -> Option<f64> {
        generations.windows(2).find(|two| two[0].is_some() && two[1].is_some())?;
        let allowed = (level * (1 + self.maxima.len()) as f64).floor() as usize;
        let least = *self.maxima.get(self.maxima.len().checked_sub(allowed.max(1))?)?;
        let above = |greatest: f64, least: f64| greatest.max(f64::EPSILON).ln() - least.max(RESIDUAL_GUARD).ln();
        Some(above(pair_maximum(shares(generations)), least).min(above(pair_maximum(surely(generations)), 0.0)))
    }

    /// The p-value of a run up to each of its synthetic generations; `None` at the first.
    pub(crate) fn p_values(&self, generations: &[Option<Broken>]) -> Vec<Option<f64>> {
        let mut least = 1.0f64;
        (0..generations.len())
            .map(|i| {
                let two = generations.get(i.checked_sub(1)?..=i)?;
                let statistic = pair_maximum(shares(two));
                // A tie with the guard is no excess: only values surely above it count.
                let as_extreme = if pair_maximum(surely(two)) <= RESIDUAL_GUARD {
                    self.maxima.len()
                } else {
                    self.maxima.len() - self.maxima.partition_point(|&x| x < statistic)
                };
                least = least.min((1 + as_extreme) as f64 / (1 + self.maxima.len()) as f64);
                Some(least)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;

    #[test]
    fn one_bad_generation_is_no_loss_and_two_are() {
        let mechanism = Mechanism::new(Rule::Period { period: 2 });
        let good = [0u8, 1].repeat(32);
        let reference: Pool<u8> = (0..64).map(|_| good.as_slice()).collect();
        let null = ResidualNull::new(&mechanism, &reference, &[20; 4]);
        let p_values = |shares: &[Option<f64>]| {
            let exactly = |share: &Option<f64>| share.map(|share| Broken { share, surely: share });
            null.p_values(&shares.iter().map(exactly).collect::<Vec<_>>())
        };
        assert_eq!(p_values(&[Some(0.0), Some(0.5), Some(0.0)]), [None, Some(1.0), Some(1.0)]);
        let p = p_values(&[Some(0.5), Some(0.5), None]);
        assert!(p[1].is_some_and(|p| p < 0.001) && p[2] == p[1]);
        assert_eq!(p_values(&[Some(0.009), Some(0.009)])[1], Some(1.0));
    }

    #[test]
    fn chance_about_the_guard_is_no_loss() {
        let mechanism = Mechanism::new(Rule::Period { period: 2 });
        let reference: Pool<u8> = (0..64).map(|_| &[0u8, 1, 0, 1][..]).collect();
        // A record of 102 symbols makes 100 checks; a flipped symbol inside breaks two.
        let generation = |flipped: usize, number: u64| {
            let mut rng = seed::rng(31, flipped as u64, number, 0);
            let mut pool = Pool::default();
            for _ in 0..64 {
                let mut record = [0u8, 1].repeat(51);
                (0..64).filter(|_| below(&mut rng, 6400) < flipped).for_each(|at| record[2 * (at % 48) + 4] ^= 1);
                pool.push(&record);
            }
            Broken::of(&mechanism, &pool)
        };
        let null = ResidualNull::new(&mechanism, &reference, &[64; 25]);
        let alarms = |flipped: usize| {
            let lost = |run: u64| {
                let generations: Vec<_> = (0..25).map(|t| generation(flipped, 100 * run + t)).collect();
                assert_eq!(
                    null.score(&generations, 0.005).unwrap() > 0.0,
                    null.p_values(&generations)[24] < Some(0.005)
                );
                null.p_values(&generations)[24] < Some(0.005)
            };
            (0..200).filter(|&run| lost(run)).count()
        };
        // One check in fifty, which is kept; and one in twelve.
        let broken = generation(100, 0).unwrap();
        assert!((broken.share - 0.02).abs() < 0.005 && broken.surely < broken.share, "{broken:?}");
        assert!(alarms(100) <= 8, "{}", alarms(100));
        assert_eq!(alarms(400), 200);
        assert_eq!(Broken::of(&mechanism, &Pool::default()), None);
    }
}
