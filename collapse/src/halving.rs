//! Search by halving.

/// Halvings of [0, 1]: past these a double does not change.
const HALVINGS: usize = 60;

/// Where `left` stops to hold between two ends; an end itself where it does not change between them.
pub(crate) fn turn(mut low: f64, mut high: f64, left: impl Fn(f64) -> bool) -> f64 {
    if !left(low) {
        return low;
    }
    if left(high) {
        return high;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if left(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_is_found_between_the_ends_or_at_one() {
        assert!((turn(0.0, 1.0, |x| x * x < 0.5) - 0.5f64.sqrt()).abs() < 1e-15);
        assert_eq!((turn(0.2, 1.0, |_| false), turn(0.2, 0.9, |_| true)), (0.2, 0.9));
    }
}
