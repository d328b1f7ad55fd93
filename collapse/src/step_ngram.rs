//! n-gram models of any pool: a step for every place.
//!
//! The model lists, context by context, the symbol that follows at each of its places and the context that comes
//! next. A drawn symbol costs one random word and one read from a list; nothing is counted. Contexts are told apart by a hash.

use crate::pool::Pool;
use crate::seed::{below, unit};
use crate::sharpening::Sharpening;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::ops::Range;

/// What follows at one place of a context.
#[derive(Clone, Copy, PartialEq)]
struct Step<S> {
    symbol: S,
    /// The context after it.
    next: u32,
}

/// A model that lists a step for every place.
pub(crate) struct StepNgram<S> {
    order: usize,
    /// The pool laid end to end, one slot more after each record.
    symbols: Vec<S>,
    /// Steps by context: `steps[first[c]..first[c + 1]]`.
    first: Vec<u32>,
    steps: Vec<Step<S>>,
    /// Where the walk may begin.
    starts: Vec<Start>,
}

/// A place with a full context and a symbol.
#[derive(Clone, Copy)]
struct Start {
    /// Where in `symbols`; its context is written before it.
    place: u32,
    context: u32,
}

const NONE: u32 = u32::MAX;

/// A pool laid end to end, with the context of every place.
struct LaidOut<S> {
    order: usize,
    /// One slot more after each record.
    symbols: Vec<S>,
    /// Context id of each slot; `NONE` where fewer than `order` symbols precede.
    context: Vec<u32>,
    /// Where the places of each context begin among all places by context.
    first: Vec<u32>,
    starts: Vec<Start>,
}

impl<S: Copy + Into<u32>> LaidOut<S> {
    fn of(pool: &Pool<S>, order: usize) -> Option<Self> {
        let filler = *pool.symbols().first()?;
        let slots = pool.symbols().len() + pool.len();
        let mut symbols = Vec::with_capacity(slots);
        let mut context = Vec::with_capacity(slots);
        let mut starts = Vec::with_capacity(slots);
        let mut table = ContextTable::new();
        for record in pool.iter() {
            // A record shorter than the order gives its whole self as the context of its end.
            let depth = order.min(record.len());
            let mut rolling = Rolling::new(depth);
            for (i, &symbol) in record.iter().enumerate() {
                let full = i >= depth;
                let id = if full { table.id(rolling.hash()) } else { NONE };
                if full {
                    starts.push(Start { place: symbols.len() as u32, context: id });
                }
                context.push(id);
                symbols.push(symbol);
                rolling.push(symbol.into(), full.then(|| record[i - depth].into()));
            }
            context.push(table.id(rolling.hash()));
            symbols.push(filler);
        }
        let mut first = vec![0u32; table.len() + 1];
        for start in &starts {
            first[start.context as usize + 1] += 1;
        }
        for c in 1..first.len() {
            first[c] += first[c - 1];
        }
        Some(Self { order, symbols, context, first, starts })
    }

    fn step(&self, slot: u32) -> Step<S> {
        Step { symbol: self.symbols[slot as usize], next: self.context[slot as usize + 1] }
    }

    /// The model with a step for every place.
    fn each(mut self, pool: &Pool<S>) -> StepNgram<S> {
        // A counting sort of the starting slots by context.
        let mut next = self.first.clone();
        let mut places = vec![0u32; self.starts.len()];
        for start in &self.starts {
            let at = &mut next[start.context as usize];
            places[*at as usize] = start.place;
            *at += 1;
        }
        let (context, first) = (std::mem::take(&mut self.context), std::mem::take(&mut self.first));
        let mut slots = Slots { order: self.order, context, first, places };
        slots.back_off(pool);
        (self.context, self.first) = (slots.context, slots.first);
        let steps = slots.places.iter().map(|&slot| self.step(slot)).collect();
        let Self { order, symbols, first, starts, .. } = self;
        StepNgram { order, symbols, first, steps, starts }
    }
}

/// A model while it is fitted: the pool has one more slot after each record, for its end, so that symbol i of record r
/// has slot i + r.
struct Slots {
    order: usize,
    /// Context id of each slot; `NONE` where fewer than `order` symbols precede.
    context: Vec<u32>,
    /// Slots by context id: `places[first[c]..first[c + 1]]`.
    first: Vec<u32>,
    places: Vec<u32>,
}

