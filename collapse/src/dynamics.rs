//! The self-training loop, simulated.

use crate::error::CollapseError;
use crate::label::Progress;
use crate::learner::Learner;
use crate::pool::Pool;
use crate::schedule::Schedule;
use crate::seed::{self, unit};
use crate::source::Source;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Bytes of one run at most: it is held in memory until it is written.
const MOST_BYTES: u128 = 1 << 32;

/// What a record takes beside its symbols.
const RECORD_BYTES: u128 = 256;

/// Records of a generation that one thread draws, enough of them to be worth handing over: of a large run all threads draw.
const PART: usize = 512;

/// What to simulate.
#[derive(Clone, Debug)]
pub struct SimulateOptions {
    /// The truth.
    pub source: Source,
    /// The learner.
    pub learner: Learner,
    /// alpha by generation.
    pub schedule: Schedule,
    /// Train on every generation so far instead of the last one.
    pub accumulate: bool,
    /// Synthetic generations: 1 to this number follow the authentic generation 0.
    pub generations: u64,
    /// Records a generation.
    pub records: usize,
    /// Symbols a record.
    pub length: usize,
    /// Independent runs.
    pub runs: usize,
    /// Seed of everything random.
    pub seed: u64,
}

impl SimulateOptions {
    /// The defaults of the command line: alpha 0.3, 40 generations of 256 records of 256 symbols, 8 runs, seed 1.
    #[must_use]
    pub fn new(source: Source, learner: Learner) -> Self {
        Self {
            source,
            learner,
            schedule: Schedule::Constant(0.3),
            accumulate: false,
            generations: 40,
            records: 256,
            length: 256,
            runs: 8,
            seed: 1,
        }
    }
}

/// One record of a simulated run, as written to a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulatedRecord {
    /// The run's name.
    pub run: String,
    /// The source's name.
    pub source: String,
    /// The generation, from 0.
    pub generation: u64,
    /// The record within its generation, from 0.
    pub index: usize,
    /// The share that the generation was drawn at.
    pub alpha: f64,
    /// Whether this record came from the source.
    pub exogenous: bool,
    /// The record.
    pub text: String,
}

/// Simulates the runs and hands every record to `sink` in order of run, generation and index.
///
/// Every record of generation t comes from the source with probability alpha_t and otherwise from the learner
/// fitted on the pool of generation t - 1 (with `accumulate`: on all pools so far). Each record draws from a
/// stream of its own, keyed by seed, run, generation and index, so results do not depend on threads.
///
/// ```
/// use turmite_collapse::{SimulateOptions, simulate};
///
/// let mut options = SimulateOptions::new("rule30".parse()?, "records".parse()?);
/// (options.generations, options.records, options.runs) = (2, 10, 1);
/// let mut records = Vec::new();
/// simulate(&options, &Default::default(), |record| { records.push(record); Ok(()) })?;
/// assert_eq!(records.len(), 30);
/// assert!(records[..10].iter().all(|record| record.exogenous && record.alpha == 1.0));
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
///
/// # Errors
/// Sizes of zero, a run of more than 2^32 bytes, a failing sink, or the stop flag.
pub fn simulate(
    options: &SimulateOptions,
    stop: &AtomicBool,
    sink: impl FnMut(SimulatedRecord) -> std::io::Result<()>,
) -> Result<(), CollapseError> {
    simulate_watched(options, &|_| (), stop, sink)
}

/// The same, telling `progress` how many generations are done of all runs together, from whichever thread did one.
///
/// # Errors
/// As [`simulate`].
pub fn simulate_watched(
    options: &SimulateOptions,
    progress: &(dyn Fn(Progress) + Sync),
    stop: &AtomicBool,
    mut sink: impl FnMut(SimulatedRecord) -> std::io::Result<()>,
) -> Result<(), CollapseError> {
    for (what, value) in
        [("records a generation", options.records), ("symbols a record", options.length), ("runs", options.runs)]
    {
        if value == 0 {
            return Err(CollapseError::OutOfRange { what, found: "0".to_owned(), expected: "1 or more" });
        }
    }
    let held = (u128::from(options.generations) + 1)
        .saturating_mul(options.records as u128)
        .saturating_mul(options.length as u128 + RECORD_BYTES);
    if held > MOST_BYTES {
        return Err(CollapseError::OutOfRange {
            what: "the size of a run (generations, the authentic one included, times records times length and 256 more)",
            found: format!("{held} bytes"),
            expected: "at most 2^32, since a run is held in memory",
        });
    }
    let total = options.generations.saturating_add(1).saturating_mul(options.runs as u64);
    let done = AtomicU64::new(0);
    let step = || progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
    let digits = (options.runs - 1).to_string().len();
    // Batches keep memory to a few runs while every thread has one.
    let batch = rayon::current_num_threads().max(1);
    for from in (0..options.runs).step_by(batch) {
        let runs: Vec<Result<Vec<SimulatedRecord>, CollapseError>> = (from..options.runs.min(from + batch))
            .into_par_iter()
            .map(|run| one_run(options, run, &format!("run-{run:0digits$}"), &step, stop))
            .collect();
        for run in runs {
            for record in run? {
                sink(record).map_err(|source| CollapseError::Sink { source })?;
            }
        }
    }
    Ok(())
}

