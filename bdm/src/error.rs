//! What can go wrong between a record and its bits, each with the mend.

use thiserror::Error;
use turmite_tables::{Shape, TableError};

/// Every way in which this crate answers with an error instead of a number.
///
/// Positions count from 1, in the order the record was given.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BdmError {
    /// The table could not be read or asked.
    #[error(transparent)]
    Table(#[from] TableError),

    /// A record could not be read to its end.
    #[error("the record could not be read to its end: {0}")]
    Read(#[from] std::io::Error),

    /// The axes of an array do not fit its cells.
    #[error("an array of {axes} holds {expected}, but {found} were given; give the cells row by row")]
    ArrayShape {
        /// The axes asked for, such as `3x4`.
        axes: String,
        /// How many cells or bytes such an array has, in words.
        expected: String,
        /// How many were given.
        found: String,
    },

    /// The rows of a two-dimensional array differ in length.
    #[error("row {row} has {found} cells, but the first row has {expected}; pad or cut the rows to one length")]
    RaggedRows {
        /// The first row that differs, from 1.
        row: usize,
        /// Its length.
        found: usize,
        /// The length of the first row.
        expected: usize,
    },

    /// A symbol outside the alphabet.
    #[error(
        "found symbol {found} in cell {position}, expected 0 to {greatest}: renumber the symbols from 0, or choose a table with a larger alphabet"
    )]
    Symbol {
        /// The symbol as it was given.
        found: String,
        /// The cell, from 1.
        position: usize,
        /// The greatest symbol that fits.
        greatest: u8,
    },

    /// An alphabet without symbols.
    #[error("found an alphabet of {found} symbols, expected at least 1; a binary record has 2")]
    EmptyAlphabet {
        /// The size given.
        found: u8,
    },

    /// An array and a block differ in their number of axes.
    #[error(
        "found an array of {array} axes, but blocks of {block} need {expected}; choose --block and --table for {array} axes, or flatten the array"
    )]
    AxesMismatch {
        /// Axes of the array.
        array: usize,
        /// The block.
        block: Shape,
        /// Axes of the block.
        expected: usize,
    },

    /// The table holds no row of the shape.
    #[error(
        "table {table} holds no value for blocks of shape {shape}; it holds {held}: choose one of these with --block, or another --table"
    )]
    ShapeNotHeld {
        /// The shape asked for.
        shape: Shape,
        /// The table's name.
        table: String,
        /// The shapes it holds.
        held: String,
    },

    /// The block has more contents than a 64-bit code can number.
    #[error("a block of shape {shape} over {symbols} symbols has more than 2^64 contents; choose a smaller --block")]
    BlockTooLarge {
        /// The shape asked for.
        shape: Shape,
        /// Alphabet size.
        symbols: u8,
    },

    /// The table lacks a block and the policy is `fail`.
    #[error(
        "table {table} lacks the block {block} of shape {shape}; choose --missing bound, max-plus-one or skip to go on without its value"
    )]
    MissingBlock {
        /// The block, as digits.
        block: String,
        /// Its shape.
        shape: Shape,
        /// The table's name.
        table: String,
    },

    /// A `bits` record holds something else.
    #[error(
        "found {found:?} in character {position}, expected 0 or 1: choose --encode utf8, symbols or tokens for this input"
    )]
    NotBits {
        /// The character found.
        found: char,
        /// The character's place, from 1.
        position: usize,
    },

    /// A `symbols` record uses more characters than the table has symbols.
    #[error(
        "found {found:?} in character {position}, different character number {count}, expected at most {symbols}: choose --encode utf8, or a table with a larger alphabet"
    )]
    TooManySymbols {
        /// The first character too many.
        found: char,
        /// The character's place, from 1.
        position: usize,
        /// How many different characters there are up to it.
        count: usize,
        /// Alphabet size of the table.
        symbols: u8,
    },

    /// A `tokens` record holds a word that is no symbol number.
    #[error(
        "found token {found:?} in place {position}, expected an integer from 0 to {greatest}: choose --encode utf8 for text, or a table with a larger alphabet"
    )]
    Token {
        /// The word found.
        found: String,
        /// The token's place, from 1.
        position: usize,
        /// The greatest number that fits.
        greatest: u8,
    },

    /// An option with a value outside its range.
    #[error("found {option} {found}, expected {expected}")]
    Option {
        /// The option, as a user types it.
        option: &'static str,
        /// The value given.
        found: String,
        /// What it may be.
        expected: String,
    },

    /// Two sets of counts over different alphabets.
    #[error("found counts over {found} symbols to merge into counts over {expected}; count both with the same table")]
    MergeAlphabets {
        /// Alphabet size of the other counts.
        found: u8,
        /// Alphabet size of these counts.
        expected: u8,
    },

    /// The greatest value needs every value of a shape, and the table does not list them densely.
    #[error(
        "normalised values need every value of shape {shape} in memory, which is too many over {symbols} symbols; read bdm_per_bit instead"
    )]
    NotDense {
        /// The shape.
        shape: Shape,
        /// Alphabet size.
        symbols: u8,
    },

    /// A compressor failed.
    #[error("{name} failed on a record: {reason}; leave it out of --with, and report this")]
    Compressor {
        /// The compressor.
        name: &'static str,
        /// What it says.
        reason: String,
    },

    /// Multiscale BDM asked of something it is not defined on.
    #[error("multiscale BDM needs {expected}, found {found}")]
    Multiscale {
        /// What was found.
        found: String,
        /// What it needs.
        expected: &'static str,
    },

    /// An array without a block where one is needed.
    #[error(
        "an array of {axes} holds no block of {block}, so there is nothing to change or compare: choose a smaller --block, --boundary recursive, or a larger array"
    )]
    NoBlock {
        /// The axes, such as `3x4`.
        axes: String,
        /// The block.
        block: Shape,
    },

    /// A cell outside the array.
    #[error("found cell {found}, expected 1 to {cells}, the cells of the array in row-major order")]
    Cell {
        /// The cell asked for, from 1.
        found: usize,
        /// The cells there are.
        cells: usize,
    },

    /// One change writes a cell twice.
    #[error("cell {cell} is written twice in one change; name each cell once")]
    CellTwice {
        /// The cell, from 1.
        cell: usize,
    },

    /// A matrix that is no graph's.
    #[error("found {found}, expected an adjacency matrix: as many rows as columns, 1 for an edge and 0 for none")]
    Adjacency {
        /// What was found.
        found: String,
    },
}
