//! n-gram models of pools over few symbols, whose contexts are numbers: no table of contexts, and no list of what follows a step.
//!
//! With b bits a symbol, the last k symbols are a number of k b bits, and the next context is that number shifted by a symbol. So a
//! model is the successors of every context in the order of their places, in one, two, four or eight bits each. Drawing and
//! fitting are as in [`crate::ngram`], which holds the models of all other pools, to the same symbols from the same stream.

use crate::pool::Pool;
use crate::seed::{below, unit};
use crate::sharpening::Sharpening;
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::ops::Range;

/// Bits of a context at most: 65,536 contexts, whose places' beginnings stay in the cache.
const MOST_BITS: u32 = 16;

/// Symbols at most: a code is a byte.
const MOST_SYMBOLS: usize = 256;

/// Symbols by value whose codes are looked up without a search.
const DIRECT: usize = 256;

/// A pool whose symbols are numbered in order of value.
struct Coded<S> {
    order: usize,
    bits: u32,
    /// By code.
    alphabet: Vec<S>,
    /// All records end to end.
    codes: Vec<u8>,
    /// Where each record ends.
    ends: Vec<usize>,
    /// How many places of each context have a successor: one number a context.
    counts: Vec<u32>,
    /// Contexts that nothing follows, in ascending order, each with its place in `back_off`: the ends of some records.
    dead_ends: Vec<(u32, u32)>,
    /// What follows the longest of their suffixes that something follows, in the order of places, and the context after it. Contexts
    /// share what their suffix shares: of a large pool of text each list is long, and many end in the same letter.
    back_off: Vec<Vec<Next>>,
}

/// A code, and the context after it.
type Next = (u8, u32);

impl<S: Copy + Into<u32>> Coded<S> {
    /// `None` where it would not pay or could not be: too many symbols or contexts, or a record no longer than the order.
    fn of(pool: &Pool<S>, order: usize) -> Option<Self> {
        if pool.len() == 0 || pool.iter().any(|record| record.len() <= order) {
            return None;
        }
        let alphabet = alphabet(pool)?;
        let bits = (alphabet.len() as u32 - 1).max(1).ilog2() + 1;
        if u32::try_from(order).ok()?.checked_mul(bits)? > MOST_BITS {
            return None;
        }
        let values: Vec<u32> = alphabet.iter().map(|&symbol| symbol.into()).collect();
        let mut direct = [0u8; DIRECT];
        for (code, &value) in values.iter().enumerate().filter(|(_, value)| (**value as usize) < DIRECT) {
            direct[value as usize] = code as u8;
        }
        let code = |symbol: &S| -> u8 {
            let value: u32 = (*symbol).into();
            // Every symbol of the pool is in its alphabet.
            direct.get(value as usize).copied().unwrap_or_else(|| values.partition_point(|&v| v < value) as u8)
        };
        let codes = pool.symbols().iter().map(code).collect();
        let contexts = 1usize << (order as u32 * bits);
        let mut coded = Self {
            order,
            bits,
            alphabet,
            codes,
            ends: pool.ends().to_vec(),
            counts: Vec::new(),
            dead_ends: Vec::new(),
            back_off: Vec::new(),
        };
        let mut counts = vec![0u32; contexts];
        let last = coded.each_place(|context, _| counts[context] += 1);
        let open: BTreeSet<u32> = last.into_iter().filter(|&context| counts[context] == 0).map(|c| c as u32).collect();
        coded.counts = counts;
        coded.back_off(open.into_iter().collect());
        Some(coded)
    }

    /// Finds the steps of contexts that nothing follows.
    fn back_off(&mut self, mut open: Vec<u32>) {
        let mut depth = self.order;
        while depth > 0 && !open.is_empty() {
            depth -= 1;
            let suffixes = 1usize << (depth as u32 * self.bits);
            let suffix = |context: usize| context & (suffixes - 1);
            // By suffix, its list from 1.
            let (mut list_of, mut lists) = (vec![0u32; suffixes], Vec::new());
            for &context in &open {
                let list = &mut list_of[suffix(context as usize)];
                if *list == 0 {
                    lists.push(Vec::new());
                    *list = lists.len() as u32;
                }
            }
            self.each_place(|context, code| {
                if let Some(list) = list_of[suffix(context)].checked_sub(1) {
                    lists[list as usize].push((code, self.next(context, code) as u32));
                }
            });
            let before = self.back_off.len() as u32;
            open.retain(|&context| {
                let list = list_of[suffix(context as usize)] - 1;
                let found = !lists[list as usize].is_empty();
                if found {
                    self.dead_ends.push((context, before + list));
                }
                !found
            });
            self.back_off.append(&mut lists);
        }
        self.dead_ends.sort_unstable();
    }

    /// Where the steps of a context that nothing follows stand in `back_off`.
    fn dead_end(&self, context: usize) -> usize {
        let at = self.dead_ends.partition_point(|&(end, _)| (end as usize) < context);
        self.dead_ends[at].1 as usize
    }

