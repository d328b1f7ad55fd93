//! [`PackedBits`]: a binary record, eight cells a byte; [`Record`]: what can be scored.

use std::borrow::Cow;

use bitvec::order::{BitOrder, Msb0};
use bitvec::slice::BitSlice;
use bitvec::store::BitStore;
use bitvec::vec::BitVec;

use crate::array::{check_symbols, checked_axes};
use crate::{BdmError, SymbolArray};

/// A binary record of one to three axes, eight cells a byte, most significant bit first.
///
/// Cells are in row-major order, the last axis fastest, and rows follow each other without padding. UTF-8 text and
/// binary files are such records as they stand: they are scored from their own bytes, without a copy.
///
/// ```
/// use bitvec::prelude::*;
/// use turmite_bdm::{PackedBits, SymbolArray};
///
/// let text = PackedBits::from_bytes("A".as_bytes());
/// assert_eq!(text.to_string(), "01000001");
/// let bits = PackedBits::from_bits(bits![0, 1, 0, 0, 0, 0, 0, 1]);
/// assert_eq!(bits, text);
/// let square = PackedBits::new(&[2, 3], vec![0b010_11100])?;
/// assert_eq!((square.axes(), square.to_string().as_str()), (&[2, 3][..], "010111"));
/// assert_eq!(SymbolArray::from(&square).cells(), [0, 1, 0, 1, 1, 1]);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PackedBits<'a> {
    axes: [usize; 3],
    dims: usize,
    /// The product of the axes.
    len: usize,
    /// At least `len` bits; those behind them mean nothing.
    bytes: Cow<'a, [u8]>,
}

impl<'a> PackedBits<'a> {
    /// A record of the given extents from its packed cells. Bits of the last byte behind the last cell are not read.
    ///
    /// # Errors
    /// No axis or more than three, or a number of bytes that is not that of the cells, an eighth rounded up.
    pub fn new(axes: &[usize], bytes: impl Into<Cow<'a, [u8]>>) -> Result<Self, BdmError> {
        let bytes = bytes.into();
        let (own, len) = checked_axes(axes, bytes.len(), |cells| cells.div_ceil(8), "bytes")?;
        Ok(Self { axes: own, dims: axes.len(), len, bytes })
    }

    /// A record along one axis: the bits of bytes, such as UTF-8 text. Nothing is copied.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        // A slice that took more than usize::MAX / 8 bytes would fill the address space.
        let len = bytes.len().saturating_mul(8);
        Self { axes: [len, 1, 1], dims: 1, len, bytes: Cow::Borrowed(bytes) }
    }

    /// A record along one axis from symbols 0 and 1, a byte each. One copy, an eighth as large.
    ///
    /// ```
    /// use turmite_bdm::PackedBits;
    ///
    /// assert_eq!(PackedBits::from_symbols(&[0, 1, 1])?.to_string(), "011");
    /// assert!(PackedBits::from_symbols(&[0, 2]).is_err());
    /// # Ok::<(), turmite_bdm::BdmError>(())
    /// ```
    ///
    /// # Errors
    /// Another symbol.
    pub fn from_symbols(cells: &[u8]) -> Result<PackedBits<'static>, BdmError> {
        check_symbols(cells, 2)?;
        let mut bytes = Vec::with_capacity(cells.len().div_ceil(8));
        pack(cells, &mut bytes);
        Ok(PackedBits { axes: [cells.len(), 1, 1], dims: 1, len: cells.len(), bytes: Cow::Owned(bytes) })
    }

    /// A record along one axis from bits, in the order of the slice. One copy.
    #[must_use]
    pub fn from_bits<T: BitStore, O: BitOrder>(bits: &BitSlice<T, O>) -> Self {
        let mut own: BitVec<u8, Msb0> = BitVec::with_capacity(bits.len());
        own.extend_from_bitslice(bits);
        Self { axes: [bits.len(), 1, 1], dims: 1, len: bits.len(), bytes: Cow::Owned(own.into_vec()) }
    }

    /// The extents, slowest axis first.
    #[must_use]
    pub fn axes(&self) -> &[usize] {
        &self.axes[..self.dims]
    }

    /// The number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The packed cells.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A cell, by its place in row-major order; `None` behind the last.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<bool> {
        (at < self.len).then(|| self.bytes[at / 8] >> (7 - at % 8) & 1 == 1)
    }

    /// The cells in row-major order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        BitSlice::<u8, Msb0>::from_slice(&self.bytes).iter().by_vals().take(self.len)
    }
}

