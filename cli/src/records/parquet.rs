//! Parquet: one column of a file, a row a record.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use parquet::basic::{ConvertedType, LogicalType, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{AsBytes as _, DataType};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use serde_json::{Map, Value};

use super::batch::BATCH_BYTES;
use super::parquet_file::{ParquetFile, sound};
use super::parquet_rows::WholeRows;
use super::{At, Batch, Batches, Content, Keep, Numbers, Raw, Values, utf8};

/// Rows asked for at a time.
const ROWS: usize = 256;

impl ParquetFile {
    /// Reads the column `field`: strings, binary values or lists of integers or truth values; `id` is a record's name. Row
    /// groups come one after the other, pages as they are needed, other columns only if they are kept.
    ///
    /// # Errors
    /// No Parquet file, no such column, or one of another type.
    pub(crate) fn batches(&self, field: &str, keep: Keep) -> Result<Batches> {
        let at_file = || self.path.display().to_string();
        let reader = self.reader()?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let columns = schema.columns();
        let of = |name: &str| -> Vec<usize> {
            let named = |column: &ColumnDescriptor| column.path().string() == name || column.path().parts()[0] == name;
            (0..columns.len()).filter(|&at| named(&columns[at])).collect()
        };
        let column = match of(field)[..] {
            [column] => column,
            [] => {
                let root = schema.root_schema().get_fields();
                let names: Vec<&str> = root.iter().map(|field| field.name()).take(10).collect();
                bail!(
                    "{}: no column `{field}` among `{}`; name the content's with --field",
                    at_file(),
                    names.join(", ")
                );
            }
            _ => bail!(
                "{}: column `{field}` holds several; name one of them with --field, such as `{field}.name`",
                at_file()
            ),
        };
        let kind = Kind::of(&columns[column]).map_err(|found| {
            anyhow!("{}: column `{field}` is {found}, expected strings, binary values or lists of integers; name another with --field", at_file())
        })?;
        let id = match of("id")[..] {
            [id] if id != column && columns[id].max_rep_level() == 0 => {
                Some((id, columns[id].max_def_level(), is_unsigned(&columns[id])))
            }
            _ => None,
        };
        let column = Column { at: column, kind, most: columns[column].max_def_level() };
        let others = match keep {
            Keep::Id => None,
            Keep::Line | Keep::All => Some(WholeRows::of(self.reader()?).with_context(at_file)?),
        };
        let file = Arc::clone(&self.path);
        let field = field.to_owned();
        Ok(Box::new(Rows { reader, file, field, keep, column, id, others, group: 0, open: None, row: 0, ended: false }))
    }
}

/// The rows of a row group, if what its columns say of themselves can be.
pub(super) fn rows_of(group: &RowGroupMetaData, columns: impl Iterator<Item = usize>) -> Result<usize> {
    for at in columns {
        let column = group.column(at);
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        if start < 0 || column.compressed_size() < 0 {
            bail!("column `{}` lies outside the file: the file is damaged", column.column_path().string());
        }
    }
    usize::try_from(group.num_rows()).context("a row group of a negative number of rows")
}

/// The column that is read.
#[derive(Clone, Copy, Debug)]
struct Column {
    at: usize,
    kind: Kind,
    /// The definition level of a value that is there.
    most: i16,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Bytes,
    /// Lists of numbers.
    List {
        /// From this definition level on a list holds something.
        held: i16,
        unsigned: bool,
    },
}

impl Kind {
    /// The kind of a column; what it is in words if it is none of them.
    fn of(column: &ColumnDescriptor) -> Result<Self, String> {
        let (physical, logical) = (column.physical_type(), column.logical_type_ref());
        let integer = matches!(physical, Physical::BOOLEAN | Physical::INT32 | Physical::INT64)
            && matches!(logical, None | Some(LogicalType::Integer { .. }))
            && !matches!(column.converted_type(), ConvertedType::DECIMAL | ConvertedType::DATE);
        let text = matches!(logical, Some(LogicalType::String | LogicalType::Json | LogicalType::Enum))
            || matches!(column.converted_type(), ConvertedType::UTF8 | ConvertedType::JSON | ConvertedType::ENUM);
        match (column.max_rep_level(), physical) {
            (0, Physical::BYTE_ARRAY) if text => Ok(Self::Text),
            (0, Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY) if logical.is_none() => Ok(Self::Bytes),
            (1, _) if integer => {
                let optional = i16::from(column.self_type().is_optional());
                Ok(Self::List { held: column.max_def_level() - optional, unsigned: is_unsigned(column) })
            }
            (depth, _) => {
                let what = match logical {
                    Some(logical) => format!("{logical:?}"),
                    None => physical.to_string(),
                };
                Err(if depth == 0 { format!("of type {what}") } else { format!("a list of {what}") })
            }
        }
    }
}

