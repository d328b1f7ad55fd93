//! Runs that are shown together: those that share a reference and the sizes of their generations.

use std::collections::BTreeMap;

use anyhow::Result;
use turmite_collapse::{
    Band, CopyDesign, CopyTheory, Evidence, Example, Examples, GenerationLabel, LabelOptions, Labels, Reference,
    ReferenceBands, Run, RunLabel, Verdict, record_diversity, reference_of,
};

/// Different loops of a group for which theory is drawn.
const MOST_THEORIES: usize = 4;

/// Prefixes of names that runs are told apart by; with more of them, verdicts do.
const MOST_PREFIXES: usize = 5;

/// What a label was made from, and what it says.
#[derive(Clone, Copy)]
pub(crate) struct Material<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) runs: &'a [Run],
    pub(crate) reference: Option<&'a Reference>,
    pub(crate) options: &'a LabelOptions,
}

/// Runs that are drawn together.
pub(crate) struct Group<'a> {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) runs: Vec<&'a RunLabel>,
    /// In the order of the runs.
    pub(crate) paths: Vec<Vec<&'a GenerationLabel>>,
    /// Where authentic generations lie, by the name of the statistic.
    pub(crate) bands: &'a BTreeMap<String, Band>,
    pub(crate) series: Vec<Series<'a>>,
    /// Authentic records, and the checksum over them.
    pub(crate) authentic: usize,
    pub(crate) checksum: String,
    /// The chance that two records differ, by run (in their order) and generation.
    pub(crate) diversity: Vec<Vec<(f64, f64)>>,
    pub(crate) theories: Vec<Theory<'a>>,
    /// Why theory is silent, and on how many runs.
    pub(crate) silent: Vec<(String, usize)>,
    pub(crate) shown: Vec<Shown<'a>>,
    /// An authentic record to compare with, where examples are shown.
    pub(crate) typical: Option<Example>,
    /// Cells a row where the rule found has rows.
    pub(crate) width: Option<usize>,
    material: Material<'a>,
}

/// Runs of one colour.
#[derive(Clone)]
pub(crate) struct Series<'a> {
    pub(crate) name: String,
    /// Which of the page's series colours.
    pub(crate) colour: usize,
    pub(crate) runs: Vec<&'a str>,
}

/// What theory says of runs of one design.
pub(crate) struct Theory<'a> {
    pub(crate) colour: usize,
    pub(crate) runs: Vec<&'a str>,
    pub(crate) copies: CopyTheory,
}

/// A run and its examples.
pub(crate) struct Shown<'a> {
    pub(crate) run: &'a RunLabel,
    pub(crate) examples: Vec<Examples>,
}

impl<'a> Material<'a> {
    /// A group for each reference and shape; its series by the names of the runs, or by verdict.
    pub(crate) fn groups(self) -> Result<Vec<Group<'a>>> {
        let references = self.references();
        let titles: Vec<String> = references.iter().map(|reference| self.title(reference, references.len())).collect();
        let mut groups = Vec::with_capacity(references.len());
        for (i, reference) in references.iter().enumerate() {
            let again = titles[..i].iter().filter(|title| **title == titles[i]).count();
            let title = if again > 0 { format!("{}, {}", titles[i], again + 1) } else { titles[i].clone() };
            let runs: Vec<&RunLabel> = self.labels.runs.iter().filter(|r| reference.runs.contains(&r.run)).collect();
            let text = if references.len() > 1 { OWN_NULLS.to_owned() } else { String::new() };
            groups.push(self.group(reference, title, text, series(&runs))?);
        }
        Ok(groups)
    }

    /// The sets of runs that share a reference and a shape, in the order of their first runs.
    pub(crate) fn references(self) -> Vec<&'a ReferenceBands> {
        let mut references: Vec<&ReferenceBands> = self.labels.references.iter().collect();
        let place =
            |reference: &&ReferenceBands| self.labels.runs.iter().position(|run| reference.runs.contains(&run.run));
        references.sort_by_cached_key(place);
        references
    }

    /// What the runs of a group, one of so many, are called: by their source, if they name one, else by themselves where there are others.
    fn title(self, reference: &ReferenceBands, groups: usize) -> String {
        let mut sources: Vec<Option<&str>> = Vec::new();
        for run in self.runs.iter().filter(|run| reference.runs.contains(&run.id)) {
            if !sources.contains(&run.source.as_deref()) {
                sources.push(run.source.as_deref());
            }
        }
        let named: Option<Vec<&str>> = sources.into_iter().collect();
        match (named.as_deref(), reference.runs.as_slice()) {
            (Some([source]), _) => format!("Source {source}"),
            (Some(sources @ [_, _, ..]), _) => format!("Sources {}", listed(sources)),
            (_, [run]) => format!("Run {run}"),
            (_, runs) if groups > 1 => format!("Runs {}", listed(runs)),
            _ => "Runs".to_owned(),
        }
    }

    /// The runs of one reference and shape, in the series given.
    pub(crate) fn group(
        self,
        reference: &'a ReferenceBands,
        title: String,
        text: String,
        series: Vec<Series<'a>>,
    ) -> Result<Group<'a>> {
        let labels = self.labels;
        let runs: Vec<&RunLabel> = labels.runs.iter().filter(|run| reference.runs.contains(&run.run)).collect();
        let mut by_run: BTreeMap<&str, Vec<&GenerationLabel>> = BTreeMap::new();
        for label in &labels.generations {
            by_run.entry(&label.run).or_default().push(label);
        }
        let paths = runs.iter().map(|run| by_run.remove(run.run.as_str()).unwrap_or_default()).collect();
        let of = |label: &RunLabel| self.runs.iter().find(|run| run.id == label.run);
        let diversity = runs.iter().map(|run| of(run).map(diversity).unwrap_or_default()).collect();
        let mut group = Group {
            title,
            text,
            paths,
            bands: &reference.bands,
            series,
            authentic: 0,
            checksum: String::new(),
            diversity,
            theories: Vec::new(),
            silent: Vec::new(),
            shown: Vec::new(),
            typical: None,
            width: None,
            material: self,
            runs,
        };
        let evidence = group.evidence()?;
        (group.authentic, group.checksum, group.width) =
            (evidence.len(), evidence.checksum(), evidence.rule().and_then(turmite_collapse::Rule::width));
        group.theorise();
        Ok(group)
    }
}

