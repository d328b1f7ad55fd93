//! The n-gram closed position set of [`super::ngram`] on symbols that carry their history: what the head was and read the
//! last few times it stood there. It tells apart what a counter or a bouncer writes on its several ways over a cell.
//! (mei 2023, "NGramCPS with history" of Coq-BB5.)

use foldhash::{HashMap, HashSet};

use super::certificate::{Cell, Certificate, Context};
use crate::rules::Rules;

/// A symbol in the low four bits; above them its past, ten bits a visit, the latest lowest: the slot that was read, plus 1.
type Augmented = u64;

const PAST_BITS: u32 = 10;

/// Up to eight cells, the nearest in the low bits, as numbers of [`Augmented`] symbols.
type Gram = u128;

const CELL_BITS: u32 = 16;

/// A local context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Window {
    /// The first slot of the state.
    state: u16,
    head: u16,
    /// To the left and to the right.
    grams: [Gram; 2],
}

/// What lies beyond a window whose other cells are known, and what waits to see it.
#[derive(Clone, Debug, Default)]
struct Beyond {
    cells: Vec<u16>,
    moved: Vec<Moved>,
}

/// A context that has moved out of its window.
#[derive(Clone, Copy, Debug)]
struct Moved {
    state: u16,
    head: u16,
    behind: Gram,
}

/// The search, with its memory.
#[derive(Clone, Debug)]
pub(crate) struct History {
    visits: u32,
    n: u32,
    most_contexts: usize,
    numbers: HashMap<Augmented, u16>,
    cells: Vec<Augmented>,
    windows: Vec<Window>,
    seen: HashSet<Window>,
    beyond: [HashMap<Gram, Beyond>; 2],
}

/// The sides of the head, as indices.
const LEFT: usize = 0;
const RIGHT: usize = 1;

impl History {
    /// Contexts of `n` cells to each side, which know the last `visits`, at most six; gives up beyond `most_contexts`.
    pub(crate) fn new(visits: u32, n: u32, most_contexts: usize) -> Self {
        Self {
            visits,
            n,
            most_contexts,
            numbers: HashMap::default(),
            cells: Vec::new(),
            windows: Vec::new(),
            seen: HashSet::default(),
            beyond: Default::default(),
        }
    }

    /// Whether the contexts that the run can come to after so many steps have all their entries defined.
    pub(crate) fn prove(&mut self, rules: &Rules, steps: u64) -> bool {
        self.numbers.clear();
        self.cells.clear();
        self.windows.clear();
        self.seen.clear();
        self.beyond = Default::default();
        // The blank, never visited, is number 0.
        self.number(0);
        self.replay(rules, steps);
        let mut done = 0;
        while let Some(&window) = self.windows.get(done) {
            done += 1;
            let head = self.cells[usize::from(window.head)];
            let slot = window.state | (head & 0xf) as u16;
            let rule = rules.at(slot);
            if rule.is_undefined() || self.windows.len() > self.most_contexts {
                return false;
            }
            let (ahead, behind) = if rule.right() { (RIGHT, LEFT) } else { (LEFT, RIGHT) };
            self.extend(behind, window.grams[behind]);
            let written = self.number(self.visited(head, slot, rule.write()));
            let moved = Moved {
                state: rule.next_slot(),
                head: window.grams[ahead] as u16,
                behind: self.shifted(window.grams[behind]) | Gram::from(written),
            };
            let kept = window.grams[ahead] >> CELL_BITS;
            let beyond = self.beyond[ahead].entry(kept).or_default();
            beyond.moved.push(moved);
            for cell in beyond.cells.clone() {
                self.arrive(ahead, kept, moved, cell);
            }
        }
        true
    }

    /// A symbol written where `cell` was read.
    fn visited(&self, cell: Augmented, slot: u16, write: u8) -> Augmented {
        let past = (cell >> 4) << PAST_BITS | Augmented::from(slot + 1);
        let mask = (1 << (PAST_BITS * self.visits)) - 1;
        (past & mask) << 4 | Augmented::from(write)
    }

