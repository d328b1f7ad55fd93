//! The outputs of the walk: per string as the run wrote it, its weight, its least steps and the machines that need no more.

use foldhash::HashMap;
use turmite_tables::Space;

use crate::machine::Codes;
use crate::rules::Rules;
use crate::symmetry::Target;

/// The visited cells at an undefined entry; the head's own cell is 0, to be filled by the halting transition.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// `cells` symbols of `bits` bits each, the first most significant; the head's cell starts at bit `head_shift`.
    Word { code: u128, head_shift: u32, cells: u32, bits: u32 },
    /// Too many for a word.
    Cells { cells: Vec<u8>, head: usize },
}

/// What is known of one output.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) weight: u128,
    /// 0 where nothing was written yet.
    pub(crate) steps: u32,
    /// The first machine in text order for each [`Target`] of the output, all of `steps` steps.
    pub(crate) machines: Vec<Vec<u8>>,
}

/// Codes below this have their record in an array, which the short outputs, and nearly all are, find without hashing.
const DIRECT: u128 = 1 << 15;

/// The outputs of a subtree.
///
/// Each worker fills one of its own and they are merged at the end. A table shared between the workers (`DashMap`)
/// is 8 times slower on one thread and 25 times on two (`cargo bench --bench outputs`, the strings of D(5)).
#[derive(Clone, Debug)]
pub(crate) struct Outputs {
    space: Space,
    direct: Vec<Record>,
    words: HashMap<(u32, u128), Record>,
    long: HashMap<Vec<u8>, Record>,
}

impl Outputs {
    pub(crate) fn new(space: Space) -> Self {
        Self {
            space,
            direct: vec![Record::default(); DIRECT as usize],
            words: HashMap::default(),
            long: HashMap::default(),
        }
    }

    /// Adds `weight` for the output `written`, with `symbol` in the head's cell.
    #[inline]
    pub(crate) fn add(&mut self, written: &Written, symbol: u8, weight: u128, steps: u64, rules: &Rules, slot: u16) {
        // Steps are at most max_steps, which is checked to fit.
        let steps = steps as u32;
        let record = match written {
            Written::Word { code, head_shift, cells, bits } => {
                let code = code | u128::from(symbol) << head_shift;
                // A one in front of the first symbol makes codes of different lengths differ.
                let key = 1u128.checked_shl(cells * bits).map_or(DIRECT, |one| one | code);
                if key < DIRECT {
                    &mut self.direct[key as usize]
                } else {
                    self.words.entry((*cells, code)).or_default()
                }
            }
            Written::Cells { cells, head } => {
                let mut cells = cells.clone();
                cells[*head] = symbol;
                self.long.entry(cells).or_default()
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
        let targets = Target::of(&cells(written, symbol), space);
        let machines = targets.iter().map(|t| t.least_machine(&entries, space, &codes)).collect();
        record.improve(steps, machines);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.direct.iter_mut().zip(other.direct) {
            mine.merge(theirs);
        }
        for (key, theirs) in other.words {
            self.words.entry(key).or_default().merge(theirs);
        }
        for (key, theirs) in other.long {
            self.long.entry(key).or_default().merge(theirs);
        }
    }

    /// All outputs with their symbols, in no order.
    pub(crate) fn into_strings(self, bits: u32) -> impl Iterator<Item = (Vec<u8>, Record)> {
        let direct = self.direct.into_iter().enumerate().filter(|(_, r)| r.weight > 0).map(move |(key, record)| {
            let cells = key.ilog2() / bits;
            (unpack(key as u128, cells, bits), record)
        });
        let words = self.words.into_iter().map(move |((cells, code), record)| (unpack(code, cells, bits), record));
        direct.chain(words).chain(self.long)
    }
}

impl Record {
    fn improve(&mut self, steps: u32, machines: Vec<Vec<u8>>) {
        if self.steps == 0 || steps < self.steps {
            self.steps = steps;
            self.machines = machines;
        } else if steps == self.steps {
            for (mine, theirs) in self.machines.iter_mut().zip(machines) {
                if theirs < *mine {
                    *mine = theirs;
                }
            }
        }
    }

    fn merge(&mut self, other: Self) {
        if other.weight > 0 {
            self.weight += other.weight;
            self.improve(other.steps, other.machines);
        }
    }
}

fn unpack(code: u128, cells: u32, bits: u32) -> Vec<u8> {
    (0..cells).rev().map(|i| (code >> (i * bits)) as u8 & ((1 << bits) - 1)).collect()
}

fn cells(written: &Written, symbol: u8) -> Vec<u8> {
    match written {
        Written::Word { code, head_shift, cells, bits } => {
            unpack(code | u128::from(symbol) << head_shift, *cells, *bits)
        }
        Written::Cells { cells, head } => {
            let mut cells = cells.clone();
            cells[*head] = symbol;
            cells
        }
    }
}
