//! The loss of a learner that was fitted on a pool, on authentic records it has not seen.
//!
//! An n-gram with Witten-Bell interpolation (Witten and Bell 1991): an estimate of conditional probabilities that is never 0,
//! so that what a pool has forgotten costs bits and not an infinity. Its cross-entropy is the entropy of the source plus the
//! divergence of the learner from it; differences between generations are differences of divergence.

use foldhash::fast::FixedState;
use std::collections::HashMap;

/// Longest context, in symbols, for bits and for text.
const LONGEST: [usize; 2] = [8, 5];

/// Counts by key: in a vector where keys are small.
enum Counts {
    Dense(Vec<u32>),
    Hashed(HashMap<u64, u32, FixedState>),
}

impl Counts {
    fn add(&mut self, key: u64) -> u32 {
        let slot = match self {
            Counts::Dense(counts) => &mut counts[key as usize],
            Counts::Hashed(counts) => counts.entry(key).or_default(),
        };
        *slot += 1;
        *slot
    }

    fn get(&self, key: u64) -> u32 {
        match self {
            Counts::Dense(counts) => counts[key as usize],
            Counts::Hashed(counts) => counts.get(&key).copied().unwrap_or(0),
        }
    }
}

/// Authentic records, ready to examine pools.
pub struct Examiner {
    records: Vec<Vec<u8>>,
    text: bool,
    alphabet: f64,
}

impl Examiner {
    /// For records of text, or of the characters 0 and 1.
    #[must_use]
    pub fn new<'a>(records: impl IntoIterator<Item = &'a str>, text: bool) -> Self {
        let records: Vec<Vec<u8>> = records.into_iter().map(|record| symbols(record, text)).collect();
        let mut seen: Vec<u8> = records.iter().flatten().copied().collect();
        seen.sort_unstable();
        seen.dedup();
        Self { records, text, alphabet: seen.len().max(2) as f64 }
    }

    /// Cross-entropy in bits a symbol of the authentic records under an n-gram of this order (eight symbols at most for
    /// bits, five for text) that was fitted on `pool`.
    #[must_use]
    pub fn loss<'a>(&self, pool: impl IntoIterator<Item = &'a str>, order: usize) -> f64 {
        let order = order.min(LONGEST[usize::from(self.text)]);
        let pool = pool.into_iter().map(|record| symbols(record, self.text));
        let model = Model::fit(pool, order, self.text);
        let (mut bits, mut n) = (0.0, 0usize);
        for record in &self.records {
            for i in 0..record.len() {
                bits -= model.probability(&record[..i], record[i], self.alphabet).log2();
            }
            n += record.len();
        }
        bits / n.max(1) as f64
    }
}

fn symbols(record: &str, text: bool) -> Vec<u8> {
    record.bytes().map(|byte| if text { byte } else { byte & 1 }).collect()
}

struct Model {
    order: usize,
    width: u32,
    /// How often each context was followed by anything, and by how many different symbols.
    followed: Counts,
    kinds: Counts,
    /// How often a context was followed by a symbol.
    pairs: Counts,
}

impl Model {
    fn fit(pool: impl Iterator<Item = Vec<u8>>, order: usize, text: bool) -> Self {
        let counts = |symbols: usize| {
            if text { Counts::Hashed(HashMap::default()) } else { Counts::Dense(vec![0; 2 << symbols]) }
        };
        let width = if text { 8 } else { 1 };
        let mut model = Self { order, width, followed: counts(order), kinds: counts(order), pairs: counts(order + 1) };
        for record in pool {
            for i in 0..record.len() {
                for depth in 0..=order.min(i) {
                    let context = model.key(&record[i - depth..i]);
                    model.followed.add(context);
                    if model.pairs.add(context << width | u64::from(record[i])) == 1 {
                        model.kinds.add(context);
                    }
                }
            }
        }
        model
    }

    /// A context as a number: a 1 before its symbols tells contexts of different lengths apart.
    fn key(&self, context: &[u8]) -> u64 {
        context.iter().fold(1, |key, &symbol| key << self.width | u64::from(symbol))
    }

    fn probability(&self, past: &[u8], symbol: u8, alphabet: f64) -> f64 {
        let mut probability = 1.0 / alphabet;
        for depth in 0..=self.order.min(past.len()) {
            let context = self.key(&past[past.len() - depth..]);
            let followed = f64::from(self.followed.get(context));
            if followed == 0.0 {
                break;
            }
            let kinds = f64::from(self.kinds.get(context));
            let pair = f64::from(self.pairs.get(context << self.width | u64::from(symbol)));
            probability = (pair + kinds * probability) / (followed + kinds);
        }
        probability
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_and_dense_counts_are_hashed_ones() {
        let pool = ["0110100110010110", "0101101001101", "1"];
        let bits = Model::fit(pool.iter().map(|record| symbols(record, false)), 3, false);
        let text = Model::fit(pool.iter().map(|record| symbols(record, true)), 3, true);
        for past in ["", "0", "01", "110", "0101", "1111"] {
            let p = |symbol| bits.probability(&symbols(past, false), symbol, 2.0);
            assert!((p(0) + p(1) - 1.0).abs() < 1e-12 && p(0) > 0.0 && p(1) > 0.0);
            assert!((p(1) - text.probability(past.as_bytes(), b'1', 2.0)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_pool_that_forgets_costs_bits() {
        let authentic: Vec<String> = (0..50u32).map(|i| format!("{:016b}", i * 1009 % 65_536)).collect();
        let examiner = Examiner::new(authentic.iter().map(String::as_str), false);
        let whole = examiner.loss(authentic.iter().map(String::as_str), 4);
        let part = examiner.loss(authentic.iter().take(2).map(String::as_str), 4);
        let nothing = examiner.loss([], 4);
        assert!(whole < part && nothing == 1.0, "{whole} {part} {nothing}");
    }
}
