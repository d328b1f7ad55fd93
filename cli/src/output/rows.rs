//! Rows as they come: any number of them, in little memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use comfy_table::{ColumnConstraint, Table as Grid, Width, presets};
use serde_json::Value;

use super::{Kind, ParquetSheet, align, person_s_cell};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RowFormat {
    /// Aligned columns, for people
    Table,
    /// One JSON object
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
    /// A Parquet file
    Parquet,
}

impl RowFormat {
    /// As [`Format::of`](super::Format::of).
    ///
    /// # Errors
    /// As there.
    pub(crate) fn of(asked: Option<Self>, out: Option<&std::path::Path>) -> Result<Self> {
        super::by_ending(asked, out, Self::Table)
    }
}

/// A value in a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Absent,
    Text(&'a str),
    Whole(u64),
    Number(f64),
}

impl Cell<'_> {
    fn value(self) -> Value {
        match self {
            Self::Absent => Value::Null,
            Self::Text(text) => text.into(),
            Self::Whole(n) => n.into(),
            Self::Number(n) => super::number(Some(n)),
        }
    }

    /// Writes the value as JSON has it. What is no finite number is absent.
    fn json(self, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Self::Number(n) if n.is_finite() => serde_json::to_writer(out, &n)?,
            Self::Absent | Self::Number(_) => out.extend(b"null"),
            Self::Text(text) => serde_json::to_writer(out, text)?,
            Self::Whole(n) => serde_json::to_writer(out, &n)?,
        }
        Ok(())
    }
}

/// A column's name and type.
pub(crate) type Column = (&'static str, Kind);

/// Rows of a table that are laid out together: the widths of the first ones hold for the others.
const LAID_OUT: usize = 1000;
/// Bytes that are gathered before they are written.
const GATHERED: usize = 1 << 16;

/// Writes rows of named columns one by one.
pub(crate) struct Rows<'a> {
    out: &'a mut dyn Write,
    columns: Vec<Column>,
    mode: Mode,
    /// Written, but not yet handed on.
    gathered: Vec<u8>,
    rows: u64,
}

enum Mode {
    Table { waiting: Vec<Vec<Value>>, widths: Option<Vec<u16>> },
    Json { list: &'static str },
    Jsonl,
    Csv,
    Parquet { sheet: Box<ParquetSheet<Spool>>, spool: Spool },
}

impl<'a> Rows<'a> {
    /// `list` names the list of rows in the one JSON object.
    pub(crate) fn new(
        out: &'a mut dyn Write,
        format: RowFormat,
        list: &'static str,
        columns: Vec<Column>,
    ) -> Result<Self> {
        let mut gathered = Vec::new();
        let mode = match format {
            RowFormat::Table => Mode::Table { waiting: Vec::new(), widths: None },
            RowFormat::Json => Mode::Json { list },
            RowFormat::Jsonl => Mode::Jsonl,
            RowFormat::Csv => {
                let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
                gathered.extend(names.join(",").as_bytes());
                gathered.push(b'\n');
                Mode::Csv
            }
            RowFormat::Parquet => {
                let spool = Spool::default();
                Mode::Parquet { sheet: Box::new(ParquetSheet::new(spool.clone(), columns.clone())?), spool }
            }
        };
        Ok(Self { out, columns, mode, gathered, rows: 0 })
    }

    /// Adds a row of as many cells as there are columns.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        let out = &mut self.gathered;
        match &mut self.mode {
            Mode::Table { waiting, .. } => {
                waiting.push(cells.iter().map(|cell| cell.value()).collect());
                if waiting.len() == LAID_OUT {
                    self.lay_out()?;
                }
            }
            Mode::Json { list } => {
                if self.rows == 0 {
                    write!(out, "{{\"{list}\":[")?;
                } else {
                    out.push(b',');
                }
                object(out, &self.columns, cells)?;
            }
            Mode::Jsonl => {
                object(out, &self.columns, cells)?;
                out.push(b'\n');
            }
            Mode::Csv => {
                for (at, cell) in cells.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    match cell {
                        Cell::Text(text) => quote(out, text),
                        Cell::Number(n) if !n.is_finite() => {}
                        Cell::Absent => {}
                        cell => cell.json(out)?,
                    }
                }
                out.push(b'\n');
            }
            Mode::Parquet { sheet, spool } => {
                sheet.row(cells.iter().map(|cell| cell.value()).collect())?;
                out.append(&mut spool.held());
            }
        }
        self.rows += 1;
        if self.gathered.len() >= GATHERED { self.hand_on() } else { Ok(()) }
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Hands on what is written so far, so that it reaches the reader.
    pub(crate) fn hand_on(&mut self) -> Result<()> {
        self.out.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(self.out.flush()?)
    }

    /// Writes what is left.
    pub(crate) fn finish(mut self) -> Result<()> {
        match &mut self.mode {
            Mode::Table { waiting, widths } if !waiting.is_empty() || widths.is_none() => self.lay_out()?,
            Mode::Json { list } => {
                if self.rows == 0 {
                    write!(self.gathered, "{{\"{list}\":[")?;
                }
                self.gathered.extend(b"]}\n");
            }
            Mode::Table { .. } | Mode::Jsonl | Mode::Csv | Mode::Parquet { .. } => {}
        }
        self.hand_on()?;
        if let Mode::Parquet { sheet, spool } = self.mode {
            sheet.finish()?;
            self.out.write_all(&spool.held())?;
        }
        Ok(())
    }

    /// Writes the rows of a table that wait, below the names where they are the first.
    fn lay_out(&mut self) -> Result<()> {
        let Mode::Table { waiting, widths } = &mut self.mode else { return Ok(()) };
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING);
        if widths.is_none() {
            grid.set_header(self.columns.iter().map(|(name, _)| *name));
        }
        for row in waiting.drain(..) {
            grid.add_row(row.iter().map(person_s_cell));
        }
        if let Some(widths) = widths {
            for (column, &width) in grid.column_iter_mut().zip(widths.iter()) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + 2)));
            }
        } else {
            *widths = Some(grid.column_max_content_widths());
        }
        align(&mut grid, self.columns.len());
        for line in grid.lines() {
            writeln!(self.gathered, "{}", line.trim_end())?;
        }
        self.hand_on()
    }
}

/// Takes what the Parquet crate writes, which keeps its writer to itself, until it is handed on.
#[derive(Clone, Default)]
struct Spool(Arc<Mutex<Vec<u8>>>);

impl Spool {
    fn held(&self) -> MutexGuard<'_, Vec<u8>> {
        // Bytes are whole whatever panicked while holding them.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn object(out: &mut Vec<u8>, columns: &[Column], cells: &[Cell<'_>]) -> Result<()> {
    for (at, ((name, _), cell)) in columns.iter().zip(cells).enumerate() {
        out.extend(if at == 0 { b"{\"" } else { b",\"" });
        out.extend(name.as_bytes());
        out.extend(b"\":");
        cell.json(out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Writes text as a CSV value (RFC 4180).
fn quote(out: &mut Vec<u8>, text: &str) {
    if text.bytes().any(|b| matches!(b, b',' | b'"' | b'\n' | b'\r')) {
        out.push(b'"');
        for byte in text.bytes() {
            if byte == b'"' {
                out.push(b'"');
            }
            out.push(byte);
        }
        out.push(b'"');
    } else {
        out.extend(text.as_bytes());
    }
}
