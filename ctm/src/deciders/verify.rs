//! The verifier: checks certificates on a map of cells, one step at a time, and shares no code with the deciders.

use std::collections::{BTreeMap, HashSet};

use super::certificate::{Cell, Certificate, Context};
use super::verify_bouncer::bouncer;
use crate::machine::{Direction, Entry, Machine};

/// A configuration; cells that are not in the map were never visited and hold 0.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    pub(super) cells: BTreeMap<i64, u8>,
    pub(super) head: i64,
    pub(super) state: u8,
}

fn delta(direction: Direction) -> i64 {
    direction.delta()[2]
}

impl Plain {
    fn blank() -> Self {
        Self { cells: BTreeMap::from([(0, 0)]), head: 0, state: 0 }
    }

    /// The configuration after `steps` steps, if the run comes to no halt and no undefined entry before.
    pub(super) fn after(machine: &Machine, steps: u64) -> Option<Self> {
        let mut run = Self::blank();
        for _ in 0..steps {
            run.step(machine)?;
        }
        Some(run)
    }

    fn step(&mut self, machine: &Machine) -> Option<()> {
        let Entry::Step { write, direction, next } = machine.entry(self.state, self.at(0)) else { return None };
        self.cells.insert(self.head, write);
        self.head += delta(direction);
        self.cells.entry(self.head).or_insert(0);
        self.state = next;
        Some(())
    }

    /// The symbol so far from the head.
    pub(super) fn at(&self, distance: i64) -> u8 {
        self.cells.get(&(self.head + distance)).copied().unwrap_or(0)
    }

    pub(super) fn lowest(&self) -> i64 {
        self.cells.first_key_value().map_or(0, |c| *c.0)
    }

    pub(super) fn highest(&self) -> i64 {
        self.cells.last_key_value().map_or(0, |c| *c.0)
    }
}

impl Certificate {
    /// Whether it proves that `machine`, of one dimension and started on blanks of symbol 0, never halts nor comes to an
    /// undefined entry.
    ///
    /// # Complexity
    /// The steps that the certificate names, each on a map of cells; a closed set, its size times the symbols.
    #[must_use]
    pub fn verify(&self, machine: &Machine) -> bool {
        let verified = match self {
            _ if machine.space().dims() != 1 => None,
            Self::Cycle { start, period } => cycle(machine, *start, *period),
            Self::TranslatedCycle { start, period, offset } => translated_cycle(machine, *start, *period, *offset),
            Self::Backward { depth } => backward(machine, *depth),
            Self::ClosedSet { start, n, visits, contexts, beyond } => {
                let memory = Memory { n: *n, visits: *visits };
                memory.closed_set(machine, *start, contexts, beyond)
            }
            Self::Bouncer { start, to_right, parts } => bouncer(machine, *start, *to_right, parts),
        };
        verified.unwrap_or(false)
    }
}

fn cycle(machine: &Machine, start: u64, period: u64) -> Option<bool> {
    let first = Plain::after(machine, start)?;
    let mut second = first.clone();
    for _ in 0..period {
        second.step(machine)?;
    }
    let reach = |run: &Plain| (run.lowest() - run.head, run.highest() - run.head);
    let low = reach(&first).0.min(reach(&second).0);
    let high = reach(&first).1.max(reach(&second).1);
    Some(period > 0 && first.state == second.state && (low..=high).all(|i| first.at(i) == second.at(i)))
}

fn translated_cycle(machine: &Machine, start: u64, period: u64, offset: i64) -> Option<bool> {
    let first = Plain::after(machine, start)?;
    let mut second = first.clone();
    // The farthest that the head goes back in between, along the way it is shifted.
    let mut back = 0;
    for _ in 0..period {
        second.step(machine)?;
        back = back.min((second.head - first.head) * offset.signum());
    }
    let new = |run: &Plain| run.head == if offset > 0 { run.highest() } else { run.lowest() };
    Some(
        offset != 0
            && second.head - first.head == offset
            && first.state == second.state
            && new(&first)
            && new(&second)
            && (back..=0).all(|i| first.at(i * offset.signum()) == second.at(i * offset.signum())),
    )
}

fn backward(machine: &Machine, depth: u64) -> Option<bool> {
    Plain::after(machine, depth)?;
    let symbols = machine.space().symbols();
    let dead_end = |state: u8, symbol: u8| match machine.entry(state, symbol) {
        Entry::Step { .. } => true,
        Entry::Halt { .. } | Entry::Undefined => {
            ends(machine, &Plain { cells: BTreeMap::from([(0, symbol)]), head: 0, state }, depth)
        }
    };
    Some((0..machine.space().states()).all(|state| (0..symbols).all(|symbol| dead_end(state, symbol))))
}

