//! Whole rows of Parquet files as JSON: numbers as such, dates and decimals as text, binary values in base64, lists, structs and
//! maps as lists and objects. What is no finite number is null.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::{Context as _, Result, anyhow, bail};
use parquet::basic::{ConvertedType, Repetition};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::schema::types::Type;
use serde_json::{Map, Value};

/// What to do about columns that JSON lines cannot hold.
const MEND: &str = "leave the column out, or write --out FILE.parquet, which copies columns as they are";

/// The rows of a file, in order.
pub(super) struct WholeRows(RowIter<'static>);

impl WholeRows {
    /// # Errors
    /// A column that repeats without being called a list, which the crate that reads the rows gets wrong (arrow-rs, issue 2394).
    pub(super) fn of(reader: SerializedFileReader<File>) -> Result<Self> {
        let schema = reader.metadata().file_metadata().schema();
        if let Some(field) = schema.get_fields().iter().find(|field| repeats_bare(field, false)) {
            bail!("column `{}` repeats without being called a list, and does not become JSON: {MEND}", field.name());
        }
        Ok(Self(RowIter::from_file_into(Box::new(reader))))
    }

    /// The next row.
    pub(super) fn row(&mut self) -> Result<Map<String, Value>> {
        // The crate panics on types that it does not know. After that the reader is not used again.
        let row = catch_unwind(AssertUnwindSafe(|| self.0.next()))
            .map_err(|_| anyhow!("a column is of a type that does not become JSON: {MEND}"))?
            .context("the columns end before the rows do: the file is damaged")??;
        match row.to_json_value() {
            Value::Object(fields) => Ok(fields),
            other => bail!("a row is {other}, expected columns: the file is damaged"),
        }
    }
}

/// Whether a column repeats, at any depth, outside what is annotated as a list or a map.
fn repeats_bare(field: &Type, annotated: bool) -> bool {
    let info = field.get_basic_info();
    let repeats = info.has_repetition() && info.repetition() == Repetition::REPEATED;
    let holds =
        matches!(info.converted_type(), ConvertedType::LIST | ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE);
    (repeats && !annotated) || (field.is_group() && field.get_fields().iter().any(|field| repeats_bare(field, holds)))
}
