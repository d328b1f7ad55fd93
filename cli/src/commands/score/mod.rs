//! `turmite score`: the BDM of records, one row each.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use turmite_bdm::{
    Bdm, BlockCounts, DETECTION_RECORDS, Encoding, EncodingChoice, Missing, Partition, block_entropy,
    lempel_ziv_phrases, symbol_entropy,
};
use turmite_tables::{Catalog, Shape, default_name};

use super::Context;
use crate::exit::usage;
use crate::output::{self, Format, Sheet, number, text};
use crate::records::{Content, Encoded, Input, InputArgs, OnError, Place, Placed, Raw};

/// BDM of every record: bits of algorithmic complexity by blocks priced from a table
///
/// One row a record: its BDM in bits, bits a symbol, and how many of its blocks the table lacks. A record shorter than the
/// block has no BDM unless --boundary recursive prices it whole.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite score notes.txt
  turmite score samples.jsonl --field completion --with entropy,lz76 --format csv --out scores.csv
  echo 0110100110010110 | turmite score --input bits --boundary recursive")]
pub(crate) struct Args {
    /// Files, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    /// The table: a file or a name of `turmite table list` [default: 5x2-1d, or the largest inside for blocks of arrays]
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// The shape of a block [default: 12, or 4x4 with a table of arrays]
    #[arg(long, value_name = "SHAPE")]
    block: Option<Shape>,
    /// What becomes of symbols that do not fill a block: ignore, recursive, correlated (windows at every shift) or periodic (windows that wrap around)
    #[arg(long, value_name = "RULE", default_value = "ignore")]
    boundary: Boundary,
    /// Distance between windows [default: 1 for correlated, the block for periodic]
    #[arg(long, value_name = "N")]
    shift: Option<usize>,
    /// The shortest leftover that `recursive` prices [default: 1]
    #[arg(long, value_name = "N")]
    min_length: Option<usize>,
    /// What a block that the table lacks costs: bound (log2 of the table's total: less than one machine writes it), max-plus-one (the greatest K held + 1), skip or fail
    #[arg(long, value_name = "RULE", default_value = "bound")]
    missing: Missing,
    /// Add bdm_normalized, the place between the least and greatest BDM of records of the same size, and bdm_per_bit
    #[arg(long)]
    normalized: bool,
    /// Add baselines, split by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    with: Vec<Baseline>,
    /// What to do with a record that cannot be read or encoded
    #[arg(long, value_name = "RULE", default_value = "fail")]
    on_error: OnError,
    /// How to write the rows
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Boundary {
    Ignore,
    Recursive,
    Correlated,
    Periodic,
}

/// What can stand beside the BDM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Baseline {
    /// Shannon entropy of the symbols, bits a symbol
    Entropy,
    /// Shannon entropy of the blocks, bits a block
    BlockEntropy,
    /// Phrases of the Lempel-Ziv parsing of 1976
    Lz76,
}

impl Baseline {
    fn column(self) -> &'static str {
        match self {
            Self::Entropy => "entropy",
            Self::BlockEntropy => "block_entropy",
            Self::Lz76 => "lz76",
        }
    }
}

impl Args {
    fn table(&self) -> &str {
        let default = || self.block.as_ref().map_or("5x2-1d", default_name);
        self.table.as_deref().unwrap_or_else(default)
    }
}

