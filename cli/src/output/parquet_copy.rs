//! Parquet files again with one column more: what was there is copied as it lies, page by page, and not read.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use parquet::basic::Compression;
use parquet::column::writer::ColumnCloseResult;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader as _;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};

use crate::records::ParquetFile;

/// A row group that is being written.
pub(crate) type Group<'a> = SerializedRowGroupWriter<'a, BufWriter<File>>;

/// What other programs note of all columns together, which one column more makes untrue.
const OF_ALL_COLUMNS: [&str; 2] = ["ARROW:schema", "huggingface"];

/// Writes the files' rows, in order, with the column `added` behind the others; one of that name in a file is left out. `fill` gets
/// every row group when its columns are copied, and its number of rows.
///
/// # Errors
/// Files whose columns differ.
pub(crate) fn with_column(
    out: &mut dyn Write,
    files: &[ParquetFile],
    added: &TypePtr,
    mut fill: impl FnMut(&mut Group<'_>, usize) -> Result<()>,
) -> Result<()> {
    let Some(first) = files.first() else { bail!("no file to copy") };
    let head = first.reader()?;
    let head = head.metadata().file_metadata();
    let copied = |schema: &Type| -> Vec<TypePtr> {
        schema.get_fields().iter().filter(|field| field.name() != added.name()).cloned().collect()
    };
    let columns = copied(head.schema());
    let fields = columns.iter().cloned().chain([Arc::clone(added)]).collect();
    let schema = Type::group_type_builder(head.schema().name()).with_fields(fields).build()?;
    let notes = head.key_value_metadata().map(|notes| {
        notes.iter().filter(|note| !OF_ALL_COLUMNS.contains(&note.key.as_str())).cloned().collect::<Vec<KeyValue>>()
    });
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
        .set_created_by(format!("turmite {}", env!("CARGO_PKG_VERSION")))
        .set_key_value_metadata(notes)
        .build();
    // The crate asks for a writer that can be sent to another thread.
    let copy = BufWriter::new(tempfile::tempfile().context("cannot make a temporary file")?);
    let mut writer = SerializedFileWriter::new(copy, Arc::new(schema), Arc::new(properties))?;
    for file in files {
        let at_file = || format!("{}: cannot be copied", file.path().display());
        let (reader, bytes) = (file.reader()?, file.handle()?);
        if copied(reader.metadata().file_metadata().schema()) != columns {
            bail!(
                "{}: its columns are not those of {}; give such files to a call each, or write JSON lines",
                file.path().display(),
                first.path().display()
            );
        }
        for group in reader.metadata().row_groups() {
            let rows = usize::try_from(group.num_rows()).with_context(at_file)?;
            let mut written = writer.next_row_group()?;
            for column in group.columns() {
                if column.column_path().parts().first().is_some_and(|name| name == added.name()) {
                    continue;
                }
                let close = ColumnCloseResult {
                    bytes_written: u64::try_from(column.compressed_size()).with_context(at_file)?,
                    rows_written: rows as u64,
                    metadata: column.clone(),
                    bloom_filter: None,
                    column_index: None,
                    offset_index: None,
                };
                written.append_column(&bytes, close).with_context(at_file)?;
            }
            fill(&mut written, rows)?;
            written.close()?;
        }
    }
    let mut copy = writer.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    copy.rewind()?;
    io::copy(&mut copy, out)?;
    Ok(())
}
