//! The outcomes of the tests on one run, and the verdict table.

use crate::channel::Channel;
use crate::drift::{Direction, Drift};
use crate::verdict::{Mode, Verdict};

/// Part of the false-alarm rate that the mechanism test gets where a rule was found.
const MECHANISM_PART: f64 = 0.2;

/// The tests' parts of the false-alarm rate, (drift, mechanism): all of it goes to drift where no rule was found. Otherwise the
/// mechanism test needs little, as it has many cheap trajectories and a guard.
pub(crate) fn parts(rule_found: bool) -> (f64, f64) {
    if rule_found { (1.0 - MECHANISM_PART, MECHANISM_PART) } else { (1.0, 0.0) }
}

/// The outcomes of the tests on one run, by position.
pub(crate) struct Judgement {
    pub(crate) drift: Drift,
    pub(crate) kept: Vec<Option<f64>>,
    pub(crate) lost: Option<usize>,
    pub(crate) misfit: Vec<bool>,
    pub(crate) parts: (f64, f64),
    pub(crate) score: Option<f64>,
}

impl Judgement {
    /// The verdict table, with what is known at position t.
    pub(crate) fn at(&self, t: usize) -> (Verdict, Vec<Mode>) {
        let mut modes: Vec<Mode> =
            self.drift.modes.iter().filter(|(_, since)| *since <= t).map(|(mode, _)| *mode).collect();
        if self.lost.is_some_and(|since| since <= t) {
            modes.push(Mode::MechanismLoss);
        }
        if !modes.is_empty() {
            return (Verdict::Collapsing, modes);
        }
        if self.misfit[t] {
            modes.push(Mode::StaticMisfit);
        }
        (Verdict::MechanismPreserving, modes)
    }

    /// What alarmed by the end and which way it went.
    pub(crate) fn alarms(&self, channels: &[Channel]) -> Vec<String> {
        let broken = self.lost.map(|_| format!("residual {}", Direction::Up));
        let drifting = self.drift.alarms.iter().map(|(channel, way)| format!("{} {way}", channels[*channel]));
        broken.into_iter().chain(drifting).collect()
    }

    /// The least of the tests' p-values, each divided by its part of the rate (weighted Bonferroni).
    pub(crate) fn p_value(&self, t: usize) -> Option<f64> {
        let drift = self.drift.p_by_generation[t].map(|p| p / self.parts.0);
        let kept = self.kept[t].map(|p| p / self.parts.1);
        [drift, kept].into_iter().flatten().reduce(f64::min).map(|p| p.min(1.0))
    }
}
