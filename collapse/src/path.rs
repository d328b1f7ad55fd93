//! The path of a run: its generations' channels one after another.

use crate::channel::Channel;
use crate::gram::Grams;
use crate::measure::{Measured, Ranks, Values, Windows};
use crate::unanchored::{Law, evidence};
use std::collections::HashSet;

/// What became of a run or a trajectory: the channels of every generation, generation 0 first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) values: Vec<Values>,
    /// The windows and the ranks of each generation; `None` for one that is not there.
    pub(crate) windows: Vec<Option<Windows>>,
    pub(crate) ranks: Vec<Option<Ranks>>,
    /// ln multiscale BDM of generations 0 and 1.
    levels: [f64; 2],
    copied: f64,
}

impl Path {
    /// The greatest share of a generation's records that the generation before holds too.
    pub(crate) fn copied(&self) -> f64 {
        self.copied
    }

    /// The step of ln multiscale BDM from generation 0 to generation 1, by which the kind of learner is guessed.
    pub(crate) fn shift(&self) -> f64 {
        self.levels[1] - self.levels[0]
    }

    /// ln multiscale BDM of generation 0 or 1.
    pub(crate) fn level(&self, generation: usize) -> f64 {
        self.levels[generation.min(1)]
    }
}

/// Joins measured generations: a distance needs the first synthetic one, a copy and what is unanchored the one before.
pub(crate) struct PathBuilder {
    /// Where the distance stands among the channels.
    distance: Option<usize>,
    /// Where the evidence against an anchor stands among the channels.
    unanchored: Option<usize>,
    /// The law of the source and the floor, for that evidence.
    anchor: Option<(Law, f64)>,
    /// Its greatest sum over the last generations, in nats.
    evidence: f64,
    values: Vec<Values>,
    first: Option<Grams>,
    law: Option<Law>,
    levels: Vec<f64>,
    windows: Vec<Option<Windows>>,
    ranks: Vec<Option<Ranks>>,
    before: HashSet<u64, foldhash::fast::FixedState>,
    copied: f64,
}

impl PathBuilder {
    pub(crate) fn new(channels: &[Channel], anchor: Option<(Law, f64)>) -> Self {
        let place = |of: Channel| channels.iter().position(|channel| *channel == of);
        Self {
            distance: place(Channel::Distance),
            unanchored: place(Channel::Unanchored),
            anchor,
            evidence: 0.0,
            values: Vec::new(),
            first: None,
            law: None,
            levels: Vec::new(),
            windows: Vec::new(),
            ranks: Vec::new(),
            before: HashSet::default(),
            copied: 0.0,
        }
    }

    /// A generation 0 that is not there: it stands at the authentic mean.
    pub(crate) fn push_authentic(&mut self, values: &Values, level: f64) {
        self.values.push(values.clone());
        self.levels.push(level);
        self.windows.push(None);
        self.ranks.push(None);
    }

    pub(crate) fn push(&mut self, measured: Measured) {
        let Measured { mut values, level, windows, ranks, grams, counts, records } = measured;
        if let (Some(at), Some(grams)) = (self.distance, grams) {
            match &self.first {
                Some(first) => values[at] = first.distance(&grams),
                // Generation 1 is the second; generation 0 is never compared.
                None if !self.values.is_empty() => self.first = Some(grams),
                None => {}
            }
        }
        if let (Some(at), Some(counts), Some((source, floor))) = (self.unanchored, counts, &self.anchor) {
            if let Some(before) = &self.law {
                // Since the generation from which it is greatest (Page, Continuous inspection schemes, Biometrika 41, 1954): what came in
                // before an anchor was lost says nothing for it.
                self.evidence = self.evidence.max(0.0) + evidence(&counts, before, source, *floor);
            }
            values[at] = self.evidence;
            // Generation 0 is authentic, whatever becomes of the run.
            self.law = (!self.values.is_empty()).then(|| Law::fit(counts.iter()));
        }
        self.values.push(values);
        self.levels.push(level);
        self.windows.push(Some(windows));
        self.ranks.push(ranks);
        let copies = records.iter().filter(|hash| self.before.contains(hash)).count();
        self.copied = self.copied.max(copies as f64 / records.len().max(1) as f64);
        self.before = records.into_iter().collect();
    }

    pub(crate) fn finish(self) -> Path {
        let levels = if let [zero, one, ..] = self.levels[..] { [zero, one] } else { [0.0; 2] };
        Path { values: self.values, levels, windows: self.windows, ranks: self.ranks, copied: self.copied }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::Pool;

    #[test]
    fn a_path_knows_its_first_step_its_distances_and_its_copies() {
        let generation = |text: &[u8], level: f64, records: &[u64]| {
            let pool: Pool<u8> = std::iter::once(text).collect();
            let windows = Windows { bits: level.exp(), distinct: 1 };
            let grams = Some(Grams::of_bytes(&pool));
            let values = vec![level, 0.0];
            Measured { values, level, windows, ranks: None, grams, counts: None, records: records.to_vec() }
        };
        let mut path = PathBuilder::new(&[Channel::Multiscale48, Channel::Distance], None);
        path.push(generation(b"xyxy", 3.0, &[1, 2, 3, 4]));
        path.push(generation(b"abab", 2.5, &[5, 6, 7, 8]));
        path.push(generation(b"abab", 2.4, &[5, 9, 10, 11]));
        path.push(generation(b"cdcd", 2.3, &[12, 13, 14, 15]));
        let path = path.finish();
        assert_eq!((path.shift(), path.level(0), path.level(1), path.copied()), (-0.5, 3.0, 2.5, 0.25));
        assert_eq!(path.values.iter().map(|values| values[1]).collect::<Vec<_>>(), [0.0, 0.0, 0.0, 1.0]);
    }
}
