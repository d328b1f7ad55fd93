//! The n-gram closed position set: every local context that the run can come to, as far as n cells to each side tell.
//!
//! A context is a state, the scanned symbol and the n cells to each side of it. Besides, all n-grams that lie farther out
//! are kept, those of the left and those of the right. A step moves the window by one cell; what comes into it may be any
//! symbol that completes an n-gram known on that side. If the set closes without an undefined entry, none is ever reached.
//! (Nathan Fenner 2023; "NGramCPS" in Coq-BB5.)

use turmite_tables::Space;

use super::Situation;
use super::certificate::{self, Certificate};
use crate::outputs::symbol_bits;

/// A local context. Grams hold the nearest cell in their low bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Context {
    slot: u16,
    /// The grams to the left and to the right.
    grams: [u16; 2],
}

/// A context that has moved out of its window: it has a successor for every symbol known beyond.
#[derive(Clone, Copy, Debug)]
struct Moved {
    slot: u16,
    behind: u16,
    /// The one before of the same side and cells, or [`NONE`].
    previous: u32,
}

const NONE: u32 = u32::MAX;

/// The search, with its memory.
#[derive(Clone, Debug)]
pub(crate) struct NGram {
    n: u32,
    bits: u32,
    most_contexts: usize,
    contexts: Vec<Context>,
    seen: Vec<u64>,
    beyond: [Vec<u16>; 2],
    /// By side and the n - 1 cells kept, the last that moved to that side.
    last_moved: [Vec<u32>; 2],
    moved: Vec<Moved>,
}

/// The sides of the head, as indices.
const LEFT: usize = 0;
const RIGHT: usize = 1;

impl NGram {
    /// The most bits that the cells of a context take: its set of contexts is cleared for every run.
    const MOST_BITS: u32 = 14;

    /// The number of cells to each side, at most `n`, for which contexts are few enough.
    pub(crate) fn feasible(space: Space, n: u32) -> u32 {
        n.min((Self::MOST_BITS / symbol_bits(space) - 1) / 2).max(1)
    }

    /// Contexts of `n` cells to each side; gives up beyond `most_contexts`.
    pub(crate) fn new(space: Space, n: u32, most_contexts: usize) -> Self {
        let bits = symbol_bits(space);
        let all = usize::from(space.states()) << (bits * (2 * n + 1));
        let ends = 1 << (bits * (n - 1));
        Self {
            n,
            bits,
            most_contexts,
            contexts: Vec::new(),
            seen: vec![0; all.div_ceil(64)],
            beyond: [vec![0; ends], vec![0; ends]],
            last_moved: [vec![NONE; ends], vec![NONE; ends]],
            moved: Vec::new(),
        }
    }

    /// Whether the contexts that the run can come to have all their entries defined.
    pub(crate) fn prove(&mut self, run: &Situation<'_>) -> bool {
        self.contexts.clear();
        self.moved.clear();
        self.seen.fill(0);
        for side in [LEFT, RIGHT] {
            self.beyond[side].fill(0);
            self.last_moved[side].fill(NONE);
        }
        for (side, cells) in [&run.tapes.left, &run.tapes.right].into_iter().enumerate() {
            for from in 1..cells.len() {
                let gram = self.gram(&cells[from..]);
                self.extend(side, gram);
            }
            // Blanks, for ever.
            self.extend(side, 0);
        }
        self.reach(run.slot, [self.gram(&run.tapes.left), self.gram(&run.tapes.right)]);
        let mut done = 0;
        while let Some(&context) = self.contexts.get(done) {
            done += 1;
            let rule = run.rules.at(context.slot);
            if rule.is_undefined() || self.contexts.len() > self.most_contexts {
                return false;
            }
            let (ahead, behind) = if rule.right() { (RIGHT, LEFT) } else { (LEFT, RIGHT) };
            self.extend(behind, context.grams[behind]);
            let gram_mask = (1u32 << (self.bits * self.n)) - 1;
            let symbol_mask = (1u16 << self.bits) - 1;
            let behind_gram =
                ((u32::from(context.grams[behind]) << self.bits | u32::from(rule.write())) & gram_mask) as u16;
            let slot = rule.next_slot() | context.grams[ahead] & symbol_mask;
            let kept = context.grams[ahead] >> self.bits;
            let last = &mut self.last_moved[ahead][usize::from(kept)];
            let moved = Moved { slot, behind: behind_gram, previous: *last };
            *last = self.moved.len() as u32;
            self.moved.push(moved);
            let mut symbols = self.beyond[ahead][usize::from(kept)];
            while symbols != 0 {
                let symbol = symbols.trailing_zeros() as u16;
                symbols &= symbols - 1;
                self.arrive(ahead, kept, moved, symbol);
            }
        }
        true
    }

    /// What has just been proved.
    pub(crate) fn certificate(&self, start: u64) -> Certificate {
        let contexts = self.contexts.iter().map(|context| certificate::Context {
            state: (context.slot >> 4) as u8,
            symbol: (context.slot & 0xf) as u8,
            left: self.cells(context.grams[LEFT]),
            right: self.cells(context.grams[RIGHT]),
        });
        let shift = self.bits * (self.n - 1);
        let beyond = [LEFT, RIGHT].map(|side| {
            let grams = self.beyond[side].iter().enumerate().flat_map(move |(kept, symbols)| {
                (0..16).filter(move |s| symbols >> s & 1 == 1).map(move |s| kept as u16 | s << shift)
            });
            grams.map(|gram| self.cells(gram)).collect()
        });
        Certificate::ClosedSet { start, n: self.n as usize, contexts: contexts.collect(), beyond }
    }

    fn cells(&self, gram: u16) -> Vec<u8> {
        (0..self.n).map(|i| (gram >> (i * self.bits) & ((1 << self.bits) - 1)) as u8).collect()
    }

    /// The first n of `cells`, nearest lowest, blanks after them.
    fn gram(&self, cells: &[u8]) -> u16 {
        cells.iter().take(self.n as usize).rev().fold(0, |gram, &cell| gram << self.bits | u16::from(cell))
    }

    /// A gram lies beyond the window on `side`: what has moved towards it may come to it.
    fn extend(&mut self, side: usize, gram: u16) {
        let shift = self.bits * (self.n - 1);
        let (kept, symbol) = (gram & ((1u32 << shift) - 1) as u16, gram >> shift);
        let known = &mut self.beyond[side][usize::from(kept)];
        if *known >> symbol & 1 == 1 {
            return;
        }
        *known |= 1 << symbol;
        let mut next = self.last_moved[side][usize::from(kept)];
        while next != NONE {
            let moved = self.moved[next as usize];
            self.arrive(side, kept, moved, symbol);
            next = moved.previous;
        }
    }

    /// What has moved to `side` finds `symbol` at the far end of its window.
    fn arrive(&mut self, side: usize, kept: u16, moved: Moved, symbol: u16) {
        let gram = kept | symbol << (self.bits * (self.n - 1));
        let grams = if side == LEFT { [gram, moved.behind] } else { [moved.behind, gram] };
        self.reach(moved.slot, grams);
    }

    fn reach(&mut self, slot: u16, grams: [u16; 2]) {
        let bits = self.bits * self.n;
        let entry = usize::from(slot >> 4) << self.bits | usize::from(slot & 0xf);
        let index = (entry << bits | usize::from(grams[LEFT])) << bits | usize::from(grams[RIGHT]);
        let word = &mut self.seen[index / 64];
        if *word >> (index % 64) & 1 == 0 {
            *word |= 1 << (index % 64);
            self.contexts.push(Context { slot, grams });
        }
    }
}
