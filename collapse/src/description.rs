//! The measure of description length that rules are chosen by.

/// Bits by which a rule must beat both the memoryless code and the best n-gram.
pub const LEAST_GAIN: f64 = 20.0;

/// Binary entropy in bits.
pub(crate) fn entropy(p: f64) -> f64 {
    let term = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    term(p) + term(1.0 - p)
}
