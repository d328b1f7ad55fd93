//! `turmite alpha audit`: the exogenous share by a ledger.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Map, Value, json};
use turmite_collapse::{Audit, CountedVerifier, GenerationAudit, Ledger, LedgerOptions, PLANNING_FLOOR};

use super::anchors::{Anchors, Reading};
use crate::commands::Context;
use crate::exit::{self, usage};
use crate::output::{self, Format, Sheet, number};
use crate::pipeline;
use crate::progress::Flow;
use crate::records::columns::{self, Seen};
use crate::records::{Input, Meter};

/// The default floor: the lower end of the planning floor of 10 to 20 %.
const FLOOR: f64 = 0.1;

/// Count the exogenous share of each generation in a ledger of what it was trained on
///
/// The share is counted by tokens, by weight in the loss and by share of the gradient, as far as the ledger has them; the smallest governs.
/// Where items were drawn and looked at (`audited`, `confirmed`), limits are exact (Clopper-Pearson) and hold together for the whole run
/// (one-sided 95 %); the rest of the ledger is taken at its word.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite alpha audit ledger.csv
  turmite alpha audit ledger.jsonl.zst --floor 0.15 --format json || echo 'below the floor'
  turmite alpha audit ledger.parquet --count-verified pytest --count-verified compiler=0.5 --column tokens=n_tokens
  turmite alpha audit harness.jsonl --anchors passes --count-verified passes
  turmite alpha audit checked-by-people.csv --anchors samples --floor 0.1

Exit code 3: --floor was typed and the run is below it. Undecided is a warning.")]
pub(super) struct Args {
    /// JSON lines, CSV or Parquet, perhaps compressed, or - for standard input
    #[arg(value_name = "LEDGER")]
    ledger: PathBuf,
    /// The least share that is enough [default: 0.1, and no exit code 3]
    #[arg(long, value_name = "ALPHA", value_parser = super::floor)]
    floor: Option<f64>,
    /// What the rows are
    #[arg(long, value_name = "KIND", default_value = "ledger")]
    anchors: Anchors,
    /// A column that has another name in the file, e.g. tokens=n_tokens
    #[arg(long = "column", value_name = "NAME=COLUMN", value_parser = mapping)]
    columns: Vec<(String, String)>,
    /// A verifier whose verified-synthetic data counts as exogenous, or the part of it that does, e.g. pytest or judge=0.5 [default: none]
    #[arg(long = "count-verified", value_name = "VERIFIER[=WEIGHT]")]
    count_verified: Vec<CountedVerifier>,
    /// With --anchors scores: the score from which on an item has passed
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    pass_from: Option<f64>,
    /// loss_weight and gradient_weight are per token, not per row
    #[arg(long)]
    per_token: bool,
    /// Rows are what a generation adds to a pool that keeps all before
    #[arg(long)]
    accumulate: bool,
    /// How the file is read: jsonl, csv or parquet [default: by its name, else jsonl]
    #[arg(long, value_name = "KIND")]
    input: Option<Input>,
    /// How to write the shares: table, json, jsonl (generations, then the run), csv (generations) [default: by the ending of
    /// --out, else table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, column)) if !name.is_empty() && !column.is_empty() => Ok((name.to_owned(), column.to_owned())),
        _ => Err("expected NAME=COLUMN".to_owned()),
    }
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    output::check_outputs(&[args.out.as_deref()], &[&args.ledger])?;
    let format = Format::of(args.format, args.out.as_deref())?;
    let reading = Reading::new(args.anchors, &args.columns, args.pass_from)?;
    if args.anchors == Anchors::Samples && !args.count_verified.is_empty() {
        return Err(usage(anyhow!(
            "--count-verified says nothing about --anchors samples: people confirmed these items"
        )));
    }
    let names: BTreeSet<&str> = args.count_verified.iter().map(|verifier| verifier.name.as_str()).collect();
    if names.len() < args.count_verified.len() {
        return Err(usage(anyhow!("--count-verified names a verifier twice; expected each once, with one weight")));
    }
    let ledger = read(args, &reading, context)?;
    let floor = args.floor.unwrap_or(FLOOR);
    let at_file = || args.ledger.display().to_string();
    let audit = ledger.audit(floor, args.accumulate).with_context(at_file)?;
    for warning in &audit.warnings {
        say!("warning: {warning}");
    }
    let broken = args.floor.is_some() && audit.above_floor == Some(false);
    match output::to(args.out.as_deref(), |out| write(&audit, args, format, out)) {
        // A reader that has gone must not turn a finding into a success.
        Err(error) if broken && exit::is_broken_pipe(&error) => {}
        written => written?,
    }
    said(&audit).into_iter().for_each(|said| say!("{said}"));
    Ok(if broken { ExitCode::from(exit::FOUND) } else { ExitCode::SUCCESS })
}

