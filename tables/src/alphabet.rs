//! Exchange of symbols: the canonical string of a class and the way back.

use crate::members::successor;

/// A string renumbered in order of first use, and the map that undoes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relabelling {
    /// The symbols renumbered in order of first use: the canonical string of the class.
    pub canonical: Vec<u8>,
    /// `original[c]` is the symbol that canonical symbol `c` stands for.
    pub original: Vec<u8>,
}

impl Relabelling {
    /// Renumbers `symbols` in order of first use.
    #[must_use]
    pub fn of(symbols: &[u8]) -> Self {
        let mut number = [u8::MAX; 256];
        let mut original = Vec::new();
        let canonical = symbols
            .iter()
            .map(|&s| {
                let slot = &mut number[usize::from(s)];
                if *slot == u8::MAX {
                    // At most 256 distinct symbols exist, and the 256th is numbered 255 only in alphabets no table has.
                    *slot = original.len() as u8;
                    original.push(s);
                }
                *slot
            })
            .collect();
        Self { canonical, original }
    }
}

/// How many strings the class of a string with `distinct` different symbols holds over an alphabet of `symbols`: `k! / (k - j)!`.
#[must_use]
pub fn class_size(symbols: u8, distinct: usize) -> u64 {
    (0..distinct as u64).map(|i| u64::from(symbols).saturating_sub(i)).product()
}

/// All members of the class of a canonical string, in order.
pub(crate) fn members(canonical: &[u8], symbols: u8) -> impl Iterator<Item = Vec<u8>> + '_ {
    let distinct = canonical.iter().max().map_or(0, |m| m + 1);
    let images =
        std::iter::successors(Some((0..distinct).collect::<Vec<u8>>()), move |image| successor(image, symbols));
    images.map(|image| canonical.iter().map(|c| image[usize::from(*c)]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_the_sizes_acss_states() {
        // acss, count_class: 332120 over 4 symbols 24; HUHHEGGTE over 6 720; EGGHHU over 6 360.
        for (string, symbols, size) in [("332120", 4, 24), ("HUHHEGGTE", 6, 720), ("EGGHHU", 6, 360)] {
            let relabelled = Relabelling::of(string.as_bytes());
            assert_eq!(class_size(symbols, relabelled.original.len()), size);
            assert_eq!(members(&relabelled.canonical, symbols).count() as u64, size);
        }
    }

    #[test]
    fn relabelling_undoes_itself() {
        let r = Relabelling::of(&[3, 3, 0, 2, 3]);
        assert_eq!(r.canonical, [0, 0, 1, 2, 0]);
        let back: Vec<u8> = r.canonical.iter().map(|&c| r.original[usize::from(c)]).collect();
        assert_eq!(back, [3, 3, 0, 2, 3]);
    }
}
