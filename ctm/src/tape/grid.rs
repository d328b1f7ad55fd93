//! The fast tape of planes and solids: a small window of cells around the origin, a bit plane for each bit of a symbol,
//! copied whole from node to node.
//!
//! Both deciders live in the loop. *Cycle* (Brent): head, state and all cells are those of a reference that is renewed
//! after 2^i steps. *Translated cycle*: the head goes beyond all cells visited, in the state in which it did so in that
//! direction before, at the reference, and what lies before it is, seen from the head, what lay before it then (see
//! [`Grid::repeats`]). That reference is the 2^i-th such record of its direction. With every record a reference the
//! runs of (5,2)-2D would take 12 % fewer steps, and each would cost more.

use super::{Endless, Outcome, Tape};
use crate::outputs::{Extents, Written};
use crate::rules::Rules;
use crate::tally::Proof;

/// Directions, padded so that three bits index them.
const DIRECTIONS: usize = 8;

/// A size of window.
pub(crate) trait Window: Copy + Eq + Send + Sync + 'static {
    /// Cells along an axis are 2^`LOG`.
    const LOG: u32;
    /// Whether it has more than one plane.
    const SOLID: bool;
    /// One bit plane of blank cells.
    const BLANK: Self;
    /// The bits of a row: the first cell is the most significant, as in [`Written`].
    fn row(&self, row: usize) -> u64;
    fn set(&mut self, row: usize, bits: u64);
}

macro_rules! window {
    ($(#[$doc:meta])* $name:ident, $log:literal, $row:ty, $rows:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $name([$row; $rows]);

        impl Window for $name {
            const LOG: u32 = $log;
            const SOLID: bool = $rows > 1 << $log;
            const BLANK: Self = Self([0; $rows]);

            #[inline(always)]
            fn row(&self, row: usize) -> u64 {
                u64::from(self.0[row % $rows])
            }

            #[inline(always)]
            fn set(&mut self, row: usize, bits: u64) {
                self.0[row % $rows] = bits as $row;
            }
        }
    };
}

window!(
    /// 32 x 32 cells.
    SmallPlane, 5, u32, 32
);
window!(
    /// 64 x 64 cells.
    LargePlane, 6, u64, 64
);
window!(
    /// 16 x 16 x 16 cells.
    SmallSolid, 4, u16, 256
);
window!(
    /// 32 x 32 x 32 cells.
    LargeSolid, 5, u32, 1024
);

/// The window to go on with.
pub(crate) trait Widen<const B: usize>: Window {
    type Wider: Tape;
    fn widen(grid: &Grid<Self, B>) -> Self::Wider;
}

impl<const B: usize> Widen<B> for SmallPlane {
    type Wider = Grid<LargePlane, B>;
    fn widen(grid: &Grid<Self, B>) -> Self::Wider {
        grid.enlarge()
    }
}

impl<const B: usize> Widen<B> for SmallSolid {
    type Wider = Grid<LargeSolid, B>;
    fn widen(grid: &Grid<Self, B>) -> Self::Wider {
        grid.enlarge()
    }
}

impl<const B: usize> Widen<B> for LargePlane {
    type Wider = Endless;
    fn widen(grid: &Grid<Self, B>) -> Endless {
        grid.unbound()
    }
}

impl<const B: usize> Widen<B> for LargeSolid {
    type Wider = Endless;
    fn widen(grid: &Grid<Self, B>) -> Endless {
        grid.unbound()
    }
}

/// A place in a window: bit, row and plane, `LOG` bits each, the bit lowest. Bits count from the last column to the
/// first, so that a move to the right goes one bit down.
type Place = u32;

/// A configuration in a window of `B` bit planes. A cell at the border is never written: where the head comes to stand on
/// one, the window overflows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid<W, const B: usize> {
    planes: [W; B],
    head: Place,
    /// The bits, rows and planes visited, a word an axis. A run leaves no gaps, so each is one run of ones.
    seen: [u64; 3],
    slot: u16,
    steps: u64,
}

