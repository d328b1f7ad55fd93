//! A compensated sum: thousands of terms add up to the last bit or nearly so.

/// Neumaier's variant of Kahan's sum. Fed in a fixed order it gives a fixed result; fed in another order it
/// differs by rounding of the last place at most in practice, where a plain sum drifts with the number of terms.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    value: f64,
    lost: f64,
}

impl Sum {
    #[inline]
    pub(crate) fn add(&mut self, term: f64) {
        let sum = self.value + term;
        self.lost += if self.value.abs() >= term.abs() { (self.value - sum) + term } else { (term - sum) + self.value };
        self.value = sum;
    }

    pub(crate) fn total(self) -> f64 {
        // With an infinite term the compensation is not a number, and the plain sum is right.
        if self.lost.is_nan() { self.value } else { self.value + self.lost }
    }
}

/// `log2 n` of a count. Most blocks of a short record occur once.
#[inline]
pub(crate) fn log2_count(count: u64) -> f64 {
    if count == 1 { 0.0 } else { (count as f64).log2() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
