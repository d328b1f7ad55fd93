//! [`BlockCounts`]: how often each block occurs.

use turmite_tables::Shape;

use crate::array::check_symbols;
use crate::bit_windows::{self, BitWindows};
use crate::bits::pack;
use crate::code::append;
use crate::counter::{Codes, Counter};
use crate::grid::Grid;
use crate::partition::{Window, leftovers, lift, lift_shape};
use crate::symbol_windows::SymbolWindows;
use crate::{BdmError, Partition, Record, SymbolArray};

pub(crate) use crate::code::{contents, decode};

/// How often each block occurs, by shape and content.
///
/// A content is named by its *code*, the number its symbols write in base `k` in row-major order, first symbol
/// most significant. Counts of parts of an array merge to the counts of the whole, as long as the parts are cut at
/// block boundaries; [`Bdm::price`](crate::Bdm::price) turns counts into bits.
///
/// ```
/// use turmite_bdm::{BlockCounts, Partition, SymbolArray};
/// use turmite_tables::Shape;
///
/// let mut counts = BlockCounts::new(2);
/// let array = SymbolArray::from_digits("0110" .repeat(3).as_str(), 2)?;
/// counts.count(&array, Shape::line(2)?, Partition::Ignore)?;
/// assert_eq!((counts.total(), counts.distinct()), (6, 2));
/// let seen: Vec<(u64, u64)> = counts.iter().map(|block| (block.code, block.count)).collect();
/// assert_eq!(seen, [(0b01, 3), (0b10, 3)]);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BlockCounts {
    symbols: u8,
    groups: Vec<Group>,
    /// Where binary symbols are packed: memory kept from record to record.
    packed: Vec<u8>,
}

/// One block and how often it occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockCount {
    /// The block's shape.
    pub shape: Shape,
    /// Its symbols in row-major order as a number in base `k`.
    pub code: u64,
    /// How often it occurs.
    pub count: u64,
}

#[derive(Clone, Debug)]
struct Group {
    shape: Shape,
    contents: u128,
    total: u64,
    counter: Counter,
}

impl BlockCounts {
    /// No counts yet, over an alphabet of `symbols`.
    #[must_use]
    pub fn new(symbols: u8) -> Self {
        Self { symbols, groups: Vec::new(), packed: Vec::new() }
    }

    /// The size of the alphabet that codes are written in.
    #[must_use]
    pub fn symbols(&self) -> u8 {
        self.symbols
    }

