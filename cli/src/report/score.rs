//! The page of `turmite score`: how the values lie, over all records and by their length.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::html::page;
use crate::summary::{Distribution, decimals, short};

/// All that the page shows.
pub(crate) struct ScoreReport<'a> {
    pub(crate) title: String,
    /// The command that made it.
    pub(crate) command: String,
    pub(crate) settings: Vec<(&'static str, String)>,
    pub(crate) records: u64,
    /// Records shorter than a block.
    pub(crate) unscored: u64,
    pub(crate) bad: u64,
    /// Counts of what was wrong, each with its first case.
    pub(crate) reasons: &'a BTreeMap<String, (u64, String)>,
    pub(crate) columns: &'a [(&'static str, Distribution)],
    /// The first column by the length of records: from 2^n symbols on, below 2^(n + 1).
    pub(crate) by_length: &'a BTreeMap<u32, Distribution>,
}

const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 240.0;
/// Room for numbers on the left, below, and on the right.
const LEFT: f64 = 64.0;
const BELOW: f64 = 40.0;
const RIGHT: f64 = 26.0;
const ABOVE: f64 = 10.0;
const BINS: usize = 48;
const SHARES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];
const SHARE_NAMES: [&str; 7] = ["least", "5 %", "25 %", "median", "75 %", "95 %", "greatest"];

impl ScoreReport<'_> {
    /// The page.
    pub(crate) fn html(&self) -> String {
        page(
            &self.title,
            &html! {
                p.lead { (self.lead()) }
                div.charts {
                    @for (name, distribution) in self.columns.iter().take(1) { (histogram(name, distribution)) }
                    (self.lengths())
                }
                (self.faults())
                (self.quantiles())
                @if self.columns.len() > 1 {
                    h2 { "The other columns" }
                    div.charts {
                        @for (name, distribution) in &self.columns[1..] { (histogram(name, distribution)) }
                    }
                }
                (reading())
                h2 { "How to make it again" }
                table { tbody {
                    @for (name, value) in &self.settings { tr { th { (name) } td { (value) } } }
                } }
                p { code { (self.command) } }
                p.note { "turmite " (env!("CARGO_PKG_VERSION")) }
            },
        )
    }

    fn lead(&self) -> String {
        let mut parts = vec![format!("{} records were scored", self.records - self.unscored)];
        if self.unscored > 0 {
            parts.push(format!("{} are shorter than a block and have no BDM", self.unscored));
        }
        if self.bad > 0 {
            parts.push(format!("{} could not be scored", self.bad));
        }
        parts.join(", ") + "."
    }

    fn quantiles(&self) -> Markup {
        html! {
            h2 { "In numbers" }
            div.scroll { table {
                thead { tr { th { "column" } th.n { "records" } @for name in SHARE_NAMES { th.n { (name) } } } }
                tbody {
                    @for (name, distribution) in self.columns {
                        @if let Some(values) = distribution.quantiles(SHARES) {
                            tr {
                                td { (name) }
                                td.n { (distribution.total()) }
                                @for value in values { td.n { (short(value)) } }
                            }
                        }
                    }
                }
            } }
            p.note { "Quantiles are right to 0.004 %; least and greatest are exact." }
        }
    }

    /// The band and the median of the first column by length; nothing where all records are of one.
    fn lengths(&self) -> Markup {
        let points: Vec<(u32, u64, [f64; 3])> = self
            .by_length
            .iter()
            .filter_map(|(&power, d)| Some((power, d.total(), d.quantiles([0.05, 0.5, 0.95])?)))
            .collect();
        let (Some(first), Some(last), Some((name, _))) = (points.first(), points.last(), self.columns.first()) else {
            return html! {};
        };
        if first.0 == last.0 {
            return html! {};
        }
        let values = points.iter().flat_map(|point| point.2);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let pad = if high > low { (high - low) * 0.06 } else { high.abs().max(1.0) * 0.05 };
        let frame = Frame { x: (f64::from(first.0), f64::from(last.0)), y: (low - pad, high + pad) };
        let place = |power: u32, value: f64| format!("{:.1},{:.1}", frame.at_x(f64::from(power)), frame.at_y(value));
        let upper = points.iter().map(|(power, _, values)| place(*power, values[2]));
        let lower = points.iter().rev().map(|(power, _, values)| place(*power, values[0]));
        let band = upper.chain(lower).collect::<Vec<_>>().join(" ");
        let median = points.iter().map(|(power, _, values)| place(*power, values[1])).collect::<Vec<_>>().join(" ");
        let every = (points.len() / 6).max(1);
        html! {
            figure {
                figcaption { strong { (name) } " by length: the median, and where nine in ten records lie" }
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(format!("{name} by length")) {
                    (frame.rows())
                    polygon points=(band) fill="var(--c2)" {}
                    polyline points=(median) fill="none" stroke="var(--c4)" stroke-width="2" {}
                    @for (power, n, values) in &points {
                        circle cx=(at(frame.at_x(f64::from(*power)))) cy=(at(frame.at_y(values[1]))) r="3" fill="var(--c4)" {
                            title { (n) " records of " (length(*power)) " symbols and more: " (short(values[1])) }
                        }
                    }
                    @for (power, ..) in points.iter().step_by(every) { (frame.below(f64::from(*power), &length(*power))) }
                    (frame.caption("symbols, from here to twice as many"))
                }
            }
        }
    }

    fn faults(&self) -> Markup {
        if self.reasons.is_empty() {
            return html! {};
        }
        html! {
            h2 { "What could not be scored" }
            div.scroll { table {
                thead { tr { th.n { "records" } th { "the first of them" } } }
                tbody { @for (n, first) in self.reasons.values() { tr { td.n { (n) } td { (first) } } } }
            } }
        }
    }
}

