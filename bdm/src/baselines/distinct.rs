//! distinct-n: how many n-grams are different.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use foldhash::fast::FixedState;

/// The share of different n-grams among all n-grams, n = 1 to 4 (distinct-n of Li et al. 2016, "A Diversity-Promoting
/// Objective Function for Neural Conversation Models"). `None` where there is no n-gram. 1 says that none repeats; long
/// records repeat more, so compare records of one length only.
///
/// ```
/// use turmite_bdm::Distinct;
///
/// // Words: to be or not to be. Pairs: to be, be or, or not, not to, to be.
/// let distinct = Distinct::of_words("to be or not to be");
/// assert_eq!(distinct.shares[..2], [Some(4.0 / 6.0), Some(4.0 / 5.0)]);
/// assert_eq!(Distinct::of_words("once").shares[1], None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distinct {
    /// distinct-1 to distinct-4.
    pub shares: [Option<f64>; 4],
}

impl Distinct {
    /// The columns' names.
    pub const COLUMNS: [&str; 4] = ["distinct_1", "distinct_2", "distinct_3", "distinct_4"];

    /// Of the words of a text: what white space separates, with punctuation and case as they stand.
    #[must_use]
    pub fn of_words(text: &str) -> Self {
        let mut numbers = HashMap::with_hasher(FixedState::default());
        let words: Vec<u32> = text
            .split_whitespace()
            .map(|word| {
                let next = numbers.len() as u32;
                *numbers.entry(word).or_insert(next)
            })
            .collect();
        Self::of_items(&words)
    }

    /// Of the symbols of a record.
    ///
    /// # Complexity
    /// Linear in time; memory by the number of different n-grams.
    #[must_use]
    pub fn of_symbols(symbols: &[u8]) -> Self {
        Self::of_items(symbols)
    }

    fn of_items<T: Hash + Eq>(items: &[T]) -> Self {
        Self { shares: [1, 2, 3, 4].map(|n| share(items, n)) }
    }
}

fn share<T: Hash + Eq>(items: &[T], n: usize) -> Option<f64> {
    let grams = items.windows(n);
    let all = grams.len();
    let different: HashSet<&[T], FixedState> = grams.collect();
    (all > 0).then(|| different.len() as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn equal_to_the_definition(symbols in prop::collection::vec(0u8..3, 0..40)) {
            let found = Distinct::of_symbols(&symbols);
            let text: Vec<String> = symbols.iter().map(|s| format!("word{s}")).collect();
            prop_assert_eq!(Distinct::of_words(&text.join(" \n")), found);
            for n in 1..=4 {
                let grams: Vec<&[u8]> = symbols.windows(n).collect();
                let different: BTreeSet<&[u8]> = grams.iter().copied().collect();
                let expected = (!grams.is_empty()).then(|| different.len() as f64 / grams.len() as f64);
                prop_assert_eq!(found.shares[n - 1], expected);
            }
        }
    }
}
