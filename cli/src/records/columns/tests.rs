use super::*;
use std::io::Write as _;

fn rows(name: &str, bytes: &[u8], needed: &[&str], optional: &[&str]) -> Result<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let wanted = |name: &&str, needed| Wanted {
        name: (*name).to_owned(),
        named_by: format!("--column {name}=COLUMN"),
        needed,
        typed: false,
    };
    let wanted: Vec<Wanted> =
        needed.iter().map(|name| wanted(name, true)).chain(optional.iter().map(|name| wanted(name, false))).collect();
    let mut out = Vec::new();
    let words = |e: anyhow::Error| anyhow!(format!("{e:#}").replace(&format!("{}/", folder.path().display()), ""));
    for portion in read(&path, None, wanted, &Arc::default()).map_err(words)? {
        let visited = portion.map_err(words)?.visit(|place, cells| {
            out.push(format!("{place} {cells:?}"));
            Ok(())
        });
        visited.map_err(words)?;
    }
    Ok(out)
}

#[test]
fn json_lines() {
    let file = concat!(
        "\u{feff}{\"a\": 1, \"x\": [1, {\"a\": 2}], \"b\": \"s\\n\"}\n\n",
        "{\"b\":null,\"a\":-2}\r\n",
        "{\"a\":1e3,\"b\":{},\"a\":true}"
    );
    let read = rows("t.jsonl", file.as_bytes(), &["a"], &["b"]).unwrap();
    assert_eq!(read, ["1 [Whole(1), Text(\"s\\n\")]", "3 [Number(-2.0), Absent]", "4 [Truth(true), Nested]"]);
    for (line, words) in [
        ("{\"a\":1}\n[1]", "t.jsonl: line 2: no JSON object: invalid type: sequence"),
        ("{\"a\":1} x", "t.jsonl: line 1: no JSON object: trailing characters at character 9"),
        ("{\"a\":", "t.jsonl: line 1: no JSON object: EOF"),
        ("a,b\n1,2", "t.jsonl: line 1: no JSON object, expected one a line (CSV and Parquet are known by their names"),
    ] {
        let error = rows("t.jsonl", line.as_bytes(), &["a"], &[]).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn csv() {
    let read = rows("t.csv", b"b,c,a\n1,x,\"y,\"\n,,2\n", &["a"], &["none", "b"]).unwrap();
    assert_eq!(read, ["2 [Cell(\"y,\"), Absent, Cell(\"1\")]", "3 [Cell(\"2\"), Absent, Absent]"]);
    assert_eq!(rows("t.tsv", b"a\tb\n1\t2\n", &["b"], &[]).unwrap(), ["2 [Cell(\"2\")]"]);
    for (file, words) in [
        (&b"b\n1\n"[..], "t.csv: no column `a` among `b`; name it with --column a=COLUMN"),
        (b"a,b,a\n1,2,3\n", "t.csv: columns 1 and 3 are both named `a`, expected one"),
        (b"a,b\n1\n", "t.csv: line 2: 1 values, expected 2"),
        (b"a\n\xff\n", "t.csv: line 2: column `a`: byte 0 is not UTF-8"),
    ] {
        let error = rows("t.csv", file, &["a"], &[]).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn compressed_files_and_files_of_other_kinds() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(b"a\n7\n").unwrap();
    assert_eq!(rows("t.csv.gz", &gzip.finish().unwrap(), &["a"], &[]).unwrap(), ["2 [Cell(\"7\")]"]);
    let error = rows("t.npy", b"", &["a"], &[]).unwrap_err().to_string();
    assert!(error.contains("is no table; expected JSON lines, CSV or Parquet"), "{error}");
}

#[test]
fn parquet() {
    use ::parquet::data_type::{BoolType, ByteArrayType, DoubleType, Int32Type};
    let schema = "message m { required int32 g; optional double t; optional binary o (UTF8); required int32 u (UINT_32); optional boolean p; required int32 d (DATE); }";
    let bytes = crate::records::parquet::tests::file(schema, 2, &|at, column| {
        let levels: &[i16] = &[1, 0, 1];
        let written = match at {
            0 => column.typed::<Int32Type>().write_batch(&[3, -4, 5], None, None),
            1 => column.typed::<DoubleType>().write_batch(&[0.5, 2.0], Some(levels), None),
            2 => column.typed::<ByteArrayType>().write_batch(&["x".into(), "é".into()], Some(levels), None),
            3 | 5 => column.typed::<Int32Type>().write_batch(&[-1, 0, 1], None, None),
            _ => column.typed::<BoolType>().write_batch(&[true, false], Some(levels), None),
        };
        written.unwrap();
    });
    let read = rows("t.parquet", &bytes, &["g", "t"], &["o", "none", "u", "p"]).unwrap();
    let expected = [
        "1 [Whole(3), Number(0.5), Text(\"x\"), Absent, Whole(4294967295), Truth(true)]",
        "2 [Number(-4.0), Absent, Absent, Absent, Whole(0), Absent]",
        "3 [Whole(5), Number(2.0), Text(\"é\"), Absent, Whole(1), Truth(false)]",
    ];
    assert_eq!(read[..3], expected);
    assert_eq!(read.len(), 6);
    assert!(read[3].starts_with("4 [Whole(3)"));
    for (name, words) in
        [("z", "no column `z` among `g, t, o, u, p, d`"), ("d", "column `d` is Date, expected numbers")]
    {
        let error = rows("t.parquet", &bytes, &[name], &[]).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    // Bytes that are damaged end in an error or in rows, never in a panic.
    for at in (0..bytes.len()).step_by(7) {
        let mut spoilt = bytes.clone();
        spoilt[at] ^= 0x55;
        let _ = rows("t.parquet", &spoilt, &["g"], &["o"]);
    }
}

#[test]
fn cells_as_numbers_and_words() {
    assert_eq!(Datum::Cell(" 1e3 ").number(), Ok(Some(1000.0)));
    assert_eq!(Datum::Cell("1e3").whole(), Ok(Some(1000)));
    assert_eq!(Datum::Cell("18446744073709551615").whole(), Ok(Some(u64::MAX)));
    assert_eq!(Datum::Number(-1.0).whole(), Err("-1".to_owned()));
    assert_eq!(Datum::Text("x".into()).number(), Err("the string `x`".to_owned()));
    assert_eq!([Datum::Cell("PASS").truth(), Datum::Whole(0).truth()], [Ok(Some(true)), Ok(Some(false))]);
    assert_eq!(Datum::Whole(2).truth(), Err("2".to_owned()));
    // As a column of truth values with gaps comes out of a table of doubles.
    assert_eq!([Datum::Number(1.0).truth(), Datum::Cell("0.0").truth()], [Ok(Some(true)), Ok(Some(false))]);
    assert!(Datum::Number(0.5).truth().is_err() && Datum::Number(f64::NAN).truth().is_err());
    assert_eq!(Datum::Nested.text(), Err("a list or an object".to_owned()));
}
