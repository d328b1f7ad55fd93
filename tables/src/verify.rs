//! Reading a whole table and believing none of it.

use std::collections::BTreeMap;

use crate::alphabet::Relabelling;
use crate::bits::bits_of;
use crate::row::Row;
use crate::{Shape, Table, TableError};

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
        let mut by_shape: BTreeMap<Shape, (u64, f64)> = BTreeMap::new();
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
            let of_shape = by_shape.entry(row.shape).or_insert((0, 0.0));
            *of_shape = (of_shape.0 + strings, of_shape.1.max(row.k));
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
            if let (Some(sampling), Some(count), Some(squares)) = (self.sampling(), row.count, row.squares) {
                // The mean of squares is at least the square of the mean, and at most the mean of the largest there can be.
                let class = self.class_on_one_blank(&row, count);
                let (samples, shift) = (sampling.samples as f64, f64::from(crate::Sampling::SQUARE_SHIFT).exp2());
                let (least, most) = (class * class / samples, class * sampling.unit as f64);
                let found = squares as f64 * shift;
                if found > most * 1.000_001 || (found + samples * shift) * 1.000_001 < least {
                    return Err(wrong(&row, format!("squares that add up to {found}"), format!("{least} to {most}")));
                }
            }
            if let Some(dense) = self.dense_at(&row.shape, &row.symbols)? {
                dense_rows += strings;
                if dense.to_bits() != row.k.to_bits() {
                    return Err(wrong(&row, format!("dense K = {dense}"), row.k.to_string()));
                }
            }
            if self.symbols() == 2 {
                let complement: Vec<u8> = row.symbols.iter().map(|s| 1 - s).collect();
                let other = self.find(&row.shape, &complement)?.map(|r| self.row(r)).transpose()?;
                if other.map(|o| (o.k.to_bits(), o.squares)) != Some((row.k.to_bits(), row.squares)) {
                    return Err(wrong(&row, "a complement of another K".to_owned(), "equal K".to_owned()));
                }
            }
            previous = Some(row);
        }
        for entry in &self.directory.shapes {
            let found = by_shape.get(&entry.shape).copied().unwrap_or_default();
            if found != (entry.strings, entry.max_k) {
                return Err(self.structure(
                    0,
                    format!("shape {} of {} strings up to K = {}", entry.shape, entry.strings, entry.max_k),
                    format!("{} strings up to K = {}", found.0, found.1),
                ));
            }
        }
        let dense_values =
            self.directory.shapes.iter().filter(|e| e.dense.is_some()).map(|e| e.shape).collect::<Vec<_>>();
        let mut held = 0u64;
        for shape in dense_values {
            held += self.dense_values(&shape)?.map_or(0, |d| d.iter().filter(|k| !k.is_nan()).count() as u64);
        }
        let left_out = self.left_out().and_then(crate::LeftOut::total).unwrap_or(0);
        total = total.saturating_add(left_out);
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

#[cfg(test)]
mod tests {
    use crate::format::{SectionId, assemble};
    use crate::row::Witness;
    use crate::{Method, Provenance, RowInput, Shape, Shard, Table, TableBuilder, TableError, Weights};

    /// A sound exact table of the machines of one state, its sections changed by `lie`, with checksums that hold.
    fn lying(lie: impl Fn(SectionId, &mut Vec<u8>)) -> Result<Table, TableError> {
        let space = "1x2-1d".parse()?;
        let mut provenance = Provenance::imported(space, "");
        provenance.method = Method::Exact;
        provenance.max_steps = Some(5);
        provenance.weights = Some(Weights { halting: 24, non_halting: 48, undecided: 0 });
        provenance.shard = Shard { index: 0, of: 1 };
        let mut builder = TableBuilder::new(provenance);
        for string in 0..2 {
            let row = RowInput::count(Shape::line(1)?, vec![string], 12);
            builder.push(row.with_witness(1, Witness { blank: 0, codes: vec![3 + 3 * string, 0] }))?;
        }
        let mut sections = builder.sections(24, &|_| 1)?;
        for (id, bytes) in &mut sections {
            lie(*id, bytes);
        }
        Table::from_bytes(assemble(&sections))
    }

    /// Opened, verified, every row read.
    fn believed(table: Result<Table, TableError>) -> bool {
        table.is_ok_and(|t| t.verify().is_ok() && t.rows().all(|r| r.is_ok()))
    }

    #[test]
    fn metadata_and_rows_that_lie_are_found_though_checksums_hold() {
        assert!(believed(lying(|_, _| ())));
        let put = |section: SectionId, at: usize, value: &'static [u8]| {
            lying(move |id, bytes| {
                if id == section {
                    let at = if at == usize::MAX { bytes.len() - value.len() } else { at };
                    bytes[at..at + value.len()].copy_from_slice(value);
                }
            })
        };
        // The greatest K of the last shape closes the directory.
        const MINUS: [u8; 8] = (-77.5f64).to_le_bytes();
        const NAN: [u8; 8] = f64::NAN.to_le_bytes();
        for (what, table) in [
            ("greatest K", put(SectionId::Directory, usize::MAX, &MINUS)),
            ("greatest K is none", put(SectionId::Directory, usize::MAX, &NAN)),
            ("K below 0", put(SectionId::Bits, 0, &MINUS)),
            ("dense K below 0", put(SectionId::Dense, 8, &MINUS)),
            ("no count", put(SectionId::Counts, 0, &[0])),
            ("count above the total", put(SectionId::Counts, 9, &[1])),
            ("no steps", put(SectionId::Steps, 0, &[0])),
            ("more steps than the cutoff", put(SectionId::Steps, 0, &[6])),
            ("another blank", put(SectionId::Witnesses, 0, &[2])),
            ("no such option", put(SectionId::Witnesses, 1, &[7])),
            ("four states less", put(SectionId::Provenance, 0, &[0])),
            ("more axes than three", put(SectionId::Directory, 24, &[200])),
        ] {
            assert!(!believed(table), "{what}");
        }
    }
}
