//! The closed forms against simulations within three standard errors, on fixed seeds.

use super::*;
use crate::schedule::Schedule;
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
    for t in [10, 50, 100] {
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
    for (alpha, long) in [(0.05, 120), (0.1, 80), (0.2, 60), (0.5, 30)] {
        let mut theory = Categorical::new(&P, &P).unwrap();
        for _ in 0..400 {
            theory.step(alpha, 50.0);
            assert!((theory.drift() + theory.diversity() - diversity(&P)).abs() < 1e-12);
        }
        assert!((theory.drift() - stationary_drift(alpha, 50.0) * diversity(&P)).abs() < 1e-12);
        let kept = Categorical::new(&P, &P).map(|mut theory| {
            (0..long).for_each(|_| theory.step(alpha, 50.0));
            theory.diversity()
        });
        assert_holds(simulated(1500, 50, long, &P, |_| alpha), kept.unwrap());
    }
}

/// The five schedules of the science note: G_t / G_p at N = 50, after 50, 200 and 2,000 generations.
const SCHEDULES: [(&str, [f64; 3]); 5] = [
    ("constant:0.2", [0.946, 0.946, 0.946]),
    ("power:1,1", [0.726, 0.371, 0.0478]),
    ("power:2,2", [0.436, 0.029, 0.0001]),
    ("geometric:0.9", [0.677, 0.035, 0.0]),
    ("constant:0", [0.364, 0.018, 0.0]),
];

#[test]
fn every_schedule_loses_the_diversity_that_the_recursion_says() {
    for (name, figures) in SCHEDULES {
        let schedule: Schedule = name.parse().unwrap();
        // Generations are counted from 1.
        let alpha = |s: u64| schedule.alpha(s + 1);
        let mut theory = Categorical::new(&P, &P).unwrap();
        let mut from = 0;
        for (t, figure) in [50, 200, 2000].into_iter().zip(figures) {
            (from..t).for_each(|s| theory.step(alpha(s), 50.0));
            from = t;
            let kept = theory.diversity() / diversity(&P);
            let digits = if figure < 0.1 { 0.0006 } else { 0.0011 };
            assert!((kept - figure).abs() < digits, "{name}, t = {t}: {kept}, published {figure}");
            if t < 2000 {
                assert_holds(simulated(1200, 50, t, &P, alpha), theory.diversity());
            }
        }
        // After 2,000 generations a share that vanished leaves one cell in nearly every run, and a constant one does not.
        let (left, error) = simulated(150, 50, 2000, &P, alpha);
        assert!((left - theory.diversity()).abs() < 3.0 * error + 0.003, "{name}: {left} +- {error}");
    }
}

#[test]
fn vanishing_shares_follow_their_laws_at_large_t() {
    let kept = |alpha: &dyn Fn(f64) -> f64, t: u64| {
        let mut theory = Categorical::new(&P, &P).unwrap();
        (1..=t).for_each(|s| theory.step(alpha(s as f64).min(1.0), 50.0));
        theory.diversity() / diversity(&P)
    };
    let (n, t) = (50.0, 20_000.0);
    for c in [1.0, 2.0] {
        let (one, two) = (kept(&|s| c / s, 20_000), kept(&|s| c / (s * s), 20_000));
        assert!((one / (2.0 * c * n / (t + 2.0 * c * n)) - 1.0).abs() < 0.02, "{one}");
        assert!((two / (2.0 * c * n / (t * t)) - 1.0).abs() < 0.03, "{two}");
    }
    // A wrong start is forgotten where the sum of shares diverges, although diversity is lost.
    let mut start = [0.0; 8];
    start[7] = 1.0;
    let mut theory = Categorical::new(&P, &start).unwrap();
    (2..=20_000).for_each(|s| theory.step(1.0 / f64::from(s), n));
    assert!(theory.mean().iter().zip(&P).all(|(e, p)| (e - p).abs() < 1e-4));
}

