//! Random Markov chains: any order, any seed, always in their stationary state.

use crate::seed::{self, unit};
use rand_chacha::ChaCha8Rng;

/// Orders that can be drawn: the stationary state is worked out over all 2^order contexts.
pub(crate) const ORDERS: std::ops::RangeInclusive<u32> = 1..=12;

/// Least and greatest probability of a 1 in any context, so that none decides its successor.
const LEAST: f64 = 0.1;
const GREATEST: f64 = 0.9;

/// Domain of the chains' random streams: far from those of runs.
const DOMAIN: u64 = 0x6368_6169_6e73_0001;

/// A binary chain whose probability of a 1 is drawn, for each context, uniformly from 0.1 to 0.9 with a fixed seed.
#[derive(Clone, Debug)]
pub struct Chain {
    order: u32,
    seed: u64,
    /// Probability of a 1 by context, the oldest symbol most significant.
    ones: Vec<f64>,
    /// Stationary probability of the contexts up to and with each.
    cumulative: Vec<f64>,
}

impl Chain {
    /// The chain of an order of 1 to 12 and a seed; `None` for other orders.
    #[must_use]
    pub fn new(order: u32, seed: u64) -> Option<Self> {
        if !ORDERS.contains(&order) {
            return None;
        }
        let mut rng = seed::rng(seed, DOMAIN, u64::from(order), 0);
        let ones: Vec<f64> = (0..1usize << order).map(|_| LEAST + (GREATEST - LEAST) * unit(&mut rng)).collect();
        let mut sum = 0.0;
        let cumulative = stationary(&ones)
            .into_iter()
            .map(|p| {
                sum += p;
                sum
            })
            .collect();
        Some(Self { order, seed, ones, cumulative })
    }

    /// Symbols that decide the next one.
    #[must_use]
    pub fn order(&self) -> u32 {
        self.order
    }

    /// The seed of its probabilities.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Probability of a 1 after each context, the oldest symbol most significant.
    #[must_use]
    pub fn ones(&self) -> &[f64] {
        &self.ones
    }

    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
        let u = unit(rng);
        let mut context = self.cumulative.partition_point(|&sum| sum <= u).min(self.ones.len() - 1);
        let order = self.order as usize;
        out.extend((0..order.min(length)).map(|i| (context >> (order - 1 - i) & 1) as u8));
        for _ in order..length {
            let symbol = u8::from(unit(rng) < self.ones[context]);
            context = (context << 1 | usize::from(symbol)) & (self.ones.len() - 1);
            out.push(symbol);
        }
    }
}

/// The stationary distribution over contexts, by powers: a sum of moduli below 1e-12 is left, or 20,000 steps made.
fn stationary(ones: &[f64]) -> Vec<f64> {
    let states = ones.len();
    let mut now = vec![1.0 / states as f64; states];
    let mut next = vec![0.0; states];
    for _ in 0..20_000 {
        next.fill(0.0);
        for (context, (&p, &mass)) in ones.iter().zip(&now).enumerate() {
            let shifted = context << 1 & (states - 1);
            next[shifted] += mass * (1.0 - p);
            next[shifted | 1] += mass * p;
        }
        let moved: f64 = now.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
        std::mem::swap(&mut now, &mut next);
        if moved < 1e-12 {
            break;
        }
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_follow_the_chain_from_the_first_to_the_last() {
        for order in [1, 2, 4] {
            let chain = Chain::new(order, 1).unwrap();
            let mut rng = seed::rng(3, 0, 0, u64::from(order));
            let width = 1usize << order;
            // Counts at the start of records and at their end: the same law, if it is stationary.
            let (mut counts, mut first, mut last) = (vec![[0.0; 2]; width], 0.0, 0.0);
            let records = 4000;
            for _ in 0..records {
                let mut record = Vec::new();
                chain.write(40, &mut rng, &mut record);
                first += f64::from(record[0]);
                last += f64::from(record[39]);
                for window in record.windows(order as usize + 1) {
                    let context = window[..order as usize].iter().fold(0, |c, &bit| c << 1 | usize::from(bit));
                    counts[context][usize::from(window[order as usize])] += 1.0;
                }
            }
            assert!((first - last).abs() / f64::from(records) < 3.0 * (0.5 / f64::from(records)).sqrt());
            for ([zeros, ones], p) in counts.iter().zip(chain.ones()) {
                let n = zeros + ones;
                assert!((ones / n - p).abs() < 3.5 * (p * (1.0 - p) / n).sqrt(), "order {order}: {ones} of {n}, {p}");
            }
        }
    }

    #[test]
    fn order_one_has_the_stationary_state_of_the_textbook() {
        // From 0 to 1 with a, from 1 to 0 with b: the share of ones is a / (a + b).
        let state = stationary(&[0.3, 0.9]);
        assert!((state[1] - 0.3 / 0.4).abs() < 1e-9, "{state:?}");
    }

    #[test]
    fn orders_out_of_range_are_none() {
        assert!(Chain::new(0, 1).is_none() && Chain::new(13, 1).is_none());
        assert!(Chain::new(12, 1).is_some_and(|chain| (chain.cumulative[4095] - 1.0).abs() < 1e-9));
    }
}
