//! Files of the shapes that other writers make.

use std::io::Write as _;

use parquet::data_type::{
    BoolType, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type,
};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::*;

pub(crate) type Fill<'a> = &'a dyn Fn(usize, &mut SerializedColumnWriter<'_>);

/// A file of some row groups, its columns filled one by one.
pub(crate) fn file(schema: &str, groups: usize, fill: Fill<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(parquet::basic::Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    for _ in 0..groups {
        let mut group = writer.next_row_group().unwrap();
        let mut at = 0;
        while let Some(mut column) = group.next_column().unwrap() {
            fill(at, &mut column);
            column.close().unwrap();
            at += 1;
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn rows(bytes: &[u8], field: &str) -> Result<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    File::create(&path).unwrap().write_all(bytes).unwrap();
    let mut out = Vec::new();
    for batch in ParquetFile::open(&path, &Arc::default())?.batches(field, Keep::Id)? {
        for placed in batch?.records() {
            let record = placed.record.map_or_else(|e| format!("{e:#}"), |r| format!("{:?} {:?}", r.id, r.content));
            let place = placed.place.to_string();
            out.push(format!("{} {record}", place.rsplit(' ').next().unwrap()));
        }
    }
    Ok(out)
}

/// Reads whole rows as far as it goes.
fn lines(bytes: &[u8]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, bytes)?;
    ParquetFile::open(&path, &Arc::default())?.batches("text", Keep::Line)?.try_for_each(|batch| batch.map(drop))
}

fn strings(texts: &[&str]) -> Vec<parquet::data_type::ByteArray> {
    texts.iter().map(|&text| text.into()).collect()
}

#[test]
fn strings_with_names_and_nulls_in_several_groups() {
    let schema = "message m { required int64 id; optional binary text (STRING); optional double other; }";
    let bytes = file(schema, 2, &|at, column| match at {
        0 => drop(column.typed::<Int64Type>().write_batch(&[7, -8, 9], None, None).unwrap()),
        1 => {
            let values = strings(&["one", "three"]);
            column.typed::<ByteArrayType>().write_batch(&values, Some(&[1, 0, 1]), None).unwrap();
        }
        _ => {
            column.typed::<DoubleType>().write_batch(&[], Some(&[0, 0, 0]), None).unwrap();
        }
    });
    let expected = [
        r#"1 Some("7") Text("one")"#,
        "2 the value is null, expected one",
        r#"3 Some("9") Text("three")"#,
        r#"4 Some("7") Text("one")"#,
        "5 the value is null, expected one",
        r#"6 Some("9") Text("three")"#,
    ];
    assert_eq!(rows(&bytes, "text").unwrap(), expected);
    let wrong = format!("{:#}", rows(&bytes, "other").unwrap_err());
    assert!(wrong.contains("column `other` is of type DOUBLE, expected strings"), "{wrong}");
    let wrong = format!("{:#}", rows(&bytes, "id").unwrap_err());
    assert!(wrong.contains("column `id` is of type INT64"), "{wrong}");
    let none = format!("{:#}", rows(&bytes, "none").unwrap_err());
    assert!(none.contains("no column `none` among `id, text, other`"), "{none}");
}

#[test]
fn many_rows_over_many_pages() {
    let texts: Vec<String> = (0..40_000).map(|n| format!("{n} {}", "x".repeat(n % 97))).collect();
    let values = strings(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let bytes = file("message m { required binary text (STRING); }", 1, &|_, column| {
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    });
    let found = rows(&bytes, "text").unwrap();
    assert_eq!(found.len(), texts.len());
    for (n, text) in texts.iter().enumerate() {
        assert_eq!(found[n], format!("{} None Text({text:?})", n + 1));
    }
}

#[test]
fn binary_columns_and_lists() {
    let bytes =
        file("message m { required fixed_len_byte_array(2) text; optional binary raw; }", 1, &|at, column| match at {
            0 => {
                let values = [FixedLenByteArray::from(vec![1, 255])];
                column.typed::<FixedLenByteArrayType>().write_batch(&values, None, None).unwrap();
            }
            _ => drop(column.typed::<ByteArrayType>().write_batch(&strings(&["a"]), Some(&[1]), None).unwrap()),
        });
    assert_eq!(rows(&bytes, "text").unwrap(), ["1 None Bytes([1, 255])"]);
    assert_eq!(rows(&bytes, "raw").unwrap(), ["1 None Bytes([97])"]);

    // A list of two, one with a null inside, an empty one, none, and one of numbers past a byte.
    let schema = "message m { optional group text (LIST) { repeated group list { optional int32 element; } } }";
    let bytes = file(schema, 1, &|_, column| {
        let (definition, repetition) = ([3, 3, 3, 2, 1, 0, 3], [0, 1, 0, 1, 0, 0, 0]);
        column.typed::<Int32Type>().write_batch(&[0, 1, 5, 300], Some(&definition), Some(&repetition)).unwrap();
    });
    let numbers = |list: &[u64]| format!("{:?}", Content::Numbers(Numbers::line(list.iter().copied().collect())));
    assert_eq!(
        rows(&bytes, "text").unwrap(),
        [
            format!("1 None {}", numbers(&[0, 1])),
            "2 a place of the list is null, expected whole numbers from 0".to_owned(),
            format!("3 None {}", numbers(&[])),
            "4 the value is null, expected one".to_owned(),
            format!("5 None {}", numbers(&[300])),
        ]
    );
    let bytes = file(
        "message m { required group text (LIST) { repeated group list { required boolean element; } } }",
        1,
        &|_, column| {
            column.typed::<BoolType>().write_batch(&[true, false], Some(&[1, 1, 0]), Some(&[0, 1, 0])).unwrap();
        },
    );
    assert_eq!(
        rows(&bytes, "text").unwrap(),
        [format!("1 None {}", numbers(&[1, 0])), format!("2 None {}", numbers(&[]))]
    );
    let bytes = file(
        "message m { required group text (LIST) { repeated group list { required int64 element; } } }",
        1,
        &|_, column| {
            column.typed::<Int64Type>().write_batch(&[3, -1], Some(&[1, 1]), Some(&[0, 0])).unwrap();
        },
    );
    assert_eq!(rows(&bytes, "text").unwrap()[1], "2 found -1, expected whole numbers from 0");
    let bytes = file(
        "message m { required group text { required binary a (STRING); required binary b (STRING); } }",
        1,
        &|_, column| {
            column.typed::<ByteArrayType>().write_batch(&strings(&["x"]), None, None).unwrap();
        },
    );
    assert!(format!("{:#}", rows(&bytes, "text").unwrap_err()).contains("column `text` holds several"));
    assert_eq!(rows(&bytes, "text.b").unwrap(), [r#"1 None Text("x")"#]);
}

#[test]
fn unsigned_integers_are_no_negative_ones() {
    for (schema, greatest) in [("int64 id (UINT_64)", u64::MAX), ("int64 id (INTEGER(64, false))", u64::MAX)] {
        let schema = format!("message m {{ required {schema}; required binary text (STRING); }}");
        let bytes = file(&schema, 1, &|at, column| {
            if at == 0 {
                column.typed::<Int64Type>().write_batch(&[-1], None, None).unwrap();
            } else {
                column.typed::<ByteArrayType>().write_batch(&strings(&["a"]), None, None).unwrap();
            }
        });
        assert_eq!(rows(&bytes, "text").unwrap(), [format!("1 Some({:?}) Text(\"a\")", greatest.to_string())]);
    }
    let list =
        |of: &str| format!("message m {{ required group text (LIST) {{ repeated group list {{ required {of}; }} }} }}");
    let numbers =
        |list: &[u64]| format!("1 None {:?}", Content::Numbers(Numbers::line(list.iter().copied().collect())));
    let bytes = file(&list("int32 element (UINT_32)"), 1, &|_, column| {
        column.typed::<Int32Type>().write_batch(&[1, -2], Some(&[1, 1]), Some(&[0, 1])).unwrap();
    });
    assert_eq!(rows(&bytes, "text").unwrap(), [numbers(&[1, (1 << 32) - 2])]);
    let bytes = file(&list("int64 element (UINT_64)"), 1, &|_, column| {
        column.typed::<Int64Type>().write_batch(&[1, i64::MIN], Some(&[1, 1]), Some(&[0, 1])).unwrap();
    });
    assert_eq!(rows(&bytes, "text").unwrap(), [numbers(&[1, 1 << 63])]);
}

#[test]
fn rows_are_kept_whole() {
    let schema = "message m {
        optional binary text (STRING); required boolean ok; optional int32 day (DATE); optional binary raw;
        optional group meta { required double score; optional group tags (LIST) { repeated group list { optional binary element (STRING); } } }
    }";
    let bytes = file(schema, 2, &|at, column| match at {
        0 => drop(column.typed::<ByteArrayType>().write_batch(&strings(&["one"]), Some(&[1, 0]), None).unwrap()),
        1 => drop(column.typed::<BoolType>().write_batch(&[true, false], None, None).unwrap()),
        2 => drop(column.typed::<Int32Type>().write_batch(&[19_000], Some(&[0, 1]), None).unwrap()),
        3 => drop(column.typed::<ByteArrayType>().write_batch(&strings(&["ab"]), Some(&[1, 0]), None).unwrap()),
        4 => drop(column.typed::<DoubleType>().write_batch(&[0.5], Some(&[1, 0]), None).unwrap()),
        _ => {
            let (definition, repetition) = ([4, 3, 0], [0, 1, 0]);
            column
                .typed::<ByteArrayType>()
                .write_batch(&strings(&["x"]), Some(&definition), Some(&repetition))
                .unwrap();
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, &bytes).unwrap();
    let file_of = || ParquetFile::open(&path, &Arc::default()).unwrap();
    let records = |keep| -> Vec<Result<Raw<'static>>> {
        let batches = file_of().batches("text", keep).unwrap();
        batches.flat_map(|batch| batch.unwrap().records()).map(|placed| placed.record).collect()
    };
    let others = r#""ok":true,"day":null,"raw":"YWI=","meta":{"score":0.5,"tags":["x",null]}"#;
    let lines = records(Keep::Line);
    assert_eq!(lines[0].as_ref().unwrap().line.as_deref(), Some(format!(r#"{{"text":"one",{others}}}"#).as_str()));
    // The rows of the next group are in step too.
    assert_eq!(lines[2].as_ref().unwrap().line, lines[0].as_ref().unwrap().line);
    assert_eq!(lines[1].as_ref().unwrap_err().to_string(), "the value is null, expected one");
    let fields = records(Keep::All)[2].as_ref().unwrap().fields.clone();
    assert_eq!(Value::Object(fields).to_string(), format!("{{{others}}}"));
    assert!(records(Keep::Id)[0].as_ref().unwrap().fields.is_empty());

    let bare = file("message m { required binary text (STRING); repeated int32 bare; }", 1, &|at, column| match at {
        0 => drop(column.typed::<ByteArrayType>().write_batch(&strings(&["a"]), None, None).unwrap()),
        _ => drop(column.typed::<Int32Type>().write_batch(&[1, 2], Some(&[1, 1]), Some(&[0, 1])).unwrap()),
    });
    assert_eq!(rows(&bare, "text").unwrap(), [r#"1 None Text("a")"#]);
    std::fs::write(&path, &bare).unwrap();
    let error = format!("{:#}", file_of().batches("text", Keep::Line).err().unwrap());
    assert!(error.contains("a.parquet: column `bare` repeats without being called a list"), "{error}");
}

#[test]
fn damaged_files_are_errors() {
    let bytes = file("message m { required binary text (STRING); }", 1, &|_, column| {
        column.typed::<ByteArrayType>().write_batch(&strings(&["some text", "more"]), None, None).unwrap();
    });
    for kept in (0..bytes.len()).step_by(11) {
        assert!(rows(&bytes[..kept], "text").is_err(), "{kept} bytes");
    }
    // Byte after byte spoilt: an error or other text, never a panic.
    for at in (0..bytes.len()).step_by(3) {
        for mask in [0x01, 0x80, 0xff] {
            let mut spoilt = bytes.clone();
            spoilt[at] ^= mask;
            let _ = rows(&spoilt, "text");
            let _ = lines(&spoilt);
        }
    }
    assert!(rows(b"", "text").unwrap_err().to_string().contains("no Parquet file"));
}
