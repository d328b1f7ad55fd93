//! Records as evidence: their symbols over the effect of changing each.

use maud::{Markup, html};
use turmite_collapse::{Example, Examples, Verdict};

use super::group::{Group, Shown};
use super::text::{visible, visible_char};
use super::words::{figures, why};

/// Effects, in bits and of either sign, from which each shade holds: the same everywhere, so that records can be compared.
/// Most symbols carry 1 to 3 bits; one of a block that occurs twice in a record carries about 30.
const STEPS: [f64; 4] = [0.5, 2.0, 5.0, 15.0];

/// -4 to 4.
fn shade(effect: Option<f64>) -> i8 {
    let effect = effect.unwrap_or(0.0);
    let size = STEPS.iter().filter(|step| effect.abs() >= **step).count() as i8;
    if effect < 0.0 { -size } else { size }
}

/// Cells a row of bits that no rule gives rows to: four blocks.
const BITS_A_ROW: usize = 48;

/// The examples of the runs of a group.
pub(super) fn section(group: &Group<'_>) -> Markup {
    if group.shown.is_empty() {
        return html! {};
    }
    let mut all = group.shown.iter().flat_map(|shown| &shown.examples).flat_map(|of| &of.examples);
    html! {
        h3 { "Records that show it" }
        (legend(all.any(|example| example.broken.iter().any(|broken| *broken))))
        @for shown in &group.shown { (block(group, shown)) }
    }
}

/// The examples of a run, beside an authentic record.
fn block(group: &Group<'_>, shown: &Shown<'_>) -> Markup {
    let all = || shown.examples.iter().flat_map(|of| &of.examples).chain(&group.typical);
    let width = row_width(group, all());
    let name = visible(&shown.run.run);
    let generation = |of: &Examples| {
        let onset = if shown.run.onset == Some(of.generation) { ", the onset" } else { "" };
        format!("Generation {}{onset}", of.generation)
    };
    html! {
        section.evidence {
            h4 {
                @if shown.run.verdict == Verdict::Collapsing { "What " (name) " turned into" } @else { "What " (name) " writes" }
            }
            div.cards {
                @if let Some(typical) = &group.typical { (card(typical, "Reference", group.authentic, width)) }
                @for of in &shown.examples {
                    @for example in &of.examples { (card(example, &generation(of), of.records, width)) }
                }
            }
        }
    }
}

/// Rows as the rule has them, of whole blocks for other bits, none for text.
pub(super) fn row_width<'a>(group: &Group<'_>, mut examples: impl Iterator<Item = &'a Example>) -> Option<usize> {
    let bits = examples.all(|example| example.text.chars().all(|c| matches!(c, '0' | '1')));
    group.width.filter(|_| bits).or_else(|| bits.then_some(BITS_A_ROW))
}

fn card(example: &Example, of: &str, records: usize, width: Option<usize>) -> Markup {
    html! {
        figure.card.text[width.is_none()] {
            figcaption { (of) br; strong { (why(example, records)) } }
            p.map.bits[width.is_some()] {
                @for row in rows(example, width) {
                    span.row {
                        @for run in row {
                            @if run.shade == 0 && !run.broken { (run.text) }
                            @else { i.(class(run.shade)).broken[run.broken] { (run.text) } }
                        }
                    }
                }
                @if example.left_out > 0 { " …" }
            }
            p.note { (figures(example)) "." }
        }
    }
}

/// Neighbours that look the same.
struct Cells {
    shade: i8,
    broken: bool,
    text: String,
}

fn rows(example: &Example, width: Option<usize>) -> Vec<Vec<Cells>> {
    let characters: Vec<char> = example.text.chars().collect();
    let width = width.unwrap_or(characters.len()).max(1);
    let mut rows = Vec::new();
    for (row, of_row) in characters.chunks(width).enumerate() {
        let mut cells: Vec<Cells> = Vec::new();
        for (column, &c) in of_row.iter().enumerate() {
            let at = row * width + column;
            let shade = shade(example.effects.get(at).copied().flatten());
            let broken = example.broken.get(at).copied().unwrap_or(false);
            match cells.last_mut() {
                Some(last) if last.shade == shade && last.broken == broken => last.text.push_str(&visible_char(c)),
                _ => cells.push(Cells { shade, broken, text: visible_char(c).into_owned() }),
            }
        }
        rows.push(cells);
    }
    rows
}

fn class(shade: i8) -> String {
    match shade {
        0 => "e0".to_owned(),
        1.. => format!("u{shade}"),
        _ => format!("d{}", -shade),
    }
}

fn legend(broken: bool) -> Markup {
    let swatch = |shade: i8, step: f64| html! { i.(class(shade)) { "\u{a0}" (step) "\u{a0}" } };
    html! {
        p.scale {
            span { "Change a symbol, and the record gets simpler by this many bits" }
            span.map { @for (at, step) in STEPS.iter().enumerate().rev() { (swatch(-(at as i8) - 1, *step)) } }
            span { "or more, or more complex by" }
            span.map { @for (at, step) in STEPS.iter().enumerate() { (swatch(at as i8 + 1, *step)) } }
            span { "or more." }
            @if broken { span { "Framed " i.broken { "0" } ": breaks the rule." } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::plain_example as example;
    use super::*;

    #[test]
    fn shades_are_of_the_scale_and_neighbours_are_joined() {
        let shown = example("00110", &[0.0, 0.4, 15.0, 33.0, -2.0]);
        let cells = rows(&shown, Some(4));
        let looks: Vec<Vec<(i8, &str)>> =
            cells.iter().map(|row| row.iter().map(|c| (c.shade, c.text.as_str())).collect()).collect();
        assert_eq!(looks, [vec![(0, "00"), (4, "11")], vec![(-2, "0")]]);
        assert_eq!((shade(None), class(-4), class(1)), (0, "d4".to_owned(), "u1".to_owned()));
    }

    #[test]
    fn hostile_records_stay_text() {
        let shown = example("<script>\u{202e}\u{0}&", &[0.0; 11]);
        let card = card(&shown, "Reference", 1, None).into_string();
        assert!(card.contains("&lt;script&gt;&lt;U+202E&gt;␀&amp;"), "{card}");
        assert!(!card.contains('\u{202e}') && !card.contains("<script"));
    }
}
