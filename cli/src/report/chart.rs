//! Charts as inline SVG, in colours that follow the page's theme.

use std::fmt::Write as _;

use anyhow::{Result, anyhow};
use plotters::coord::ranged1d::{KeyPointHint, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::summary::decimals;

const WIDTH: u32 = 460;
const HEIGHT: u32 = 260;

/// Stand-ins that plotters writes as hexadecimal and the page's variables replace: ink, grid, band, then the series.
const INK: u8 = 0;
const GRID: u8 = 1;
const BAND: u8 = 2;
const FIRST_SERIES: u8 = 3;
const SERIES: u8 = DASHES.len() as u8;
/// Stand-ins for the same colours in lines of another kind: the series' in theory, and ink.
const FIRST_THEORY: u8 = FIRST_SERIES + SERIES;
const RULE: u8 = FIRST_THEORY + SERIES;

/// Lines differ by more than colour: the dashes of each series, those of theory, and those of a level across.
pub(super) const DASHES: [&str; 5] = ["", "10 4", "5 3", "12 3 2 3", "2 2"];
pub(super) const THEORY_DASHES: &str = "1 5";
const RULE_DASHES: &str = "6 5";

fn slot(n: u8) -> RGBColor {
    RGBColor(1, 2, n)
}

/// The page's variable and the dashes that a stand-in is replaced by.
fn look(n: u8) -> (u8, &'static str) {
    match n {
        RULE => (INK, RULE_DASHES),
        FIRST_THEORY.. => (n - SERIES, THEORY_DASHES),
        FIRST_SERIES.. => (n, DASHES[usize::from(n - FIRST_SERIES)]),
        _ => (n, ""),
    }
}

/// The colour of a series; beyond five they repeat.
pub(super) fn series_slot(series: usize) -> u8 {
    FIRST_SERIES + (series % usize::from(SERIES)) as u8
}

/// What is drawn, in this order.
pub(super) enum Mark {
    /// Between two levels, from the left to the right.
    Level { low: f64, high: f64 },
    /// Between two curves: (x, low, high).
    Band(Vec<(f64, f64, f64)>),
    /// Columns of one width from 0 up.
    Bars { series: usize, from: f64, width: f64, heights: Vec<f64> },
    /// Between two curves, in the colour of a series: (x, low, high).
    Fan { series: usize, points: Vec<(f64, f64, f64)> },
    /// A curve.
    Line { series: usize, points: Vec<(f64, f64)> },
    /// A curve that theory gives for a series.
    Theory { series: usize, points: Vec<(f64, f64)> },
    /// A level that is always shown, with its name above it, at the left or at the right.
    Rule { y: f64, name: String, left: bool },
    /// A place on the axis across.
    Place { series: usize, x: f64 },
}

/// How an axis is labelled.
#[derive(Clone, Copy)]
pub(super) enum Across {
    /// Whole numbers.
    Whole,
    /// Numbers with as many decimals as their range needs.
    Number,
    /// Powers of two.
    Power,
    /// Powers of ten, given by their exponents.
    Ten,
}

/// A chart and its axes.
pub(super) struct Chart<'a> {
    pub(super) title: &'a str,
    pub(super) across: Across,
    pub(super) up: Across,
    pub(super) caption: &'a str,
    /// Values up that must be seen, beside those drawn.
    pub(super) must_show: Vec<f64>,
    /// No value up lies below this.
    pub(super) least: Option<f64>,
    pub(super) marks: Vec<Mark>,
}

