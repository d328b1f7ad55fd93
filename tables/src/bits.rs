//! From counts to bits.

/// `-log2(part / whole)` in bits; infinite for `part == 0`.
///
/// Uses a logarithm written in Rust, not the platform's: the same counts give the same bytes on every machine.
/// Counts above 2^53 are rounded to the nearest double first, a relative error below 2^-53 (1.6e-16 bits).
#[must_use]
pub fn bits_of(part: u128, whole: u128) -> f64 {
    if part == whole && part > 0 {
        // No negative zero for certainty.
        return 0.0;
    }
    -libm::log2(part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::bits_of;

    #[test]
    fn bits_are_minus_log2() {
        assert_eq!(bits_of(1, 8).to_bits(), 3f64.to_bits());
        assert_eq!(bits_of(7, 7).to_bits(), 0f64.to_bits());
        assert!(bits_of(0, 7).is_infinite());
    }
}
