//! `turmite demo`: the three regimes of the theory, and a model that retrains on its own English.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use turmite_collapse::{
    LabelOptions, Learner, Reference, ReferenceBands, Run, Schedule, SimulateOptions, SimulatedRecord, Source, simulate,
};
use turmite_tables::Table;

use super::{Context, label};
use crate::output::{self, Format};
use crate::report::{Group, Material, Report, Series};

/// Simulate the three regimes of self-training, label them, write the report; no input needed
///
/// Autonomy collapse: the share of authentic records falls to 0 and the learner copies. Anchored: the same learner with 30 % authentic
/// records. Neurosymbolic escape: the share falls to 0, but the learner finds the rule and regenerates from it. Beside them a 4-gram
/// model of real English prose retrains on its own output, at alpha 0 and at alpha 0.3.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  turmite demo && open turmite-demo/report.html

Writes runs.jsonl, text.jsonl, labels.jsonl and report.html into the folder.")]
pub(crate) struct Args {
    /// The folder to write to
    #[arg(long, value_name = "FOLDER", default_value = "turmite-demo")]
    out: PathBuf,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// A loop to simulate, and what the theory says of it.
struct Loop {
    name: &'static str,
    learner: &'static str,
    schedule: &'static str,
}

/// What is simulated: rule 110, whose records a copier never breaks and an n-gram cannot learn.
const REGIMES: [Loop; 3] = [
    Loop { name: "collapse", learner: "records", schedule: "geometric:0.5" },
    Loop { name: "anchored", learner: "records", schedule: "constant:0.3" },
    Loop { name: "escape", learner: "neurosymbolic", schedule: "geometric:0.5" },
];

const TEXTS: [Loop; 2] = [
    Loop { name: "prose-alpha-0", learner: "ngram:4", schedule: "constant:0" },
    Loop { name: "prose-alpha-0.3", learner: "ngram:4", schedule: "constant:0.3" },
];

/// Runs a regime, so that a verdict is not one lucky seed's.
const RUNS: usize = 2;
/// Characters a record of prose, as in the experiments that the rule for text rests on.
const PROSE_LENGTH: usize = 300;
/// Every sixth record of prose is kept back as the reference.
const HELD_BACK: usize = 6;

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    std::fs::create_dir_all(&args.out).with_context(|| format!("{}: cannot make this folder", args.out.display()))?;
    let files = ["runs.jsonl", "text.jsonl", "labels.jsonl", "report.html"].map(|name| args.out.join(name));
    output::check_outputs(&files.each_ref().map(|f| Some(f.as_path())), &[])?;
    let table = Arc::new(Table::embedded("5x2-1d")?);
    let mut options = LabelOptions::new(Arc::clone(&table));
    options.cache = crate::cache::folder(None);

    let regimes = regimes(args.seed, context)?;
    let regime_runs = Run::from_simulated(regimes.iter().cloned());
    let regime_labels = label::with_progress(&regime_runs, None, &options, context)?;
    let (prose, reference) = prose(args.seed, context)?;
    let prose_runs = Run::from_simulated(prose.iter().cloned());
    let prose_labels = label::with_progress(&prose_runs, Some(&reference), &options, context)?;

    write_records(&args.out.join("runs.jsonl"), &regimes)?;
    write_records(&args.out.join("text.jsonl"), &prose)?;
    output::to(Some(&args.out.join("labels.jsonl")), |out| {
        label::write(&regime_labels, Format::Jsonl, out)?;
        label::write(&prose_labels, Format::Jsonl, out)
    })?;
    let of_regimes = Material { labels: &regime_labels, runs: &regime_runs, reference: None, options: &options };
    let of_prose =
        Material { labels: &prose_labels, runs: &prose_runs, reference: Some(&reference), options: &options };
    let mut shown = groups("Three regimes", REGIMES_TEXT, &REGIMES, of_regimes)?;
    shown.extend(groups("A 4-gram model of English prose", TEXTS_TEXT, &TEXTS, of_prose)?);
    let title = "Three regimes of self-training, and a model that retrains on its own English".to_owned();
    let report = Report::new(title, &options, &[of_regimes, of_prose], shown)?;
    let path = args.out.join("report.html");
    output::to(Some(&path), |out| report.write(&path, out))?;

    let mut both = regime_labels.clone();
    both.runs.extend(prose_labels.runs.iter().cloned());
    output::to(None, |out| label::write(&both, Format::Table, out))?;
    say!("the report is in {}", path.display());
    Ok(ExitCode::SUCCESS)
}

const REGIMES_TEXT: &str = "Records of 256 cells of the cellular automaton rule 110, 64 a generation. \
    collapse: a learner that copies whole records, alpha_t = 0.5^t. anchored: the same learner, alpha = 0.3. \
    escape: a learner that finds the rule and regenerates from fresh seeds, alpha_t = 0.5^t.";
const TEXTS_TEXT: &str = "Records of 300 characters of the King James Version, Genesis to Joshua, 120 a generation; \
    the learner is a maximum-likelihood 4-gram model that trains on its own output.";

fn options(seed: u64, source: Source, of: &Loop) -> Result<SimulateOptions> {
    let mut options = SimulateOptions::new(source, of.learner.parse::<Learner>()?);
    options.schedule = of.schedule.parse::<Schedule>()?;
    options.seed = seed;
    options.runs = RUNS;
    Ok(options)
}

