//! Judges: our rule, and the usual statistics in its place, under the same drift test and the same nulls.

use serde::{Deserialize, Serialize};
use std::fmt;
use turmite_collapse::{Channel, Panel, RunLabel, Verdict};

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Judge {
    /// The rule as it is.
    Rule,
    /// Its drift test alone, without a look for a rule in the reference.
    DriftAlone,
    /// One usual statistic in place of ours.
    Baseline(Channel),
    /// All usual statistics together in place of ours.
    Baselines,
}

impl Judge {
    /// Every judge that has something to say of text, or of bits.
    #[must_use]
    pub fn all(text: bool) -> Vec<Judge> {
        let usable = baselines(text).into_iter().map(Judge::Baseline);
        [Judge::Rule, Judge::DriftAlone].into_iter().chain(usable).chain([Judge::Baselines]).collect()
    }

    /// Whether this is one of the usual statistics, or all of them.
    #[must_use]
    pub fn is_baseline(self) -> bool {
        matches!(self, Judge::Baseline(_) | Judge::Baselines)
    }

    /// What this judge goes by.
    #[must_use]
    pub fn panel(self, text: bool) -> Panel {
        let (channels, mechanism) = match self {
            Judge::Rule => (None, true),
            Judge::DriftAlone => (None, false),
            Judge::Baseline(channel) => (Some(vec![channel]), false),
            Judge::Baselines => (Some(baselines(text)), false),
        };
        Panel { channels, mechanism }
    }
}

/// Gopher's fractions are of words, and bits have none.
fn baselines(text: bool) -> Vec<Channel> {
    let of_words = [Channel::GopherRepeated, Channel::GopherTop];
    Channel::baselines().into_iter().filter(|channel| text || !of_words.contains(channel)).collect()
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Judge::Rule => f.write_str("turmite"),
            Judge::DriftAlone => f.write_str("turmite, drift alone"),
            Judge::Baseline(channel) => write!(f, "{channel}"),
            Judge::Baselines => f.write_str("all baselines"),
        }
    }
}

/// What a judge said of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether it called the run collapsing.
    pub alarm: bool,
    /// The second of two consecutive alarms.
    pub onset: Option<u64>,
    /// How far beyond its threshold the most extreme statistic lies.
    pub score: Option<f64>,
    /// The run's p-value.
    pub p_value: Option<f64>,
    /// The modes, in words.
    pub modes: Vec<String>,
}

impl Outcome {
    /// Of a label.
    #[must_use]
    pub fn of(label: &RunLabel) -> Self {
        Self {
            alarm: label.verdict == Verdict::Collapsing,
            onset: label.onset,
            score: label.score,
            p_value: label.p_value,
            modes: label.modes.iter().map(ToString::to_string).collect(),
        }
    }

    /// The score, least where there is none.
    #[must_use]
    pub fn rank(&self) -> f64 {
        self.score.filter(|score| !score.is_nan()).unwrap_or(f64::NEG_INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_differ_in_channels_and_in_nothing_else() {
        for text in [false, true] {
            let judges = Judge::all(text);
            assert_eq!(judges.len(), 3 + baselines(text).len());
            for judge in judges {
                let panel = judge.panel(text);
                assert_eq!(panel.mechanism, judge == Judge::Rule);
                assert_eq!(panel.channels.is_some(), judge.is_baseline());
            }
            let together = Judge::Baselines.panel(text).channels;
            assert!(
                together.is_some_and(
                    |channels| channels.len() == baselines(text).len() && channels.contains(&Channel::Gzip)
                )
            );
        }
        assert!(baselines(true).len() > baselines(false).len());
    }
}
