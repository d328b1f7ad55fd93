//! `turmite sensitivity`: how far the BDM of one object moves with choices that are not in it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use serde_json::{Map, Value, json};
use turmite_bdm::{Bdm, Reading, Spread};
use turmite_tables::{Catalog, Shape, Table};

use super::object::{Cut, CutArgs};
use crate::output::{self, Format, Sheet, number};

/// How far the BDM of one object moves with the block's offset, its shape and the table
///
/// One row a choice: the offset of the first block (`phase`), another block of the same table (`block`), another table with
/// the same block (`table`); the row `value` is the object as it is scored. Differences between objects that are smaller
/// than these are none.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite sensitivity notes.txt
  turmite sensitivity image.png --blocks 2x2,3x3 --format csv
  turmite sensitivity run.bits --tables 5x2-1d-exact,s6.ctm --format json")]
pub(crate) struct Args {
    /// The file that holds the object, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// Which record of a file that holds several, from 0
    #[arg(long, value_name = "INDEX")]
    record: Option<usize>,
    #[command(flatten)]
    cut: CutArgs,
    /// Other blocks, split by commas [default: all of which the table holds half or more]
    #[arg(long, value_name = "SHAPES", value_delimiter = ',')]
    blocks: Vec<Shape>,
    /// Other tables, split by commas [default: all of `turmite table list` that hold half or more of the block's contents]
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    tables: Vec<String>,
    /// How to write the rows
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let source = args.cut.read(&args.file, args.record, false)?;
    let Cut { table, bdm } = args.cut.cut(source.content.dims(), false)?;
    let encoded = source.encode(args.cut.encoding(&[&source]), &bdm)?;
    let found = bdm.sensitivity(&encoded.array, &blocks(args, &bdm), &tables(args, &bdm)?)?;

    let columns = ["what", "choice", "bdm", "bdm_per_symbol", "missing"].map(str::to_owned).to_vec();
    let spreads = [("phase", &found.phase), ("block", &found.block), ("table", &found.table)];
    output::to(None, |out| {
        let mut sheet = Sheet::new(out, args.format, "readings", columns)?;
        let mut extra = Map::new();
        extra.insert("encoding".to_owned(), json!(encoded.encoding));
        extra.insert("table".to_owned(), json!(table));
        extra.insert("block".to_owned(), json!(bdm.block().to_string()));
        extra.insert("boundary".to_owned(), json!(bdm.partition().to_string()));
        extra.insert("symbols".to_owned(), json!(encoded.array.len()));
        if let Some(value) = &found.value {
            sheet.row(row("value", value))?;
        }
        for (what, spread) in spreads {
            for reading in &spread.readings {
                sheet.row(row(what, reading))?;
            }
            extra.insert(what.to_owned(), summary(spread));
        }
        sheet.finish(extra)
    })?;
    if found.value.is_none() {
        say!("an object shorter than a block has no BDM; --boundary recursive prices it whole");
    }
    for (what, spread) in spreads {
        if let (Some((least, greatest)), Some(relative)) = (spread.extremes(), spread.relative_range()) {
            let percent = 100.0 * relative;
            say!("{what}: {least:.6} to {greatest:.6} bits a symbol, a range of {percent:.2} % of the mean");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(what: &str, reading: &Reading) -> Vec<Value> {
    let Reading { choice, bits, bits_per_symbol, missing } = reading;
    vec![json!(what), json!(choice), number(Some(*bits)), number(Some(*bits_per_symbol)), json!(missing)]
}

fn summary(spread: &Spread) -> Value {
    let extremes = spread.extremes();
    json!({
        "readings": spread.readings.len(),
        "least": number(extremes.map(|(least, _)| least)),
        "greatest": number(extremes.map(|(_, greatest)| greatest)),
        "mean": number(spread.mean()),
        "deviation": number(spread.deviation()),
        "relative_range": number(spread.relative_range()),
    })
}

/// Whether a table holds half or more of what a block can hold: prices of the rest would say little.
fn holds(table: &Table, block: Shape) -> bool {
    let contents = f64::from(table.symbols()).powf(block.cells() as f64);
    table.shapes().any(|(shape, strings)| shape == block && strings as f64 >= contents / 2.0)
}

fn blocks(args: &Args, bdm: &Bdm) -> Vec<Shape> {
    if !args.blocks.is_empty() {
        return args.blocks.clone();
    }
    bdm.table().shapes().map(|(shape, _)| shape).filter(|&shape| holds(bdm.table(), shape)).collect()
}

fn tables(args: &Args, bdm: &Bdm) -> Result<Vec<(String, Arc<Table>)>> {
    let catalog = Catalog::from_environment();
    if !args.tables.is_empty() {
        return args.tables.iter().map(|name| Ok((name.clone(), Arc::new(catalog.open(name)?)))).collect();
    }
    let listed = catalog.list()?.into_iter().filter_map(|entry| Some((entry.name, entry.table.ok()?)));
    let alike = listed.filter(|(_, table)| table.symbols() == bdm.table().symbols() && holds(table, bdm.block()));
    Ok(alike.map(|(name, table)| (name, Arc::new(table))).collect())
}
