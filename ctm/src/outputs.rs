//! The outputs of the walk: per string as the run wrote it, its weight, its least steps and the machines that need no more.

use std::collections::BTreeMap;

use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use turmite_tables::{Shape, Space};

use crate::machine::Codes;
use crate::rules::Rules;
use crate::symmetry::Target;

/// The box visited, as run: columns, rows, planes. Axes that the run has not moved along have extent 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Extents(pub(crate) [u32; 3]);

impl Extents {
    pub(crate) fn line(cells: usize) -> Self {
        Self([cells as u32, 1, 1])
    }

    pub(crate) fn cells(self) -> u32 {
        self.0.iter().product()
    }

    fn is_line(self) -> bool {
        self.0[1] == 1 && self.0[2] == 1
    }

    /// Axes moved along: a move makes an extent at least 2.
    pub(crate) fn axes(self) -> usize {
        self.0.iter().filter(|e| **e > 1).count()
    }
}

/// The visited cells at an undefined entry, planes outermost, columns innermost; the head's own cell is 0, to be filled
/// by the halting transition.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// Symbols of `bits` bits each, the first most significant; the head's cell starts at bit `head_shift`.
    Word { code: u128, head_shift: u32, extents: Extents, bits: u32 },
    /// Too many for a word.
    Cells { cells: Vec<u8>, head: usize, extents: Extents },
}

/// What is known of one output.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) weight: u128,
    /// 0 where nothing was written yet.
    pub(crate) steps: u32,
    /// The first machine in text order for each [`Target`] of the output, all of `steps` steps, packed one after the other.
    pub(crate) machines: Vec<u8>,
}

/// Codes below this have their record in an array, which the short outputs, and nearly all are, find without hashing.
const DIRECT: u128 = 1 << 15;

/// The outputs of a subtree.
///
/// Each worker fills one of its own and they are merged at the end. A table shared between the workers (`DashMap`)
/// is 8 times slower on one thread and 25 times on two (`cargo bench --bench outputs`, the strings of D(5)).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outputs {
    space: Space,
    /// Outputs of boxes that do not fit in this one, however turned, have no record.
    within: Option<Shape>,
    /// The weight of the outputs that have none, by box.
    pub(crate) left_out: BTreeMap<Extents, u128>,
    direct: Vec<Record>,
    words: HashMap<(Extents, u128), Record>,
    long: HashMap<(Extents, Vec<u8>), Record>,
}

impl Outputs {
    pub(crate) fn new(space: Space, within: Option<Shape>) -> Self {
        Self {
            space,
            within,
            left_out: BTreeMap::new(),
            direct: vec![Record::default(); DIRECT as usize],
            words: HashMap::default(),
            long: HashMap::default(),
        }
    }

    /// The same with nothing in it.
    pub(crate) fn empty(&self) -> Self {
        Self::new(self.space, self.within)
    }

    /// Whether outputs of this box have records.
    pub(crate) fn keeps(&self, extents: Extents) -> bool {
        self.within.is_none_or(|within| within.holds_turned(extents.0))
    }

    /// Adds `weight` for an output that has none.
    pub(crate) fn leave_out(&mut self, extents: Extents, weight: u128) {
        *self.left_out.entry(extents).or_default() += weight;
    }

    /// Adds `weight` for the output `written`, with `symbol` in the head's cell.
    #[inline]
    pub(crate) fn add(&mut self, written: &Written, symbol: u8, weight: u128, steps: u64, rules: &Rules, slot: u16) {
        // Steps are at most max_steps, which is checked to fit.
        let steps = steps as u32;
        let record = match written {
            Written::Word { code, head_shift, extents, bits } => {
                let code = code | u128::from(symbol) << head_shift;
                // A one in front of the first symbol makes codes of different lengths differ.
                let one = if extents.is_line() { 1u128.checked_shl(extents.cells() * bits) } else { None };
                let key = one.map_or(DIRECT, |one| one | code);
                if key < DIRECT {
                    &mut self.direct[key as usize]
                } else {
                    self.words.entry((*extents, code)).or_default()
                }
            }
            Written::Cells { cells, head, extents } => {
                let mut cells = cells.clone();
                cells[*head] = symbol;
                self.long.entry((*extents, cells)).or_default()
            }
        };
        record.weight += weight;
        if steps <= record.steps || record.steps == 0 {
            Self::improve(self.space, record, written, symbol, steps, rules, slot);
        }
    }