impl Slots {
    /// Points every end context without a successor at the slots of its longest suffix that has one. Only slots
    /// with a full context count, so that the walk always has a context to go on in.
    fn back_off<S: Copy + Into<u32>>(&mut self, pool: &Pool<S>) {
        let end_slot = |r: usize| pool.ends()[r] + r;
        let mut open: Vec<usize> = (0..pool.len())
            .filter(|&r| {
                let c = self.context[end_slot(r)] as usize;
                self.first[c] == self.first[c + 1]
            })
            .collect();
        let mut depth = self.order;
        while !open.is_empty() && depth > 0 {
            depth -= 1;
            let mut wanted: Lists = open.iter().map(|&r| (suffix_hash(pool.record(r), depth), Vec::new())).collect();
            let mut slot = 0u32;
            for record in pool.iter() {
                let mut rolling = Rolling::new(depth);
                for (i, &symbol) in record.iter().enumerate() {
                    let full = i >= depth;
                    if i >= self.order
                        && let Some(list) = wanted.get_mut(&rolling.hash())
                    {
                        list.push(slot);
                    }
                    rolling.push(symbol.into(), full.then(|| record[i - depth].into()));
                    slot += 1;
                }
                slot += 1;
            }
            let mut made: HashMap<u64, u32, foldhash::fast::FixedState> = HashMap::default();
            open.retain(|&r| {
                let hash = suffix_hash(pool.record(r), depth);
                let Some(list) = wanted.get(&hash).filter(|list| !list.is_empty()) else { return true };
                let id = *made.entry(hash).or_insert_with(|| {
                    // `first` is read in pairs, so a fresh pair leaves the earlier contexts as they are.
                    self.first.push(self.places.len() as u32);
                    self.places.extend_from_slice(list);
                    self.first.push(self.places.len() as u32);
                    (self.first.len() - 2) as u32
                });
                self.context[end_slot(r)] = id;
                false
            });
        }
    }
}

impl<S: Copy + Into<u32>> StepNgram<S> {
    /// `None` if the pool holds no symbol.
    pub(crate) fn fit(pool: &Pool<S>, order: usize) -> Option<Self> {
        Some(LaidOut::of(pool, order)?.each(pool))
    }

    /// Hands symbols to `take` until it answers false; it is asked at least once.
    pub(crate) fn walk(&self, rng: &mut ChaCha8Rng, take: impl FnMut(S) -> bool) {
        self.walk_by(rng, take, |rng, context| {
            let (from, to) = (self.first[context] as usize, self.first[context + 1] as usize);
            self.steps[from + below(rng, to - from)]
        });
    }

    /// The same, where `choose` finds the next of a context's steps.
    #[inline]
    fn walk_by(
        &self,
        rng: &mut ChaCha8Rng,
        mut take: impl FnMut(S) -> bool,
        choose: impl Fn(&mut ChaCha8Rng, usize) -> Step<S>,
    ) {
        if self.starts.is_empty() {
            // Every record is shorter than the order: there is no successor to learn, only symbols.
            while take(self.symbols[below(rng, self.symbols.len())]) {}
            return;
        }
        let Start { place, mut context } = self.starts[below(rng, self.starts.len())];
        // Slots with a full context lie at least `order` symbols into their record.
        if !self.symbols[place as usize - self.order..place as usize].iter().all(|&symbol| take(symbol)) {
            return;
        }
        loop {
            let Step { symbol, next } = choose(rng, context as usize);
            if !take(symbol) {
                return;
            }
            context = next;
        }
    }
}

/// A model whose conditional frequencies are sharpened.
pub(crate) struct StepSharpened<S> {
    model: StepNgram<S>,
    /// Successors that are kept: the steps of one symbol, by context.
    successors: Vec<Successor>,
    /// Successors by context: `successors[first[c]..first[c + 1]]`.
    first: Vec<u32>,
}

struct Successor {
    /// Sum of the weights up to and with this one, divided by the context's sum.
    cumulative: f64,
    /// Its steps, in `model.steps`.
    from: u32,
    to: u32,
}

