//! Learners: fitted on a generation's pool, they write the synthetic records of the next.

use crate::description::entropy;
use crate::error::CollapseError;
use crate::hypothesis::{infer, ngram_gain};
use crate::ngram::Ngram;
use crate::pool::Pool;
use crate::rule::Mechanism;
use rand_chacha::ChaCha8Rng;
use std::fmt;
use std::str::FromStr;

/// Longest context of an n-gram learner. Beyond it a model only copies.
const GREATEST_ORDER: usize = 64;

/// A kind of learner.
///
/// ```
/// use turmite_collapse::Learner;
///
/// for name in ["ngram:4", "records", "neurosymbolic"] {
///     assert_eq!(name.parse::<Learner>()?.to_string(), name);
/// }
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Learner {
    /// A maximum-likelihood n-gram model with contexts of this many characters.
    Ngram(usize),
    /// The empirical distribution of whole records: memorising and nothing else.
    Records,
    /// Looks for an exact rule by description length and, if it finds one, writes from fresh seeds; otherwise
    /// an n-gram model whose order is chosen by the Bayesian information criterion.
    Neurosymbolic,
}

impl fmt::Display for Learner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Learner::Ngram(order) => write!(f, "ngram:{order}"),
            Learner::Records => f.write_str("records"),
            Learner::Neurosymbolic => f.write_str("neurosymbolic"),
        }
    }
}

impl FromStr for Learner {
    type Err = CollapseError;

    fn from_str(text: &str) -> Result<Self, CollapseError> {
        match text {
            "records" => Ok(Learner::Records),
            "neurosymbolic" => Ok(Learner::Neurosymbolic),
            _ => text
                .strip_prefix("ngram:")
                .and_then(|order| order.parse().ok())
                .filter(|order| (0..=GREATEST_ORDER).contains(order))
                .map(Learner::Ngram)
                .ok_or_else(|| CollapseError::Unknown {
                    what: "learner",
                    found: text.to_owned(),
                    expected: "ngram:N (N of 0 to 64), records or neurosymbolic",
                }),
        }
    }
}

/// A learner fitted on a pool.
pub(crate) enum Fitted<'a> {
    Ngram(Ngram<char>),
    Records(&'a Pool<char>),
    Mechanism { mechanism: Box<Mechanism>, density: f64 },
}

impl Learner {
    /// Fits the learner; `None` if the pool holds no symbol.
    pub(crate) fn fit(self, pool: &Pool<char>) -> Option<Fitted<'_>> {
        match self {
            Learner::Ngram(order) => Ngram::fit(pool, order).map(Fitted::Ngram),
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
            Some(Fitted::Mechanism { mechanism: Box::new(found.mechanism), density: seeds })
        }
        None => Ngram::fit(pool, ngram_gain(&views, entropy(density)).0).map(Fitted::Ngram),
    }
}

/// Order of the fallback for text. The criterion needs a penalty per context that is meaningless for
/// alphabets of unknown size, so it is fixed.
const TEXT_ORDER: usize = 3;

impl Fitted<'_> {
    /// Appends one record; `length` is ignored by whole-record copying.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<char>) {
        match self {
            Fitted::Ngram(model) => model.write(length, rng, out),
            Fitted::Records(pool) => out.extend_from_slice(pool.choose(rng)),
            Fitted::Mechanism { mechanism, density } => {
                let mut bits = Vec::with_capacity(length);
                mechanism.write(length, *density, rng, &mut bits);
                out.extend(bits.into_iter().map(|bit| if bit == 1 { '1' } else { '0' }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;
    use std::collections::HashMap;

    fn pool(records: &[&str]) -> Pool<char> {
        let mut pool = Pool::default();
        for record in records {
            pool.push(&record.chars().collect::<Vec<_>>());
        }
        pool
    }

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
            for learner in ["ngram:0", "ngram:1", "ngram:4", "ngram:64", "records", "neurosymbolic"] {
                let fitted = learner.parse::<Learner>().unwrap().fit(&pool).unwrap();
                let mut out = Vec::new();
                fitted.write(10, &mut rng, &mut out);
            }
        }
        assert!(Learner::Ngram(2).fit(&pool(&["", ""])).is_none());
        assert!("ngram:65".parse::<Learner>().is_err());
    }
}
