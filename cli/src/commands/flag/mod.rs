//! `turmite flag`: records that are simpler or noisier than authentic ones of their length.

mod copy;
mod mark;
mod measure;

use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, bail};
use turmite_bdm::{Bdm, BdmError, DETECTION_RECORDS};
use turmite_collapse::{CollapseError, Comparison, FlagReference, Measured, Side, q_values};
use turmite_tables::{Shape, default_name};

use self::copy::{copy, copy_bad, text_of, with_mark};
use self::mark::Mark;
use self::measure::Measure;
use super::{Context, table};
use crate::exit::usage;
use crate::faults::Faults;
use crate::output;
use crate::pipeline;
use crate::progress::Flow;
use crate::records::{Batch, Batches, Content, Input, InputArgs, Keep, Meter, OnError, ParquetFile, Placed};
use crate::summary::count;

/// Mark records that are simpler or noisier than authentic ones of their length
///
/// Every record is copied and gets an object `turmite`: bdm_per_symbol, the p-value against the reference at the record's own length (both
/// sides), the q-value over all records (Benjamini-Hochberg), the flag (low, high or none; null where a record could not be judged) and, where a part of a flagged text is the reason, its
/// span in characters. Rows of Parquet become lines with all their columns, or, with --out FILE.parquet, Parquet with all
/// its columns as they are and one more. p-values beyond the reference's own range rest on a fitted tail and go no lower than a hundredth of one record.
/// A copy of an authentic record is no simpler than it: repetition between records is seen by `turmite label`, not here.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite flag synthetic.jsonl --reference authentic.jsonl --out flagged.jsonl
  turmite flag a.jsonl b.jsonl.gz --reference authentic.jsonl --field completion --fdr 0.05 > flagged.jsonl
  turmite flag synthetic.parquet --reference authentic.parquet --out flagged.parquet")]
pub(crate) struct Args {
    /// Files of records, or - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Authentic records, in the same encoding
    #[arg(long, value_name = "FILE")]
    reference: PathBuf,
    /// How the reference is read [default: by its name; where that says nothing, as the files]
    #[arg(long, value_name = "KIND")]
    reference_input: Option<Input>,
    /// The field of the reference's records [default: as --field]
    #[arg(long, value_name = "NAME")]
    reference_field: Option<String>,
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
    /// The file to write: JSON lines, or Parquet where its name and all files say so [default: standard output]
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
    Measured {
        measured: Measured,
        /// None where the record is shorter or longer than the reference.
        comparison: Option<Comparison>,
        /// Whether its content is text, which a part of can be the reason.
        text: bool,
    },
}

impl Waiting {
    fn measured(&self) -> Option<Measured> {
        if let Self::Measured { measured, .. } = self { Some(*measured) } else { None }
    }

    fn comparison(&self) -> Option<Comparison> {
        if let Self::Measured { comparison, .. } = self { *comparison } else { None }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Measured { text: true, .. })
    }
}

