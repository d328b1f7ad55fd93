//! Normalised values: where a record lies between the simplest and the most complex record of its size.

use std::collections::BTreeMap;

use turmite_tables::Shape;

use crate::partition::{lift, lift_shape};
use crate::sum::{Sum, log2_count};
use crate::{Bdm, BdmError, BdmValue, Partition};

/// The least and the greatest value that records of one size can have, or bounds on them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least value, or a lower bound on it.
    pub least: f64,
    /// The greatest value, or an upper bound on it.
    pub greatest: f64,
    /// Whether records have both values. If not they are bounds, and all values lie between them.
    pub exact: bool,
}

impl Range {
    /// `(value - least) / (greatest - least)`; `None` where all records of the size are alike.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let width = self.greatest - self.least;
        (width > 0.0).then(|| (value - self.least) / width)
    }
}

/// Where a value lies among those of its size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalized {
    /// The place, from 0 for the least value to 1 for the greatest.
    pub place: f64,
    /// Whether the least and the greatest value are known exactly. If not, 1 is out of reach: the place is one among
    /// wider bounds, and comparable between records of one size only.
    pub exact: bool,
}

impl Bdm {
    /// The least and the greatest BDM, in bits, of records with these axes. `None` if such a record has no block.
    ///
    /// **Windows that do not overlap** (`ignore`, `recursive`, shifts of at least the block, and `periodic` where the block
    /// divides the axes): exact. With N blocks of a shape the least is the cheapest block N times, `min K + log2 N`. The
    /// greatest takes the N dearest contents once each, or, where there are only M < N, all of them as evenly as can be: a
    /// content not yet used adds its K, one more copy at most one bit. Both hold as no K is below one bit: a string and
    /// its complement weigh the same, so neither has more than half. They are reached by records, since blocks that do
    /// not overlap are free to choose. For `ignore` they are PyBDM's.
    ///
    /// **Windows that overlap** (`correlated`, `periodic`): bounds, as [`Range::exact`] says. The same greatest holds
    /// from above, for the counts of a record are among those of N blocks free to choose; few records come near it, since
    /// neighbours share symbols. The same least holds from below: d distinct blocks cost at least
    /// `d min K + log2 (N - d + 1)`, as the product of d counts that sum to N is least when all but one are 1; and
    /// `N <= d (N - d + 1)`, so `log2 N <= log2 d + log2 (N - d + 1) <= (d - 1) min K + log2 (N - d + 1)`. It is reached
    /// by the constant records wherever the cheapest block is constant, as in every table that is shipped or published.
    ///
    /// # Errors
    /// Axes that the block does not fit, a shape the table does not hold.
    pub fn range(&self, axes: &[usize]) -> Result<Option<Range>, BdmError> {
        let (mut least, mut greatest, mut any) = (Sum::default(), Sum::default(), false);
        let cut = self.cut_of(axes)?;
        for (shape, blocks) in cut.shapes {
            self.prices.with_shape(shape, |prices| {
                let ladder = prices.ladder(&self.prices)?;
                any = true;
                // Term by term as in the sum over blocks, so that the simplest record comes out at 0 exactly.
                least.add(ladder.least);
                least.add(log2_count(blocks));
                greatest.add(ladder.dearest(u128::from(blocks)));
                let (each, over) = share(blocks, ladder.contents());
                if let Some(over) = over {
                    greatest.add((ladder.contents() as f64 - over) * log2_count(each));
                    greatest.add(over * log2_count(each + 1));
                }
                Ok(())
            })?;
        }
        Ok(any.then(|| Range { least: least.total(), greatest: greatest.total(), exact: cut.free }))
    }

    /// The value of a record between the least and the greatest of its size, or between their bounds where windows
    /// overlap, which [`Normalized::exact`] tells apart. `None` where all are alike, and where missing blocks were
    /// skipped: such a value is not one of the range.
    ///
    /// # Errors
    /// As [`Bdm::range`].
    pub fn normalized(&self, value: &BdmValue, axes: &[usize]) -> Result<Option<Normalized>, BdmError> {
        if value.missing > 0 && self.missing() == crate::Missing::Skip {
            return Ok(None);
        }
        let range = self.range(axes)?;
        Ok(range.and_then(|range| Some(Normalized { place: range.place(value.bits)?, exact: range.exact })))
    }

