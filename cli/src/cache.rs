//! Where null trajectories are kept between calls.

use std::ffi::OsStr;
use std::path::PathBuf;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_comes_first_and_none_is_none() {
        assert_eq!(folder(Some(OsStr::new("none"))), None);
        assert_eq!(folder(Some(OsStr::new("kept"))), Some(PathBuf::from("kept")));
    }
}
