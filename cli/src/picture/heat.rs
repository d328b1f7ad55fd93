//! Effects as colours over the object that they belong to.

use turmite_tables::Shape;

use super::layout::{GRID, INK, MARGIN, MUTED, PAGE, put, symbol_colour};
use super::{Colour, Mark, Picture};

/// What a heat map shows.
#[derive(Debug)]
pub(crate) struct HeatMap<'a> {
    pub(crate) title: &'static str,
    pub(crate) caption: String,
    /// What effects are measured in.
    pub(crate) unit: &'static str,
    /// The extents of the object, slowest axis first.
    pub(crate) axes: &'a [usize],
    pub(crate) block: Shape,
    pub(crate) symbols: &'a [u8],
    pub(crate) alphabet: u8,
    /// Of an image the number of its levels, 0 the darkest: it is drawn as it is, and symbols otherwise dark on light.
    pub(crate) levels: Option<u32>,
    /// One a cell; not a number where there is none.
    pub(crate) effects: Vec<f64>,
}

/// About as wide and as high as a page.
const WIDTH: usize = 960;
const HEIGHT: usize = 900;
/// Larger objects are drawn in boxes of several cells, each as its greatest effect.
const MOST_COLUMNS: usize = 1920;
const MOST_ROWS: usize = 2000;
/// From cells of this size on the symbols stand in them; smaller objects are drawn beside their effects.
const LETTERS_FROM: usize = 14;
const LARGEST_CELL: usize = 22;
/// Shades on either side of 0.
const SHADES: usize = 20;
const BAR: u32 = 6;
const LEGEND: &str = "blue: simpler, orange: more complex";

/// Without an effect.
const NOTHING: Colour = Colour([0xe2, 0xe5, 0xe9]);
/// No effect, and the ends that stand for simpler and for more complex, each with the colour half-way: blue and orange are
/// told apart with any colour vision (ColorBrewer's RdBu and PuOr, one half of each).
const NEUTRAL: [f64; 3] = [247.0, 247.0, 247.0];
const SIMPLER: [[f64; 3]; 2] = [[146.0, 197.0, 222.0], [33.0, 102.0, 172.0]];
const COMPLEX: [[f64; 3]; 2] = [[253.0, 184.0, 99.0], [179.0, 88.0, 6.0]];

/// The colour of a place between -1 and 1, one of few so that files stay small.
fn shade(place: f64) -> Colour {
    let step = (place * SHADES as f64).round() / SHADES as f64;
    let [half, end] = if step < 0.0 { SIMPLER } else { COMPLEX };
    let size = step.abs().min(1.0);
    let (from, to, part) = if size < 0.5 { (NEUTRAL, half, size * 2.0) } else { (half, end, size * 2.0 - 1.0) };
    Colour(std::array::from_fn(|i| (from[i] + (to[i] - from[i]) * part).round() as u8))
}

/// The grey of a level of luminance: black for 0, white for the last.
pub(crate) fn grey(level: u8, levels: u32) -> u8 {
    (u32::from(level) * 255 / (levels - 1).max(1)).min(255) as u8
}

/// Where cells stand: rows of cells, wrapped where the object is a line, with a free row between the planes of a solid.
struct Sheet {
    rows: usize,
    columns: usize,
    /// Cells along each side of a box.
    zoom: usize,
    /// Pixels along each side of a box.
    cell: usize,
    /// Whether the object stands beside its effects.
    beside: bool,
}

impl Sheet {
    fn of(map: &HeatMap<'_>) -> Self {
        match *map.axes {
            [length] => Self::line(length, map.block.cells()),
            [rows, columns] => Self::plane(rows, columns),
            [planes, rows, columns] => Self::plane((planes * (rows + 1)).saturating_sub(1), columns),
            _ => Self::plane(0, 0),
        }
    }

    /// Rows of whole blocks, in the largest cells that fit.
    fn line(length: usize, block: usize) -> Self {
        let columns = |cell: usize| (WIDTH / cell / block).max(1) * block;
        let fits = |cell: &usize| length.div_ceil(columns(*cell)) * cell <= HEIGHT;
        let cell = (1..=LARGEST_CELL - 2).rev().find(fits).unwrap_or(1);
        let (rows, columns) = (length.div_ceil(columns(cell)), columns(cell).min(length));
        Self { rows, columns, zoom: zoom(rows, columns), cell, beside: false }
    }

