//! [`Tally`]: the blocks of one shape, how often each occurs, and what one more or one less of it would change.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::FixedState;
use turmite_tables::Shape;

use super::Metric;
use crate::blocks::contents;
use crate::prices::Price;
use crate::sum::log2_count;
use crate::{Bdm, BdmError, Missing};

/// Shapes with at most this many contents are tallied in arrays, the others in a hash map.
const DENSE_CONTENTS: u128 = 1 << 16;

/// What a block costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cost {
    Bits(f64),
    /// The table lacks it, and such blocks are skipped.
    Nothing,
    /// The table lacks it, and that is an error.
    Refused,
}

impl Cost {
    fn of(price: Result<Price, BdmError>) -> Self {
        match price.map(|price| price.bits) {
            Ok(Some(bits)) => Self::Bits(bits),
            Ok(None) => Self::Nothing,
            Err(_) => Self::Refused,
        }
    }

    /// The cost of a block that the table lacks.
    fn absent(bdm: &Bdm, shape: Shape) -> Result<Self, BdmError> {
        match bdm.prices.missing {
            Missing::Fail => Ok(Self::Refused),
            _ => bdm.prices.with_shape(shape, |held| Ok(held.absent_bits().map_or(Self::Nothing, Self::Bits))),
        }
    }
}

/// Counts of the blocks of one shape, with their costs.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    bdm: &'a Bdm,
    metric: Metric,
    shape: Shape,
    counts: Counts<'a>,
}

#[derive(Debug)]
enum Counts<'a> {
    /// By code. An array may have fewer blocks than there are contents, so nothing is laid out for each content that
    /// is already there: the prices are those that scoring keeps.
    Dense {
        counts: Vec<u64>,
        /// K by code, NaN where the table lacks the block; empty for the entropy, which has no prices.
        prices: Cow<'a, [f64]>,
        /// The cost of a block that the table lacks.
        absent: Cost,
    },
    Sparse(HashMap<u64, u64, FixedState>),
}

/// By how much the sum changes with one more, and one less, of each content.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) more: Vec<f64>,
    pub(super) less: Vec<f64>,
}

impl<'a> Tally<'a> {
    pub(super) fn new(bdm: &'a Bdm, metric: Metric, shape: Shape) -> Result<Self, BdmError> {
        let contents = contents(&shape, bdm.table().symbols())?;
        let prices = &bdm.prices;
        let counts = if contents > DENSE_CONTENTS {
            Counts::Sparse(HashMap::with_hasher(FixedState::default()))
        } else {
            let (kept, absent) = match metric {
                Metric::Entropy => (Cow::default(), Cost::Bits(0.0)),
                Metric::Bdm => (prices.by_code(shape, contents as u64)?, Cost::absent(bdm, shape)?),
            };
            Counts::Dense { counts: vec![0; contents as usize], prices: kept, absent }
        };
        Ok(Self { bdm, metric, shape, counts })
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// The price of a block, or the error that [`Cost::Refused`] stands for.
    pub(super) fn price(&self, code: u64) -> Result<Option<f64>, BdmError> {
        let prices = &self.bdm.prices;
        Ok(prices.with_shape(self.shape, |held| held.price(code, prices))?.bits)
    }

    pub(super) fn count(&self, code: u64) -> u64 {
        match &self.counts {
            Counts::Dense { counts, .. } => counts[code as usize],
            Counts::Sparse(counts) => counts.get(&code).copied().unwrap_or(0),
        }
    }

    pub(super) fn set(&mut self, code: u64, count: u64) {
        match &mut self.counts {
            Counts::Dense { counts, .. } => counts[code as usize] = count,
            Counts::Sparse(counts) if count == 0 => drop(counts.remove(&code)),
            Counts::Sparse(counts) => drop(counts.insert(code, count)),
        }
    }

    pub(super) fn cost(&self, code: u64) -> Cost {
        match &self.counts {
            Counts::Dense { prices, absent, .. } => match prices.get(code as usize) {
                Some(&k) if !k.is_nan() => Cost::Bits(k),
                _ => *absent,
            },
            Counts::Sparse(_) if self.metric == Metric::Entropy => Cost::Bits(0.0),
            Counts::Sparse(_) => {
                let prices = &self.bdm.prices;
                Cost::of(prices.with_shape(self.shape, |held| held.price(code, prices)))
            }
        }
    }

    /// By how much the metric's sum changes when a block's count goes from what it is to `to`; not a number where the
    /// table lacks the block and that is an error.
    pub(super) fn change(&self, code: u64, to: u64) -> f64 {
        change(self.metric, self.cost(code), self.count(code), to)
    }

    /// The changes by one of all contents; `None` where they are too many.
    pub(super) fn steps(&self) -> Option<Steps> {
        let Counts::Dense { counts, prices, absent } = &self.counts else { return None };
        // The first of a content adds its cost alone.
        let first = change(self.metric, *absent, 0, 1);
        let mut more: Vec<f64> = match self.metric {
            Metric::Entropy => vec![first; counts.len()],
            Metric::Bdm => prices.iter().map(|&k| if k.is_nan() { first } else { k }).collect(),
        };
        // A block that does not occur cannot be taken away, and nobody asks for it.
        let mut less = vec![0.0; counts.len()];
        for (code, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let cost = self.cost(code as u64);
            more[code] = change(self.metric, cost, count, count + 1);
            less[code] = change(self.metric, cost, count, count - 1);
        }
        Some(Steps { more, less })
    }
}

/// The sum of a metric is K + log2 n over the distinct blocks, or n log2 n, of which the entropy of N blocks is
/// log2 N - sum / N.
fn change(metric: Metric, cost: Cost, from: u64, to: u64) -> f64 {
    match (metric, cost) {
        (Metric::Entropy, _) => repeats(to) - repeats(from),
        (Metric::Bdm, Cost::Nothing) => 0.0,
        (Metric::Bdm, Cost::Refused) => f64::NAN,
        (Metric::Bdm, Cost::Bits(bits)) => match (from, to) {
            (0, 0) => 0.0,
            (0, n) => bits + log2_count(n),
            (n, 0) => -bits - log2_count(n),
            (from, to) => (to as f64 / from as f64).log2(),
        },
    }
}

/// n log2 n.
pub(super) fn repeats(count: u64) -> f64 {
    if count < 2 { 0.0 } else { count as f64 * (count as f64).log2() }
}
