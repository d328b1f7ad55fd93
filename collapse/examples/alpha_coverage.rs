//! Measures the alpha meter: bias and coverage of the mixture likelihood, of the limits of a run, and of estimates from simulated records.
//!
//! ```text
//! cargo run --release -p turmite-collapse --example alpha_coverage -- likelihood | runs | records [RUNS [PROSE.txt [WORD]]]
//! ```
//!
//! `likelihood` draws counts over cells with p and q known or estimated; `runs` draws runs of 20 generations and judges them by a floor;
//! `records` simulates loops of records, hides what is exogenous and estimates it (of the cells whose name holds WORD). Seeds are fixed.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::sync::atomic::AtomicBool;
use turmite_collapse::{
    EstimateOptions, Estimates, Mixture, Reference, Run, SimulateOptions, Source, Unidentified, estimate, simulate,
};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let count = |default| arguments.get(1).map_or(Ok(default), |n| n.parse());
    match arguments.first().map(String::as_str) {
        Some("likelihood") => likelihood(count(2000)?),
        Some("runs") => runs(count(400)?),
        Some("records") => records(count(20)?, arguments.get(2), arguments.get(3).map_or("", String::as_str))?,
        _ => return Err("expected likelihood, runs or records".into()),
    }
    Ok(())
}

