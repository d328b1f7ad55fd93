//! Records in: whole files, lines, JSON lines, each with the place it came from.
//!
//! A command flattens [`InputArgs`] into its own, calls [`InputArgs::read`] for each file and turns every
//! [`Content`] into symbols with [`Content::encode`].

mod content;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Map, Value};
use turmite_bdm::EncodingChoice;

pub(crate) use self::content::{Content, Encoded, Numbers, Values};
use crate::exit::usage;

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Input {
    /// The whole file is one record of text
    Text,
    /// Every line is a record
    Lines,
    /// The whole file is one record of the characters 0 and 1, white space ignored
    Bits,
    /// The whole file is one record, eight bits a byte, most significant first
    Bytes,
    /// Every line is a JSON object
    Jsonl,
}

impl Input {
    /// The kind that a file's name suggests.
    ///
    /// # Errors
    /// A name that suggests a kind which is not read: it would be scored as text, commas, braces and all.
    pub(crate) fn guess(path: &Path) -> Result<Self> {
        match path.extension().and_then(|e| e.to_str()) {
            Some("jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("bits") => Ok(Self::Bits),
            Some("bin" | "dat") => Ok(Self::Bytes),
            Some(kind @ ("json" | "csv" | "tsv" | "parquet" | "arrow" | "npy" | "png" | "gz" | "zst")) => {
                Err(usage(anyhow!(
                    "{}: {kind} is not read as such; convert it to JSON lines, or name a kind with --input",
                    path.display()
                )))
            }
            _ => Ok(Self::Text),
        }
    }
}

/// What to do with a record that cannot be read or scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnError {
    /// End with an error that names it
    Fail,
    /// Leave it out and count it
    Skip,
    /// Give it a row of empty cells
    Null,
}

/// How files are read and their records become symbols: the options that all commands share which read any record.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct InputArgs {
    /// How files are read [default: by their names, else text]
    #[arg(long, value_name = "KIND")]
    pub(crate) input: Option<Input>,
    /// The field of JSON, CSV and Parquet records that holds the content
    #[arg(long, value_name = "NAME", default_value = "text")]
    pub(crate) field: String,
    /// How content becomes symbols: auto, utf8 (its bytes' bits), bits (the characters 0 and 1), symbols (one a character, numbered by first use) or tokens (integers)
    #[arg(long, value_name = "ENCODING", default_value = "auto")]
    pub(crate) encode: EncodingChoice,
}

impl InputArgs {
    /// The kind of a file: as asked for, or by its name.
    ///
    /// # Errors
    /// A name that suggests a kind which is not read.
    pub(crate) fn kind(&self, path: &Path) -> Result<Input> {
        self.input.map_or_else(|| Input::guess(path), Ok)
    }

    /// The records of one file, in order.
    ///
    /// # Errors
    /// As [`read`].
    pub(crate) fn read(&self, path: &Path) -> Result<Box<dyn Iterator<Item = Result<Placed>>>> {
        read(path, self.kind(path)?, &self.field)
    }
}

/// A record as read.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) id: Option<String>,
    pub(crate) content: Content<'static>,
    /// The other fields of a JSON record.
    pub(crate) fields: Map<String, Value>,
}

/// A record or what is wrong with it, and where it stands.
pub(crate) struct Placed {
    pub(crate) place: Place,
    pub(crate) record: Result<Raw>,
}

/// A file and, if records are lines, a line from 1.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    path: PathBuf,
    line: Option<u64>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}: line {line}", self.path.display()),
            None => write!(f, "{}", self.path.display()),
        }
    }
}

/// Opens a file, or standard input for `-`.
fn open(path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("{}: cannot open", path.display()))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Reads the records of one file. JSON records must hold the string `field`.
///
/// # Errors
/// The file cannot be opened or read. What is wrong with single records is told with them.
pub(crate) fn read(path: &Path, input: Input, field: &str) -> Result<Box<dyn Iterator<Item = Result<Placed>>>> {
    let mut reader = open(path)?;
    let path = path.to_owned();
    if matches!(input, Input::Lines | Input::Jsonl) {
        return Ok(Box::new(Lines { reader, path, line: 0, field: (input == Input::Jsonl).then(|| field.to_owned()) }));
    }
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).with_context(|| format!("{}: cannot read", path.display()))?;
    let content =
        if input == Input::Bytes { Ok(Content::Bytes(Cow::Owned(bytes))) } else { utf8(bytes).map(text_content) };
    let record = content.map(|content| Raw { id: None, content, fields: Map::new() });
    Ok(Box::new(std::iter::once(Ok(Placed { place: Place { path, line: None }, record }))))
}

