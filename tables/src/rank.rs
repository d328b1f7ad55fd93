//! How far two orders of the same things agree: correlations of pairs that stand for several alike.
//!
//! A class of strings is one pair with the class's size as weight; every number here is the one that the expanded list
//! of strings would give.

/// The K of some strings in two tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) a: f64,
    pub(crate) b: f64,
    /// How many strings have these two values.
    pub(crate) weight: u64,
}

/// Published values carry the noise of somebody's logarithm, which must not order strings whose counts are equal: K that
/// differ by less, in bits, are the same.
pub(crate) const NOISE: f64 = 1e-9;

fn key(k: f64) -> i64 {
    (k / NOISE).round() as i64
}

/// Pearson's correlation. `None` where one side is constant, to 1e-9, or there are fewer than two strings.
pub(crate) fn pearson(pairs: impl Iterator<Item = Pair> + Clone) -> Option<f64> {
    let (mut total, mut a, mut b) = (0.0, 0.0, 0.0);
    for pair in pairs.clone() {
        let weight = pair.weight as f64;
        total += weight;
        a += weight * pair.a;
        b += weight * pair.b;
    }
    let (mean_a, mean_b) = (a / total, b / total);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for pair in pairs {
        let (weight, da, db) = (pair.weight as f64, pair.a - mean_a, pair.b - mean_b);
        aa += weight * da * da;
        bb += weight * db * db;
        ab += weight * da * db;
    }
    // The spread of equal values is what their logarithms were rounded by.
    let noise = total * NOISE * NOISE;
    (aa > noise && bb > noise).then(|| (ab / (aa * bb).sqrt()).clamp(-1.0, 1.0))
}

/// The rank of each value, from 1, equal values (to 1e-9 bits) sharing the mean of theirs.
pub(crate) fn mid_ranks(values: impl Iterator<Item = (f64, u64)>) -> Vec<f64> {
    let values: Vec<(i64, u64)> = values.map(|(k, weight)| (key(k), weight)).collect();
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by_key(|i| values[*i as usize].0);
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0u64;
    for tied in order.chunk_by(|i, j| values[*i as usize].0 == values[*j as usize].0) {
        let weight: u64 = tied.iter().map(|i| values[*i as usize].1).sum();
        let rank = before as f64 + (weight as f64 + 1.0) / 2.0;
        for i in tied {
            ranks[*i as usize] = rank;
        }
        before += weight;
    }
    ranks
}

/// The two ranks of each pair.
pub(crate) fn ranks(pairs: &[Pair]) -> Vec<Pair> {
    let a = mid_ranks(pairs.iter().map(|p| (p.a, p.weight)));
    let b = mid_ranks(pairs.iter().map(|p| (p.b, p.weight)));
    pairs.iter().zip(a.into_iter().zip(b)).map(|(p, (a, b))| Pair { a, b, weight: p.weight }).collect()
}

/// Kendall's tau-b, by counting inversions: O(n log n).
pub(crate) fn kendall(pairs: &[Pair]) -> Option<f64> {
    let mut b_keys: Vec<i64> = pairs.iter().map(|p| key(p.b)).collect();
    b_keys.sort_unstable();
    b_keys.dedup();
    // (a, place of b among its distinct values, weight)
    let mut sorted: Vec<(i64, u32, u64)> =
        pairs.iter().map(|p| (key(p.a), b_keys.partition_point(|k| *k < key(p.b)) as u32, p.weight)).collect();
    sorted.sort_unstable();

    let choose_2 = |n: u128| n * n.saturating_sub(1) / 2;
    let mut seen = Sums::new(b_keys.len());
    let (mut total, mut agree, mut disagree, mut tied_a) = (0u128, 0u128, 0u128, 0u128);
    for group in sorted.chunk_by(|x, y| x.0 == y.0) {
        for (_, b, weight) in group {
            let (below, up_to) = (seen.below(*b), seen.below(b + 1));
            agree += u128::from(*weight) * below;
            disagree += u128::from(*weight) * (total - up_to);
        }
        let mut group_weight = 0;
        for (_, b, weight) in group {
            seen.add(*b, *weight);
            group_weight += u128::from(*weight);
        }
        tied_a += choose_2(group_weight);
        total += group_weight;
    }
    let tied_b: u128 = (0..b_keys.len() as u32).map(|b| choose_2(seen.below(b + 1) - seen.below(b))).sum();
    let all = choose_2(total);
    let (in_a, in_b) = ((all - tied_a) as f64, (all - tied_b) as f64);
    let net = if agree >= disagree { (agree - disagree) as f64 } else { -((disagree - agree) as f64) };
    (in_a > 0.0 && in_b > 0.0).then(|| (net / (in_a * in_b).sqrt()).clamp(-1.0, 1.0))
}

