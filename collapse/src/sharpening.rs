//! Mode-seeking: conditional frequencies sharpened before they are drawn from.

use std::fmt;

/// What a learner does to the successors of a context before it draws one.
///
/// Displayed and read as the tail of a learner's name:
///
/// ```
/// use turmite_collapse::Learner;
///
/// for name in ["ngram:8,temperature=0.8", "ngram:8,truncate=0.15", "ngram:8,temperature=1.5,truncate=0.1"] {
///     assert_eq!(name.parse::<Learner>()?.to_string(), name);
/// }
/// assert_eq!("ngram:8,temperature=1,truncate=0".parse::<Learner>()?.to_string(), "ngram:8");
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sharpening {
    temperature: f64,
    truncate: f64,
}

/// Beyond it every successor is as likely as any other, to a part in a hundred.
const GREATEST_TEMPERATURE: f64 = 1000.0;

impl Sharpening {
    /// Raises frequencies to the power 1 / `temperature` (above 0, at most 1,000), after the least frequent successors have
    /// been dropped as long as together they hold at most `truncate` (0 or more, below 1) of the context's frequency.
    /// Successors of equal frequency are dropped together or not at all, and the most frequent ones stay. `None` for other
    /// numbers.
    #[must_use]
    pub fn new(temperature: f64, truncate: f64) -> Option<Self> {
        let sound = temperature > 0.0 && temperature <= GREATEST_TEMPERATURE && (0.0..1.0).contains(&truncate);
        sound.then_some(Self { temperature, truncate })
    }

    /// Whether it leaves every frequency as it is.
    #[must_use]
    pub fn is_plain(self) -> bool {
        self.temperature == 1.0 && self.truncate == 0.0
    }

    /// The weights that counts are drawn by; 0 where dropped. At least one is above 0 unless there is none.
    pub(crate) fn weights(self, counts: &[u32]) -> Vec<f64> {
        let greatest = counts.iter().copied().max().unwrap_or(0);
        let mut least_kept = 0;
        if self.truncate > 0.0 {
            let mut sorted = counts.to_vec();
            sorted.sort_unstable();
            let allowed = self.truncate * counts.iter().map(|&count| f64::from(count)).sum::<f64>();
            let mut dropped = 0.0;
            for equal in sorted.chunk_by(|a, b| a == b) {
                dropped += equal.iter().map(|&count| f64::from(count)).sum::<f64>();
                least_kept = equal[0];
                // A hair more is allowed, so that 3 in 20 are within 0.15.
                if dropped > allowed * (1.0 + 1e-9) {
                    break;
                }
            }
            least_kept = least_kept.min(greatest);
        }
        // Relative to the greatest, so that no power runs out of range at its top.
        let power = 1.0 / self.temperature;
        let weight = |count: u32| (f64::from(count) / f64::from(greatest.max(1))).powf(power);
        counts.iter().map(|&count| if count == 0 || count < least_kept { 0.0 } else { weight(count) }).collect()
    }

    /// The places of the counts that are kept, each with the sum of the weights up to and with it, divided by that of all.
    pub(crate) fn cumulative(self, counts: &[u32]) -> impl Iterator<Item = (f64, usize)> + use<> {
        let weights = self.weights(counts);
        let total: f64 = weights.iter().sum();
        let mut reached = 0.0;
        weights.into_iter().enumerate().filter(|(_, weight)| *weight > 0.0).map(move |(at, weight)| {
            reached += weight / total;
            (reached, at)
        })
    }

    /// Reads `temperature=T` and `truncate=S`, joined by a comma.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (mut temperature, mut truncate) = (None, None);
        for part in text.split(',') {
            let (name, value) = part.split_once('=')?;
            let place = match name {
                "temperature" => &mut temperature,
                "truncate" => &mut truncate,
                _ => return None,
            };
            if place.replace(value.parse().ok()?).is_some() {
                return None;
            }
        }
        Self::new(temperature.unwrap_or(1.0), truncate.unwrap_or(0.0))
    }
}

impl fmt::Display for Sharpening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        if self.temperature != 1.0 {
            write!(f, "temperature={}", self.temperature)?;
            comma = ",";
        }
        if self.truncate != 0.0 {
            write!(f, "{comma}truncate={}", self.truncate)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(temperature: f64, truncate: f64, counts: &[u32]) -> Vec<f64> {
        let weights = Sharpening::new(temperature, truncate).unwrap().weights(counts);
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    }

    #[test]
    fn a_low_temperature_sharpens_and_a_high_one_flattens() {
        assert_eq!(weights(1.0, 0.0, &[1, 3]), [0.25, 0.75]);
        let cold = weights(0.5, 0.0, &[1, 3]);
        assert!((cold[0] - 0.1).abs() < 1e-12, "{cold:?}");
        let hot = weights(2.0, 0.0, &[1, 4]);
        assert!((hot[0] - 1.0 / 3.0).abs() < 1e-12, "{hot:?}");
        // Neither end runs out of range.
        assert_eq!(weights(1e-300, 0.0, &[1, u32::MAX]), [0.0, 1.0]);
    }

    #[test]
    fn the_tail_is_dropped_up_to_its_share() {
        assert_eq!(weights(1.0, 0.15, &[3, 17]), [0.0, 1.0]);
        assert_eq!(weights(1.0, 0.15, &[4, 16]), [0.2, 0.8]);
        assert_eq!(weights(1.0, 0.25, &[6, 1, 1, 2]), [0.75, 0.0, 0.0, 0.25]);
        // Equals go together or not at all, and the most frequent stay whatever the share.
        assert_eq!(weights(1.0, 0.15, &[8, 1, 1]), [0.8, 0.1, 0.1]);
        assert_eq!(weights(1.0, 0.99, &[1, 1]), [0.5, 0.5]);
        assert_eq!(weights(1.0, 0.99, &[5, 0, 1]), [1.0, 0.0, 0.0]);
    }

    #[test]
    fn numbers_out_of_range_are_refused() {
        for (temperature, truncate) in
            [(0.0, 0.0), (-1.0, 0.0), (f64::NAN, 0.0), (1e9, 0.0), (1.0, 1.0), (1.0, -0.1), (1.0, f64::NAN)]
        {
            assert_eq!(Sharpening::new(temperature, truncate), None);
        }
        for bad in
            ["", "temperature", "temperature=", "heat=1", "truncate=1", "temperature=1,temperature=1", "temperature=1,"]
        {
            assert_eq!(Sharpening::read(bad), None, "{bad}");
        }
    }
}
