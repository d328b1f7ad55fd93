//! Whole files as one record.

use std::borrow::Cow;
use std::io::{self, Read};

use anyhow::Result;

use super::{Content, utf8};

/// A file of text.
pub(super) fn text(mut reader: Box<dyn Read + Send>) -> io::Result<Result<Content<'static>>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(utf8(&bytes).map(|text| Content::Text(Cow::Owned(text.to_owned()))))
}

/// A file of bytes.
pub(super) fn bytes(mut reader: Box<dyn Read + Send>) -> io::Result<Result<Content<'static>>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(Ok(Content::Bytes(Cow::Owned(bytes))))
}