/// The run's share in a sentence.
fn said(audit: &Audit) -> Option<String> {
    let (least, low, high) = (audit.inf_alpha?, audit.inf_alpha_low?, audit.inf_alpha_high?);
    let against = |floor: f64, above: Option<bool>, name: &str| match above {
        Some(true) => format!("not below the {name} of {floor}"),
        Some(false) => format!("below the {name} of {floor}"),
        None => format!("perhaps below the {name} of {floor}"),
    };
    let mut floors = vec![against(audit.floor, audit.above_floor, "floor")];
    if audit.floor != PLANNING_FLOOR {
        floors.push(against(PLANNING_FLOOR, audit.above_planning_floor, "planning floor"));
    }
    Some(format!(
        "the least exogenous share is {least:.3} (limits {low:.3} and {high:.3}), in generation {}: {}",
        audit.least_generation?,
        floors.join(", ")
    ))
}

/// The ledger's sums, its rows read by all threads.
fn read(args: &Args, reading: &Reading, context: &Context<'_>) -> Result<Ledger> {
    let meter = Arc::new(Meter::default());
    let options = LedgerOptions { verifiers: args.count_verified.clone(), per_token: args.per_token };
    let mut ledger = Ledger::new(options);
    let empty = ledger.empty();
    let portions = columns::read(&args.ledger, args.input, reading.wanted().to_vec(), &meter)?;
    // In words only: what cannot be read must not be taken for what cannot be written.
    let portions = portions.map(|portion| portion.map_err(|error| anyhow!("{error:#}")));
    let pool = rayon::ThreadPoolBuilder::new().build().context("cannot start threads")?;
    let bytes = args.ledger.metadata().ok().filter(std::fs::Metadata::is_file).map(|m| m.len());
    let flow = Flow::new(context.progress, "audit", bytes);
    let mut rows = 0;
    let unseen = Seen::none_of(reading.wanted());
    let mut seen = unseen.clone();
    pipeline::in_order(
        &pool,
        portions,
        |portion: columns::Portion| -> Result<(Ledger, u64, Seen)> {
            let (mut part, mut rows, mut seen) = (empty.empty(), 0, unseen.clone());
            portion.visit(|place, cells| {
                rows += 1;
                seen.add(cells);
                Ok(part.add(&reading.entry(place, cells)?)?)
            })?;
            Ok((part, rows, seen))
        },
        |part| {
            context.signals.check()?;
            let (part, more, held) = part?;
            rows += more;
            seen.merge(&held);
            flow.set(meter.bytes(), rows);
            ledger.merge(&part);
            Ok(())
        },
    )?;
    flow.finish();
    if rows > 0 {
        seen.check(reading.wanted()).with_context(|| args.ledger.display().to_string())?;
    }
    Ok(ledger)
}

/// The columns of a generation; those for people first.
const COLUMNS: [&str; 21] = [
    "generation",
    "tokens",
    "alpha_tokens",
    "alpha_loss",
    "alpha_gradient",
    "alpha",
    "alpha_low",
    "alpha_high",
    "governed_by",
    "above_floor",
    "audited",
    "confirmed",
    "more_audited",
    "verified",
    "rows",
    "alpha_tokens_low",
    "alpha_tokens_high",
    "alpha_loss_low",
    "alpha_loss_high",
    "alpha_gradient_low",
    "alpha_gradient_high",
];

