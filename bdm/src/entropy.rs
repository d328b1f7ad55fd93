//! Shannon entropies of a record, the baselines that see frequencies and nothing else.

use turmite_tables::Shape;

use crate::sum::Sum;
use crate::{BdmError, BlockCounts, Partition, Record, SymbolArray};

/// The entropy of the symbol frequencies, in bits a symbol (Shannon 1948). `None` for a record without symbols.
///
/// ```
/// use turmite_bdm::{SymbolArray, symbol_entropy};
///
/// assert_eq!(symbol_entropy(&SymbolArray::from_digits("01010101", 2)?), Some(1.0));
/// assert_eq!(symbol_entropy(&SymbolArray::from_digits("0000", 2)?), Some(0.0));
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
#[must_use]
pub fn symbol_entropy(array: &SymbolArray) -> Option<f64> {
    let mut counts = [0u64; 256];
    for &cell in array.cells() {
        counts[usize::from(cell)] += 1;
    }
    entropy(counts.iter().copied(), array.len() as u64)
}

/// The entropy of the block frequencies, in bits a block: PyBDM's `ent`. `None` without blocks.
///
/// PyBDM's `nent` is this value's [place](crate::Range::place) in [`Bdm::entropy_range`](crate::Bdm::entropy_range).
#[must_use]
pub fn block_entropy(counts: &BlockCounts) -> Option<f64> {
    entropy(counts.iter().map(|block| block.count), counts.total())
}

/// The entropy of pairs of neighbours, in bits a pair: acss's `entropy2`, the Calculator's second-order entropy.
/// `None` below two symbols.
///
/// ```
/// use turmite_bdm::{SymbolArray, second_order_entropy};
///
/// // The pairs 01, 10, 01, 10, 01 of acss: three to two.
/// let entropy = second_order_entropy(&SymbolArray::from_digits("010101", 2)?)?.expect("five pairs");
/// assert!((entropy - 0.970951).abs() < 1e-6);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
///
/// # Errors
/// A record of more than one axis.
pub fn second_order_entropy<'a>(record: impl Into<Record<'a>>) -> Result<Option<f64>, BdmError> {
    Ok(block_entropy(&windows(record.into(), 2)?))
}

/// What one symbol more adds to the entropy of what precedes it; see [`entropy_rate`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EntropyRate {
    /// The rate in bits a symbol.
    pub bits: f64,
    /// About how much too low (negative) or too high `bits` is, for lack of data, in bits a symbol.
    pub bias: f64,
    /// The length of the longer windows.
    pub length: usize,
    /// How many of them there are.
    pub windows: u64,
}

/// The entropy rate of a line by windows of `length` and of one symbol less, at every shift: `H_L - H_(L-1)` in bits a
/// symbol, `H_0` being 0 (Shannon 1951, "Prediction and Entropy of Printed English"). It falls towards the rate of the
/// source as L grows. `None` for a line shorter than `length`.
///
/// # Bias
/// Entropies of frequencies are too low, each by about `(m - 1) / (2 N ln 2)` bits with m contents that can occur in N
/// windows (Miller 1955, "Note on the bias of information estimates"). [`EntropyRate::bias`] is the difference of the two
/// corrections, with the contents that did occur as m: good where N is many times m, and far too small where most windows
/// occur once. There the rate goes to 0 whatever the source; keep L below `log2 N / (2 log2 k)`.
///
/// ```
/// use turmite_bdm::{SymbolArray, entropy_rate};
///
/// // After one symbol of a period of two the next is certain.
/// let line = SymbolArray::from_digits(&"01".repeat(500), 2)?;
/// assert!(entropy_rate(&line, 2)?.expect("999 windows").bits < 1e-3);
/// assert_eq!(entropy_rate(&line, 1)?.expect("1000 windows").bits, 1.0);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
///
/// # Complexity
/// Two passes.
///
/// # Errors
/// A record of more than one axis, a length of 0, or windows with more than 2^64 contents.
pub fn entropy_rate<'a>(record: impl Into<Record<'a>>, length: usize) -> Result<Option<EntropyRate>, BdmError> {
    let record = record.into();
    let longer = windows(record, length)?;
    let Some(entropy) = block_entropy(&longer) else { return Ok(None) };
    let correction = |counts: &BlockCounts| {
        (counts.distinct() as f64 - 1.0) / (2.0 * counts.total() as f64 * std::f64::consts::LN_2)
    };
    let (mut bits, mut bias) = (entropy, -correction(&longer));
    if length > 1 {
        let shorter = windows(record, length - 1)?;
        bits -= block_entropy(&shorter).unwrap_or(0.0);
        bias += correction(&shorter);
    }
    Ok(Some(EntropyRate { bits, bias, length, windows: longer.total() }))
}

