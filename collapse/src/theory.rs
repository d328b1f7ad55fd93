//! What the theory predicts: exact recursions and closed forms for two learners that can be solved.
//!
//! Setting: truth p, learner q_t. Generation t draws N independent samples from
//! m_t = alpha_t p + (1 - alpha_t) q_t, and q_{t+1} is the maximum-likelihood fit. G_t = E\[1 - sum q_t^2\] is the
//! Gini-Simpson diversity, V_t = E|q_t - p|^2 the drift, b = 1 - 1/N. The categorical case with alpha = 0 is the
//! Wright-Fisher model of population genetics.

use statrs::function::gamma::digamma;

/// E\[q_t\] and E\[sum q_t^2\] of a categorical learner: the exact recursion for any schedule, start and size.
#[derive(Clone, Debug, PartialEq)]
pub struct Categorical {
    truth: Vec<f64>,
    mean: Vec<f64>,
    square: f64,
}

impl Categorical {
    /// Starts from `start` (the learner before its first generation), under the truth `truth`.
    /// `None` unless both are distributions over the same cells.
    #[must_use]
    pub fn new(truth: &[f64], start: &[f64]) -> Option<Self> {
        let sound = |p: &[f64]| p.iter().all(|x| (0.0..=1.0).contains(x)) && (p.iter().sum::<f64>() - 1.0).abs() < 1e-9;
        (truth.len() == start.len() && sound(truth) && sound(start)).then(|| Self {
            truth: truth.to_vec(),
            mean: start.to_vec(),
            square: start.iter().map(|x| x * x).sum(),
        })
    }

    /// One generation of `n` samples at share `alpha`:
    ///
    /// e' = alpha p + (1-alpha) e,
    /// S' = 1/N + b \[alpha^2 sum p^2 + 2 alpha (1-alpha) p.e + (1-alpha)^2 S\].
    pub fn step(&mut self, alpha: f64, n: f64) {
        let beta = 1.0 - alpha;
        let dot: f64 = self.truth.iter().zip(&self.mean).map(|(p, e)| p * e).sum();
        let square: f64 = self.truth.iter().map(|p| p * p).sum();
        self.square =
            1.0 / n + (1.0 - 1.0 / n) * (alpha * alpha * square + 2.0 * alpha * beta * dot + beta * beta * self.square);
        for (e, p) in self.mean.iter_mut().zip(&self.truth) {
            *e = alpha * p + beta * *e;
        }
    }

    /// E\[q_t\].
    #[must_use]
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// G_t = 1 - E\[sum q_t^2\].
    #[must_use]
    pub fn diversity(&self) -> f64 {
        1.0 - self.square
    }

    /// V_t = E|q_t - p|^2. From a start at the truth it equals G_p - G_t: what diversity loses, drift gains.
    #[must_use]
    pub fn drift(&self) -> f64 {
        let square: f64 = self.truth.iter().map(|p| p * p).sum();
        let dot: f64 = self.truth.iter().zip(&self.mean).map(|(p, e)| p * e).sum();
        self.square - 2.0 * dot + square
    }
}

/// The diversity kept after t generations without exogenous data: (1 - 1/N)^t.
#[must_use]
pub fn diversity_kept(n: f64, t: f64) -> f64 {
    (1.0 - 1.0 / n).powf(t)
}

/// The diversity kept by a learner trained on all data so far: prod over s of 1 - 1/(N s^2).
#[must_use]
pub fn diversity_kept_accumulating(n: f64, t: u64) -> f64 {
    (1..=t).map(|s| 1.0 - 1.0 / (n * (s as f64).powi(2))).product()
}

/// Its limit: sin(x)/x with x = pi / sqrt(N).
#[must_use]
pub fn diversity_kept_accumulating_limit(n: f64) -> f64 {
    let x = std::f64::consts::PI / n.sqrt();
    x.sin() / x
}

/// Stationary drift under a constant alpha, as a share of G_p (categorical) or of the variance (Gaussian):
/// 1 / (N - (N-1)(1-alpha)^2).
#[must_use]
pub fn stationary_drift(alpha: f64, n: f64) -> f64 {
    1.0 / (n - (n - 1.0) * (1.0 - alpha).powi(2))
}

/// Expected entropy lost in one generation from the uniform distribution over k cells, in nats:
/// (k-1)/(2N) + (k^2-1)/(12 N^2). Needs k well below N.
#[must_use]
pub fn first_entropy_loss(k: f64, n: f64) -> f64 {
    (k - 1.0) / (2.0 * n) + (k * k - 1.0) / (12.0 * n * n)
}

