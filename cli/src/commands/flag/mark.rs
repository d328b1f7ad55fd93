//! What is said of a record: as JSON, and as a column of Parquet.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::{Type, TypePtr};
use serde_json::{Value, json};

use crate::output::{ParquetGroup, number};

/// The name of what is added to a record.
pub(super) const NAME: &str = "turmite";

/// What is said of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) bdm_per_symbol: Option<f64>,
    pub(super) p_value: Option<f64>,
    pub(super) q_value: Option<f64>,
    /// low, high or none; absent where the record could not be judged.
    pub(super) flag: Option<&'static str>,
    /// The part that is the reason, in characters.
    pub(super) span: Option<Range<usize>>,
}

impl Mark {
    pub(super) fn json(&self) -> Value {
        json!({
            "bdm_per_symbol": number(self.bdm_per_symbol),
            "p_value": number(self.p_value),
            "q_value": number(self.q_value),
            "flag": self.flag,
            "span": self.span.as_ref().map_or(Value::Null, |span| json!([span.start, span.end])),
        })
    }

    /// The column: a struct of the same names, `span` a list of two integers or null.
    pub(super) fn column() -> Result<TypePtr> {
        let number = |name| {
            Type::primitive_type_builder(name, Physical::DOUBLE)
                .with_repetition(Repetition::OPTIONAL)
                .build()
                .map(Arc::new)
        };
        let flag = Type::primitive_type_builder("flag", Physical::BYTE_ARRAY)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::String))
            .build()?;
        let place = Type::primitive_type_builder("element", Physical::INT64).with_repetition(Repetition::REQUIRED);
        let places = Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![Arc::new(place.build()?)])
            .build()?;
        let span = Type::group_type_builder("span")
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![Arc::new(places)])
            .build()?;
        let fields =
            vec![number("bdm_per_symbol")?, number("p_value")?, number("q_value")?, Arc::new(flag), Arc::new(span)];
        let mark = Type::group_type_builder(NAME).with_repetition(Repetition::REQUIRED).with_fields(fields).build()?;
        Ok(Arc::new(mark))
    }

    /// Writes the column of a row group.
    pub(super) fn write(marks: &[Self], group: &mut ParquetGroup<'_>) -> Result<()> {
        let mut next = |fill: &dyn Fn(&mut SerializedColumnWriter<'_>) -> Result<usize>| -> Result<()> {
            let mut column = group.next_column()?.context("a column that the schema has is not written")?;
            fill(&mut column)?;
            Ok(column.close()?)
        };
        for number in [|mark: &Self| mark.bdm_per_symbol, |mark: &Self| mark.p_value, |mark: &Self| mark.q_value] {
            let values: Vec<f64> = marks.iter().filter_map(number).collect();
            let levels: Vec<i16> = marks.iter().map(|mark| i16::from(number(mark).is_some())).collect();
            next(&|column| Ok(column.typed::<DoubleType>().write_batch(&values, Some(&levels), None)?))?;
        }
        let flags: Vec<ByteArray> = marks.iter().filter_map(|mark| mark.flag).map(ByteArray::from).collect();
        let levels: Vec<i16> = marks.iter().map(|mark| i16::from(mark.flag.is_some())).collect();
        next(&|column| Ok(column.typed::<ByteArrayType>().write_batch(&flags, Some(&levels), None)?))?;
        // A list that is there holds two places: at level 2, and the second goes on where the first began.
        let (mut places, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
        for mark in marks {
            match &mark.span {
                None => (definition.push(0), repetition.push(0)),
                Some(span) => {
                    places.extend([span.start as i64, span.end as i64]);
                    (definition.extend([2, 2]), repetition.extend([0, 1]))
                }
            };
        }
        next(&|column| Ok(column.typed::<Int64Type>().write_batch(&places, Some(&definition), Some(&repetition))?))
    }
}
