//! Comma-separated values: a row a record, below a row of names.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context as _, Result, anyhow, bail};
use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use memchr::memchr;
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
    let Some(column) = table.column(field).with_context(at_file)? else {
        let shown: Vec<&str> = names.iter().map(String::as_str).take(10).collect();
        if names.iter().all(|name| name.trim().parse::<f64>().is_ok()) {
            if names.is_empty() {
                bail!("{}: the file is empty, expected a row of names", at_file());
            }
            bail!("{}: no names in the first row, only numbers; --input matrix reads rows of numbers", at_file());
        }
        bail!("{}: no column `{field}` among `{}`; name the content's with --field", at_file(), shown.join(", "));
    };
    let id = table.column("id").with_context(at_file)?.filter(|&id| id != column);
    Ok(Box::new(Rows { table, file, column, id, keep, ended: false, fault: None }))
}

/// What is wrong with a row that the file's end closes.
fn left_open(line: u64) -> anyhow::Error {
    anyhow!(
        "a quote opened in line {line} is never closed, so that its value takes in the rest of the file; close it, or write a quote that is meant as two"
    )
}

/// A reader that gives up where one row has taken all of its budget: a quote that is never closed would fill the memory.
struct Limited {
    reader: Box<dyn Read + Send>,
    budget: Arc<AtomicUsize>,
    quotes: Quotes,
    /// Set where the file ends inside quotes, which the parser lets pass.
    open: Arc<AtomicBool>,
}

/// Follows quotes as the parser does: one opens a value where it is its first character, and ends it where no other follows.
struct Quotes {
    delimiter: u8,
    state: Quote,
    /// The byte before the next.
    before: u8,
    begun: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quote {
    Outside,
    Inside,
    /// Behind a quote that ends the value, unless another follows.
    Behind,
}

impl Quotes {
    fn new(delimiter: u8) -> Self {
        Self { delimiter, state: Quote::Outside, before: b'\n', begun: false }
    }

    fn pass(&mut self, mut bytes: &[u8]) {
        if !self.begun {
            // The start of a file comes in one piece, a byte order mark whole.
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            self.begun = true;
        }
        let mut at = 0;
        while at < bytes.len() {
            if self.state == Quote::Behind {
                self.state = if bytes[at] == b'"' { Quote::Inside } else { Quote::Outside };
                at += usize::from(self.state == Quote::Inside);
                continue;
            }
            let Some(found) = memchr(b'"', &bytes[at..]) else { break };
            let before = if at + found == 0 { self.before } else { bytes[at + found - 1] };
            let first = before == self.delimiter || matches!(before, b'\n' | b'\r');
            self.state = match self.state {
                Quote::Inside => Quote::Behind,
                _ if first => Quote::Inside,
                _ => Quote::Outside,
            };
            at += found + 1;
        }
        if let Some(&last) = bytes.last() {
            self.before = last;
        }
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.load(Ordering::Relaxed);
        if left == 0 {
            let limit = LONGEST >> 20;
            return Err(io::Error::other(format!("a row of more than {limit} MiB; is a quote left open?")));
        }
        let read = self.reader.read(buffer)?;
        self.quotes.pass(&buffer[..read]);
        if read == 0 {
            self.open.store(self.quotes.state == Quote::Inside, Ordering::Relaxed);
        }
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
    open: Arc<AtomicBool>,
}

impl Table {
    /// Reads the names.
    pub(super) fn open(reader: Box<dyn Read + Send>, file: &Path) -> Result<Self> {
        let tabs = source::unpacked_name(file).extension().is_some_and(|e| e == "tsv");
        let budget = Arc::new(AtomicUsize::new(LONGEST));
        let delimiter = if tabs { b'\t' } else { b',' };
        let open = Arc::new(AtomicBool::new(false));
        let quotes = Quotes::new(delimiter);
        let limited = Limited { reader, budget: Arc::clone(&budget), quotes, open: Arc::clone(&open) };
        let mut rows = ReaderBuilder::new().delimiter(delimiter).from_reader(limited);
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
        if open.load(Ordering::Relaxed) {
            let before: usize = names.iter().rev().skip(1).map(|name| name.matches('\n').count()).sum();
            return Err(left_open(1 + before as u64).context(at_file()));
        }
        Ok(Self { rows, names, lag, budget, open })
    }

