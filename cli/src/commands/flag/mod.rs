//! `turmite flag`: records that are simpler or noisier than authentic ones of their length.

mod copy;
mod measure;

use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use turmite_bdm::{Bdm, DETECTION_RECORDS};
use turmite_collapse::{Comparison, FlagReference, Measured, Side, q_values};
use turmite_tables::{Shape, default_name};

use self::copy::{copy, copy_bad, text_of, with_mark};
use self::measure::Measure;
use super::{Context, table};
use crate::exit::usage;
use crate::faults::Faults;
use crate::output::{self, number};
use crate::pipeline;
use crate::progress::Flow;
use crate::records::{Batch, Content, Input, InputArgs, Keep, Meter, OnError, Placed};
use crate::summary::count;

/// Mark records that are simpler or noisier than authentic ones of their length
///
/// Every record is copied and gets an object `turmite`: bdm_per_symbol, the p-value against the reference at the record's own length (both
/// sides), the q-value over all records (Benjamini-Hochberg), the flag (low, high or none; null where a record could not be judged) and, where a part of a flagged text is the reason, its
/// span in characters. p-values beyond the reference's own range rest on a fitted tail and go no lower than a hundredth of one record.
/// A copy of an authentic record is no simpler than it: repetition between records is seen by `turmite label`, not here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite flag synthetic.jsonl --reference authentic.jsonl --out flagged.jsonl
  turmite flag a.jsonl b.jsonl.gz --reference authentic.jsonl --field completion --fdr 0.05 > flagged.jsonl")]
pub(crate) struct Args {
    /// Files of records, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Authentic records, in the same field and encoding
    #[arg(long, value_name = "FILE")]
    reference: PathBuf,
    /// How the reference is read [default: by its name; where that says nothing, as the files]
    #[arg(long, value_name = "KIND")]
    reference_input: Option<Input>,
    #[command(flatten)]
    input: InputArgs,
    /// The share of flags that may be false
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    fdr: f64,
    /// The table: a file or a name of `turmite table list` [default: 5x2-1d]
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// The shape of a block [default: 12]
    #[arg(long, value_name = "SHAPE")]
    block: Option<Shape>,
    /// What to do with a record that cannot be read or encoded
    #[arg(long, value_name = "RULE", default_value = "fail")]
    on_error: OnError,
    /// The file to write, JSON lines [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A record as it waits for its q-value.
#[derive(Clone, Copy)]
enum Waiting {
    /// Could not be read or encoded.
    Bad,
    /// Shorter than a block.
    Short,
    /// Without a comparison it is shorter or longer than the reference.
    Measured(Measured, Option<Comparison>),
}

impl Waiting {
    fn measured(&self) -> Option<Measured> {
        if let Self::Measured(measured, _) = self { Some(*measured) } else { None }
    }

    fn comparison(&self) -> Option<Comparison> {
        if let Self::Measured(_, comparison) = self { *comparison } else { None }
    }
}

/// A record's copy, and its measure or what is wrong with it.
struct Looked {
    copy: String,
    measured: Result<Option<Measured>>,
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    if !(args.fdr > 0.0 && args.fdr < 1.0) {
        return Err(usage(anyhow::anyhow!("--fdr {}: expected a rate between 0 and 1, such as 0.01", args.fdr)));
    }
    let inputs: Vec<&Path> = args.files.iter().chain([&args.reference]).map(PathBuf::as_path).collect();
    let tables: Vec<&str> = args.table.as_deref().into_iter().collect();
    table::check_outputs(&[args.out.as_deref()], &inputs, &tables)?;
    let default = args.block.as_ref().map_or("5x2-1d", default_name);
    let table = table::open(args.table.as_deref().unwrap_or(default))?;
    let mut builder = Bdm::builder(table).intervals(false);
    if let Some(block) = args.block {
        builder = builder.block(block);
    }
    let bdm = builder.build()?;
    let mut reading = args.input.clone();
    // A name that is not read as what it says may still be read as what was typed for the files.
    reading.input = args.reference_input.or(Input::of_name(&args.reference).ok().flatten()).or(args.input.input);
    let mut authentic = Vec::new();
    for placed in reading.read(&args.reference)? {
        let placed = placed?;
        let is_bad = placed.record.is_err();
        authentic.push(placed);
        if is_bad {
            // The error that `learn` tells; what follows may never end.
            break;
        }
    }
    let encode = args.input.encoding(texts(&authentic), "by the reference; ");
    let measure = Measure { bdm, encode };
    let reference = learn(&measure, authentic)?;
    if reference.least_p_value() > args.fdr {
        bail!(
            "{}: {} records let no p-value be below {:.2e}, so that nothing could ever be flagged at --fdr {}; give a larger --reference or --fdr",
            args.reference.display(),
            reference.records(),
            reference.least_p_value(),
            args.fdr
        );
    }

