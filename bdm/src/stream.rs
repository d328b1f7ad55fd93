//! [`Stream`]: a line that comes in pieces, scored in constant memory.

use std::io::Read;

use turmite_tables::Shape;

use crate::array::check_symbols;
use crate::axis_cut::AxisCut;
use crate::bits::pack;
use crate::blocks::Cells;
use crate::grid::{Grid, Starts};
use crate::{Bdm, BdmError, BdmValue, BlockCounts, Partition, SymbolArray};

/// Bytes that are gathered before their windows are counted; few in tests, where lines are short.
const GATHERED: usize = if cfg!(test) { 16 } else { 1 << 20 };

/// Scores a line as its pieces come. The value is that of the whole line, bit for bit, however it is cut.
///
/// # Memory
/// About a mebibyte besides the counts, however long the line is. The counts take as much as there are contents of the
/// block, up to 2^16; of larger blocks, as much as there are different blocks in the line.
///
/// ```
/// use turmite_bdm::{Bdm, PackedBits};
/// use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder};
///
/// let mut rows = TableBuilder::new(Provenance::imported("2x2-1d".parse()?, "an example"));
/// rows.push(RowInput::k(Shape::line(2)?, vec![0, 0], 2.0))?;
/// rows.push(RowInput::k(Shape::line(2)?, vec![0, 1], 3.0))?;
/// let bdm = Bdm::builder(Table::from_bytes(rows.build()?)?).block(Shape::line(2)?).build()?;
///
/// let mut stream = bdm.stream()?;
/// stream.push_bytes(b"A long ")?;
/// stream.push_bytes(b"record")?;
/// assert_eq!(stream.finish()?, bdm.score(&PackedBits::from_bytes(b"A long record"))?);
/// assert_eq!(bdm.score_reader(&b"A long record"[..])?, bdm.score(&PackedBits::from_bytes(b"A long record"))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Stream<'a> {
    bdm: &'a Bdm,
    cut: AxisCut,
    counts: BlockCounts,
    held: Held,
    /// The first cell, among those held, at which the next window starts. Beyond them if windows lie far apart.
    next: usize,
    /// The first symbols of the line, all but one of a block: windows that wrap around end in them.
    head: Vec<u8>,
    symbols: u64,
}

/// The last cells of what has come.
#[derive(Debug)]
enum Held {
    Bits { bytes: Vec<u8>, len: usize },
    Symbols(Vec<u8>),
}

