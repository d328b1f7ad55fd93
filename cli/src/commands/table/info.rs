//! `turmite table info`.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};
use turmite_tables::{Method, Table};

use super::{facts, open_part};
use crate::output::{self, OneFormat};

/// Show where a table's numbers come from, what it holds and how narrow its intervals are
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table info 5x2-1d
  turmite table info d4.ctm --format json

What the names mean:
  machines       pairs (machine, blank symbol) of the space: halting + non_halting + undecided. Of a sample all three are
                 estimates, and machines_drawn is how many machines it has
  outputs        strings that have a row, or share one: with more than two symbols a row holds a class
  classes        strings up to exchange of symbols
  within         the box that the strings kept fit in; left_out is the weight of the larger ones, in pairs
  nodes          partial machines run, the empty one included: the size of the tree that was walked
  shard          which part of the machines; 0/1 is all of them
  intervals_below_0.01_bit, intervals_below_1_bit
                 the share of rows whose k_high - k_low, the bounds without a cutoff, is less than that
  largest_se_of_100_rows
                 of a sample: the largest standard error of K, in bits, among the 100 commonest rows")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let table = open_part(&args.table)?;
    let mut object = facts(&table);
    if let Method::Imported { source } = &table.provenance().method {
        object.insert("source".to_owned(), json!(source));
    }
    if table.sampling().is_some() {
        object.insert("largest_se_of_100_rows".to_owned(), output::number(table.largest_error(100)?));
    }
    let (close, near) = interval_shares(&table)?;
    object.insert("intervals_below_0.01_bit".to_owned(), output::number(close));
    object.insert("intervals_below_1_bit".to_owned(), output::number(near));
    let shapes: Vec<(String, u64, f64)> = table
        .shapes()
        .map(|(shape, strings)| {
            let all = f64::from(table.symbols()).powi(i32::try_from(shape.cells()).unwrap_or(i32::MAX));
            (shape.to_string(), strings, strings as f64 / all)
        })
        .collect();
    output::to(None, |out| {
        if args.format == OneFormat::Json {
            let fill: Vec<Value> = shapes
                .into_iter()
                .map(|(shape, strings, fill)| json!({"shape": shape, "strings": strings.to_string(), "fill": fill}))
                .collect();
            object.insert("shapes".to_owned(), Value::Array(fill));
            return output::one(out, args.format.into(), object);
        }
        output::one(out, args.format.into(), object)?;
        writeln!(out, "\nstrings held, by shape (share of all that exist):")?;
        // What would be shown as 0.0000 % is summed up.
        let (sparse, dense): (Vec<_>, Vec<_>) = shapes.iter().partition(|(_, _, fill)| *fill < 5e-7);
        for (shape, strings, fill) in dense {
            writeln!(out, "  {shape:>8}  {strings:>8}  {:>10.4} %", fill * 100.0)?;
        }
        if let Some((last, ..)) = sparse.last() {
            let strings: u64 = sparse.iter().map(|(_, strings, _)| strings).sum();
            let many = sparse.len();
            writeln!(out, "  {many} more, up to {last}: {strings} strings, less than 0.0001 % of each shape")?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The share of rows whose interval without a cutoff is narrower than 0.01 bit and 1 bit; `None` without intervals.
fn interval_shares(table: &Table) -> Result<(Option<f64>, Option<f64>)> {
    let imported = matches!(table.provenance().method, Method::Imported { .. });
    if imported || table.is_empty() || table.check_whole().is_err() {
        return Ok((None, None));
    }
    let (mut close, mut near) = (0u64, 0u64);
    for row in table.rows() {
        let interval = table.interval_of_row(&row?);
        if let (Some(low), Some(high)) = (interval.low, interval.high) {
            close += u64::from(high - low < 0.01);
            near += u64::from(high - low < 1.0);
        }
    }
    let rows = table.len() as f64;
    Ok((Some(close as f64 / rows), Some(near as f64 / rows)))
}
