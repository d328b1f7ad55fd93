//! Where a table's bytes live: a mapped file, memory, or the binary itself. The only unsafe code of the workspace.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use memmap2::Mmap;

use crate::TableError;
use crate::format::MAGIC;

#[derive(Debug)]
pub(crate) enum Backing {
    Mapped(Mmap),
    Owned(Vec<u8>),
    Static(&'static [u8]),
}

impl Backing {
    /// Maps the file at `path`; an empty file, which cannot be mapped everywhere, becomes an empty buffer.
    pub(crate) fn map(path: &Path) -> Result<Self, TableError> {
        let fail = |doing| move |source| TableError::Io { path: path.to_owned(), doing, source };
        let metadata = path.metadata().map_err(fail("cannot open"))?;
        if metadata.is_dir() {
            let source = std::io::Error::new(std::io::ErrorKind::IsADirectory, "it is a folder; name a table");
            return Err(fail("cannot open")(source));
        }
        if !metadata.is_file() {
            // A pipe or a device has no length to map.
            return Self::read(path);
        }
        let file = File::open(path).map_err(fail("cannot open"))?;
        if metadata.len() == 0 {
            return Ok(Self::Owned(Vec::new()));
        }
        // SAFETY: the map is sound as long as nobody changes the file while it lives. Tables are published by
        // renaming a finished file into place and never rewritten in place, by this crate at least; a page is
        // checked against its checksum when first read. What remains is another process that truncates the file,
        // which raises SIGBUS: who must not risk that reads it into memory (`Table::open_in_memory`).
        #[allow(unsafe_code)]
        let map = unsafe { Mmap::map(&file) }.map_err(fail("cannot map"))?;
        Ok(Self::Mapped(map))
    }

    pub(crate) fn read(path: &Path) -> Result<Self, TableError> {
        let read = || {
            let mut file = File::open(path)?;
            let mut bytes = Vec::new();
            file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut bytes)?;
            if bytes == MAGIC {
                // What starts otherwise is no table, and may never end.
                file.read_to_end(&mut bytes)?;
            }
            Ok(bytes)
        };
        read().map(Self::Owned).map_err(|source| TableError::Io { path: path.to_owned(), doing: "cannot read", source })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Mapped(map) => map,
            Self::Owned(bytes) => bytes,
            Self::Static(bytes) => bytes,
        }
    }
}
