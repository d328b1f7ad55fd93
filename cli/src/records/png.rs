//! Images: the luminance of each pixel, cut into levels.

use std::io::{Cursor, Read};

use anyhow::{Context as _, Result, anyhow, bail};
use png::{ColorType, Decoder, Transformations};

use super::matrix::{LARGEST, read_whole};
use super::{Numbers, Values};

/// Reads an image as an array of rows of symbols 0 (dark) to `levels` - 1 (bright).
///
/// A pixel is brought to eight bits a channel (of sixteen bits the upper eight), laid on white where it is transparent, and
/// has the luminance L = (19595 R + 38470 G + 7471 B + 32768) / 65536, rounded down: the weights of ITU-R BT.601 as Pillow's
/// `convert("L")` has them. Its symbol is L * levels / 256, rounded down: with two levels 1 from 128 on.
///
/// # Errors
/// No PNG, a damaged one, or one that is too large to be held.
pub(super) fn read(reader: impl Read, levels: u8) -> Result<Numbers> {
    let bytes = read_whole(reader)?;
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: LARGEST });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|error| match error {
        png::DecodingError::LimitsExceeded => anyhow!(
            "more than {} MiB when unpacked, which is too long to be held; cut the image into parts",
            LARGEST >> 20
        ),
        error => anyhow::Error::new(error).context("no PNG that can be read"),
    })?;
    let Some(size) = reader.output_buffer_size().filter(|&size| size <= LARGEST) else {
        bail!(
            "an image of {} x {} pixels is too large to be held; cut it into parts",
            reader.info().width,
            reader.info().height
        );
    };
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).context("no PNG that can be read to its end")?;
    let channels = frame.color_type.samples();
    let symbol = |pixel: &[u8]| {
        let luminance = match (frame.color_type, pixel) {
            (ColorType::GrayscaleAlpha, &[grey, alpha]) => on_white(grey, alpha),
            (ColorType::Rgb, &[r, g, b]) => luminance(r, g, b),
            (ColorType::Rgba, &[r, g, b, alpha]) => {
                luminance(on_white(r, alpha), on_white(g, alpha), on_white(b, alpha))
            }
            (_, pixel) => pixel.first().copied().unwrap_or(0),
        };
        // Below `levels`, which is a byte.
        (u32::from(luminance) * u32::from(levels) / 256) as u8
    };
    let (rows, columns) = (frame.height as usize, frame.width as usize);
    let row_bytes = columns * channels;
    let lines = pixels.chunks_exact(frame.line_size.max(1)).take(rows);
    let cells: Vec<u8> = lines.flat_map(|line| line[..row_bytes].chunks_exact(channels).map(symbol)).collect();
    Ok(Numbers::array(vec![rows, columns], Values::Small(cells)).made_by(format!("luminance:{levels}")))
}

/// The weights of red, green and blue add up to 2^16.
fn luminance(r: u8, g: u8, b: u8) -> u8 {
    ((19_595 * u32::from(r) + 38_470 * u32::from(g) + 7_471 * u32::from(b) + 32_768) >> 16) as u8
}

/// A channel of a pixel with its opacity, on a white page, to the nearest.
fn on_white(channel: u8, alpha: u8) -> u8 {
    let (channel, alpha) = (u32::from(channel), u32::from(alpha));
    ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use png::BitDepth;

    fn image(color: ColorType, depth: BitDepth, width: u32, data: &[u8], palette: Option<Vec<u8>>) -> Vec<u8> {
        let mut bytes = Vec::new();
        let row = (width as usize * color.samples() * depth as usize).div_ceil(8);
        let mut encoder = png::Encoder::new(&mut bytes, width, (data.len() / row) as u32);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if let Some(palette) = palette {
            encoder.set_palette(palette);
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn cells(bytes: &[u8], levels: u8) -> Numbers {
        read(bytes, levels).unwrap()
    }

    fn expected(axes: [usize; 2], levels: u8, cells: &[u64]) -> Numbers {
        Numbers::array(axes.to_vec(), cells.iter().copied().collect()).made_by(format!("luminance:{levels}"))
    }

    #[test]
    fn every_kind_of_pixel() {
        let grey = image(ColorType::Grayscale, BitDepth::Eight, 2, &[0, 127, 128, 255], None);
        assert_eq!(cells(&grey, 2), expected([2, 2], 2, &[0, 0, 1, 1]));
        assert_eq!(cells(&grey, 4), expected([2, 2], 4, &[0, 1, 2, 3]));
        let deep = image(ColorType::Grayscale, BitDepth::Sixteen, 2, &[0x7f, 0xff, 0x80, 0x00], None);
        assert_eq!(cells(&deep, 2), expected([1, 2], 2, &[0, 1]));
        let bits = image(ColorType::Grayscale, BitDepth::One, 3, &[0b1010_0000, 0b0100_0000], None);
        assert_eq!(cells(&bits, 2), expected([2, 3], 2, &[1, 0, 1, 0, 1, 0]));
        // Pillow: convert("L") of pure red, green, blue is 76, 150, 29.
        let rgb = image(ColorType::Rgb, BitDepth::Eight, 3, &[255, 0, 0, 0, 255, 0, 0, 0, 255], None);
        assert_eq!(cells(&rgb, 255), expected([1, 3], 255, &[75, 149, 28]));
        // Black: opaque, half, gone.
        let alpha = image(ColorType::Rgba, BitDepth::Eight, 3, &[0, 0, 0, 255, 0, 0, 0, 100, 0, 0, 0, 0], None);
        assert_eq!(cells(&alpha, 2), expected([1, 3], 2, &[0, 1, 1]));
        let veiled = image(ColorType::GrayscaleAlpha, BitDepth::Eight, 2, &[0, 255, 0, 0], None);
        assert_eq!(cells(&veiled, 2), expected([1, 2], 2, &[0, 1]));
        let indexed = image(ColorType::Indexed, BitDepth::Two, 2, &[0b0100_0000], Some(vec![255, 255, 255, 0, 0, 0]));
        assert_eq!(cells(&indexed, 2), expected([1, 2], 2, &[0, 1]));
    }

    #[test]
    fn damaged_images_are_errors() {
        let whole = image(ColorType::Grayscale, BitDepth::Eight, 8, &[7; 64], None);
        for kept in 0..whole.len() - 12 {
            assert!(read(&whole[..kept], 2).is_err(), "{kept} bytes");
        }
        // A header that promises more than memory holds: width and height 2^31 - 1.
        let mut huge = whole.clone();
        huge[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        let crc = crc32(&huge[12..29]);
        huge[29..33].copy_from_slice(&crc.to_be_bytes());
        let error = format!("{:#}", read(&huge[..], 2).unwrap_err());
        assert!(error.contains("to be held"), "{error}");
        assert!(read(&b"GIF89a"[..], 2).is_err());
    }

    /// The checksum of PNG's chunks, bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & 0u32.wrapping_sub(crc & 1)))
        })
    }
}
