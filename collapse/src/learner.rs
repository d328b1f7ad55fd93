//! Learners: fitted on a generation's pool, they write the synthetic records of the next.

use crate::description::{LEAST_GAIN, entropy};
use crate::error::CollapseError;
use crate::hypothesis::{infer, ngram_gain};
use crate::ngram::{Ngram, Sharpened};
use crate::pool::Pool;
use crate::rule::Mechanism;
use crate::sharpening::Sharpening;
use crate::small_machines::SmallMachines;
use crate::words::Words;
use rand_chacha::ChaCha8Rng;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Longest context of an n-gram learner. Beyond it a model only copies.
const GREATEST_ORDER: usize = 64;

/// A kind of learner.
///
/// ```
/// use turmite_collapse::Learner;
///
/// for name in ["ngram:4", "ngram:8,temperature=0.8", "words:2", "records", "neurosymbolic"] {
///     assert_eq!(name.parse::<Learner>()?.to_string(), name);
/// }
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Learner {
    /// A maximum-likelihood n-gram model with contexts of this many characters.
    Ngram(usize),
    /// The same, its conditional frequencies sharpened before they are drawn from: a learner that seeks modes.
    Sharpened {
        /// Characters of a context.
        order: usize,
        /// What is done to the frequencies.
        sharpening: Sharpening,
    },
    /// A maximum-likelihood n-gram model with contexts of this many words, for text. Words are what stands between white
    /// space; it writes as many as fit into the length, joined by single spaces.
    Words(usize),
    /// The empirical distribution of whole records: memorising and nothing else.
    Records,
    /// Looks for an exact rule by description length and, if it finds one, writes from fresh seeds; otherwise, whichever
    /// describes the pool in less: blocks of 12 bits with the probability that small machines write them, or an n-gram
    /// model whose order is chosen by the Bayesian information criterion. Text has no rule, only an n-gram.
    Neurosymbolic,
}

impl fmt::Display for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Learner::Ngram(order) => write!(f, "ngram:{order}"),
            Learner::Sharpened { order, sharpening } if sharpening.is_plain() => write!(f, "ngram:{order}"),
            Learner::Sharpened { order, sharpening } => write!(f, "ngram:{order},{sharpening}"),
            Learner::Words(order) => write!(f, "words:{order}"),
            Learner::Records => f.write_str("records"),
            Learner::Neurosymbolic => f.write_str("neurosymbolic"),
        }
    }
}

impl FromStr for Learner {
    type Err = CollapseError;

    fn from_str(text: &str) -> Result<Self, CollapseError> {
        let order = |text: &str| text.parse().ok().filter(|order| (0..=GREATEST_ORDER).contains(order));
        let found = match text.split_once(':') {
            None if text == "records" => Some(Learner::Records),
            None if text == "neurosymbolic" => Some(Learner::Neurosymbolic),
            Some(("words", words)) => order(words).map(Learner::Words),
            Some(("ngram", tail)) => match tail.split_once(',') {
                None => order(tail).map(Learner::Ngram),
                Some((first, rest)) => order(first).zip(Sharpening::read(rest)).map(|(order, sharpening)| {
                    if sharpening.is_plain() { Learner::Ngram(order) } else { Learner::Sharpened { order, sharpening } }
                }),
            },
            _ => None,
        };
        found.ok_or_else(|| CollapseError::Unknown {
            what: "learner",
            found: text.to_owned(),
            expected: "ngram:N (N of 0 to 64 characters), with ,temperature=T (above 0, at most 1000) or ,truncate=S (0 or more, below 1) or \
                both after it; words:N (N of 0 to 64 words); records; or neurosymbolic",
        })
    }
}

/// A learner fitted on a pool.
pub(crate) enum Fitted<'a> {
    Ngram(Ngram<char>),
    Sharpened(Sharpened<char>),
    Words(Words<char>),
    Records(&'a Pool<char>),
    SmallMachines(Arc<SmallMachines>),
    Mechanism { mechanism: Box<Mechanism>, density: f64, noise: f64 },
}

impl Learner {
    /// Fits the learner; `None` if the pool holds no symbol.
    pub(crate) fn fit(self, pool: &Pool<char>) -> Option<Fitted<'_>> {
        match self {
            Learner::Ngram(order) => Ngram::fit(pool, order).map(Fitted::Ngram),
            Learner::Sharpened { order, sharpening } => Sharpened::fit(pool, order, sharpening).map(Fitted::Sharpened),
            Learner::Words(order) => Words::fit(pool, order).map(Fitted::Words),
            Learner::Records => (!pool.symbols().is_empty()).then_some(Fitted::Records(pool)),
            Learner::Neurosymbolic => neurosymbolic(pool),
        }
    }
}