    /// Adds the blocks of a record.
    ///
    /// # Complexity
    /// One pass over the windows, about a nanosecond each for a binary record. More than a million windows are
    /// counted by all threads of the current pool of rayon; the counts are the same.
    ///
    /// # Errors
    /// A record with another number of axes than the block, a symbol outside the alphabet, options of the
    /// partition out of range, or a block with more than 2^64 contents.
    pub fn count<'a>(
        &mut self,
        record: impl Into<Record<'a>>,
        block: Shape,
        partition: Partition,
    ) -> Result<(), BdmError> {
        let record = record.into();
        partition.check_axes(&block)?;
        if record.axes().len() != block.dims() {
            let array = record.axes().len();
            return Err(BdmError::AxesMismatch { array, block, expected: block.dims() });
        }
        self.group(block)?;
        self.with_cells(record, |counts, cells| counts.count_cells(cells, lift(record.axes()), block, partition))
    }

    /// Adds the record as one block.
    pub(crate) fn count_whole(&mut self, record: Record<'_>) -> Result<(), BdmError> {
        let shape = Shape::new(record.axes())?;
        self.group(shape)?;
        let axes = lift(record.axes());
        self.with_cells(record, |counts, cells| {
            counts.add(shape, cells.code(axes, Window { origin: [0; 3], extent: axes }), 1)
        })
    }

    /// Adds `count` occurrences of one block.
    ///
    /// # Errors
    /// A code that is no content of the shape, or a shape with more than 2^64 contents.
    pub fn add(&mut self, shape: Shape, code: u64, count: u64) -> Result<(), BdmError> {
        let group = self.group(shape)?;
        if u128::from(code) >= group.contents {
            let expected = format!("a number below {}, the contents of shape {shape}", group.contents);
            return Err(BdmError::Option { option: "block code", found: code.to_string(), expected });
        }
        group.add(code, count);
        Ok(())
    }

    /// Adds the counts of another set.
    ///
    /// # Errors
    /// Counts over another alphabet: their codes mean other blocks.
    pub fn merge(&mut self, other: &Self) -> Result<(), BdmError> {
        if other.symbols != self.symbols {
            return Err(BdmError::MergeAlphabets { found: other.symbols, expected: self.symbols });
        }
        for block in other.iter() {
            self.add(block.shape, block.code, block.count)?;
        }
        Ok(())
    }

    /// Forgets all counts and keeps the memory. The cost is that of the blocks counted, not of all that could be.
    pub fn clear(&mut self) {
        for group in &mut self.groups {
            group.total = 0;
            group.counter.clear();
        }
    }

    /// Forgets all counts and takes another alphabet.
    pub(crate) fn reset(&mut self, symbols: u8) {
        if symbols == self.symbols {
            self.clear();
        } else {
            *self = Self::new(symbols);
        }
    }

    /// The number of blocks, repeats included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.groups.iter().fold(0, |sum, group| sum.saturating_add(group.total))
    }

    /// The number of different blocks.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.groups.iter().map(|group| group.counter.distinct()).sum()
    }

    /// The blocks that occur, in a fixed order: shapes in the order of a table, then codes upwards.
    pub fn iter(&self) -> impl Iterator<Item = BlockCount> + '_ {
        self.shapes().flat_map(|(shape, _, counter)| {
            counter.held().into_iter().map(move |(code, count)| BlockCount { shape, code, count })
        })
    }

    /// The shapes that occur, how many blocks of each, and their counts, in the order of a table.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = (Shape, u64, &Counter)> {
        self.groups.iter().filter(|group| group.total > 0).map(|group| (group.shape, group.total, &group.counter))
    }

    /// The counts of a shape, made if it is new; groups stay in the order of shapes.
    fn group(&mut self, shape: Shape) -> Result<&mut Group, BdmError> {
        let at = match self.groups.binary_search_by(|group| group.shape.cmp(&shape)) {
            Ok(at) => at,
            Err(at) => {
                let contents = contents(&shape, self.symbols)?;
                self.groups.insert(at, Group { shape, contents, total: 0, counter: Counter::new(contents) });
                at
            }
        };
        Ok(&mut self.groups[at])
    }

    /// Calls `count` with the cells of a record as this alphabet has them: binary ones packed, others a byte each.
    fn with_cells<T>(
        &mut self,
        record: Record<'_>,
        count: impl FnOnce(&mut Self, Cells<'_>) -> Result<T, BdmError>,
    ) -> Result<T, BdmError> {
        let symbols = self.symbols;
        match record {
            Record::Bits(bits) if symbols == 2 => count(self, Cells::Bits(bits.bytes())),
            Record::Bits(bits) => self.with_cells(Record::Symbols(&SymbolArray::from(bits)), count),
            Record::Symbols(array) => {
                if array.symbols() > symbols {
                    check_symbols(array.cells(), symbols)?;
                }
                if symbols != 2 {
                    return count(self, Cells::Symbols(array.cells(), symbols));
                }
                let mut packed = std::mem::take(&mut self.packed);
                packed.clear();
                pack(array.cells(), &mut packed);
                let counted = count(self, Cells::Bits(&packed));
                self.packed = packed;
                counted
            }
        }
    }

    fn count_cells(
        &mut self,
        cells: Cells<'_>,
        axes: [usize; 3],
        block: Shape,
        partition: Partition,
    ) -> Result<(), BdmError> {
        self.count_grid(cells, block, partition.grid(axes, &block))?;
        match partition {
            Partition::Recursive { min_length } => self.count_leftovers(cells, axes, block, min_length),
            _ => Ok(()),
        }
    }

    /// The windows of a grid, all of one shape.
    pub(crate) fn count_grid(&mut self, cells: Cells<'_>, block: Shape, grid: Grid) -> Result<(), BdmError> {
        if grid.windows() > 0 {
            let group = self.group(block)?;
            match cells {
                Cells::Bits(bytes) => group.add_windows(&BitWindows { bytes, grid }),
                // Blocks over one symbol are all alike, and as long as they like.
                Cells::Symbols(_, 1) => group.add(0, grid.windows()),
                Cells::Symbols(cells, symbols) => group.add_windows(&SymbolWindows { cells, grid, symbols }),
            }
        }
        Ok(())
    }

    /// The smaller pieces of a recursive cut.
    fn count_leftovers(
        &mut self,
        cells: Cells<'_>,
        axes: [usize; 3],
        block: Shape,
        min_length: usize,
    ) -> Result<(), BdmError> {
        let dims = block.dims();
        let part = Window { origin: [0; 3], extent: axes };
        let mut counted = Ok(());
        leftovers(part, dims, lift_shape(&block), min_length, &mut |window| {
            if counted.is_ok() {
                counted = Shape::new(&window.extent[3 - dims..])
                    .map_err(BdmError::from)
                    .and_then(|shape| self.add(shape, cells.code(axes, window), 1));
            }
        });
        counted
    }
}

/// The cells of a record, as they are counted.
#[derive(Clone, Copy)]
pub(crate) enum Cells<'a> {
    /// Packed, most significant bit first, in counts over two symbols.
    Bits(&'a [u8]),
    /// A byte each, and the size of the alphabet.
    Symbols(&'a [u8], u8),
}

impl Cells<'_> {
    /// The code of one window, wherever it lies.
    pub(crate) fn code(self, axes: [usize; 3], window: Window) -> u64 {
        let Window { origin, extent } = window;
        let mut code = 0;
        for i in 0..extent[0] {
            let plane = (origin[0] + i) * axes[1];
            for j in 0..extent[1] {
                let run = (plane + origin[1] + j) * axes[2] + origin[2];
                match self {
                    Self::Bits(bytes) => {
                        code = bit_windows::append(code, bit_windows::bits(bytes, run, extent[2]), extent[2]);
                    }
                    Self::Symbols(cells, symbols) => {
                        code = cells[run..run + extent[2]].iter().fold(code, |code, &cell| append(code, cell, symbols));
                    }
                }
            }
        }
        code
    }
}

impl Group {
    fn add(&mut self, code: u64, count: u64) {
        if count == 0 {
            return;
        }
        self.total = self.total.saturating_add(count);
        self.counter.add(code, count);
    }

    fn add_windows(&mut self, codes: &impl Codes) {
        self.total = self.total.saturating_add(codes.grid().windows());
        self.counter.add_windows(codes);
    }
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
