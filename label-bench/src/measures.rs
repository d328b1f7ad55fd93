//! What is said of a judge on runs whose truth is known.

use serde::Serialize;
use statrs::distribution::{Beta, ContinuousCDF};

/// A share of runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// Runs that count.
    pub count: usize,
    /// All runs.
    pub of: usize,
}

impl Share {
    /// The share of `true` among the values.
    pub fn of(values: impl IntoIterator<Item = bool>) -> Self {
        values.into_iter().fold(Self { count: 0, of: 0 }, |share, counts| Self {
            count: share.count + usize::from(counts),
            of: share.of + 1,
        })
    }

    /// The share; `None` of no runs.
    #[must_use]
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.count as f64 / self.of as f64)
    }

    /// The exact upper 95 % limit, one-sided (Clopper and Pearson 1934); `None` of no runs.
    #[must_use]
    pub fn upper(self) -> Option<f64> {
        let (k, n) = (self.count as f64, self.of as f64);
        match self.of {
            0 => None,
            of if of == self.count => Some(1.0),
            _ => Beta::new(k + 1.0, n - k).ok().map(|beta| beta.inverse_cdf(0.95)),
        }
    }
}

/// The area under the receiver operating characteristic: the share of pairs in which the first kind has the greater score,
/// ties counting one half; `None` if a kind is missing. Scores must be numbers.
#[must_use]
pub fn auc(greater: &[f64], less: &[f64]) -> Option<f64> {
    if greater.is_empty() || less.is_empty() {
        return None;
    }
    let mut sorted = less.to_vec();
    sorted.sort_by(f64::total_cmp);
    let twice: usize =
        greater.iter().map(|&x| sorted.partition_point(|&y| y < x) + sorted.partition_point(|&y| y <= x)).sum();
    Some(twice as f64 / (2 * greater.len() * less.len()) as f64)
}

/// A quantile of whole numbers: the least value that at least this share of them does not exceed.
#[must_use]
pub fn quantile(values: &[i64], share: f64) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(place.max(1) - 1).copied()
}

/// The 10 %, 50 % and 90 % quantiles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// 10 %.
    pub low: i64,
    /// The median.
    pub median: i64,
    /// 90 %.
    pub high: i64,
}

impl Spread {
    /// `None` of no values.
    #[must_use]
    pub fn of(values: &[i64]) -> Option<Self> {
        Some(Self { low: quantile(values, 0.1)?, median: quantile(values, 0.5)?, high: quantile(values, 0.9)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_shares_of_pairs() {
        let by_pairs = |a: &[f64], b: &[f64]| {
            let pairs = a.iter().flat_map(|x| b.iter().map(move |y| (x, y)));
            let won: f64 = pairs
                .map(|(x, y)| {
                    if x > y {
                        1.0
                    } else if x == y {
                        0.5
                    } else {
                        0.0
                    }
                })
                .sum();
            won / (a.len() * b.len()) as f64
        };
        for (a, b) in [
            (&[1.0, 2.0, 2.0][..], &[0.0, 2.0, 3.0][..]),
            (&[5.0], &[1.0, 2.0]),
            (&[f64::NEG_INFINITY], &[f64::NEG_INFINITY]),
        ] {
            assert!((auc(a, b).unwrap() - by_pairs(a, b)).abs() < 1e-15);
        }
        assert_eq!(auc(&[], &[1.0]), None);
    }

    #[test]
    fn limits_are_those_of_published_tables() {
        // The rule of three, exact: 1 - 0.05^(1/n).
        let none = Share { count: 0, of: 100 };
        assert!((none.upper().unwrap() - (1.0 - 0.05f64.powf(0.01))).abs() < 1e-9);
        // At the limit, as few runs or fewer have probability 0.05.
        let p = Share { count: 20, of: 100 }.upper().unwrap();
        let (mut term, mut sum) = ((1.0 - p).powi(100), 0.0);
        for k in 0..=20 {
            sum += term;
            term *= f64::from(100 - k) / f64::from(k + 1) * p / (1.0 - p);
        }
        assert!((sum - 0.05).abs() < 1e-6, "{sum}");
        assert_eq!((Share { count: 3, of: 3 }.upper(), Share { count: 0, of: 0 }.upper()), (Some(1.0), None));
        assert_eq!(Share::of([true, false, true, true]), Share { count: 3, of: 4 });
    }

    #[test]
    fn quantiles_are_values_that_occur() {
        let values = [5, 1, 4, 2, 3, 6, 7, 8, 9, 10];
        assert_eq!(Spread::of(&values), Some(Spread { low: 1, median: 5, high: 9 }));
        assert_eq!((Spread::of(&[]), quantile(&[7], 0.1)), (None, Some(7)));
    }
}
