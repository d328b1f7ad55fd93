//! What a table of sampled machines adds to one of all machines: how large its sample is, and how far its counts may be off.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use crate::row::Row;
use crate::{Method, Table, TableError, Weights};

/// The sample that a table was computed from: machines `first` to `first + samples - 1` of the stream of `seed`.
///
/// All weights and counts of such a table are integers in its own unit: a sampled machine weighs `unit` on each blank, and
/// that is split, exactly, between what it may write, what never halts and what is left undecided. [`Table::in_pairs`] turns
/// them into estimates of pairs (machine, blank).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampling {
    /// What the random numbers of machine i depend on, beside i.
    pub seed: u64,
    /// The first machine.
    pub first: u64,
    /// How many machines.
    pub samples: u64,
    /// The weight of one machine on one blank.
    pub unit: u64,
    /// The sum over machines of the square of the halting weight on one blank, each divided by 2^[`Sampling::SQUARE_SHIFT`].
    pub halting_squares: u128,
}

impl Sampling {
    /// Squares are kept without so many of their low bits, so that 2^40 of them fit 128 bits.
    pub const SQUARE_SHIFT: u32 = 40;
    /// The most machines of a table, and the greatest unit: sums and sums of squares fit 128 bits.
    pub const MOST_SAMPLES: u64 = 1 << 40;
    /// See [`Sampling::MOST_SAMPLES`].
    pub const MOST_UNIT: u64 = 1 << 62;

    /// The sample of two tables whose machines follow each other.
    pub(crate) fn joined(self, next: Self) -> Option<Self> {
        Some(Self {
            samples: self.samples.checked_add(next.samples).filter(|s| *s <= Self::MOST_SAMPLES)?,
            halting_squares: self.halting_squares.checked_add(next.halting_squares)?,
            ..self
        })
    }

    /// The index after the last machine.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first.saturating_add(self.samples)
    }

    /// What weights of a space of so many symbols add up to, if all is within the bounds.
    pub(crate) fn weight(&self, symbols: u8) -> Option<u128> {
        let sound = (1..=Self::MOST_SAMPLES).contains(&self.samples)
            && (1..=Self::MOST_UNIT).contains(&self.unit)
            && self.first.checked_add(self.samples).is_some();
        sound.then(|| u128::from(symbols) * u128::from(self.unit) * u128::from(self.samples))
    }

    /// The standard error of a sum over the machines, in the unit of the sum, from the sum and the sum of its squares.
    fn error_of_sum(&self, sum: f64, squares: u128) -> Option<f64> {
        let samples = self.samples as f64;
        if self.samples < 2 {
            return None;
        }
        let squares = squares as f64 * f64::from(Self::SQUARE_SHIFT).exp2();
        // Where every machine gave the same, rounding may leave less than nothing.
        let deviations = (squares - sum * sum / samples).max(0.0);
        Some((deviations * samples / (samples - 1.0)).sqrt())
    }
}

/// How far the values of a row may be off by chance, as standard errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandardError {
    /// Of the count, in pairs (machine, blank).
    pub count: f64,
    /// Of K, in bits, at most: the relative errors of the row's count and of the total, added as if they always
    /// went against each other.
    pub bits: f64,
}

impl Table {
    /// The sample, if the table was computed from one.
    #[must_use]
    pub fn sampling(&self) -> Option<&Sampling> {
        match &self.provenance().method {
            Method::Sampled(sampling) => Some(sampling),
            Method::Exact | Method::Imported { .. } => None,
        }
    }

    /// A weight or count of this table in pairs (machine, blank): as it is, or for a sampled table an estimate.
    #[must_use]
    pub fn in_pairs(&self, weight: u128) -> f64 {
        match self.sampling().and_then(|s| s.weight(self.symbols())) {
            Some(all) => weight as f64 / all as f64 * self.space().approximate_pairs(),
            None => weight as f64,
        }
    }

