//! The exogenous share of a generation, with its interval.

use crate::record::Generation;
use statrs::distribution::{Beta, ContinuousCDF};

/// A share and its 95 % limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Share {
    pub(crate) alpha: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Share {
    /// The share a generation states (mean over its records; a point), else the share of its records marked
    /// exogenous with a Clopper-Pearson interval, else `None`.
    pub(crate) fn of(generation: &Generation) -> Option<Self> {
        let stated: Vec<f64> = generation.records.iter().filter_map(|record| record.alpha).collect();
        if let Some(&first) = stated.first() {
            // Equal shares are kept as they are: their rounded mean could fall just under the floor.
            let equal = stated.iter().all(|&alpha| alpha == first);
            let alpha = if equal { first } else { stated.iter().sum::<f64>() / stated.len() as f64 };
            return Some(Self { alpha, low: alpha, high: alpha });
        }
        let marked: Vec<bool> = generation.records.iter().filter_map(|record| record.exogenous).collect();
        let (k, n) = (marked.iter().filter(|&&exogenous| exogenous).count(), marked.len());
        let (low, high) = clopper_pearson(k, n, 0.05)?;
        Some(Self { alpha: k as f64 / n as f64, low, high })
    }
}

/// The exact two-sided interval for `k` of `n`; `None` for no trials.
pub(crate) fn clopper_pearson(k: usize, n: usize, level: f64) -> Option<(f64, f64)> {
    if n == 0 || k > n {
        return None;
    }
    let (kf, nf) = (k as f64, n as f64);
    let quantile = |a: f64, b: f64, p: f64| Beta::new(a, b).ok().map(|beta| beta.inverse_cdf(p));
    let low = if k == 0 { 0.0 } else { quantile(kf, nf - kf + 1.0, level / 2.0)? };
    let high = if k == n { 1.0 } else { quantile(kf + 1.0, nf - kf, 1.0 - level / 2.0)? };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    #[test]
    fn clopper_pearson_matches_published_limits() {
        // R: binom.test(20, 100)$conf.int
        let (low, high) = clopper_pearson(20, 100, 0.05).unwrap();
        assert!((low - 0.126_655_6).abs() < 1e-5 && (high - 0.291_842_7).abs() < 1e-5, "{low} {high}");
        let (low, high) = clopper_pearson(0, 10, 0.05).unwrap();
        assert!(low == 0.0 && (high - (1.0 - 0.025f64.powf(0.1))).abs() < 1e-6);
        assert_eq!(clopper_pearson(10, 10, 0.05).unwrap().1, 1.0);
        assert_eq!(clopper_pearson(0, 0, 0.05), None);
    }

    #[test]
    fn a_stated_share_is_a_point_and_nothing_is_nothing() {
        let record = |alpha, exogenous| Record { text: String::new(), alpha, exogenous };
        let generation = |records| Generation { index: 1, records };
        let stated = Share::of(&generation(vec![record(Some(0.3), Some(true))])).unwrap();
        assert_eq!((stated.low, stated.alpha, stated.high), (0.3, 0.3, 0.3));
        assert_eq!(Share::of(&generation(vec![record(Some(0.1), None); 120])).unwrap().alpha, 0.1);
        let counted = Share::of(&generation(vec![record(None, Some(true)), record(None, Some(false))])).unwrap();
        assert!(counted.low < 0.1 && counted.alpha == 0.5 && counted.high > 0.9);
        assert_eq!(Share::of(&generation(vec![record(None, None)])), None);
    }
}
