//! Columns of a Parquet file.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::super::parquet::{Cells, cells, rows_of};
use super::super::parquet_file::{ParquetFile, sound};
use super::super::{Meter, utf8};
use super::{Datum, Wanted, no_column};

/// Rows of a portion.
const ROWS: usize = 1 << 14;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    /// Whole numbers, with or without a sign.
    Whole {
        signed: bool,
    },
    Number,
    Text,
}

impl Kind {
    fn of(column: &ColumnDescriptor) -> Result<Self, String> {
        let (physical, logical) = (column.physical_type(), column.logical_type_ref());
        let signed = match (logical, column.converted_type()) {
            (Some(LogicalType::Integer(kind)), _) => Some(kind.is_signed),
            (
                None,
                ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64,
            ) => Some(false),
            (
                None,
                ConvertedType::NONE
                | ConvertedType::INT_8
                | ConvertedType::INT_16
                | ConvertedType::INT_32
                | ConvertedType::INT_64,
            ) => Some(true),
            _ => None,
        };
        let text = matches!(logical, None | Some(LogicalType::String | LogicalType::Enum));
        match (column.max_rep_level(), physical) {
            (0, Physical::BOOLEAN) => Ok(Self::Truth),
            (0, Physical::INT32 | Physical::INT64) if signed.is_some() => {
                Ok(Self::Whole { signed: signed.unwrap_or(true) })
            }
            (0, Physical::FLOAT | Physical::DOUBLE) => Ok(Self::Number),
            (0, Physical::BYTE_ARRAY) if text => Ok(Self::Text),
            (0, _) => Err(logical.map_or_else(|| physical.to_string(), |logical| format!("{logical:?}"))),
            _ => Err("a list".to_owned()),
        }
    }
}

/// A column that is read.
#[derive(Clone, Copy, Debug)]
struct Column {
    at: usize,
    kind: Kind,
    /// The definition level of a value that is there.
    most: i16,
}

/// Values of a column, `None` where there is none.
enum Held {
    Truth(Vec<Option<bool>>),
    Whole(Vec<Option<i64>>, bool),
    Number(Vec<Option<f64>>),
    Text(Vec<Option<ByteArray>>),
}