/// Sums of weights below a place, with weights added in any order (a Fenwick tree).
struct Sums(Vec<u128>);

impl Sums {
    fn new(places: usize) -> Self {
        Self(vec![0; places + 1])
    }

    fn add(&mut self, place: u32, weight: u64) {
        let mut at = place as usize + 1;
        while at < self.0.len() {
            self.0[at] += u128::from(weight);
            at += at & at.wrapping_neg();
        }
    }

    fn below(&self, place: u32) -> u128 {
        let mut at = place as usize;
        let mut sum = 0;
        while at > 0 {
            sum += self.0[at];
            at -= at & at.wrapping_neg();
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One value a string, by definition: O(n^2).
    fn slow_rank(values: &[f64], at: usize) -> f64 {
        let below = values.iter().filter(|v| **v < values[at]).count() as f64;
        let equal = values.iter().filter(|v| **v == values[at]).count() as f64;
        below + (equal + 1.0) / 2.0
    }

    fn slow_pearson(a: &[f64], b: &[f64]) -> f64 {
        let n = a.len() as f64;
        let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
        let sum =
            |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 { x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum() };
        sum(a, mean_a, b, mean_b) / (sum(a, mean_a, a, mean_a) * sum(b, mean_b, b, mean_b)).sqrt()
    }

    fn slow_kendall(a: &[f64], b: &[f64]) -> f64 {
        let (mut net, mut in_a, mut in_b) = (0.0, 0.0, 0.0);
        let sign = |x: f64, y: f64| if x == y { 0.0 } else { (x - y).signum() };
        for i in 0..a.len() {
            for j in 0..i {
                let (sa, sb) = (sign(a[i], a[j]), sign(b[i], b[j]));
                net += sa * sb;
                in_a += sa * sa;
                in_b += sb * sb;
            }
        }
        net / (f64::sqrt(in_a) * f64::sqrt(in_b))
    }

    fn agree(fast: Option<f64>, slow: f64) -> bool {
        match fast {
            Some(fast) => (fast - slow).abs() < 1e-9,
            None => slow.is_nan(),
        }
    }

    proptest! {
        /// Few distinct values, so that ties are everywhere, and weights that are expanded for the slow twin.
        #[test]
        fn weighted_correlations_are_those_of_the_expanded_list(
            pairs in prop::collection::vec((0u8..6, 0u8..6, 1u64..4), 0..30)
        ) {
            let pairs: Vec<Pair> =
                pairs.into_iter().map(|(a, b, weight)| Pair { a: f64::from(a), b: f64::from(b), weight }).collect();
            let expand = |of: fn(&Pair) -> f64| -> Vec<f64> {
                pairs.iter().flat_map(|p| std::iter::repeat_n(of(p), p.weight as usize)).collect()
            };
            let (a, b) = (expand(|p| p.a), expand(|p| p.b));
            let ranks_a: Vec<f64> = (0..a.len()).map(|i| slow_rank(&a, i)).collect();
            let ranks_b: Vec<f64> = (0..b.len()).map(|i| slow_rank(&b, i)).collect();
            prop_assert!(agree(pearson(pairs.iter().copied()), slow_pearson(&a, &b)));
            prop_assert!(agree(pearson(ranks(&pairs).into_iter()), slow_pearson(&ranks_a, &ranks_b)));
            prop_assert!(agree(kendall(&pairs), slow_kendall(&a, &b)));
        }
    }

    /// Kendall, Rank Correlation Methods: the ranks 1 2 3 4 against 1 3 2 4 have one inversion of six pairs.
    #[test]
    fn a_textbook_case() {
        let pairs: Vec<Pair> =
            [(1.0, 1.0), (2.0, 3.0), (3.0, 2.0), (4.0, 4.0)].map(|(a, b)| Pair { a, b, weight: 1 }).to_vec();
        assert!(agree(kendall(&pairs), 4.0 / 6.0));
        assert!(agree(pearson(ranks(&pairs).into_iter()), 0.8));
    }

    #[test]
    fn rounding_noise_is_a_tie() {
        let noisy = [(1.0, 1), (1.0 + 1e-13, 1), (2.0, 1)];
        assert_eq!(mid_ranks(noisy.into_iter()), [1.5, 1.5, 3.0]);
    }
}
