//! Files appear whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::TableError;

/// Refuses early, before hours of work, what [`publish`] would refuse at the end.
///
/// # Errors
/// The file exists and `overwrite` is false, or its folder does not exist.
pub fn refuse_existing(path: &Path, overwrite: bool) -> Result<(), TableError> {
    if !overwrite && path.symlink_metadata().is_ok() {
        return Err(TableError::Exists { path: path.to_owned() });
    }
    let folder = folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    Err(TableError::Io {
        path: folder.to_owned(),
        doing: "cannot write there",
        source: io::Error::new(io::ErrorKind::NotFound, "no such folder; make it first"),
    })
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Writes a file through `fill`: to a temporary name in the same folder, synced, then renamed over `path`.
///
/// # Errors
/// Whatever the operating system says, the path added; [`TableError::Exists`] if the file is there and `overwrite` is false.
pub fn publish(
    path: &Path,
    overwrite: bool,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), TableError> {
    refuse_existing(path, overwrite)?;
    let folder = folder_of(path);
    let fail = |doing| move |source| TableError::Io { path: path.to_owned(), doing, source };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".turmite-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: what the user's umask leaves of rw-rw-rw-.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.tempfile_in(folder).map_err(fail("cannot create a temporary file beside it"))?;
    let mut out = BufWriter::with_capacity(1 << 18, temporary);
    fill(&mut out).map_err(fail("cannot write"))?;
    let temporary = out.into_inner().map_err(|e| fail("cannot write")(e.into_error()))?;
    temporary.as_file().sync_all().map_err(fail("cannot sync"))?;
    let renamed = if overwrite { temporary.persist(path) } else { temporary.persist_noclobber(path) };
    renamed.map_err(|e| {
        if e.error.kind() == io::ErrorKind::AlreadyExists {
            TableError::Exists { path: path.to_owned() }
        } else {
            fail("cannot rename into place")(e.error)
        }
    })?;
    // The rename itself must survive a power cut; folders cannot be opened for this on every platform, and then there is nothing to do.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        let failed = publish(&path, false, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("stopped"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn an_existing_file_is_kept_unless_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        publish(&path, false, |out| out.write_all(b"one")).unwrap();
        assert!(matches!(publish(&path, false, |out| out.write_all(b"two")), Err(TableError::Exists { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        publish(&path, true, |out| out.write_all(b"two")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
    }
}
