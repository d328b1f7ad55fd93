//! The report as Markdown, for pull requests and wikis: the same content, charts as lines of blocks.

use std::fmt::Write as _;

use turmite_collapse::{Example, Verdict};

use super::group::{Group, Shown};
use super::html::series_name;
use super::text::{visible, visible_char};
use super::trajectories::{self, Points, Quantity, spread};
use super::{Report, words};

/// Blocks of a line of blocks at most; of more generations the first, the last and evenly chosen ones between are shown.
const COLUMNS: usize = 40;
/// Runs that have a row of their own without being folded.
const MOST_OPEN_RUNS: usize = 12;
/// Characters a row of an example.
const ROW: usize = 64;
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Lines of Markdown. Writing into a string does not fail.
macro_rules! line {
    ($out:expr) => { $out.push('\n') };
    ($out:expr, $($text:tt)*) => {{ let _ = writeln!($out, $($text)*); }};
}

impl Report<'_> {
    /// The report as Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut out = String::new();
        line!(out, "# {}\n", escaped(&self.title));
        for warning in &self.warnings {
            line!(out, "> **Warning:** {}\n", escaped(warning));
        }
        line!(out, "**{}**\n", words::verdict(self));
        for group in &self.groups {
            for series in &group.series {
                let sentence = escaped(&words::sentence(group, series, self.options.floor));
                line!(out, "- {}: {sentence}", escaped(&series_name(self, group, series)));
            }
        }
        for group in &self.groups {
            self.section(&mut out, group);
        }
        line!(out, "\n## How to read this\n");
        let [head, rows @ ..] = words::VERDICTS;
        table(&mut out, &head, rows.iter().map(|row| row.map(str::to_owned)));
        line!(out);
        for (name, text) in words::reading(self) {
            line!(out, "- **{name}**: {}", escaped(&text));
        }
        line!(out, "\n## How to make it again\n");
        fenced(&mut out, &visible(&self.command));
        line!(out);
        table(&mut out, &["what", "value"], self.settings.iter().map(|(name, value)| [name.clone(), value.clone()]));
        out
    }

    fn section(&self, out: &mut String, group: &Group<'_>) {
        line!(out, "\n## {}\n", escaped(&group.title));
        line!(
            out,
            "{}{}\n",
            if group.text.is_empty() { String::new() } else { escaped(&group.text) + " " },
            words::about(group)
        );
        let many = group.runs.len() > MOST_OPEN_RUNS;
        if many {
            table(out, &words::SERIES_COLUMNS, group.series.iter().map(|series| words::series_row(group, series)));
            line!(out, "\n<details><summary>All {} runs</summary>\n", group.runs.len());
        }
        table(out, &words::COLUMNS, group.runs.iter().map(|run| words::row(group, run)));
        if many {
            line!(out, "\n</details>");
        }
        line!(out, "\n### By generation\n");
        trajectories(out, group);
        for theory in &group.theories {
            line!(out, "- {}", escaped(&words::theory(theory, group)));
        }
        for silent in words::silent(group) {
            line!(out, "- {}", escaped(&silent));
        }
        if !group.shown.is_empty() {
            line!(out, "\n### Records that show it\n");
            line!(
                out,
                "Under each row of symbols: the effect of changing each, in bits, `{}` to `{}` from the least to the greatest.",
                BLOCKS[0],
                BLOCKS[7]
            );
            group.shown.iter().for_each(|shown| examples(out, group, shown));
        }
    }
}

/// A row for each quantity and series: where it starts and ends, its course, the band and what theory expects in the end.
fn trajectories(out: &mut String, group: &Group<'_>) {
    let mut rows = Vec::new();
    for quantity in trajectories::known(group) {
        for series in &group.series {
            rows.extend(trajectory(quantity, group, series));
        }
    }
    table(
        out,
        &["quantity", "runs of", "first", "course (median of the runs)", "last", "authentic samples", "theory, last"],
        rows.into_iter(),
    );
    line!(out);
}

fn trajectory(quantity: &Quantity, group: &Group<'_>, series: &super::Series<'_>) -> Option<[String; 7]> {
    let course: Points =
        spread(&quantity.of_series(group, series)).into_iter().map(|(t, spread)| (t, spread.median)).collect();
    let (first, last) = (course.first()?, course.last()?);
    let theory =
        quantity.expected(group, series.colour).map_or_else(|| "-".to_owned(), |value| words::number(Some(value)));
    let band = quantity
        .band(group)
        .map(|(low, high)| format!("{} to {}", words::number(Some(low)), words::number(Some(high))));
    Some([
        format!("{} ({})", quantity.title, quantity.note),
        series.name.clone(),
        words::number(Some(first.1)),
        sparkline(&course),
        words::number(Some(last.1)),
        band.unwrap_or_else(|| "-".to_owned()),
        theory,
    ])
}

