//! Reading a whole table and believing none of it.

use crate::alphabet::Relabelling;
use crate::bits::bits_of;
use crate::row::Row;
use crate::{Table, TableError};

impl Table {
    /// Checks everything: every page, the order of rows, that counts add up to the halting weight and give the K on
    /// record, that the dense arrays repeat the rows, that a string and its complement agree, and the identity of weights.
    ///
    /// # Errors
    /// The first thing found wrong.
    ///
    /// # Complexity
    /// One pass over the file.
    pub fn verify(&self) -> Result<(), TableError> {
        for page in 0..self.layout.pages() {
            self.check_page(page)?;
        }
        self.provenance().check_weights()?;
        let wrong = |row: &Row, found: String, expected: String| TableError::Row {
            path: self.path.clone(),
            row: row.shape.format_string(&row.symbols),
            found,
            expected,
        };
        let mut previous: Option<Row> = None;
        let (mut total, mut outputs, mut classes) = (0u128, 0u64, 0u64);
        let mut dense_rows = 0u64;
        for row in self.rows() {
            let row = row?;
            let canonical = Relabelling::of(&row.symbols).canonical == row.symbols;
            if self.symbols() > 2 && !canonical || row.symbols.iter().any(|&s| s >= self.symbols()) {
                return Err(wrong(
                    &row,
                    "a string that is not the canonical one of its class".to_owned(),
                    "symbols numbered in order of first use".to_owned(),
                ));
            }
            if previous.as_ref().is_some_and(|p| (p.shape, &p.symbols) >= (row.shape, &row.symbols)) {
                return Err(wrong(&row, "a row out of order".to_owned(), "rows by cells, shape, string".to_owned()));
            }
            let strings = row.strings(self.symbols());
            outputs += strings;
            classes += u64::from(canonical);
            if let (Some(count), Some(halting)) = (row.count, self.total()) {
                total = count.checked_mul(u128::from(strings)).and_then(|c| total.checked_add(c)).unwrap_or(u128::MAX);
                let k = bits_of(count, halting);
                if k.to_bits() != row.k.to_bits() {
                    return Err(wrong(
                        &row,
                        format!("K = {}", row.k),
                        format!("{k} from its count {count} of {halting}"),
                    ));
                }
            }
            if !row.k.is_finite() || row.k < 0.0 {
                return Err(wrong(&row, format!("K = {}", row.k), "a finite number of bits".to_owned()));
            }
            if let Some(dense) = self.dense_at(&row.shape, &row.symbols)? {
                dense_rows += strings;
                if dense.to_bits() != row.k.to_bits() {
                    return Err(wrong(&row, format!("dense K = {dense}"), row.k.to_string()));
                }
            }
            if self.symbols() == 2 {
                let complement: Vec<u8> = row.symbols.iter().map(|s| 1 - s).collect();
                if self.find(&row.shape, &complement)?.map(|r| self.k_of_row(r)).transpose()?.map(f64::to_bits)
                    != Some(row.k.to_bits())
                {
                    return Err(wrong(&row, "a complement of another K".to_owned(), "equal K".to_owned()));
                }
            }
            previous = Some(row);
        }
        let dense_values =
            self.directory.shapes.iter().filter(|e| e.dense.is_some()).map(|e| e.shape).collect::<Vec<_>>();
        let mut held = 0u64;
        for shape in dense_values {
            held += self.dense(&shape)?.map_or(0, |d| d.iter().filter(|k| !k.is_nan()).count() as u64);
        }
        let sums = [
            ("dense values", u128::from(held), u128::from(dense_rows)),
            ("strings", u128::from(self.outputs()), u128::from(outputs)),
            ("classes", u128::from(self.classes()), u128::from(classes)),
            ("counts", self.total().unwrap_or(total), total),
        ];
        for (what, claimed, found) in sums {
            if claimed != found {
                return Err(self.structure(0, format!("{what} that add up to {found}"), claimed.to_string()));
            }
        }
        Ok(())
    }
}
