//! Multiscale BDM: the complexity of a set of binary records, seen through windows longer than a block.

use std::sync::Arc;

use turmite_tables::{Shape, Table};

use crate::array::check_symbols;
use crate::bit_windows::bits;
use crate::bits::pack;
use crate::prices::Prices;
use crate::sum::{Sum, log2_count};
use crate::window_counts::WindowCounts;
use crate::{BdmError, Missing, Record};

/// The statistic that dates collapse earliest on text: every distinct window of a set of records is priced by its
/// own BDM over the blocks in it, log2 of its multiplicity is added, and the sum is divided by the number of windows.
///
/// It is BDM applied twice: windows are blocks whose price comes from BDM where the table ends. A set that repeats
/// itself has few distinct windows for its size, a set of simple records cheap ones; both lower the value.
///
/// Defined for binary tables. By default windows of 48 bits in blocks of 12; text moves the window by a byte at a
/// time ([`Multiscale::bytes`]: 48 bits are then six bytes), records of bits by a bit ([`Multiscale::records`]).
#[derive(Debug)]
pub struct Multiscale {
    prices: Prices,
    /// K by code of a block; NaN where the table lacks it.
    dense: Vec<f64>,
    absent: Option<f64>,
    block: u32,
    window: u32,
}

/// What [`Multiscale`] found in a set of records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiscaleValue {
    /// The statistic, in bits a window.
    pub bits_per_window: f64,
    /// Windows, repeats included.
    pub windows: u64,
    /// Different windows.
    pub distinct: u64,
    /// Blocks that the table lacks, counted once for each distinct window they lie in.
    pub missing: u64,
}

impl Multiscale {
    /// Windows of 48 bits over blocks of 12 bits.
    ///
    /// # Errors
    /// A table over more than two symbols or of more than one axis, one that does not hold strings of 12 symbols, or
    /// a corrupt one.
    pub fn new(table: impl Into<Arc<Table>>, missing: Missing) -> Result<Self, BdmError> {
        Self::with_sizes(table, missing, 48, 12)
    }

    /// Windows and blocks of other sizes, in bits. The window is a multiple of the block, up to 64.
    ///
    /// # Errors
    /// As [`Multiscale::new`], and sizes that do not divide or are out of range.
    pub fn with_sizes(
        table: impl Into<Arc<Table>>,
        missing: Missing,
        window: usize,
        block: usize,
    ) -> Result<Self, BdmError> {
        let table = table.into();
        if table.symbols() != 2 || table.space().dims() != 1 {
            let found = format!("table {}", table.name());
            return Err(BdmError::Multiscale { found, expected: "a table of strings over two symbols" });
        }
        if block == 0 || window == 0 || window > 64 || !window.is_multiple_of(block) {
            let found = format!("windows of {window} bits over blocks of {block}");
            return Err(BdmError::Multiscale {
                found,
                expected: "a window that is a multiple of the block, up to 64 bits",
            });
        }
        let shape = Shape::line(block)?;
        if !table.has_shape(&shape) {
            return Err(Prices::new(table, Missing::Skip, &[])?.not_held(shape));
        }
        let prices = Prices::new(table, missing, &[shape])?;
        let (dense, absent) =
            prices.with_shape(shape, |held| Ok((held.dense().map(<[f64]>::to_vec), held.absent_bits())))?;
        let Some(dense) = dense else { return Err(BdmError::NotDense { shape, symbols: 2 }) };
        // Both are at most 64 here.
        Ok(Self { prices, dense, absent, block: block as u32, window: window as u32 })
    }

    /// The value of records given as bytes, eight bits each, most significant first; windows start at every byte.
    /// `None` if every record is shorter than a window.
    ///
    /// # Errors
    /// A window that is no whole number of bytes, a missing block under [`Missing::Fail`], or more than 2^32 distinct
    /// windows.
    pub fn bytes<R: AsRef<[u8]>>(
        &self,
        scratch: &mut WindowCounts,
        records: impl IntoIterator<Item = R>,
    ) -> Result<Option<MultiscaleValue>, BdmError> {
        if !self.window.is_multiple_of(8) {
            let found = format!("windows of {} bits", self.window);
            return Err(BdmError::Multiscale { found, expected: "windows of whole bytes for records of bytes" });
        }
        scratch.clear(self.window);
        let (mask, first) = (self.mask(), self.window as usize / 8);
        for record in records {
            let mut code = 0;
            for (at, &byte) in record.as_ref().iter().enumerate() {
                code = code << 8 | u64::from(byte);
                if at + 1 >= first {
                    scratch.add(code & mask)?;
                }
            }
        }
        self.price(scratch)
    }

