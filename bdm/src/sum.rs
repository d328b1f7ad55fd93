//! [`Sum`]: exact sums, so that neither the order of terms nor the number of threads shows in a result.

use std::sync::LazyLock;

/// Terms below this are added exactly.
const EXACT_BELOW: f64 = (1u64 << 20) as f64;

/// Logarithms of counts below this are kept.
const LOGARITHMS: usize = 1024;

/// A sum of doubles, rounded once at its end.
///
/// Terms below 2^20 are added as whole multiples of 2^-64 in 128 bits: a double of at least 2^-11, as every K and every
/// logarithm of a count is, is such a multiple, so that nothing is lost and order does not matter. (Smaller terms
/// are cut to one.) Greater terms, which bits of records do not reach, go to Neumaier's variant of Kahan's sum: fed in
/// a fixed order it gives a fixed result.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    exact: i128,
    large: f64,
    lost: f64,
}

impl Sum {
    #[inline]
    pub(crate) fn add(&mut self, term: f64) {
        match fixed(term) {
            Some(term) => self.exact += term,
            // By value, so that a sum can stay in registers.
            None => *self = self.add_rest(term),
        }
    }

    /// Adds a whole number of 2^-64.
    #[inline]
    pub(crate) fn add_fixed(&mut self, term: i128) {
        self.exact += term;
    }

    /// Adds `log2 n` of a count.
    #[inline]
    pub(crate) fn add_log2(&mut self, count: u64) {
        // Also where a block occurs once and adds nothing: whether it does is hard to foretell, and a load is cheaper.
        match logarithms().get(count as usize) {
            Some(&term) => self.exact += term,
            None => self.add(log2_count(count)),
        }
    }

    /// Zero, and what is too small, too large, negative or not finite.
    #[cold]
    fn add_rest(mut self, term: f64) -> Self {
        if term.abs() < EXACT_BELOW {
            // Scaling by a power of two is exact, and the conversion cuts.
            self.exact += (term * 2f64.powi(64)) as i128;
            return self;
        }
        let sum = self.large + term;
        self.lost += if self.large.abs() >= term.abs() { (self.large - sum) + term } else { (term - sum) + self.large };
        self.large = sum;
        self
    }

    pub(crate) fn total(self) -> f64 {
        let exact = self.exact as f64 * 2f64.powi(-64);
        // With an infinite term the compensation is not a number, and the plain sum is right.
        if self.lost.is_nan() { self.large + exact } else { self.large + (self.lost + exact) }
    }
}

/// `log2 n` of small counts as multiples of 2^-64.
#[inline]
pub(crate) fn logarithms() -> &'static [i128; LOGARITHMS] {
    static EXACT: LazyLock<[i128; LOGARITHMS]> =
        LazyLock::new(|| std::array::from_fn(|count| fixed(log2_count(count.max(1) as u64)).unwrap_or(0)));
    &EXACT
}

/// A double between 2^-11 and 2^20 as a multiple of 2^-64; `None` for others, what is no number among them.
#[inline(always)]
pub(crate) fn fixed(term: f64) -> Option<i128> {
    const LEAST: u64 = 1023 - 11;
    let bits = term.to_bits();
    // The sign bit of a negative number makes this large, too.
    let shift = (bits >> 52).wrapping_sub(LEAST) + 1;
    let mantissa = (bits & ((1 << 52) - 1)) | 1 << 52;
    // The value is mantissa * 2^(exponent - 1075), so mantissa * 2^(exponent - 1011) multiples of 2^-64.
    (1..32).contains(&shift).then(|| {
        let high = mantissa >> (64 - shift);
        i128::from(high) << 64 | i128::from(mantissa << shift)
    })
}

/// `log2 n` of a count.
#[inline]
pub(crate) fn log2_count(count: u64) -> f64 {
    static KEPT: LazyLock<[f64; LOGARITHMS]> =
        LazyLock::new(|| std::array::from_fn(|count| (count.max(1) as f64).log2()));
    KEPT.get(count as usize).copied().unwrap_or_else(|| (count as f64).log2())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_what_a_plain_sum_loses() {
        let mut sum = Sum::default();
        for term in [1e16, 1.0, -1e16] {
            sum.add(term);
        }
        assert_eq!(sum.total(), 1.0);
        sum.add(f64::INFINITY);
        assert_eq!(sum.total(), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn one_term_is_itself(term in prop_oneof![0.001f64..100.0, 0.5f64..2e6, -100.0f64..0.0, Just(0.0), 1e15f64..1e20]) {
            let mut sum = Sum::default();
            sum.add(term);
            // Below 2^-11 a term is cut to a multiple of 2^-64.
            let cut = if term.abs() < 0.001 { 2f64.powi(-64) } else { 0.0 };
            prop_assert!((sum.total() - term).abs() <= cut);
        }

        #[test]
        fn order_does_not_show(mut terms in prop::collection::vec(0.0005f64..60.0, 0..200), counts in prop::collection::vec(1u64..2000, 0..50)) {
            let total = |terms: &[f64], counts: &mut dyn Iterator<Item = &u64>| {
                let mut sum = Sum::default();
                terms.iter().for_each(|&term| sum.add(term));
                counts.for_each(|&count| sum.add_log2(count));
                sum.total()
            };
            let forwards = total(&terms, &mut counts.iter());
            let plain: f64 = terms.iter().sum::<f64>() + counts.iter().map(|&count| (count as f64).log2()).sum::<f64>();
            prop_assert!((forwards - plain).abs() < 1e-9);
            terms.reverse();
            prop_assert_eq!(forwards, total(&terms, &mut counts.iter().rev()));
        }
    }
}
