//! Text to symbols: how a field of a record becomes a [`SymbolArray`].

use std::fmt;
use std::str::FromStr;

use crate::{BdmError, SymbolArray};

/// How many records the choice of [`EncodingChoice::Auto`] rests on.
pub const DETECTION_RECORDS: usize = 1000;

/// One way of reading a field as symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The bits of the UTF-8 bytes, eight each, most significant first.
    Utf8,
    /// The characters 0 and 1; white space is ignored.
    Bits,
    /// One symbol a character, numbered in the record's own order of first use.
    ///
    /// The numbering does not matter to BDM, entropy or Lempel-Ziv, which do not change when the symbols of a
    /// whole record are exchanged; numbering by first use needs no alphabet to be known beforehand.
    Symbols,
    /// Integers split by white space or commas, each its own symbol number.
    Tokens,
}

impl Encoding {
    /// The name that users type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf8",
            Self::Bits => "bits",
            Self::Symbols => "symbols",
            Self::Tokens => "tokens",
        }
    }

    /// Reads a field for a table over `symbols` symbols.
    ///
    /// ```
    /// use turmite_bdm::Encoding;
    ///
    /// assert_eq!(Encoding::Bits.encode("01 10\n", 2)?.cells(), [0, 1, 1, 0]);
    /// assert_eq!(Encoding::Symbols.encode("GATTACA", 4)?.cells(), [0, 1, 2, 2, 1, 3, 1]);
    /// assert_eq!(Encoding::Tokens.encode("3, 1 2", 4)?.cells(), [3, 1, 2]);
    /// assert_eq!(Encoding::Utf8.encode("A", 2)?.len(), 8);
    /// assert!(Encoding::Bits.encode("012", 2).unwrap_err().to_string().contains("--encode"));
    /// # Ok::<(), turmite_bdm::BdmError>(())
    /// ```
    ///
    /// # Errors
    /// A character or token that is no symbol of the table; the text names `--encode`.
    pub fn encode(self, text: &str, symbols: u8) -> Result<SymbolArray, BdmError> {
        match self {
            Self::Utf8 => Ok(SymbolArray::from_bytes(text.as_bytes())),
            Self::Bits => bits(text),
            Self::Symbols => first_use(text, symbols),
            Self::Tokens => tokens(text, symbols),
        }
    }

    /// `bits` if the first [`DETECTION_RECORDS`] records hold nothing but 0, 1 and white space, and at least one
    /// of the two; else `utf8`.
    #[must_use]
    pub fn detect<'a>(records: impl IntoIterator<Item = &'a str>) -> Self {
        let mut seen = false;
        for record in records.into_iter().take(DETECTION_RECORDS) {
            for c in record.chars() {
                match c {
                    '0' | '1' => seen = true,
                    c if c.is_whitespace() => {}
                    _ => return Self::Utf8,
                }
            }
        }
        if seen { Self::Bits } else { Self::Utf8 }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Encoding {
    type Err = BdmError;

    fn from_str(text: &str) -> Result<Self, BdmError> {
        match text {
            "utf8" => Ok(Self::Utf8),
            "bits" => Ok(Self::Bits),
            "symbols" => Ok(Self::Symbols),
            "tokens" => Ok(Self::Tokens),
            _ => Err(BdmError::Option {
                option: "--encode",
                found: format!("{text:?}"),
                expected: "auto, utf8, bits, symbols or tokens".to_owned(),
            }),
        }
    }
}

/// An encoding, or the wish to have it detected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EncodingChoice {
    /// [`Encoding::detect`] decides.
    #[default]
    Auto,
    /// This one.
    Fixed(Encoding),
}

impl EncodingChoice {
    /// The encoding for these records.
    #[must_use]
    pub fn resolve<'a>(self, records: impl IntoIterator<Item = &'a str>) -> Encoding {
        match self {
            Self::Auto => Encoding::detect(records),
            Self::Fixed(encoding) => encoding,
        }
    }
}