    /// The value of binary records, packed or not; windows start at every `stride`-th symbol. `None` if every record is
    /// shorter than a window.
    ///
    /// # Errors
    /// A record over more than two symbols or of more than one axis, a stride of 0, a missing block under
    /// [`Missing::Fail`], or more than 2^32 distinct windows.
    pub fn records<'a>(
        &self,
        scratch: &mut WindowCounts,
        records: impl IntoIterator<Item = impl Into<Record<'a>>>,
        stride: usize,
    ) -> Result<Option<MultiscaleValue>, BdmError> {
        if stride == 0 {
            return Err(BdmError::Multiscale { found: "a stride of 0".to_owned(), expected: "a stride of at least 1" });
        }
        scratch.clear(self.window);
        let window = self.window as usize;
        let mut packed = Vec::new();
        for record in records {
            let record = record.into();
            if record.axes().len() != 1 {
                let found = format!("a record of {} axes", record.axes().len());
                return Err(BdmError::Multiscale { found, expected: "records of one axis" });
            }
            let bytes = match record {
                Record::Bits(bits) => bits.bytes(),
                Record::Symbols(array) => {
                    check_symbols(array.cells(), 2)?;
                    packed.clear();
                    pack(array.cells(), &mut packed);
                    &packed
                }
            };
            let starts = record.len().checked_sub(window).map_or(0, |last| last + 1);
            for start in (0..starts).step_by(stride) {
                scratch.add(bits(bytes, start, window))?;
            }
        }
        self.price(scratch)
    }

    fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.window)
    }

    fn price(&self, scratch: &mut WindowCounts) -> Result<Option<MultiscaleValue>, BdmError> {
        // The number of blocks as a constant: all pairs are compared, and four blocks are the rule.
        match self.window / self.block {
            1 => self.price_blocks::<1>(scratch),
            2 => self.price_blocks::<2>(scratch),
            3 => self.price_blocks::<3>(scratch),
            4 => self.price_blocks::<4>(scratch),
            5 => self.price_blocks::<5>(scratch),
            _ => self.price_by(scratch, |window| {
                let blocks: Vec<u64> = (0..self.window / self.block).map(|at| self.code(window, at)).collect();
                self.window_bits(&blocks)
            }),
        }
    }

    fn price_blocks<const BLOCKS: usize>(
        &self,
        scratch: &mut WindowCounts,
    ) -> Result<Option<MultiscaleValue>, BdmError> {
        self.price_by(scratch, |window| {
            let blocks: [u64; BLOCKS] = std::array::from_fn(|at| self.code(window, at as u32));
            let (mut alike, mut bits) = (false, 0.0);
            for (at, &code) in blocks.iter().enumerate() {
                for before in &blocks[..at] {
                    alike |= *before == code;
                }
                bits += self.dense.get(code as usize).copied().unwrap_or(f64::NAN);
            }
            // As a rule all blocks differ and the table holds them; else the sum means nothing.
            if alike || bits.is_nan() { self.window_bits(&blocks) } else { Ok((bits, 0)) }
        })
    }

    /// The sum over all windows, of which `bits_of` tells the bits and how many blocks the table lacks.
    #[inline(always)]
    fn price_by(
        &self,
        scratch: &mut WindowCounts,
        bits_of: impl Fn(u64) -> Result<(f64, u64), BdmError>,
    ) -> Result<Option<MultiscaleValue>, BdmError> {
        if scratch.windows == 0 {
            return Ok(None);
        }
        // The sum is exact, so that the order of windows does not show.
        let (mut sum, mut missing, mut distinct) = (Sum::default(), 0, 0);
        scratch.for_each(|window, count| {
            let (bits, lacking) = bits_of(window)?;
            sum.add(bits + log2_count(count));
            missing += lacking;
            distinct += 1;
            Ok(())
        })?;
        let bits_per_window = sum.total() / scratch.windows as f64;
        Ok(Some(MultiscaleValue { bits_per_window, windows: scratch.windows, distinct, missing }))
    }

    /// A block of a window, the last one first.
    #[inline(always)]
    fn code(&self, window: u64, at: u32) -> u64 {
        window >> (at * self.block) & (u64::MAX >> (64 - self.block))
    }

    /// BDM of one window, and the number of its blocks that the table lacks.
    #[inline(never)]
    fn window_bits(&self, blocks: &[u64]) -> Result<(f64, u64), BdmError> {
        let (mut bits, mut missing) = (0.0, 0);
        for (at, &code) in blocks.iter().enumerate() {
            // Comparing all pairs of a few is cheaper than any set.
            if blocks[..at].contains(&code) {
                continue;
            }
            let repeats = 1 + blocks[at + 1..].iter().filter(|&&after| after == code).count() as u64;
            let mut k = self.dense.get(code as usize).copied().unwrap_or(f64::NAN);
            if k.is_nan() {
                missing += repeats;
                if self.prices.missing == Missing::Fail {
                    return Err(self.missing_block(code));
                }
                match self.absent {
                    Some(price) => k = price,
                    None => continue,
                }
            }
            bits += k + log2_count(repeats);
        }
        Ok((bits, missing))
    }

    #[cold]
    fn missing_block(&self, code: u64) -> BdmError {
        let symbols = crate::blocks::decode(code, self.block as usize, 2);
        let block: String = symbols.iter().map(|&s| if s == 0 { '0' } else { '1' }).collect();
        match Shape::line(symbols.len()) {
            Ok(shape) => BdmError::MissingBlock { block, shape, table: self.prices.table.name() },
            Err(error) => error.into(),
        }
    }
}

#[cfg(test)]
#[path = "multiscale_tests.rs"]
mod tests;
