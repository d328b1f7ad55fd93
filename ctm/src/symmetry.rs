//! Turns, mirror images and exchanges of symbols: which strings a run stands for, and by which machines.
//!
//! The walk moves along each axis forward first, takes the axes in order, runs on blank 0 and numbers states and further
//! symbols in order of first use. A run that writes `o` therefore stands for every turned and mirrored run, which
//! writes `o` turned and mirrored alike, and for every renumbering.

use turmite_tables::{Relabelling, Shape, Space};

use crate::machine::{Codes, Direction, Entry};
use crate::outputs::Extents;

/// One way for a run to lie in the space: where each of its axes goes, and whether it is reversed there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    axes: [usize; 3],
    reversed: [bool; 3],
}

impl Placement {
    /// All placements of a run along the first `used` axes of a space of `dims`; the axes it does not use stay put.
    pub(crate) fn all(used: usize, dims: usize) -> Vec<Self> {
        let mut out = Vec::new();
        let axes: Vec<u8> = (0..dims as u8).collect();
        permutations(&axes, &mut Vec::new(), &mut |order| {
            // Of orders that differ only in unused axes, the one that keeps these ascending stands for all.
            if !order[used..].is_sorted() {
                return;
            }
            let mut axes = [0, 1, 2];
            for (from, &to) in order.iter().enumerate() {
                axes[from] = usize::from(to);
            }
            for mirror in 0..1usize << used {
                let reversed = [0, 1, 2].map(|axis| axis < used && mirror >> axis & 1 == 1);
                out.push(Self { axes, reversed });
            }
        });
        out
    }

    /// The extents of a box placed so.
    pub(crate) fn extents(&self, extents: Extents) -> Extents {
        let mut placed = [1; 3];
        for axis in 0..3 {
            placed[self.axes[axis]] = extents.0[axis];
        }
        Extents(placed)
    }

    fn direction(&self, direction: Direction) -> Direction {
        let axis = direction.axis();
        Direction::along(self.axes[axis], direction.is_forward() != self.reversed[axis])
    }

    /// The cells of a box placed so.
    pub(crate) fn cells(&self, extents: Extents, cells: &[u8]) -> Vec<u8> {
        let placed = self.extents(extents);
        let index = |e: Extents, at: [u32; 3]| ((at[2] * e.0[1] + at[1]) * e.0[0] + at[0]) as usize;
        let mut out = vec![0; cells.len()];
        for plane in 0..extents.0[2] {
            for row in 0..extents.0[1] {
                for column in 0..extents.0[0] {
                    let from = [column, row, plane];
                    let mut to = [0; 3];
                    for axis in 0..3 {
                        let last = extents.0[axis] - 1;
                        to[self.axes[axis]] = if self.reversed[axis] { last - from[axis] } else { from[axis] };
                    }
                    out[index(placed, to)] = cells[index(extents, from)];
                }
            }
        }
        out
    }
}

/// The shape of a box in a space of `dims` dimensions: planes, rows, columns, as many as it has.
pub(crate) fn shape(extents: Extents, dims: usize) -> Result<Shape, turmite_tables::TableError> {
    let axes: Vec<usize> = extents.0[..dims].iter().rev().map(|e| *e as usize).collect();
    Shape::new(&axes)
}

/// One string that a run stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The box and the string in it: the canonical one of its class, or for two symbols also the complement of that.
    pub(crate) extents: Extents,
    pub(crate) string: Vec<u8>,
    placement: Placement,
    /// `symbols[s]` is the symbol written for the run's symbol s, where the string or the blank settles it.
    symbols: Vec<Option<u8>>,
}

impl Target {
    /// The strings that a run that writes `output` stands for, as far as a table has a row for each.
    pub(crate) fn of(extents: Extents, output: &[u8], space: Space) -> Vec<Self> {
        let mut out = Vec::new();
        for placement in Placement::all(extents.axes(), usize::from(space.dims())) {
            let written = placement.cells(extents, output);
            let extents = placement.extents(extents);
            let Relabelling { canonical, original } = Relabelling::of(&written);
            let mut symbols = vec![None; usize::from(space.symbols())];
            for (to, &from) in original.iter().enumerate() {
                symbols[usize::from(from)] = Some(to as u8);
            }
            // A blank that is no symbol of the string takes the smallest that is left: ties go to the smaller blank.
            if symbols[0].is_none() {
                symbols[0] = Some(original.len() as u8);
            }
            if space.symbols() == 2 {
                let swap = |s: &Option<u8>| s.map(|s| 1 - s);
                let string = canonical.iter().map(|s| 1 - s).collect();
                out.push(Self { extents, string, placement, symbols: symbols.iter().map(swap).collect() });
            }
            out.push(Self { extents, string: canonical, placement, symbols });
        }
        out
    }

    /// The symbol of the tape that the machine runs on.
    pub(crate) fn blank(&self) -> u8 {
        self.symbols[0].unwrap_or(0)
    }

    /// Of the machines that this run stands for and that write this string, the first in text order, packed.
    pub(crate) fn least_machine(&self, entries: &[Entry], space: Space, codes: &Codes) -> Vec<u8> {
        let free: Vec<u8> = (0..space.symbols()).filter(|s| !self.symbols.contains(&Some(*s))).collect();
        let mut least: Option<Vec<u8>> = None;
        permutations(&free, &mut Vec::new(), &mut |labels| {
            let mut labels = labels.iter();
            let map: Vec<u8> = self.symbols.iter().map(|s| s.or_else(|| labels.next().copied()).unwrap_or(0)).collect();
            let packed = pack_by_text(entries, space, codes, &map, &self.placement);
            if least.as_ref().is_none_or(|l| packed < *l) {
                least = Some(packed);
            }
        });
        least.unwrap_or_default()
    }
}

fn permutations(items: &[u8], chosen: &mut Vec<u8>, visit: &mut dyn FnMut(&[u8])) {
    if chosen.len() == items.len() {
        return visit(chosen);
    }
    for &item in items {
        if !chosen.contains(&item) {
            chosen.push(item);
            permutations(items, chosen, visit);
            chosen.pop();
        }
    }
}

/// Packs a machine with its symbols mapped and placed as told, its states numbered in order of appearance in its text:
/// of all numberings the first in text order, for an earlier letter in an earlier place always wins. (Rows are read
/// in the order in which their states appear, and every state of a run appears before its row, or the run would not
/// have reached it.)
fn pack_by_text(entries: &[Entry], space: Space, codes: &Codes, map: &[u8], placement: &Placement) -> Vec<u8> {
    let k = usize::from(space.symbols());
    let mut from_symbol = vec![0usize; k];
    for (from, &to) in map.iter().enumerate() {
        from_symbol[usize::from(to)] = from;
    }
    let mut order = vec![0u8];
    let mut packed = Vec::with_capacity(entries.len());
    for row in 0..usize::from(space.states()) {
        for symbol in 0..k {
            let entry = match order.get(row) {
                Some(&state) => entries[usize::from(state) * k + from_symbol[symbol]],
                None => Entry::Undefined,
            };
            packed.push(codes.code(match entry {
                Entry::Undefined => Entry::Undefined,
                Entry::Halt { write } => Entry::Halt { write: map[usize::from(write)] },
                Entry::Step { write, direction, next } => {
                    let number = order.iter().position(|&s| s == next).unwrap_or_else(|| {
                        order.push(next);
                        order.len() - 1
                    });
                    Entry::Step {
                        write: map[usize::from(write)],
                        direction: placement.direction(direction),
                        next: number as u8,
                    }
                }
            }));
        }
    }
    packed
}
