//! The limit of what anybody could see of slow drift: the likelihood ratio of a run, for one who knows the source, the
//! learner, its order and the size of its pools, and only asks whether alpha is 0 or the floor.
//!
//! Given the pool of generation t - 1, the records of generation t are independent, each with probability
//! alpha p(r) + (1 - alpha) q(r), p being the source and q the n-gram fitted on that pool. By Neyman and Pearson no test of
//! alpha 0 against the floor with the same rate of false alarms finds more runs at alpha 0 than the one that rejects where
//! the sum of ln q(r) - ln(floor p(r) + (1 - floor) q(r)) is greatest.

use crate::cells::{Cell, List};
use crate::measures::{Share, auc};
use crate::truth::FLOOR;
use anyhow::{Context as _, Result};
use rayon::prelude::*;
use serde::Serialize;
use std::sync::atomic::AtomicBool;
use turmite_collapse::{MARKOV, Run, SimulateOptions, Source, simulate};

/// What the oracle finds of one source and learner.
#[derive(Clone, Debug, Serialize)]
pub struct Limit {
    /// The source.
    pub source: String,
    /// The learner.
    pub learner: String,
    /// Share of runs at alpha 0 beyond the greatest value of 1 % of runs at the floor.
    pub power: Share,
    /// Area under the curve, alpha 0 against the floor.
    pub auc: Option<f64>,
    /// Runs at the floor.
    pub floor_runs: u64,
}

/// Probability of a 1 after each context of `order` symbols, the oldest most significant; `None` for a source that is no
/// chain of at most that order.
#[must_use]
pub fn conditionals(source: &Source, order: usize) -> Option<Vec<f64>> {
    let by_memory = |ones: &[f64]| {
        (ones.len() <= 1 << order)
            .then(|| (0..1usize << order).map(|context| ones[context & (ones.len() - 1)]).collect())
    };
    match source {
        Source::Iid(p) => by_memory(&[*p]),
        Source::Markov => by_memory(&MARKOV),
        Source::RandomMarkov(chain) => by_memory(chain.ones()),
        _ => None,
    }
}

/// An order-k law of records: of their first k symbols, and of each symbol after k others.
struct Law {
    order: usize,
    start: Vec<f64>,
    ones: Vec<f64>,
}

impl Law {
    /// A chain in its stationary state, which a thousand steps reach from any start.
    fn stationary(order: usize, ones: Vec<f64>) -> Self {
        let states = ones.len();
        let mut start = vec![1.0 / states as f64; states];
        for _ in 0..1000 {
            let mut next = vec![0.0; states];
            for (context, (&p, &mass)) in ones.iter().zip(&start).enumerate() {
                let shifted = context << 1 & (states - 1);
                next[shifted] += mass * (1.0 - p);
                next[(shifted | 1) & (states - 1)] += mass * p;
            }
            start = next;
        }
        Self { order, start, ones }
    }

    /// The n-gram of maximum likelihood: its first symbols are the context of any symbol of the pool.
    fn fitted(order: usize, pool: &[Vec<u8>]) -> Self {
        let mut counts = vec![[0.0f64; 2]; 1 << order];
        for record in pool {
            for (context, symbol) in walk(record, order) {
                counts[context][usize::from(symbol)] += 1.0;
            }
        }
        let all: f64 = counts.iter().flatten().sum();
        Self {
            order,
            start: counts.iter().map(|of| (of[0] + of[1]) / all).collect(),
            ones: counts.iter().map(|of| of[1] / (of[0] + of[1]).max(1.0)).collect(),
        }
    }

    /// Natural logarithm of the probability of a record.
    fn ln(&self, record: &[u8]) -> f64 {
        let first = record.iter().take(self.order).fold(0usize, |context, &symbol| context << 1 | usize::from(symbol));
        walk(record, self.order).fold(self.start[first].ln(), |sum, (context, symbol)| {
            let p = self.ones[context];
            sum + if symbol == 1 { p } else { 1.0 - p }.ln()
        })
    }
}

/// Every symbol after a full context, with the context.
fn walk(record: &[u8], order: usize) -> impl Iterator<Item = (usize, u8)> + '_ {
    record.windows(order + 1).map(move |window| {
        let context = window[..order].iter().fold(0, |context, &symbol| context << 1 | usize::from(symbol));
        (context, window[order])
    })
}

/// The logarithm of the likelihood ratio of a run, alpha 0 over the floor.
fn ratio(run: &Run, truth: &Law) -> f64 {
    let pools: Vec<Vec<Vec<u8>>> = run
        .generations
        .iter()
        .map(|generation| {
            generation.records.iter().map(|record| record.text.bytes().map(|b| b & 1).collect()).collect()
        })
        .collect();
    pools
        .windows(2)
        .map(|two| {
            let fitted = Law::fitted(truth.order, &two[0]);
            two[1].iter().map(|record| weigh(fitted.ln(record), truth.ln(record))).sum::<f64>()
        })
        .sum()
}

