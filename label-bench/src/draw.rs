//! Random numbers that depend on a key alone, so that a run is the same on any number of threads.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A generator for a key of four words.
#[must_use]
pub fn stream(key: [u64; 4]) -> ChaCha8Rng {
    let mut seed = [0u8; 32];
    for (chunk, word) in seed.chunks_exact_mut(8).zip(key) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(seed)
}

/// Uniform on [0, 1).
pub fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// An index below `n` (0 if `n` is 0); its bias is below n / 2^32.
pub fn below(rng: &mut ChaCha8Rng, n: usize) -> usize {
    ((u64::from(rng.next_u32()) * n as u64) >> 32) as usize
}

/// Standard normal, by Box and Muller.
pub fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let radius = (-2.0 * (1.0 - unit(rng)).ln()).sqrt();
    (radius * (std::f64::consts::TAU * unit(rng)).cos()) as f32
}
