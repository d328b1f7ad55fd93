//! The strings that a table keeps no rows of, because they are large.

use serde::{Deserialize, Serialize};

use crate::{Provenance, Shape};

/// A table may keep the strings that fit in a box, and of the larger ones only how much was written, by shape: spaces of
/// many machines write more different large strings than a disk holds, and next to nobody asks for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The strings that have rows fit in this box, turned as need be.
    pub within: Shape,
    /// Pairs (machine, blank) that halt with a larger string, by its shape, sorted by shape.
    pub by_shape: Vec<(Shape, u128)>,
}

impl LeftOut {
    /// The weight of all strings left out; `None` on overflow.
    #[must_use]
    pub fn total(&self) -> Option<u128> {
        self.by_shape.iter().try_fold(0u128, |sum, (_, weight)| sum.checked_add(*weight))
    }

    /// The weight of the strings left out of this shape, in pairs (machine, blank): what any one of them can have at most.
    #[must_use]
    pub fn of_shape(&self, shape: &Shape) -> u128 {
        self.by_shape.binary_search_by(|(s, _)| s.cmp(shape)).map_or(0, |i| self.by_shape[i].1)
    }

    /// Whether a string of this shape has a row, if it was written.
    #[must_use]
    pub fn keeps(&self, shape: &Shape) -> bool {
        shape.fits_turned(&self.within)
    }

    /// Whether shapes are in order, larger than what is kept and of the space's dimensions, and nothing adds up to more
    /// than the halting weight.
    pub(crate) fn is_sound(&self, provenance: &Provenance) -> bool {
        let dims = usize::from(provenance.space.dims());
        let halting = provenance.weights.map_or(0, |w| w.halting);
        self.by_shape.is_sorted_by(|(a, _), (b, _)| a < b)
            && self.by_shape.iter().all(|(s, w)| s.dims() == dims && !self.keeps(s) && *w > 0)
            && self.within.dims() == dims
            && self.total().is_some_and(|total| total <= halting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Method, RowInput, Table, TableBuilder, TableError, Weights, bits_of};

    /// A table of the machines of one state that keeps strings of one cell, with 8 of 24 pairs left out in two cells.
    fn table(change: impl FnOnce(&mut LeftOut)) -> Result<Table, TableError> {
        let mut provenance = Provenance::imported("1x2-1d".parse()?, "");
        provenance.method = Method::Exact;
        provenance.weights = Some(Weights { halting: 24, non_halting: 48, undecided: 0 });
        let mut left_out = LeftOut { within: Shape::line(1)?, by_shape: vec![(Shape::line(2)?, 8)] };
        change(&mut left_out);
        let mut builder = TableBuilder::new(provenance).left_out(left_out);
        builder.push(RowInput::count(Shape::line(1)?, vec![0], 8))?;
        Table::from_bytes(builder.build()?)
    }

    #[test]
    fn what_is_left_out_counts_in_every_k() -> Result<(), TableError> {
        let table = table(|_| ())?;
        table.verify()?;
        assert_eq!(table.k(&Shape::line(1)?, &[1])?, Some(bits_of(8, 24)));
        let longer = table.lookup(&Shape::line(2)?, &[0, 1])?;
        assert!(longer.row.is_none());
        // It may be all that was written in two cells; of three cells nothing was.
        assert_eq!((longer.interval.low, longer.interval.high), (Some(bits_of(8, 24)), None));
        assert_eq!(table.lookup(&Shape::line(3)?, &[0, 1, 0])?.interval.low, Some(f64::INFINITY));
        Ok(())
    }

    #[test]
    fn weights_left_out_that_cannot_be_are_refused() -> Result<(), TableError> {
        let (short, long) = (Shape::line(1)?, Shape::line(2)?);
        assert!(table(|l| l.by_shape = vec![(short, 8)]).is_err(), "of a shape that has rows");
        assert!(table(|l| l.by_shape = vec![(long, 9)]).is_err(), "more than halted");
        assert!(table(|l| l.by_shape = vec![(long, 4), (long, 4)]).is_err(), "a shape twice");
        let flat = Shape::new(&[1, 1])?;
        assert!(table(|l| l.within = flat).is_err(), "of other dimensions");
        Ok(())
    }
}
