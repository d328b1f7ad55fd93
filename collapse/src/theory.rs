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
mod tests;
