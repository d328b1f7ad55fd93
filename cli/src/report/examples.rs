//! Records as evidence: their symbols over the effect of changing each.

use maud::{Markup, html};
use turmite_collapse::{Example, Spread, Verdict};

use super::group::{Group, Shown};
use super::text::{visible, visible_char};
use super::words::{figures, signed, why};

/// Shades on either side of 0.
const SHADES: i8 = 4;

/// Cells a row of bits that no rule gives rows to: four blocks.
const BITS_A_ROW: usize = 48;

/// The effects that the strongest shade stands for: nineteen in twenty are weaker.
pub(super) struct Scale(f64);

impl Scale {
    pub(super) fn of<'a>(examples: impl Iterator<Item = &'a Example>) -> Self {
        let sizes = examples.flat_map(|example| example.effects.iter().flatten().map(|effect| effect.abs()));
        Self(Spread::of(sizes).map_or(0.0, |spread| spread.high))
    }

    /// -4 to 4.
    fn shade(&self, effect: Option<f64>) -> i8 {
        match effect {
            Some(effect) if self.0 > 0.0 => (effect / self.0 * f64::from(SHADES)).round().clamp(-4.0, 4.0) as i8,
            _ => 0,
        }
    }
}

/// The examples of a run, beside an authentic record.
pub(super) fn block(group: &Group<'_>, shown: &Shown<'_>) -> Markup {
    let all = || shown.examples.iter().flat_map(|of| &of.examples).chain(&group.typical);
    let scale = Scale::of(all());
    let width = row_width(group, all());
    let name = visible(&shown.run.run);
    let cards = |examples: &[Example], records: usize| {
        html! { div.cards { @for example in examples { (card(example, records, width, &scale)) } } }
    };
    html! {
        section.evidence {
            h4 {
                @if shown.run.verdict == Verdict::Collapsing { "What " (name) " turned into" } @else { "What " (name) " writes" }
            }
            (legend(&scale, all().any(|example| example.broken.iter().any(|broken| *broken))))
            @if let Some(typical) = &group.typical {
                h5 { "Authentic" }
                (cards(std::slice::from_ref(typical), group.authentic))
            }
            @for of in &shown.examples {
                h5 {
                    "Generation " (of.generation)
                    @if shown.run.onset == Some(of.generation) { ", the onset" }
                }
                (cards(&of.examples, of.records))
            }
        }
    }
}

/// Rows as the rule has them, of whole blocks for other bits, none for text.
pub(super) fn row_width<'a>(group: &Group<'_>, mut examples: impl Iterator<Item = &'a Example>) -> Option<usize> {
    let bits = examples.all(|example| example.text.chars().all(|c| matches!(c, '0' | '1')));
    group.width.filter(|_| bits).or_else(|| bits.then_some(BITS_A_ROW))
}

fn card(example: &Example, records: usize, width: Option<usize>, scale: &Scale) -> Markup {
    html! {
        figure.card.text[width.is_none()] {
            figcaption { strong { (why(example, records)) } }
            p.map {
                @for row in rows(example, width, scale) {
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

fn rows(example: &Example, width: Option<usize>, scale: &Scale) -> Vec<Vec<Cells>> {
    let characters: Vec<char> = example.text.chars().collect();
    let width = width.unwrap_or(characters.len()).max(1);
    let mut rows = Vec::new();
    for (row, of_row) in characters.chunks(width).enumerate() {
        let mut cells: Vec<Cells> = Vec::new();
        for (column, &c) in of_row.iter().enumerate() {
            let at = row * width + column;
            let shade = scale.shade(example.effects.get(at).copied().flatten());
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

fn legend(scale: &Scale, broken: bool) -> Markup {
    let ends = [-scale.0, scale.0].map(signed);
    html! {
        p.scale {
            span { "Change one symbol, and the record gets simpler " b { (ends[0]) } }
            span.map aria-hidden="true" {
                @for shade in -SHADES..=SHADES { i.(class(shade)) { "\u{a0}\u{a0}" } }
            }
            span { b { (ends[1]) } " bits more complex" }
            @if broken { span { i.broken { "0" } " framed: breaks the rule" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use turmite_collapse::Why;

    fn example(text: &str, effects: &[f64]) -> Example {
        Example {
            why: vec![Why::Simplest],
            text: text.to_owned(),
            left_out: 0,
            count: 1,
            bdm_per_symbol: None,
            rank: None,
            checks: None,
            broken: Vec::new(),
            effects: effects.iter().map(|effect| Some(*effect)).collect(),
        }
    }

    #[test]
    fn shades_are_of_the_scale_and_neighbours_are_joined() {
        let shown = example("00110", &[0.0, 0.1, 4.0, 4.0, -9.0]);
        let scale = Scale(4.0);
        let cells = rows(&shown, Some(4), &scale);
        let looks: Vec<Vec<(i8, &str)>> =
            cells.iter().map(|row| row.iter().map(|c| (c.shade, c.text.as_str())).collect()).collect();
        assert_eq!(looks, [vec![(0, "00"), (4, "11")], vec![(-4, "0")]]);
        assert_eq!(Scale::of(std::iter::once(&shown)).0, 9.0);
        assert_eq!(Scale::of(std::iter::empty()).shade(Some(3.0)), 0);
    }

    #[test]
    fn hostile_records_stay_text() {
        let shown = example("<script>\u{202e}\u{0}&", &[0.0; 11]);
        let card = card(&shown, 1, None, &Scale(1.0)).into_string();
        assert!(card.contains("&lt;script&gt;&lt;U+202E&gt;␀&amp;"), "{card}");
        assert!(!card.contains('\u{202e}') && !card.contains("<script"));
    }
}
