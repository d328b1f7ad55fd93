//! [`Tally`]: the blocks of one shape, how often each occurs, and what one more or one less of it would change.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use turmite_tables::Shape;

use super::Metric;
use crate::blocks::contents;
use crate::prices::{Price, ShapePrices};
use crate::sum::log2_count;
use crate::{Bdm, BdmError};

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
}

/// Counts of the blocks of one shape, with their costs.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    bdm: &'a Bdm,
    metric: Metric,
    shape: Shape,
    counts: Counts,
}

#[derive(Debug)]
enum Counts {
    Dense(Vec<Content>),
    Sparse(HashMap<u64, u64, FixedState>),
}

#[derive(Clone, Copy, Debug)]
struct Content {
    count: u64,
    cost: Cost,
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
        } else if metric == Metric::Entropy {
            Counts::Dense(vec![Content { count: 0, cost: Cost::Bits(0.0) }; contents as usize])
        } else {
            // The shape is looked up once for all contents: there may be more of them than blocks.
            let content = |held: &ShapePrices, code| Content { count: 0, cost: Cost::of(held.price(code, prices)) };
            let all = |held: &ShapePrices| Ok((0..contents as u64).map(|code| content(held, code)).collect());
            Counts::Dense(prices.with_shape(shape, all)?)
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
            Counts::Dense(contents) => contents[code as usize].count,
            Counts::Sparse(counts) => counts.get(&code).copied().unwrap_or(0),
        }
    }

    pub(super) fn set(&mut self, code: u64, count: u64) {
        match &mut self.counts {
            Counts::Dense(contents) => contents[code as usize].count = count,
            Counts::Sparse(counts) if count == 0 => drop(counts.remove(&code)),
            Counts::Sparse(counts) => drop(counts.insert(code, count)),
        }
    }

    pub(super) fn cost(&self, code: u64) -> Cost {
        match &self.counts {
            Counts::Dense(contents) => contents[code as usize].cost,
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
        let Counts::Dense(contents) = &self.counts else { return None };
        let by = |content: &Content, to: u64| change(self.metric, content.cost, content.count, to);
        Some(Steps {
            more: contents.iter().map(|content| by(content, content.count + 1)).collect(),
            // A block that does not occur cannot be taken away, and nobody asks for it.
            less: contents.iter().map(|content| by(content, content.count.saturating_sub(1))).collect(),
        })
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
