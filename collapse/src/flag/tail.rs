//! [`Tail`]: the share of authentic records beyond a value, also where there are hardly any.
//!
//! Ranks alone cannot go below 1 / (m + 1) for m records, so that after correction for many records nothing would ever be
//! flagged. The largest tenth is therefore continued by a generalised Pareto distribution (Pickands 1975: the limit of
//! excesses over a high threshold), fitted by probability-weighted moments (Hosking and Wallis 1987). Its shape is not
//! let below 0: a tail with an end would give shares of 0. And it is not trusted beyond a hundredth of a record.

/// The share of the records that the tail is fitted to, and the least number.
const FITTED: f64 = 0.1;
const LEAST_FITTED: usize = 20;
/// How far below one record the tail is trusted.
const BEYOND_RANKS: f64 = 100.0;

#[derive(Clone, Debug)]
pub(super) struct Tail {
    /// All values, in order.
    values: Vec<f64>,
    pareto: Option<Pareto>,
}

/// Excesses over a threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pareto {
    threshold: f64,
    /// The share of the values beyond the threshold.
    share: f64,
    scale: f64,
    shape: f64,
}

impl Tail {
    pub(super) fn fit(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let fitted = ((values.len() as f64 * FITTED) as usize).max(LEAST_FITTED);
        let pareto = values.len().checked_sub(fitted + 1).and_then(|at| {
            let threshold = values[at];
            let excesses: Vec<f64> = values[at + 1..].iter().map(|v| v - threshold).collect();
            let (scale, shape) = moments(&excesses)?;
            Some(Pareto { threshold, share: (fitted + 1) as f64 / (values.len() + 1) as f64, scale, shape })
        });
        Self { values, pareto }
    }

    /// The share of authentic records at least this large, by rank, or beyond the threshold by the fitted tail.
    pub(super) fn share_beyond(&self, value: f64) -> f64 {
        let at_least = self.values.len() - self.values.partition_point(|v| *v < value);
        let by_rank = (1 + at_least) as f64 / (self.values.len() + 1) as f64;
        match self.pareto {
            Some(pareto) if value > pareto.threshold => pareto.share_beyond(value).max(self.least()),
            _ => by_rank,
        }
    }

    /// The least share that is ever given.
    pub(super) fn least(&self) -> f64 {
        let one = 1.0 / (self.values.len() + 1) as f64;
        if self.pareto.is_some() { one / BEYOND_RANKS } else { one }
    }
}

impl Pareto {
    fn share_beyond(&self, value: f64) -> f64 {
        let excess = (value - self.threshold) / self.scale;
        let beyond =
            if self.shape == 0.0 { (-excess).exp() } else { (1.0 + self.shape * excess).powf(-1.0 / self.shape) };
        self.share * beyond
    }
}

/// Scale and shape from excesses in order; `None` if they are all 0. With a0 their mean and a1 the mean of (1 - F) times
/// them, scale = 2 a0 a1 / (a0 - 2 a1) and shape = 2 - a0 / (a0 - 2 a1).
fn moments(excesses: &[f64]) -> Option<(f64, f64)> {
    let n = excesses.len() as f64;
    let mean = excesses.iter().sum::<f64>() / n;
    if mean <= 0.0 {
        return None;
    }
    let weighted = excesses.iter().enumerate().map(|(i, e)| (n - 0.65 - i as f64) / n * e).sum::<f64>() / n;
    let difference = mean - 2.0 * weighted;
    let shape = 2.0 - mean / difference;
    // Of shape 0 the best scale is the mean.
    if difference > 0.0 && shape > 0.0 { Some((2.0 * mean * weighted / difference, shape)) } else { Some((mean, 0.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of a generalised Pareto distribution, so that there is no chance in it.
    fn quantiles(count: usize, scale: f64, shape: f64) -> Vec<f64> {
        (0..count)
            .map(|i| {
                let beyond = 1.0 - (i as f64 + 0.65) / count as f64;
                if shape == 0.0 { -scale * beyond.ln() } else { scale / shape * (beyond.powf(-shape) - 1.0) }
            })
            .collect()
    }

    #[test]
    fn moments_find_scale_and_shape() {
        for (scale, shape) in [(1.0, 0.0), (2.0, 0.2), (0.5, 0.4)] {
            let (found_scale, found_shape) = moments(&quantiles(100_000, scale, shape)).unwrap();
            assert!((found_scale / scale - 1.0).abs() < 0.02, "{found_scale} for {scale}");
            assert!((found_shape - shape).abs() < 0.02, "{found_shape} for {shape}");
        }
        assert_eq!(moments(&[0.0, 0.0]), None);
    }

    #[test]
    fn shares_fall_without_a_jump_to_the_least() {
        let tail = Tail::fit(quantiles(1000, 1.0, 0.0));
        let shares: Vec<f64> = (0..400).map(|i| tail.share_beyond(f64::from(i) / 20.0)).collect();
        assert!(shares.windows(2).all(|w| w[0] >= w[1] && w[0] - w[1] < 0.06), "{shares:?}");
        assert_eq!(shares[399], tail.least());
        // An exponential tail: e^-9.2 is a ten-thousandth.
        assert!((tail.share_beyond(9.2) / 1e-4 - 1.0).abs() < 0.3, "{}", tail.share_beyond(9.2));
    }

    #[test]
    fn few_values_give_ranks_only() {
        let tail = Tail::fit((0..20).map(f64::from).collect());
        assert_eq!(tail.share_beyond(19.0), 2.0 / 21.0);
        assert_eq!(tail.share_beyond(1e9), 1.0 / 21.0);
    }
}