/// Records scored at a time: enough for all cores, little enough for memory.
const BATCH: usize = 4096;

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    let inputs: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    output::check_outputs(&[args.out.as_deref()], &inputs)?;
    if args.shift.is_some() && !matches!(args.boundary, Boundary::Correlated | Boundary::Periodic) {
        return Err(usage(anyhow::anyhow!("--shift goes with --boundary correlated or periodic")));
    }
    if args.min_length.is_some() && args.boundary != Boundary::Recursive {
        return Err(usage(anyhow::anyhow!("--min-length goes with --boundary recursive")));
    }
    let table = Catalog::from_environment().open(args.table())?;
    let partition = match args.boundary {
        Boundary::Ignore => Partition::Ignore,
        Boundary::Recursive => Partition::Recursive { min_length: args.min_length.unwrap_or(1) },
        Boundary::Correlated => Partition::Correlated { shift: args.shift.unwrap_or(1) },
        Boundary::Periodic => Partition::Periodic { shift: args.shift },
    };
    let mut builder = Bdm::builder(table).partition(partition).missing(args.missing).intervals(false);
    if let Some(block) = args.block {
        builder = builder.block(block);
    }
    let scorer = Scorer { bdm: builder.build()?, args };

    let mut files = args.files.iter().flat_map(|path| read(path, args));
    let mut waiting = Vec::new();
    for placed in files.by_ref().take(DETECTION_RECORDS) {
        waiting.push(placed?);
    }
    let encoding = choose_encoding(args.input.encode, &waiting);
    let mut waiting = waiting.into_iter().map(Ok).chain(files).peekable();
    let mut tally = Tally { rule: args.missing, ..Tally::default() };
    output::to(args.out.as_deref(), |out| {
        let mut sheet = Sheet::new(out, args.format, "records", scorer.columns())?;
        while waiting.peek().is_some() {
            context.signals.check()?;
            let batch = waiting.by_ref().take(BATCH).collect::<Result<Vec<_>>>()?;
            let rows: Vec<Result<Scored>> = batch
                .into_par_iter()
                .map_init(
                    || BlockCounts::new(scorer.bdm.table().symbols()),
                    |counts, placed| scorer.score(placed, encoding, counts),
                )
                .collect();
            for row in rows {
                tally.file(row, args.on_error, &scorer, &mut sheet)?;
            }
        }
        if tally.records + tally.bad == 0 {
            anyhow::bail!("no records in {}; expected at least one", list(&args.files));
        }
        sheet.finish(Map::new())
    })?;
    tally.say();
    Ok(ExitCode::SUCCESS)
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn read(path: &Path, args: &Args) -> Box<dyn Iterator<Item = Result<Placed<'static>>>> {
    match args.input.read(path) {
        Ok(records) => Box::new(records),
        Err(error) => Box::new(std::iter::once(Err(error))),
    }
}

/// Says on standard error what `auto` took.
pub(super) fn choose_encoding(choice: EncodingChoice, first: &[Placed]) -> Encoding {
    let texts = first.iter().filter_map(|p| match p.record.as_ref().ok()?.content {
        Content::Text(ref text) => Some(text.as_ref()),
        Content::Bytes(_) | Content::Numbers(_) => None,
    });
    let mut seen = false;
    let encoding = choice.resolve(texts.inspect(|_| seen = true));
    if choice == EncodingChoice::Auto && seen {
        say!("encoding {encoding} (by the first {}; --encode chooses)", count(first.len() as u64, "record"));
    }
    encoding
}

struct Scorer<'a> {
    bdm: Bdm,
    args: &'a Args,
}

/// A row, or what kept a record from one.
struct Scored {
    id: Option<String>,
    row: Result<Row>,
}

struct Row {
    encoding: Cow<'static, str>,
    symbols: u64,
    bdm: Option<f64>,
    bdm_per_symbol: Option<f64>,
    missing: Option<u64>,
    more: Vec<Value>,
}

