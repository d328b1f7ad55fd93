//! `turmite sample`: machines of a space too large to enumerate.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, anyhow};
use turmite_ctm::{CtmError, SampleObserver, SampleOptions, Sampler};
use turmite_tables::{Shape, Shard, Space, Table, merge, refuse_existing};

use super::Context;
use super::enumerate::number;
use super::table::{facts, open_part, write};
use crate::exit::usage;
use crate::output::{self, OneFormat};
use crate::progress::Share;
use crate::signals::Signals;

/// Draw machines of a space at random and estimate what its halting machines write
///
/// For spaces that cannot be enumerated. Every machine drawn is counted for all the ways in which it may halt, each with its exact
/// share, so that a sample tells more than as many runs. Counts are estimates of pairs (machine, blank), and every row has
/// its standard error. The table depends on the seed and the number of machines, not on threads or shards. Least steps and
/// witnesses are those of the machines drawn: others may write a string sooner. Stopped by Ctrl-C or SIGTERM, it writes the
/// table of the machines drawn so far.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("stop").required(true).multiple(true))]
#[command(after_help = "Examples:
  turmite sample --states 6 --max-steps 1000 --seed 7 --for 10m --out s6.ctm      what ten minutes give
  turmite sample --states 4 --symbols 9 --seed 7 --machines 1e8 --within 12 --out s9.ctm
  turmite sample --extend s6.ctm --target-se 0.01 --for 1h --out s6-more.ctm      on for an hour, or until the 100 commonest rows are known to 0.01 bit
  turmite sample --states 6 --seed 7 --machines 1e9 --shard 0/4 --out a.ctm      a quarter; `turmite merge` adds up all four")]
pub(crate) struct Args {
    /// States of the machines, the halt not counted
    #[arg(long, value_name = "N", required_unless_present = "extend", value_parser = number)]
    states: Option<u8>,
    /// Symbols of the tape [default: 2]
    #[arg(long, value_name = "K", value_parser = number)]
    symbols: Option<u8>,
    /// Dimensions of the tape [default: 1]
    #[arg(long, value_name = "D", value_parser = number)]
    dim: Option<u8>,
    /// Steps to run at most, the halting transition counted [default: 500]
    #[arg(long, value_name = "T", value_parser = steps)]
    max_steps: Option<u64>,
    /// The seed of the random numbers [default: 0]
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// Draw so many machines, such as 1000000 or 1e9
    #[arg(long, value_name = "N", group = "stop", value_parser = machines, conflicts_with_all = ["time", "target_se"])]
    machines: Option<u64>,
    /// Draw machines for so long, such as 90s, 10m or 2h; the table says how many, and --machines repeats it
    #[arg(long = "for", value_name = "TIME", group = "stop", value_parser = duration)]
    time: Option<Duration>,
    /// Draw machines until K of each of the --rows commonest rows has a standard error of at most so many bits; with --for, for
    /// so long at most
    #[arg(long, value_name = "BITS", group = "stop", value_parser = bits)]
    target_se: Option<f64>,
    /// The rows that --target-se looks at [default: 100]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rows: Option<u32>,
    /// Go on from a sampled table; space, steps, seed and box are its own, and what is drawn is added to it
    #[arg(long, value_name = "TABLE")]
    extend: Option<String>,
    /// Keep rows of the strings that fit in this box, such as 12 or 4x4, and of the others only the weight, by shape
    #[arg(long, value_name = "SHAPE")]
    within: Option<Shape>,
    /// The table to write; without it only the counts are shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Threads; 0 is one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Only part I of S parts of the --machines, 0 <= I < S, to be put together by `turmite merge`
    #[arg(long, value_name = "I/S", default_value = "0/1", conflicts_with_all = ["time", "target_se", "extend"])]
    shard: Shard,
    /// Replace the table if it is there
    #[arg(long)]
    overwrite: bool,
    /// How to show the counts
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

/// A whole number, also written with an exponent.
fn machines(text: &str) -> Result<u64, String> {
    let wrong = || "expected a whole number of at least 1, such as 1000000 or 1e9".to_owned();
    let number = match text.split_once('e') {
        None => text.parse::<u64>().ok(),
        Some((digits, exponent)) => digits
            .parse::<u64>()
            .ok()
            .zip(exponent.parse().ok().and_then(|e| 10u64.checked_pow(e)))
            .and_then(|(digits, power)| digits.checked_mul(power)),
    };
    number.filter(|n| *n > 0).ok_or_else(wrong)
}

fn steps(text: &str) -> Result<u64, String> {
    match text {
        "exact" => Err("only `turmite enumerate` runs without a cutoff; give a sample a number of steps".to_owned()),
        _ => text.parse().map_err(|_| "expected a number of steps, such as 500".to_owned()),
    }
}

/// A whole number with its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let units = [("s", 1u64), ("m", 60), ("h", 3_600), ("d", 86_400)];
    let found = units.into_iter().find_map(|(letter, seconds)| {
        text.strip_suffix(letter).and_then(|n| n.parse::<u64>().ok()).and_then(|n| n.checked_mul(seconds))
    });
    let seconds = found.filter(|s| *s > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| "expected a time such as 90s, 10m, 2h or 1d".to_owned())
}