#[test]
fn growing_generations_keep_a_share_without_exogenous_data() {
    // N_t = 10 t^2: the sum of 1 / N_t is finite, and the product is that of an accumulating learner with N = 10.
    let size = |s: u64| 10 * (s * s) as usize;
    let mut theory = Categorical::new(&P, &P).unwrap();
    (1..=12).for_each(|s| theory.step(0.0, size(s) as f64));
    assert!((theory.diversity() / diversity(&P) - diversity_kept_accumulating(10.0, 12)).abs() < 1e-12);
    let left = mean(500, |run| {
        let mut rng = seed::rng(17, 0, 0, run);
        let mut q = P.to_vec();
        (1..=12).for_each(|s| q = resample(&q, &P, 0.0, size(s), &mut rng));
        diversity(&q)
    });
    assert_holds(left, theory.diversity());
}

#[test]
fn without_exogenous_data_shares_keep_their_mean() {
    let first = mean(3000, |run| {
        let mut rng = seed::rng(18, 0, 0, run);
        let mut q = P.to_vec();
        (0..40).for_each(|_| q = resample(&q, &P, 0.0, 50, &mut rng));
        q[0]
    });
    assert_holds(first, P[0]);
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
    // Two equal cells: 2 N ln 2.
    assert!((fixation_time(&[0.5, 0.5], 50.0) - 100.0 * 2f64.ln()).abs() < 1e-9);
}

#[test]
fn accumulated_data_bound_the_loss() {
    for (n, last) in [(10usize, 60u64), (50, 40)] {
        let kept = accumulated(n, last);
        assert_holds(kept, diversity_kept_accumulating(n as f64, last));
        let limit = diversity_kept_accumulating_limit(n as f64);
        assert!((diversity_kept_accumulating(n as f64, 100_000) - limit).abs() < 1e-6);
        // The drift that is left is about pi^2 / 6 of one round's sampling error.
        let drift = 1.0 - limit;
        assert!((drift * n as f64 / (std::f64::consts::PI.powi(2) / 6.0) - 1.0).abs() < 0.1);
    }
}

fn accumulated(n: usize, last: u64) -> (f64, f64) {
    mean(3000, |run| {
        let mut rng = seed::rng(14, 0, n as u64, run);
        // The pool starts with N samples of the truth's exact shares, as q_0 = p.
        let mut q = P.to_vec();
        for t in 1..=last {
            let fresh = resample(&q, &q, 0.0, n, &mut rng);
            let t = t as f64;
            q.iter_mut().zip(&fresh).for_each(|(q, x)| *q = (*q * (t - 1.0) + x) / t);
        }
        diversity(&q) / diversity(&P)
    })
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
fn a_gaussian_learner_has_one_budget_and_the_fixed_point_of_the_categorical_one() {
    for (alpha, long) in [(0.0, 10), (0.05, 60), (0.2, 30)] {
        let mut theory = Gaussian::new(1.0, 1.0, 0.0);
        for _ in 0..long {
            theory.step(alpha, 20.0);
            assert!((theory.spread + theory.drift - 1.0).abs() < 1e-12);
        }
        if alpha == 0.0 {
            assert!((theory.spread - diversity_kept(20.0, 10.0)).abs() < 1e-12);
        } else {
            let mut late = theory;
            (0..1000).for_each(|_| late.step(alpha, 20.0));
            assert!((late.drift - stationary_drift(alpha, 20.0)).abs() < 1e-12);
        }
        let run = |run| gaussian_run(20, long, alpha, (0.0, 1.0), &mut seed::rng(19, (alpha * 100.0) as u64, 0, run));
        assert_holds(mean(3000, |i| run(i).1), theory.spread);
        assert_holds(mean(3000, |i| run(i).0.powi(2)), theory.drift);
        // Spread and drift of one run added: the variance of the truth, in the mean.
        assert_holds(mean(3000, |i| run(i).1 + run(i).0.powi(2)), 1.0);
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
