//! Mean reversion: alpha from how soon a run forgets where it was.

use super::{Estimate, normal_quantile};

/// Generations below which nothing is said: the lagged products are too noisy.
pub const LEAST_LAGGED: usize = 50;

/// Blocks of time that are left out in turn for the standard error.
const BLOCKS: usize = 10;

/// In a linear regime E[x_{t+1} - x*] = (1 - alpha)(x_t - x*), so alpha = 1 - sum x_{t+2} x_t / sum x_{t+1} x_t, centred at x*: the values two
/// generations apart, as instrument, keep the noise of x_t out. `products(lag, t)` is the product of the values at t and t + lag.
///
/// The standard error leaves out ten blocks of time in turn (jackknife). `None` below 50 generations or where nothing fluctuates.
pub(super) fn lagged(generations: usize, products: impl Fn(usize, usize) -> f64) -> Option<Estimate> {
    if generations < LEAST_LAGGED {
        return None;
    }
    let terms: Vec<[f64; 2]> = (0..generations - 2).map(|t| [products(1, t), products(2, t)]).collect();
    let total = |terms: &mut dyn Iterator<Item = &[f64; 2]>| terms.fold([0.0; 2], |s, t| [s[0] + t[0], s[1] + t[1]]);
    let of = |[one, two]: [f64; 2]| (one > 0.0).then(|| 1.0 - two / one);
    let all = total(&mut terms.iter());
    let alpha = of(all)?;
    let size = terms.len().div_ceil(BLOCKS);
    let mut left_out = Vec::new();
    for block in terms.chunks(size) {
        let [one, two] = total(&mut block.iter());
        left_out.push(of([all[0] - one, all[1] - two])?);
    }
    let blocks = left_out.len() as f64;
    let mean = left_out.iter().sum::<f64>() / blocks;
    let se = ((blocks - 1.0) / blocks * left_out.iter().map(|x| (x - mean).powi(2)).sum::<f64>()).sqrt();
    let z = normal_quantile(0.975);
    let clip = |x: f64| x.clamp(0.0, 1.0);
    Some(Estimate { alpha: clip(alpha), se, low: clip(alpha - z * se), high: clip(alpha + z * se) })
}

/// alpha from a scalar that is measured once a generation (a score, a loss, a density) and its value for authentic data, `center`.
///
/// Generations stand in order, none missing. It needs one number a generation and many generations, at least 50, and that the metric returns to
/// `center`: a learner with a bias of its own returns elsewhere, and then the estimate is too low. `None` too where no alpha in [0, 1] lies in
/// the interval: a metric that grows from generation to generation does not return.
///
/// ```
/// use turmite_collapse::estimate_from_metric;
///
/// // A value that forgets a fifth of its distance every generation, kicked every tenth one.
/// let mut x = 0.0;
/// let path: Vec<f64> = (0..200).map(|t| { x = 0.8 * x + if t % 10 == 0 { 1.0 } else { 0.0 }; 5.0 + x }).collect();
/// let alpha = estimate_from_metric(&path, 5.0).unwrap().alpha;
/// assert!((0.1..0.3).contains(&alpha), "{alpha}");
/// assert_eq!(estimate_from_metric(&path[..20], 5.0), None);
/// ```
#[must_use]
pub fn estimate_from_metric(values: &[f64], center: f64) -> Option<Estimate> {
    let far = values.iter().map(|value| (value - center).abs()).fold(0.0, f64::max);
    if !far.is_normal() {
        return None;
    }
    // Products of very small or large values would vanish or overflow; a power of two rounds nothing.
    let scale = (-far.log2().floor()).clamp(-1000.0, 1000.0).exp2();
    let values: Vec<f64> = values.iter().map(|value| (value - center) * scale).collect();
    lagged(values.len(), |lag, t| values[t + lag] * values[t]).filter(|found| found.low < 1.0 && found.high > 0.0)
}
