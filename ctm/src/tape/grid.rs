//! The fast tape of planes and solids: a small window of cells around the origin, copied whole from node to node.
//!
//! Both deciders compare with a reference that is renewed after 2^i steps. *Cycle*: head, state and all cells are those of the
//! reference. *Translated cycle*: the head goes beyond all cells visited in the state of the reference, and what lies before
//! it is, seen from the head, what lay before it then (see [`Grid::repeats`]).

use super::{Endless, Outcome, Tape};
use crate::outputs::{Extents, Written};
use crate::rules::Rules;
use crate::tally::Proof;

/// A size of window.
pub(crate) trait Window: Copy + Send + Sync + 'static {
    /// Cells along an axis are 2^`BITS`.
    const BITS: u32;
    /// Whether it has more than one plane.
    const SOLID: bool;
    /// The window to go on with.
    type Wider: Tape;
    fn blank() -> Self;
    fn cells(&self) -> &[u8];
    fn cells_mut(&mut self) -> &mut [u8];
    fn widen(grid: &Grid<Self>) -> Self::Wider;
}

macro_rules! window {
    ($(#[$doc:meta])* $name:ident, $cells:literal, $bits:literal, $wider:ty, $widen:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name([u8; $cells]);

        impl Window for $name {
            const BITS: u32 = $bits;
            const SOLID: bool = $cells > 1 << (2 * $bits);
            type Wider = $wider;

            fn blank() -> Self {
                Self([0; $cells])
            }

            #[inline(always)]
            fn cells(&self) -> &[u8] {
                &self.0
            }

            #[inline(always)]
            fn cells_mut(&mut self) -> &mut [u8] {
                &mut self.0
            }

            fn widen(grid: &Grid<Self>) -> Self::Wider {
                $widen(grid)
            }
        }
    };
}

window!(
    /// 16 x 16 cells.
    SmallPlane, 256, 4, Grid<LargePlane>, Grid::enlarge
);
window!(
    /// 64 x 64 cells.
    LargePlane, 4096, 6, Endless, Grid::unbound
);
window!(
    /// 8 x 8 x 8 cells.
    SmallSolid, 512, 3, Grid<LargeSolid>, Grid::enlarge
);
window!(
    /// 16 x 16 x 16 cells.
    LargeSolid, 4096, 4, Endless, Grid::unbound
);

/// A configuration in a window. Coordinates are column, row, plane; planes have one only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid<W> {
    window: W,
    head: [i32; 3],
    low: [i32; 3],
    high: [i32; 3],
    slot: u16,
    steps: u64,
}

/// An earlier configuration and the box the head has been in since.
#[derive(Clone, Copy)]
struct Reference<W> {
    window: W,
    head: [i32; 3],
    slot: u16,
    low: [i32; 3],
    high: [i32; 3],
}

impl<W: Window> Grid<W> {
    const SIDE: i32 = 1 << W::BITS;

    /// The place of a cell in the window, the origin in its middle (for planes, the third coordinate is 0).
    #[inline(always)]
    fn index(at: [i32; 3]) -> usize {
        let half = Self::SIDE / 2;
        let planes = if W::SOLID { (at[2] + half) << (2 * W::BITS) } else { 0 };
        (planes + ((at[1] + half) << W::BITS) + at[0] + half) as usize
    }

    fn holds(at: [i32; 3]) -> bool {
        at.iter().all(|c| (-Self::SIDE / 2..Self::SIDE / 2).contains(c))
    }

    fn cell(window: &W, at: [i32; 3]) -> u8 {
        if Self::holds(at) { window.cells()[Self::index(at)] } else { 0 }
    }

    fn visited(&self) -> impl Iterator<Item = [i32; 3]> + use<W> {
        let (low, high) = (self.low, self.high);
        (low[2]..=high[2]).flat_map(move |plane| {
            (low[1]..=high[1]).flat_map(move |row| (low[0]..=high[0]).map(move |column| [column, row, plane]))
        })
    }

    /// The same in a larger window.
    fn enlarge<V: Window>(grid: &Self) -> Grid<V> {
        let mut window = V::blank();
        for at in grid.visited().filter(|at| Self::holds(*at)) {
            window.cells_mut()[Grid::<V>::index(at)] = Self::cell(&grid.window, at);
        }
        let Self { head, low, high, slot, steps, .. } = *grid;
        Grid { window, head, low, high, slot, steps }
    }

    fn unbound(grid: &Self) -> Endless {
        let cells = grid.visited().map(|at| (at, Self::cell(&grid.window, at))).collect();
        let Self { head, low, high, slot, steps, .. } = *grid;
        Endless { cells, head, low, high, slot, steps }
    }

