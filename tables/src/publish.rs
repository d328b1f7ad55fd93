//! Files appear whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::TableError;

/// Temporary files being written, for [`discard_temporaries`].
static TEMPORARIES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn temporaries() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    // A list of paths is whole whatever panicked while holding it.
    TEMPORARIES.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Removes the temporary files of every [`publish`] under way: for a process that must end without unwinding.
pub fn discard_temporaries() {
    for path in temporaries().drain(..) {
        // Whether it is gone already makes no difference.
        let _ = std::fs::remove_file(path);
    }
}

/// Refuses early, before hours of work, what [`publish`] would refuse at the end.
///
/// # Errors
/// The file exists and `overwrite` is false, it is a folder, or its folder does not exist or cannot be written to.
pub fn refuse_existing(path: &Path, overwrite: bool) -> Result<(), TableError> {
    let fail = |path: &Path, kind, mend: &str| TableError::Io {
        path: path.to_owned(),
        doing: "cannot write there",
        source: io::Error::new(kind, mend.to_owned()),
    };
    if path.is_dir() {
        return Err(fail(path, io::ErrorKind::IsADirectory, "it is a folder; name a file"));
    }
    if is_special(path) {
        return Ok(());
    }
    if !overwrite && path.symlink_metadata().is_ok() {
        return Err(TableError::Exists { path: path.to_owned() });
    }
    let folder = folder_of(path);
    if !folder.is_dir() {
        return Err(fail(folder, io::ErrorKind::NotFound, "no such folder; make it first"));
    }
    // The only sure way to know is to try.
    tempfile::tempfile_in(folder).map(drop).map_err(|source| TableError::Io {
        path: folder.to_owned(),
        doing: "cannot write there",
        source,
    })
}

/// Whether something is there that is neither a file nor a folder: a device, a pipe.
fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|m| !m.is_file() && !m.is_dir())
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Writes a file through `fill`: to a temporary name in the same folder, synced, then renamed over `path`. A link is
/// followed, so that it stays one; a device or a pipe cannot be replaced and is written to as it stands.
///
/// # Errors
/// Whatever the operating system says, the path added; [`TableError::Exists`] if the file is there and `overwrite` is false.
pub fn publish(
    path: &Path,
    overwrite: bool,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), TableError> {
    refuse_existing(path, overwrite)?;
    let fail = |doing| move |source| TableError::Io { path: path.to_owned(), doing, source };
    if is_special(path) {
        let device = OpenOptions::new().write(true).open(path).map_err(fail("cannot open"))?;
        let mut out = BufWriter::with_capacity(1 << 18, device);
        return fill(&mut out).and_then(|()| out.flush()).map_err(fail("cannot write"));
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&target);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".turmite-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: what the user's umask leaves of rw-rw-rw-.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.tempfile_in(folder).map_err(fail("cannot create a temporary file beside it"))?;
    let name = temporary.path().to_owned();
    temporaries().push(name.clone());
    let written = write_and_rename(temporary, path, &target, overwrite, fill);
    temporaries().retain(|t| *t != name);
    written?;
    // The rename itself must survive a power cut; folders cannot be opened for this on every platform, and then there is nothing to do.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

fn write_and_rename(
    temporary: tempfile::NamedTempFile,
    path: &Path,
    target: &Path,
    overwrite: bool,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), TableError> {
    let fail = |doing| move |source| TableError::Io { path: path.to_owned(), doing, source };
    let mut out = BufWriter::with_capacity(1 << 18, temporary);
    fill(&mut out).map_err(fail("cannot write"))?;
    let temporary = out.into_inner().map_err(|e| fail("cannot write")(e.into_error()))?;
    temporary.as_file().sync_all().map_err(fail("cannot sync"))?;
    let renamed = if overwrite { temporary.persist(target) } else { temporary.persist_noclobber(target) };
    renamed.map(drop).map_err(|e| {
        if e.error.kind() == io::ErrorKind::AlreadyExists {
            TableError::Exists { path: path.to_owned() }
        } else {
            fail("cannot rename into place")(e.error)
        }
    })
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

    #[cfg(unix)]
    #[test]
    fn links_stay_links_and_devices_devices() {
        let folder = tempfile::tempdir().unwrap();
        let (link, target) = (folder.path().join("link"), folder.path().join("target"));
        std::fs::write(&target, b"old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        publish(&link, true, |out| out.write_all(b"new")).unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        publish(Path::new("/dev/null"), true, |out| out.write_all(b"gone")).unwrap();
        assert!(is_special(Path::new("/dev/null")));
        assert!(publish(folder.path(), true, |_| Ok(())).is_err());
    }
}
