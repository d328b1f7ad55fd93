//! [`Lengths`]: bits a symbol that authentic records of a length have, and how widely they scatter.

use super::Measured;

/// Lengths at which the curve is fitted; between them it is a line in the logarithm of the length.
const KNOTS: usize = 32;
/// The share of the reference that the curve rests on at each of them, and the least number.
const SPAN: f64 = 0.3;
const LEAST: usize = 48;
/// The least scatter, as a share of the value: records that are all alike scatter by rounding only.
const LEAST_SCATTER: f64 = 1e-9;
/// How far beyond the lengths of the reference the ends of the curve hold.
const MARGIN: f64 = 1.1;

/// A curve over the logarithm of the length, fitted by local lines with tricube weights (Cleveland 1979), and the mean
/// absolute distance from it, fitted likewise.
#[derive(Clone, Debug)]
pub(super) struct Lengths {
    knots: Vec<Knot>,
    range: (u64, u64),
}

#[derive(Clone, Copy, Debug)]
struct Knot {
    /// The logarithm of the length.
    at: f64,
    expected: f64,
    scatter: f64,
}

impl Lengths {
    /// Fits the curve to at least one record.
    pub(super) fn fit(records: &[Measured]) -> Self {
        let mut points: Vec<(f64, f64)> =
            records.iter().map(|r| ((r.symbols as f64).ln(), r.bits_per_symbol())).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut places: Vec<f64> = (0..KNOTS).map(|i| points[i * (points.len() - 1) / (KNOTS - 1)].0).collect();
        places.dedup();
        let curve: Vec<f64> = places.iter().map(|at| local(&points, *at)).collect();
        let mut knots: Vec<Knot> =
            places.iter().zip(&curve).map(|(&at, &expected)| Knot { at, expected, scatter: 0.0 }).collect();
        let distances: Vec<(f64, f64)> =
            points.iter().map(|&(at, value)| (at, (value - between(&knots, at, |k| k.expected)).abs())).collect();
        for knot in &mut knots {
            let least = LEAST_SCATTER * knot.expected.abs().max(LEAST_SCATTER);
            knot.scatter = local(&distances, knot.at).max(least);
        }
        let (shortest, longest) =
            records.iter().fold((u64::MAX, 0), |(least, greatest), r| (least.min(r.symbols), greatest.max(r.symbols)));
        let range = ((shortest as f64 / MARGIN) as u64, (longest as f64 * MARGIN).ceil() as u64);
        Self { knots, range }
    }

    pub(super) fn range(&self) -> (u64, u64) {
        self.range
    }

    /// Bits a symbol at a length; `None` outside the range.
    pub(super) fn expected(&self, symbols: u64) -> Option<f64> {
        self.at(symbols).map(|at| between(&self.knots, at, |k| k.expected))
    }

    /// The distance of a record from the curve, in mean absolute distances there.
    pub(super) fn deviations(&self, record: Measured) -> Option<f64> {
        let at = self.at(record.symbols)?;
        let expected = between(&self.knots, at, |k| k.expected);
        Some((record.bits_per_symbol() - expected) / between(&self.knots, at, |k| k.scatter))
    }

    fn at(&self, symbols: u64) -> Option<f64> {
        (symbols > 0 && symbols >= self.range.0 && symbols <= self.range.1).then(|| (symbols as f64).ln())
    }
}

/// The value of the line through the points nearest to `at`, weighted by nearness. `points` are in order.
fn local(points: &[(f64, f64)], at: f64) -> f64 {
    let count = ((points.len() as f64 * SPAN) as usize).max(LEAST).min(points.len());
    // The nearest are a run: the one that starts where the next to come is no nearer than the first to go.
    let first = partition(points.len() - count, |i| at - points[i].0 > points[i + count].0 - at);
    let nearest = &points[first..first + count];
    let reach = nearest.iter().map(|p| (p.0 - at).abs()).fold(0.0, f64::max);
    let (mut w, mut wx, mut wy, mut wxx, mut wxy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(x, y) in nearest {
        let (x, share) = (x - at, if reach > 0.0 { (x - at).abs() / reach } else { 0.0 });
        // A little of the weight for the farthest, so that records of few lengths have one too.
        let weight = (1.0 - share.powi(3)).powi(3).max(1e-3);
        w += weight;
        wx += weight * x;
        wy += weight * y;
        wxx += weight * x * x;
        wxy += weight * x * y;
    }
    let spread = w * wxx - wx * wx;
    // All of one length: their mean.
    if spread <= 1e-12 * w * w { wy / w } else { (wxx * wy - wx * wxy) / spread }
}

/// The first index in `0..end` at which `before` is false.
fn partition(end: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}

/// The value between two knots, and beyond the ends that of the end.
fn between(knots: &[Knot], at: f64, value: impl Fn(&Knot) -> f64) -> f64 {
    let next = knots.partition_point(|k| k.at < at);
    match (next.checked_sub(1).map(|i| &knots[i]), knots.get(next)) {
        (Some(a), Some(b)) => value(a) + (value(b) - value(a)) * (at - a.at) / (b.at - a.at),
        (Some(only), None) | (None, Some(only)) => value(only),
        (None, None) => 0.0,
    }
}
