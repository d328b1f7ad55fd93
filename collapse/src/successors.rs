//! A rule by table: which symbol follows each word, whatever function that may be.

use crate::gram::codes;
use crate::seed::below;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Longest word of a table.
pub(crate) const GREATEST_ORDER: usize = 8;

/// Words of 64 bits that hold a bit for every word of that length.
const PARTS: usize = 1 << GREATEST_ORDER >> 6;

/// The symbol after each word of `order` symbols, of those words that are known: a feedback shift register of any function, of which
/// the cycles of de Bruijn are the longest.
///
/// Displayed as the order and the symbols after the words 00..0 to 11..1 in hexadecimal digits, four words each, the first word's
/// symbol the most significant; a second number says which words are known, where not all are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Successors {
    order: usize,
    /// One bit a word: whether a 1 follows.
    ones: [u64; PARTS],
    /// One bit a word: whether it is known what follows.
    known: [u64; PARTS],
}

impl Successors {
    /// What follows each word most often, of those that some record holds. `order` is from 2 to 8.
    pub(crate) fn vote(records: &[&[u8]], order: usize) -> Self {
        let mut excess = vec![0i64; 1 << order];
        let mut table = Self { order, ones: [0; PARTS], known: [0; PARTS] };
        for record in records {
            for (word, &symbol) in codes(record, 1, order).zip(record.iter().skip(1)).skip(order - 1) {
                excess[word] += i64::from(symbol & 1) * 2 - 1;
                table.known[word >> 6] |= 1 << (word & 63);
            }
        }
        for (word, _) in excess.iter().enumerate().filter(|(_, excess)| **excess > 0) {
            table.ones[word >> 6] |= 1 << (word & 63);
        }
        table
    }

    /// Symbols of a word.
    #[must_use]
    pub fn order(&self) -> usize {
        self.order
    }

    /// The symbol after a word, its first symbol the most significant bit; `None` after one that is not known.
    #[must_use]
    pub fn after(&self, word: usize) -> Option<u8> {
        let (part, bit) = (word >> 6, word & 63);
        let known = part < PARTS && self.known[part] >> bit & 1 == 1;
        known.then(|| (self.ones[part] >> bit & 1) as u8)
    }

    /// Words that are known.
    pub(crate) fn known(&self) -> usize {
        self.known.iter().map(|part| part.count_ones() as usize).sum()
    }

    /// The place of every symbol that follows a known word, and whether it is another than the table has.
    pub(crate) fn checks<'a>(&'a self, record: &'a [u8]) -> impl Iterator<Item = (usize, bool)> + 'a {
        let words = codes(record, 1, self.order).zip(record.iter().enumerate().skip(1)).skip(self.order - 1);
        words.filter_map(|(word, (at, &symbol))| Some((at, self.after(word)? != symbol & 1)))
    }

    /// Appends what follows a uniform random known word, that word included. After an unknown one a fair coin is thrown.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
        let words: Vec<usize> = (0..1 << self.order).filter(|&word| self.after(word).is_some()).collect();
        let mut word = if words.is_empty() { 0 } else { words[below(rng, words.len())] };
        out.extend((0..self.order.min(length)).map(|i| (word >> (self.order - 1 - i) & 1) as u8));
        for _ in self.order..length {
            let symbol = self.after(word).unwrap_or_else(|| below(rng, 2) as u8);
            word = (word << 1 | usize::from(symbol)) & ((1 << self.order) - 1);
            out.push(symbol);
        }
    }
}

impl fmt::Display for Successors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = |f: &mut fmt::Formatter<'_>, bits: &[u64; PARTS]| {
            let bit = |word: usize| (bits[word >> 6] >> (word & 63) & 1) as u8;
            (0..1 << self.order).step_by(4).try_for_each(|word| {
                write!(f, "{:x}", bit(word) << 3 | bit(word + 1) << 2 | bit(word + 2) << 1 | bit(word + 3))
            })
        };
        write!(f, "successors of {} symbols ", self.order)?;
        digits(f, &self.ones)?;
        if self.known() < 1 << self.order {
            f.write_str("/")?;
            digits(f, &self.known)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;

    #[test]
    fn a_table_is_what_most_records_say() {
        let records: [&[u8]; 3] = [&[0, 0, 1, 0, 0, 1, 0, 0, 1], &[0, 0, 0], &[1]];
        let table = Successors::vote(&records, 2);
        assert_eq!((0..4).map(|word| table.after(word)).collect::<Vec<_>>(), [Some(1), Some(0), Some(0), None]);
        assert_eq!((table.after(usize::MAX), table.known(), table.order()), (None, 3, 2));
        assert_eq!(table.to_string(), "successors of 2 symbols 8/e");
        let wrong: Vec<usize> =
            table.checks(&[0, 0, 0, 1, 1, 1, 0, 0]).filter(|(_, wrong)| *wrong).map(|(at, _)| at).collect();
        // 00 -> 0 at 2 and 01 -> 1 at 4; 11 is not known, and 10 -> 0 at 7 is right.
        assert_eq!(wrong, [2, 4]);
        assert_eq!(table.checks(&[0, 0, 0, 1, 1, 1, 0, 0]).count(), 4);
        assert_eq!(table.checks(&[0, 1]).count() + table.checks(&[]).count(), 0);
    }

    #[test]
    fn what_it_writes_it_obeys_and_every_word_may_begin() {
        let records: [&[u8]; 1] = [&[0, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0]];
        let table = Successors::vote(&records, 3);
        assert_eq!(table.to_string(), "successors of 3 symbols b4");
        let mut begun = [false; 8];
        for seed in 0..100 {
            let mut record = Vec::new();
            table.write(40, &mut seed::rng(seed, 0, 0, 0), &mut record);
            assert!(record.len() == 40 && table.checks(&record).all(|(_, wrong)| !wrong));
            begun[usize::from(record[0] << 2 | record[1] << 1 | record[2])] = true;
        }
        assert_eq!(begun, [true; 8]);
        // Shorter than a word, and without a table.
        let mut short = Vec::new();
        Successors::vote(&[], 5).write(3, &mut seed::rng(1, 0, 0, 0), &mut short);
        assert_eq!(short, [0; 3]);
    }
}
