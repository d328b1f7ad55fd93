//! Opening, checking and reading a table.

use std::cmp::Ordering;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::alphabet::Relabelling;
use crate::backing::Backing;
use crate::checksum::{Checked, PAGE, page_sum};
use crate::format::{Directory, Layout, SectionId, ShapeEntry, dense_length, key_width, pack, unpack};
use crate::members::{Either, Members};
use crate::row::{Member, Row, Witness};
use crate::{LeftOut, Method, Provenance, Shape, Shard, Space, TableError, codec};

/// An opened table. Shared freely between threads.
#[derive(Debug)]
pub struct Table {
    pub(crate) path: PathBuf,
    backing: Backing,
    pub(crate) layout: Layout,
    checked: Checked,
    provenance: Provenance,
    pub(crate) directory: Directory,
    left_out: Option<LeftOut>,
    rows: u64,
}

impl Table {
    /// Maps a table and checks its header, structure and provenance, in time independent of its size (some ten microseconds).
    ///
    /// # Errors
    /// The file cannot be read, is no table, is of another version, is cut off or corrupt.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TableError> {
        Self::from_backing(Backing::map(path.as_ref())?, path.as_ref().to_owned())
    }

    /// As [`Table::open`], but reads the file into memory: for files that another process may truncate, as on network file systems.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn open_in_memory(path: impl AsRef<Path>) -> Result<Self, TableError> {
        Self::from_backing(Backing::read(path.as_ref())?, path.as_ref().to_owned())
    }

    /// A table from bytes in memory.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, TableError> {
        Self::from_backing(Backing::Owned(bytes), PathBuf::from("(memory)"))
    }

    /// A table from a stream, read to its end.
    ///
    /// # Errors
    /// As [`Table::open`].
    pub fn from_reader(mut reader: impl std::io::Read) -> Result<Self, TableError> {
        let path = PathBuf::from("-");
        let mut bytes = Vec::new();
        match reader.read_to_end(&mut bytes) {
            Ok(_) => Self::from_backing(Backing::Owned(bytes), path),
            Err(source) => Err(TableError::Io { path, doing: "cannot read", source }),
        }
    }

    pub(crate) fn from_static(bytes: &'static [u8], name: &str) -> Result<Self, TableError> {
        Self::from_backing(Backing::Static(bytes), PathBuf::from(format!("(embedded) {name}")))
    }

    fn from_backing(backing: Backing, path: PathBuf) -> Result<Self, TableError> {
        let layout = Layout::parse(backing.bytes(), &path)?;
        let checked = Checked::none_of(layout.pages());
        // A table without metadata yet, to read the metadata with the same checks as everything else.
        let space = Space::new(1, 2, 1)?;
        let mut table = Self {
            path,
            backing,
            layout,
            checked,
            provenance: Provenance::imported(space, ""),
            directory: Directory::default(),
            left_out: None,
            rows: 0,
        };
        table.provenance = table.decode(SectionId::Provenance)?;
        table.directory = table.decode(SectionId::Directory)?;
        table.provenance.check_weights().map_err(|e| table.structure(0, e.to_string(), "weights that add up"))?;
        table.check_directory()?;
        if table.layout.section(SectionId::LeftOut).is_some() {
            let left_out: LeftOut = table.decode(SectionId::LeftOut)?;
            let kept = table.directory.shapes.iter().all(|e| left_out.keeps(&e.shape));
            if !kept || !left_out.is_sound(&table.provenance) {
                let at = table.require(SectionId::LeftOut)?.start;
                return Err(table.structure(
                    at,
                    "weights left out that contradict the rows",
                    "larger shapes, in order",
                ));
            }
            table.left_out = Some(left_out);
        }
        Ok(table)
    }

    fn decode<T: serde::de::DeserializeOwned>(&self, id: SectionId) -> Result<T, TableError> {
        let range = self.require(id)?;
        let start = range.start;
        codec::decode(self.read(range)?).map_err(|e| self.structure(start, e, "metadata of this format version"))
    }

    pub(crate) fn structure(&self, offset: usize, found: impl Into<String>, expected: impl Into<String>) -> TableError {
        TableError::Structure {
            path: self.path.clone(),
            offset: offset as u64,
            found: found.into(),
            expected: expected.into(),
        }
    }

    fn require(&self, id: SectionId) -> Result<Range<usize>, TableError> {
        self.layout.section(id).ok_or_else(|| self.structure(12, format!("no section {id:?}"), "one"))
    }

    /// Sections must be as long as the rows that the directory claims, so that later reads cannot leave them.
    fn check_directory(&mut self) -> Result<(), TableError> {
        let at = self.require(SectionId::Directory)?.start;
        let wrong = |what: &str| {
            self.structure(
                at,
                format!("a directory with {what}"),
                "consecutive rows, keys and dense values within their sections",
            )
        };
        let dense_values = self.layout.section(SectionId::Dense).map_or(0, |r| r.len() as u64 / 8);
        let (mut rows, mut keys) = (0u64, 0u64);
        let mut previous: Option<Shape> = None;
        for entry in &self.directory.shapes {
            if entry.shape.dims() != usize::from(self.space().dims()) || previous.is_some_and(|p| p >= entry.shape) {
                return Err(wrong("shapes out of order or of other dimensions"));
            }
            previous = Some(entry.shape);
            let width = key_width(entry.shape.cells(), self.symbols()) as u64;
            if entry.first_row != rows || entry.keys != keys {
                return Err(wrong("gaps"));
            }
            rows = rows.checked_add(entry.rows).ok_or_else(|| wrong("too many rows"))?;
            keys = entry
                .rows
                .checked_mul(width)
                .and_then(|k| keys.checked_add(k))
                .ok_or_else(|| wrong("too many rows"))?;
            if let Some(first) = entry.dense {
                let length = dense_length(entry.shape.cells(), self.symbols())
                    .ok_or_else(|| wrong("a dense shape that is too long"))?;
                if first.checked_add(length as u64).is_none_or(|end| end > dense_values) {
                    return Err(wrong("dense values beyond their section"));
                }
            }
        }
        let sized =
            |id, width: u64| self.layout.section(id).is_none_or(|r| Some(r.len() as u64) == rows.checked_mul(width));
        let witness_width = self.space().entries() as u64 + 1;
        if !(self.require(SectionId::Keys)?.len() as u64 == keys
            && Some(self.require(SectionId::Bits)?.len() as u64) == rows.checked_mul(8)
            && sized(SectionId::Counts, 16)
            && sized(SectionId::Squares, 16)
            && self.layout.section(SectionId::Squares).is_some() == self.sampling().is_some()
            && sized(SectionId::Steps, 4)
            && sized(SectionId::Witnesses, witness_width)
            && self.layout.section(SectionId::Steps).is_some() == self.layout.section(SectionId::Witnesses).is_some()
            && self.layout.section(SectionId::Counts).is_some() == self.provenance.weights.is_some())
        {
            return Err(wrong("rows that do not fill their sections"));
        }
        self.rows = rows;
        Ok(())
    }

    /// Bytes `range` of the file, after the pages they lie on have been checked.
    fn read(&self, range: Range<usize>) -> Result<&[u8], TableError> {
        let bytes = self.backing.bytes();
        let body = self.layout.body.start;
        if !range.is_empty() {
            for page in (range.start - body) / PAGE..=(range.end - 1 - body) / PAGE {
                if !self.checked.contains(page) {
                    self.check_page(page)?;
                }
            }
        }
        Ok(&bytes[range])
    }

    #[cold]
    pub(crate) fn check_page(&self, page: usize) -> Result<(), TableError> {
        let bytes = self.backing.bytes();
        let start = self.layout.body.start + page * PAGE;
        let end = (start + PAGE).min(bytes.len());
        let (found, expected) = (page_sum(&bytes[start..end]), self.layout.expected_sum(bytes, page));
        if found != expected {
            return Err(TableError::Corrupt {
                path: self.path.clone(),
                offset: start as u64,
                end: end as u64,
                found,
                expected,
            });
        }
        self.checked.insert(page);
        Ok(())
    }

    /// Item `index` of a section of items of `width` bytes.
    fn item(&self, section: &Range<usize>, index: u64, width: usize) -> Result<&[u8], TableError> {
        let start = section.start + index as usize * width;
        self.read(start..start + width)
    }

    fn array<const N: usize>(&self, id: SectionId, index: u64) -> Result<Option<[u8; N]>, TableError> {
        let Some(section) = self.layout.section(id) else {
            return Ok(None);
        };
        let mut out = [0; N];
        out.copy_from_slice(self.item(&section, index, N)?);
        Ok(Some(out))
    }

    /// The name of the space, e.g. `5x2-1d`.
    #[must_use]
    pub fn name(&self) -> String {
        self.space().to_string()
    }

    /// The file's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.backing.bytes()
    }

    /// Where the table was opened.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The machine space.
    #[must_use]
    pub fn space(&self) -> Space {
        self.provenance.space
    }

    /// The size of the alphabet, k.
    #[must_use]
    pub fn symbols(&self) -> u8 {
        self.space().symbols()
    }

    /// Where the numbers come from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// The sum of all counts, for a sampled table in its own unit; `None` for imported K values.
    #[must_use]
    pub fn total(&self) -> Option<u128> {
        self.provenance.weights.map(|w| w.halting)
    }

    /// What the table keeps no rows of; `None` where every string written has its row.
    #[must_use]
    pub fn left_out(&self) -> Option<&LeftOut> {
        self.left_out.as_ref()
    }

    /// Distinct strings that have a row.
    #[must_use]
    pub fn outputs(&self) -> u64 {
        self.directory.outputs
    }

    /// Strings up to exchange of symbols.
    #[must_use]
    pub fn classes(&self) -> u64 {
        self.directory.classes
    }

    /// Rows stored.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.rows
    }

    /// Whether there is no row at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The checksum that stands for the whole file, as shown to users.
    #[must_use]
    pub fn checksum(&self) -> String {
        format!("xxh3:{:016x}", self.layout.root)
    }

    /// Shapes held, in order, with the number of strings of each.
    pub fn shapes(&self) -> impl ExactSizeIterator<Item = (Shape, u64)> + '_ {
        self.directory.shapes.iter().map(|e| (e.shape, e.strings))
    }

    /// Whether any string of this shape is held.
    #[must_use]
    pub fn has_shape(&self, shape: &Shape) -> bool {
        self.entry(shape).is_some()
    }

    /// The greatest K held for a shape.
    #[must_use]
    pub fn max_k(&self, shape: &Shape) -> Option<f64> {
        self.entry(shape).map(|e| e.max_k)
    }

    fn entry(&self, shape: &Shape) -> Option<&ShapeEntry> {
        self.directory.shapes.binary_search_by(|e| e.shape.cmp(shape)).ok().map(|i| &self.directory.shapes[i])
    }

    /// That K and its bounds may be read: not from a shard of an exact table, whose counts are those of the machines that
    /// happen to be in it. (A shard of a sample is a sample, of other machines.)
    ///
    /// # Errors
    /// [`TableError::Part`].
    pub fn check_whole(&self) -> Result<(), TableError> {
        let Provenance { method, shard, space, .. } = &self.provenance;
        if *method == Method::Exact && *shard != Shard::WHOLE {
            return Err(TableError::Part { path: self.path.clone(), shard: *shard, space: *space });
        }
        Ok(())
    }

    /// K of every string of a short shape, by the base-k number of its symbols in row-major order, the first symbol
    /// most significant; NaN where the table lacks the string. `None` if the shape is not held so.
    ///
    /// # Errors
    /// A corrupt page, or a shard ([`Table::check_whole`]).
    pub fn dense(&self, shape: &Shape) -> Result<Option<Vec<f64>>, TableError> {
        self.check_whole()?;
        self.dense_values(shape)
    }

    pub(crate) fn dense_values(&self, shape: &Shape) -> Result<Option<Vec<f64>>, TableError> {
        let Some((section, first)) = self.dense_place(shape) else {
            return Ok(None);
        };
        let Some(length) = dense_length(shape.cells(), self.symbols()) else {
            return Ok(None);
        };
        let start = section.start + first as usize * 8;
        let values: Vec<f64> = self.read(start..start + length * 8)?.chunks_exact(8).map(float).collect();
        match values.iter().find(|k| !is_price(**k)) {
            None => Ok(Some(values)),
            Some(k) => Err(self.structure(start, format!("K = {k}"), "a finite number of bits, at least 0, or none")),
        }
    }

    fn dense_place(&self, shape: &Shape) -> Option<(Range<usize>, u64)> {
        Some((self.layout.section(SectionId::Dense)?, self.entry(shape)?.dense?))
    }

    /// One value of the dense array: `None` if the shape has none, NaN if the string is missing.
    pub(crate) fn dense_at(&self, shape: &Shape, symbols: &[u8]) -> Result<Option<f64>, TableError> {
        let Some((section, first)) = self.dense_place(shape) else {
            return Ok(None);
        };
        let base = u64::from(self.symbols());
        let number = symbols.iter().fold(0, |n, &s| n * base + u64::from(s));
        let k = float(self.item(&section, first + number, 8)?);
        if is_price(k) {
            return Ok(Some(k));
        }
        Err(self.structure(section.start, format!("K = {k}"), "a finite number of bits, at least 0, or none"))
    }

    /// The row of a string, by binary search among those of its shape.
    pub(crate) fn find(&self, shape: &Shape, symbols: &[u8]) -> Result<Option<u64>, TableError> {
        let Some(entry) = self.entry(shape) else {
            return Ok(None);
        };
        let section = self.require(SectionId::Keys)?;
        let key = if self.symbols() == 2 {
            pack(symbols, 2)
        } else {
            pack(&Relabelling::of(symbols).canonical, self.symbols())
        };
        let keys = section.start + entry.keys as usize..section.end;
        let (mut low, mut high) = (0, entry.rows);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.item(&keys, middle, key.len())?.cmp(&key[..]) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Ok(Some(entry.first_row + middle)),
            }
        }
        Ok(None)
    }

    pub(crate) fn k_of_row(&self, row: u64) -> Result<f64, TableError> {
        let k = self.array::<8>(SectionId::Bits, row)?.map_or(f64::NAN, f64::from_le_bytes);
        if k.is_finite() && k >= 0.0 {
            return Ok(k);
        }
        Err(self.structure(0, format!("K = {k} in row {row}"), "a finite number of bits, at least 0"))
    }

    pub(crate) fn count_of_row(&self, row: u64) -> Result<Option<u128>, TableError> {
        let count = self.array::<16>(SectionId::Counts, row)?.map(u128::from_le_bytes);
        match (count, self.total()) {
            (Some(count), Some(total)) if count == 0 || count > total => {
                Err(self.structure(0, format!("count {count} in row {row}"), format!("1 to the total {total}")))
            }
            _ => Ok(count),
        }
    }

    /// Row `index` of [`Table::len`].
    pub(crate) fn row(&self, index: u64) -> Result<Row, TableError> {
        let shapes = &self.directory.shapes;
        let entry = &shapes[shapes.partition_point(|e| e.first_row + e.rows <= index)];
        let width = key_width(entry.shape.cells(), self.symbols());
        let keys = self.require(SectionId::Keys)?;
        let key = self.item(&(keys.start + entry.keys as usize..keys.end), index - entry.first_row, width)?;
        let symbols = unpack(key, entry.shape.cells(), self.symbols());
        let mut row = Row {
            shape: entry.shape,
            symbols,
            count: self.count_of_row(index)?,
            squares: self.array::<16>(SectionId::Squares, index)?.map(u128::from_le_bytes),
            k: self.k_of_row(index)?,
            min_steps: None,
            witness: None,
        };
        if let (Some(steps), Some(section)) =
            (self.array::<4>(SectionId::Steps, index)?, self.layout.section(SectionId::Witnesses))
        {
            let packed = self.item(&section, index, self.space().entries() + 1)?;
            let steps = u64::from(u32::from_le_bytes(steps));
            let most = self.provenance.max_steps.unwrap_or(u64::MAX);
            let sound = (1..=most).contains(&steps)
                && packed[0] < self.symbols()
                && packed[1..].iter().all(|code| u32::from(*code) <= self.space().options());
            if !sound {
                let found =
                    format!("a witness {:?} of {steps} steps on blank {} in row {index}", &packed[1..], packed[0]);
                return Err(self.structure(0, found, format!("a machine of {} within {most} steps", self.space())));
            }
            row.min_steps = Some(steps);
            row.witness = Some(Witness { blank: packed[0], codes: packed[1..].to_vec() });
        }
        Ok(row)
    }

    /// All rows, in order of cells, shape, string.
    pub fn rows(&self) -> impl Iterator<Item = Result<Row, TableError>> + '_ {
        (0..self.rows).map(|i| self.row(i))
    }

    /// All strings, in order of cells, shape, string: rows with their classes expanded, one at a time. Holds the rows of
    /// one shape in memory.
    pub fn strings(&self) -> impl Iterator<Item = Result<Member, TableError>> + '_ {
        self.directory.shapes.iter().flat_map(move |entry| {
            let rows: Result<Vec<Row>, TableError> =
                (entry.first_row..entry.first_row + entry.rows).map(|index| self.row(index)).collect();
            match rows {
                Ok(rows) => Either::Members(Members::new(rows, self.symbols())),
                Err(error) => Either::Error(std::iter::once(error)),
            }
        })
    }

    /// Whether the table was computed here, and not imported.
    #[must_use]
    pub fn has_witnesses(&self) -> bool {
        // A shard may hold machines only that never halt.
        (self.is_empty() || self.layout.section(SectionId::Witnesses).is_some())
            && !matches!(self.provenance.method, Method::Imported { .. })
    }
}

/// NaN stands for a string that the table lacks.
fn is_price(k: f64) -> bool {
    k.is_nan() || k.is_finite() && k >= 0.0
}

fn float(bytes: &[u8]) -> f64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(bytes);
    f64::from_le_bytes(eight)
}
