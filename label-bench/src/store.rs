//! Results kept between calls: one file a source and a question, under the version of what decided them.

use crate::file::whole;
use anyhow::{Context as _, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Answers by run.
pub struct Store<T> {
    path: PathBuf,
    answers: BTreeMap<String, T>,
}

impl<T: Serialize + DeserializeOwned> Store<T> {
    /// The store of a question on a source; empty if it is not there.
    ///
    /// # Errors
    /// A file that is not a store.
    pub fn open(folder: &Path, source: &str, question: &str) -> Result<Self> {
        let path = folder.join(source.replace(':', "_")).join(format!("{}.json", question.replace([' ', ','], "_")));
        let answers = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .with_context(|| format!("{}: not results of the benchmark; delete it", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| format!("{}: cannot be read", path.display())),
        };
        Ok(Self { path, answers })
    }

    /// The answer on a run.
    #[must_use]
    pub fn get(&self, run: &str) -> Option<&T> {
        self.answers.get(run)
    }

    /// Adds answers and writes them.
    ///
    /// # Errors
    /// What the file system refuses.
    pub fn add(&mut self, answers: impl IntoIterator<Item = (String, T)>) -> Result<()> {
        self.answers.extend(answers);
        whole(&self.path, |out| Ok(serde_json::to_writer(out, &self.answers)?))
    }
}

/// A fingerprint of source files: folders are read with all that is below them, in order of name.
///
/// # Errors
/// What cannot be read.
pub fn version(root: &Path, parts: &[&str]) -> Result<String> {
    fn read(path: &Path, into: &mut xxhash_rust::xxh3::Xxh3) -> std::io::Result<()> {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> =
                std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
            inside.sort();
            return inside.iter().try_for_each(|path| read(path, into));
        }
        into.update(&std::fs::read(path)?);
        Ok(())
    }
    let mut hash = xxhash_rust::xxh3::Xxh3::new();
    for part in parts {
        let path = root.join(part);
        read(&path, &mut hash).with_context(|| format!("{}: cannot be read", path.display()))?;
    }
    Ok(format!("{:016x}", hash.digest()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_there_again_and_versions_follow_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut store: Store<u32> = Store::open(folder.path(), "eca:30", "all baselines").unwrap();
        store.add([("a".to_owned(), 1)]).unwrap();
        store.add([("b".to_owned(), 2)]).unwrap();
        let again: Store<u32> = Store::open(folder.path(), "eca:30", "all baselines").unwrap();
        assert_eq!((again.get("a"), again.get("b"), again.get("c")), (Some(&1), Some(&2), None));
        let source = folder.path().join("x.rs");
        std::fs::write(&source, "1").unwrap();
        let first = version(folder.path(), &["x.rs"]).unwrap();
        assert_eq!(first, version(folder.path(), &["x.rs"]).unwrap());
        std::fs::write(&source, "2").unwrap();
        assert_ne!(first, version(folder.path(), &["x.rs"]).unwrap());
        assert!(version(folder.path(), &["y.rs"]).unwrap_err().to_string().contains("y.rs"));
    }
}