    fn plane(rows: usize, columns: usize) -> Self {
        let zoom = zoom(rows, columns);
        let boxes = |cells: usize| cells.div_ceil(zoom).max(1);
        let cell = |width: usize| (width / boxes(columns)).min(HEIGHT / boxes(rows)).clamp(1, LARGEST_CELL);
        let beside = cell(WIDTH) < LETTERS_FROM;
        Self { rows, columns, zoom, cell: if beside { cell(WIDTH / 2) } else { cell(WIDTH) }, beside }
    }

    /// The cell at a place, if there is one.
    fn cell_at(&self, map: &HeatMap<'_>, row: usize, column: usize) -> Option<usize> {
        let cell = match *map.axes {
            [_, rows, _] if row % (rows + 1) == rows => return None,
            [_, rows, columns] => (row - row / (rows + 1)) * columns + column,
            _ => row * self.columns + column,
        };
        (row < self.rows && column < self.columns && cell < map.effects.len()).then_some(cell)
    }

    /// The colour of every box, row by row, from what the cells in it are best shown by.
    fn colours(
        &self,
        map: &HeatMap<'_>,
        show: impl Fn(&mut dyn Iterator<Item = usize>) -> Option<Colour>,
    ) -> Vec<Vec<Option<Colour>>> {
        let side = 0..self.zoom;
        (0..self.rows.div_ceil(self.zoom))
            .map(|row| {
                (0..self.columns.div_ceil(self.zoom))
                    .map(|column| {
                        let places = side.clone().flat_map(|i| side.clone().map(move |j| (i, j)));
                        let mut cells =
                            places.filter_map(|(i, j)| self.cell_at(map, row * self.zoom + i, column * self.zoom + j));
                        show(&mut cells)
                    })
                    .collect()
            })
            .collect()
    }
}

/// Where rows and columns of boxes are counted, and what from: cells from 0, of a line those that its rows start with.
struct Labels {
    rows: Vec<(usize, String)>,
    columns: Vec<(usize, String)>,
}

/// Pixels between labels, at least.
const APART: usize = 30;
/// Pixels of a digit.
const DIGIT: u32 = 7;

impl Sheet {
    fn labels(&self, map: &HeatMap<'_>) -> Labels {
        // Boxes from label to label: a round number of cells.
        let step = |boxes: usize| {
            let rounds = (0..10).flat_map(|power| [1, 2, 5].map(|digit| digit * 10usize.pow(power)));
            let apart = rounds.into_iter().find(|cells| cells * self.cell >= APART * self.zoom).unwrap_or(1);
            (0..boxes * self.zoom).step_by(apart).map(|cell| (cell / self.zoom, cell)).collect::<Vec<_>>()
        };
        let named = |places: Vec<(usize, usize)>, cells: usize| {
            places.into_iter().map(|(at, cell)| (at, (cell * cells).to_string())).collect()
        };
        let (rows, columns) = (self.rows.div_ceil(self.zoom), self.columns.div_ceil(self.zoom));
        match map.axes.len() {
            1 if rows > 1 => Labels { rows: named(step(rows), self.columns), columns: Vec::new() },
            2 => Labels { rows: named(step(rows), 1), columns: named(step(columns), 1) },
            // One row needs none; those of a solid's planes follow each other, and would be counted from several starts.
            _ => Labels { rows: Vec::new(), columns: Vec::new() },
        }
    }
}

impl Labels {
    /// Pixels above the boxes.
    fn above(&self) -> u32 {
        if self.columns.is_empty() { 0 } else { 16 }
    }

    /// Pixels left of the boxes.
    fn beside(&self) -> u32 {
        let digits = self.rows.iter().map(|(_, label)| label.len()).max();
        digits.map_or(0, |digits| digits as u32 * DIGIT + 6)
    }