    fn number(&mut self, cell: Augmented) -> u16 {
        let next = self.cells.len() as u16;
        let number = *self.numbers.entry(cell).or_insert(next);
        if number == next {
            self.cells.push(cell);
        }
        number
    }

    /// Runs again from the blank tape, to know the history of every cell, and takes the configuration in.
    fn replay(&mut self, rules: &Rules, steps: u64) {
        let (mut tapes, mut head, mut state) = ([Vec::new(), Vec::new()], 0, 0);
        for _ in 0..steps {
            let slot = state | (head & 0xf) as u16;
            let rule = rules.at(slot);
            let (ahead, behind) = if rule.right() { (RIGHT, LEFT) } else { (LEFT, RIGHT) };
            tapes[behind].push(self.visited(head, slot, rule.write()));
            head = tapes[ahead].pop().unwrap_or(0);
            state = rule.next_slot();
        }
        let grams = [LEFT, RIGHT].map(|side| {
            // From the blanks far out to the cell beside the head: all but the last gram lie beyond the window.
            self.extend(side, 0);
            let mut gram = 0;
            for (i, cell) in tapes[side].iter().enumerate() {
                if i > 0 {
                    self.extend(side, gram);
                }
                gram = self.shifted(gram) | Gram::from(self.number(*cell));
            }
            gram
        });
        let head = self.number(head);
        self.reach(Window { state, head, grams });
    }

    /// A gram moved away by one cell, with room for the nearest.
    fn shifted(&self, gram: Gram) -> Gram {
        (gram & ((1 << (CELL_BITS * (self.n - 1))) - 1)) << CELL_BITS
    }

    /// A gram lies beyond the window on `side`: what has moved towards it may come to it.
    fn extend(&mut self, side: usize, gram: Gram) {
        let shift = CELL_BITS * (self.n - 1);
        let (kept, cell) = (gram & ((1 << shift) - 1), (gram >> shift) as u16);
        let beyond = self.beyond[side].entry(kept).or_default();
        if beyond.cells.contains(&cell) {
            return;
        }
        beyond.cells.push(cell);
        for moved in beyond.moved.clone() {
            self.arrive(side, kept, moved, cell);
        }
    }

    /// What has moved to `side` finds `cell` at the far end of its window.
    fn arrive(&mut self, side: usize, kept: Gram, moved: Moved, cell: u16) {
        let gram = kept | Gram::from(cell) << (CELL_BITS * (self.n - 1));
        let grams = if side == LEFT { [gram, moved.behind] } else { [moved.behind, gram] };
        self.reach(Window { state: moved.state, head: moved.head, grams });
    }

    fn reach(&mut self, window: Window) {
        if self.seen.insert(window) {
            self.windows.push(window);
        }
    }

    /// What has just been proved.
    pub(crate) fn certificate(&self, start: u64) -> Certificate {
        let shift = CELL_BITS * (self.n - 1);
        Certificate::ClosedSet {
            start,
            n: self.n as usize,
            visits: self.visits as usize,
            contexts: self.windows.iter().map(|w| self.context(w)).collect(),
            beyond: [LEFT, RIGHT].map(|side| {
                let grams = self.beyond[side].iter();
                grams
                    .flat_map(|(kept, b)| b.cells.iter().map(move |c| self.gram(kept | Gram::from(*c) << shift)))
                    .collect()
            }),
        }
    }

    fn context(&self, window: &Window) -> Context {
        let [left, right] = window.grams.map(|gram| self.gram(gram));
        Context { state: (window.state >> 4) as u8, head: self.cell(window.head), left, right }
    }

    fn gram(&self, gram: Gram) -> Vec<Cell> {
        (0..self.n).map(|i| self.cell((gram >> (i * CELL_BITS)) as u16)).collect()
    }

    fn cell(&self, number: u16) -> Cell {
        let cell = self.cells[usize::from(number)];
        let visit = |i| (cell >> (4 + i * PAST_BITS) & ((1 << PAST_BITS) - 1)) as u16;
        let past = (0..self.visits).map(visit).take_while(|v| *v > 0);
        Cell { symbol: (cell & 0xf) as u8, past: past.map(|v| (((v - 1) >> 4) as u8, ((v - 1) & 0xf) as u8)).collect() }
    }
}
