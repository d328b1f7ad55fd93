//! What a decider hands over so that its claim can be checked.

use super::{Deciders, Effort, End};
use crate::machine::Machine;
use crate::naive::run;
use crate::rules::Rules;
use crate::tally::{Proof, ProofTally};
use crate::tape::{Line, Outcome, Tape};

/// Why a machine, started on blanks of symbol 0, never halts nor comes to an undefined entry.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Certificate {
    /// The configuration after `start` steps is, up to translation, that of `period` steps later.
    Cycle {
        /// Steps until the cycle is entered.
        start: u64,
        /// Its length in steps.
        period: u64,
    },
    /// After `start` steps the head visits a new cell, farther on one side than all others, and does so `period` steps
    /// later in the same state; the cells that it has visited meanwhile are then, seen from the head, what they were.
    TranslatedCycle {
        /// Steps until the first of the two visits.
        start: u64,
        /// Steps between them.
        period: u64,
        /// Cells between them, to the right if positive.
        offset: i64,
    },
    /// No chain of `depth` steps leads to a halt or an undefined entry, and the run has taken more.
    Backward {
        /// The length that no chain has.
        depth: u64,
    },
    /// Every configuration from `start` steps on, seen through a window of `n` cells to each side of the head, is one of
    /// `contexts`, and they hold no halt and no undefined entry.
    ClosedSet {
        /// Steps until the first configuration that is held.
        start: u64,
        /// Cells to each side.
        n: usize,
        /// Visits that a cell remembers, beside its symbol.
        visits: usize,
        /// The windows.
        contexts: Vec<Context>,
        /// All that may lie beyond the window: `n` cells to the left of the head, and to its right, the nearest first.
        beyond: [Vec<Vec<Cell>>; 2],
    },
    /// After `start` steps the head visits a new cell, and the others are `parts`; from there, however often the words are
    /// repeated, it comes to do so in the same state when the others are `parts` with one copy more of each word.
    Bouncer {
        /// Steps until the first of these visits.
        start: u64,
        /// Whether the new cell is on the right.
        to_right: bool,
        /// The tape without the new cell, from left to right.
        parts: Vec<Part>,
    },
}

/// A part of a bouncer's tape.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// A cell.
    Cell(u8),
    /// So many copies of a word, at first.
    Copies {
        /// Its cells, from left to right.
        word: Vec<u8>,
        /// How many.
        copies: u64,
    },
}

impl Part {
    /// Its cells, with so many copies more.
    pub(crate) fn cells(&self, more: u64) -> Vec<u8> {
        match self {
            Self::Cell(cell) => vec![*cell],
            Self::Copies { word, copies } => word.repeat((copies + more) as usize),
        }
    }
}

/// A cell of a closed set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cell {
    /// The symbol it holds.
    pub symbol: u8,
    /// The last times the head stood there, the latest first: its state and the symbol it read.
    pub past: Vec<(u8, u8)>,
}

/// A window on a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Context {
    /// The state, from 0.
    pub state: u8,
    /// The cell under the head.
    pub head: Cell,
    /// The cells to its left, the nearest first.
    pub left: Vec<Cell>,
    /// The cells to its right, the nearest first.
    pub right: Vec<Cell>,
}

impl Cell {
    /// A cell that knows its symbol only.
    pub(crate) fn plain(symbol: u8) -> Self {
        Self { symbol, past: Vec::new() }
    }
}

/// Asks the deciders of the enumerator whether `machine`, of one dimension, never halts nor comes to an undefined entry
/// when started on blanks of symbol 0. `None` if it does within `max_steps` steps, or if no decider can tell by then.
///
/// ```
/// use turmite_ctm::{Certificate, Machine, decide};
///
/// let machine: Machine = "1RB1RZ_1RA1LB".parse()?;
/// let certificate = decide(&machine, 100).ok_or("undecided")?;
/// assert!(matches!(certificate, Certificate::TranslatedCycle { .. }));
/// assert!(certificate.verify(&machine));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn decide(machine: &Machine, max_steps: u64) -> Option<Certificate> {
    let run = Run { machine, rules: Rules::of(machine), max_steps, deciders: Deciders::new(machine.space()) };
    match (machine.space().dims(), machine.space().symbols()) {
        (1, 2) => run.go_on(Line::<u64, 1>::blank(), Effort::ALL),
        (1, 3..=4) => run.go_on(Line::<u128, 2>::blank(), Effort::ALL),
        (1, _) => run.go_on(Line::<u128, 4>::blank(), Effort::ALL),
        _ => None,
    }
}

/// A run to be decided.
struct Run<'a> {
    machine: &'a Machine,
    rules: Rules,
    max_steps: u64,
    deciders: Deciders,
}

impl Run<'_> {
    fn go_on<T: Tape>(mut self, mut tape: T, mut pending: &[Effort]) -> Option<Certificate> {
        let mut tallies = [ProofTally::default(); Proof::ALL.len()];
        let end = self.deciders.follow(&mut tape, &self.rules, self.max_steps, &mut pending, &mut tallies);
        let (start, period) = (tape.since(), tape.steps() - tape.since());
        match end {
            End::Decided(found) => self.deciders.certificate(found, tape.steps()),
            End::Run(Outcome::Proven(Proof::Cycle)) => Some(Certificate::Cycle { start, period }),
            End::Run(Outcome::Proven(_)) => {
                let offset = head(self.machine, start + period) - head(self.machine, start);
                Some(Certificate::TranslatedCycle { start, period, offset })
            }
            End::Run(Outcome::Overflow) => self.go_on(tape.widen(), pending),
            End::Run(Outcome::Undefined | Outcome::Limit) => None,
        }
    }
}

/// Where the head is after so many steps.
fn head(machine: &Machine, steps: u64) -> i64 {
    let mut head = 0;
    let _ = run(machine, 0, steps + 1, |_, at, _| head = at[2]);
    head
}
