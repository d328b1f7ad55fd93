//! One object and the measure it is looked at with: what `perturb`, `reduce`, `compare` and `sensitivity` share.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Value, json};
use turmite_bdm::perturb::Metric;
use turmite_bdm::{Bdm, BdmError, BlockCounts, Encoding, EncodingChoice, Missing, Partition, SymbolArray};
use turmite_tables::{Shape, default_name};

use super::alphabet;
use crate::exit::usage;
use crate::records::{Content, Encoded, Input, InputArgs, Keep};

#[derive(Debug, clap::Args)]
pub(super) struct ObjectArgs {
    /// The file that holds the object, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub(super) file: PathBuf,
    /// Which record of a file that holds several, from 0
    #[arg(long, value_name = "INDEX")]
    record: Option<usize>,
    #[command(flatten)]
    pub(super) cut: CutArgs,
    /// What is measured
    #[arg(long, value_name = "METRIC", default_value = "bdm")]
    pub(super) metric: MetricName,
}

/// Windows at every shift, whose blocks do not depend on where the object starts.
pub(super) const WINDOWS: Partition = Partition::Correlated { shift: 1 };

/// How records are read and cut into blocks: what `score` and the commands on one object share.
#[derive(Debug, clap::Args)]
pub(super) struct CutArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// The table: a file or a name of `turmite table list` [default: by the axes of the first record and of --block, 5x2-1d for strings]
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// The shape of a block [default: 12, or 4x4 with a table of arrays; where the table holds none of these, the largest of which it holds half]
    #[arg(long, value_name = "SHAPE")]
    block: Option<Shape>,
    /// What becomes of symbols that do not fill a block: ignore, recursive, correlated (windows at every shift), periodic (windows that wrap around), or one of ignore, correlated and periodic for each axis, split by commas, a shift behind a colon: periodic:2,correlated:3 [default: ignore; correlated where strings are compared or parts are deleted]
    #[arg(long, value_name = "RULE")]
    boundary: Option<Partition>,
    /// Distance between windows [default: 1 for correlated, the block for periodic]
    #[arg(long, value_name = "N")]
    shift: Option<usize>,
    /// The shortest leftover that `recursive` prices [default: 1]
    #[arg(long, value_name = "N")]
    min_length: Option<usize>,
    /// What a block that the table lacks costs: bound (log2 of the table's total: less than one machine writes it), max-plus-one (the greatest K held + 1), skip or fail
    #[arg(long, value_name = "RULE", default_value = "bound")]
    pub(super) missing: Missing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum MetricName {
    /// The Block Decomposition Method, bits
    Bdm,
    /// The entropy of the block frequencies, bits a block
    Entropy,
}

impl MetricName {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Bdm => "bdm",
            Self::Entropy => "entropy",
        }
    }
}

impl From<MetricName> for Metric {
    fn from(name: MetricName) -> Self {
        match name {
            MetricName::Bdm => Self::Bdm,
            MetricName::Entropy => Self::Entropy,
        }
    }
}

/// The object as symbols, as it was read, and the measure.
pub(super) struct Object {
    pub(super) input: Input,
    pub(super) content: Content<'static>,
    pub(super) array: SymbolArray,
    pub(super) encoding: Cow<'static, str>,
    pub(super) table: String,
    pub(super) bdm: Bdm,
}

/// An object as it was read.
pub(super) struct Source {
    pub(super) place: String,
    pub(super) input: Input,
    pub(super) content: Content<'static>,
}

/// What objects are looked at with.
pub(super) struct Cut {
    pub(super) table: String,
    pub(super) bdm: Bdm,
}

impl Object {
    /// The levels of luminance that an image was cut into.
    pub(super) fn levels(&self) -> Option<u32> {
        self.encoding.strip_prefix("luminance:")?.parse().ok()
    }

    /// The name of a graph's node: as the file has it, or its row.
    pub(super) fn node(&self, row: usize) -> Value {
        let names = if let Content::Numbers(numbers) = &self.content { numbers.names() } else { None };
        names.and_then(|names| names.get(row)).map_or_else(|| json!(row), |name| json!(name))
    }
}

impl ObjectArgs {
    /// Reads the object, and cuts it by a command's own boundary rule where none is typed.
    pub(super) fn load(&self, graph: bool, default: Partition) -> Result<Object> {
        let source = self.cut.read(&self.file, self.record, graph)?;
        let Cut { table, bdm } = self.cut.cut(source.content.dims(), default)?;
        let choice = self.cut.encoding(&[&source]);
        let Encoded { array, encoding } = source.encode(choice, &bdm)?;
        if self.metric == MetricName::Bdm && bdm.score(&array)?.is_none() {
            bail!(
                "{} has no BDM, so that there is nothing to change or compare: {}",
                source.place,
                why_no_bdm(&bdm, &array)?
            );
        }
        Ok(Object { input: source.input, content: source.content, array, encoding, table, bdm })
    }

    /// Refuses outputs that are the object or the table.
    pub(super) fn check_outputs(&self, outputs: &[Option<&Path>]) -> Result<()> {
        self.cut.check_files(outputs, &[&self.file])
    }
}

impl Source {
    /// The object as symbols of the table.
    pub(super) fn encode(&self, choice: EncodingChoice, bdm: &Bdm) -> Result<Encoded> {
        let choice = if self.input == Input::Bits { EncodingChoice::Fixed(Encoding::Bits) } else { choice };
        let found = OnceCell::new();
        let larger = || found.get_or_init(|| alphabet::larger(bdm.table())).as_slice();
        alphabet::encode(&self.content, choice, bdm.table(), larger).with_context(|| self.place.clone())
    }
}

