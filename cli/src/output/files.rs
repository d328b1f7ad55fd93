//! Which files a command reads and writes, and that no file is both.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use turmite_tables::refuse_existing;

use crate::exit::usage;

/// Refuses, before the work, outputs that could not be written after it, that are inputs too, or that are one file; and
/// standard input where it is named twice.
///
/// Inputs are all files that are read, tables too; `-` is standard input, and
/// where that comes from a file no output may take its place.
///
/// # Errors
/// What is wrong, as an error of usage; an output that cannot be written.
pub(crate) fn check_outputs(outputs: &[Option<&Path>], inputs: &[&Path]) -> Result<()> {
    let standard = inputs.iter().filter(|path| **path == Path::new("-")).count();
    if standard > 1 {
        return Err(usage(anyhow!(
            "standard input (-) is read once, but named {standard} times; name files for the others"
        )));
    }
    let piped = if standard > 0 { standard_input().and_then(|read| identity(&read)) } else { None };
    let mut taken: Vec<PathBuf> = Vec::new();
    let is_file = |path: &&Path| **path != *Path::new("-") && path.metadata().is_ok_and(|m| m.is_file());
    taken.extend(inputs.iter().copied().filter(is_file).map(canonical));
    for path in outputs.iter().flatten().filter(|p| **p != Path::new("-")) {
        refuse_packed(path)?;
        refuse_existing(path, true)?;
        let (named, found) = (canonical(path), path.metadata().ok());
        if piped.is_some() && found.as_ref().and_then(identity) == piped {
            return Err(usage(anyhow!("{}: standard input is read from it; name another file", path.display())));
        }
        if taken.contains(&named) {
            return Err(usage(anyhow!("{}: is read or written already; name another file", path.display())));
        }
        if found.is_none_or(|m| m.is_file()) {
            taken.push(named);
        }
    }
    Ok(())
}

/// Nothing is compressed as it is written: what is called so would not be read again.
fn refuse_packed(path: &Path) -> Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    match ending.as_deref() {
        Some(packed @ ("gz" | "gzip" | "zst" | "zstd" | "bz2" | "xz")) => Err(usage(anyhow!(
            "{}: nothing is written as {packed}; leave that ending out, or send standard output through a compressor",
            path.display()
        ))),
        _ => Ok(()),
    }
}

/// The file that standard input comes from.
#[cfg(unix)]
fn standard_input() -> Option<Metadata> {
    use std::os::fd::AsFd as _;
    let copy = std::io::stdin().as_fd().try_clone_to_owned().ok()?;
    std::fs::File::from(copy).metadata().ok()
}

#[cfg(not(unix))]
fn standard_input() -> Option<Metadata> {
    None
}

/// What tells a plain file from all others, whatever names it has.
#[cfg(unix)]
fn identity(of: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    of.is_file().then(|| (of.dev(), of.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// The one path of a file, however it is spelled and whatever links lead to it, whether or not it is there yet.
fn canonical(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // A link to a file that is not there yet is followed by hand; as many in a row as an operating system follows.
    for _ in 0..40 {
        if let Ok(found) = path.canonicalize() {
            return found;
        }
        let Ok(target) = path.read_link() else { break };
        path = path.parent().map_or_else(|| target.clone(), |folder| folder.join(&target));
    }
    let folder = path.parent().map(|f| if f.as_os_str().is_empty() { Path::new(".") } else { f });
    match (folder.and_then(|f| f.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_is_known_by_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("sub")).unwrap();
        std::os::unix::fs::symlink("new", at("link")).unwrap();
        std::os::unix::fs::symlink(at("link"), at("sub/chain")).unwrap();
        for made in [false, true] {
            for other in ["./new", "sub/../new", "link", "sub/chain"] {
                assert!(check_outputs(&[Some(&at("new")), Some(&at(other))], &[]).is_err(), "{other}, made: {made}");
            }
            check_outputs(&[Some(&at("new")), Some(&at("newer"))], &[]).unwrap();
            std::fs::write(at("new"), "").unwrap();
        }
        assert!(check_outputs(&[Some(&at("link"))], &[&at("new")]).is_err());
    }

    #[test]
    fn names_of_compressed_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jsonl.gz", "a.zst", "a.csv.GZ"] {
            let error = check_outputs(&[Some(&folder.path().join(name))], &[]).unwrap_err().to_string();
            assert!(error.contains("nothing is written as"), "{error}");
        }
        check_outputs(&[Some(&folder.path().join("a.gz.jsonl"))], &[&folder.path().join("b.gz")]).unwrap();
    }

    #[test]
    fn standard_input_is_named_once() {
        check_outputs(&[], &[Path::new("-"), Path::new("a")]).unwrap();
        let error = check_outputs(&[], &[Path::new("-"), Path::new("-")]).unwrap_err().to_string();
        assert_eq!(error, "standard input (-) is read once, but named 2 times; name files for the others");
    }
}
