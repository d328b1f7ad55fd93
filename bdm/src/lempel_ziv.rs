//! Lempel-Ziv complexity of 1976: how many phrases a record needs that were not seen before.

use crate::suffix_automaton::{Automaton, ranks};

/// The number of phrases of the exhaustive history (Lempel and Ziv 1976): each phrase is the shortest piece that
/// does not occur earlier, overlaps allowed; an unfinished last phrase counts.
///
/// Equal to `antropy.lziv_complexity(..., normalize=False)`.
///
/// # Complexity
/// O(n) time and memory (some 50 bytes a binary symbol), by a suffix automaton that grows with the record; the
/// usual scan takes O(n^2).
///
/// ```
/// use turmite_bdm::lempel_ziv_phrases;
///
/// // 1 · 0 · 01 · 1110 · 1100 · 0010
/// assert_eq!(lempel_ziv_phrases(b"1001111011000010"), 6);
/// assert_eq!(lempel_ziv_phrases(b""), 0);
/// ```
#[must_use]
pub fn lempel_ziv_phrases(symbols: &[u8]) -> usize {
    let (ranks, alphabet) = ranks(symbols);
    let mut automaton = Automaton::new(alphabet, symbols.len());
    let mut phrases = 0;
    // The phrase so far: the state that holds it, and its length.
    let (mut state, mut length) = (0, 0usize);
    for &symbol in symbols {
        let symbol = ranks[usize::from(symbol)];
        match automaton.step(state, symbol) {
            Some(next) => (state, length) = (next, length + 1),
            None => {
                phrases += 1;
                (state, length) = (0, 0);
            }
        }
        automaton.push(symbol, &mut state, length);
    }
    phrases + usize::from(length > 0)
}

/// The phrases in units of `n / log_b n`, which a random record over the b symbols that occur approaches from above.
/// `None` below two symbols or with fewer than two different ones, where the unit is not defined.
///
/// Equal to `antropy.lziv_complexity(..., normalize=True)`.
#[must_use]
pub fn lempel_ziv_normalized(symbols: &[u8]) -> Option<f64> {
    let (_, alphabet) = ranks(symbols);
    if symbols.len() < 2 || alphabet < 2 {
        return None;
    }
    let n = symbols.len() as f64;
    let unit = n / (n.ln() / (alphabet as f64).ln());
    Some(lempel_ziv_phrases(symbols) as f64 / unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word for word.
    fn naive(symbols: &[u8]) -> usize {
        let (mut phrases, mut start) = (0, 0);
        while start < symbols.len() {
            let mut end = start + 1;
            while end <= symbols.len()
                && symbols[..end - 1].windows(end - start).any(|piece| piece == &symbols[start..end])
            {
                end += 1;
            }
            phrases += 1;
            start = end;
        }
        phrases
    }

    #[test]
    fn values_of_antropy() {
        assert_eq!(lempel_ziv_phrases(b"1001111011000010"), 6);
        assert_eq!(lempel_ziv_normalized(b"1001111011000010"), Some(1.5));
        assert_eq!(lempel_ziv_phrases(&[1, 0, 1, 0, 1, 0, 1, 0, 1, 0]), 3);
        let letters: Vec<u8> = (b'A'..=b'Z').collect();
        assert_eq!(lempel_ziv_phrases(&letters), 26);
        assert!((lempel_ziv_normalized(&letters).unwrap() - 1.0).abs() < 1e-12);
        let hello = b"HELLO WORLD! HELLO WORLD! HELLO WORLD! HELLO WORLD!";
        assert_eq!(lempel_ziv_phrases(hello), 11);
        assert!((lempel_ziv_normalized(hello).unwrap() - 0.38596001132145313).abs() < 1e-12);
        assert_eq!(lempel_ziv_normalized(b"0000"), None);
    }

    proptest! {
        #[test]
        fn automaton_equals_definition(symbols in prop::collection::vec(0u8..3, 0..60)) {
            prop_assert_eq!(lempel_ziv_phrases(&symbols), naive(&symbols));
        }

        #[test]
        fn large_alphabets_too(symbols in prop::collection::vec(0u8..40, 0..120)) {
            prop_assert_eq!(lempel_ziv_phrases(&symbols), naive(&symbols));
        }
    }
}
