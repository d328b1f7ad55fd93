//! `turmite table import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use turmite_tables::{Provenance, RowInput, Shape, Space, Table, TableBuilder, publish, refuse_existing};

use crate::exit::usage;
use crate::output::read_text;

/// Make a table from values that somebody else published
///
/// The file is CSV with a header: `string` and `count` or `k` (bits), and `shape` where strings are arrays written without
/// '/'. With two symbols a string's complement, if not listed, gets the same value; with more, one member of a class is enough.
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
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.out == Path::new("-") {
        return Err(usage(anyhow!("--out -: a table cannot be written to standard output; name a file")));
    }
    refuse_existing(&args.out, args.overwrite)?;
    let content = read_text(&args.file)?;
    let name = args.file.file_name().map_or_else(|| "-".to_owned(), |n| n.to_string_lossy().into_owned());
    let builder = read(&args.file, &content, TableBuilder::new(Provenance::imported(args.space, &name)), args.space)?;
    let bytes = builder.build().with_context(|| args.file.display().to_string())?;
    publish(&args.out, args.overwrite, |out| out.write_all(&bytes))?;
    let table = Table::open(&args.out)?;
    say!("{}: {} strings, {}", args.out.display(), table.outputs(), table.checksum());
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path, content: &str, mut builder: TableBuilder, space: Space) -> Result<TableBuilder> {
    let file = path.display();
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let header = reader.headers().with_context(|| format!("{file}: line 1"))?.clone();
    let column = |name: &str| header.iter().position(|h| h.trim() == name);
    let found = || header.iter().collect::<Vec<_>>().join(",");
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
    let mut rows = 0;
    for record in reader.records() {
        let record = record.map_err(|e| anyhow!("{file}: {e}"))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).map(str::trim).filter(|c| !c.is_empty());
        let place = || format!("{file}: line {line}");
        let string = cell(Some(string_at)).with_context(|| format!("{}: no string", place()))?;
        let (mut shape, symbols) = Shape::parse_string(string, space.symbols()).with_context(place)?;
        if let Some(text) = cell(shape_at) {
            shape = text.parse().with_context(place)?;
        }
        shape = shape.lifted(usize::from(space.dims()));
        let row = match (cell(count_at), cell(k_at)) {
            (Some(count), _) => {
                let count = count
                    .parse()
                    .map_err(|_| anyhow!("{}: count '{count}': expected an integer of at most 128 bits", place()))?;
                RowInput::count(shape, symbols, count)
            }
            (None, Some(k)) => {
                let k = k.parse().map_err(|_| anyhow!("{}: k '{k}': expected a number of bits", place()))?;
                RowInput::k(shape, symbols, k)
            }
            (None, None) => bail!("{}: neither count nor k; give one of them", place()),
        };
        builder.push(row).with_context(place)?;
        rows += 1;
    }
    if rows == 0 {
        bail!("{file}: no rows after the header; expected one a string");
    }
    Ok(builder)
}