impl CutArgs {
    /// Refuses outputs that are read, and standard input where it is named twice.
    pub(super) fn check_files(&self, outputs: &[Option<&Path>], inputs: &[&Path]) -> Result<()> {
        super::table::check_outputs(outputs, inputs, &self.table.as_deref().into_iter().collect::<Vec<_>>())
    }

    /// Reads one object of a file.
    pub(super) fn read(&self, file: &Path, record: Option<usize>, graph: bool) -> Result<Source> {
        let args = self.input_args(file, graph);
        args.check(&[file.to_owned()])?;
        let input = args.kind(file)?;
        let (place, content) = content(file, record, &args)?;
        Ok(Source { place, input, content })
    }

    /// The table and the cut for an object of so many axes, by a command's own boundary rule where none is typed; every other
    /// that is scored with it has to have as many axes.
    pub(super) fn cut(&self, dims: usize, default: Partition) -> Result<Cut> {
        let partition = self.partition(default)?;
        let table = self.table.clone().map_or_else(|| default_table(dims, self.block), Ok)?;
        let opened = super::table::open(&table)?;
        let mut builder = Bdm::builder(opened).partition(partition).missing(self.missing).intervals(false);
        if let Some(block) = self.block {
            builder = builder.block(block);
        }
        let bdm = builder.build().map_err(|error| match error {
            BdmError::ShapeNotHeld { .. } | BdmError::BlockTooLarge { .. } if self.block.is_some() => usage(error),
            error => error.into(),
        })?;
        Ok(Cut { table, bdm })
    }

    /// The one encoding of texts that are looked at together.
    pub(super) fn encoding(&self, sources: &[&Source]) -> EncodingChoice {
        let texts = sources.iter().filter_map(|source| match &source.content {
            Content::Text(text) if source.input != Input::Bits => Some(text.as_ref()),
            _ => None,
        });
        self.input.encoding(texts, "")
    }

    /// The boundary rule with its options, or a command's own.
    pub(super) fn partition(&self, default: Partition) -> Result<Partition> {
        let partition = match (self.boundary.unwrap_or(default), self.shift, self.min_length) {
            (partition, None, None) => partition,
            (Partition::Correlated { .. }, Some(shift), None) => Partition::Correlated { shift },
            (Partition::Periodic { .. }, shift, None) => Partition::Periodic { shift },
            (Partition::Recursive { .. }, None, Some(min_length)) => Partition::Recursive { min_length },
            (_, Some(_), _) => return Err(usage(anyhow!("--shift goes with --boundary correlated or periodic"))),
            (_, None, Some(_)) => return Err(usage(anyhow!("--min-length goes with --boundary recursive"))),
        };
        partition.check()?;
        Ok(partition)
    }

    /// A graph in a file whose name does not say how it is written is a matrix or a list of edges.
    fn input_args(&self, file: &Path, graph: bool) -> InputArgs {
        let mut args = self.input.clone();
        let says = matches!(Input::guess(file), Ok(Input::Npy | Input::Png | Input::Jsonl | Input::Parquet));
        if graph && args.input.is_none() && !says {
            args.input = Some(Input::Graph);
        }
        args
    }
}

/// The one record that is meant, and where it stands.
fn content(file: &Path, record: Option<usize>, args: &InputArgs) -> Result<(String, Content<'static>)> {
    let mut records = args.read(file, Keep::Id)?.skip(record.unwrap_or(0));
    let Some(placed) = records.next().transpose()? else {
        bail!("{}: no record {}, counted from 0", file.display(), record.unwrap_or(0));
    };
    if record.is_none() && records.next().is_some() {
        return Err(usage(anyhow!(
            "{}: holds several records; name one with --record (compare: --records), the first being 0",
            file.display()
        )));
    }
    let place = placed.place.to_string();
    let record = placed.record.with_context(|| place.clone())?;
    Ok((place, record.content))
}

/// Why an object has no BDM, and the mend.
pub(super) fn why_no_bdm(bdm: &Bdm, array: &SymbolArray) -> Result<String> {
    if array.is_empty() {
        return Ok("it is empty".to_owned());
    }
    let mut counts = BlockCounts::new(bdm.table().symbols());
    bdm.count(&mut counts, array)?;
    let (block, table) = (bdm.block(), bdm.table().name());
    Ok(match bdm.partition() {
        _ if counts.iter().next().is_some() => {
            format!(
                "table {table} lacks every block of it, and --missing skip leaves out what the table lacks; --missing bound prices it"
            )
        }
        Partition::Recursive { min_length } => format!("it is shorter than --min-length {min_length}"),
        _ => format!("it is shorter than a block of {block}; --boundary recursive prices it whole"),
    })
}

/// The table for objects of so many axes where none is named.
fn default_table(dims: usize, block: Option<Shape>) -> Result<String> {
    let shape = match (block, dims) {
        (Some(block), _) => block,
        (None, 1) => Shape::line(12)?,
        (None, 2) => Shape::new(&[4, 4])?,
        (None, _) => Shape::new(&[2, 2, 2])?,
    };
    Ok(default_name(&shape).to_owned())
}

/// The names of an array's axes, as columns of results: a line has places, a matrix rows and columns.
pub(super) fn axis_names(dims: usize) -> &'static [&'static str] {
    match dims {
        1 => &["position"],
        2 => &["row", "column"],
        _ => &["plane", "row", "column"],
    }
}

/// The place of a cell along each axis, from 0.
pub(super) fn place(axes: &[usize], mut cell: usize) -> Vec<usize> {
    let mut place = vec![0; axes.len()];
    for (at, &length) in place.iter_mut().zip(axes).rev() {
        *at = cell % length;
        cell /= length;
    }
    place
}