/// Whether a column of integers counts from 0, and uses the sign's bit for it.
fn is_unsigned(column: &ColumnDescriptor) -> bool {
    match column.logical_type_ref() {
        Some(LogicalType::Integer(integer)) => !integer.is_signed,
        _ => matches!(
            column.converted_type(),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64
        ),
    }
}

/// The columns of the row group being read.
struct Open {
    content: ColumnReader,
    id: Option<ColumnReader>,
    left: usize,
}

struct Rows {
    reader: SerializedFileReader<File>,
    file: Arc<Path>,
    field: String,
    keep: Keep,
    column: Column,
    /// The column of names, the definition level of one that is there, and whether numbers are unsigned.
    id: Option<(usize, i16, bool)>,
    /// All columns, where more than the content is kept.
    others: Option<WholeRows>,
    /// The row group that comes next.
    group: usize,
    open: Option<Open>,
    /// Rows read so far.
    row: u64,
    ended: bool,
}

impl Rows {
    fn batch(&mut self) -> Result<Option<Batch>> {
        let (mut records, mut bytes) = (Vec::new(), 0);
        while bytes < BATCH_BYTES {
            let Some(open) = &mut self.open else {
                if self.group == self.reader.num_row_groups() {
                    break;
                }
                let group = self.reader.get_row_group(self.group)?;
                let left = rows_of(
                    group.metadata(),
                    [Some(self.column.at), self.id.map(|(id, ..)| id)].into_iter().flatten(),
                )?;
                let id = self.id.map(|(id, ..)| group.get_column_reader(id)).transpose()?;
                self.open = Some(Open { content: group.get_column_reader(self.column.at)?, id, left });
                self.group += 1;
                continue;
            };
            if open.left == 0 {
                self.open = None;
                continue;
            }
            let rows = open.left.min(ROWS);
            let contents = contents(&mut open.content, self.column, rows)?;
            let ids = match (&mut open.id, self.id) {
                (Some(id), Some((_, most, unsigned))) => ids(id, most, unsigned, rows)?,
                _ => Vec::new(),
            };
            if contents.len() != rows || (open.id.is_some() && ids.len() != rows) {
                bail!("row group {} ends before its {} rows: the file is damaged", self.group, open.left);
            }
            open.left -= rows;
            let mut ids = ids.into_iter();
            for (size, content) in contents {
                self.row += 1;
                bytes += size + 1;
                let id = ids.next().flatten().map(Cow::Owned);
                let mut fields = self.others.as_mut().map_or_else(|| Ok(Map::new()), WholeRows::row)?;
                let line = (self.keep == Keep::Line).then(|| Value::Object(std::mem::take(&mut fields)).to_string());
                fields.shift_remove(&self.field);
                bytes += line.as_ref().map_or(0, String::len);
                records.push(match content {
                    Ok(content) => {
                        let raw = Raw { id, content, fields, line: line.map(Cow::Owned) };
                        (At::Row(self.row), Ok(raw), None)
                    }
                    Err(error) => (At::Row(self.row), Err(error), line),
                });
            }
            if self.keep == Keep::All {
                // How much the fields hold is not counted.
                break;
            }
        }
        Ok((!records.is_empty()).then(|| Batch::with_lines(Arc::clone(&self.file), records)))
    }
}

impl Iterator for Rows {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let batch = sound(|| self.batch()).with_context(|| format!("{}: behind row {}", self.file.display(), self.row));
        self.ended = batch.is_err();
        batch.transpose()
    }
}

/// Values of whole rows with their levels.
pub(super) struct Cells<T> {
    pub(super) values: Vec<T>,
    pub(super) definition: Vec<i16>,
    repetition: Vec<i16>,
}

pub(super) fn cells<T: DataType>(reader: &mut ColumnReaderImpl<T>, rows: usize) -> Result<Cells<T::T>> {
    let mut cells = Cells { values: Vec::new(), definition: Vec::new(), repetition: Vec::new() };
    let mut read = 0;
    while read < rows {
        // A page at a time, and a page may end inside the rows asked for.
        let (records, _, levels) = reader.read_records(
            rows - read,
            Some(&mut cells.definition),
            Some(&mut cells.repetition),
            &mut cells.values,
        )?;
        if records == 0 && levels == 0 {
            break;
        }
        read += records;
    }
    Ok(cells)
}

