//! Every figure of the document, from judged runs.

use crate::bench::Judged;
use crate::cells::{Cell, List, SCHEDULES};
use crate::judge::Judge;
use crate::measures::{Share, Spread, auc};
use crate::truth::{Group, Truth};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a judge did on a set of runs.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    /// The judge.
    pub judge: String,
    /// Collapsing runs against preserving runs, by score.
    pub auc: Option<f64>,
    /// Alarms among collapsing runs.
    pub detected: Share,
    /// Alarms among preserving runs.
    pub false_alarms: Share,
    /// Their upper 95 % limit.
    pub false_alarms_upper: Option<f64>,
    /// Alarms among the runs that are neither.
    pub between: Share,
    /// Onset minus departure, of collapsing runs that were detected.
    pub delay: Option<Spread>,
    /// Their onset.
    pub onset: Option<Spread>,
}

/// Judges on a set of runs.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// What is in it.
    pub name: String,
    /// Collapsing runs.
    pub collapsing: usize,
    /// Preserving runs.
    pub preserving: usize,
    /// Runs that are neither, and left out.
    pub between: usize,
    /// One a judge.
    pub scores: Vec<Score>,
}

/// A cell in which a usual statistic does better than the rule.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Better {
    /// The cell.
    pub cell: String,
    /// The judge that is better.
    pub judge: String,
    /// In what.
    pub what: &'static str,
    /// Its figure.
    pub theirs: String,
    /// The rule's.
    pub ours: String,
}

/// All of one list.
#[derive(Clone, Debug, Serialize)]
pub struct ListFigures {
    /// The list.
    pub list: List,
    /// All collapsing runs, and each group, against all preserving runs of the list.
    pub groups: Vec<Section>,
    /// By schedule.
    pub schedules: Vec<Section>,
    /// By source and learner, whatever the schedule.
    pub pairs: Vec<Section>,
    /// By cell.
    pub cells: Vec<Section>,
    /// Where a usual statistic is better.
    pub better: Vec<Better>,
}

impl ListFigures {
    /// The figures of a list.
    #[must_use]
    pub fn of(list: List, judged: &[Judged]) -> Self {
        let runs: Vec<&Judged> = judged.iter().filter(|run| run.cell.list == list).collect();
        let section = |name: String, keep: &dyn Fn(&Judged) -> bool| {
            Section::of(name, &runs.iter().copied().filter(|run| keep(run)).collect::<Vec<_>>())
        };
        let mut groups = vec![section("all".to_owned(), &|_| true)];
        for wanted in Group::ALL {
            groups.push(section(wanted.to_string(), &|run| match run.truth {
                Truth::Collapsing { group, .. } => group == wanted,
                Truth::Preserving | Truth::Between => run.truth == Truth::Preserving,
            }));
        }
        let schedules = SCHEDULES
            .iter()
            .map(|schedule| section((*schedule).to_owned(), &|run| run.cell.schedule == *schedule))
            .filter(|section| section.runs() > 0)
            .collect();
        let pair = |cell: &Cell| format!("{} {}", cell.source, cell.learner);
        let by = |name: &dyn Fn(&Cell) -> String| {
            let names: BTreeSet<String> = runs.iter().map(|run| name(&run.cell)).collect();
            names
                .into_iter()
                .map(|wanted| section(wanted.clone(), &|run| name(&run.cell) == wanted))
                .collect::<Vec<_>>()
        };
        let cells = by(&|cell| cell.to_string());
        let better = cells.iter().flat_map(better).collect();
        Self { list, groups, schedules, pairs: by(&pair), cells, better }
    }
}

impl Section {
    fn of(name: String, runs: &[&Judged]) -> Self {
        let count = |wanted: fn(&Truth) -> bool| runs.iter().filter(|run| wanted(&run.truth)).count();
        let judges: BTreeSet<Judge> = runs.iter().flat_map(|run| run.outcomes.keys().copied()).collect();
        Self {
            name,
            collapsing: count(|truth| matches!(truth, Truth::Collapsing { .. })),
            preserving: count(|truth| *truth == Truth::Preserving),
            between: count(|truth| *truth == Truth::Between),
            scores: judges.into_iter().map(|judge| Score::of(judge, runs)).collect(),
        }
    }

    /// Runs of the section.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.collapsing + self.preserving + self.between
    }

    /// The score of a judge.
    #[must_use]
    pub fn of_judge(&self, judge: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.judge == judge)
    }
}

impl Score {
    fn of(judge: Judge, runs: &[&Judged]) -> Self {
        let (mut greater, mut less) = (Vec::new(), Vec::new());
        let (mut detected, mut alarmed, mut between) = (Vec::new(), Vec::new(), Vec::new());
        let (mut delays, mut onsets) = (Vec::new(), Vec::new());
        for run in runs {
            let Some(outcome) = run.outcomes.get(&judge) else { continue };
            match run.truth {
                Truth::Collapsing { since, .. } => {
                    greater.push(outcome.rank());
                    detected.push(outcome.alarm);
                    if let Some(onset) = outcome.onset {
                        onsets.push(onset as i64);
                        delays.push(onset as i64 - since as i64);
                    }
                }
                Truth::Preserving => {
                    less.push(outcome.rank());
                    alarmed.push(outcome.alarm);
                }
                Truth::Between => between.push(outcome.alarm),
            }
        }
        let false_alarms = Share::of(alarmed);
        Self {
            judge: judge.to_string(),
            auc: auc(&greater, &less),
            detected: Share::of(detected),
            false_alarms,
            false_alarms_upper: false_alarms.upper(),
            between: Share::of(between),
            delay: Spread::of(&delays),
            onset: Spread::of(&onsets),
        }
    }
}

