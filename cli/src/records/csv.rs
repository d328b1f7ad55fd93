//! Comma-separated values: a row a record, below a row of names.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, anyhow, bail};
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use serde_json::{Map, Value};

use super::batch::BATCH_BYTES;
use super::lines::LONGEST;
use super::{At, Batch, Batches, Content, Keep, Raw, source, utf8};

/// Reads the column `field` of a file whose first row names its columns; `id` is a record's name. Values are split by commas,
/// in a file called `.tsv` by tabs.
///
/// # Errors
/// A file that cannot be read, or has no such column.
pub(super) fn read(reader: Box<dyn Read + Send>, file: Arc<Path>, field: &str, keep: Keep) -> Result<Batches> {
    let table = Table::open(reader, &file)?;
    let names = &table.names;
    let at_file = || file.display().to_string();
    let Some(column) = names.iter().position(|name| name == field) else {
        let shown: Vec<&str> = names.iter().map(String::as_str).take(10).collect();
        bail!("{}: no column `{field}` among `{}`; name the content's with --field", at_file(), shown.join(", "));
    };
    let id = names.iter().position(|name| name == "id").filter(|&id| id != column);
    Ok(Box::new(Rows { table, file, column, id, keep, ended: false, fault: None }))
}

/// A reader that gives up where one row has taken all of its budget: a quote that is never closed would fill the memory.
struct Limited {
    reader: Box<dyn Read + Send>,
    budget: Arc<AtomicUsize>,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.load(Ordering::Relaxed);
        if left == 0 {
            let limit = LONGEST >> 20;
            return Err(io::Error::other(format!("a row of more than {limit} MiB; is a quote left open?")));
        }
        let read = self.reader.read(buffer)?;
        self.budget.store(left.saturating_sub(read), Ordering::Relaxed);
        Ok(read)
    }
}

/// Rows below a row of names, with the lines they stand in.
pub(super) struct Table {
    rows: Reader<Limited>,
    pub(super) names: Vec<String>,
    /// How far behind the parser's count of lines is.
    lag: u64,
    budget: Arc<AtomicUsize>,
}

impl Table {
    /// Reads the names.
    pub(super) fn open(reader: Box<dyn Read + Send>, file: &Path) -> Result<Self> {
        let tabs = source::unpacked_name(file).extension().is_some_and(|e| e == "tsv");
        let budget = Arc::new(AtomicUsize::new(LONGEST));
        let limited = Limited { reader, budget: Arc::clone(&budget) };
        let mut rows = ReaderBuilder::new().delimiter(if tabs { b'\t' } else { b',' }).from_reader(limited);
        let at_file = || file.display().to_string();
        let names: Vec<String> = rows
            .byte_headers()
            .with_context(at_file)?
            .iter()
            .map(|name| utf8(name).map(str::to_owned).context("line 1"))
            .collect::<Result<_>>()
            .with_context(at_file)?;
        // Where lines end in \r\n the parser counts a line only with the row behind it.
        let broken: usize = names.iter().map(|name| name.matches('\n').count()).sum();
        let lag = u64::from(rows.position().line() == 1 + broken as u64);
        Ok(Self { rows, names, lag, budget })
    }

    /// Reads the next row and gives its line; `None` at the end.
    pub(super) fn row(&mut self, row: &mut ByteRecord) -> Result<Option<u64>, Fault> {
        self.budget.store(LONGEST, Ordering::Relaxed);
        let line = |position: Option<&csv::Position>| position.map_or(0, csv::Position::line) + self.lag;
        match self.rows.read_byte_record(row) {
            Ok(true) => Ok(Some(line(row.position()))),
            Ok(false) => Ok(None),
            Err(error) => match error.kind() {
                ErrorKind::UnequalLengths { pos, expected_len, len } => {
                    let error = anyhow!(
                        "{len} values, expected {expected_len}, one below each name; is a comma without quotes?"
                    );
                    Err(Fault { line: line(pos.as_ref()), error, ends: false })
                }
                _ => Err(Fault { line: self.rows.position().line(), error: error.into(), ends: true }),
            },
        }
    }
}

/// What is wrong with a row.
pub(super) struct Fault {
    pub(super) line: u64,
    pub(super) error: anyhow::Error,
    /// Whether nothing behind it can be read.
    ends: bool,
}

struct Rows {
    table: Table,
    file: Arc<Path>,
    column: usize,
    id: Option<usize>,
    keep: Keep,
    ended: bool,
    /// What ended the file early.
    fault: Option<anyhow::Error>,
}

