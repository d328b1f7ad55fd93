//! What can go wrong with a table, in words that name the file, the place, the expectation and the mend.

use crate::embedded::table_over;
use std::io;
use std::path::PathBuf;

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// Reading or writing failed in the operating system.
    #[error("{}: {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was being done, e.g. "cannot open".
        doing: &'static str,
        /// The cause.
        source: io::Error,
    },
    /// The file is empty or ends before its header does.
    #[error("{}: {found} bytes, a table has at least {expected}; the file is empty or was cut off: copy or make it again", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its length in bytes.
        found: u64,
        /// The least length expected.
        expected: u64,
    },
    /// The first bytes are not those of a table.
    #[error("{}: not a turmite table: it starts with {found}, a table with {expected}; make one with `turmite enumerate` or `turmite table import`", path.display())]
    Magic {
        /// The file.
        path: PathBuf,
        /// The bytes found, in hexadecimal.
        found: String,
        /// The bytes expected, in hexadecimal.
        expected: String,
    },
    /// A version this build cannot read.
    #[error("{}: table format {found}, this turmite reads format {expected}; update turmite or make the table again", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
        /// The version this build reads.
        expected: u32,
    },
    /// A checksum does not match.
    #[error("{}: bytes {offset} to {end} are corrupt: checksum {found:016x}, expected {expected:016x}; copy or make the table again", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// First byte of the region.
        offset: u64,
        /// The byte after its last.
        end: u64,
        /// The checksum of what is there.
        found: u64,
        /// The checksum on record.
        expected: u64,
    },
    /// The structure contradicts itself although the checksums hold.
    #[error("{}: byte {offset}: {found}, expected {expected}; the table was written by a faulty program: make it again", path.display())]
    Structure {
        /// The file.
        path: PathBuf,
        /// Where.
        offset: u64,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// Some row disagrees with what is derived from the others (only `verify` looks).
    #[error("{}: row '{row}': {found}, expected {expected}; make the table again", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The string of the row.
        row: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A string that does not belong to the alphabet.
    #[error("'{found}' at position {position} is no symbol from 0 to {last}, which this table holds; {}", table_over(*needed), last = symbols - 1)]
    Symbol {
        /// The character or number found.
        found: String,
        /// Its position, from 1.
        position: usize,
        /// The size of the alphabet.
        symbols: u8,
        /// The size that the whole string needs; 0 where it is not of digits.
        needed: u8,
    },
    /// A shape or a string of a shape that cannot be.
    #[error("shape or string '{found}': expected {expected}")]
    Shape {
        /// The text found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A space that cannot be.
    #[error("'{found}' is not a machine space: {expected}")]
    Space {
        /// The text found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// Rows that cannot make a table.
    #[error("row '{row}': {found}, expected {expected}")]
    Input {
        /// The string of the row.
        row: String,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A name that is neither a file nor a known table.
    #[error(
        "no table '{name}': no such file, and known tables are {known}; `turmite table list` shows them, TURMITE_TABLES names extra folders"
    )]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names known.
        known: String,
    },
    /// A shard of an exact table, asked for K.
    #[error(
        "{}: shard {shard} of {space}: its counts are those of a part of the machines, which give no K of the space; put all shards together with `turmite merge`",
        path.display()
    )]
    Part {
        /// The table.
        path: PathBuf,
        /// Which part.
        shard: crate::Shard,
        /// Of which space.
        space: crate::Space,
    },
    /// Tables that are not all the shards of one space.
    #[error("{}: cannot be merged: {found}, expected {expected}", path.display())]
    Merge {
        /// The table.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A table that cannot be cut so.
    #[error("{}: cannot be cut: {found}, expected {expected}", path.display())]
    Cut {
        /// The table.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// Tables that have no string in common by their nature.
    #[error("{}: cannot be compared: {found}, expected {expected}", path.display())]
    Compare {
        /// The table.
        path: PathBuf,
        /// What it is.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The output file is there already.
    #[error("{}: exists already; choose another --out or pass --overwrite", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
}
