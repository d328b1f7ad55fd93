//! Records in: one file a kind of file, each record with the place it came from.
//!
//! A command flattens [`InputArgs`] into its own and takes records one by one ([`InputArgs::read`]) or, to share them out
//! between threads, in [`Batch`]es ([`InputArgs::batches`]). [`Content::encode`] turns what a record holds into symbols.
//! Lines and rows are read in constant memory; an array, an image or a graph is held whole.

mod batch;
pub(crate) mod columns;
mod content;
mod csv;
mod each;
mod graph;
mod json;
mod lines;
mod matrix;
mod npy;
mod parquet;
mod parquet_file;
mod parquet_rows;
mod png;
mod source;
mod whole;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Map, Value};
use turmite_bdm::{Encoding, EncodingChoice};

pub(crate) use self::batch::Batch;
pub(crate) use self::content::{Content, Encoded, Numbers, Values};
pub(crate) use self::each::each;
pub(crate) use self::json::{KeySeed, Plain, kind, record as json_record};
pub(crate) use self::matrix::{EXACT, whole_float};
pub(crate) use self::parquet_file::ParquetFile;
pub(crate) use self::source::Meter;
pub(crate) use self::whole::Long;
use crate::exit::usage;

/// How a file is read. What is compressed by gzip or Zstandard is decompressed first, whatever it is called.
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
    /// Every line is a JSON object: --field names its text, its list of numbers, or its lists of equal length (an array)
    Jsonl,
    /// A row a record below a row of names: --field names the column; tabs instead of commas in .tsv
    Csv,
    /// A row a record: --field names a column of strings, binary values or lists of integers
    Parquet,
    /// A NumPy array of one to three axes: one record
    Npy,
    /// An image, its luminance cut into --levels: one record
    Png,
    /// The adjacency matrix of a graph, or its edges, two names a line: one record
    Graph,
    /// Rows of numbers split by blanks or commas, or of digits: one record of two axes
    Matrix,
}

impl Input {
    /// The kind that a file's name suggests, apart from its compression.
    ///
    /// # Errors
    /// A name that suggests a kind which is not read: it would be scored as text, commas, braces and all.
    pub(crate) fn guess(path: &Path) -> Result<Self> {
        Ok(Self::of_name(path)?.unwrap_or(Self::Text))
    }

    /// The kind that a file's name says, apart from its compression; `None` where it says nothing.
    ///
    /// # Errors
    /// As [`Input::guess`].
    pub(crate) fn of_name(path: &Path) -> Result<Option<Self>> {
        let kind = match source::unpacked_name(path).extension().and_then(|e| e.to_str()) {
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("bits") => Self::Bits,
            Some("bin" | "dat") => Self::Bytes,
            Some("csv" | "tsv") => Self::Csv,
            Some("parquet") => Self::Parquet,
            Some("npy") => Self::Npy,
            Some("png") => Self::Png,
            Some("graph" | "edges" | "edgelist") => Self::Graph,
            Some(kind @ ("json" | "arrow" | "feather" | "npz" | "jpg" | "jpeg" | "zip" | "xz" | "bz2")) => {
                return Err(usage(anyhow!(
                    "{}: {kind} is not read as such; convert it to JSON lines, or give it the name of what it holds, such as .jsonl",
                    path.display()
                )));
            }
            _ => return Ok(None),
        };
        Ok(Some(kind))
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
    /// How content becomes symbols: auto, utf8 (its bytes' bits), bits (the characters 0 and 1), symbols (one a character or number, numbered by first use) or tokens (integers)
    #[arg(long, value_name = "ENCODING", default_value = "auto")]
    pub(crate) encode: EncodingChoice,
    /// How many symbols the luminance of an image is cut into, 0 the darkest [default: 2]
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(2..))]
    pub(crate) levels: Option<u8>,
    /// An edge `a b` goes from a to b only
    #[arg(long)]
    pub(crate) directed: bool,
}

/// Files by name, split by commas.
pub(crate) fn names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| match path.to_str() {
        Some("-") => "standard input".to_owned(),
        _ => path.display().to_string(),
    };
    paths.iter().map(name).collect::<Vec<_>>().join(", ")
}

impl InputArgs {
    /// What is not among a command's options: the kind and the field alone.
    pub(crate) fn plain(input: Input, field: &str) -> Self {
        let encode = EncodingChoice::Auto;
        Self { input: Some(input), field: field.to_owned(), encode, levels: None, directed: false }
    }

    /// The kind of a file: as asked for, or by its name.
    ///
    /// # Errors
    /// A name that suggests a kind which is not read.
    pub(crate) fn kind(&self, path: &Path) -> Result<Input> {
        let guess = || Input::guess(path).map_err(|error| usage(anyhow!("{error:#} (--input names a kind, too)")));
        self.input.map_or_else(guess, Ok)
    }

