//! One record: its symbols, its BDM, and what stands beside it.

use std::borrow::Cow;
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use turmite_bdm::{
    Bdm, BdmError, BdmValue, BlockCounts, DepthRule, Distinct, Encoding, EncodingChoice, Gopher, Gzip, PackedBits,
    Zstd, block_entropy, lempel_ziv_phrases, symbol_entropy,
};
use turmite_tables::Shape;

use super::super::alphabet;
use super::row::{Row, Scored};
use super::symbols::{Symbols, pack_digits, plain};
use crate::output::{Column, Kind, RowCell};
use crate::records::{Content, Encoded, Input, Long, Placed, Raw};

/// What can stand beside the BDM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Baseline {
    /// Shannon entropy of the symbols, bits a symbol
    Entropy,
    /// Shannon entropy of the blocks, bits a block
    BlockEntropy,
    /// Phrases of the Lempel-Ziv parsing of 1976
    Lz76,
    /// Bytes of the record as read, compressed by gzip at level 6
    Gzip,
    /// Bytes of the record as read, compressed by Zstandard at level 3
    Zstd,
    /// Logical depth: the steps of the fastest machine for each different block, and a step a cell for each copy
    Depth,
    /// Shares of different n-grams, n = 1 to 4: of words under utf8, else of symbols
    Distinct,
    /// The repetition fractions of Gopher, of text only
    Gopher,
}

impl Baseline {
    /// The columns that it fills.
    pub(super) fn columns(self) -> Vec<Column> {
        match self {
            Self::Entropy => vec![("entropy", Kind::Float)],
            Self::BlockEntropy => vec![("block_entropy", Kind::Float)],
            Self::Lz76 => vec![("lz76", Kind::Integer)],
            Self::Gzip => vec![("gzip_bytes", Kind::Integer)],
            Self::Zstd => vec![("zstd_bytes", Kind::Integer)],
            Self::Depth => vec![("depth", Kind::Integer)],
            Self::Distinct => Distinct::COLUMNS.map(|name| (name, Kind::Float)).to_vec(),
            Self::Gopher => Gopher::COLUMNS.map(|name| (name, Kind::Float)).to_vec(),
        }
    }
}

/// Scores records; shared by all threads.
pub(super) struct Scorer {
    pub(super) bdm: Bdm,
    /// What was asked for.
    pub(super) encode: EncodingChoice,
    /// How text is read, which `auto` leaves to the first records.
    pub(super) text: Encoding,
    pub(super) normalized: bool,
    pub(super) with: Vec<Baseline>,
    /// Whether there are several files, so that rows name theirs.
    pub(super) files: bool,
    /// Names of tables and the size of their alphabets; found where a record needs a larger one.
    pub(super) larger: OnceLock<Vec<(u8, String)>>,
}

/// What a thread keeps between records.
pub(super) struct Scratch {
    counts: BlockCounts,
    packed: Vec<u8>,
    gzip: Option<Gzip>,
    zstd: Option<Zstd>,
}

fn whole(n: u64) -> RowCell<'static> {
    RowCell::Whole(n)
}

fn number(n: Option<f64>) -> RowCell<'static> {
    n.map_or(RowCell::Absent, RowCell::Number)
}

impl Scorer {
    /// The names and types of a row's columns.
    pub(super) fn columns(&self) -> Vec<Column> {
        let mut columns = vec![
            ("index", Kind::Integer),
            ("id", Kind::Text),
            ("encoding", Kind::Text),
            ("table", Kind::Text),
            ("block", Kind::Text),
            ("boundary", Kind::Text),
            ("symbols", Kind::Integer),
            ("bdm", Kind::Float),
            ("bdm_per_symbol", Kind::Float),
            ("missing", Kind::Integer),
        ];
        if self.files {
            columns.insert(2, ("file", Kind::Text));
        }
        if self.normalized {
            columns.extend([("bdm_normalized", Kind::Float), ("bdm_per_bit", Kind::Float)]);
        }
        columns.extend(self.with.iter().flat_map(|baseline| baseline.columns()));
        columns
    }

    pub(super) fn scratch(&self) -> Result<Scratch> {
        let zstd = self.with.contains(&Baseline::Zstd).then(Zstd::new).transpose()?;
        let gzip = self.with.contains(&Baseline::Gzip).then(Gzip::new);
        Ok(Scratch { counts: BlockCounts::new(self.bdm.table().symbols()), packed: Vec::new(), gzip, zstd })
    }

    pub(super) fn score(&self, placed: Placed<'_>, input: Input, scratch: &mut Scratch) -> Scored {
        let Placed { place, record, .. } = placed;
        let (id, row) = match record {
            Ok(Raw { id, content, .. }) => (id.map(|id| Box::from(id.as_ref())), self.row(&content, input, scratch)),
            Err(error) => (None, Err(error)),
        };
        let file = self.files.then(|| Box::from(place.file().to_string_lossy().as_ref()));
        Scored { id, file, row: row.with_context(|| place.to_string()) }
    }

