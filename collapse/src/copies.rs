//! What the theory predicts for a loop that copies whole records, to draw beside what such a loop did.
//!
//! Records are the cells of the categorical learner of [`theory`](crate::theory): generation t draws N_t records, each
//! authentic with probability alpha_t and else a copy from generation t - 1. With G = 1 - sum (c / N)^2, the chance that
//! two draws of a generation differ, the recursion is exact for any schedule and any sizes:
//! G_t = (1 - 1/N_t) \[(1 - rho_t) G_p + rho_t G_{t-1}\], rho_t = (1 - alpha_t)^2, G_p that of the source.
//!
//! It says nothing of a learner that writes records of its own, and [`CopyTheory::of`] refuses one.

use crate::alpha::Share;
use crate::record::{Generation, Run};
use crate::report::Band;
use crate::seed::{self, below, unit};
use crate::theory::{Categorical, stationary_drift};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;

/// Seed of the simulated copiers.
const SEED: u64 = 0x636f_7069_6573;

/// Simulated copiers; a band leaves out the [`BEYOND`] least and greatest.
const COPIERS: u64 = 200;
const BEYOND: usize = 5;

/// Records a generation up to which the expected number of different ones is computed.
const MOST_RECORDS: usize = 1024;

/// Share of authentic records that must be different for them to count as always new.
const NEW: f64 = 0.95;

/// The prediction for one generation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CopyPoint {
    /// The generation.
    pub generation: u64,
    /// E\[G_t\], exact.
    pub diversity: f64,
    /// Different records, only where authentic ones are hardly ever repeated.
    pub different: Option<Different>,
}

/// Predictions under which every authentic record is a new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Different {
    /// The expected number of different records, exact.
    pub records: f64,
    /// Where 95 % of simulated copiers have it.
    pub band: Band,
    /// Where 95 % of simulated copiers have G_t.
    pub diversity: Band,
}

/// The prediction for a run.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyTheory {
    /// By generation, from 0.
    pub points: Vec<CopyPoint>,
    /// Where G settles: only under one alpha and one size.
    pub level: Option<f64>,
}

/// Why nothing is predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum NoTheory {
    /// The share of authentic records is not known in this generation.
    AlphaUnknown {
        /// The generation.
        generation: u64,
    },
    /// There is no generation of this number, and what followed it was drawn from it.
    Missing {
        /// The generation.
        generation: u64,
    },
    /// The learner writes records that are no copies.
    NewRecords {
        /// Their share among its own records.
        share: f64,
    },
    /// There are not enough authentic records to know the diversity of the source.
    NoReference,
}

impl fmt::Display for NoTheory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoTheory::AlphaUnknown { generation } => write!(f, "alpha of generation {generation} is not known"),
            NoTheory::Missing { generation } => write!(f, "there is no generation {generation}"),
            NoTheory::NewRecords { share } => {
                write!(f, "{:.0} % of what the learner wrote are no copies of the generation before", share * 100.0)
            }
            NoTheory::NoReference => f.write_str("fewer than two authentic records are known"),
        }
    }
}

/// G of a generation: the chance that two of its records, drawn with replacement, differ.
#[must_use]
pub fn record_diversity(generation: &Generation) -> f64 {
    let n = generation.records.len().max(1) as f64;
    let texts = generation.records.iter().map(|record| record.text.as_str());
    1.0 - counts(texts).values().map(|&count| (count as f64 / n).powi(2)).sum::<f64>()
}

fn counts<'a>(texts: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_insert(0) += 1;
    }
    counts
}

/// What a prediction depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct CopyDesign {
    /// (alpha, records) by generation, from 0; the first alpha is 1.
    steps: Vec<(f64, usize)>,
}

