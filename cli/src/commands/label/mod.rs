//! `turmite label`: is this self-training loop keeping its mechanism, or collapsing?

mod line;
mod read;
mod warnings;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use turmite_bdm::EncodingChoice;
use turmite_collapse::{GenerationLabel, LabelOptions, Labels, Reference, Run, RunLabel, Verdict, label};
use turmite_tables::Catalog;

use super::Context;
use crate::cache;
use crate::exit::{self, usage};
use crate::output::{self, Format, Sheet, number, text};
use crate::progress::Share;
use crate::report::{self, Material, Report};

pub(super) use read::{Names, RUN_FIELD, any_text, check_encoding, read_reference, read_runs, with_place};

/// Say of every run whether it keeps the mechanism of its data or collapses
///
/// Two questions are kept apart: do the records still obey the rule found in the reference (mechanism-loss), and does the loop drift
/// on after its first synthetic generation (entropy-decay, variance-amplification), more than a loop would that gets --floor of
/// authentic records? Levels hold per run. Without --reference the runs' own generation 0 is the reference.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite label runs.jsonl
  turmite label runs.jsonl --reference authentic.jsonl --report report.html
  turmite label runs.jsonl --fail-on collapsing || echo 'stop the loop'

Records are JSON lines with `text`, `generation` and, if there are several runs, `run`; `source`, `alpha` and `exogenous` are used if present.
Generation 0 is the authentic one; where it is missing, generations start at 1 and --reference is needed.")]
pub(crate) struct Args {
    /// JSON lines of records, or - for standard input
    #[arg(required = true, value_name = "RUNS")]
    runs: Vec<PathBuf>,
    /// Authentic records: JSON lines, CSV or Parquet with the same field, or a text file of one record a line
    #[arg(long, value_name = "FILE")]
    reference: Option<PathBuf>,
    /// The field that holds the text
    #[arg(long, value_name = "NAME", default_value = "text")]
    field: String,
    /// The field that names the run
    #[arg(long, value_name = "NAME", default_value = RUN_FIELD)]
    run_field: String,
    /// The field that numbers the generation
    #[arg(long, value_name = "NAME", default_value = "generation")]
    generation_field: String,
    /// How text becomes symbols: auto, utf8 (its bytes' bits) or bits (the characters 0 and 1)
    #[arg(long, value_name = "ENCODING", default_value = "auto")]
    encode: EncodingChoice,
    /// The share of authentic records that counts as anchored
    #[arg(long, value_name = "ALPHA", default_value_t = 0.1)]
    floor: f64,
    /// The share of sound runs that may be called collapsing by chance, e.g. 0.01 for one in a hundred
    #[arg(long, value_name = "RATE", default_value_t = 0.01)]
    false_alarm: f64,
    /// The folder that keeps simulated null trajectories, so that a reference is calibrated once; none for no such [default:
    /// the user's cache folder, or TURMITE_CACHE]
    #[arg(long, value_name = "FOLDER")]
    cache: Option<OsString>,
    /// Exit with code 3 if any run is so
    #[arg(long, value_name = "VERDICT")]
    fail_on: Option<FailOn>,
    /// Write a self-contained report: HTML, or Markdown where the name ends in .md
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// How to write the labels: table (one line a run), json, jsonl (generations, then runs), csv (generations) [default: by the ending of
    /// --out, else table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Collapsing,
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    let inputs: Vec<&Path> = args.runs.iter().chain(&args.reference).map(PathBuf::as_path).collect();
    output::check_outputs(&[args.out.as_deref(), args.report.as_deref()], &inputs)?;
    if args.report.as_deref() == Some(Path::new("-")) && args.out.is_none() {
        return Err(usage(anyhow!("--report - and the labels would both go to standard output; name a file for one")));
    }
    args.report.as_deref().map_or(Ok(()), |path| report::check_name(path, report::FORMS))?;
    let format = Format::of(args.format, args.out.as_deref())?;
    let names = Names { text: &args.field, run: &args.run_field, generation: &args.generation_field };
    check_encoding(args.encode)?;
    let runs = read_runs(&args.runs, &names, &any_text)?;
    let reference = match &args.reference {
        Some(path) => Some(read_reference(path, &args.field, &any_text)?),
        None => None,
    };
    let table = Catalog::default().open("5x2-1d")?;
    let mut options = LabelOptions::new(table);
    options.encoding = args.encode;
    options.floor = args.floor;
    options.false_alarm = args.false_alarm;
    options.cache = cache::folder(args.cache.as_deref());
    // What the table does not show is not computed.
    options.details = format != Format::Table || args.report.is_some();
    options.resolve_level();
    warnings::of_input(&runs);
    if let Some(problem) = options.cache.as_deref().and_then(cache::problem) {
        say!("warning: {problem}; null trajectories are simulated anew every time (--cache names a folder, or none)");
    }
    let labels = with_progress(&runs, reference.as_ref(), &options, context)
        .map_err(|error| with_place(error, &args.runs, args.reference.as_deref(), &names))?;
    warnings::of_labels(&runs, reference.as_ref(), &labels, args.encode);
    if args.fail_on.is_some() && labels.smallest_p > args.false_alarm {
        bail!(
            "--fail-on collapsing could miss every drift: no p-value below {:.5} can be had; raise --false-alarm",
            labels.smallest_p
        );
    }
    if args.encode == EncodingChoice::Auto {
        say!("encoding {} (--encode chooses)", labels.encoding);
    }
    for warning in &labels.warnings {
        say!("warning: {warning}");
    }
    let found =
        args.fail_on == Some(FailOn::Collapsing) && labels.runs.iter().any(|r| r.verdict == Verdict::Collapsing);
    match output::to(args.out.as_deref(), |out| write(&labels, format, out)) {
        // A reader that has gone must not turn a finding into a success.
        Err(error) if found && exit::is_broken_pipe(&error) => {}
        written => written?,
    }
    if let Some(path) = &args.report {
        let title = args.runs.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
        let title = format!("Self-training label of {title}");
        let material = Material { labels: &labels, runs: &runs, reference: reference.as_ref(), options: &options };
        let report = Report::new(title, &options, &[material], material.groups()?)?;
        output::to(Some(path), |out| report.write(path, out))?;
    }
    Ok(if found { ExitCode::from(exit::FOUND) } else { ExitCode::SUCCESS })
}

