//! `turmite enumerate`: every machine of a space, exactly.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};
use turmite_ctm::{EnumerateOptions, Enumeration, Observer, enumerate, is_checkpoint};
use turmite_tables::{Shape, Shard, Space, Table, refuse_existing};

use super::Context;
use super::table::{facts, write};
use crate::exit::usage;
use crate::memory;
use crate::output::{self, OneFormat, integer};
use crate::progress::Share;
use crate::signals::Signals;

/// Run every Turing machine of a space and count what the halting ones write
///
/// Exact: no machine is sampled. The weights of halting, proven non-halting and undecided machines add up to the size of the
/// space, which is checked. The table is the same, to the byte, for any number of threads.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite enumerate --states 4 --symbols 2 --out d4.ctm      D(4), in a fraction of a second
  turmite enumerate --states 5 --symbols 2 --out d5.ctm      D(5), in about half a minute of CPU time
  turmite enumerate --states 3 --dim 2 --max-steps 100 --out plane.ctm   every machine of 3 states on a plane
  turmite enumerate --states 3 --symbols 2 --format json     only the counts; writes no table
  turmite enumerate --states 6 --checkpoint d6.part --out d6.ctm   hours: stop it and start it again as you like

`turmite table info --help` says what the counts mean. Beside those, a run tells its steps, those of a common beginning counted
once, steps_per_node, and what each decider proved: pairs (machine, blank) and runs, with about the time it took, summed over
threads and measured on some of the runs.")]
pub(crate) struct Args {
    /// States of the machines, the halt not counted
    #[arg(long, value_name = "N", value_parser = number)]
    states: u8,
    /// Symbols of the tape
    #[arg(long, value_name = "K", default_value_t = 2, value_parser = number)]
    symbols: u8,
    /// Dimensions of the tape
    #[arg(long, value_name = "D", default_value_t = 1, value_parser = number)]
    dim: u8,
    /// Steps to run at most, the halting transition counted, or `exact` for the proven busy-beaver value of the space
    #[arg(long, value_name = "T|exact", default_value = "500")]
    max_steps: Cutoff,
    /// The table to write; without it only the counts are shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Threads; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Only part I of S parts of the space, 0 <= I < S, to be put together by `turmite merge`
    #[arg(long, value_name = "I/S", default_value = "0/1")]
    shard: Shard,
    /// Keep the work done in this file, also when stopped by a signal, and go on from it if it is there; removed once the
    /// table of --out is written. FILE.lock beside it keeps a second run off
    #[arg(long, value_name = "FILE", requires = "out")]
    checkpoint: Option<PathBuf>,
    /// Keep rows of the strings that fit in this box, such as 16 or 4x4, and of the others only the weight, by shape
    #[arg(long, value_name = "SHAPE")]
    within: Option<Shape>,
    /// Memory that the strings may take, such as 4G; three quarters of the machine's by default
    #[arg(long, value_name = "SIZE", value_parser = memory::parse)]
    memory: Option<u64>,
    /// Replace the table if it is there
    #[arg(long)]
    overwrite: bool,
    /// How to show the counts
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

/// A number of states, symbols or dimensions; which there can be, the space knows.
pub(super) fn number(text: &str) -> Result<u8, String> {
    text.parse().map_err(|_| "expected one whole number, such as 2".to_owned())
}

#[derive(Clone, Copy, Debug)]
enum Cutoff {
    Steps(u64),
    Exact,
}

impl std::str::FromStr for Cutoff {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "exact" => Ok(Self::Exact),
            _ => text.parse().map(Self::Steps).map_err(|_| "expected a number of steps or `exact`".to_owned()),
        }
    }
}

/// Keeps a second run from a checkpoint: each would undo the other's work. The system lets go of a lock when its process ends,
/// however it ends; the empty file may stay, and does no harm. (The checkpoint itself cannot be locked, it is replaced.)
struct Lock {
    file: PathBuf,
    _held: File,
}

