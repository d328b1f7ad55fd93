//! Flags: records that are simpler or noisier than authentic ones of their length.
//!
//! BDM a symbol falls with length by itself, as blocks come again, and so a record is compared with the reference at its own
//! length: [`length`] gives what to expect there and how widely it scatters. What is left is ranked among the reference's,
//! and beyond its own range read off a fitted tail ([`tail`]). Over many records, q-values control the share of false flags
//! ([`q_values`]).

mod discovery;
mod length;
mod tail;

pub use discovery::q_values;

use crate::error::CollapseError;
use length::Lengths;
use tail::Tail;

/// Reference records below which no p-value is given.
pub const LEAST_FLAG_REFERENCE: usize = 64;

/// A record as it is judged: its length and its BDM.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Symbols, at least 1.
    pub symbols: u64,
    /// BDM in bits.
    pub bits: f64,
}

impl Measured {
    fn bits_per_symbol(self) -> f64 {
        self.bits / self.symbols as f64
    }
}

/// The side on which a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Simpler than the reference.
    Low,
    /// More complex than the reference.
    High,
}

/// How a record compares with authentic ones of its length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Twice the smaller of the two shares of authentic records at least as extreme, at most 1.
    pub p_value: f64,
    /// The side of the smaller one.
    pub side: Side,
    /// Bits a symbol that are expected at this length.
    pub expected: f64,
    /// The distance from it in mean absolute deviations at this length.
    pub deviations: f64,
}

/// What authentic records of every length look like.
///
/// ```
/// use turmite_collapse::{FlagReference, Side, Measured};
///
/// // Records of 600 to 1,000 symbols of about 2 bits each.
/// let reference: Vec<Measured> = (0..400u64)
///     .map(|i| Measured { symbols: 600 + i, bits: (600 + i) as f64 * (2.0 + (i * 37 % 101) as f64 / 1000.0) })
///     .collect();
/// let reference = FlagReference::new(&reference)?;
/// let usual = reference.compare(Measured { symbols: 700, bits: 1435.0 }).expect("a length of the reference");
/// assert!(usual.p_value > 0.1);
/// let simple = reference.compare(Measured { symbols: 700, bits: 900.0 }).expect("a length of the reference");
/// assert!(simple.p_value < 0.001 && simple.side == Side::Low);
/// assert!(reference.compare(Measured { symbols: 7000, bits: 900.0 }).is_none());
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct FlagReference {
    lengths: Lengths,
    low: Tail,
    high: Tail,
    records: usize,
}

impl FlagReference {
    /// Learns from authentic records.
    ///
    /// # Complexity
    /// O(m log m) for m records, and 64 m for the curve.
    ///
    /// # Errors
    /// Fewer than [`LEAST_FLAG_REFERENCE`] records.
    pub fn new(records: &[Measured]) -> Result<Self, CollapseError> {
        let sound: Vec<Measured> = records.iter().copied().filter(|r| r.symbols > 0 && r.bits.is_finite()).collect();
        if sound.len() < LEAST_FLAG_REFERENCE {
            return Err(CollapseError::ReferenceTooSmall {
                of: "flags".to_owned(),
                found: sound.len(),
                least: LEAST_FLAG_REFERENCE,
            });
        }
        let lengths = Lengths::fit(&sound);
        let deviations: Vec<f64> = sound.iter().filter_map(|r| lengths.deviations(*r)).collect();
        let low = Tail::fit(deviations.iter().map(|d| -d).collect());
        let high = Tail::fit(deviations);
        Ok(Self { lengths, low, high, records: sound.len() })
    }

    /// Authentic records that it rests on.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// The least and the greatest length that it can judge: those of the reference, and a tenth beyond.
    #[must_use]
    pub fn lengths(&self) -> (u64, u64) {
        self.lengths.range()
    }

    /// Compares a record; `None` if it is far shorter or longer than all of the reference.
    #[must_use]
    pub fn compare(&self, record: Measured) -> Option<Comparison> {
        let deviations = self.lengths.deviations(record)?;
        let (low, high) = (self.low.share_beyond(-deviations), self.high.share_beyond(deviations));
        let side = if low <= high { Side::Low } else { Side::High };
        let p_value = (2.0 * low.min(high)).min(1.0);
        Some(Comparison { p_value, side, expected: self.lengths.expected(record.symbols)?, deviations })
    }

