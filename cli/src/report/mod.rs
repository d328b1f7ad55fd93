//! The report: one HTML file that needs nothing beside it.

mod chart;
mod html;

use turmite_collapse::{Labels, RunLabel, Verdict};

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

/// Runs that are drawn together.
pub(crate) struct Group<'a> {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) labels: &'a Labels,
    pub(crate) series: Vec<Series<'a>>,
}

/// Runs of one colour.
pub(crate) struct Series<'a> {
    pub(crate) name: String,
    pub(crate) runs: Vec<&'a str>,
}

impl<'a> Group<'a> {
    /// One colour a verdict.
    pub(crate) fn by_verdict(title: &str, text: &str, labels: &'a Labels) -> Self {
        let of = |verdict: Verdict| Series {
            name: verdict.to_string(),
            runs: labels.runs.iter().filter(|r: &&RunLabel| r.verdict == verdict).map(|r| r.run.as_str()).collect(),
        };
        let series = [of(Verdict::Collapsing), of(Verdict::MechanismPreserving)];
        let series = series.into_iter().filter(|s| !s.runs.is_empty()).collect();
        Self { title: title.to_owned(), text: text.to_owned(), labels, series }
    }
}
