//! Blocks that small machines write: the distribution 2^-K over strings of 12 symbols.

use crate::error::CollapseError;
use crate::seed::unit;
use rand_chacha::ChaCha8Rng;
use std::sync::{Arc, OnceLock};
use turmite_tables::{Shape, Table, TableError};

/// Symbols of a block.
pub(crate) const BLOCK: usize = 12;

/// The table of the sources and learners that name none.
const DEFAULT_TABLE: &str = "5x2-1d";

/// Strings of 12 binary symbols, each with the probability that machines of a space write it, among those of that
/// length: 2^-K, divided by the sum. A string that no machine of the space writes is never drawn.
#[derive(Clone, Debug)]
pub struct SmallMachines {
    /// Probability of the strings up to and with each.
    cumulative: Vec<f64>,
    /// -log2 of the probability; of a string that is never drawn, one bit more than of any that is.
    bits: Vec<f64>,
    /// -log2 of the probability of the first symbols of a block, by (how many, which).
    prefix_bits: Vec<Vec<f64>>,
}

impl SmallMachines {
    /// Reads the distribution from a table of two symbols.
    ///
    /// # Errors
    /// A table that cannot be read or that holds no binary string of 12 symbols.
    pub fn new(table: &Table) -> Result<Self, CollapseError> {
        let read = |source: TableError| CollapseError::Table { source: Box::new(source) };
        let shape = Shape::line(BLOCK).map_err(read)?;
        let dense = if table.symbols() == 2 { table.dense(&shape).map_err(read)? } else { None };
        let none = || CollapseError::NoBlocks { table: table.name(), block: BLOCK };
        let prices = dense.filter(|prices| prices.len() == 1 << BLOCK).ok_or_else(none)?;
        let mut weights: Vec<f64> = prices.iter().map(|k| if k.is_nan() { 0.0 } else { (-k).exp2() }).collect();
        let sum: f64 = weights.iter().sum();
        if sum <= 0.0 {
            return Err(none());
        }
        weights.iter_mut().for_each(|weight| *weight /= sum);
        let mut reached = 0.0;
        let cumulative = weights
            .iter()
            .map(|weight| {
                reached += weight;
                reached
            })
            .collect();
        let price = |weight: f64| -weight.log2();
        let dearest = weights.iter().filter(|weight| **weight > 0.0).copied().map(price).fold(0.0, f64::max) + 1.0;
        let bits = weights.iter().map(|&weight| if weight > 0.0 { price(weight) } else { dearest }).collect();
        let prefix_bits = (0..BLOCK)
            .map(|symbols| {
                let mass = |group: &[f64]| price(group.iter().sum::<f64>()).min(dearest);
                weights.chunks(1 << (BLOCK - symbols)).map(mass).collect()
            })
            .collect();
        Ok(Self { cumulative, bits, prefix_bits })
    }

    /// That of the embedded D(5), read once.
    ///
    /// # Errors
    /// As [`SmallMachines::new`].
    pub fn embedded() -> Result<Arc<Self>, CollapseError> {
        static READ: OnceLock<Arc<SmallMachines>> = OnceLock::new();
        if let Some(read) = READ.get() {
            return Ok(Arc::clone(read));
        }
        let table =
            Table::embedded(DEFAULT_TABLE).map_err(|source| CollapseError::Table { source: Box::new(source) })?;
        let made = Arc::new(Self::new(&table)?);
        Ok(Arc::clone(READ.get_or_init(|| made)))
    }

    /// Appends blocks one after the other; the last is cut.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
        for from in (0..length).step_by(BLOCK) {
            let block = self.draw(rng);
            out.extend((0..BLOCK.min(length - from)).map(|i| (block >> (BLOCK - 1 - i) & 1) as u8));
        }
    }

    fn draw(&self, rng: &mut ChaCha8Rng) -> usize {
        let total = self.cumulative.last().copied().unwrap_or(1.0);
        let u = unit(rng) * total;
        self.cumulative.partition_point(|&sum| sum <= u).min(self.cumulative.len() - 1)
    }

    /// Bits that describe a record as blocks from its first symbol on, the last one as the beginning of a block.
    pub(crate) fn bits(&self, record: &[u8]) -> f64 {
        let number = |block: &[u8]| block.iter().fold(0usize, |n, &bit| n << 1 | usize::from(bit & 1));
        let blocks = record.chunks_exact(BLOCK);
        let rest = blocks.remainder();
        blocks.map(|block| self.bits[number(block)]).sum::<f64>() + self.prefix_bits[rest.len()][number(rest)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;

    #[test]
    fn blocks_come_as_often_as_the_table_says() {
        let machines = SmallMachines::embedded().unwrap();
        let mut rng = seed::rng(8, 0, 0, 0);
        let mut counts = vec![0u32; 1 << BLOCK];
        let n = 200_000;
        for _ in 0..n {
            counts[machines.draw(&mut rng)] += 1;
        }
        let table = Table::embedded(DEFAULT_TABLE).unwrap();
        let prices = table.dense(&Shape::line(BLOCK).unwrap()).unwrap().unwrap();
        let sum: f64 = prices.iter().filter(|k| !k.is_nan()).map(|k| (-k).exp2()).sum();
        let (mut chi, mut cells) = (0.0, 0);
        for (&count, k) in counts.iter().zip(&prices) {
            if k.is_nan() {
                assert_eq!(count, 0);
                continue;
            }
            let expected = (-k).exp2() / sum * f64::from(n);
            if expected >= 10.0 {
                chi += (f64::from(count) - expected).powi(2) / expected;
                cells += 1;
            }
        }
        let degrees = f64::from(cells);
        assert!(cells > 500 && (chi - degrees).abs() < 4.0 * (2.0 * degrees).sqrt(), "{chi} over {cells} cells");
    }

    #[test]
    fn prices_are_those_of_a_code() {
        let machines = SmallMachines::embedded().unwrap();
        let kraft = |bits: &[f64]| bits.iter().map(|b| (-b).exp2()).sum::<f64>();
        // The blocks that are never drawn make the sum exceed 1 by what they are allowed.
        assert!((1.0 - 1e-9..1.001).contains(&kraft(&machines.bits)));
        for prefix in &machines.prefix_bits {
            assert!((kraft(prefix) - 1.0).abs() < 1e-9);
        }
        let record: Vec<u8> = (0..29).map(|i| u8::from(i % 3 == 0)).collect();
        let parts = machines.bits(&record[..12]) + machines.bits(&record[12..24]) + machines.bits(&record[24..]);
        assert!((machines.bits(&record) - parts).abs() < 1e-9);
        assert!(machines.bits(&[]).abs() < 1e-9);
    }

    #[test]
    fn a_table_without_such_strings_is_refused() {
        let error = SmallMachines::new(&Table::embedded("4x4-1d").unwrap()).unwrap_err().to_string();
        assert!(error.contains("4x4-1d") && error.contains("12"), "{error}");
    }
}
