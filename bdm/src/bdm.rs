//! [`Bdm`]: the sum over blocks.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::sync::Arc;

use turmite_tables::{Shape, Table};

use crate::counter::Counter;
use crate::prices::{Prices, ShapePrices};
use crate::sum::{self, Sum};
use crate::{BdmError, BlockCounts, Missing, Partition, Record};

/// The Block Decomposition Method over one table, block shape, partition and policy for missing blocks.
///
/// Shared freely between threads. Scoring the same record gives the same bits of the result whatever the thread,
/// and whatever was scored before.
///
/// ```
/// use turmite_bdm::{Bdm, SymbolArray};
/// use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder};
///
/// // A table of two strings: K(00) = K(11) = 2 bits, K(01) = K(10) = 3 bits.
/// let mut rows = TableBuilder::new(Provenance::imported("2x2-1d".parse()?, "an example"));
/// rows.push(RowInput::k(Shape::line(2)?, vec![0, 0], 2.0))?;
/// rows.push(RowInput::k(Shape::line(2)?, vec![0, 1], 3.0))?;
/// let table = Table::from_bytes(rows.build()?)?;
///
/// let bdm = Bdm::builder(table).block(Shape::line(2)?).build()?;
/// let value = bdm.score(&SymbolArray::from_digits("0000000001", 2)?)?.expect("ten symbols hold five blocks");
/// // 00 four times: 2 + log2 4; 01 once: 3.
/// assert_eq!((value.bits, value.blocks, value.distinct), (7.0, 5, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Bdm {
    pub(crate) prices: Prices,
    pub(crate) block: Shape,
    pub(crate) partition: Partition,
    intervals: bool,
}

/// What [`Bdm::score`] found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BdmValue {
    /// The sum over the distinct blocks of K + log2 n, in bits.
    pub bits: f64,
    /// The same sum of the lower bounds of K without a cutoff; `None` where the table gives none. Infinite if it
    /// proves that no machine of the space writes a block.
    pub low: Option<f64>,
    /// The same sum of the upper bounds; `None` where the table gives none, as for every missing block.
    pub high: Option<f64>,
    /// Blocks, repeats included.
    pub blocks: u64,
    /// Different blocks.
    pub distinct: u64,
    /// Blocks that the table lacks, repeats included.
    pub missing: u64,
    /// Symbols of the record, those outside every block included. Zero when priced from counts alone.
    pub symbols: u64,
}

impl BdmValue {
    /// Bits a symbol, over all symbols of the record; `None` if there is none.
    #[must_use]
    pub fn bits_per_symbol(&self) -> Option<f64> {
        (self.symbols > 0).then(|| self.bits / self.symbols as f64)
    }
}

/// Options of a [`Bdm`].
#[derive(Clone, Debug)]
pub struct BdmBuilder {
    table: Arc<Table>,
    block: Option<Shape>,
    partition: Partition,
    missing: Missing,
    intervals: bool,
}

impl BdmBuilder {
    /// The shape of a block. Default: 12 for strings, 4x4 for arrays, 2x2x2 for boxes; of a table that holds none of these, the
    /// largest block within it of which it holds half or more (8 in `4x4-1d`).
    #[must_use]
    pub fn block(mut self, block: Shape) -> Self {
        self.block = Some(block);
        self
    }

    /// How arrays are cut (default: [`Partition::Ignore`]).
    #[must_use]
    pub fn partition(mut self, partition: Partition) -> Self {
        self.partition = partition;
        self
    }

    /// What a missing block costs (default: [`Missing::Bound`]).
    #[must_use]
    pub fn missing(mut self, missing: Missing) -> Self {
        self.missing = missing;
        self
    }

    /// Whether [`BdmValue::low`] and [`BdmValue::high`] are computed (default: yes). Without them scoring is faster.
    #[must_use]
    pub fn intervals(mut self, intervals: bool) -> Self {
        self.intervals = intervals;
        self
    }

    /// Reads the prices that the partition can ask for.
    ///
    /// # Errors
    /// A block shape that the table does not hold, options out of range, or a corrupt table.
    pub fn build(self) -> Result<Bdm, BdmError> {
        let Self { table, block, partition, missing, intervals } = self;
        partition.check()?;
        let block = match block {
            Some(block) => block,
            None => default_block(&table)?,
        };
        let mut shapes = Vec::new();
        if table.has_shape(&block) {
            shapes.push(block);
        }
        if matches!(partition, Partition::Recursive { .. }) {
            shapes.extend(table.shapes().map(|(shape, _)| shape).filter(|shape| shape.fits_in(&block)));
        }
        let prices = Prices::new(table, missing, &shapes)?;
        if !prices.table.has_shape(&block) {
            return Err(prices.not_held(block));
        }
        Ok(Bdm { prices, block, partition, intervals })
    }
}

