//! Maximum-likelihood n-gram models, stored as the pool itself.
//!
//! Drawing the next symbol of an order-k maximum-likelihood model is the same as choosing uniformly one of
//! the places where the last k symbols occur in the training pool and copying the symbol that follows there.
//! So the model is the pool plus, for every position, the list of positions that share its context. The
//! walk holds a position, not a context, and a drawn symbol costs one random word and two memory reads.

use crate::pool::Pool;
use crate::seed::{below, unit};
use crate::sharpening::Sharpening;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// An n-gram model of fixed order over symbols `S`.
///
/// * The first k symbols of a record are one k-gram of the pool, chosen uniformly over its occurrences
///   (a model of windows of a stationary source: no special start).
/// * Back-off happens only in a context that never has a successor, which can only be the last k symbols of
///   a training record: the walk goes on at an occurrence of its longest suffix that has one.
pub(crate) struct Ngram<S> {
    order: usize,
    /// The pool with one more slot after each record, for its end: slot of symbol i of record r = i + r.
    padded: Vec<S>,
    /// Context id of each slot; `NONE` where fewer than `order` symbols precede.
    context: Vec<u32>,
    /// Slots by context id: `places[first[c]..first[c + 1]]`.
    first: Vec<u32>,
    places: Vec<u32>,
    /// Slots with a full context and a symbol: where the walk may begin.
    starts: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl<S: Copy + Into<u32>> Ngram<S> {
    /// Fits the model. `None` if the pool holds no symbol.
    pub(crate) fn fit(pool: &Pool<S>, order: usize) -> Option<Self> {
        let filler = *pool.symbols().first()?;
        let slots = pool.symbols().len() + pool.len();
        let mut padded = Vec::with_capacity(slots);
        let mut context = Vec::with_capacity(slots);
        let mut starts = Vec::with_capacity(slots);
        let mut table = ContextTable::with_room(slots);
        for record in pool.iter() {
            // A record shorter than the order gives its whole self as the context of its end.
            let depth = order.min(record.len());
            let mut rolling = Rolling::new(depth);
            for (i, &symbol) in record.iter().enumerate() {
                let full = i >= depth;
                if full {
                    starts.push(padded.len() as u32);
                }
                context.push(if full { table.id(rolling.hash()) } else { NONE });
                padded.push(symbol);
                rolling.push(symbol.into(), full.then(|| record[i - depth].into()));
            }
            context.push(table.id(rolling.hash()));
            padded.push(filler);
        }
        // A counting sort of the starting slots by context.
        let mut first = vec![0u32; table.len() + 1];
        for &slot in &starts {
            first[context[slot as usize] as usize + 1] += 1;
        }
        for c in 1..first.len() {
            first[c] += first[c - 1];
        }
        let mut next = first.clone();
        let mut places = vec![0u32; starts.len()];
        for &slot in &starts {
            let c = context[slot as usize] as usize;
            places[next[c] as usize] = slot;
            next[c] += 1;
        }
        let mut model = Self { order, padded, context, first, places, starts };
        model.back_off(pool);
        Some(model)
    }

    /// Points every end context without a successor at the slots of its longest suffix that has one. Only slots
    /// with a full context count, so that the walk always has a context to go on in.
    fn back_off(&mut self, pool: &Pool<S>) {
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

    /// Appends one record of `length` symbols to `out`.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<S>) {
        if length == 0 {
            return;
        }
        let end = out.len() + length;
        self.walk(rng, |symbol| {
            out.push(symbol);
            out.len() < end
        });
    }

    /// Hands symbols to `take` until it answers false; it is asked at least once.
    #[inline]
    pub(crate) fn walk(&self, rng: &mut ChaCha8Rng, take: impl FnMut(S) -> bool) {
        self.walk_by(rng, take, |rng, context| {
            let (from, to) = (self.first[context] as usize, self.first[context + 1] as usize);
            from + below(rng, to - from)
        });
    }

    /// The same, where `choose` finds the next place among those of a context, as an index of `places`.
    #[inline]
    fn walk_by(
        &self,
        rng: &mut ChaCha8Rng,
        mut take: impl FnMut(S) -> bool,
        choose: impl Fn(&mut ChaCha8Rng, usize) -> usize,
    ) {
        if self.starts.is_empty() {
            // Every record is shorter than the order: there is no successor to learn, only symbols.
            while take(self.padded[below(rng, self.padded.len())]) {}
            return;
        }
        let mut at = self.starts[below(rng, self.starts.len())] as usize;
        // Slots with a full context lie at least `order` symbols into their record.
        if !self.padded[at - self.order..at].iter().all(|&symbol| take(symbol)) {
            return;
        }
        loop {
            let place = self.places[choose(rng, self.context[at] as usize)] as usize;
            if !take(self.padded[place]) {
                return;
            }
            at = place + 1;
        }
    }
}

/// An n-gram model whose conditional frequencies are sharpened. The first symbols of a record are drawn as they occur.
pub(crate) struct Sharpened<S> {
    model: Ngram<S>,
    /// Successors that are kept: the places that continue with one symbol, by context.
    successors: Vec<Successor>,
    /// Successors by context: `successors[first[c]..first[c + 1]]`.
    first: Vec<u32>,
}

struct Successor {
    /// Sum of the weights up to and with this one, divided by the context's sum.
    cumulative: f64,
    /// Its places, in `model.places`.
    from: u32,
    to: u32,
}

impl<S: Copy + Into<u32>> Sharpened<S> {
    /// Fits the model. `None` if the pool holds no symbol.
    pub(crate) fn fit(pool: &Pool<S>, order: usize, sharpening: Sharpening) -> Option<Self> {
        let mut model = Ngram::fit(pool, order)?;
        let contexts = model.first.len() - 1;
        let (mut successors, mut first) = (Vec::new(), Vec::with_capacity(contexts + 1));
        for context in 0..contexts {
            first.push(successors.len() as u32);
            let (from, to) = (model.first[context] as usize, model.first[context + 1] as usize);
            let symbol = |place: &u32| model.padded[*place as usize].into();
            // Places with one symbol stand together, in their order.
            model.places[from..to].sort_by_key(symbol);
            let groups: Vec<u32> = model.places[from..to]
                .chunk_by(|a, b| symbol(a) == symbol(b))
                .map(|group| group.len() as u32)
                .collect();
            let weights = sharpening.weights(&groups);
            let total: f64 = weights.iter().sum();
            let (mut reached, mut at) = (0.0, from as u32);
            for (count, weight) in groups.into_iter().zip(weights) {
                if weight > 0.0 {
                    reached += weight / total;
                    successors.push(Successor { cumulative: reached, from: at, to: at + count });
                }
                at += count;
            }
        }
        first.push(successors.len() as u32);
        Some(Self { model, successors, first })
    }

