//! The tape for the few runs that outgrow the words: a vector of cells, and no deciders. Long stretches are taken in leaps.

use std::collections::VecDeque;

use super::blocks::leap;
use super::{Outcome, Tape};
use crate::deciders::HalfTapes;
use crate::outputs::{Extents, Written};
use crate::rules::Rules;

/// A tape as wide as memory.
#[derive(Clone, Debug)]
pub(crate) struct Long {
    pub(super) cells: VecDeque<u8>,
    pub(super) head: usize,
    pub(super) slot: u16,
    pub(super) steps: u64,
}

impl Long {
    /// Steps that are sooner taken than leapt.
    const STRETCH: u64 = 1 << 16;

    pub(crate) fn new(cells: Vec<u8>, head: usize, slot: u16, steps: u64) -> Self {
        Self { cells: cells.into(), head, slot, steps }
    }

    /// Step by step up to `limit`.
    pub(super) fn walk(&mut self, rules: &Rules, limit: u64) -> Option<Outcome> {
        while self.steps < limit {
            let rule = rules.at(self.slot);
            if rule.is_undefined() {
                return Some(Outcome::Undefined);
            }
            self.cells[self.head] = rule.write();
            if rule.right() {
                self.head += 1;
                if self.head == self.cells.len() {
                    self.cells.push_back(0);
                }
            } else if self.head == 0 {
                self.cells.push_front(0);
            } else {
                self.head -= 1;
            }
            self.slot = rule.next_slot() | u16::from(self.cells[self.head]);
            self.steps += 1;
        }
        None
    }
}

impl Tape for Long {
    type Wider = Self;

    fn blank() -> Self {
        Self::new(vec![0], 0, 0, 0)
    }

    fn widen(&self) -> Self {
        self.clone()
    }

    fn run(&mut self, rules: &Rules, limit: u64) -> Outcome {
        while self.steps < limit {
            // Step by step as far as is no work, or up to an undefined entry or where leaps do not lead on.
            let near = limit.min(self.steps + Self::STRETCH);
            if let Some(outcome) = self.walk(rules, near) {
                return outcome;
            }
            if limit - self.steps > Self::STRETCH {
                *self = leap(self, rules, limit);
            }
        }
        Outcome::Limit
    }

    fn slot(&self) -> u16 {
        self.slot
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn extents(&self) -> Extents {
        Extents::line(self.cells.len())
    }

    fn written(&self) -> Written {
        Written::Cells { cells: self.cells.iter().copied().collect(), head: self.head, extents: self.extents() }
    }

    fn half_tapes(&self, tapes: &mut HalfTapes) {
        tapes.left.clear();
        tapes.left.extend(self.cells.iter().take(self.head).rev());
        tapes.right.clear();
        tapes.right.extend(self.cells.iter().skip(self.head + 1));
    }
}
