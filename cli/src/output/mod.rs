//! Where results go and what they look like: one sheet of named columns, five ways to write it.

mod files;
pub(crate) mod npy;
mod parquet;
mod parquet_copy;
mod rows;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use comfy_table::{Cell, CellAlignment, Color, Table as Grid, presets};
use serde_json::{Map, Value};

use crate::exit::{printable, usage};

pub(crate) use self::files::check_outputs;
pub(crate) use self::parquet::{Kind, ParquetSheet};
pub(crate) use self::parquet_copy::{Group as ParquetGroup, with_column};
pub(crate) use self::rows::{Cell as RowCell, Column, RowFormat, Rows};

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Aligned columns, for people
    Table,
    /// One JSON object
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

impl Format {
    /// As asked for, else by the ending of the file to write, else for people.
    ///
    /// # Errors
    /// An ending that names another format: what is written would not be what the name says.
    pub(crate) fn of(asked: Option<Self>, out: Option<&Path>) -> Result<Self> {
        by_ending(asked, out, Self::Table)
    }
}

/// A format as asked for, else by the ending of the file to write, else the usual one.
fn by_ending<F: clap::ValueEnum>(asked: Option<F>, out: Option<&Path>, usual: F) -> Result<F> {
    const OTHERS: [&str; 9] = ["parquet", "npy", "png", "svg", "html", "tsv", "xlsx", "ndjson", "arrow"];
    let ending = out.and_then(Path::extension).and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    let named = ending.as_deref().and_then(|ending| F::from_str(ending, true).ok());
    match (asked.or(named), out, ending) {
        (Some(format), ..) => Ok(format),
        (None, Some(path), Some(ending)) if OTHERS.contains(&ending.as_str()) => Err(usage(anyhow!(
            "--out {}: {ending} is not written here; name one of the formats with --format, or by another ending",
            path.display()
        ))),
        _ => Ok(usual),
    }
}

/// The formats of a single object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OneFormat {
    /// Names and values, for people
    Table,
    /// One JSON object
    Json,
}

impl From<OneFormat> for Format {
    fn from(format: OneFormat) -> Self {
        match format {
            OneFormat::Table => Self::Table,
            OneFormat::Json => Self::Json,
        }
    }
}

/// Runs `fill` on standard output, or on a file that appears whole or not at all.
pub(crate) fn to(out: Option<&Path>, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    match out.filter(|p| *p != Path::new("-")) {
        None => {
            let mut stdout = io::BufWriter::new(io::stdout().lock());
            fill(&mut stdout).and_then(|()| Ok(stdout.flush()?)).map_err(|e| match e.downcast::<io::Error>() {
                Ok(error) => anyhow::Error::new(error).context("standard output: cannot write"),
                Err(error) => error,
            })
        }
        Some(path) => {
            let mut failed = None;
            let published = turmite_tables::publish(path, true, |writer| {
                fill(writer).map_err(|e| {
                    failed = Some(e);
                    io::Error::other("the result could not be made")
                })
            });
            match failed.map(anyhow::Error::downcast::<io::Error>) {
                Some(Ok(error)) => Err(anyhow::Error::new(error).context(format!("{}: cannot write", path.display()))),
                Some(Err(error)) => Err(error),
                None => Ok(published?),
            }
        }
    }
}

/// Writes rows of named columns in a [`Format`].
pub(crate) struct Sheet<'a> {
    out: &'a mut dyn Write,
    columns: Vec<String>,
    /// The name of the list of rows in the one JSON object.
    list: &'static str,
    mode: Mode,
}

