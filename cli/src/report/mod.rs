//! The reports: one HTML file each that needs nothing beside it.

mod chart;
mod html;
mod score;

use std::collections::BTreeMap;

pub(crate) use self::score::ScoreReport;
use turmite_collapse::{Band, GenerationLabel, Labels, ReferenceBands, RunLabel, Verdict};

/// All that the report shows.
pub(crate) struct Report<'a> {
    pub(crate) title: String,
    /// The command that made it.
    pub(crate) command: String,
    /// Checksum of the table of prices.
    pub(crate) checksum: String,
    pub(crate) floor: f64,
    pub(crate) false_alarm: f64,
    pub(crate) groups: Vec<Group<'a>>,
}

/// Runs that are drawn together: those that share a reference.
#[derive(Clone)]
pub(crate) struct Group<'a> {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) runs: Vec<&'a RunLabel>,
    pub(crate) generations: Vec<&'a GenerationLabel>,
    pub(crate) warnings: &'a [String],
    /// Where authentic generations lie, by the name of the statistic.
    pub(crate) bands: &'a BTreeMap<String, Band>,
    pub(crate) series: Vec<Series<'a>>,
}

/// Runs of one colour.
#[derive(Clone)]
pub(crate) struct Series<'a> {
    pub(crate) name: String,
    /// Which of the page's series colours.
    pub(crate) colour: usize,
    pub(crate) runs: Vec<&'a str>,
}

impl<'a> Group<'a> {
    /// A group for each reference, one colour a verdict.
    pub(crate) fn by_reference(labels: &'a Labels) -> Vec<Self> {
        let groups = labels.references.iter().enumerate().map(|(i, reference)| {
            let mut group = Self::of(labels, reference, "Runs", "");
            if labels.references.len() > 1 {
                group.title = format!("Runs that share reference {}", i + 1);
            }
            if i > 0 {
                group.warnings = &[];
            }
            let of = |verdict: Verdict, colour| Series {
                name: verdict.to_string(),
                colour,
                runs: group.runs.iter().filter(|r| r.verdict == verdict).map(|r| r.run.as_str()).collect(),
            };
            let series = [of(Verdict::Collapsing, 0), of(Verdict::MechanismPreserving, 1)];
            group.series = series.into_iter().filter(|s| !s.runs.is_empty()).collect();
            group
        });
        groups.collect()
    }

    /// The runs of one reference, without colours yet.
    pub(crate) fn of(labels: &'a Labels, reference: &'a ReferenceBands, title: &str, text: &str) -> Self {
        let belongs = |run: &String| reference.runs.contains(run);
        Self {
            title: title.to_owned(),
            text: text.to_owned(),
            runs: labels.runs.iter().filter(|r| belongs(&r.run)).collect(),
            generations: labels.generations.iter().filter(|g| belongs(&g.run)).collect(),
            warnings: &labels.warnings,
            bands: &reference.bands,
            series: Vec::new(),
        }
    }
}
