//! From outputs as run to the rows of a table: in every place, with all symbols exchanged, each with its witness.

use std::collections::BTreeMap;

use turmite_tables::{RowInput, Shape, Space, TableBuilder, TableError, Witness, class_size};

use crate::CtmError;
use crate::outputs::{Extents, OfBox, Record, symbol_bits, unpack};
use crate::symmetry::{Images, Labels, Placement, shape};

/// An output in one place, its symbols numbered in order of first use.
struct Placed<'a, K> {
    /// In the order of the strings.
    canonical: K,
    labels: Labels,
    placement: &'a Placement,
    record: &'a Record,
}

/// Pushes all rows in the order of a table, a shape at a time so that memory is bounded by the largest.
pub(crate) fn push_rows(
    space: Space,
    boxes: &BTreeMap<Extents, OfBox>,
    builder: &mut TableBuilder,
) -> Result<(), CtmError> {
    let dims = usize::from(space.dims());
    let mut places: BTreeMap<Shape, Vec<(Extents, Placement)>> = BTreeMap::new();
    for extents in boxes.keys() {
        for placement in Placement::all(extents.axes(), dims) {
            places.entry(shape(placement.extents(*extents), dims)?).or_default().push((*extents, placement));
        }
    }
    let bits = symbol_bits(space);
    for (shape, places) in places {
        let mut rows = Rows { space, images: Images::of(space), shape, builder };
        // Boxes of one shape have equally many cells, so that all are words or none is.
        let (mut words, mut strings) = (Vec::new(), Vec::new());
        for (extents, placement) in &places {
            let sources = placement.sources(*extents);
            match &boxes[extents] {
                OfBox::Words(outputs) => {
                    words.reserve(outputs.len());
                    for (code, record) in outputs {
                        let cell =
                            |i: &usize| (code >> ((sources.len() - 1 - i) as u32 * bits)) as u8 & ((1 << bits) - 1);
                        let labels = Labels::canonical(sources.iter().map(cell));
                        let symbols = sources.iter().map(|i| u128::from(labels.of(cell(i))));
                        let canonical = symbols.fold(0, |word, symbol| word << bits | symbol);
                        words.push(Placed { canonical, labels, placement, record });
                    }
                }
                OfBox::Cells(outputs) => {
                    for (cells, record) in outputs {
                        let labels = Labels::canonical(sources.iter().map(|i| cells[*i]));
                        let canonical = sources.iter().map(|i| labels.of(cells[*i])).collect::<Vec<u8>>();
                        strings.push(Placed { canonical, labels, placement, record });
                    }
                }
            }
        }
        rows.push_all(words, |word| unpack(*word, shape.cells() as u32, bits))?;
        rows.push_all(strings, Vec::clone)?;
    }
    Ok(())
}

/// The rows of one shape.
struct Rows<'a> {
    space: Space,
    images: Images,
    shape: Shape,
    builder: &'a mut TableBuilder,
}

impl Rows<'_> {
    fn push_all<K: Ord>(
        &mut self,
        mut placed: Vec<Placed<'_, K>>,
        string: impl Fn(&K) -> Vec<u8>,
    ) -> Result<(), CtmError> {
        placed.sort_unstable_by(|a, b| a.canonical.cmp(&b.canonical));
        let same = |a: &Placed<'_, K>, b: &Placed<'_, K>| a.canonical == b.canonical;
        for class in placed.chunk_by(same) {
            self.push(string(&class[0].canonical), class, |labels| labels)?;
        }
        if self.space.symbols() == 2 {
            // Each has a row for its complement too; these come in the opposite order.
            let classes: Vec<_> = placed.chunk_by(same).collect();
            for class in classes.into_iter().rev() {
                let complement = string(&class[0].canonical).iter().map(|s| 1 - s).collect();
                self.push(complement, class, Labels::complement)?;
            }
        }
        Ok(())
    }

    /// Pushes the row of a string, which is the outputs of `class` with the labels that `exchange` makes of theirs.
    fn push<K>(
        &mut self,
        string: Vec<u8>,
        class: &[Placed<'_, K>],
        exchange: impl Fn(Labels) -> Labels,
    ) -> Result<(), CtmError> {
        let k = self.space.symbols();
        // The string is canonical, or of two symbols, where all classes are of two.
        let members = class_size(k, string.iter().max().map_or(0, |most| usize::from(*most) + 1));
        // On all blanks a class is written k times as often as on one, and by symmetry each member equally often.
        let weight = class.iter().map(|p| p.record.weight).sum::<u128>() * u128::from(k);
        let (count, rest) = (weight / u128::from(members), weight % u128::from(members));
        if rest != 0 {
            return Err(CtmError::Table(TableError::Input {
                row: self.shape.format_string(&string),
                found: format!("a weight of {weight} for a class of {members}"),
                expected: "a multiple of the class".to_owned(),
            }));
        }
        let rank = |p: &Placed<'_, K>| (p.record.steps, exchange(p.labels).blank());
        let best = class.iter().map(rank).min().unwrap_or_default();
        let machines = class.iter().filter(|p| rank(p) == best).flat_map(|p| {
            let machines = p.record.machines.chunks_exact(self.space.entries());
            machines.map(|machine| self.images.least(machine, p.placement, &exchange(p.labels)))
        });
        let (steps, blank) = best;
        let witness = Witness { blank, codes: machines.min().unwrap_or_default() };
        self.builder.push(RowInput::count(self.shape, string, count).with_witness(u64::from(steps), witness))?;
        Ok(())
    }
}