fn one_run(
    options: &SimulateOptions,
    run: usize,
    name: &str,
    step: &(dyn Fn() + Sync),
    stop: &AtomicBool,
) -> Result<Vec<SimulatedRecord>, CollapseError> {
    let source = options.source.to_string();
    let mut out = Vec::with_capacity(options.records * (options.generations as usize + 1));
    let mut training: Pool<char> = Pool::default();
    for generation in 0..=options.generations {
        if stop.load(Ordering::Relaxed) {
            return Err(CollapseError::Stopped);
        }
        let alpha = options.schedule.alpha(generation);
        let fitted = if generation == 0 { None } else { options.learner.fit(&training) };
        if generation > 0 && fitted.is_none() {
            return Err(CollapseError::EmptyPool { generation: generation - 1 });
        }
        let key = seed::rng(options.seed, 0, run as u64, generation);
        let draw = |from: usize| {
            let (mut rng, mut pool) = (key.clone(), Pool::default());
            let mut records = Vec::with_capacity(PART);
            for index in from..options.records.min(from + PART) {
                rng.set_stream(index as u64);
                rng.set_word_pos(0);
                let exogenous = unit(&mut rng) < alpha;
                pool.push_with(|symbols| match &fitted {
                    Some(fitted) if !exogenous => fitted.write(options.length, &mut rng, symbols),
                    _ => options.source.write(options.length, &mut rng, symbols),
                });
                records.push(SimulatedRecord {
                    run: name.to_owned(),
                    source: source.clone(),
                    generation,
                    index,
                    alpha,
                    exogenous: exogenous || generation == 0,
                    text: text(pool.record(index - from)),
                });
            }
            (pool, records)
        };
        let parts: Vec<usize> = (0..options.records).step_by(PART).collect();
        let parts: Vec<_> = parts.into_par_iter().map(draw).collect();
        drop(fitted);
        if !options.accumulate {
            training.clear();
        }
        for (pool, records) in parts {
            training.extend(&pool);
            out.extend(records);
        }
        step();
    }
    Ok(out)
}

/// One byte is reserved a character, which is what bits and most text take.
fn text(record: &[char]) -> String {
    let mut text = String::with_capacity(record.len());
    text.extend(record);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(options: &SimulateOptions) -> Vec<SimulatedRecord> {
        let mut records = Vec::new();
        simulate(options, &AtomicBool::new(false), |record| {
            records.push(record);
            Ok(())
        })
        .unwrap();
        records
    }

    fn options(source: &str, learner: &str) -> SimulateOptions {
        let mut options = SimulateOptions::new(source.parse().unwrap(), learner.parse().unwrap());
        (options.generations, options.records, options.runs, options.length) = (6, 20, 5, 64);
        options
    }

    #[test]
    fn threads_do_not_change_a_record() {
        let with = |threads: usize, options: &SimulateOptions| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| run(options))
        };
        for (source, learner) in [
            ("rule110", "ngram:3"),
            ("rule110", "records"),
            ("lfsr:7", "neurosymbolic"),
            ("ctm", "neurosymbolic"),
            ("markov:4", "ngram:4,temperature=0.8"),
            ("debruijn:8", "ngram:8,truncate=0.15"),
            ("thue-morse", "words:2"),
        ] {
            let options = options(source, learner);
            let one = with(1, &options);
            assert!(one == with(2, &options) && one == with(8, &options), "{source}, {learner}");
        }
    }

    #[test]
    fn progress_counts_every_generation_once() {
        let options = options("iid", "records");
        let seen = std::sync::Mutex::new(Vec::new());
        let note = |progress: Progress| seen.lock().unwrap().push((progress.done, progress.total));
        simulate_watched(&options, &note, &AtomicBool::new(false), |_| Ok(())).unwrap();
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert_eq!(seen, (1..=35).map(|done| (done, 35)).collect::<Vec<_>>());
    }

    #[test]
    fn alpha_is_the_share_of_exogenous_records() {
        let mut options = options("iid:0.5", "records");
        options.records = 2000;
        options.schedule = Schedule::Constant(0.25);
        let records = run(&options);
        let exogenous = records.iter().filter(|r| r.generation > 0 && r.exogenous).count() as f64;
        let n = records.iter().filter(|r| r.generation > 0).count() as f64;
        assert!((exogenous / n - 0.25).abs() < 3.0 * (0.25 * 0.75 / n).sqrt());
    }

    #[test]
    fn copies_are_copies_and_fresh_seeds_are_not() {
        let mut options = options("rule110", "records");
        options.schedule = Schedule::Constant(0.0);
        options.length = 256;
        let distinct = |records: &[SimulatedRecord], generation: u64| {
            let set: std::collections::HashSet<_> =
                records.iter().filter(|r| r.generation == generation && r.run == "run-0").map(|r| &r.text).collect();
            set.len()
        };
        let copied = run(&options);
        assert!(distinct(&copied, 6) < 10);
        options.learner = Learner::Neurosymbolic;
        let regenerated = run(&options);
        assert_eq!(distinct(&regenerated, 6), 20);
    }

    #[test]
    fn a_raised_flag_stops_and_zero_sizes_are_refused() {
        let mut options = options("markov", "ngram:2");
        let error = simulate(&options, &AtomicBool::new(true), |_| Ok(())).unwrap_err();
        assert!(matches!(error, CollapseError::Stopped));
        options.records = 0;
        assert!(simulate(&options, &AtomicBool::new(false), |_| Ok(())).unwrap_err().to_string().contains("1 or more"));
    }
}