/// The windows of a line at every shift.
fn windows(record: Record<'_>, length: usize) -> Result<BlockCounts, BdmError> {
    let mut counts = BlockCounts::new(record.symbols());
    counts.count(record, Shape::line(length)?, Partition::Correlated { shift: 1 })?;
    Ok(counts)
}

/// The entropy of counts that add up to `total`, in bits; `None` for a total of 0.
pub(crate) fn entropy(counts: impl Iterator<Item = u64>, total: u64) -> Option<f64> {
    if total == 0 {
        return None;
    }
    let mut sum = Sum::default();
    for count in counts.filter(|&count| count > 0) {
        let share = count as f64 / total as f64;
        sum.add(share * -share.log2());
    }
    // One symbol alone gives -0.0, which would be printed so.
    Some(sum.total() + 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn naive(cells: &[u8], length: usize) -> f64 {
        let mut counts: BTreeMap<&[u8], f64> = BTreeMap::new();
        for window in cells.windows(length) {
            *counts.entry(window).or_default() += 1.0;
        }
        let total: f64 = counts.values().sum();
        counts.values().map(|n| -n / total * (n / total).log2()).sum()
    }

    proptest! {
        #[test]
        fn rates_are_differences_of_entropies(cells in prop::collection::vec(0u8..3, 0..60), length in 1usize..6) {
            let line = SymbolArray::line(3, cells.clone()).unwrap();
            let found = entropy_rate(&line, length).unwrap();
            prop_assert_eq!(found.is_some(), cells.len() >= length);
            if let Some(found) = found {
                let shorter = if length > 1 { naive(&cells, length - 1) } else { 0.0 };
                prop_assert!((found.bits - (naive(&cells, length) - shorter)).abs() < 1e-9);
                prop_assert_eq!(found.windows, (cells.len() + 1 - length) as u64);
            }
        }
    }

    /// A generator of known rate: the plain rate is too low by what the bias says.
    #[test]
    fn the_bias_is_that_of_few_data() {
        let (mut plain, mut corrected, runs) = (0.0, 0.0, 200);
        let mut state = 1u64;
        for _ in 0..runs {
            let cells = (0..300)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 63) as u8
                })
                .collect();
            let rate = entropy_rate(&SymbolArray::line(2, cells).unwrap(), 4).unwrap().unwrap();
            plain += rate.bits / f64::from(runs);
            corrected += (rate.bits - rate.bias) / f64::from(runs);
        }
        assert!(plain < 0.985, "{plain}");
        assert!((corrected - 1.0).abs() < 0.003, "{corrected}");
    }

    #[test]
    fn errors_and_short_lines() {
        let square = SymbolArray::new(&[2, 2], 2, vec![0; 4]).unwrap();
        assert!(entropy_rate(&square, 2).is_err());
        assert!(entropy_rate(&SymbolArray::from_digits("01", 2).unwrap(), 0).is_err());
        assert_eq!(second_order_entropy(&SymbolArray::from_digits("0", 2).unwrap()).unwrap(), None);
    }
}
