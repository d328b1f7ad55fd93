//! What the walk has counted: weights per outcome, nodes, outputs. Sums only, so that the order of the walk is no matter.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::outputs::{Extents, Outputs};

/// Why a run will never halt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// The configuration repeats, up to translation.
    Cycle,
    /// The head visits new cells in a pattern that repeats.
    TranslatedCycle,
    /// No chain of predecessors of an undefined entry is as long as the run.
    BackwardReasoning,
    /// The local contexts that it can come to are a closed set without an undefined entry.
    ClosedSet,
    /// A closed set whose cells remember the last visits of the head.
    ClosedSetWithHistory,
    /// The head goes to and fro over repeated words, which have a copy more every round.
    Bouncer,
    /// It uses m states and j symbols and has run longer than any halting machine of so many.
    OutlivesBusyBeaver,
    /// Its last entry is defined and none halts.
    NoHaltLeft,
}

impl Proof {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Cycle,
        Self::TranslatedCycle,
        Self::BackwardReasoning,
        Self::ClosedSet,
        Self::ClosedSetWithHistory,
        Self::Bouncer,
        Self::OutlivesBusyBeaver,
        Self::NoHaltLeft,
    ];

    /// A name for reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cycle => "cycle",
            Self::TranslatedCycle => "translated cycle",
            Self::BackwardReasoning => "backward reasoning",
            Self::ClosedSet => "closed set of contexts",
            Self::Bouncer => "bouncer",
            Self::ClosedSetWithHistory => "closed set of contexts with history",
            Self::OutlivesBusyBeaver => "outlives the busy beaver",
            Self::NoHaltLeft => "no halt left",
        }
    }
}

/// What one decider proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofTally {
    /// Runs of the tree.
    pub runs: u64,
    /// Machines they stand for, run on one blank.
    pub weight: u128,
    /// Runs it was asked about; 0 for what is found while running.
    pub tried: u64,
    /// Time that took, from a sample of the calls. A measurement, which no table depends on.
    pub nanoseconds: u64,
}

/// The counts of a subtree, for one blank: weights of whole orbits under turns and mirror images, but for what depends on
/// where a run lies (outputs, boxes), which is counted as run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) nodes: u64,
    /// Steps of all runs, those of a common beginning counted once.
    pub(crate) steps: u64,
    pub(crate) halting: u128,
    pub(crate) proofs: [ProofTally; Proof::ALL.len()],
    /// By the box visited, as run.
    pub(crate) undecided: BTreeMap<Extents, u128>,
    pub(crate) outputs: Outputs,
}

impl Tally {
    pub(crate) fn new(outputs: Outputs) -> Self {
        Self { nodes: 0, steps: 0, halting: 0, proofs: Default::default(), undecided: BTreeMap::new(), outputs }
    }

    pub(crate) fn prove(&mut self, proof: Proof, runs: u64, weight: u128) {
        let tally = &mut self.proofs[proof as usize];
        tally.runs += runs;
        tally.weight += weight;
    }

    pub(crate) fn give_up(&mut self, extents: Extents, weight: u128) {
        *self.undecided.entry(extents).or_default() += weight;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.nodes += other.nodes;
        self.steps += other.steps;
        self.halting += other.halting;
        for (mine, theirs) in self.proofs.iter_mut().zip(other.proofs) {
            mine.runs += theirs.runs;
            mine.weight += theirs.weight;
            mine.tried += theirs.tried;
            mine.nanoseconds += theirs.nanoseconds;
        }
        for (extents, weight) in other.undecided {
            self.give_up(extents, weight);
        }
        self.outputs.merge(other.outputs);
    }

    /// All that is counted, in machines run on one blank. `images[a]`: in how many ways a run along a axes lies in the space.
    pub(crate) fn weight(&self, images: &[u128]) -> u128 {
        let undecided: u128 = self.undecided.iter().map(|(extents, w)| w * images[extents.axes()]).sum();
        self.halting + self.non_halting() + undecided
    }

    /// The same of counts that anybody may have written; `None` beyond 128 bits.
    pub(crate) fn checked_weight(&self, images: &[u128]) -> Option<u128> {
        let non_halting = self.proofs.iter().map(|proof| Some(proof.weight));
        let undecided = self.undecided.iter().map(|(extents, weight)| weight.checked_mul(images[extents.axes()]));
        non_halting.chain(undecided).try_fold(self.halting, |sum, weight| sum.checked_add(weight?))
    }

    /// Whether what counts runs, steps and time is far from its end, as it is after any run there has been.
    pub(crate) fn numbers_are_sound(&self) -> bool {
        let of_proofs = self.proofs.iter().flat_map(|proof| [proof.runs, proof.tried, proof.nanoseconds]);
        of_proofs.chain([self.nodes, self.steps]).all(|number| number < 1 << 62)
    }

    pub(crate) fn non_halting(&self) -> u128 {
        self.proofs.iter().map(|p| p.weight).sum()
    }
}