    /// The least p-value that any record can get.
    #[must_use]
    pub fn least_p_value(&self) -> f64 {
        2.0 * self.low.least().min(self.high.least())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{rng, unit};
    use rand_chacha::ChaCha8Rng;

    /// A sum of uniforms: near a normal deviate of mean 0 and variance 1.
    fn normal(random: &mut ChaCha8Rng) -> f64 {
        (0..12).map(|_| unit(random)).sum::<f64>() - 6.0
    }

    /// BDM a symbol falls with length, and scatters less.
    fn record(random: &mut ChaCha8Rng) -> Measured {
        let symbols = (300.0 * (unit(random) * 3.0).exp()) as u64;
        let n = symbols as f64;
        Measured { symbols, bits: n * (1.0 + 20.0 / n.sqrt() + normal(random) / n.sqrt()) }
    }

    #[test]
    fn p_values_of_authentic_records_are_uniform_at_every_length() {
        let mut random = rng(5, 0, 0, 0);
        let reference: Vec<Measured> = (0..4000).map(|_| record(&mut random)).collect();
        let reference = FlagReference::new(&reference).unwrap();
        let fresh: Vec<Measured> = (0..20_000).map(|_| record(&mut random)).collect();
        for (name, range) in [("short", 0..700), ("middle", 700..2000), ("long", 2000..u64::MAX)] {
            let p: Vec<f64> = fresh
                .iter()
                .filter(|r| range.contains(&r.symbols))
                .filter_map(|r| reference.compare(*r))
                .map(|c| c.p_value)
                .collect();
            assert!(p.len() > 4000, "{name}: {}", p.len());
            for level in [0.5, 0.1, 0.01, 0.001] {
                let share = p.iter().filter(|p| **p <= level).count() as f64 / p.len() as f64;
                // Four standard errors, and a tenth for the reference's own chance (a third in the far tail).
                let slack = 4.0 * (level / p.len() as f64).sqrt() + level * if level < 0.05 { 0.4 } else { 0.1 };
                assert!((share - level).abs() < slack, "{name}: {share} at {level}");
            }
        }
    }

    #[test]
    fn longer_records_are_not_simpler() {
        let mut random = rng(6, 0, 0, 0);
        let reference: Vec<Measured> = (0..2000).map(|_| record(&mut random)).collect();
        let (shortest, longest) =
            reference.iter().fold((u64::MAX, 0), |(a, b), r| (a.min(r.symbols), b.max(r.symbols)));
        let reference = FlagReference::new(&reference).unwrap();
        for symbols in [400u64, 1000, 5000] {
            let n = symbols as f64;
            let usual = Measured { symbols, bits: n * (1.0 + 20.0 / n.sqrt()) };
            assert!(reference.compare(usual).unwrap().p_value > 0.5, "{symbols}");
            let simple = Measured { symbols, bits: n * (1.0 + 13.0 / n.sqrt()) };
            let found = reference.compare(simple).unwrap();
            assert!(found.p_value < 1e-4 && found.side == Side::Low, "{symbols}: {found:?}");
            let noisy = Measured { symbols, bits: n * (1.0 + 27.0 / n.sqrt()) };
            assert_eq!(reference.compare(noisy).unwrap().side, Side::High);
        }
        let (least, greatest) = reference.lengths();
        assert!(least < shortest && greatest > longest);
        assert!(reference.compare(Measured { symbols: greatest + 1, bits: 1.0 }).is_none());
        assert!(reference.compare(Measured { symbols: least - 1, bits: 1.0 }).is_none());
    }

    #[test]
    fn equal_records_and_one_length_are_no_division_by_zero() {
        let reference = FlagReference::new(&[Measured { symbols: 100, bits: 50.0 }; 100]).unwrap();
        assert_eq!(reference.compare(Measured { symbols: 100, bits: 50.0 }).unwrap().p_value, 1.0);
        let other = reference.compare(Measured { symbols: 100, bits: 40.0 }).unwrap();
        assert!(other.p_value < 0.03 && other.p_value >= reference.least_p_value(), "{other:?}");
        assert!(FlagReference::new(&[Measured { symbols: 100, bits: 50.0 }; 63]).is_err());
        assert!(FlagReference::new(&[Measured { symbols: 100, bits: f64::NAN }; 100]).is_err());
    }
}
