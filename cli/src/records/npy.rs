//! NumPy arrays: `.npy`, versions 1 to 3 (NEP 1).

use std::io::{BufReader, Read};

use anyhow::{Context as _, Result, anyhow, bail};

use super::matrix::whole_float;
use super::{Numbers, Values};

/// Bytes of the longest header that is read; NumPy itself warns above 10,000.
const LONGEST_HEADER: u32 = 1 << 16;
/// Cells of the largest array that is held.
const MOST_CELLS: usize = 1 << 30;

/// Reads an array of one to three axes of whole numbers from 0 or of truth values. Floats are taken where each is a whole
/// number: arrays of 0.0 and 1.0 are common.
///
/// # Errors
/// Another kind of array, what is no whole number from 0, and a file that ends before or after its array does.
pub(super) fn read(reader: impl Read) -> Result<Numbers> {
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let header = header(&mut reader)?;
    let Header { kind, axes, fortran } = Header::parse(&header)?;
    let cells = axes.iter().try_fold(1usize, |cells, &axis| cells.checked_mul(axis)).filter(|&n| n <= MOST_CELLS);
    let Some(cells) = cells else {
        bail!("an array of shape {axes:?} is too large to be held; cut it into parts of up to 2^30 cells");
    };
    if axes.is_empty() || axes.len() > 3 {
        bail!("an array of {} axes, expected one to three; reshape it, or save its parts", axes.len());
    }
    let mut values = Values::new();
    // The header may lie about the size: memory grows with what is there.
    let mut buffer = [0; 8];
    let item = &mut buffer[..kind.size];
    for cell in 0..cells {
        reader.read_exact(item).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                anyhow!("the file ends at cell {cell} of {cells}: it is truncated, or its header is wrong")
            }
            _ => anyhow!(error).context("cannot read"),
        })?;
        values.push(kind.value(item).with_context(|| format!("cell {}", cell + 1))?);
    }
    if reader.read(&mut [0]).context("cannot read")? > 0 {
        bail!("the file goes on behind its array of {cells} cells; save one array a file");
    }
    let values = if fortran { row_major(&axes, &values) } else { values };
    Ok(Numbers::array(axes, values))
}

/// Checks the magic bytes and reads the header's text.
fn header(reader: &mut impl Read) -> Result<String> {
    let mut start = [0; 8];
    let truncated = |_: std::io::Error| anyhow!("the file ends inside its header: it is truncated, or no .npy file");
    reader.read_exact(&mut start).map_err(truncated)?;
    if !start.starts_with(b"\x93NUMPY") {
        bail!("no .npy file: it does not start with \\x93NUMPY; save arrays with numpy.save");
    }
    let length = match start[6] {
        1 => {
            let mut length = [0; 2];
            reader.read_exact(&mut length).map_err(truncated)?;
            u32::from(u16::from_le_bytes(length))
        }
        2 | 3 => {
            let mut length = [0; 4];
            reader.read_exact(&mut length).map_err(truncated)?;
            u32::from_le_bytes(length)
        }
        version => bail!(".npy version {version}, expected 1 to 3"),
    };
    if length > LONGEST_HEADER {
        bail!("a header of {length} bytes, expected up to {LONGEST_HEADER}");
    }
    let mut text = Vec::new();
    reader.take(u64::from(length)).read_to_end(&mut text).context("cannot read")?;
    if text.len() < length as usize {
        return Err(truncated(std::io::ErrorKind::UnexpectedEof.into()));
    }
    String::from_utf8(text).map_err(|_| anyhow!("the header is no text"))
}

#[derive(Debug, PartialEq)]
struct Header {
    kind: Kind,
    axes: Vec<usize>,
    fortran: bool,
}