impl Scorer<'_> {
    fn columns(&self) -> Vec<String> {
        let mut columns = vec![
            "index",
            "id",
            "encoding",
            "table",
            "block",
            "boundary",
            "symbols",
            "bdm",
            "bdm_per_symbol",
            "missing",
        ];
        if self.args.normalized {
            columns.extend(["bdm_normalized", "bdm_per_bit"]);
        }
        columns.extend(self.args.with.iter().map(|b| b.column()));
        columns.into_iter().map(str::to_owned).collect()
    }

    fn score(&self, placed: Placed, encoding: Encoding, counts: &mut BlockCounts) -> Result<Scored> {
        let Placed { place, record } = placed;
        let (id, row) = match record {
            Ok(Raw { id, content, .. }) => (id, self.row(&content, encoding, counts)),
            Err(error) => (None, Err(error)),
        };
        Ok(Scored { id: id.map(Cow::into_owned), row: row.map_err(|e| at(&place, e)) })
    }

    fn row(&self, content: &Content, encoding: Encoding, counts: &mut BlockCounts) -> Result<Row> {
        let choice = match content {
            Content::Text(_) if self.args.input.input == Some(Input::Bits) => EncodingChoice::Fixed(Encoding::Bits),
            Content::Text(_) => EncodingChoice::Fixed(encoding),
            Content::Bytes(_) | Content::Numbers(_) => self.args.input.encode,
        };
        let Encoded { array, encoding } = content.encode(choice, self.bdm.table().symbols())?;
        let value = self.bdm.score_with(counts, &array)?;
        let mut more = Vec::new();
        if self.args.normalized {
            let place = match &value {
                Some(value) => self.bdm.normalized(value, array.axes())?,
                None => None,
            };
            more.push(number(place.map(|normalized| normalized.place)));
            more.push(number(value.as_ref().and_then(|v| self.bdm.bits_per_bit(v))));
        }
        more.extend(self.args.with.iter().map(|baseline| match baseline {
            Baseline::Entropy => number(symbol_entropy(&array)),
            Baseline::BlockEntropy => number(block_entropy(counts)),
            Baseline::Lz76 => json!(lempel_ziv_phrases(array.cells())),
        }));
        Ok(Row {
            encoding,
            symbols: array.len() as u64,
            bdm: value.map(|v| v.bits),
            bdm_per_symbol: value.and_then(|v| v.bits_per_symbol()),
            missing: value.map(|v| v.missing),
            more,
        })
    }
}

fn at(place: &Place, error: anyhow::Error) -> anyhow::Error {
    error.context(place.to_string())
}

/// What has been written so far.
#[derive(Default)]
struct Tally {
    index: u64,
    records: u64,
    bad: u64,
    first_bad: Option<String>,
    unscored: u64,
    missing: u64,
    bits: f64,
    symbols: u64,
    /// The policy for missing blocks.
    rule: Missing,
}

fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

impl Tally {
    fn file(
        &mut self,
        scored: Result<Scored>,
        on_error: OnError,
        scorer: &Scorer<'_>,
        sheet: &mut Sheet<'_>,
    ) -> Result<()> {
        let Scored { id, row } = scored?;
        let index = self.index;
        self.index += 1;
        let row = match row {
            Ok(row) => {
                self.records += 1;
                Some(row)
            }
            Err(error) if on_error == OnError::Fail => {
                anyhow::bail!("{error:#}; --on-error skip or null goes on");
            }
            Err(error) => {
                self.bad += 1;
                self.first_bad.get_or_insert_with(|| format!("{error:#}"));
                if on_error == OnError::Skip {
                    return Ok(());
                }
                None
            }
        };
        if let Some(row) = &row {
            match row.bdm {
                Some(bits) => {
                    self.bits += bits;
                    self.symbols += row.symbols;
                }
                None => self.unscored += 1,
            }
            self.missing += row.missing.unwrap_or(0);
        }
        let extra = scorer.columns().len() - 10;
        let mut cells = vec![
            json!(index),
            text(id),
            row.as_ref().map_or(Value::Null, |r| json!(r.encoding)),
            json!(scorer.args.table()),
            json!(scorer.bdm.block().to_string()),
            json!(scorer.bdm.partition().name()),
            row.as_ref().map_or(Value::Null, |r| json!(r.symbols)),
            number(row.as_ref().and_then(|r| r.bdm)),
            number(row.as_ref().and_then(|r| r.bdm_per_symbol)),
            json!(row.as_ref().and_then(|r| r.missing)),
        ];
        cells.extend(row.map_or_else(|| vec![Value::Null; extra], |r| r.more));
        sheet.row(cells)
    }

    fn say(&self) {
        if self.records > 1 && self.symbols > 0 {
            let mean = self.bits / self.symbols as f64;
            say!("{} records, {} symbols, {mean:.6} bits a symbol over all", self.records, self.symbols);
        }
        if self.unscored > 0 {
            let (n, has) = (count(self.unscored, "record"), if self.unscored == 1 { "has" } else { "have" });
            say!("{n} shorter than a block {has} no BDM; --boundary recursive prices such records whole");
        }
        if self.missing > 0 {
            let n = count(self.missing, "block");
            say!("{n} not in the table, priced by the rule `{}` of --missing", self.rule);
        }
        if let Some(first) = &self.first_bad {
            say!("{} could not be scored; the first: {first}", count(self.bad, "record"));
        }
    }
}