    /// The same in decimal digits: exact, or for a sampled table the estimate as a whole number.
    #[must_use]
    pub fn pairs_text(&self, weight: u128) -> String {
        match self.sampling() {
            Some(_) => format!("{:.0}", self.in_pairs(weight)),
            None => weight.to_string(),
        }
    }

    /// The standard errors of a row of this table; `None` unless it was sampled, and from more than one machine.
    ///
    /// The row's values are means over the machines sampled, each of which adds the exact share of what it may write, so
    /// their spread is estimated by that of the machines. A row that a single machine hit has an error as large as itself.
    #[must_use]
    pub fn standard_error(&self, row: &Row) -> Option<StandardError> {
        let sampling = self.sampling()?;
        let Weights { halting, .. } = self.provenance().weights?;
        let (count, squares) = (row.count?, row.squares?);
        let class = self.class_on_one_blank(row, count);
        let error = sampling.error_of_sum(class, squares)?;
        let halting = halting as f64 / f64::from(self.symbols());
        let of_total = sampling.error_of_sum(halting, sampling.halting_squares)?;
        Some(StandardError {
            count: error / class * self.in_pairs(count),
            bits: (error / class + of_total / halting) * std::f64::consts::LOG2_E,
        })
    }

    /// What a row's count says of its class on one blank, which is what squares are taken of.
    pub(crate) fn class_on_one_blank(&self, row: &Row, count: u128) -> f64 {
        // With two symbols a row stands for itself on both blanks, and for its complement.
        let strings = if self.symbols() == 2 { 2 } else { row.strings(self.symbols()) };
        count as f64 * strings as f64 / f64::from(self.symbols())
    }

