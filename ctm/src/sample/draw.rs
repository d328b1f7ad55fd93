//! One machine drawn from the space, as far as its run needs it.

use std::collections::BTreeMap;

use turmite_tables::{Sampling, Shape, Space};

use super::orbits::Orbits;
use super::stream::Stream;
use crate::deciders::{Deciders, Effort};
use crate::machine::{Codes, Direction};
use crate::outputs::Extents;
use crate::rules::{Rule, Rules};
use crate::tally::{Proof, ProofTally};
use crate::tape::{Outcome, Tape};
use crate::tree::{bounds, images};

/// How the weight of a machine is cut into integers.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    /// Parts of a machine. What halts takes a whole number of them, so that an entry of m options is off by less than m of them.
    parts: u64,
    /// Units a part: as many as images and numberings of symbols can ask to divide.
    units: u64,
    /// `as_run[a]`: the units of a part that fall to one image of a run along a axes.
    as_run: Vec<u64>,
}

impl Scale {
    pub(crate) fn of(space: Space) -> Self {
        let images: Vec<u64> = images(space).into_iter().map(|i| i as u64).collect();
        let numberings: u64 = (1..u64::from(space.symbols())).product();
        let most = images.last().copied().unwrap_or(1);
        let units = most * numberings;
        let as_run = images.iter().map(|i| units / i).collect();
        Self { parts: Sampling::MOST_UNIT / units, units, as_run }
    }

    /// The weight of a machine on one blank.
    pub(crate) fn unit(&self) -> u64 {
        self.parts * self.units
    }
}

/// What sampled machines did, on one blank. Sums only, so that the order is no matter.
#[derive(Clone, Debug)]
pub(crate) struct Counts {
    pub(crate) samples: u64,
    /// Partial machines run.
    pub(crate) nodes: u64,
    pub(crate) halting: u128,
    pub(crate) halting_squares: u128,
    pub(crate) non_halting: u128,
    /// By the box visited, as run.
    pub(crate) undecided: BTreeMap<Extents, u128>,
    /// Written in boxes too large to be kept, by box, as run.
    pub(crate) left_out: BTreeMap<Extents, u128>,
    pub(crate) orbits: Orbits,
}

impl Counts {
    pub(crate) fn new(space: Space) -> Self {
        Self {
            samples: 0,
            nodes: 0,
            halting: 0,
            halting_squares: 0,
            non_halting: 0,
            undecided: BTreeMap::new(),
            left_out: BTreeMap::new(),
            orbits: Orbits::new(space),
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.samples += other.samples;
        self.nodes += other.nodes;
        self.halting += other.halting;
        self.halting_squares += other.halting_squares;
        self.non_halting += other.non_halting;
        for (mine, theirs) in [(&mut self.undecided, &other.undecided), (&mut self.left_out, &other.left_out)] {
            for (extents, weight) in theirs {
                *mine.entry(*extents).or_default() += weight;
            }
        }
        self.orbits.merge(&other.orbits);
    }
}

/// A run of a machine that is defined as far as it has been needed.
#[derive(Clone, Debug)]
struct Run<T> {
    tape: T,
    /// States, symbols and axes in use: the first of each are numbered in order of first use.
    states: u8,
    symbols: u8,
    axes: u8,
    /// Entries not defined yet.
    undefined: u8,
    /// Parts of the machine that have not halted.
    parts: u64,
    /// The choices made, a byte each, the last in the low one; 0 once there are more than fit.
    path: u128,
}

/// Draws machines and counts what they do.
pub(crate) struct Drawer {
    space: Space,
    max_steps: u64,
    within: Option<Shape>,
    scale: Scale,
    bounds: Vec<Vec<u64>>,
    deciders: Deciders,
    /// What the deciders were asked; nothing else is noted here.
    proofs: [ProofTally; Proof::ALL.len()],
    codes: Codes,
    stream: Stream,
    rules: Rules,
    /// The entries defined for this machine.
    defined: Vec<u16>,
    /// What this machine has written: orbits and weights as run.
    written: Vec<(u32, u64)>,
    pub(crate) counts: Counts,
}

impl Drawer {
    /// Choices that fit a path, with a one before them and the symbol written last behind.
    const PATH: usize = 14;

    pub(crate) fn new(space: Space, max_steps: u64, seed: u64, within: Option<Shape>) -> Self {
        Self {
            space,
            max_steps,
            within,
            scale: Scale::of(space),
            bounds: bounds(space),
            deciders: Deciders::new(space),
            proofs: Default::default(),
            codes: Codes::of(space),
            stream: Stream::of(seed),
            rules: Rules::empty(),
            defined: Vec::new(),
            written: Vec::new(),
            counts: Counts::new(space),
        }
    }

    /// Draws machine `index` and counts all that it may do.
    pub(crate) fn draw<T: Tape>(&mut self, index: u64) {
        self.stream.start(index);
        let halting = self.counts.halting;
        self.counts.samples += 1;
        self.counts.nodes += 1;
        self.go(Run {
            tape: T::blank(),
            states: 1,
            symbols: 1,
            axes: 0,
            undefined: self.space.entries() as u8,
            parts: self.scale.parts,
            path: 1,
        });
        let halted = self.counts.halting - halting;
        self.counts.halting_squares += (halted * halted) >> Sampling::SQUARE_SHIFT;
        self.add_up();
        for slot in self.defined.drain(..) {
            self.rules.undefine(slot);
        }
    }

