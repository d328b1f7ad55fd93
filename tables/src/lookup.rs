//! What a table answers about one string.

use crate::alphabet::Relabelling;
use crate::bits::bits_of;
use crate::reader::Table;
use crate::row::Row;
use crate::{Method, Shape, TableError};

/// Bounds on K in bits for runs without a cutoff. `None`: nothing is known on that side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// `-log2((count + U(s)) / (total + U(s)))`, with U(s) the undecided weight that could still write s. Infinite where
    /// nothing could. For strings longer than the table keeps, the count is at most what was written of their shape.
    pub low: Option<f64>,
    /// `-log2(count / (total + U))`, with U all undecided weight.
    pub high: Option<f64>,
}

/// An answer: the row, if there is one, and the interval, which there is either way.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The row, if the table has the string.
    pub row: Option<Row>,
    /// Bounds without a cutoff.
    pub interval: Interval,
    /// `original[c]` is the symbol of the string asked for where the row has `c` (identity for two symbols).
    pub original: Vec<u8>,
}

impl Table {
    /// K of a string in bits, or `None` if the table lacks it. One load for the short, dense shapes, a binary search for the others.
    ///
    /// # Errors
    /// A symbol outside the alphabet, a shape of other dimensions than the table's, or a corrupt page.
    pub fn k(&self, shape: &Shape, symbols: &[u8]) -> Result<Option<f64>, TableError> {
        self.check_string(shape, symbols)?;
        if let Some(k) = self.dense_at(shape, symbols)? {
            return Ok((!k.is_nan()).then_some(k));
        }
        match self.find(shape, symbols)? {
            Some(row) => Ok(Some(self.k_of_row(row)?)),
            None => Ok(None),
        }
    }

    /// The row and the interval of a string.
    ///
    /// # Errors
    /// As [`Table::k`].
    pub fn lookup(&self, shape: &Shape, symbols: &[u8]) -> Result<Lookup, TableError> {
        self.check_string(shape, symbols)?;
        let row = match self.find(shape, symbols)? {
            Some(index) => Some(self.row(index)?),
            None => None,
        };
        let interval = self.interval_of(shape, row.as_ref().map(|r| r.count));
        let original = if self.symbols() == 2 { vec![0, 1] } else { Relabelling::of(symbols).original };
        Ok(Lookup { row, interval, original })
    }

    /// Bounds on K without a cutoff.
    ///
    /// # Errors
    /// As [`Table::k`].
    pub fn interval(&self, shape: &Shape, symbols: &[u8]) -> Result<Interval, TableError> {
        self.check_string(shape, symbols)?;
        let count = match self.find(shape, symbols)? {
            Some(row) => Some(self.count_of_row(row)?),
            None => None,
        };
        Ok(self.interval_of(shape, count))
    }

    /// The interval of a row read before; see [`Interval`].
    #[must_use]
    pub fn interval_of_row(&self, row: &Row) -> Interval {
        self.interval_of(&row.shape, Some(row.count))
    }

    /// `count` is `None` for a string the table lacks, `Some(None)` for a row without a count.
    fn interval_of(&self, shape: &Shape, count: Option<Option<u128>>) -> Interval {
        let exact = self.provenance().method == Method::Exact;
        let Some(weights) = self.provenance().weights.filter(|_| exact) else {
            // What was left undecided elsewhere is not on record.
            return Interval { low: None, high: None };
        };
        let count = match count {
            None => 0,
            Some(Some(count)) => count,
            Some(None) => {
                return Interval { low: None, high: None };
            }
        };
        let within = self.provenance().undecided_within(shape);
        // A string too long to have a row may hold all that was written of its shape.
        let unlisted = match self.left_out() {
            Some(left_out) if count == 0 => left_out.of_shape(shape),
            _ => 0,
        };
        Interval {
            low: Some(bits_of(count + unlisted + within, weights.halting + within)),
            high: (count > 0).then(|| bits_of(count, weights.halting + weights.undecided)),
        }
    }

    fn check_string(&self, shape: &Shape, symbols: &[u8]) -> Result<(), TableError> {
        if let Some(at) = symbols.iter().position(|&s| s >= self.symbols()) {
            return Err(TableError::Symbol {
                found: symbols[at].to_string(),
                position: at + 1,
                symbols: self.symbols(),
            });
        }
        if shape.dims() != usize::from(self.space().dims()) || shape.cells() != symbols.len() {
            return Err(TableError::Shape {
                found: shape.to_string(),
                expected: format!("{} axes, as {} has, and {} cells", self.space().dims(), self.space(), symbols.len()),
            });
        }
        Ok(())
    }
}
