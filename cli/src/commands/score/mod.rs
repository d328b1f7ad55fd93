//! `turmite score`: the BDM of records, one row each.

mod row;
mod scorer;
mod symbols;
mod tally;

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, anyhow, bail};
use turmite_bdm::{DETECTION_RECORDS, Encoding, EncodingChoice, Partition};
use turmite_tables::Method;

use self::row::Scored;
use self::scorer::{Baseline, Scorer};
pub(crate) use self::tally::Named;
use self::tally::Tally;
use super::Context;
use super::object::{Cut, CutArgs};
use crate::exit::usage;
use crate::output::{self, RowCell, RowFormat, Rows};
use crate::pipeline;
use crate::progress::{Flow, When};
use crate::records::{Batch, Content, Input, Keep, Meter, OnError, names};
use crate::report::{self, ScoreReport};
use crate::summary::count;

/// BDM of every record: bits of algorithmic complexity by blocks priced from a table
///
/// One row a record: its BDM in bits, bits a symbol, and how many of its blocks the table lacks; where there are several files,
/// also which it is from. A record shorter than the
/// block has no BDM unless --boundary recursive prices it whole. Files may be compressed by gzip or Zstandard, and larger
/// than memory.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite score notes.txt
  turmite score samples.jsonl.gz --field completion --with entropy,lz76 --format csv --out scores.csv
  turmite score image.png --levels 2 --boundary correlated
  turmite score strings.txt --input lines --with depth,block-entropy
  turmite score corpus.parquet --on-error skip --format parquet --out scores.parquet --report scores.html
  echo 0110100110010110 | turmite score --input bits --boundary recursive")]
pub(crate) struct Args {
    /// Files, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    cut: CutArgs,
    /// Add bdm_normalized, the place between the least (0) and greatest (1) BDM of records of the same size, which still moves with length (see `turmite flag`), and bdm_per_bit, BDM over symbols times log2 of the table's symbols
    #[arg(long)]
    normalized: bool,
    /// Add baselines, split by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    with: Vec<Baseline>,
    /// What to do with a record that cannot be read or encoded
    #[arg(long, value_name = "RULE", default_value = "fail")]
    on_error: OnError,
    /// How many threads score, four a core at most; the rows do not depend on it [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// How to write the rows [default: by the ending of --out (.json, .jsonl, .csv, .parquet), else table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<RowFormat>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write a self-contained HTML page with the distributions
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// The most threads that are started for a core.
const THREADS_A_CORE: usize = 4;

impl Args {
    /// What stands beside BDM, each once.
    fn with(&self) -> Vec<Baseline> {
        let mut with = Vec::new();
        for &baseline in &self.with {
            if !with.contains(&baseline) {
                with.push(baseline);
            }
        }
        with
    }

    /// All batches of all files, in order. Files are opened one after the other, as they are needed.
    fn batches(&self, meter: &Arc<Meter>) -> impl Iterator<Item = Result<Batch>> + Send + use<> {
        let (files, input, meter) = (self.files.clone(), self.cut.input.clone(), Arc::clone(meter));
        let batches = files.into_iter().flat_map(move |path| match input.batches(&path, Keep::Id, &meter) {
            Ok(batches) => batches,
            Err(error) => Box::new(std::iter::once(Err(error))),
        });
        // In words only: what cannot be read must not be taken for what cannot be written.
        batches.map(|batch| batch.map_err(|error| anyhow!("{error:#}")))
    }

