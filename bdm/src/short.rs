//! [`ShortStrings`]: what acss says of strings that a table holds whole.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use turmite_tables::{Relabelling, Shape, Table, class_size};

use crate::{BdmError, Encoding};

/// Complexity and likelihoods of short strings, as the R package acss has them (Gauvrit, Singmann, Soler-Toscano and Zenil
/// 2016, "Algorithmic complexity for psychology: a user-friendly implementation of the coding theorem method", Behavior
/// Research Methods 48:314-329).
///
/// Strings are symbols below the table's alphabet; which symbol is which makes no difference. [`normalize_string`] makes
/// them of characters. Where acss gives NA, for a string that the table lacks, these give `None`.
///
/// ```
/// use turmite_bdm::{ShortStrings, normalize_string};
/// use turmite_tables::Table;
///
/// let short = ShortStrings::new(Table::embedded("5x2-1d")?)?;
/// let tosses = normalize_string("HEHHEE")?;
/// assert!((short.complexity(&tosses)?.expect("machines write it") - 14.96921).abs() < 1e-5);
/// // This is more likely written by a machine than tossed by a coin.
/// let tosses = normalize_string("HTHTHTHT")?;
/// assert!((short.prob_random(&tosses, 0.5)?.expect("machines write it") - 0.2736772).abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ShortStrings {
    table: Arc<Table>,
    /// The mass of all strings by length, read when first asked for.
    masses: OnceLock<HashMap<usize, f64>>,
}