    /// The context after one more symbol.
    #[inline]
    fn next(&self, context: usize, code: u8) -> usize {
        (context << self.bits | usize::from(code)) & (self.contexts() - 1)
    }

    #[inline]
    fn contexts(&self) -> usize {
        1 << (self.order as u32 * self.bits)
    }

    fn context_of(&self, codes: &[u8]) -> usize {
        codes.iter().fold(0, |context, &code| self.next(context, code))
    }

    /// Every place with a whole context, in order, with its successor. The contexts at the ends of all records.
    fn each_place(&self, mut take: impl FnMut(usize, u8)) -> Vec<usize> {
        let mut from = 0;
        let of = |&end: &usize| {
            let record = &self.codes[from..end];
            from = end;
            let (start, rest) = record.split_at(self.order);
            let mut context = self.context_of(start);
            for &code in rest {
                take(context, code);
                context = self.next(context, code);
            }
            context
        };
        self.ends.iter().map(of).collect()
    }

    /// Where the places of each context begin, and how many there are in all.
    fn first(&self) -> Vec<u32> {
        let mut sum = 0;
        let mut first = vec![0];
        first.extend(self.counts.iter().map(|&count| {
            sum += count;
            sum
        }));
        first
    }

    /// A place with a whole context, chosen uniformly, and that context.
    fn start(&self, rng: &mut ChaCha8Rng) -> (usize, usize) {
        let before = |record: usize| self.ends[record] - (record + 1) * self.order;
        let places = before(self.ends.len() - 1);
        let chosen = below(rng, places);
        // The first record whose places reach beyond it.
        let (mut low, mut high) = (0, self.ends.len() - 1);
        while low < high {
            let middle = low.midpoint(high);
            if before(middle) > chosen { high = middle } else { low = middle + 1 }
        }
        let place = chosen + (low + 1) * self.order;
        (place, self.context_of(&self.codes[place - self.order..place]))
    }

    /// Hands symbols to `take` until it answers false; `choose` finds the code after a context, and the context after that.
    #[inline]
    fn walk(
        &self,
        rng: &mut ChaCha8Rng,
        mut take: impl FnMut(S) -> bool,
        choose: impl Fn(&mut ChaCha8Rng, usize) -> (u8, usize),
    ) {
        let (place, mut context) = self.start(rng);
        let symbol = |code: u8| self.alphabet[usize::from(code)];
        if !self.codes[place - self.order..place].iter().all(|&code| take(symbol(code))) {
            return;
        }
        loop {
            let (code, next) = choose(rng, context);
            if !take(symbol(code)) {
                return;
            }
            context = next;
        }
    }
}

/// The symbols of a pool in order of value; `None` where they are too many.
fn alphabet<S: Copy + Into<u32>>(pool: &Pool<S>) -> Option<Vec<S>> {
    let mut seen = [None; DIRECT];
    let mut others: BTreeSet<u32> = BTreeSet::new();
    let mut rare = Vec::new();
    for &symbol in pool.symbols() {
        let value: u32 = symbol.into();
        match seen.get_mut(value as usize) {
            Some(seen) => *seen = Some(symbol),
            None => {
                if others.insert(value) {
                    rare.push(symbol);
                    if rare.len() > MOST_SYMBOLS {
                        return None;
                    }
                }
            }
        }
    }
    rare.sort_by_key(|&symbol| symbol.into());
    let alphabet: Vec<S> = seen.into_iter().flatten().chain(rare).collect();
    (alphabet.len() <= MOST_SYMBOLS).then_some(alphabet)
}

/// A maximum-likelihood model: a uniform choice among the places of a context.
pub(crate) struct CodedNgram<S> {
    coded: Coded<S>,
    /// Where the places of each context begin.
    first: Vec<u32>,
    /// Successors by context in the order of their places, the first in the lowest bits of a byte. A walk reads places at random,
    /// so it is as fast as the cache that holds them: of four-grams of bits, 6.4 million places, a bit each fits where a byte
    /// each does not.
    successors: Vec<u8>,
    /// log2 of the bits of a successor.
    width: u32,
}

impl<S: Copy + Into<u32>> CodedNgram<S> {
    /// `None` where contexts cannot be numbers, or should not.
    pub(crate) fn fit(pool: &Pool<S>, order: usize) -> Option<Self> {
        let coded = Coded::of(pool, order)?;
        let first = coded.first();
        let width = match coded.bits {
            1 => 0,
            2 => 1,
            3..5 => 2,
            _ => 3,
        };
        let places = *first.last()? as usize;
        let mut model = Self { successors: vec![0; (places >> (3 - width)) + 1], coded, first, width };
        let mut next = model.first.clone();
        let mut successors = std::mem::take(&mut model.successors);
        model.coded.each_place(|context, code| {
            let place = next[context] as usize;
            next[context] += 1;
            successors[place >> (3 - width)] |= code << model.shift(place);
        });
        model.successors = successors;
        Some(model)
    }

