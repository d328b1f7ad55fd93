//! Rows of named columns as Parquet.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::Value;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Float,
    Integer,
}

/// Rows a group: bounds the memory of writing.
const GROUP: usize = 1 << 16;

/// Writes optional columns of text, floats and integers, compressed with zstd.
pub(crate) struct ParquetSheet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<(&'static str, Kind)>,
    rows: Vec<Vec<Value>>,
}

impl<W: Write + Send> ParquetSheet<W> {
    pub(crate) fn new(out: W, columns: Vec<(&'static str, Kind)>) -> Result<Self> {
        let fields = columns.iter().map(|(name, kind)| {
            let physical = match kind {
                Kind::Text => Physical::BYTE_ARRAY,
                Kind::Float => Physical::DOUBLE,
                Kind::Integer => Physical::INT64,
            };
            let logical = (*kind == Kind::Text).then_some(LogicalType::String);
            Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
                .build()
                .map(Arc::new)
        });
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("turmite").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
            .set_created_by(format!("turmite {}", env!("CARGO_PKG_VERSION")))
            .build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        Ok(Self { writer, columns, rows: Vec::new() })
    }

    pub(crate) fn row(&mut self, values: Vec<Value>) -> Result<()> {
        self.rows.push(values);
        if self.rows.len() == GROUP { self.flush() } else { Ok(()) }
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.writer.close()?;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for (i, (_, kind)) in self.columns.iter().enumerate() {
            let Some(mut column) = group.next_column()? else { break };
            let cells = self.rows.iter().map(|r| r.get(i).unwrap_or(&Value::Null));
            let levels: Vec<i16> = cells.clone().map(|v| i16::from(!v.is_null())).collect();
            let held = cells.filter(|v| !v.is_null());
            match kind {
                Kind::Text => {
                    let text = |v: &Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                    let values: Vec<ByteArray> = held.map(|v| ByteArray::from(text(v).into_bytes())).collect();
                    column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None)?;
                }
                Kind::Float => {
                    let values: Vec<f64> = held.filter_map(Value::as_f64).collect();
                    column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?;
                }
                Kind::Integer => {
                    let values: Vec<i64> = held.filter_map(Value::as_i64).collect();
                    column.typed::<Int64Type>().write_batch(&values, Some(&levels), None)?;
                }
            }
            column.close()?;
        }
        group.close()?;
        self.rows.clear();
        Ok(())
    }
}