fn neurosymbolic(pool: &Pool<char>) -> Option<Fitted<'_>> {
    if !pool.symbols().iter().all(|c| matches!(c, '0' | '1')) {
        // Rules are looked for in bits only; order 3 is what the criterion picks for prose of this size.
        return Ngram::fit(pool, TEXT_ORDER).map(Fitted::Ngram);
    }
    let bits: Vec<Vec<u8>> = pool.iter().map(|record| record.iter().map(|&c| u8::from(c == '1')).collect()).collect();
    let views: Vec<&[u8]> = bits.iter().map(Vec::as_slice).collect();
    let ones = pool.symbols().iter().filter(|&&c| c == '1').count();
    let density = ones as f64 / pool.symbols().len().max(1) as f64;
    match infer(views.iter().copied()) {
        Some(found) => {
            let seeds = found.mechanism.seed_density(&views);
            Some(Fitted::Mechanism { mechanism: Box::new(found.mechanism), density: seeds, noise: found.noise })
        }
        None => {
            let h0 = entropy(density);
            let (order, gain) = ngram_gain(&views, h0);
            match SmallMachines::embedded() {
                Ok(machines) if small_machines_gain(&machines, &views, h0) > gain + LEAST_GAIN => {
                    Some(Fitted::SmallMachines(machines))
                }
                _ => Ngram::fit(pool, order).map(Fitted::Ngram),
            }
        }
    }
}

/// Bits saved against the memoryless code by the code of blocks that small machines write. It has no parameter.
fn small_machines_gain(machines: &SmallMachines, records: &[&[u8]], h0: f64) -> f64 {
    records.iter().map(|record| record.len() as f64 * h0 - machines.bits(record)).sum()
}

/// Order of the fallback for text. The criterion needs a penalty per context that is meaningless for
/// alphabets of unknown size, so it is fixed.
const TEXT_ORDER: usize = 3;

impl Fitted<'_> {
    /// Appends one record; `length` is ignored by whole-record copying.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<char>) {
        match self {
            Fitted::Ngram(model) => model.write(length, rng, out),
            Fitted::Sharpened(model) => model.write(length, rng, out),
            Fitted::Words(model) => model.write(length, rng, out),
            Fitted::Records(pool) => out.extend_from_slice(pool.choose(rng)),
            Fitted::SmallMachines(machines) => write_bits(length, out, |bits| machines.write(length, rng, bits)),
            Fitted::Mechanism { mechanism, density, noise } => {
                write_bits(length, out, |bits| mechanism.write_noisy(length, *density, *noise, rng, bits));
            }
        }
    }
}

