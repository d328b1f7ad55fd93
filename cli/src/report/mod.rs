//! The reports: one file each, HTML or Markdown, that needs nothing beside it.
//!
//! `mod` and `group` gather what is shown, `words` says it, `trajectories` and `examples` draw it, `html` and `markdown` lay it out.

mod chart;
mod examples;
mod group;
mod html;
mod markdown;
mod score;
mod text;
mod trajectories;
mod words;

use std::io::Write;
use std::path::Path;

use anyhow::{Result, anyhow};
use turmite_collapse::{LabelOptions, NULL_SEED, RunLabel, Verdict, null_families};

use crate::exit::usage;

pub(crate) use self::group::{Group, Material, Series};
pub(crate) use self::score::ScoreReport;
pub(crate) use self::text::command_line;

/// Examples of runs in one report.
const MOST_EXAMPLES: usize = 8;

/// All that the report of a label shows.
pub(crate) struct Report<'a> {
    pub(crate) title: String,
    /// The command that made it.
    pub(crate) command: String,
    /// What must be known beside the command to make it again, by name.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) options: &'a LabelOptions,
    pub(crate) smallest_p: f64,
    pub(crate) warnings: Vec<String>,
    pub(crate) groups: Vec<Group<'a>>,
}

impl<'a> Report<'a> {
    /// Of groups that were labelled with the same options, with examples of the runs that say most.
    pub(crate) fn new(
        title: String,
        options: &'a LabelOptions,
        materials: &[Material<'a>],
        mut groups: Vec<Group<'a>>,
    ) -> Result<Self> {
        choose_examples(&mut groups)?;
        let mut warnings: Vec<String> = Vec::new();
        for warning in materials.iter().flat_map(|material| &material.labels.warnings) {
            if !warnings.contains(warning) {
                warnings.push(warning.clone());
            }
        }
        let mut encodings: Vec<&str> = materials.iter().map(|material| material.labels.encoding.as_str()).collect();
        encodings.dedup();
        let smallest_p = materials.iter().map(|material| material.labels.smallest_p).fold(0.0, f64::max);
        let mut report = Self {
            title,
            command: command_line(std::env::args()),
            settings: Vec::new(),
            options,
            smallest_p,
            warnings,
            groups,
        };
        report.settings = report.settings(&encodings);
        Ok(report)
    }

    fn settings(&self, encodings: &[&str]) -> Vec<(String, String)> {
        let mut settings = Vec::new();
        let mut say = |name: &str, value: String| settings.push((name.to_owned(), value));
        say("version", format!("turmite {}", env!("CARGO_PKG_VERSION")));
        say("table", format!("{}, {}", self.options.table.name(), self.options.table.checksum()));
        let mut references: Vec<(String, String)> = Vec::new();
        for group in &self.groups {
            let shown = format!("{} records, {}", group.authentic, group.checksum);
            let known = references.iter_mut().find(|(_, reference)| *reference == shown);
            match known {
                Some((titles, _)) => *titles = format!("{titles}; {}", group.title),
                None => references.push((group.title.clone(), shown)),
            }
        }
        for (titles, reference) in &references {
            let of = if references.len() > 1 { format!(" of {}", words::cut(titles, 80)) } else { String::new() };
            say(&format!("reference{of}"), format!("{reference} (of the records, each followed by a line feed)"));
        }
        say("encoding", encodings.join(", "));
        say("floor", format!("alpha {}", self.options.floor));
        say("false alarms", format!("{} a run, over all its generations and statistics", self.options.false_alarm));
        for &encoding in encodings {
            let text = encoding != "bits";
            say(
                &format!("nulls for {}", if text { "text" } else { "bits" }),
                format!(
                    "authentic samples; of loops at the floor ({}) those whose first step is like that of a run{}; {} simulated loops each",
                    null_families(text)[1..].join(", "),
                    if text { ", and the same at the share that a run states, where it is larger" } else { "" },
                    self.options.trajectories
                ),
            );
        }
        say("least p", format!("{:.4}: no run could have got less", self.smallest_p));
        say("seed of the nulls", format!("{NULL_SEED:#x}, always: the same records get the same label"));
        settings
    }

    /// Writes the report in the form that the file's name asks for.
    pub(crate) fn write(&self, path: &Path, out: &mut dyn Write) -> Result<()> {
        let form = if is_markdown(path) { self.markdown() } else { self.html()? };
        Ok(out.write_all(form.as_bytes())?)
    }

    fn runs(&self) -> impl Iterator<Item = &'a RunLabel> + '_ {
        self.groups.iter().flat_map(|group| group.runs.iter().copied())
    }
}

/// The endings of names of HTML, and of the forms that a report of labels has.
pub(crate) const HTML: &[&str] = &["html", "htm"];
pub(crate) const FORMS: &[&str] = &["html", "htm", "md", "markdown"];

/// Refuses a name that says another form than those there are: it would be taken for what it is not.
///
/// # Errors
/// The name, as an error in what was typed.
pub(crate) fn check_name(path: &Path, forms: &[&str]) -> Result<()> {
    let Some(extension) = path.extension() else { return Ok(()) };
    if forms.iter().any(|form| extension.eq_ignore_ascii_case(form)) {
        return Ok(());
    }
    Err(usage(anyhow!("--report {}: expected a name that ends in .{}", path.display(), forms.join(", ."))))
}

fn is_markdown(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["md", "markdown"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// One run of each series gets examples, collapsing ones first, of these the least p first.
fn choose_examples(groups: &mut [Group<'_>]) -> Result<()> {
    let order = |run: &RunLabel| (run.verdict != Verdict::Collapsing, run.p_value.unwrap_or(1.0));
    let by_order = |a: &RunLabel, b: &RunLabel| {
        let ((a, p), (b, q)) = (order(a), order(b));
        a.cmp(&b).then(p.total_cmp(&q))
    };
    let mut chosen: Vec<(usize, &RunLabel)> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        for series in &group.series {
            let of_series = group.runs.iter().copied().filter(|run| series.runs.contains(&run.run.as_str()));
            // `min_by` takes the first of equals.
            chosen.extend(of_series.min_by(|a, b| by_order(a, b)).map(|run| (at, run)));
        }
    }
    chosen.sort_by_key(|(_, run)| run.verdict != Verdict::Collapsing);
    chosen.truncate(MOST_EXAMPLES);
    chosen.sort_by_key(|(at, _)| *at);
    for (at, run) in chosen {
        groups[at].show(run)?;
    }
    Ok(())
}

/// A run of which nothing is known but its name and verdict, for tests.
#[cfg(test)]
pub(crate) fn plain_label(run: &str, verdict: Verdict) -> RunLabel {
    RunLabel {
        summary: true,
        run: run.to_owned(),
        verdict,
        modes: Vec::new(),
        alarms: Vec::new(),
        rule: None,
        regime: None,
        onset: None,
        p_value: None,
        score: None,
        nulls: Vec::new(),
    }
}

/// A record of which nothing is known but its text and its effects, for tests.
#[cfg(test)]
fn plain_example(text: &str, effects: &[f64]) -> turmite_collapse::Example {
    turmite_collapse::Example {
        why: vec![turmite_collapse::Why::Simplest],
        text: text.to_owned(),
        left_out: 0,
        count: 1,
        shared: None,
        bdm_per_symbol: None,
        rank: None,
        checks: None,
        broken: Vec::new(),
        effects: effects.iter().map(|effect| Some(*effect)).collect(),
    }
}
