//! Deciders: proofs that a run on a line never comes to an undefined entry, so that its subtree is a leaf.
//!
//! Cycles and translated cycles are found by the fast tape while it runs ([`crate::tape`]), for nearly all runs end in one.
//! What is still going after some steps is shown to the other deciders, cheap first, and goes on to the limit if none has a
//! proof. Every proof has a certificate, which [`Certificate::verify`] checks without any of this code.

mod backward;
mod bouncer;
mod certificate;
mod history;
mod ngram;
#[cfg(test)]
mod tests;
mod trigram;
mod verify;
mod verify_bouncer;

use std::time::Instant;

use turmite_tables::Space;

pub use certificate::{Cell, Certificate, Context, Part, decide};

use crate::rules::Rules;
use crate::tally::{Proof, ProofTally};
use crate::tape::{Outcome, Tape};
use backward::{Backward, Unreachable};
use bouncer::Bouncer;
use history::History;
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

/// Which decider has a proof: its certificate can be had until it is asked again.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    Backward(Unreachable),
    Trigram,
    NGram,
    /// One of those that take long.
    Longer(usize),
    History(usize),
    Bouncer,
}

/// How a run ended that was shown to the deciders on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Run(Outcome),
    Decided(Found),
}

/// How hard to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Less than a microsecond.
    Little,
    /// Some milliseconds.
    Much,
}

impl Effort {
    /// One after the other, as the run goes on.
    const ALL: &'static [Self] = &[Self::Little, Self::Much];

    /// What is of use in a space: the deciders know one dimension.
    pub(crate) fn of(space: Space) -> &'static [Self] {
        if space.dims() == 1 { Self::ALL } else { &[] }
    }

    /// The steps after which a run is shown to the deciders. Of D(5)'s runs 97 % have ended in a cycle or at an undefined
    /// entry after 100; after 50 steps the deciders are asked twice as often, and longer runs cost more than they save.
    fn after(self) -> u64 {
        match self {
            Self::Little => 100,
            Self::Much => 4000,
        }
    }

    /// Steps that one that has gone far before its last entry was defined gets in any case, to end in a cycle.
    fn at_least(self) -> u64 {
        match self {
            Self::Little => 20,
            Self::Much => 1000,
        }
    }

    /// Fewer steps left are sooner taken.
    fn worth(self) -> u64 {
        match self {
            Self::Little => 1,
            Self::Much => 1_000_000,
        }
    }
}

/// The deciders in the order they are asked, cheap first.
#[derive(Clone, Debug)]
pub(crate) struct Deciders {
    tapes: HalfTapes,
    backward: Backward,
    /// For two symbols; for more, the other.
    trigram: Option<Trigram>,
    ngram: NGram,
    longer: Vec<NGram>,
    bouncer: Option<Bouncer>,
    histories: Vec<History>,
}

impl Deciders {
    /// Every proof of backward reasoning in D(5) but a few hundred has fewer partial configurations.
    const MOST_PARTIAL: u32 = 20;

    /// Cells to each side of the contexts, where the number of symbols allows it. In D(5) this proves seven in ten of what
    /// backward reasoning leaves over; 4 cells would prove a tenth more, and take longer than the runs.
    const CELLS: u32 = 3;
    const MOST_CELLS: u32 = 6;
    const MOST_CONTEXTS: usize = 10_000;

    /// Visits that a cell remembers, cells to each side, most contexts.
    const HISTORIES: [(u32, u32, usize); 5] = [(2, 2, 2000), (2, 3, 4000), (4, 2, 4000), (4, 3, 8000), (6, 3, 16_000)];

    pub(crate) fn new(space: Space) -> Self {
        let ngram = |n| NGram::new(space, n, Self::MOST_CONTEXTS);
        Self {
            tapes: HalfTapes::default(),
            backward: Backward::new(space, Self::MOST_PARTIAL),
            trigram: (space.symbols() == 2).then(|| Trigram::new(space)),
            ngram: ngram(NGram::feasible(space, Self::CELLS)),
            longer: (Self::CELLS + 1..=NGram::feasible(space, Self::MOST_CELLS)).map(ngram).collect(),
            bouncer: None,
            histories: Self::HISTORIES.map(|(visits, n, most)| History::new(visits, n, most)).to_vec(),
        }
    }

