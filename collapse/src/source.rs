//! Sources: where authentic records come from.

use crate::chain::{self, Chain};
use crate::error::CollapseError;
use crate::rule::{Mechanism, Rule};
use crate::seed::{self, below, unit};
use crate::small_machines::SmallMachines;
use crate::{de_bruijn, feedback};
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
    /// Linear feedback from a random start that is not all zeros: bit i - 1 is set if the symbol i places back takes part.
    Linear(u32),
    /// Windows, at uniform random places, of a de Bruijn sequence of this order: a cycle in which every window of so
    /// many symbols occurs once.
    DeBruijn(u32),
    /// Blocks of 12 symbols, each drawn with the probability that a small machine writes it.
    SmallMachines(Arc<SmallMachines>),
    /// The order-3 binary chain of [`MARKOV`], in its stationary state.
    Markov,
    /// A binary chain whose probabilities were drawn, in its stationary state.
    RandomMarkov(Arc<Chain>),
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
            Source::Linear(taps) => {
                Mechanism::for_writing(Rule::Linear { taps: *taps }).write(length, 0.5, rng, &mut bits);
            }
            Source::DeBruijn(order) => de_bruijn::write(*order, length, rng, &mut bits),
            Source::SmallMachines(machines) => machines.write(length, rng, &mut bits),
            Source::RandomMarkov(chain) => chain.write(length, rng, &mut bits),
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
            Source::Linear(taps) => write!(f, "lfsr:{}", feedback::name(*taps)),
            Source::DeBruijn(order) => write!(f, "debruijn:{order}"),
            Source::SmallMachines(_) => f.write_str("ctm"),
            Source::Markov => f.write_str("markov"),
            Source::RandomMarkov(chain) if chain.seed() == CHAIN_SEED => write!(f, "markov:{}", chain.order()),
            Source::RandomMarkov(chain) => write!(f, "markov:{},{}", chain.order(), chain.seed()),
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
            ("ctm", None) => Some(Source::SmallMachines(SmallMachines::embedded()?)),
            ("markov", None) => Some(Source::Markov),
            ("markov", Some(chain)) => read_chain(chain),
            ("iid", None) => Some(Source::Iid(0.3)),
            ("iid", Some(p)) => p.parse().ok().filter(|p| (0.0..=1.0).contains(p)).map(Source::Iid),
            ("period", Some(n)) => n.parse().ok().filter(|n| (1..=1 << 20).contains(n)).map(Source::Period),
            ("eca", Some(rule)) => rule.parse().ok().map(Source::Cellular),
            ("lfsr", Some(taps)) => feedback::read(taps).map(Source::Linear),
            ("debruijn", Some(n)) => n.parse().ok().filter(|n| de_bruijn::ORDERS.contains(n)).map(Source::DeBruijn),
            (name, None) => name.strip_prefix("rule").and_then(|rule| rule.parse().ok()).map(Source::Cellular),
            _ => None,
        };
        found.ok_or_else(|| CollapseError::Unknown {
            what: "source",
            found: text.to_owned(),
            expected: "thue-morse; ruleN or eca:N (N of 0 to 255); lfsr:N (degree 2 to 32) or lfsr:N,M,... (taps of 1 to 32); \
                period:N (N of 1 to 1048576); debruijn:N (order 2 to 32); ctm; markov, markov:K or markov:K,SEED (order 1 to 12); \
                iid or iid:P (P of 0 to 1); or a file of records",
        })
    }
}

/// Seed of the chain that `markov:K` stands for.
const CHAIN_SEED: u64 = 1;

fn read_chain(text: &str) -> Option<Source> {
    let (order, seed) = match text.split_once(',') {
        Some((order, seed)) => (order, seed.parse().ok()?),
        None => (text, CHAIN_SEED),
    };
    let order = order.parse().ok().filter(|order| chain::ORDERS.contains(order))?;
    Chain::new(order, seed).map(|chain| Source::RandomMarkov(Arc::new(chain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        let names =
            "thue-morse eca:30 markov markov:4 markov:4,7 iid:0.3 period:9 lfsr:7 lfsr:16 lfsr:5,4 debruijn:8 ctm";
        for name in names.split(' ') {
            assert_eq!(name.parse::<Source>().unwrap().to_string(), name);
        }
        let bad = "|rule|rule256|iid:2|iid:x|period|period:0|markov:0|markov:13|markov:4,|markov:4,x|eca|nan:NaN|iid:NaN|lfsr|lfsr:1|\
            lfsr:33|lfsr:0,1|debruijn|debruijn:1|debruijn:33|ctm:5|thue-morse:2";
        for bad in bad.split('|') {
            let error = bad.parse::<Source>().unwrap_err().to_string();
            assert!(error.contains("thue-morse") && error.contains("lfsr") && error.contains("ctm"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(|thue-morse|rule|eca:|lfsr:|period:|debruijn:|ctm|markov:|iid:)[-0-9.,:exn ]{0,12}", any in ".*") {
            for text in [text, any] {
                if let Ok(source) = text.parse::<Source>() {
                    proptest::prop_assert_eq!(source.to_string().parse::<Source>().unwrap().to_string(), source.to_string());
                    proptest::prop_assert_eq!(source.bits(50, 1, 1).len(), 50);
                }
            }
        }
    }

    #[test]
    fn every_length_is_written() {
        for name in "thue-morse eca:30 markov markov:4 iid:0.3 period:9 lfsr:16 debruijn:8 ctm".split(' ') {
            let source: Source = name.parse().unwrap();
            for length in [0, 1, 2, 3, 11, 12, 13, 16, 17, 256] {
                let record = source.bits(length, 1, 5);
                assert!(record.len() == length && record.iter().all(|bit| *bit < 2), "{name}, {length}");
            }
            assert_ne!(source.bits(64, 1, 5), source.bits(64, 1, 6), "{name}");
            assert_eq!(source.bits(64, 1, 5), source.bits(64, 1, 5), "{name}");
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
