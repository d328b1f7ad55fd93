//! [`SymbolArray`]: a record as symbols `0..k` along one to three axes.

use bitvec::order::BitOrder;
use bitvec::slice::BitSlice;
use bitvec::store::BitStore;

use crate::BdmError;

/// A checked array of symbols in row-major order, the last axis fastest.
///
/// One byte holds one symbol: blocks are read at every offset, and bytes are read faster than packed bits.
/// An axis may be empty; such an array holds no block.
///
/// ```
/// use turmite_bdm::SymbolArray;
///
/// let line = SymbolArray::from_digits("0110", 2)?;
/// assert_eq!(line.axes(), [4]);
/// let square = SymbolArray::from_rows(&[[0, 1], [1, 0]], 2)?;
/// assert_eq!((square.axes(), square.cells()), (&[2, 2][..], &[0, 1, 1, 0][..]));
/// assert!(SymbolArray::new(&[2, 2], 2, vec![0, 1, 2, 0]).is_err());
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolArray {
    axes: [usize; 3],
    dims: usize,
    symbols: u8,
    cells: Vec<u8>,
}

impl SymbolArray {
    /// An array of the given extents over an alphabet of `symbols`, from its cells in row-major order.
    ///
    /// # Errors
    /// No axis or more than three, a number of cells that is not the product of the axes, or a symbol that is
    /// not below `symbols`.
    pub fn new(axes: &[usize], symbols: u8, cells: Vec<u8>) -> Result<Self, BdmError> {
        let (own, _) = checked_axes(axes, cells.len(), |cells| cells, "cells")?;
        if symbols == 0 {
            return Err(BdmError::EmptyAlphabet { found: symbols });
        }
        check_symbols(&cells, symbols)?;
        Ok(Self { axes: own, dims: axes.len(), symbols, cells })
    }

    /// A record along one axis.
    ///
    /// # Errors
    /// A symbol that is not below `symbols`.
    pub fn line(symbols: u8, cells: Vec<u8>) -> Result<Self, BdmError> {
        Self::new(&[cells.len()], symbols, cells)
    }

    /// A record along one axis, from digits.
    ///
    /// # Errors
    /// A character that is no digit below `symbols`.
    pub fn from_digits(text: &str, symbols: u8) -> Result<Self, BdmError> {
        let mut cells = Vec::with_capacity(text.len());
        for (at, c) in text.chars().enumerate() {
            match c.to_digit(10).and_then(|digit| u8::try_from(digit).ok()) {
                Some(digit) if digit < symbols => cells.push(digit),
                _ => {
                    let greatest = symbols.saturating_sub(1);
                    return Err(BdmError::Symbol { found: format!("{c:?}"), position: at + 1, greatest });
                }
            }
        }
        Self::line(symbols, cells)
    }

    /// A two-dimensional array from its rows, the first row on top.
    ///
    /// # Errors
    /// Rows of unequal length, or a symbol that is not below `symbols`.
    pub fn from_rows<R: AsRef<[u8]>>(rows: &[R], symbols: u8) -> Result<Self, BdmError> {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        let mut cells = Vec::with_capacity(rows.len().saturating_mul(columns));
        for (at, row) in rows.iter().enumerate() {
            let row = row.as_ref();
            if row.len() != columns {
                return Err(BdmError::RaggedRows { row: at + 1, found: row.len(), expected: columns });
            }
            cells.extend_from_slice(row);
        }
        Self::new(&[rows.len(), columns], symbols, cells)
    }

    /// A binary record from bits, in the order of the slice.
    #[must_use]
    pub fn from_bits<T: BitStore, O: BitOrder>(bits: &BitSlice<T, O>) -> Self {
        let cells: Vec<u8> = bits.iter().by_vals().map(u8::from).collect();
        Self { axes: [cells.len(), 1, 1], dims: 1, symbols: 2, cells }
    }

