//! Labels as they are written.

use crate::verdict::{Mode, Regime, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Numbers by name; what could not be measured is null.
pub type Statistics = BTreeMap<String, Option<f64>>;

/// The label of one generation: what is known of the run by then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerationLabel {
    /// The run.
    pub run: String,
    /// The generation.
    pub generation: u64,
    /// The verdict on the run up to here.
    pub verdict: Verdict,
    /// Its modes.
    pub modes: Vec<Mode>,
    /// The p-value of the run up to here; null before two generations can alarm in a row.
    pub p_value: Option<f64>,
    /// The exogenous share, given or counted.
    pub alpha: Option<f64>,
    /// Its lower limit (95 %, two-sided; the share itself where it is given).
    pub alpha_low: Option<f64>,
    /// Its upper limit.
    pub alpha_high: Option<f64>,
    /// What was measured on the pool.
    pub statistics: Statistics,
}

/// The label of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunLabel {
    /// Always true: tells this line from a generation's.
    pub summary: bool,
    /// The run.
    pub run: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Its modes.
    pub modes: Vec<Mode>,
    /// What alarmed, each with the way it went: `residual up` (broken checks of the rule) first, and channels by their names, such as
    /// `multiscale-48 down`, in the order of their first alarm.
    pub alarms: Vec<String>,
    /// The rule found in the reference.
    pub rule: Option<String>,
    /// The regime, where one of the three is shown.
    pub regime: Option<Regime>,
    /// The generation of the second of two consecutive alarms.
    pub onset: Option<u64>,
    /// (1 + null trajectories at least as extreme) / (1 + null trajectories), the least favourable null counting.
    pub p_value: Option<f64>,
    /// How far the run's most extreme statistic lies beyond its threshold: 0 and above for an alarm. It orders runs where
    /// p-values have reached their least. In standard deviations of the null for drift, as a natural logarithm of the
    /// residual for a broken rule; null where the level cannot be resolved.
    pub score: Option<f64>,
    /// The kinds of learner that could have made the run's first step, whose loops at the floor were the nulls; once more, as `ngram:2 at
    /// 0.5`, where text states a larger share and is held against loops of that share too.
    pub nulls: Vec<String>,
}

/// Where about 95 % of authentic generations lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The 2.5 % quantile.
    pub low: f64,
    /// The 97.5 % quantile.
    pub high: f64,
}

/// The bands of runs that share a reference and their generations' sizes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReferenceBands {
    /// The runs.
    pub runs: Vec<String>,
    /// By the name of the statistic.
    pub bands: BTreeMap<String, Band>,
}

/// Everything a call of [`label`](crate::label()) found.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// One per run and generation, in order of run and generation.
    pub generations: Vec<GenerationLabel>,
    /// One per run, in the order given.
    pub runs: Vec<RunLabel>,
    /// Where authentic generations lie, for each set of runs that share a reference and a shape.
    pub references: Vec<ReferenceBands>,
    /// What a reader must know before trusting a verdict: small references, levels that cannot be resolved.
    pub warnings: Vec<String>,
    /// The encoding used, e.g. "bits".
    pub encoding: String,
    /// The least p-value that any run could have got.
    pub smallest_p: f64,
}
