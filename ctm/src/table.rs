//! From counts to a table: symmetrise, choose witnesses, check the identity of weights.

use std::collections::BTreeMap;

use turmite_tables::{
    Method, Provenance, Relabelling, RowInput, Shape, Shard, Table, TableBuilder, TableError, Weights, Witness,
    class_size,
};

use crate::CtmError;
use crate::enumerate::Enumeration;
use crate::symmetry::Target;

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
        let undecided_by_shape = self.undecided_by_shape()?;
        // The motionless runs are those that halt at once, one machine in `options / k`; all others have a mirror image.
        let motionless = self.motionless();
        let both = |moving: u128| moving * 2 * k;
        let weights = Weights {
            halting: both(self.tally.halting - motionless) + motionless * k,
            non_halting: both(self.tally.non_halting()),
            undecided: undecided_by_shape.iter().map(|(_, w)| w).sum(),
        };
        let provenance = Provenance {
            space,
            max_steps: Some(self.max_steps),
            method: Method::Exact,
            weights: Some(weights),
            undecided_by_shape,
            nodes: Some(self.tally.nodes),
            shard: Shard { index: 0, of: 1 },
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        provenance.check_weights()?;
        let mut builder = TableBuilder::new(provenance);
        for (string, row) in self.rows() {
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
            let mut input = RowInput::count(Shape::line(string.len())?, string, count);
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

    /// Machines that halt on their first step.
    fn motionless(&self) -> u128 {
        let halts = u128::from(self.space.symbols());
        self.space.machines().map_or(0, |m| m / u128::from(self.space.options()) * halts)
    }

    fn undecided_by_shape(&self) -> Result<Vec<(Shape, u128)>, CtmError> {
        let pairs = 2 * u128::from(self.space.symbols());
        let held = self.tally.undecided.iter().enumerate().filter(|(_, w)| **w > 0);
        held.map(|(width, weight)| Ok((Shape::line(width)?, weight * pairs))).collect()
    }

    fn rows(self) -> BTreeMap<Vec<u8>, Row> {
        let space = self.space;
        let mut rows: BTreeMap<Vec<u8>, Row> = BTreeMap::new();
        for (output, record) in self.tally.outputs.strings_of(space) {
            for (target, codes) in Target::of(&output, space).into_iter().zip(record.machines) {
                // One cell was written without a move, and the machine is its own mirror image.
                if target.mirrored && output.len() == 1 {
                    continue;
                }
                let blank = target.blank();
                let row = rows.entry(target.string).or_default();
                row.class_weight += record.weight;
                let witness = (record.steps, blank, codes);
                if row.witness.as_ref().is_none_or(|w| witness < *w) {
                    row.witness = Some(witness);
                }
            }
        }
        rows
    }
}
