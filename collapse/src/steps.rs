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
    /// Shares steps, given each with its context and those of a context in the order of its places,
    /// `contexts[c]..contexts[c + 1]`; `None` where that does not pay, or where a context has more than 256 distinct steps.
    pub(crate) fn new(contexts: &[u32], steps: impl Iterator<Item = (u32, Step<S>)>) -> Option<Self> {
        let all = *contexts.last()? as usize;
        let most = all / LEAST_SHARE;
        if all < LEAST_PLACES || contexts.len() - 1 > most {
            return None;
        }
        let mut next = contexts.to_vec();
        let mut choice = vec![0u8; all];
        let mut of_context: Vec<Vec<Step<S>>> = Vec::new();
        of_context.resize_with(contexts.len() - 1, Vec::new);
        let mut distinct = 0;
        for (context, step) in steps {
            let own = &mut of_context[context as usize];
            let same = |other: &Step<S>| other.next == step.next && other.symbol.into() == step.symbol.into();
            let at = own.iter().position(same).unwrap_or(own.len());
            if at == own.len() {
                own.push(step);
                distinct += 1;
                if distinct > most {
                    return None;
                }
            }
            let place = &mut next[context as usize];
            choice[*place as usize] = u8::try_from(at).ok()?;
            *place += 1;
        }
        let first = of_context.iter().scan(0, |from, own| {
            let first = *from;
            *from += own.len() as u32;
            Some(first)
        });
        let first = first.collect();
        let distinct = of_context.concat();
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
