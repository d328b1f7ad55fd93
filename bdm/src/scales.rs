//! Multiscale BDM as a curve: a set of binary records seen through windows of 24 to 256 bits, and the length of word in
//! which it is described shortest.
//!
//! A window is a block whose own complexity is its BDM over the table's blocks. Two things are reported at each length.
//!
//! * `bits_per_window`: the sum over different windows of BDM + log2 of their number, over all windows, taken at every
//!   symbol (a byte for text). It falls where records share or repeat stretches of that length.
//! * `description_bits`: a description in two parts with words cut side by side, of which each different one is spelled
//!   once at the cost of its BDM, and the order of all is coded at their empirical entropy, n log2(N / n) for a word that
//!   occurs n times among N; symbols behind the last whole word cost one bit each. Its least value names the scale.
//!
//! The description is longer than the set's Kolmogorov complexity but for what BDM itself leaves out: the order of the
//! blocks of 12 inside a word, at most log2 of (w / 12)! bits a word of w bits, and the constants of the machines that the
//! table counts. In this sense, and in no stricter one, it bounds it from above.

use std::collections::HashMap;
use std::sync::Arc;

use turmite_tables::{Shape, Table};

use crate::sum::{Sum, log2_count};
use crate::{Bdm, BdmError, Missing, Partition, SymbolArray};

/// Block of the table that words are priced in.
pub(crate) const BLOCK: usize = 12;

/// Longest window, in symbols.
pub const LONGEST_SCALE: usize = 256;

/// The lengths looked at where none are named: 24 bits, then those of 4 to 21 blocks of 12.
pub const SCALES: [usize; 6] = [24, 48, 72, 96, 144, 252];

/// A set of records at one scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Length of a window, in symbols.
    pub window: usize,
    /// Multiscale BDM, in bits a window; `None` where no record holds one.
    pub bits_per_window: Option<f64>,
    /// Windows at every `stride` symbols, repeats included.
    pub windows: u64,
    /// Different windows among them.
    pub distinct: u64,
    /// The description in two parts with words of this length, in bits.
    pub description_bits: f64,
}

/// What [`scales`] found.
#[derive(Clone, Debug, PartialEq)]
pub struct Scales {
    /// One a length, in the order asked.
    pub scales: Vec<Scale>,
}

impl Scales {
    /// The scale of the shortest description, the shorter window where two tie; `None` where there are no symbols.
    #[must_use]
    pub fn shortest(&self) -> Option<&Scale> {
        let described = self.scales.iter().filter(|scale| scale.description_bits > 0.0);
        described.min_by(|a, b| a.description_bits.total_cmp(&b.description_bits).then(a.window.cmp(&b.window)))
    }
}

/// Describes a set of binary records at several scales; windows start at every `stride`-th symbol.
///
/// ```
/// use turmite_bdm::{Missing, SCALES, SymbolArray, scales};
/// use turmite_tables::Table;
///
/// let table = std::sync::Arc::new(Table::embedded("5x2-1d")?);
/// let records: Vec<SymbolArray> = (0..8).map(|_| SymbolArray::from_bytes(b"an old phrase, again and again. ")).collect();
/// let curve = scales(&table, Missing::Bound, &records, 8, &SCALES)?;
/// // Eight copies of 256 bits: the longest words describe them best.
/// assert_eq!(curve.shortest().map(|scale| scale.window), Some(252));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Complexity
/// O(symbols * window) time at each scale, and memory for the different windows.
///
/// # Errors
/// A table that is not of strings over two symbols, records of other than two symbols or of more than one axis, a stride or a
/// window of 0 or above 256, or a missing block under [`Missing::Fail`].
pub fn scales(
    table: &Arc<Table>,
    missing: Missing,
    records: &[SymbolArray],
    stride: usize,
    windows: &[usize],
) -> Result<Scales, BdmError> {
    check(table, records)?;
    if stride == 0 {
        return Err(BdmError::Multiscale { found: "a stride of 0".to_owned(), expected: "a stride of at least 1" });
    }
    let bdm = pricer(table, missing)?;
    let price = |word: &[u8]| -> Result<f64, BdmError> {
        let value = bdm.score(&SymbolArray::line(2, word.to_vec())?)?;
        Ok(value.map_or(word.len() as f64, |value| value.bits))
    };
    let each = windows.iter().map(|&window| {
        if window == 0 || window > LONGEST_SCALE {
            let found = format!("windows of {window} symbols");
            return Err(BdmError::Multiscale { found, expected: "windows of 1 to 256 symbols" });
        }
        let seen = counts(records.iter().flat_map(|record| record.cells().windows(window).step_by(stride)));
        let mut sum = Sum::default();
        let (mut all, mut distinct) = (0, 0);
        for &(word, n) in &seen {
            sum.add(price(word)? + log2_count(n));
            all += n;
            distinct += 1;
        }
        let bits_per_window = (all > 0).then(|| sum.total() / all as f64);
        let description_bits = description(records, window, &price)?;
        Ok(Scale { window, bits_per_window, windows: all, distinct, description_bits })
    });
    Ok(Scales { scales: each.collect::<Result<_, _>>()? })
}

