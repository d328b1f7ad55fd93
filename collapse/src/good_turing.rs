//! How much of a source a generation has not shown: the estimate of Good and Turing.
//!
//! The probability that the next window is one that has not occurred is about the share of windows that occurred once (Good 1953).
//! A learner that sharpens, or drops rare symbols, or has too many contexts for its data loses first what is rare, and what is rare
//! occurs once: the symbols that it leaves out are a few in a hundred, and move the complexity of a pool by little.

use turmite_bdm::PackedBits;

/// The shortest and the longest window, in bits: 2^24 counts are 16 MiB.
const SHORTEST: f64 = 4.0;
const LONGEST: f64 = 24.0;

/// How often windows occur: never, once, or more often.
#[derive(Default)]
pub(crate) struct Seldom(Vec<u8>);

impl Seldom {
    /// The square root of the share of windows that occur once, whose sampling error is about the same wherever it is; 0 where no record
    /// holds a window. Windows lie at every symbol and are as long as log2 of the number of symbols, so that about as many kinds are possible
    /// as there are windows. Between two lengths the value is between theirs: a generation that is a little larger has a little more.
    ///
    /// At most `most` records are looked at, spread evenly: what a null's largest generation holds.
    pub(crate) fn root_of_unseen(&mut self, records: &[PackedBits<'_>], most: usize) -> f64 {
        let n = records.len().min(most);
        let taken = || (0..n).map(|i| &records[i * records.len() / n]);
        let symbols: usize = taken().map(PackedBits::len).sum();
        let length = (symbols.max(1) as f64).log2().clamp(SHORTEST, LONGEST);
        let (shorter, part) = (length as u32, length.fract());
        let mut root = |length| self.once(taken(), length).sqrt();
        let lower = root(shorter);
        if part > 0.0 { lower + part * (root(shorter + 1) - lower) } else { lower }
    }

    /// The share of windows that occur once.
    fn once<'a>(&mut self, records: impl Iterator<Item = &'a PackedBits<'a>>, length: u32) -> f64 {
        let seen = &mut self.0;
        seen.clear();
        seen.resize(1 << length, 0);
        let (mut windows, mut once) = (0u64, 0u64);
        for record in records.filter(|record| record.len() >= length as usize) {
            let mut code = 0usize;
            for (i, &byte) in record.bytes().iter().enumerate() {
                for place in 0..(record.len() - 8 * i).min(8) {
                    code = (code << 1 | usize::from(byte >> (7 - place) & 1)) & (seen.len() - 1);
                    if 8 * i + place + 1 >= length as usize {
                        windows += 1;
                        match &mut seen[code] {
                            first @ 0 => (*first, once) = (1, once + 1),
                            second @ 1 => (*second, once) = (2, once - 1),
                            _ => (),
                        }
                    }
                }
            }
        }
        once as f64 / windows.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;
    use std::collections::HashMap;

    fn records(n: usize, length: usize, ones: f64) -> Vec<Vec<u8>> {
        let mut rng = seed::rng(7, n as u64, length as u64, 0);
        (0..n).map(|_| (0..length).map(|_| u8::from(seed::unit(&mut rng) < ones)).collect()).collect()
    }

    fn packed(records: &[Vec<u8>]) -> Vec<PackedBits<'_>> {
        records.iter().map(|record| PackedBits::from_symbols(record).unwrap()).collect()
    }

    /// The definition, word for word.
    fn naive(records: &[Vec<u8>], length: usize) -> f64 {
        let mut counts: HashMap<&[u8], u64> = HashMap::new();
        let windows: Vec<&[u8]> = records.iter().flat_map(|record| record.windows(length)).collect();
        windows.iter().for_each(|window| *counts.entry(window).or_default() += 1);
        (counts.values().filter(|&&n| n == 1).count() as f64 / windows.len().max(1) as f64).sqrt()
    }

    #[test]
    fn the_share_is_that_of_the_definition() {
        let mut seldom = Seldom::default();
        for (n, length, ones, window) in [(64, 256, 0.5, 14), (64, 256, 0.2, 14), (32, 1, 0.5, 5), (1, 64, 0.3, 6)] {
            let records = records(n, length, ones);
            let found = seldom.root_of_unseen(&packed(&records), 1000);
            assert_eq!(found, naive(&records, window), "{n} records of {length}");
        }
        assert_eq!(seldom.root_of_unseen(&[], 1000), 0.0);
    }

    #[test]
    fn between_two_lengths_the_value_is_between_theirs() {
        let records = records(96, 256, 0.5);
        let found = Seldom::default().root_of_unseen(&packed(&records), 1000);
        let part = 1.5f64.log2();
        let expected = (1.0 - part) * naive(&records, 14) + part * naive(&records, 15);
        assert!((found - expected).abs() < 1e-12);
    }

    #[test]
    fn of_many_records_those_are_taken_that_lie_evenly() {
        let all = records(128, 256, 0.5);
        let even: Vec<Vec<u8>> = all.iter().step_by(2).cloned().collect();
        let mut seldom = Seldom::default();
        assert_eq!(seldom.root_of_unseen(&packed(&all), 64), seldom.root_of_unseen(&packed(&even), 64));
    }

    #[test]
    fn who_drops_what_is_rare_has_less_unseen() {
        let mut seldom = Seldom::default();
        let mut of = |ones| seldom.root_of_unseen(&packed(&records(64, 256, ones)), 64);
        let (half, fifth, tenth) = (of(0.5), of(0.2), of(0.1));
        assert!(half > fifth + 0.1 && fifth > tenth + 0.05, "{half} {fifth} {tenth}");
    }
}
