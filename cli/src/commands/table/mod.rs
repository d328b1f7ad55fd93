//! `turmite table`: what tables there are, what they say and whether they are sound.

mod cut;
mod diff;
mod explain;
mod export;
mod import;
mod info;
mod list;
pub(super) mod lookup;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use turmite_ctm::is_checkpoint;
use turmite_tables::{Catalog, Origin, Table, TableBuilder, TableError, publish, refuse_existing};

use super::Context;
use crate::exit::usage;
use crate::output::{self, integer, text};

/// List, check, search, compare, explain, cut, export and import tables
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::Args),
    Info(info::Args),
    Verify(verify::Args),
    Lookup(lookup::Args),
    Diff(diff::Args),
    Explain(explain::Args),
    Cut(cut::Args),
    Export(export::Args),
    Import(import::Args),
}

pub(crate) fn run(args: Args, context: &Context<'_>) -> Result<ExitCode> {
    match args.command {
        Command::List(args) => list::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Lookup(args) => lookup::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Cut(args) => cut::run(&args),
        Command::Export(args) => export::run(&args, context),
        Command::Import(args) => import::run(&args),
    }
}

/// Opens a TABLE argument whose K are to be read: a shard of an exact table has none.
pub(super) fn open(name: &str) -> Result<Table> {
    let table = open_part(name)?;
    table.check_whole()?;
    Ok(table)
}

/// As [`output::check_outputs`], for a command that reads these tables too.
pub(super) fn check_outputs(outputs: &[Option<&Path>], inputs: &[&Path], tables: &[&str]) -> Result<()> {
    let tables: Vec<PathBuf> = tables.iter().filter_map(|name| file(name)).collect();
    let all: Vec<&Path> = inputs.iter().copied().chain(tables.iter().map(PathBuf::as_path)).collect();
    output::check_outputs(outputs, &all)
}

/// The file that a TABLE argument stands for; `None` where it is in the binary or not to be found, which the opening tells.
fn file(name: &str) -> Option<PathBuf> {
    if name == "-" {
        return Some(PathBuf::from(name));
    }
    match Catalog::from_environment().find(name).ok()?.into_iter().next()? {
        Origin::File(path) => Some(path),
        Origin::Embedded => None,
    }
}

/// Opens a TABLE argument, which may be a shard. Where a name fits several tables, says which one is taken.
pub(super) fn open_part(name: &str) -> Result<Table> {
    let catalog = Catalog::from_environment();
    if name != "-"
        && let [taken, others @ ..] = &catalog.find(name)?[..]
        && !others.is_empty()
    {
        let place = |origin: &Origin| match origin {
            Origin::Embedded => "the embedded table".to_owned(),
            Origin::File(path) => path.display().to_string(),
        };
        let others = others.iter().map(place).collect::<Vec<_>>().join(", ");
        say!("'{name}' is {}; to take {others} instead, give its path", place(taken));
    }
    match catalog.open_part(name) {
        Err(TableError::Magic { path, .. }) if is_checkpoint(&path) => bail!(
            "{}: a checkpoint, the unfinished work of `turmite enumerate`: run the same command again, which makes the table",
            path.display()
        ),
        opened => Ok(opened?),
    }
}

/// Refuses, before the work, an --out that a table cannot be written to, or that is one of the files it is made of.
pub(super) fn check_out(out: &Path, overwrite: bool, inputs: &[&Path], tables: &[&str]) -> Result<()> {
    if out == Path::new("-") {
        return Err(usage(anyhow!("--out -: a table cannot be written to standard output; name a file")));
    }
    check_outputs(&[Some(out)], inputs, tables)?;
    Ok(refuse_existing(out, overwrite)?)
}

/// Writes a table, and gives it as written: from memory, for a pipe cannot be read back.
pub(super) fn write(builder: TableBuilder, out: &Path, overwrite: bool) -> Result<Table> {
    let table = Table::from_bytes(builder.build()?)?;
    publish(out, overwrite, |to| to.write_all(table.bytes()))?;
    Ok(table)
}

/// The facts of a table, by the contract's names.
pub(super) fn facts(table: &Table) -> Map<String, Value> {
    let (space, provenance) = (table.space(), table.provenance());
    let weights = provenance.weights;
    // Of imported counts only the total is known; what did not halt is not on record.
    let rest = weights.filter(|_| provenance.nodes.is_some());
    // Of a sampled table these are estimates, in the same unit.
    let pairs = |weight: Option<u128>| text(weight.map(|w| table.pairs_text(w)));
    let mut out = Map::new();
    let mut put = |name: &str, value: Value| out.insert(name.to_owned(), value);
    put("space", json!(space.to_string()));
    put("states", json!(space.states()));
    put("symbols", json!(space.symbols()));
    put("dim", json!(space.dims()));
    put("max_steps", json!(provenance.max_steps));
    put("method", json!(provenance.method.name()));
    put(
        "machines",
        match table.sampling() {
            Some(_) => json!(space.pairs_text()),
            None => integer(rest.and_then(|w| w.sum())),
        },
    );
    put("halting", pairs(weights.map(|w| w.halting)));
    put("non_halting", pairs(rest.map(|w| w.non_halting)));
    put("undecided", pairs(rest.map(|w| w.undecided)));
    put("outputs", json!(table.outputs().to_string()));
    // Null where every string written has its row.
    put("within", json!(table.left_out().map(|l| l.within.to_string())));
    put("left_out", pairs(table.left_out().and_then(turmite_tables::LeftOut::total)));
    put("classes", json!(table.classes().to_string()));
    put("nodes", text(provenance.nodes.map(|n| n.to_string())));
    put("shard", json!(provenance.shard.to_string()));
    if let Some(sampling) = table.sampling() {
        put("seed", json!(sampling.seed));
        put("first_machine", json!(sampling.first.to_string()));
        put("machines_drawn", json!(sampling.samples.to_string()));
    }
    put("version", json!(provenance.version));
    put("checksum", json!(table.checksum()));
    out
}
