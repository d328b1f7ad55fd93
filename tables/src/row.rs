//! A row: a string, how often it is written, and the machine that writes it soonest.

use crate::Shape;
use crate::alphabet::{Relabelling, class_size};

/// The machine that writes a string soonest, packed; `turmite-ctm` reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// The symbol its tape is filled with.
    pub blank: u8,
    /// One code per table entry, states outermost: the rank of the option in text order from 1, or 0 for an entry the run never reaches.
    pub codes: Vec<u8>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The shape of the string.
    pub shape: Shape,
    /// The string as stored: itself for two symbols, the canonical member of its class for more.
    pub symbols: Vec<u8>,
    /// Pairs (machine, blank) that halt with this string, for a sampled table in its own unit ([`crate::Table::in_pairs`]);
    /// `None` for imported K values.
    pub count: Option<u128>,
    /// For sampled tables the sum over machines of the square of what each adds to the string's class on one blank, without
    /// the low bits that [`crate::Sampling::SQUARE_SHIFT`] says.
    pub squares: Option<u128>,
    /// `-log2(count / total)` in bits.
    pub k: f64,
    /// Steps of the witness, the halting one counted.
    pub min_steps: Option<u64>,
    /// The witness.
    pub witness: Option<Witness>,
}

impl Row {
    /// How many strings the row stands for in a table of `symbols` symbols: itself, or its class.
    #[must_use]
    pub fn strings(&self, symbols: u8) -> u64 {
        if symbols == 2 { 1 } else { class_size(symbols, Relabelling::of(&self.symbols).original.len()) }
    }
}

/// A string of a table with the row that holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The string.
    pub symbols: Vec<u8>,
    /// `original[c]` is the symbol of the string where the row has `c` (identity for two symbols).
    pub original: Vec<u8>,
    /// The row.
    pub row: Row,
}
