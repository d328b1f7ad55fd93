//! What can be wrong with a ledger.

/// Errors of reading and auditing a ledger. Whoever reads the file adds its name and the place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A value is out of its range.
    #[error("`{column}` is {found}, expected {expected}")]
    Value {
        /// The column.
        column: &'static str,
        /// What was found.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// An origin that is none.
    #[error("`origin` is `{found}`, expected exogenous, synthetic or verified-synthetic")]
    Origin {
        /// What was found.
        found: String,
    },
    /// A counted verifier that cannot be read.
    #[error("`{found}` is no verifier to count; expected NAME, or NAME=WEIGHT with a weight from 0 to 1")]
    Verifier {
        /// What was found.
        found: String,
    },
    /// A weight that only some rows of a generation have: their shares would be of different things.
    #[error(
        "generation {generation}: {missing} of {rows} rows have no `{column}`, the first in line or row {place}; give it in every row of a generation or in none"
    )]
    Partial {
        /// The generation.
        generation: u64,
        /// The column.
        column: &'static str,
        /// Rows without it.
        missing: u64,
        /// Rows of the generation.
        rows: u64,
        /// The line or row of the first without.
        place: u64,
    },
    /// No row.
    #[error("no rows; expected at least one with `generation`, `tokens` and `origin`")]
    Empty,
    /// No generation was trained on anything.
    #[error("all rows weigh 0, so no generation has a share; expected `tokens` above 0")]
    Weightless,
    /// Sums that are too large for a double.
    #[error("generation {generation}: the weights of its rows add up to no finite number; give them in a larger unit")]
    Overflow {
        /// The generation.
        generation: u64,
    },
    /// A floor that is none.
    #[error("the floor is {found}, expected a number above 0 and below 1")]
    Floor {
        /// What was found.
        found: f64,
    },
}
