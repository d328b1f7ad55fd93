//! The page of `turmite score`: how the values lie, over all records and by their length.

use std::collections::BTreeMap;

use anyhow::Result;
use maud::{Markup, PreEscaped, html};

use super::chart::{Across, Chart, Mark};
use super::html::page;
use crate::commands::Named;
use crate::faults::Faults;
use crate::summary::{Distribution, count, short};

/// All that the page shows.
pub(crate) struct ScoreReport<'a> {
    pub(crate) title: String,
    /// The command that made it.
    pub(crate) command: String,
    pub(crate) settings: Vec<(&'static str, String)>,
    pub(crate) records: u64,
    /// Records without BDM, and why, in words.
    pub(crate) unscored: u64,
    pub(crate) lacking: Vec<String>,
    /// Records that could not be read or scored.
    pub(crate) faults: &'a Faults,
    pub(crate) columns: &'a [(&'static str, Distribution)],
    /// The records of least and of greatest bdm_per_symbol, the farthest out first.
    pub(crate) simplest: &'a [Named],
    pub(crate) most_complex: &'a [Named],
    /// The first column by the length of records: from 2^n symbols on, below 2^(n + 1).
    pub(crate) by_length: &'a BTreeMap<u32, Distribution>,
}

/// What the columns mean.
const READING: [(&str, &str); 11] = [
    (
        "bdm_per_symbol",
        "The Block Decomposition Method, in bits, over the number of symbols: K of each different block, plus log2 of how often it occurs. \
         Lower is simpler, and repetition makes it fall as a record grows: compare records of like length. It is relative to the table.",
    ),
    (
        "bdm_normalized",
        "The place between the simplest (0) and the most complex (1) record of that size. It still moves with length: compare records of \
         like length, or let `turmite flag` do so.",
    ),
    (
        "bdm_per_bit",
        "BDM over the bits of a code that gives every symbol the same length, log2 of the alphabet. Over two symbols it is bdm_per_symbol.",
    ),
    ("entropy", "Shannon's entropy of the symbols, in bits a symbol: blind to their order."),
    ("block_entropy", "Shannon's entropy of the blocks, in bits a block."),
    (
        "depth",
        "Logical depth, in steps: of the fastest machine for each different block, and one a symbol for each copy.",
    ),
    ("lz76", "Phrases of Lempel and Ziv's parse of 1976: few where a record repeats itself."),
    ("gzip_bytes", "Bytes that gzip needs at level 6, its header included."),
    ("zstd_bytes", "Bytes that Zstandard needs at level 3."),
    (
        "distinct_1",
        "Share of different words among all where text is read as utf8, else of different symbols; distinct_2 to distinct_4 of runs \
         of two to four. It falls as records grow.",
    ),
    (
        "gopher_dup_line_frac",
        "The repetition fractions of Gopher as datatrove counts them: lines (dup_line), paragraphs (dup_para) and runs of n words \
         (dup_n_gram) that occurred before, as a share of all or of all characters (char_frac); and the characters of the most \
         frequent run of n words times its occurrences (top_n_gram), which is above 1 where these overlap.",
    ),
];
const BINS: usize = 48;
const SHARES: [f64; 7] = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];
const SHARE_NAMES: [&str; 7] = ["least", "5 %", "25 %", "median", "75 %", "95 %", "greatest"];

