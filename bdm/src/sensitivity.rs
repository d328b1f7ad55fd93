//! [`Sensitivity`]: how far the BDM of one object depends on choices that are nobody's fault.

use std::sync::Arc;

use turmite_tables::{Shape, Table};

use crate::{Bdm, BdmError, Missing, Partition, SymbolArray};

/// One object, scored under other choices than the one that was made.
///
/// BDM depends on where the first block starts, on how long blocks are, and on the space of machines behind the table.
/// None of the three is in the object. What moves with them is the error of the method, which a single value does not
/// show. A difference between objects that is smaller than these ranges may come from the choice alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensitivity {
    /// The value itself.
    pub value: Option<Reading>,
    /// The same block and table from each offset below the block, along every axis: the cells before it are dropped.
    pub phase: Spread,
    /// The same table with its block, and with blocks of other shapes. These move by multiples: blocks so small that all contents repeat cost
    /// next to nothing, and as they grow more of them are new. Values of different blocks do not compare.
    pub block: Spread,
    /// The same block with the table, and with others.
    pub table: Spread,
}

/// The value of an object under one choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The choice: an offset such as `3` or `1,2`, a block such as `4x4`, or the name of a table.
    pub choice: String,
    /// BDM in bits.
    pub bits: f64,
    /// BDM over all symbols that were not dropped, as [`BdmValue::bits_per_symbol`](crate::BdmValue::bits_per_symbol).
    pub bits_per_symbol: f64,
    /// BDM over the symbols that it covers: those in blocks with a price under `ignore`, else all that were not dropped and
    /// have one. Offsets leave out different symbols, and compare by this.
    pub bits_per_covered: f64,
    /// Blocks that the table lacks.
    pub missing: u64,
}

/// Values of one object under alike choices, in bits a covered symbol.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spread {
    /// The values; choices under which there is none are left out.
    pub readings: Vec<Reading>,
}

impl Spread {
    /// The least and the greatest value; `None` without readings.
    #[must_use]
    pub fn extremes(&self) -> Option<(f64, f64)> {
        let values = || self.readings.iter().map(|reading| reading.bits_per_covered);
        Some((values().reduce(f64::min)?, values().reduce(f64::max)?))
    }

    /// The mean value; `None` without readings.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let sum: f64 = self.readings.iter().map(|reading| reading.bits_per_covered).sum();
        (!self.readings.is_empty()).then(|| sum / self.readings.len() as f64)
    }

    /// The standard deviation of the values; `None` with fewer than two.
    #[must_use]
    pub fn deviation(&self) -> Option<f64> {
        let mean = self.mean().filter(|_| self.readings.len() > 1)?;
        let squares: f64 = self.readings.iter().map(|reading| (reading.bits_per_covered - mean).powi(2)).sum();
        Some((squares / (self.readings.len() - 1) as f64).sqrt())
    }

    /// The greatest less the least value, over their mean; `None` where that is 0.
    #[must_use]
    pub fn relative_range(&self) -> Option<f64> {
        let ((least, greatest), mean) = (self.extremes()?, self.mean()?);
        (mean > 0.0).then(|| (greatest - least) / mean)
    }
}

impl Bdm {
    /// Scores a record from every offset of the block, with the other `blocks` that this table holds, and with the other
    /// `tables` that hold this block over the same alphabet, each beside the value itself; what does not fit is left out.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use turmite_bdm::{Bdm, SymbolArray};
    /// use turmite_tables::{Shape, Table};
    ///
    /// let bdm = Bdm::builder(Table::embedded("5x2-1d")?).build()?;
    /// let exact = ("5x2-1d-exact".to_owned(), Arc::new(Table::embedded("5x2-1d-exact")?));
    /// let record = SymbolArray::from_digits(&"0001101".repeat(60), 2)?;
    /// let found = bdm.sensitivity(&record, &[Shape::line(8)?, Shape::line(200)?], &[exact])?;
    /// assert_eq!((found.phase.readings.len(), found.block.readings.len(), found.table.readings.len()), (12, 2, 2));
    /// // A period that the block does not divide: by offset the same blocks come in other numbers.
    /// assert!(found.phase.relative_range().expect("12 readings") < 0.1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    /// As many passes as there are readings; one copy of the record at a time.
    ///
    /// # Errors
    /// As [`Bdm::score`].
    pub fn sensitivity(
        &self,
        record: &SymbolArray,
        blocks: &[Shape],
        tables: &[(String, Arc<Table>)],
    ) -> Result<Sensitivity, BdmError> {
        let like = |table: &Arc<Table>, block: Shape| {
            let builder = Bdm::builder(table.clone()).block(block).partition(self.partition());
            builder.missing(self.missing()).intervals(false).build()
        };
        let mut found = Sensitivity {
            value: self.reading(self.block().to_string(), record)?,
            phase: Spread::default(),
            block: Spread::default(),
            table: Spread::default(),
        };
        let extents: Vec<usize> = self.block().axes().collect();
        for at in 0..self.block().cells() {
            let offsets = offsets(at, &extents);
            if record.axes().len() == offsets.len() {
                let choice = offsets.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                found.phase.readings.extend(self.reading(choice, &from(record, &offsets)?)?);
            }
        }
        // A range that leaves out the value itself would say too little.
        found.block.readings.extend(found.value.clone());
        let own = |value: &Reading| Reading { choice: self.table().name().to_owned(), ..value.clone() };
        found.table.readings.extend(found.value.as_ref().map(own));
        for &block in blocks.iter().filter(|&block| *block != self.block() && self.table().has_shape(block)) {
            found.block.readings.extend(like(self.table(), block)?.reading(block.to_string(), record)?);
        }
        for (name, table) in tables {
            let fits = table.has_shape(&self.block()) && table.symbols() == self.table().symbols();
            if fits && table.checksum() != self.table().checksum() {
                found.table.readings.extend(like(table, self.block())?.reading(name.clone(), record)?);
            }
        }
        Ok(found)
    }