impl Header {
    /// Reads the dictionary, as Python writes it: `{'descr': '<i8', 'fortran_order': False, 'shape': (3, 4), }`.
    fn parse(text: &str) -> Result<Self> {
        let wrong = || anyhow!("the header `{}` is not NumPy's", text.trim().chars().take(200).collect::<String>());
        let (mut kind, mut axes, mut fortran) = (None, None, None);
        let mut rest = text.trim().strip_prefix('{').ok_or_else(wrong)?;
        loop {
            rest = rest.trim_start_matches([' ', ',', '\n']);
            if rest == "}" {
                break;
            }
            let (key, after) = quoted(rest).ok_or_else(wrong)?;
            let value = after.trim_start().strip_prefix(':').ok_or_else(wrong)?.trim_start();
            rest = match key {
                "descr" if value.starts_with('[') => {
                    bail!("an array of records with fields; save one field: numpy.save(file, array['name'])")
                }
                "descr" => {
                    let (descr, after) = quoted(value).ok_or_else(wrong)?;
                    kind = Some(Kind::parse(descr)?);
                    after
                }
                "fortran_order" => {
                    let (value, after) = [("True", true), ("False", false)]
                        .into_iter()
                        .find_map(|(name, is)| Some((is, value.strip_prefix(name)?)))
                        .ok_or_else(wrong)?;
                    fortran = Some(value);
                    after
                }
                "shape" => {
                    let (inside, after) = value.strip_prefix('(').and_then(|v| v.split_once(')')).ok_or_else(wrong)?;
                    let words = inside.split(',').map(str::trim).filter(|word| !word.is_empty());
                    axes = Some(words.map(|w| w.parse().map_err(|_| wrong())).collect::<Result<Vec<usize>>>()?);
                    after
                }
                _ => return Err(wrong()),
            };
        }
        match (kind, axes, fortran) {
            (Some(kind), Some(axes), Some(fortran)) => Ok(Self { kind, axes, fortran }),
            _ => Err(wrong()),
        }
    }
}

/// A string in quotes at the start of a text, and what follows it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    text[1..].split_once(quote)
}

/// The type of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kind {
    letter: u8,
    size: usize,
    big_endian: bool,
}

impl Kind {
    fn parse(descr: &str) -> Result<Self> {
        let kind = match descr.as_bytes() {
            [order @ (b'<' | b'>' | b'|' | b'='), letter @ (b'b' | b'i' | b'u' | b'f'), size @ b'1'..=b'8'] => {
                let size = usize::from(size - b'0');
                Some(Self { letter: *letter, size, big_endian: *order == b'>' })
            }
            _ => None,
        };
        let known = kind.filter(|kind| match kind.letter {
            b'b' => kind.size == 1,
            b'f' => matches!(kind.size, 4 | 8),
            _ => matches!(kind.size, 1 | 2 | 4 | 8),
        });
        let descr: String = descr.chars().take(40).collect();
        known.ok_or_else(|| anyhow!("cells of type `{descr}`, expected truth values, integers, or floats of 4 or 8 bytes: convert with array.astype('uint8')"))
    }

    /// The value of a cell's bytes.
    fn value(self, bytes: &[u8]) -> Result<u64> {
        let mut wide = [0; 8];
        wide[..self.size].copy_from_slice(bytes);
        if self.big_endian {
            wide[..self.size].reverse();
        }
        let bits = u64::from_le_bytes(wide);
        match self.letter {
            b'b' => Ok(u64::from(bits != 0)),
            b'u' => Ok(bits),
            b'i' => {
                let unused = 64 - 8 * self.size as u32;
                let value = ((bits << unused) as i64) >> unused;
                u64::try_from(value).map_err(|_| anyhow!("found {value}, expected a whole number from 0"))
            }
            _ if self.size == 4 => whole_float(f64::from(f32::from_bits(bits as u32))),
            _ => whole_float(f64::from_bits(bits)),
        }
    }
}