    /// Runs until the machine is known not to halt or given up; at every entry that it reaches first, it halts in every way
    /// that it can, each with its share, and goes on in one that is drawn.
    fn go<T: Tape>(&mut self, mut run: Run<T>) {
        loop {
            let bound = self.bounds[usize::from(run.states)][usize::from(run.symbols)];
            let limit = self.max_steps.min(bound);
            let mut pending = Effort::of(self.space);
            let end = self.deciders.follow(&mut run.tape, &self.rules, limit, &mut pending, &mut self.proofs);
            match end.outcome() {
                Outcome::Undefined => {
                    self.halt(&mut run);
                    if run.undefined == 1 {
                        // Defined in any other way the machine has no halt.
                        self.counts.non_halting += self.units(run.parts);
                        return;
                    }
                    self.define(&mut run);
                    self.counts.nodes += 1;
                }
                Outcome::Overflow => {
                    let Run { states, symbols, axes, undefined, parts, path, .. } = run;
                    return self.go(Run { tape: run.tape.widen(), states, symbols, axes, undefined, parts, path });
                }
                Outcome::Limit if run.tape.steps() < bound => {
                    let weight = self.as_run(&run, run.parts);
                    *self.counts.undecided.entry(run.tape.extents()).or_default() += u128::from(weight);
                    return;
                }
                Outcome::Proven(_) | Outcome::Limit => {
                    self.counts.non_halting += self.units(run.parts);
                    return;
                }
            }
        }
    }

    /// What so many parts weigh, all images of the run together.
    fn units(&self, parts: u64) -> u128 {
        u128::from(parts * self.scale.units)
    }

    /// The same of one image.
    fn as_run<T>(&self, run: &Run<T>, parts: u64) -> u64 {
        parts * self.scale.as_run[usize::from(run.axes)]
    }

    /// Takes the share of every way to halt at the entry reached out of the run.
    fn halt<T: Tape>(&mut self, run: &mut Run<T>) {
        let k = self.space.symbols();
        let share = run.parts / u64::from(self.space.options());
        let all = share * u64::from(k);
        run.parts -= all;
        self.counts.halting += self.units(all);
        let extents = run.tape.extents();
        if self.within.is_some_and(|within| !within.holds_turned(extents.0)) {
            *self.counts.left_out.entry(extents).or_default() += u128::from(self.as_run(run, all));
            return;
        }
        let written = run.tape.written();
        // Steps are below max_steps, which is checked to fit.
        let (steps, slot) = (run.tape.steps() as u32 + 1, run.tape.slot());
        for symbol in 0..k.min(run.symbols + 1) {
            let ways = if symbol == run.symbols { k - run.symbols } else { 1 };
            let number = self.counts.orbits.find(&written, symbol);
            self.written.push((number, self.as_run(run, share * u64::from(ways))));
            let path = if run.path == 0 { 0 } else { run.path << 8 | u128::from(symbol) };
            let (codes, rules, space) = (&self.codes, &self.rules, self.space);
            self.counts
                .orbits
                .orbit(number)
                .meet(steps, path, || rules.entries(space, (slot, symbol)).map(|entry| codes.code(entry)).collect());
        }
    }

    /// Defines the entry reached by a choice that does not halt, all alike. A state, symbol or axis that is not in use becomes the
    /// next one; and the first move along an axis goes forward.
    fn define<T: Tape>(&mut self, run: &mut Run<T>) {
        let (n, k, directions) = (self.space.states(), self.space.symbols(), self.space.directions());
        let choice = self.stream.below(u32::from(n) * u32::from(k) * u32::from(directions));
        let direction = (choice % u32::from(directions)) as u8;
        let choice = choice / u32::from(directions);
        let write = ((choice % u32::from(k)) as u8).min(run.symbols);
        let next = ((choice / u32::from(k)) as u8).min(run.states);
        // Along an axis that is not in use, whichever and whichever way: the next one's forward.
        let place = direction.min(2 * run.axes);
        let direction = Direction::BY_AXIS[usize::from(place)];
        run.states = run.states.max(next + 1);
        run.symbols = run.symbols.max(write + 1);
        run.axes = run.axes.max(place / 2 + 1);
        run.undefined -= 1;
        let fits = self.defined.len() < Self::PATH;
        // There are fewer choices than options, and these fit a byte.
        let code = (u32::from(next) * u32::from(k) + u32::from(write)) * u32::from(directions) + u32::from(place);
        run.path = if fits { run.path << 8 | u128::from(code) } else { 0 };
        let slot = run.tape.slot();
        self.rules.define(slot, Rule::step(write, direction, next));
        self.defined.push(slot);
    }

    /// Files what this machine has written, one sum for each orbit.
    fn add_up(&mut self) {
        self.written.sort_unstable();
        for same in self.written.chunk_by(|a, b| a.0 == b.0) {
            let sum = same.iter().map(|(_, weight)| weight).sum();
            self.counts.orbits.orbit(same[0].0).add(sum);
        }
        self.written.clear();
    }
}
