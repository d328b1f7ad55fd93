//! Runs as they are read: records of text in generations.

use crate::dynamics::SimulatedRecord;

/// One record of a generation's pool.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The text as read.
    pub text: String,
    /// The exogenous share its generation was drawn at, where the file says so.
    pub alpha: Option<f64>,
    /// Whether this record came from the source and not from the learner, where the file says so.
    pub exogenous: Option<bool>,
}

impl Record {
    /// A record of which only the text is known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), alpha: None, exogenous: None }
    }
}

/// The pool that the learner of the next generation is trained on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generation {
    /// 0 for the authentic sample, then 1, 2, ...
    pub index: u64,
    /// The records, in file order.
    pub records: Vec<Record>,
}

/// One self-training run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The name that labels carry.
    pub id: String,
    /// The source the run says it learns from; runs that share it pool their generation 0.
    pub source: Option<String>,
    /// Generations in any order; labels sort them by index.
    pub generations: Vec<Generation>,
}

/// Authentic records to judge runs against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reference {
    /// The records' texts.
    pub records: Vec<String>,
}

impl Run {
    /// Groups simulated records into runs, in order of first appearance.
    #[must_use]
    pub fn from_simulated(records: impl IntoIterator<Item = SimulatedRecord>) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for record in records {
            let run = match runs.iter().position(|run| run.id == record.run) {
                Some(at) => &mut runs[at],
                None => {
                    let id = record.run.clone();
                    runs.push(Run { id, source: Some(record.source.clone()), generations: Vec::new() });
                    let last = runs.len() - 1;
                    &mut runs[last]
                }
            };
            let index = record.generation;
            let at = match run.generations.iter().position(|generation| generation.index == index) {
                Some(at) => at,
                None => {
                    run.generations.push(Generation { index, records: Vec::new() });
                    run.generations.len() - 1
                }
            };
            run.generations[at].records.push(Record {
                text: record.text,
                alpha: Some(record.alpha),
                exogenous: Some(record.exogenous),
            });
        }
        runs
    }
}