    /// How far up in its byte a place's successor stands.
    #[inline]
    fn shift(&self, place: usize) -> usize {
        (place & ((1 << (3 - self.width)) - 1)) << self.width
    }

    #[inline]
    fn successor(&self, place: usize) -> u8 {
        let byte = self.successors[place >> (3 - self.width)] >> self.shift(place);
        byte & (u8::MAX >> (8 - (1 << self.width)))
    }

    /// Hands symbols to `take` until it answers false; it is asked at least once.
    #[inline]
    pub(crate) fn walk(&self, rng: &mut ChaCha8Rng, take: impl FnMut(S) -> bool) {
        self.coded.walk(rng, take, |rng, context| {
            let (from, to) = (self.first[context], self.first[context + 1]);
            if from == to {
                let steps = &self.coded.back_off[self.coded.dead_end(context)];
                let (code, next) = steps[below(rng, steps.len())];
                return (code, next as usize);
            }
            let code = self.successor(from as usize + below(rng, (to - from) as usize));
            (code, self.coded.next(context, code))
        });
    }
}

/// A model whose conditional frequencies are sharpened.
pub(crate) struct CodedSharpened<S> {
    coded: Coded<S>,
    /// Where the kept successors of each context begin.
    first: Vec<u32>,
    /// The sum of the weights up to and with each, divided by the context's sum; and its code.
    successors: Vec<(f64, u8)>,
    /// By list of `coded.back_off`, which is in order of code here: that sum, and where the code's steps stand.
    back_off: Vec<Vec<(f64, Range<usize>)>>,
}

impl<S: Copy + Into<u32>> CodedSharpened<S> {
    /// `None` where contexts cannot be numbers, or should not.
    pub(crate) fn fit(pool: &Pool<S>, order: usize, sharpening: Sharpening) -> Option<Self> {
        let mut coded = Coded::of(pool, order)?;
        if (order as u32 + 1) * coded.bits > MOST_BITS {
            return None;
        }
        let mut counts = vec![0u32; coded.contexts() << coded.bits];
        coded.each_place(|context, code| counts[context << coded.bits | usize::from(code)] += 1);
        let (mut successors, mut first) = (Vec::new(), Vec::with_capacity(coded.contexts() + 1));
        let (mut codes, mut held) = (Vec::new(), Vec::new());
        for of_context in counts.chunks_exact(1 << coded.bits) {
            first.push(successors.len() as u32);
            codes.clear();
            held.clear();
            for (code, &count) in of_context.iter().enumerate().filter(|(_, count)| **count > 0) {
                codes.push(code as u8);
                held.push(count);
            }
            successors.extend(sharpening.cumulative(&held).map(|(reached, at)| (reached, codes[at])));
        }
        first.push(successors.len() as u32);
        let back_off = coded.back_off.iter_mut().map(|steps| {
            steps.sort_by_key(|(code, _)| *code);
            let ends = steps.chunk_by(|a, b| a.0 == b.0).scan(0, |end, group| {
                *end += group.len();
                Some(*end - group.len()..*end)
            });
            let groups: Vec<Range<usize>> = ends.collect();
            let held: Vec<u32> = groups.iter().map(|group| group.len() as u32).collect();
            sharpening.cumulative(&held).map(|(reached, at)| (reached, groups[at].clone())).collect()
        });
        let back_off = back_off.collect();
        Some(Self { coded, first, successors, back_off })
    }

    /// Hands symbols to `take` until it answers false; it is asked at least once.
    pub(crate) fn walk(&self, rng: &mut ChaCha8Rng, take: impl FnMut(S) -> bool) {
        self.coded.walk(rng, take, |rng, context| {
            let successors = &self.successors[self.first[context] as usize..self.first[context + 1] as usize];
            let u = unit(rng);
            if successors.is_empty() {
                let end = self.coded.dead_end(context);
                let (_, steps) = &self.back_off[end][chosen(&self.back_off[end], u)];
                let (code, next) = self.coded.back_off[end][steps.start + below(rng, steps.len())];
                return (code, next as usize);
            }
            // The other model chooses among the places of the successor too, all of which lead to the same context.
            let _ = rng.next_u32();
            let (_, code) = successors[chosen(successors, u)];
            (code, self.coded.next(context, code))
        });
    }
}

/// The first whose sum is beyond `u`; the last if none is.
#[inline]
fn chosen<T>(sums: &[(f64, T)], u: f64) -> usize {
    let last = sums.len() - 1;
    if last < FEW {
        return sums[..last].iter().position(|(reached, _)| *reached > u).unwrap_or(last);
    }
    sums.partition_point(|(reached, _)| *reached <= u).min(last)
}

/// Successors that are faster looked through than searched.
const FEW: usize = 8;
