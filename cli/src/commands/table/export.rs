//! `turmite table export`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Map, Value, json};
use turmite_ctm::Machine;
use turmite_tables::{Member, Row, Table, refuse_existing};

use super::open_part;
use crate::commands::Context;
use crate::exit::usage;
use crate::output::{self, Format, Kind, ParquetSheet, Sheet, number, text};

/// Write every string of a table as CSV, JSON lines or Parquet
///
/// Rows come by number of cells, then shape, then string. k_low and k_high bound K for machines that run without a cutoff. Of a
/// sampled table counts are estimates, and count_se and k_se their standard errors and those of K.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table export 5x2-1d --format csv --out d5.csv
  turmite table export 5x2-1d --format csv | head -20
  turmite table export 5x2-1d --out d5.parquet --classes")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// The format [default: what the name after --out ends in, or csv]
    #[arg(long, value_name = "FORMAT")]
    format: Option<ExportFormat>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long, requires = "out")]
    overwrite: bool,
    /// One canonical row for each class of strings up to exchange of symbols, with its size
    #[arg(long)]
    classes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ExportFormat {
    /// Comma-separated values
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Apache Parquet
    Parquet,
}

impl ExportFormat {
    /// By the end of the name.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

const COLUMNS: [(&str, Kind); 9] = [
    ("shape", Kind::Text),
    ("string", Kind::Text),
    ("count", Kind::Text),
    ("k", Kind::Float),
    ("k_low", Kind::Float),
    ("k_high", Kind::Float),
    ("min_steps", Kind::Integer),
    ("witness", Kind::Text),
    ("blank", Kind::Integer),
];

/// What sampled tables add, at the end: the standard errors of the count, in pairs, and of K, in bits.
const ERRORS: [(&str, Kind); 2] = [("count_se", Kind::Float), ("k_se", Kind::Float)];

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    super::check_outputs(&[args.out.as_deref()], &[], &[&args.table])?;
    if let Some(path) = args.out.as_deref().filter(|path| *path != Path::new("-")) {
        refuse_existing(path, args.overwrite)?;
    }
    let table = open_part(&args.table)?;
    if let Err(part) = table.check_whole() {
        say!("warning: {part}; k, k_low and k_high are of its machines alone");
    }
    let mut columns = COLUMNS.to_vec();
    if table.sampling().is_some() {
        columns.extend(ERRORS);
    }
    if args.classes {
        columns.push(("class_size", Kind::Integer));
    }
    let by_name = args.out.as_deref().and_then(ExportFormat::of);
    let format = match args.format.or(by_name).unwrap_or(ExportFormat::Csv) {
        ExportFormat::Csv => Format::Csv,
        ExportFormat::Jsonl => Format::Jsonl,
        ExportFormat::Parquet => {
            let Some(path) = &args.out else {
                return Err(usage(anyhow::anyhow!(
                    "--format parquet needs --out FILE (or --out - for standard output)"
                )));
            };
            output::to(Some(path), |out| {
                let mut bytes = Vec::new();
                let mut sheet = ParquetSheet::new(&mut bytes, columns)?;
                each_row(&table, args.classes, context, |row| sheet.row(row))?;
                sheet.finish()?;
                Ok(out.write_all(&bytes)?)
            })?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    output::to(args.out.as_deref(), |out| {
        let names = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut sheet = Sheet::new(out, format, "rows", names)?;
        each_row(&table, args.classes, context, |row| sheet.row(row))?;
        sheet.finish(Map::new())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn each_row(
    table: &Table,
    classes: bool,
    context: &Context<'_>,
    mut write: impl FnMut(Vec<Value>) -> Result<()>,
) -> Result<()> {
    if !classes {
        for (i, member) in table.strings().enumerate() {
            let member = member?;
            if i % 1024 == 0 {
                context.signals.check()?;
            }
            write(cells(table, &member)?)?;
        }
        return Ok(());
    }
    for row in table.rows() {
        let row = row?;
        // Two symbols have a row a string; a class of theirs is a string and its complement, and its canonical one starts with 0.
        if table.symbols() == 2 && row.symbols.first() == Some(&1) {
            continue;
        }
        let size = if table.symbols() == 2 { 2 } else { row.strings(table.symbols()) };
        let member = Member { symbols: row.symbols.clone(), original: identity(&row), row };
        let mut cells = cells(table, &member)?;
        cells.push(json!(size));
        write(cells)?;
    }
    Ok(())
}

fn identity(row: &Row) -> Vec<u8> {
    (0..=row.symbols.iter().copied().max().unwrap_or(0)).collect()
}

fn cells(table: &Table, member: &Member) -> Result<Vec<Value>> {
    let row = &member.row;
    let interval = table.interval_of_row(row);
    let mut witness = None;
    if let Some(found) = &row.witness {
        witness = Some(Machine::of_witness(table.space(), found, &member.original)?);
    }
    let string: String = member.symbols.iter().filter_map(|s| char::from_digit(u32::from(*s), 10)).collect();
    let mut cells = vec![
        json!(row.shape.to_string()),
        json!(string),
        text(row.count.map(|c| table.pairs_text(c))),
        number(Some(row.k)),
        number(interval.low),
        number(interval.high),
        json!(row.min_steps),
        text(witness.as_ref().map(|(machine, _)| machine.to_string())),
        json!(witness.map(|(_, blank)| blank)),
    ];
    if table.sampling().is_some() {
        let error = table.standard_error(row);
        cells.extend([number(error.map(|e| e.count)), number(error.map(|e| e.bits))]);
    }
    Ok(cells)
}
