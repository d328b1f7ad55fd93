//! The random numbers of one sampled machine: a function of seed, index and place, whatever was drawn before.

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011), a counter-based generator: the key is the seed, the counter the number
/// of the block and, in its upper half, the index of the machine; low words come first, and the four words of a block are drawn in order.
///
/// Most machines need one or two blocks. ChaCha with 8 rounds, which makes 64 words at a time, took 45 % of the time that sampling (5,2)
/// did; this takes 4 %.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    key: [u32; 2],
    machine: [u32; 2],
    /// The number of the next block.
    block: u64,
    words: [u32; 4],
    /// Words of the block that have been drawn.
    drawn: usize,
}

const MULTIPLIERS: [u32; 2] = [0xD251_1F53, 0xCD9E_8D57];
/// The golden ratio and the square root of 3, less 1.
const WEYL: [u32; 2] = [0x9E37_79B9, 0xBB67_AE85];
const ROUNDS: usize = 10;

/// The low and the high word.
fn halves(number: u64) -> [u32; 2] {
    [number as u32, (number >> 32) as u32]
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let [low0, high0] = halves(u64::from(MULTIPLIERS[0]) * u64::from(counter[0]));
        let [low1, high1] = halves(u64::from(MULTIPLIERS[1]) * u64::from(counter[2]));
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(WEYL[0]), key[1].wrapping_add(WEYL[1])];
    }
    counter
}

impl Stream {
    pub(crate) fn of(seed: u64) -> Self {
        Self { key: halves(seed), machine: [0; 2], block: 0, words: [0; 4], drawn: 4 }
    }

    /// Goes to the beginning of the numbers of a machine.
    pub(crate) fn start(&mut self, machine: u64) {
        (self.machine, self.block, self.drawn) = (halves(machine), 0, 4);
    }

    fn word(&mut self) -> u32 {
        if self.drawn == self.words.len() {
            let ([block_low, block_high], [low, high]) = (halves(self.block), self.machine);
            self.words = philox([block_low, block_high, low, high], self.key);
            self.block += 1;
            self.drawn = 0;
        }
        self.drawn += 1;
        self.words[self.drawn - 1]
    }

    /// A number below `bound`, all alike: the high word of a word times `bound`, but for the words whose low word falls
    /// into the part that does not divide evenly; these are drawn again (Lemire 2019).
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        loop {
            let [low, high] = halves(u64::from(self.word()) * u64::from(bound));
            // The remainder of 2^32 is below the bound, so that the division is rare.
            if low >= bound || low >= bound.wrapping_neg() % bound {
                return high;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answers that come with the authors' library, Random123.
    #[test]
    fn philox_gives_its_authors_numbers() {
        for (counter, key, words) in [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ] {
            assert_eq!(philox(counter, key), words);
        }
    }

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
        assert!(forwards.windows(2).all(|w| w[0] != w[1]));
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
