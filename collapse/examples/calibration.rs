//! Measures the label: how often it is right on simulated runs of known kind.
//!
//! ```text
//! cargo run --release -p turmite-collapse --example calibration -- 20 [PROSE.txt [NAME...]]
//! ```
//!
//! The first argument is the number of runs a cell, the second a text file (records of 300 characters are cut
//! from it); further words restrict the cells to those whose name holds one of them.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use turmite_collapse::{LabelOptions, Reference, Run, SimulateOptions, Source, label, simulate};
use turmite_tables::Table;

type Failure = Box<dyn std::error::Error>;

/// (name, source, learner, schedule)
const BITS: [(&str, &str, &str, &str); 22] = [
    ("copies, no exogenous data", "rule110", "records", "constant:0"),
    ("copies, vanishing share", "rule110", "records", "geometric:0.7"),
    ("copies, anchored", "rule110", "records", "constant:0.3"),
    ("copies, no exogenous data", "rule30", "records", "constant:0"),
    ("copies, vanishing share", "rule30", "records", "geometric:0.7"),
    ("copies, anchored", "rule30", "records", "constant:0.3"),
    ("escape", "rule110", "neurosymbolic", "geometric:0.5"),
    ("escape", "thue-morse", "neurosymbolic", "geometric:0.5"),
    ("escape", "period:9", "neurosymbolic", "geometric:0.5"),
    ("fitting model, no exogenous data", "markov", "ngram:3", "constant:0"),
    ("fitting model, anchored", "markov", "ngram:3", "constant:0.3"),
    ("long model, no exogenous data", "markov", "ngram:8", "constant:0"),
    ("long model, anchored", "markov", "ngram:8", "constant:0.3"),
    ("short model, anchored", "markov", "ngram:1", "constant:0.3"),
    ("misspecified, anchored", "rule30", "ngram:4", "constant:0.3"),
    ("misspecified, anchored", "rule110", "ngram:4", "constant:0.3"),
    ("authentic", "rule110", "records", "constant:1"),
    ("authentic", "markov", "records", "constant:1"),
    ("at the floor", "rule30", "records", "constant:0.1"),
    ("at the floor", "markov", "records", "constant:0.1"),
    ("at the floor", "markov", "ngram:3", "constant:0.1"),
    ("at the floor", "markov", "ngram:6", "constant:0.1"),
];

const TEXT: [(&str, &str, &str); 11] = [
    ("prose, no exogenous data", "ngram:4", "constant:0"),
    ("prose, vanishing share", "ngram:4", "geometric:0.7"),
    ("prose, anchored", "ngram:4", "constant:0.3"),
    ("prose, at the floor", "ngram:4", "constant:0.1"),
    ("prose, no exogenous data", "ngram:2", "constant:0"),
    ("prose, anchored", "ngram:2", "constant:0.3"),
    ("prose, at the floor", "ngram:2", "constant:0.1"),
    ("prose, at the floor", "ngram:3", "constant:0.1"),
    ("prose, no exogenous data", "records", "constant:0"),
    ("prose, anchored", "records", "constant:0.3"),
    ("prose, authentic", "records", "constant:1"),
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runs: usize = arguments.first().map_or(Ok(20), |n| n.parse())?;
    let wanted = |name: &str| {
        let words = arguments.get(2..).unwrap_or_default();
        words.is_empty() || words.iter().any(|word| name.contains(word.as_str()))
    };
    let options = LabelOptions::new(Table::embedded("5x2-1d")?);
    println!("| cell | source | learner | schedule | preserving | collapsing | modes | regimes | median onset | s |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (seed, (name, source, learner, schedule)) in (1000u64..).zip(BITS) {
        if wanted(&format!("{name} {source} {learner} {schedule}")) {
            let mut cell = SimulateOptions::new(source.parse()?, learner.parse()?);
            (cell.records, cell.length, cell.schedule) = (64, 256, schedule.parse()?);
            report(name, cell, runs, seed, None, &options)?;
        }
    }
    let Some(path) = arguments.get(1).filter(|path| !path.is_empty()) else { return Ok(()) };
    let text: Vec<char> = std::fs::read_to_string(path)?.chars().collect();
    let records: Vec<String> = text.chunks_exact(300).map(|chunk| chunk.iter().collect()).collect();
    // Every eighth record is kept back as the reference.
    let (reference, truth): (Vec<_>, Vec<_>) = records.into_iter().enumerate().partition(|(i, _)| i % 8 == 0);
    let texts = |part: Vec<(usize, String)>| part.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    let reference = Reference { records: texts(reference) };
    let source = Source::from_records("prose", texts(truth))?;
    for (seed, (name, learner, schedule)) in (2000u64..).zip(TEXT) {
        if wanted(&format!("{name} {learner} {schedule}")) {
            let mut cell = SimulateOptions::new(source.clone(), learner.parse()?);
            (cell.records, cell.length, cell.schedule) = (120, 300, schedule.parse()?);
            report(name, cell, runs, seed, Some(&reference), &options)?;
        }
    }
    Ok(())
}

fn report(
    name: &str,
    mut cell: SimulateOptions,
    runs: usize,
    seed: u64,
    reference: Option<&Reference>,
    options: &LabelOptions,
) -> Result<(), Failure> {
    (cell.generations, cell.runs, cell.seed) = (25, runs, seed);
    let stop = AtomicBool::new(false);
    let mut records = Vec::new();
    simulate(&cell, &stop, |record| {
        records.push(record);
        Ok(())
    })?;
    let runs = Run::from_simulated(records);
    let start = Instant::now();
    let labels = label(&runs, reference, options, &|_| (), &stop)?;
    let seconds = start.elapsed().as_secs_f64();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut modes: BTreeMap<String, usize> = BTreeMap::new();
    let mut regimes: BTreeMap<String, usize> = BTreeMap::new();
    let mut onsets: Vec<u64> = Vec::new();
    for run in &labels.runs {
        *counts.entry(run.verdict.to_string()).or_default() += 1;
        for mode in &run.modes {
            *modes.entry(mode.to_string()).or_default() += 1;
        }
        let regime = run.regime.map_or("none".to_owned(), |regime| regime.to_string());
        *regimes.entry(regime).or_default() += 1;
        onsets.extend(run.onset);
    }
    onsets.sort_unstable();
    let list = |map: &BTreeMap<String, usize>| {
        map.iter().map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", ")
    };
    let count = |word: &str| counts.get(word).copied().unwrap_or(0);
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} | {seconds:.1} |",
        cell.source,
        cell.learner,
        cell.schedule,
        count("mechanism-preserving"),
        count("collapsing"),
        list(&modes),
        list(&regimes),
        onsets.get(onsets.len() / 2).map_or("-".to_owned(), ToString::to_string)
    );
    if std::env::var_os("TURMITE_CALIBRATION_DETAIL").is_some() {
        for run in &labels.runs {
            let last = labels.generations.iter().rev().find(|line| line.run == run.run);
            eprintln!("{run:?} {:?}", last.map(|line| &line.statistics));
        }
    }
    for warning in labels.warnings {
        eprintln!("{warning}");
    }
    Ok(())
}