fn reading() -> Markup {
    html! {
        h2 { "How to read this" }
        dl {
            dt { "bdm_per_symbol" }
            dd {
                "The Block Decomposition Method, in bits, over the number of symbols: K of each different block, plus log2 of how often it occurs.
                Lower is simpler, and repetition makes it fall as a record grows: compare records of like length. It is relative to the table."
            }
            dt { "bdm_normalized" }
            dd { "The place between the simplest (0) and the most complex (1) record of that size." }
        }
    }
}

/// How many records lie where.
fn histogram(name: &str, distribution: &Distribution) -> Markup {
    let Some(histogram) = distribution.histogram(BINS) else {
        return html! {};
    };
    let most = histogram.counts.iter().copied().max().unwrap_or(1).max(1);
    let last = histogram.least + histogram.width * BINS as f64;
    let frame = Frame { x: (histogram.least, last), y: (0.0, most as f64) };
    let span = last - histogram.least;
    let decimals = decimals(span / 5.0);
    let median = distribution.quantiles([0.5]).map(|[median]| frame.at_x(median));
    html! {
        figure {
            figcaption { strong { (name) } " records by value; the line is the median" }
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(format!("distribution of {name}")) {
                (frame.rows())
                @for (bin, &count) in histogram.counts.iter().enumerate() {
                    @if count > 0 {
                        @let from = histogram.least + histogram.width * bin as f64;
                        @let (x, next) = (frame.at_x(from), frame.at_x(from + histogram.width));
                        @let top = frame.at_y(count as f64).min(frame.at_y(0.0) - 1.0);
                        rect x=(at(x)) y=(at(top)) width=(at((next - x - 0.6).max(0.6))) height=(at(frame.at_y(0.0) - top)) fill="var(--c4)" {
                            title { (count) " from " (short(from)) " to " (short(from + histogram.width)) }
                        }
                    }
                }
                @if let Some(x) = median {
                    line x1=(at(x)) x2=(at(x)) y1=(at(ABOVE)) y2=(at(frame.at_y(0.0))) stroke="var(--c3)" stroke-width="1.5" {}
                }
                @for tick in 0..=4 {
                    @let value = histogram.least + span * f64::from(tick) / 4.0;
                    (frame.below(value, &format!("{value:.decimals$}")))
                }
                (frame.caption(name))
            }
        }
    }
}

/// The space of a chart: what values lie at its edges.
struct Frame {
    x: (f64, f64),
    y: (f64, f64),
}

impl Frame {
    fn at_x(&self, value: f64) -> f64 {
        LEFT + (value - self.x.0) / (self.x.1 - self.x.0) * (WIDTH - LEFT - RIGHT)
    }

    fn at_y(&self, value: f64) -> f64 {
        HEIGHT - BELOW - (value - self.y.0) / (self.y.1 - self.y.0) * (HEIGHT - BELOW - ABOVE)
    }

    /// Lines across, with what they stand for.
    fn rows(&self) -> Markup {
        let span = self.y.1 - self.y.0;
        // Whole numbers of records, and as many decimals of values as tell the lines apart.
        let decimals = if self.y.0 == 0.0 { usize::from(span < 4.0) } else { decimals(span / 4.0) };
        html! {
            @for row in 0..=4 {
                @let value = self.y.0 + span * f64::from(row) / 4.0;
                @let y = self.at_y(value);
                line x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(y)) y2=(at(y)) stroke="var(--c1)" {}
                text x=(at(LEFT - 6.0)) y=(at(y + 4.0)) text-anchor="end" font-size="12" fill="var(--c0)" { (format!("{value:.decimals$}")) }
            }
        }
    }

    /// A number below the chart.
    fn below(&self, value: f64, text: &str) -> Markup {
        let x = self.at_x(value);
        html! {
            text x=(at(x)) y=(at(HEIGHT - BELOW + 16.0)) text-anchor="middle" font-size="12" fill="var(--c0)" { (text) }
        }
    }

    fn caption(&self, text: &str) -> Markup {
        let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
        html! {
            text x=(at(middle)) y=(at(HEIGHT - 6.0)) text-anchor="middle" font-size="12" fill="var(--c0)" { (text) }
        }
    }
}

fn at(place: f64) -> String {
    format!("{place:.1}")
}

/// A power of two, in short.
fn length(power: u32) -> String {
    match power {
        0..10 => (1u64 << power).to_string(),
        10..20 => format!("{}k", 1u64 << (power - 10)),
        20..30 => format!("{}M", 1u64 << (power - 20)),
        30..64 => format!("{}G", 1u64 << (power - 30)),
        _ => format!("2^{power}"),
    }
}