    #[cold]
    fn improve(space: Space, record: &mut Record, written: &Written, symbol: u8, steps: u32, rules: &Rules, slot: u16) {
        let codes = Codes::of(space);
        let entries = rules.entries(space, (slot, symbol));
        let (extents, cells) = cells(written, symbol);
        let targets = Target::of(extents, &cells, space);
        let machines = targets.iter().flat_map(|t| t.least_machine(&entries, space, &codes)).collect();
        record.improve(steps, machines, space.entries());
    }

    pub(crate) fn merge(&mut self, other: Self) {
        let entries = self.space.entries();
        for (extents, weight) in other.left_out {
            self.leave_out(extents, weight);
        }
        for (mine, theirs) in self.direct.iter_mut().zip(other.direct) {
            mine.merge(theirs, entries);
        }
        for (key, theirs) in other.words {
            self.words.entry(key).or_default().merge(theirs, entries);
        }
        for (key, theirs) in other.long {
            self.long.entry(key).or_default().merge(theirs, entries);
        }
    }

    /// Bytes of memory taken, about.
    pub(crate) fn memory(&self) -> u64 {
        ((self.words.len() + self.long.len()) * 256) as u64
    }

    /// All outputs with their boxes and symbols, in no order.
    pub(crate) fn into_strings(self, bits: u32) -> impl Iterator<Item = (Extents, Vec<u8>, Record)> {
        let direct = self.direct.into_iter().enumerate().filter(|(_, r)| r.weight > 0).map(move |(key, record)| {
            let extents = Extents::line((key.ilog2() / bits) as usize);
            (extents, unpack(key as u128, extents.cells(), bits), record)
        });
        let word = move |((extents, code), record): ((Extents, u128), Record)| {
            (extents, unpack(code, extents.cells(), bits), record)
        };
        let long = |((extents, cells), record)| (extents, cells, record);
        direct.chain(self.words.into_iter().map(word)).chain(self.long.into_iter().map(long))
    }
}

impl Record {
    /// Takes machines of `entries` bytes each where they are better.
    fn improve(&mut self, steps: u32, machines: Vec<u8>, entries: usize) {
        if self.steps == 0 || steps < self.steps {
            self.steps = steps;
            self.machines = machines;
        } else if steps == self.steps {
            for (mine, theirs) in self.machines.chunks_exact_mut(entries).zip(machines.chunks_exact(entries)) {
                if *theirs < *mine {
                    mine.copy_from_slice(theirs);
                }
            }
        }
    }

    fn merge(&mut self, other: Self, entries: usize) {
        if other.weight > 0 {
            self.weight += other.weight;
            self.improve(other.steps, other.machines, entries);
        }
    }
}

fn unpack(code: u128, cells: u32, bits: u32) -> Vec<u8> {
    (0..cells).rev().map(|i| (code >> (i * bits)) as u8 & ((1 << bits) - 1)).collect()
}

/// The box and its symbols, with `symbol` in the head's cell.
pub(crate) fn cells(written: &Written, symbol: u8) -> (Extents, Vec<u8>) {
    match written {
        Written::Word { code, head_shift, extents, bits } => {
            (*extents, unpack(code | u128::from(symbol) << head_shift, extents.cells(), *bits))
        }
        Written::Cells { cells, head, extents } => {
            let mut cells = cells.clone();
            cells[*head] = symbol;
            (*extents, cells)
        }
    }
}
