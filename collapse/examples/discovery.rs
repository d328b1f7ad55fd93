//! Measures the search for rules: which are found and kept by a learner on its own, and how often one is found where
//! there is none.
//!
//! ```text
//! cargo run --release -p turmite-collapse --example discovery -- 24 8
//! ```
//!
//! The first argument is the number of records a generation (of 256 bits), the second the number of runs a source.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use turmite_collapse::{SimulateOptions, Source, infer, simulate};

type Failure = Box<dyn std::error::Error>;

const LENGTH: usize = 256;
const GENERATIONS: u64 = 20;

/// Sources and the rule that should be found in them.
const RULES: [(&str, &str); 14] = [
    ("thue-morse", "substitution 0->01 1->10"),
    ("lfsr:7", "linear x^7 + x^6 + 1"),
    ("lfsr:16", "linear x^16 + x^15 + x^13 + x^4 + 1"),
    ("lfsr:24", "linear x^24 + x^23 + x^22 + x^17 + 1"),
    ("lfsr:32", "linear x^32 + x^22 + x^2 + x + 1"),
    ("eca:30", "rule 30, width 16"),
    ("eca:45", "rule 45, width 16"),
    ("eca:54", "rule 54, width 16"),
    ("eca:73", "rule 73, width 16"),
    ("eca:90", "rule 90, width 16"),
    ("eca:110", "rule 110, width 16"),
    ("eca:204", "period 16"),
    ("period:9", "period 9"),
    ("debruijn:8", "successors of 8 symbols ffff37770035011100000000000000010000c888ffcafeeefffffffffffffffe"),
];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: u64| arguments.get(i).map_or(Ok(default), |n| n.parse());
    let (records, runs) = (number(0, 24)?, number(1, 8)?);
    println!("{records} records of {LENGTH} bits, {runs} runs; the neurosymbolic learner at alpha 0");
    println!(
        "| source | bits flipped | found in generation 0 | same rule in all of 1 to {GENERATIONS} | ms a search |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for noise in [0.0, 0.05, 0.1, 0.2] {
        for (name, rule) in RULES {
            kept(name, rule, noise, records, runs)?;
        }
    }
    println!();
    println!("| source | pools | rules found | which |");
    println!("| --- | --- | --- | --- |");
    let chains = |order: u32| (100..150).map(move |seed| format!("markov:{order},{seed}"));
    falsely("iid:0.5", &vec!["iid:0.5".to_owned(); 200], records)?;
    let densities: Vec<String> = (1..=200).map(|i| format!("iid:{}", f64::from(i) / 201.0)).collect();
    falsely("iid:P, P of 0.005 to 0.995", &densities, records)?;
    falsely(
        "markov:K,SEED, K of 1, 3, 5, 8, 10, 12",
        &[1, 3, 5, 8, 10, 12].into_iter().flat_map(chains).collect::<Vec<_>>(),
        records,
    )?;
    falsely("ctm", &vec!["ctm".to_owned(); 200], records)?;
    falsely(
        "debruijn:N, N of 9 to 24",
        &(0..200).map(|i| format!("debruijn:{}", 9 + i % 16)).collect::<Vec<_>>(),
        records,
    )?;
    Ok(())
}

/// Uniform numbers for the flips, from the source's own fair coins.
fn flips(seed: u64, index: u64, share: f64) -> Vec<bool> {
    let coins = Source::Iid(share);
    coins.bits(LENGTH, seed ^ 0x00f1_1b5f, index).into_iter().map(|bit| bit == 1).collect()
}

fn kept(name: &str, rule: &str, noise: f64, records: u64, runs: u64) -> Result<(), Failure> {
    let source: Source = name.parse()?;
    let (mut residual, mut hits) = (0.0, 0.0);
    let (mut found, mut whole, mut searches, mut seconds) = (0, 0, 0u32, 0.0);
    for run in 0..runs {
        // The truth is a set of records, so that bits may be flipped in them.
        let truth: Vec<String> = (0..40 * records)
            .map(|i| {
                let clean = source.bits(LENGTH, 500 + run, i);
                let flipped = clean.iter().zip(flips(500 + run, i, noise)).map(|(&bit, flip)| (bit == 1) ^ flip);
                flipped.map(|bit| if bit { '1' } else { '0' }).collect()
            })
            .collect();
        let mut options = SimulateOptions::new(Source::from_records(name, truth)?, "neurosymbolic".parse()?);
        options.schedule = "constant:0".parse()?;
        (options.generations, options.records, options.runs, options.seed) = (GENERATIONS, records as usize, 1, run);
        let mut generations: BTreeMap<u64, Vec<Vec<u8>>> = BTreeMap::new();
        simulate(&options, &AtomicBool::new(false), |record| {
            let bits = record.text.bytes().map(|c| c - b'0').collect();
            generations.entry(record.generation).or_default().push(bits);
            Ok(())
        })?;
        let named: Vec<bool> = generations
            .values()
            .map(|pool| {
                let start = Instant::now();
                let hypothesis = infer(pool.iter().map(Vec::as_slice));
                seconds += start.elapsed().as_secs_f64();
                searches += 1;
                hypothesis.map_or("none".to_owned(), |found| {
                    (residual, hits) = (residual + found.residual, hits + 1.0);
                    found.mechanism.rule().to_string()
                }) == rule
            })
            .collect();
        found += u64::from(named[0]);
        whole += u64::from(named.iter().all(|named| *named));
    }
    let each = seconds * 1000.0 / f64::from(searches.max(1));
    println!(
        "| {name} | {noise} | {found} of {runs} ({rule}) | {whole} of {runs} | {:.3} | {each:.1} |",
        residual / f64::max(hits, 1.0)
    );
    Ok(())
}

fn falsely(title: &str, sources: &[String], records: u64) -> Result<(), Failure> {
    let mut which: BTreeMap<String, usize> = BTreeMap::new();
    for (seed, name) in (900u64..).zip(sources) {
        let source: Source = name.parse()?;
        let pool: Vec<Vec<u8>> = (0..records).map(|i| source.bits(LENGTH, seed, i)).collect();
        if let Some(found) = infer(pool.iter().map(Vec::as_slice)) {
            *which
                .entry(format!("{} in {name} (residual {:.2})", found.mechanism.rule(), found.residual))
                .or_default() += 1;
        }
    }
    let list: Vec<String> = which.iter().map(|(rule, n)| format!("{rule}: {n}")).collect();
    println!("| {title} | {} | {} | {} |", sources.len(), which.values().sum::<usize>(), list.join("; "));
    Ok(())
}
