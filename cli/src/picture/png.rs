//! A picture as PNG: its rectangles, without the words.

use std::io::Write;

use anyhow::{Context as _, Result};

use super::{Colour, Mark, Picture};

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

/// The colours, and for each pixel, row by row, the number of its own.
fn rasterise(picture: &Picture) -> Result<(Vec<Colour>, Vec<u8>)> {
    let width = picture.width as usize;
    let mut palette = vec![Colour([255; 3])];
    let mut pixels = vec![0u8; width * picture.height as usize];
    for mark in &picture.marks {
        let Mark::Boxes { fill, boxes } = mark else { continue };
        let at = palette.iter().position(|c| c == fill).unwrap_or_else(|| {
            palette.push(*fill);
            palette.len() - 1
        });
        let number = u8::try_from(at).context("a picture of more than 256 colours")?;
        for [x, y, box_width, height] in boxes.iter().map(|b| b.map(|n| n as usize)) {
            for row in y..y + height {
                pixels[row * width + x..][..box_width].fill(number);
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