impl Chart<'_> {
    /// Draws the chart; `None` where there is nothing to draw.
    pub(super) fn svg(&self) -> Result<Option<String>> {
        let (mut x, mut y) = (Range::default(), Range::default());
        let mut drawn = false;
        for mark in &self.marks {
            match mark {
                Mark::Level { low, high } => y.take([*low, *high]),
                Mark::Rule { y: level, .. } => y.take([*level]),
                Mark::Band(points) | Mark::Fan { points, .. } => {
                    for p in points {
                        x.take([p.0]);
                        y.take([p.1, p.2]);
                    }
                }
                Mark::Bars { from, width, heights, .. } => {
                    x.take([*from, from + width * heights.len() as f64]);
                    y.take(heights.iter().copied().chain([0.0]));
                }
                Mark::Line { points, .. } | Mark::Theory { points, .. } => {
                    for p in points {
                        x.take([p.0]);
                        y.take([p.1]);
                    }
                }
                Mark::Place { .. } => {}
            }
            drawn |= match mark {
                Mark::Line { points, .. } => points.iter().any(|p| p.0.is_finite() && p.1.is_finite()),
                Mark::Band(_) | Mark::Bars { .. } => true,
                Mark::Level { .. }
                | Mark::Fan { .. }
                | Mark::Theory { .. }
                | Mark::Rule { .. }
                | Mark::Place { .. } => false,
            };
        }
        y.take(self.must_show.iter().copied());
        if !drawn || !x.is_finite() || !y.is_finite() {
            return Ok(None);
        }
        if let Across::Whole = self.across {
            x.take([0.0, 1.0]);
        }
        let mut svg = String::new();
        self.draw(&mut svg, &x.padded(0.0), &self.up(&y)).map_err(|e| anyhow!("cannot draw a chart: {e}"))?;
        for n in 0..=RULE {
            let (RGBColor(r, g, b), (variable, dashes)) = (slot(n), look(n));
            let stand_in = format!("#{r:02X}{g:02X}{b:02X}");
            if !dashes.is_empty() {
                let dashed =
                    format!("stroke=\"var(--c{variable})\" stroke-dasharray=\"{dashes}\" stroke-linecap=\"round\"");
                svg = svg.replace(&format!("stroke=\"{stand_in}\""), &dashed);
            }
            svg = svg.replace(&stand_in, &format!("var(--c{variable})"));
        }
        Ok(Some(named(&svg, self.title)))
    }

    /// The axis up: a little room, and none below what no value lies below.
    fn up(&self, y: &Range) -> std::ops::Range<f64> {
        let padded = y.padded(0.06);
        self.least.map_or(padded.start, |least| padded.start.max(least))..padded.end
    }

    fn draw(
        &self,
        svg: &mut String,
        x: &std::ops::Range<f64>,
        y: &std::ops::Range<f64>,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::with_string(svg, (WIDTH, HEIGHT)).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(8)
            .margin_right(28)
            .x_label_area_size(44)
            .y_label_area_size(60)
            .build_cartesian_2d(Axis::new(x.clone(), self.across), Axis::new(y.clone(), self.up))?;
        let ink = slot(INK);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(slot(GRID))
            .light_line_style(TRANSPARENT)
            .axis_style(slot(GRID))
            .label_style(("sans-serif", 17).into_font().color(&ink))
            .x_desc(self.caption)
            .axis_desc_style(("sans-serif", 17).into_font().color(&ink))
            .x_labels(6)
            .y_labels(6)
            .draw()?;
        let colour = |series: usize| slot(series_slot(series));
        let stroke = |color: RGBColor| ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: 2 };
        for mark in &self.marks {
            match mark {
                Mark::Level { low, high } => {
                    chart.draw_series([Rectangle::new([(x.start, *low), (x.end, *high)], slot(BAND).filled())])?;
                }
                Mark::Band(points) => {
                    chart.draw_series([Polygon::new(around(points), slot(BAND).filled())])?;
                }
                Mark::Fan { series, points } => {
                    chart.draw_series([Polygon::new(around(points), colour(*series).mix(0.2).filled())])?;
                }
                Mark::Bars { series, from, width, heights } => {
                    let bars = heights.iter().enumerate().filter(|(_, height)| **height > 0.0);
                    chart.draw_series(bars.map(|(at, &height)| {
                        let left = from + width * at as f64;
                        Rectangle::new([(left, 0.0), (left + width * 0.92, height)], colour(*series).filled())
                    }))?;
                }
                Mark::Line { series, points } => {
                    chart.draw_series(LineSeries::new(points.iter().copied(), stroke(colour(*series))))?;
                }
                Mark::Theory { series, points } => {
                    let dotted = stroke(slot(series_slot(*series) + SERIES));
                    chart.draw_series(LineSeries::new(points.iter().copied(), dotted))?;
                }
                Mark::Rule { y, name, left } => {
                    let thin = ShapeStyle { color: slot(RULE).to_rgba(), filled: false, stroke_width: 1 };
                    chart.draw_series(LineSeries::new([(x.start, *y), (x.end, *y)], thin))?;
                    let (at, side) = if *left { (x.start, HPos::Left) } else { (x.end, HPos::Right) };
                    let style = ("sans-serif", 16).into_font().color(&ink).pos(Pos::new(side, VPos::Bottom));
                    chart.draw_series([Text::new(name.clone(), (at, *y), style)])?;
                }
                Mark::Place { series, x } => {
                    chart.draw_series(LineSeries::new([(*x, y.start), (*x, y.end)], stroke(colour(*series))))?;
                }
            }
        }
        root.present()?;
        Ok(())
    }
}