    /// The bytes of all files; `None` if one is no plain file.
    fn bytes(&self) -> Option<u64> {
        let size = |path: &PathBuf| path.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len());
        self.files.iter().map(size).sum()
    }
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    let inputs: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    args.cut.check_files(&[args.out.as_deref(), args.report.as_deref()], &inputs)?;
    args.report.as_deref().map_or(Ok(()), |path| report::check_name(path, report::HTML))?;
    let format = RowFormat::of(args.format, args.out.as_deref())?;
    if format == RowFormat::Parquet && args.out.is_none() {
        return Err(usage(anyhow!("--format parquet needs --out FILE (or --out - for standard output)")));
    }
    args.cut.input.check(&args.files)?;
    let partition = args.cut.partition(Partition::Ignore)?;
    let meter = Arc::new(Meter::default());
    let mut batches = args.batches(&meter);
    let first = First::of(&mut batches, args);
    let Cut { table: name, bdm } = args.cut.cut(first.dims, Partition::Ignore)?;
    if args.with.contains(&Baseline::Depth) && matches!(bdm.table().provenance().method, Method::Imported { .. }) {
        return Err(usage(anyhow!(
            "--with depth: table {name} holds imported values and no steps; choose one whose machines were run, such as 5x2-1d"
        )));
    }
    let scorer = Scorer {
        bdm,
        encode: args.cut.input.encode,
        text: first.encoding,
        normalized: args.normalized,
        with: args.with(),
        files: args.files.len() > 1,
        larger: OnceLock::new(),
    };
    scorer.scratch()?;
    if args.normalized && !matches!(partition, Partition::Ignore | Partition::Recursive { .. }) {
        say!(
            "bdm_normalized: where windows overlap the greatest BDM is only known to lie below a bound; 1 is out of reach"
        );
    }
    // More than cores can run cost memory, and time to start them.
    let most = THREADS_A_CORE * std::thread::available_parallelism().map_or(1, usize::from);
    let threads = usize::from(args.threads.unwrap_or(0)).min(most);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().context("cannot start threads")?;