/// Where a single usual statistic beats the whole rule in a cell: more of the collapsing runs found, as many found but a
/// generation or more earlier in the median, or fewer false alarms.
fn better(cell: &Section) -> Vec<Better> {
    let Some(ours) = cell.of_judge(&Judge::Rule.to_string()) else { return Vec::new() };
    let baselines: BTreeSet<String> =
        Judge::all(true).into_iter().filter(|judge| judge.is_baseline()).map(|judge| judge.to_string()).collect();
    let mut found = Vec::new();
    let of = |share: Share| format!("{}/{}", share.count, share.of);
    for theirs in cell.scores.iter().filter(|score| baselines.contains(&score.judge)) {
        let mut add = |what, theirs_is: String, ours_is: String| {
            let (cell, judge) = (cell.name.clone(), theirs.judge.clone());
            found.push(Better { cell, judge, what, theirs: theirs_is, ours: ours_is });
        };
        if theirs.detected.count > ours.detected.count {
            add("detection", of(theirs.detected), of(ours.detected));
        } else if theirs.detected.count == ours.detected.count
            && let Some((their, our)) = theirs.onset.zip(ours.onset)
            && their.median < our.median
        {
            add("median onset", their.median.to_string(), our.median.to_string());
        }
        if theirs.false_alarms.count < ours.false_alarms.count {
            add("false alarms", of(theirs.false_alarms), of(ours.false_alarms));
        }
    }
    found
}

/// The judges of a section by area under the curve, for a table: ours first.
#[must_use]
pub fn in_order(section: &Section) -> Vec<&Score> {
    let ours: BTreeMap<String, usize> =
        [Judge::Rule, Judge::DriftAlone].iter().enumerate().map(|(i, judge)| (judge.to_string(), i)).collect();
    let mut scores: Vec<&Score> = section.scores.iter().collect();
    scores.sort_by(|a, b| {
        let place = |score: &Score| ours.get(&score.judge).copied().unwrap_or(ours.len());
        let area = |score: &Score| score.auc.unwrap_or(-1.0);
        place(a).cmp(&place(b)).then(area(b).total_cmp(&area(a)))
    });
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Outcome;
    use turmite_collapse::Channel;

    fn run(truth: Truth, ours: (Option<u64>, f64), gzip: (Option<u64>, f64)) -> Judged {
        let outcome = |(onset, score): (Option<u64>, f64)| Outcome {
            alarm: onset.is_some(),
            onset,
            score: Some(score),
            p_value: None,
            modes: Vec::new(),
        };
        Judged {
            cell: Cell {
                source: "eca:30".to_owned(),
                learner: "records".to_owned(),
                schedule: "constant:0".to_owned(),
                list: List::Tuned,
            },
            truth,
            outcomes: [(Judge::Rule, outcome(ours)), (Judge::Baseline(Channel::Gzip), outcome(gzip))].into(),
        }
    }

    #[test]
    fn figures_are_counts_of_runs() {
        let lost = Truth::Collapsing { group: Group::DiversityLoss, since: 4 };
        let runs = [
            run(lost, (Some(6), 2.0), (Some(5), 1.0)),
            run(lost, (None, -1.0), (Some(9), 3.0)),
            run(Truth::Preserving, (None, -2.0), (None, -1.0)),
            run(Truth::Preserving, (Some(7), 0.5), (None, -3.0)),
            run(Truth::Between, (Some(3), 9.0), (None, 0.0)),
        ];
        let figures = ListFigures::of(List::Tuned, &runs);
        let all = &figures.groups[0];
        assert_eq!((all.collapsing, all.preserving, all.between), (2, 2, 1));
        let ours = all.of_judge("turmite").unwrap();
        assert_eq!(ours.auc, Some(0.75));
        assert_eq!((ours.detected, ours.false_alarms), (Share { count: 1, of: 2 }, Share { count: 1, of: 2 }));
        assert_eq!(ours.between, Share { count: 1, of: 1 });
        assert_eq!((ours.delay.unwrap().median, ours.onset.unwrap().median), (2, 6));
        let whats: Vec<&str> = figures.better.iter().map(|better| better.what).collect();
        assert_eq!(whats, ["detection", "false alarms"]);
        // A group without a run of its own still has the preserving ones to be held against.
        assert_eq!((figures.groups[2].collapsing, figures.groups[2].preserving), (0, 2));
        assert_eq!(ListFigures::of(List::HeldBack, &runs).groups[0].runs(), 0);
    }
}