/// Columns that people see.
const SHOWN: usize = 13;

fn cells(audit: &GenerationAudit) -> Vec<Value> {
    let [tokens, loss, gradient] = audit.by_weight;
    let alpha = |limits: Option<turmite_collapse::Limits>| number(limits.map(|l| l.alpha));
    let low = |limits: Option<turmite_collapse::Limits>| number(limits.map(|l| l.low));
    let high = |limits: Option<turmite_collapse::Limits>| number(limits.map(|l| l.high));
    vec![
        json!(audit.generation),
        count(audit.tokens),
        alpha(tokens),
        alpha(loss),
        alpha(gradient),
        alpha(audit.share),
        low(audit.share),
        high(audit.share),
        json!(audit.governed_by),
        json!(audit.above_floor),
        json!(audit.audited),
        json!(audit.confirmed),
        json!(audit.more_audited),
        number(audit.verified),
        json!(audit.rows),
        low(tokens),
        high(tokens),
        low(loss),
        high(loss),
        low(gradient),
        high(gradient),
    ]
}

/// A sum of tokens: whole where it is.
fn count(tokens: f64) -> Value {
    if tokens.fract() == 0.0 && tokens < 9e15 { json!(tokens as u64) } else { number(Some(tokens)) }
}

fn summary(audit: &Audit, args: &Args) -> Map<String, Value> {
    let verifiers: Vec<String> = args.count_verified.iter().map(ToString::to_string).collect();
    let summary = [
        ("inf_alpha", number(audit.inf_alpha)),
        ("inf_alpha_low", number(audit.inf_alpha_low)),
        ("inf_alpha_high", number(audit.inf_alpha_high)),
        ("least_generation", json!(audit.least_generation)),
        ("floor", json!(audit.floor)),
        ("above_floor", json!(audit.above_floor)),
        ("planning_floor", json!(PLANNING_FLOOR)),
        ("above_planning_floor", json!(audit.above_planning_floor)),
        ("more_audited", json!(audit.more_audited)),
        ("level", number(Some(audit.level))),
        ("anchors", json!(args.anchors.name())),
        ("counted_verifiers", json!(verifiers)),
        ("accumulate", json!(args.accumulate)),
        ("per_token", json!(args.per_token)),
        ("warnings", json!(audit.warnings)),
    ];
    summary.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn write(audit: &Audit, args: &Args, format: Format, out: &mut dyn Write) -> Result<()> {
    let people = format == Format::Table;
    let columns = COLUMNS[..if people { SHOWN } else { COLUMNS.len() }].iter().map(|&name| name.to_owned()).collect();
    let mut sheet = Sheet::new(out, format, "generations", columns)?;
    for generation in &audit.generations {
        let mut cells = cells(generation);
        if people {
            cells.truncate(SHOWN);
        }
        sheet.row(cells)?;
    }
    let mut summary = summary(audit, args);
    match format {
        Format::Json => sheet.finish(summary),
        Format::Csv => sheet.finish(Map::new()),
        Format::Jsonl => {
            sheet.finish(Map::new())?;
            let mut line = Map::from_iter([("summary".to_owned(), json!(true))]);
            line.append(&mut summary);
            output::one(out, Format::Jsonl, line)
        }
        Format::Table => {
            sheet.finish(Map::new())?;
            writeln!(out)?;
            // The warnings stand on standard error.
            summary.remove("warnings");
            output::one(out, Format::Table, summary)
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn mappings() {
        assert_eq!(super::mapping("tokens=n").unwrap(), ("tokens".to_owned(), "n".to_owned()));
        assert!(super::mapping("tokens").is_err() && super::mapping("=n").is_err());
    }
}
