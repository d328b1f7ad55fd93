//! `turmite alpha estimate`: the exogenous share by what came out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::{Map, json};
use turmite_bdm::EncodingChoice;
use turmite_collapse::{EstimateOptions, Estimates, LEAST_LAGGED, estimate, estimate_from_metric};

use crate::commands::label::{Names, RUN_FIELD, any_text, check_encoding, read_reference, read_runs, with_place};
use crate::exit::usage;
use crate::output::{self, Format, Sheet, number};
use crate::records::Input;
use crate::records::columns::{self, Datum, Seen, Wanted};

/// Estimate the exogenous share of each generation from its records and from authentic ones
///
/// Each pool is taken to be a mixture of the source and of a learner that has the block frequencies of the pool before. A generation has no estimate where the learner
/// has hardly left the source or is no such learner. With --metric it is one number a generation, and the share comes from how soon it returns to its authentic value.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite alpha estimate runs.jsonl --reference authentic.jsonl
  turmite alpha estimate runs.jsonl --reference authentic.txt --format jsonl --floor 0.15
  turmite alpha estimate scores.csv --metric accuracy --center 0.71

The reference must be authentic records drawn apart from the runs, not their own generation 0.
An estimate rests on what learner is assumed, so --floor changes no exit code here, as it does for `alpha audit`.")]
pub(super) struct Args {
    /// JSON lines of records, or - for standard input; with --metric a table of a row a generation (JSON lines, CSV or Parquet)
    #[arg(required = true, value_name = "RUNS")]
    runs: Vec<PathBuf>,
    /// Authentic records: JSON lines with the same field, or a text file of one record a line
    #[arg(long, value_name = "FILE", required_unless_present = "metric", conflicts_with = "metric")]
    reference: Option<PathBuf>,
    /// The field that holds the text
    #[arg(long, value_name = "NAME", default_value = "text", conflicts_with = "metric")]
    field: String,
    /// The field that names the run
    #[arg(long, value_name = "NAME", default_value = RUN_FIELD)]
    run_field: String,
    /// The field that numbers the generation
    #[arg(long, value_name = "NAME", default_value = "generation")]
    generation_field: String,
    /// How text becomes symbols: auto, utf8 (bytes) or bits (the characters 0 and 1)
    #[arg(long, value_name = "ENCODING", default_value = "auto", conflicts_with = "metric")]
    encode: EncodingChoice,
    /// The least share that is enough
    #[arg(long, value_name = "ALPHA", default_value_t = 0.1, value_parser = super::floor, conflicts_with = "metric")]
    floor: f64,
    /// Every learner was fitted on all generations before it
    #[arg(long, conflicts_with = "metric")]
    accumulate: bool,
    /// A number measured once a generation: a score, a loss, a density
    #[arg(long, value_name = "NAME", requires = "center")]
    metric: Option<String>,
    /// How the table of the metric is read: jsonl, csv or parquet [default: by its name, else jsonl]
    #[arg(long, value_name = "KIND", requires = "metric")]
    input: Option<Input>,
    /// The value of the metric on authentic data
    #[arg(long, value_name = "X", requires = "metric", allow_negative_numbers = true)]
    center: Option<f64>,
    /// How to write the estimates: table (one line a run), json, jsonl (generations, then runs), csv (generations) [default: by the ending of
    /// --out, else table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let inputs: Vec<&Path> = args.runs.iter().chain(&args.reference).map(PathBuf::as_path).collect();
    output::check_outputs(&[args.out.as_deref()], &inputs)?;
    let format = Format::of(args.format, args.out.as_deref())?;
    match (&args.metric, args.center, &args.reference) {
        (Some(metric), Some(center), _) => by_metric(args, format, metric, center)?,
        (_, _, Some(reference)) => by_records(args, format, reference)?,
        _ => return Err(usage(anyhow!("give --reference FILE, or --metric NAME and --center X"))),
    }
    Ok(ExitCode::SUCCESS)
}

