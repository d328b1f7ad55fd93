//! [`PeerRule`]: the BDM of a string as other implementations compute it, by name.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use turmite_tables::{Shape, Table};

use crate::BdmError;
use crate::sum::Sum;

/// Whose rules. Four things differ: which windows the end of a string fills, what a block costs that the table lacks, the
/// base of the logarithm of a count, and what a string shorter than a block is.
///
/// | rule | windows | missing block | logarithm | shorter than a block |
/// | --- | --- | --- | --- | --- |
/// | `pybdm` | those inside | the greatest K of its length, plus 1 | base 2 | no value |
/// | `acss` | and one more, shorter, if the last does not end with the string | no value at all | **base k** | no value |
/// | `oacc` | at every step to the end, the last ones shorter, unless one ends with the string | the greatest K of strings of up to 12 symbols, plus 1 | base 2 | one block |
///
/// `pybdm` is PyBDM 0.1.0 with `PartitionIgnore` (a step of the block) or `PartitionCorrelated`; `acss` is acss 0.3-2;
/// `oacc` is version 3 of the Online Algorithmic Complexity Calculator. Of `01` nine times in blocks of 12 they make
/// 26.9907, 41.4481 and 41.4481 bits. [`Bdm`](crate::Bdm) is what to measure with; these are to compare with numbers that
/// others published.
///
/// Of the Calculator's arrays, its BDM is that of [`Partition::Ignore`](crate::Partition::Ignore), with an overlap that of
/// [`Partition::Correlated`](crate::Partition::Correlated). Its block entropy divides counts by the number of *different*
/// blocks, which is negative as soon as one block makes up an array: use [`block_entropy`](crate::block_entropy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerRule {
    /// PyBDM 0.1.0.
    PyBdm,
    /// acss 0.3-2.
    Acss,
    /// Online Algorithmic Complexity Calculator, version 3.
    Oacc,
}

/// The BDM of a string by a [`PeerRule`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PeerValue {
    /// Bits; `None` where the rule makes none for a missing block.
    pub bits: Option<f64>,
    /// Windows, the shorter ones at the end included.
    pub blocks: u64,
    /// Different ones.
    pub distinct: u64,
    /// Windows that the table lacks.
    pub missing: u64,
}

impl PeerRule {
    /// All rules.
    pub const ALL: [Self; 3] = [Self::PyBdm, Self::Acss, Self::Oacc];

    /// The name that users type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PyBdm => "pybdm",
            Self::Acss => "acss",
            Self::Oacc => "oacc",
        }
    }

    /// The BDM of a string in blocks of `block` symbols that start `step` apart (PyBDM's shift, acss's delta, the
    /// Calculator's block less its overlap). `None` where the string is shorter than the rule can cut.
    ///
    /// ```
    /// use turmite_bdm::PeerRule;
    /// use turmite_tables::Table;
    ///
    /// let (table, string) = (Table::embedded("5x2-1d")?, [0, 1].repeat(9));
    /// let [pybdm, acss, oacc] = PeerRule::ALL.map(|rule| rule.bdm(&table, &string, 12, 12));
    /// assert_eq!(pybdm?.expect("18 symbols").blocks, 1);
    /// assert_eq!(acss?, oacc?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    /// O(n block): one look-up a distinct window.
    ///
    /// # Errors
    /// A block of 0, a step outside 1 to the block, a table of arrays, a symbol outside its alphabet, or a corrupt table.
    pub fn bdm(self, table: &Table, string: &[u8], block: usize, step: usize) -> Result<Option<PeerValue>, BdmError> {
        Shape::line(block)?;
        if !(1..=block).contains(&step) {
            let expected = format!("1 to {block}, the block");
            return Err(BdmError::Option { option: "--step", found: step.to_string(), expected });
        }
        let mut counts: BTreeMap<&[u8], u64> = BTreeMap::new();
        for window in self.windows(string, block, step) {
            *counts.entry(window).or_insert(0) += 1;
        }
        if counts.is_empty() {
            return Ok(None);
        }
        let base = if self == Self::Acss { f64::from(table.symbols()) } else { 2.0 };
        let (mut bits, mut missing) = (Sum::default(), 0);
        for (window, &count) in &counts {
            let shape = Shape::line(window.len())?;
            let k = table.k(&shape, window)?;
            if k.is_none() {
                missing += count;
            }
            // Not log(base): of two it would lose the last digit.
            bits.add((count as f64).log2() / base.log2());
            bits.add(k.or_else(|| self.absent(table, &shape)).unwrap_or(f64::NAN));
        }
        let (distinct, blocks) = (counts.len() as u64, counts.values().sum());
        let bits = Some(bits.total()).filter(|bits| !bits.is_nan());
        Ok(Some(PeerValue { bits, blocks, distinct, missing }))
    }

    fn windows(self, string: &[u8], block: usize, step: usize) -> Vec<&[u8]> {
        let mut windows: Vec<&[u8]> = string.windows(block).step_by(step).collect();
        let inside = windows.len() * step;
        let ends = windows.last().is_some_and(|_| inside - step + block == string.len());
        match self {
            Self::Acss if !windows.is_empty() && !ends => windows.push(&string[inside..]),
            // Starts go on to the end; a string shorter than a block is one.
            Self::Oacc if windows.is_empty() && !string.is_empty() => windows.push(string),
            Self::Oacc if !ends => windows.extend((inside..string.len()).step_by(step).map(|start| &string[start..])),
            _ => {}
        }
        windows
    }

    /// What a window costs that the table lacks.
    fn absent(self, table: &Table, shape: &Shape) -> Option<f64> {
        let greatest = match self {
            Self::PyBdm => table.max_k(shape),
            Self::Acss => None,
            // Of the strings that it holds: an own table may hold longer ones.
            Self::Oacc => {
                let held = table.shapes().map(|(shape, _)| shape).filter(|shape| shape.cells() <= 12);
                held.filter_map(|shape| table.max_k(&shape)).reduce(f64::max)
            }
        };
        greatest.map(|k| k + 1.0)
    }
}

