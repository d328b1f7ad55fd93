//! [`BlockCounts`]: how often each block occurs.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use turmite_tables::Shape;

use crate::array::check_symbols;
use crate::partition::{Window, lift, lift_shape};
use crate::{BdmError, Partition, Record, SymbolArray};

/// Shapes with at most this many contents are counted in an array, the others in a hash map.
const DENSE_CONTENTS: u64 = 1 << 16;

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
    total: u64,
    counter: Counter,
}

#[derive(Clone, Debug)]
enum Counter {
    /// A count for every content, and the contents that occur, in order of first occurrence: clearing costs what
    /// was counted, not what could have been.
    Dense {
        counts: Vec<u64>,
        touched: Vec<u32>,
    },
    Sparse(HashMap<u64, u64, FixedState>),
}

impl BlockCounts {
    /// No counts yet, over an alphabet of `symbols`.
    #[must_use]
    pub fn new(symbols: u8) -> Self {
        Self { symbols, groups: Vec::new() }
    }

    /// The size of the alphabet that codes are written in.
    #[must_use]
    pub fn symbols(&self) -> u8 {
        self.symbols
    }

    /// Adds the blocks of an array.
    ///
    /// # Complexity
    /// One pass over the windows; a line over two symbols takes about a nanosecond a window.
    ///
    /// # Errors
    /// An array with another number of axes than the block, a symbol outside the alphabet, options of the
    /// partition out of range, or a block with more than 2^64 contents.
    pub fn count<'a>(
        &mut self,
        record: impl Into<Record<'a>>,
        block: Shape,
        partition: Partition,
    ) -> Result<(), BdmError> {
        match record.into() {
            Record::Symbols(array) => self.count_symbols(array, block, partition),
            Record::Bits(bits) => self.count_symbols(&SymbolArray::from(bits), block, partition),
        }
    }

    fn count_symbols(&mut self, array: &SymbolArray, block: Shape, partition: Partition) -> Result<(), BdmError> {
        partition.check()?;
        if array.axes().len() != block.dims() {
            let array = array.axes().len();
            return Err(BdmError::AxesMismatch { array, block, expected: block.dims() });
        }
        if array.symbols() > self.symbols {
            check_symbols(array.cells(), self.symbols)?;
        }
        contents(&block, self.symbols)?;
        match (partition, block.dims()) {
            (Partition::Ignore, 1) => self.count_line(array.cells(), block, block.cells()),
            (Partition::Correlated { shift }, 1) => self.count_line(array.cells(), block, shift),
            (Partition::Recursive { min_length }, 1) => {
                self.count_line(array.cells(), block, block.cells())?;
                // Along one axis the shortest side of what is left over is all of it: one block more.
                let rest = &array.cells()[array.len() / block.cells() * block.cells()..];
                if rest.len() < min_length {
                    return Ok(());
                }
                self.add(Shape::line(rest.len())?, encode(rest, self.symbols), 1)
            }
            _ => self.count_windows(array, block, partition),
        }
    }

    /// Adds the record as one block.
    pub(crate) fn count_whole(&mut self, record: Record<'_>) -> Result<(), BdmError> {
        let shape = Shape::new(record.axes())?;
        contents(&shape, self.symbols)?;
        let code = match record {
            Record::Symbols(array) => {
                if array.symbols() > self.symbols {
                    check_symbols(array.cells(), self.symbols)?;
                }
                encode(array.cells(), self.symbols)
            }
            Record::Bits(bits) => {
                let base = u64::from(self.symbols);
                bits.iter().fold(0, |code: u64, bit| code.wrapping_mul(base).wrapping_add(u64::from(bit)))
            }
        };
        self.add(shape, code, 1)
    }

    /// Adds `count` occurrences of one block.
    ///
    /// # Errors
    /// A code that is no content of the shape, or a shape with more than 2^64 contents.
    pub fn add(&mut self, shape: Shape, code: u64, count: u64) -> Result<(), BdmError> {
        let contents = contents(&shape, self.symbols)?;
        if u128::from(code) >= contents {
            let expected = format!("a number below {contents}, the contents of shape {shape}");
            return Err(BdmError::Option { option: "block code", found: code.to_string(), expected });
        }
        if count > 0 {
            self.group(shape, contents).add(code, count);
        }
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
            group.clear();
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
        self.groups.iter().map(|group| group.distinct() as u64).sum()
    }

    /// The blocks that occur, in a fixed order: shapes in the order of a table, then codes upwards.
    pub fn iter(&self) -> impl Iterator<Item = BlockCount> + '_ {
        self.groups.iter().flat_map(|group| {
            let shape = group.shape;
            group.sorted().into_iter().map(move |(code, count)| BlockCount { shape, code, count })
        })
    }

    /// Calls `visit` for every shape that occurs, with its blocks as (code, count), in the order of [`Self::iter`].
    pub(crate) fn for_each_shape<E>(
        &mut self,
        mut visit: impl FnMut(Shape, &mut dyn Iterator<Item = (u64, u64)>) -> Result<(), E>,
    ) -> Result<(), E> {
        for group in self.groups.iter_mut().filter(|group| group.total > 0) {
            let shape = group.shape;
            match &mut group.counter {
                Counter::Dense { counts, touched } if touched.len() < counts.len() / 16 => {
                    touched.sort_unstable();
                    visit(shape, &mut touched.iter().map(|&code| (u64::from(code), counts[code as usize])))?;
                }
                Counter::Dense { counts, .. } => {
                    let held = (0u64..).zip(counts.iter().copied()).filter(|&(_, count)| count > 0);
                    visit(shape, &mut { held })?;
                }
                Counter::Sparse(_) => visit(shape, &mut group.sorted().into_iter())?,
            }
        }
        Ok(())
    }

    /// The counts of a shape, made if it is new; groups stay in the order of shapes.
    fn group(&mut self, shape: Shape, contents: u128) -> &mut Group {
        let at = match self.groups.binary_search_by(|group| group.shape.cmp(&shape)) {
            Ok(at) => at,
            Err(at) => {
                self.groups.insert(at, Group::new(shape, contents));
                at
            }
        };
        &mut self.groups[at]
    }

    /// A line, windows inside it, by a code that rolls along.
    fn count_line(&mut self, cells: &[u8], block: Shape, shift: usize) -> Result<(), BdmError> {
        let (length, symbols) = (block.cells(), self.symbols);
        if cells.len() < length {
            return Ok(());
        }
        let contents = contents(&block, symbols)?;
        let group = self.group(block, contents);
        if shift != 1 || length == 1 {
            // A window that shares little with the one before is read anew.
            let starts = (0..=cells.len() - length).step_by(shift);
            if symbols == 2 {
                starts.for_each(|at| group.add(pack_bits(&cells[at..at + length]), 1));
            } else {
                starts.for_each(|at| group.add(encode(&cells[at..at + length], symbols), 1));
            }
            return Ok(());
        }
        let base = u64::from(symbols);
        // The weight of the symbol that leaves the window; it fits because the contents of the block do.
        let leaving = u64::try_from(contents / u128::from(symbols)).unwrap_or(u64::MAX);
        let (first, rest) = cells.split_at(length);
        let mut code = encode(first, symbols);
        group.add(code, 1);
        for (&entering, &gone) in rest.iter().zip(cells) {
            code = (code - u64::from(gone) * leaving) * base + u64::from(entering);
            group.add(code, 1);
        }
        Ok(())
    }

    /// Any array and any partition, window by window.
    fn count_windows(&mut self, array: &SymbolArray, block: Shape, partition: Partition) -> Result<(), BdmError> {
        let (axes, dims, symbols) = (lift(array.axes()), block.dims(), self.symbols);
        let mut shape = block;
        let mut failed = None;
        // Pieces of one shape come in runs, so the last group is nearly always the next.
        let mut extent = lift_shape(&block);
        let mut number = contents(&block, symbols)?;
        partition.windows(axes, dims, extent, &mut |window| {
            if window.extent != extent {
                match Shape::new(&window.extent[3 - dims..])
                    .map_err(BdmError::from)
                    .and_then(|shape| Ok((shape, contents(&shape, symbols)?)))
                {
                    Ok(found) => (shape, number) = found,
                    Err(error) => {
                        failed = Some(error);
                        return;
                    }
                }
                extent = window.extent;
            }
            let code = gather(array.cells(), axes, window, symbols);
            self.group(shape, number).add(code, 1);
        });
        failed.map_or(Ok(()), Err)
    }
}