/// Labels under a progress bar that Ctrl-C ends.
pub(super) fn with_progress(
    runs: &[Run],
    reference: Option<&Reference>,
    options: &LabelOptions,
    context: &Context<'_>,
) -> Result<Labels> {
    let share = Share::new(context.progress, "null trajectories");
    let labels = label(
        runs,
        reference,
        options,
        &|p| share.set(p.done as f64 / p.total.max(1) as f64, || format!("{} of {}", p.done, p.total)),
        context.signals.stop(),
    )?;
    share.finish();
    Ok(labels)
}

/// Writes labels in a format.
pub(super) fn write(labels: &Labels, format: Format, out: &mut dyn Write) -> Result<()> {
    match format {
        Format::Table => {
            let columns = ["run", "verdict", "modes", "regime", "rule", "onset", "p_value"];
            let mut sheet = Sheet::new(out, format, "runs", columns.map(str::to_owned).to_vec())?;
            for run in &labels.runs {
                sheet.row(run_cells(run))?;
            }
            sheet.finish(Map::new())
        }
        Format::Json => {
            let whole = json!({
                "runs": labels.runs,
                "generations": labels.generations,
                "encoding": labels.encoding,
                "smallest_p": labels.smallest_p,
                "warnings": labels.warnings,
            });
            serde_json::to_writer(&mut *out, &whole)?;
            Ok(out.write_all(b"\n")?)
        }
        Format::Jsonl => {
            for line in &labels.generations {
                serde_json::to_writer(&mut *out, line)?;
                out.write_all(b"\n")?;
            }
            for line in &labels.runs {
                serde_json::to_writer(&mut *out, line)?;
                out.write_all(b"\n")?;
            }
            Ok(())
        }
        Format::Csv => write_generations(labels, out),
    }
}

fn run_cells(run: &RunLabel) -> Vec<Value> {
    vec![
        json!(run.run),
        json!(run.verdict),
        json!(if run.modes.is_empty() { "-".to_owned() } else { join(&run.modes) }),
        text(run.regime.map(|r| r.to_string())),
        text(run.rule.as_deref().map(short)),
        json!(run.onset),
        number(run.p_value),
    ]
}

/// The longest name of a rule that a line shows whole: a table of successors takes up to 90 characters, all of them in JSON.
const LONGEST_NAME: usize = 48;

fn short(rule: &str) -> String {
    if rule.chars().count() <= LONGEST_NAME {
        return rule.to_owned();
    }
    rule.chars().take(LONGEST_NAME - 3).chain("...".chars()).collect()
}

fn join(modes: &[turmite_collapse::Mode]) -> String {
    modes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn write_generations(labels: &Labels, out: &mut dyn Write) -> Result<()> {
    let mut names: Vec<&String> = Vec::new();
    for name in labels.generations.iter().flat_map(|g| g.statistics.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let columns = ["run", "generation", "verdict", "modes", "p_value", "alpha", "alpha_low", "alpha_high"];
    let columns = columns.map(str::to_owned).into_iter().chain(names.iter().map(|n| (*n).clone())).collect();
    let mut sheet = Sheet::new(out, Format::Csv, "generations", columns)?;
    for GenerationLabel { run, generation, verdict, modes, p_value, alpha, alpha_low, alpha_high, statistics } in
        &labels.generations
    {
        let mut cells = vec![json!(run), json!(generation), json!(verdict), json!(join(modes))];
        cells.extend([p_value, alpha, alpha_low, alpha_high].map(|v| number(*v)));
        cells.extend(names.iter().map(|name| number(statistics.get(*name).copied().flatten())));
        sheet.row(cells)?;
    }
    sheet.finish(Map::new())
}
