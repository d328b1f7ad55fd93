//! Backward reasoning: whatever leads to an undefined entry, looked at from its end.
//!
//! A partial configuration knows the cells that the last steps have touched, which lie around the head, and leaves all
//! others open. Its predecessors follow from the table. If every chain of predecessors ends within d steps, no run longer
//! than that comes to an undefined entry. (Marxen and Buntrock 1990; bbchallenge's "backward reasoning".)

use turmite_tables::Space;

use crate::rules::{Rule, Rules, slot};

/// Every chain of predecessors of every undefined entry ends within `depth` steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreachable {
    pub(crate) depth: u64,
}

/// A configuration of which only some cells around the head are known, four bits each, the nearest lowest.
#[derive(Clone, Copy, Debug)]
struct Partial {
    left: u128,
    right: u128,
    left_cells: u8,
    right_cells: u8,
    slot: u16,
    depth: u8,
}

/// The search, with its memory.
#[derive(Clone, Debug)]
pub(crate) struct Backward {
    space: Space,
    most_nodes: u32,
    /// The defined entries.
    sources: Vec<(u16, Rule)>,
    /// Which of them lead to each state, as bits: a space has at most 126 entries.
    leading: Vec<u128>,
    pending: Vec<Partial>,
}

impl Backward {
    /// Cells that a word holds.
    const CELLS: u8 = 31;

    /// Gives up after `most_nodes` partial configurations.
    pub(crate) fn new(space: Space, most_nodes: u32) -> Self {
        Self { space, most_nodes, sources: Vec::new(), leading: Vec::new(), pending: Vec::new() }
    }

    /// Whether no undefined entry can be reached by a run that has taken so many steps.
    pub(crate) fn prove(&mut self, rules: &Rules, steps: u64) -> Option<Unreachable> {
        self.sources.clear();
        self.pending.clear();
        self.leading.clear();
        self.leading.resize(usize::from(self.space.states()), 0);
        for state in 0..self.space.states() {
            for symbol in 0..self.space.symbols() {
                let slot = slot(state, symbol);
                let rule = rules.at(slot);
                if rule.is_undefined() {
                    self.pending.push(Partial { left: 0, right: 0, left_cells: 0, right_cells: 0, slot, depth: 0 });
                } else {
                    self.leading[usize::from(rule.next_slot() >> 4)] |= 1 << self.sources.len();
                    self.sources.push((slot, rule));
                }
            }
        }
        let most_depth = steps.min(u64::from(Self::CELLS)) as u8;
        let (mut nodes, mut deepest) = (0, 0);
        while let Some(partial) = self.pending.pop() {
            nodes += 1;
            deepest = deepest.max(partial.depth);
            if nodes > self.most_nodes || !self.push_predecessors(partial, most_depth) {
                return None;
            }
        }
        Some(Unreachable { depth: u64::from(deepest) + 1 })
    }

    /// Adds what can come before; false if one of it is too deep.
    fn push_predecessors(&mut self, partial: Partial, most_depth: u8) -> bool {
        let mut leading = self.leading[usize::from(partial.slot >> 4)];
        while leading != 0 {
            let (slot, rule) = self.sources[leading.trailing_zeros() as usize];
            leading &= leading - 1;
            // Before a step to the right the head stood one cell to the left, on what the step has written over.
            let Partial { left, right, left_cells, right_cells, .. } = partial;
            let (mut ahead, mut ahead_cells, behind, behind_cells) = if rule.right() {
                (left, left_cells, right, right_cells)
            } else {
                (right, right_cells, left, left_cells)
            };
            if ahead_cells > 0 {
                if ahead as u8 & 0xf != rule.write() {
                    continue;
                }
                ahead >>= 4;
                ahead_cells -= 1;
            }
            if partial.depth + 1 >= most_depth {
                return false;
            }
            let behind = behind << 4 | u128::from(partial.slot & 0xf);
            let behind_cells = behind_cells + 1;
            let (left, left_cells, right, right_cells) = if rule.right() {
                (ahead, ahead_cells, behind, behind_cells)
            } else {
                (behind, behind_cells, ahead, ahead_cells)
            };
            self.pending.push(Partial { left, right, left_cells, right_cells, slot, depth: partial.depth + 1 });
        }
        true
    }
}
