//! What can go wrong between a space and its table.

use turmite_tables::{Space, TableError};

/// An error of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CtmError {
    /// The space cannot be enumerated here.
    #[error("space {space}: {reason}")]
    Space {
        /// The space.
        space: Space,
        /// Why not, and what can be done.
        reason: String,
    },
    /// The cutoff makes no sense.
    #[error("max_steps {found}: expected {expected}")]
    MaxSteps {
        /// The number found.
        found: u64,
        /// What was expected.
        expected: String,
    },
    /// A sample that cannot be drawn.
    #[error("{found}: expected {expected}")]
    Sample {
        /// What was asked for.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// The caller asked to stop.
    #[error("stopped before the end; nothing was written")]
    Stopped,
    /// The threads could not be started.
    #[error("cannot start {threads} threads: {reason}; ask for fewer with --threads")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// The cause.
        reason: String,
    },
    /// A machine in text form that is none.
    #[error("'{text}' is not a machine: {found} at character {position}, expected {expected}")]
    Text {
        /// The text.
        text: String,
        /// What was found.
        found: String,
        /// Where, from 1.
        position: usize,
        /// What was expected.
        expected: String,
    },
    /// A witness that does not do what its row says.
    #[error(
        "row '{row}': its witness {machine} on blank {blank} {found}, expected it to halt with that string after {expected} steps; make the table again"
    )]
    Replay {
        /// The string of the row.
        row: String,
        /// The machine in text form.
        machine: String,
        /// The blank it runs on.
        blank: u8,
        /// What it did.
        found: String,
        /// The steps on record.
        expected: u64,
    },
    /// The table could not be made or read.
    #[error(transparent)]
    Table(#[from] TableError),
}
