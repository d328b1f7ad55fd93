//! Spaces too large to walk: machines drawn at random, each counted for all the ways in which it may halt.
//!
//! A machine is drawn as its run needs it: an entry that the run reaches first halts in every way that it can, each counted
//! with its exact share of the machine (Rao-Blackwell), and the run goes on in one of the others, drawn uniformly. The numbers
//! drawn for machine i depend on the seed and i only ([`stream`]), and all sums are integers, so that a sample is the same for any
//! number of threads, and samples of machines that follow each other add up to one.

mod draw;
mod orbits;
mod stream;
mod table;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use rayon::ThreadPool;
use turmite_tables::{Method, Sampling, Shape, Shard, Space, Table, TableBuilder, merge};

use self::draw::{Counts, Drawer};
use crate::CtmError;
use crate::enumerate::{MOST_THREADS, Quiet};
use crate::tape::on_fast_tape;

/// Machines that a thread takes at a time.
const CHUNK: u64 = 1024;

/// What to sample.
#[derive(Clone, Debug)]
pub struct SampleOptions {
    space: Space,
    max_steps: u64,
    seed: u64,
    first: u64,
    shard: Shard,
    threads: usize,
    within: Option<Shape>,
}

impl SampleOptions {
    /// Machines of `space`, of any size, run for at most `max_steps` steps, the halting transition counted, on all cores.
    #[must_use]
    pub fn new(space: Space, max_steps: u64, seed: u64) -> Self {
        Self { space, max_steps, seed, first: 0, shard: Shard::WHOLE, threads: 0, within: None }
    }

    /// The options that go on from a sampled table, with the machine after its last.
    ///
    /// # Errors
    /// A table that is not sampled, is a shard, or is of another version, whose runs may count differently.
    pub fn after(table: &Table) -> Result<Self, CtmError> {
        let provenance = table.provenance();
        let fail = |found: String, expected: &str| {
            Err(CtmError::Sample {
                found: format!("{}: {found}", table.path().display()),
                expected: expected.to_owned(),
            })
        };
        let Method::Sampled(sampling) = provenance.method else {
            return fail(format!("the table is {}", provenance.method.name()), "a table made by `turmite sample`");
        };
        if provenance.shard != Shard::WHOLE {
            return fail(
                format!("the table is shard {}", provenance.shard),
                "a whole sample: `turmite merge` its shards first",
            );
        }
        let version = env!("CARGO_PKG_VERSION");
        if provenance.version != version {
            return fail(
                format!("the table was made by version {}", provenance.version),
                &format!(
                    "version {version}, so that all machines are counted alike: sample again, or with that version"
                ),
            );
        }
        let options = Self::new(table.space(), provenance.max_steps.unwrap_or(0), sampling.seed);
        Ok(Self { first: sampling.end(), within: table.left_out().map(|l| l.within), ..options })
    }

    /// Uses so many threads; 0, the default, is one a core. The table does not depend on it.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Keeps a row only for strings whose box fits in this one, turned as need be, which bounds the memory; `None`, the
    /// default, keeps all. Of the others only the weight is counted, by shape ([`turmite_tables::LeftOut`]).
    #[must_use]
    pub fn within(mut self, within: Option<Shape>) -> Self {
        self.within = within;
        self
    }

    /// Only a part of the next `machines` machines, and how many it has: contiguous, so that all parts merged are the table of
    /// all these machines.
    #[must_use]
    pub fn shard(mut self, shard: Shard, machines: u64) -> (Self, u64) {
        let (from, to) = table::part_of(machines, shard);
        self.shard = shard;
        self.first += from;
        (self, to - from)
    }

    /// The machine space.
    #[must_use]
    pub fn space(&self) -> Space {
        self.space
    }

