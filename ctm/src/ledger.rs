//! What has been counted so far by all workers together, and its copy on disk.
//!
//! A worker counts on its own and hands in what it has, with the subtrees that it covers, every now and then. So the ledger
//! holds whole subtrees only, at every moment, and its copy can be written at any.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::CtmError;
use crate::checkpoint::{Checkpoint, Cut, Run};
use crate::memory::Memory;
use crate::tally::Tally;

/// Keeping books must cost less than one part in so many of the time: half a percent for handing in, of which making room
/// anew is about as much again, and as much for the copy on disk.
const OVERHEAD: u32 = 200;
/// Workers hand in no more often than this.
const HAND_IN: Duration = Duration::from_millis(500);
/// The copy on disk is renewed no more often than this.
const SAVE: Duration = Duration::from_secs(1);

pub(crate) struct Ledger<'a> {
    path: Option<&'a Path>,
    memory: &'a Memory,
    state: Mutex<State>,
}

struct State {
    saved: Checkpoint,
    /// When the copy on disk was last renewed and how long that took.
    last: Instant,
    cost: Duration,
}

/// When a worker is to hand in next.
pub(crate) struct Due {
    last: Instant,
    cost: Duration,
}

impl Due {
    pub(crate) fn new() -> Self {
        Self { last: Instant::now(), cost: Duration::ZERO }
    }

    pub(crate) fn now(&self) -> bool {
        self.last.elapsed() >= HAND_IN.max(self.cost * OVERHEAD)
    }
}

impl<'a> Ledger<'a> {
    /// Goes on from the copy on disk, if there is one of this very run; else with `counted`, which has been told to `memory`.
    pub(crate) fn open(
        path: Option<&'a Path>,
        run: Run,
        counted: Tally,
        cut: &Cut,
        memory: &'a Memory,
    ) -> Result<Self, CtmError> {
        let told = counted.outputs.memory();
        let saved = match path {
            Some(path) if path.exists() => Checkpoint::read(path, &run, cut)?,
            _ => Checkpoint::new(run, counted),
        };
        memory.change(told, saved.tally.outputs.memory())?;
        Ok(Self { path, memory, state: Mutex::new(State { saved, last: Instant::now(), cost: Duration::ZERO }) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A worker that panics ends the whole run: its panic is passed on, and nobody reads what it left.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which subtrees are done.
    pub(crate) fn done(&self) -> Vec<bool> {
        self.state().saved.done.clone()
    }

    /// Takes in what a worker has counted of the subtrees `covered`, and renews the copy on disk if it is time.
    pub(crate) fn hand_in(&self, tally: Tally, covered: &mut Vec<usize>, due: &mut Due) -> Result<(), CtmError> {
        let start = Instant::now();
        let mut state = self.state();
        let before = tally.outputs.memory() + state.saved.tally.outputs.memory();
        state.saved.tally.merge(tally);
        for subtree in covered.drain(..) {
            state.saved.done[subtree] = true;
        }
        self.memory.change(before, state.saved.tally.outputs.memory())?;
        *due = Due { last: Instant::now(), cost: start.elapsed() };
        if state.last.elapsed() >= SAVE.max(state.cost * OVERHEAD) {
            self.save(&mut state)?;
        }
        Ok(())
    }

    fn save(&self, state: &mut State) -> Result<(), CtmError> {
        if let Some(path) = self.path {
            let start = Instant::now();
            state.saved.write(path)?;
            (state.last, state.cost) = (Instant::now(), start.elapsed());
        }
        Ok(())
    }

    /// Renews the copy on disk before the run ends, whether or not it is complete.
    pub(crate) fn close(self) -> Result<Checkpoint, CtmError> {
        self.save(&mut self.state())?;
        Ok(self.state.into_inner().unwrap_or_else(PoisonError::into_inner).saved)
    }
}