/// Whether all chains of steps that lead to a configuration, of which only the cells in the map are known, are shorter
/// than `depth`.
fn ends(machine: &Machine, known: &Plain, depth: u64) -> bool {
    if depth == 0 {
        return false;
    }
    let symbols = machine.space().symbols();
    (0..machine.space().states()).all(|state| {
        (0..symbols).all(|symbol| {
            let Entry::Step { write, direction, next } = machine.entry(state, symbol) else { return true };
            let head = known.head - delta(direction);
            if next != known.state || known.cells.get(&head).is_some_and(|cell| *cell != write) {
                return true;
            }
            let mut cells = known.cells.clone();
            cells.insert(head, symbol);
            ends(machine, &Plain { cells, head, state }, depth - 1)
        })
    })
}

/// A closed set's view of a configuration: windows of `n` cells to each side, whose cells know their last `visits`.
#[derive(Clone, Copy, Debug)]
struct Memory {
    n: usize,
    visits: usize,
}

impl Memory {
    /// The cell that is left where the head stood in `state` on `cell`.
    fn left_behind(self, state: u8, cell: &Cell, write: u8) -> Cell {
        let past = std::iter::once((state, cell.symbol)).chain(cell.past.iter().copied());
        Cell { symbol: write, past: past.take(self.visits).collect() }
    }

    /// The cells visited after `steps` steps with their past, and the run.
    fn after(self, machine: &Machine, steps: u64) -> Option<(BTreeMap<i64, Cell>, Plain)> {
        let (mut cells, mut run) = (BTreeMap::new(), Plain::blank());
        for _ in 0..steps {
            let (at, state) = (run.head, run.state);
            run.step(machine)?;
            let cell = self.left_behind(state, &cells.remove(&at).unwrap_or_default(), run.cells[&at]);
            cells.insert(at, cell);
        }
        Some((cells, run))
    }

    fn closed_set(
        self,
        machine: &Machine,
        start: u64,
        contexts: &[Context],
        beyond: &[Vec<Vec<Cell>>; 2],
    ) -> Option<bool> {
        let (cells, run) = self.after(machine, start)?;
        let contexts: HashSet<&Context> = contexts.iter().collect();
        let beyond: [HashSet<&Vec<Cell>>; 2] = [beyond[0].iter().collect(), beyond[1].iter().collect()];
        // The configuration is held: its window, and all that lies beyond it on both sides.
        let at = |distance: i64| cells.get(&(run.head + distance)).cloned().unwrap_or_default();
        let gram =
            |side: i64, from: usize| (from..from + self.n).map(|i| at(side * (i as i64 + 1))).collect::<Vec<_>>();
        let window = Context { state: run.state, head: at(0), left: gram(-1, 0), right: gram(1, 0) };
        let width = (run.highest() - run.lowest()) as usize + 1;
        let held = |side: i64, grams: &HashSet<&Vec<Cell>>| (1..=width).all(|i| grams.contains(&gram(side, i)));
        if self.n == 0 || !contexts.contains(&window) || !held(-1, &beyond[0]) || !held(1, &beyond[1]) {
            return Some(false);
        }
        for Context { state, head, left, right } in &contexts {
            let Entry::Step { write, direction, next } = machine.entry(*state, head.symbol) else { return None };
            let to_right = delta(direction) > 0;
            let (ahead, behind) = if to_right { (right, left) } else { (left, right) };
            let (far_ahead, far_behind) = if to_right { (&beyond[1], &beyond[0]) } else { (&beyond[0], &beyond[1]) };
            let passed: Vec<Cell> = std::iter::once(self.left_behind(*state, head, write))
                .chain(behind.iter().cloned())
                .take(self.n)
                .collect();
            // What was behind lies beyond the window now, by one cell; any gram known ahead may come into it.
            let closed = far_behind.contains(behind)
                && far_ahead.iter().filter(|gram| gram[..self.n - 1] == ahead[1..]).all(|gram| {
                    let gram = (*gram).clone();
                    let (left, right) = if to_right { (passed.clone(), gram) } else { (gram, passed.clone()) };
                    contexts.contains(&Context { state: next, head: ahead[0].clone(), left, right })
                });
            if !closed {
                return Some(false);
            }
        }
        Some(true)
    }
}