impl Group {
    fn new(shape: Shape, contents: u128) -> Self {
        let counter = match u64::try_from(contents) {
            Ok(contents) if contents <= DENSE_CONTENTS => {
                Counter::Dense { counts: vec![0; contents as usize], touched: Vec::new() }
            }
            _ => Counter::Sparse(HashMap::with_hasher(FixedState::default())),
        };
        Self { shape, total: 0, counter }
    }

    #[inline]
    fn add(&mut self, code: u64, count: u64) {
        self.total = self.total.saturating_add(count);
        match &mut self.counter {
            Counter::Dense { counts, touched } => {
                let place = &mut counts[code as usize];
                if *place == 0 {
                    touched.push(code as u32);
                }
                *place = place.saturating_add(count);
            }
            Counter::Sparse(counts) => {
                let place = counts.entry(code).or_insert(0);
                *place = place.saturating_add(count);
            }
        }
    }

    fn clear(&mut self) {
        self.total = 0;
        match &mut self.counter {
            Counter::Dense { counts, touched } => {
                for &code in touched.iter() {
                    counts[code as usize] = 0;
                }
                touched.clear();
            }
            Counter::Sparse(counts) => counts.clear(),
        }
    }

    fn distinct(&self) -> usize {
        match &self.counter {
            Counter::Dense { touched, .. } => touched.len(),
            Counter::Sparse(counts) => counts.len(),
        }
    }

