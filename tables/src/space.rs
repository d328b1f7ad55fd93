//! The machine space: how many states, symbols and dimensions, and how many machines that makes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TableError;

/// A space of Turing machines, written `5x2-1d`: states x symbols - dimensions.
///
/// A transition is either (next state, symbol written, one of `2d` directions) or a halt that writes any symbol
/// and does not move, so an entry has `2dnk + k` options and the space holds `(2dnk + k)^(nk)` machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(u8, u8, u8)", into = "(u8, u8, u8)")]
pub struct Space {
    states: u8,
    symbols: u8,
    dims: u8,
}

impl Space {
    /// States are lettered A to Y (Z is the halt of the standard text form).
    pub const MAX_STATES: u8 = 25;
    /// Symbols are written as one digit.
    pub const MAX_SYMBOLS: u8 = 10;

    /// A space of 1 to 25 states, 2 to 10 symbols, 1 to 3 dimensions, with at most 254 options an entry (one byte each in a witness).
    ///
    /// # Errors
    /// Anything outside these bounds.
    pub fn new(states: u8, symbols: u8, dims: u8) -> Result<Self, TableError> {
        let space = Self { states, symbols, dims };
        let broken = if !(1..=Self::MAX_STATES).contains(&states) {
            format!("{states} states, expected 1 to 25 states")
        } else if !(2..=Self::MAX_SYMBOLS).contains(&symbols) {
            format!("{symbols} symbols, expected 2 to 10 symbols")
        } else if !(1..=3).contains(&dims) {
            format!("{dims} dimensions, expected 1 to 3 dimensions")
        } else if space.options() > 254 {
            format!(
                "{} options an entry (2dnk + k), expected at most 254; take fewer states or symbols",
                space.options()
            )
        } else {
            return Ok(space);
        };
        Err(TableError::Space { found: space.to_string(), expected: broken })
    }

    /// The number of states, n.
    #[must_use]
    pub fn states(self) -> u8 {
        self.states
    }

    /// The number of symbols, k.
    #[must_use]
    pub fn symbols(self) -> u8 {
        self.symbols
    }

    /// The number of dimensions, d.
    #[must_use]
    pub fn dims(self) -> u8 {
        self.dims
    }

    /// The directions of a move, 2d.
    #[must_use]
    pub fn directions(self) -> u8 {
        2 * self.dims
    }

    /// Options per entry, `2dnk + k`.
    #[must_use]
    pub fn options(self) -> u32 {
        let (n, k, d) = (u32::from(self.states), u32::from(self.symbols), u32::from(self.dims));
        2 * d * n * k + k
    }

    /// Entries of a machine's table, `nk`.
    #[must_use]
    pub fn entries(self) -> usize {
        usize::from(self.states) * usize::from(self.symbols)
    }

    /// Machines of the space, `(2dnk + k)^(nk)`, or `None` beyond 128 bits.
    #[must_use]
    pub fn machines(self) -> Option<u128> {
        u128::from(self.options()).checked_pow(u32::try_from(self.entries()).ok()?)
    }

    /// Pairs (machine, blank symbol): `k` times the machines; what the weights of a table add up to.
    #[must_use]
    pub fn pairs(self) -> Option<u128> {
        self.machines()?.checked_mul(u128::from(self.symbols))
    }
}

impl Space {
    /// The same rounded to a double, which holds those of every space.
    #[must_use]
    pub fn approximate_pairs(self) -> f64 {
        let machines: f64 = (0..self.entries()).map(|_| f64::from(self.options())).product();
        machines * f64::from(self.symbols)
    }

    /// The same in decimal digits, exact at any size.
    #[must_use]
    pub fn pairs_text(self) -> String {
        // Nine digits a limb, the least first.
        const LIMB: u64 = 1_000_000_000;
        let mut limbs = vec![u64::from(self.symbols)];
        for _ in 0..self.entries() {
            let mut carry = 0;
            for limb in &mut limbs {
                let product = *limb * u64::from(self.options()) + carry;
                (*limb, carry) = (product % LIMB, product / LIMB);
            }
            if carry > 0 {
                limbs.push(carry);
            }
        }
        let rest = limbs.iter().rev().skip(1).map(|limb| format!("{limb:09}"));
        limbs.last().map(ToString::to_string).into_iter().chain(rest).collect()
    }
}

impl From<Space> for (u8, u8, u8) {
    fn from(space: Space) -> Self {
        (space.states, space.symbols, space.dims)
    }
}

impl TryFrom<(u8, u8, u8)> for Space {
    type Error = TableError;

    fn try_from((states, symbols, dims): (u8, u8, u8)) -> Result<Self, TableError> {
        Self::new(states, symbols, dims)
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}-{}d", self.states, self.symbols, self.dims)
    }
}

impl FromStr for Space {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, TableError> {
        let parts = || {
            let (states, rest) = text.split_once('x')?;
            let (symbols, rest) = rest.split_once('-')?;
            let dims = rest.strip_suffix('d')?;
            Some((states.parse().ok()?, symbols.parse().ok()?, dims.parse().ok()?))
        };
        match parts() {
            Some((states, symbols, dims)) => Self::new(states, symbols, dims),
            None => Err(TableError::Space {
                found: text.to_owned(),
                expected: "states x symbols - dimensions, such as 5x2-1d".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_the_published_ones() {
        // OEIS A141475: (4n+2)^(2n).
        let sizes: [u128; 6] = [36, 10_000, 7_529_536, 11_019_960_576, 26_559_922_791_424, 95_428_956_661_682_176];
        for (n, size) in (1u8..).zip(sizes) {
            assert_eq!(Space::new(n, 2, 1).unwrap().machines(), Some(size));
        }
        assert_eq!(Space::new(4, 9, 1).unwrap().machines(), None);
    }

    #[test]
    fn pairs_have_digits_at_any_size() {
        for text in ["5x2-1d", "6x2-1d", "4x4-1d", "5x2-2d", "1x10-3d"] {
            let space: Space = text.parse().unwrap();
            let pairs = space.pairs().unwrap();
            assert_eq!(space.pairs_text(), pairs.to_string());
            assert!((space.approximate_pairs() / pairs as f64 - 1.0).abs() < 1e-12);
        }
        // 9 * 81^36 = 9 * 3^144.
        let text = Space::new(4, 9, 1).unwrap().pairs_text();
        assert_eq!(text, "4567759074507740406477787437675267212178680251724974985372646979033929");
        // The largest there are: none is beyond a double.
        assert!(Space::new(12, 10, 1).unwrap().approximate_pairs().is_finite());
        assert!(Space::new(25, 4, 1).unwrap().approximate_pairs().is_finite());
    }

    #[test]
    fn text_and_back() {
        for text in ["5x2-1d", "4x2-2d", "2x2-3d", "2x3-1d"] {
            assert_eq!(text.parse::<Space>().unwrap().to_string(), text);
        }
        for text in ["", "5x2", "0x2-1d", "5x1-1d", "5x2-4d", "26x2-1d", "300x2-1d", "5x2-1D", "25x10-1d"] {
            assert!(text.parse::<Space>().is_err(), "{text}");
        }
    }
}