fn run_loop(
    options: &SimulateOptions,
    name: &str,
    context: &Context<'_>,
    out: &mut Vec<SimulatedRecord>,
) -> Result<()> {
    simulate(options, context.signals.stop(), |mut record| {
        record.run = record.run.replace("run", name);
        out.push(record);
        Ok(())
    })?;
    Ok(())
}

fn regimes(seed: u64, context: &Context<'_>) -> Result<Vec<SimulatedRecord>> {
    let mut out = Vec::new();
    for (i, of) in (0u64..).zip(&REGIMES) {
        // Seeds of their own, or the regimes would share one authentic sample.
        let mut options = options(seed.wrapping_mul(16).wrapping_add(i), "rule110".parse()?, of)?;
        (options.records, options.length, options.generations) = (64, 256, 24);
        run_loop(&options, of.name, context, &mut out)?;
    }
    Ok(out)
}

fn prose(seed: u64, context: &Context<'_>) -> Result<(Vec<SimulatedRecord>, Reference)> {
    let text: Vec<char> =
        crate::PROSE.get().copied().unwrap_or_default().chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
    let records = text.chunks_exact(PROSE_LENGTH).map(|c| c.iter().collect::<String>());
    let (mut source, mut reference) = (Vec::new(), Vec::new());
    for (i, record) in records.enumerate() {
        if i % HELD_BACK == 0 { reference.push(record) } else { source.push(record) }
    }
    let source = Source::from_records("King James Version", source)?;
    let mut out = Vec::new();
    for (i, of) in (0u64..).zip(&TEXTS) {
        let mut options = options(seed.wrapping_mul(16).wrapping_add(8 + i), source.clone(), of)?;
        (options.records, options.length, options.generations) = (120, PROSE_LENGTH, 25);
        run_loop(&options, of.name, context, &mut out)?;
    }
    Ok((out, Reference { records: reference }))
}

fn write_records(path: &Path, records: &[SimulatedRecord]) -> Result<()> {
    output::to(Some(path), |out| {
        for record in records {
            serde_json::to_writer(&mut *out, record)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// One group a reference and share that text states, one colour a loop.
fn groups<'a>(title: &str, text: &str, loops: &[Loop], material: Material<'a>) -> Result<Vec<Group<'a>>> {
    let references = material.references();
    let alone = references.len() == 1;
    let of_reference = |reference: &'a ReferenceBands| {
        let runs_of = |of: &Loop| -> Vec<&'a str> {
            reference.runs.iter().map(String::as_str).filter(|run| belongs(run, of.name)).collect()
        };
        let held = loops.iter().enumerate().map(|(colour, of)| (colour, of, runs_of(of)));
        let held: Vec<_> = held.filter(|(.., runs)| !runs.is_empty()).collect();
        // The name of a loop stands in the title where that is not the same for all.
        let names: Vec<&str> = held.iter().map(|(_, of, _)| of.name).collect();
        let title = if alone { title.to_owned() } else { format!("{title}, {}", names.join(" and ")) };
        let series = held.into_iter().map(|(colour, of, runs)| {
            let kind = format!("{}, {}", of.learner, of.schedule);
            Series { colour, name: if alone { format!("{} ({kind})", of.name) } else { kind }, runs }
        });
        material.group(reference, title, text.to_owned(), series.collect())
    };
    references.into_iter().map(of_reference).collect()
}

/// Runs are named after their loop and numbered.
fn belongs(run: &str, name: &str) -> bool {
    run.strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::plain_label;
    use std::collections::BTreeMap;
    use turmite_collapse::{Generation, Labels, Record, Verdict};

    #[test]
    fn loops_with_nulls_of_their_own_are_groups_of_their_own() {
        let names = ["prose-alpha-0-0", "prose-alpha-0.3-0"];
        let records: Vec<Record> = (0..70).map(|i| Record::new(format!("some words, and the number {i}"))).collect();
        let run = |name: &str| Run {
            id: name.to_owned(),
            source: None,
            generations: vec![Generation { index: 0, records: records.clone() }],
        };
        let runs = names.map(run);
        let options = LabelOptions::new(Table::embedded("5x2-1d").unwrap());
        let titles = |references: &[&[&str]]| -> Vec<String> {
            let bands = |runs: &&[&str]| ReferenceBands {
                runs: runs.iter().map(|&run| run.to_owned()).collect(),
                bands: BTreeMap::new(),
            };
            let labels = Labels {
                generations: Vec::new(),
                runs: names.map(|name| plain_label(name, Verdict::MechanismPreserving)).into(),
                references: references.iter().map(bands).collect(),
                warnings: Vec::new(),
                encoding: "utf8".to_owned(),
                smallest_p: 0.0,
            };
            let material = Material { labels: &labels, runs: &runs, reference: None, options: &options };
            let groups = groups("Prose", "", &TEXTS, material).unwrap();
            let series = |group: &Group<'_>| group.series.iter().map(|s| s.name.clone()).collect::<Vec<_>>().join("; ");
            groups.iter().map(|group| format!("{}: {}", group.title, series(group))).collect()
        };
        assert_eq!(
            titles(&[&names[1..], &names[..1]]),
            ["Prose, prose-alpha-0: ngram:4, constant:0", "Prose, prose-alpha-0.3: ngram:4, constant:0.3"]
        );
        assert_eq!(
            titles(&[&names]),
            ["Prose: prose-alpha-0 (ngram:4, constant:0); prose-alpha-0.3 (ngram:4, constant:0.3)"]
        );
    }
}
