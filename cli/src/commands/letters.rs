//! What the symbols of a text are called, so that results speak of its characters.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::object::Object;
use crate::records::Content;

/// How symbols and places lead back to the characters of a text.
pub(super) enum Letters {
    /// There is no text behind the symbols, or it is written in them.
    None,
    /// Bits of UTF-8: the byte at which each character starts, and the character.
    OfBytes(Vec<(usize, char)>),
    /// A symbol a character: the characters in the order of their symbols.
    OfSymbols(Vec<char>),
}

impl Letters {
    pub(super) fn of(object: &Object) -> Self {
        let Content::Text(text) = &object.content else { return Self::None };
        match object.encoding.as_ref() {
            "utf8" => Self::OfBytes(text.char_indices().collect()),
            "symbols" => {
                let mut seen = Vec::new();
                text.chars().for_each(|c| {
                    if !seen.contains(&c) {
                        seen.push(c);
                    }
                });
                Self::OfSymbols(seen)
            }
            _ => Self::None,
        }
    }

    /// The columns of [`Letters::place`].
    pub(super) fn columns(&self) -> &'static [&'static str] {
        if matches!(self, Self::OfBytes(_)) { &["character", "letter"] } else { &[] }
    }

    /// Which character a bit is of, from 0, and the character.
    pub(super) fn place(&self, bit: usize) -> Vec<Value> {
        let Self::OfBytes(characters) = self else { return Vec::new() };
        let at = characters.partition_point(|(byte, _)| *byte <= bit / 8).saturating_sub(1);
        vec![json!(at), json!(characters.get(at).map(|(_, c)| shown(*c)))]
    }

    /// What a symbol is called: its character, or its number where no character has it.
    pub(super) fn symbol(&self, symbol: usize) -> Value {
        match self {
            Self::OfSymbols(letters) => letters.get(symbol).map_or_else(|| json!(symbol), |c| json!(shown(*c))),
            Self::None | Self::OfBytes(_) => json!(symbol),
        }
    }
}

/// A character as a cell shows it: a blank would not be seen.
fn shown(c: char) -> Cow<'static, str> {
    match c {
        ' ' => Cow::Borrowed("' '"),
        c => Cow::Owned(c.to_string()),
    }
}
