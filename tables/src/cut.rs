//! A smaller table of the same numbers.

use std::collections::BTreeMap;

use crate::{LeftOut, RowInput, Shape, Table, TableBuilder, TableError};

/// The table without the rows of strings that do not fit in `within`, turned as need be: what the run itself would have
/// written with that limit, to the byte. What they weigh stays on record by shape, so every K and every bound stays too.
///
/// # Errors
/// An imported table, whose total would change; a box of other dimensions, or larger than the one that the table was
/// limited to; or a corrupt table.
///
/// # Complexity
/// One pass over the rows, those kept in memory once.
pub fn cut(table: &Table, within: Shape) -> Result<TableBuilder, TableError> {
    let refused = |found: String, expected: &str| TableError::Cut {
        path: table.path().to_owned(),
        found,
        expected: expected.to_owned(),
    };
    if table.provenance().max_steps.is_none() {
        return Err(refused("an imported table".to_owned(), "a table of counts that were made here"));
    }
    if within.dims() != usize::from(table.space().dims()) {
        return Err(refused(format!("a box of shape {within}"), "as many axes as the strings of the table have"));
    }
    if let Some(left_out) = table.left_out().filter(|l| !l.keeps(&within)) {
        let expected = format!("at most {}, beyond which the table has no rows", left_out.within);
        return Err(refused(format!("a box of shape {within}"), &expected));
    }
    let mut by_shape: BTreeMap<Shape, u128> = BTreeMap::new();
    by_shape.extend(table.left_out().iter().flat_map(|l| l.by_shape.iter().copied()));
    let mut kept = Vec::new();
    for row in table.rows() {
        let row = row?;
        let count = row.count.unwrap_or(0);
        if !row.shape.fits_turned(&within) {
            // No more than the halting weight in all, which is checked to fit.
            let weight = by_shape.entry(row.shape).or_default();
            *weight = weight.saturating_add(count.saturating_mul(u128::from(row.strings(table.symbols()))));
            continue;
        }
        let mut input = match row.squares {
            None => RowInput::count(row.shape, row.symbols, count),
            Some(squares) => RowInput::sampled(row.shape, row.symbols, count, squares),
        };
        if let (Some(steps), Some(witness)) = (row.min_steps, row.witness) {
            input = input.with_witness(steps, witness);
        }
        kept.push(input);
    }
    let left_out = LeftOut { within, by_shape: by_shape.into_iter().collect() };
    let mut builder = TableBuilder::new(table.provenance().clone()).left_out(left_out);
    kept.into_iter().try_for_each(|row| builder.push(row))?;
    Ok(builder)
}