impl<S: Copy + Into<u32>> StepSharpened<S> {
    /// Fits the model. `None` if the pool holds no symbol.
    pub(crate) fn fit(pool: &Pool<S>, order: usize, sharpening: Sharpening) -> Option<Self> {
        let mut model = StepNgram::fit(pool, order)?;
        let contexts = model.first.len() - 1;
        let (mut successors, mut first) = (Vec::new(), Vec::with_capacity(contexts + 1));
        for context in 0..contexts {
            first.push(successors.len() as u32);
            let (from, to) = (model.first[context] as usize, model.first[context + 1] as usize);
            let symbol = |step: &Step<S>| step.symbol.into();
            // Steps of one symbol stand together, in their order.
            model.steps[from..to].sort_by_key(symbol);
            let mut end = from as u32;
            let groups: Vec<Range<u32>> = model.steps[from..to]
                .chunk_by(|a, b| symbol(a) == symbol(b))
                .map(|group| {
                    end += group.len() as u32;
                    end - group.len() as u32..end
                })
                .collect();
            let counts: Vec<u32> = groups.iter().map(|group| group.end - group.start).collect();
            let kept = sharpening.cumulative(&counts);
            successors.extend(kept.map(|(cumulative, at)| Successor {
                cumulative,
                from: groups[at].start,
                to: groups[at].end,
            }));
        }
        first.push(successors.len() as u32);
        Some(Self { model, successors, first })
    }

    /// Hands symbols to `take` until it answers false; it is asked at least once.
    pub(crate) fn walk(&self, rng: &mut ChaCha8Rng, take: impl FnMut(S) -> bool) {
        self.model.walk_by(rng, take, |rng, context| {
            let successors = &self.successors[self.first[context] as usize..self.first[context + 1] as usize];
            let u = unit(rng);
            let chosen = successors.partition_point(|successor| successor.cumulative <= u).min(successors.len() - 1);
            let Successor { from, to, .. } = successors[chosen];
            self.model.steps[from as usize + below(rng, (to - from) as usize)]
        });
    }
}

type Lists = HashMap<u64, Vec<u32>, foldhash::fast::FixedState>;

fn suffix_hash<S: Copy + Into<u32>>(record: &[S], depth: usize) -> u64 {
    let mut rolling = Rolling::new(depth);
    for &symbol in &record[record.len() - depth.min(record.len())..] {
        rolling.push(symbol.into(), None);
    }
    rolling.hash()
}

/// Polynomial rolling hash of the last `depth` symbols, modulo 2^64 with an odd multiplier.
struct Rolling {
    value: u64,
    drop: u64,
}

const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

impl Rolling {
    fn new(depth: usize) -> Self {
        let mut drop = 1u64;
        for _ in 0..depth {
            drop = drop.wrapping_mul(BASE);
        }
        Self { value: 0, drop }
    }

    fn push(&mut self, symbol: u32, leaving: Option<u32>) {
        self.value = self.value.wrapping_mul(BASE).wrapping_add(scatter(symbol));
        if let Some(oldest) = leaving {
            self.value = self.value.wrapping_sub(scatter(oldest).wrapping_mul(self.drop));
        }
    }

    fn hash(&self) -> u64 {
        self.value
    }
}

/// Spreads a symbol over 64 bits, so that small alphabets do not meet the polynomial's weak low bits.
fn scatter(symbol: u32) -> u64 {
    let x = (u64::from(symbol) + 1).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    x ^ (x >> 32)
}

/// Slots of an empty [`ContextTable`]: a power of two.
const LEAST_TABLE: usize = 64;

/// Context hashes numbered in order of first use: open addressing in one flat array.
struct ContextTable {
    slots: Vec<(u64, u32)>,
    mask: usize,
    len: u32,
}

impl ContextTable {
    fn new() -> Self {
        Self { slots: vec![(0, NONE); LEAST_TABLE], mask: LEAST_TABLE - 1, len: 0 }
    }

    /// The number of a hash. The table is small while contexts are few, so that it stays in the cache.
    #[inline]
    fn id(&mut self, hash: u64) -> u32 {
        let at = self.slot_of(hash);
        if self.slots[at].1 != NONE {
            return self.slots[at].1;
        }
        self.slots[at] = (hash, self.len);
        self.len += 1;
        if 2 * self.len as usize > self.slots.len() {
            self.grow();
        }
        self.len - 1
    }

    /// The slot that holds the hash, or the free one where it belongs.
    #[inline]
    fn slot_of(&self, hash: u64) -> usize {
        let mut at = (hash ^ (hash >> 29)).wrapping_mul(BASE) as usize >> 20 & self.mask;
        while self.slots[at].1 != NONE && self.slots[at].0 != hash {
            at = (at + 1) & self.mask;
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.slots.len() * 4;
        let old = std::mem::replace(&mut self.slots, vec![(0, NONE); size]);
        self.mask = size - 1;
        for slot in old.into_iter().filter(|slot| slot.1 != NONE) {
            let at = self.slot_of(slot.0);
            self.slots[at] = slot;
        }
    }

    fn len(&self) -> usize {
        self.len as usize
    }
}
