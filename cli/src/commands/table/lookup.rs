//! `turmite table lookup`, and `turmite ctm`, which asks the default table the same.

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};
use turmite_ctm::Machine;
use turmite_tables::{Lookup, Shape, Table, TableError};

use super::open;
use crate::output::{self, Format, Sheet, number, text};

/// Complexity, interval and witness of strings in a table
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table lookup 5x2-1d 0101 000111000111
  turmite table lookup plane.ctm 010/111 --format json      rows split by '/', planes by '//'")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// Strings of digits
    #[arg(required = true, value_name = "STRING")]
    strings: Vec<String>,
    #[command(flatten)]
    output: LookupOutput,
}

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LookupOutput {
    /// How to show them; `json` with several strings lists them under `strings`
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let table = open(&args.table)?;
    let asked = args.strings.iter().map(|string| Asked::digits(&table, string)).collect::<Result<Vec<_>>>()?;
    show(&table, &asked, &args.output, &[], |_| Ok(Vec::new()))
}

/// A string that is looked up.
pub(crate) struct Asked {
    /// As it was typed.
    pub(crate) text: String,
    pub(crate) shape: Shape,
    pub(crate) symbols: Vec<u8>,
}

impl Asked {
    /// Reads digits, as the table's dimensions have them.
    pub(crate) fn digits(table: &Table, text: &str) -> Result<Self> {
        let (shape, symbols) = parse(table, text).map_err(|error| match error.downcast_ref() {
            // It names the string itself.
            Some(TableError::Shape { .. }) => error,
            _ => error.context(format!("string '{text}'")),
        })?;
        Ok(Self { text: text.to_owned(), shape, symbols })
    }
}

const COLUMNS: [&str; 9] = ["string", "shape", "k", "k_low", "k_high", "count", "min_steps", "witness", "blank"];

/// What sampled tables add: the standard errors of the count and of K.
const ERRORS: [&str; 2] = ["count_se", "k_se"];

/// Writes a row a string: what the table says of it, and the cells that `more` adds under the columns `names`.
pub(crate) fn show(
    table: &Table,
    asked: &[Asked],
    output: &LookupOutput,
    names: &[String],
    more: impl Fn(&Asked) -> Result<Vec<Value>>,
) -> Result<ExitCode> {
    let mut rows = Vec::new();
    for asked in asked {
        let mut cells = row(table, asked, output.format).with_context(|| format!("string '{}'", asked.text))?;
        cells.extend(more(asked).with_context(|| format!("string '{}'", asked.text))?);
        rows.push(cells);
    }
    let mut columns = COLUMNS.map(str::to_owned).to_vec();
    if table.sampling().is_some() {
        columns.extend(ERRORS.map(str::to_owned));
    }
    columns.extend_from_slice(names);
    output::to(None, |out| {
        if let (Format::Json, [row]) = (output.format, &rows[..]) {
            let object: Map<String, Value> = columns.into_iter().zip(row.clone()).collect();
            return output::one(out, Format::Json, object);
        }
        let mut sheet = Sheet::new(out, output.format, "strings", columns)?;
        for row in rows {
            sheet.row(row)?;
        }
        sheet.finish(Map::new())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Reads a string as the table's dimensions have it: a plain string asked of a table of arrays is an array of one row.
pub(super) fn parse(table: &Table, string: &str) -> Result<(Shape, Vec<u8>)> {
    let (shape, symbols) = Shape::parse_string(string, table.symbols())?;
    Ok((shape.lifted(usize::from(table.space().dims())), symbols))
}

fn row(table: &Table, asked: &Asked, format: Format) -> Result<Vec<Value>> {
    let Asked { text: string, shape, symbols } = asked;
    let Lookup { row, interval, original } = table.lookup(shape, symbols)?;
    let mut witness = None;
    if let Some(found) = row.as_ref().and_then(|r| r.witness.as_ref()) {
        witness = Some(Machine::of_witness(table.space(), found, &original)?);
    }
    let mut cells = vec![
        json!(string),
        json!(shape.to_string()),
        number(row.as_ref().map(|r| r.k)),
        number(interval.low),
        number(interval.high),
        text(row.as_ref().and_then(|r| r.count).map(|c| table.pairs_text(c))),
        json!(row.as_ref().and_then(|r| r.min_steps)),
        text(witness.as_ref().map(|(machine, _)| machine.to_string())),
        json!(witness.map(|(_, blank)| blank)),
    ];
    if table.sampling().is_some() {
        let error = row.as_ref().and_then(|r| table.standard_error(r));
        let count = error.map(|e| e.count);
        // Of an error people read three digits.
        let count = if format == Format::Table { text(count.map(|c| format!("{c:.2e}"))) } else { number(count) };
        cells.extend([count, number(error.map(|e| e.bits))]);
    }
    Ok(cells)
}