impl fmt::Display for PeerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PeerRule {
    type Err = BdmError;

    fn from_str(text: &str) -> Result<Self, BdmError> {
        Self::ALL.into_iter().find(|rule| rule.name() == text).ok_or_else(|| BdmError::Option {
            option: "rule",
            found: format!("{text:?}"),
            expected: "pybdm, acss or oacc".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(rule: PeerRule, length: usize, block: usize, step: usize) -> Vec<(usize, usize)> {
        let string = vec![0; length];
        let place = |window: &[u8]| window.as_ptr() as usize - string.as_ptr() as usize;
        rule.windows(&string, block, step).iter().map(|window| (place(window), window.len())).collect()
    }

    #[test]
    fn windows_at_the_end() {
        use PeerRule::{Acss, Oacc, PyBdm};
        assert_eq!(lengths(PyBdm, 10, 4, 4), [(0, 4), (4, 4)]);
        assert_eq!(lengths(Acss, 10, 4, 4), [(0, 4), (4, 4), (8, 2)]);
        assert_eq!(lengths(Oacc, 10, 4, 4), [(0, 4), (4, 4), (8, 2)]);
        // Steps of 3 that leave two symbols: acss adds one window, the Calculator starts until the end.
        assert_eq!(lengths(PyBdm, 9, 4, 3), [(0, 4), (3, 4)]);
        assert_eq!(lengths(Acss, 9, 4, 3), [(0, 4), (3, 4), (6, 3)]);
        assert_eq!(lengths(Oacc, 9, 4, 3), [(0, 4), (3, 4), (6, 3)]);
        assert_eq!(lengths(Acss, 9, 6, 2), [(0, 6), (2, 6), (4, 5)]);
        assert_eq!(lengths(Oacc, 9, 6, 2), [(0, 6), (2, 6), (4, 5), (6, 3), (8, 1)]);
        for rule in PeerRule::ALL {
            assert_eq!(lengths(rule, 8, 4, 2), [(0, 4), (2, 4), (4, 4)]);
            assert_eq!(lengths(rule, 0, 4, 2), []);
            assert_eq!(rule.to_string().parse::<PeerRule>().unwrap(), rule);
        }
        assert_eq!((lengths(PyBdm, 3, 4, 4), lengths(Acss, 3, 4, 4)), (vec![], vec![]));
        assert_eq!(lengths(Oacc, 3, 4, 4), [(0, 3)]);
        assert!("elixir".parse::<PeerRule>().is_err());
    }

    #[test]
    fn options() {
        let table = Table::embedded("3x3-1d").unwrap();
        for (block, step) in [(0, 1), (4, 0), (4, 5)] {
            assert!(PeerRule::Oacc.bdm(&table, &[0; 8], block, step).is_err());
        }
        assert!(PeerRule::Oacc.bdm(&table, &[3; 8], 4, 4).is_err());
        assert_eq!(PeerRule::Oacc.bdm(&table, &[], 4, 4).unwrap(), None);
    }
}
