//! `turmite table diff`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Map, Value, json};
use turmite_tables::{
    Agreement, Alone, DiffOptions, DiffOrder, Difference, Method, Scores, ShapeAgreement, Table, diff,
};

use super::{facts, open_part};
use crate::output::{self, Format, Sheet, number};

/// Compare two tables on the strings that both have
///
/// Everything is counted over strings: with more than two symbols a class of strings weighs as many as it has members, and is listed once.
/// Ranks are of K to 1e-9 bits; equal ones share their mean rank. Differences are B less A, and where a table
/// was sampled also in standard errors. A shard is compared with the same shard only, for another cutoff.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table diff 5x2-1d d4.ctm
  turmite table diff 5x2-1d published.ctm --top 3 --format json
  turmite table diff s6.ctm 5x2-1d --by rank                where K differ by a constant

The strings that only one table has are listed for shapes that both hold, the simplest first.")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    a: String,
    /// Another
    b: String,
    /// The most strings to list
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,
    /// What makes a difference large
    #[arg(long, value_name = "BY", default_value = "k")]
    by: By,
    /// How to show it; `csv` gives the agreement shape by shape
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: DiffFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum DiffFormat {
    /// For people
    Table,
    /// One JSON object
    Json,
    /// A row a shape, and one for all
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum By {
    /// The difference of K in bits
    K,
    /// The difference of ranks among all strings in common
    Rank,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let (a, b) = (open_part(&args.a)?, open_part(&args.b)?);
    let by = match args.by {
        By::K => DiffOrder::K,
        By::Rank => DiffOrder::Rank,
    };
    let found = diff(&a, &b, &DiffOptions { top: args.top, by })?;
    output::to(None, |out| match args.format {
        DiffFormat::Json => {
            let mut object = Map::new();
            object.insert("a".to_owned(), Value::Object(heading(&a)));
            object.insert("b".to_owned(), Value::Object(heading(&b)));
            if let Value::Object(fields) = serde_json::to_value(&found)? {
                object.extend(fields);
            }
            output::one(out, Format::Json, object)
        }
        DiffFormat::Csv => agreements(out, Format::Csv, &found.shapes.iter().collect::<Vec<_>>(), &found.all),
        DiffFormat::Table => print(out, &a, &b, &found),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The facts of a table, with where it lies and where imported values come from.
fn heading(table: &Table) -> Map<String, Value> {
    let mut out = facts(table);
    out.insert("path".to_owned(), json!(table.path().display().to_string()));
    if let Method::Imported { source } = &table.provenance().method {
        out.insert("source".to_owned(), json!(source));
    }
    out
}

fn print(out: &mut dyn Write, a: &Table, b: &Table, found: &Difference) -> Result<()> {
    for (name, table) in [("A", a), ("B", b)] {
        let provenance = table.provenance();
        let steps = provenance.max_steps.map_or_else(String::new, |steps| format!(", {steps} steps"));
        let method = match &provenance.method {
            Method::Imported { source } => format!("imported from {source}"),
            Method::Sampled(s) => format!("sampled ({} machines, seed {}){steps}", s.samples, s.seed),
            method => format!("{}{steps}", method.name()),
        };
        let path = table.path().display();
        let line = format!(
            "{path}: {}, {method}, version {}, {} strings, {}",
            table.name(),
            provenance.version,
            table.outputs(),
            table.checksum()
        );
        writeln!(out, "{name}  {}", crate::exit::printable(&line))?;
    }
    if a.checksum() == b.checksum() {
        return Ok(writeln!(out, "\nThe tables are identical: {} strings.", a.outputs())?);
    }
    writeln!(
        out,
        "\nmean, mean_abs and greatest are of the difference of K (B - A), in bits; <=0.01 is the share of strings that differ by"
    )?;
    writeln!(out, "at most 0.01 bit.\n")?;
    let common: Vec<&ShapeAgreement> = found.shapes.iter().filter(|s| s.agreement.common > 0).collect();
    agreements(out, Format::Table, &common, &found.all)?;
    below(out, found)?;
    if !found.largest.is_empty() {
        writeln!(out, "\nlargest differences (B - A)")?;
        let columns = ["string", "shape", "k_a", "k_b", "difference", "rank_a", "rank_b", "strings"];
        let mut sheet = Sheet::new(out, Format::Table, "", columns.map(str::to_owned).to_vec())?;
        for row in &found.largest {
            sheet.row(vec![
                json!(row.string),
                json!(row.shape),
                json!(row.k_a),
                json!(row.k_b),
                json!(row.difference),
                json!(row.rank_a.to_string()),
                json!(row.rank_b.to_string()),
                json!(row.strings),
            ])?;
        }
        sheet.finish(Map::new())?;
    }
    for (name, list) in [("A", &found.only_a), ("B", &found.only_b)] {
        alone(out, name, list)?;
    }
    Ok(())
}

/// A row a shape, and one for all.
fn agreements(out: &mut dyn Write, format: Format, shapes: &[&ShapeAgreement], all: &Agreement) -> Result<()> {
    let people = format == Format::Table;
    let differences = if people {
        ["mean", "mean_abs", "greatest", "<=0.01", "<=0.1", "<=1"]
    } else {
        ["mean_difference", "mean_absolute", "greatest", "within_0.01_bit", "within_0.1_bit", "within_1_bit"]
    };
    let columns =
        ["shape", "common", "only_a", "only_b", "spearman", "kendall", "pearson"].into_iter().chain(differences);
    let mut sheet = Sheet::new(out, format, "", columns.map(str::to_owned).collect())?;
    let bits = |bits: Option<f64>| if people { short(bits) } else { number(bits) };
    let share = |share: Option<f64>| if people { percent(share) } else { number(share) };
    let mut row = |shape: &str, of: &Agreement| {
        sheet.row(vec![
            json!(shape),
            json!(of.common),
            json!(of.only_a),
            json!(of.only_b),
            number(of.spearman),
            number(of.kendall),
            number(of.pearson),
            bits(of.mean_difference),
            bits(of.mean_absolute),
            bits(of.greatest),
            share(of.within_hundredth),
            share(of.within_tenth),
            share(of.within_one),
        ])
    };
    for shape in shapes {
        row(&shape.shape, &shape.agreement)?;
    }
    row("all", all)?;
    sheet.finish(Map::new())
}

/// What the rows of the shapes do not say.
fn below(out: &mut dyn Write, found: &Difference) -> Result<()> {
    let apart = found.shapes.iter().filter(|s| s.agreement.common == 0);
    let (a, b) =
        apart.fold((0, 0), |(a, b), s| (a + u64::from(s.agreement.only_a > 0), b + u64::from(s.agreement.only_b > 0)));
    if let Some(scores) = &found.all.scores {
        writeln!(
            out,
            "In standard errors (of {} classes known to {} bit): mean {:.3}, root mean square {:.3}, {:.2}% within 2.",
            scores.classes,
            Scores::MOST_ERROR,
            scores.mean,
            scores.root_mean_square,
            scores.within_2 * 100.0
        )?;
    }
    if a + b > 0 {
        writeln!(out, "Shapes without a string in common are not shown: {a} of A, {b} of B.")?;
    }
    Ok(())
}

/// Six decimals, or what is left of a difference smaller than they show.
fn short(bits: Option<f64>) -> Value {
    match bits {
        Some(b) if b != 0.0 && b.abs() < 1e-5 => json!(format!("{b:.0e}")),
        _ => number(bits),
    }
}

fn percent(share: Option<f64>) -> Value {
    output::text(share.map(|s| format!("{:.2}%", s * 100.0)))
}

fn alone(out: &mut dyn Write, name: &str, list: &[Alone]) -> Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nonly in {name}, of shapes that both hold, the simplest")?;
    let columns = ["string", "shape", "k", "strings"];
    let mut sheet = Sheet::new(out, Format::Table, "", columns.map(str::to_owned).to_vec())?;
    for row in list {
        sheet.row(vec![json!(row.string), json!(row.shape), json!(row.k), json!(row.strings)])?;
    }
    sheet.finish(Map::new())
}
