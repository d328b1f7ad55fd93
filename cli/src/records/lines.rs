//! Lines, and JSON lines: read in chunks, taken apart where they are scored.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use memchr::{memchr, memrchr};
use serde_json::Map;

use super::batch::BATCH_BYTES;
use super::{At, Batch, Content, ContextOf as _, Keep, Raw, json, utf8};

/// Bytes of the longest line that is read. Longer ones would let one record take the memory of all.
pub(super) const LONGEST: usize = 1 << 26;

/// Bytes asked for at a time.
const PIECE: usize = 1 << 16;

/// What a line is.
#[derive(Clone, Debug)]
pub(super) enum Parse {
    /// A record of text.
    Plain,
    /// A JSON object with the record in one field.
    Json { field: Arc<str>, keep: Keep },
}

/// Lines as they stand in the file, the last one perhaps without its end.
#[derive(Debug)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    /// The number of the first line, from 1.
    first: u64,
    parse: Parse,
}

impl Chunk {
    /// Hands on every record with the number of its line, and the line of one that cannot be read where lines are kept.
    pub(super) fn visit<'a>(&'a self, visit: &mut dyn FnMut(u64, Result<Raw<'a>>, Option<&'a str>)) {
        let (mut rest, mut number) = (&self.bytes[..], self.first);
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            if let Some(record) = self.record(line, number) {
                let bad = if record.is_err() && self.keeps_lines() { std::str::from_utf8(line).ok() } else { None };
                visit(number, record, bad);
            }
            rest = after;
            number += 1;
        }
    }

    fn keeps_lines(&self) -> bool {
        matches!(&self.parse, Parse::Json { keep: Keep::Line, .. })
    }

    /// The record of a line; a blank line is no JSON record: many writers end a file with one.
    fn record<'a>(&self, line: &'a [u8], number: u64) -> Option<Result<Raw<'a>>> {
        let mut line = line;
        while let [start @ .., b'\n' | b'\r'] = line {
            line = start;
        }
        if number == 1 {
            // A byte order mark is no part of the first record.
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.len() > LONGEST {
            return Some(Err(too_long()));
        }
        match &self.parse {
            Parse::Plain => Some(utf8(line).map(|text| {
                let content = Content::Text(Cow::Borrowed(text));
                Raw { id: None, content, fields: Map::new(), line: None }
            })),
            Parse::Json { .. } if line.trim_ascii().is_empty() => None,
            Parse::Json { field, keep } => Some(utf8(line).and_then(|text| json::record(text, field, *keep))),
        }
    }
}

fn too_long() -> anyhow::Error {
    anyhow!(
        "a line of more than {} MiB; split the record, or read a file that is one record with --input text",
        LONGEST >> 20
    )
}

/// Whether the other side of a pipe has no more for now: less came than one write of a program that gathers what it writes.
fn pauses(read: usize) -> bool {
    read < 1 << 12
}

/// Reads chunks that end where a line ends: of about a mebibyte, or of what a slow pipe has so far.
pub(super) struct Chunks {
    reader: Box<dyn Read + Send>,
    file: Arc<Path>,
    parse: Parse,
    /// The start of a line whose end is still to be read.
    carry: Vec<u8>,
    /// The number of the line that comes next, from 1.
    line: u64,
    /// Whether the rest of a line that has grown too long is still to be dropped.
    skipping: bool,
    ended: bool,
}

impl Chunks {
    pub(super) fn new(reader: Box<dyn Read + Send>, file: Arc<Path>, parse: Parse) -> Self {
        Self { reader, file, parse, carry: Vec::new(), line: 1, skipping: false, ended: false }
    }

