//! Sources: where authentic records come from.

use crate::error::CollapseError;
use crate::rule::{Mechanism, Rule};
use crate::seed::{self, below, unit};
use rand_chacha::ChaCha8Rng;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Probability of a 1 after the last three symbols, the oldest first: entry 4a + 2b + c for context abc.
///
/// Chosen so that every context is visited and no context decides its successor.
pub const MARKOV: [f64; 8] = [0.80, 0.25, 0.60, 0.10, 0.90, 0.45, 0.70, 0.20];

/// Cells of a cellular automaton's row.
const ROW: usize = 16;

/// Symbols a Markov record discards before its first: three seeds of fair coins are forgotten by then.
const BURN_IN: usize = 64;

/// A source of authentic records.
///
/// ```
/// use turmite_collapse::Source;
///
/// for (typed, shown) in [("rule30", "eca:30"), ("eca:110", "eca:110"), ("iid", "iid:0.3"), ("thue-morse", "thue-morse")] {
///     assert_eq!(typed.parse::<Source>()?.to_string(), shown);
/// }
/// assert!("rule300".parse::<Source>().is_err());
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// Windows of the Thue-Morse sequence at uniform random places below 2^40.
    ThueMorse,
    /// An elementary cellular automaton, 16 cells a row, periodic, from a row of fair coins, row after row.
    Cellular(u8),
    /// The order-3 binary chain of [`MARKOV`], in its stationary state.
    Markov,
    /// Independent symbols that are 1 with this probability.
    Iid(f64),
    /// A word of fair coins of this length, repeated.
    Period(usize),
    /// Records drawn uniformly, with replacement, from a given set: the truth is that set.
    Records(RecordSource),
}

/// A set of records that serves as the truth.
#[derive(Clone, Debug)]
pub struct RecordSource {
    name: String,
    records: Arc<[String]>,
}

impl Source {
    /// A set of records as the truth, under the name that runs will carry.
    ///
    /// # Errors
    /// If there is no record, or none that is not empty.
    pub fn from_records(name: impl Into<String>, records: Vec<String>) -> Result<Self, CollapseError> {
        if records.iter().all(String::is_empty) {
            return Err(CollapseError::EmptyPool { generation: 0 });
        }
        Ok(Self::Records(RecordSource { name: name.into(), records: records.into() }))
    }

    /// Whether records are of the characters 0 and 1.
    #[must_use]
    pub fn is_binary(&self) -> bool {
        match self {
            Source::Records(set) => {
                set.records.iter().all(|record| record.bytes().all(|byte| matches!(byte, b'0' | b'1')))
            }
            _ => true,
        }
    }

    /// Record `index` of a binary source under a seed, as symbols 0 and 1: for examples and tests.
    #[must_use]
    pub fn bits(&self, length: usize, seed: u64, index: u64) -> Vec<u8> {
        let mut rng = seed::rng(seed, u64::MAX, index, 0);
        let mut record = Vec::with_capacity(length);
        self.write(length, &mut rng, &mut record);
        record.into_iter().map(|c| u8::from(c == '1')).collect()
    }

    /// Appends one authentic record; `length` is ignored by a set of records.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<char>) {
        let mut bits = Vec::with_capacity(length);
        match self {
            Source::ThueMorse => {
                Mechanism::write(&thue_morse(), length, 0.5, rng, &mut bits);
            }
            Source::Cellular(rule) => {
                Mechanism::new(Rule::Cellular { rule: *rule, width: ROW }).write(length, 0.5, rng, &mut bits);
            }
            Source::Period(period) => {
                Mechanism::new(Rule::Period { period: *period }).write(length, 0.5, rng, &mut bits);
            }
            Source::Iid(p) => bits.extend((0..length).map(|_| u8::from(unit(rng) < *p))),
            Source::Markov => {
                let mut context = below(rng, 8);
                for i in 0..BURN_IN + length {
                    let symbol = u8::from(unit(rng) < MARKOV[context]);
                    context = (context << 1 | usize::from(symbol)) & 7;
                    if i >= BURN_IN {
                        bits.push(symbol);
                    }
                }
            }
            Source::Records(set) => {
                out.extend(set.records[below(rng, set.records.len())].chars());
            }
        }
        out.extend(bits.into_iter().map(|bit| if bit == 1 { '1' } else { '0' }));
    }
}

/// Prepared without its factors, which only checks need.
fn thue_morse() -> Mechanism {
    Mechanism::for_writing(Rule::Substitution { images: [[0, 1], [1, 0]] })
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::ThueMorse => f.write_str("thue-morse"),
            Source::Cellular(rule) => write!(f, "eca:{rule}"),
            Source::Markov => f.write_str("markov"),
            Source::Iid(p) => write!(f, "iid:{p}"),
            Source::Period(period) => write!(f, "period:{period}"),
            Source::Records(set) => f.write_str(&set.name),
        }
    }
}

impl FromStr for Source {
    type Err = CollapseError;

    fn from_str(text: &str) -> Result<Self, CollapseError> {
        let (name, argument) = text.split_once(':').map_or((text, None), |(name, argument)| (name, Some(argument)));
        let found = match (name, argument) {
            ("thue-morse", None) => Some(Source::ThueMorse),
            ("markov", None) => Some(Source::Markov),
            ("iid", None) => Some(Source::Iid(0.3)),
            ("iid", Some(p)) => p.parse().ok().filter(|p| (0.0..=1.0).contains(p)).map(Source::Iid),
            ("period", Some(n)) => n.parse().ok().filter(|n| (1..=1 << 20).contains(n)).map(Source::Period),
            ("eca", Some(rule)) => rule.parse().ok().map(Source::Cellular),
            (name, None) => name.strip_prefix("rule").and_then(|rule| rule.parse().ok()).map(Source::Cellular),
            _ => None,
        };
        found.ok_or_else(|| CollapseError::Unknown {
            what: "source",
            found: text.to_owned(),
            expected: "thue-morse, ruleN or eca:N (N of 0 to 255), markov, iid or iid:P (P of 0 to 1), period:N, or a file of records",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for name in ["thue-morse", "eca:30", "markov", "iid:0.3", "period:9"] {
            assert_eq!(name.parse::<Source>().unwrap().to_string(), name);
        }
        for bad in
            ["", "rule", "rule256", "iid:2", "iid:x", "period", "period:0", "markov:3", "eca", "nan:NaN", "iid:NaN"]
        {
            let error = bad.parse::<Source>().unwrap_err().to_string();
            assert!(error.contains("thue-morse"), "{error}");
        }
    }

    #[test]
    fn the_chain_is_stationary_from_its_first_symbol() {
        let source = Source::Markov;
        let (mut first, mut late) = (0.0, 0.0);
        for i in 0..4000 {
            let record = source.bits(100, 3, i);
            first += f64::from(record[0]);
            late += f64::from(record[99]);
        }
        assert!((first - late).abs() / 4000.0 < 3.0 * (0.5f64 / 4000.0).sqrt(), "{first} {late}");
    }

    #[test]
    fn an_empty_set_is_refused() {
        assert!(Source::from_records("x", vec![]).is_err());
        assert!(Source::from_records("x", vec![String::new()]).is_err());
    }
}
