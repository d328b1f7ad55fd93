//! The longest piece that begins at a place of a text and occurs before it.

use crate::suffix_automaton::{Automaton, ranks};

/// What occurs earlier in a text, place by place.
pub(crate) struct Past {
    automaton: Automaton,
    /// Where the pieces of each state end first: the number of symbols up to there.
    ends: Vec<usize>,
    symbols: Vec<u8>,
    /// The piece that begins at `at` and was found before it.
    at: usize,
    state: usize,
    length: usize,
}

impl Past {
    pub(crate) fn new(symbols: &[u8]) -> Self {
        let (ranks, alphabet) = ranks(symbols);
        let symbols: Vec<u8> = symbols.iter().map(|&symbol| ranks[usize::from(symbol)]).collect();
        let mut automaton = Automaton::new(alphabet, symbols.len());
        // The state that holds the first so many symbols.
        let mut prefixes = Vec::with_capacity(symbols.len());
        for &symbol in &symbols {
            automaton.push(symbol, &mut 0, 0);
            prefixes.push(automaton.last);
        }
        let mut ends = vec![usize::MAX; automaton.lengths.len()];
        for (before, &state) in prefixes.iter().enumerate() {
            ends[state] = before + 1;
        }
        // A piece ends wherever a longer one ends of which it is the tail.
        let mut longest_first: Vec<usize> = (1..automaton.lengths.len()).collect();
        longest_first.sort_unstable_by_key(|&state| std::cmp::Reverse(automaton.lengths[state]));
        for state in longest_first {
            let link = automaton.links[state];
            ends[link] = ends[link].min(ends[state]);
        }
        ends[0] = 0;
        Self { automaton, ends, symbols, at: 0, state: 0, length: 0 }
    }

    /// Where the longest piece that begins at `at` began first, if that is before `at`, and its length. Places are asked for in
    /// ascending order; O(n) for all of them together, since what begins one place later is at most one symbol shorter.
    pub(crate) fn longest(&mut self, at: usize) -> (usize, usize) {
        while self.at < at {
            self.at += 1;
            self.length = self.length.saturating_sub(1);
            let link = self.automaton.links[self.state];
            if self.length == self.automaton.lengths[link] {
                self.state = link;
            }
            if self.length == 0 {
                self.state = 0;
            }
            self.extend();
        }
        (self.ends[self.state].saturating_sub(self.length), self.length)
    }

    fn extend(&mut self) {
        while let Some(&symbol) = self.symbols.get(self.at + self.length) {
            match self.automaton.step(self.state, symbol) {
                Some(next) if self.ends[next] < self.at + self.length + 1 => {
                    (self.state, self.length) = (next, self.length + 1);
                }
                _ => break,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, word for word: the longest piece at `at` that begins earlier too, and where it begins first.
    fn naive(symbols: &[u8], at: usize) -> (usize, usize) {
        let common = |from: usize| symbols[from..].iter().zip(&symbols[at..]).take_while(|(a, b)| a == b).count();
        let length = (0..at).map(common).max().unwrap_or(0);
        ((0..at).find(|&from| common(from) >= length).unwrap_or(0), length)
    }

    fn check(symbols: &[u8]) {
        let mut past = Past::new(symbols);
        for at in 0..symbols.len() {
            let (from, length) = past.longest(at);
            let expected = naive(symbols, at);
            assert_eq!(length, expected.1, "at {at} of {symbols:?}");
            if length > 0 {
                assert_eq!(from, expected.0, "at {at} of {symbols:?}");
            }
        }
    }

    #[test]
    fn a_piece_may_overlap_its_copy() {
        let mut past = Past::new(b"abababc");
        assert_eq!((past.longest(0).1, past.longest(1).1), (0, 0));
        assert_eq!((past.longest(2), past.longest(3), past.longest(6).1), ((0, 4), (1, 3), 0));
    }

    #[test]
    fn places_may_be_left_out() {
        let mut past = Past::new(b"abcabcabd");
        assert_eq!((past.longest(3), past.longest(6)), ((0, 5), (0, 2)));
    }

    proptest! {
        #[test]
        fn it_is_what_the_definition_says(symbols in prop::collection::vec(0u8..2, 0..60)) {
            check(&symbols);
        }

        #[test]
        fn over_large_alphabets_too(symbols in prop::collection::vec(0u8..20, 0..80)) {
            check(&symbols);
        }
    }
}