fn examples(out: &mut String, group: &Group<'_>, shown: &Shown<'_>) {
    let turned = if shown.run.verdict == Verdict::Collapsing { "turned into" } else { "writes" };
    line!(out, "\n#### What {} {turned}", escaped(&shown.run.run));
    let all = || shown.examples.iter().flat_map(|of| &of.examples).chain(&group.typical);
    let width = super::examples::row_width(group, all()).unwrap_or(ROW);
    let example = |out: &mut String, example: &Example, records: usize, of: &str| {
        line!(out, "\n{of}: **{}**. {}.\n", escaped(&words::why(example, records)), escaped(&words::figures(example)));
        fenced(out, &map(example, width));
    };
    if let Some(typical) = &group.typical {
        example(out, typical, group.authentic, "Reference");
    }
    for of in &shown.examples {
        for shown in &of.examples {
            example(out, shown, of.records, &format!("Generation {}", of.generation));
        }
    }
}

/// Rows of symbols, each over the effects of changing them.
fn map(example: &Example, width: usize) -> String {
    let known: Vec<f64> = example.effects.iter().flatten().copied().collect();
    let (low, high) = range(&known);
    let characters: Vec<char> = example.text.chars().collect();
    let mut out = String::new();
    for (row, of_row) in characters.chunks(width.max(1)).enumerate() {
        let effects = of_row.iter().enumerate().map(|(column, &c)| {
            let effect = example.effects.get(row * width + column).copied().flatten();
            let block = effect.map_or(' ', |effect| block(effect, low, high));
            (visible_char(c), block)
        });
        let (mut symbols, mut blocks) = (String::new(), String::new());
        for (symbol, block) in effects {
            blocks.extend(std::iter::repeat_n(block, symbol.chars().count()));
            symbols.push_str(&symbol);
        }
        line!(out, "{symbols}\n{}", blocks.trim_end());
    }
    out.trim_end().to_owned()
}

fn range(values: &[f64]) -> (f64, f64) {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max))
}

fn block(value: f64, low: f64, high: f64) -> char {
    if high <= low {
        return BLOCKS[3];
    }
    BLOCKS[((value - low) / (high - low) * 7.0).round().clamp(0.0, 7.0) as usize]
}

/// Values as blocks from the least to the greatest of them, from the first generation to the last; a point where no generation lies near.
fn sparkline(course: &Points) -> String {
    let (Some((first, _)), Some((last, _))) = (course.first(), course.last()) else { return String::new() };
    let (low, high) = range(&course.iter().map(|point| point.1).collect::<Vec<_>>());
    let places = (last - first + 1.0).min(COLUMNS as f64) as usize;
    let step = (last - first) / places.saturating_sub(1).max(1) as f64;
    let at = |place: usize| {
        let t = first + step * place as f64;
        let near = course.iter().min_by(|one, other| (one.0 - t).abs().total_cmp(&(other.0 - t).abs()));
        near.filter(|near| (near.0 - t).abs() <= step / 2.0).map_or('·', |near| block(near.1, low, high))
    };
    (0..places).map(at).collect()
}

fn table<const N: usize>(out: &mut String, head: &[&str; N], rows: impl Iterator<Item = [String; N]>) {
    line!(out, "| {} |", head.join(" | "));
    line!(out, "|{}", " --- |".repeat(N));
    for row in rows {
        line!(out, "| {} |", row.map(|cell| escaped(&cell)).join(" | "));
    }
}

/// Text that Markdown and the HTML in it leave as it is, on one line.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '>' | '!' | '$' => out.extend(['\\', c]),
            // No mention of people, and no address that is made a link.
            '@' => out.push_str("&#64;"),
            c => out.push(c),
        }
    }
    out
}

/// A block that shows text as it is, whatever backticks are in it.
fn fenced(out: &mut String, text: &str) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    line!(out, "{fence}text\n{text}\n{fence}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_blocks() {
        let course = |values: &[f64]| sparkline(&(1..).map(f64::from).zip(values.iter().copied()).collect());
        assert_eq!(course(&[0.0, 0.5, 1.0]), "▁▅█");
        assert_eq!(course(&[2.0, 2.0]), "▄▄");
        assert_eq!((course(&[]), course(&[3.0])), (String::new(), "▄".to_owned()));
        assert_eq!(sparkline(&vec![(1.0, 0.0), (2.0, 1.0), (6.0, 0.5)]), "▁█···▅");
        let long: Vec<f64> = (0..1000).map(f64::from).collect();
        let long = course(&long);
        assert_eq!((long.chars().count(), long.chars().next(), long.chars().last()), (40, Some('▁'), Some('█')));
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escaped("a|b <script> *x* [l](u) @me\n\u{202e}"),
            r"a\|b &lt;script\> \*x\* \[l\](u) &#64;me␊&lt;U+202E\>"
        );
        let mut out = String::new();
        fenced(&mut out, "a ```` b");
        assert_eq!(out, "`````text\na ```` b\n`````\n");
        let mut out = String::new();
        table(&mut out, &["a", "b"], std::iter::once(["x|y".to_owned(), String::new()]));
        assert_eq!(out, "| a | b |\n| --- | --- |\n| x\\|y |  |\n");
    }

    #[test]
    fn symbols_stand_over_their_effects() {
        let mut example = super::super::plain_example("01\u{1}10", &[-1.0, 6.0, 0.0, 6.0, -1.0]);
        example.effects[2] = None;
        assert_eq!(map(&example, 3), "01␁\n▁█\n10\n█▁");
    }
}
