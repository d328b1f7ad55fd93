//! Shannon entropies of a record, the baselines that see frequencies and nothing else.

use crate::sum::Sum;
use crate::{BlockCounts, SymbolArray};

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
