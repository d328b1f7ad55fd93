//! Where the cells of a run go: time downwards on a line, panels side by side in planes and solids.

use std::ops::Range;

use turmite_ctm::{Diagram, Frame};

use super::{Colour, Mark, Picture};

/// The most rows of a run on a line; a longer one is drawn at equal distances.
pub(super) const MOST_ROWS: usize = 1_500;
/// The most cells in all: what keeps a picture of a wide run in some megabytes.
pub(super) const MOST_CELLS: usize = 1 << 21;
/// The most panels of a run in a plane or solid.
pub(super) const PANELS: usize = 12;

/// About as wide as a page.
const WIDTH: u32 = 960;
/// Nobody scrolls further.
const HEIGHT: u32 = 4_000;
pub(super) const MARGIN: u32 = 24;
/// From cells of this size on there are rings around the head, lines between cells, letters in them.
const RINGS_FROM: u32 = 5;
const LINES_FROM: u32 = 9;
const LETTERS_FROM: u32 = 14;

pub(super) const PAGE: Colour = Colour([0xff; 3]);
pub(super) const INK: Colour = Colour([0x1f, 0x24, 0x2c]);
pub(super) const MUTED: Colour = Colour([0x5c, 0x63, 0x6e]);
pub(super) const GRID: Colour = Colour([0xd5, 0xd9, 0xde]);
const UNVISITED: Colour = Colour([0xec, 0xef, 0xf2]);
const HALTED: Colour = Colour([0x8a, 0x8f, 0x98]);

/// Okabe and Ito's colours, told apart with any colour vision; their black is the symbol 1. Beyond seven states they come
/// round again, and the letters tell.
const STATES: [Colour; 7] = [
    Colour([0x00, 0x72, 0xb2]),
    Colour([0xe6, 0x9f, 0x00]),
    Colour([0x00, 0x9e, 0x73]),
    Colour([0xd5, 0x5e, 0x00]),
    Colour([0xcc, 0x79, 0xa7]),
    Colour([0x56, 0xb4, 0xe9]),
    Colour([0xf0, 0xe4, 0x42]),
];

/// What a picture says of itself: the first line is its title.
#[derive(Debug)]
pub(crate) struct Captions {
    /// Lines above the drawing, and whether they are in fixed width.
    pub(crate) lines: Vec<(String, bool)>,
    /// Size of the alphabet.
    pub(crate) symbols: u8,
    /// Number of states.
    pub(crate) states: u8,
}

fn state_colour(state: Option<u8>) -> Colour {
    state.map_or(HALTED, |s| STATES[usize::from(s) % STATES.len()])
}

fn state_letter(state: Option<u8>) -> char {
    state.map_or('-', |s| char::from(b'A' + s))
}

/// From white for 0 to near black for the last symbol, ever darker.
pub(super) fn symbol_colour(symbol: u8, symbols: u8) -> Colour {
    let part = f64::from(symbol) / f64::from(symbols - 1);
    let mix = |light: u8, dark: u8| (f64::from(light) + (f64::from(dark) - f64::from(light)) * part).round() as u8;
    Colour([mix(255, INK.0[0]), mix(255, INK.0[1]), mix(255, INK.0[2])])
}

/// Collects marks, those of one colour together.
struct Drawing<'a> {
    captions: &'a Captions,
    words: bool,
    cell: u32,
    boxes: Vec<(Colour, Vec<[u32; 4]>)>,
    /// What lies on the boxes: the grid and the heads.
    above: Vec<(Colour, Vec<[u32; 4]>)>,
    texts: Vec<Mark>,
}

pub(super) fn put(layer: &mut Vec<(Colour, Vec<[u32; 4]>)>, fill: Colour, rectangle: [u32; 4]) {
    match layer.iter_mut().find(|(c, _)| *c == fill) {
        Some((_, boxes)) => boxes.push(rectangle),
        None => layer.push((fill, vec![rectangle])),
    }
}

/// Lays a run out. Without words there is no room left for them.
pub(super) fn picture(diagram: &Diagram, captions: &Captions, words: bool) -> Picture {
    let [planes, rows, columns] = diagram.extents().map(|e| e as u32);
    let on_a_line = diagram.shape.dims() == 1;
    let cell = if on_a_line {
        (WIDTH / columns).min(HEIGHT / diagram.frames.len() as u32).clamp(1, 22)
    } else {
        (WIDTH / 4 / (columns * planes).max(rows)).clamp(2, 26)
    };
    let mut drawing = Drawing { captions, words, cell, boxes: Vec::new(), above: Vec::new(), texts: Vec::new() };
    let top = if words { drawing.header() } else { MARGIN };
    let (width, height) =
        if on_a_line { drawing.line(diagram, top) } else { drawing.panels(diagram, [planes, rows, columns], top) };
    // The title is in larger letters.
    let header = captions.lines.iter().zip([11].into_iter().chain(std::iter::repeat(8)));
    let header = header.map(|((line, _), letter)| line.chars().count() as u32 * letter).max().unwrap_or(0);
    let width = if words { width.max(header + 2 * MARGIN).max(420) } else { width };
    let layers = drawing.boxes.into_iter().chain(drawing.above);
    let mut marks: Vec<Mark> = layers.map(|(fill, boxes)| Mark::Boxes { fill, boxes }).collect();
    marks.extend(drawing.texts);
    Picture { width, height, marks }
}