impl CopyDesign {
    /// The shares and sizes of a run whose learner copies.
    ///
    /// # Errors
    /// Why the theory does not apply to the run.
    pub fn of(run: &Run) -> Result<Self, NoTheory> {
        let mut order: Vec<&Generation> = run.generations.iter().collect();
        order.sort_by_key(|generation| generation.index);
        let mut steps = Vec::with_capacity(order.len());
        let mut learner = Copying::default();
        for (t, generation) in (0u64..).zip(&order) {
            if generation.index != t {
                return Err(NoTheory::Missing { generation: t });
            }
            let alpha = match (t, Share::of(generation)) {
                (0, _) => 1.0,
                (_, Some(share)) => share.alpha,
                (_, None) => return Err(NoTheory::AlphaUnknown { generation: t }),
            };
            if let Some(before) = (t as usize).checked_sub(1).and_then(|before| order.get(before)) {
                learner.look(generation, before, alpha);
            }
            steps.push((alpha, generation.records.len()));
        }
        if steps.is_empty() {
            return Err(NoTheory::Missing { generation: 0 });
        }
        match learner.share_of_new() {
            Some(share) => Err(NoTheory::NewRecords { share }),
            None => Ok(Self { steps }),
        }
    }
}

/// What is seen of a learner's own records.
#[derive(Default)]
struct Copying {
    /// Known to be the learner's: how many, and how many of them are no copies.
    marked: usize,
    marked_new: usize,
    /// Of unknown origin: how many are no copies, how many are expected to come from the source, and the variance of that.
    all: usize,
    new: usize,
    expected: f64,
    variance: f64,
}

impl Copying {
    fn look(&mut self, generation: &Generation, before: &Generation, alpha: f64) {
        let known: HashSet<&str> = before.records.iter().map(|record| record.text.as_str()).collect();
        for record in &generation.records {
            let new = usize::from(!known.contains(record.text.as_str()));
            match record.exogenous {
                Some(true) => {}
                Some(false) => {
                    self.marked += 1;
                    self.marked_new += new;
                }
                None => {
                    self.all += 1;
                    self.new += new;
                    self.expected += alpha;
                    self.variance += alpha * (1.0 - alpha);
                }
            }
        }
    }

    /// The share of new records if the learner is no copier.
    fn share_of_new(&self) -> Option<f64> {
        if self.marked_new > 0 {
            return Some(self.marked_new as f64 / self.marked as f64);
        }
        // Three standard deviations above what the source is expected to bring.
        let beyond = self.new as f64 - self.expected;
        let own = self.all as f64 - self.expected;
        (beyond > 3.0 * self.variance.sqrt() + 0.5).then(|| (beyond / own.max(1.0)).min(1.0))
    }
}

impl CopyTheory {
    /// Predicts for shares and sizes, given authentic records.
    ///
    /// # Complexity
    /// Generations times the square of the records, and 200 simulated copiers; without the latter and up to linear
    /// where authentic records repeat themselves.
    ///
    /// # Errors
    /// Fewer than two authentic records.
    pub fn of(design: &CopyDesign, authentic: &[&str]) -> Result<Self, NoTheory> {
        let n = authentic.len();
        if n < 2 {
            return Err(NoTheory::NoReference);
        }
        let counts = counts(authentic.iter().copied());
        // Unbiased: the share of pairs that differ.
        let pairs = counts.values().map(|&c| c as f64 * (c - 1) as f64).sum::<f64>();
        let source = 1.0 - pairs / (n as f64 * (n - 1) as f64);
        let different = counts.len() as f64 >= NEW * n as f64
            && design.steps.iter().all(|&(_, records)| (1..=MOST_RECORDS).contains(&records));
        let different = if different { Some(different_records(&design.steps)) } else { None };
        let diversity = diversity(source, &design.steps);
        let points = (0u64..).zip(&diversity).enumerate().map(|(t, (generation, &diversity))| CopyPoint {
            generation,
            diversity,
            different: different.as_ref().map(|different| different[t]),
        });
        Ok(Self { points: points.collect(), level: level(source, &design.steps) })
    }
}