/// The outline of what lies between two curves.
fn around(points: &[(f64, f64, f64)]) -> Vec<(f64, f64)> {
    let upper = points.iter().map(|p| (p.0, p.2));
    upper.chain(points.iter().rev().map(|p| (p.0, p.1))).collect()
}

/// Gives the picture a name for those who hear the page.
fn named(svg: &str, title: &str) -> String {
    let mut label = String::new();
    for c in title.chars() {
        match c {
            '"' => label.push_str("&quot;"),
            '&' => label.push_str("&amp;"),
            '<' => label.push_str("&lt;"),
            c => label.push(c),
        }
    }
    let mut start = String::from("<svg role=\"img\" ");
    let _ = write!(start, "aria-label=\"{label}\" ");
    // Inside a page the name space is known, and a page that names no address is seen to fetch none.
    svg.replacen("<svg ", &start, 1).replacen(" xmlns=\"http://www.w3.org/2000/svg\"", "", 1)
}

/// The least and the greatest of some values.
struct Range {
    low: f64,
    high: f64,
}

impl Default for Range {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Range {
    fn take(&mut self, values: impl IntoIterator<Item = f64>) {
        for value in values.into_iter().filter(|value| value.is_finite()) {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
        }
    }

    fn is_finite(&self) -> bool {
        self.low.is_finite() && self.high.is_finite()
    }

    /// With a share of its width on both sides, and never empty.
    fn padded(&self, share: f64) -> std::ops::Range<f64> {
        let width = self.high - self.low;
        let pad = if width > 0.0 { width * share } else { self.high.abs().max(1.0) * 0.05 };
        self.low - pad..self.high + pad
    }
}

/// An axis whose labels stand at round values, with the decimals that these need.
struct Axis {
    range: RangedCoordf64,
    kind: Across,
    step: f64,
}

impl Axis {
    fn new(range: std::ops::Range<f64>, kind: Across) -> Self {
        let spread = range.end - range.start;
        let power = 10f64.powf((spread / 6.0).log10().floor());
        let round = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|step| spread / step <= 6.0 + 1e-9);
        let step = round.unwrap_or(power * 10.0);
        let step = if let Across::Number = kind { step } else { step.max(1.0).ceil() };
        Self { range: range.into(), kind, step }
    }
}

