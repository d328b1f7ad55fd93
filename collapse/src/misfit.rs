//! The static misfit: a learner that differs from the reference at once and stays put.

use crate::drift::{Null, moments};
use crate::measure::{Channel, Values};

/// Position of the second of the two generations that show a misfit: the first two synthetic ones.
pub(crate) const SHOWN: usize = 2;

/// Whether generations 1 and 2 both lie further from authentic pools than authentic trajectories do at `level`.
///
/// `centre` is the mean of authentic pools drawn without replacement; distances from it are divided by `widen`,
/// since the reference is itself a sample (see [`widening`]). The number of different records takes no part:
/// every finite learner that copies differs there. Later generations take none either: an anchored learner's
/// stationary wandering is no misfit.
pub(crate) fn misfit(
    path: &[Values],
    authentic: &Null,
    centre: &Values,
    widen: f64,
    channels: &[Channel],
    level: f64,
) -> bool {
    let paths = authentic.paths();
    let scale: Vec<(f64, f64)> = channels
        .iter()
        .enumerate()
        .map(|(c, channel)| moments(paths.iter().flat_map(move |path| path.iter().map(move |x| x[c])), channel.tick()))
        .collect();
    let pair = |path: &[Values], centred_on: &dyn Fn(usize) -> f64| {
        let used = (0..channels.len()).filter(|&c| channels[c] != Channel::Distinct);
        used.map(|c| {
            let distance = |t: usize| (path[t][c] - centred_on(c)) / scale[c].1;
            let (first, second) = (distance(1), distance(SHOWN));
            // A misfit is a bias: it has one sign.
            if first.signum() == second.signum() { first.abs().min(second.abs()) } else { 0.0 }
        })
        .fold(0.0, f64::max)
    };
    if path.len() <= SHOWN {
        return false;
    }
    let statistic = pair(path, &|c| centre[c]) / widen;
    let long_enough = paths.iter().filter(|path| path.len() > SHOWN);
    let as_extreme = long_enough.filter(|path| pair(path, &|c| scale[c].0) >= statistic).count();
    (1 + as_extreme) as f64 <= level * (1 + paths.len()) as f64
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
            (0..4).map(|_| [seed::unit(&mut rng) + offset, 0.0, 0.0, 0.0]).collect()
        };
        let channels = &[Channel::Multiscale];
        let null = Null::new(Family::Authentic, (0..300).map(|i| path(i, 0.0)).collect(), channels);
        let found = |offset: f64| {
            (500..700).filter(|&i| misfit(&path(i, offset), &null, &[0.5, 0.0, 0.0, 0.0], 1.0, channels, 0.01)).count()
        };
        assert!(found(0.0) <= 6 && found(2.0) == 200, "{} {}", found(0.0), found(2.0));
        assert!(widening(100, 1_000_000) < 1.001 && (widening(64, 64) - 2f64.sqrt()).abs() < 1e-12);
    }
}