impl Lock {
    /// `None` where the file system knows no locks.
    fn of(checkpoint: &Path) -> Result<Option<Self>> {
        let mut file = checkpoint.as_os_str().to_owned();
        file.push(".lock");
        let file = PathBuf::from(file);
        let held = File::create(&file).with_context(|| format!("{}: cannot lock", file.display()))?;
        match held.try_lock() {
            Ok(()) => Ok(Some(Self { file, _held: held })),
            Err(TryLockError::WouldBlock) => bail!(
                "{}: another run is using this checkpoint; wait for it, or name another file",
                checkpoint.display()
            ),
            Err(TryLockError::Error(_)) => {
                let _ = std::fs::remove_file(&file);
                Ok(None)
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Before it is let go of, so that whoever takes it next has a file that is there. That it stays is no harm.
        let _ = std::fs::remove_file(&self.file);
    }
}

struct Watcher<'a> {
    share: Share,
    signals: &'a Signals,
}

impl Observer for Watcher<'_> {
    fn progress(&self, covered: f64, nodes: u64) {
        self.share.set(covered, || {
            let rate = nodes as f64 / self.share.elapsed().as_secs_f64().max(1e-3) / 1e6;
            format!("{:.1} M nodes, {rate:.1} M/s", nodes as f64 / 1e6)
        });
    }

    fn stop(&self) -> bool {
        self.signals.stop().load(Ordering::Relaxed)
    }
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    let space = Space::new(args.states, args.symbols, args.dim).map_err(usage)?;
    let mut options = match args.max_steps {
        Cutoff::Steps(steps) => EnumerateOptions::new(space, steps),
        Cutoff::Exact => EnumerateOptions::without_cutoff(space)?,
    }
    .threads(args.threads)
    .shard(args.shard)
    .within(args.within)
    .memory(args.memory.unwrap_or_else(memory::three_quarters));
    if let Some(shape) = args.within.filter(|s| s.dims() != usize::from(args.dim)) {
        let (dim, axes) = (args.dim, shape.dims());
        return Err(usage(anyhow::anyhow!("--within {shape}: a box of {axes} axes; expected {dim}, as the tape has")));
    }
    if let Some(path) = &args.out {
        if path == Path::new("-") {
            return Err(usage(anyhow::anyhow!("--out -: standard output shows the counts; name a file for the table")));
        }
        refuse_existing(path, args.overwrite)?;
    }
    let mut lock = None;
    if let Some(path) = &args.checkpoint {
        if path == Path::new("-") {
            return Err(usage(anyhow::anyhow!("--checkpoint -: work is kept in a file; name one")));
        }
        output::check_outputs(&[args.out.as_deref(), Some(path)], &[])?;
        if path.exists() && !path.is_file() {
            let place = path.display();
            return Err(usage(anyhow::anyhow!("--checkpoint {place}: it is not a regular file; name another")));
        }
        lock = Lock::of(path)?;
        if is_checkpoint(path) {
            say!("going on from {}", path.display());
        }
        options = options.checkpoint(path.clone());
        context.signals.wait_for_saving();
    }
    let watcher = Watcher { share: Share::new(context.progress, "machines"), signals: context.signals };
    let enumeration = enumerate(&options, &watcher)?;
    watcher.share.finish();
    let report = report(&enumeration, space.symbols(), args.format);
    let builder = enumeration.into_builder()?;
    let table = match &args.out {
        Some(path) => write(builder, path, args.overwrite)?,
        None => {
            let table = Table::from_bytes(builder.build()?)?;
            say!("no --out: the counts are shown and no table is written");
            table
        }
    };
    if let Some(path) = &args.checkpoint {
        // The table is safe now.
        std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    drop(lock);
    let mut counts = facts(&table);
    counts.extend(report);
    output::to(None, |out| output::one(out, args.format.into(), counts))?;
    Ok(ExitCode::SUCCESS)
}

/// What the run took and how the machines that never halt were proven to, in pairs (machine, blank).
fn report(enumeration: &Enumeration, blanks: u8, format: OneFormat) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("steps".to_owned(), integer(Some(enumeration.steps().into())));
    out.insert("steps_per_node".to_owned(), json!(enumeration.steps() as f64 / enumeration.nodes().max(1) as f64));
    let mut deciders = Vec::new();
    for (proof, tally) in enumeration.proofs() {
        let weight = tally.weight * u128::from(blanks);
        let seconds = tally.nanoseconds as f64 / 1e9;
        match format {
            OneFormat::Json => deciders.push(json!({
                "decider": proof.name(),
                "tried": tally.tried.to_string(),
                "runs": tally.runs.to_string(),
                "weight": weight.to_string(),
                "seconds": seconds,
            })),
            OneFormat::Table => {
                let cost = if tally.tried > 0 {
                    format!(" of {} tried in about {seconds:.1} s", tally.tried)
                } else {
                    String::new()
                };
                out.insert(proof.name().to_owned(), json!(format!("{weight} in {} runs{cost}", tally.runs)));
            }
        }
    }
    if !deciders.is_empty() {
        out.insert("deciders".to_owned(), Value::Array(deciders));
    }
    out
}