    /// The cutoff in steps.
    #[must_use]
    pub fn max_steps(&self) -> u64 {
        self.max_steps
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

/// Watches a sampler and may end it.
pub trait SampleObserver: Sync {
    /// `covered` (0 to 1) of what was asked for is done, with `machines` drawn in all. Called by any thread, often.
    fn progress(&self, covered: f64, machines: u64);

    /// The largest standard error in bits among the rows asked for, when it has been computed.
    fn error(&self, _bits: f64) {}

    /// Whether to stop; asked at every thousandth machine or so.
    fn stop(&self) -> bool;
}

impl SampleObserver for Quiet {
    fn progress(&self, _: f64, _: u64) {}

    fn stop(&self) -> bool {
        false
    }
}

/// Draws machines of a space, as many as it is asked for, and counts what they write. What it has drawn when it is stopped is
/// whole: the first so many machines of what was asked for.
///
/// ```
/// use turmite_ctm::{Quiet, SampleOptions, Sampler};
///
/// // 81^36 machines: four states and nine symbols.
/// let mut sampler = Sampler::new(SampleOptions::new("4x9-1d".parse()?, 100, 7))?;
/// sampler.draw(2_000, &Quiet)?;
/// let table = sampler.table()?;
/// let row = table.lookup(&"2".parse()?, &[3, 3])?.row.expect("a string of two cells is frequent");
/// // The published value is 7.927.
/// assert!((row.k - 7.927).abs() < 0.2);
/// assert!(table.standard_error(&row).is_some_and(|e| e.bits < 0.2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sampler {
    options: SampleOptions,
    pool: ThreadPool,
    /// One a thread.
    workers: Vec<Mutex<Drawer>>,
    samples: u64,
}

impl std::fmt::Debug for Sampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sampler")
            .field("options", &self.options)
            .field("samples", &self.samples)
            .finish_non_exhaustive()
    }
}

impl Sampler {
    /// Nothing drawn yet.
    ///
    /// # Errors
    /// A cutoff of 0 or beyond 32 bits, or threads that cannot be started.
    pub fn new(options: SampleOptions) -> Result<Self, CtmError> {
        let SampleOptions { space, max_steps, seed, threads, .. } = options;
        if max_steps == 0 || max_steps >= u64::from(u32::MAX) {
            return Err(CtmError::MaxSteps { found: max_steps, expected: format!("1 to {}", u32::MAX - 1) });
        }
        if threads > MOST_THREADS {
            let reason = format!("at most {MOST_THREADS} are of use");
            return Err(CtmError::Threads { threads, reason });
        }
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .map_err(|e| CtmError::Threads { threads, reason: e.to_string() })?;
        let SampleOptions { within, .. } = options;
        let workers = (0..pool.current_num_threads()).map(|_| Mutex::new(Drawer::new(space, max_steps, seed, within)));
        Ok(Self { workers: workers.collect(), options, pool, samples: 0 })
    }

    /// Machines drawn so far.
    #[must_use]
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Draws the next `machines` machines.
    ///
    /// # Errors
    /// No machine, more than 2^40 in all, or [`CtmError::Stopped`].
    pub fn draw(&mut self, machines: u64, observer: &dyn SampleObserver) -> Result<(), CtmError> {
        let before = self.samples;
        self.draw_while(machines, &|| true, observer, &|samples| (samples - before) as f64 / machines as f64)
    }

    /// Draws machines for so long; what is begun then is finished.
    ///
    /// # Errors
    /// As [`Sampler::draw`].
    pub fn draw_for(&mut self, time: Duration, observer: &dyn SampleObserver) -> Result<(), CtmError> {
        let start = Instant::now();
        let most = Sampling::MOST_SAMPLES.saturating_sub(self.options.first + self.samples);
        let covered = |_| (start.elapsed().as_secs_f64() / time.as_secs_f64()).min(1.0);
        self.draw_while(most, &|| start.elapsed() < time, observer, &covered)
    }

