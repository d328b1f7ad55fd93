//! A run in the middle, as a file: which subtrees are done and what they came to.
//!
//! ```text
//! 0   magic 89 43 54 43 0d 0a 1a 0a
//! 8   u32 version, u32 zero       16  u64 bytes that follow the header      24  u64 xxh3-64 of them
//! 32  the run, the subtrees done and the tally, by the codec of the tables
//! ```

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use turmite_tables::{Shape, Shard, Space, Table, codec, publish};
use xxhash_rust::xxh3::xxh3_64;

use crate::CtmError;
use crate::tally::Tally;

const MAGIC: [u8; 8] = *b"\x89CTC\r\n\x1a\n";
/// Counts up whenever the file, the cut through the tree or what is counted changes.
const VERSION: u32 = 1;
const HEADER: usize = 32;

/// What a checkpoint must agree in with the run that goes on from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) space: Space,
    pub(crate) max_steps: u64,
    pub(crate) within: Option<Shape>,
    pub(crate) shard: Shard,
    pub(crate) version: String,
    /// Subtrees of the shard.
    pub(crate) subtrees: u64,
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { space, max_steps, within, shard, version, subtrees } = self;
        let kept = within.map_or_else(|| "of any shape".to_owned(), |shape| format!("within {shape}"));
        write!(
            f,
            "space {space}, max_steps {max_steps}, strings {kept}, shard {shard} of {subtrees} subtrees, version {version}"
        )
    }
}

/// Whether a file was written as a checkpoint of [`crate::enumerate`], sound or not.
#[must_use]
pub fn is_checkpoint(path: &Path) -> bool {
    let mut magic = [0; 8];
    // What cannot be read is none.
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == MAGIC
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    run: Run,
    pub(crate) done: Vec<bool>,
    pub(crate) tally: Tally,
}

impl Checkpoint {
    /// Nothing done, but what `tally` holds.
    pub(crate) fn new(run: Run, tally: Tally) -> Self {
        let done = vec![false; run.subtrees as usize];
        Self { run, done, tally }
    }

    /// Reads a checkpoint of `run`.
    ///
    /// # Errors
    /// The file cannot be read, is no checkpoint, is corrupt, of another version or of another run.
    pub(crate) fn read(path: &Path, run: &Run) -> Result<Self, CtmError> {
        let wrong = |found: String, expected: String| CtmError::Checkpoint { path: path.to_owned(), found, expected };
        let bytes = std::fs::read(path).map_err(|e| wrong(e.to_string(), "a file that can be read".to_owned()))?;
        if bytes.get(..8) != Some(&MAGIC) {
            let found = if Table::open(path).is_ok() { "a table" } else { "no checkpoint" };
            return Err(CtmError::NoCheckpoint { path: path.to_owned(), found });
        }
        let number = |at: usize| {
            bytes.get(at..at + 8).map_or(0, |b| b.iter().rev().fold(0u64, |n, byte| n << 8 | u64::from(*byte)))
        };
        if number(8) != u64::from(VERSION) {
            return Err(wrong(format!("checkpoint version {}", number(8)), format!("version {VERSION}")));
        }
        let body = bytes.get(HEADER..).unwrap_or_default();
        if number(16) != body.len() as u64 {
            return Err(wrong(format!("{} bytes after the header", body.len()), format!("{}", number(16))));
        }
        if number(24) != xxh3_64(body) {
            return Err(wrong("bytes that are not those written".to_owned(), format!("checksum {:016x}", number(24))));
        }
        let saved: Self = codec::decode_whole(body).map_err(|e| wrong(e, "a checkpoint of this version".to_owned()))?;
        if saved.run != *run {
            return Err(wrong(saved.run.to_string(), run.to_string()));
        }
        if saved.done.len() as u64 != run.subtrees {
            return Err(wrong(format!("{} subtrees", saved.done.len()), run.subtrees.to_string()));
        }
        Ok(saved)
    }

    /// Writes the checkpoint, whole or not at all, in place of the one before.
    pub(crate) fn write(&self, path: &Path) -> Result<(), CtmError> {
        let body = codec::encode(self).map_err(|found| CtmError::Checkpoint {
            path: path.to_owned(),
            found,
            expected: "counts that can be written".to_owned(),
        })?;
        Ok(publish(path, true, |out| {
            out.write_all(&MAGIC)?;
            for number in [u64::from(VERSION), body.len() as u64, xxh3_64(&body)] {
                out.write_all(&number.to_le_bytes())?;
            }
            out.write_all(&body)
        })?)
    }
}