fn unit(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

/// A distribution over cells drawn uniformly.
fn uniform_simplex(cells: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let parts: Vec<f64> = (0..cells).map(|_| -(1.0 - unit(rng)).ln()).collect();
    let total: f64 = parts.iter().sum();
    parts.iter().map(|part| part / total).collect()
}

/// Counts of `n` draws.
fn draw(p: &[f64], n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut sums: Vec<f64> = Vec::with_capacity(p.len());
    let mut sum = 0.0;
    for share in p {
        sum += share;
        sums.push(sum);
    }
    let mut counts = vec![0.0; p.len()];
    for _ in 0..n {
        let x = unit(rng) * sum;
        counts[sums.partition_point(|&s| s <= x).min(p.len() - 1)] += 1.0;
    }
    counts
}

fn mix(alpha: f64, p: &[f64], q: &[f64]) -> Vec<f64> {
    p.iter().zip(q).map(|(p, q)| alpha * p + (1.0 - alpha) * q).collect()
}

/// (count + 0.5) / (R + 0.5 K)
fn smooth(counts: &[f64]) -> Vec<f64> {
    let total = counts.iter().sum::<f64>() + 0.5 * counts.len() as f64;
    counts.iter().map(|count| (count + 0.5) / total).collect()
}

/// p, and q at a total variation from it: a learner fitted on as many draws from p as put it there.
fn apart(cells: usize, tv: f64, rng: &mut ChaCha8Rng) -> (Vec<f64>, Vec<f64>) {
    let p = uniform_simplex(cells, rng);
    let mut counts = vec![0.0; cells];
    for n in 1.. {
        let one = draw(&p, 1, rng);
        counts.iter_mut().zip(one).for_each(|(count, one)| *count += one);
        let q: Vec<f64> = counts.iter().map(|count| count / f64::from(n)).collect();
        if p.iter().zip(&q).map(|(p, q)| (p - q).abs()).sum::<f64>() <= 2.0 * tv {
            return (p, q);
        }
    }
    unreachable!("frequencies come to p")
}

struct Case {
    name: &'static str,
    cells: usize,
    draws: usize,
    tv: f64,
    /// Draws that p, or q, are estimated from.
    p_from: Option<usize>,
    q_from: Option<usize>,
    /// Outputs of a learner fitted on `draws`, and whether their number is accounted for.
    outputs: Option<(usize, bool)>,
}

fn likelihood(repeats: usize) {
    let base = Case { name: "", cells: 16, draws: 2000, tv: 0.6, p_from: None, q_from: None, outputs: None };
    let cases = [
        Case { name: "p, q known, TV 0.6", ..base },
        Case { name: "p, q known, TV 0.1", tv: 0.1, ..base },
        Case { name: "p from 2,000, q known, TV 0.1", tv: 0.1, p_from: Some(2000), ..base },
        Case {
            name: "256 cells, 6,000 draws, p and q from 6,000, TV 0.42",
            cells: 256,
            draws: 6000,
            tv: 0.42,
            p_from: Some(6000),
            q_from: Some(6000),
            ..base
        },
        Case { name: "outputs: fitted on 500, 2,000 seen, naive", draws: 500, outputs: Some((2000, false)), ..base },
        Case { name: "outputs: fitted on 500, 2,000 seen, scaled", draws: 500, outputs: Some((2000, true)), ..base },
    ];
    println!("| case | alpha | mean | sd | 95 % cover | lower limit valid |\n| --- | --- | --- | --- | --- | --- |");
    for (c, case) in cases.iter().enumerate() {
        for alpha in [0.1, 0.2, 0.5] {
            let results: Vec<(f64, bool, bool)> = (0..repeats)
                .into_par_iter()
                .map(|repeat| {
                    let mut rng =
                        ChaCha8Rng::seed_from_u64((c as u64) << 40 | ((alpha * 10.0) as u64) << 32 | repeat as u64);
                    let (p, q) = apart(case.cells, case.tv, &mut rng);
                    let mut counts = draw(&mix(alpha, &p, &q), case.draws, &mut rng);
                    // What a learner never wrote in so many draws it is taken not to write; what is authentic is smoothed.
                    let q = case
                        .q_from
                        .map_or(q.clone(), |n| draw(&q, n, &mut rng).iter().map(|count| count / n as f64).collect());
                    let p = case.p_from.map_or(p.clone(), |n| smooth(&draw(&p, n, &mut rng)));
                    if let Some((outputs, _)) = case.outputs {
                        let fitted: Vec<f64> = counts.iter().map(|count| count / case.draws as f64).collect();
                        counts = draw(&fitted, outputs, &mut rng);
                    }
                    let mut mixture = Mixture::new(&counts, &p, &q);
                    if let Some((_, true)) = case.outputs {
                        mixture = mixture.effective(case.draws as f64);
                    }
                    let found = mixture.estimate();
                    (found.alpha, found.low <= alpha && alpha <= found.high, mixture.lower(0.05) <= alpha)
                })
                .collect();
            let n = results.len() as f64;
            let mean = results.iter().map(|r| r.0).sum::<f64>() / n;
            let sd = (results.iter().map(|r| (r.0 - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            let share = |of: fn(&(f64, bool, bool)) -> bool| results.iter().filter(|r| of(r)).count() as f64 / n;
            println!(
                "| {} | {alpha} | {mean:.3} | {sd:.3} | {:.3} | {:.3} |",
                case.name,
                share(|r| r.1),
                share(|r| r.2)
            );
        }
    }
}

/// Runs of 20 generations over 64 cells. Each learner is fitted on `drift` draws from the pool
/// before it, whose alpha p + (1 - alpha) q is known: the fewer, the farther it drifts.
fn runs(repeats: usize) {
    println!(
        "| alpha | N | drift draws | mean lower | mean upper | lower >= 0.10 | upper < 0.10 | lower valid | identified | runs with limits |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    );
    type Schedule = fn(usize) -> f64;
    let schedules: [(&str, Schedule); 5] = [
        ("0.30", |_| 0.3),
        ("0.20", |_| 0.2),
        ("0.10", |_| 0.1),
        ("0.05", |_| 0.05),
        ("0.3 / (t + 1)", |t| 0.3 / (t as f64 + 1.0)),
    ];
    let generations = 20;
    for (name, schedule) in schedules {
        for (draws, drift) in [(4000, 100), (4000, 1000), (20_000, 1000)] {
            let results: Vec<(f64, f64, usize)> = (0..repeats)
                .into_par_iter()
                .map(|repeat| {
                    let mut rng =
                        ChaCha8Rng::seed_from_u64((draws as u64) << 32 | (drift as u64) << 16 | repeat as u64);
                    let p = uniform_simplex(64, &mut rng);
                    let (mut lower, mut upper, mut identified) = (1.0f64, 1.0f64, 0);
                    let mut pool = p.clone();
                    for t in 1..=generations {
                        // As the learner has it: symbols that it did not see it does not write.
                        let q: Vec<f64> = draw(&pool, drift, &mut rng).iter().map(|n| n / drift as f64).collect();
                        pool = mix(schedule(t), &p, &q);
                        let counts = draw(&pool, draws, &mut rng);
                        let mixture = Mixture::new(&counts, &p, &q);
                        if mixture.estimate().se <= turmite_collapse::GREATEST_SE {
                            identified += 1;
                            lower = lower.min(mixture.lower(0.05 / generations as f64));
                            upper = upper.min(mixture.upper(0.05 / generations as f64));
                        }
                    }
                    (lower, upper, identified)
                })
                .collect();
            let least = (1..=generations).map(schedule).fold(1.0, f64::min);
            // A run of which nothing is identified has no limits.
            let judged: Vec<(f64, f64, usize)> = results.iter().copied().filter(|r| r.2 > 0).collect();
            let n = judged.len() as f64;
            let mean = |of: fn(&(f64, f64, usize)) -> f64| judged.iter().map(of).sum::<f64>() / n;
            let share = |of: &dyn Fn(&(f64, f64, usize)) -> bool| judged.iter().filter(|r| of(r)).count() as f64 / n;
            println!(
                "| {name} | {draws} | {drift} | {:.3} | {:.3} | {:.2} | {:.2} | {:.3} | {:.1} of {generations} | {} of {repeats} |",
                mean(|r| r.0),
                mean(|r| r.1),
                share(&|r| r.0 >= 0.1),
                share(&|r| r.1 < 0.1),
                share(&|r| r.0 <= least),
                mean(|r| r.2 as f64),
                judged.len()
            );
        }
    }
}

/// Records of 300 characters cut from a text.
fn prose(path: &str) -> Result<Source, Failure> {
    let text: Vec<char> = std::fs::read_to_string(path)?.chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
    Ok(Source::from_records("prose", text.chunks_exact(300).map(|record| record.iter().collect()).collect())?)
}

fn records(runs: usize, text: Option<&String>, word: &str) -> Result<(), Failure> {
    println!(
        "| source | learner | alpha | block (cells) | identified | misfit | left over | mean | 95 % cover | lower <= inf alpha | upper >= inf alpha | pooled mean | pooled cover | lagged mean |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut cells: Vec<(Source, &str, usize)> = Vec::new();
    for (source, learner) in [
        ("rule30", "records"),
        ("markov", "records"),
        ("markov", "ngram:3"),
        ("markov", "ngram:8"),
        ("iid:0.3", "ngram:0"),
        ("thue-morse", "ngram:4"),
        ("rule30", "ngram:4"),
    ] {
        cells.push((source.parse()?, learner, 256));
    }
    if let Some(path) = text {
        for learner in ["records", "ngram:2", "ngram:4"] {
            cells.push((prose(path)?, learner, 300));
        }
    }
    for (source, learner, length) in cells {
        if !format!("{source} {learner}").contains(word) {
            continue;
        }
        for alpha in [0.05, 0.1, 0.2, 0.5] {
            let mut options = SimulateOptions::new(source.clone(), learner.parse()?);
            options.schedule = format!("constant:{alpha}").parse()?;
            (options.generations, options.length, options.runs) = (60, length, runs);
            let mut authentic = SimulateOptions::new(source.clone(), "records".parse()?);
            (authentic.generations, authentic.length, authentic.runs, authentic.records, authentic.seed) =
                (0, length, 1, 1024, 777);
            let found = measure(&options, &authentic)?;
            row(&options.source.to_string(), learner, alpha, &found);
        }
    }
    Ok(())
}

fn measure(options: &SimulateOptions, authentic: &SimulateOptions) -> Result<Estimates, Failure> {
    let stop = AtomicBool::new(false);
    let mut reference = Vec::new();
    simulate(authentic, &stop, |record| {
        reference.push(record.text);
        Ok(())
    })?;
    let mut records = Vec::new();
    simulate(options, &stop, |record| {
        records.push(record);
        Ok(())
    })?;
    Ok(estimate(&Run::from_simulated(records), &Reference { records: reference }, &EstimateOptions::default())?)
}

fn row(source: &str, learner: &str, alpha: f64, found: &Estimates) {
    let generations = found.generations.len() as f64;
    let given: Vec<_> =
        found.generations.iter().filter_map(|g| Some((g.alpha?, g.alpha_low?, g.alpha_high?))).collect();
    let misfit = found.generations.iter().filter(|g| g.unidentified == Some(Unidentified::Misfit)).count();
    let part = |count: usize, of: f64| if of > 0.0 { format!("{:.3}", count as f64 / of) } else { "-".to_owned() };
    let mean = |values: Vec<f64>| {
        if values.is_empty() {
            "-".to_owned()
        } else {
            format!("{:.3}", values.iter().sum::<f64>() / values.len() as f64)
        }
    };
    let limits: Vec<_> = found.runs.iter().filter_map(|r| Some((r.inf_alpha_low?, r.inf_alpha_high?))).collect();
    let pooled: Vec<_> = found.runs.iter().filter_map(|r| r.pooled).collect();
    let lagged = found.runs.iter().filter_map(|r| r.lagged).map(|e| e.alpha).collect();
    let mut blocks: Vec<String> = found
        .runs
        .iter()
        .map(|r| r.block.map_or("-".to_owned(), |b| format!("{b} ({})", r.cells.unwrap_or(0))))
        .collect();
    blocks.sort();
    blocks.dedup();
    println!(
        "| {source} | {learner} | {alpha} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        blocks.join(", "),
        part(given.len(), generations),
        part(misfit, generations),
        mean(found.runs.iter().filter_map(|r| r.misfit).collect()),
        mean(given.iter().map(|g| g.0).collect()),
        part(given.iter().filter(|g| g.1 <= alpha && alpha <= g.2).count(), given.len() as f64),
        part(limits.iter().filter(|l| l.0 <= alpha).count(), limits.len() as f64),
        part(limits.iter().filter(|l| l.1 >= alpha).count(), limits.len() as f64),
        mean(pooled.iter().map(|e| e.alpha).collect()),
        part(pooled.iter().filter(|e| e.low <= alpha && alpha <= e.high).count(), pooled.len() as f64),
        mean(lagged),
    );
}
