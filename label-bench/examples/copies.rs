//! Would a description by copies and literals see a loop collapse sooner than multiscale BDM?
//!
//! For every source and learner, loops at alpha 0 against loops of the same learner anchored at 0.1: how many standard deviations of
//! the anchored ones lie between them, in the logarithm of each statistic relative to generation 1, at generations 3, 6, 12 and 24.
//! 24 anchored loops and 8 others; 64 records of 256 bits a generation, or 120 of 300 characters. Run from the root of the project:
//!
//! ```text
//! cargo run --release -p turmite-label-bench --example copies
//! ```

use anyhow::{Context as _, Result};
use rayon::prelude::*;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use turmite_bdm::{Gzip, Missing, Multiscale, SymbolArray, WindowCounts, Zstd, lempel_ziv_parse};
use turmite_collapse::{Run, Schedule, SimulateOptions, Source, simulate};
use turmite_label_bench::texts::{Book, LENGTH};
use turmite_tables::Table;

const BOOK: &str = "tests/data/prose/kjv.txt";
const LOOPS: [(&str, &[&str]); 5] = [
    (BOOK, &["ngram:2", "ngram:4", "words:2"]),
    ("iid:0.3", &["ngram:4", "ngram:8", "records"]),
    ("markov", &["ngram:4", "ngram:8", "records"]),
    ("ctm", &["ngram:4", "ngram:8", "records"]),
    ("eca:30", &["ngram:4", "ngram:8", "records"]),
];
const GENERATIONS: [usize; 4] = [3, 6, 12, 24];
const WINDOWS: [usize; 3] = [48, 24, 12];

fn main() -> Result<()> {
    let table = Arc::new(Table::embedded("5x2-1d")?);
    println!(
        "| loop | multiscale 48 | 24 | 12 | copies and literals | gzip | zstd |\n| --- | --- | --- | --- | --- | --- | --- |"
    );
    for (name, learners) in LOOPS {
        let text = name == BOOK;
        let source =
            if text { Source::from_records(name, Book::read(Path::new(BOOK))?.source)? } else { name.parse()? };
        for learner in learners {
            let anchored = paths(&table, &source, learner, 0.1, 24, text)?;
            let alone = paths(&table, &source, learner, 0.0, 8, text)?;
            let name = if text { "prose" } else { name };
            let columns = (0..anchored[0][0].len()).map(|column| {
                let at = |t: usize| format!("{:.1}", distance(&anchored, &alone, t, column));
                GENERATIONS.map(at).join(" ")
            });
            println!("| {name} {learner} | {} |", columns.collect::<Vec<_>>().join(" | "));
        }
    }
    Ok(())
}

/// A run's statistics by generation.
type Trajectory = Vec<Vec<f64>>;

fn paths(
    table: &Arc<Table>,
    source: &Source,
    learner: &str,
    alpha: f64,
    runs: usize,
    text: bool,
) -> Result<Vec<Trajectory>> {
    let mut options = SimulateOptions::new(source.clone(), learner.parse()?);
    options.schedule = Schedule::Constant(alpha);
    (options.records, options.generations, options.length) = if text { (120, 24, LENGTH) } else { (64, 24, 256) };
    (options.runs, options.seed) = (runs, if alpha > 0.0 { 1 } else { 2 });
    let mut records = Vec::new();
    simulate(&options, &AtomicBool::new(false), |record| {
        records.push(record);
        Ok(())
    })?;
    let measure = |run: &Run| {
        let texts =
            run.generations.iter().map(|generation| generation.records.iter().map(|r| r.text.as_str()).collect());
        texts.map(|texts: Vec<&str>| statistics(table, &texts, text)).collect()
    };
    Run::from_simulated(records).par_iter().map(measure).collect()
}

/// Natural logarithms of what is compared.
fn statistics(table: &Arc<Table>, texts: &[&str], text: bool) -> Result<Vec<f64>> {
    let bits = |text: &str| text.bytes().map(|character| character & 1).collect::<Vec<u8>>();
    let arrays = texts.iter().map(|record| {
        Ok(if text { SymbolArray::from_bytes(record.as_bytes()) } else { SymbolArray::line(2, bits(record))? })
    });
    let arrays = arrays.collect::<Result<Vec<_>>>()?;
    let (mut scratch, mut values) = (WindowCounts::new(), Vec::new());
    for window in WINDOWS {
        let multiscale = Multiscale::with_sizes(Arc::clone(table), Missing::Bound, window, 12)?;
        let value = match (text, window) {
            // A window of one character and a half begins at no character.
            (true, 12) => None,
            (true, _) => multiscale.bytes(&mut scratch, texts)?,
            (false, _) => multiscale.records(&mut scratch, &arrays, 1)?,
        };
        values.push(value.map_or(1.0, |value| value.bits_per_window));
    }
    values.push(lempel_ziv_parse(table, Missing::Bound, &arrays, if text { 8 } else { 1 })?.bits);
    let whole = texts.concat();
    let whole = if text {
        whole.into_bytes()
    } else {
        bits(&whole).chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)).collect()
    };
    values.push(Gzip::new().bytes(&whole)? as f64);
    values.push(Zstd::new()?.bytes(&whole).context("zstd")? as f64);
    Ok(values.into_iter().map(f64::ln).collect())
}

fn distance(anchored: &[Trajectory], alone: &[Trajectory], t: usize, column: usize) -> f64 {
    let changes =
        |paths: &[Trajectory]| paths.iter().map(|path| path[t][column] - path[1][column]).collect::<Vec<f64>>();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (floor, found) = (changes(anchored), changes(alone));
    let center = mean(&floor);
    let variance = floor.iter().map(|x| (x - center).powi(2)).sum::<f64>() / (floor.len() - 1) as f64;
    // A statistic that never moves has no distance.
    (mean(&found) - center) / variance.sqrt().max(1e-4)
}
