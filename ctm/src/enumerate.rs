//! From a space to its counts: cut the tree into subtrees of small weight, walk them on all cores, add up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use turmite_tables::{Shape, Shard, Space};

use crate::CtmError;
use crate::busy_beaver::proven_bound;
use crate::checkpoint::{Cut, Run};
use crate::frontier::{deal, frontier};
use crate::ledger::{Due, Ledger};
use crate::memory::Memory;
use crate::outputs::Outputs;
use crate::tally::{Proof, ProofTally, Tally};
use crate::tape::{Tape, on_fast_tape};
use crate::tree::{Stopped, Subtree, Walker};

/// Each thread holds a table of outputs of its own, some megabytes.
pub(crate) const MOST_THREADS: usize = 1024;

/// What to enumerate.
#[derive(Clone, Debug)]
pub struct EnumerateOptions {
    space: Space,
    max_steps: u64,
    threads: usize,
    shard: Shard,
    checkpoint: Option<PathBuf>,
    memory: u64,
    within: Option<Shape>,
}

impl EnumerateOptions {
    /// All machines of `space`, run for at most `max_steps` steps, the halting transition counted, on all cores.
    #[must_use]
    pub fn new(space: Space, max_steps: u64) -> Self {
        Self { space, max_steps, threads: 0, shard: Shard::WHOLE, checkpoint: None, memory: u64::MAX, within: None }
    }

    /// The same without a cutoff: up to the proven busy-beaver value of the space.
    ///
    /// # Errors
    /// No value is proven.
    ///
    /// # Complexity
    /// Runs that no decider proves are taken to the bound: of 5 states and 2 symbols, 47,176,870 steps.
    pub fn without_cutoff(space: Space) -> Result<Self, CtmError> {
        let fail = |reason: String| CtmError::Space { space, reason };
        if space.dims() != 1 {
            return Err(fail(
                "no busy-beaver value is proven beyond one dimension; give --max-steps a number".to_owned(),
            ));
        }
        match proven_bound(space.states(), space.symbols()) {
            None => Err(fail("no busy-beaver value is proven for it; give --max-steps a number".to_owned())),
            Some(bound) => Ok(Self::new(space, bound.steps)),
        }
    }

    /// Uses so many threads; 0, the default, is one a core. The table does not depend on it.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Only a part of the space. All parts together, merged, are the very table of the whole.
    #[must_use]
    pub fn shard(mut self, shard: Shard) -> Self {
        self.shard = shard;
        self
    }

    /// Keeps the work done in a file, renewed every second (less often where that would cost 1 % of the time) and when the
    /// run is stopped, and goes on from that file if it is there. The table does not depend on it. The caller removes
    /// the file once the table is safe.
    #[must_use]
    pub fn checkpoint(mut self, path: PathBuf) -> Self {
        self.checkpoint = Some(path);
        self
    }

    /// Keeps a row only for strings whose box fits in this one, turned as need be, which bounds the memory; `None`, the
    /// default, keeps all. Of the others only the weight is counted, by shape ([`turmite_tables::LeftOut`]).
    #[must_use]
    pub fn within(mut self, within: Option<Shape>) -> Self {
        self.within = within;
        self
    }

    /// How many bytes of memory the outputs may take, about, in all workers together; as many as there are by default.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = bytes;
        self
    }

    /// The cutoff in steps.
    #[must_use]
    pub fn max_steps(&self) -> u64 {
        self.max_steps
    }
}

/// Watches an enumeration and may end it.
pub trait Observer: Sync {
    /// `covered` of the weight of the space, or of its shard, (0 to 1) is done, in `nodes` nodes so far. Called by any thread, some ten thousand times in all.
    fn progress(&self, covered: f64, nodes: u64);

    /// Whether to stop; asked at every node.
    fn stop(&self) -> bool;
}

/// Watches nothing.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl Observer for Quiet {
    fn progress(&self, _: f64, _: u64) {}

    fn stop(&self) -> bool {
        false
    }
}

/// The exact counts of a space.
#[derive(Debug)]
pub struct Enumeration {
    pub(crate) space: Space,
    pub(crate) max_steps: u64,
    pub(crate) shard: Shard,
    pub(crate) within: Option<Shape>,
    pub(crate) tally: Tally,
}

impl Enumeration {
    /// Distinct partial tables run, the root included: bbchallenge's and Coq-BB5's measure of the tree.
    #[must_use]
    pub fn nodes(&self) -> u64 {
        self.tally.nodes
    }

    /// Steps of all runs, those of a common beginning counted once.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.tally.steps
    }

    /// Machines that halt within the cutoff, run on one blank.
    #[must_use]
    pub fn halting(&self) -> u128 {
        self.tally.halting
    }

    /// What each decider proved, in machines run on one blank.
    pub fn proofs(&self) -> impl Iterator<Item = (Proof, ProofTally)> + '_ {
        Proof::ALL.into_iter().zip(self.tally.proofs)
    }
}

