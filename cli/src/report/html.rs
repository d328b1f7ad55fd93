//! The page.

use anyhow::Result;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use turmite_collapse::{GenerationLabel, RunLabel, Verdict};

use super::chart::{Across, Chart, Mark, series_slot};
use super::{Group, Report};

const STYLE: &str = include_str!("report.css");

/// A page that needs nothing beside it.
pub(super) fn page(title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content=(concat!("turmite ", env!("CARGO_PKG_VERSION")));
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (body) } }
        }
    };
    page.into_string()
}

/// A statistic to draw.
struct Drawn {
    name: &'static str,
    title: &'static str,
    note: &'static str,
    /// A value that the axis must show.
    least: Option<f64>,
}

/// What decides comes first.
const CHARTS: [Drawn; 4] = [
    Drawn { name: "multiscale_bdm", title: "Multiscale BDM", note: "bits a window of 48 bits", least: None },
    Drawn { name: "distinct_records", title: "Distinct records", note: "copies lower it", least: Some(0.0) },
    Drawn { name: "bdm_per_symbol", title: "BDM", note: "bits a symbol, mean record", least: None },
    Drawn { name: "symbol_entropy", title: "Entropy", note: "bits a symbol", least: None },
];

impl Report<'_> {
    /// The report as one page.
    pub(crate) fn html(&self) -> Result<String> {
        let groups = self.groups.iter().map(group).collect::<Result<Vec<_>>>()?;
        Ok(page(
            &self.title,
            &html! {
                p.lead { (self.verdict()) }
                @for group in &groups { (group) }
                (self.reading())
                (self.reproduce())
            },
        ))
    }

    fn verdict(&self) -> String {
        let runs: Vec<&RunLabel> = self.groups.iter().flat_map(|g| g.runs.iter().copied()).collect();
        let collapsing = runs.iter().filter(|r| r.verdict == Verdict::Collapsing).count();
        match (collapsing, runs.len()) {
            (0, 1) => "The run is not collapsing.".to_owned(),
            (1, 1) => "The run is collapsing.".to_owned(),
            (0, all) => format!("None of {all} runs is collapsing."),
            (some, all) => format!("{some} of {all} runs are collapsing."),
        }
    }

    fn reading(&self) -> Markup {
        html! {
            h2 { "How to read this" }
            dl {
                dt { "collapsing" }
                dd {
                    "The records no longer obey the rule found in the reference (mechanism-loss), or the loop goes on drifting after its first synthetic
                    generation, downwards (entropy-decay) or upwards (variance-amplification)."
                }
                dt { "mechanism-preserving" }
                dd {
                    "No rule that was found is broken, and nothing drifts on. Where no rule was found only drift was judged.
                    static-misfit: the learner differs from the reference at once and stays there."
                }
                dt { "What drift is compared with" }
                dd {
                    "Loops simulated from the reference that get a share of " (self.floor) " authentic records in every generation, with learners whose first
                    step resembles this run's, and fresh authentic samples. A run is called drifting if two generations in a row leave what these do, at a rate of false alarms
                    of " (self.false_alarm) " a run; p is one plus the simulated loops at least as extreme, over one plus all of them."
                }
                dt { "Bands" }
                dd { "Where 95 % of authentic samples of a generation's size lie." }
                dt { "alpha" }
                dd { "The share of a generation that comes from outside the loop. Where it goes to 0 the theory predicts collapse (Zenil, arXiv:2601.05280)." }
            }
        }
    }

    fn reproduce(&self) -> Markup {
        html! {
            h2 { "How to make it again" }
            p { code { (self.command) } }
            p.note { "turmite " (env!("CARGO_PKG_VERSION")) ", table 5x2-1d, " (self.checksum) }
        }
    }
}

fn group(group: &Group<'_>) -> Result<Markup> {
    let mut charts = Vec::new();
    for drawn in CHARTS {
        let mut marks: Vec<Mark> =
            group.bands.get(drawn.name).map(|b| Mark::Level { low: b.low, high: b.high }).into_iter().collect();
        marks.extend(lines(group, |g| g.statistics.get(drawn.name).copied().flatten()));
        let svg = by_generation(drawn.title, drawn.least.into_iter().collect(), marks).svg()?;
        charts.extend(svg.map(|svg| (drawn.title, drawn.note, svg)));
    }
    let alpha = by_generation("alpha", vec![0.0, 1.0], lines(group, |g| g.alpha)).svg()?;
    charts.extend(alpha.map(|svg| ("alpha", "share from outside the loop", svg)));
    Ok(html! {
        section {
            h2 { (group.title) }
            @if !group.text.is_empty() { p { (group.text) } }
            @for warning in group.warnings { p.warning { "Note: " (warning) } }
            (verdicts(group))
            (strip(group))
            p.legend {
                @for series in &group.series {
                    span { i style=(format!("background:var(--c{})", series_slot(series.colour))) {} (series.name) }
                }
                @if !group.bands.is_empty() { span { i.band {} "authentic samples" } }
            }
            div.charts {
                @for (title, note, svg) in &charts {
                    figure {
                        figcaption { strong { (title) } " " (note) }
                        (PreEscaped(svg))
                    }
                }
            }
        }
    })
}

fn by_generation(title: &str, must_show: Vec<f64>, marks: Vec<Mark>) -> Chart<'_> {
    Chart { title, across: Across::Whole, caption: "generation", least: None, must_show, marks }
}

fn lines(group: &Group<'_>, value: impl Fn(&GenerationLabel) -> Option<f64>) -> Vec<Mark> {
    let runs = group.series.iter().flat_map(|s| s.runs.iter().map(move |r| (s.colour, *r)));
    runs.map(|(series, run)| {
        let of_run = group.generations.iter().filter(|g| g.run == run);
        Mark::Line { series, points: of_run.filter_map(|g| Some((g.generation as f64, value(g)?))).collect() }
    })
    .collect()
}

fn verdicts(group: &Group<'_>) -> Markup {
    html! {
        div.scroll {
            table {
                thead { tr { th { "run" } th { "verdict" } th { "modes" } th { "regime" } th { "rule found" } th.n { "onset" } th.n { "p" } } }
                tbody {
                    @for run in &group.runs {
                        tr {
                            td { (run.run) }
                            td { span.verdict.(class(run.verdict)) { (run.verdict) } }
                            td { (run.modes.iter().map(ToString::to_string).reduce(|a, b| format!("{a}, {b}")).unwrap_or_else(|| "-".to_owned())) }
                            td { (run.regime.map_or_else(|| "-".to_owned(), |r| r.to_string())) }
                            td { (run.rule.as_deref().unwrap_or("none")) }
                            td.n { (run.onset.map_or_else(|| "-".to_owned(), |o| o.to_string())) }
                            td.n { (run.p_value.map(|p| format!("{p:.4}")).unwrap_or_default()) }
                        }
                    }
                }
            }
        }
    }
}

fn class(verdict: Verdict) -> &'static str {
    if verdict == Verdict::Collapsing { "bad" } else { "good" }
}

/// A cell a generation, coloured by what was known by then.
fn strip(group: &Group<'_>) -> Markup {
    html! {
        div.strip role="img" aria-label="verdict by run and generation" {
            @for run in &group.runs {
                div {
                    span { (run.run) }
                    @for label in group.generations.iter().filter(|g| g.run == run.run) {
                        b.(class(label.verdict)) title=(format!("generation {}: {}", label.generation, label.verdict)) {}
                    }
                }
            }
            p.note { "One cell a generation, from 0: the verdict on the run up to it." }
        }
    }
}
