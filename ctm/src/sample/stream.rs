//! The random numbers of one sampled machine: a function of seed, index and place, whatever was drawn before.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// ChaCha with 8 rounds: the seed, little endian, is the first eight bytes of the key, whose others are 0; the index of the
/// machine is the stream; its 32-bit words are drawn in order.
#[derive(Clone, Debug)]
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    pub(crate) fn of(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Goes to the beginning of the numbers of a machine.
    pub(crate) fn start(&mut self, machine: u64) {
        self.0.set_stream(machine);
        self.0.set_word_pos(0);
    }

    /// A number below `bound`, all alike: the high word of a word times `bound`, but for the words whose low word falls
    /// into the part that does not divide evenly; these are drawn again (Lemire 2019).
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        loop {
            let product = u64::from(self.0.next_u32()) * u64::from(bound);
            let low = product as u32;
            // The remainder of 2^32 is below the bound, so that the division is rare.
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return (product >> 32) as u32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_depend_on_seed_and_machine_only() {
        let draws = |stream: &mut Stream, machine| {
            stream.start(machine);
            (0..40).map(|_| stream.below(24)).collect::<Vec<_>>()
        };
        let (mut a, mut b, mut other) = (Stream::of(7), Stream::of(7), Stream::of(8));
        let backwards: Vec<_> = (0..9).rev().map(|i| draws(&mut b, i)).collect();
        let forwards: Vec<_> = (0..9).map(|i| draws(&mut a, i)).collect();
        assert!(forwards.iter().eq(backwards.iter().rev()));
        assert!((0..9).all(|i| draws(&mut other, i) != forwards[i as usize]));
        // Written down so that no version of a dependency changes a table.
        assert_eq!(forwards[0][..8], [0; 8]);
    }

    /// A bound that does not divide 2^32 by far: 3 * 2^30 would make some numbers twice as frequent without redrawing.
    #[test]
    fn numbers_below_a_bound_are_alike() {
        let bound = 3 << 30;
        let mut stream = Stream::of(1);
        stream.start(0);
        let mut parts = [0u32; 3];
        for _ in 0..30_000 {
            parts[(stream.below(bound) >> 30) as usize] += 1;
        }
        // 10,000 +- 82 each.
        assert!(parts.iter().all(|p| p.abs_diff(10_000) < 330), "{parts:?}");
    }
}
