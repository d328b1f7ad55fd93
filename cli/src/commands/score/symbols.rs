//! The symbols of a record, as they are scored and as they were read.

use std::borrow::Cow;

use turmite_bdm::{PackedBits, Record, SymbolArray};

use crate::records::Content;

/// A record as it is scored: packed where it is binary and lies packed.
pub(super) enum Symbols<'a> {
    Bits(PackedBits<'a>),
    Array(SymbolArray),
}

impl Symbols<'_> {
    pub(super) fn record(&self) -> Record<'_> {
        match self {
            Self::Bits(bits) => bits.into(),
            Self::Array(array) => array.into(),
        }
    }

    /// One byte a symbol, for the measures that read it so.
    pub(super) fn array(&self) -> Cow<'_, SymbolArray> {
        match self {
            Self::Bits(bits) => Cow::Owned(bits.into()),
            Self::Array(array) => Cow::Borrowed(array),
        }
    }
}

/// A record as it was read: text and bytes as they are, numbers as a byte a symbol.
pub(super) fn plain<'a>(content: &'a Content<'_>, symbols: &'a Symbols<'_>) -> Cow<'a, [u8]> {
    match content {
        Content::Text(text) => Cow::Borrowed(text.as_bytes()),
        Content::Bytes(bytes) => Cow::Borrowed(bytes),
        Content::Numbers(_) | Content::Long(_) => match symbols {
            Symbols::Array(array) => Cow::Borrowed(array.cells()),
            Symbols::Bits(bits) => Cow::Owned(bits.iter().map(u8::from).collect()),
        },
    }
}

/// Packs the characters 0 and 1, white space left out, and gives their number; `None` where there is anything else.
pub(super) fn pack_digits(text: &str, packed: &mut Vec<u8>) -> Option<usize> {
    packed.clear();
    let (mut byte, mut bits) = (0u8, 0usize);
    for c in text.bytes() {
        match c {
            b'0' | b'1' => {
                byte = byte << 1 | (c & 1);
                bits += 1;
                if bits.is_multiple_of(8) {
                    packed.push(byte);
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => return None,
        }
    }
    if !bits.is_multiple_of(8) {
        packed.push(byte << (8 - bits % 8));
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use turmite_bdm::Encoding;

    #[test]
    fn digits_are_packed_as_the_encoding_reads_them() {
        let mut packed = Vec::new();
        for text in ["", "1", "0110 1001\n", "01101001 1", "1111111100000000\t101", " \r\n"] {
            let bits = pack_digits(text, &mut packed).unwrap();
            let found = PackedBits::new(&[bits], &packed[..]).unwrap();
            assert_eq!(SymbolArray::from(&found), Encoding::Bits.encode(text, 2).unwrap(), "{text:?}");
        }
        // The plain way knows white space of all kinds, and names what is none.
        assert_eq!(pack_digits("01\u{a0}", &mut packed), None);
        assert_eq!(pack_digits("012", &mut packed), None);
    }
}