/// Runs every machine of a space.
///
/// # Errors
/// A space beyond 128 bits, a cutoff of 0 or
/// beyond 32 bits, a checkpoint of another run, more strings than the memory allowed holds, [`CtmError::Stopped`], or
/// [`CtmError::Interrupted`] where there is a checkpoint to go on from.
///
/// # Complexity
/// Proportional to the nodes of the tree (5 states, 2 symbols: 181,385,669 runs) and not to the machines (2.7e13).
pub fn enumerate(options: &EnumerateOptions, observer: &dyn Observer) -> Result<Enumeration, CtmError> {
    let space = options.space;
    let fail = |reason: &str| Err(CtmError::Space { space, reason: reason.to_owned() });
    if space.pairs().is_none() {
        return fail(
            "more than 2^128 pairs (machine, blank), beyond exact counting; use `turmite sample`, or a smaller space",
        );
    }
    if options.max_steps == 0 || options.max_steps >= u64::from(u32::MAX) {
        return Err(CtmError::MaxSteps { found: options.max_steps, expected: format!("1 to {}", u32::MAX - 1) });
    }
    let tally = on_fast_tape!(space, T => on_tape::<T>(options, observer))?;
    Ok(Enumeration { space, max_steps: options.max_steps, shard: options.shard, within: options.within, tally })
}

fn on_tape<T: Tape + Send + Sync>(options: &EnumerateOptions, observer: &dyn Observer) -> Result<Tally, CtmError> {
    let space = options.space;
    if options.threads > MOST_THREADS {
        let reason = format!("at most {MOST_THREADS} are of use");
        return Err(CtmError::Threads { threads: options.threads, reason });
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|e| CtmError::Threads { threads: options.threads, reason: e.to_string() })?;
    let stopped = AtomicBool::new(false);
    let stop = || stopped.load(Ordering::Relaxed) || observer.stop();
    let memory = Memory::new(options.memory);
    let mut top = Walker::new(space, options.max_steps, options.within, &stop, &memory);
    let root = top.weight(&Subtree::<T>::root(space).node);
    let subtrees = frontier::<T>(&mut top, space, options.shard).map_err(|Stopped| memory.stopped())?;
    // Every shard walks the top of the tree, to find its subtrees; the first one counts it.
    let subtrees = deal(subtrees, options.shard);
    let images = top.images().to_vec();
    let mut counted = top.take();
    if options.shard.index != 0 {
        memory.change(counted.outputs.memory(), 0)?;
        counted = Tally::new(Outputs::new(space, options.within));
    }
    let weights = subtrees.iter().map(|s| s.weight).collect();
    let cut = Cut { top: counted.weight(&images), subtrees: weights, images };
    let expected = cut.top + cut.subtrees.iter().sum::<u128>();
    let run = Run {
        space,
        max_steps: options.max_steps,
        within: options.within,
        shard: options.shard,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        subtrees: subtrees.len() as u64,
    };
    let ledger = Ledger::open(options.checkpoint.as_deref(), run, counted, &cut, &memory)?;
    let done = ledger.done();
    let share = |weight: u128| weight as f64 / root as f64;
    let progress = Progress::new(observer, subtrees.iter().map(|s| share(s.weight)).sum());
    progress.add(subtrees.iter().zip(&done).filter(|(_, done)| **done).map(|(s, _)| share(s.weight)).sum(), 0);

    let next = AtomicUsize::new(0);
    let walk = || {
        let mut walker = Walker::new(space, options.max_steps, options.within, &stop, &memory);
        let (mut covered, mut due) = (Vec::new(), Due::new());
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(ranked) = subtrees.get(index) else { break };
            if done[index] {
                continue;
            }
            if stop() {
                ledger.hand_in(walker.take(), &mut covered, &mut due)?;
                return Err(CtmError::Stopped);
            }
            let nodes = walker.tally.nodes;
            if walker.walk(&ranked.subtree).is_err() {
                // What this worker has not handed in holds a part of a subtree, and is lost.
                return Err(memory.stopped());
            }
            covered.push(index);
            progress.add(share(ranked.weight), walker.tally.nodes - nodes);
            if due.now() {
                ledger.hand_in(walker.take(), &mut covered, &mut due)?;
            }
        }
        ledger.hand_in(walker.take(), &mut covered, &mut due)
    };
    let ends = pool.broadcast(|_| {
        let end = walk();
        // One that fails ends all.
        stopped.fetch_or(end.is_err(), Ordering::Relaxed);
        end
    });
    let saved = ledger.close()?;
    // An error of one worker stops the others; it is the one to be told.
    let error = ends.into_iter().filter_map(Result::err).min_by_key(|e| matches!(e, CtmError::Stopped));
    match (error, &options.checkpoint) {
        (Some(CtmError::Stopped), Some(path)) => return Err(CtmError::Interrupted { path: path.clone() }),
        (Some(error), _) => return Err(error),
        (None, _) => {}
    }
    let found = saved.tally.weight(&cut.images);
    if found != expected {
        return Err(CtmError::Identity { space, found, expected });
    }
    Ok(saved.tally)
}

/// The share of the weight covered, added up by all workers.
struct Progress<'a> {
    observer: &'a dyn Observer,
    /// The share of the space's weight that is to be covered.
    all: f64,
    state: std::sync::Mutex<(f64, u64)>,
}

impl<'a> Progress<'a> {
    fn new(observer: &'a dyn Observer, all: f64) -> Self {
        Self { observer, all, state: std::sync::Mutex::new((0.0, 0)) }
    }

    fn add(&self, covered: f64, nodes: u64) {
        // A worker that panicked while adding two numbers does not make them wrong.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.0 += covered;
        state.1 += nodes;
        self.observer.progress((state.0 / self.all).min(1.0), state.1);
    }
}
