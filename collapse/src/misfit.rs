//! The static misfit: a learner that differs from the reference and stays put.

use crate::drift::{Null, moments};
use crate::measure::{Channel, Values};

/// By position: whether two consecutive generations lie further from authentic pools than authentic
/// trajectories do at the level asked. `centre` is the mean of authentic pools drawn without replacement.
///
/// The number of different records takes no part: every finite learner that copies differs there.
pub(crate) fn misfit(
    path: &[Values],
    authentic: &Null,
    centre: &Values,
    channels: &[Channel],
    level: f64,
) -> Vec<bool> {
    let used: Vec<usize> = (0..channels.len()).filter(|&c| channels[c] != Channel::Distinct).collect();
    let paths = authentic.paths();
    let scale: Vec<(f64, f64)> = channels
        .iter()
        .enumerate()
        .map(|(c, channel)| moments(paths.iter().flat_map(move |path| path.iter().map(move |x| x[c])), channel.tick()))
        .collect();
    let distance = |x: &Values, centred_on: &dyn Fn(usize) -> f64| {
        used.iter().map(|&c| ((x[c] - centred_on(c)) / scale[c].1).abs()).fold(0.0, f64::max)
    };
    let pair = |path: &[Values], t: usize, centred_on: &dyn Fn(usize) -> f64| {
        distance(&path[t - 1], centred_on).min(distance(&path[t], centred_on))
    };
    let mut maxima: Vec<f64> =
        paths.iter().map(|path| (2..path.len()).map(|t| pair(path, t, &|c| scale[c].0)).fold(0.0, f64::max)).collect();
    maxima.sort_by(f64::total_cmp);
    let mut found = false;
    (0..path.len())
        .map(|t| {
            if t >= 2 {
                let statistic = pair(path, t, &|c| centre[c]);
                let as_extreme = maxima.len() - maxima.partition_point(|&x| x < statistic);
                found |= (1 + as_extreme) as f64 <= level * (1 + maxima.len()) as f64;
            }
            found
        })
        .collect()
}