/// Refuses what is not a set of binary strings and a table for them.
pub(crate) fn check(table: &Table, records: &[SymbolArray]) -> Result<(), BdmError> {
    if table.symbols() != 2 || table.space().dims() != 1 {
        let found = format!("table {}", table.name());
        return Err(BdmError::Multiscale { found, expected: "a table of strings over two symbols" });
    }
    for record in records {
        if record.axes().len() != 1 {
            let found = format!("a record of {} axes", record.axes().len());
            return Err(BdmError::Multiscale { found, expected: "records of one axis" });
        }
        crate::array::check_symbols(record.cells(), 2)?;
    }
    Ok(())
}

/// BDM of words of any length: recursive, so that a word's last block may be short and still counts.
pub(crate) fn pricer(table: &Arc<Table>, missing: Missing) -> Result<Bdm, BdmError> {
    Bdm::builder(Arc::clone(table))
        .block(Shape::line(BLOCK)?)
        .partition(Partition::Recursive { min_length: 1 })
        .missing(missing)
        .intervals(false)
        .build()
}

fn description(
    records: &[SymbolArray],
    window: usize,
    price: &impl Fn(&[u8]) -> Result<f64, BdmError>,
) -> Result<f64, BdmError> {
    let words = counts(records.iter().flat_map(|record| record.cells().chunks_exact(window)));
    let all: u64 = words.iter().map(|(_, n)| n).sum();
    let rest: usize = records.iter().map(|record| record.cells().len() % window).sum();
    let mut sum = Sum::default();
    for &(word, n) in &words {
        sum.add(price(word)?);
        sum.add(n as f64 * (all as f64 / n as f64).log2());
    }
    sum.add(rest as f64);
    Ok(sum.total())
}

/// Words with their numbers, in order of first use.
fn counts<'a>(words: impl Iterator<Item = &'a [u8]>) -> Vec<(&'a [u8], u64)> {
    let mut places: HashMap<&[u8], usize, foldhash::fast::FixedState> = HashMap::default();
    let mut held: Vec<(&[u8], u64)> = Vec::new();
    for word in words {
        let place = *places.entry(word).or_insert_with(|| {
            held.push((word, 0));
            held.len() - 1
        });
        held[place].1 += 1;
    }
    held
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Multiscale, WindowCounts};

    fn table() -> Arc<Table> {
        Arc::new(Table::embedded("5x2-1d").unwrap())
    }

    #[test]
    fn the_curve_meets_the_fast_statistic_of_48_and_24_bits() {
        let texts =
            ["In the beginning God created the heaven and the earth.", "And the earth was without form", "the earth"];
        let records: Vec<SymbolArray> = texts.iter().map(|text| SymbolArray::from_bytes(text.as_bytes())).collect();
        let curve = scales(&table(), Missing::Bound, &records, 8, &[24, 48]).unwrap();
        for scale in &curve.scales {
            let fast = Multiscale::with_sizes(table(), Missing::Bound, scale.window, 12).unwrap();
            let value = fast.bytes(&mut WindowCounts::new(), texts.iter().map(|t| t.as_bytes())).unwrap().unwrap();
            assert!((value.bits_per_window - scale.bits_per_window.unwrap()).abs() < 1e-9, "{scale:?}");
            assert_eq!((value.windows, value.distinct), (scale.windows, scale.distinct));
        }
    }

    #[test]
    fn a_description_spells_each_word_once_and_codes_their_order() {
        let record = |bits: &str| SymbolArray::line(2, bits.bytes().map(|b| b - b'0').collect()).unwrap();
        let bdm = Bdm::builder(table()).block(Shape::line(12).unwrap()).build().unwrap();
        let k = |bits: &str| bdm.score(&record(bits)).unwrap().unwrap().bits;
        let (a, b) = ("010101010101", "000000000000");
        let records = [record(&format!("{a}{b}{a}1")), record(a)];
        let curve = scales(&table(), Missing::Bound, &records, 1, &[12]).unwrap();
        let expected = k(a) + k(b) + 3.0 * (4f64 / 3.0).log2() + 4f64.log2() + 1.0;
        assert!((curve.scales[0].description_bits - expected).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_described_is_refused_or_empty() {
        let none = scales(&table(), Missing::Bound, &[], 1, &SCALES).unwrap();
        assert!(none.shortest().is_none() && none.scales.iter().all(|scale| scale.bits_per_window.is_none()));
        assert!(scales(&table(), Missing::Bound, &[], 0, &SCALES).is_err());
        assert!(scales(&table(), Missing::Bound, &[], 1, &[0]).is_err());
        assert!(scales(&table(), Missing::Bound, &[], 1, &[257]).is_err());
    }
}