    fn write(&self, [left, top]: [u32; 2], cell: u32, texts: &mut Vec<Mark>) {
        let mut text = |x: u32, y: u32, words: &str| {
            texts.push(Mark::Text {
                x,
                y,
                size: 11,
                bold: false,
                middle: true,
                mono: false,
                fill: MUTED,
                words: words.to_owned(),
            });
        };
        for (row, label) in &self.rows {
            // Written from the middle, with the end at one place.
            let half = label.len() as u32 * DIGIT / 2;
            text(left - 5 - half, top + *row as u32 * cell + cell / 2 + 4, label);
        }
        for (column, label) in &self.columns {
            text(left + *column as u32 * cell + cell / 2, top - 5, label);
        }
    }
}

/// Cells along each side of a box.
fn zoom(rows: usize, columns: usize) -> usize {
    rows.div_ceil(MOST_ROWS).max(columns.div_ceil(MOST_COLUMNS)).max(1)
}

/// Lays a heat map out. Without words only what has glyphs in a bitmap is written.
pub(super) fn picture(map: &HeatMap<'_>, words: bool) -> Picture {
    let sheet = Sheet::of(map);
    let finite = map.effects.iter().filter(|effect| effect.is_finite());
    let greatest = finite.fold(0.0f64, |most, effect| most.max(effect.abs()));
    let place = |effect: f64| if greatest > 0.0 { effect / greatest } else { 0.0 };
    let effects = sheet.colours(map, |cells| {
        let mut most: Option<f64> = None;
        let mut any = false;
        for cell in cells {
            any = true;
            let effect = map.effects[cell];
            if !effect.is_nan() && most.is_none_or(|most| effect.abs() > most.abs()) {
                most = Some(effect);
            }
        }
        any.then(|| most.map_or(NOTHING, |effect| shade(place(effect))))
    });
    let (mut boxes, mut above, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let labels = sheet.labels(map);
    let top = header(map, greatest, words, &mut boxes, &mut texts) + labels.above();
    let mut left = MARGIN + labels.beside();
    let (width, height) =
        ((effects.first().map_or(0, Vec::len) * sheet.cell) as u32, (effects.len() * sheet.cell) as u32);
    if sheet.beside {
        let symbols = sheet.colours(map, |cells| {
            cells.next().map(|cell| match map.levels {
                Some(levels) => Colour([grey(map.symbols[cell], levels); 3]),
                None => symbol_colour(map.symbols[cell], map.alphabet),
            })
        });
        paint(&symbols, [left, top], sheet.cell as u32, &mut boxes);
        frame([left, top, width, height], &mut above);
        labels.write([left, top], sheet.cell as u32, &mut texts);
        left += width + MARGIN + labels.beside();
    }
    labels.write([left, top], sheet.cell as u32, &mut texts);
    paint(&effects, [left, top], sheet.cell as u32, &mut boxes);
    if sheet.beside {
        frame([left, top, width, height], &mut above);
    }
    if sheet.cell >= LETTERS_FROM {
        for (row, colours) in effects.iter().enumerate() {
            for (column, colour) in colours.iter().enumerate() {
                let (Some(colour), Some(cell)) = (colour, sheet.cell_at(map, row, column)) else { continue };
                let fill = if colour.0.iter().map(|&c| u32::from(c)).sum::<u32>() < 330 { PAGE } else { INK };
                let [x, y] = [column, row].map(|n| (n * sheet.cell + sheet.cell / 2) as u32);
                let words = map.symbols[cell].to_string();
                texts.push(Mark::Text {
                    x: left + x,
                    y: top + y + 4,
                    size: 11,
                    bold: false,
                    middle: true,
                    mono: false,
                    fill,
                    words,
                });
                let [x, y] = [column, row].map(|n| (n * sheet.cell) as u32);
                frame([left + x, top + y, sheet.cell as u32, sheet.cell as u32], &mut above);
            }
        }
    }
    // About eight pixels a letter of the caption, and seven of what explains the scale, the words that reach farthest.
    let letters = (map.caption.len().max(map.title.len() + 8) * 8) as u32;
    let legend = MARGIN + (2 * SHADES as u32 + 1) * BAR + 14 + 7 * LEGEND.len() as u32;
    let least = if words { letters.max(legend) } else { legend };
    let layers = boxes.into_iter().chain(above);
    let mut marks: Vec<Mark> = layers.map(|(fill, boxes)| Mark::Boxes { fill, boxes }).collect();
    marks.extend(texts);
    Picture { width: (left + width).max(least) + MARGIN, height: top + height + MARGIN, marks }
}

/// Title, caption and the scale; gives the height used.
fn header(map: &HeatMap<'_>, greatest: f64, words: bool, boxes: &mut Layer, texts: &mut Vec<Mark>) -> u32 {
    let mut text = |x: u32, y: u32, size: u32, bold: bool, middle: bool, fill: Colour, words: String| {
        texts.push(Mark::Text { x, y, size, bold, middle, mono: false, fill, words });
    };
    let mut y = MARGIN;
    if words {
        text(MARGIN, y + 14, 17, true, false, INK, format!("{}, {}", map.title, map.unit));
        text(MARGIN, y + 36, 13, false, false, MUTED, map.caption.clone());
        y += 54;
    }
    let shades = 2 * SHADES as u32 + 1;
    for step in 0..shades {
        let colour = shade(f64::from(step) / SHADES as f64 - 1.0);
        put(boxes, colour, [MARGIN + step * BAR, y, BAR, 14]);
    }
    let size = if words { 12 } else { 8 };
    let digits = if greatest < 10.0 { 2 } else { 1 };
    let (end, below) = (MARGIN + shades * BAR, y + 30);
    text(MARGIN, below, size, false, false, INK, format!("-{greatest:.digits$}"));
    text(MARGIN + shades * BAR / 2, below, size, false, true, INK, "0".to_owned());
    text(end - 4 * size, below, size, false, false, INK, format!("+{greatest:.digits$} {}", map.unit));
    text(end + 14, y + 11, size, false, false, MUTED, LEGEND.to_owned());
    y + 46
}

type Layer = Vec<(Colour, Vec<[u32; 4]>)>;

/// Rows of boxes, those of a colour that touch as one.
fn paint(rows: &[Vec<Option<Colour>>], [left, top]: [u32; 2], cell: u32, layer: &mut Layer) {
    for (y, row) in (0u32..).zip(rows) {
        let mut start = 0;
        for at in 1..=row.len() {
            if at == row.len() || row[at] != row[start] {
                if let Some(colour) = row[start] {
                    let (x, width) = (start as u32 * cell, (at - start) as u32 * cell);
                    put(layer, colour, [left + x, top + y * cell, width, cell]);
                }
                start = at;
            }
        }
    }
}

/// A thin frame just inside a rectangle's outer edge.
fn frame([x, y, width, height]: [u32; 4], layer: &mut Layer) {
    for side in
        [[x, y, width + 1, 1], [x, y + height, width + 1, 1], [x, y, 1, height + 1], [x + width, y, 1, height + 1]]
    {
        put(layer, GRID, side);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map<'a>(axes: &'a [usize], block: &str, symbols: &'a [u8], effects: Vec<f64>) -> HeatMap<'a> {
        let caption = "a caption".to_owned();
        let block = block.parse().unwrap();
        HeatMap { title: "Effects", caption, unit: "bits", axes, block, symbols, alphabet: 2, levels: None, effects }
    }

    #[test]
    fn every_object_fits_its_picture() {
        for (axes, block) in [
            (vec![1], "12"),
            (vec![30], "12"),
            (vec![5_000], "12"),
            (vec![3_000_000], "12"),
            (vec![4, 4], "4x4"),
            (vec![25, 80], "4x4"),
            (vec![1, 5000], "4x4"),
            (vec![2500, 300], "4x4"),
            (vec![3, 4, 5], "2x2x2"),
        ] {
            let cells: usize = axes.iter().product();
            let symbols: Vec<u8> = (0..cells).map(|at| (at % 3 % 2) as u8).collect();
            let effects = (0..cells).map(|at| if at % 7 == 0 { f64::NAN } else { (at % 11) as f64 - 5.0 }).collect();
            let map = map(&axes, block, &symbols, effects);
            for words in [false, true] {
                let picture = picture(&map, words);
                assert!(
                    picture.width <= 4200 && picture.height <= 3300,
                    "{axes:?}: {} x {}",
                    picture.width,
                    picture.height
                );
                let mut boxes = 0;
                for mark in &picture.marks {
                    match mark {
                        Mark::Boxes { boxes: all, .. } => {
                            boxes += all.len();
                            for [x, y, width, height] in all {
                                assert!(
                                    *width > 0
                                        && *height > 0
                                        && x + width <= picture.width
                                        && y + height <= picture.height
                                );
                            }
                        }
                        Mark::Text { x, y, .. } => assert!(*x < picture.width && *y < picture.height),
                    }
                }
                assert!(boxes > 41);
            }
        }
    }

    #[test]
    fn images_are_drawn_as_they_are_and_words_fit() {
        // Beside its effects: one dark and one bright half.
        let symbols: Vec<u8> = (0..100 * 100).map(|at| u8::from(at % 100 >= 50)).collect();
        let mut map = map(&[100, 100], "4x4", &symbols, vec![1.0; 10_000]);
        map.levels = Some(2);
        let colours = |map: &HeatMap<'_>| {
            let picture = picture(map, true);
            let at = |place: u32| {
                picture.marks.iter().find_map(|mark| match mark {
                    Mark::Boxes { fill, boxes } => {
                        boxes.iter().any(|b| b[0] <= place && place < b[0] + b[2] && b[1] > 120).then_some(*fill)
                    }
                    Mark::Text { .. } => None,
                })
            };
            let sheet = Sheet::of(map);
            let left = MARGIN + sheet.labels(map).beside();
            [at(left + 2), at(left + 60 * sheet.cell as u32)].map(Option::unwrap)
        };
        assert_eq!(colours(&map), [Colour([0; 3]), Colour([255; 3])]);
        map.levels = None;
        assert_eq!(colours(&map), [Colour([255; 3]), INK]);
        for (axes, block) in [(vec![1], "12"), (vec![2, 2, 2], "2x2x2")] {
            let cells = axes.iter().product();
            let (symbols, effects) = (vec![0; cells], vec![1.0; cells]);
            let picture = picture(&self::map(&axes, block, &symbols, effects), true);
            for mark in &picture.marks {
                if let Mark::Text { x, size, words, middle: false, .. } = mark {
                    assert!(x + words.len() as u32 * size / 2 < picture.width, "{words}");
                }
            }
        }
    }

    #[test]
    fn colours_tell_the_sign_and_grow_darker() {
        let sum = |colour: Colour| colour.0.iter().map(|&c| u32::from(c)).sum::<u32>();
        for sign in [-1.0, 1.0] {
            let ladder: Vec<u32> = (0..=10).map(|step| sum(shade(sign * f64::from(step) / 10.0))).collect();
            assert!(ladder.windows(2).all(|pair| pair[0] > pair[1]), "{ladder:?}");
        }
        let ([red, _, blue], [also_red, _, also_blue]) = (shade(-1.0).0, shade(1.0).0);
        assert!(blue > red && also_red > also_blue);
        assert_eq!(shade(0.0), Colour([247; 3]));
    }

    #[test]
    fn a_cell_has_the_colour_of_its_effect() {
        let map = map(&[3], "12", &[0, 1, 0], vec![-2.0, 0.0, 1.0]);
        let picture = picture(&map, true);
        let cell = Sheet::of(&map).cell as u32;
        let colour_at = |x: u32, y: u32| {
            let inside = |b: &[u32; 4]| (b[0]..b[0] + b[2]).contains(&x) && (b[1]..b[1] + b[3]).contains(&y);
            let found = picture.marks.iter().rev().find_map(|mark| match mark {
                Mark::Boxes { fill, boxes } if *fill != GRID && boxes.iter().any(inside) => Some(*fill),
                _ => None,
            });
            found.unwrap()
        };
        let y = picture.height - MARGIN - cell / 2;
        for (at, place) in [(0, -1.0), (1, 0.0), (2, 0.5)] {
            assert_eq!(colour_at(MARGIN + at * cell + cell / 2, y), shade(place));
        }
    }
}
