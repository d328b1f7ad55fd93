//! Line charts as inline SVG, in colours that follow the page's theme.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

const WIDTH: u32 = 460;
const HEIGHT: u32 = 240;

/// Stand-ins that plotters writes as hexadecimal and the page's variables replace: ink, grid, band, then the series.
const SLOTS: u8 = 8;
const INK: u8 = 0;
const GRID: u8 = 1;
const BAND: u8 = 2;
const FIRST_SERIES: u8 = 3;

fn slot(n: u8) -> RGBColor {
    RGBColor(1, 2, n)
}

/// A run's line: which series it belongs to, and its points.
pub(super) struct Line {
    pub(super) series: usize,
    pub(super) points: Vec<(f64, f64)>,
}

/// A chart by generation.
pub(super) struct Chart {
    pub(super) lines: Vec<Line>,
    /// Where authentic samples lie.
    pub(super) band: Option<(f64, f64)>,
    /// The range of values that must be seen.
    pub(super) least: Option<f64>,
    pub(super) greatest: Option<f64>,
}

impl Chart {
    /// Draws the chart; `None` where there is nothing to draw.
    pub(super) fn svg(&self) -> Result<Option<String>> {
        let points = || self.lines.iter().flat_map(|l| &l.points);
        if points().next().is_none() {
            return Ok(None);
        }
        let values = points()
            .map(|p| p.1)
            .chain(self.band.iter().flat_map(|b| [b.0, b.1]))
            .chain(self.least)
            .chain(self.greatest);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let pad = if high > low { (high - low) * 0.06 } else { high.abs().max(1.0) * 0.05 };
        let last = points().map(|p| p.0).fold(1.0, f64::max);
        let mut svg = String::new();
        self.draw(&mut svg, last, low - pad, high + pad).map_err(|e| anyhow!("cannot draw a chart: {e}"))?;
        for n in 0..SLOTS {
            let RGBColor(r, g, b) = slot(n);
            svg = svg.replace(&format!("#{r:02X}{g:02X}{b:02X}"), &format!("var(--c{n})"));
        }
        Ok(Some(svg))
    }

    fn draw(&self, svg: &mut String, last: f64, low: f64, high: f64) -> Result<(), Box<dyn std::error::Error>> {
        let root = SVGBackend::with_string(svg, (WIDTH, HEIGHT)).into_drawing_area();
        let mut chart = ChartBuilder::on(&root)
            .margin(8)
            .margin_right(16)
            .x_label_area_size(40)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..last, low..high)?;
        let ink = slot(INK);
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(slot(GRID))
            .light_line_style(TRANSPARENT)
            .axis_style(slot(GRID))
            .label_style(("sans-serif", 15).into_font().color(&ink))
            .x_desc("generation")
            .axis_desc_style(("sans-serif", 15).into_font().color(&ink))
            .x_labels(6)
            .y_labels(6)
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_label_formatter(&|y| short(*y, high - low))
            .draw()?;
        if let Some((from, to)) = self.band {
            chart.draw_series([Rectangle::new([(0.0, from), (last, to)], slot(BAND).filled())])?;
        }
        for line in &self.lines {
            let colour = slot(series_slot(line.series));
            let stroke = ShapeStyle { color: colour.to_rgba(), filled: false, stroke_width: 2 };
            chart.draw_series(LineSeries::new(line.points.iter().copied(), stroke))?;
        }
        root.present()?;
        Ok(())
    }
}

/// The colour of a series; beyond five they repeat.
pub(super) fn series_slot(series: usize) -> u8 {
    FIRST_SERIES + (series % usize::from(SLOTS - FIRST_SERIES)) as u8
}

/// As many decimals as the range needs.
fn short(value: f64, range: f64) -> String {
    let decimals = if range >= 20.0 { 0 } else { (1.5 - range.log10()).ceil().clamp(0.0, 6.0) as usize };
    format!("{value:.decimals$}")
}