enum Mode {
    Table(Box<Grid>),
    Json(Vec<Value>),
    Jsonl,
    Csv(Box<csv::Writer<Vec<u8>>>),
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(
        out: &'a mut dyn Write,
        format: Format,
        list: &'static str,
        columns: Vec<String>,
    ) -> Result<Self> {
        let mode = match format {
            Format::Table => {
                let mut grid = Grid::new();
                grid.load_style(presets::NOTHING);
                grid.set_header(&columns);
                Mode::Table(Box::new(grid))
            }
            Format::Json => Mode::Json(Vec::new()),
            Format::Jsonl => Mode::Jsonl,
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(Vec::new());
                writer.write_record(&columns)?;
                Mode::Csv(Box::new(writer))
            }
        };
        Ok(Self { out, columns, list, mode })
    }

    /// Adds a row of as many values as there are columns.
    pub(crate) fn row(&mut self, values: Vec<Value>) -> Result<()> {
        match &mut self.mode {
            Mode::Table(grid) => {
                // Colours show on a terminal only: the grid looks before it uses them.
                grid.add_row(values.iter().map(person_s_cell));
            }
            Mode::Json(rows) => rows.push(object(&self.columns, values)),
            Mode::Jsonl => {
                serde_json::to_writer(&mut *self.out, &object(&self.columns, values))?;
                self.out.write_all(b"\n")?;
            }
            Mode::Csv(writer) => {
                writer.write_record(values.iter().map(|v| shown(v, false)))?;
                // Rows reach the reader as they come, and memory stays small.
                let buffered = std::mem::replace(&mut **writer, csv::Writer::from_writer(Vec::new()));
                self.out.write_all(&buffered.into_inner().map_err(csv::IntoInnerError::into_error)?)?;
            }
        }
        Ok(())
    }

    /// Writes what is left. `extra` joins the rows in the one JSON object.
    pub(crate) fn finish(self, extra: Map<String, Value>) -> Result<()> {
        match self.mode {
            Mode::Table(mut grid) => {
                align(&mut grid, self.columns.len());
                for line in grid.lines() {
                    writeln!(self.out, "{}", line.trim_end())?;
                }
            }
            Mode::Json(rows) => {
                let mut whole = extra;
                whole.insert(self.list.to_owned(), Value::Array(rows));
                serde_json::to_writer(&mut *self.out, &whole)?;
                self.out.write_all(b"\n")?;
            }
            Mode::Jsonl | Mode::Csv(_) => {}
        }
        Ok(())
    }
}

/// Columns two blanks apart, those of numbers to the right.
fn align(grid: &mut Grid, columns: usize) {
    for column in grid.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let numeric: Vec<bool> = (0..columns)
        .map(|i| grid.row_iter().all(|r| r.cell_iter().nth(i).is_some_and(|c| is_number(&c.content()))))
        .collect();
    for (column, numeric) in grid.column_iter_mut().zip(numeric) {
        if numeric {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A value as people see it, verdicts in the report's colours.
fn person_s_cell(value: &Value) -> Cell {
    let cell = Cell::new(shown(value, true));
    match value.as_str() {
        Some("collapsing") => cell.fg(Color::Red),
        Some("mechanism-preserving") => cell.fg(Color::Cyan),
        _ => cell,
    }
}

fn is_number(text: &str) -> bool {
    text.is_empty() || text == "-" || text.parse::<f64>().is_ok()
}

fn object(columns: &[String], values: Vec<Value>) -> Value {
    Value::Object(columns.iter().cloned().zip(values).collect())
}

/// A value as a cell. Absent is empty (a dash for people), never 0; people get six decimals, of what these would hide four digits, programs all.
fn shown(value: &Value, people: bool) -> String {
    match value {
        Value::Null if people => "-".to_owned(),
        Value::Null => String::new(),
        Value::String(text) if people => printable(text),
        Value::String(text) => text.clone(),
        Value::Number(number) if people && number.is_f64() => number.as_f64().map_or_else(String::new, |n| {
            if n != 0.0 && n.abs() < 1e-4 { format!("{n:.3e}") } else { format!("{n:.6}") }
        }),
        Value::Array(items) => items.iter().map(|i| shown(i, people)).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// One object: as JSON, or as names and values in two columns.
pub(crate) fn one(out: &mut dyn Write, format: Format, object: Map<String, Value>) -> Result<()> {
    match format {
        Format::Json | Format::Jsonl => {
            serde_json::to_writer(&mut *out, &object)?;
            out.write_all(b"\n")?;
        }
        Format::Csv => {
            let (columns, values): (Vec<String>, Vec<Value>) = object.into_iter().unzip();
            let mut sheet = Sheet::new(out, format, "", columns)?;
            sheet.row(values)?;
            sheet.finish(Map::new())?;
        }
        Format::Table => {
            let width = object.keys().map(String::len).max().unwrap_or(0);
            for (name, value) in &object {
                writeln!(out, "{name:width$}  {}", shown(value, true))?;
            }
        }
    }
    Ok(())
}

/// A finite number, or null.
pub(crate) fn number(value: Option<f64>) -> Value {
    value.and_then(serde_json::Number::from_f64).map_or(Value::Null, Value::Number)
}

/// An exact integer, always a string of digits.
pub(crate) fn integer(value: Option<u128>) -> Value {
    value.map_or(Value::Null, |v| Value::String(v.to_string()))
}

/// Text, or null.
pub(crate) fn text(value: Option<impl Into<String>>) -> Value {
    value.map_or(Value::Null, |v| Value::String(v.into()))
}

/// Reads a whole file, or standard input for `-`, as text.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes).context("-: cannot read standard input")?;
        bytes
    } else {
        std::fs::read(path).with_context(|| format!("{}: cannot read", path.display()))?
    };
    String::from_utf8(bytes).map_err(|e| {
        anyhow::anyhow!(
            "{}: byte {} is not UTF-8; convert the file to UTF-8",
            path.display(),
            e.utf8_error().valid_up_to()
        )
    })
}
