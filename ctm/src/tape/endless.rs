//! The tape of planes and solids for runs that outgrow every grid: a map of cells, and no deciders.

use foldhash::HashMap;

use super::{Outcome, Tape};
use crate::machine::Direction;
use crate::outputs::{Extents, Written};
use crate::rules::Rules;

/// A plane or solid as large as memory.
#[derive(Clone, Debug)]
pub(crate) struct Endless {
    /// By column, row, plane.
    pub(super) cells: HashMap<[i32; 3], u8>,
    pub(super) head: [i32; 3],
    pub(super) low: [i32; 3],
    pub(super) high: [i32; 3],
    pub(super) slot: u16,
    pub(super) steps: u64,
}

impl Tape for Endless {
    type Wider = Self;

    fn blank() -> Self {
        Self { cells: HashMap::default(), head: [0; 3], low: [0; 3], high: [0; 3], slot: 0, steps: 0 }
    }

    fn widen(&self) -> Self {
        self.clone()
    }

    fn run(&mut self, rules: &Rules, limit: u64) -> Outcome {
        while self.steps < limit {
            let rule = rules.at(self.slot);
            if rule.is_undefined() {
                return Outcome::Undefined;
            }
            self.cells.insert(self.head, rule.write());
            let direction = Direction::ALL[rule.direction()];
            let axis = direction.axis();
            self.head[axis] += if direction.is_forward() { 1 } else { -1 };
            self.low[axis] = self.low[axis].min(self.head[axis]);
            self.high[axis] = self.high[axis].max(self.head[axis]);
            self.slot = rule.next_slot() | u16::from(self.cells.get(&self.head).copied().unwrap_or(0));
            self.steps += 1;
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
        Extents([0, 1, 2].map(|axis| (self.high[axis] - self.low[axis]) as u32 + 1))
    }

    fn written(&self) -> Written {
        let [columns, rows, planes] = [0, 1, 2].map(|axis| self.low[axis]..=self.high[axis]);
        let mut cells = Vec::with_capacity(self.extents().cells() as usize);
        let mut head = 0;
        for plane in planes {
            for row in rows.clone() {
                for column in columns.clone() {
                    let at = [column, row, plane];
                    if at == self.head {
                        head = cells.len();
                    }
                    cells.push(self.cells.get(&at).copied().unwrap_or(0));
                }
            }
        }
        Written::Cells { cells, head, extents: self.extents() }
    }
}
