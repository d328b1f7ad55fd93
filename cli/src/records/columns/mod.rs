//! Named columns of JSON lines, CSV and Parquet, row by row: files that are tables, not records of one content.
//!
//! Rows come in portions of bounded size, which threads take apart; no row is built that nobody asked for.

mod csv;
mod json;
mod parquet;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};

use super::{Batch, Content, Input, Meter, Place, lines, source};
use crate::exit::usage;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum<'a> {
    /// Nothing: no such field, null, or an empty cell.
    Absent,
    Whole(u64),
    Number(f64),
    Truth(bool),
    Text(Cow<'a, str>),
    /// A cell of a file that holds only text: a number if it reads as one.
    Cell(&'a str),
    /// A list or an object.
    Nested,
}

impl Datum<'_> {
    /// A number, or `Err` with what else was found.
    pub(crate) fn number(&self) -> Result<Option<f64>, String> {
        match self {
            Self::Absent => Ok(None),
            Self::Whole(n) => Ok(Some(*n as f64)),
            Self::Number(n) => Ok(Some(*n)),
            Self::Cell(text) => text.trim().parse().map(Some).map_err(|_| self.shown()),
            _ => Err(self.shown()),
        }
    }

    /// A whole number from 0; in files whose numbers are all doubles, one without a fraction.
    pub(crate) fn whole(&self) -> Result<Option<u64>, String> {
        let exact = |n: f64| (n.fract() == 0.0 && (0.0..9e15).contains(&n)).then_some(n as u64);
        match self {
            Self::Absent => Ok(None),
            Self::Whole(n) => Ok(Some(*n)),
            Self::Number(n) => exact(*n).map(Some).ok_or_else(|| self.shown()),
            Self::Cell(text) => {
                let text = text.trim();
                let n = text.parse().ok().or_else(|| text.parse().ok().and_then(exact));
                n.map(Some).ok_or_else(|| self.shown())
            }
            _ => Err(self.shown()),
        }
    }

    /// Text.
    pub(crate) fn text(&self) -> Result<Option<&str>, String> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Cell(text) => Ok(Some(text)),
            _ => Err(self.shown()),
        }
    }

    /// Yes or no: a truth value, 1 or 0, or one of the words that logs have for it.
    pub(crate) fn truth(&self) -> Result<Option<bool>, String> {
        match self {
            Self::Absent => Ok(None),
            Self::Truth(truth) => Ok(Some(*truth)),
            Self::Whole(n @ 0..=1) => Ok(Some(*n == 1)),
            // As pandas writes a column of truth values that has gaps.
            Self::Number(n) if *n == 0.0 || *n == 1.0 => Ok(Some(*n == 1.0)),
            Self::Text(_) | Self::Cell(_) => match self.text()?.unwrap_or("").to_ascii_lowercase().as_str() {
                "true" | "yes" | "pass" | "passed" | "1" | "1.0" => Ok(Some(true)),
                "false" | "no" | "fail" | "failed" | "0" | "0.0" => Ok(Some(false)),
                _ => Err(self.shown()),
            },
            _ => Err(self.shown()),
        }
    }

    /// What was found, as an error quotes it.
    fn shown(&self) -> String {
        match self {
            Self::Absent => "nothing".to_owned(),
            Self::Whole(n) => n.to_string(),
            Self::Number(n) => n.to_string(),
            Self::Truth(truth) => truth.to_string(),
            Self::Text(text) => format!("the string `{}`", text.chars().take(40).collect::<String>()),
            Self::Cell(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
            Self::Nested => "a list or an object".to_owned(),
        }
    }
}

/// A column that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Its name in the file.
    pub(crate) name: String,
    /// The option that gives it another name, for messages.
    pub(crate) named_by: String,
    /// Whether a file without it is refused. (JSON lines have no header: there every row is looked at.)
    pub(crate) needed: bool,
    /// Whether its name was typed: then a file in which no row has it is refused.
    pub(crate) typed: bool,
}

/// Which of the wanted columns any row has: JSON lines have no header that could lack one.
#[derive(Clone, Debug)]
pub(crate) struct Seen(Vec<bool>);

impl Seen {
    pub(crate) fn none_of(wanted: &[Wanted]) -> Self {
        Self(vec![false; wanted.len()])
    }

