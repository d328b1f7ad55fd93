//! Self-training loops: simulation, theory, and labels that tell a kept mechanism from a collapse.
//!
//! # The loop
//!
//! A learner q_t is fitted by maximum likelihood on the records of generation t. Generation t + 1 is drawn from
//!
//! ```text
//! m_{t+1} = alpha_{t+1} p + (1 - alpha_{t+1}) q_t
//! ```
//!
//! p being the source of authentic records and alpha the exogenous share (Zenil, arXiv:2601.05280). The theorem:
//! if alpha_t tends to 0, generations have a fixed size and the learner's family can represent what it is fitted
//! on, then diversity dies (entropy decay) and what is left wanders away from p (variance amplification). If
//! alpha_t stays above a floor, the loop is outside the theorem: a stationary distance from p remains, small only
//! if alpha times the size of a generation is large. [`theory`] holds the exact recursions for two learners; two
//! things lie outside them. A learner of the wrong family loses the mechanism at once, and no share of
//! exogenous records below 1 brings it back; a learner that finds the mechanism itself and draws fresh seeds keeps
//! it with no exogenous record at all. With accumulated pools the loss is bounded although alpha tends to 0.
//!
//! # What is estimated
//!
//! [`label()`] asks two questions of each run and keeps them apart.
//!
//! 1. *Is the mechanism kept?* If the authentic records obey a rule that can be found by description length
//!    ([`infer`]), every generation is checked against it.
//! 2. *Does anything drift?* Statistics are taken relative to the first synthetic generation, so that a learner's
//!    constant misfit is no drift, and compared with null trajectories: simulated runs of the same shape whose
//!    learner is anchored exactly at the floor (of text that states a larger share, at that one too), of those kinds that could have
//!    made this run's first step.
//!
//! Both tests need two consecutive alarms and share one false-alarm rate per run. A label is a statement on
//! these statistics, not on the learner: a mechanism that no test here can express is not seen to be lost, and
//! a family of learners missing among the nulls can be taken for drift. The crate's README says what was measured.
//!
//! # Example
//!
//! ```
//! use turmite_collapse::{LabelOptions, Run, SimulateOptions, Verdict, label, simulate};
//! use turmite_tables::Table;
//!
//! let mut loop_of_copies = SimulateOptions::new("rule30".parse()?, "records".parse()?);
//! loop_of_copies.schedule = "constant:0".parse()?;
//! (loop_of_copies.runs, loop_of_copies.records, loop_of_copies.generations) = (1, 64, 20);
//! let mut records = Vec::new();
//! simulate(&loop_of_copies, &Default::default(), |record| { records.push(record); Ok(()) })?;
//!
//! let mut options = LabelOptions::new(Table::embedded("5x2-1d")?);
//! options.trajectories = 130;
//! let labels = label(&Run::from_simulated(records), None, &options, &|_| (), &Default::default())?;
//! assert_eq!(labels.runs[0].rule.as_deref(), Some("rule 30, width 16"));
//! assert_eq!(labels.runs[0].verdict, Verdict::Collapsing);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The modules, in the order data flows
//!
//! `source`, `rule`, `learner` (with `ngram`, `hypothesis`), `schedule` → `dynamics`; texts → `prepare` → `measure`
//! → `surrogate` and `nulls` → `drift`, `mechanism_loss`, `misfit` → `label` → `report`, `verdict`. `evidence`, `copies` and
//! `spread` serve whoever shows a label: example records, what theory predicts, what many runs have in common.

#![forbid(unsafe_code)]

mod alpha;
mod automaton;
mod band;
mod baseline;
mod binomial;
mod chain;
mod channel;
mod coded_ngram;
mod context;
mod copies;
mod de_bruijn;
mod description;
mod drift;
mod dynamics;
mod error;
mod estimate;
mod evidence;
mod feedback;
mod flag;
mod good_turing;
mod gram;
mod halving;
mod hypothesis;
mod judgement;
mod label;
mod learner;
mod ledger;
mod linear;
mod measure;
mod mechanism_loss;
mod misfit;
mod ngram;
mod null_cache;
mod null_size;
mod nulls;
mod order;
mod path;
mod pool;
mod prepare;
mod record;
mod report;
mod rule;
mod schedule;
mod seed;
mod sharpening;
mod small_machines;
mod source;
mod spread;
mod step_ngram;
mod successors;
mod surrogate;
pub mod theory;
mod unanchored;
mod verdict;
mod words;

pub use binomial::{lower_limit, upper_limit};
pub use chain::Chain;
pub use channel::Channel;
pub use copies::{CopyDesign, CopyPoint, CopyTheory, Different, NoTheory, record_diversity};
pub use description::LEAST_GAIN;
pub use dynamics::{SimulateOptions, SimulatedRecord, simulate, simulate_watched};
pub use error::CollapseError;
pub use estimate::{
    Estimate, EstimateOptions, Estimates, GREATEST_SE, GenerationEstimate, LEAST_LAGGED, Mixture, RunEstimate,
    Unidentified, estimate, estimate_from_metric,
};
pub use evidence::{Evidence, Example, Examples, MOST_SHOWN, MOST_WINDOWED, Why, reference_of};
pub use flag::{Comparison, FlagReference, LEAST_FLAG_REFERENCE, Measured, Side, q_values};
pub use hypothesis::{Hypothesis, infer};
pub use label::{LabelOptions, Panel, Progress, label, verdicts};
pub use learner::Learner;
pub use ledger::{
    Audit, CountedVerifier, Entry, GenerationAudit, Ledger, LedgerError, LedgerOptions, Limits, Origin, PLANNING_FLOOR,
};
pub use measure::LEAST_BITS;
pub use mechanism_loss::RESIDUAL_GUARD;
pub use prepare::LEAST_REFERENCE;
pub use record::{Generation, Record, Reference, Run};
pub use report::{Band, GenerationLabel, Labels, ReferenceBands, RunLabel, Statistics};
pub use rule::{Checks, Mechanism, Rule};
pub use schedule::Schedule;
pub use sharpening::Sharpening;
pub use small_machines::SmallMachines;
pub use source::{MARKOV, RecordSource, Source};
pub use spread::Spread;
pub use successors::Successors;
pub use surrogate::{NULL_SEED, null_families};
pub use verdict::{Mode, Regime, Verdict};
