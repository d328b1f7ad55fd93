//! A picture as SVG.

use std::fmt::Write as _;

use maud::html;

use super::{Colour, Mark, Picture};

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

pub(super) fn write(picture: &Picture) -> String {
    let Picture { width, height, marks } = picture;
    let view = format!("0 0 {width} {height}");
    let svg = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox=(view) shape-rendering="crispEdges" {
            rect width="100%" height="100%" fill="#ffffff" {}
            @for mark in marks {
                @match mark {
                    Mark::Boxes { fill, boxes } => path fill=(fill) d=(path(boxes)) {},
                    Mark::Text { x, y, size, bold, middle, mono, fill, words } => {
                        text x=(x) y=(y) font-size=(size) fill=(fill) xml:space="preserve"
                            font-family=(if *mono { "ui-monospace, Menlo, Consolas, monospace" } else { "system-ui, Helvetica, Arial, sans-serif" })
                            font-weight=[bold.then_some("bold")]
                            text-anchor=[middle.then_some("middle")] { (words) }
                    }
                }
            }
        }
    };
    format!("{}\n", svg.into_string())
}

/// One path for all rectangles of a colour: a tenth of the size of as many elements.
fn path(boxes: &[[u32; 4]]) -> String {
    let mut out = String::new();
    for [x, y, width, height] in boxes {
        // Writing into a string does not fail.
        let _ = write!(out, "M{x} {y}h{width}v{height}h-{width}z");
    }
    out
}
