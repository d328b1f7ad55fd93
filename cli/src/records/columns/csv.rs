//! Columns of a CSV file.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use csv::ByteRecord;

use super::super::batch::BATCH_BYTES;
use super::super::csv::{Fault, Table};
use super::super::utf8;
use super::{Datum, Wanted, no_column};

/// The wanted cells of rows, end to end.
pub(super) struct Cells {
    bytes: Vec<u8>,
    /// By row the line, and by cell its end in `bytes`.
    lines: Vec<u64>,
    ends: Vec<u32>,
    /// By wanted column, its place among the cells of a row.
    places: Arc<[Option<usize>]>,
    names: Arc<[String]>,
}

impl Cells {
    /// Cells that a row holds.
    fn width(&self) -> usize {
        self.places.iter().flatten().count()
    }

    pub(super) fn visit(&self, mut visit: impl FnMut(u64, &[Datum<'_>]) -> Result<()>) -> Result<()> {
        let width = self.width();
        let mut start = 0;
        let mut row: Vec<Datum<'_>> = Vec::with_capacity(self.places.len());
        for (r, &line) in self.lines.iter().enumerate() {
            let from = start;
            let end = |cell: usize| self.ends[r * width + cell] as usize;
            row.clear();
            for (place, name) in self.places.iter().zip(self.names.iter()) {
                let Some(cell) = *place else {
                    row.push(Datum::Absent);
                    continue;
                };
                let bytes = &self.bytes[if cell == 0 { from } else { end(cell - 1) }..end(cell)];
                let text = utf8(bytes).with_context(|| format!("line {line}: column `{name}`"))?;
                row.push(if text.is_empty() { Datum::Absent } else { Datum::Cell(text) });
            }
            if width > 0 {
                start = end(width - 1);
            }
            visit(line, &row).with_context(|| format!("line {line}"))?;
        }
        Ok(())
    }
}

/// Reads rows in portions.
pub(super) struct Rows {
    table: Table,
    file: Arc<Path>,
    /// The columns to keep, in the order of `Cells::places`.
    columns: Vec<usize>,
    places: Arc<[Option<usize>]>,
    names: Arc<[String]>,
    ended: bool,
    fault: Option<anyhow::Error>,
}

impl Rows {
    pub(super) fn open(reader: Box<dyn Read + Send>, file: &Arc<Path>, wanted: &[Wanted]) -> Result<Self> {
        let table = Table::open(reader, file)?;
        let (mut columns, mut places) = (Vec::new(), Vec::new());
        for column in wanted {
            let at = table.column(&column.name).with_context(|| file.display().to_string())?;
            if at.is_none() && column.needed {
                return Err(no_column(file, column, &table.names.iter().map(String::as_str).collect::<Vec<_>>()));
            }
            places.push(at.map(|at| {
                columns.push(at);
                columns.len() - 1
            }));
        }
        let names = wanted.iter().map(|wanted| wanted.name.clone()).collect();
        Ok(Self { table, file: Arc::clone(file), columns, places: places.into(), names, ended: false, fault: None })
    }
}

impl Iterator for Rows {
    type Item = Result<Cells>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.fault.take() {
            return Some(Err(error));
        }
        let mut cells = Cells {
            bytes: Vec::with_capacity(BATCH_BYTES),
            lines: Vec::new(),
            ends: Vec::new(),
            places: Arc::clone(&self.places),
            names: Arc::clone(&self.names),
        };
        let (mut row, mut read) = (ByteRecord::new(), 0);
        while !self.ended && read < BATCH_BYTES {
            match self.table.row(&mut row) {
                Ok(Some(line)) => {
                    read += row.as_slice().len() + 1;
                    for &column in &self.columns {
                        cells.bytes.extend_from_slice(row.get(column).unwrap_or(b""));
                        // A row is at most 64 MiB, and a portion little more.
                        cells.ends.push(cells.bytes.len() as u32);
                    }
                    cells.lines.push(line);
                }
                Ok(None) => self.ended = true,
                Err(Fault { line, error, .. }) => {
                    self.ended = true;
                    let error = error.context(format!("{}: line {line}", self.file.display()));
                    if cells.lines.is_empty() {
                        return Some(Err(error));
                    }
                    // What was read before the fault comes first.
                    self.fault = Some(error);
                }
            }
        }
        (!cells.lines.is_empty()).then_some(Ok(cells))
    }
}
