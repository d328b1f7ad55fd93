//! The score of the mixture likelihood, with what records and the reference add to its variance.
//!
//! The mixture's score at alpha is sum_i n_i f_i with f = (p - q) / m. It is 0 on average at the true alpha for *any* fixed f, so f may be
//! taken from one half of the reference and p from the other: the error of p, which biases the plain maximum downwards, then cancels.
//! Cells of one record depend on each other, so records are what is independent: that is the effective size. Their variance is that of a mixture of
//! source and learner records at the alpha in question, as in Wilson's interval for a share; one taken at the estimate is too small where alpha is.

use super::cells::shares;
use super::{Estimate, normal_quantile};
use crate::pool::Pool;

/// The reference in two halves.
#[derive(Clone, Debug)]
pub(crate) struct Halves {
    cells: usize,
    pools: [Pool<u32>; 2],
    shares: [Vec<f64>; 2],
}

impl Halves {
    pub(crate) fn new(reference: &Pool<u32>, cells: usize) -> Self {
        let mut pools = [Pool::default(), Pool::default()];
        for (at, record) in reference.iter().enumerate() {
            pools[at % 2].push(record);
        }
        let shares = [0, 1].map(|half: usize| shares(&pools[half], cells));
        Self { cells, pools, shares }
    }

    /// The share of each cell in one half.
    pub(crate) fn shares(&self, half: usize) -> &[f64] {
        &self.shares[half]
    }

    /// A share that is never 0: (count + 0.5) / (cells + 0.5 K).
    fn smooth(share: f64, pool: &Pool<u32>, cells: usize) -> f64 {
        let (n, k) = (pool.symbols().len() as f64, cells as f64);
        (share * n + 0.5) / (n + 0.5 * k)
    }
}

/// The estimating equation A - alpha B = 0 of one generation, or the sum of several.
#[derive(Clone, Debug, Default)]
pub(crate) struct Equation {
    a: f64,
    b: f64,
    /// The variance of A at alpha: the coefficients of 1, alpha and alpha^2.
    records: [f64; 3],
    /// Error of B by reference record, for each half.
    reference: [Vec<f64>; 2],
}

impl Equation {
    /// A generation's equation, its directions f taken at `pilot`.
    pub(crate) fn new(halves: &Halves, before: &Pool<u32>, q: &[f64], generation: &Pool<u32>, pilot: f64) -> Self {
        let cells = halves.cells;
        let directions = [0, 1].map(|half: usize| -> Vec<f64> {
            let p = &halves.shares[half];
            let direction = p.iter().zip(q).map(|(&p, &q)| {
                let p = Halves::smooth(p, &halves.pools[half], cells);
                let q = Halves::smooth(q, before, cells);
                (p - q) / (pilot * p + (1.0 - pilot) * q)
            });
            direction.collect()
        });
        let size = generation.symbols().len().max(1) as f64;
        let n = shares(generation, cells);
        let dot = |f: &[f64], shares: &[f64]| f.iter().zip(shares).map(|(f, share)| f * share).sum::<f64>();
        let mut equation = Self::default();
        for (half, f) in directions.iter().enumerate() {
            let p = &halves.shares[1 - half];
            equation.a += size * (dot(f, &n) - dot(f, q));
            equation.b += size * (dot(f, p) - dot(f, q));
            equation.reference[1 - half] = errors(f, &halves.pools[1 - half], size);
        }
        let both: Vec<f64> = directions[0].iter().zip(&directions[1]).map(|(a, b)| a + b).collect();
        let parts = [Spread::of(&both, &halves.pools[0]), Spread::of(&both, &halves.pools[1])];
        let source = Spread {
            mean: f64::midpoint(parts[0].mean, parts[1].mean),
            variance: f64::midpoint(parts[0].variance, parts[1].variance),
        };
        let learner = Spread::of(&both, before);
        let records = generation.len() as f64;
        let apart = (size / records.max(1.0) * (source.mean - learner.mean)).powi(2);
        equation.records =
            [learner.variance, source.variance - learner.variance + apart, -apart].map(|term| records * term);
        equation
    }

    /// Adds the equation of another generation: alpha is then taken to be the same in both.
    pub(crate) fn add(&mut self, other: &Self) {
        self.a += other.a;
        self.b += other.b;
        for (term, more) in self.records.iter_mut().zip(&other.records) {
            *term += more;
        }
        for (errors, more) in self.reference.iter_mut().zip(&other.reference) {
            errors.resize(more.len(), 0.0);
            for (error, more) in errors.iter_mut().zip(more) {
                // Generations share the reference, so its errors add up before they are squared.
                *error += more;
            }
        }
    }

    fn reference(&self) -> f64 {
        self.reference.iter().flatten().map(|e| e * e).sum()
    }

    /// The solution, not cut to [0, 1]; `None` where nothing tells p from q.
    pub(crate) fn solution(&self) -> Option<f64> {
        let alpha = self.a / self.b;
        (self.b > 0.0 && alpha.is_finite()).then_some(alpha)
    }