/// E\[G_t\] of the pools: A2's recursion, whose N may change, started at the source.
fn diversity(source: f64, steps: &[(f64, usize)]) -> Vec<f64> {
    // Two cells with the diversity of the source stand for all its cells: from a start at the truth G depends on nothing else.
    let p = (1.0 + (1.0 - 2.0 * source.min(0.5)).max(0.0).sqrt()) / 2.0;
    let scale = source / (2.0 * p * (1.0 - p)).max(f64::MIN_POSITIVE);
    let truth = [p, 1.0 - p];
    let Some(mut theory) = Categorical::new(&truth, &truth) else { return Vec::new() };
    steps
        .iter()
        .map(|&(alpha, records)| {
            theory.step(alpha, records.max(1) as f64);
            theory.diversity() * scale
        })
        .collect()
}

/// The fixed point under one alpha and one size, if these are one.
fn level(source: f64, steps: &[(f64, usize)]) -> Option<f64> {
    let (&first, rest) = steps.get(1..)?.split_first()?;
    let constant = !rest.is_empty() && rest.iter().all(|step| *step == first);
    constant.then(|| source * (1.0 - stationary_drift(first.0, first.1.max(1) as f64)))
}

/// The expected number of different records by generation, and where simulated copiers have it and G.
fn different_records(steps: &[(f64, usize)]) -> Vec<Different> {
    let expected = expected_different(steps);
    let paths: Vec<Vec<(f64, f64)>> =
        (0..COPIERS).into_par_iter().map(|number| simulated_copier(steps, number)).collect();
    let band = |t: usize, of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = paths.iter().map(|path| of(&path[t])).collect();
        values.sort_by(f64::total_cmp);
        Band { low: values[BEYOND], high: values[values.len() - 1 - BEYOND] }
    };
    let at = |(t, records): (usize, f64)| Different { records, band: band(t, |p| p.0), diversity: band(t, |p| p.1) };
    expected.into_iter().enumerate().map(at).collect()
}

/// E\[different records\] by generation, if every authentic record is new.
///
/// Let f_t(k) be the expected number of different records among k of generation t. Of k records a number m is copied,
/// binomial with 1 - alpha_t; the k - m others are new. The m draw their originals from N_{t-1} records and hit j of
/// them, by the occupancy distribution: f_t(k) = alpha_t k + sum_m B(m; k) sum_j O(j; m) f_{t-1}(j), f_0(k) = k.
fn expected_different(steps: &[(f64, usize)]) -> Vec<f64> {
    let most = steps.iter().map(|&(_, records)| records).max().unwrap_or(0);
    let mut f: Vec<f64> = (0..=most).map(|k| k as f64).collect();
    let mut out = Vec::with_capacity(steps.len());
    for (t, &(alpha, records)) in steps.iter().enumerate() {
        if let Some(&(_, before)) = t.checked_sub(1).and_then(|before| steps.get(before)) {
            let originals = hits(records, before, &f);
            f = mixed(records, alpha, &originals);
        }
        out.push(f[records]);
    }
    out
}

/// For m = 0..=most: the mean of f over the number of cells, of n, that m throws hit.
fn hits(most: usize, n: usize, f: &[f64]) -> Vec<f64> {
    let mut occupied = vec![0.0; n.min(most) + 1];
    occupied[0] = 1.0;
    let mut out = vec![f[0]];
    for m in 1..=most {
        for j in (1..=m.min(n)).rev() {
            let n = n as f64;
            let (stay, new) = (j as f64 / n, (n - (j as f64 - 1.0)) / n);
            occupied[j] = occupied[j] * stay + occupied[j - 1] * new;
        }
        occupied[0] = 0.0;
        out.push(occupied.iter().zip(f).map(|(p, f)| p * f).sum());
    }
    out
}