fn bits(text: &str) -> Result<f64, String> {
    let bits = text.parse().ok().filter(|b: &f64| b.is_finite() && *b > 0.0);
    bits.ok_or_else(|| "expected a number of bits above 0, such as 0.01".to_owned())
}

struct Watcher<'a> {
    share: Share,
    signals: &'a Signals,
    /// The largest standard error when it was last computed.
    error: Mutex<Option<f64>>,
}

impl SampleObserver for Watcher<'_> {
    fn progress(&self, covered: f64, machines: u64) {
        self.share.set(covered, || {
            let rate = machines as f64 / self.share.elapsed().as_secs_f64().max(1e-3) / 1e6;
            let error = *self.error.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let error = error.map_or_else(String::new, |e| format!(", largest error {e:.4} bits"));
            format!("{:.1} M machines, {rate:.2} M/s{error}", machines as f64 / 1e6)
        });
    }

    fn error(&self, bits: f64) {
        *self.error.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(bits);
    }

    fn stop(&self) -> bool {
        self.signals.stop().load(Ordering::Relaxed)
    }
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    if let Some(path) = &args.out {
        if path == std::path::Path::new("-") {
            return Err(usage(anyhow!("--out -: standard output shows the counts; name a file for the table")));
        }
        refuse_existing(path, args.overwrite)?;
    }
    if args.rows.is_some() && args.target_se.is_none() {
        return Err(usage(anyhow!("--rows: it says what --target-se looks at; give --target-se too, or leave it out")));
    }
    let rows = args.rows.unwrap_or(100) as usize;
    let before = args.extend.as_deref().map(open_part).transpose()?;
    let mut options = match &before {
        Some(table) => continued(args, table)?,
        None => {
            let (states, symbols) = (args.states.unwrap_or_default(), args.symbols.unwrap_or(2));
            let space = Space::new(states, symbols, args.dim.unwrap_or(1)).map_err(usage)?;
            let options = SampleOptions::new(space, args.max_steps.unwrap_or(500), args.seed.unwrap_or(0));
            options.within(args.within)
        }
    }
    .threads(args.threads);
    let mut machines = args.machines.unwrap_or(0);
    if args.machines.is_some() {
        (options, machines) = options.shard(args.shard, machines);
        if machines == 0 {
            return Err(usage(anyhow!(
                "--shard {}: it has no machine; ask for fewer parts or more --machines",
                args.shard
            )));
        }
    }
    let dims = options.space().dims();
    if let Some(shape) = args.within.filter(|s| s.dims() != usize::from(dims)) {
        let axes = shape.dims();
        return Err(usage(anyhow!("--within {shape}: a box of {axes} axes; expected {dims}, as the tape has")));
    }
    let mut sampler = Sampler::new(options)?;
    let watcher =
        Watcher { share: Share::new(context.progress, "machines"), signals: context.signals, error: Mutex::new(None) };
    // A part of a shard fits no other shard, and is not worth a table.
    let keep = args.out.is_some() && args.shard == Shard::WHOLE;
    if keep {
        context.signals.wait_for_saving();
    }
    let drawn = match (args.time, args.target_se) {
        (time, Some(bits)) => sampler.draw_to_error(bits, rows, time, before.as_ref(), &watcher),
        (Some(time), None) => sampler.draw_for(time, &watcher),
        (None, None) => sampler.draw(machines, &watcher),
    };
    watcher.share.finish();
    let stopped = match drawn {
        Err(CtmError::Stopped) if keep && sampler.samples() > 0 => context.signals.received(),
        drawn => {
            drawn?;
            None
        }
    };
    let builder = match &before {
        None => sampler.builder()?,
        Some(before) if sampler.samples() == 0 => {
            say!("{}: the error asked for is reached already; no machine is drawn", before.path().display());
            merge(&[before])?
        }
        Some(before) => merge(&[before, &sampler.table()?])?,
    };
    let table = match &args.out {
        Some(path) => write(builder, path, args.overwrite)?,
        None => {
            let table = Table::from_bytes(builder.build()?)?;
            say!("no --out: the counts are shown and no table is written");
            table
        }
    };
    let error = table.largest_error(rows)?;
    let mut counts = facts(&table);
    counts.insert(format!("largest_se_of_{rows}_rows"), output::number(error));
    output::to(None, |out| output::one(out, args.format.into(), counts))?;
    if let (Some(signal), Some(path)) = (stopped, &args.out) {
        let (path, drawn) = (path.display(), table.sampling().map_or(0, |s| s.samples));
        say!(
            "stopped by {}; {path} holds the {drawn} machines drawn: go on from it with --extend {path}",
            signal.name()
        );
        return Ok(ExitCode::from(signal.exit_code()));
    }
    if let (Some(error), Some(bits)) = (error, args.target_se.filter(|bits| error.is_some_and(|e| e > *bits))) {
        say!("the time is over: the largest standard error is {error:.4} bits, not yet {bits}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The options of a table that is gone on from; what is typed as well must agree.
fn continued(args: &Args, table: &Table) -> Result<SampleOptions> {
    let options = SampleOptions::after(table)?;
    let space = table.space();
    let own = [
        ("--states", args.states.map(u64::from), u64::from(space.states())),
        ("--symbols", args.symbols.map(u64::from), u64::from(space.symbols())),
        ("--dim", args.dim.map(u64::from), u64::from(space.dims())),
        ("--max-steps", args.max_steps, options.max_steps()),
        ("--seed", args.seed, options.seed()),
    ];
    for (name, typed, held) in own {
        if let Some(typed) = typed.filter(|t| *t != held) {
            let path = table.path().display();
            return Err(usage(anyhow!("{name} {typed}: {path} has {held}; leave it out to go on from that table")));
        }
    }
    let held = table.left_out().map(|l| l.within);
    if let Some(typed) = args.within.filter(|w| Some(*w) != held) {
        let held = held.map_or_else(|| "strings of any shape".to_owned(), |h| format!("strings within {h}"));
        return Err(usage(anyhow!("--within {typed}: {} keeps {held}; leave it out", table.path().display())));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_as_people_write_them() {
        assert_eq!(["1", "1000", "1e9", "25e6"].map(|t| machines(t).unwrap()), [1, 1000, 1_000_000_000, 25_000_000]);
        for text in ["", "0", "-1", "1e", "e9", "1e20", "1.5", "0e3"] {
            assert!(machines(text).is_err(), "{text}");
        }
        let seconds = ["90s", "10m", "2h", "1d"].map(|t| duration(t).unwrap().as_secs());
        assert_eq!(seconds, [90, 600, 7_200, 86_400]);
        for text in ["", "10", "m", "0s", "-1s", "1.5h", "10 m", "99999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(bits("0.01"), Ok(0.01));
        for text in ["", "0", "-1", "nan", "inf"] {
            assert!(bits(text).is_err(), "{text}");
        }
    }
}
