//! The suffix automaton: every piece that occurs in a text, in linear space.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// Alphabets up to this size keep the automaton's transitions in an array.
const ARRAY_ALPHABET: usize = 16;

/// The symbols that occur, numbered in order of value; and how many there are.
pub(crate) fn ranks(symbols: &[u8]) -> ([u8; 256], usize) {
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
pub(crate) struct Automaton {
    transitions: Transitions,
    /// The state of the longest suffix that is in another state; of state 0 itself.
    pub(crate) links: Vec<usize>,
    /// The length of each state's longest piece.
    pub(crate) lengths: Vec<usize>,
    /// The state of all that was read.
    pub(crate) last: usize,
}

/// The next state by state and symbol; 0 where there is none, since nothing leads back to the start.
enum Transitions {
    Array { alphabet: usize, next: Vec<usize> },
    Map(HashMap<(usize, u8), usize, FixedState>, usize),
}

impl Automaton {
    pub(crate) fn new(alphabet: usize, length: usize) -> Self {
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

    pub(crate) fn step(&self, state: usize, symbol: u8) -> Option<usize> {
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
    pub(crate) fn push(&mut self, symbol: u8, tracked: &mut usize, length: usize) {
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