    fn reading(&self, choice: String, record: &SymbolArray) -> Result<Option<Reading>, BdmError> {
        let Some(value) = self.score(record)? else { return Ok(None) };
        let in_blocks = value.blocks.saturating_mul(self.block().cells() as u64);
        let covered = if self.partition() == Partition::Ignore { in_blocks } else { value.symbols };
        // Skipped blocks are no part of the value.
        let skipped = if self.missing() == Missing::Skip { value.missing * self.block().cells() as u64 } else { 0 };
        let bits_per_covered = value.bits / covered.saturating_sub(skipped).max(1) as f64;
        let bits_per_symbol = value.bits / value.symbols.max(1) as f64;
        Ok(Some(Reading { choice, bits: value.bits, bits_per_symbol, bits_per_covered, missing: value.missing }))
    }
}

/// The `at`-th of all combinations of offsets below the extents, the last axis fastest.
fn offsets(mut at: usize, extents: &[usize]) -> Vec<usize> {
    let mut offsets = vec![0; extents.len()];
    for (offset, &extent) in offsets.iter_mut().zip(extents).rev() {
        *offset = at % extent;
        at /= extent;
    }
    offsets
}

/// The record without the cells before the offsets.
fn from(record: &SymbolArray, offsets: &[usize]) -> Result<SymbolArray, BdmError> {
    let axes: Vec<usize> =
        record.axes().iter().zip(offsets).map(|(&axis, &offset)| axis.saturating_sub(offset)).collect();
    let mut lifted = [(0, 1, 1); 3];
    let pad = 3 - axes.len();
    for (a, place) in lifted[pad..].iter_mut().enumerate() {
        *place = (record.axes()[a] - axes[a], axes[a], record.axes()[a]);
    }
    let [(plane, planes, _), (row, rows, all_rows), (column, columns, all_columns)] = lifted;
    let mut cells = Vec::with_capacity(planes * rows * columns);
    for i in plane..plane + planes {
        for j in row..row + rows {
            let start = (i * all_rows + j) * all_columns + column;
            cells.extend_from_slice(&record.cells()[start..start + columns]);
        }
    }
    SymbolArray::new(&axes, record.symbols(), cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares() -> Bdm {
        Bdm::builder(Table::embedded("5x2-2d").unwrap()).block("3x2".parse().unwrap()).build().unwrap()
    }

    #[test]
    fn every_offset_once_and_as_scored_alone() {
        let rows: Vec<Vec<u8>> = (0..11u8).map(|i| (0..9).map(|j| (i * j + i / 3) % 2).collect()).collect();
        let record = SymbolArray::from_rows(&rows, 2).unwrap();
        let bdm = squares();
        let found = bdm.sensitivity(&record, &[], &[]).unwrap();
        let choices: Vec<&str> = found.phase.readings.iter().map(|reading| reading.choice.as_str()).collect();
        assert_eq!(choices, ["0,0", "0,1", "1,0", "1,1", "2,0", "2,1"]);
        for (at, reading) in found.phase.readings.iter().enumerate() {
            let cut: Vec<&[u8]> = rows[at / 2..].iter().map(|row| &row[at % 2..]).collect();
            let value = bdm.score(&SymbolArray::from_rows(&cut, 2).unwrap()).unwrap().unwrap();
            assert_eq!((reading.bits, reading.missing), (value.bits, value.missing));
            assert_eq!(reading.bits_per_covered, value.bits / (value.blocks * 6) as f64);
            assert_eq!(Some(reading.bits_per_symbol), value.bits_per_symbol());
        }
        assert_eq!(found.value.unwrap().bits, found.phase.readings[0].bits);
    }

    #[test]
    fn spreads() {
        let reading = |bits_per_covered| Reading {
            choice: String::new(),
            bits: 0.0,
            bits_per_symbol: 0.0,
            bits_per_covered,
            missing: 0,
        };
        let spread = Spread { readings: vec![reading(1.0), reading(3.0), reading(2.0)] };
        assert_eq!((spread.extremes(), spread.mean()), (Some((1.0, 3.0)), Some(2.0)));
        assert_eq!((spread.deviation(), spread.relative_range()), (Some(1.0), Some(1.0)));
        let none = Spread::default();
        assert_eq!((none.extremes(), none.mean(), none.deviation(), none.relative_range()), (None, None, None, None));
    }

    #[test]
    fn records_smaller_than_a_block_have_no_readings() {
        let bdm = squares();
        let found = bdm.sensitivity(&SymbolArray::new(&[1, 1], 2, vec![1]).unwrap(), &["2x2".parse().unwrap()], &[]);
        let found = found.unwrap();
        assert_eq!((found.value, found.phase.readings.len(), found.block.readings.len()), (None, 0, 0));
        // A record of other axes is an error, as it is to score.
        assert!(bdm.sensitivity(&SymbolArray::from_digits("01", 2).unwrap(), &[], &[]).is_err());
    }
}
