//! From rows to a file.

use std::cmp::Ordering;
use std::fmt;
use std::path::Path;

use crate::alphabet::{Relabelling, class_size};
use crate::bits::bits_of;
use crate::format::{Directory, SectionId, ShapeEntry, assemble, dense_length, pack_into};
use crate::row::Witness;
use crate::rows::{Key, Rows};
use crate::{LeftOut, Method, Provenance, Shape, TableError, codec, publish};

/// What is known of a string's frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    /// With the sum of squares where the table is sampled.
    Count(u128, Option<u128>),
    Bits(f64),
}

type Content = (Value, Option<(u64, Witness)>);

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count, _) => write!(f, "count {count}"),
            Self::Bits(k) => write!(f, "K {k}"),
        }
    }
}

/// A row to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct RowInput {
    shape: Shape,
    symbols: Vec<u8>,
    value: Value,
    witness: Option<(u64, Witness)>,
}

impl RowInput {
    /// A row with an exact count of pairs (machine, blank).
    #[must_use]
    pub fn count(shape: Shape, symbols: Vec<u8>, count: u128) -> Self {
        Self { shape, symbols, value: Value::Count(count, None), witness: None }
    }

    /// A row of a sampled table, with a count in its own unit and the sum of squares that [`crate::Row::squares`] describes.
    #[must_use]
    pub fn sampled(shape: Shape, symbols: Vec<u8>, count: u128, squares: u128) -> Self {
        Self { shape, symbols, value: Value::Count(count, Some(squares)), witness: None }
    }

    /// A row with K in bits and no count.
    #[must_use]
    pub fn k(shape: Shape, symbols: Vec<u8>, bits: f64) -> Self {
        Self { shape, symbols, value: Value::Bits(bits), witness: None }
    }

    /// Adds the machine that writes the string soonest, and its steps.
    #[must_use]
    pub fn with_witness(mut self, min_steps: u64, witness: Witness) -> Self {
        self.witness = Some((min_steps, witness));
        self
    }
}

/// Collects rows in any order and writes them in the table's.
///
/// With two symbols there is a row a string, and the complement of a row that nobody pushes is added with the same
/// value. With more there is a row a class of strings up to exchange of symbols: any member may be pushed, and members
/// of one class must agree.
#[derive(Debug)]
pub struct TableBuilder {
    provenance: Provenance,
    rows: Rows<Content>,
    left_out: Option<LeftOut>,
}

impl TableBuilder {
    /// An empty table of this provenance.
    #[must_use]
    pub fn new(provenance: Provenance) -> Self {
        Self { provenance, rows: Rows::new(), left_out: None }
    }

    /// Says which strings are too large to have a row, and what they weigh.
    #[must_use]
    pub fn left_out(mut self, left_out: LeftOut) -> Self {
        self.left_out = Some(left_out);
        self
    }