fn by_records(args: &Args, format: Format, reference: &Path) -> Result<()> {
    check_encoding(args.encode)?;
    let names = Names { text: &args.field, run: &args.run_field, generation: &args.generation_field };
    let runs = read_runs(&args.runs, &names, &any_text)?;
    let authentic = read_reference(reference, &args.field, &any_text)?;
    let options = EstimateOptions { encoding: args.encode, floor: args.floor, accumulate: args.accumulate };
    let estimates = estimate(&runs, &authentic, &options)
        .map_err(|error| with_place(error.into(), &args.runs, Some(reference), &names))?;
    if args.encode == EncodingChoice::Auto {
        say!("encoding {} (--encode chooses)", estimates.encoding);
    }
    for warning in &estimates.warnings {
        say!("warning: {warning}");
    }
    for run in estimates.runs.iter().filter(|run| run.identified == 0) {
        let of_run = estimates.generations.iter().filter(|line| line.run == run.run);
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        for reason in of_run.filter_map(|line| json!(line.unidentified).as_str().map(str::to_owned)) {
            *reasons.entry(reason).or_default() += 1;
        }
        let reasons: Vec<String> = reasons.iter().map(|(reason, n)| format!("{reason} in {n}")).collect();
        say!(
            "warning: no generation of run `{}` has an estimate of its own: {} (misfit: no mixture of source and generation before; little-drift: too near the source, or too few records)",
            run.run,
            reasons.join(", ")
        );
    }
    output::to(args.out.as_deref(), |out| write(&estimates, format, out))
}