    /// Appends one record of `length` symbols to `out`.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<S>) {
        if length == 0 {
            return;
        }
        let end = out.len() + length;
        let take = |symbol| {
            out.push(symbol);
            out.len() < end
        };
        self.model.walk_by(rng, take, |rng, context| {
            let successors = &self.successors[self.first[context] as usize..self.first[context + 1] as usize];
            let u = unit(rng);
            let chosen = successors.partition_point(|successor| successor.cumulative <= u).min(successors.len() - 1);
            let Successor { from, to, .. } = successors[chosen];
            from as usize + below(rng, (to - from) as usize)
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

/// Context hashes numbered in order of first use: open addressing in one flat array.
struct ContextTable {
    slots: Vec<(u64, u32)>,
    mask: usize,
    len: u32,
}

impl ContextTable {
    fn with_room(n: usize) -> Self {
        let size = (2 * n + 2).next_power_of_two();
        Self { slots: vec![(0, NONE); size], mask: size - 1, len: 0 }
    }

    #[inline]
    fn id(&mut self, hash: u64) -> u32 {
        let mut at = (hash ^ (hash >> 29)).wrapping_mul(BASE) as usize >> 20 & self.mask;
        loop {
            let slot = &mut self.slots[at];
            if slot.1 == NONE {
                *slot = (hash, self.len);
                self.len += 1;
                return slot.1;
            }
            if slot.0 == hash {
                return slot.1;
            }
            at = (at + 1) & self.mask;
        }
    }

    fn len(&self) -> usize {
        self.len as usize
    }
}
