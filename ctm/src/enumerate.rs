//! From a space to its counts: cut the tree into subtrees of small weight, walk them on all cores, add up.

use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use turmite_tables::{Shard, Space};

use crate::CtmError;
use crate::busy_beaver::proven_bound;
use crate::outputs::{Extents, Outputs};
use crate::tally::{Proof, ProofTally, Tally};
use crate::tape::{Grid, Line, SmallPlane, SmallSolid, Tape};
use crate::tree::{Stopped, Subtree, Walker};

/// Subtrees to walk: enough that many cores stay busy to the end although the subtrees differ in cost.
const SUBTREES: usize = 4096;

/// Each thread holds a table of outputs of its own, some megabytes.
pub(crate) const MOST_THREADS: usize = 1024;

/// What to enumerate.
#[derive(Clone, Debug)]
pub struct EnumerateOptions {
    space: Space,
    max_steps: u64,
    threads: usize,
    shard: Shard,
}

impl EnumerateOptions {
    /// All machines of `space`, run for at most `max_steps` steps, the halting transition counted, on all cores.
    #[must_use]
    pub fn new(space: Space, max_steps: u64) -> Self {
        Self { space, max_steps, threads: 0, shard: Shard::WHOLE }
    }

    /// The same without a cutoff: up to the proven busy-beaver value of the space.
    ///
    /// # Errors
    /// No value is proven, or it is too far for runs that go step by step (above 100,000).
    pub fn without_cutoff(space: Space) -> Result<Self, CtmError> {
        let fail = |reason: String| CtmError::Space { space, reason };
        if space.dims() != 1 {
            return Err(fail(
                "no busy-beaver value is proven beyond one dimension; give --max-steps a number".to_owned(),
            ));
        }
        match proven_bound(space.states(), space.symbols()) {
            None => Err(fail("no busy-beaver value is proven for it; give --max-steps a number".to_owned())),
            Some(bound) if bound.steps > 100_000 => Err(fail(format!(
                "its busy-beaver value {} is too far for runs that go step by step; give --max-steps a number",
                bound.steps
            ))),
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

    /// The cutoff in steps.
    #[must_use]
    pub fn max_steps(&self) -> u64 {
        self.max_steps
    }
}

/// Watches an enumeration and may end it.
pub trait Observer: Sync {
    /// `covered` of the weight of the space, or of its shard, (0 to 1) is done, in `nodes` nodes so far. Called by any thread, some thousand times in all.
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
    pub(crate) tally: Tally,
}

impl Enumeration {
    /// Distinct partial tables run, the root included: bbchallenge's and Coq-BB5's measure of the tree.
    #[must_use]
    pub fn nodes(&self) -> u64 {
        self.tally.nodes
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
/// beyond 32 bits, or [`CtmError::Stopped`].
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
    let tally = match (space.dims(), space.symbols()) {
        (1, 2) => on_tape::<Line<u64, 1>>(options, observer),
        (1, 3..=4) => on_tape::<Line<u128, 2>>(options, observer),
        (1, _) => on_tape::<Line<u128, 4>>(options, observer),
        (2, _) => on_tape::<Grid<SmallPlane>>(options, observer),
        _ => on_tape::<Grid<SmallSolid>>(options, observer),
    }?;
    Ok(Enumeration { space, max_steps: options.max_steps, shard: options.shard, tally })
}

/// Symbols take this many bits in the words of the fast tape.
pub(crate) fn symbol_bits(space: Space) -> u32 {
    match space.symbols() {
        // Grids take four, whatever the alphabet.
        _ if space.dims() > 1 => 4,
        2 => 1,
        3..=4 => 2,
        _ => 4,
    }
}

/// The heaviest subtree first; equal ones in the order found, so that the cut does not depend on chance.
struct Ranked<T> {
    weight: u128,
    order: usize,
    subtree: Subtree<T>,
}

impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.weight.cmp(&other.weight).then(other.order.cmp(&self.order))
    }
}

impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Ranked<T> {}

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
    let mut top = Walker::new(space, options.max_steps, &stop);
    let subtrees = frontier::<T>(&mut top, space).map_err(|Stopped| CtmError::Stopped)?;
    // Every shard walks the top of the tree, to find its subtrees; the first one counts it. Heavy and light subtrees
    // alternate, for they are in order of weight.
    let Shard { index, of } = options.shard;
    let subtrees: Vec<Ranked<T>> =
        subtrees.into_iter().enumerate().filter(|(i, _)| i % of as usize == index as usize).map(|(_, s)| s).collect();
    let counted = if index == 0 { top.tally.clone() } else { Tally::new(Outputs::new(space)) };
    let whole = top.weight(&Subtree::<T>::root(space).node) as f64;
    let weights: Vec<f64> = subtrees.iter().map(|s| s.weight as f64 / whole).collect();
    let mine: f64 = weights.iter().sum();
    let done = Progress::new(observer, mine, counted.nodes);

    let next = AtomicUsize::new(0);
    let parts = pool.broadcast(|_| {
        let mut walker = Walker::new(space, options.max_steps, &stop);
        let mut nodes = 0;
        while let Some(ranked) = subtrees.get(next.fetch_add(1, Ordering::Relaxed)) {
            if walker.walk(ranked.subtree.clone()).is_err() {
                stopped.store(true, Ordering::Relaxed);
                return Err(CtmError::Stopped);
            }
            done.add(ranked.weight as f64 / whole, walker.tally.nodes - nodes);
            nodes = walker.tally.nodes;
        }
        Ok(walker.tally)
    });
    let mut tally = counted;
    for part in parts {
        tally.merge(part?);
    }
    Ok(tally)
}

/// Expands the heaviest subtree until there are enough, or none left.
fn frontier<T: Tape>(top: &mut Walker<'_>, space: Space) -> Result<Vec<Ranked<T>>, Stopped> {
    let mut order = 0;
    let mut heap = BinaryHeap::new();
    let mut waiting = vec![Subtree::root(space)];
    loop {
        for subtree in waiting {
            order += 1;
            heap.push(Ranked { weight: top.weight(&subtree.node), order, subtree });
        }
        if heap.len() >= SUBTREES {
            break;
        }
        let Some(heaviest) = heap.pop() else { break };
        waiting = top.expand(heaviest.subtree)?;
    }
    let mut subtrees = heap.into_vec();
    subtrees.sort_by(|a, b| b.cmp(a));
    Ok(subtrees)
}

/// The share of the weight covered, added up by all workers.
struct Progress<'a> {
    observer: &'a dyn Observer,
    /// The share of the space's weight that is to be covered.
    all: f64,
    state: std::sync::Mutex<(f64, u64)>,
}

impl<'a> Progress<'a> {
    fn new(observer: &'a dyn Observer, all: f64, nodes: u64) -> Self {
        Self { observer, all, state: std::sync::Mutex::new((0.0, nodes)) }
    }

    fn add(&self, covered: f64, nodes: u64) {
        // A worker that panicked while adding two numbers does not make them wrong.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        state.0 += covered;
        state.1 += nodes;
        self.observer.progress((state.0 / self.all).min(1.0), state.1);
    }
}

impl Outputs {
    pub(crate) fn strings_of(self, space: Space) -> impl Iterator<Item = (Extents, Vec<u8>, crate::outputs::Record)> {
        self.into_strings(symbol_bits(space))
    }
}
