//! How much of a source a generation has not shown: the estimate of Good and Turing.
//!
//! The probability that the next window is one that has not occurred is about the share of windows that occurred once (Good 1953).
//! A learner that sharpens, or drops rare symbols, or has too many contexts for its data loses first what is rare, and what is rare
//! occurs once: the symbols that it leaves out are a few in a hundred, and move the complexity of a pool by little.

use turmite_bdm::PackedBits;

/// The shortest and the longest window, in bits: 2^24 counts are 16 MiB.
const SHORTEST: f64 = 4.0;
const LONGEST: f64 = 24.0;

/// How often windows of a length occur, by their symbols: exactly below 255, and no less than 255 from there on.
#[derive(Default)]
pub(crate) struct Seldom(Vec<u8>);

impl Seldom {
    /// The square root of the share of windows that occur once, whose sampling error is about the same wherever it is; 0 where no record
    /// holds a window. Windows lie at every symbol and are as long as log2 of the number of symbols, so that about as many kinds are possible
    /// as there are windows. Between two lengths the value is between theirs: a generation that is a little larger has a little more.
    ///
    /// At most `most` records are looked at, spread evenly: what a null's largest generation holds. Time: that of the symbols.
    pub(crate) fn root_of_unseen(&mut self, records: &[PackedBits<'_>], most: usize) -> f64 {
        let n = records.len().min(most);
        let taken = || (0..n).map(|i| &records[i * records.len() / n]);
        let symbols: usize = taken().map(PackedBits::len).sum();
        let length = (symbols.max(1) as f64).log2().clamp(SHORTEST, LONGEST);
        let (shorter, part) = (length as usize, length.fract());
        if part == 0.0 {
            self.count(taken(), shorter);
            return self.root_of_once(taken(), shorter);
        }
        self.count(taken(), shorter + 1);
        let upper = self.root_of_once(taken(), shorter + 1);
        self.shorten(taken(), shorter);
        let lower = self.root_of_once(taken(), shorter);
        lower + part * (upper - lower)
    }

    /// Counts windows of a length, which is 25 at most.
    fn count<'a>(&mut self, records: impl Iterator<Item = &'a PackedBits<'a>>, length: usize) {
        let counts = &mut self.0;
        counts.clear();
        counts.resize(1 << length, 0);
        let mask = counts.len() - 1;
        let mut add = |code: u64| {
            let count = &mut counts[code as usize & mask];
            *count = count.saturating_add(1);
        };
        for record in records {
            let mut read = 0u64;
            for (i, &byte) in record.bytes().iter().enumerate() {
                read = read << 8 | u64::from(byte);
                let (before, after) = (8 * i, 8 * i + 8);
                if before + 1 >= length && after <= record.len() {
                    (0..8).rev().for_each(|later| add(read >> later));
                } else {
                    (before + 1..=after.min(record.len()))
                        .filter(|&end| end >= length)
                        .for_each(|end| add(read >> (after - end)));
                }
            }
        }
    }

    /// From the counts of windows to those of windows a symbol shorter: each of these ends one of the longer ones, but for the first of a
    /// record.
    fn shorten<'a>(&mut self, records: impl Iterator<Item = &'a PackedBits<'a>>, length: usize) {
        let counts = &mut self.0;
        let (without, with) = counts.split_at_mut(1 << length);
        without.iter_mut().zip(&*with).for_each(|(count, more)| *count = count.saturating_add(*more));
        counts.truncate(1 << length);
        for record in records.filter(|record| record.len() >= length) {
            let bytes = &record.bytes()[..length.div_ceil(8)];
            let read = bytes.iter().fold(0usize, |read, &byte| read << 8 | usize::from(byte));
            let count = &mut counts[read >> (8 * bytes.len() - length)];
            *count = count.saturating_add(1);
        }
    }

    fn root_of_once<'a>(&self, records: impl Iterator<Item = &'a PackedBits<'a>>, length: usize) -> f64 {
        let windows: usize = records.map(|record| (record.len() + 1).saturating_sub(length)).sum();
        let once = self.0.iter().filter(|&&count| count == 1).count();
        (once as f64 / windows.max(1) as f64).sqrt()
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

    /// Records of no whole number of bytes, of other lengths than the others, shorter than a window, and one window above all.
    #[test]
    fn odd_records_are_counted_by_the_definition() {
        let mut seldom = Seldom::default();
        for (n, length, ones, shorter) in
            [(64, 256, 0.5, 14), (32, 1, 0.5, 5), (1, 61, 0.5, 6), (300, 13, 0.2, 11), (2, 900, 0.0, 10)]
        {
            let mut records = records(n, length, ones);
            records.push(vec![1; length % 11]);
            let part = (records.iter().map(Vec::len).sum::<usize>() as f64).log2() - shorter as f64;
            let (lower, upper) = (naive(&records, shorter), naive(&records, shorter + 1));
            let found = seldom.root_of_unseen(&packed(&records), 1000);
            assert!((0.0..1.0).contains(&part), "{n} records of {length}: {part}");
            assert!((found - (lower + part * (upper - lower))).abs() < 1e-12, "{n} records of {length}");
        }
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