/// Why a report has several groups.
const OWN_NULLS: &str = "Runs stand together whose generations have the same sizes and records of one length, and that state the same share where they are text: \
                         they are compared with the same simulated loops.";

/// Names that a title shows; the rest are counted.
const MOST_NAMES: usize = 3;

/// A few names, and how many more there are.
fn listed(names: &[impl AsRef<str>]) -> String {
    let shown: Vec<&str> = names.iter().take(MOST_NAMES).map(AsRef::as_ref).collect();
    match (names.len().saturating_sub(MOST_NAMES), shown.split_last()) {
        (0, Some((last, rest))) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (0, _) => shown.concat(),
        (more, _) => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The chance that two records differ, by generation.
fn diversity(run: &Run) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = run.generations.iter().map(|g| (g.index as f64, record_diversity(g))).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points
}

impl<'a> Group<'a> {
    /// The records that these runs are compared with.
    fn authentic_records(&self) -> Vec<&'a str> {
        let Material { runs, reference, .. } = self.material;
        let first = self.runs.first().and_then(|label| runs.iter().find(|run| run.id == label.run));
        first.map(|run| reference_of(run, runs, reference)).unwrap_or_default()
    }

    fn evidence(&self) -> Result<Evidence<'a>> {
        let Material { labels, options, .. } = self.material;
        Ok(Evidence::new(self.authentic_records(), &labels.encoding, options.table.clone())?)
    }

    /// Predicts for the first few designs of loops that copy, and says of the others why nothing is predicted.
    fn theorise(&mut self) {
        let authentic = self.authentic_records();
        let mut designs: Vec<(CopyDesign, usize, Vec<&'a str>)> = Vec::new();
        let mut silent = |reason: String| match self.silent.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, runs)) => *runs += 1,
            None => self.silent.push((reason, 1)),
        };
        for label in &self.runs {
            let Some(run) = self.material.runs.iter().find(|run| run.id == label.run) else { continue };
            let name = label.run.as_str();
            let colour =
                self.series.iter().find(|series| series.runs.contains(&name)).map_or(0, |series| series.colour);
            match CopyDesign::of(run) {
                Ok(design) => match designs.iter().position(|(d, c, _)| *d == design && *c == colour) {
                    Some(at) => designs[at].2.push(name),
                    None if designs.len() < MOST_THEORIES => designs.push((design, colour, vec![name])),
                    None => {
                        silent(format!("alpha differs from that of the first {MOST_THEORIES} loops, which are drawn"));
                    }
                },
                Err(reason) => silent(reason.to_string()),
            }
        }
        for (design, colour, runs) in designs {
            match CopyTheory::of(&design, &authentic) {
                Ok(copies) => self.theories.push(Theory { colour, runs, copies }),
                Err(reason) => runs.iter().for_each(|_| silent(reason.to_string())),
            }
        }
    }

    /// Adds examples of a run.
    pub(super) fn show(&mut self, label: &'a RunLabel) -> Result<()> {
        let evidence = self.evidence()?;
        if self.typical.is_none() {
            self.typical = evidence.authentic()?;
        }
        if let Some(run) = self.material.runs.iter().find(|run| run.id == label.run) {
            self.shown.push(Shown { run: label, examples: evidence.examples(run, label)? });
        }
        Ok(())
    }

    /// The runs of a series.
    pub(super) fn of_series<'b>(&'b self, series: &'b Series<'a>) -> impl Iterator<Item = &'a RunLabel> + 'b {
        self.runs.iter().copied().filter(|run| series.runs.contains(&run.run.as_str()))
    }

    /// The labels of a run's generations.
    pub(super) fn path(&self, run: &str) -> &[&'a GenerationLabel] {
        self.runs.iter().position(|label| label.run == run).map_or(&[], |at| &self.paths[at])
    }

    /// Whether any record of a run's synthetic generations states or marks a share of alpha.
    pub(super) fn states_shares(&self, run: &str) -> bool {
        let run = self.material.runs.iter().find(|held| held.id == run);
        let synthetic = run.iter().flat_map(|run| &run.generations).filter(|generation| generation.index > 0);
        synthetic
            .flat_map(|generation| &generation.records)
            .any(|record| record.alpha.is_some() || record.exogenous.is_some())
    }

    /// The first and the last generation of all.
    pub(super) fn span(&self) -> (u64, u64) {
        let all = || self.paths.iter().flatten().map(|label| label.generation);
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    }
}