/// An earlier configuration.
#[derive(Clone, Copy)]
struct Reference<W, const B: usize> {
    planes: [W; B],
    head: Place,
    slot: u16,
}

/// No slot of the rules.
const NO_SLOT: u16 = u16::MAX;

impl<W: Window, const B: usize> Grid<W, B> {
    const SIDE: i32 = 1 << W::LOG;
    const AXES: usize = if W::SOLID { 3 } else { 2 };
    /// The places a move adds, in the order of [`Direction::ALL`](crate::machine::Direction::ALL).
    const STRIDES: [Place; DIRECTIONS] = {
        let (row, plane) = (1u32 << W::LOG, 1u32 << (2 * W::LOG));
        [1u32.wrapping_neg(), 1, row.wrapping_neg(), row, plane, plane.wrapping_neg(), 0, 0]
    };
    const BORDER: u64 = 1 | 1 << (Self::SIDE - 1);

    /// Bit, row and plane.
    #[inline(always)]
    fn coordinates(place: Place) -> [u32; 3] {
        let mask = (1 << W::LOG) - 1;
        [place & mask, place >> W::LOG & mask, if W::SOLID { place >> (2 * W::LOG) & mask } else { 0 }]
    }

    #[inline(always)]
    fn stamp(place: Place) -> [u64; 3] {
        Self::coordinates(place).map(|c| 1 << c)
    }

    #[inline(always)]
    fn read(planes: &[W; B], place: Place) -> u16 {
        let (row, bit) = ((place >> W::LOG) as usize, place & ((1 << W::LOG) - 1));
        let mut symbol = 0;
        for (b, plane) in planes.iter().enumerate() {
            symbol |= ((plane.row(row) >> bit & 1) as u16) << b;
        }
        symbol
    }

    #[inline(always)]
    fn write(planes: &mut [W; B], place: Place, symbol: u8) {
        let (row, bit) = ((place >> W::LOG) as usize, place & ((1 << W::LOG) - 1));
        for (b, plane) in planes.iter_mut().enumerate() {
            plane.set(row, plane.row(row) & !(1 << bit) | u64::from(symbol >> b & 1) << bit);
        }
    }

    /// The row `row` of plane `plane`, blank outside the window.
    fn row(window: &W, row: i32, plane: i32) -> u128 {
        let inside = (0..Self::SIDE).contains(&row) && (plane == 0 || W::SOLID && (0..Self::SIDE).contains(&plane));
        if inside { u128::from(window.row((plane << W::LOG | row) as usize)) } else { 0 }
    }

    /// The places of the cells visited, in the order in which they are written out.
    fn visited(&self) -> impl Iterator<Item = Place> + use<W, B> {
        let [bits, rows, planes] = self.seen.map(range);
        (planes.0..=planes.1).flat_map(move |plane| {
            (rows.0..=rows.1).flat_map(move |row| {
                (bits.0..=bits.1).rev().map(move |bit| (plane << (2 * W::LOG) | row << W::LOG | bit) as Place)
            })
        })
    }

    /// The same in a larger window, the origin again in the middle.
    fn enlarge<V: Window>(&self) -> Grid<V, B> {
        let shift = (Grid::<V, B>::SIDE - Self::SIDE) / 2;
        let place = |place: Place| {
            let [bit, row, plane] = Self::coordinates(place).map(|c| c + shift as u32);
            (if W::SOLID { plane << (2 * V::LOG) } else { 0 }) | row << V::LOG | bit
        };
        let mut planes = [V::BLANK; B];
        for from in self.visited() {
            Grid::<V, B>::write(&mut planes, place(from), Self::read(&self.planes, from) as u8);
        }
        let mut seen = self.seen;
        for axis in &mut seen[..Self::AXES] {
            *axis <<= shift;
        }
        Grid { planes, head: place(self.head), seen, slot: self.slot, steps: self.steps }
    }