/// What is kept of a record: its copy as JSON, its measure or what is wrong with it, and whether it is text.
struct Looked {
    copy: String,
    measured: Result<Option<Measured>>,
    text: bool,
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    if !(args.fdr > 0.0 && args.fdr < 1.0) {
        return Err(usage(anyhow::anyhow!("--fdr {}: expected a rate between 0 and 1, such as 0.01", args.fdr)));
    }
    let inputs: Vec<&Path> = args.files.iter().chain([&args.reference]).map(PathBuf::as_path).collect();
    let tables: Vec<&str> = args.table.as_deref().into_iter().collect();
    table::check_outputs(&[args.out.as_deref()], &inputs, &tables)?;
    let meter = Arc::new(Meter::default());
    let copied = args.copied(&meter)?;
    let default = args.block.as_ref().map_or("5x2-1d", default_name);
    let table = table::open(args.table.as_deref().unwrap_or(default))?;
    let mut builder = Bdm::builder(table).intervals(false);
    if let Some(block) = args.block {
        builder = builder.block(block);
    }
    let bdm = builder.build().map_err(|error| match error {
        BdmError::ShapeNotHeld { .. } if args.block.is_some() => usage(error),
        error => error.into(),
    })?;
    let mut reading = args.input.clone();
    let mut input = args.input.clone();
    // Standard input has no name, and is of the reference's kind rather than one text.
    if input.input.is_none()
        && args.files.iter().all(|file| file == Path::new("-"))
        && let Some(kind @ (Input::Jsonl | Input::Csv)) =
            args.reference_input.or(Input::of_name(&args.reference).ok().flatten())
    {
        let name = if kind == Input::Csv { "CSV" } else { "JSON lines" };
        say!("standard input: read as {name}, as the reference is (--input chooses)");
        input.input = Some(kind);
    }
    // A name that is not read as what it says may still be read as what was typed for the files.
    reading.input = args.reference_input.or(Input::of_name(&args.reference).ok().flatten()).or(args.input.input);
    reading.field = args.reference_field.clone().unwrap_or(reading.field);
    let mut authentic = Vec::new();
    for placed in reading.read(&args.reference, Keep::Id).map_err(by_its_own_option)? {
        let placed = placed.map_err(by_its_own_option)?;
        let is_bad = placed.record.is_err();
        authentic.push(placed);
        if is_bad {
            // The error that `learn` tells; what follows may never end.
            break;
        }
    }
    let encode = args.input.encoding(texts(&authentic), "by the reference; ");
    let measure = Measure { bdm, encode, larger: OnceLock::new() };
    let whole = reading.kind(&args.reference)? == Input::Text;
    let reference = learn(&measure, authentic, &args.reference, whole)?;
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
    let flow = Flow::new(context.progress, "flag", None);
    let counted = Arc::clone(&meter);
    let of_file = |batches: Result<Batches>| batches.unwrap_or_else(|error| Box::new(std::iter::once(Err(error))));
    let field = args.input.field.as_str();
    let batches: Batches = match &copied {
        Some(files) => {
            let opened: Vec<_> = files.iter().map(|file| of_file(file.batches(field, Keep::Line))).collect();
            Box::new(opened.into_iter().flatten())
        }
        None => {
            let files = args.files.clone();
            Box::new(files.into_iter().flat_map(move |path| of_file(input.batches(&path, Keep::Line, &counted))))
        }
    };
    let work = |batch: Batch| {
        let mut out = Vec::new();
        batch.visit(|placed| out.push(look(&measure, placed, field)));
        out
    };
    pipeline::in_order(&pool, batches, work, |looked| {
        context.signals.check()?;
        for Looked { copy, measured, text } in looked {
            let record = match measured {
                Ok(Some(measured)) => Waiting::Measured { measured, comparison: reference.compare(measured), text },
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
    let mut marked = BufReader::new(copies).lines().zip(waiting.iter().zip(&q)).map(|(line, (record, q))| {
        let line = line?;
        let comparison = record.comparison();
        let side = comparison.filter(|_| flagged(q)).map(|c| c.side);
        let text = side.filter(|_| record.is_text()).and_then(|side| Some((text_of(&line, field)?, side)));
        let span = text.map_or(Ok(None), |(text, side)| measure.span(&text, side, &reference))?;
        // What could not be judged has no flag.
        let flag = comparison.map(|_| match side {
            Some(Side::Low) => "low",
            Some(Side::High) => "high",
            None => "none",
        });
        if let Some(side) = side {
            sides[usize::from(side == Side::High)] += 1;
        }
        let bdm_per_symbol = record.measured().map(|m| m.bits / m.symbols as f64);
        Ok((line, Mark { bdm_per_symbol, p_value: comparison.map(|c| c.p_value), q_value: *q, flag, span }))
    });
    output::to(args.out.as_deref(), |out| match &copied {
        None => marked.try_for_each(|marked: Result<_>| {
            let (line, mark) = marked?;
            Ok(writeln!(out, "{}", with_mark(&line, &mark.json()))?)
        }),
        Some(files) => output::with_column(out, files, &Mark::column()?, |group, rows| {
            let marks = marked.by_ref().take(rows).map(|marked| Ok(marked?.1)).collect::<Result<Vec<_>>>()?;
            Mark::write(&marks, group)
        }),
    })?;
    drop(marked);
    say(args, measure.bdm.block(), &reference, &waiting, sides, &faults);
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// The files whose columns are copied; `None` where JSON lines are written.
    fn copied(&self, meter: &Arc<Meter>) -> Result<Option<Vec<ParquetFile>>> {
        let kind = self.out.as_deref().map(Input::guess);
        if let (Some(out), Some(Ok(Input::Csv | Input::Npy | Input::Png))) = (&self.out, kind) {
            return Err(usage(anyhow::anyhow!(
                "--out {}: JSON lines are written, or Parquet of Parquet; call it .jsonl",
                out.display()
            )));
        }
        let Some(out) = self.out.as_deref().filter(|out| Input::guess(out).is_ok_and(|kind| kind == Input::Parquet))
        else {
            return Ok(None);
        };
        if let Some(other) = self.files.iter().find(|file| self.input.kind(file).is_ok_and(|k| k != Input::Parquet)) {
            return Err(usage(anyhow::anyhow!(
                "--out {}: Parquet copies the columns of Parquet, and {} is none; write JSON lines",
                out.display(),
                other.display()
            )));
        }
        if self.on_error == OnError::Skip {
            return Err(usage(anyhow::anyhow!(
                "--on-error skip: Parquet is copied with all its rows; choose null, or write JSON lines"
            )));
        }
        self.files.iter().map(|file| ParquetFile::open(file, meter)).collect::<Result<_>>().map(Some)
    }
}

/// The texts of the first records, which the encoding is looked for in.
fn texts<'a>(records: &'a [Placed<'_>]) -> impl Iterator<Item = &'a str> {
    records.iter().take(DETECTION_RECORDS).filter_map(|placed| match &placed.record.as_ref().ok()?.content {
        Content::Text(text) => Some(text.as_ref()),
        _ => None,
    })
}

/// What authentic records look like; one that cannot be read is an error.
/// An error of reading the reference, whose field has an option of its own: whoever reads a file knows that of the records only.
fn by_its_own_option(error: anyhow::Error) -> anyhow::Error {
    let told = format!("{error:#}");
    if told.contains("with --field") {
        return anyhow::anyhow!(told.replace("with --field", "with --reference-field"));
    }
    error
}

fn learn(measure: &Measure, records: Vec<Placed<'_>>, file: &Path, whole: bool) -> Result<FlagReference> {
    let mut sizes = Vec::with_capacity(records.len());
    let all = records.len();
    for Placed { place, record, .. } in records {
        let record = record.map_err(by_its_own_option);
        let measured = record.and_then(|raw| measure.content(&raw.content)).with_context(|| place.to_string())?;
        sizes.extend(measured);
    }
    FlagReference::new(&sizes).map_err(|error| match error {
        CollapseError::ReferenceTooSmall { found, least, .. } => {
            let mend = match whole {
                true => "; the file is one record of text: --reference-input lines takes each of its lines for one"
                    .to_owned(),
                false if found < all => format!("; {} of its records hold no block", all - found),
                false => String::new(),
            };
            anyhow::anyhow!(
                "{}: {found} authentic records that can be compared, expected at least {least}{mend}",
                file.display()
            )
        }
        error => error.into(),
    })
}

/// A record's copy and its measure.
fn look(measure: &Measure, placed: Placed<'_>, field: &str) -> Looked {
    let Placed { place, record, bad } = placed;
    match record {
        Ok(raw) => {
            let measured = measure.content(&raw.content).with_context(|| place.to_string());
            let text = matches!(raw.content, Content::Text(_));
            Looked { copy: copy(raw, field), measured, text }
        }
        Err(error) => Looked { copy: copy_bad(bad), measured: Err(error.context(place.to_string())), text: false },
    }
}

fn say(
    args: &Args,
    block: Shape,
    reference: &FlagReference,
    waiting: &[Waiting],
    [low, high]: [u64; 2],
    faults: &Faults,
) {
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
            "the least p-value that {} authentic records allow is {least:.2e}: fewer than {} records that stand out are not flagged; with a larger --reference they would be",
            reference.records(),
            (alone / args.fdr).ceil()
        );
    }
    let short = waiting.iter().filter(|w| matches!(w, Waiting::Short)).count() as u64;
    if short > 0 {
        say!("not judged for want of a block of {block} symbols: {}", count(short, "record"));
    }
    let (from, to) = reference.lengths();
    let strange = waiting.iter().filter(|w| matches!(w, Waiting::Measured { comparison: None, .. })).count() as u64;
    if strange > 0 {
        let n = count(strange, "record");
        say!("not judged, being shorter or longer than the reference, which judges {from} to {to} symbols: {n}");
    }
    faults.say("judged");
}
