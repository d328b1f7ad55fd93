//! Short n-grams of a pool, and how far two pools lie apart in them.

use crate::pool::Pool;

/// Symbols of a gram of bits. Few cells keep the distance's own noise low; a learner of any order that drifts moves its
/// short grams too.
const BITS: u32 = 6;

/// How often each short n-gram occurs: pairs of bytes, or six bits, at every place.
#[derive(Clone, Debug)]
pub(crate) struct Grams {
    counts: Vec<u32>,
    all: u64,
}

impl Grams {
    pub(crate) fn of(pool: &Pool<u8>, bytes: bool) -> Self {
        let (width, length) = if bytes { (8, 2) } else { (1, BITS as usize) };
        let cells = 1usize << (width * length);
        let mut counts = vec![0u32; cells];
        let mut all = 0;
        for record in pool.iter() {
            for code in codes(record, width, length).skip(length - 1) {
                counts[code] += 1;
                all += 1;
            }
        }
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
        let a = Grams::of(&pool(&[b"abab"]), true);
        assert_eq!(a.distance(&a), 0.0);
        // ab 2, ba 1 against ab 1: 1 - sqrt(2/3).
        let b = Grams::of(&pool(&[b"ab"]), true);
        assert!((a.distance(&b) - (1.0 - (2.0f64 / 3.0).sqrt()).sqrt()).abs() < 1e-12);
        assert_eq!(a.distance(&Grams::of(&pool(&[b"xy"]), true)), 1.0);
        assert_eq!(a.distance(&Grams::of(&pool(&[b"x"]), true)), 0.0);
        let bits = Grams::of(&pool(&[&[0, 1, 0, 1, 0, 1, 0]]), false);
        assert_eq!((bits.all, bits.counts[0b010101], bits.counts[0b101010]), (2, 1, 1));
    }
}
