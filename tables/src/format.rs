//! The layout of a `.ctm` file: the only place that knows offsets.
//!
//! ```text
//! 0   magic 89 43 54 4d 0d 0a 1a 0a     (a text-mode copy breaks it, and is told apart from it)
//! 8   u32 format version                12  u32 number of sections
//! 16  u64 length of the file            24  u64 offset of the body
//! 32  u32 bytes a page                  36  zero
//! 56  u64 root checksum: xxh3-64 over all before the body but these eight bytes
//! 64  sections: u32 id, u32 zero, u64 offset, u64 length each
//! ..  page sums: u64 xxh3-64 for each page of the body
//! ..  body: the sections, each aligned to 8 bytes
//! ```
//!
//! All integers and floats are little endian.

use std::ops::Range;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::checksum::{PAGE, page_sums, root_sum};
use crate::{Shape, TableError};

/// The version of the file format that this build writes and reads.
pub const FORMAT_VERSION: u32 = 1;

pub(crate) const MAGIC: [u8; 8] = *b"\x89CTM\r\n\x1a\n";
const HEADER: usize = 64;
const ROOT: Range<usize> = 56..64;
const SECTION_ENTRY: usize = 24;
const MAX_SECTIONS: u32 = 64;

/// What a section holds. Numbers are part of the format; unknown ones are skipped on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionId {
    /// `Provenance`, by the codec.
    Provenance = 1,
    /// `Directory`, by the codec.
    Directory = 2,
    /// f64 K of every string of the short shapes, NaN where the table lacks it.
    Dense = 3,
    /// Packed strings, sorted within each shape.
    Keys = 4,
    /// u128 count per row. Absent for imported K values.
    Counts = 5,
    /// f64 K per row.
    Bits = 6,
    /// u32 least steps per row. Absent where there are no witnesses.
    Steps = 7,
    /// Blank symbol and one byte per table entry, per row.
    Witnesses = 8,
    /// `LeftOut`, by the codec. Absent where every string has its row.
    LeftOut = 9,
    /// u128 sum of squares per row, of sampled tables only: see `Sampling`.
    Squares = 10,
}

/// The rows of one shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShapeEntry {
    pub(crate) shape: Shape,
    pub(crate) first_row: u64,
    pub(crate) rows: u64,
    /// Strings that the rows stand for.
    pub(crate) strings: u64,
    /// Offset of the first key in its section.
    pub(crate) keys: u64,
    /// Index of the first value in the dense section.
    pub(crate) dense: Option<u64>,
    pub(crate) max_k: f64,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Directory {
    pub(crate) outputs: u64,
    pub(crate) classes: u64,
    pub(crate) shapes: Vec<ShapeEntry>,
}

/// Bits a symbol takes in a key.
pub(crate) fn key_bits(symbols: u8) -> usize {
    match symbols {
        0..=2 => 1,
        3..=4 => 2,
        _ => 4,
    }
}

/// Bytes a key of `cells` symbols takes.
pub(crate) fn key_width(cells: usize, symbols: u8) -> usize {
    (cells * key_bits(symbols)).div_ceil(8)
}

/// Packs symbols from the most significant bit down, so that the order of bytes is the order of strings.
pub(crate) fn pack(string: &[u8], symbols: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(key_width(string.len(), symbols));
    pack_into(&mut out, string, symbols);
    out
}

/// Appends a packed string to `out`.
pub(crate) fn pack_into(out: &mut Vec<u8>, string: &[u8], symbols: u8) {
    let bits = key_bits(symbols);
    out.extend(
        string
            .chunks(8 / bits)
            .map(|byte| byte.iter().enumerate().fold(0, |packed, (i, s)| packed | s << (8 - bits - i * bits))),
    );
}

/// Undoes [`pack`].
pub(crate) fn unpack(key: &[u8], cells: usize, symbols: u8) -> Vec<u8> {
    let bits = key_bits(symbols);
    let mask = (1u8 << bits) - 1;
    (0..cells).map(|i| key[i * bits / 8] >> (8 - bits - i * bits % 8) & mask).collect()
}

/// The number of strings of `cells` symbols, if the dense section may hold so many (32 MiB of K values).
pub(crate) fn dense_length(cells: usize, symbols: u8) -> Option<usize> {
    let length = usize::from(symbols).checked_pow(u32::try_from(cells).ok()?)?;
    (length <= 1 << 22).then_some(length)
}

/// Where things are in an opened file.
#[derive(Debug)]
pub(crate) struct Layout {
    sections: Vec<(u32, Range<usize>)>,
    pub(crate) body: Range<usize>,
    sums: Range<usize>,
    pub(crate) root: u64,
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}

