//! Causal perturbation: by how many bits an object's complexity moves when a part of it is changed or taken away.
//!
//! A part whose removal makes the rest simpler than it was carried information; one whose removal makes the rest more
//! complex was part of a pattern. [`Experiment`] gives the effect of changing single symbols, [`slice_effects`] of
//! deleting the symbols of a string or the rows and columns of an array, [`Graph`] of deleting nodes and of deleting or adding
//! edges; [`Signature`] sums such effects up, and [`Reduction`] deletes what matters least.
//!
//! Effects are always *after minus before*, as in PyBDM. The information value of an element in the papers, and the
//! column "BDM diff" of the Online Algorithmic Complexity Calculator, is *before minus after*.

mod cover;
mod deletion;
mod experiment;
mod graph;
mod reduction;
mod signature;
mod tally;

pub use deletion::slice_effects;
pub use experiment::Experiment;
pub use graph::{EdgeEffect, Graph};
pub use reduction::{Element, Loss, Reduction, Ties};
pub use signature::{Role, Signature};

use crate::{Bdm, BdmError, BlockCounts, SymbolArray, block_entropy};

/// What a change is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Metric {
    /// The Block Decomposition Method, in bits.
    #[default]
    Bdm,
    /// The entropy of the block frequencies, in bits a block.
    Entropy,
}

/// Which of the other symbols' effects stands for a cell, over an alphabet of more than two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Choice {
    /// The mean over all other symbols.
    Mean,
    /// The effect of the greatest size, with its sign; of equal sizes that of the least symbol.
    Extreme,
    /// One symbol a cell, drawn evenly from the others. The draw depends on the seed and the cell's number only.
    /// PyBDM draws likewise, without a seed.
    Random {
        /// The seed.
        seed: u64,
    },
}

impl Choice {
    /// The effect that stands for a cell.
    fn of(self, cell: usize, mut others: impl Iterator<Item = u8> + Clone, mut effect: impl FnMut(u8) -> f64) -> f64 {
        let number = others.clone().count();
        match self {
            Self::Mean => others.map(effect).sum::<f64>() / number.max(1) as f64,
            Self::Extreme => others.map(effect).fold(0.0, |most, effect| {
                // Not a number is an error, and has to get out.
                if effect.is_nan() || effect.abs() > most.abs() { effect } else { most }
            }),
            Self::Random { seed } => {
                let draw = scatter(seed ^ scatter(cell as u64)) % number.max(1) as u64;
                others.nth(draw as usize).map_or(0.0, &mut effect)
            }
        }
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that scatters neighbouring numbers.
fn scatter(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// The metric of an array; `None` if it holds no block. Counts are the caller's, for their memory.
fn value_of(bdm: &Bdm, metric: Metric, counts: &mut BlockCounts, array: &SymbolArray) -> Result<Option<f64>, BdmError> {
    counts.reset(bdm.table().symbols());
    bdm.count(counts, array)?;
    if counts.total() == 0 {
        return Ok(None);
    }
    match metric {
        // Where every block is missing and skipped the sum has no term.
        Metric::Bdm => Ok(Some(bdm.price(counts)?.map_or(0.0, |value| value.bits))),
        Metric::Entropy => Ok(block_entropy(counts)),
    }
}

/// The metric of an array that has to hold a block.
fn required(bdm: &Bdm, metric: Metric, array: &SymbolArray) -> Result<f64, BdmError> {
    let value = value_of(bdm, metric, &mut BlockCounts::new(bdm.table().symbols()), array)?;
    value.ok_or_else(|| no_block(bdm, array.axes()))
}

fn no_block(bdm: &Bdm, axes: &[usize]) -> BdmError {
    let axes = axes.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    BdmError::NoBlock { axes, block: bdm.block() }
}