fn text_content(text: String) -> Content<'static> {
    Content::Text(Cow::Owned(text))
}

fn utf8(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        anyhow!("byte {at} is not UTF-8; convert the text to UTF-8")
    })
}

/// Bytes of the longest line that is read: what is longer is no record, and would fill the memory.
const LONGEST_LINE: u64 = 1 << 28;

struct Lines {
    reader: Box<dyn BufRead>,
    path: PathBuf,
    line: u64,
    /// The field of JSON records; `None` where lines are plain text.
    field: Option<String>,
}

impl Iterator for Lines {
    type Item = Result<Placed>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut bytes = Vec::new();
            match (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut bytes) {
                Ok(0) => return None,
                Ok(n) if n as u64 == LONGEST_LINE => {
                    let place = Place { path: self.path.clone(), line: Some(self.line + 1) };
                    return Some(Err(anyhow!(
                        "{place}: more than {LONGEST_LINE} bytes without an end; split the record"
                    )));
                }
                Ok(_) => self.line += 1,
                Err(error) => {
                    return Some(Err(anyhow!(error).context(format!("{}: cannot read", self.path.display()))));
                }
            }
            while matches!(bytes.last(), Some(b'\n' | b'\r')) {
                bytes.pop();
            }
            if self.line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
                // A byte order mark is no part of the first record.
                bytes.drain(..3);
            }
            if self.field.is_some() && bytes.trim_ascii().is_empty() {
                // A blank line is no JSON record; many writers end a file with one.
                continue;
            }
            let place = Place { path: self.path.clone(), line: Some(self.line) };
            let record = utf8(bytes).and_then(|text| match &self.field {
                None => Ok(Raw { id: None, content: text_content(text), fields: Map::new() }),
                Some(field) => json(&text, field),
            });
            return Some(Ok(Placed { place, record }));
        }
    }
}

fn json(text: &str, field: &str) -> Result<Raw> {
    let value: Value = serde_json::from_str(text).map_err(|e| {
        // The parser counts lines of its own, and sees one.
        anyhow!("not a JSON object: {}", e.to_string().replace(" at line 1 column ", " at character "))
    })?;
    let Value::Object(mut fields) = value else {
        bail!("{}, expected a JSON object such as {{\"{field}\": \"...\"}}", kind(&value));
    };
    let content = match fields.remove(field) {
        Some(Value::String(text)) => text_content(text),
        Some(Value::Array(tokens)) if tokens.iter().all(Value::is_u64) => {
            // Token ids.
            Content::Numbers(Numbers::line(tokens.iter().filter_map(Value::as_u64).collect::<Values>()))
        }
        Some(other) => bail!("field `{field}` is {}, expected a string; name another with --field", kind(&other)),
        None => {
            let names: Vec<&str> = fields.keys().map(String::as_str).take(10).collect();
            bail!("no field `{field}` among `{}`; name the text's with --field", names.join(", "));
        }
    };
    let id = match fields.get("id") {
        Some(Value::String(id)) => Some(id.clone()),
        Some(id @ Value::Number(_)) => Some(id.to_string()),
        _ => None,
    };
    Ok(Raw { id, content, fields })
}

/// What a value is, in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// All records of a file as texts, the first bad one being an error.
pub(crate) fn texts(path: &Path, input: Input, field: &str) -> Result<Vec<(Place, Raw)>> {
    let mut out = Vec::new();
    for placed in read(path, input, field)? {
        let placed = placed?;
        let record = placed.record.map_err(|e| e.context(placed.place.to_string()))?;
        out.push((placed.place, record));
    }
    Ok(out)
}
