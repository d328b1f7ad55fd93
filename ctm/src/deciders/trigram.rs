//! The n-gram closed position set of [`super::ngram`] for two symbols and three cells to each side, where the 64 contexts
//! of an entry are the bits of a word and take their step all at once.

use turmite_tables::Space;

use super::Situation;
use super::certificate::{Certificate, Context};
use crate::rules::slot;

/// The search, with its memory.
#[derive(Clone, Debug)]
pub(crate) struct Trigram {
    states: u8,
    /// By entry (two a state), the contexts reached: bit `8 l + r` for the cells l to the left and r to the right, the
    /// nearest cell lowest.
    sets: Vec<u64>,
    /// The trigrams that lie beyond the window, as bits: to the left, to the right.
    beyond: [u8; 2],
}

/// The sides of the head, as indices.
const LEFT: usize = 0;
const RIGHT: usize = 1;

impl Trigram {
    const N: usize = 3;

    pub(crate) fn new(space: Space) -> Self {
        Self { states: space.states(), sets: vec![0; 2 * usize::from(space.states())], beyond: [0; 2] }
    }

    /// Whether the contexts that the run can come to have all their entries defined.
    pub(crate) fn prove(&mut self, run: &Situation<'_>) -> bool {
        // The defined entries that move to each side, as bits: a space of two symbols has at most 50.
        let mut moving = [0u64; 2];
        for (entry, set) in self.sets.iter_mut().enumerate() {
            *set = 0;
            let rule = run.rules.at(slot(entry as u8 / 2, entry as u8 % 2));
            moving[usize::from(rule.right())] |= u64::from(!rule.is_undefined()) << entry;
        }
        let tapes = [&run.tapes.left, &run.tapes.right];
        let gram = |cells: &[u8]| cells.iter().take(Self::N).rev().fold(0, |gram, &cell| gram << 1 | cell);
        // Blanks lie beyond everything.
        self.beyond = tapes.map(|cells| (1..cells.len()).fold(1, |grams, from| grams | 1 << gram(&cells[from..])));
        let entry = usize::from(run.slot >> 4) * 2 + usize::from(run.slot & 1);
        self.sets[entry] = 1 << (8 * gram(tapes[LEFT]) + gram(tapes[RIGHT]));
        let mut pending = 1u64 << entry;
        while pending != 0 {
            let entry = pending.trailing_zeros() as usize;
            pending &= pending - 1;
            let rule = run.rules.at(slot(entry as u8 / 2, entry as u8 % 2));
            if rule.is_undefined() {
                return false;
            }
            let (ahead, behind) = if rule.right() { (RIGHT, LEFT) } else { (LEFT, RIGHT) };
            // As if it moved to the right.
            let set = if rule.right() { self.sets[entry] } else { transposed(self.sets[entry]) };
            let passed = rows(set) | self.beyond[behind];
            if passed != self.beyond[behind] {
                self.beyond[behind] = passed;
                pending |= moving[behind];
            }
            for (symbol, next) in step(set, rule.write(), self.beyond[ahead]).into_iter().enumerate() {
                let next = if rule.right() { next } else { transposed(next) };
                let entry = usize::from(rule.next_slot() >> 4) * 2 + symbol;
                if next & !self.sets[entry] != 0 {
                    self.sets[entry] |= next;
                    pending |= 1 << entry;
                }
            }
        }
        true
    }

    /// What has just been proved.
    pub(crate) fn certificate(&self, start: u64) -> Certificate {
        let cells = |gram: u8| (0..Self::N).map(|i| gram >> i & 1).collect::<Vec<u8>>();
        let contexts = (0..self.states).flat_map(|state| {
            (0..2).flat_map(move |symbol| {
                let set = self.sets[usize::from(state * 2 + symbol)];
                (0..64).filter(move |bit| set >> bit & 1 == 1).map(move |bit: u8| Context {
                    state,
                    symbol,
                    left: cells(bit / 8),
                    right: cells(bit % 8),
                })
            })
        });
        let beyond = self.beyond.map(|grams| (0..8).filter(|g| grams >> g & 1 == 1).map(cells).collect());
        Certificate::ClosedSet { start, n: Self::N, contexts: contexts.collect(), beyond }
    }
}

/// Left and right exchanged.
fn transposed(set: u64) -> u64 {
    let swap = |set: u64, mask: u64, by: u32| {
        let differ = (set ^ set >> by) & mask;
        set ^ differ ^ differ << by
    };
    let set = swap(set, 0x00aa_00aa_00aa_00aa, 7);
    let set = swap(set, 0x0000_cccc_0000_cccc, 14);
    swap(set, 0x0000_0000_f0f0_f0f0, 28)
}

/// The bytes that are not empty, as bits.
fn rows(set: u64) -> u8 {
    let set = set | set >> 4;
    let set = set | set >> 2;
    let set = (set | set >> 1) & 0x0101_0101_0101_0101;
    (set.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

/// A step to the right of all contexts at once, and what it comes to on symbol 0 and on symbol 1. `beyond` are the
/// trigrams that the three cells to the right can then be.
fn step(set: u64, write: u8, beyond: u8) -> [u64; 2] {
    // The farthest cell to the left is forgotten, and the nearest is what is written.
    let set = (set | set >> 32) & 0xffff_ffff;
    let set = (set | set << 16) & 0x0000_ffff_0000_ffff;
    let set = ((set | set << 8) & 0x00ff_00ff_00ff_00ff) << (8 * write);
    let beyond = u64::from(beyond) * 0x0101_0101_0101_0101;
    [set, set >> 1].map(|set| {
        // The nearest cell to the right is scanned; the farthest is any that completes a trigram.
        let set = set & 0x5555_5555_5555_5555;
        let set = (set | set >> 1) & 0x3333_3333_3333_3333;
        let set = (set | set >> 2) & 0x0f0f_0f0f_0f0f_0f0f;
        (set | set << 4) & beyond
    })
}