impl Rows {
    /// The record of a row.
    fn record(&self, row: &ByteRecord) -> Result<Raw<'static>> {
        let text = |at: usize| row.get(at).map_or(Ok(""), utf8);
        let content = text(self.column).with_context(|| format!("column `{}`", self.table.names[self.column]))?;
        let id = self.id.map(text).transpose().context("column `id`")?.filter(|id| !id.is_empty());
        let mut fields = Map::new();
        if self.keep != Keep::Id {
            for (at, name) in self.table.names.iter().enumerate().filter(|(at, _)| *at != self.column) {
                let value = text(at).with_context(|| format!("column `{name}`"))?;
                fields.insert(name.clone(), Value::String(value.to_owned()));
            }
        }
        let content = Content::Text(Cow::Owned(content.to_owned()));
        Ok(Raw { id: id.map(|id| Cow::Owned(id.to_owned())), content, fields, line: None })
    }
}

impl Iterator for Rows {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(error) = self.fault.take() {
            return Some(Err(error));
        }
        let (mut records, mut bytes) = (Vec::new(), 0);
        let mut row = ByteRecord::new();
        while !self.ended && bytes < BATCH_BYTES {
            match self.table.row(&mut row) {
                Ok(Some(line)) => {
                    bytes += row.as_slice().len() + 1;
                    records.push((At::Line(line), self.record(&row)));
                }
                Ok(None) => self.ended = true,
                Err(Fault { line, error, ends: false }) => records.push((At::Line(line), Err(error))),
                Err(Fault { line, error, .. }) => {
                    self.ended = true;
                    let error = error.context(format!("{}: line {line}", self.file.display()));
                    if records.is_empty() {
                        return Some(Err(error));
                    }
                    // What was read before the fault comes first.
                    self.fault = Some(error);
                }
            }
        }
        (!records.is_empty()).then(|| Ok(Batch::of(Arc::clone(&self.file), records)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(name: &str, bytes: &[u8], keep: Keep) -> Result<Vec<String>> {
        let reader: Box<dyn Read + Send> = Box::new(io::Cursor::new(bytes.to_vec()));
        let mut out = Vec::new();
        for batch in read(reader, Arc::from(Path::new(name)), "text", keep)? {
            batch?.visit(|placed| {
                out.push(match placed.record {
                    Ok(raw) => {
                        format!("{}: {:?} {:?} {}", placed.place, raw.id, raw.content, Value::Object(raw.fields))
                    }
                    Err(error) => format!("{}: {error:#}", placed.place),
                });
            });
        }
        Ok(out)
    }

    #[test]
    fn a_row_a_record() {
        let file = b"\xef\xbb\xbfid,text,n\na,\"x, \"\"y\"\"\nz\",1\n,,2\nb,q\nc,\xff,4\n";
        let expected = [
            r#"a.csv: line 2: Some("a") Text("x, \"y\"\nz") {}"#,
            r#"a.csv: line 4: None Text("") {}"#,
            "a.csv: line 5: 2 values, expected 3, one below each name; is a comma without quotes?",
            "a.csv: line 6: column `text`: byte 0 is not UTF-8; convert the text to UTF-8",
        ];
        assert_eq!(rows("a.csv", file, Keep::Id).unwrap(), expected);
        let dos: Vec<u8> = file.split(|&b| b == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
        let dos = rows("a.csv", &dos, Keep::Id).unwrap();
        assert_eq!(dos[0], expected[0].replace("\\nz", "\\r\\nz"));
        assert_eq!(dos[1..], expected[1..]);
        let all = rows("a.tsv", b"text\tn\nx,y\t3\n", Keep::All).unwrap();
        assert_eq!(all, [r#"a.tsv: line 2: None Text("x,y") {"n":"3"}"#]);
        assert_eq!(rows("a.csv", b"text\n", Keep::Id).unwrap(), [""; 0]);
        let error = rows("a.csv", b"a,b\n1,2\n", Keep::Id).unwrap_err().to_string();
        assert_eq!(error, "a.csv: no column `text` among `a, b`; name the content's with --field");
    }

    #[test]
    fn a_quote_left_open_ends_in_an_error() {
        let mut file = b"text\nx\n\"".to_vec();
        file.resize(LONGEST + (1 << 20), b'a');
        let error = format!("{:#}", rows("a.csv", &file, Keep::Id).unwrap_err());
        assert!(error.contains("a row of more than 64 MiB; is a quote left open?"), "{error}");
    }
}