thread_local! {
    /// The counts of [`Bdm::score`], empty between calls: a record pays for its own blocks only.
    static SCRATCH: RefCell<BlockCounts> = RefCell::new(BlockCounts::new(2));
}

impl Bdm {
    /// Starts from a table, with the published defaults for everything else.
    pub fn builder(table: impl Into<Arc<Table>>) -> BdmBuilder {
        BdmBuilder {
            table: table.into(),
            block: None,
            partition: Partition::default(),
            missing: Missing::default(),
            intervals: true,
        }
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.prices.table
    }

    /// The shape of a block.
    #[must_use]
    pub fn block(&self) -> Shape {
        self.block
    }

    /// How arrays are cut.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition
    }

    /// What a missing block costs.
    #[must_use]
    pub fn missing(&self) -> Missing {
        self.prices.missing
    }

    /// Scores a record: symbols, or packed bits such as the bytes of a text. `None` where there is nothing to price: the record is shorter than a block (and not cut
    /// recursively), or every block is missing and skipped.
    ///
    /// # Complexity
    /// One pass over the record; then one look-up a distinct block. Nothing is allocated once a thread has warmed up.
    ///
    /// # Errors
    /// An array with other axes or symbols than the table, a missing block under [`Missing::Fail`], a leftover of
    /// a shape that the table does not hold, or a corrupt table.
    pub fn score<'a>(&self, record: impl Into<Record<'a>>) -> Result<Option<BdmValue>, BdmError> {
        let record = record.into();
        SCRATCH.with(|scratch| match scratch.try_borrow_mut() {
            Ok(mut counts) => self.score_with(&mut counts, record),
            // Only reached if scoring calls itself, which it does not; fresh counts are right anyway.
            Err(_) => self.score_with(&mut BlockCounts::new(self.prices.table.symbols()), record),
        })
    }

    /// As [`Bdm::score`], with counts of the caller's: they are emptied first and hold the record's blocks afterwards,
    /// for [`block_entropy`](crate::block_entropy) and the like.
    ///
    /// # Errors
    /// As [`Bdm::score`].
    pub fn score_with<'a>(
        &self,
        counts: &mut BlockCounts,
        record: impl Into<Record<'a>>,
    ) -> Result<Option<BdmValue>, BdmError> {
        let record = record.into();
        counts.reset(self.prices.table.symbols());
        self.count(counts, record)?;
        let value = self.price(counts)?;
        Ok(value.map(|value| BdmValue { symbols: record.len() as u64, ..value }))
    }

    /// Adds the blocks of a record to counts over the table's alphabet.
    ///
    /// # Errors
    /// As [`BlockCounts::count`].
    pub fn count<'a>(&self, counts: &mut BlockCounts, record: impl Into<Record<'a>>) -> Result<(), BdmError> {
        let record = record.into();
        if self.is_whole(record.axes()) {
            counts.count_whole(record)
        } else {
            counts.count(record, self.block, self.partition)
        }
    }

    /// The value of counts, as those merged from the parts of a large array. `None` if no block has a price.
    ///
    /// # Errors
    /// Counts over another alphabet than the table's, and the errors of [`Bdm::score`].
    pub fn price(&self, counts: &BlockCounts) -> Result<Option<BdmValue>, BdmError> {
        let expected = self.prices.table.symbols();
        if counts.symbols() != expected {
            return Err(BdmError::MergeAlphabets { found: counts.symbols(), expected });
        }
        let (mut priced, mut blocks) = (Priced::default(), 0u64);
        for (shape, total, counter) in counts.shapes() {
            blocks = blocks.saturating_add(total);
            self.prices.with_shape(shape, |held| {
                let shape = PricedShape { held, dense: held.dense().unwrap_or_default(), prices: &self.prices };
                match counter.listed() {
                    Some(listed) if self.prices.missing != Missing::Fail => priced.add_listed(&shape, listed),
                    _ => self.for_each(counter, |code, count| priced.add(&shape, code, count)),
                }
            })?;
        }
        let Priced { bits, distinct, missing, skipped } = priced;
        if distinct == skipped {
            return Ok(None);
        }
        let (low, high) = if self.intervals { self.bounds(counts)? } else { (None, None) };
        Ok(Some(BdmValue { bits: bits.total(), low, high, blocks, distinct, missing, symbols: 0 }))
    }

    /// The sums of the lower and of the upper bounds of K, where every block that has a price has one.
    fn bounds(&self, counts: &BlockCounts) -> Result<(Option<f64>, Option<f64>), BdmError> {
        let (mut low, mut high) = (Some(Sum::default()), Some(Sum::default()));
        for (shape, _, counter) in counts.shapes() {
            self.prices.with_shape(shape, |prices| {
                self.for_each(counter, |code, count| {
                    if prices.price(code, &self.prices)?.bits.is_none() || (low.is_none() && high.is_none()) {
                        return Ok(());
                    }
                    let interval = prices.interval(code, &self.prices)?;
                    for (sum, bound) in [(&mut low, interval.low), (&mut high, interval.high)] {
                        match (sum.as_mut(), bound) {
                            (Some(sum), Some(k)) => {
                                sum.add(k);
                                sum.add_log2(count);
                            }
                            _ => *sum = None,
                        }
                    }
                    Ok(())
                })
            })?;
        }
        Ok((low.map(Sum::total), high.map(Sum::total)))
    }

    /// Visits the blocks of a shape. Sums are exact, so their order is free; an error names the first block in order.
    #[inline]
    fn for_each(
        &self,
        counter: &Counter,
        mut visit: impl FnMut(u64, u64) -> Result<(), BdmError>,
    ) -> Result<(), BdmError> {
        if self.prices.missing == Missing::Fail {
            return counter.held().into_iter().try_for_each(|(code, count)| visit(code, count));
        }
        counter.try_for_each(visit)
    }

    /// Whether a recursive cut takes the record as one block: it lies within a block, is none itself, and the table
    /// holds its shape. Along one axis, and for squares, this is what PyBDM's cut comes to; other small arrays PyBDM
    /// cuts into squares, since its tables hold nothing else.
    pub(crate) fn is_whole(&self, axes: &[usize]) -> bool {
        let Partition::Recursive { min_length } = self.partition else { return false };
        axes.iter().all(|&axis| axis >= min_length)
            && Shape::new(axes).is_ok_and(|shape| shape.fits_in(&self.block) && self.prices.table.has_shape(&shape))
    }
}

