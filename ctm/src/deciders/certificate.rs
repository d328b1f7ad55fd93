//! What a decider hands over so that its claim can be checked.

use super::{Deciders, Found};
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
        /// The windows.
        contexts: Vec<Context>,
        /// All that may lie beyond the window: `n` cells to the left of the head, and to its right, the nearest first.
        beyond: [Vec<Vec<u8>>; 2],
    },
}

/// A window on a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Context {
    /// The state, from 0.
    pub state: u8,
    /// The symbol under the head.
    pub symbol: u8,
    /// The cells to its left, the nearest first.
    pub left: Vec<u8>,
    /// The cells to its right, the nearest first.
    pub right: Vec<u8>,
}

/// Asks the deciders of the enumerator whether `machine`, of one dimension, never halts nor comes to an undefined entry
/// when started on blanks of symbol 0. `None` if it does within `max_steps` steps, or if no decider can tell by then.
///
/// ```
/// use turmite_ctm::{Certificate, Machine, decide};
///
/// let machine: Machine = "1RB1RZ_1LA1RB".parse()?;
/// let certificate = decide(&machine, 100).ok_or("undecided")?;
/// assert!(matches!(certificate, Certificate::TranslatedCycle { .. }));
/// assert!(certificate.verify(&machine));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn decide(machine: &Machine, max_steps: u64) -> Option<Certificate> {
    match (machine.space().dims(), machine.space().symbols()) {
        (1, 2) => on_tape::<Line<u64, 1>>(machine, max_steps),
        (1, 3..=4) => on_tape::<Line<u128, 2>>(machine, max_steps),
        (1, _) => on_tape::<Line<u128, 4>>(machine, max_steps),
        _ => None,
    }
}

fn on_tape<T: Tape>(machine: &Machine, max_steps: u64) -> Option<Certificate> {
    let rules = Rules::of(machine);
    let mut tape = T::blank();
    let first = max_steps.min(Deciders::FIRST);
    let mut outcome = tape.run(&rules, first);
    if outcome == Outcome::Limit {
        let mut tallies = [ProofTally::default(); Proof::ALL.len()];
        let mut deciders = Deciders::new(machine.space());
        if let Some(found) = deciders.decide(&tape, &rules, &mut tallies) {
            return Some(found.certificate(tape.steps()));
        }
        outcome = tape.run(&rules, max_steps);
    }
    let (start, period) = (tape.since(), tape.steps() - tape.since());
    match outcome {
        Outcome::Proven(Proof::Cycle) => Some(Certificate::Cycle { start, period }),
        Outcome::Proven(Proof::TranslatedCycle) => {
            let offset = head(machine, start + period) - head(machine, start);
            Some(Certificate::TranslatedCycle { start, period, offset })
        }
        _ => None,
    }
}

/// Where the head is after so many steps.
fn head(machine: &Machine, steps: u64) -> i64 {
    let mut head = 0;
    let _ = run(machine, 0, steps + 1, |_, at, _| head = at[2]);
    head
}

impl Found<'_> {
    fn certificate(self, start: u64) -> Certificate {
        match self {
            Self::Backward(unreachable) => Certificate::Backward { depth: unreachable.depth },
            Self::Trigram(trigram) => trigram.certificate(start),
            Self::NGram(ngram) => ngram.certificate(start),
        }
    }
}
