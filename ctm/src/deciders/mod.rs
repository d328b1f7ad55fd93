//! Deciders: proofs that a run on a line never comes to an undefined entry, so that its subtree is a leaf.
//!
//! Cycles and translated cycles are found by the fast tape while it runs ([`crate::tape`]), for nearly all runs end in one.
//! What is still going after [`Deciders::FIRST`] steps is shown to the other deciders, cheap first, and goes on to the limit
//! if none has a proof. Every proof has a certificate, which [`Certificate::verify`] checks without any of this code.

mod backward;
mod certificate;
mod ngram;
#[cfg(test)]
mod tests;
mod trigram;
mod verify;

use std::time::Instant;

use turmite_tables::Space;

pub use certificate::{Certificate, Context, decide};

use crate::rules::Rules;
use crate::tally::{Proof, ProofTally};
use crate::tape::Tape;
use backward::{Backward, Unreachable};
use ngram::NGram;
use trigram::Trigram;

/// The visited cells to each side of the head, the nearest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct HalfTapes {
    pub(crate) left: Vec<u8>,
    pub(crate) right: Vec<u8>,
}

/// A run at some time, as the deciders see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Situation<'a> {
    rules: &'a Rules,
    tapes: &'a HalfTapes,
    slot: u16,
}

/// Why a run never comes to an undefined entry, as found.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'a> {
    Backward(Unreachable),
    Trigram(&'a Trigram),
    NGram(&'a NGram),
}

/// The deciders in the order they are asked, cheap first.
#[derive(Clone, Debug)]
pub(crate) struct Deciders {
    tapes: HalfTapes,
    backward: Backward,
    /// For two symbols; for more, the other.
    trigram: Option<Trigram>,
    ngram: NGram,
}

impl Deciders {
    /// Runs longer than this are shown to the deciders. Of D(5)'s, 97 % have ended in a cycle or at an undefined entry by
    /// then; after 50 steps the deciders are asked twice as often, and longer runs cost more than the deciders save.
    pub(crate) const FIRST: u64 = 100;

    /// Every proof of backward reasoning in D(5) but a few hundred has fewer partial configurations.
    const MOST_PARTIAL: u32 = 20;

    /// Cells to each side of the contexts, where the number of symbols allows it. In D(5) this proves seven in ten of what
    /// backward reasoning leaves over; 4 cells would prove a tenth more, and take longer than the runs.
    const CELLS: u32 = 3;

    const MOST_CONTEXTS: usize = 1000;

    pub(crate) fn new(space: Space) -> Self {
        let trigram = (space.symbols() == 2).then(|| Trigram::new(space));
        Self {
            tapes: HalfTapes::default(),
            backward: Backward::new(space, Self::MOST_PARTIAL),
            trigram,
            ngram: NGram::new(space, NGram::feasible(space, Self::CELLS), Self::MOST_CONTEXTS),
        }
    }

    /// The first proof that the run on `tape`, which has one dimension, never comes to an undefined entry. What it cost is
    /// noted in `tallies`, one for each of [`Proof::ALL`].
    pub(crate) fn decide<T: Tape>(&mut self, tape: &T, rules: &Rules, tallies: &mut [ProofTally]) -> Option<Found<'_>> {
        let steps = tape.steps();
        let backward = &mut self.backward;
        if let Some(proof) = timed(&mut tallies[Proof::BackwardReasoning as usize], || backward.prove(rules, steps)) {
            return Some(Found::Backward(proof));
        }
        tape.half_tapes(&mut self.tapes);
        let run = Situation { rules, tapes: &self.tapes, slot: tape.slot() };
        let tally = &mut tallies[Proof::ClosedSet as usize];
        match &mut self.trigram {
            Some(trigram) => timed(tally, || trigram.prove(&run)).then_some(Found::Trigram(trigram)),
            None => timed(tally, || self.ngram.prove(&run)).then_some(Found::NGram(&self.ngram)),
        }
    }
}

impl Found<'_> {
    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::Backward(_) => Proof::BackwardReasoning,
            Self::Trigram(_) | Self::NGram(_) => Proof::ClosedSet,
        }
    }
}

/// One call in so many is timed, so that the clock costs nothing.
const SAMPLE: u64 = 64;

fn timed<P>(tally: &mut ProofTally, prove: impl FnOnce() -> P) -> P {
    tally.tried += 1;
    if !tally.tried.is_multiple_of(SAMPLE) {
        return prove();
    }
    let start = Instant::now();
    let proved = prove();
    tally.nanoseconds += SAMPLE * start.elapsed().as_nanos() as u64;
    proved
}
