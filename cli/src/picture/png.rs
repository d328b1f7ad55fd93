//! A picture as PNG: its rectangles, and of its words those that there are glyphs for.

use std::io::Write;

use anyhow::{Context as _, Result};

use super::{Colour, Mark, Picture, glyphs};

pub(super) fn write(out: &mut dyn Write, picture: &Picture) -> Result<()> {
    let (palette, pixels) = rasterise(picture)?;
    let mut encoder = png::Encoder::new(out, picture.width, picture.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.iter().flat_map(|c| c.0).collect::<Vec<u8>>());
    let mut writer = encoder.write_header().context("PNG")?;
    writer.write_image_data(&pixels).context("PNG")?;
    writer.finish().context("PNG")
}

/// Rows of grey pixels.
pub(super) fn grey(out: &mut dyn Write, axes: &[usize], pixels: &[u8]) -> Result<()> {
    let size =
        |axis: usize| axes.get(axis).copied().and_then(|n| u32::try_from(n).ok()).context("an image of two axes");
    let mut encoder = png::Encoder::new(out, size(1)?, size(0)?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().context("PNG")?;
    writer.write_image_data(pixels).context("PNG")?;
    writer.finish().context("PNG")
}

/// The colours, and for each pixel, row by row, the number of its own.
fn rasterise(picture: &Picture) -> Result<(Vec<Colour>, Vec<u8>)> {
    let width = picture.width as usize;
    let mut palette = vec![Colour([255; 3])];
    let mut number = |fill: &Colour| -> Result<u8> {
        let at = palette.iter().position(|c| c == fill).unwrap_or_else(|| {
            palette.push(*fill);
            palette.len() - 1
        });
        u8::try_from(at).context("a picture of more than 256 colours")
    };
    let mut pixels = vec![0u8; width * picture.height as usize];
    for mark in &picture.marks {
        match mark {
            Mark::Boxes { fill, boxes } => {
                let number = number(fill)?;
                for [x, y, box_width, height] in boxes.iter().map(|b| b.map(|n| n as usize)) {
                    for row in y..y + height {
                        pixels[row * width + x..][..box_width].fill(number);
                    }
                }
            }
            Mark::Text { x, y, middle, fill, words, .. } => {
                let number = number(fill)?;
                let Some(letters) = words.chars().map(glyphs::rows).collect::<Option<Vec<_>>>() else { continue };
                let back = if *middle { letters.len() * glyphs::ADVANCE / 2 } else { 0 };
                let (left, top) = ((*x as usize).saturating_sub(back), (*y as usize).saturating_sub(glyphs::HEIGHT));
                for (at, rows) in letters.iter().enumerate() {
                    for (row, bits) in rows.iter().enumerate() {
                        for column in (0..5).filter(|column| bits >> (4 - column) & 1 == 1) {
                            let (x, y) = (left + at * glyphs::ADVANCE + column, top + row);
                            if let (true, Some(pixel)) = (x < width, pixels.get_mut(y * width + x)) {
                                *pixel = number;
                            }
                        }
                    }
                }
            }
        }
    }
    Ok((palette, pixels))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_boxes_lie_on_earlier_ones_and_the_file_says_so() {
        let (grey, red) = (Colour([9, 9, 9]), Colour([200, 0, 0]));
        let picture = Picture {
            width: 3,
            height: 2,
            marks: vec![
                Mark::Boxes { fill: grey, boxes: vec![[0, 0, 2, 2]] },
                Mark::Boxes { fill: red, boxes: vec![[1, 1, 1, 1]] },
            ],
        };
        let mut file = Vec::new();
        write(&mut file, &picture).unwrap();
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (3, 2));
        let white = [255; 3];
        assert_eq!(pixels, [grey.0, grey.0, white, grey.0, red.0, white].concat());
    }
}