    fn row(&self, content: &Content<'_>, input: Input, scratch: &mut Scratch) -> Result<Row> {
        let is_text = match content {
            Content::Text(_) => true,
            Content::Long(long) => long.is_text(),
            Content::Bytes(_) | Content::Numbers(_) => false,
        };
        let choice = match self.encode {
            EncodingChoice::Auto if is_text && input == Input::Bits => EncodingChoice::Fixed(Encoding::Bits),
            EncodingChoice::Auto if is_text => EncodingChoice::Fixed(self.text),
            choice => choice,
        };
        if let Content::Long(long) = content {
            return self.long(long, choice);
        }
        let mut packed = std::mem::take(&mut scratch.packed);
        let row = self.symbols(content, choice, &mut packed).and_then(|(symbols, encoding)| {
            let record = symbols.record();
            let value = self.bdm.score_with(&mut scratch.counts, record)?;
            let mut more = Vec::new();
            if self.normalized {
                more.extend(self.places(value.as_ref(), record.axes())?);
            }
            for baseline in &self.with {
                self.baseline(*baseline, content, &symbols, choice, scratch, &mut more)?;
            }
            Ok(Row::new(encoding, record.len() as u64, value, &scratch.counts, more))
        });
        scratch.packed = packed;
        row
    }

    /// The row of a file that is longer than what is held.
    fn long(&self, long: &Long, choice: EncodingChoice) -> Result<Row> {
        let needs_all =
            |baseline: &&Baseline| !matches!(baseline, Baseline::Entropy | Baseline::BlockEntropy | Baseline::Depth);
        if let Some(baseline) = self.with.iter().find(needs_all) {
            let name = baseline.columns().first().map_or("", |(name, _)| name);
            return Err(long.too_long(name));
        }
        let encoding = match (long.is_text(), choice) {
            (true, EncodingChoice::Fixed(encoding @ (Encoding::Utf8 | Encoding::Bits))) => encoding.name(),
            (false, EncodingChoice::Auto | EncodingChoice::Fixed(Encoding::Utf8)) => "bytes",
            (_, choice) => return Err(long.too_long(&format!("--encode {choice}"))),
        };
        let mut stream = self.bdm.stream()?;
        let (mut symbols, mut ones, mut characters) = (0u64, 0u64, 0);
        let mut packed = Vec::new();
        long.pieces(|piece| {
            if encoding != Encoding::Bits.name() {
                symbols += 8 * piece.len() as u64;
                ones += piece.iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>();
                return Ok(stream.push_bytes(piece)?);
            }
            packed.clear();
            for c in std::str::from_utf8(piece)?.chars() {
                characters += 1;
                match c {
                    '0' | '1' => packed.push(u8::from(c == '1')),
                    c if c.is_whitespace() => {}
                    found => return Err(BdmError::NotBits { found, position: characters }.into()),
                }
            }
            symbols += packed.len() as u64;
            ones += packed.iter().map(|&bit| u64::from(bit)).sum::<u64>();
            Ok(stream.push_symbols(&packed)?)
        })?;
        let counts = stream.finish_counts()?;
        let value = self.bdm.price(&counts)?.map(|value| BdmValue { symbols, ..value });
        let mut more = Vec::new();
        if self.normalized {
            more.extend(self.places(value.as_ref(), &[usize::try_from(symbols)?])?);
        }
        for baseline in &self.with {
            more.push(match baseline {
                Baseline::BlockEntropy => number(block_entropy(&counts)),
                Baseline::Depth => self.depth(&counts)?,
                _ => number(entropy_of_bits(symbols, ones)?),
            });
        }
        Ok(Row::new(Cow::Borrowed(encoding), symbols, value, &counts, more))
    }

    /// The columns of `--normalized`.
    fn places(&self, value: Option<&BdmValue>, axes: &[usize]) -> Result<[RowCell<'static>; 2]> {
        let place = match value {
            Some(value) => self.bdm.normalized(value, axes)?.map(|normalized| normalized.place),
            None => None,
        };
        Ok([number(place), number(value.and_then(|v| self.bdm.bits_per_bit(v)))])
    }