    /// Bits of description for each bit of the record written plainly: `bits / (symbols * log2 k)`, k being the
    /// alphabet of the table. Compares with the ratio of a compressor; above 1 for short records, as each K carries
    /// the constant of its small machines. `None` for a record without symbols.
    #[must_use]
    pub fn bits_per_bit(&self, value: &BdmValue) -> Option<f64> {
        let plain = value.symbols as f64 * f64::from(self.table().symbols()).log2();
        (plain > 0.0).then(|| value.bits / plain)
    }

    /// The least and the greatest block entropy of records with these axes, or bounds on them, as [`Bdm::range`] tells
    /// them apart. As PyBDM's for `ignore`, but exact where there are more blocks than contents and they do not divide
    /// evenly.
    ///
    /// # Errors
    /// As [`Bdm::range`].
    pub fn entropy_range(&self, axes: &[usize]) -> Result<Option<Range>, BdmError> {
        let Cut { shapes, free } = self.cut_of(axes)?;
        let total: u64 = shapes.values().sum();
        if total == 0 {
            return Ok(None);
        }
        let (mut least, mut greatest) = (Sum::default(), Sum::default());
        let term = |count: f64| {
            let share = count / total as f64;
            if share > 0.0 { -share * share.log2() } else { 0.0 }
        };
        for (shape, blocks) in shapes {
            let contents = crate::blocks::contents(&shape, self.table().symbols())?;
            least.add(term(blocks as f64));
            match share(blocks, contents) {
                (each, Some(over)) => {
                    greatest.add((contents as f64 - over) * term(each as f64));
                    greatest.add(over * term(each as f64 + 1.0));
                }
                (_, None) => greatest.add(blocks as f64 * term(1.0)),
            }
        }
        Ok(Some(Range { least: least.total(), greatest: greatest.total(), exact: free }))
    }

    /// The blocks of records with these axes.
    fn cut_of(&self, axes: &[usize]) -> Result<Cut, BdmError> {
        let dims = self.block.dims();
        if axes.len() != dims {
            return Err(BdmError::AxesMismatch { array: axes.len(), block: self.block, expected: dims });
        }
        self.partition.check_axes(&self.block)?;
        let mut shapes = BTreeMap::new();
        if self.is_whole(axes) {
            shapes.insert(Shape::new(axes)?, 1);
            return Ok(Cut { shapes, free: true });
        }
        let lifted = lift(axes);
        let Partition::Recursive { .. } = self.partition else {
            let grid = self.partition.grid(lifted, &self.block);
            let blocks = grid.starts.iter().fold(1u64, |blocks, starts| blocks.saturating_mul(starts.count as u64));
            if blocks > 0 {
                shapes.insert(self.block, blocks);
            }
            return Ok(Cut { shapes, free: blocks <= 1 || grid.is_disjoint() });
        };
        let mut failed = None;
        let block = lift_shape(&self.block);
        self.partition.windows(lifted, dims, block, &mut |window| match Shape::new(&window.extent[3 - dims..]) {
            Ok(shape) => *shapes.entry(shape).or_insert(0) += 1,
            Err(error) => failed = Some(error),
        });
        failed.map_or(Ok(Cut { shapes, free: true }), |error| Err(error.into()))
    }
}

/// What a partition makes of an array.
struct Cut {
    /// How many blocks there are of each shape.
    shapes: BTreeMap<Shape, u64>,
    /// Whether no cell lies in two blocks, so that their contents are free to choose.
    free: bool,
}

/// N blocks over M contents as evenly as can be: each content occurs `N / M` times, and `N % M` of them once more.
/// Without the second part where there are at least as many contents as blocks.
fn share(blocks: u64, contents: u128) -> (u64, Option<f64>) {
    match u64::try_from(contents) {
        Ok(contents) if contents > 0 && contents < blocks => (blocks / contents, Some((blocks % contents) as f64)),
        _ => (1, None),
    }
}