/// Equal extents and equal cells, whatever lies behind the last.
impl PartialEq for PackedBits<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.axes() == other.axes() && self.iter().eq(other.iter())
    }
}

impl Eq for PackedBits<'_> {}

/// The cells as the digits 0 and 1, in row-major order.
impl std::fmt::Display for PackedBits<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write;
        self.iter().try_for_each(|bit| f.write_char(if bit { '1' } else { '0' }))
    }
}

impl TryFrom<&SymbolArray> for PackedBits<'static> {
    type Error = BdmError;

    /// Packs an array that holds no symbol but 0 and 1.
    fn try_from(array: &SymbolArray) -> Result<Self, BdmError> {
        check_symbols(array.cells(), 2)?;
        let mut bytes = Vec::new();
        pack(array.cells(), &mut bytes);
        Self::new(array.axes(), bytes)
    }
}

impl From<&PackedBits<'_>> for SymbolArray {
    fn from(bits: &PackedBits<'_>) -> Self {
        Self::from_binary(bits.axes, bits.dims, bits.iter().map(u8::from).collect())
    }
}

/// Appends symbols 0 and 1 to bytes, eight each, most significant first; the last byte is filled with 0.
///
/// The multiplication moves bit i of byte i to place 7 - i of the highest byte; no two partial products share a
/// place, so nothing carries.
pub(crate) fn pack(cells: &[u8], bytes: &mut Vec<u8>) {
    const SPREAD: u64 = 0x8040_2010_0804_0201;
    let (eights, rest) = cells.as_chunks::<8>();
    bytes.extend(eights.iter().map(|&eight| (u64::from_le_bytes(eight).wrapping_mul(SPREAD) >> 56) as u8));
    if !rest.is_empty() {
        let last = rest.iter().fold(0, |byte, &cell| byte << 1 | cell);
        bytes.push(last << (8 - rest.len()));
    }
}

/// What can be scored: symbols of any alphabet, or packed bits. A function that takes `impl Into<Record>` takes a
/// reference to either.
#[derive(Clone, Copy, Debug)]
pub enum Record<'a> {
    /// One byte a symbol.
    Symbols(&'a SymbolArray),
    /// One bit a symbol: the faster of the two, and an eighth of the memory.
    Bits(&'a PackedBits<'a>),
}

impl Record<'_> {
    /// The extents, slowest axis first.
    #[must_use]
    pub fn axes(&self) -> &[usize] {
        match self {
            Self::Symbols(array) => array.axes(),
            Self::Bits(bits) => bits.axes(),
        }
    }

    /// The size of the alphabet.
    #[must_use]
    pub fn symbols(&self) -> u8 {
        match self {
            Self::Symbols(array) => array.symbols(),
            Self::Bits(_) => 2,
        }
    }

    /// The number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Symbols(array) => array.len(),
            Self::Bits(bits) => bits.len(),
        }
    }

    /// Whether there is no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> From<&'a SymbolArray> for Record<'a> {
    fn from(array: &'a SymbolArray) -> Self {
        Self::Symbols(array)
    }
}

impl<'a> From<&'a PackedBits<'a>> for Record<'a> {
    fn from(bits: &'a PackedBits<'a>) -> Self {
        Self::Bits(bits)
    }
}