/// Values whose first axis runs fastest, with the last axis fastest.
fn row_major(axes: &[usize], values: &Values) -> Values {
    let extent = |axis: usize| axes.get(axis).copied().unwrap_or(1);
    let (a, b, c) = (extent(0), extent(1), extent(2));
    let places = (0..a).flat_map(|i| (0..b).flat_map(move |j| (0..c).map(move |k| i + a * (j + b * k))));
    values.at(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend([version, 0]);
        match version {
            1 => bytes.extend((header.len() as u16).to_le_bytes()),
            _ => bytes.extend((header.len() as u32).to_le_bytes()),
        }
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn header(descr: &str, order: &str, shape: &str) -> String {
        format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}          \n")
    }

    #[test]
    fn types_orders_and_versions() {
        let expected = Numbers::array(vec![2, 3], [0, 1, 2, 3, 4, 5].into_iter().collect());
        for (descr, size) in [("|u1", 1), ("<u2", 2), ("<i4", 4), ("<i8", 8), ("|i1", 1), ("<u8", 8)] {
            let data: Vec<u8> = (0..6u64).flat_map(|v| v.to_le_bytes()[..size].to_vec()).collect();
            let bytes = file(1, &header(descr, "False", "(2, 3)"), &data);
            assert_eq!(read(&bytes[..]).unwrap(), expected, "{descr}");
        }
        let big: Vec<u8> = (0..6u32).flat_map(u32::to_be_bytes).collect();
        assert_eq!(read(&file(2, &header(">i4", "False", "(2, 3)"), &big)[..]).unwrap(), expected);
        let floats: Vec<u8> = (0..6).flat_map(|v| f64::from(v).to_le_bytes()).collect();
        assert_eq!(read(&file(3, &header("<f8", "False", "(2, 3)"), &floats)[..]).unwrap(), expected);
        // The first axis fastest.
        assert_eq!(read(&file(1, &header("|u1", "True", "(2, 3)"), &[0, 3, 1, 4, 2, 5])[..]).unwrap(), expected);
        let cube: Vec<u8> = (0..24).collect();
        let turned: Vec<u8> =
            (0..4).flat_map(|k| (0..3).flat_map(move |j| (0..2).map(move |i| i * 12 + j * 4 + k))).collect();
        assert_eq!(
            read(&file(1, &header("|u1", "True", "(2, 3, 4)"), &turned)[..]).unwrap(),
            read(&file(1, &header("|u1", "False", "(2, 3, 4)"), &cube)[..]).unwrap()
        );
        let line = Numbers::array(vec![3], [1, 0, 1].into_iter().collect());
        assert_eq!(read(&file(1, &header("|b1", "False", "(3,)"), &[1, 0, 255])[..]).unwrap(), line);
        assert_eq!(read(&file(1, &header("|u1", "False", "(0,)"), &[])[..]).unwrap().axes(), [0]);
        let wide = read(&file(1, &header("<u2", "False", "(2,)"), &[1, 0, 0, 1])[..]).unwrap();
        assert_eq!(wide, Numbers::line([1, 256].into_iter().collect()));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let one = |descr: &str, shape: &str, data: &[u8]| file(1, &header(descr, "False", shape), data);
        for (bytes, words) in [
            (b"PK\x03\x04 a zip file".to_vec(), "does not start with \\x93NUMPY"),
            (b"\x93NUM".to_vec(), "ends inside its header"),
            (file(9, "", &[]), ".npy version 9"),
            (one("|i1", "(2,)", &[0, 255]), "cell 2: found -1, expected a whole number from 0"),
            (one("<f8", "(1,)", &f64::NAN.to_le_bytes()), "cell 1: found NaN"),
            (one("<f8", "(1,)", &0.5f64.to_le_bytes()), "found 0.5"),
            (one("<f4", "(1,)", &(-1f32).to_le_bytes()), "found -1"),
            (one("<f8", "(1,)", &f64::INFINITY.to_le_bytes()), "found inf"),
            (one("<c8", "(1,)", &[0; 8]), "cells of type `<c8`"),
            (one("<M8[ns]", "(1,)", &[0; 8]), "cells of type `<M8[ns]`"),
            (one("<f2", "(1,)", &[0; 2]), "astype('uint8')"),
            (one("|u1", "()", &[1]), "an array of 0 axes"),
            (one("|u1", "(1, 1, 1, 1)", &[1]), "an array of 4 axes"),
            (one("|u1", "(5,)", &[1, 2]), "ends at cell 2 of 5"),
            (one("|u1", "(1,)", &[1, 2]), "goes on behind its array"),
            (one("|u1", "(4294967296, 4294967296)", &[]), "too large to be held"),
            (one("|u1", "(9999999999999999999999,)", &[]), "is not NumPy's"),
            (one("|u1", "(-1,)", &[]), "is not NumPy's"),
            (one("|u1", "(1073741824,)", &[7]), "ends at cell 1 of 1073741824"),
            (file(1, "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", &[]), "array['name']"),
            (file(1, "{'descr': '|u1'}", &[]), "is not NumPy's"),
            (file(1, "{'descr", &[]), "is not NumPy's"),
            (file(1, "{é: 1}", &[]), "is not NumPy's"),
            (file(2, &"x".repeat(1 << 17), &[]), "a header of 131072 bytes"),
        ] {
            let error = format!("{:#}", read(&bytes[..]).unwrap_err());
            assert!(error.contains(words), "{words}: {error}");
        }
        // Any cut of a sound file ends in an error.
        let whole = one("<i4", "(2, 3)", &[0; 24]);
        for kept in 0..whole.len() {
            assert!(read(&whole[..kept]).is_err(), "{kept} bytes");
        }
    }
}