/// A content and its size in bytes.
type Sized = (usize, Result<Content<'static>>);

/// The contents of the next rows.
fn contents(reader: &mut ColumnReader, column: Column, rows: usize) -> Result<Vec<Sized>> {
    let text = |bytes: &[u8]| utf8(bytes).map(|text| Content::Text(Cow::Owned(text.to_owned())));
    let binary = |bytes: &[u8]| Ok(Content::Bytes(Cow::Owned(bytes.to_vec())));
    match (reader, column.kind) {
        (ColumnReader::ByteArrayColumnReader(reader), Kind::Text) => flat(reader, column, rows, text),
        (ColumnReader::ByteArrayColumnReader(reader), Kind::Bytes) => flat(reader, column, rows, binary),
        (ColumnReader::FixedLenByteArrayColumnReader(reader), Kind::Bytes) => flat(reader, column, rows, binary),
        (ColumnReader::BoolColumnReader(reader), Kind::List { held, .. }) => {
            lists(reader, column, held, rows, |value| Ok(u64::from(*value)))
        }
        (ColumnReader::Int32ColumnReader(reader), Kind::List { held, unsigned }) => {
            lists(reader, column, held, rows, |value| {
                if unsigned { Ok(u64::from(value.cast_unsigned())) } else { from_signed(i64::from(*value)) }
            })
        }
        (ColumnReader::Int64ColumnReader(reader), Kind::List { held, unsigned }) => lists(
            reader,
            column,
            held,
            rows,
            |value| {
                if unsigned { Ok(value.cast_unsigned()) } else { from_signed(*value) }
            },
        ),
        _ => bail!("the column's pages are of another type than its schema says: the file is damaged"),
    }
}

fn from_signed(value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| anyhow!("found {value}, expected whole numbers from 0"))
}

fn null() -> anyhow::Error {
    anyhow!("the value is null, expected one")
}

/// A value a row, or none.
fn flat<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    column: Column,
    rows: usize,
    content: impl Fn(&[u8]) -> Result<Content<'static>>,
) -> Result<Vec<Sized>> {
    let Cells { values, definition, .. } = cells(reader, rows)?;
    let mut values = values.iter();
    let mut next = || match values.next() {
        Some(value) => Ok((value.as_bytes().len(), content(value.as_bytes()))),
        None => bail!("fewer values than rows that have one: the file is damaged"),
    };
    if column.most == 0 {
        // A column that cannot be null has no levels.
        return (0..rows).map(|_| next()).collect();
    }
    definition.iter().map(|&level| if level == column.most { next() } else { Ok((0, Err(null()))) }).collect()
}

/// A list a row, or none.
fn lists<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    column: Column,
    held: i16,
    rows: usize,
    number: impl Fn(&T::T) -> Result<u64>,
) -> Result<Vec<Sized>> {
    let Cells { values, definition, repetition } = cells(reader, rows)?;
    let mut values = values.iter();
    let mut out: Vec<Result<Values>> = Vec::with_capacity(rows);
    for (&definition, &repetition) in definition.iter().zip(&repetition) {
        if repetition == 0 {
            // One level below the first element, a list is there and empty; further below there is none.
            out.push(if definition + 1 < held { Err(null()) } else { Ok(Values::new()) });
        }
        let Some(list) = out.last_mut() else { bail!("a list that goes on before it begins: the file is damaged") };
        let found = if definition == column.most {
            let value = values.next().context("fewer values than places: the file is damaged")?;
            number(value)
        } else if definition >= held {
            Err(anyhow!("a place of the list is null, expected whole numbers from 0"))
        } else {
            continue;
        };
        match (&mut *list, found) {
            (Ok(list), Ok(value)) => list.push(value),
            (Ok(_), Err(error)) => *list = Err(error),
            (Err(_), _) => {}
        }
    }
    let sized = out.into_iter().map(|list| {
        let size = list.as_ref().map_or(0, Values::len) * size_of::<T::T>();
        (size, list.map(|values| Content::Numbers(Numbers::line(values))))
    });
    Ok(sized.collect())
}

/// The names of the next rows; none where they are null or neither text nor integers.
fn ids(reader: &mut ColumnReader, most: i16, unsigned: bool, rows: usize) -> Result<Vec<Option<String>>> {
    match reader {
        ColumnReader::ByteArrayColumnReader(reader) => {
            names(reader, most, rows, |value| std::str::from_utf8(value.data()).ok().map(str::to_owned))
        }
        ColumnReader::Int32ColumnReader(reader) => names(reader, most, rows, |value| {
            Some(if unsigned { value.cast_unsigned().to_string() } else { value.to_string() })
        }),
        ColumnReader::Int64ColumnReader(reader) => names(reader, most, rows, |value| {
            Some(if unsigned { value.cast_unsigned().to_string() } else { value.to_string() })
        }),
        _ => Ok(vec![None; rows]),
    }
}

fn names<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    most: i16,
    rows: usize,
    name: impl Fn(&T::T) -> Option<String>,
) -> Result<Vec<Option<String>>> {
    let Cells { values, definition, .. } = cells(reader, rows)?;
    let mut values = values.iter();
    if most == 0 {
        return Ok(values.map(name).collect());
    }
    Ok(definition.iter().map(|&level| if level == most { values.next().and_then(&name) } else { None }).collect())
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
pub(super) mod tests;
