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

/// What the parts of a run weigh, in machines run on one blank.
pub(crate) struct Cut {
    /// The top of the tree, as far as the shard counts it.
    pub(crate) top: u128,
    pub(crate) subtrees: Vec<u128>,
    /// `images[a]`: in how many ways a run along a axes lies in the space.
    pub(crate) images: Vec<u128>,
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
    /// The file cannot be read, is no checkpoint, is corrupt, of another version or of another run, or holds what no run
    /// can have counted.
    pub(crate) fn read(path: &Path, run: &Run, cut: &Cut) -> Result<Self, CtmError> {
        let wrong = |found: String, expected: String| CtmError::Checkpoint { path: path.to_owned(), found, expected };
        if !path.is_file() {
            // A pipe would keep it waiting, a device be read without end.
            return Err(wrong("no regular file".to_owned(), "a file that --checkpoint wrote".to_owned()));
        }
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
        saved.check(cut).map_err(|found| wrong(found.to_owned(), "the counts of the subtrees done".to_owned()))?;
        Ok(saved)
    }

    /// Whether the counts can be those of what is done. Who writes another file and its checksum must not get a panic.
    fn check(&self, cut: &Cut) -> Result<(), &'static str> {
        let (run, outputs) = (&self.run, &self.tally.outputs);
        if !outputs.are_of(run.space, run.within) {
            return Err("outputs of another space or box");
        }
        if self.tally.undecided.keys().any(|extents| !extents.are_of(run.space)) {
            return Err("a box that no run of the space visits");
        }
        let (written, steps) = outputs.sums(&cut.images).ok_or("weights beyond 128 bits")?;
        if u64::from(steps) > run.max_steps {
            return Err("an output after more steps than the cutoff");
        }
        let done = self.done.iter().zip(&cut.subtrees).filter(|(done, _)| **done).map(|(_, weight)| weight);
        if written != self.tally.halting || self.tally.checked_weight(&cut.images) != Some(cut.top + done.sum::<u128>())
        {
            return Err("weights that do not add up");
        }
        if !self.tally.numbers_are_sound() {
            return Err("more runs or steps than there can be");
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnumerateOptions, Quiet, enumerate};

    /// Any byte and any number of the file changed, its checksum mended: an error or a table, never a panic or an abort.
    #[test]
    fn checkpoints_that_lie_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        let options = EnumerateOptions::new("1x3-1d".parse().unwrap(), 10).threads(1);
        let run = |options: EnumerateOptions| {
            enumerate(&options, &Quiet).and_then(|e| e.into_builder()?.build().map_err(Into::into))
        };
        let whole = run(options.clone()).unwrap();
        let options = options.checkpoint(path.clone());
        assert!(run(options.clone()).unwrap() == whole);
        let sound = std::fs::read(&path).unwrap();
        let mut refused = 0;
        for at in HEADER..sound.len() - 8 {
            for lie in [&[0][..], &[3], &[0xff], &[0xff; 8], &[0, 0, 0, 0, 0, 0, 0, 0x10]] {
                let mut lying = sound.clone();
                lying[at..at + lie.len()].copy_from_slice(lie);
                let sum = xxh3_64(&lying[HEADER..]);
                lying[24..HEADER].copy_from_slice(&sum.to_le_bytes());
                std::fs::write(&path, lying).unwrap();
                refused += usize::from(run(options.clone()).is_err());
            }
        }
        assert!(refused > sound.len(), "{refused} of 5 lies at each of {} bytes", sound.len());
    }
}
