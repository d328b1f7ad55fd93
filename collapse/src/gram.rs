//! Short n-grams of a pool, and how far two pools lie apart in them.

use crate::pool::Pool;
use std::ops::Range;
use turmite_bdm::PackedBits;

/// Symbols of a gram of bits. Few cells keep the distance's own noise low; a learner of any order that drifts moves its
/// short grams too.
const BITS: u32 = 6;

/// How often each short n-gram occurs: pairs of bytes, or six bits, at every place.
#[derive(Clone, Debug)]
pub(crate) struct Grams {
    counts: Vec<u32>,
    all: u64,
}

/// Bits in which eight grams end, one at each bit of a byte.
const EIGHT: u32 = BITS + 7;

/// Bytes from which on codes of thirteen bits are counted and then taken apart, rather than every gram at once.
const MANY: usize = 1 << 14;

impl Grams {
    /// Pairs of bytes.
    pub(crate) fn of_bytes(pool: &Pool<u8>) -> Self {
        let mut counts = vec![0u32; 1 << 16];
        for record in pool.iter() {
            record.windows(2).for_each(|pair| counts[usize::from(pair[0]) << 8 | usize::from(pair[1])] += 1);
        }
        let all = pool.iter().map(|record| record.len().saturating_sub(1) as u64).sum();
        Self { counts, all }
    }

    /// Six bits. Eight of them end in every byte but the first; where there are many, each kind of eight is counted first.
    pub(crate) fn of_bits(records: &[PackedBits<'_>]) -> Self {
        let mut counts = vec![0u32; 1 << BITS];
        let many = records.iter().map(|record| record.bytes().len()).sum::<usize>() > MANY;
        let mut eights = vec![0u32; if many { 1 << EIGHT } else { 0 }];
        // The grams that end at some of the last bits, of which the last one is at place 0.
        let mut add = |bits: usize, ends: Range<usize>, n: u32| {
            ends.for_each(|place| counts[bits >> place & ((1 << BITS) - 1)] += n);
        };
        for record in records {
            let mut before = 0usize;
            for (i, &byte) in record.bytes().iter().enumerate() {
                let bits = before << 8 | usize::from(byte);
                let behind = (8 * (i + 1)).saturating_sub(record.len());
                match (i, behind) {
                    (0, _) => add(bits, behind..(9 - BITS as usize).max(behind), 1),
                    (_, 0) if many => eights[bits & ((1 << EIGHT) - 1)] += 1,
                    _ => add(bits, behind..8, 1),
                }
                before = usize::from(byte);
            }
        }
        eights.iter().enumerate().filter(|(_, n)| **n > 0).for_each(|(bits, &n)| add(bits, 0..8, n));
        let all = records.iter().map(|record| record.len().saturating_sub(BITS as usize - 1) as u64).sum();
        Self { counts, all }
    }

    /// Hellinger's distance, from 0 to 1: the square root of 1 - sum sqrt(p q). 0 if either holds no gram.
    pub(crate) fn distance(&self, other: &Self) -> f64 {
        if self.all == 0 || other.all == 0 {
            return 0.0;
        }
        let shared: f64 =
            self.counts.iter().zip(&other.counts).map(|(&a, &b)| (f64::from(a) * f64::from(b)).sqrt()).sum();
        let shared = shared / (self.all as f64 * other.all as f64).sqrt();
        (1.0 - shared).max(0.0).sqrt()
    }
}

/// At every place of a record the code of the last `length` symbols, of `width` bits each; of fewer at its beginning.
pub(crate) fn codes(record: &[u8], width: usize, length: usize) -> impl Iterator<Item = usize> {
    let last = (1usize << (width * length)) - 1;
    record.iter().scan(0, move |code, &symbol| {
        *code = (*code << width | usize::from(symbol)) & last;
        Some(*code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(records: &[&[u8]]) -> Pool<u8> {
        records.iter().copied().collect()
    }

    #[test]
    fn the_distance_is_hellingers() {
        let a = Grams::of_bytes(&pool(&[b"abab"]));
        assert_eq!(a.distance(&a), 0.0);
        // ab 2, ba 1 against ab 1: 1 - sqrt(2/3).
        let b = Grams::of_bytes(&pool(&[b"ab"]));
        assert!((a.distance(&b) - (1.0 - (2.0f64 / 3.0).sqrt()).sqrt()).abs() < 1e-12);
        assert_eq!(a.distance(&Grams::of_bytes(&pool(&[b"xy"]))), 1.0);
        assert_eq!(a.distance(&Grams::of_bytes(&pool(&[b"x"]))), 0.0);
    }

    #[test]
    fn grams_of_bits_are_those_at_every_place() {
        let mut rng = crate::seed::rng(6, 0, 0, 0);
        // Few, and so many that eights are counted.
        for n in [1, 40, 1200] {
            let records: Vec<Vec<u8>> = (0..n)
                .map(|i| {
                    (0..if n == 1200 { 256 } else { i % 30 }).map(|_| crate::seed::below(&mut rng, 2) as u8).collect()
                })
                .collect();
            let packed: Vec<PackedBits<'_>> =
                records.iter().map(|record| PackedBits::from_symbols(record).unwrap()).collect();
            let grams = Grams::of_bits(&packed);
            let mut plain = vec![0u32; 64];
            for gram in records.iter().flat_map(|record| record.windows(6)) {
                plain[gram.iter().fold(0, |code, &bit| code << 1 | usize::from(bit))] += 1;
            }
            assert_eq!(grams.counts, plain);
            assert_eq!(grams.all, plain.iter().map(|&n| u64::from(n)).sum::<u64>());
        }
    }
}
