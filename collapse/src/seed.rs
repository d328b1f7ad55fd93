//! Random streams that depend on what is drawn and never on which thread draws it.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A ChaCha8 generator whose 256-bit key is `[seed, a, b, c]`.
///
/// Callers spend the three words on (domain or family, run or trajectory, generation) and select the
/// record with [`ChaCha8Rng::set_stream`], so no two draws of one seed share a stream.
pub(crate) fn rng(seed: u64, a: u64, b: u64, c: u64) -> ChaCha8Rng {
    let mut key = [0u8; 32];
    for (chunk, word) in key.chunks_exact_mut(8).zip([seed, a, b, c]) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

/// An index below `n` (0 if `n` is 0) by one multiplication; its bias is below n / 2^32.
#[inline]
pub(crate) fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize
}

/// Uniform on [0, 1).
#[inline]
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}