    /// Reads a portion: up to the end, a mebibyte, or the end of a line behind which a pipe pauses.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let full = bytes.len() + BATCH_BYTES;
        bytes.reserve(BATCH_BYTES);
        while bytes.len() < full && !self.ended {
            let held = bytes.len();
            bytes.resize((held + PIECE).min(full), 0);
            let read = match self.reader.read(&mut bytes[held..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    bytes.truncate(held);
                    continue;
                }
                read => read?,
            };
            bytes.truncate(held + read);
            self.ended = read == 0;
            if pauses(read) && bytes.ends_with(b"\n") {
                break;
            }
        }
        Ok(())
    }

    /// The next chunk, or `None` at the end.
    fn chunk(&mut self) -> io::Result<Option<Batch>> {
        if std::mem::take(&mut self.skipping) {
            self.skip_line()?;
        }
        let mut bytes = std::mem::take(&mut self.carry);
        let mut searched = 0;
        while !self.ended {
            self.fill(&mut bytes)?;
            if let Some(at) = memrchr(b'\n', &bytes[searched..]).filter(|_| !self.ended) {
                self.carry = bytes.split_off(searched + at + 1);
                break;
            }
            if bytes.len() > LONGEST && !self.ended {
                drop(bytes);
                // Told at once, since the rest of the line may never end.
                self.skipping = true;
                let at = At::Line(self.line);
                self.line += 1;
                return Ok(Some(Batch::of(Arc::clone(&self.file), vec![(at, Err(too_long()))])));
            }
            searched = bytes.len();
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let first = self.line;
        self.line += memchr::memchr_iter(b'\n', &bytes).count() as u64;
        Ok(Some(Batch::lines(Arc::clone(&self.file), Chunk { bytes, first, parse: self.parse.clone() })))
    }

    /// Drops the rest of the line that has grown too long, up to its end.
    fn skip_line(&mut self) -> io::Result<()> {
        let mut buffer = Vec::with_capacity(BATCH_BYTES);
        while !self.ended {
            buffer.clear();
            self.fill(&mut buffer)?;
            if let Some(at) = memchr(b'\n', &buffer) {
                self.carry = buffer.split_off(at + 1);
                break;
            }
        }
        Ok(())
    }
}

impl Iterator for Chunks {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.chunk().context_of(&self.file) {
            Ok(batch) => batch.map(Ok),
            Err(error) => {
                // What follows cannot be read either.
                (self.ended, self.carry) = (true, Vec::new());
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Placed;

    /// A reader that gives what it is told, piece by piece, and counts the pieces that were asked for.
    struct Pieces(std::vec::IntoIter<Vec<u8>>, Arc<std::sync::atomic::AtomicUsize>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let Some(piece) = self.0.next() else { return Ok(0) };
            if piece.is_empty() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    #[test]
    fn lines_are_handed_on_as_they_come() {
        let large = vec![b'x'; 5000];
        let pieces = ["one\n", "", "two\nthr", "ee\n"].map(|piece| piece.as_bytes().to_vec());
        let pieces = [&pieces[..], &[large.clone(), b"\nlast".to_vec()]].concat();
        let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let reader = Box::new(Pieces(pieces.into_iter(), Arc::clone(&asked)));
        let mut seen = Vec::new();
        for batch in Chunks::new(reader, Arc::from(Path::new("-")), Parse::Plain) {
            batch.unwrap().visit(|Placed { place, record, .. }| {
                seen.push((
                    asked.load(std::sync::atomic::Ordering::SeqCst),
                    place.to_string(),
                    record.unwrap().content.into_owned(),
                ));
            });
        }
        let text = |text: &str| Content::Text(Cow::Owned(text.to_owned()));
        let large = String::from_utf8(large).unwrap();
        // After the first piece, after the fourth, and at the end, which the seventh request tells.
        let expected = [(1, 1, "one"), (4, 2, "two"), (4, 3, "three"), (7, 4, large.as_str()), (7, 5, "last")];
        assert_eq!(seen.len(), expected.len());
        for ((asked, place, content), (number, line, expected)) in seen.into_iter().zip(expected) {
            assert_eq!((asked, place.as_str()), (number, format!("-: line {line}").as_str()));
            assert_eq!(format!("{content:?}"), format!("{:?}", text(expected)));
        }
    }
}