    /// Whether the run does from here what it has done since the reference, elsewhere, and so on for ever. The head has
    /// just gone beyond all cells visited, along `axis`.
    ///
    /// Let H be the half of the space from the rearmost cell visited since the reference on, along that axis. If the
    /// content of H then equals that of H shifted now, the next stretch of the run repeats the last one, shifted; cells
    /// of H that it did not visit were the same before and after, so the content of H shifted twice equals it again.
    /// (That the cells *visited* be equal is not enough: beside them the run may meet what it wrote long before.)
    fn repeats(&self, reference: &Reference<W>, axis: usize) -> bool {
        let shift = [0, 1, 2].map(|a| self.head[a] - reference.head[a]);
        // Outside of these both are blank.
        let mut low = [0, 1, 2].map(|a| self.low[a].min(self.low[a] - shift[a]));
        let mut high = [0, 1, 2].map(|a| self.high[a].max(self.high[a] - shift[a]));
        if shift[axis] > 0 {
            low[axis] = reference.low[axis];
        } else {
            high[axis] = reference.high[axis];
        }
        for plane in low[2]..=high[2] {
            for row in low[1]..=high[1] {
                for column in low[0]..=high[0] {
                    let there = [column + shift[0], row + shift[1], plane + shift[2]];
                    if Self::cell(&reference.window, [column, row, plane]) != Self::cell(&self.window, there) {
                        return false;
                    }
                }
            }
        }
        true
    }

    fn reference(&self) -> Reference<W> {
        Reference { window: self.window, head: self.head, slot: self.slot, low: self.head, high: self.head }
    }
}

impl<W: Window> Tape for Grid<W> {
    type Wider = W::Wider;

    fn blank() -> Self {
        Self { window: W::blank(), head: [0; 3], low: [0; 3], high: [0; 3], slot: 0, steps: 0 }
    }

    fn widen(&self) -> W::Wider {
        W::widen(self)
    }

    fn run(&mut self, rules: &Rules, limit: u64) -> Outcome {
        // Far enough that a short run, and most are, never makes a reference.
        let mut interval = 8;
        let mut reference: Option<Reference<W>> = None;
        loop {
            let stop = limit.min(self.steps + interval);
            while self.steps < stop {
                if !Self::holds(self.head) {
                    return Outcome::Overflow;
                }
                let rule = rules.at(self.slot);
                if rule.is_undefined() {
                    return Outcome::Undefined;
                }
                self.window.cells_mut()[Self::index(self.head)] = rule.write();
                let direction = rule.direction();
                let axis = direction / 2;
                let forward = FORWARD[direction & 7];
                self.head[axis] += if forward { 1 } else { -1 };
                self.steps += 1;
                self.slot = rule.next_slot() | u16::from(Self::cell(&self.window, self.head));
                let at = self.head[axis];
                let outside = at < self.low[axis] || at > self.high[axis];
                self.low[axis] = self.low[axis].min(at);
                self.high[axis] = self.high[axis].max(at);
                if let Some(reference) = &mut reference {
                    reference.low[axis] = reference.low[axis].min(at);
                    reference.high[axis] = reference.high[axis].max(at);
                    if self.slot == reference.slot {
                        if self.head == reference.head && self.window.cells() == reference.window.cells() {
                            return Outcome::Proven(Proof::Cycle);
                        }
                        if outside && self.repeats(reference, axis) {
                            return Outcome::Proven(Proof::TranslatedCycle);
                        }
                    }
                }
            }
            if self.steps >= limit {
                return Outcome::Limit;
            }
            reference = Some(self.reference());
            interval *= 2;
        }
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
        const BITS: u32 = 4;
        let extents = self.extents();
        if extents.cells() * BITS > 128 {
            let cells =
                self.visited().map(|at| if at == self.head { 0 } else { Self::cell(&self.window, at) }).collect();
            let head = self.visited().position(|at| at == self.head).unwrap_or(0);
            return Written::Cells { cells, head, extents };
        }
        let (mut code, mut head_shift, mut left) = (0u128, 0, extents.cells());
        for at in self.visited() {
            left -= 1;
            let symbol = if at == self.head { 0 } else { Self::cell(&self.window, at) };
            if at == self.head {
                head_shift = left * BITS;
            }
            code = code << BITS | u128::from(symbol);
        }
        Written::Word { code, head_shift, extents, bits: BITS }
    }
}

/// Whether each of [`Direction::ALL`] is forward along its axis; padded so that three bits index it.
const FORWARD: [bool; 8] = [true, false, false, true, true, false, false, false];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Direction;

    #[test]
    fn forward_is_what_directions_say() {
        for direction in Direction::ALL {
            assert_eq!(FORWARD[direction as usize], direction.is_forward());
        }
    }
}