impl fmt::Display for EncodingChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Fixed(encoding) => encoding.fmt(f),
        }
    }
}

impl FromStr for EncodingChoice {
    type Err = BdmError;

    fn from_str(text: &str) -> Result<Self, BdmError> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Fixed) }
    }
}

fn bits(text: &str) -> Result<SymbolArray, BdmError> {
    // As a rule there is nothing else, and a pass without branches tells.
    let mut cells: Vec<u8> = text.bytes().map(|byte| byte.wrapping_sub(b'0')).collect();
    if cells.iter().fold(0, |greatest, &cell| greatest.max(cell)) < 2 {
        return SymbolArray::line(2, cells);
    }
    cells.clear();
    for (at, c) in text.chars().enumerate() {
        match c {
            '0' => cells.push(0),
            '1' => cells.push(1),
            c if c.is_whitespace() => {}
            found => return Err(BdmError::NotBits { found, position: at + 1 }),
        }
    }
    SymbolArray::line(2, cells)
}

fn first_use(text: &str, symbols: u8) -> Result<SymbolArray, BdmError> {
    let mut seen: Vec<char> = Vec::with_capacity(usize::from(symbols));
    let mut cells = Vec::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        let place = seen.iter().position(|&other| other == c).unwrap_or(seen.len());
        match u8::try_from(place) {
            Ok(symbol) if symbol < symbols => {
                if place == seen.len() {
                    seen.push(c);
                }
                cells.push(symbol);
            }
            _ => return Err(BdmError::TooManySymbols { found: c, position: at + 1, count: place + 1, symbols }),
        }
    }
    SymbolArray::line(symbols, cells)
}

fn tokens(text: &str, symbols: u8) -> Result<SymbolArray, BdmError> {
    let words = text.split(|c: char| c.is_whitespace() || c == ',').filter(|word| !word.is_empty());
    let mut cells = Vec::new();
    for (at, word) in words.enumerate() {
        match word.parse::<u8>() {
            Ok(symbol) if symbol < symbols => cells.push(symbol),
            _ => {
                let greatest = symbols.saturating_sub(1);
                return Err(BdmError::Token { found: word.chars().take(40).collect(), position: at + 1, greatest });
            }
        }
    }
    SymbolArray::line(symbols, cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for name in ["utf8", "bits", "symbols", "tokens"] {
            assert_eq!(name.parse::<Encoding>().unwrap().to_string(), name);
            assert_eq!(name.parse::<EncodingChoice>().unwrap().to_string(), name);
        }
        assert_eq!("auto".parse::<EncodingChoice>().unwrap(), EncodingChoice::Auto);
        assert!("hex".parse::<Encoding>().unwrap_err().to_string().contains("--encode"));
    }

    #[test]
    fn detection_reads_the_first_thousand_records() {
        assert_eq!(Encoding::detect(["0101", "11 0"]), Encoding::Bits);
        assert_eq!(Encoding::detect(["0101", "2"]), Encoding::Utf8);
        assert_eq!(Encoding::detect(["", " "]), Encoding::Utf8);
        assert_eq!(Encoding::detect([]), Encoding::Utf8);
        let late = std::iter::repeat_n("01", DETECTION_RECORDS).chain(["x"]);
        assert_eq!(EncodingChoice::Auto.resolve(late), Encoding::Bits);
    }

    #[test]
    fn every_error_names_the_option() {
        for (encoding, text) in [
            (Encoding::Bits, "01a"),
            (Encoding::Symbols, "abc"),
            (Encoding::Tokens, "0 1 2"),
            (Encoding::Tokens, "-1"),
            (Encoding::Tokens, "300"),
        ] {
            let error = encoding.encode(text, 2).unwrap_err().to_string();
            assert!(error.contains("--encode"), "{error}");
        }
    }

    #[test]
    fn utf8_is_most_significant_first() {
        assert_eq!(Encoding::Utf8.encode("é", 2).unwrap().cells(), [1, 1, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 1, 0, 0, 1]);
    }
}
