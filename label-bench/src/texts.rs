//! Books as sources: cut into records, and these into three parts that share none.

use anyhow::{Context as _, Result};
use std::path::Path;

/// Characters a record.
pub const LENGTH: usize = 300;

/// A book in three parts.
#[derive(Clone, Debug)]
pub struct Book {
    /// Records that runs draw authentic records from.
    pub source: Vec<String>,
    /// Records that labels are judged against: one in six.
    pub reference: Vec<String>,
    /// Records that a network learns English from before its run begins, and never sees again: two in six.
    pub schooling: Vec<String>,
}

impl Book {
    /// Cuts a text, its line ends become spaces, into records of [`LENGTH`] characters.
    ///
    /// # Errors
    /// A file that cannot be read, or holds fewer than 60 records.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))?;
        let text: Vec<char> = text.chars().map(|c| if c == '\n' { ' ' } else { c }).collect();
        let records = text.len() / LENGTH;
        anyhow::ensure!(records >= 60, "{}: {records} records of {LENGTH} characters, 60 needed", path.display());
        let mut book = Self { source: Vec::new(), reference: Vec::new(), schooling: Vec::new() };
        for (i, record) in text.chunks_exact(LENGTH).enumerate() {
            let part = match i % 6 {
                0 => &mut book.reference,
                1 | 2 => &mut book.schooling,
                _ => &mut book.source,
            };
            part.push(record.iter().collect());
        }
        Ok(book)
    }
}