/// Mean number of generations until one cell is left, in the diffusion approximation: -2N sum (1-p) ln(1-p).
#[must_use]
pub fn fixation_time(truth: &[f64], n: f64) -> f64 {
    -2.0 * n * truth.iter().map(|p| if *p < 1.0 { (1.0 - p) * (1.0 - p).ln() } else { 0.0 }).sum::<f64>()
}

/// Moments of a Gaussian learner (variance with divisor N): s_t = E sigma_t^2 and v_t = E (mu_t - mu)^2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaussian {
    variance: f64,
    /// s_t
    pub spread: f64,
    /// v_t
    pub drift: f64,
}

impl Gaussian {
    /// Starts at a learner with variance `spread` and squared offset `drift`, under a truth of `variance`.
    #[must_use]
    pub fn new(variance: f64, spread: f64, drift: f64) -> Self {
        Self { variance, spread, drift }
    }

    /// One generation: A = alpha sigma^2 + (1-alpha) s + alpha (1-alpha) v; s' = b A; v' = (1-alpha)^2 v + A/N.
    pub fn step(&mut self, alpha: f64, n: f64) {
        let beta = 1.0 - alpha;
        let a = alpha * self.variance + beta * self.spread + alpha * beta * self.drift;
        self.spread = (1.0 - 1.0 / n) * a;
        self.drift = beta * beta * self.drift + a / n;
    }
}

