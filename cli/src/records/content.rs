//! A record's content, and how it becomes symbols.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use anyhow::{Result, anyhow, bail};
use turmite_bdm::{Encoding, EncodingChoice, SymbolArray};

use super::whole::Long;

/// What a record holds, as it was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content<'a> {
    /// Text, to be read by `--encode`.
    Text(Cow<'a, str>),
    /// Bytes: eight bits each, most significant first.
    Bytes(Cow<'a, [u8]>),
    /// Numbers along one to three axes: lists of tokens, arrays, images, graphs.
    Numbers(Numbers),
    /// A file too long to be held: text, or bytes.
    Long(Long),
}

/// Whole numbers from 0 along one to three axes, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    axes: Vec<usize>,
    values: Values,
    /// The name of the conversion that made them of something else, such as `luminance:2`.
    made: Option<String>,
    /// The names of rows and columns, where the file gives some.
    names: Option<Vec<String>>,
}

/// Numbers, a byte each as long as that is enough.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    Small(Vec<u8>),
    Large(Vec<u64>),
}

impl Values {
    pub(crate) fn new() -> Self {
        Self::Small(Vec::new())
    }

    pub(crate) fn push(&mut self, value: u64) {
        match (&mut *self, u8::try_from(value)) {
            (Self::Small(held), Ok(value)) => held.push(value),
            (Self::Small(held), Err(_)) => {
                let mut wide: Vec<u64> = held.iter().map(|&v| u64::from(v)).collect();
                wide.push(value);
                *self = Self::Large(wide);
            }
            (Self::Large(held), _) => held.push(value),
        }
    }

    /// The values at these places, each below the length.
    pub(super) fn at(&self, places: impl Iterator<Item = usize>) -> Self {
        match self {
            Self::Small(held) => Self::Small(places.map(|at| held[at]).collect()),
            Self::Large(held) => Self::Large(places.map(|at| held[at]).collect()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Small(held) => held.len(),
            Self::Large(held) => held.len(),
        }
    }
}

impl FromIterator<u64> for Values {
    fn from_iter<I: IntoIterator<Item = u64>>(values: I) -> Self {
        let mut out = Self::new();
        values.into_iter().for_each(|v| out.push(v));
        out
    }
}

impl Numbers {
    #[cfg(test)]
    pub(crate) fn axes(&self) -> &[usize] {
        &self.axes
    }

    /// Numbers along one axis.
    pub(crate) fn line(values: Values) -> Self {
        Self { axes: vec![values.len()], values, made: None, names: None }
    }

    /// Numbers along several axes, whose product is checked where they become symbols.
    pub(crate) fn array(axes: Vec<usize>, values: Values) -> Self {
        Self { axes, values, made: None, names: None }
    }

    /// Says what made the numbers.
    pub(crate) fn made_by(self, conversion: impl Into<String>) -> Self {
        Self { made: Some(conversion.into()), ..self }
    }

    /// Names the rows and columns.
    pub(crate) fn named(self, names: Vec<String>) -> Self {
        Self { names: Some(names), ..self }
    }

    /// The names of rows and columns.
    pub(crate) fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// The values as symbols over an alphabet: themselves, or by the order of their first use.
    fn cells(&self, alphabet: u8, by_first_use: bool) -> Result<Vec<u8>> {
        let mut seen: HashMap<u64, u8> = HashMap::new();
        let symbol = |(at, value): (usize, u64)| {
            let next = seen.len() as u64;
            let symbol = if by_first_use { seen.get(&value).map_or(next, |&s| u64::from(s)) } else { value };
            match u8::try_from(symbol) {
                Ok(symbol) if symbol < alphabet => {
                    if by_first_use {
                        seen.insert(value, symbol);
                    }
                    Ok(symbol)
                }
                _ if by_first_use => Err(anyhow!(
                    "found {value} in cell {}, different number {}, but the table has {alphabet} symbols",
                    at + 1,
                    next + 1
                )),
                _ => Err(anyhow!("found {value} in cell {}, expected 0 to {}", at + 1, alphabet.saturating_sub(1))),
            }
        };
        self.values().enumerate().map(symbol).collect()
    }

    fn values(&self) -> Box<dyn Iterator<Item = u64> + '_> {
        match &self.values {
            Values::Small(held) => Box::new(held.iter().map(|&v| u64::from(v))),
            Values::Large(held) => Box::new(held.iter().copied()),
        }
    }

    /// How many symbols a table needs for them.
    fn symbols_needed(&self, by_first_use: bool) -> u64 {
        if by_first_use {
            self.values().collect::<HashSet<u64>>().len() as u64
        } else {
            self.values().max().map_or(0, |greatest| greatest.saturating_add(1))
        }
    }

