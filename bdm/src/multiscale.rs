//! Multiscale BDM: the complexity of a set of binary records, seen through windows longer than a block.

use std::sync::Arc;

use turmite_tables::{Shape, Table};

use crate::prices::Prices;
use crate::sum::{Sum, log2_count};
use crate::{BdmError, Missing, SymbolArray};

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
        scratch.clear();
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

    /// The value of binary records of symbols; windows start at every `stride`-th symbol. `None` if every record is
    /// shorter than a window.
    ///
    /// # Errors
    /// A record over more than two symbols or of more than one axis, a stride of 0, a missing block under
    /// [`Missing::Fail`], or more than 2^32 distinct windows.
    pub fn records<'a>(
        &self,
        scratch: &mut WindowCounts,
        records: impl IntoIterator<Item = &'a SymbolArray>,
        stride: usize,
    ) -> Result<Option<MultiscaleValue>, BdmError> {
        if stride == 0 {
            return Err(BdmError::Multiscale { found: "a stride of 0".to_owned(), expected: "a stride of at least 1" });
        }
        scratch.clear();
        let (mask, window) = (self.mask(), self.window as usize);
        for record in records {
            if record.axes().len() != 1 {
                let found = format!("a record of {} axes", record.axes().len());
                return Err(BdmError::Multiscale { found, expected: "records of one axis" });
            }
            crate::array::check_symbols(record.cells(), 2)?;
            let (mut code, mut next) = (0, window);
            for (length, &cell) in (1..).zip(record.cells()) {
                code = code << 1 | u64::from(cell);
                if length == next {
                    scratch.add(code & mask)?;
                    next = next.saturating_add(stride);
                }
            }
        }
        self.price(scratch)
    }

    fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.window)
    }

    fn price(&self, scratch: &WindowCounts) -> Result<Option<MultiscaleValue>, BdmError> {
        if scratch.windows == 0 {
            return Ok(None);
        }
        let (mut sum, mut missing) = (Sum::default(), 0);
        // Windows in order of first occurrence: the same records give the same sum, whatever was counted before.
        for &(window, count) in &scratch.held {
            let (bits, lacking) = self.window_bits(window)?;
            sum.add(bits + log2_count(count));
            missing += lacking;
        }
        Ok(Some(MultiscaleValue {
            bits_per_window: sum.total() / scratch.windows as f64,
            windows: scratch.windows,
            distinct: scratch.held.len() as u64,
            missing,
        }))
    }

    /// BDM of one window, and the number of its blocks that the table lacks.
    #[inline]
    fn window_bits(&self, window: u64) -> Result<(f64, u64), BdmError> {
        let blocks = self.window / self.block;
        let mask = u64::MAX >> (64 - self.block);
        let code_at = |at: u32| window >> (at * self.block) & mask;
        let (mut bits, mut missing) = (0.0, 0);
        for at in 0..blocks {
            // Four blocks as a rule: comparing all pairs is cheaper than any set.
            let code = code_at(at);
            if (0..at).any(|before| code_at(before) == code) {
                continue;
            }
            let repeats = 1 + (at + 1..blocks).filter(|&after| code_at(after) == code).count() as u64;
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

/// How often each window occurs: the memory that [`Multiscale`] works in, reused from set to set.
///
/// An open-addressing table with a fixed hash. The standard map would do, but its order depends on what it held
/// before, and the sum with it; here windows are kept in order of first occurrence.
#[derive(Clone, Debug, Default)]
pub struct WindowCounts {
    held: Vec<(u64, u64)>,
    /// Place in `held` plus one; 0 where free. A power of two long, at most half full.
    slots: Vec<u32>,
    windows: u64,
}

impl WindowCounts {
    /// No memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn clear(&mut self) {
        self.held.clear();
        self.slots.fill(0);
        self.windows = 0;
    }

    #[inline]
    fn add(&mut self, window: u64) -> Result<(), BdmError> {
        if self.held.len() * 2 >= self.slots.len() {
            self.grow()?;
        }
        self.windows += 1;
        let mask = self.slots.len() - 1;
        let mut at = hash(window) & mask;
        loop {
            match self.slots[at] {
                0 => {
                    self.held.push((window, 1));
                    // `grow` keeps the number of windows within 32 bits.
                    self.slots[at] = self.held.len() as u32;
                    return Ok(());
                }
                place => {
                    let held = &mut self.held[place as usize - 1];
                    if held.0 == window {
                        held.1 += 1;
                        return Ok(());
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) -> Result<(), BdmError> {
        let length = (self.slots.len() * 2).max(1 << 12);
        if u32::try_from(length / 2).is_err() {
            let found = "more than 2^32 distinct windows".to_owned();
            return Err(BdmError::Multiscale { found, expected: "a smaller set of records" });
        }
        self.slots.clear();
        self.slots.resize(length, 0);
        for (place, &(window, _)) in (1u32..).zip(&self.held) {
            let mut at = hash(window) & (length - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (length - 1);
            }
            self.slots[at] = place;
        }
        Ok(())
    }
}

/// The two halves of a wide product folded together: every bit of the window reaches the low bits.
#[inline]
fn hash(window: u64) -> usize {
    let wide = u128::from(window ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
    (wide as u64 ^ (wide >> 64) as u64) as usize
}

#[cfg(test)]
#[path = "multiscale_tests.rs"]
mod tests;
