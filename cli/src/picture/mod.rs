//! Pictures of runs and of effects: rectangles and a few words, as SVG or PNG.

mod glyphs;
mod heat;
mod layout;
mod png;
mod svg;

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use turmite_ctm::Diagram;

pub(crate) use self::heat::{HeatMap, grey as grey_of};
pub(crate) use self::layout::Captions;
use crate::exit::usage;

/// Red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour([u8; 3]);

/// What is drawn, in order: later marks lie on earlier ones.
#[derive(Debug)]
enum Mark {
    /// Rectangles of one colour: x, y, width, height in pixels.
    Boxes { fill: Colour, boxes: Vec<[u32; 4]> },
    /// Words; y is the line that they stand on. A bitmap writes those that it has glyphs for.
    Text { x: u32, y: u32, size: u32, bold: bool, middle: bool, mono: bool, fill: Colour, words: String },
}

#[derive(Debug)]
struct Picture {
    width: u32,
    height: u32,
    marks: Vec<Mark>,
}

/// The kinds of pictures, told by the file's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Svg,
    Png,
}

impl Kind {
    /// The kind that a file's name asks for.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            _ => Err(usage(anyhow::anyhow!("{}: expected a name that ends in .svg or .png", path.display()))),
        }
    }

    /// The frames that a picture of a run has room for: every step of most runs on a line, some of a run in a plane.
    pub(crate) fn frames(cells: usize, dims: u8) -> usize {
        if dims > 1 { layout::PANELS } else { (layout::MOST_CELLS / cells).clamp(2, layout::MOST_ROWS) }
    }

    /// Draws a run.
    pub(crate) fn draw(self, out: &mut dyn Write, diagram: &Diagram, captions: &Captions) -> Result<()> {
        match self {
            Self::Svg => Ok(out.write_all(svg::write(&layout::picture(diagram, captions, true)).as_bytes())?),
            Self::Png => png::write(out, &layout::picture(diagram, captions, false)),
        }
    }

    /// Draws the effects of changes.
    pub(crate) fn draw_map(self, out: &mut dyn Write, map: &HeatMap<'_>) -> Result<()> {
        match self {
            Self::Svg => Ok(out.write_all(svg::write(&heat::picture(map, true)).as_bytes())?),
            Self::Png => png::write(out, &heat::picture(map, false)),
        }
    }
}

/// Writes rows of grey pixels as PNG.
pub(crate) fn grey(out: &mut dyn Write, axes: &[usize], pixels: &[u8]) -> Result<()> {
    png::grey(out, axes, pixels)
}