    /// The encoding of texts that are looked at together: as asked for, or by what they hold, which is then said on standard
    /// error with `by`, what it rests on. Content that is no text needs none.
    pub(crate) fn encoding<'a>(&self, texts: impl IntoIterator<Item = &'a str>, by: &str) -> EncodingChoice {
        let mut texts = texts.into_iter().peekable();
        if self.encode != EncodingChoice::Auto || texts.peek().is_none() {
            return self.encode;
        }
        let encoding = self.encode.resolve(texts);
        say!("encoding {encoding} ({by}--encode chooses)");
        EncodingChoice::Fixed(encoding)
    }

    /// Refuses options that say nothing about any of the files.
    ///
    /// # Errors
    /// `--levels` without an image, `--directed` without a graph.
    pub(crate) fn check(&self, paths: &[PathBuf]) -> Result<()> {
        let kinds = paths.iter().map(|path| self.kind(path)).collect::<Result<Vec<_>>>()?;
        if self.levels.is_some() && !kinds.contains(&Input::Png) {
            return Err(usage(anyhow!("--levels goes with images: files called .png, or --input png")));
        }
        if self.directed && !kinds.contains(&Input::Graph) {
            return Err(usage(anyhow!("--directed goes with graphs: --input graph")));
        }
        Ok(())
    }

    /// The records of one file, in order.
    ///
    /// # Errors
    /// As [`InputArgs::batches`].
    pub(crate) fn read(
        &self,
        path: &Path,
        keep: Keep,
    ) -> Result<impl Iterator<Item = Result<Placed<'static>>> + use<>> {
        let batches = self.batches(path, keep, &Arc::default())?;
        Ok(batches.flat_map(|batch| match batch {
            Ok(batch) => batch.records().into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        }))
    }

    /// The records of one file in batches, in order, counting what is read.
    ///
    /// # Errors
    /// The file cannot be opened, or holds something else than its kind. What is wrong with single records is told with
    /// them; what makes the rest of the file unreadable comes as the iterator's last item.
    pub(crate) fn batches(&self, path: &Path, keep: Keep, meter: &Arc<Meter>) -> Result<Batches> {
        let input = self.kind(path)?;
        let name: Arc<Path> = Arc::from(path);
        let open = || source::open(path, meter);
        let one = |content: Result<Content<'static>>| -> Result<Batches> {
            let record = content.map(|content| Raw { id: None, content, fields: Map::new(), line: None });
            Ok(Box::new(std::iter::once(Ok(Batch::of(Arc::clone(&name), vec![(At::File, record)])))))
        };
        let batches = match input {
            Input::Lines => {
                Ok(Box::new(lines::Chunks::new(open()?, Arc::clone(&name), lines::Parse::Plain)) as Batches)
            }
            Input::Jsonl => {
                let parse = lines::Parse::Json { field: Arc::from(self.field.as_str()), keep };
                Ok(Box::new(lines::Chunks::new(open()?, Arc::clone(&name), parse)) as Batches)
            }
            Input::Csv => csv::read(open()?, Arc::clone(&name), &self.field, keep),
            Input::Parquet => ParquetFile::open(&name, meter)?.batches(&self.field, keep),
            Input::Text | Input::Bits => {
                // The line feed that ends a file is no symbol of the string in it.
                let content = whole::text(open()?).context_of(&name)?;
                let symbols = self.encode == EncodingChoice::Fixed(Encoding::Symbols);
                one(if symbols { content.map(Content::without_line_end) } else { content })
            }
            Input::Bytes => one(whole::bytes(open()?).context_of(&name)?),
            Input::Npy => one(npy::read(open()?).map(Content::Numbers)),
            Input::Png => one(png::read(open()?, self.levels.unwrap_or(2)).map(Content::Numbers)),
            Input::Graph => one(graph::read(open()?, self.directed).map(Content::Numbers)),
            Input::Matrix => one(matrix::read(open()?).map(Content::Numbers)),
        };
        Ok(Box::new(batches?.map(move |batch| Ok(batch?.of_kind(input)))))
    }
}

/// Which fields of a record beside its content are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// `id` alone: records are read without building what is not asked for.
    Id,
    /// As they were read: JSON records as their lines, rows of Parquet as lines of JSON, others as their fields.
    Line,
    /// All of them.
    All,
}

/// Batches in order, up to an error that ends them.
pub(crate) type Batches = Box<dyn Iterator<Item = Result<Batch>> + Send>;

/// A record as read.
#[derive(Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) content: Content<'a>,
    /// The other fields of a JSON, CSV or Parquet record, if they were asked for.
    pub(crate) fields: Map<String, Value>,
    /// The line that held a JSON record or would hold a row of Parquet, if it was asked for.
    pub(crate) line: Option<Cow<'a, str>>,
}

impl Raw<'_> {
    fn into_owned(self) -> Raw<'static> {
        let Self { id, content, fields, line } = self;
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Raw { id: id.map(own), content: content.into_owned(), fields, line: line.map(own) }
    }
}

/// A record or what is wrong with it, and where it stands.
#[derive(Debug)]
pub(crate) struct Placed<'a> {
    pub(crate) place: Place,
    pub(crate) record: Result<Raw<'a>>,
    /// The line of a record that cannot be read, if lines were asked for.
    pub(crate) bad: Option<&'a str>,
}

/// A file and the place of a record in it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    file: Arc<Path>,
    at: At,
}

impl Place {
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }
}

/// Where in its file a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// It is all of it.
    File,
    /// A line, from 1.
    Line(u64),
    /// A row, from 1, of a file without lines.
    Row(u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = self.file.display();
        match self.at {
            At::File => write!(f, "{file}"),
            At::Line(line) => write!(f, "{file}: line {line}"),
            At::Row(row) => write!(f, "{file}: row {row}"),
        }
    }
}

/// Names the file in an error of reading it.
trait ContextOf<T> {
    fn context_of(self, file: &Path) -> Result<T>;
}

impl<T> ContextOf<T> for std::io::Result<T> {
    fn context_of(self, file: &Path) -> Result<T> {
        self.with_context(|| format!("{}: cannot read", file.display()))
    }
}

/// Bytes as text.
fn utf8(bytes: &[u8]) -> Result<&str> {
    std::str::from_utf8(bytes).map_err(|e| anyhow!("byte {} is not UTF-8; convert the text to UTF-8", e.valid_up_to()))
}