impl Bdm {
    /// Begins a line that comes in pieces.
    ///
    /// # Errors
    /// Blocks of more than one axis: such an array is not known before its end.
    pub fn stream(&self) -> Result<Stream<'_>, BdmError> {
        if self.block.dims() != 1 {
            return Err(BdmError::AxesMismatch { array: 1, block: self.block, expected: self.block.dims() });
        }
        self.partition.check_axes(&self.block)?;
        let symbols = self.table().symbols();
        let held = if symbols == 2 { Held::Bits { bytes: Vec::new(), len: 0 } } else { Held::Symbols(Vec::new()) };
        let [.., cut] = self.partition.cuts(1);
        let counts = BlockCounts::new(symbols);
        Ok(Stream { bdm: self, cut, counts, held, next: 0, head: Vec::new(), symbols: 0 })
    }

    /// Scores all bytes that a reader gives, such as a file larger than memory, eight symbols each, as
    /// [`PackedBits::from_bytes`](crate::PackedBits::from_bytes) does.
    ///
    /// # Errors
    /// As [`Bdm::stream`] and [`Bdm::score`], and what the reader fails with.
    pub fn score_reader(&self, mut reader: impl Read) -> Result<Option<BdmValue>, BdmError> {
        let mut stream = self.stream()?;
        let mut piece = vec![0; 1 << 16];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return stream.finish(),
                Ok(read) => stream.push_bytes(&piece[..read])?,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Stream<'_> {
    /// Adds bytes: eight symbols each, most significant bit first.
    ///
    /// # Errors
    /// A symbol outside the alphabet, of a table over one symbol.
    pub fn push_bytes(&mut self, bytes: &[u8]) -> Result<(), BdmError> {
        for piece in bytes.chunks(GATHERED) {
            match self.held {
                Held::Symbols(_) => self.push_symbols(SymbolArray::from_bytes(piece).cells())?,
                Held::Bits { .. } => {
                    self.held.push_bytes(piece);
                    self.symbols += piece.len() as u64 * 8;
                    let head = self.head_missing().div_ceil(8).min(piece.len());
                    self.add_head(SymbolArray::from_bytes(&piece[..head]).cells());
                    self.count_gathered()?;
                }
            }
        }
        Ok(())
    }

    /// Adds symbols, one byte each.
    ///
    /// # Errors
    /// A symbol outside the alphabet of the table; none of the piece is added then.
    pub fn push_symbols(&mut self, symbols: &[u8]) -> Result<(), BdmError> {
        check_symbols(symbols, self.counts.symbols()).map_err(|error| match error {
            BdmError::Symbol { found, position, greatest } => {
                // Along the whole line.
                let position = position.saturating_add(usize::try_from(self.symbols).unwrap_or(usize::MAX));
                BdmError::Symbol { found, position, greatest }
            }
            other => other,
        })?;
        for piece in symbols.chunks(GATHERED) {
            self.held.push_symbols(piece);
            self.symbols += piece.len() as u64;
            self.add_head(piece);
            self.count_gathered()?;
        }
        Ok(())
    }

    /// The value of the line. `None` where there is nothing to price, as of [`Bdm::score`].
    ///
    /// # Errors
    /// As [`Bdm::score`].
    pub fn finish(self) -> Result<Option<BdmValue>, BdmError> {
        let (bdm, symbols) = (self.bdm, self.symbols);
        let value = bdm.price(&self.finish_counts()?)?;
        Ok(value.map(|value| BdmValue { symbols, ..value }))
    }

    /// The counts of the line's blocks, for [`block_entropy`](crate::block_entropy) and the like.
    ///
    /// # Errors
    /// A leftover of more than 2^64 contents.
    pub fn finish_counts(mut self) -> Result<BlockCounts, BdmError> {
        self.count()?;
        let block = self.bdm.block.cells();
        match (self.bdm.partition, self.cut) {
            (Partition::Recursive { min_length }, _) => {
                let rest = self.held.len().saturating_sub(self.next);
                if rest >= min_length.max(1) {
                    let shape = Shape::line(rest)?;
                    let starts = Starts { step: 1, count: 1 };
                    self.count_line(shape, starts)?;
                }
            }
            (_, AxisCut::Periodic { .. }) if self.symbols >= block as u64 => {
                // Windows that start in the line and end in its head, as if it went on there.
                let step = self.cut.step(block);
                let count = self.held.len().saturating_sub(self.next).div_ceil(step);
                let head = std::mem::take(&mut self.head);
                self.held.push_symbols(&head);
                let starts = Starts { step, count };
                self.count_line(self.bdm.block, starts)?;
            }
            _ => {}
        }
        Ok(self.counts)
    }

    fn head_missing(&self) -> usize {
        (self.bdm.block.cells() - 1).saturating_sub(self.head.len())
    }

    fn add_head(&mut self, symbols: &[u8]) {
        let missing = self.head_missing().min(symbols.len());
        self.head.extend_from_slice(&symbols[..missing]);
    }

    fn count_gathered(&mut self) -> Result<(), BdmError> {
        if self.held.memory() >= GATHERED { self.count() } else { Ok(()) }
    }

    /// Counts the windows that lie in what is held, and forgets the cells that no later window covers.
    fn count(&mut self) -> Result<(), BdmError> {
        let (block, len) = (self.bdm.block.cells(), self.held.len());
        let step = self.cut.step(block);
        if let Some(last) = len.checked_sub(self.next.saturating_add(block)) {
            let starts = Starts { step, count: last / step + 1 };
            self.count_line(self.bdm.block, starts)?;
            self.next = self.next.saturating_add(starts.count.saturating_mul(step));
        }
        self.next -= self.held.forget(self.next.min(len));
        Ok(())
    }

    /// Counts windows of one shape that start at the next.
    fn count_line(&mut self, block: Shape, starts: Starts) -> Result<(), BdmError> {
        let Some(length) = self.held.len().checked_sub(self.next) else { return Ok(()) };
        let one = Starts { step: 1, count: 1 };
        let grid =
            Grid { first: self.next, axes: [1, 1, length], block: [1, 1, block.cells()], starts: [one, one, starts] };
        let cells = match &self.held {
            Held::Bits { bytes, .. } => Cells::Bits(bytes),
            Held::Symbols(cells) => Cells::Symbols(cells, self.counts.symbols()),
        };
        self.counts.count_grid(cells, block, grid)
    }
}

impl Held {
    /// The number of cells.
    fn len(&self) -> usize {
        match self {
            Self::Bits { len, .. } => *len,
            Self::Symbols(cells) => cells.len(),
        }
    }

    fn memory(&self) -> usize {
        match self {
            Self::Bits { bytes, .. } => bytes.len(),
            Self::Symbols(cells) => cells.len(),
        }
    }

    /// Appends symbols.
    fn push_symbols(&mut self, symbols: &[u8]) {
        match self {
            Self::Symbols(held) => held.extend_from_slice(symbols),
            Self::Bits { bytes, len } => {
                // Up to the next whole byte one by one, then eight at a time.
                let fresh = (bytes.len() * 8 - *len).min(symbols.len());
                for (place, &symbol) in (*len..).zip(&symbols[..fresh]) {
                    bytes[place / 8] |= symbol << (7 - place % 8);
                }
                pack(&symbols[fresh..], bytes);
                *len += symbols.len();
            }
        }
    }

    /// Appends the bits of bytes.
    fn push_bytes(&mut self, more: &[u8]) {
        match self {
            Self::Symbols(cells) => cells.extend_from_slice(SymbolArray::from_bytes(more).cells()),
            Self::Bits { bytes, len } => {
                // Bits of the last byte that are not used yet; they are 0.
                let fresh = bytes.len() * 8 - *len;
                if fresh == 0 {
                    bytes.extend_from_slice(more);
                } else {
                    for &byte in more {
                        if let Some(last) = bytes.last_mut() {
                            *last |= byte >> (8 - fresh);
                        }
                        bytes.push(byte << fresh);
                    }
                }
                *len += more.len() * 8;
            }
        }
    }

    /// Forgets the first cells, up to a whole byte; returns how many.
    fn forget(&mut self, cells: usize) -> usize {
        match self {
            Self::Bits { bytes, len } => {
                bytes.drain(..cells / 8);
                *len -= cells / 8 * 8;
                cells / 8 * 8
            }
            Self::Symbols(held) => {
                held.drain(..cells);
                cells
            }
        }
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
