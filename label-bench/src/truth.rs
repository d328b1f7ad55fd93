//! What a run really is, decided without the statistics that are being judged.
//!
//! Three things are measured on every generation: the share of checks of the source's own rule that its records break
//! (sources with a rule; no rule is inferred); the loss on authentic records of a learner fitted on it; and the effective
//! number of its records, 1 / sum f^2, f being the share of each different record. A loss or a diversity has *departed*
//! where it lies further from its value at generation 1, the wrong way, than 1.25 times the furthest that twenty loops of
//! the same source and learner, anchored at alpha 0.1 and 0.2, have been by then. A departure holds if it holds in three of the last
//! five generations; it is dated by the first of two in a row.
//!
//! A learner that sharpens departs at any alpha, and is held to the limits of its plain kind. Whether alpha has to do with it is
//! another question: under 0.9^t, which is at the floor or above until generation 21, such a loop may be where its like are that stay at
//! the floor. So those are a group of their own that lie no further from generation 0 than 1.25 times the furthest that twenty loops of the
//! same learner, sharpening and all, have been at 0.1 and 0.2.

use crate::cells::{ACCUMULATE, Cell, has_rule};
use crate::held_out::Examiner;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::fmt;
use turmite_collapse::{Mechanism, Rule, Run, Schedule, Source};

/// Share of broken checks above which a mechanism is lost.
pub const LOST: f64 = 0.02;
/// The share of authentic records that counts as anchored.
pub const FLOOR: f64 = 0.1;
/// A departure lies this many times beyond the furthest anchored value.
const BEYOND: f64 = 1.25;
/// Least limits: a loss in bits a symbol and a logarithm of an effective number, below which nothing is a departure.
const LEAST: Departures = Departures { loss: 0.002, diversity: 0.05 };
/// Generations at the end that decide, and how many of them are needed.
const LAST: usize = 5;
const NEEDED: usize = 3;

/// Why a run collapses: the groups of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Copies and narrow models: what there is of the source grows less.
    DiversityLoss,
    /// The records break the source's rule, whatever alpha.
    MechanismLoss,
    /// A learner that sharpens what it learned.
    ModeSeeking,
    /// The same, where it lies no further from authentic records than its like that stay at the floor.
    SharpAsAtFloor,
    /// A learner whose family holds the source, and that drifts by sampling alone.
    SlowDrift,
}

impl Group {
    /// All groups.
    pub const ALL: [Group; 5] =
        [Group::DiversityLoss, Group::MechanismLoss, Group::ModeSeeking, Group::SharpAsAtFloor, Group::SlowDrift];
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Group::DiversityLoss => "diversity loss",
            Group::MechanismLoss => "mechanism loss",
            Group::ModeSeeking => "mode-seeking",
            Group::SharpAsAtFloor => "sharp as at the floor",
            Group::SlowDrift => "slow drift",
        })
    }
}

/// The truth of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// Collapsing, since a generation.
    Collapsing {
        /// In which way.
        group: Group,
        /// The first departure.
        since: u64,
    },
    /// Preserving.
    Preserving,
    /// Neither: alpha is below the floor and nothing has departed yet, or it is not and something has.
    Between,
}

/// What is measured on a run, by generation from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// Broken checks a check; `None` where the source has no rule.
    violations: Option<Vec<f64>>,
    /// Bits a symbol.
    loss: Vec<f64>,
    /// Logarithm of the effective number of records.
    diversity: Vec<f64>,
}

/// How far a loss has risen and a diversity has fallen since generation 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Departures {
    loss: f64,
    diversity: f64,
}

/// What runs are held to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Since generation 1, of the plain learner, by generation from 2.
    pub plain: Vec<Departures>,
    /// Since generation 0, of the learner itself, by generation from 1; where it sharpens.
    pub own: Option<Vec<Departures>>,
}

/// The rule of a source, for checking.
enum Checker {
    Mechanism(Box<Mechanism>),
    /// A source that decides its next symbol by so many before it: windows of one more that it writes.
    Windows(usize, HashSet<Vec<u8>>),
}

impl Checker {
    fn of(source: &Source) -> Option<Self> {
        let rule = match source {
            Source::Cellular(rule) => Rule::Cellular { rule: *rule, width: 16 },
            Source::ThueMorse => Rule::Substitution { images: [[0, 1], [1, 0]] },
            Source::Period(period) => Rule::Period { period: *period },
            Source::Linear(taps) => Rule::Linear { taps: *taps },
            Source::DeBruijn(order) => {
                let length = *order as usize + 1;
                // One record as long as the cycle and a window holds them all.
                let record = source.bits((1 << order) + length, 0, 0);
                return Some(Self::Windows(length, record.windows(length).map(<[u8]>::to_vec).collect()));
            }
            _ => return None,
        };
        Some(Self::Mechanism(Box::new(Mechanism::new(rule))))
    }