    /// A record's symbols and the name of how they came about.
    fn symbols<'a>(
        &self,
        content: &'a Content<'_>,
        choice: EncodingChoice,
        packed: &'a mut Vec<u8>,
    ) -> Result<(Symbols<'a>, Cow<'static, str>)> {
        match (content, choice) {
            (Content::Text(text), EncodingChoice::Fixed(Encoding::Utf8)) => {
                Ok((Symbols::Bits(PackedBits::from_bytes(text.as_bytes())), Cow::Borrowed("utf8")))
            }
            (Content::Bytes(bytes), EncodingChoice::Auto | EncodingChoice::Fixed(Encoding::Utf8)) => {
                Ok((Symbols::Bits(PackedBits::from_bytes(bytes)), Cow::Borrowed("bytes")))
            }
            _ => {
                if let (Content::Text(text), EncodingChoice::Fixed(Encoding::Bits)) = (content, choice)
                    && let Some(bits) = pack_digits(text, packed)
                {
                    return Ok((Symbols::Bits(PackedBits::new(&[bits], &packed[..])?), Cow::Borrowed("bits")));
                }
                let table = self.bdm.table();
                let larger = || self.larger.get_or_init(|| alphabet::larger(table)).as_slice();
                let Encoded { array, encoding } = alphabet::encode(content, choice, table, larger)?;
                Ok((Symbols::Array(array), encoding))
            }
        }
    }

    /// The depth of counted blocks. Steps and copies are whole, and so is their sum.
    fn depth(&self, counts: &BlockCounts) -> Result<RowCell<'static>> {
        let depth = self.bdm.depth_of_counts(counts, DepthRule::Program)?;
        Ok(depth.map_or(RowCell::Absent, |depth| whole(depth.steps as u64)))
    }

    fn baseline(
        &self,
        baseline: Baseline,
        content: &Content<'_>,
        symbols: &Symbols<'_>,
        choice: EncodingChoice,
        scratch: &mut Scratch,
        more: &mut Vec<RowCell<'static>>,
    ) -> Result<()> {
        match baseline {
            Baseline::Entropy => more.push(number(symbol_entropy(&symbols.array()))),
            Baseline::BlockEntropy => more.push(number(block_entropy(&scratch.counts))),
            Baseline::Depth => more.push(self.depth(&scratch.counts)?),
            Baseline::Lz76 => more.push(whole(lempel_ziv_phrases(symbols.array().cells()) as u64)),
            Baseline::Gzip => {
                let gzip = scratch.gzip.get_or_insert_with(Gzip::new);
                more.push(whole(gzip.bytes(&plain(content, symbols))?));
            }
            Baseline::Zstd => {
                let zstd = match &mut scratch.zstd {
                    Some(zstd) => zstd,
                    none => none.insert(Zstd::new()?),
                };
                more.push(whole(zstd.bytes(&plain(content, symbols))?));
            }
            Baseline::Distinct => {
                let distinct = match content {
                    Content::Text(text) if choice == EncodingChoice::Fixed(Encoding::Utf8) => Distinct::of_words(text),
                    _ => Distinct::of_symbols(symbols.array().cells()),
                };
                more.extend(distinct.shares.map(number));
            }
            Baseline::Gopher => {
                let gopher = if let Content::Text(text) = content { Gopher::of(text) } else { None };
                more.extend(
                    gopher.map_or([RowCell::Absent; Gopher::COLUMNS.len()], |gopher| gopher.values().map(number)),
                );
            }
        }
        Ok(())
    }
}

/// The entropy of bits, of which some are 1: [`symbol_entropy`] without the symbols.
fn entropy_of_bits(symbols: u64, ones: u64) -> Result<Option<f64>> {
    let mut counts = BlockCounts::new(2);
    let symbol = Shape::line(1)?;
    counts.add(symbol, 0, symbols - ones)?;
    counts.add(symbol, 1, ones)?;
    Ok(block_entropy(&counts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{InputArgs, Keep};

    #[test]
    fn files_too_long_to_be_held_have_the_same_row() {
        let folder = tempfile::tempdir().unwrap();
        let prose: String = (0..900u32).map(|n| ["the ", "words √", "go\n", "on "][(n * n / 7 % 4) as usize]).collect();
        let digits: String = (0..9000u32).map(|n| ["0", "1", "11 ", "0\n"][(n * n / 5 % 4) as usize]).collect();
        for (input, encode, content) in [
            (Input::Text, Encoding::Utf8, &prose),
            (Input::Bytes, Encoding::Utf8, &prose),
            (Input::Bits, Encoding::Bits, &digits),
        ] {
            let path = folder.path().join("long");
            std::fs::write(&path, content).unwrap();
            let held = match input {
                Input::Bytes => Content::Bytes(content.as_bytes().into()),
                _ => Content::Text(content.as_str().into()),
            };
            for boundary in ["ignore", "recursive", "correlated", "periodic"] {
                let bdm = Bdm::builder(turmite_tables::Table::embedded("5x2-1d").unwrap());
                let scorer = Scorer {
                    bdm: bdm.partition(boundary.parse().unwrap()).build().unwrap(),
                    encode: EncodingChoice::Auto,
                    text: encode,
                    normalized: boundary != "periodic",
                    with: vec![Baseline::BlockEntropy, Baseline::Entropy, Baseline::Depth],
                    files: false,
                    larger: OnceLock::new(),
                };
                let mut scratch = scorer.scratch().unwrap();
                let mut long = InputArgs::plain(input, "text").read(&path, Keep::Id).unwrap();
                let long = long.next().unwrap().unwrap().record.unwrap().content;
                assert!(matches!(long, Content::Long(_)));
                let [long, held] = [&long, &held].map(|content| scorer.row(content, input, &mut scratch).unwrap());
                assert_eq!(
                    (long.encoding, long.symbols, long.bdm),
                    (held.encoding, held.symbols, held.bdm),
                    "{boundary}"
                );
                assert_eq!((long.missing, long.more), (held.missing, held.more), "{boundary}");
            }
        }
    }
}