impl Ranged for Axis {
    type FormatOption = plotters::coord::ranged1d::NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.range.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        let std::ops::Range { start, end } = self.range.range();
        let slack = self.step * 1e-9;
        let first = ((start - slack) / self.step).ceil();
        (0..32).map(|n| (first + f64::from(n)) * self.step).take_while(|value| *value <= end + slack).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.range.range()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        match self.kind {
            Across::Whole => format!("{value:.0}"),
            // `+ 0.0` makes -0 a plain 0.
            Across::Number => format!("{:.*}", decimals(self.step).saturating_sub(1), value + 0.0),
            Across::Power => power(*value as u32),
            // Exponents from 0 down, for shares.
            Across::Ten => format!("{:.*}", (-value).clamp(0.0, 9.0) as usize, 10f64.powf(*value)),
        }
    }
}

/// A power of two, in short.
pub(super) fn power(power: u32) -> String {
    match power {
        0..10 => (1u64 << power).to_string(),
        10..20 => format!("{}k", 1u64 << (power - 10)),
        20..30 => format!("{}M", 1u64 << (power - 20)),
        30..64 => format!("{}G", 1u64 << (power - 30)),
        _ => format!("2^{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(range: std::ops::Range<f64>, kind: Across) -> Vec<String> {
        let axis = Axis::new(range, kind);
        axis.key_points(plotters::coord::ranged1d::LightPoints::new(9, 9)).iter().map(|v| axis.format_ext(v)).collect()
    }

    #[test]
    fn labels_stand_at_the_values_they_name() {
        assert_eq!(labels(0.0..19.0, Across::Number), ["0", "5", "10", "15"]);
        assert_eq!(labels(0.0..18.0, Across::Number), ["0", "5", "10", "15"]);
        assert_eq!(labels(-0.01..0.052, Across::Number), ["0.00", "0.02", "0.04"]);
        assert_eq!(labels(0.0..2.0, Across::Whole), ["0", "1", "2"]);
        assert_eq!(labels(8.0..11.0, Across::Power), ["256", "512", "1k", "2k"]);
        assert_eq!(labels(-2.4..0.0, Across::Ten), ["0.01", "0.1", "1"]);
        assert_eq!(labels(1.21..1.24, Across::Number), ["1.210", "1.215", "1.220", "1.225", "1.230", "1.235", "1.240"]);
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        let chart = |marks| Chart {
            title: "a \"b\" & c",
            across: Across::Whole,
            up: Across::Number,
            caption: "generation",
            must_show: vec![0.0],
            least: None,
            marks,
        };
        let empty = chart(vec![Mark::Level { low: 1.0, high: 2.0 }, Mark::Line { series: 0, points: vec![] }]);
        assert!(empty.svg().unwrap().is_none());
        let one = chart(vec![Mark::Line { series: 0, points: vec![(3.0, 0.5)] }]).svg().unwrap().unwrap();
        assert!(one.contains("aria-label=\"a &quot;b&quot; &amp; c\"") && one.contains("var(--c3)"), "{one}");
        assert!(chart(vec![Mark::Line { series: 0, points: vec![(0.0, f64::NAN)] }]).svg().unwrap().is_none());
        // A level and a theory are nothing to draw by themselves.
        let rule = || Mark::Rule { y: 0.1, name: "floor <".to_owned(), left: false };
        assert!(chart(vec![rule(), Mark::Theory { series: 0, points: vec![(0.0, 1.0)] }]).svg().unwrap().is_none());
        let line = |series| Mark::Line { series, points: vec![(0.0, 0.5), (1.0, 0.7)] };
        let all = chart(vec![rule(), line(1), Mark::Theory { series: 1, points: vec![(0.0, 1.0), (1.0, 0.0)] }]);
        let all = all.svg().unwrap().unwrap();
        for part in ["floor &lt;", "stroke-dasharray=\"10 4\"", "stroke-dasharray=\"1 5\"", "stroke-dasharray=\"6 5\""]
        {
            assert!(all.contains(part), "{part}: {all}");
        }
        assert!(!all.contains("#0102") && !all.contains("http"), "{all}");
    }
}
