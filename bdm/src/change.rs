//! Measures of change along a string, of psychology.

/// How often the symbol changes from one place to the next: acss's `alternations`. Over `length - 1` it is a proportion.
///
/// ```
/// assert_eq!(turmite_bdm::alternations(b"0010233"), 4);
/// ```
#[must_use]
pub fn alternations(symbols: &[u8]) -> usize {
    symbols.windows(2).filter(|pair| pair[0] != pair[1]).count()
}

/// Change complexity (Aksentijevic and Gibson 2012, "Complexity equals change", Cognitive Systems Research 15-16:1-16), as
/// acss computes it. `None` below three symbols.
///
/// Level 1 has a 1 for every change from a symbol to the next; each level after it the changes of the level before, until
/// one value is left: a triangle of `l - 1` columns. The measure is the sum over columns of their shares of ones. Summed by
/// level instead of by column it comes out differently for most strings of more than six symbols; acss, which published
/// values are made with, goes by column.
///
/// ```
/// let found = turmite_bdm::change_complexity(b"001011").expect("six symbols");
/// assert!((found - (3.0 / 5.0 + 2.0 / 4.0 + 2.0 / 3.0 + 1.0 + 0.0)).abs() < 1e-12);
/// ```
///
/// # Complexity
/// O(l^2) time, O(l) memory: for short strings, as the measure is.
#[must_use]
pub fn change_complexity(symbols: &[u8]) -> Option<f64> {
    if symbols.len() < 3 {
        return None;
    }
    let mut level: Vec<bool> = symbols.windows(2).map(|pair| pair[0] != pair[1]).collect();
    let mut columns = vec![0u64; level.len()];
    while !level.is_empty() {
        for (ones, &change) in columns.iter_mut().zip(&level) {
            *ones += u64::from(change);
        }
        level = level.windows(2).map(|pair| pair[0] != pair[1]).collect();
    }
    let heights = (1..=columns.len()).rev();
    Some(columns.iter().zip(heights).map(|(&ones, height)| ones as f64 / height as f64).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// acss 0.3-2, calculated with the formula in its source.
    #[test]
    fn values_of_acss() {
        assert_eq!(change_complexity(b"001011"), Some(2.7666666666666666));
        assert!((change_complexity(b"010011010001").unwrap() - 6.447438672438672).abs() < 1e-12);
        assert_eq!((change_complexity(b"01"), change_complexity(b"000")), (None, Some(0.0)));
        assert_eq!((alternations(b""), alternations(b"0"), alternations(b"0010233")), (0, 0, 4));
    }
}
