//! What a table answers about one string.

use crate::alphabet::Relabelling;
use crate::bits::bits_of;
use crate::reader::Table;
use crate::row::Row;
use crate::{Method, Shape, TableError, default_name};

/// Bounds on K in bits for runs without a cutoff. `None`: nothing is known on that side.
///
/// Of a sampled table both are estimates, widened by two standard errors of K to either side; and a string that no machine
/// sampled has written is taken as written by three (of which one or more would be seen with 95 % certainty), all it can be
/// written by a machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// `-log2((count + U(s)) / (total + U(s)))`, with U(s) the undecided weight that could still write s. Infinite where
    /// nothing could. For strings longer than the table keeps, the count is at most what was written of their shape.
    pub low: Option<f64>,
    /// `-log2(count / (total + U))`, with U all undecided weight.
    pub high: Option<f64>,
}

/// What a row says of how often its string is written.
#[derive(Clone, Copy)]
struct Frequency {
    count: Option<u128>,
    /// Two standard errors of K in bits; 0 unless sampled.
    margin: f64,
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
    /// A symbol outside the alphabet, a shape of other dimensions than the table's, a shard ([`Table::check_whole`]), or a corrupt page.
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
        let interval = self.interval_of(shape, row.as_ref().map(|r| self.frequency(r)));
        let original = if self.symbols() == 2 { vec![0, 1] } else { Relabelling::of(symbols).original };
        Ok(Lookup { row, interval, original })
    }

    /// Bounds on K without a cutoff.
    ///
    /// # Errors
    /// As [`Table::k`].
    pub fn interval(&self, shape: &Shape, symbols: &[u8]) -> Result<Interval, TableError> {
        self.check_string(shape, symbols)?;
        let found = match self.find(shape, symbols)? {
            Some(row) if self.sampling().is_some() => Some(self.frequency(&self.row(row)?)),
            Some(row) => Some(Frequency { count: self.count_of_row(row)?, margin: 0.0 }),
            None => None,
        };
        Ok(self.interval_of(shape, found))
    }

    /// The interval of a row read before; see [`Interval`].
    #[must_use]
    pub fn interval_of_row(&self, row: &Row) -> Interval {
        self.interval_of(&row.shape, Some(self.frequency(row)))
    }

    fn frequency(&self, row: &Row) -> Frequency {
        Frequency { count: row.count, margin: self.standard_error(row).map_or(0.0, |e| 2.0 * e.bits) }
    }

    /// `found` is `None` for a string the table lacks.
    fn interval_of(&self, shape: &Shape, found: Option<Frequency>) -> Interval {
        let imported = matches!(self.provenance().method, Method::Imported { .. });
        let Some(weights) = self.provenance().weights.filter(|_| !imported) else {
            // What was left undecided elsewhere is not on record.
            return Interval { low: None, high: None };
        };
        let (count, margin) = match found {
            None => (0, 0.0),
            Some(Frequency { count: Some(count), margin }) => (count, margin),
            Some(Frequency { count: None, .. }) => {
                return Interval { low: None, high: None };
            }
        };
        let within = self.provenance().undecided_within(shape);
        // A string too long to have a row may hold all that was written of its shape.
        let unlisted = match self.left_out() {
            Some(left_out) if count == 0 => left_out.of_shape(shape),
            _ => 0,
        };
        // One machine writes a string with at most the weight of all its halts, which is at most its own on one blank.
        let unseen = self.sampling().filter(|_| count == 0).map_or(0, |s| 3 * u128::from(s.unit));
        let most = (count + unlisted + unseen + within).min(weights.halting + within);
        Interval {
            low: Some((bits_of(most, weights.halting + within) - margin).max(0.0)),
            high: (count > 0).then(|| bits_of(count, weights.halting + weights.undecided) + margin),
        }
    }

    fn check_string(&self, shape: &Shape, symbols: &[u8]) -> Result<(), TableError> {
        self.check_whole()?;
        if let Some(at) = symbols.iter().position(|&s| s >= self.symbols()) {
            return Err(TableError::Symbol {
                found: symbols[at].to_string(),
                position: at + 1,
                symbols: self.symbols(),
                needed: symbols.iter().max().map_or(0, |greatest| greatest.saturating_add(1)),
            });
        }
        let dims = self.space().dims();
        if shape.dims() != usize::from(dims) {
            let held = ["strings", "arrays", "solids"][usize::from(dims) - 1];
            return Err(TableError::Shape {
                found: shape.to_string(),
                expected: format!("{held}, which {} holds; for this shape use {}", self.space(), default_name(shape)),
            });
        }
        if shape.cells() != symbols.len() {
            let expected = format!("a shape of {} cells", symbols.len());
            return Err(TableError::Shape { found: shape.to_string(), expected });
        }
        Ok(())
    }
}
