//! `turmite simulate`: self-training runs with a known truth.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use turmite_collapse::{Learner, Progress, Schedule, SimulateOptions, Source, simulate_watched};

use super::Context;
use crate::exit::usage;
use crate::output;
use crate::progress::Share;
use crate::records;

/// Simulate a model that trains on its own output
///
/// Generation 0 is an authentic sample. Every later record comes from the source with probability alpha and otherwise from the
/// learner fitted on the generation before. Writes one JSON object a record; the same seed gives the same bytes for any number of threads.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite simulate --source rule110 --learner records --alpha 0.3 --out anchored.jsonl
  turmite simulate --source markov --learner ngram:3 --schedule geometric:0.7 --runs 4 --out collapse.jsonl
  turmite simulate --source book.txt --learner ngram:4 --alpha 0 --records 120 --generations 25 --out book.jsonl

Sources of bits:
  thue-morse                windows of the Thue-Morse sequence
  rule30, eca:30            an elementary cellular automaton, 0 to 255, on 16 cells from a random row
  lfsr:16, lfsr:16,15,13,4  linear feedback by degree (2 to 32, longest period) or by taps
  period:9                  a random word, repeated
  debruijn:8                windows of a de Bruijn sequence of that order (2 to 32)
  ctm                       blocks of 12 bits, each with the probability that a small machine writes it
  markov                    a fixed chain of order 3; markov:K or markov:K,SEED: a random chain of order 1 to 12
  iid:0.3                   independent bits
  FILE                      a file of records, of bits or of text, drawn with replacement

Learners:
  ngram:8                   counts of characters after 0 to 64 others; with ,temperature=0.8 or ,truncate=0.15 it seeks modes
  words:2                   the same over words, for text
  records                   copies whole records
  neurosymbolic             finds the rule of bits and writes it from fresh seeds; an n-gram where there is none")]
pub(crate) struct Args {
    /// Where authentic records come from
    #[arg(long, value_name = "SOURCE")]
    source: String,
    /// What is trained
    #[arg(long, value_name = "LEARNER")]
    learner: Learner,
    /// Share of authentic records in every generation
    #[arg(long, value_name = "A", default_value_t = 0.3, allow_negative_numbers = true, conflicts_with = "schedule")]
    alpha: f64,
    /// Share by generation t: constant:A, power:C,P (C / t^P), geometric:R (R^t), or a CSV file of generation,alpha
    #[arg(long, value_name = "SCHEDULE")]
    schedule: Option<String>,
    /// Train on all generations so far instead of the last
    #[arg(long)]
    accumulate: bool,
    /// Synthetic generations
    #[arg(long, value_name = "T", default_value_t = 40)]
    generations: u64,
    /// Records a generation
    #[arg(long, value_name = "M", default_value_t = 256)]
    records: usize,
    /// Symbols a record
    #[arg(long, value_name = "L", default_value_t = 256)]
    length: usize,
    /// Independent runs
    #[arg(long, value_name = "N", default_value_t = 8)]
    runs: usize,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The field that holds the text, where the source is a file of JSON lines, CSV or Parquet
    #[arg(long, value_name = "NAME", default_value = "text")]
    field: String,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    let inputs = [Some(args.source.as_str()), args.schedule.as_deref()];
    let inputs: Vec<&Path> = inputs.into_iter().flatten().map(Path::new).collect();
    output::check_outputs(&[args.out.as_deref()], &inputs)?;
    let schedule = match &args.schedule {
        None if !(0.0..=1.0).contains(&args.alpha) => {
            return Err(usage(anyhow!("--alpha {}: expected a share from 0 to 1", args.alpha)));
        }
        None => Schedule::Constant(args.alpha),
        Some(text) => read_schedule(text)?,
    };
    let mut options = SimulateOptions::new(read_source(&args.source, &args.field)?, args.learner);
    options.schedule = schedule;
    options.accumulate = args.accumulate;
    options.generations = args.generations;
    options.records = args.records;
    options.length = args.length;
    options.runs = args.runs;
    options.seed = args.seed;
    if matches!(options.learner, Learner::Words(_)) && options.source.is_binary() {
        say!(
            "warning: words stand between white space, of which records of {} have none: {} copies whole records",
            args.source,
            options.learner
        );
    }
    output::to(args.out.as_deref(), |out| write(&options, context, out))?;
    Ok(ExitCode::SUCCESS)
}

/// Simulates and writes one JSON object a record.
pub(super) fn write(options: &SimulateOptions, context: &Context<'_>, out: &mut dyn Write) -> Result<()> {
    let share = Share::new(context.progress, "generations");
    let progress =
        |p: Progress| share.set(p.done as f64 / p.total.max(1) as f64, || format!("{} of {}", p.done, p.total));
    simulate_watched(options, &progress, context.signals.stop(), |record| {
        serde_json::to_writer(&mut *out, &record)?;
        out.write_all(b"\n")
    })?;
    share.finish();
    Ok(())
}

fn read_schedule(text: &str) -> Result<Schedule> {
    if text == "-" || Path::new(text).exists() {
        let content = output::read_text(Path::new(text))?;
        return Schedule::from_csv(&content).with_context(|| text.to_owned());
    }
    text.parse().context("--schedule (and no such file)")
}

/// A named source, or a file whose records are the truth.
fn read_source(text: &str, field: &str) -> Result<Source> {
    let path = Path::new(text);
    if text != "-" && !path.exists() {
        return text.parse().context("--source (and no such file)");
    }
    let mut records = Vec::new();
    for (place, record) in records::each(path, field)? {
        match record.content.into_text() {
            Some(text) if !text.is_empty() => records.push(text),
            Some(_) => {}
            None => bail!("{place}: not text"),
        }
    }
    Source::from_records(text, records).with_context(|| text.to_owned())
}
