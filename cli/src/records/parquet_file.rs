//! Parquet files as files: opened, copied where they cannot be read from their end, and given out again.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Seek as _};
use std::path::Path;
use std::sync::{Arc, Once};

use anyhow::{Context as _, Result, bail};
use parquet::file::reader::SerializedFileReader;

use super::{Meter, source};

/// A Parquet file that is read once or more; what is piped or compressed lies in a temporary file, since Parquet is read
/// from its end.
#[derive(Debug)]
pub(crate) struct ParquetFile {
    pub(super) path: Arc<Path>,
    file: File,
}

impl ParquetFile {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    /// A file that cannot be opened, or read to be decompressed.
    pub(crate) fn open(path: &Path, meter: &Arc<Meter>) -> Result<Self> {
        Ok(Self { path: Arc::from(path), file: open(path, meter)? })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file's bytes. Handles share their place in it; the reader seeks before it reads, so that those of one thread do
    /// not meet.
    pub(crate) fn handle(&self) -> Result<File> {
        self.file.try_clone().with_context(|| format!("{}: cannot be opened again", self.path.display()))
    }

    /// A reader of the file.
    ///
    /// # Errors
    /// No Parquet file.
    pub(crate) fn reader(&self) -> Result<SerializedFileReader<File>> {
        let handle = self.handle()?;
        sound(|| Ok(SerializedFileReader::new(handle)?))
            .with_context(|| format!("{}: no Parquet file that can be read", self.path.display()))
    }
}

thread_local! {
    /// Whether a panic of this thread becomes an error.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// What `read` gives; an error where it panics, as the Parquet crate does on some damaged files.
pub(super) fn sound<T>(read: impl FnOnce() -> Result<T>) -> Result<T> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        // A panic that is told as an error is not told twice; those of other threads are told as ever.
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !CAUGHT.get() {
                tell(info);
            }
        }));
    });
    let before = CAUGHT.replace(true);
    // After a panic the reader is not used again.
    let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read));
    CAUGHT.set(before);
    read.unwrap_or_else(|_| bail!("the file is damaged"))
}

/// The file itself, or a copy of what is in it.
fn open(file: &Path, meter: &Arc<Meter>) -> Result<File> {
    if file != Path::new("-") && source::unpacked_name(file) == file {
        let opened = File::open(file).with_context(|| format!("{}: cannot open", file.display()))?;
        meter.add(opened.metadata().map_or(0, |m| m.len()));
        return Ok(opened);
    }
    let mut copy = tempfile::tempfile().context("cannot make a temporary file")?;
    io::copy(&mut source::open(file, meter)?, &mut copy).with_context(|| format!("{}: cannot read", file.display()))?;
    copy.rewind()?;
    Ok(copy)
}
