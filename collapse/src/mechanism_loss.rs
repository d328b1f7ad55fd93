//! The mechanism test: do the records break the rule more often than authentic ones do?

use crate::pool::Pool;
use crate::rule::{Checks, Mechanism};
use crate::seed::{self, below};

/// Share of violated checks up to which a mechanism counts as kept, by definition: authentic samples of an exact rule show none
/// at all, and a learner that breaks one check in fifty or fewer has the rule and makes mistakes.
pub const RESIDUAL_GUARD: f64 = 0.02;

/// Bootstrap trajectories of authentic generations: cheap, so enough for any usual level.
const TRAJECTORIES: usize = 1999;

const SEED: u64 = 0x7475_726d_6974_6532;

/// Authentic two-in-a-row maxima of the residual, sorted.
pub(crate) struct ResidualNull {
    maxima: Vec<f64>,
}

fn pair_maximum(residuals: &[Option<f64>]) -> f64 {
    residuals.windows(2).filter_map(|two| Some(two[0]?.min(two[1]?))).fold(0.0, f64::max)
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
                pair_maximum(&residuals).max(RESIDUAL_GUARD)
            })
            .collect();
        maxima.sort_by(f64::total_cmp);
        Self { maxima }
    }

    /// By how much, as a natural logarithm, the greatest two-in-a-row residual of a run lies above the least that alarms
    /// at a level; below 0 for no alarm, and `None` where nothing was checked twice.
    pub(crate) fn score(&self, residuals: &[Option<f64>], level: f64) -> Option<f64> {
        residuals.windows(2).find(|two| two[0].is_some() && two[1].is_some())?;
        let allowed = (level * (1 + self.maxima.len()) as f64).floor() as usize;
        let least = *self.maxima.get(self.maxima.len().checked_sub(allowed.max(1))?)?;
        Some(pair_maximum(residuals).max(f64::EPSILON).ln() - least.max(RESIDUAL_GUARD).ln())
    }

    /// The p-value of a run up to each of its synthetic generations; `None` at the first.
    pub(crate) fn p_values(&self, residuals: &[Option<f64>]) -> Vec<Option<f64>> {
        let mut least = 1.0f64;
        (0..residuals.len())
            .map(|i| {
                let two = residuals.get(i.checked_sub(1)?..=i)?;
                let statistic = pair_maximum(two);
                // A tie with the guard is no excess: only values above it count.
                let as_extreme = if statistic <= RESIDUAL_GUARD {
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
        assert_eq!(null.p_values(&[Some(0.0), Some(0.5), Some(0.0)]), [None, Some(1.0), Some(1.0)]);
        let p = null.p_values(&[Some(0.5), Some(0.5), None]);
        assert!(p[1].is_some_and(|p| p < 0.001) && p[2] == p[1]);
        assert_eq!(null.p_values(&[Some(0.009), Some(0.009)])[1], Some(1.0));
    }
}