/// E ln(sigma_t^2 / sigma_0^2) without exogenous data: t \[psi((N-1)/2) + ln(2/N)\], the typical run, which
/// shrinks faster than the mean.
#[must_use]
pub fn log_variance(n: f64, t: f64) -> f64 {
    t * (digamma((n - 1.0) / 2.0) + (2.0 / n).ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{self, below, unit};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, Normal};

    /// Mean and standard error of `runs` draws.
    fn mean(runs: usize, mut draw: impl FnMut(u64) -> f64) -> (f64, f64) {
        let (mut sum, mut square) = (0.0, 0.0);
        for run in 0..runs {
            let x = draw(run as u64);
            sum += x;
            square += x * x;
        }
        let n = runs as f64;
        (sum / n, ((square / n - (sum / n).powi(2)) / (n - 1.0)).sqrt())
    }

    fn assert_holds((measured, error): (f64, f64), predicted: f64) {
        assert!((measured - predicted).abs() < 3.0 * error, "measured {measured} +- {error}, predicted {predicted}");
    }

    fn resample(q: &[f64], p: &[f64], alpha: f64, n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let mut counts = vec![0.0; q.len()];
        for _ in 0..n {
            let from = if unit(rng) < alpha { p } else { q };
            let mut u = unit(rng);
            let mut cell = 0;
            while cell + 1 < from.len() && u >= from[cell] {
                u -= from[cell];
                cell += 1;
            }
            counts[cell] += 1.0 / n as f64;
        }
        counts
    }

    fn diversity(q: &[f64]) -> f64 {
        1.0 - q.iter().map(|x| x * x).sum::<f64>()
    }

    const P: [f64; 8] = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05];

    fn simulated(runs: usize, n: usize, t: u64, start: &[f64], alpha: impl Fn(u64) -> f64) -> (f64, f64) {
        mean(runs, |run| {
            let mut rng = seed::rng(11, n as u64, t, run);
            let mut q = start.to_vec();
            for s in 0..t {
                q = resample(&q, &P, alpha(s), n, &mut rng);
            }
            diversity(&q)
        })
    }

    #[test]
    fn without_exogenous_data_diversity_decays_by_one_in_n() {
        for t in [10, 50] {
            assert_holds(simulated(3000, 50, t, &P, |_| 0.0), diversity_kept(50.0, t as f64) * diversity(&P));
        }
    }

    #[test]
    fn the_recursion_holds_for_any_schedule_and_start() {
        let alpha = |t: u64| (t as f64).sin().abs() / 2.0;
        let mut start = [0.0; 8];
        start[7] = 1.0;
        for t in [5, 30] {
            let mut theory = Categorical::new(&P, &start).unwrap();
            (0..t).for_each(|s| theory.step(alpha(s), 50.0));
            assert_holds(simulated(3000, 50, t, &start, alpha), theory.diversity());
        }
    }

    #[test]
    fn a_constant_share_has_a_fixed_point_and_one_budget() {
        let mut theory = Categorical::new(&P, &P).unwrap();
        for _ in 0..400 {
            theory.step(0.2, 50.0);
            assert!((theory.drift() + theory.diversity() - diversity(&P)).abs() < 1e-12);
        }
        assert!((theory.drift() - stationary_drift(0.2, 50.0) * diversity(&P)).abs() < 1e-12);
        assert_holds(simulated(1500, 50, 60, &P, |_| 0.2), theory.diversity());
    }

    #[test]
    fn the_first_generation_loses_the_entropy_it_should() {
        let uniform = [0.125; 8];
        let loss = mean(4000, |run| {
            let q = resample(&uniform, &uniform, 0.0, 200, &mut seed::rng(12, 0, 0, run));
            8f64.ln() + q.iter().filter(|x| **x > 0.0).map(|x| x * x.ln()).sum::<f64>()
        });
        assert_holds(loss, first_entropy_loss(8.0, 200.0));
    }

    #[test]
    fn fixation_comes_when_the_diffusion_says() {
        let uniform = [0.125; 8];
        let time = mean(1000, |run| {
            let mut rng = seed::rng(13, 0, 0, run);
            let (mut q, mut t) = (uniform.to_vec(), 0.0);
            while q.iter().all(|x| *x < 1.0 - 1e-9) {
                q = resample(&q, &uniform, 0.0, 50, &mut rng);
                t += 1.0;
            }
            t
        });
        assert_holds(time, fixation_time(&uniform, 50.0));
    }

    #[test]
    fn accumulated_data_bound_the_loss() {
        let (n, last) = (10usize, 60u64);
        let kept = mean(3000, |run| {
            let mut rng = seed::rng(14, 0, 0, run);
            // The pool starts with N samples of the truth's exact shares, as q_0 = p.
            let mut q = P.to_vec();
            for t in 1..=last {
                let fresh = resample(&q, &q, 0.0, n, &mut rng);
                let t = t as f64;
                q.iter_mut().zip(&fresh).for_each(|(q, x)| *q = (*q * (t - 1.0) + x) / t);
            }
            diversity(&q) / diversity(&P)
        });
        assert_holds(kept, diversity_kept_accumulating(n as f64, last));
        let limit = diversity_kept_accumulating_limit(n as f64);
        assert!((diversity_kept_accumulating(n as f64, 100_000) - limit).abs() < 1e-6);
    }

    fn gaussian_run(n: usize, t: u64, alpha: f64, start: (f64, f64), rng: &mut ChaCha8Rng) -> (f64, f64) {
        let (mut mu, mut sigma) = start;
        for _ in 0..t {
            let own = Normal::new(mu, sigma).unwrap();
            let truth = Normal::new(0.0, 1.0).unwrap();
            let sample: Vec<f64> =
                (0..n).map(|_| if unit(rng) < alpha { truth.sample(rng) } else { own.sample(rng) }).collect();
            mu = sample.iter().sum::<f64>() / n as f64;
            sigma = (sample.iter().map(|x| (x - mu).powi(2)).sum::<f64>() / n as f64).sqrt();
        }
        (mu, sigma * sigma)
    }

    #[test]
    fn gaussian_moments_follow_their_recursion() {
        for (alpha, start) in [(0.0, (0.0, 1.0)), (0.2, (3.0, 0.1f64.sqrt()))] {
            let mut theory = Gaussian::new(1.0, start.1 * start.1, start.0 * start.0);
            (0..8).for_each(|_| theory.step(alpha, 20.0));
            let run = |run| gaussian_run(20, 8, alpha, start, &mut seed::rng(15, (alpha * 10.0) as u64, 0, run));
            assert_holds(mean(4000, |i| run(i).1), theory.spread);
            assert_holds(mean(4000, |i| run(i).0.powi(2)), theory.drift);
        }
    }

    #[test]
    fn the_typical_gaussian_run_shrinks_faster_than_the_mean() {
        let logs = mean(2000, |run| gaussian_run(20, 20, 0.0, (0.0, 1.0), &mut seed::rng(16, 0, 0, run)).1.ln());
        assert_holds(logs, log_variance(20.0, 20.0));
        assert!(logs.0 < diversity_kept(20.0, 20.0).ln());
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        assert!(Categorical::new(&[0.5, 0.6], &[0.5, 0.5]).is_none());
        assert!(Categorical::new(&[1.0], &[0.5, 0.5]).is_none());
        let _ = below(&mut seed::rng(0, 0, 0, 0), 0);
    }
}