    fn unbound(&self) -> Endless {
        let half = Self::SIDE / 2;
        let at = |place: Place| {
            let [bit, row, plane] = Self::coordinates(place).map(|c| c as i32);
            [Self::SIDE - 1 - bit - half, row - half, if W::SOLID { plane - half } else { 0 }]
        };
        let cells = self.visited().map(|place| (at(place), Self::read(&self.planes, place) as u8)).collect();
        let [bits, rows, planes] = self.seen.map(range);
        let place = |bit, row, plane| (plane << (2 * W::LOG) | row << W::LOG | bit) as Place;
        let (low, high) = (at(place(bits.1, rows.0, planes.0)), at(place(bits.0, rows.1, planes.1)));
        Endless { cells, head: at(self.head), low, high, slot: self.slot, steps: self.steps }
    }

    fn reference(&self) -> Reference<W, B> {
        Reference { planes: self.planes, head: self.head, slot: self.slot }
    }

    /// Whether the run does from here what it has done since the reference, elsewhere, and so on for ever. The head has
    /// just gone beyond all cells visited in `direction`, as at the reference; `since` it has been at these places of the
    /// axis.
    ///
    /// Let H be the half of the space from the rearmost cell visited since the reference on, in that direction. If the
    /// content of H then equals that of H shifted now, the next stretch of the run repeats the last one, shifted; cells
    /// of H that it did not visit were the same before and after, so the content of H shifted twice equals it again.
    /// (That the cells *visited* be equal is not enough: beside them the run may meet what it wrote long before.)
    fn repeats(&self, reference: &Reference<W, B>, since: u64, direction: usize) -> bool {
        let axis = direction / 2;
        let (now, then) = (Self::coordinates(self.head), Self::coordinates(reference.head));
        let shift = [0, 1, 2].map(|a| now[a] as i32 - then[a] as i32);
        // Outside of these both are blank.
        let mut ranges = [0, 1, 2].map(|a| {
            let (low, high) = range(self.seen[a]);
            (low.min(low - shift[a]), high.max(high - shift[a]))
        });
        let (low, high) = range(since);
        if shift[axis] > 0 {
            ranges[axis].0 = low;
        } else {
            ranges[axis].1 = high;
        }
        // Both rows are moved up, by as much as either needs, so that no bit falls off.
        let (up, down) = (shift[0].max(0), (-shift[0]).max(0));
        let half = match axis {
            0 if shift[0] > 0 => u128::MAX << (low + up),
            0 => !(u128::MAX << (high + up) << 1),
            _ => u128::MAX,
        };
        (ranges[2].0..=ranges[2].1).all(|plane| {
            (ranges[1].0..=ranges[1].1).all(|row| {
                reference.planes.iter().zip(&self.planes).all(|(before, after)| {
                    let before = Self::row(before, row, plane) << up;
                    let after = Self::row(after, row + shift[1], plane + shift[2]) << down;
                    (before ^ after) & half == 0
                })
            })
        })
    }
}

impl<W: Widen<B>, const B: usize> Tape for Grid<W, B> {
    type Wider = W::Wider;

    fn blank() -> Self {
        let middle = 1u32 << (W::LOG - 1);
        let plane = if W::SOLID { middle << (2 * W::LOG) } else { 0 };
        let head = plane | middle << W::LOG | middle;
        Self { planes: [W::BLANK; B], head, seen: Self::stamp(head), slot: 0, steps: 0 }
    }

    fn widen(&self) -> W::Wider {
        W::widen(self)
    }