impl Layout {
    /// Reads and checks header, section table and page sums. Every offset is checked before it is used.
    pub(crate) fn parse(bytes: &[u8], path: &Path) -> Result<Self, TableError> {
        let path_owned = || path.to_owned();
        let structure = |offset: usize, found: String, expected: &str| TableError::Structure {
            path: path_owned(),
            offset: offset as u64,
            found,
            expected: expected.to_owned(),
        };
        let magic = &bytes[..bytes.len().min(MAGIC.len())];
        if !bytes.is_empty() && magic != &MAGIC[..magic.len()] {
            return Err(TableError::Magic { path: path_owned(), found: hex(magic), expected: hex(&MAGIC) });
        }
        if bytes.len() < HEADER {
            return Err(TableError::Truncated {
                path: path_owned(),
                found: bytes.len() as u64,
                expected: HEADER as u64,
            });
        }
        let version = u32_at(bytes, 8);
        if version != FORMAT_VERSION {
            return Err(TableError::Version { path: path_owned(), found: version, expected: FORMAT_VERSION });
        }
        let length = u64_at(bytes, 16);
        if (bytes.len() as u64) < length {
            return Err(TableError::Truncated { path: path_owned(), found: bytes.len() as u64, expected: length });
        }
        if bytes.len() as u64 != length {
            return Err(structure(16, format!("{} bytes", bytes.len()), &format!("{length} bytes")));
        }
        let body = u64_at(bytes, 24);
        let count = u32_at(bytes, 12);
        let sums_start = HEADER + count.min(MAX_SECTIONS) as usize * SECTION_ENTRY;
        let body = match usize::try_from(body) {
            Ok(body) if body % 8 == 0 && sums_start <= body && body <= bytes.len() => body,
            _ => {
                return Err(structure(24, format!("a body at {body}"), "an aligned offset within the file"));
            }
        };
        let expected = u64_at(bytes, ROOT.start);
        let found = root_sum(&bytes[..body], ROOT);
        if found != expected {
            return Err(TableError::Corrupt { path: path_owned(), offset: 0, end: body as u64, found, expected });
        }
        if count > MAX_SECTIONS || u32_at(bytes, 32) as usize != PAGE {
            return Err(structure(
                12,
                format!("{count} sections, {} bytes a page", u32_at(bytes, 32)),
                "at most 64 sections and 65536 bytes a page",
            ));
        }
        let pages = (bytes.len() - body).div_ceil(PAGE);
        if body - sums_start != pages * 8 {
            return Err(structure(
                sums_start,
                format!("{} bytes of page sums", body - sums_start),
                &format!("{pages} pages of 8 bytes"),
            ));
        }
        let mut sections = Vec::with_capacity(count as usize);
        for i in 0..count as usize {
            let at = HEADER + i * SECTION_ENTRY;
            let (start, size) = (u64_at(bytes, at + 8), u64_at(bytes, at + 16));
            match start.checked_add(size) {
                Some(end) if start % 8 == 0 && start >= body as u64 && end <= length => {
                    // Both fit: they are at most the length of a slice.
                    sections.push((u32_at(bytes, at), start as usize..end as usize));
                }
                _ => {
                    return Err(structure(
                        at,
                        format!("a section at {start} of {size} bytes"),
                        "an aligned section within the body",
                    ));
                }
            }
        }
        Ok(Self { sections, body: body..bytes.len(), sums: sums_start..body, root: expected })
    }

    /// The bytes of a section, if the file has it.
    pub(crate) fn section(&self, id: SectionId) -> Option<Range<usize>> {
        self.sections.iter().find(|(i, _)| *i == id as u32).map(|(_, range)| range.clone())
    }

    /// The sum on record for a page of the body.
    pub(crate) fn expected_sum(&self, bytes: &[u8], page: usize) -> u64 {
        u64_at(bytes, self.sums.start + page * 8)
    }

    pub(crate) fn pages(&self) -> usize {
        self.body.len().div_ceil(PAGE)
    }
}

/// Lays sections out as a file.
pub(crate) fn assemble(sections: &[(SectionId, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut places = Vec::new();
    for (id, bytes) in sections {
        places.push((*id, body.len(), bytes.len()));
        body.extend_from_slice(bytes);
        body.resize(body.len().next_multiple_of(8), 0);
    }
    let sums = page_sums(&body);
    let start = HEADER + sections.len() * SECTION_ENTRY + sums.len() * 8;
    let mut file = Vec::with_capacity(start + body.len());
    file.extend_from_slice(&MAGIC);
    file.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
    file.extend_from_slice(&(sections.len() as u32).to_le_bytes());
    file.extend_from_slice(&((start + body.len()) as u64).to_le_bytes());
    file.extend_from_slice(&(start as u64).to_le_bytes());
    file.extend_from_slice(&(PAGE as u32).to_le_bytes());
    file.resize(HEADER, 0);
    for (id, offset, length) in places {
        file.extend_from_slice(&(id as u32).to_le_bytes());
        file.extend_from_slice(&0u32.to_le_bytes());
        file.extend_from_slice(&((start + offset) as u64).to_le_bytes());
        file.extend_from_slice(&(length as u64).to_le_bytes());
    }
    for sum in sums {
        file.extend_from_slice(&sum.to_le_bytes());
    }
    let root = root_sum(&file, ROOT);
    file[ROOT].copy_from_slice(&root.to_le_bytes());
    file.extend_from_slice(&body);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_round_trip_in_order(symbols in 2u8..=10, a in prop::collection::vec(0u8..10, 1..40), b in prop::collection::vec(0u8..10, 1..40)) {
            let len = a.len().min(b.len());
            let a: Vec<u8> = a[..len].iter().map(|s| s % symbols).collect();
            let b: Vec<u8> = b[..len].iter().map(|s| s % symbols).collect();
            prop_assert_eq!(&unpack(&pack(&a, symbols), len, symbols), &a);
            prop_assert_eq!(pack(&a, symbols).cmp(&pack(&b, symbols)), a.cmp(&b));
        }
    }
}