    let mut copies = BufWriter::new(tempfile::tempfile().context("cannot keep copies of the records")?);
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut faults = Faults::default();
    let pool = rayon::ThreadPoolBuilder::new().build().context("cannot start threads")?;
    let meter = Arc::new(Meter::default());
    let flow = Flow::new(context.progress, "flag", None);
    let (files, input, counted) = (args.files.clone(), args.input.clone(), Arc::clone(&meter));
    let batches = files.into_iter().flat_map(move |path| match input.batches(&path, Keep::Line, &counted) {
        Ok(batches) => batches,
        Err(error) => Box::new(std::iter::once(Err(error))),
    });
    let field = args.input.field.as_str();
    let work = |batch: Batch| {
        let mut out = Vec::new();
        batch.visit(|placed| out.push(look(&measure, placed, field)));
        out
    };
    pipeline::in_order(&pool, batches, work, |looked| {
        context.signals.check()?;
        for Looked { copy, measured } in looked {
            let record = match measured {
                Ok(Some(measured)) => Waiting::Measured(measured, reference.compare(measured)),
                Ok(None) => Waiting::Short,
                Err(error) if args.on_error == OnError::Fail => bail!("{error:#}; --on-error skip or null goes on"),
                Err(error) => {
                    faults.add(&error);
                    if args.on_error == OnError::Skip {
                        continue;
                    }
                    Waiting::Bad
                }
            };
            writeln!(copies, "{copy}")?;
            waiting.push(record);
        }
        flow.set(meter.bytes(), waiting.len() as u64);
        Ok(())
    })?;
    flow.finish();
    if waiting.is_empty() {
        bail!("no records to flag; expected at least one");
    }
    let q = q_values(&waiting.iter().map(|w| w.comparison().map(|c| c.p_value)).collect::<Vec<_>>());
    let mut copies = copies.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    copies.rewind()?;
    let flagged = |q: &Option<f64>| q.is_some_and(|q| q <= args.fdr);
    let mut sides = [0u64; 2];
    output::to(args.out.as_deref(), |out| {
        for ((line, record), q) in BufReader::new(copies).lines().zip(&waiting).zip(&q) {
            let line = line?;
            let side = record.comparison().filter(|_| flagged(q)).map(|c| c.side);
            let span = match (side, text_of(&line, field)) {
                (Some(_), Some(text)) => measure.span(&text, &reference)?,
                _ => None,
            };
            // What could not be judged has no flag.
            let flag = record.comparison().map(|_| match side {
                Some(Side::Low) => "low",
                Some(Side::High) => "high",
                None => "none",
            });
            if let Some(side) = side {
                sides[usize::from(side == Side::High)] += 1;
            }
            let mark = json!({
                "bdm_per_symbol": number(record.measured().map(|m| m.bits / m.symbols as f64)),
                "p_value": number(record.comparison().map(|c| c.p_value)),
                "q_value": number(*q),
                "flag": flag,
                "span": span.map_or(Value::Null, |span| json!([span.start, span.end])),
            });
            writeln!(out, "{}", with_mark(&line, &mark))?;
        }
        Ok(())
    })?;
    say(args, &reference, &waiting, sides, &faults);
    Ok(ExitCode::SUCCESS)
}

/// The texts of the first records, which the encoding is looked for in.
fn texts<'a>(records: &'a [Placed<'_>]) -> impl Iterator<Item = &'a str> {
    records.iter().take(DETECTION_RECORDS).filter_map(|placed| match &placed.record.as_ref().ok()?.content {
        Content::Text(text) => Some(text.as_ref()),
        _ => None,
    })
}

/// What authentic records look like; one that cannot be read is an error.
fn learn(measure: &Measure, records: Vec<Placed<'_>>) -> Result<FlagReference> {
    let mut sizes = Vec::with_capacity(records.len());
    for Placed { place, record, .. } in records {
        let measured = record.and_then(|raw| measure.content(&raw.content)).with_context(|| place.to_string())?;
        sizes.extend(measured);
    }
    Ok(FlagReference::new(&sizes)?)
}

/// A record's copy and its measure.
fn look(measure: &Measure, placed: Placed<'_>, field: &str) -> Looked {
    let Placed { place, record, bad } = placed;
    match record {
        Ok(raw) => {
            let measured = measure.content(&raw.content).with_context(|| place.to_string());
            Looked { copy: copy(raw, field), measured }
        }
        Err(error) => Looked { copy: copy_bad(bad), measured: Err(error.context(place.to_string())) },
    }
}

fn say(args: &Args, reference: &FlagReference, waiting: &[Waiting], [low, high]: [u64; 2], faults: &Faults) {
    let judged = waiting.iter().filter(|w| w.comparison().is_some()).count();
    say!(
        "{judged} of {} judged by {} authentic ones: {low} low, {high} high at a false discovery rate of {}",
        count(waiting.len() as u64, "record"),
        reference.records(),
        args.fdr
    );
    let least = reference.least_p_value();
    let alone = least * judged as f64;
    if alone > args.fdr {
        say!(
            "the least p-value that {} authentic records allow is {least:.2e}: fewer than {} records that stand out are not flagged; a larger --reference would",
            reference.records(),
            (alone / args.fdr).ceil()
        );
    }
    let short = waiting.iter().filter(|w| matches!(w, Waiting::Short)).count() as u64;
    if short > 0 {
        let block = args.block.map_or_else(|| "12".to_owned(), |b| b.to_string());
        say!("not judged for want of a block of {block} symbols: {}", count(short, "record"));
    }
    let (from, to) = reference.lengths();
    let strange = waiting.iter().filter(|w| matches!(w, Waiting::Measured(_, None))).count() as u64;
    if strange > 0 {
        let n = count(strange, "record");
        say!("not judged, being shorter or longer than the reference, which judges {from} to {to} symbols: {n}");
    }
    faults.say("judged");
}
