//! The mixture likelihood of one draw of counts, with both parts known.

use super::Estimate;
use crate::estimate::normal_quantile;
use crate::halving::turn;

/// Counts n ~ Mult(N, alpha p + (1 - alpha) q) over cells, p and q known (from so much data that their error is small beside N's).
///
/// The log-likelihood sum_i n_i ln(alpha p_i + (1 - alpha) q_i) is concave in alpha. If n are not the counts that the learner was fitted on
/// but M outputs of a learner that was fitted on N of them, [`Mixture::effective`] takes N / (N + M) of it; without that the limits
/// are far too close.
///
/// ```
/// use turmite_collapse::Mixture;
///
/// // Half of 4,000 draws from p = (1, 0), half from q = (0, 1).
/// let estimate = Mixture::new(&[2000.0, 2000.0], &[1.0, 0.0], &[0.0, 1.0]).estimate();
/// assert!((estimate.alpha - 0.5).abs() < 1e-6 && (estimate.se - 0.0079).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Mixture<'a> {
    counts: &'a [f64],
    p: &'a [f64],
    q: &'a [f64],
    scale: f64,
}

impl<'a> Mixture<'a> {
    /// Counts and the two distributions over the same cells; what stands beyond the shortest is not used.
    #[must_use]
    pub fn new(counts: &'a [f64], p: &'a [f64], q: &'a [f64]) -> Self {
        Self { counts, p, q, scale: 1.0 }
    }

    /// The counts are outputs of a learner that was fitted on `fitted` draws itself.
    #[must_use]
    pub fn effective(self, fitted: f64) -> Self {
        let outputs: f64 = self.counts.iter().sum();
        Self { scale: fitted / (fitted + outputs), ..self }
    }

    fn cells(&self) -> impl Iterator<Item = (f64, f64, f64)> + '_ {
        let cells = self.counts.iter().zip(self.p).zip(self.q).map(|((&n, &p), &q)| (n, p, q));
        cells.filter(|&(n, p, q)| n > 0.0 && p != q)
    }

    fn log_likelihood(&self, alpha: f64) -> f64 {
        self.scale * self.cells().map(|(n, p, q)| n * (alpha * p + (1.0 - alpha) * q).ln()).sum::<f64>()
    }

    fn slope(&self, alpha: f64) -> f64 {
        self.cells().map(|(n, p, q)| n * (p - q) / (alpha * p + (1.0 - alpha) * q)).sum()
    }

    /// The maximum, its standard error (1 / sqrt of the observed information) and the limits where the log-likelihood is 1.92 below it.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        let alpha = turn(0.0, 1.0, |alpha| self.slope(alpha) > 0.0);
        let information: f64 =
            self.cells().map(|(n, p, q)| n * ((p - q) / (alpha * p + (1.0 - alpha) * q)).powi(2)).sum();
        let (low, high) = (self.limit(alpha, 0.025, false), self.limit(alpha, 0.025, true));
        // An empty sum is -0, whose inverse would be below every limit.
        let information = information.max(0.0) + 0.0;
        Estimate { alpha, se: (self.scale * information).sqrt().recip(), low, high }
    }

    /// The one-sided lower limit at a level.
    #[must_use]
    pub fn lower(&self, level: f64) -> f64 {
        self.limit(self.estimate().alpha, level, false)
    }

    /// The one-sided upper limit at a level.
    #[must_use]
    pub fn upper(&self, level: f64) -> f64 {
        self.limit(self.estimate().alpha, level, true)
    }

    fn limit(&self, alpha: f64, level: f64, upper: bool) -> f64 {
        let least = self.log_likelihood(alpha) - normal_quantile(1.0 - level).powi(2) / 2.0;
        if upper {
            turn(alpha, 1.0, |x| self.log_likelihood(x) >= least)
        } else {
            turn(0.0, alpha, |x| self.log_likelihood(x) < least)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two cells have closed forms: alpha p + (1 - alpha) q is the share of the first cell.
    #[test]
    fn two_cells() {
        let (p, q) = ([0.9, 0.1], [0.2, 0.8]);
        for share in [0.25, 0.5, 0.85] {
            let counts = [1000.0 * share, 1000.0 * (1.0 - share)];
            let estimate = Mixture::new(&counts, &p, &q).estimate();
            assert!((estimate.alpha - (share - 0.2) / 0.7).abs() < 1e-9);
            let se = (share * (1.0 - share) / 1000.0f64).sqrt() / 0.7;
            assert!((estimate.se - se).abs() < 1e-9);
            // The limits lie where the log-likelihood is 1.92 below its maximum.
            let mixture = Mixture::new(&counts, &p, &q);
            let drop = |alpha: f64| mixture.log_likelihood(estimate.alpha) - mixture.log_likelihood(alpha);
            assert!((drop(estimate.low) - 1.920_729).abs() < 1e-5, "{estimate:?}");
            assert!(estimate.high == 1.0 || (drop(estimate.high) - 1.920_729).abs() < 1e-5, "{estimate:?}");
            // Outputs as many as what they were fitted on say half as much.
            let outputs = Mixture::new(&counts, &p, &q).effective(1000.0).estimate();
            assert!((outputs.se - se * 2f64.sqrt()).abs() < 1e-9 && outputs.low < estimate.low);
        }
        // Beyond the ends there is nothing, and equal parts tell nothing.
        let outside = Mixture::new(&[10.0, 990.0], &p, &q).estimate();
        assert_eq!((outside.alpha, outside.low), (0.0, 0.0));
        let same = Mixture::new(&[10.0, 10.0], &p, &p).estimate();
        assert_eq!((same.low, same.high, same.se), (0.0, 1.0, f64::INFINITY));
    }
}