/// For k = 0..=most: alpha k + the mean of `originals` over the binomial number of copies among k.
fn mixed(most: usize, alpha: f64, originals: &[f64]) -> Vec<f64> {
    let mut copies = vec![0.0; most + 1];
    copies[0] = 1.0;
    let mut out = vec![originals[0]];
    for k in 1..=most {
        for m in (1..=k).rev() {
            copies[m] = copies[m] * alpha + copies[m - 1] * (1.0 - alpha);
        }
        copies[0] *= alpha;
        out.push(alpha * k as f64 + copies.iter().zip(originals).map(|(p, f)| p * f).sum::<f64>());
    }
    out
}

/// (different records, G) by generation of one simulated copier.
fn simulated_copier(steps: &[(f64, usize)], number: u64) -> Vec<(f64, f64)> {
    let mut pool: Vec<u64> = Vec::new();
    let mut next = 0u64;
    let mut out = Vec::with_capacity(steps.len());
    for (t, &(alpha, records)) in (0u64..).zip(steps) {
        let mut rng = seed::rng(SEED, number, t, 0);
        pool = (0..records)
            .map(|_| {
                if pool.is_empty() || unit(&mut rng) < alpha {
                    next += 1;
                    next
                } else {
                    pool[below(&mut rng, pool.len())]
                }
            })
            .collect();
        let mut counts: HashMap<u64, usize, foldhash::fast::FixedState> = HashMap::default();
        for &id in &pool {
            *counts.entry(id).or_insert(0) += 1;
        }
        // Whole numbers, so that the order of the map does not matter.
        let square: usize = counts.values().map(|count| count * count).sum();
        let n = records.max(1) as f64;
        out.push((counts.len() as f64, 1.0 - square as f64 / (n * n)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::{SimulateOptions, simulate};
    use crate::theory::diversity_kept;

    fn steps(alpha: impl Fn(usize) -> f64, records: usize, last: usize) -> Vec<(f64, usize)> {
        (0..=last).map(|t| (if t == 0 { 1.0 } else { alpha(t) }, records)).collect()
    }

    fn mean_and_error(values: &[f64]) -> (f64, f64) {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt())
    }

    #[test]
    fn simulated_copiers_agree_with_both_recursions() {
        for alpha in [|_: usize| 0.0, |_| 0.3, |t| 0.5f64.powi(t as i32)] {
            let steps = steps(alpha, 40, 12);
            let (expected, diversity) = (expected_different(&steps), diversity(1.0, &steps));
            let paths: Vec<_> = (1000..3000).map(|number| simulated_copier(&steps, number)).collect();
            for t in [0, 1, 2, 7, 12] {
                let of = |value: fn(&(f64, f64)) -> f64| {
                    mean_and_error(&paths.iter().map(|path| value(&path[t])).collect::<Vec<_>>())
                };
                for ((measured, error), predicted) in [(of(|p| p.0), expected[t]), (of(|p| p.1), diversity[t])] {
                    let off = (measured - predicted).abs();
                    assert!(off <= 3.5 * error + 1e-12, "t {t}: {measured} +- {error}, predicted {predicted}");
                }
            }
        }
    }

    #[test]
    fn sizes_may_change() {
        let steps = [(1.0, 30), (0.2, 10), (0.0, 50), (0.4, 20)];
        let (expected, diversity) = (expected_different(&steps), diversity(1.0, &steps));
        let paths: Vec<_> = (0..4000).map(|number| simulated_copier(&steps, number)).collect();
        for t in 0..4 {
            let (different, error) = mean_and_error(&paths.iter().map(|path| path[t].0).collect::<Vec<_>>());
            assert!((different - expected[t]).abs() <= 3.5 * error + 1e-12, "{t}: {different} and {}", expected[t]);
            let (g, error) = mean_and_error(&paths.iter().map(|path| path[t].1).collect::<Vec<_>>());
            assert!((g - diversity[t]).abs() <= 3.5 * error + 1e-12, "{t}: {g} and {}", diversity[t]);
        }
    }

    #[test]
    fn the_recursion_is_that_of_the_theory() {
        // Pool t is the t + 1st sample: diversity falls by 1 - 1/N each time.
        for source in [0.3, 0.5, 0.8, 1.0] {
            let found = diversity(source, &steps(|_| 0.0, 25, 9));
            for (t, g) in found.iter().enumerate() {
                assert!((g - source * diversity_kept(25.0, t as f64 + 1.0)).abs() < 1e-12);
            }
            let anchored = steps(|_| 0.2, 50, 400);
            let settled = *diversity(source, &anchored).last().unwrap();
            assert!((settled - level(source, &anchored).unwrap()).abs() < 1e-9);
        }
        assert_eq!(level(1.0, &steps(|t| 0.5f64.powi(t as i32), 50, 5)), None);
    }

    fn simulated(learner: &str, alpha: &str) -> Run {
        let mut options = SimulateOptions::new("rule30".parse().unwrap(), learner.parse().unwrap());
        options.schedule = alpha.parse().unwrap();
        (options.records, options.length, options.generations, options.runs) = (64, 128, 10, 1);
        let mut records = Vec::new();
        simulate(&options, &Default::default(), |record| {
            records.push(record);
            Ok(())
        })
        .unwrap();
        Run::from_simulated(records).remove(0)
    }

    #[test]
    fn a_simulated_run_lies_in_its_band_and_other_learners_have_none() {
        let run = simulated("records", "constant:0.2");
        let authentic: Vec<&str> = run.generations[0].records.iter().map(|r| r.text.as_str()).collect();
        let theory = CopyTheory::of(&CopyDesign::of(&run).unwrap(), &authentic).unwrap();
        let inside = theory.points.iter().zip(&run.generations).filter(|(point, generation)| {
            let band = point.different.unwrap().diversity;
            (band.low - 1e-9..=band.high + 1e-9).contains(&record_diversity(generation))
        });
        assert!(inside.count() >= 9);
        assert!(theory.level.is_some());
        assert!(
            matches!(CopyDesign::of(&simulated("ngram:3", "constant:0")), Err(NoTheory::NewRecords { share }) if share > 0.9)
        );
    }

    #[test]
    fn copies_are_told_from_new_records_without_marks() {
        let unmarked = |mut run: Run| {
            run.generations.iter_mut().flat_map(|g| &mut g.records).for_each(|r| r.exogenous = None);
            run
        };
        assert!(CopyDesign::of(&unmarked(simulated("records", "constant:0.3"))).is_ok());
        assert!(CopyDesign::of(&unmarked(simulated("records", "constant:0"))).is_ok());
        assert!(matches!(
            CopyDesign::of(&unmarked(simulated("ngram:3", "constant:0.3"))),
            Err(NoTheory::NewRecords { .. })
        ));
    }

    #[test]
    fn what_is_not_known_is_said() {
        let mut run = simulated("records", "constant:0.2");
        let mut unknown = run.clone();
        unknown.generations[4].records.iter_mut().for_each(|r| (r.alpha, r.exogenous) = (None, None));
        assert_eq!(CopyDesign::of(&unknown), Err(NoTheory::AlphaUnknown { generation: 4 }));
        run.generations.remove(3);
        assert_eq!(CopyDesign::of(&run), Err(NoTheory::Missing { generation: 3 }));
        assert_eq!(CopyDesign::of(&Run::default()), Err(NoTheory::Missing { generation: 0 }));
        let steps = CopyDesign { steps: vec![(1.0, 8), (0.5, 8)] };
        assert_eq!(CopyTheory::of(&steps, &["a"]), Err(NoTheory::NoReference));
        // A source of two records: G is predicted, the number of different ones is not.
        let of_two = CopyTheory::of(&steps, &["a", "b", "a", "b"]).unwrap();
        assert!(of_two.points.iter().all(|p| p.different.is_none() && p.diversity < 0.67));
    }
}
