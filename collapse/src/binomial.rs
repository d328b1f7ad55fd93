//! Exact limits for a share of which k in n draws were seen (Clopper and Pearson, 1934).

use crate::halving::turn;
use statrs::function::beta::beta_reg;

/// The one-sided lower limit at `level`, BetaInv(level; k, n - k + 1): the share below which k or more of n would be
/// seen with a probability less than `level`. 0 for k = 0.
///
/// ```
/// use turmite_collapse::lower_limit;
///
/// // 20 of 100, one-sided 95 %.
/// assert!((lower_limit(20, 100, 0.05) - 0.137).abs() < 5e-4);
/// assert_eq!(lower_limit(0, 100, 0.05), 0.0);
/// ```
#[must_use]
pub fn lower_limit(k: u64, n: u64, level: f64) -> f64 {
    if k == 0 || n == 0 {
        return 0.0;
    }
    let (k, n) = (k.min(n) as f64, n as f64);
    quantile(k, n - k + 1.0, level)
}

/// The one-sided upper limit at `level`, BetaInv(1 - level; k + 1, n - k). 1 for k = n.
#[must_use]
pub fn upper_limit(k: u64, n: u64, level: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    let (k, n) = (k as f64, n as f64);
    // The mirror image: no digit of a small level is lost to 1 - level.
    1.0 - quantile(n - k, k + 1.0, level)
}

/// The x at which the regularised incomplete beta function is p.
fn quantile(a: f64, b: f64, p: f64) -> f64 {
    turn(0.0, 1.0, |x| beta_reg(a, b, x) < p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_limits() {
        // R: binom.test(20, 100)$conf.int
        let (low, high) = (lower_limit(20, 100, 0.025), upper_limit(20, 100, 0.025));
        assert!((low - 0.126_655_6).abs() < 1e-7 && (high - 0.291_842_7).abs() < 1e-7, "{low} {high}");
        // None and all of them have closed forms.
        assert!((upper_limit(0, 10, 0.025) - (1.0 - 0.025f64.powf(0.1))).abs() < 1e-12);
        assert!((lower_limit(10, 10, 0.025) - 0.025f64.powf(0.1)).abs() < 1e-12);
        assert_eq!((upper_limit(10, 10, 0.05), lower_limit(0, 10, 0.05), upper_limit(0, 0, 0.05)), (1.0, 0.0, 1.0));
    }

    /// The figures that audits are planned by.
    #[test]
    fn limits_of_a_share_of_a_fifth() {
        for (n, low) in [(50, 0.113), (100, 0.137), (200, 0.155), (400, 0.168), (1000, 0.179)] {
            assert!((lower_limit(n / 5, n, 0.05) - low).abs() < 6e-4, "{n}");
        }
        for (n, low) in [(100, 0.095), (200, 0.110)] {
            assert!((lower_limit(n * 3 / 20, n, 0.05) - low).abs() < 6e-4, "{n}");
        }
    }

    /// The limits invert the binomial tails, summed term by term.
    #[test]
    fn limits_are_where_the_tails_have_the_level() {
        let tail = |from: u64, n: u64, p: f64| -> f64 {
            let mut sum = 0.0;
            for i in from..=n {
                let choose: f64 = (0..i).map(|j| (n - j) as f64 / (j + 1) as f64).product();
                sum += choose * p.powi(i as i32) * (1.0 - p).powi((n - i) as i32);
            }
            sum
        };
        for (k, n) in [(1, 7), (3, 20), (19, 20), (12, 40)] {
            for level in [0.05, 0.05 / 40.0, 1e-6] {
                assert!((tail(k, n, lower_limit(k, n, level)) / level - 1.0).abs() < 1e-6);
                assert!(((1.0 - tail(k + 1, n, upper_limit(k, n, level))) / level - 1.0).abs() < 1e-6);
            }
        }
    }
}