    /// The variance of A - alpha B at alpha: the coefficients of 1, alpha and alpha^2.
    fn variance(&self) -> [f64; 3] {
        let [one, alpha, square] = self.records;
        [one, alpha, square + self.reference()]
    }

    /// The estimate with its 95 % limits.
    pub(crate) fn estimate(&self) -> Option<Estimate> {
        let alpha = self.solution()?.clamp(0.0, 1.0);
        let [one, linear, square] = self.variance();
        let se = (one + alpha * linear + alpha * alpha * square).max(0.0).sqrt() / self.b;
        let (low, high) = self.limits(0.025)?;
        Some(Estimate { alpha, se, low, high })
    }

    /// All alpha at which A - alpha B is within so many of its standard deviations of 0 (Fieller, 1954), one-sided `level` on each side.
    pub(crate) fn limits(&self, level: f64) -> Option<(f64, f64)> {
        let z2 = normal_quantile(1.0 - level).powi(2);
        let [one, linear, square] = self.variance();
        let (x2, x1, x0) =
            (self.b * self.b - z2 * square, 2.0 * self.a * self.b + z2 * linear, self.a * self.a - z2 * one);
        let inside = x1 * x1 - 4.0 * x2 * x0;
        if x2 <= 0.0 || inside < 0.0 {
            return None;
        }
        let limit = |sign: f64| ((x1 + sign * inside.sqrt()) / (2.0 * x2)).clamp(0.0, 1.0);
        Some((limit(-1.0), limit(1.0)))
    }
}

/// The mean of f over cells, and the variance of its sum over a record about that.
struct Spread {
    mean: f64,
    variance: f64,
}

impl Spread {
    fn of(f: &[f64], pool: &Pool<u32>) -> Self {
        let sum = |cells: &[u32]| cells.iter().map(|&cell| f[cell as usize]).sum::<f64>();
        let mean = sum(pool.symbols()) / pool.symbols().len().max(1) as f64;
        let squares: f64 = pool.iter().map(|record| (sum(record) - mean * record.len() as f64).powi(2)).sum();
        Self { mean, variance: squares / (pool.len() as f64 - 1.0).max(1.0) }
    }
}

/// By record, what it adds to the error of `size` times the mean of f over cells.
fn errors(f: &[f64], pool: &Pool<u32>, size: f64) -> Vec<f64> {
    let total = pool.symbols().len().max(1) as f64;
    let mean = pool.symbols().iter().map(|&cell| f[cell as usize]).sum::<f64>() / total;
    let records = pool.len().max(2) as f64;
    let factor = size / total * (records / (records - 1.0)).sqrt();
    pool.iter().map(|record| factor * record.iter().map(|&cell| f[cell as usize] - mean).sum::<f64>()).collect()
}

/// How much worse than by chance the mixture fits, a cell: about 1 where generation t is one. What is left over a cell is compared with its variance, summed over records.
pub(crate) fn misfit(halves: &Halves, q: &[f64], generation: &Pool<u32>, alpha: f64) -> f64 {
    let cells = halves.cells;
    let (n, of_n) = variances(generation, cells);
    let parts = [0, 1].map(|half: usize| variances(&halves.pools[half], cells));
    let (mut sum, mut seen) = (0.0, 0.0);
    for cell in 0..cells {
        let p = f64::midpoint(parts[0].0[cell], parts[1].0[cell]);
        let variance = of_n[cell] + alpha * alpha * (parts[0].1[cell] + parts[1].1[cell]) / 4.0;
        // Cells too rare to have a variance of their own.
        if n[cell] * generation.symbols().len() as f64 >= 5.0 && variance > 0.0 {
            sum += (n[cell] - alpha * p - (1.0 - alpha) * q[cell]).powi(2) / variance;
            seen += 1.0;
        }
    }
    if seen > 0.0 { sum / seen } else { 0.0 }
}

/// By cell its share and the variance of that, records being independent.
fn variances(pool: &Pool<u32>, cells: usize) -> (Vec<f64>, Vec<f64>) {
    let shares = shares(pool, cells);
    let (mut squares, mut products, mut lengths) = (vec![0.0; cells], vec![0.0; cells], 0.0);
    let mut record = Vec::new();
    for cells in pool.iter() {
        let length = cells.len() as f64;
        lengths += length * length;
        record.clear();
        record.extend_from_slice(cells);
        record.sort_unstable();
        for same in record.chunk_by(|a, b| a == b) {
            let (cell, count) = (same[0] as usize, same.len() as f64);
            squares[cell] += count * count;
            products[cell] += count * length;
        }
    }
    let total = (pool.symbols().len().max(1) as f64).powi(2);
    let variances =
        (0..cells).map(|i| (squares[i] - 2.0 * shares[i] * products[i] + shares[i].powi(2) * lengths) / total);
    let variances = variances.collect();
    (shares, variances)
}