/// What the blocks that were priced so far come to.
#[derive(Clone, Copy, Default)]
struct Priced {
    bits: Sum,
    distinct: u64,
    missing: u64,
    /// Different blocks without a price.
    skipped: u64,
}

/// The prices of one shape at hand.
struct PricedShape<'a> {
    held: &'a ShapePrices,
    /// K by code where it is kept, NaN where the table lacks the block.
    dense: &'a [f64],
    prices: &'a Prices,
}

impl Priced {
    /// Adds blocks and how often each occurs: the common case as a loop that keeps its sum in registers.
    fn add_listed(
        &mut self,
        shape: &PricedShape<'_>,
        listed: impl Iterator<Item = (u64, u64)>,
    ) -> Result<(), BdmError> {
        let (mut exact, mut rare) = (0, 0);
        let (logarithms, mut distinct) = (sum::logarithms(), 0);
        for (code, count) in listed {
            distinct += 1;
            let k = shape.dense.get(code as usize).copied().unwrap_or(f64::NAN);
            match (sum::fixed(k), logarithms.get(count as usize)) {
                (Some(k), Some(log)) => exact += k + log,
                _ => {
                    rare += 1;
                    self.add(shape, code, count)?;
                }
            }
        }
        self.distinct += distinct - rare;
        self.bits.add_fixed(exact);
        Ok(())
    }

    /// Adds a block that occurs `count` times.
    fn add(&mut self, shape: &PricedShape<'_>, code: u64, count: u64) -> Result<(), BdmError> {
        self.distinct += 1;
        let price = shape.held.price(code, shape.prices)?;
        if price.missing {
            self.missing = self.missing.saturating_add(count);
        }
        match price.bits {
            Some(bits) => {
                self.bits.add(bits);
                self.bits.add_log2(count);
            }
            None => self.skipped += 1,
        }
        Ok(())
    }
}

/// The usual block where the table holds any of it, as PyBDM has it of its tables too; else the largest of which it holds half or more.
fn default_block(table: &Table) -> Result<Shape, BdmError> {
    let usual = match table.space().dims() {
        1 => Shape::line(12)?,
        2 => Shape::new(&[4, 4])?,
        _ => Shape::new(&[2, 2, 2])?,
    };
    if table.has_shape(&usual) {
        return Ok(usual);
    }
    let half = |shape: &Shape| f64::from(table.symbols()).powf(shape.cells() as f64) / 2.0;
    let known = table.shapes().filter(|(shape, strings)| shape.fits_in(&usual) && *strings as f64 >= half(shape));
    let longest = |shape: &Shape| shape.axes().max();
    let most = known.map(|(shape, _)| shape).max_by_key(|shape| (shape.cells(), Reverse(longest(shape))));
    Ok(most.unwrap_or(usual))
}