/// ln q - ln(floor p + (1 - floor) q), for ln q and ln p. A record that the learner cannot have written came from the
/// source: what it says against alpha 0 is without limit, and bounded here to keep sums finite.
fn weigh(q: f64, p: f64) -> f64 {
    const MOST: f64 = -1e3;
    let mixed = (FLOOR.ln() + p).max((1.0 - FLOOR).ln() + q);
    let mixed = mixed + ((FLOOR.ln() + p - mixed).exp() + ((1.0 - FLOOR).ln() + q - mixed).exp()).ln();
    (q - mixed).max(MOST)
}

/// The oracle's limit for a source and an n-gram, from `runs` runs at alpha 0 and at the floor each; `None` where it does
/// not apply.
///
/// # Errors
/// Runs that cannot be simulated.
pub fn limit(source: &str, learner: &str, size: (usize, u64), length: usize, runs: u64) -> Result<Option<Limit>> {
    let parsed: Source = source.parse()?;
    let cell =
        Cell { source: source.to_owned(), learner: learner.to_owned(), schedule: String::new(), list: List::HeldBack };
    let order = learner.strip_prefix("ngram:").and_then(|order| order.parse::<usize>().ok());
    let Some(order) = order.filter(|_| cell.is_well_specified()) else { return Ok(None) };
    let Some(ones) = conditionals(&parsed, order) else { return Ok(None) };
    let truth = Law::stationary(order, ones);
    let ratios = |alpha: f64| -> Result<Vec<f64>> {
        (0..runs)
            .into_par_iter()
            .map(|seed| {
                let mut options = SimulateOptions::new(parsed.clone(), learner.parse()?);
                options.schedule = turmite_collapse::Schedule::Constant(alpha);
                (options.records, options.generations, options.length, options.runs) = (size.0, size.1, length, 1);
                let name = format!("oracle {source} {learner} {alpha} #{seed}");
                options.seed = xxhash_rust::xxh3::xxh3_64(name.as_bytes());
                let mut records = Vec::new();
                simulate(&options, &AtomicBool::new(false), |record| {
                    records.push(record);
                    Ok(())
                })?;
                let run = Run::from_simulated(records).pop().context("a run without records")?;
                Ok(ratio(&run, &truth))
            })
            .collect()
    };
    let (drifting, mut floor) = (ratios(0.0)?, ratios(FLOOR)?);
    let auc = auc(&drifting, &floor);
    floor.sort_by(f64::total_cmp);
    // As many runs at the floor as 1 % allows may lie above.
    let beyond = floor.len() - 1 - floor.len() / 100;
    let power = Share::of(drifting.iter().map(|&ratio| ratio > floor[beyond]));
    Ok(Some(Limit { source: source.to_owned(), learner: learner.to_owned(), power, auc, floor_runs: runs }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_sum_to_one_over_all_records() {
        let ones = conditionals(&"markov".parse().unwrap(), 4).unwrap();
        let pool: Vec<Vec<u8>> = (0..40u32)
            .map(|i| (0..9).map(|j| (i.wrapping_mul(2_654_435_761) >> (j + 9) & 1) as u8).collect())
            .collect();
        for law in [Law::stationary(4, ones), Law::fitted(4, &pool), Law::stationary(0, vec![0.3])] {
            let sum: f64 = (0..1u32 << 9)
                .map(|number| law.ln(&(0..9).map(|j| (number >> j & 1) as u8).collect::<Vec<_>>()).exp())
                .sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
    }

    #[test]
    fn the_weight_is_the_logarithm_it_says() {
        for (q, p) in [(0.5f64, 0.1f64), (1e-9, 0.3), (0.2, 0.2)] {
            let plain = q.ln() - (FLOOR * p + (1.0 - FLOOR) * q).ln();
            assert!((weigh(q.ln(), p.ln()) - plain).abs() < 1e-12);
        }
        assert_eq!(weigh(f64::NEG_INFINITY, -3.0), -1e3);
    }

    #[test]
    fn the_oracle_sees_more_of_longer_runs_and_is_not_asked_of_others() {
        let power = |generations| limit("iid:0.3", "ngram:3", (16, generations), 64, 40).unwrap().unwrap().auc.unwrap();
        let (short, long) = (power(3), power(30));
        assert!(long > 0.7 && long > short, "{short} {long}");
        assert!(limit("eca:30", "ngram:3", (16, 3), 64, 4).unwrap().is_none());
        assert!(limit("markov", "records", (16, 3), 64, 4).unwrap().is_none());
    }
}