/// Series by what names of runs start with, where that tells a few kinds of runs apart, else by verdict.
fn series<'a>(runs: &[&'a RunLabel]) -> Vec<Series<'a>> {
    let mut named: Vec<Series<'a>> = Vec::new();
    for run in runs {
        let name = prefix(&run.run);
        match named.iter_mut().find(|series| series.name == name) {
            Some(series) => series.runs.push(&run.run),
            None => named.push(Series { name: name.to_owned(), colour: named.len(), runs: vec![&run.run] }),
        }
    }
    if (2..=MOST_PREFIXES).contains(&named.len()) {
        return named;
    }
    let of = |(colour, verdict): (usize, Verdict)| Series {
        name: verdict.to_string(),
        colour,
        runs: runs.iter().filter(|r| r.verdict == verdict).map(|r| r.run.as_str()).collect(),
    };
    let series = [Verdict::Collapsing, Verdict::MechanismPreserving].into_iter().enumerate().map(of);
    series.filter(|series| !series.runs.is_empty()).collect()
}

/// A name without the number at its end.
fn prefix(name: &str) -> &str {
    let cut = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['-', '_', '.', ' ', '#']);
    if cut.is_empty() { name } else { cut }
}

#[cfg(test)]
mod tests {
    use super::super::plain_label;
    use super::*;

    fn names(runs: &[RunLabel]) -> Vec<(String, usize)> {
        series(&runs.iter().collect::<Vec<_>>()).into_iter().map(|s| (s.name, s.runs.len())).collect()
    }

    #[test]
    fn titles_name_a_few() {
        let of = |names: &[&str]| listed(names);
        assert_eq!([of(&["a"]), of(&["a", "b"]), of(&["a", "b", "c"])], ["a", "a and b", "a, b and c"]);
        assert_eq!(of(&["a", "b", "c", "d", "e"]), "a, b, c and 2 more");
    }

    #[test]
    fn names_make_series_where_they_tell_runs_apart() {
        let of =
            |names: &[&str]| -> Vec<RunLabel> { names.iter().map(|n| plain_label(n, Verdict::Collapsing)).collect() };
        let two = names(&of(&["a-0", "a-1", "b-0", "7"]));
        assert_eq!(two, [("a".to_owned(), 2), ("b".to_owned(), 1), ("7".to_owned(), 1)]);
        let mut one = of(&["run-0", "run-1", "run-2"]);
        one[1].verdict = Verdict::MechanismPreserving;
        assert_eq!(names(&one), [("collapsing".to_owned(), 2), ("mechanism-preserving".to_owned(), 1)]);
        let many: Vec<String> = ('a'..='z').map(String::from).collect();
        let many = names(&of(&many.iter().map(String::as_str).collect::<Vec<_>>()));
        assert_eq!(many, [("collapsing".to_owned(), 26)]);
    }
}
