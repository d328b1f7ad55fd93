//! Charts of the findings: points or lines in named colours, as SVG.

use std::path::Path;

use plotters::prelude::*;

use crate::Result;

/// Colours that people who see red and green alike can tell apart (Okabe and Ito 2008).
pub(crate) const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];
const INK: RGBColor = RGBColor(60, 64, 72);
const GRID: RGBColor = RGBColor(225, 228, 232);

/// A named series of points.
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) joined: bool,
}

/// Draws the series over x and y; x is drawn as powers of two where `doubling`.
pub(crate) fn draw(path: &Path, x: &str, y: &str, doubling: bool, series: &[Series]) -> Result<()> {
    let all = || series.iter().flat_map(|s| &s.points);
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let pad = (high - low) * 0.05;
        low - pad..high + pad
    };
    let (across, up) = (range(&mut all().map(|p| p.0)), range(&mut all().map(|p| p.1)));
    let root = SVGBackend::new(path, (760, 420)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(14)
        .x_label_area_size(46)
        .y_label_area_size(58)
        .build_cartesian_2d(across, up)?;
    let label = |x: &f64| if doubling { format!("{:.0}", x.exp2()) } else { format!("{x:.0}") };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_style(GRID)
        .label_style(("sans-serif", 15).into_font().color(&INK))
        .axis_desc_style(("sans-serif", 15).into_font().color(&INK))
        .x_desc(x)
        .y_desc(y)
        .x_label_formatter(&label)
        .y_label_formatter(&|y| if y.fract() == 0.0 { format!("{y}") } else { format!("{y:.1}") })
        .draw()?;
    for (series, colour) in series.iter().zip(COLOURS.iter().cycle()) {
        let drawn = if series.joined {
            chart.draw_series(LineSeries::new(series.points.iter().copied(), colour.stroke_width(2)))?
        } else {
            chart.draw_series(series.points.iter().map(|p| Circle::new(*p, 3, colour.mix(0.6).filled())))?
        };
        drawn.label(&series.name).legend(move |(x, y)| Rectangle::new([(x, y - 4), (x + 12, y + 4)], colour.filled()));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.9))
        .border_style(GRID)
        .label_font(("sans-serif", 15).into_font().color(&INK))
        .draw()?;
    root.present()?;
    Ok(())
}