    fn encode(&self, choice: EncodingChoice, alphabet: u8) -> Result<Encoded> {
        let (cells, name) = match choice {
            EncodingChoice::Fixed(Encoding::Symbols) => (self.cells(alphabet, true)?, "symbols"),
            EncodingChoice::Auto | EncodingChoice::Fixed(Encoding::Tokens) => (self.cells(alphabet, false)?, "tokens"),
            EncodingChoice::Fixed(Encoding::Bits) => (self.cells(2, false)?, "bits"),
            EncodingChoice::Fixed(Encoding::Utf8) => {
                bail!("found numbers, which are no text: choose --encode tokens or symbols")
            }
        };
        let encoding = match (&self.made, name) {
            (Some(made), "tokens") => Cow::Owned(made.clone()),
            (Some(made), name) => Cow::Owned(format!("{made} {name}")),
            (None, name) => Cow::Borrowed(name),
        };
        Ok(Encoded { array: SymbolArray::new(&self.axes, alphabet, cells)?, encoding })
    }
}

/// A record as BDM scores it.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) array: SymbolArray,
    /// How the content became symbols: a part of every result.
    pub(crate) encoding: Cow<'static, str>,
}

impl Content<'_> {
    pub(super) fn into_owned(self) -> Content<'static> {
        match self {
            Self::Text(text) => Content::Text(Cow::Owned(text.into_owned())),
            Self::Bytes(bytes) => Content::Bytes(Cow::Owned(bytes.into_owned())),
            Self::Numbers(numbers) => Content::Numbers(numbers),
            Self::Long(long) => Content::Long(long),
        }
    }

    /// A text without the line feed, and the carriage return before it, that it may end with.
    pub(super) fn without_line_end(mut self) -> Self {
        if let Self::Text(text) = &mut self
            && let Some(line) = text.strip_suffix('\n')
        {
            let kept = line.strip_suffix('\r').unwrap_or(line).len();
            text.to_mut().truncate(kept);
        }
        self
    }

    /// Turns the content into symbols over a table's alphabet. `Auto` stands for `utf8` where there is text to read:
    /// whoever reads several records resolves it over the first of them.
    ///
    /// # Errors
    /// What does not fit the encoding or the alphabet, with the place in the record and the mend.
    pub(crate) fn encode(&self, choice: EncodingChoice, alphabet: u8) -> Result<Encoded> {
        match (self, choice) {
            (Self::Text(text), _) => {
                let encoding = if let EncodingChoice::Fixed(encoding) = choice { encoding } else { Encoding::Utf8 };
                Ok(Encoded { array: encoding.encode(text, alphabet)?, encoding: Cow::Borrowed(encoding.name()) })
            }
            (Self::Bytes(bytes), EncodingChoice::Fixed(Encoding::Symbols | Encoding::Tokens)) => {
                let values = Values::Small(bytes.to_vec());
                Numbers::line(values).made_by("bytes").encode(choice, alphabet)
            }
            (Self::Bytes(_), EncodingChoice::Fixed(Encoding::Bits)) => {
                bail!("found bytes, expected the characters 0 and 1: choose --input bits")
            }
            (Self::Bytes(bytes), _) => {
                Ok(Encoded { array: SymbolArray::from_bytes(bytes), encoding: Cow::Borrowed("bytes") })
            }
            (Self::Numbers(numbers), _) => numbers.encode(choice, alphabet),
            (Self::Long(long), _) => Err(long.too_long("what is asked for")),
        }
    }

    /// How many symbols a table needs to hold the content under an encoding; asked where a table has too few.
    pub(crate) fn symbols_needed(&self, choice: EncodingChoice) -> u64 {
        match (self, choice) {
            (Self::Text(text), EncodingChoice::Fixed(Encoding::Symbols)) => {
                text.chars().collect::<HashSet<char>>().len() as u64
            }
            (Self::Text(text), EncodingChoice::Fixed(Encoding::Tokens)) => {
                let words = text.split(|c: char| c.is_whitespace() || c == ',');
                words.filter_map(|w| w.parse::<u64>().ok()).max().map_or(0, |greatest| greatest.saturating_add(1))
            }
            (Self::Bytes(bytes), EncodingChoice::Fixed(Encoding::Symbols)) => {
                bytes.iter().collect::<HashSet<_>>().len() as u64
            }
            (Self::Bytes(bytes), EncodingChoice::Fixed(Encoding::Tokens)) => {
                bytes.iter().max().map_or(0, |&greatest| u64::from(greatest) + 1)
            }
            (Self::Numbers(numbers), _) => numbers.symbols_needed(choice == EncodingChoice::Fixed(Encoding::Symbols)),
            (Self::Text(_) | Self::Bytes(_) | Self::Long(_), _) => 2,
        }
    }

    /// The content as text: numbers along one axis are written with blanks between them.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.into_owned()),
            Self::Numbers(numbers) if numbers.axes.len() == 1 => {
                let words: Vec<String> = numbers.values().map(|v| v.to_string()).collect();
                Some(words.join(" "))
            }
            Self::Bytes(_) | Self::Numbers(_) | Self::Long(_) => None,
        }
    }

    /// The number of axes of what it becomes.
    pub(crate) fn dims(&self) -> usize {
        if let Self::Numbers(numbers) = self { numbers.axes.len() } else { 1 }
    }
}