    /// A binary record from bytes: eight bits each, most significant first.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut cells = Vec::with_capacity(bytes.len().saturating_mul(8));
        for &byte in bytes {
            cells.extend((0..8).rev().map(|place| (byte >> place) & 1));
        }
        Self { axes: [cells.len(), 1, 1], dims: 1, symbols: 2, cells }
    }

    /// Cells that are known to be 0 and 1 and to fill the axes.
    pub(crate) fn from_binary(axes: [usize; 3], dims: usize, cells: Vec<u8>) -> Self {
        Self { axes, dims, symbols: 2, cells }
    }

    /// The extents, slowest axis first.
    #[must_use]
    pub fn axes(&self) -> &[usize] {
        &self.axes[..self.dims]
    }

    /// The size of the alphabet.
    #[must_use]
    pub fn symbols(&self) -> u8 {
        self.symbols
    }

    /// The symbols in row-major order.
    #[must_use]
    pub fn cells(&self) -> &[u8] {
        &self.cells
    }

    /// The symbols, to be changed within the alphabet.
    pub(crate) fn cells_mut(&mut self) -> &mut [u8] {
        &mut self.cells
    }

    /// The number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Gives the cells back, so that their memory can hold the next record.
    #[must_use]
    pub fn into_cells(self) -> Vec<u8> {
        self.cells
    }
}

/// Axes padded behind with 1, and their product, if that many cells fill `found` places.
pub(crate) fn checked_axes(
    axes: &[usize],
    found: usize,
    places: impl Fn(usize) -> usize,
    unit: &str,
) -> Result<([usize; 3], usize), BdmError> {
    let one_to_three = (1..=3).contains(&axes.len());
    let product = axes.iter().try_fold(1usize, |product, &axis| product.checked_mul(axis));
    if let Some(cells) = product.filter(|&cells| one_to_three && places(cells) == found) {
        let mut own = [1; 3];
        own[..axes.len()].copy_from_slice(axes);
        return Ok((own, cells));
    }
    let expected = match product {
        _ if !one_to_three => "nothing: one to three axes are expected".to_owned(),
        Some(cells) => format!("{} {unit}", places(cells)),
        None => "more cells than can be numbered".to_owned(),
    };
    let axes = axes.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
    Err(BdmError::ArrayShape { axes, expected, found: format!("{found} {unit}") })
}

/// Checks that every cell is below `symbols`.
pub(crate) fn check_symbols(cells: &[u8], symbols: u8) -> Result<(), BdmError> {
    // One pass without branches for the usual case; the place is looked for only when there is something to say.
    if cells.iter().fold(0, |greatest, &cell| greatest.max(cell)) < symbols {
        return Ok(());
    }
    match cells.iter().position(|&cell| cell >= symbols) {
        Some(at) => Err(BdmError::Symbol {
            found: cells[at].to_string(),
            position: at + 1,
            greatest: symbols.saturating_sub(1),
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bitvec::prelude::*;

    #[test]
    fn constructors_agree() {
        let digits = SymbolArray::from_digits("01000001", 2).unwrap();
        assert_eq!(SymbolArray::from_bytes(b"A"), digits);
        assert_eq!(SymbolArray::from_bits(bits![u8, Msb0; 0, 1, 0, 0, 0, 0, 0, 1]), digits);
        assert_eq!(SymbolArray::line(2, vec![0, 1, 0, 0, 0, 0, 0, 1]).unwrap(), digits);
    }

    #[test]
    fn bad_arrays_say_what_was_expected() {
        let text = SymbolArray::new(&[2, 3], 2, vec![0; 5]).unwrap_err().to_string();
        assert_eq!(text, "an array of 2x3 holds 6 cells, but 5 cells were given; give the cells row by row");
        let text = SymbolArray::from_digits("0102", 2).unwrap_err().to_string();
        assert!(text.starts_with("found symbol '2' in cell 4, expected 0 to 1"), "{text}");
        assert!(SymbolArray::from_rows(&[vec![0, 1], vec![0]], 2).is_err());
        assert!(SymbolArray::new(&[], 2, vec![]).is_err());
        assert!(SymbolArray::new(&[usize::MAX, 2], 2, vec![]).is_err());
        assert!(SymbolArray::line(0, vec![]).is_err());
        assert!(SymbolArray::line(2, vec![]).unwrap().is_empty());
    }
}