impl ShortStrings {
    /// Asks a table of strings.
    ///
    /// # Errors
    /// A table of arrays.
    pub fn new(table: impl Into<Arc<Table>>) -> Result<Self, BdmError> {
        let table = table.into();
        let dims = usize::from(table.space().dims());
        if dims != 1 {
            return Err(BdmError::Option {
                option: "--table",
                found: format!("{}, of {dims} axes", table.name()),
                expected: "a table of strings".to_owned(),
            });
        }
        Ok(Self { table, masses: OnceLock::new() })
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// K of a string in bits: acss's `K.k`.
    ///
    /// # Errors
    /// An empty string, a symbol outside the alphabet, or a corrupt table.
    pub fn complexity(&self, string: &[u8]) -> Result<Option<f64>, BdmError> {
        Ok(self.table.k(&Shape::line(string.len())?, string)?)
    }

    /// D of a string, the share of halting machines that write it: acss's `D.k`, `2^-K`.
    ///
    /// # Errors
    /// As [`ShortStrings::complexity`].
    pub fn probability(&self, string: &[u8]) -> Result<Option<f64>, BdmError> {
        Ok(self.complexity(string)?.map(|k| (-k).exp2()))
    }

    /// K of every window of `span` symbols, in order: acss's `local_complexity`. Empty for a string shorter than that.
    ///
    /// # Errors
    /// A span outside 2 to 12, and as [`ShortStrings::complexity`].
    pub fn local_complexity(&self, string: &[u8], span: usize) -> Result<Vec<Option<f64>>, BdmError> {
        if !(2..=12).contains(&span) {
            let expected = "2 to 12 symbols".to_owned();
            return Err(BdmError::Option { option: "--span", found: span.to_string(), expected });
        }
        string.windows(span).map(|window| self.complexity(window)).collect()
    }

    /// D of a string among the strings of its length, `D(s) / sum of D over that length`: how likely it is that a machine
    /// that writes so many symbols writes these. acss's `likelihood_d`.
    ///
    /// # Complexity
    /// The first call reads the whole table.
    ///
    /// # Errors
    /// As [`ShortStrings::complexity`].
    pub fn likelihood_d(&self, string: &[u8]) -> Result<Option<f64>, BdmError> {
        let Some(probability) = self.probability(string)? else { return Ok(None) };
        Ok(self.masses()?.get(&string.len()).map(|mass| probability / mass))
    }

    /// The likelihood under chance over that under machines, `k^-l / likelihood_d`: a Bayes factor, above 1 for strings
    /// that look random. acss's `likelihood_ratio`.
    ///
    /// # Errors
    /// As [`ShortStrings::complexity`].
    pub fn likelihood_ratio(&self, string: &[u8]) -> Result<Option<f64>, BdmError> {
        Ok(self.likelihood_d(string)?.map(|likelihood| self.likelihood_r(string) / likelihood))
    }

    /// The probability that a string is random rather than written by a machine, `prior` being that probability before it
    /// is seen. acss's `prob_random`.
    ///
    /// # Errors
    /// A prior outside 0 to 1, and as [`ShortStrings::complexity`].
    pub fn prob_random(&self, string: &[u8], prior: f64) -> Result<Option<f64>, BdmError> {
        if !(0.0..=1.0).contains(&prior) {
            let expected = "a probability, 0 to 1".to_owned();
            return Err(BdmError::Option { option: "--prior", found: prior.to_string(), expected });
        }
        let (random, machine) = match self.likelihood_d(string)? {
            Some(likelihood) => (prior * self.likelihood_r(string), (1.0 - prior) * likelihood),
            None => return Ok(None),
        };
        Ok(Some(random / (random + machine)))
    }

    /// The likelihood of a string under chance.
    fn likelihood_r(&self, string: &[u8]) -> f64 {
        f64::from(self.table.symbols()).powf(-(string.len() as f64))
    }

    fn masses(&self) -> Result<&HashMap<usize, f64>, BdmError> {
        if let Some(masses) = self.masses.get() {
            return Ok(masses);
        }
        let mut masses: HashMap<usize, f64> = HashMap::new();
        for row in self.table.rows() {
            let row = row?;
            let strings = row.strings(self.table.symbols()) as f64;
            *masses.entry(row.symbols.len()).or_insert(0.0) += strings * (-row.k).exp2();
        }
        Ok(self.masses.get_or_init(|| masses))
    }
}

/// Numbers the characters of a string from 0 in order of first use: acss's `normalize_string`, which stops at ten.
///
/// ```
/// assert_eq!(turmite_bdm::normalize_string("HUHHEGGTE")?, [0, 1, 0, 0, 2, 3, 3, 4, 2]);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
///
/// # Errors
/// More than 255 different characters.
pub fn normalize_string(string: &str) -> Result<Vec<u8>, BdmError> {
    Ok(Encoding::Symbols.encode(string, u8::MAX)?.into_cells())
}

/// How many strings of an alphabet are the same as this one up to exchange of symbols, `k! / (k - j)!` with j different
/// symbols: acss's `count_class`. `None` where the alphabet has fewer than j.
#[must_use]
pub fn count_class(string: &[u8], alphabet: u8) -> Option<u64> {
    let distinct = Relabelling::of(string).original.len();
    (distinct <= usize::from(alphabet)).then(|| class_size(alphabet, distinct))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The documentation of acss 0.3-2.
    #[test]
    fn strings_and_classes_of_acss() {
        let string = |text| normalize_string(text).unwrap();
        assert_eq!(string("EGGHHU"), [0, 1, 1, 2, 2, 3]);
        assert_eq!(count_class(&string("332120"), 4), Some(24));
        assert_eq!(count_class(&string("HUHHEGGTE"), 6), Some(720));
        assert_eq!(count_class(&string("EGGHHU"), 6), Some(360));
        assert_eq!(count_class(&string("EGGHHU"), 3), None);
    }

    #[test]
    fn likelihoods_of_a_length_sum_to_one() {
        for name in ["5x2-1d", "3x3-1d"] {
            let short = ShortStrings::new(Table::embedded(name).unwrap()).unwrap();
            let symbols = short.table().symbols();
            let total: f64 = (0..u64::from(symbols).pow(4))
                .filter_map(|code| short.likelihood_d(&crate::code::decode(code, 4, symbols)).unwrap())
                .sum();
            assert!((total - 1.0).abs() < 1e-12, "{name}: {total}");
        }
    }

    #[test]
    fn options_and_absent_strings() {
        let short = ShortStrings::new(Table::embedded("5x2-1d").unwrap()).unwrap();
        // No machine of five states writes it within 500 steps.
        let absent = normalize_string("000110100111").unwrap();
        assert_eq!(short.complexity(&absent).unwrap(), None);
        assert_eq!(short.prob_random(&absent, 0.5).unwrap(), None);
        assert_eq!(short.local_complexity(&absent, 12).unwrap(), [None]);
        assert_eq!(short.local_complexity(&[0, 1], 3).unwrap(), []);
        assert!(short.local_complexity(&absent, 13).unwrap_err().to_string().contains("--span 13"));
        assert!(short.prob_random(&[0, 1], 1.5).unwrap_err().to_string().contains("--prior 1.5"));
        assert!(short.complexity(&[]).is_err());
        assert!(ShortStrings::new(Table::embedded("4x2-2d").unwrap()).is_err());
        // Certainty stays.
        assert_eq!(short.prob_random(&[0, 1], 1.0).unwrap(), Some(1.0));
        assert_eq!(short.prob_random(&[0, 1], 0.0).unwrap(), Some(0.0));
    }
}
