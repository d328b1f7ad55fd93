//! What can go wrong between a space and its table.

use std::path::PathBuf;

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
    /// The caller asked to stop, and the work done so far is kept.
    #[error("{} holds what is done: run the same command again to go on", path.display())]
    Interrupted {
        /// The checkpoint.
        path: PathBuf,
    },
    /// A checkpoint that this run cannot go on from.
    #[error("checkpoint {}: found {found}; expected {expected}; name another file, or remove it to start anew", path.display())]
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
        /// What was found.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A file that is no checkpoint, and not to be replaced by one.
    #[error("{}: found {found}; expected a file that --checkpoint wrote, or none: name another file", path.display())]
    NoCheckpoint {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The outputs take more memory than they may.
    #[error(
        "the strings written so far take {} KiB, above the {} KiB allowed; keep only the short ones (--within), or allow more (--memory)",
        needed.div_ceil(1024), allowed >> 10
    )]
    Memory {
        /// Bytes that they take.
        needed: u64,
        /// Bytes that they may.
        allowed: u64,
    },
    /// Weights that do not add up: a fault in this program, never written to a file.
    #[error("space {space}: weights that add up to {found}, expected {expected}; please report this")]
    Identity {
        /// The space.
        space: Space,
        /// The sum found.
        found: u128,
        /// The sum expected.
        expected: u128,
    },
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
