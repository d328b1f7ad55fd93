//! What can go wrong, in words that name the mend.

/// Errors of simulation and labelling.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollapseError {
    /// A source, learner or schedule was written in a way that is not known.
    #[error("{what} `{found}` is not known; expected {expected}")]
    Unknown {
        /// What was being read: "source", "learner" or "schedule".
        what: &'static str,
        /// The text found.
        found: String,
        /// The forms that would do.
        expected: &'static str,
    },
    /// A number lies outside its range.
    #[error("{what} is {found}, expected {expected}")]
    OutOfRange {
        /// The quantity.
        what: &'static str,
        /// The value found.
        found: String,
        /// The range that would do.
        expected: &'static str,
    },
    /// A schedule file has a bad line.
    #[error("schedule file, line {line}: found `{found}`, expected {expected}")]
    ScheduleLine {
        /// Line number, from 1.
        line: usize,
        /// The line found.
        found: String,
        /// What a line should hold.
        expected: &'static str,
    },
    /// A learner was given a pool it cannot be fitted on.
    #[error("the training pool of generation {generation} holds no symbol; give at least one record that is not empty")]
    EmptyPool {
        /// The generation whose pool is empty.
        generation: u64,
    },
    /// Too few authentic records to calibrate against.
    #[error(
        "{found} authentic records for the reference of {of}, expected at least {least}; give a larger --reference, \
         or runs whose generation 0 (pooled over runs of one source) holds that many"
    )]
    ReferenceTooSmall {
        /// What the reference is for.
        of: String,
        /// Records found.
        found: usize,
        /// Records needed.
        least: usize,
    },
    /// Runs that have no authentic generation and were given no reference.
    #[error(
        "no authentic records for the reference of {of}, which has no generation 0; give --reference, or that generation"
    )]
    NoReference {
        /// What the reference is for.
        of: String,
    },
    /// A reference with too few records that hold a window.
    #[error(
        "{found} of the {all} authentic records for the reference of {of} hold the {bits} bits of a window, expected at least {least}; give longer records, \
         or more"
    )]
    ReferenceTooShort {
        /// What the reference is for.
        of: String,
        /// Records that are long enough.
        found: usize,
        /// Records of any length.
        all: usize,
        /// Bits of a window.
        bits: usize,
        /// Records needed that are long enough.
        least: usize,
    },
    /// Loops as small as the runs, drawn from the reference, come to generations without a window again and again.
    #[error(
        "the reference's records are too short for generations of {records} record(s): loops drawn from it keep coming to generations none of whose records hold \
         the {bits} bits of a window; give longer authentic records, or larger generations"
    )]
    UnmeasurableNulls {
        /// Records of the smallest generation.
        records: usize,
        /// Bits of a window.
        bits: usize,
    },
    /// A run has too few generations to be judged.
    #[error(
        "run `{run}` has {found} generation(s) after generation 0, expected at least {least}: drift is judged relative to the first of them and needs two alarms in a row"
    )]
    TooFewGenerations {
        /// The run.
        run: String,
        /// Generations with index 1 or more.
        found: usize,
        /// Generations needed.
        least: usize,
    },
    /// A run whose share is to be estimated has no generation that could have one.
    #[error(
        "run `{run}` has no generation after generation 0, expected at least one and the one before it: alpha is estimated from what a generation took over"
    )]
    NothingToEstimate {
        /// The run.
        run: String,
    },
    /// A generation without records, or with records too short to measure.
    #[error("run `{run}`, generation {generation}: {problem}; expected records of at least {least} binary symbols")]
    UnusableGeneration {
        /// The run.
        run: String,
        /// The generation.
        generation: u64,
        /// What was found.
        problem: String,
        /// Least length of a record in binary symbols.
        least: usize,
    },
    /// A record cannot be encoded.
    #[error("{of}, record {number}")]
    Encode {
        /// The generation of a run, or the reference.
        of: String,
        /// The record's place in it, from 1.
        number: usize,
        /// What the encoder said.
        source: Box<turmite_bdm::BdmError>,
    },
    /// The table or the decomposition refused.
    #[error("the complexity table")]
    Bdm {
        /// What it said.
        source: Box<turmite_bdm::BdmError>,
    },
    /// A table of complexity cannot be read.
    #[error("the complexity table")]
    Table {
        /// What the reader said.
        source: Box<turmite_tables::TableError>,
    },
    /// A table holds no prices of the blocks that are drawn.
    #[error(
        "table {table} holds no binary strings of {block} symbols to draw; give one of two symbols, such as 5x2-1d"
    )]
    NoBlocks {
        /// The table.
        table: String,
        /// Symbols of a block.
        block: usize,
    },
    /// Whoever takes the simulated records failed.
    #[error("a simulated record cannot be written")]
    Sink {
        /// The failure.
        source: std::io::Error,
    },
    /// The caller raised the stop flag.
    #[error("stopped on request before the end; nothing was labelled")]
    Stopped,
}

impl From<turmite_bdm::BdmError> for CollapseError {
    fn from(source: turmite_bdm::BdmError) -> Self {
        Self::Bdm { source: Box::new(source) }
    }
}