impl Drawing<'_> {
    fn text(&mut self, [x, y]: [u32; 2], size: u32, fill: Colour, words: impl Into<String>) {
        self.texts.push(Mark::Text { x, y, size, bold: false, middle: false, mono: false, fill, words: words.into() });
    }

    /// Title, captions and legend; gives the height used.
    fn header(&mut self) -> u32 {
        let mut y = MARGIN;
        for (i, (line, mono)) in self.captions.lines.iter().enumerate() {
            y += if i == 0 { 18 } else { 20 };
            let (size, fill) = if i == 0 { (17, INK) } else { (13, MUTED) };
            let words = line.clone();
            self.texts.push(Mark::Text { x: MARGIN, y, size, bold: i == 0, middle: false, mono: *mono, fill, words });
        }
        y += 18;
        let mut x = MARGIN;
        let mut key = |drawing: &mut Self, fill: Colour, label: &str, ring: bool| {
            // A ring in the colour, or the colour in a thin frame.
            let (outer, inner, frame) = if ring { (fill, PAGE, 3) } else { (GRID, fill, 1) };
            put(&mut drawing.boxes, outer, [x, y, 14, 14]);
            put(&mut drawing.above, inner, [x + frame, y + frame, 14 - 2 * frame, 14 - 2 * frame]);
            drawing.text([x + 19, y + 12], 12, MUTED, label);
            x += 19 + 7 * label.len() as u32 + 14;
            if x > WIDTH / 2 {
                (x, y) = (MARGIN, y + 20);
            }
        };
        for symbol in 0..self.captions.symbols {
            key(self, symbol_colour(symbol, self.captions.symbols), &symbol.to_string(), false);
        }
        key(self, UNVISITED, "not yet visited", false);
        for state in 0..self.captions.states {
            key(self, state_colour(Some(state)), &state_letter(Some(state)).to_string(), true);
        }
        key(self, state_colour(None), "halted", true);
        y + 30
    }

    /// One row a frame, time downwards.
    fn line(&mut self, diagram: &Diagram, top: u32) -> (u32, u32) {
        let gutter = if self.words { 76 } else { 0 };
        let (left, mut y) = (MARGIN + gutter, top);
        let columns = diagram.extents()[2] as u32;
        let labelled = 14u32.div_ceil(self.cell);
        if self.words {
            self.text([MARGIN, y + 8], 11, MUTED, "step");
            y += 16;
        }
        let first = y;
        for (i, frame) in (0u32..).zip(&diagram.frames) {
            self.row(&frame.cells, frame.visited[2].clone(), [left, y]);
            if self.words && (i % labelled == 0 || frame.state.is_none() && i % labelled > labelled / 2) {
                self.text([MARGIN, y + self.cell / 2 + 4], 11, MUTED, frame.step.to_string());
            }
            y += self.cell;
        }
        self.grid([left, first], [columns, diagram.frames.len() as u32]);
        for (i, frame) in (0u32..).zip(&diagram.frames) {
            self.head(frame, [left + frame.head as u32 * self.cell, first + i * self.cell]);
        }
        (left + columns * self.cell + MARGIN, y + MARGIN)
    }

    /// A panel a frame, from left to right; the planes of a solid side by side, the first one leftmost.
    fn panels(&mut self, diagram: &Diagram, [planes, rows, columns]: [u32; 3], top: u32) -> (u32, u32) {
        let gap = (self.cell / 2).max(3);
        let width = planes * columns * self.cell + (planes - 1) * gap;
        let (caption, between) = if self.words { (22, 36) } else { (0, (3 * gap).max(20)) };
        let step_across = width.max(if self.words { 84 } else { 0 }) + between;
        let per_line = ((WIDTH + between) / step_across).max(1);
        let step_down = rows * self.cell + caption + 20;
        for (i, frame) in (0u32..).zip(&diagram.frames) {
            let (x, y) = (MARGIN + i % per_line * step_across, top + i / per_line * step_down);
            for plane in 0..planes {
                let left = x + plane * (columns * self.cell + gap);
                for row in 0..rows {
                    let seen =
                        frame.visited[0].contains(&(plane as usize)) && frame.visited[1].contains(&(row as usize));
                    let visited = if seen { frame.visited[2].clone() } else { 0..0 };
                    let first = ((plane * rows + row) * columns) as usize;
                    self.row(&frame.cells[first..first + columns as usize], visited, [left, y + row * self.cell]);
                }
                self.grid([left, y], [columns, rows]);
            }
            let head = frame.head as u32;
            let (plane, row, column) = (head / (rows * columns), head / columns % rows, head % columns);
            let left = x + plane * (columns * self.cell + gap);
            self.head(frame, [left + column * self.cell, y + row * self.cell]);
            if self.words {
                let state = frame.state.map_or("halted".to_owned(), |_| state_letter(frame.state).to_string());
                self.text([x, y + rows * self.cell + 16], 11, MUTED, format!("step {}, {state}", frame.step));
            }
        }
        let frames = diagram.frames.len() as u32;
        let across = per_line.min(frames);
        (2 * MARGIN + across * step_across - between, top + frames.div_ceil(per_line) * step_down - 20 + MARGIN)
    }

    /// One row of cells, those of a colour that touch as one box.
    fn row(&mut self, cells: &[u8], visited: Range<usize>, [left, y]: [u32; 2]) {
        let colour = |at: usize| {
            if visited.contains(&at) { symbol_colour(cells[at], self.captions.symbols) } else { UNVISITED }
        };
        let mut start = 0;
        for at in 1..=cells.len() {
            if at == cells.len() || colour(at) != colour(start) {
                let width = (at - start) as u32 * self.cell;
                put(&mut self.boxes, colour(start), [left + start as u32 * self.cell, y, width, self.cell]);
                start = at;
            }
        }
    }

    fn grid(&mut self, [left, top]: [u32; 2], [columns, rows]: [u32; 2]) {
        if self.cell < LINES_FROM {
            return;
        }
        let (width, height) = (columns * self.cell, rows * self.cell);
        for column in 0..=columns {
            put(&mut self.above, GRID, [left + column * self.cell, top, 1, height + 1]);
        }
        for row in 0..=rows {
            put(&mut self.above, GRID, [left, top + row * self.cell, width + 1, 1]);
        }
    }

    /// A ring in the state's colour around the head's symbol, with the state's letter in it where there is room.
    fn head(&mut self, frame: &Frame, [x, y]: [u32; 2]) {
        let (cell, fill) = (self.cell, state_colour(frame.state));
        if cell < RINGS_FROM {
            put(&mut self.above, fill, [x, y, cell, cell]);
            return;
        }
        let ring = (cell / 6).max(1) + 1;
        for part in [
            [x, y, cell + 1, ring],
            [x, y + cell + 1 - ring, cell + 1, ring],
            [x, y, ring, cell + 1],
            [x + cell + 1 - ring, y, ring, cell + 1],
        ] {
            put(&mut self.above, fill, part);
        }
        if self.words && cell >= LETTERS_FROM {
            let symbol = symbol_colour(frame.cells[frame.head], self.captions.symbols);
            let fill = if symbol.0[0] < 128 { PAGE } else { INK };
            let size = (cell * 6 / 10).min(13);
            let words = frame.state.map_or(String::new(), |_| state_letter(frame.state).to_string());
            let (x, y) = (x + cell / 2, y + cell / 2 + size * 3 / 8);
            self.texts.push(Mark::Text { x, y, size, bold: true, middle: true, mono: false, fill, words });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use turmite_ctm::Machine;

    /// Every mark lies inside, and what a picture shows last is the output.
    #[test]
    fn runs_of_all_dimensions_and_lengths_fit_their_pictures() {
        for (text, frames) in [
            ("0RZ---_------", 10),
            ("1RB1LB_1LA1RZ", 100),
            ("1RB1LB_1LA0LC_1RZ1LD_1RD0RA", 1500),
            ("1RB1LB_1LA0LC_1RZ1LD_1RD0RA", 5),
            ("1RB2LA1RA1RA_1LB1LA3RB1RZ", 1000),
            ("0DB0LC_0RZ0RA_1UC1DB", PANELS),
            ("1LB1FB_1RA1RZ", PANELS),
        ] {
            let machine: Machine = text.parse().unwrap();
            let Some(diagram) = (0..2).find_map(|blank| Diagram::of(&machine, blank, 4_000_000, frames)) else {
                panic!("{text} does not halt")
            };
            let captions = Captions {
                lines: vec![(text.to_owned(), true)],
                symbols: machine.space().symbols(),
                states: machine.space().states(),
            };
            for words in [false, true] {
                let picture = picture(&diagram, &captions, words);
                let widest = WIDTH.max(diagram.extents()[2] as u32) + 200;
                assert!(picture.width <= widest && picture.height <= HEIGHT + 200, "{text}");
                let mut texts = 0;
                for mark in &picture.marks {
                    match mark {
                        Mark::Boxes { boxes, .. } => {
                            for [x, y, width, height] in boxes {
                                assert!(*width > 0 && *height > 0, "{text}");
                                assert!(x + width <= picture.width && y + height <= picture.height, "{text}");
                            }
                        }
                        Mark::Text { x, y, .. } => {
                            texts += 1;
                            assert!(*x < picture.width && *y < picture.height, "{text}");
                        }
                    }
                }
                assert_eq!(texts > 0, words, "{text}");
            }
        }
    }

    #[test]
    fn symbols_grow_darker() {
        for symbols in 2..=10 {
            let shades: Vec<u8> = (0..symbols).map(|s| symbol_colour(s, symbols).0[0]).collect();
            assert!(shades.windows(2).all(|pair| pair[0] > pair[1] + 20), "{shades:?}");
        }
    }
}