    /// The place of the column of a name.
    ///
    /// # Errors
    /// Two of that name.
    pub(super) fn column(&self, name: &str) -> Result<Option<usize>> {
        let mut found = (0..self.names.len()).filter(|&at| self.names[at] == name);
        let at = found.next();
        if let (Some(one), Some(other)) = (at, found.next()) {
            bail!("columns {} and {} are both named `{name}`, expected one; rename one of them", one + 1, other + 1);
        }
        Ok(at)
    }

    /// Reads the next row and gives its line; `None` at the end.
    pub(super) fn row(&mut self, row: &mut ByteRecord) -> Result<Option<u64>, Fault> {
        self.budget.store(LONGEST, Ordering::Relaxed);
        let line = |position: Option<&csv::Position>| position.map_or(0, csv::Position::line) + self.lag;
        let read = self.rows.read_byte_record(row);
        let is_row = matches!(&read, Ok(true))
            || read.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::UnequalLengths { .. }));
        if is_row && self.open.load(Ordering::Relaxed) {
            // The value that takes in the rest is the last one.
            let first = line(row.position());
            let before = row.iter().rev().skip(1).map(|value| memchr::memchr_iter(b'\n', value).count() as u64);
            return Err(Fault { line: first, error: left_open(first + before.sum::<u64>()), ends: false });
        }
        match read {
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
        for (header, words) in [
            ("id,text,text", "columns 2 and 3 are both named `text`"),
            ("id,text,id", "columns 1 and 3 are both named `id`"),
        ] {
            let error = format!("{:#}", rows("a.csv", format!("{header}\n1,2,3\n").as_bytes(), Keep::Id).unwrap_err());
            assert!(error.starts_with("a.csv: ") && error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_quote_that_the_file_leaves_open_names_its_line() {
        let open = |line: u64| format!("a quote opened in line {line} is never closed");
        for (file, place, line) in [
            ("id,text\n1,a\n2,\"b\n3,c\n4,d\n", "a.csv: line 3", 3),
            ("id,text\n\"x\ny\",\"b\n", "a.csv: line 2", 3),
            // Too few values beside.
            ("id,text\n1,a\n\"2,b\n3,c\n", "a.csv: line 3", 3),
        ] {
            for file in [file.to_owned(), format!("\u{feff}{file}"), file.trim_end().to_owned()] {
                let found = rows("a.csv", file.as_bytes(), Keep::Id).unwrap();
                let last = found.last().unwrap();
                assert!(last.starts_with(place) && last.contains(&open(line)), "{file:?}: {last}");
            }
        }
        let error = format!("{:#}", rows("a.csv", b"id,\"text\n1,a\n", Keep::Id).unwrap_err());
        assert!(error.contains(&open(1)), "{error}");
        // Quotes that are closed, doubled, or inside a value that does not start with one.
        for file in [
            "text,n\n\"a\",1\n\"a\"\"\",2\n\"\"\"a\"\"\",3\n5\" disk,4\n\"a\"b\"c,5\n\"\",6",
            "\u{feff}\"text\",\"n\"\r\n\"a\r\nb\",\"\"\"\"\r\n",
        ] {
            let found = rows("a.csv", file.as_bytes(), Keep::All).unwrap();
            assert!(found.iter().all(|row| !row.contains("never closed")), "{found:?}");
        }
    }

    #[test]
    fn a_quote_left_open_ends_in_an_error() {
        let mut file = b"text\nx\n\"".to_vec();
        file.resize(LONGEST + (1 << 20), b'a');
        let error = format!("{:#}", rows("a.csv", &file, Keep::Id).unwrap_err());
        assert!(error.contains("a row of more than 64 MiB; is a quote left open?"), "{error}");
    }
}
