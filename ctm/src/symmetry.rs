//! Turns, mirror images and exchanges of symbols: which strings a run stands for, and by which machines.
//!
//! The walk moves along each axis forward first, takes the axes in order, runs on blank 0 and numbers states and further
//! symbols in order of first use. A run that writes `o` therefore stands for every turned and mirrored run, which
//! writes `o` turned and mirrored alike, and for every renumbering.

use turmite_tables::{Shape, Space};

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
        arrangements(&axes, axes.len(), &mut Vec::new(), &mut |order| {
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

    /// For each cell of a box placed so, which cell of the box as run it is.
    pub(crate) fn sources(&self, extents: Extents) -> Vec<usize> {
        let placed = self.extents(extents);
        let mut out = vec![0; extents.cells() as usize];
        let index = |e: Extents, at: [u32; 3]| ((at[2] * e.0[1] + at[1]) * e.0[0] + at[0]) as usize;
        for plane in 0..extents.0[2] {
            for row in 0..extents.0[1] {
                for column in 0..extents.0[0] {
                    let from = [column, row, plane];
                    let mut to = [0; 3];
                    for axis in 0..3 {
                        let last = extents.0[axis] - 1;
                        to[self.axes[axis]] = if self.reversed[axis] { last - from[axis] } else { from[axis] };
                    }
                    out[index(placed, to)] = index(extents, from);
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

/// A symbol that nothing settles.
const FREE: u8 = u8::MAX;

/// How a run's symbols are exchanged: the one written for each, as far as the string or the blank settles it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Labels([u8; Space::MAX_SYMBOLS as usize]);

impl Labels {
    /// Those that make `string` the canonical one of its class.
    pub(crate) fn canonical(string: impl IntoIterator<Item = u8>) -> Self {
        let mut labels = [FREE; Space::MAX_SYMBOLS as usize];
        let mut seen = 0;
        for symbol in string {
            let label = &mut labels[usize::from(symbol)];
            if *label == FREE {
                *label = seen;
                seen += 1;
            }
        }
        // A blank that is no symbol of the string takes the smallest that is left: ties go to the smaller blank.
        if labels[0] == FREE {
            labels[0] = seen;
        }
        Self(labels)
    }

    /// For two symbols: those of the complement.
    pub(crate) fn complement(mut self) -> Self {
        for label in self.0.iter_mut().filter(|label| **label != FREE) {
            *label = 1 - *label;
        }
        self
    }

    /// What is written for a symbol of the string.
    pub(crate) fn of(&self, symbol: u8) -> u8 {
        self.0[usize::from(symbol)]
    }

    /// The symbol of the tape that the machine runs on.
    pub(crate) fn blank(&self) -> u8 {
        self.of(0)
    }
}

/// One string that a run stands for.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The box and the string in it: the canonical one of its class, or for two symbols also the complement of that.
    pub(crate) extents: Extents,
    pub(crate) string: Vec<u8>,
    placement: Placement,
    labels: Labels,
}

impl Target {
    /// The strings that a run that writes `output` stands for, as far as a table has a row for each.
    pub(crate) fn of(extents: Extents, output: &[u8], space: Space) -> Vec<Self> {
        let mut out = Vec::new();
        for placement in Placement::all(extents.axes(), usize::from(space.dims())) {
            let placed: Vec<u8> = placement.sources(extents).into_iter().map(|i| output[i]).collect();
            let canonical = Labels::canonical(placed.iter().copied());
            let complement = (space.symbols() == 2).then(|| canonical.complement());
            for labels in complement.into_iter().chain([canonical]) {
                let string = placed.iter().map(|s| labels.of(*s)).collect();
                out.push(Self { extents: placement.extents(extents), string, placement, labels });
            }
        }
        out
    }

    /// The symbol of the tape that the machine runs on.
    pub(crate) fn blank(&self) -> u8 {
        self.labels.blank()
    }

    /// Of the machines that `machine`, packed as run, stands for and that write this string, the first in text order, packed.
    pub(crate) fn least_machine(&self, machine: &[u8], images: &Images) -> Vec<u8> {
        images.least(machine, &self.placement, &self.labels)
    }
}

/// Machines as run, packed, and what comes of them in other places and symbols.
#[derive(Clone, Debug)]
pub(crate) struct Images {
    space: Space,
    pub(crate) codes: Codes,
}

impl Images {
    pub(crate) fn of(space: Space) -> Self {
        Self { space, codes: Codes::of(space) }
    }

    /// Of the machines that `machine`, packed as run, stands for, placed so and with these labels, the first in text
    /// order, packed.
    pub(crate) fn least(&self, machine: &[u8], placement: &Placement, labels: &Labels) -> Vec<u8> {
        let symbols = self.space.symbols();
        let entries: Vec<Entry> = machine.iter().map(|c| self.codes.entry(*c).unwrap_or(Entry::Undefined)).collect();
        let free: Vec<u8> = (0..symbols).filter(|s| !labels.0.contains(s)).collect();
        let open = (0..symbols).filter(|s| labels.of(*s) == FREE);
        // Symbols that the machine has never seen are all alike: what is left for them may come in any order.
        let (seen, unseen): (Vec<u8>, Vec<u8>) = open.partition(|s| self.sees(&entries, *s));
        let mut least: Option<Vec<u8>> = None;
        arrangements(&free, seen.len(), &mut Vec::new(), &mut |chosen| {
            let mut map = *labels;
            let rest = free.iter().filter(|label| !chosen.contains(label));
            for (symbol, label) in seen.iter().chain(&unseen).zip(chosen.iter().chain(rest)) {
                map.0[usize::from(*symbol)] = *label;
            }
            let packed = self.pack_by_text(&entries, &map, placement);
            if least.as_ref().is_none_or(|l| packed < *l) {
                least = Some(packed);
            }
        });
        least.unwrap_or_default()
    }

    /// Whether a machine reads or writes a symbol.
    fn sees(&self, entries: &[Entry], symbol: u8) -> bool {
        let k = usize::from(self.space.symbols());
        entries.iter().enumerate().any(|(i, entry)| match entry {
            Entry::Undefined => false,
            Entry::Halt { write } | Entry::Step { write, .. } => *write == symbol || i % k == usize::from(symbol),
        })
    }

    /// Packs a machine with its symbols mapped and placed as told, its states numbered in order of appearance in its
    /// text: of all numberings the first in text order, for an earlier letter in an earlier place always wins. (Rows are
    /// read in the order in which their states appear, and every state of a run appears before its row, or the run would
    /// not have reached it.)
    fn pack_by_text(&self, entries: &[Entry], map: &Labels, placement: &Placement) -> Vec<u8> {
        const NONE: u8 = u8::MAX;
        let (n, k) = (usize::from(self.space.states()), usize::from(self.space.symbols()));
        let mut from_symbol = [0usize; Space::MAX_SYMBOLS as usize];
        for from in 0..k {
            from_symbol[usize::from(map.0[from])] = from;
        }
        let mut number = [NONE; Space::MAX_STATES as usize];
        let mut order = [0usize; Space::MAX_STATES as usize];
        number[0] = 0;
        let mut seen = 1;
        let mut packed = Vec::with_capacity(entries.len());
        for row in 0..n {
            for from in &from_symbol[..k] {
                let entry = if row < seen { entries[order[row] * k + from] } else { Entry::Undefined };
                packed.push(self.codes.code(match entry {
                    Entry::Undefined => Entry::Undefined,
                    Entry::Halt { write } => Entry::Halt { write: map.of(write) },
                    Entry::Step { write, direction, next } => {
                        let next = usize::from(next);
                        if number[next] == NONE {
                            // At most as many as there are states.
                            number[next] = seen as u8;
                            order[seen] = next;
                            seen += 1;
                        }
                        Entry::Step {
                            write: map.of(write),
                            direction: placement.direction(direction),
                            next: number[next],
                        }
                    }
                }));
            }
        }
        packed
    }
}

/// Every way to choose so many of the items, in order.
fn arrangements(items: &[u8], length: usize, chosen: &mut Vec<u8>, visit: &mut dyn FnMut(&[u8])) {
    if chosen.len() == length {
        return visit(chosen);
    }
    for &item in items {
        if !chosen.contains(&item) {
            chosen.push(item);
            arrangements(items, length, chosen, visit);
            chosen.pop();
        }
    }
}