    /// (violated, made)
    fn check(&self, record: &[u8]) -> (u64, u64) {
        match self {
            Checker::Mechanism(mechanism) => {
                let checks = mechanism.check(record);
                (checks.violated, checks.made)
            }
            Checker::Windows(length, known) => record
                .windows(*length)
                .fold((0, 0), |(violated, made), window| (violated + u64::from(!known.contains(window)), made + 1)),
        }
    }
}

/// Measures runs of one source.
pub struct Tracer {
    checker: Option<Checker>,
    examiner: Examiner,
}

impl Tracer {
    /// `examined` are authentic records that no run and no label draws on. `source` is `None` for a book.
    #[must_use]
    pub fn new<'a>(source: Option<&Source>, examined: impl IntoIterator<Item = &'a str>) -> Self {
        Self { checker: source.and_then(Checker::of), examiner: Examiner::new(examined, source.is_none()) }
    }

    /// The trace of a run of a learner. `losses` are those of the learner itself, where it has told them.
    #[must_use]
    pub fn trace(&self, run: &Run, learner: &str, losses: Option<&[f64]>) -> Trace {
        let order = learner
            .strip_prefix("ngram:")
            .and_then(|rest| rest.split(',').next())
            .and_then(|order| order.parse().ok())
            .unwrap_or(usize::MAX);
        let mut trace = Trace { violations: self.checker.as_ref().map(|_| Vec::new()), ..Trace::default() };
        for generation in &run.generations {
            let texts = || generation.records.iter().map(|record| record.text.as_str());
            if let (Some(checker), Some(violations)) = (&self.checker, &mut trace.violations) {
                let checks = texts().map(|text| checker.check(&text.bytes().map(|b| b & 1).collect::<Vec<_>>()));
                let (violated, made) = checks.fold((0, 0), |sum, checks| (sum.0 + checks.0, sum.1 + checks.1));
                violations.push(violated as f64 / made.max(1) as f64);
            }
            if losses.is_none() {
                trace.loss.push(self.examiner.loss(texts(), order));
            }
            let mut counts: HashMap<&str, f64> = HashMap::new();
            for text in texts() {
                *counts.entry(text).or_default() += 1.0;
            }
            let n: f64 = counts.values().sum();
            // Squares of whole numbers: their sum does not depend on the order of the map.
            let squares: f64 = counts.values().map(|count| count * count).sum();
            trace.diversity.push((n * n / squares).ln());
        }
        if let Some(losses) = losses {
            // Entry t is the network that wrote generation t; the one fitted on generation t wrote the next.
            trace.loss = losses.iter().skip(1).chain(losses.last()).copied().collect();
        }
        trace
    }
}

impl Trace {
    /// Since generation `from`, by generation from the next (empty if there are fewer).
    fn departures(&self, from: usize) -> Vec<Departures> {
        let since = |values: &[f64]| -> Vec<f64> {
            values.get(from).map_or(Vec::new(), |first| values[from + 1..].iter().map(|value| value - first).collect())
        };
        let pairs = since(&self.loss).into_iter().zip(since(&self.diversity));
        pairs.map(|(loss, diversity)| Departures { loss, diversity: -diversity }).collect()
    }