    fn sorted(&self) -> Vec<(u64, u64)> {
        let mut out: Vec<(u64, u64)> = match &self.counter {
            Counter::Dense { counts, touched } => {
                touched.iter().map(|&code| (u64::from(code), counts[code as usize])).collect()
            }
            Counter::Sparse(counts) => counts.iter().map(|(&code, &count)| (code, count)).collect(),
        };
        out.sort_unstable();
        out
    }
}

/// How many contents a block of the shape has; an error above 2^64, where codes end.
pub(crate) fn contents(shape: &Shape, symbols: u8) -> Result<u128, BdmError> {
    let too_large = || BdmError::BlockTooLarge { shape: *shape, symbols };
    let cells = u32::try_from(shape.cells()).map_err(|_| too_large())?;
    let contents = u128::from(symbols).checked_pow(cells).ok_or_else(too_large)?;
    if contents > 1 << 64 { Err(too_large()) } else { Ok(contents) }
}

/// The code of some symbols.
pub(crate) fn encode(cells: &[u8], symbols: u8) -> u64 {
    cells.iter().fold(0, |code: u64, &cell| code.wrapping_mul(u64::from(symbols)).wrapping_add(u64::from(cell)))
}

/// The symbols of a code.
pub(crate) fn decode(code: u64, length: usize, symbols: u8) -> Vec<u8> {
    let mut cells = vec![0; length];
    let (mut rest, base) = (code, u64::from(symbols.max(1)));
    for cell in cells.iter_mut().rev() {
        *cell = (rest % base) as u8;
        rest /= base;
    }
    cells
}

/// The code of binary symbols, eight at a time.
///
/// The multiplication moves bit i of byte i to place 7 - i of the highest byte; no two partial products share a
/// place, so nothing carries.
#[inline]
fn pack_bits(cells: &[u8]) -> u64 {
    const SPREAD: u64 = 0x8040_2010_0804_0201;
    let (eights, rest) = cells.as_chunks::<8>();
    let mut code = 0;
    for eight in eights {
        code = code << 8 | u64::from_le_bytes(*eight).wrapping_mul(SPREAD) >> 56;
    }
    rest.iter().fold(code, |code, &cell| code << 1 | u64::from(cell))
}

fn gather(cells: &[u8], axes: [usize; 3], window: Window, symbols: u8) -> u64 {
    let Window { origin, extent } = window;
    let (base, mut code) = (u64::from(symbols), 0u64);
    for i in 0..extent[0] {
        let plane = wrap(origin[0] + i, axes[0]) * axes[1];
        for j in 0..extent[1] {
            let row = (plane + wrap(origin[1] + j, axes[1])) * axes[2];
            for k in 0..extent[2] {
                let cell = cells[row + wrap(origin[2] + k, axes[2])];
                code = code.wrapping_mul(base).wrapping_add(u64::from(cell));
            }
        }
    }
    code
}

/// A window starts inside the axis and is no longer than it, so it wraps at most once.
fn wrap(at: usize, length: usize) -> usize {
    if at < length { at } else { at - length }
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