    /// Draws machines until the largest standard error of K among the `rows` most frequent rows is at most `bits`, those of the
    /// table `before` counted in, if this goes on from one, which may be so at once; or until `time` is over. How many that
    /// takes depends on the seed only, if there is time.
    ///
    /// # Errors
    /// As [`Sampler::draw`], or a table that cannot be made or read.
    pub fn draw_to_error(
        &mut self,
        bits: f64,
        rows: usize,
        time: Option<Duration>,
        before: Option<&Table>,
        observer: &dyn SampleObserver,
    ) -> Result<(), CtmError> {
        let start = Instant::now();
        let in_time = || time.is_none_or(|time| start.elapsed() < time);
        let earlier = before.and_then(Table::sampling).map_or(0, |s| s.samples);
        let mut error = before.map(|table| table.largest_error(rows)).transpose()?.flatten();
        loop {
            let (next, covered) = match error {
                None => (64 * CHUNK, 0.0),
                Some(error) => {
                    observer.error(error);
                    if error <= bits {
                        return Ok(());
                    }
                    // Errors shrink with the square root of the sample.
                    let missing = (error / bits).powi(2);
                    let wanted = (earlier + self.samples) as f64 * (missing - 1.0).clamp(0.05, 1.0);
                    ((wanted as u64).div_ceil(CHUNK).max(1) * CHUNK, 1.0 / missing)
                }
            };
            self.draw_while(next, &in_time, observer, &|_| covered)?;
            if !in_time() {
                return Ok(());
            }
            error = self.table_after(before)?.largest_error(rows)?;
        }
    }

    fn draw_while(
        &mut self,
        most: u64,
        go_on: &(dyn Fn() -> bool + Sync),
        observer: &dyn SampleObserver,
        covered: &(dyn Fn(u64) -> f64 + Sync),
    ) -> Result<(), CtmError> {
        let first = self.options.first + self.samples;
        if most == 0 || first.checked_add(most).is_none_or(|end| end > Sampling::MOST_SAMPLES) {
            return Err(CtmError::Sample {
                found: format!("machines {first} and the {most} after it"),
                expected: "at least one machine, and at most 2^40 in all".to_owned(),
            });
        }
        let (claimed, drawn, stopped) = (AtomicU64::new(0), AtomicU64::new(self.samples), AtomicBool::new(false));
        let stop = || stopped.load(Ordering::Relaxed) || observer.stop();
        self.pool.broadcast(|thread| {
            let worker = &self.workers[thread.index()];
            // A worker that panicked ends the program.
            let mut worker = worker.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                if stop() {
                    stopped.store(true, Ordering::Relaxed);
                    return;
                }
                let from = claimed.fetch_add(CHUNK, Ordering::Relaxed);
                if from >= most {
                    return;
                }
                let to = most.min(from + CHUNK);
                for index in first + from..first + to {
                    on_fast_tape!(self.options.space, T => worker.draw::<T>(index));
                }
                let drawn = drawn.fetch_add(to - from, Ordering::Relaxed) + (to - from);
                observer.progress(covered(drawn), drawn);
                if !go_on() {
                    return;
                }
            }
        });
        // Every machine claimed was drawn, so that they follow each other.
        let before = std::mem::replace(&mut self.samples, drawn.into_inner());
        if stopped.into_inner() && self.samples - before < most { Err(CtmError::Stopped) } else { Ok(()) }
    }

    /// The rows and provenance of what has been drawn so far, ready to be written.
    ///
    /// # Errors
    /// Weights that do not add up to the machines drawn: a fault in this program, never written to a file.
    pub fn builder(&self) -> Result<TableBuilder, CtmError> {
        let mut counts = Counts::new(self.options.space);
        for worker in &self.workers {
            counts.merge(&worker.lock().unwrap_or_else(PoisonError::into_inner).counts);
        }
        table::builder(&self.options, &counts)
    }

    /// The table in memory.
    ///
    /// # Errors
    /// As [`Sampler::builder`].
    pub fn table(&self) -> Result<Table, CtmError> {
        Ok(Table::from_bytes(self.builder()?.build()?)?)
    }

    /// The table in memory, added to the one that this goes on from.
    ///
    /// # Errors
    /// As [`Sampler::builder`], or a table before that this does not go on from.
    pub fn table_after(&self, before: Option<&Table>) -> Result<Table, CtmError> {
        let table = self.table()?;
        match before {
            None => Ok(table),
            Some(before) => Ok(Table::from_bytes(merge(&[before, &table])?.build()?)?),
        }
    }
}