fn write_bits(length: usize, out: &mut Vec<char>, write: impl FnOnce(&mut Vec<u8>)) {
    let mut bits = Vec::with_capacity(length);
    write(&mut bits);
    out.extend(bits.into_iter().map(|bit| if bit == 1 { '1' } else { '0' }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::of_texts as pool;
    use crate::seed;
    use crate::source::Source;
    use std::collections::HashMap;

    #[test]
    fn an_order_one_model_draws_the_conditional_frequencies() {
        // After `a`: b twice, c once. After `b` and `c`: a always.
        let pool = pool(&["ababaca"]);
        let model = Ngram::fit(&pool, 1).unwrap();
        let mut rng = seed::rng(5, 0, 0, 0);
        let mut counts: HashMap<(char, char), usize> = HashMap::new();
        for _ in 0..3000 {
            let mut record = Vec::new();
            model.write(8, &mut rng, &mut record);
            for pair in record.windows(2) {
                *counts.entry((pair[0], pair[1])).or_default() += 1;
            }
        }
        let (ab, ac) = (counts[&('a', 'b')] as f64, counts[&('a', 'c')] as f64);
        let share = ab / (ab + ac);
        assert!((share - 2.0 / 3.0).abs() < 3.0 * (2.0 / 9.0 / (ab + ac)).sqrt(), "{share}");
        assert!(counts.keys().all(|(a, b)| (*a == 'a') != (*b == 'a')));
    }

    #[test]
    fn a_high_order_model_of_one_record_copies_it() {
        let text = "the quick brown fox jumps over a lazy dog";
        let pool = pool(&[text]);
        let model = Ngram::fit(&pool, 5).unwrap();
        let mut rng = seed::rng(6, 0, 0, 0);
        for _ in 0..50 {
            let mut record = Vec::new();
            model.write(12, &mut rng, &mut record);
            let record: String = record.into_iter().collect();
            // A walk may cross the end once, by back-off; both of its pieces are copies.
            assert_eq!(record.chars().count(), 12);
            assert!((0..=12).any(|cut| text.contains(&record[..cut]) && text.contains(&record[cut..])), "{record}");
        }
    }

    #[test]
    fn odd_pools_do_not_panic() {
        let mut rng = seed::rng(7, 0, 0, 0);
        for records in [&["", "a"][..], &["a"], &["ab", "", "c"], &["0", "1"], &["0101", ""], &["é", "日本"]] {
            let pool = pool(records);
            for learner in EVERY {
                let fitted = learner.parse::<Learner>().unwrap().fit(&pool).unwrap();
                let mut out = Vec::new();
                fitted.write(10, &mut rng, &mut out);
            }
        }
        for learner in EVERY {
            assert!(learner.parse::<Learner>().unwrap().fit(&pool(&["", ""])).is_none(), "{learner}");
        }
    }

    const EVERY: [&str; 11] = [
        "ngram:0",
        "ngram:1",
        "ngram:4",
        "ngram:64",
        "ngram:1,temperature=0.5",
        "ngram:64,truncate=0.9",
        "ngram:0,temperature=3,truncate=0.2",
        "words:0",
        "words:3",
        "records",
        "neurosymbolic",
    ];

    #[test]
    fn names_and_back() {
        for name in EVERY {
            assert_eq!(name.parse::<Learner>().unwrap().to_string(), name);
        }
        for bad in [
            "",
            "ngram",
            "ngram:",
            "ngram:65",
            "ngram:-1",
            "words",
            "words:65",
            "ngram:2,",
            "ngram:2,heat=1",
            "records:2",
        ] {
            let error = bad.parse::<Learner>().unwrap_err().to_string();
            assert!(
                error.contains("temperature") && error.contains("words:N") && error.contains("neurosymbolic"),
                "{error}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(|ngram:|words:|records)[-0-9.,=tempraunce:]{0,20}", any in ".*") {
            for text in [text, any] {
                if let Ok(learner) = text.parse::<Learner>() {
                    proptest::prop_assert_eq!(learner.to_string().parse::<Learner>().unwrap(), learner);
                }
            }
        }
    }

    /// Draws successors of `a` in records like `abac...`, and compares their shares.
    fn share_of_c(learner: &str, pool: &Pool<char>) -> (f64, f64) {
        let fitted = learner.parse::<Learner>().unwrap().fit(pool).unwrap();
        let mut rng = seed::rng(15, 0, 0, 0);
        let (mut c, mut all) = (0.0, 0.0);
        for _ in 0..2000 {
            let mut record = Vec::new();
            fitted.write(20, &mut rng, &mut record);
            for pair in record.windows(2).filter(|pair| pair[0] == 'a') {
                c += f64::from(u8::from(pair[1] == 'c'));
                all += 1.0;
            }
        }
        (c / all, all)
    }

    #[test]
    fn sharpened_models_draw_sharpened_frequencies() {
        // After `a`: b seven times, c three times; the first pair of symbols is drawn as it occurs.
        let pool = pool(&["abababacabacabababaca"]);
        let power = |t: f64| 3f64.powf(1.0 / t) / (3f64.powf(1.0 / t) + 7f64.powf(1.0 / t));
        for (learner, expected) in [
            ("ngram:1", 0.3),
            ("ngram:1,temperature=0.999999999", 0.3),
            ("ngram:1,temperature=0.5", power(0.5)),
            ("ngram:1,temperature=2", power(2.0)),
            ("ngram:1,truncate=0.29", 0.3),
            ("ngram:1,truncate=0.3", 0.0),
        ] {
            let (share, n) = share_of_c(learner, &pool);
            let error = (expected * (1.0 - expected) / n).sqrt();
            assert!((share - expected).abs() <= 3.5 * error, "{learner}: {share}, expected {expected} +- {error}");
        }
    }

    /// Generations of the neurosymbolic learner on its own, each as a pool.
    fn alone(mut pool: Pool<char>, generations: u64, mut see: impl FnMut(&Fitted<'_>)) {
        for t in 0..generations {
            let fitted = Learner::Neurosymbolic.fit(&pool).unwrap();
            see(&fitted);
            let mut rng = seed::rng(21, 0, 0, t);
            let mut next = Pool::default();
            for _ in 0..pool.len() {
                next.push_with(|out| fitted.write(256, &mut rng, out));
            }
            drop(fitted);
            pool = next;
        }
    }

    fn authentic(source: &str, flips: f64) -> Pool<char> {
        let source: Source = source.parse().unwrap();
        let mut rng = seed::rng(22, 0, 0, 0);
        let mut pool = Pool::default();
        for i in 0..24 {
            let record = source.bits(256, 5, i);
            let flipped = record.into_iter().map(|bit| (bit == 1) ^ (seed::unit(&mut rng) < flips));
            pool.push(&flipped.map(|bit| if bit { '1' } else { '0' }).collect::<Vec<_>>());
        }
        pool
    }

    #[test]
    fn a_found_rule_is_kept_without_exogenous_records() {
        for (source, flips) in [("lfsr:16", 0.0), ("rule30", 0.0), ("lfsr:16", 0.05), ("thue-morse", 0.05)] {
            let mut rules = Vec::new();
            alone(authentic(source, flips), 6, |fitted| {
                let Fitted::Mechanism { mechanism, noise, .. } = fitted else { panic!("{source}, {flips}") };
                assert!((noise - flips).abs() < 0.03, "{source}: {noise}");
                rules.push(mechanism.rule());
            });
            assert!(rules.iter().all(|rule| *rule == rules[0]), "{rules:?}");
        }
    }

    #[test]
    fn blocks_of_small_machines_are_known_and_others_are_not() {
        alone(authentic("ctm", 0.0), 4, |fitted| assert!(matches!(fitted, Fitted::SmallMachines(_))));
        for source in ["markov", "iid:0.5", "iid:0.1", "markov:4", "debruijn:9"] {
            alone(authentic(source, 0.0), 1, |fitted| assert!(matches!(fitted, Fitted::Ngram(_)), "{source}"));
        }
    }
}