impl ScoreReport<'_> {
    /// The page.
    pub(crate) fn html(&self) -> Result<String> {
        let charts = self.columns.iter().map(|(name, values)| histogram(name, values)).collect::<Result<Vec<_>>>()?;
        let lengths = self.lengths()?;
        Ok(page(
            &self.title,
            &html! {
                p.lead { (self.lead()) }
                div.charts {
                    @for chart in charts.iter().take(1) { (chart) }
                    (lengths)
                }
                (self.faults())
                (self.quantiles())
                (self.extremes())
                @if charts.len() > 1 {
                    h2 { "The other columns" }
                    div.charts {
                        @for chart in &charts[1..] { (chart) }
                    }
                }
                (self.reading())
                h2 { "How to make it again" }
                table { tbody {
                    @for (name, value) in &self.settings { tr { th { (name) } td { (value) } } }
                } }
                p { code { (self.command) } }
                p.note { "turmite " (env!("CARGO_PKG_VERSION")) }
            },
        ))
    }

    fn lead(&self) -> String {
        let mut parts = vec![match self.records - self.unscored {
            1 => "1 record was scored".to_owned(),
            n => format!("{} were scored", count(n, "record")),
        }];
        if self.unscored > 0 {
            parts.extend(self.lacking.iter().cloned());
        }
        if self.faults.records > 0 {
            parts.push(format!("{} not scored", self.faults.records));
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
            p.note { "Quantiles lie between two neighbours in proportion and are right to 0.004 %; least and greatest are exact." }
        }
    }

    /// The records farthest out; nothing where there are too few for that to say anything.
    fn extremes(&self) -> Markup {
        let (simplest, most_complex) = (self.simplest, self.most_complex);
        if self.records - self.unscored <= 2 * simplest.len() as u64 {
            return html! {};
        }
        let with_ids = simplest.iter().chain(most_complex).any(|named| named.id.is_some());
        let with_files = simplest.iter().chain(most_complex).any(|named| named.file.is_some());
        html! {
            h2 { "The simplest and the most complex" }
            @for (what, all) in [("simplest", simplest), ("most complex", most_complex)] {
                div.scroll { table {
                    thead { tr {
                        th { (what) } th.n { "index" }
                        @if with_ids { th { "id" } }
                        @if with_files { th { "file" } }
                        th.n { "symbols" } th.n { "bdm_per_symbol" }
                    } }
                    tbody { @for (rank, named) in (1..).zip(all) { tr {
                        td { (rank) } td.n { (named.index) }
                        @if with_ids { td { (named.id.as_deref().unwrap_or_default()) } }
                        @if with_files { td { (named.file.as_deref().unwrap_or_default()) } }
                        td.n { (named.symbols) } td.n { (short(named.bdm_per_symbol)) }
                    } } }
                } }
            }
            p.note { "By bdm_per_symbol alone, which falls with length: `turmite flag` judges each record at its own." }
        }
    }

    /// The band and the median of the first column by length; nothing where all records are of one.
    fn lengths(&self) -> Result<Markup> {
        let points: Vec<(u32, [f64; 3])> =
            self.by_length.iter().filter_map(|(&power, d)| Some((power, d.quantiles([0.05, 0.5, 0.95])?))).collect();
        let (Some(first), Some(last), Some((name, _))) = (points.first(), points.last(), self.columns.first()) else {
            return Ok(html! {});
        };
        if first.0 == last.0 {
            return Ok(html! {});
        }
        let at = |power: u32| f64::from(power);
        let marks = vec![
            Mark::Band(points.iter().map(|(power, [low, _, high])| (at(*power), *low, *high)).collect()),
            Mark::Line {
                series: 1,
                points: points.iter().map(|(power, [_, median, _])| (at(*power), *median)).collect(),
            },
        ];
        let title = format!("{name} by length");
        let chart = Chart {
            title: &title,
            across: Across::Power,
            up: Across::Number,
            caption: "symbols, from here to twice as many",
            must_show: vec![],
            least: Some(0.0),
            marks,
        };
        figure(name, "by length: the median, and where nine in ten records lie", &chart)
    }

    fn faults(&self) -> Markup {
        if self.faults.reasons.is_empty() {
            return html! {};
        }
        html! {
            h2 { "What could not be scored" }
            div.scroll { table {
                thead { tr { th.n { "records" } th { "the first of them" } } }
                tbody { @for (n, first) in self.faults.reasons.values() { tr { td.n { (n) } td { (first) } } } }
            } }
        }
    }

    /// What the columns that are there mean.
    fn reading(&self) -> Markup {
        let known = READING.iter().filter(|(name, _)| self.columns.iter().any(|(column, _)| column == name));
        html! {
            h2 { "How to read this" }
            dl { @for (name, text) in known { dt { (name) } dd { (text) } } }
        }
    }
}

/// How many records lie where.
fn histogram(name: &str, distribution: &Distribution) -> Result<Markup> {
    let Some(histogram) = distribution.histogram(BINS) else { return Ok(html! {}) };
    let heights = histogram.counts.iter().map(|&count| count as f64).collect();
    let mut marks = vec![Mark::Bars { series: 1, from: histogram.least, width: histogram.width, heights }];
    marks.extend(distribution.quantiles([0.5]).map(|[x]| Mark::Place { series: 0, x }));
    let title = format!("distribution of {name}");
    let chart = Chart {
        title: &title,
        across: Across::Number,
        up: Across::Number,
        caption: name,
        must_show: vec![],
        least: Some(0.0),
        marks,
    };
    figure(name, "records by value; the line is the median", &chart)
}

fn figure(name: &str, note: &str, chart: &Chart<'_>) -> Result<Markup> {
    let svg = chart.svg()?;
    Ok(html! {
        @if let Some(svg) = svg {
            figure {
                figcaption { strong { (name) } " " (note) }
                (PreEscaped(svg))
            }
        }
    })
}
