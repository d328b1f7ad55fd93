//! `turmite table import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use turmite_tables::{Provenance, RowInput, Shape, Space, Table, TableBuilder, publish};

use super::{check_out, facts};
use crate::output::{self, OneFormat, read_text};

/// Make a table from values that somebody else published
///
/// The file is CSV with a header: `string` and `count` or `k` (bits), and `shape` where strings are arrays written without
/// '/'. With two symbols a string's complement, if not listed, gets the same value; with more, one member of a class is enough.
/// Where a row has both count and k, they must agree: k is -log2 of the count's share of all counts in the file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  turmite table import published.csv --space 5x2-1d --out published.ctm
  turmite score data.txt --table published.ctm")]
pub(crate) struct Args {
    /// The CSV file, or - for standard input
    file: PathBuf,
    /// The machine space that the values come from, e.g. 5x2-1d or 5x2-2d
    #[arg(long, value_name = "SPACE")]
    space: Space,
    /// The table to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the table if it is there
    #[arg(long)]
    overwrite: bool,
    /// What to show of the table; by default only its size and checksum, on standard error
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    check_out(&args.out, args.overwrite, &[&args.file], &[])?;
    let content = read_text(&args.file)?;
    let name = args.file.file_name().map_or_else(|| "-".to_owned(), |n| n.to_string_lossy().into_owned());
    let mut builder = TableBuilder::new(Provenance::imported(args.space, &name));
    let doubly = read(&args.file, &content, &mut builder, args.space)?;
    let built = Table::from_bytes(builder.build().with_context(|| args.file.display().to_string())?)?;
    for row in doubly {
        row.check(&built, &args.file)?;
    }
    let used = built.rows().try_fold(0, |most, row| row.map(|row| row.symbols.into_iter().fold(most, u8::max)))?;
    if built.symbols() > 2 && used + 1 < built.symbols() {
        say!(
            "warning: no string has a symbol above {used}, and {} has {}; a row stands for every string that it becomes when symbols are exchanged",
            args.space,
            built.symbols()
        );
    }
    write(args, &built)
}

fn write(args: &Args, built: &Table) -> Result<ExitCode> {
    publish(&args.out, args.overwrite, |out| out.write_all(built.bytes()))?;
    if args.format == OneFormat::Json {
        output::to(None, |out| output::one(out, args.format.into(), facts(built)))?;
    } else {
        say!("{}: {} strings, {}", args.out.display(), built.outputs(), built.checksum());
    }
    Ok(ExitCode::SUCCESS)
}

/// A row with a count and a K.
struct Doubly {
    line: u64,
    shape: Shape,
    symbols: Vec<u8>,
    count: u128,
    k: f64,
}

impl Doubly {
    /// Published K are rounded; this is more than that, and less than anything that matters.
    const MOST_APART: f64 = 1e-3;

    fn check(&self, built: &Table, path: &Path) -> Result<()> {
        let Self { line, shape, symbols, count, k } = self;
        let found = built.k(shape, symbols)?.unwrap_or(f64::NAN);
        if (found - k).abs() <= Self::MOST_APART {
            return Ok(());
        }
        let total = built.total().unwrap_or(0);
        bail!(
            "{}: line {line}: count {count} of {total} in all makes {found:.6} bits, and k is {k}; where rows are missing from the file, as of a table made with --within, remove the column count, else k",
            path.display()
        )
    }
}

/// Reads the rows into `builder` and gives back those that say their value twice.
fn read(path: &Path, content: &str, builder: &mut TableBuilder, space: Space) -> Result<Vec<Doubly>> {
    let file = path.display();
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content.as_bytes());
    let header = reader.headers().with_context(|| format!("{file}: line 1"))?.clone();
    let column = |name: &str| header.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
    let found = || header.iter().collect::<Vec<_>>().join(",");
    if header.len() == 1 && found().contains([';', '\t']) {
        bail!("{file}: line 1: the header `{}` has no comma; separate the columns by commas", found());
    }
    let Some(string_at) = column("string") else {
        bail!("{file}: line 1: no column `string` in the header `{}`; expected string[,shape] and count or k", found());
    };
    let (count_at, k_at, shape_at) = (column("count"), column("k"), column("shape"));
    if count_at.is_none() && k_at.is_none() {
        bail!(
            "{file}: line 1: neither `count` nor `k` in the header `{}`; expected string[,shape] and count or k",
            found()
        );
    }
    let (mut rows, mut doubly) = (0, Vec::new());
    for record in reader.records() {
        let record = record.map_err(|e| anyhow!("{file}: {e}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != header.len() {
            bail!("{file}: line {line}: {} fields, expected {}, as in the header", record.len(), header.len());
        }
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).map(str::trim).filter(|c| !c.is_empty());
        let place = || format!("{file}: line {line}");
        let string = cell(Some(string_at)).with_context(|| format!("{}: no string", place()))?;
        let (written, symbols) = Shape::parse_string(string, space.symbols()).with_context(place)?;
        let shape = match cell(shape_at) {
            Some(text) => text.parse().with_context(place)?,
            None => written,
        };
        if shape.dims() != usize::from(space.dims()) {
            let (found, expected) = (shape.dims(), space.dims());
            bail!(
                "{}: '{string}' of shape {shape}: axes: {found}, expected {expected}, as {space} has; write rows split by '/', planes by '//', or a column `shape` such as 3x4",
                place()
            );
        }
        if written.dims() > 1 && written != shape {
            bail!("{}: '{string}' of shape {shape}: it is written as {written}; correct one of them", place());
        }
        let count = cell(count_at)
            .map(|count| {
                let wrong = |_| anyhow!("{}: count '{count}': expected an integer of at most 128 bits", place());
                count.parse::<u128>().map_err(wrong)
            })
            .transpose()?;
        let k = cell(k_at)
            .map(|k| k.parse::<f64>().map_err(|_| anyhow!("{}: k '{k}': expected a number of bits", place())))
            .transpose()?;
        if let (Some(count), Some(k)) = (count, k) {
            doubly.push(Doubly { line, shape, symbols: symbols.clone(), count, k });
        }
        let row = match (count, k) {
            (Some(count), _) => RowInput::count(shape, symbols, count),
            (None, Some(k)) => RowInput::k(shape, symbols, k),
            (None, None) => bail!("{}: neither count nor k; give one of them", place()),
        };
        builder.push(row).with_context(place)?;
        rows += 1;
    }
    if rows == 0 {
        bail!("{file}: no rows after the header; expected one a string");
    }
    Ok(doubly)
}