    /// The limits since generation `from` that runs anchored like these set, by generation from the next: they never fall.
    #[must_use]
    pub fn limits<'a>(anchored: impl IntoIterator<Item = &'a Trace>, from: usize) -> Vec<Departures> {
        let all: Vec<Vec<Departures>> = anchored.into_iter().map(|trace| trace.departures(from)).collect();
        let generations = all.iter().map(Vec::len).max().unwrap_or(0);
        let mut limits = LEAST;
        (0..generations)
            .map(|i| {
                for seen in all.iter().filter_map(|departures| departures.get(i)) {
                    limits.loss = limits.loss.max(BEYOND * seen.loss);
                    limits.diversity = limits.diversity.max(BEYOND * seen.diversity);
                }
                limits
            })
            .collect()
    }

    /// Since when a run lies beyond limits: departures since generation `from`.
    fn beyond(&self, limits: &[Departures], from: usize) -> Option<u64> {
        // A run may be longer than those that set limits: the last one goes on.
        let last_limit = limits.last().copied().unwrap_or(LEAST);
        let by_generation = limits.iter().copied().chain(std::iter::repeat(last_limit));
        let beyond =
            |(seen, limit): (&Departures, Departures)| seen.loss > limit.loss || seen.diversity > limit.diversity;
        let departed: Vec<bool> = self.departures(from).iter().zip(by_generation).map(beyond).collect();
        since(&departed).map(|since| from as u64 + 1 + since)
    }

    /// The truth of a run of `cell`.
    #[must_use]
    pub fn truth(&self, cell: &Cell, limits: &Limits) -> Truth {
        let lost: Vec<bool> =
            self.violations.iter().flat_map(|shares| shares.iter().skip(1)).map(|&share| share > LOST).collect();
        if let Some(since) = since(&lost) {
            return Truth::Collapsing { group: Group::MechanismLoss, since: 1 + since };
        }
        let departed = self.beyond(&limits.plain, 1);
        let beyond_its_like = limits.own.as_ref().is_none_or(|own| self.beyond(own, 0).is_some());
        let last = self.loss.len().saturating_sub(1) as u64;
        match (Fate::of(cell, last), departed) {
            (Fate::Vanishing, Some(since)) => {
                let group = if beyond_its_like { group(cell) } else { Group::SharpAsAtFloor };
                Truth::Collapsing { group, since }
            }
            (Fate::Anchored, None) => Truth::Preserving,
            // A learner that found the rule needs no authentic record.
            (Fate::Vanishing, None) if has_rule(&cell.source) && cell.learner == "neurosymbolic" => Truth::Preserving,
            _ => Truth::Between,
        }
    }
}

/// Where alpha goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// At or above the floor in every generation, or nothing is ever thrown away (science of accumulated pools: the loss
    /// is bounded although the share of authentic records tends to 0).
    Anchored,
    /// To 0, and below the floor already.
    Vanishing,
    /// Constant below the floor.
    Low,
}

impl Fate {
    fn of(cell: &Cell, last: u64) -> Self {
        if cell.schedule == ACCUMULATE {
            return Fate::Anchored;
        }
        match cell.schedule.parse::<Schedule>() {
            Ok(schedule) if schedule.least(last) >= FLOOR => Fate::Anchored,
            Ok(Schedule::Constant(alpha)) if alpha > 0.0 => Fate::Low,
            _ => Fate::Vanishing,
        }
    }
}

fn group(cell: &Cell) -> Group {
    if cell.seeks_modes() {
        Group::ModeSeeking
    } else if cell.is_well_specified() {
        Group::SlowDrift
    } else {
        Group::DiversityLoss
    }
}

