//! What many runs have in common at one generation.

/// Least, median and greatest of what is left when a twentieth of the values is put aside on each side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The 5 % quantile (nearest rank).
    pub low: f64,
    /// The median (the lower one of two).
    pub median: f64,
    /// The 95 % quantile.
    pub high: f64,
}

impl Spread {
    /// Of finite values; `None` without any.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let beyond = values.len() / 20;
        Some(Self { low: values[beyond], median: values[last / 2], high: values[last - beyond] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twentieth_is_put_aside_on_each_side() {
        let all = Spread::of((1..=100).rev().map(f64::from)).unwrap();
        assert_eq!((all.low, all.median, all.high), (6.0, 50.0, 95.0));
        let few = Spread::of([3.0, f64::NAN, 1.0]).unwrap();
        assert_eq!((few.low, few.median, few.high), (1.0, 1.0, 3.0));
        assert_eq!(Spread::of([]), None);
    }
}
