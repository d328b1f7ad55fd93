//! The BDM of well-known pictures, each drawn by its rule, and of the same pixels shuffled.

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use turmite::bdm::{Bdm, Gzip, SymbolArray, symbol_entropy};
use turmite::collapse::Source;
use turmite::tables::Table;

use crate::{Markdown, Result};

const SIDE: usize = 128;

/// A picture by the colour of each cell.
type Picture = fn(row: usize, column: usize) -> bool;

const PICTURES: [(&str, Picture); 7] = [
    ("white", |_, _| false),
    ("checkerboard", |i, j| (i + j) % 2 == 1),
    ("disc", |i, j| {
        let from_centre = |i: usize| (2.0 * i as f64 + 1.0 - SIDE as f64) / SIDE as f64;
        from_centre(i).hypot(from_centre(j)) < 0.8
    }),
    ("Sierpinski triangle", |i, j| i & j == 0),
    ("Thue-Morse, two axes", |i, j| (i.count_ones() + j.count_ones()) % 2 == 1),
    ("Mandelbrot set", |i, j| {
        let (x, y) = (3.0 * j as f64 / SIDE as f64 - 2.2, 3.0 * i as f64 / SIDE as f64 - 1.5);
        let (mut a, mut b) = (0.0f64, 0.0f64);
        (0..200).all(|_| {
            (a, b) = (a * a - b * b + x, 2.0 * a * b + y);
            a * a + b * b <= 4.0
        })
    }),
    ("Ulam spiral (primes)", |i, j| is_prime(ulam(i, j))),
];

/// The number at a place of the spiral around the centre.
fn ulam(i: usize, j: usize) -> i64 {
    let (x, y) = (j as i64 - SIDE as i64 / 2, SIDE as i64 / 2 - i as i64);
    let ring = x.abs().max(y.abs());
    let last = (2 * ring + 1).pow(2);
    if y == -ring {
        last - (ring - x)
    } else if x == -ring {
        last - 2 * ring - (y + ring)
    } else if y == ring {
        last - 4 * ring - (x + ring)
    } else {
        last - 6 * ring - (ring - y)
    }
}

fn is_prime(n: i64) -> bool {
    n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0)
}

pub(crate) fn tables(pictures: &Path) -> Result<Vec<(&'static str, String)>> {
    let bdm = Bdm::builder(Arc::new(Table::embedded("5x2-2d")?)).intervals(false).build()?;
    let mut gzip = Gzip::new();
    let noise = Source::Iid(0.5).bits(SIDE * SIDE, 3, 0);
    let mut named: Vec<(&str, Vec<u8>)> = PICTURES
        .iter()
        .map(|(name, black)| {
            let cells = (0..SIDE * SIDE).map(|at| u8::from(black(at / SIDE, at % SIDE)));
            (*name, cells.collect())
        })
        .collect();
    named.push(("fair coins", noise));
    let mut text = Markdown::new(&[
        "picture",
        "BDM, bits",
        "normalised",
        "gzip, bytes",
        "entropy, bits a pixel",
        "BDM of its pixels shuffled",
    ]);
    for (name, cells) in &named {
        let mut score = |cells: &[u8]| -> Result<(f64, f64, f64, f64)> {
            let array = SymbolArray::new(&[SIDE, SIDE], 2, cells.to_vec())?;
            let value = bdm.score(&array)?.ok_or("an image smaller than a block")?;
            let normalised = bdm.normalized(&value, array.axes())?.map_or(f64::NAN, |n| n.place);
            let entropy = symbol_entropy(&array).unwrap_or(f64::NAN);
            Ok((value.bits, normalised, gzip.bytes(cells)? as f64, entropy))
        };
        let (bits, normalised, bytes, entropy) = score(cells)?;
        let shuffled = score(&shuffle(cells))?.0;
        text.row(&[
            (*name).to_owned(),
            format!("{bits:.0}"),
            format!("{normalised:.4}"),
            format!("{bytes:.0}"),
            format!("{entropy:.3}"),
            format!("{shuffled:.0}"),
        ]);
    }
    sheet(&pictures.join("images.svg"), &named)?;
    Ok(vec![("images", text.0)])
}

/// The same cells in an order of chance (Fisher and Yates), the same for all pictures.
fn shuffle(cells: &[u8]) -> Vec<u8> {
    let mut cells = cells.to_vec();
    let bits = Source::Iid(0.5).bits(cells.len() * 32, 4, 0);
    for (i, word) in (1..cells.len()).rev().zip(bits.chunks(32)) {
        let draw = word.iter().fold(0u64, |n, bit| n << 1 | u64::from(*bit));
        cells.swap(i, ((draw * (i as u64 + 1)) >> 32) as usize);
    }
    cells
}

/// All pictures side by side.
fn sheet(path: &Path, named: &[(&str, Vec<u8>)]) -> Result<()> {
    let (columns, gap, title) = (4, 16, 20);
    let rows = named.len().div_ceil(columns);
    let (width, height) = (columns * (SIDE + gap) + gap, rows * (SIDE + gap + title) + gap);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>"
    );
    for (i, (name, cells)) in named.iter().enumerate() {
        let (x, y) = (gap + i % columns * (SIDE + gap), gap + i / columns * (SIDE + gap + title) + title);
        write!(
            svg,
            "<text x=\"{x}\" y=\"{}\" fill=\"#3c4048\">{name}</text><rect x=\"{x}\" y=\"{y}\" width=\"{SIDE}\" \
             height=\"{SIDE}\" fill=\"#eceff2\"/><path shape-rendering=\"crispEdges\" fill=\"#0072b2\" d=\"",
            y - 6
        )?;
        for (row, cells) in cells.chunks(SIDE).enumerate() {
            let mut at = 0;
            for run in cells.chunk_by(|a, b| a == b) {
                if run[0] == 1 {
                    write!(svg, "M{} {}h{}v1h-{}z", x + at, y + row, run.len(), run.len())?;
                }
                at += run.len();
            }
        }
        svg += "\"/>";
    }
    std::fs::write(path, svg + "</svg>\n")?;
    Ok(())
}
