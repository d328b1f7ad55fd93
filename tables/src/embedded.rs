//! The tables inside the binary.

use crate::{Table, TableError};

/// Name and bytes. `data/README.md` names the command that makes each.
static TABLES: [(&str, &[u8]); 1] = [("5x2-1d", include_bytes!("../data/5x2-1d.ctm"))];

/// The names of the embedded tables.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

impl Table {
    /// An embedded table by name, e.g. `5x2-1d`: the exact D(5) of 500 steps, the default for strings.
    ///
    /// # Errors
    /// No embedded table has that name.
    pub fn embedded(name: &str) -> Result<Self, TableError> {
        match TABLES.iter().find(|(n, _)| *n == name) {
            Some((name, bytes)) => Self::from_static(bytes, name),
            None => Err(TableError::Unknown { name: name.to_owned(), known: names().collect::<Vec<_>>().join(", ") }),
        }
    }
}