    fn wrong(
        &self,
        shape: &Shape,
        symbols: &[u8],
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> TableError {
        TableError::Input { row: shape.format_string(symbols), found: found.into(), expected: expected.into() }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A symbol outside the alphabet, a shape of other dimensions or cells, a count of 0, squares where the table is not
    /// sampled or none where it is, K that is negative or not finite, steps beyond 32 bits, a witness of another space, or a value that contradicts one pushed before.
    pub fn push(&mut self, row: RowInput) -> Result<(), TableError> {
        let RowInput { shape, symbols, value, witness } = row;
        let space = self.provenance.space;
        if shape.dims() != usize::from(space.dims()) || shape.cells() != symbols.len() {
            return Err(self.wrong(
                &shape,
                &symbols,
                format!("shape {shape}"),
                format!("{} axes and {} cells", space.dims(), symbols.len()),
            ));
        }
        if let Some(at) = symbols.iter().position(|&s| s >= space.symbols()) {
            return Err(TableError::Symbol {
                found: symbols[at].to_string(),
                position: at + 1,
                symbols: space.symbols(),
                needed: symbols.iter().max().map_or(0, |greatest| greatest.saturating_add(1)),
            });
        }
        match value {
            Value::Count(0, _) => {
                return Err(self.wrong(
                    &shape,
                    &symbols,
                    "a count of 0",
                    "at least 1: leave out strings that nothing writes",
                ));
            }
            Value::Count(_, squares) if squares.is_some() != matches!(self.provenance.method, Method::Sampled(_)) => {
                return Err(self.wrong(
                    &shape,
                    &symbols,
                    if squares.is_some() { "a sum of squares" } else { "no sum of squares" },
                    format!("the rows of a table that is {}", self.provenance.method.name()),
                ));
            }
            Value::Bits(k) if !(k.is_finite() && k >= 0.0) => {
                return Err(self.wrong(&shape, &symbols, format!("K = {k}"), "a finite number of bits, at least 0"));
            }
            _ => {}
        }
        if let Some((steps, witness)) = &witness
            && (*steps > u64::from(u32::MAX) || witness.codes.len() != space.entries())
        {
            return Err(self.wrong(
                &shape,
                &symbols,
                format!("a witness of {steps} steps and {} entries", witness.codes.len()),
                format!("at most {} steps and {} entries", u32::MAX, space.entries()),
            ));
        }
        let symbols = if space.symbols() == 2 { symbols } else { Relabelling::of(&symbols).canonical };
        let key = (shape, symbols);
        if let Some((before, _)) = self.rows.get(&key) {
            if *before == value {
                return Ok(());
            }
            return Err(self.wrong(
                &shape,
                &key.1,
                value.to_string(),
                format!("{before}, as an earlier row of the same class says"),
            ));
        }
        self.rows.insert(key, (value, witness));
        Ok(())
    }

    /// The bytes of the table.
    ///
    /// # Errors
    /// Counts mixed with K values, a string and its complement that differ, counts that do not add up to the halting
    /// weight, or weights that break the identity of [`Provenance::check_weights`].
    pub fn build(mut self) -> Result<Vec<u8>, TableError> {
        let symbols = self.provenance.space.symbols();
        self.rows.settle();
        if symbols == 2 {
            self.add_complements()?;
        }
        let rows = self.rows.as_slice();
        let counted = rows.iter().filter(|(_, (v, _))| matches!(v, Value::Count(..))).count();
        if counted != 0 && counted != rows.len() {
            return Err(TableError::Input {
                row: "all".to_owned(),
                found: "counts in some rows and K in others".to_owned(),
                expected: "one of the two in every row".to_owned(),
            });
        }
        let members = |key: &[u8]| {
            if symbols == 2 { 1 } else { class_size(symbols, Relabelling::of(key).original.len()) }
        };
        let mut total = 0u128;
        for ((_, key), (value, _)) in rows {
            if let Value::Count(count, _) = value {
                total = count.checked_mul(u128::from(members(key))).and_then(|c| total.checked_add(c)).ok_or_else(
                    || TableError::Input {
                        row: "all".to_owned(),
                        found: "counts beyond 128 bits".to_owned(),
                        expected: "a sum below 2^128".to_owned(),
                    },
                )?;
            }
        }
        let left_out = self.left_out.as_ref().map_or(Some(0), LeftOut::total);
        let halting = left_out.and_then(|l| l.checked_add(total));
        match &mut self.provenance.weights {
            Some(weights) if Some(weights.halting) != halting => {
                let expected = weights.halting.to_string();
                return Err(TableError::Input {
                    row: "all".to_owned(),
                    found: format!(
                        "counts that add up to {}",
                        halting.map_or("more than 2^128".to_owned(), |h| h.to_string())
                    ),
                    expected,
                });
            }
            // Imported counts have a total and nothing else is known of their space.
            None if counted > 0 && matches!(self.provenance.method, Method::Imported { .. }) => {
                self.provenance.weights = Some(crate::Weights { halting: total, ..Default::default() });
            }
            Some(_) | None => {}
        }
        self.provenance.check_weights()?;
        if let Some(left_out) = &self.left_out {
            let larger = rows.iter().map(|((shape, _), _)| shape).find(|shape| !left_out.keeps(shape));
            if !left_out.is_sound(&self.provenance) || larger.is_some() {
                return Err(TableError::Input {
                    row: "all".to_owned(),
                    found: match larger {
                        Some(shape) => format!("a row of shape {shape}"),
                        None => "weights left out of shapes that have rows, or beyond the halting weight".to_owned(),
                    },
                    expected: format!("rows within {}, and the other shapes left out", left_out.within),
                });
            }
        }
        Ok(assemble(&self.sections(halting.unwrap_or(total), &members)?))
    }

    /// Builds and publishes the table at `path`, whole or not at all.
    ///
    /// # Errors
    /// As [`TableBuilder::build`] and [`publish`].
    pub fn write(self, path: &Path, overwrite: bool) -> Result<(), TableError> {
        let bytes = self.build()?;
        publish(path, overwrite, |out| out.write_all(&bytes))
    }

    /// Adds the missing complements of rows. In a shape the order of complements is that of the rows, backwards.
    fn add_complements(&mut self) -> Result<(), TableError> {
        let rows = self.rows.as_slice();
        let mut missing = Vec::new();
        for shape in rows.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
            let mut others = shape.iter().rev().peekable();
            for ((shape, string), (value, _)) in shape {
                let against = |other: &[u8]| other.iter().copied().cmp(string.iter().map(|s| 1 - s));
                while others.next_if(|((_, other), _)| against(other) == Ordering::Greater).is_some() {}
                match others.next_if(|((_, other), _)| against(other) == Ordering::Equal) {
                    Some((_, (other, _))) if other == value => {}
                    Some((_, (other, _))) => {
                        let expected = format!("{other}, the value of its complement");
                        return Err(self.wrong(shape, string, value.to_string(), expected));
                    }
                    None => missing.push(((*shape, string.iter().map(|s| 1 - s).collect()), (*value, None))),
                }
            }
        }
        for (key, content) in missing {
            self.rows.insert(key, content);
        }
        self.rows.settle();
        Ok(())
    }

    pub(crate) fn sections(
        &self,
        total: u128,
        members: &dyn Fn(&[u8]) -> u64,
    ) -> Result<Vec<(SectionId, Vec<u8>)>, TableError> {
        let symbols = self.provenance.space.symbols();
        let rows = self.rows.as_slice();
        let with_witness = !rows.is_empty() && rows.iter().all(|(_, (_, w))| w.is_some());
        let with_count =
            rows.iter().any(|(_, (v, _))| matches!(v, Value::Count(..))) || self.provenance.weights.is_some();
        let mut directory = Directory::default();
        let (mut keys, mut counts, mut squares, mut bits) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut steps, mut witnesses) = (Vec::new(), Vec::new());
        for ((shape, key), (value, witness)) in rows {
            let row = bits.len() as u64 / 8;
            let k = match value {
                Value::Bits(k) => *k,
                Value::Count(count, of_squares) => {
                    counts.extend_from_slice(&count.to_le_bytes());
                    squares.extend(of_squares.iter().flat_map(|s| s.to_le_bytes()));
                    bits_of(*count, total)
                }
            };
            if directory.shapes.last().is_none_or(|e| e.shape != *shape) {
                directory.shapes.push(ShapeEntry {
                    shape: *shape,
                    first_row: row,
                    rows: 0,
                    strings: 0,
                    keys: keys.len() as u64,
                    dense: None,
                    max_k: k,
                });
            }
            if let Some(entry) = directory.shapes.last_mut() {
                entry.rows += 1;
                entry.strings += members(key);
                entry.max_k = entry.max_k.max(k);
            }
            directory.outputs += members(key);
            directory.classes += u64::from(symbols > 2 || key[0] == 0);
            pack_into(&mut keys, key, symbols);
            bits.extend_from_slice(&k.to_le_bytes());
            if let (true, Some((least, witness))) = (with_witness, witness) {
                // `push` has checked that the steps fit.
                steps.extend_from_slice(&(*least as u32).to_le_bytes());
                witnesses.push(witness.blank);
                witnesses.extend_from_slice(&witness.codes);
            }
        }
        let dense = dense(rows, &mut directory, symbols, total);
        let encode = |what: Result<Vec<u8>, String>| {
            what.map_err(|found| TableError::Input {
                row: "all".to_owned(),
                found,
                expected: "metadata that can be encoded".to_owned(),
            })
        };
        let mut sections = vec![
            (SectionId::Provenance, encode(codec::encode(&self.provenance))?),
            (SectionId::Directory, encode(codec::encode(&directory))?),
            (SectionId::Dense, dense),
            (SectionId::Keys, keys),
            (SectionId::Bits, bits),
        ];
        if with_count {
            sections.push((SectionId::Counts, counts));
        }
        if matches!(self.provenance.method, Method::Sampled(_)) {
            sections.push((SectionId::Squares, squares));
        }
        if with_witness {
            sections.push((SectionId::Steps, steps));
            sections.push((SectionId::Witnesses, witnesses));
        }
        if let Some(left_out) = &self.left_out {
            sections.push((SectionId::LeftOut, encode(codec::encode(left_out))?));
        }
        Ok(sections)
    }
}

/// Direct-indexed K for the shapes of which at least half of all strings are held.
fn dense(rows: &[(Key, Content)], directory: &mut Directory, symbols: u8, total: u128) -> Vec<u8> {
    let mut values: Vec<f64> = Vec::new();
    for entry in &mut directory.shapes {
        let Some(length) = dense_length(entry.shape.cells(), symbols) else {
            continue;
        };
        if entry.strings * 2 < length as u64 {
            continue;
        }
        let first = values.len();
        entry.dense = Some(first as u64);
        values.resize(first + length, f64::NAN);
        for ((_, key), (value, _)) in &rows[entry.first_row as usize..][..entry.rows as usize] {
            let k = match value {
                Value::Bits(k) => *k,
                Value::Count(count, _) => bits_of(*count, total),
            };
            let number = |s: &[u8]| s.iter().fold(0usize, |n, &s| n * usize::from(symbols) + usize::from(s));
            if symbols == 2 {
                values[first + number(key)] = k;
            } else {
                for member in crate::alphabet::members(key, symbols) {
                    values[first + number(&member)] = k;
                }
            }
        }
    }
    values.iter().flat_map(|k| k.to_le_bytes()).collect()
}