    fn run(&mut self, rules: &Rules, limit: u64) -> Outcome {
        // All but the cells are kept out of memory while it runs.
        let Self { mut head, mut seen, mut slot, mut steps, .. } = *self;
        let mut records = [0u32; DIRECTIONS];
        let mut references: [Option<Reference<W, B>>; DIRECTIONS] = [const { None }; DIRECTIONS];
        let mut since = [0; DIRECTIONS];
        let mut past: Option<Reference<W, B>> = None;
        let (mut past_head, mut past_slot) = (0, NO_SLOT);
        // Far enough that a short run, and most are, never makes a reference.
        let mut interval = 8;
        let outcome = 'run: loop {
            let stop = limit.min(steps + interval);
            while steps < stop {
                let rule = rules.at(slot);
                if rule.is_undefined() {
                    break 'run Outcome::Undefined;
                }
                Self::write(&mut self.planes, head, rule.write());
                let direction = rule.direction();
                head = head.wrapping_add(Self::STRIDES[direction]);
                slot = rule.next_slot() | Self::read(&self.planes, head);
                steps += 1;
                let stamp = Self::stamp(head);
                let mut new = 0;
                for (axis, at) in stamp.into_iter().enumerate().take(Self::AXES) {
                    new |= at & !seen[axis];
                    since[2 * axis] |= at;
                    since[2 * axis + 1] |= at;
                }
                if new != 0 {
                    for (seen, at) in seen.iter_mut().zip(stamp) {
                        *seen |= at;
                    }
                    (self.head, self.seen, self.slot) = (head, seen, slot);
                    if let Some(reference) = &references[direction]
                        && reference.slot == slot
                        && self.repeats(reference, since[direction], direction)
                    {
                        break 'run Outcome::Proven(Proof::TranslatedCycle);
                    }
                    if new & Self::BORDER != 0 {
                        break 'run Outcome::Overflow;
                    }
                    records[direction] += 1;
                    if records[direction].is_power_of_two() {
                        references[direction] = Some(self.reference());
                        since[direction] = stamp[direction / 2];
                    }
                } else if slot == past_slot && head == past_head && past.is_some_and(|p| p.planes == self.planes) {
                    break 'run Outcome::Proven(Proof::Cycle);
                }
            }
            if steps >= limit {
                break Outcome::Limit;
            }
            (self.head, self.slot) = (head, slot);
            (past, past_head, past_slot) = (Some(self.reference()), head, slot);
            interval *= 2;
        };
        (self.head, self.seen, self.slot, self.steps) = (head, seen, slot, steps);
        outcome
    }

    fn slot(&self) -> u16 {
        self.slot
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn extents(&self) -> Extents {
        Extents(self.seen.map(u64::count_ones))
    }

    fn written(&self) -> Written {
        let extents = self.extents();
        let bits = B as u32;
        if extents.cells() * bits > u128::BITS {
            let symbol = |place| if place == self.head { 0 } else { Self::read(&self.planes, place) as u8 };
            let head = self.visited().position(|place| place == self.head).unwrap_or(0);
            return Written::Cells { cells: self.visited().map(symbol).collect(), head, extents };
        }
        let [bit, row, plane] = Self::coordinates(self.head);
        let [columns, rows, planes] = self.seen.map(|seen| range(seen).0 as u32);
        let after = ((extents.0[2] - 1 - (plane - planes)) * extents.0[1] + extents.0[1] - 1 - (row - rows))
            * extents.0[0]
            + bit
            - columns;
        let mut code = 0u128;
        if B == 1 {
            let width = extents.0[0];
            for plane in planes..planes + extents.0[2] {
                for row in rows..rows + extents.0[1] {
                    let bits = self.planes[0].row((plane << W::LOG | row) as usize) >> columns;
                    code = code << width | u128::from(bits);
                }
            }
            code &= !(1 << after);
        } else {
            for place in self.visited() {
                let symbol = if place == self.head { 0 } else { Self::read(&self.planes, place) };
                code = code << bits | u128::from(symbol);
            }
        }
        Written::Word { code, head_shift: after * bits, extents, bits }
    }
}

/// The first and the last one of a run of ones.
#[inline(always)]
fn range(ones: u64) -> (i32, i32) {
    (ones.trailing_zeros() as i32, 63 - ones.leading_zeros() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Direction;

    #[test]
    fn strides_are_what_directions_say() {
        for direction in Direction::ALL {
            // Bits count against columns.
            let grows = direction.is_forward() != (direction.axis() == 0);
            let stride = 1 << (direction.axis() as u32 * SmallSolid::LOG);
            let expected = if grows { stride } else { -stride };
            assert_eq!(Grid::<SmallSolid, 1>::STRIDES[direction as usize] as i32, expected);
        }
    }
}