    /// The largest standard error of K, in bits, among the `rows` rows of greatest count (ties: the earlier row); `None`
    /// as for [`Table::standard_error`], or where there is no row.
    ///
    /// # Errors
    /// A corrupt page.
    pub fn largest_error(&self, rows: usize) -> Result<Option<f64>, TableError> {
        let mut most = BinaryHeap::new();
        for index in 0..self.len() {
            most.push(Reverse((self.count_of_row(index)?.unwrap_or(0), Reverse(index))));
            if most.len() > rows {
                most.pop();
            }
        }
        let mut largest: Option<f64> = None;
        for Reverse((_, Reverse(index))) in most {
            if let Some(error) = self.standard_error(&self.row(index)?) {
                largest = Some(largest.map_or(error.bits, |l| l.max(error.bits)));
            }
        }
        Ok(largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Provenance, RowInput, Shape, TableBuilder, merge};

    const UNIT: u64 = 1 << 50;

    /// Machines of one state: what each adds to '0' and '1' on one blank, in 64ths of itself.
    fn table(first: u64, adds: &[u64], change: impl FnOnce(&mut Provenance)) -> Result<Table, TableError> {
        let mut provenance = Provenance::imported("1x2-1d".parse()?, "");
        let part = u128::from(UNIT / 64);
        let sum: u128 = adds.iter().map(|a| u128::from(*a) * part).sum();
        let squares: u128 = adds.iter().map(|a| (u128::from(*a) * part).pow(2) >> Sampling::SQUARE_SHIFT).sum();
        let samples = adds.len() as u64;
        provenance.method = Method::Sampled(Sampling { seed: 7, first, samples, unit: UNIT, halting_squares: squares });
        provenance.max_steps = Some(5);
        provenance.nodes = Some(samples);
        let all = 2 * u128::from(UNIT) * u128::from(samples);
        provenance.weights = Some(Weights { halting: 2 * sum, non_halting: all - 2 * sum, undecided: 0 });
        change(&mut provenance);
        let mut builder = TableBuilder::new(provenance);
        builder.push(RowInput::sampled(Shape::line(1)?, vec![0], sum, squares))?;
        Table::from_bytes(builder.build()?)
    }

    #[test]
    fn errors_are_those_of_the_mean_of_machines() -> Result<(), TableError> {
        let table = table(0, &[8, 16, 24, 16], |_| ())?;
        table.verify()?;
        let row = table.lookup(&Shape::line(1)?, &[1])?.row.expect("the complement of a row");
        // Of 36 machines; one adds 16 of 64 on the average, with a standard deviation of the square root of 128 / 3.
        assert_eq!(table.in_pairs(row.count.unwrap_or(0)), 9.0);
        assert_eq!(table.pairs_text(row.count.unwrap_or(0)), "9");
        let error = table.standard_error(&row).expect("four machines");
        let mean = (128.0f64 / 3.0 / 4.0).sqrt() / 64.0;
        assert!((error.count / (mean * 36.0) - 1.0).abs() < 1e-9, "{error:?}");
        // The total is this row and its like, with the same relative error.
        assert!((error.bits / (2.0 * mean / 0.25 * std::f64::consts::LOG2_E) - 1.0).abs() < 1e-9, "{error:?}");
        assert_eq!(table.largest_error(1)?, Some(error.bits));
        let interval = table.interval_of_row(&row);
        assert_eq!(
            (interval.low, interval.high),
            (Some((1.0 - 2.0 * error.bits).max(0.0)), Some(1.0 + 2.0 * error.bits))
        );
        // Of what no machine has written: three machines of four, at most.
        assert!(table.interval(&Shape::line(2)?, &[0, 0])?.low.is_some_and(|low| low < 1.0));
        Ok(())
    }

    #[test]
    fn one_machine_has_no_error() -> Result<(), TableError> {
        let table = table(3, &[8], |_| ())?;
        let row = table.lookup(&Shape::line(1)?, &[0])?.row.expect("a row");
        assert_eq!((table.standard_error(&row), table.largest_error(1)?), (None, None));
        Ok(())
    }

    #[test]
    fn machines_that_follow_each_other_are_added_up() -> Result<(), TableError> {
        let parts = [table(2, &[24, 16], |_| ())?, table(0, &[8, 16], |_| ())?];
        let whole = table(0, &[8, 16, 24, 16], |_| ())?;
        assert_eq!(Table::from_bytes(merge(&parts)?.build()?)?.checksum(), whole.checksum());
        let error = |parts: &[Table]| merge(parts).map(drop).expect_err("parts that do not fit").to_string();
        let gap = [table(0, &[8], |_| ())?, table(2, &[8], |_| ())?];
        assert!(error(&gap).contains("also machines 1 to 1"), "{}", error(&gap));
        let twice = [table(0, &[8, 8], |_| ())?, table(1, &[8], |_| ())?];
        assert!(error(&twice).contains("machines 1 to 1 of seed 7, some a second time"), "{}", error(&twice));
        Ok(())
    }

    #[test]
    fn samples_that_lie_are_refused() -> Result<(), TableError> {
        let lie = |change: fn(&mut Sampling)| {
            table(0, &[8, 16], |p| {
                if let Method::Sampled(sampling) = &mut p.method {
                    change(sampling);
                }
            })
        };
        assert!(lie(|_| ()).is_ok());
        assert!(lie(|s| s.samples = 3).is_err(), "weights of two machines");
        assert!(lie(|s| s.samples = 0).is_err(), "no machine");
        assert!(lie(|s| s.unit /= 2).is_err(), "half the weight");
        assert!(lie(|s| s.first = u64::MAX).is_err(), "machines beyond the last");
        assert!(table(0, &[8], |p| p.weights = None).is_err(), "no weights");
        assert!(table(0, &[8], |p| p.method = Method::Exact).is_err(), "squares in an exact table");
        let mut provenance = table(0, &[8], |_| ())?.provenance().clone();
        provenance.undecided_by_shape.clear();
        let mut builder = TableBuilder::new(provenance);
        assert!(builder.push(RowInput::count(Shape::line(1)?, vec![0], 1)).is_err(), "no squares in a sampled table");
        Ok(())
    }
}
