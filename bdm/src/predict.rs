//! [`Predictor`]: the next symbol, by algorithmic probability.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use turmite_tables::{Relabelling, Shape, Table, class_size};

use crate::BdmError;
use crate::code::{contents, encode};

/// Predicts the next symbol of a line by what small machines write.
///
/// Given a context c, the probability of a symbol s is the mass of the table's strings that begin with c and s, among
/// those that begin with c and go on:
///
/// ```text
/// P(s | c) = sum of D(x) over x = c s ... / sum over all symbols t of the sum of D(x) over x = c t ...
/// ```
///
/// the rule of Solomonoff 1964 ("A formal theory of inductive inference") with the table's D in place of the universal
/// distribution. The context is the longest end of what is given that the table holds as a beginning; the predictor says
/// how long that was. Symbols that no string goes on with get 0.
///
/// ```
/// use turmite_bdm::Predictor;
/// use turmite_tables::Table;
///
/// let predictor = Predictor::new(&Table::embedded("5x2-1d")?, 11)?;
/// let next = predictor.next(&[0, 1, 0, 1, 0, 1, 0, 1, 0, 1])?.expect("the table is not empty");
/// assert_eq!(next.context, 10);
/// assert!(next.probabilities[0] > 0.7, "{next:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Predictor {
    symbols: u8,
    /// By length of a beginning: the mass of the strings that begin so, by the code of the beginning. Over more than two
    /// symbols, where tables hold one string a class, of the canonical beginning.
    masses: Vec<HashMap<u64, f64, FixedState>>,
}

/// The probabilities of the next symbol.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// How many symbols of the context were used, the last ones.
    pub context: usize,
    /// By symbol; they sum to 1.
    pub probabilities: Vec<f64>,
}

impl Predictor {
    /// Reads the masses of all beginnings up to one symbol more than the longest context.
    ///
    /// # Complexity
    /// One pass over the table; memory for the different beginnings of its strings.
    ///
    /// # Errors
    /// A table of arrays, contexts with more than 2^64 contents, or a corrupt table.
    pub fn new(table: &Table, longest_context: usize) -> Result<Self, BdmError> {
        let (symbols, dims) = (table.symbols(), usize::from(table.space().dims()));
        if dims != 1 {
            return Err(BdmError::Option {
                option: "--table",
                found: format!("{}, of {dims} axes", table.name()),
                expected: "a table of strings to predict by".to_owned(),
            });
        }
        let beginnings = longest_context.saturating_add(1);
        contents(&Shape::line(beginnings)?, symbols)?;
        let mut masses = vec![HashMap::with_hasher(FixedState::default()); beginnings + 1];
        for row in table.rows() {
            let row = row?;
            let probability = (-row.k).exp2();
            // The strings of the row's class with one given beginning: those that agree on its symbols.
            let class = row.strings(symbols);
            let mut distinct = 0;
            for length in 1..=row.symbols.len().min(beginnings) {
                let beginning = &row.symbols[..length];
                distinct = distinct.max(usize::from(beginning[length - 1]) + 1);
                let fixed = if symbols == 2 { 1 } else { class_size(symbols, distinct) };
                let mass = masses[length].entry(encode(beginning, symbols)).or_insert(0.0);
                *mass += probability * (class / fixed) as f64;
            }
        }
        Ok(Self { symbols, masses })
    }

    /// The probabilities of the symbol after `context`. `None` for an empty table.
    ///
    /// # Complexity
    /// O(k L^2) for contexts of L symbols.
    ///
    /// # Errors
    /// A symbol outside the alphabet.
    pub fn next(&self, context: &[u8]) -> Result<Option<Prediction>, BdmError> {
        crate::array::check_symbols(context, self.symbols)?;
        for length in (0..self.masses.len() - 1).rev() {
            let Some(start) = context.len().checked_sub(length) else { continue };
            let mut string = context[start..].to_vec();
            string.push(0);
            let mut weights: Vec<f64> = (0..self.symbols)
                .map(|symbol| {
                    string[length] = symbol;
                    self.mass(&string)
                })
                .collect();
            let total: f64 = weights.iter().sum();
            if total > 0.0 {
                weights.iter_mut().for_each(|weight| *weight /= total);
                return Ok(Some(Prediction { context: length, probabilities: weights }));
            }
        }
        Ok(None)
    }

    /// The mass of the strings that begin so.
    fn mass(&self, beginning: &[u8]) -> f64 {
        let code = if self.symbols == 2 {
            encode(beginning, self.symbols)
        } else {
            encode(&Relabelling::of(beginning).canonical, self.symbols)
        };
        self.masses[beginning.len()].get(&code).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::OnceLock;

    fn tables() -> &'static [(Table, Predictor)] {
        static TABLES: OnceLock<Vec<(Table, Predictor)>> = OnceLock::new();
        TABLES.get_or_init(|| {
            ["5x2-1d", "3x3-1d"]
                .map(|name| {
                    let table = Table::embedded(name).unwrap();
                    let predictor = Predictor::new(&table, 5).unwrap();
                    (table, predictor)
                })
                .into()
        })
    }

    /// The definition, string by string.
    fn naive(table: &Table, context: &[u8], symbol: u8) -> f64 {
        let beginning = [context, &[symbol]].concat();
        let strings = table.strings().map(Result::unwrap);
        strings.filter(|member| member.symbols.starts_with(&beginning)).map(|member| (-member.row.k).exp2()).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]
        #[test]
        fn equal_to_the_definition(which in 0usize..2, context in prop::collection::vec(0u8..3, 0..5)) {
            let (table, predictor) = &tables()[which];
            let context: Vec<u8> = context.into_iter().map(|symbol| symbol % table.symbols()).collect();
            let found = predictor.next(&context).unwrap().unwrap();
            // Every string of five symbols begins another.
            prop_assert_eq!(found.context, context.len());
            let weights: Vec<f64> = (0..table.symbols()).map(|symbol| naive(table, &context, symbol)).collect();
            let total: f64 = weights.iter().sum();
            for (probability, weight) in found.probabilities.iter().zip(weights) {
                prop_assert!((probability - weight / total).abs() < 1e-9);
            }
        }

        #[test]
        fn exchange_of_symbols_exchanges_probabilities(context in prop::collection::vec(0u8..2, 0..30)) {
            let predictor = &tables()[0].1;
            let found = predictor.next(&context).unwrap().unwrap();
            prop_assert!((found.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            let complement: Vec<u8> = context.iter().map(|symbol| 1 - symbol).collect();
            let other = predictor.next(&complement).unwrap().unwrap();
            prop_assert_eq!(found.context, other.context);
            prop_assert!((found.probabilities[0] - other.probabilities[1]).abs() < 1e-12);
        }
    }

    #[test]
    fn contexts_that_no_string_begins_with_are_cut() {
        let predictor = Predictor::new(&tables()[0].0, 40).unwrap();
        let long: Vec<u8> = (0..40u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 31) as u8).collect();
        let found = predictor.next(&long).unwrap().unwrap();
        assert!((8..40).contains(&found.context), "{}", found.context);
        assert!(predictor.next(&[0, 2]).unwrap_err().to_string().contains("cell 2"));
        assert!(Predictor::new(&tables()[0].0, 64).is_err());
        assert!(Predictor::new(&Table::embedded("4x2-2d").unwrap(), 3).unwrap_err().to_string().contains("4x2-2d"));
    }
}
