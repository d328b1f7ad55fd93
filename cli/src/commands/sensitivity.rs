//! `turmite sensitivity`: how far the BDM of one object moves with choices that are not in it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use turmite_bdm::{Bdm, Partition, Reading, Sensitivity, Spread};
use turmite_tables::{Catalog, Shape, Table};

use super::object::{Cut, CutArgs, why_no_bdm};
use crate::exit::usage;
use crate::output::{self, Format, Sheet, number};

/// How far the BDM of one object moves with the block's offset, its shape and the table
///
/// One row a choice: the offset of the first block (`phase`), the block and others of the same table (`block`), the table and
/// others with the same block (`table`); the row `value` is the object as it is scored. bdm_per_symbol is over all symbols, as
/// in `turmite score`; bdm_per_covered over those that stand in blocks with a price, so that offsets, which leave out different
/// symbols, compare: the ranges are of it. A difference between objects that is smaller than a range may come from the choice
/// alone; one that is larger is not thereby proven to come from the objects.
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
    /// Other blocks, split by commas [default: those of half as many cells or more, of which the table holds half]
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
    args.cut.check_files(&[], &[&args.file])?;
    let source = args.cut.read(&args.file, args.record, false)?;
    let Cut { table, bdm } = args.cut.cut(source.content.dims(), Partition::Ignore)?;
    let encoded = source.encode(args.cut.encoding(&[&source]), &bdm)?;
    let tables = tables(args, &bdm)?;
    let found = bdm.sensitivity(&encoded.array, &blocks(args, &bdm)?, &tables)?;
    check_typed(args, &tables, &found)?;

    let columns = ["what", "choice", "bdm", "bdm_per_symbol", "bdm_per_covered", "missing"].map(str::to_owned).to_vec();
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
        say!("{} has no BDM: {}", args.file.display(), why_no_bdm(&bdm, &encoded.array)?);
    }
    for (what, spread) in spreads.into_iter().filter(|(_, spread)| spread.readings.len() > 1) {
        if let (Some((least, greatest)), Some(relative)) = (spread.extremes(), spread.relative_range()) {
            let percent = 100.0 * relative;
            let note = if what == "block" { "; values of different blocks do not compare" } else { "" };
            say!(
                "{what}: {least:.6} to {greatest:.6} bits a covered symbol, a range of {percent:.2} % of the mean{note}"
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(what: &str, reading: &Reading) -> Vec<Value> {
    let Reading { choice, bits, bits_per_symbol, bits_per_covered, missing } = reading;
    let bits = [bits, bits_per_symbol, bits_per_covered].map(|bits| number(Some(*bits)));
    [json!(what), json!(choice)].into_iter().chain(bits).chain([json!(missing)]).collect()
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

/// The blocks to try; one that was typed is held by the table.
fn blocks(args: &Args, bdm: &Bdm) -> Result<Vec<Shape>> {
    let table = bdm.table();
    if let Some(block) = args.blocks.iter().find(|block| !table.has_shape(block)) {
        let held: Vec<String> = table.shapes().map(|(shape, _)| shape.to_string()).collect();
        return Err(usage(anyhow!(
            "--blocks {block}: table {} holds no blocks of this shape; it holds {}",
            table.name(),
            held.join(", ")
        )));
    }
    if !args.blocks.is_empty() {
        return Ok(args.blocks.clone());
    }
    // The value moves by multiples from block to block; that of blocks of one symbol would be all of the range.
    let large = |shape: &Shape| 2 * shape.cells() >= bdm.block().cells();
    Ok(table.shapes().map(|(shape, _)| shape).filter(|shape| large(shape) && holds(table, *shape)).collect())
}

/// What was typed and has no reading is an error, not a row that is not there.
fn check_typed(args: &Args, tables: &[(String, Arc<Table>)], found: &Sensitivity) -> Result<()> {
    if found.value.is_none() {
        return Ok(());
    }
    let has = |spread: &Spread, choice: &str| spread.readings.iter().any(|reading| reading.choice == choice);
    if let Some(block) = args.blocks.iter().find(|block| !has(&found.block, &block.to_string())) {
        bail!("--blocks {block}: the object has no block of this shape that has a price; choose smaller ones");
    }
    let missed = tables.iter().find(|(name, _)| args.tables.contains(name) && !has(&found.table, name));
    if let Some((name, _)) = missed {
        bail!("--tables {name}: no block of the object has a price in this table");
    }
    Ok(())
}

fn tables(args: &Args, bdm: &Bdm) -> Result<Vec<(String, Arc<Table>)>> {
    let catalog = Catalog::from_environment();
    if !args.tables.is_empty() {
        let own = bdm.table();
        let open = |name: &String| {
            let table = catalog.open(name)?;
            if table.symbols() != own.symbols() || !table.has_shape(&bdm.block()) {
                return Err(usage(anyhow!(
                    "--tables {name}: {} holds no blocks of {} over {} symbols, which {} is read by; name a table that does",
                    table.name(),
                    bdm.block(),
                    own.symbols(),
                    args.file.display()
                )));
            }
            Ok((name.clone(), Arc::new(table)))
        };
        let mut typed = args.tables.iter().map(open).collect::<Result<Vec<_>>>()?;
        // The object's own table is in the range anyhow.
        typed.retain(|(_, table)| table.checksum() != own.checksum());
        return Ok(typed);
    }
    let listed = catalog.list()?.into_iter().filter_map(|entry| Some((entry.name, entry.table.ok()?)));
    let alike = listed.filter(|(_, table)| table.symbols() == bdm.table().symbols() && holds(table, bdm.block()));
    Ok(alike.map(|(name, table)| (name, Arc::new(table))).collect())
}