    let columns = scorer.columns();
    let named = columns.iter().map(|(name, _)| *name).skip_while(|name| *name != "missing").skip(1);
    let mut tally = Tally::new(std::iter::once("bdm_per_symbol").chain(named));
    let flow = Flow::new(context.progress, "score", args.bytes());
    let block = scorer.bdm.block().to_string();
    let boundary = match partition {
        Partition::PerAxis(_) => partition.to_string(),
        _ => partition.name().to_owned(),
    };
    output::to(args.out.as_deref(), |out| {
        let mut rows = Rows::new(out, format, "records", columns)?;
        let mut index = 0;
        pipeline::in_order(
            &pool,
            first.batches.into_iter().chain(batches),
            |batch: Batch| score(&scorer, batch),
            |scored| {
                context.signals.check()?;
                for Scored { id, file, row } in scored? {
                    index += 1;
                    match &row {
                        Ok(row) => tally.add(index - 1, id.as_deref(), file.as_deref(), row),
                        Err(error) if args.on_error == OnError::Fail => {
                            bail!("{error:#}; --on-error skip or null goes on")
                        }
                        Err(error) => tally.faults.add(error),
                    }
                    if row.is_err() && args.on_error == OnError::Skip {
                        continue;
                    }
                    let (row, mut cells) = (row.ok(), Vec::with_capacity(rows.width()));
                    cells.extend([RowCell::Whole(index - 1), id.as_deref().map_or(RowCell::Absent, RowCell::Text)]);
                    cells.extend(file.as_deref().map(RowCell::Text));
                    cells.extend([
                        row.as_ref().map_or(RowCell::Absent, |row| RowCell::Text(&row.encoding)),
                        RowCell::Text(&name),
                        RowCell::Text(&block),
                        RowCell::Text(&boundary),
                    ]);
                    if let Some(row) = &row {
                        let number = |value: Option<f64>| value.map_or(RowCell::Absent, RowCell::Number);
                        cells.extend([RowCell::Whole(row.symbols), number(row.bdm), number(row.bdm_per_symbol)]);
                        cells.push(row.missing.map_or(RowCell::Absent, RowCell::Whole));
                        cells.extend(&row.more);
                    }
                    cells.resize(rows.width(), RowCell::Absent);
                    rows.row(&cells)?;
                }
                flow.set(meter.bytes(), index);
                rows.hand_on()
            },
        )?;
        if index == 0 {
            bail!("no records in {}; expected at least one", names(&args.files));
        }
        rows.finish()
    })?;
    flow.finish();
    let histogram = std::io::stderr().is_terminal() || context.progress == When::Always;
    tally.say(partition, args.cut.missing, histogram);
    if let Some(path) = &args.report {
        let report = ScoreReport {
            title: format!("BDM of {}", names(&args.files)),
            command: std::env::args().collect::<Vec<_>>().join(" "),
            settings: vec![
                ("table", format!("{name}, {}", scorer.bdm.table().checksum())),
                ("block", block),
                ("boundary", partition.to_string()),
                ("encoding", tally.encodings()),
                ("missing blocks", format!("{}: {}", args.cut.missing, count(tally.missing, "block"))),
            ],
            records: tally.records,
            unscored: tally.unscored,
            lacking: tally.lacking(partition),
            faults: &tally.faults,
            columns: &tally.columns,
            simplest: &tally.simplest,
            most_complex: &tally.most_complex,
            by_length: &tally.by_length,
        };
        output::to(Some(path), |out| Ok(out.write_all(report.html()?.as_bytes())?))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn score(scorer: &Scorer, batch: Batch) -> Result<Vec<Scored>> {
    let mut scratch = scorer.scratch()?;
    let mut out = Vec::new();
    let input = batch.input();
    batch.visit(|placed| out.push(scorer.score(placed, input, &mut scratch)));
    Ok(out)
}

/// Whether a text begins with a line that is a JSON object.
fn starts_as_json_lines(text: &str) -> bool {
    let line = text.trim_start().lines().next().unwrap_or_default();
    line.starts_with('{') && serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).is_ok()
}

/// The batches that hold the first records, and what these say.
struct First {
    batches: Vec<Result<Batch>>,
    /// Axes of the first record.
    dims: usize,
    /// How text is read.
    encoding: Encoding,
}

impl First {
    /// Reads as many batches as the choice of [`EncodingChoice::Auto`] rests on, and says on standard error what it took. What is
    /// decided is not waited for.
    fn of(batches: &mut impl Iterator<Item = Result<Batch>>, args: &Args) -> Self {
        let choice = args.cut.input.encode;
        let mut first = Self { batches: Vec::new(), dims: 0, encoding: Encoding::Utf8 };
        let (mut records, mut bits, mut other) = (0, false, false);
        let unnamed = args.cut.input.input.is_none() && args.files.iter().any(|file| file == Path::new("-"));
        let needed = if choice == EncodingChoice::Auto { DETECTION_RECORDS } else { 1 };
        while records < needed
            && !other
            && let Some(batch) = batches.next()
        {
            if let Ok(batch) = &batch {
                batch.look(|content| {
                    records += 1;
                    if first.dims == 0 {
                        first.dims = content.dims();
                    }
                    if let (1, true, Content::Text(text)) = (records, unnamed, content)
                        && starts_as_json_lines(text)
                    {
                        say!(
                            "standard input looks like JSON lines and is scored as one text; --input jsonl reads them"
                        );
                    }
                    match content {
                        Content::Text(_) | Content::Long(_) if batch.input() == Input::Bits => {}
                        Content::Text(text) => match Encoding::detect([text.as_ref()]) {
                            Encoding::Bits => bits = true,
                            _ => other |= !text.trim().is_empty(),
                        },
                        Content::Long(long) if long.is_text() && long.starts_as_bits() => bits = true,
                        Content::Long(long) => other |= long.is_text(),
                        Content::Bytes(_) | Content::Numbers(_) => {}
                    }
                    records < DETECTION_RECORDS
                });
            }
            // Where a bad record ends all, what follows it need not be read, and may never end.
            let ends = batch.as_ref().map_or(true, |batch| args.on_error == OnError::Fail && batch.is_bad());
            first.batches.push(batch);
            if ends {
                break;
            }
        }
        first.encoding = if bits && !other { Encoding::Bits } else { Encoding::Utf8 };
        if choice == EncodingChoice::Auto && (bits || other) {
            let (encoding, records) = (first.encoding, count(records as u64, "record"));
            let mixed = if bits && other { ", of which some are bits alone" } else { "" };
            say!("encoding {encoding} (by the first {records}{mixed}; --encode chooses)");
        }
        first.dims = first.dims.max(1);
        first
    }
}
