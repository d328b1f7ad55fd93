//! The words a label is made of.

use crate::error::CollapseError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What a label says of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// The records still obey the rule found in the reference, or none was found, and nothing drifts.
    MechanismPreserving,
    /// The records break the rule, or a statistic drifts away from the first synthetic generation.
    Collapsing,
}

/// In which way a run departs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Mode {
    /// Complexity or diversity drifts down.
    EntropyDecay,
    /// Complexity drifts up, or the symbol mean drifts away.
    VarianceAmplification,
    /// Records break the rule that authentic ones obey.
    MechanismLoss,
    /// The learner differs from the reference and stays put; no rule was found to be lost.
    StaticMisfit,
}

/// Which regime of the theory a run shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Regime {
    /// There is drift.
    AutonomyCollapse,
    /// A rule was found and is kept although alpha's upper limit is under the floor.
    NeurosymbolicEscape,
    /// No drift, and alpha's lower limit is at or above the floor.
    Anchored,
}

macro_rules! words {
    ($kind:ident, $what:literal, $expected:literal, $($variant:ident = $word:literal),+) => {
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($kind::$variant => $word),+ })
            }
        }

        impl FromStr for $kind {
            type Err = CollapseError;

            fn from_str(text: &str) -> Result<Self, CollapseError> {
                match text {
                    $($word => Ok($kind::$variant),)+
                    _ => Err(CollapseError::Unknown { what: $what, found: text.to_owned(), expected: $expected }),
                }
            }
        }
    };
}

words!(
    Verdict,
    "verdict",
    "mechanism-preserving or collapsing",
    MechanismPreserving = "mechanism-preserving",
    Collapsing = "collapsing"
);
words!(
    Mode,
    "mode",
    "entropy-decay, variance-amplification, mechanism-loss or static-misfit",
    EntropyDecay = "entropy-decay",
    VarianceAmplification = "variance-amplification",
    MechanismLoss = "mechanism-loss",
    StaticMisfit = "static-misfit"
);
words!(
    Regime,
    "regime",
    "autonomy-collapse, neurosymbolic-escape or anchored",
    AutonomyCollapse = "autonomy-collapse",
    NeurosymbolicEscape = "neurosymbolic-escape",
    Anchored = "anchored"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_typed_shown_and_serialised() {
        for mode in [Mode::EntropyDecay, Mode::VarianceAmplification, Mode::MechanismLoss, Mode::StaticMisfit] {
            assert_eq!(mode.to_string().parse::<Mode>().unwrap(), mode);
            assert_eq!(serde_json::to_string(&mode).unwrap(), format!("\"{mode}\""));
        }
        for regime in [Regime::AutonomyCollapse, Regime::NeurosymbolicEscape, Regime::Anchored] {
            assert_eq!(serde_json::to_string(&regime).unwrap(), format!("\"{regime}\""));
        }
        assert_eq!("collapsing".parse::<Verdict>().unwrap(), Verdict::Collapsing);
        assert!("collapsed".parse::<Verdict>().unwrap_err().to_string().contains("mechanism-preserving"));
    }
}
