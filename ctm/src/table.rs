//! From counts to a table: symmetrise, choose witnesses, check the identity of weights.

use std::collections::BTreeMap;

use turmite_tables::{
    LeftOut, Method, Provenance, Relabelling, RowInput, Shape, Space, Table, TableBuilder, TableError, Weights,
    Witness, class_size,
};

use crate::CtmError;
use crate::enumerate::Enumeration;
use crate::outputs::Extents;
use crate::symmetry::{Placement, Target, shape};

/// A string's row in the making.
#[derive(Debug, Default)]
struct Row {
    /// Machines that write a string of the class on blank 0.
    class_weight: u128,
    /// Steps, blank, packed machine: the least in this order is the witness.
    witness: Option<(u32, u8, Vec<u8>)>,
}

impl Enumeration {
    /// The rows and provenance, ready to be written.
    ///
    /// # Errors
    /// Weights that break `halting + non-halting + undecided = k (2nk + k)^(nk)`: a fault in this program, never written to a file.
    pub fn into_builder(self) -> Result<TableBuilder, CtmError> {
        let space = self.space;
        let k = u128::from(space.symbols());
        let undecided_by_shape = by_shape(&self.tally.undecided, space)?;
        let weights = Weights {
            halting: self.tally.halting * k,
            non_halting: self.tally.non_halting() * k,
            undecided: undecided_by_shape.iter().map(|(_, w)| w).sum(),
        };
        let provenance = Provenance {
            space,
            max_steps: Some(self.max_steps),
            method: Method::Exact,
            weights: Some(weights),
            undecided_by_shape,
            nodes: Some(self.tally.nodes),
            shard: self.shard,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        provenance.check_weights()?;
        let mut builder = TableBuilder::new(provenance);
        if let Some(within) = self.within {
            builder = builder.left_out(LeftOut { within, by_shape: self.left_out()? });
        }
        for ((shape, string), row) in self.rows()? {
            let class = class_size(space.symbols(), Relabelling::of(&string).original.len());
            // On all blanks the class is written k times as often as on one, and by symmetry each member equally often.
            let (count, rest) = (row.class_weight * k / u128::from(class), row.class_weight * k % u128::from(class));
            if rest != 0 {
                return Err(CtmError::Table(TableError::Input {
                    row: string.iter().map(ToString::to_string).collect(),
                    found: format!("a weight of {} for a class of {class}", row.class_weight * k),
                    expected: "a multiple of the class".to_owned(),
                }));
            }
            let mut input = RowInput::count(shape, string, count);
            if let Some((steps, blank, codes)) = row.witness {
                input = input.with_witness(u64::from(steps), Witness { blank, codes });
            }
            builder.push(input)?;
        }
        Ok(builder)
    }

    /// The table in memory.
    ///
    /// # Errors
    /// As [`Enumeration::into_builder`].
    pub fn into_table(self) -> Result<Table, CtmError> {
        Ok(Table::from_bytes(self.into_builder()?.build()?)?)
    }

    /// Pairs (machine, blank) that write a string too large for a row ([`EnumerateOptions::within`]), by its shape.
    ///
    /// # Errors
    /// A shape of more than 2^24 cells.
    ///
    /// [`EnumerateOptions::within`]: crate::EnumerateOptions::within
    pub fn left_out(&self) -> Result<Vec<(Shape, u128)>, CtmError> {
        by_shape(&self.tally.outputs.left_out, self.space)
    }

    fn rows(self) -> Result<BTreeMap<(Shape, Vec<u8>), Row>, CtmError> {
        let space = self.space;
        let mut rows: BTreeMap<(Shape, Vec<u8>), Row> = BTreeMap::new();
        for (extents, output, record) in self.tally.outputs.strings_of(space) {
            let machines = record.machines.chunks_exact(space.entries()).map(<[u8]>::to_vec);
            for (target, codes) in Target::of(extents, &output, space).into_iter().zip(machines) {
                let blank = target.blank();
                let shape = shape(target.extents, usize::from(space.dims()))?;
                let row = rows.entry((shape, target.string)).or_default();
                row.class_weight += record.weight;
                let witness = (record.steps, blank, codes);
                if row.witness.as_ref().is_none_or(|w| witness < *w) {
                    row.witness = Some(witness);
                }
            }
        }
        Ok(rows)
    }
}

/// Weights by box, as run on one blank, as weights by shape: of all images, on all blanks.
pub(crate) fn by_shape(weights: &BTreeMap<Extents, u128>, space: Space) -> Result<Vec<(Shape, u128)>, CtmError> {
    let dims = usize::from(space.dims());
    let mut out: BTreeMap<Shape, u128> = BTreeMap::new();
    for (extents, weight) in weights {
        for placement in Placement::all(extents.axes(), dims) {
            *out.entry(shape(placement.extents(*extents), dims)?).or_default() += weight * u128::from(space.symbols());
        }
    }
    Ok(out.into_iter().collect())
}