    /// Runs on up to `limit` steps, and asks the deciders on the way. What it costs is noted
    /// in `tallies`, one for each of [`Proof::ALL`]; what they have not been asked yet, in `pending`.
    pub(crate) fn follow<T: Tape>(
        &mut self,
        tape: &mut T,
        rules: &Rules,
        limit: u64,
        pending: &mut &[Effort],
        tallies: &mut [ProofTally],
    ) -> End {
        let before = tape.steps();
        while let Some((effort, rest)) = pending.split_first() {
            let at = effort.after().max(before + effort.at_least());
            if at.saturating_add(effort.worth()) > limit {
                break;
            }
            match tape.run(rules, at) {
                Outcome::Limit => {}
                outcome => return End::Run(outcome),
            }
            if let Some(found) = self.decide(*effort, tape, rules, tallies) {
                return End::Decided(found);
            }
            *pending = rest;
        }
        let near = limit.min(T::PATIENCE.max(before.saturating_add(T::PATIENCE / 8)));
        match tape.run(rules, near) {
            Outcome::Limit if near < limit => End::Run(Outcome::Overflow),
            outcome => End::Run(outcome),
        }
    }

    /// The first proof that the run never comes to an undefined entry.
    fn decide<T: Tape>(
        &mut self,
        effort: Effort,
        tape: &T,
        rules: &Rules,
        tallies: &mut [ProofTally],
    ) -> Option<Found> {
        let steps = tape.steps();
        if effort == Effort::Little {
            let tally = &mut tallies[Proof::BackwardReasoning as usize];
            if let Some(proof) = timed(tally, || self.backward.prove(rules, steps)) {
                return Some(Found::Backward(proof));
            }
        }
        tape.half_tapes(&mut self.tapes);
        let run = Situation { rules, tapes: &self.tapes, slot: tape.slot() };
        let tally = &mut tallies[Proof::ClosedSet as usize];
        match (effort, &mut self.trigram) {
            (Effort::Little, Some(trigram)) => return timed(tally, || trigram.prove(&run)).then_some(Found::Trigram),
            (Effort::Little, None) => return timed(tally, || self.ngram.prove(&run)).then_some(Found::NGram),
            (Effort::Much, _) => {}
        }
        if let Some(proved) = self.longer.iter_mut().position(|ngram| timed(tally, || ngram.prove(&run))) {
            return Some(Found::Longer(proved));
        }
        let tally = &mut tallies[Proof::ClosedSetWithHistory as usize];
        if let Some(proved) = self.histories.iter_mut().position(|history| timed(tally, || history.prove(rules, steps)))
        {
            return Some(Found::History(proved));
        }
        // Last, for it takes longest, and most that it proves the others prove as well.
        self.bouncer = timed(&mut tallies[Proof::Bouncer as usize], || bouncer::prove(rules, steps));
        self.bouncer.is_some().then_some(Found::Bouncer)
    }

    /// The certificate of what has just been found for a run of `steps` steps.
    fn certificate(&self, found: Found, steps: u64) -> Option<Certificate> {
        match found {
            Found::Backward(Unreachable { depth }) => Some(Certificate::Backward { depth }),
            Found::Trigram => self.trigram.as_ref().map(|t| t.certificate(steps)),
            Found::NGram => Some(self.ngram.certificate(steps)),
            Found::Longer(index) => self.longer.get(index).map(|n| n.certificate(steps)),
            Found::Bouncer => self.bouncer.clone().map(Bouncer::certificate),
            Found::History(index) => self.histories.get(index).map(|h| h.certificate(steps)),
        }
    }
}

impl End {
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Run(outcome) => outcome,
            Self::Decided(found) => Outcome::Proven(found.proof()),
        }
    }
}

impl Found {
    pub(crate) fn proof(self) -> Proof {
        match self {
            Self::Backward(_) => Proof::BackwardReasoning,
            Self::Trigram | Self::NGram | Self::Longer(_) => Proof::ClosedSet,
            Self::Bouncer => Proof::Bouncer,
            Self::History(_) => Proof::ClosedSetWithHistory,
        }
    }
}

/// One call in so many is timed, so that the clock costs nothing.
const SAMPLE: u64 = 16;

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
