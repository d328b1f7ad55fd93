//! Where null trajectories are kept between calls.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The variable that names the folder, or `none`.
const VARIABLE: &str = "TURMITE_CACHE";

/// The folder typed, else that of the variable, else the user's own folder for such files; `none` and no home give none.
pub(crate) fn folder(typed: Option<&OsStr>) -> Option<PathBuf> {
    let named = typed.map(OsStr::to_owned).or_else(|| std::env::var_os(VARIABLE)).filter(|name| !name.is_empty());
    match named {
        Some(name) if name == "none" => None,
        Some(name) => Some(PathBuf::from(name)),
        None => Some(dirs::cache_dir()?.join("turmite")),
    }
}

/// Why a folder can keep nothing, if so.
pub(crate) fn problem(folder: &Path) -> Option<String> {
    let tried = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
    tried.err().map(|error| format!("{}: nothing can be kept there ({error})", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_comes_first_and_none_is_none() {
        assert_eq!(folder(Some(OsStr::new("none"))), None);
        assert_eq!(folder(Some(OsStr::new("kept"))), Some(PathBuf::from("kept")));
    }

    #[test]
    fn a_folder_that_keeps_nothing_is_said_to_be_so() {
        let whole = tempfile::tempdir().unwrap();
        assert_eq!(problem(&whole.path().join("new")), None);
        let file = whole.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(problem(&file.join("below")).is_some_and(|problem| problem.contains("nothing can be kept there")));
    }
}
