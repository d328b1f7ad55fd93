//! The exogenous share of a generation, with its interval.

use crate::binomial::{lower_limit, upper_limit};
use crate::record::Generation;

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
        let (low, high) = (lower_limit(k as u64, n as u64, 0.025), upper_limit(k as u64, n as u64, 0.025));
        (n > 0).then(|| Self { alpha: k as f64 / n as f64, low, high })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

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
