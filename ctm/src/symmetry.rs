//! Mirrors and exchanges of symbols: which strings a run stands for, and by which machines.
//!
//! The walk moves right first, runs on blank 0 and numbers states and further symbols in order of first use. A run that
//! writes `o` therefore stands for its mirror, which writes `o` reversed, and for every renumbering.

use turmite_tables::{Relabelling, Space};

use crate::machine::{Codes, Entry};

/// One string that a run stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The string: the canonical one of its class, or for two symbols also the complement of that.
    pub(crate) string: Vec<u8>,
    /// Whether it is the mirrored run that writes it.
    pub(crate) mirrored: bool,
    /// `symbols[s]` is the symbol written for the run's symbol s, where the string or the blank settles it.
    symbols: Vec<Option<u8>>,
}

impl Target {
    /// The strings that a run that writes `output` stands for, as far as a table has a row for each.
    pub(crate) fn of(output: &[u8], space: Space) -> Vec<Self> {
        let mut out = Vec::new();
        for mirrored in [false, true] {
            let written: Vec<u8> = if mirrored { output.iter().rev().copied().collect() } else { output.to_vec() };
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
                out.push(Self {
                    string: canonical.iter().map(|s| 1 - s).collect(),
                    mirrored,
                    symbols: symbols.iter().map(swap).collect(),
                });
            }
            out.push(Self { string: canonical, mirrored, symbols });
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
            let packed = pack_by_text(entries, space, codes, &map, self.mirrored);
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

/// Packs a machine with its symbols mapped, mirrored if asked, its states numbered in order of appearance in its text:
/// of all numberings the first in text order, for an earlier letter in an earlier place always wins. (Rows are read
/// in the order in which their states appear, and every state of a run appears before its row, or the run would not
/// have reached it.)
fn pack_by_text(entries: &[Entry], space: Space, codes: &Codes, map: &[u8], mirrored: bool) -> Vec<u8> {
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
                        direction: if mirrored { direction.reversed() } else { direction },
                        next: number as u8,
                    }
                }
            }));
        }
    }
    packed
}
