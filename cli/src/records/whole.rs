//! Whole files as one record, also where they are larger than memory.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow, bail};

use super::{Content, utf8};

/// Bytes of a file that is held whole; longer ones are handed on as they are read.
const HELD: usize = if cfg!(test) { 1 << 10 } else { 1 << 26 };
/// Bytes of a piece of a long file.
const PIECE: usize = if cfg!(test) { 100 } else { 1 << 20 };

/// The byte order mark, which is no part of a text.
const MARK: char = '\u{feff}';

fn unmarked(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(MARK.encode_utf8(&mut [0; 4]).as_bytes()).unwrap_or(bytes)
}

/// A file of text, without the byte order mark that it may start with.
pub(super) fn text(reader: Box<dyn Read + Send>) -> io::Result<Result<Content<'static>>> {
    Ok(match held(reader)? {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(mut text) => {
                if text.starts_with(MARK) {
                    text.drain(..MARK.len_utf8());
                }
                Ok(Content::Text(Cow::Owned(text)))
            }
            Err(error) => utf8(error.as_bytes()).map(|text| Content::Text(Cow::Owned(text.to_owned()))),
        },
        Err(long) => Ok(Content::Long(Long { is_text: true, ..long })),
    })
}

/// A file of bytes.
pub(super) fn bytes(reader: Box<dyn Read + Send>) -> io::Result<Result<Content<'static>>> {
    Ok(Ok(match held(reader)? {
        Ok(bytes) => Content::Bytes(Cow::Owned(bytes)),
        Err(long) => Content::Long(long),
    }))
}

/// All bytes, or what stands for them where they are too many.
fn held(mut reader: Box<dyn Read + Send>) -> io::Result<Result<Vec<u8>, Long>> {
    let mut bytes = Vec::new();
    reader.by_ref().take(HELD as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() <= HELD {
        return Ok(Ok(bytes));
    }
    let starts_as_bits = unmarked(&bytes).iter().all(|b| matches!(b, b'0' | b'1') || b.is_ascii_whitespace());
    let reader: Box<dyn Read + Send> = Box::new(Cursor::new(bytes).chain(reader));
    Ok(Err(Long { is_text: false, starts_as_bits, reader: Arc::new(Mutex::new(reader)) }))
}

/// A file that is longer than what is held; it can be read once.
#[derive(Clone)]
pub(crate) struct Long {
    is_text: bool,
    starts_as_bits: bool,
    reader: Arc<Mutex<Box<dyn Read + Send>>>,
}

impl Long {
    pub(crate) fn is_text(&self) -> bool {
        self.is_text
    }

    /// Whether the part that was looked at, its first 64 MiB, holds only 0, 1 and white space.
    pub(crate) fn starts_as_bits(&self) -> bool {
        self.starts_as_bits
    }

    /// Hands every piece to `take`, text as whole characters.
    ///
    /// # Errors
    /// What cannot be read, is no UTF-8 though it should be text, or what `take` fails with.
    pub(crate) fn pieces(&self, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut piece, mut before) = (Vec::with_capacity(PIECE + 4), 0u64);
        loop {
            let carried = piece.len();
            let read = reader.by_ref().take(PIECE as u64).read_to_end(&mut piece).context("cannot read")?;
            if read == 0 && carried == 0 {
                return Ok(());
            }
            let whole = match std::str::from_utf8(&piece) {
                Err(error) if self.is_text => {
                    let valid = error.valid_up_to();
                    // A character that is cut by the piece's end is whole with the next piece.
                    if error.error_len().is_some() || read == 0 {
                        bail!("byte {} is not UTF-8; convert the text to UTF-8", before + valid as u64);
                    }
                    valid
                }
                _ => piece.len(),
            };
            let text = &piece[..whole];
            take(if self.is_text && before == 0 { unmarked(text) } else { text })?;
            before += whole as u64;
            piece.drain(..whole);
        }
    }

    /// The error of whoever needs the file whole.
    pub(crate) fn too_long(&self, what: &str) -> anyhow::Error {
        anyhow!(
            "more than {} MiB, too long to be held whole, which {what} needs; cut the file into records",
            HELD >> 20
        )
    }
}

impl fmt::Debug for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Long").field("is_text", &self.is_text).finish_non_exhaustive()
    }
}

/// One file is equal to itself.
impl PartialEq for Long {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.reader, &other.reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(bytes: Vec<u8>) -> Long {
        let Content::Long(long) = text(Box::new(Cursor::new(bytes))).unwrap().unwrap() else { panic!("held whole") };
        long
    }

    #[test]
    fn long_text_comes_in_whole_characters() {
        let text: String = (0..2000).map(|n| ['a', 'é', '√', '𝄞'][n * n % 7 % 4]).collect();
        let (mut out, mut pieces): (Vec<u8>, _) = (Vec::new(), 0);
        long(text.clone().into_bytes())
            .pieces(|piece| {
                out.extend(std::str::from_utf8(piece)?.as_bytes());
                pieces += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(out, text.as_bytes());
        assert!(pieces > 10);
        assert!(!long(text.into_bytes()).starts_as_bits() && long(vec![b'1'; HELD + 1]).starts_as_bits());
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        let marked = |length: usize| format!("{MARK}{}", "1".repeat(length)).into_bytes();
        let held = text(Box::new(Cursor::new(marked(4)))).unwrap().unwrap();
        assert_eq!(held, Content::Text("1111".into()));
        let mut out: Vec<u8> = Vec::new();
        let file = long(marked(2 * HELD));
        assert!(file.starts_as_bits());
        file.pieces(|piece| {
            out.extend(piece);
            Ok(())
        })
        .unwrap();
        assert_eq!(out, vec![b'1'; 2 * HELD]);
    }

    #[test]
    fn text_that_is_none_says_where() {
        for at in [0, HELD, HELD + 99, 2 * HELD - 1] {
            let mut bytes = vec![b'a'; 2 * HELD];
            bytes[at] = 0xe2;
            let error = long(bytes).pieces(|_| Ok(())).unwrap_err().to_string();
            assert_eq!(error, format!("byte {at} is not UTF-8; convert the text to UTF-8"));
        }
        assert!(matches!(bytes(Box::new(Cursor::new(vec![0; HELD]))).unwrap().unwrap(), Content::Bytes(_)));
    }
}
