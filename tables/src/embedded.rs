//! The tables inside the binary.

use crate::{Shape, Table, TableError};

/// Names and bytes, by dimensions. `data/README.md` names the command that makes each.
macro_rules! tables {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../data/", $name, ".ctm")))),*]
    };
}

static TABLES: [(&str, &[u8]); NAMES] = tables![
    "5x2-1d",
    "5x2-1d-exact",
    "6x2-1d",
    "3x3-1d",
    "2x4-1d",
    "4x4-1d",
    "4x5-1d",
    "4x6-1d",
    "4x9-1d",
    "4x2-2d",
    "5x2-2d",
    "4x2-3d"
];
const NAMES: usize = 12;

/// The names of the embedded tables.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// The name of the table that is meant where none is named: for strings the exact D(5) of 500 steps, which is the published
/// convention; for arrays and solids the largest space of two symbols that is inside.
#[must_use]
pub fn default_name(shape: &Shape) -> &'static str {
    match shape.dims() {
        1 => "5x2-1d",
        2 => "5x2-2d",
        _ => "4x2-3d",
    }
}

/// The embedded table of strings over so many symbols: that of the least alphabet that has them; `None` over more than nine.
#[must_use]
pub fn strings_over(symbols: u8) -> Option<&'static str> {
    match symbols {
        1..=2 => Some("5x2-1d"),
        3 => Some("3x3-1d"),
        4 => Some("4x4-1d"),
        5 => Some("4x5-1d"),
        6 => Some("4x6-1d"),
        7..=9 => Some("4x9-1d"),
        _ => None,
    }
}

/// What a message advises for strings over so many symbols.
#[must_use]
pub fn table_over(symbols: u8) -> String {
    match strings_over(symbols) {
        Some(name) => format!("use --table {name}, which holds strings over {symbols} symbols"),
        None => "encode the input, or write its symbols as digits from 0".to_owned(),
    }
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
