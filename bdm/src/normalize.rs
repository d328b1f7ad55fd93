//! Normalised values: where a record lies between the simplest and the most complex record of its size.

use std::collections::BTreeMap;

use turmite_tables::Shape;

use crate::partition::{lift, lift_shape};
use crate::sum::{Sum, log2_count};
use crate::{Bdm, BdmError, BdmValue, Partition};

/// The least and the greatest value that records of one size can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The least value.
    pub least: f64,
    /// The greatest value.
    pub greatest: f64,
}

impl Range {
    /// `(value - least) / (greatest - least)`; `None` where all records of the size are alike.
    #[must_use]
    pub fn place(&self, value: f64) -> Option<f64> {
        let width = self.greatest - self.least;
        (width > 0.0).then(|| (value - self.least) / width)
    }
}

impl Bdm {
    /// The exact least and greatest BDM, in bits, of records with these axes. `None` if such a record has no block.
    ///
    /// With N blocks of a shape the least is the cheapest block N times, `min K + log2 N`. The greatest takes the N
    /// dearest contents once each, or, where there are only M < N, all of them as evenly as can be: a content not
    /// yet used adds its K, one more copy at most one bit. Both hold as no K is
    /// below one bit: a string and its complement weigh the same, so neither has more than half. They are reached by
    /// records, since blocks that do not overlap are free to choose; so they are exact for `ignore` and `recursive`
    /// and refused where windows overlap. For `ignore` they are PyBDM's.
    ///
    /// # Errors
    /// A partition with overlapping windows, axes that the block does not fit, a shape the table does not hold.
    pub fn range(&self, axes: &[usize]) -> Result<Option<Range>, BdmError> {
        let (mut least, mut greatest, mut any) = (Sum::default(), Sum::default(), false);
        for (shape, blocks) in self.shapes_of(axes)? {
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
        Ok(any.then(|| Range { least: least.total(), greatest: greatest.total() }))
    }

    /// The value of a record between the least and the greatest of its size. `None` where all are alike, and where
    /// missing blocks were skipped: such a value is not one of the range.
    ///
    /// # Errors
    /// As [`Bdm::range`].
    pub fn normalized(&self, value: &BdmValue, axes: &[usize]) -> Result<Option<f64>, BdmError> {
        if value.missing > 0 && self.missing() == crate::Missing::Skip {
            return Ok(None);
        }
        Ok(self.range(axes)?.and_then(|range| range.place(value.bits)))
    }

    /// Bits of description for each bit of the record written plainly: `bits / (symbols * log2 k)`, k being the
    /// alphabet of the table. Compares with the ratio of a compressor; above 1 for short records, as each K carries
    /// the constant of its small machines. `None` for a record without symbols.
    #[must_use]
    pub fn bits_per_bit(&self, value: &BdmValue) -> Option<f64> {
        let plain = value.symbols as f64 * f64::from(self.table().symbols()).log2();
        (plain > 0.0).then(|| value.bits / plain)
    }

    /// The least and the greatest block entropy of records with these axes. As PyBDM's for `ignore`, but exact where
    /// there are more blocks than contents and they do not divide evenly.
    ///
    /// # Errors
    /// As [`Bdm::range`].
    pub fn entropy_range(&self, axes: &[usize]) -> Result<Option<Range>, BdmError> {
        let shapes = self.shapes_of(axes)?;
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
        Ok(Some(Range { least: least.total(), greatest: greatest.total() }))
    }

    /// How many blocks of each shape a record with these axes has.
    fn shapes_of(&self, axes: &[usize]) -> Result<BTreeMap<Shape, u64>, BdmError> {
        if !self.partition.is_disjoint(&self.block) {
            return Err(BdmError::NotNormalizable { partition: self.partition.to_string() });
        }
        let dims = self.block.dims();
        if axes.len() != dims {
            return Err(BdmError::AxesMismatch { array: axes.len(), block: self.block, expected: dims });
        }
        let mut shapes = BTreeMap::new();
        if self.is_whole(axes) {
            shapes.insert(Shape::new(axes)?, 1);
            return Ok(shapes);
        }
        let (lifted, block) = (lift(axes), lift_shape(&self.block));
        if let Partition::Ignore = self.partition {
            let blocks = (0..3).fold(1u64, |blocks, a| blocks.saturating_mul((lifted[a] / block[a]) as u64));
            if blocks > 0 {
                shapes.insert(self.block, blocks);
            }
            return Ok(shapes);
        }
        let mut failed = None;
        self.partition.windows(lifted, dims, block, &mut |window| match Shape::new(&window.extent[3 - dims..]) {
            Ok(shape) => *shapes.entry(shape).or_insert(0) += 1,
            Err(error) => failed = Some(error),
        });
        failed.map_or(Ok(shapes), |error| Err(error.into()))
    }
}

/// N blocks over M contents as evenly as can be: each content occurs `N / M` times, and `N % M` of them once more.
/// Without the second part where there are at least as many contents as blocks.
fn share(blocks: u64, contents: u128) -> (u64, Option<f64>) {
    match u64::try_from(contents) {
        Ok(contents) if contents > 0 && contents < blocks => (blocks / contents, Some((blocks % contents) as f64)),
        _ => (1, None),
    }
}
