//! From counts to a table, whose weights are checked.

use std::collections::BTreeMap;

use turmite_tables::{LeftOut, Method, Provenance, Shape, Space, Table, TableBuilder, Weights};

use crate::CtmError;
use crate::enumerate::Enumeration;
use crate::outputs::Extents;
use crate::rows::push_rows;
use crate::symmetry::{Placement, shape};

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
        push_rows(space, &self.tally.outputs.into_boxes(), &mut builder)?;
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
