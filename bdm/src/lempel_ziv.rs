//! Lempel-Ziv complexity of 1976: how many phrases a record needs that were not seen before.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// Alphabets up to this size keep the automaton's transitions in an array.
const ARRAY_ALPHABET: usize = 16;

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

/// The symbols that occur, numbered in order of value; and how many there are.
fn ranks(symbols: &[u8]) -> ([u8; 256], usize) {
    let mut occurs = [false; 256];
    for &symbol in symbols {
        occurs[usize::from(symbol)] = true;
    }
    let (mut ranks, mut next) = ([0u8; 256], 0usize);
    for (rank, occurs) in ranks.iter_mut().zip(occurs) {
        if occurs {
            *rank = next as u8;
            next += 1;
        }
    }
    (ranks, next)
}

/// The suffix automaton of what was read (Blumer et al. 1985): its paths from state 0 are the pieces that occur.
struct Automaton {
    transitions: Transitions,
    /// The state of the longest suffix that is in another state; of state 0 itself.
    links: Vec<usize>,
    lengths: Vec<usize>,
    last: usize,
}

/// The next state by state and symbol; 0 where there is none, since nothing leads back to the start.
enum Transitions {
    Array { alphabet: usize, next: Vec<usize> },
    Map(HashMap<(usize, u8), usize, FixedState>, usize),
}

impl Automaton {
    fn new(alphabet: usize, length: usize) -> Self {
        // At most 2n states; most records need about 1.5n.
        let states = length.saturating_mul(2).max(1);
        let transitions = if alphabet <= ARRAY_ALPHABET {
            let mut next = Vec::with_capacity(states.saturating_mul(alphabet));
            next.resize(alphabet, 0);
            Transitions::Array { alphabet, next }
        } else {
            Transitions::Map(HashMap::default(), alphabet)
        };
        Self { transitions, links: vec![0], lengths: vec![0], last: 0 }
    }

    fn step(&self, state: usize, symbol: u8) -> Option<usize> {
        let next = match &self.transitions {
            Transitions::Array { alphabet, next } => next[state * alphabet + usize::from(symbol)],
            Transitions::Map(map, _) => map.get(&(state, symbol)).copied().unwrap_or(0),
        };
        (next > 0).then_some(next)
    }

    fn set(&mut self, state: usize, symbol: u8, to: usize) {
        match &mut self.transitions {
            Transitions::Array { alphabet, next } => next[state * *alphabet + usize::from(symbol)] = to,
            Transitions::Map(map, _) => {
                map.insert((state, symbol), to);
            }
        }
    }

    /// A new state, with the transitions of `like` if given.
    fn add_state(&mut self, length: usize, like: Option<usize>) -> usize {
        let state = self.lengths.len();
        self.lengths.push(length);
        self.links.push(0);
        match &mut self.transitions {
            Transitions::Array { alphabet, next } => match like {
                Some(like) => next.extend_from_within(like * *alphabet..(like + 1) * *alphabet),
                None => next.resize(next.len() + *alphabet, 0),
            },
            Transitions::Map(map, alphabet) => {
                for symbol in 0..*alphabet {
                    let symbol = symbol as u8;
                    if let Some(to) = like.and_then(|like| map.get(&(like, symbol)).copied()) {
                        map.insert((state, symbol), to);
                    }
                }
            }
        }
        state
    }

    /// Appends a symbol. `tracked` holds a piece of `length` symbols; where its state is split, it follows.
    fn push(&mut self, symbol: u8, tracked: &mut usize, length: usize) {
        let new = self.add_state(self.lengths[self.last] + 1, None);
        let mut at = std::mem::replace(&mut self.last, new);
        loop {
            match self.step(at, symbol) {
                None => self.set(at, symbol, new),
                Some(next) if self.lengths[next] == self.lengths[at] + 1 => {
                    self.links[new] = next;
                    return;
                }
                Some(next) => {
                    let split = self.add_state(self.lengths[at] + 1, Some(next));
                    self.links[split] = self.links[next];
                    self.links[next] = split;
                    self.links[new] = split;
                    if *tracked == next && length <= self.lengths[split] {
                        *tracked = split;
                    }
                    while self.step(at, symbol) == Some(next) {
                        self.set(at, symbol, split);
                        if at == 0 {
                            break;
                        }
                        at = self.links[at];
                    }
                    return;
                }
            }
            if at == 0 {
                return;
            }
            at = self.links[at];
        }
    }
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