/// The first of two in a row, if enough of the last hold.
fn since(holds: &[bool]) -> Option<u64> {
    let last = &holds[holds.len().saturating_sub(LAST)..];
    if last.iter().filter(|&&holds| holds).count() < NEEDED {
        return None;
    }
    holds.windows(2).position(|two| two[0] && two[1]).map(|at| at as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells::List;
    use turmite_collapse::{Generation, Record};

    fn cell(source: &str, learner: &str, schedule: &str) -> Cell {
        let of = |text: &str| text.to_owned();
        Cell { source: of(source), learner: of(learner), schedule: of(schedule), list: List::Tuned }
    }

    /// Nothing moves for three generations, then the loss rises by 0.1 a generation.
    fn rising() -> Trace {
        Trace {
            violations: None,
            loss: (0..12).map(|t| f64::from((t - 3).max(0)) * 0.1).collect(),
            diversity: vec![3.0; 12],
        }
    }

    const LIMITS: Departures = Departures { loss: 0.25, diversity: 0.1 };

    #[test]
    fn the_truth_is_the_table_of_the_contract() {
        let limits = Limits { plain: vec![LIMITS], own: None };
        let truth = |trace: &Trace, source, learner, schedule| trace.truth(&cell(source, learner, schedule), &limits);
        let still = Trace { loss: vec![0.0; 12], ..rising() };
        let collapsing = |group| Truth::Collapsing { group, since: 6 };
        assert_eq!(truth(&rising(), "kjv", "ngram:4", "constant:0"), collapsing(Group::DiversityLoss));
        assert_eq!(truth(&rising(), "markov", "ngram:3", "geometric:0.7"), collapsing(Group::SlowDrift));
        assert_eq!(truth(&rising(), "markov", "ngram:8,temperature=0.8", "power:1,1"), collapsing(Group::ModeSeeking));
        for schedule in ["constant:0.05", "constant:0.1", "constant:0.5", ACCUMULATE, "geometric:0.99"] {
            assert_eq!(truth(&rising(), "markov", "ngram:3", schedule), Truth::Between, "{schedule}");
        }
        for schedule in ["constant:0.1", "constant:0.5", ACCUMULATE, "geometric:0.99"] {
            assert_eq!(truth(&still, "markov", "ngram:3", schedule), Truth::Preserving, "{schedule}");
        }
        assert_eq!(truth(&still, "markov", "ngram:3", "constant:0"), Truth::Between);
        assert_eq!(truth(&still, "eca:30", "neurosymbolic", "constant:0"), Truth::Preserving);
        let broken = Trace { violations: Some([vec![0.0; 2], vec![0.1; 10]].concat()), ..still.clone() };
        for schedule in ["constant:0", "constant:0.6"] {
            let expected = Truth::Collapsing { group: Group::MechanismLoss, since: 2 };
            assert_eq!(truth(&broken, "eca:30", "ngram:4", schedule), expected);
        }
        // Anchored runs that rise set the limits themselves, and a run that rises as they do has not departed.
        let plain = Trace::limits([&rising(), &still], 1);
        assert!((plain[9].loss - 1.25 * 0.8).abs() < 1e-12 && plain[0] == LEAST && plain.len() == 10);
        let limits = Limits { plain, own: None };
        assert_eq!(rising().truth(&cell("markov", "ngram:3", "constant:0"), &limits), Truth::Between);
        assert!(Trace::limits([], 1).is_empty());
    }

    #[test]
    fn learners_that_sharpen_are_held_to_their_like_at_the_floor_too() {
        let sharpened = cell("markov", "ngram:8,temperature=0.8", "geometric:0.7");
        let truth = |own: Trace| {
            let limits = Limits { plain: vec![LIMITS], own: Some(Trace::limits([&own], 0)) };
            rising().truth(&sharpened, &limits)
        };
        // 0.8 beyond generation 0 in the end, where loops at the floor have come to 0.7 at once, or to 0.4.
        let stays = |level: f64| Trace { loss: [vec![0.0], vec![level; 11]].concat(), ..rising() };
        assert_eq!(truth(stays(0.7)), Truth::Collapsing { group: Group::SharpAsAtFloor, since: 6 });
        assert_eq!(truth(stays(0.4)), Truth::Collapsing { group: Group::ModeSeeking, since: 6 });
    }

    #[test]
    fn a_departure_lasts() {
        let pattern = |text: &str| since(&text.bytes().map(|b| b == b'1').collect::<Vec<_>>());
        assert_eq!(pattern("0011111"), Some(2));
        assert_eq!(pattern("0101111"), Some(3));
        assert_eq!(pattern("1111100000"), None);
        assert_eq!(pattern("11000"), None);
        assert_eq!((pattern(""), pattern("1")), (None, None));
    }

    #[test]
    fn sources_obey_their_own_rule_and_noise_does_not() {
        for name in ["eca:45", "eca:150", "thue-morse", "period:9", "lfsr:7", "lfsr:16", "debruijn:8"] {
            let source: Source = name.parse().unwrap();
            let checker = Checker::of(&source).unwrap();
            for index in 0..20 {
                let (violated, made) = checker.check(&source.bits(256, 3, index));
                assert!(violated == 0 && made > 200, "{name}");
            }
            let noise: Source = "iid:0.5".parse().unwrap();
            let (violated, made) = checker.check(&noise.bits(256, 3, 0));
            assert!(violated as f64 > 10.0 * LOST * made as f64, "{name}: {violated} of {made}");
            assert!(has_rule(name));
        }
        assert!(Checker::of(&"ctm".parse().unwrap()).is_none());
    }

    #[test]
    fn a_trace_measures_records() {
        let run = |generations: &[&[&str]]| Run {
            generations: (0..)
                .zip(generations)
                .map(|(index, texts)| Generation {
                    index,
                    records: texts.iter().map(|&text| Record::new(text)).collect(),
                })
                .collect(),
            ..Run::default()
        };
        let run = run(&[&["010101", "101010"], &["010101", "010101"], &["010101", "000000"]]);
        let source: Source = "period:2".parse().unwrap();
        let tracer = Tracer::new(Some(&source), ["010101", "101010"]);
        let trace = tracer.trace(&run, "ngram:1", None);
        assert_eq!(trace.violations, Some(vec![0.0; 3]));
        assert_eq!(trace.diversity, [2f64.ln(), 0.0, 2f64.ln()]);
        assert!(trace.loss[2] > trace.loss[0]);
        let told = tracer.trace(&run, "neural", Some(&[9.0, 1.0, 2.0]));
        assert_eq!(told.loss, [1.0, 2.0, 2.0]);
    }
}
