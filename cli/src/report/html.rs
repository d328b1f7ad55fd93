//! The page.

use anyhow::Result;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use turmite_collapse::{GenerationLabel, RunLabel, Verdict};

use super::chart::{DASHES, THEORY_DASHES, series_slot};
use super::group::{Group, Series};
use super::text::visible;
use super::{Report, examples, trajectories, words};

const STYLE: &str = include_str!("report.css");

/// Runs whose rows and strips are shown unfolded.
const MOST_OPEN_RUNS: usize = 12;
/// Groups that are shown unfolded, sentences at the top, and groups of which all charts are drawn.
const MOST_OPEN_GROUPS: usize = 4;
const MOST_SENTENCES: usize = 12;
const MOST_FULL_GROUPS: usize = 16;
/// Charts of the groups after these.
const FEW_CHARTS: usize = 3;

/// A page that needs nothing beside it.
pub(super) fn page(title: &str, body: &Markup) -> String {
    let title = visible(title);
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

impl Report<'_> {
    /// The report as one page.
    pub(super) fn html(&self) -> Result<String> {
        let groups = self.groups.iter().enumerate().map(|(at, group)| self.group(at, group));
        let groups = groups.collect::<Result<Vec<_>>>()?;
        Ok(page(
            &self.title,
            &html! {
                @if !self.warnings.is_empty() {
                    section.warnings role="note" aria-label="warnings" {
                        strong { "Before you read on" }
                        ul { @for warning in &self.warnings { li { (visible(warning)) } } }
                    }
                }
                p.lead { (words::verdict(self)) }
                (self.summary())
                @for group in &groups { (group) }
                (self.reading())
                (self.reproduce())
            },
        ))
    }

    /// A sentence a series.
    fn summary(&self) -> Markup {
        let all = || self.groups.iter().flat_map(|group| group.series.iter().map(move |series| (group, series)));
        let named = all().count() > 1;
        html! {
            ul.summary {
                @for (group, series) in all().take(MOST_SENTENCES) {
                    li {
                        (badge(group, series))
                        p {
                            @if named { strong { (visible(&series_name(self, group, series))) } ": " }
                            (visible(&words::sentence(group, series, self.options.floor)))
                        }
                    }
                }
            }
            @if all().count() > MOST_SENTENCES {
                p.note { (all().count() - MOST_SENTENCES) " more kinds of runs are told of below." }
            }
        }
    }

    fn group(&self, at: usize, group: &Group<'_>) -> Result<Markup> {
        let charts = self.charts(at, group)?;
        let body = html! {
            p { @if group.text.is_empty() { (words::about(group)) } @else { (group.text) " " (words::about(group)) } }
            (verdicts(group))
            (legend(group))
            div.charts { @for chart in &charts { (chart) } }
            (theory(group))
            (examples::section(group))
        };
        let title = visible(&group.title);
        Ok(if at < MOST_OPEN_GROUPS {
            html! { section { h2 { (title) } (body) } }
        } else {
            let collapsing = group.runs.iter().filter(|run| run.verdict == Verdict::Collapsing).count();
            html! {
                section {
                    details.group { summary { h2 { (title) } " " (collapsing) " of " (group.runs.len()) " collapsing" } (body) }
                }
            }
        })
    }

    fn charts(&self, at: usize, group: &Group<'_>) -> Result<Vec<Markup>> {
        let most = if at < MOST_FULL_GROUPS { usize::MAX } else { FEW_CHARTS };
        let mut charts = Vec::new();
        for quantity in trajectories::known(group).take(most) {
            if let Some(svg) = quantity.svg(group, self)? {
                charts.push(html! {
                    figure.chart {
                        figcaption { strong { (quantity.title) } " " (quantity.note) }
                        (PreEscaped(svg))
                    }
                });
            }
        }
        Ok(charts)
    }

    fn reading(&self) -> Markup {
        let [head, rows @ ..] = words::VERDICTS;
        html! {
            section {
                h2 { "How to read this" }
                (scroll("the verdict table", &html! {
                    table.wide {
                        thead { tr { @for cell in head { th scope="col" { (cell) } } } }
                        tbody { @for row in rows { tr { @for (i, cell) in row.iter().enumerate() {
                            td { @if i == 3 { span.verdict.(if *cell == "collapsing" { "bad" } else { "good" }) { (cell) } } @else { (cell) } }
                        } } } }
                    }
                }))
                dl { @for (name, text) in words::reading(self) { dt { (name) } dd { (text) } } }
            }
        }
    }

    fn reproduce(&self) -> Markup {
        html! {
            section {
                h2 { "How to make it again" }
                pre tabindex="0" { code { (visible(&self.command)) } }
                (scroll("settings", &html! {
                    table.wide { tbody {
                        @for (name, value) in &self.settings { tr { th scope="row" { (visible(name)) } td { (visible(value)) } } }
                    } }
                }))
            }
        }
    }
}

/// The name of a series, with that of its group where there are several.
pub(super) fn series_name(report: &Report<'_>, group: &Group<'_>, series: &Series<'_>) -> String {
    if report.groups.len() > 1 { format!("{}, {}", group.title, series.name) } else { series.name.clone() }
}

/// What is wider than a narrow screen scrolls by itself.
fn scroll(name: &str, table: &Markup) -> Markup {
    html! { div.scroll role="region" aria-label=(name) tabindex="0" { (table) } }
}