    /// Marks the columns that a row has.
    pub(crate) fn add(&mut self, cells: &[Datum<'_>]) {
        self.0.iter_mut().zip(cells).for_each(|(seen, cell)| *seen |= *cell != Datum::Absent);
    }

    pub(crate) fn merge(&mut self, more: &Self) {
        self.0.iter_mut().zip(&more.0).for_each(|(seen, more)| *seen |= more);
    }

    /// Refuses a file in which no row has a column that was typed.
    ///
    /// # Errors
    /// The column.
    pub(crate) fn check(&self, wanted: &[Wanted]) -> Result<()> {
        match wanted.iter().zip(&self.0).find(|(wanted, seen)| wanted.typed && !**seen) {
            Some((wanted, _)) => bail!("no row has `{}`, which {} asks for", wanted.name, wanted.named_by),
            None => Ok(()),
        }
    }
}

/// Rows that follow each other.
pub(crate) struct Portion {
    file: Arc<Path>,
    held: Held,
}

enum Held {
    Lines(Batch, Arc<[Wanted]>),
    Csv(csv::Cells),
    Parquet(parquet::Columns),
}

impl Portion {
    /// Hands every row to `visit`, in order: where it stands and its cells, one a wanted column, or what is wrong with it.
    ///
    /// # Errors
    /// The first of `visit`, and of rows that cannot be read, with the file and the place.
    pub(crate) fn visit(self, mut visit: impl FnMut(u64, &[Datum<'_>]) -> Result<()>) -> Result<()> {
        let Self { file, held } = self;
        let visited = match held {
            Held::Lines(batch, wanted) => {
                let mut failed = None;
                let mut cells = Vec::new();
                batch.visit(|placed| {
                    if failed.is_some() {
                        return;
                    }
                    let line = placed.place.number();
                    let row = match placed.record.map(|raw| raw.content) {
                        Ok(Content::Text(text)) if text.trim_ascii().is_empty() => return,
                        Ok(Content::Text(text)) => json::row(&text, &wanted, &mut cells, |cells| visit(line, cells)),
                        Ok(_) => Ok(()),
                        Err(error) => Err(error),
                    };
                    failed = row.err().map(|error| error.context(format!("line {line}")));
                });
                failed.map_or(Ok(()), Err)
            }
            Held::Csv(rows) => rows.visit(visit),
            Held::Parquet(rows) => rows.visit(visit),
        };
        visited.map_err(|error| error.context(file.display().to_string()))
    }
}

impl Place {
    /// The number of the line or row, from 1; 0 for a whole file.
    fn number(&self) -> u64 {
        match self.at {
            super::At::Line(number) | super::At::Row(number) => number,
            super::At::File => 0,
        }
    }
}

/// Portions in order, up to an error that ends them.
pub(crate) type Portions = Box<dyn Iterator<Item = Result<Portion>> + Send>;

/// Reads the wanted columns of a file, decompressed if it is compressed; JSON lines where the name does not say what it is.
///
/// # Errors
/// A file that cannot be opened, is of another kind, or lacks a column that is needed.
pub(crate) fn read(path: &Path, input: Option<Input>, wanted: Vec<Wanted>, meter: &Arc<Meter>) -> Result<Portions> {
    let file: Arc<Path> = Arc::from(path);
    let input = match input {
        Some(input) => input,
        None => match Input::guess(path)? {
            Input::Text => Input::Jsonl,
            input => input,
        },
    };
    match input {
        Input::Jsonl => {
            let wanted: Arc<[Wanted]> = wanted.into();
            let chunks = lines::Chunks::new(source::open(path, meter)?, Arc::clone(&file), lines::Parse::Plain);
            Ok(Box::new(chunks.map(move |batch| {
                Ok(Portion { file: Arc::clone(&file), held: Held::Lines(batch?, Arc::clone(&wanted)) })
            })))
        }
        Input::Csv => {
            let rows = csv::Rows::open(source::open(path, meter)?, &file, &wanted)?;
            Ok(Box::new(rows.map(move |rows| Ok(Portion { file: Arc::clone(&file), held: Held::Csv(rows?) }))))
        }
        Input::Parquet => {
            let rows = parquet::Rows::open(&file, &wanted, meter)?;
            Ok(Box::new(rows.map(move |rows| Ok(Portion { file: Arc::clone(&file), held: Held::Parquet(rows?) }))))
        }
        _ => Err(usage(anyhow!(
            "{}: is no table; expected JSON lines, CSV or Parquet (--input jsonl, csv or parquet)",
            path.display()
        ))),
    }
}

/// A file without a column that is needed.
fn no_column(file: &Path, wanted: &Wanted, names: &[&str]) -> anyhow::Error {
    let shown: Vec<&str> = names.iter().copied().take(12).collect();
    let (name, shown) = (&wanted.name, shown.join(", "));
    anyhow!("{}: no column `{name}` among `{shown}`; name it with {}", file.display(), wanted.named_by)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
