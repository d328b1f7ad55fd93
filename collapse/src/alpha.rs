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

/// The share that every generation of a run states, in whole tenths, so that runs of about one share have their nulls in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Anchor(u8);

impl Anchor {
    /// The least of the shares' lower limits, rounded down; `None` where a generation has none.
    pub(crate) fn of(shares: impl Iterator<Item = Option<Share>>) -> Option<Self> {
        let least = shares.map(|share| share.map(|share| share.low)).reduce(|a, b| Some(a?.min(b?)))??;
        // A rounding must not cost a tenth.
        Some(Self((least * 10.0 + 1e-9) as u8))
    }

    pub(crate) fn share(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// Whether loops of this share are others than those at a floor, and not authentic throughout.
    pub(crate) fn is_beyond(self, floor: f64) -> bool {
        self.share() >= floor + 0.1 - 1e-9 && self.0 < 10
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

    #[test]
    fn a_run_is_anchored_where_every_generation_says_so() {
        let of = |lows: &[Option<f64>]| {
            let share = |low: &Option<f64>| low.map(|low| Share { alpha: 1.0, low, high: 1.0 });
            Anchor::of(lows.iter().map(share)).map(Anchor::share)
        };
        assert_eq!(
            (of(&[Some(0.5), Some(0.39)]), of(&[Some(0.3)]), of(&[Some(0.0)])),
            (Some(0.3), Some(0.3), Some(0.0))
        );
        assert_eq!((of(&[Some(0.5), None]), of(&[None, Some(0.5)]), of(&[])), (None, None, None));
        let beyond = |tenths| Anchor(tenths).is_beyond(0.1);
        assert_eq!([0, 1, 2, 5, 9, 10].map(beyond), [false, false, true, true, true, false]);
    }
}