impl Held {
    fn len(&self) -> usize {
        match self {
            Self::Truth(values) => values.len(),
            Self::Whole(values, _) => values.len(),
            Self::Number(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    fn datum(&self, row: usize) -> Result<Datum<'_>> {
        let datum = match self {
            Self::Truth(values) => values[row].map(Datum::Truth),
            Self::Whole(values, signed) => values[row].map(|n| match u64::try_from(n) {
                Ok(n) => Datum::Whole(n),
                Err(_) if *signed => Datum::Number(n as f64),
                Err(_) => Datum::Whole(n.cast_unsigned()),
            }),
            Self::Number(values) => values[row].map(Datum::Number),
            Self::Text(values) => match &values[row] {
                Some(bytes) => Some(Datum::Text(Cow::Borrowed(utf8(bytes.data())?))),
                None => None,
            },
        };
        Ok(datum.unwrap_or(Datum::Absent))
    }
}

/// The wanted columns of some rows; none where the file lacks one.
pub(super) struct Columns {
    /// The row before the first, counted from 1.
    before: u64,
    rows: usize,
    held: Vec<Option<Held>>,
}

impl Columns {
    pub(super) fn visit(&self, mut visit: impl FnMut(u64, &[Datum<'_>]) -> Result<()>) -> Result<()> {
        let mut row = Vec::with_capacity(self.held.len());
        for at in 0..self.rows {
            let number = self.before + at as u64 + 1;
            row.clear();
            for held in &self.held {
                let datum = held.as_ref().map_or(Ok(Datum::Absent), |held| held.datum(at));
                row.push(datum.with_context(|| format!("row {number}"))?);
            }
            visit(number, &row).with_context(|| format!("row {number}"))?;
        }
        Ok(())
    }
}

/// Reads rows in portions.
pub(super) struct Rows {
    reader: SerializedFileReader<File>,
    file: Arc<Path>,
    columns: Vec<Option<Column>>,
    /// The row group that comes next.
    group: usize,
    open: Option<(Vec<Option<ColumnReader>>, usize)>,
    row: u64,
    ended: bool,
}

impl Rows {
    pub(super) fn open(file: &Arc<Path>, wanted: &[Wanted], meter: &Arc<Meter>) -> Result<Self> {
        let at_file = || file.display().to_string();
        let reader = ParquetFile::open(file, meter)?.reader()?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let found = schema.columns();
        let names: Vec<&str> = schema.root_schema().get_fields().iter().map(|field| field.name()).collect();
        let mut columns = Vec::with_capacity(wanted.len());
        for column in wanted {
            let name = &column.name;
            let at = found.iter().position(|column| column.path().string() == *name);
            columns.push(match at {
                Some(at) => {
                    let kind = Kind::of(&found[at]).map_err(|kind| {
                        anyhow::anyhow!(
                            "{}: column `{name}` is {kind}, expected numbers, truth values or text",
                            at_file()
                        )
                    })?;
                    Some(Column { at, kind, most: found[at].max_def_level() })
                }
                None if column.needed => return Err(no_column(file, column, &names)),
                None => None,
            });
        }
        Ok(Self { reader, file: Arc::clone(file), columns, group: 0, open: None, row: 0, ended: false })
    }

    fn portion(&mut self) -> Result<Option<Columns>> {
        loop {
            let Some((readers, left)) = &mut self.open else {
                if self.group == self.reader.num_row_groups() {
                    return Ok(None);
                }
                let group = self.reader.get_row_group(self.group)?;
                let rows = rows_of(group.metadata(), self.columns.iter().flatten().map(|column| column.at))?;
                let reader =
                    |column: &Option<Column>| column.map(|column| group.get_column_reader(column.at)).transpose();
                self.open = Some((self.columns.iter().map(reader).collect::<Result<_, _>>()?, rows));
                self.group += 1;
                continue;
            };
            if *left == 0 {
                self.open = None;
                continue;
            }
            let rows = (*left).min(ROWS);
            let mut held = Vec::with_capacity(readers.len());
            for (reader, column) in readers.iter_mut().zip(&self.columns) {
                held.push(match (reader, column) {
                    (Some(reader), Some(column)) => Some(values(reader, *column, rows)?),
                    _ => None,
                });
            }
            if held.iter().flatten().any(|held| held.len() != rows) {
                bail!("row group {} ends before its rows do: the file is damaged", self.group);
            }
            *left -= rows;
            let before = self.row;
            self.row += rows as u64;
            return Ok(Some(Columns { before, rows, held }));
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Columns>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let portion =
            sound(|| self.portion()).with_context(|| format!("{}: behind row {}", self.file.display(), self.row));
        self.ended = portion.is_err();
        portion.transpose()
    }
}

fn values(reader: &mut ColumnReader, column: Column, rows: usize) -> Result<Held> {
    Ok(match (reader, column.kind) {
        (ColumnReader::BoolColumnReader(reader), Kind::Truth) => Held::Truth(flat(reader, column, rows, |v| v)?),
        (ColumnReader::Int32ColumnReader(reader), Kind::Whole { signed }) => {
            let wide = |v: i32| if signed { i64::from(v) } else { i64::from(v.cast_unsigned()) };
            Held::Whole(flat(reader, column, rows, wide)?, signed)
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::Whole { signed }) => {
            Held::Whole(flat(reader, column, rows, |v| v)?, signed)
        }
        (ColumnReader::FloatColumnReader(reader), Kind::Number) => Held::Number(flat(reader, column, rows, f64::from)?),
        (ColumnReader::DoubleColumnReader(reader), Kind::Number) => Held::Number(flat(reader, column, rows, |v| v)?),
        (ColumnReader::ByteArrayColumnReader(reader), Kind::Text) => Held::Text(flat(reader, column, rows, |v| v)?),
        _ => bail!("the column's pages are of another type than its schema says: the file is damaged"),
    })
}

/// A value a row, or none.
fn flat<T: DataType, V>(
    reader: &mut ColumnReaderImpl<T>,
    column: Column,
    rows: usize,
    value: impl Fn(T::T) -> V,
) -> Result<Vec<Option<V>>> {
    let Cells { values, definition, .. } = cells(reader, rows)?;
    let mut values = values.into_iter().map(value);
    if column.most == 0 {
        // A column that cannot be null has no levels.
        return Ok(values.map(Some).collect());
    }
    let cell = |&level: &i16| match level == column.most {
        true => values.next().map(Some).context("fewer values than rows that have one: the file is damaged"),
        false => Ok(None),
    };
    definition.iter().map(cell).collect()
}
