//! Self-training loops: simulation, drift and mechanism tests, labels.
#![forbid(unsafe_code)]

mod alpha;
mod drift;
mod dynamics;
mod error;
mod hypothesis;
mod label;
mod learner;
mod measure;
mod mechanism_test;
mod misfit;
mod ngram;
mod nulls;
mod pool;
mod prepare;
mod record;
mod report;
mod rule;
mod schedule;
mod seed;
mod source;
mod surrogate;
pub mod theory;
mod verdict;

pub use dynamics::{SimulateOptions, SimulatedRecord, simulate};
pub use error::CollapseError;
pub use hypothesis::{Hypothesis, LEAST_GAIN, infer};
pub use label::{LabelOptions, Progress, label};
pub use learner::Learner;
pub use mechanism_test::RESIDUAL_GUARD;
pub use prepare::LEAST_REFERENCE;
pub use record::{Generation, Record, Reference, Run};
pub use report::{GenerationLabel, Labels, RunLabel, Statistics};
pub use rule::{Checks, Mechanism, Rule};
pub use schedule::Schedule;
pub use source::{MARKOV, RecordSource, Source};
pub use verdict::{Mode, Regime, Verdict};
