//! What sampled machines wrote, one record for all strings that become each other when they are turned, mirrored or have
//! their symbols exchanged: these are written equally often.

use foldhash::HashMap;
use turmite_tables::{Sampling, Space};

use crate::outputs::{Extents, Written, cells};
use crate::symmetry::Target;

/// A string with its box: of all strings of an orbit that a run may write the least.
pub(crate) type Name = (Extents, Vec<u8>);

/// What is known of one orbit.
#[derive(Clone, Debug)]
pub(crate) struct Orbit {
    /// Machines that wrote a string of it, as run.
    pub(crate) weight: u128,
    /// The sum of squares of what each sampled machine added to the weight, without their low bits.
    pub(crate) squares: u128,
    pub(crate) steps: u32,
    /// The machines met that need no more steps, as run.
    ties: Vec<Tie>,
}

/// A partial machine that halts, one code an entry.
#[derive(Clone, Debug)]
struct Tie {
    /// The choices that define it, or 0 if there are too many: what tells machines met before cheaply.
    path: u128,
    machine: Box<[u8]>,
}

impl Orbit {
    const NEW: Self = Self { weight: 0, squares: 0, steps: u32::MAX, ties: Vec::new() };

    /// Takes note of a machine that writes a string of the orbit.
    pub(crate) fn meet(&mut self, steps: u32, path: u128, machine: impl FnOnce() -> Box<[u8]>) {
        if steps > self.steps || steps == self.steps && path != 0 && self.ties.iter().any(|t| t.path == path) {
            return;
        }
        if steps < self.steps {
            self.steps = steps;
            self.ties.clear();
        }
        self.tie(Tie { path, machine: machine() });
    }

    fn tie(&mut self, tie: Tie) {
        if self.ties.iter().all(|t| t.machine != tie.machine) {
            self.ties.push(tie);
        }
    }

    /// Adds what one sampled machine wrote of the orbit, at all its halts.
    pub(crate) fn add(&mut self, weight: u64) {
        let weight = u128::from(weight);
        self.weight += weight;
        self.squares += (weight * weight) >> Sampling::SQUARE_SHIFT;
    }

    pub(crate) fn machines(&self) -> impl Iterator<Item = &[u8]> {
        self.ties.iter().map(|t| &*t.machine)
    }

    fn merge(&mut self, other: &Self) {
        self.weight += other.weight;
        self.squares += other.squares;
        if other.steps < self.steps {
            self.steps = other.steps;
            self.ties.clear();
        }
        if other.steps == self.steps {
            other.ties.iter().for_each(|tie| self.tie(tie.clone()));
        }
    }
}

/// Codes below this have their orbit in an array, which the short strings, and nearly all are, find without hashing.
const DIRECT: u128 = 1 << 15;

/// No orbit yet.
const NONE: u32 = u32::MAX;

/// The orbits met, found by what a run has written.
#[derive(Clone, Debug)]
pub(crate) struct Orbits {
    space: Space,
    orbits: Vec<Orbit>,
    by_name: HashMap<Name, u32>,
    direct: Vec<u32>,
    words: HashMap<(Extents, u128), u32>,
    long: HashMap<Name, u32>,
}

impl Orbits {
    pub(crate) fn new(space: Space) -> Self {
        Self {
            space,
            orbits: Vec::new(),
            by_name: HashMap::default(),
            direct: vec![NONE; DIRECT as usize],
            words: HashMap::default(),
            long: HashMap::default(),
        }
    }

    /// The number of the orbit of `written`, with `symbol` in the head's cell.
    pub(crate) fn find(&mut self, written: &Written, symbol: u8) -> u32 {
        let place = match written {
            Written::Word { code, head_shift, extents, bits } => {
                let code = code | u128::from(symbol) << head_shift;
                // A one in front of the first symbol makes codes of different lengths differ.
                let line = extents.0[1] == 1 && extents.0[2] == 1;
                let one = if line { 1u128.checked_shl(extents.cells() * bits) } else { None };
                let key = one.map_or(DIRECT, |one| one | code);
                if key < DIRECT {
                    &mut self.direct[key as usize]
                } else {
                    self.words.entry((*extents, code)).or_insert(NONE)
                }
            }
            Written::Cells { .. } => self.long.entry(cells(written, symbol)).or_insert(NONE),
        };
        if *place == NONE {
            let (extents, string) = cells(written, symbol);
            let targets = Target::of(extents, &string, self.space).into_iter();
            // Runs go along the first axes first.
            let as_run = targets.filter(|t| t.extents.0[t.extents.axes()..].iter().all(|e| *e == 1));
            let names = as_run.map(|t| (t.extents, t.string));
            // A run lies in the space in at least one way.
            let name = names.min().unwrap_or((extents, string));
            *place = enter(&mut self.by_name, &mut self.orbits, name);
        }
        *place
    }

    pub(crate) fn orbit(&mut self, number: u32) -> &mut Orbit {
        &mut self.orbits[number as usize]
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (name, orbit) in other.named() {
            let number = enter(&mut self.by_name, &mut self.orbits, name.clone());
            self.orbits[number as usize].merge(orbit);
        }
    }

    /// All orbits, in no order.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&Name, &Orbit)> {
        self.by_name.iter().map(|(name, number)| (name, &self.orbits[*number as usize]))
    }
}

fn enter(by_name: &mut HashMap<Name, u32>, orbits: &mut Vec<Orbit>, name: Name) -> u32 {
    *by_name.entry(name).or_insert_with(|| {
        orbits.push(Orbit::NEW);
        // More than 2^32 orbits would take hundreds of gibibytes.
        (orbits.len() - 1) as u32
    })
}