fn write(estimates: &Estimates, format: Format, out: &mut dyn Write) -> Result<()> {
    match format {
        Format::Table => {
            let columns =
                ["run", "inf_alpha_low", "inf_alpha_high", "floor", "above_floor", "identified", "generations"];
            let more = ["pooled", "pooled_low", "pooled_high", "lagged", "block", "cells"];
            let columns = columns.iter().chain(&more).map(|&name| name.to_owned()).collect();
            let mut sheet = Sheet::new(out, format, "runs", columns)?;
            for run in &estimates.runs {
                sheet.row(vec![
                    json!(run.run),
                    number(run.inf_alpha_low),
                    number(run.inf_alpha_high),
                    number(Some(run.floor)),
                    json!(run.above_floor),
                    json!(run.identified),
                    json!(run.generations),
                    number(run.pooled.map(|e| e.alpha)),
                    number(run.pooled.map(|e| e.low)),
                    number(run.pooled.map(|e| e.high)),
                    number(run.lagged.map(|e| e.alpha)),
                    json!(run.block),
                    json!(run.cells),
                ])?;
            }
            sheet.finish(Map::new())
        }
        Format::Json => {
            let whole = json!({
                "runs": estimates.runs,
                "generations": estimates.generations,
                "encoding": estimates.encoding,
                "warnings": estimates.warnings,
            });
            serde_json::to_writer(&mut *out, &whole)?;
            Ok(out.write_all(b"\n")?)
        }
        Format::Jsonl => {
            let lines = estimates.generations.iter().map(serde_json::to_value);
            for line in lines.chain(estimates.runs.iter().map(serde_json::to_value)) {
                serde_json::to_writer(&mut *out, &line?)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        }
        Format::Csv => {
            let columns =
                ["run", "generation", "alpha", "alpha_low", "alpha_high", "se", "unidentified", "alpha_given"];
            let mut sheet = Sheet::new(out, format, "generations", columns.map(str::to_owned).to_vec())?;
            for line in &estimates.generations {
                let mut cells = vec![json!(line.run), json!(line.generation)];
                cells.extend([line.alpha, line.alpha_low, line.alpha_high, line.se].map(number));
                cells.extend([json!(line.unidentified), number(line.alpha_given)]);
                sheet.row(cells)?;
            }
            sheet.finish(Map::new())
        }
    }
}

/// The values of a metric by run and generation.
type Paths = BTreeMap<String, BTreeMap<u64, f64>>;

fn by_metric(args: &Args, format: Format, metric: &str, center: f64) -> Result<()> {
    if !center.is_finite() {
        return Err(usage(anyhow!("--center is {center}, expected a finite number")));
    }
    let mut paths = Paths::new();
    let wanted = |name: &str, option: &str, needed, typed| Wanted {
        name: name.to_owned(),
        named_by: format!("{option} COLUMN"),
        needed,
        typed,
    };
    let by_run = args.run_field != RUN_FIELD;
    let wanted = [
        wanted(&args.generation_field, "--generation-field", true, false),
        wanted(metric, "--metric", true, false),
        wanted(&args.run_field, "--run-field", by_run, by_run),
    ];
    for file in &args.runs {
        let mut seen = Seen::none_of(&wanted);
        for portion in columns::read(file, args.input, wanted.to_vec(), &Arc::default())? {
            portion?.visit(|_, cells| {
                seen.add(cells);
                value(cells, [&args.generation_field, metric, &args.run_field], &mut paths)
            })?;
        }
        seen.check(&wanted).with_context(|| file.display().to_string())?;
    }
    if paths.is_empty() {
        bail!("{}: no rows; expected one a generation", args.runs[0].display());
    }
    let columns = ["run", "generations", "metric", "center", "alpha", "alpha_low", "alpha_high", "se"];
    output::to(args.out.as_deref(), |out| {
        let mut sheet = Sheet::new(out, format, "runs", columns.map(str::to_owned).to_vec())?;
        for (run, path) in &paths {
            let consecutive = path.keys().zip(path.keys().skip(1)).all(|(before, after)| before + 1 == *after);
            let values: Vec<f64> = path.values().copied().collect();
            let found = if consecutive { estimate_from_metric(&values, center) } else { None };
            if !consecutive {
                say!("warning: run `{run}` lacks generations between its first and its last, so no estimate is made");
            } else if values.len() < LEAST_LAGGED {
                let held = values.len();
                say!(
                    "warning: run `{run}` has {held} generations, expected at least {LEAST_LAGGED} (100 are better), so no estimate is made"
                );
            } else if found.is_none() {
                say!(
                    "warning: the values of run `{run}` do not return to {center} as those of an anchored run do, or never leave it, so no estimate is made"
                );
            }
            let mut cells = vec![json!(run), json!(values.len()), json!(metric), number(Some(center))];
            let parts = [found.map(|e| e.alpha), found.map(|e| e.low), found.map(|e| e.high), found.map(|e| e.se)];
            cells.extend(parts.map(number));
            sheet.row(cells)?;
        }
        sheet.finish(Map::new())
    })
}

/// Takes the value of a row.
fn value(cells: &[Datum<'_>], names: [&str; 3], paths: &mut Paths) -> Result<()> {
    let [of_generation, of_metric, of_run] = names;
    let wrong = |name: &str, found: &str, expected: &str| anyhow!("`{name}` is {found}, expected {expected}");
    let need = |name: &str| anyhow!("no `{name}`");
    let whole = "a whole number from 0";
    let generation =
        cells[0].whole().map_err(|f| wrong(of_generation, &f, whole))?.ok_or_else(|| need(of_generation))?;
    let value = cells[1].number().map_err(|f| wrong(of_metric, &f, "a number"))?.ok_or_else(|| need(of_metric))?;
    if !value.is_finite() {
        bail!("`{of_metric}` is {value}, expected a finite number");
    }
    let run = match &cells[2] {
        Datum::Absent => "run".to_owned(),
        Datum::Whole(id) => id.to_string(),
        cell => cell.text().map_err(|f| wrong(of_run, &f, "a name"))?.unwrap_or("run").to_owned(),
    };
    match paths.entry(run.clone()).or_default().entry(generation) {
        Entry::Occupied(_) => bail!(
            "generation {generation} of run `{run}` is there twice; expected one value a generation, such as the mean"
        ),
        Entry::Vacant(place) => place.insert(value),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_a_generation() {
        let mut paths = Paths::new();
        let names = ["generation", "score", "run"];
        let mut add = |cells: [Datum<'_>; 3]| value(&cells, names, &mut paths).map_err(|e| e.to_string());
        add([Datum::Cell("1"), Datum::Cell("0.5"), Datum::Absent]).unwrap();
        assert!(add([Datum::Whole(1), Datum::Number(0.4), Datum::Absent]).unwrap_err().contains("there twice"));
        assert!(add([Datum::Whole(1), Datum::Cell("nan"), Datum::Whole(3)]).unwrap_err().contains("`score` is NaN"));
        assert_eq!(add([Datum::Absent, Datum::Absent, Datum::Absent]), Err("no `generation`".to_owned()));
        assert_eq!(paths["run"], BTreeMap::from([(1, 0.5)]));
    }
}