/// How many runs of a series collapse.
fn badge(group: &Group<'_>, series: &Series<'_>) -> Markup {
    let collapsing = group.of_series(series).filter(|run| run.verdict == Verdict::Collapsing).count();
    let class = if collapsing > 0 { "bad" } else { "good" };
    let words = match (collapsing, series.runs.len()) {
        (0, _) => "preserving".to_owned(),
        (some, all) if some == all => "collapsing".to_owned(),
        (some, all) => format!("{some} of {all} collapsing"),
    };
    html! { span.verdict.(class) { (words) } }
}

fn legend(group: &Group<'_>) -> Markup {
    let line = |colour: usize, dashes: &str| {
        html! {
            svg.key viewBox="0 0 36 8" aria-hidden="true" {
                line x1="1" y1="4" x2="35" y2="4" stroke=(format!("var(--c{})", series_slot(colour))) stroke-width="3"
                    stroke-linecap="round" stroke-dasharray=(dashes) {}
            }
        }
    };
    html! {
        p.legend {
            @for series in &group.series {
                span { (line(series.colour, DASHES[series.colour % DASHES.len()])) (visible(&series.name)) }
            }
            @if let Some(theory) = group.theories.first() {
                span { (line(theory.colour, THEORY_DASHES)) "theory, for a loop that copies" }
            }
            @if !group.bands.is_empty() { span { i.band {} "authentic samples" } }
        }
    }
}

fn theory(group: &Group<'_>) -> Markup {
    html! {
        @if !group.theories.is_empty() || !group.silent.is_empty() {
            ul.note.theory {
                @for theory in &group.theories { li { (visible(&words::theory(theory, group))) } }
                @for line in words::silent(group) { li { (line) } }
            }
        }
    }
}

/// The strip and the table of runs, folded behind one row a series where they are many.
fn verdicts(group: &Group<'_>) -> Markup {
    let runs = html! { (strip(group)) (run_table(group)) };
    html! {
        @if group.runs.len() <= MOST_OPEN_RUNS { (runs) } @else {
            (scroll("series of runs", &html! {
                table {
                    thead { tr { @for cell in words::SERIES_COLUMNS { th scope="col" { (cell) } } } }
                    tbody { @for series in &group.series { tr { @for cell in words::series_row(group, series) { td { (visible(&cell)) } } } } }
                }
            }))
            details { summary { "All " (group.runs.len()) " runs" } (runs) }
        }
    }
}

fn run_table(group: &Group<'_>) -> Markup {
    scroll(
        "verdicts by run",
        &html! {
            table {
                thead { tr { @for (i, cell) in words::COLUMNS.iter().enumerate() { th.n[(6..8).contains(&i)] scope="col" { (cell) } } } }
                tbody {
                    @for run in &group.runs {
                        tr {
                            @for (i, cell) in words::row(group, run).iter().enumerate() {
                                td.n[(6..8).contains(&i)].long[i == 8] {
                                    @if i == 1 { span.verdict.(class(run.verdict)) { (cell) } } @else { (visible(cell)) }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

fn class(verdict: Verdict) -> &'static str {
    if verdict == Verdict::Collapsing { "bad" } else { "good" }
}

/// Generations in a row with one verdict and the same modes.
struct Stretch<'a> {
    label: &'a GenerationLabel,
    generations: usize,
}

/// One bar a run, from the first generation to the last.
fn strip(group: &Group<'_>) -> Markup {
    let (first, last) = group.span();
    html! {
        div.strip role="list" aria-label="verdict by run and generation" {
            @for (run, path) in group.runs.iter().zip(&group.paths) { (bar(run, path, last)) }
            div.axis aria-hidden="true" { span {} div { span { "generation " (first) } span { "hatched: collapsing" } span { (last) } } }
        }
    }
}

fn bar(run: &RunLabel, path: &[&GenerationLabel], last: u64) -> Markup {
    let mut stretches: Vec<Stretch<'_>> = Vec::new();
    for label in path {
        match stretches.last_mut() {
            Some(stretch) if stretch.label.verdict == label.verdict && stretch.label.modes == label.modes => {
                stretch.generations += 1;
            }
            _ => stretches.push(Stretch { label, generations: 1 }),
        }
    }
    let words = |stretch: &Stretch<'_>| {
        let modes: Vec<String> = stretch.label.modes.iter().map(ToString::to_string).collect();
        let modes = if modes.is_empty() { String::new() } else { format!(", {}", modes.join(", ")) };
        format!("from generation {}: {}{modes}", stretch.label.generation, stretch.label.verdict)
    };
    let told = stretches.iter().map(words).collect::<Vec<_>>().join("; ");
    let name = visible(&run.run);
    // A run that ends before the others leaves the rest of its row empty.
    let rest = path.last().map_or(0, |label| last.saturating_sub(label.generation));
    html! {
        div role="listitem" aria-label=(format!("{name}: {told}")) {
            span title=(name) { (name) }
            div.bar {
                @for (at, stretch) in stretches.iter().enumerate() {
                    // Words that are longer than a stretch go on over the next one, which collapses too.
                    b.(class(stretch.label.verdict)).over[at + 1 < stretches.len() && stretch.label.verdict == Verdict::Collapsing] style=(format!("flex-grow:{}", stretch.generations)) title=(words(stretch)) {
                        @if stretch.label.verdict == Verdict::Collapsing && Some(stretch.label.generation) == run.onset {
                            "from " (stretch.label.generation)
                        }
                    }
                }
                @if rest > 0 { b.none style=(format!("flex-grow:{rest}")) {} }
            }
        }
    }
}
