//! What follows at the places of an n-gram's contexts.

/// What follows at one place of a context.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Step<S> {
    pub(crate) symbol: S,
    /// The context after it.
    pub(crate) next: u32,
}

/// Steps of a model with few contexts and many places: each place names one of its context's distinct steps, in as few bits as all
/// contexts need (one, two, four or eight), instead of holding it in 64. A walk reads places at random, so it is as fast as the
/// cache that holds them: of four-grams of bits, 6.4 million places, a bit each fits where a byte each does not.
pub(crate) struct Shared<S> {
    /// By place, the first in the lowest bits of a byte: which of its context's distinct steps.
    choice: Vec<u8>,
    /// log2 of the places in a byte.
    places: u32,
    /// Where a context's distinct steps begin.
    first: Vec<u32>,
    distinct: Vec<Step<S>>,
}

/// Places below which steps fit the cache as they are.
const LEAST_PLACES: usize = 1 << 16;

/// Places a distinct step below which sharing only adds a read.
const LEAST_SHARE: usize = 8;

impl<S: Copy + Into<u32>> Shared<S> {
    /// Shares the steps of contexts, `steps[contexts[c]..contexts[c + 1]]`; `None` where that does not pay, or where a
    /// context has more than 256 distinct steps.
    pub(crate) fn new(contexts: &[u32], steps: &[Step<S>]) -> Option<Self> {
        if steps.len() < LEAST_PLACES {
            return None;
        }
        let mut choice = Vec::with_capacity(steps.len());
        let mut first = Vec::with_capacity(contexts.len());
        let mut distinct: Vec<Step<S>> = Vec::new();
        for pair in contexts.windows(2) {
            let from = distinct.len();
            first.push(from as u32);
            for step in &steps[pair[0] as usize..pair[1] as usize] {
                let same = |other: &Step<S>| other.next == step.next && other.symbol.into() == step.symbol.into();
                let at = distinct[from..].iter().position(same).unwrap_or_else(|| {
                    distinct.push(*step);
                    distinct.len() - 1 - from
                });
                choice.push(u8::try_from(at).ok()?);
            }
            if distinct.len() * LEAST_SHARE > steps.len() {
                return None;
            }
        }
        let places = match choice.iter().max()? {
            0..2 => 3,
            2..4 => 2,
            4..16 => 1,
            16.. => 0,
        };
        let width = 8 >> places;
        let pack = |choices: &[u8]| choices.iter().rev().fold(0u8, |byte, &choice| byte.unbounded_shl(width) | choice);
        let choice = choice.chunks(1 << places).map(pack).collect();
        Some(Self { choice, places, first, distinct })
    }

    /// The step at a place of a context.
    #[inline]
    pub(crate) fn step(&self, context: usize, place: usize) -> Step<S> {
        let byte = self.choice[place >> self.places];
        let width = 8 >> self.places;
        let within = place & ((1 << self.places) - 1);
        let choice = usize::from(byte) >> (within << (3 - self.places)) & ((1 << width) - 1);
        self.distinct[self.first[context] as usize + choice]
    }
}
