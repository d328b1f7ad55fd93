//! The static misfit: a learner that differs from the reference at once and stays on that side.

use crate::channel::Channel;
use crate::drift::{Null, moments};
use crate::measure::Values;

/// Mean distance, in standard deviations of authentic pools, from which a misfit is named. It is a description
/// and never makes a run collapsing, so it has no false-alarm rate of its own; three standard deviations lie
/// beyond the stationary wandering of a sound learner anchored at 0.3 (standard deviation 1.85, by the exact
/// recursion of [`crate::theory`]).
const DISTANCE: f64 = 3.0;

/// By position: whether, in one channel, every generation from the first synthetic one on lies on the same side
/// of the authentic mean, two at least, by [`DISTANCE`] on average.
///
/// Distances are divided by `widen`, since the reference is itself a sample (see [`widening`]). The number of
/// different records takes no part: every learner that copies differs there. Nor do the distance, which is one from generation 1, and what goes with it.
pub(crate) fn misfit(path: &[Values], authentic: &Null, widen: f64, channels: &[Channel]) -> Vec<bool> {
    let mut found = vec![false; path.len()];
    let partakes = |channel: &Channel| !matches!(channel, Channel::Distinct | Channel::Distance | Channel::Unanchored);
    for (c, channel) in channels.iter().enumerate().filter(|(_, channel)| partakes(channel)) {
        let pools = authentic.paths().iter().flat_map(|path| path.iter().map(|x| x[c]));
        let (mean, sd) = moments(pools, channel.tick());
        let distances: Vec<f64> = path.iter().map(|x| (x[c] - mean) / (sd * widen)).collect();
        for t in 2..path.len() {
            let shown = &distances[1..=t];
            let one_sided = shown.iter().all(|z| *z > 0.0) || shown.iter().all(|z| *z < 0.0);
            found[t] |= one_sided && (shown.iter().sum::<f64>() / shown.len() as f64).abs() >= DISTANCE;
        }
    }
    found
}

/// How much further a fresh authentic pool of `size` records lies from a reference of `reference` records than
/// pools drawn from that reference lie from their mean: the reference's own sampling error, and the finite
/// population where the authentic null draws without replacement (from four times `size` up).
pub(crate) fn widening(size: usize, reference: usize) -> f64 {
    let ratio = size as f64 / reference.max(1) as f64;
    let drawn = if reference >= size.saturating_mul(4) { 1.0 - ratio } else { 1.0 };
    ((1.0 + ratio) / drawn).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;
    use crate::surrogate::Family;

    #[test]
    fn a_constant_offset_is_found_and_scatter_is_not() {
        let path = |number: u64, offset: f64| -> Vec<Values> {
            let mut rng = seed::rng(8, number, 0, 0);
            (0..6).map(|_| vec![seed::unit(&mut rng) + offset]).collect()
        };
        let channels = &[Channel::Multiscale48];
        let null = Null::new(Family::Authentic, (0..300).map(|i| path(i, 0.0)).collect(), channels);
        let found = |offset| (500..700).filter(|&i| misfit(&path(i, offset), &null, 1.0, channels)[5]).count();
        assert_eq!((found(0.0), found(2.0)), (0, 200));
        assert!(widening(100, 1_000_000) < 1.001 && (widening(64, 64) - 2f64.sqrt()).abs() < 1e-12);
    }
}
