//! The charts of a group: statistics, theory, alpha and p by generation.

use std::collections::BTreeMap;

use anyhow::Result;
use turmite_collapse::{GenerationLabel, RESIDUAL_GUARD, Spread};

use super::Report;
use super::chart::{Across, Chart, Mark};
use super::group::{Group, Series, Theory};
use super::words::statistic;

/// More runs of a series than these are drawn as their median and where nine in ten of them lie.
const MOST_LINES: usize = 6;

/// The share to plan for, beside the floor.
const PLANNED: f64 = 0.2;

/// A quantity by generation.
pub(super) struct Quantity {
    pub(super) title: &'static str,
    pub(super) note: &'static str,
    kind: Kind,
}

enum Kind {
    /// A statistic of the labels; whether 0 is shown.
    Statistic(&'static str, bool),
    /// The chance that two records differ.
    Diversity,
    Alpha,
    P,
}

/// What decides comes first.
const QUANTITIES: [Quantity; 8] = [
    Quantity {
        title: "Multiscale BDM",
        note: "bits a window of 48 bits",
        kind: Kind::Statistic("multiscale_bdm", false),
    },
    Quantity { title: "Distinct records", note: "copies lower it", kind: Kind::Statistic("distinct_records", true) },
    Quantity { title: "Diversity of records", note: "chance that two differ", kind: Kind::Diversity },
    Quantity { title: "Rule broken", note: "share of checks", kind: Kind::Statistic("residual", true) },
    Quantity { title: "alpha", note: "share from outside the loop", kind: Kind::Alpha },
    Quantity { title: "p", note: "of the run up to a generation", kind: Kind::P },
    Quantity { title: "BDM", note: "bits a symbol, mean record", kind: Kind::Statistic("bdm_per_symbol", false) },
    Quantity { title: "Entropy", note: "bits a symbol", kind: Kind::Statistic("symbol_entropy", false) },
];

/// A run's values by generation.
pub(super) type Points = Vec<(f64, f64)>;

/// The quantities that are known of a group.
pub(super) fn known(group: &Group<'_>) -> impl Iterator<Item = &'static Quantity> {
    let holds = |quantity: &&Quantity| (0..group.runs.len()).any(|at| !quantity.points(group, at).is_empty());
    QUANTITIES.iter().filter(holds).collect::<Vec<_>>().into_iter()
}

impl Quantity {
    /// The values of the run at a place.
    pub(super) fn points(&self, group: &Group<'_>, at: usize) -> Points {
        let by = |value: &dyn Fn(&GenerationLabel) -> Option<f64>| {
            group.paths[at].iter().filter_map(|label| Some((label.generation as f64, value(label)?))).collect()
        };
        match self.kind {
            Kind::Statistic(name, _) => by(&|label| statistic(label, name)),
            Kind::Diversity => group.diversity[at].clone(),
            Kind::Alpha => by(&|label| label.alpha),
            Kind::P => by(&|label| label.p_value),
        }
    }

    /// The values of the runs of a series.
    pub(super) fn of_series(&self, group: &Group<'_>, series: &Series<'_>) -> Vec<Points> {
        let of_series = |at: &usize| series.runs.contains(&group.runs[*at].run.as_str());
        (0..group.runs.len()).filter(of_series).map(|at| self.points(group, at)).collect()
    }

    /// The reference band, where there is one.
    pub(super) fn band(&self, group: &Group<'_>) -> Option<(f64, f64)> {
        let Kind::Statistic(name, _) = self.kind else { return None };
        group.bands.get(name).map(|band| (band.low, band.high))
    }

    /// The chart as SVG; `None` where nothing is known.
    pub(super) fn svg(&self, group: &Group<'_>, report: &Report<'_>) -> Result<Option<String>> {
        let mut marks = Vec::new();
        if let Some((low, high)) = self.band(group) {
            marks.push(Mark::Level { low, high });
        }
        for series in &group.series {
            let paths = self.of_series(group, series).into_iter().map(|path| self.scaled(path)).collect();
            marks.extend(lines(series.colour, paths));
        }
        // What lies behind comes first.
        marks.splice(0..0, self.intervals(group));
        marks.extend(self.theory(group));
        marks.extend(self.levels(report));
        let must_show = match self.kind {
            Kind::Statistic(_, true) => vec![0.0],
            Kind::Diversity | Kind::Alpha => vec![0.0, 1.0],
            Kind::P => vec![0.0],
            Kind::Statistic(_, false) => vec![],
        };
        let title = format!("{} by generation, {}", self.title, group.title);
        let least = if must_show.contains(&0.0) && !matches!(self.kind, Kind::P) { Some(0.0) } else { None };
        let up = if let Kind::P = self.kind { Across::Ten } else { Across::Number };
        Chart { title: &title, across: Across::Whole, up, caption: "generation", least, must_show, marks }.svg()
    }

    /// p is drawn by its powers of ten.
    fn scaled(&self, points: Points) -> Points {
        if let Kind::P = self.kind { points.into_iter().map(|(t, p)| (t, p.log10())).collect() } else { points }
    }

    /// Intervals of alpha and what simulated copiers do.
    fn intervals(&self, group: &Group<'_>) -> Vec<Mark> {
        let mut marks = Vec::new();
        match self.kind {
            Kind::Alpha => {
                for series in &group.series {
                    for run in series.runs.iter().take(MOST_LINES) {
                        let limits = |label: &&GenerationLabel| {
                            let (low, high) = (label.alpha_low?, label.alpha_high?);
                            (low < high).then_some((label.generation as f64, low, high))
                        };
                        let points: Vec<_> = group.path(run).iter().filter_map(limits).collect();
                        if points.len() > 1 {
                            marks.push(Mark::Fan { series: series.colour, points });
                        }
                    }
                }
            }
            Kind::Diversity | Kind::Statistic("distinct_records", _) => {
                for theory in &group.theories {
                    let points = theory.copies.points.iter().filter_map(|point| {
                        let different = point.different?;
                        let band = if let Kind::Diversity = self.kind { different.diversity } else { different.band };
                        Some((point.generation as f64, band.low, band.high))
                    });
                    let points: Vec<_> = points.collect();
                    if !points.is_empty() {
                        marks.push(Mark::Fan { series: theory.colour, points });
                    }
                }
            }
            Kind::Statistic(..) | Kind::P => {}
        }
        marks
    }

    /// What theory gives, by generation.
    fn curve(&self, theory: &Theory<'_>) -> Points {
        let points = theory.copies.points.iter();
        match self.kind {
            Kind::Diversity => points.map(|point| (point.generation as f64, point.diversity)).collect(),
            Kind::Statistic("distinct_records", _) => {
                points.filter_map(|point| Some((point.generation as f64, point.different?.records))).collect()
            }
            Kind::Statistic(..) | Kind::Alpha | Kind::P => Vec::new(),
        }
    }

    fn theory(&self, group: &Group<'_>) -> Vec<Mark> {
        let curves = group.theories.iter().map(|theory| (theory.colour, self.curve(theory)));
        curves
            .filter(|(_, points)| !points.is_empty())
            .map(|(series, points)| Mark::Theory { series, points })
            .collect()
    }

    /// What theory expects in the last generation of a series, where it expects one thing of all its runs.
    pub(super) fn expected(&self, group: &Group<'_>, colour: usize) -> Option<f64> {
        let mut of_series = group.theories.iter().filter(|theory| theory.colour == colour);
        let (theory, others) = (of_series.next()?, of_series.count());
        self.curve(theory).last().filter(|_| others == 0).map(|point| point.1)
    }

    /// Levels that have a name.
    fn levels(&self, report: &Report<'_>) -> Vec<Mark> {
        let (floor, rate) = (report.options.floor, report.options.false_alarm);
        // alpha starts at 1 and p at 1: what they fall to lies at the right.
        let left = matches!(self.kind, Kind::P | Kind::Statistic(..));
        let rule = |y: f64, name: String| Mark::Rule { y, name, left };
        match self.kind {
            Kind::Alpha if (floor - PLANNED).abs() < 0.05 => vec![rule(floor, format!("floor {floor}"))],
            Kind::Alpha => vec![rule(floor, format!("floor {floor}")), rule(PLANNED, format!("plan for {PLANNED}"))],
            Kind::P => vec![rule(rate.log10(), format!("collapsing from {rate} down"))],
            Kind::Statistic("residual", _) => {
                vec![rule(RESIDUAL_GUARD, format!("up to {RESIDUAL_GUARD} never an alarm"))]
            }
            Kind::Statistic(..) | Kind::Diversity => vec![],
        }
    }
}

/// A few runs as curves, more as their median and spread.
fn lines(series: usize, paths: Vec<Points>) -> Vec<Mark> {
    if paths.len() <= MOST_LINES {
        return paths.into_iter().map(|points| Mark::Line { series, points }).collect();
    }
    let spread = spread(&paths);
    let fan = spread.iter().map(|(t, spread)| (*t, spread.low, spread.high)).collect();
    let median = spread.iter().map(|(t, spread)| (*t, spread.median)).collect();
    vec![Mark::Fan { series, points: fan }, Mark::Line { series, points: median }]
}

/// What runs have in common, by generation.
pub(super) fn spread(paths: &[Points]) -> Vec<(f64, Spread)> {
    let mut by_generation: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for &(t, value) in paths.iter().flatten() {
        by_generation.entry(t as u64).or_default().push(value);
    }
    by_generation.into_iter().filter_map(|(t, values)| Some((t as f64, Spread::of(values)?))).collect()
}
