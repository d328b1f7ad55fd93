//! `flag` as data pipelines use it.

use std::fs::File;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;

use crate::common::Place;
use predicates::prelude::*;
use turmite::collapse::Source;

fn record(name: &str, length: usize, seed: u64, index: u64) -> String {
    let bits = name.parse::<Source>().unwrap().bits(length, seed, index);
    bits.iter().map(|b| char::from(b'0' + b)).collect()
}

/// Coins that fall on 1 once in five, records of 400 to 1,100 symbols: longer ones are not simpler.
fn authentic(seed: u64, count: u64) -> String {
    (0..count)
        .map(|i| format!("{{\"text\":\"{}\"}}\n", record("iid:0.2", 400 + (i * 7 % 700) as usize, seed, i)))
        .collect()
}

#[test]
fn simple_and_noisy_records_are_flagged_and_authentic_ones_are_not() {
    let place = Place::new();
    place.write("reference.jsonl", authentic(1, 600));
    let line = |id: &str, text: String| format!("{{\"id\":\"{id}\",\"n\":1.50,\"text\":\"{text}\"}}\n");
    // Two loops, two records of noise, and one authentic record whose middle repeats.
    let part = record("iid:0.2", 600, 4, 0) + &"01".repeat(200) + &record("iid:0.2", 100, 5, 0);
    let lines = [
        authentic(2, 200),
        line("loop", record("period:9", 700, 3, 0)),
        line("loop", record("period:9", 700, 3, 1)),
        line("noise", record("iid:0.5", 900, 3, 0)),
        line("noise", record("iid:0.5", 900, 3, 1)),
        line("part", part),
        line("short", "0101".to_owned()),
        line("long", record("iid:0.2", 5000, 6, 0)),
    ]
    .concat();
    place.write("records.jsonl", &lines);

    let command = ["flag", "records.jsonl", "--reference", "reference.jsonl", "--out", "flagged.jsonl"];
    place
        .turmite(&command)
        .assert()
        .success()
        .stderr(predicate::str::contains("of 207 records judged by 600 authentic ones"))
        .stderr(predicate::str::contains("1 record"));
    let flagged = std::fs::read_to_string(place.path("flagged.jsonl")).unwrap();
    // The reference may have its texts under another name.
    let renamed = String::from_utf8(place.read("reference.jsonl")).unwrap().replace("\"text\":", "\"body\":");
    place.write("renamed.jsonl", renamed);
    let other = ["flag", "records.jsonl", "--reference", "renamed.jsonl", "--reference-field", "body"];
    assert_eq!(place.stdout(&other), flagged);
    let (mut false_flags, mut seen) = (0, 0);
    for (line, original) in flagged.lines().zip(lines.lines()) {
        assert!(line.starts_with(original.strip_suffix('}').unwrap()), "all else is to the byte: {line}");
        let record: Value = serde_json::from_str(line).unwrap();
        let mark = &record["turmite"];
        let names: Vec<&String> = mark.as_object().unwrap().keys().collect();
        assert_eq!(names, ["bdm_per_symbol", "p_value", "q_value", "flag", "span"]);
        seen += 1;
        match record["id"].as_str() {
            Some("loop") => assert_eq!((&mark["flag"], &mark["span"]), (&"low".into(), &Value::Null)),
            Some("noise") => assert_eq!(mark["flag"], "high"),
            Some("part") => {
                assert_eq!(mark["flag"], "low");
                let span: Vec<u64> = serde_json::from_value(mark["span"].clone()).unwrap();
                assert!(span[0] < 1000 && span[1] > 600, "the part that repeats: {span:?}");
            }
            Some("short") => assert_eq!((&mark["p_value"], &mark["flag"]), (&Value::Null, &Value::Null)),
            Some("long") => {
                assert!(mark["bdm_per_symbol"].is_f64() && mark["p_value"].is_null(), "{mark}");
            }
            _ => false_flags += u64::from(mark["flag"] != "none"),
        }
    }
    assert_eq!(seen, 207);
    assert!(false_flags <= 2, "{false_flags}");

    // The same bytes from standard input, and when the marks are there already.
    let piped =
        place.turmite(&["flag", "-", "--input", "jsonl", "--reference", "reference.jsonl"]).write_stdin(lines).output();
    assert_eq!(String::from_utf8(piped.unwrap().stdout).unwrap(), flagged);
    let again = place.stdout(&["flag", "flagged.jsonl", "--reference", "reference.jsonl"]);
    let marks = |text: &str| -> Vec<Value> {
        text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()["turmite"].clone()).collect()
    };
    assert_eq!(marks(&again), marks(&flagged));
}

#[test]
fn what_cannot_be_flagged_is_said() {
    let place = Place::new();
    place.write("reference.jsonl", authentic(1, 600));
    place.write("few.jsonl", authentic(1, 20));
    place.write("few.csv", "id,txt\n1,0101\n");
    place.write("records.jsonl", "{\"text\":\"0101\"}\n{\"nothing\":1}\n");
    for (arguments, code, text) in [
        (&["records.jsonl", "--reference", "few.jsonl"][..], 1, "20 authentic records"),
        (&["records.jsonl", "--reference", "reference.jsonl"], 1, "line 2: no field `text`"),
        (&["records.jsonl", "--reference", "reference.jsonl", "--fdr", "0"], 2, "--fdr 0"),
        (&["records.jsonl", "--reference", "reference.jsonl", "--fdr", "1e-9"], 1, "nothing could ever be flagged"),
        (
            &["records.jsonl", "--field", "nothing", "--reference", "reference.jsonl"],
            1,
            "no field `nothing` among `text`; name the text's with --reference-field",
        ),
        (
            &["records.jsonl", "--reference", "few.csv"],
            1,
            "few.csv: no column `text` among `id, txt`; name the content's with --reference-field",
        ),
        (&["-", "--reference", "-"], 2, "standard input (-) is read once"),
        (&["records.jsonl", "--reference", "reference.jsonl", "--out", "records.jsonl"], 2, "records.jsonl"),
    ] {
        let arguments = [&["flag"], arguments].concat();
        place.turmite(&arguments).assert().code(code).stderr(predicate::str::contains(text));
    }
    let skipped = place.stdout(&["flag", "records.jsonl", "--reference", "reference.jsonl", "--on-error", "skip"]);
    assert_eq!(skipped.lines().count(), 1);
    let null = place.stdout(&["flag", "records.jsonl", "--reference", "reference.jsonl", "--on-error", "null"]);
    // The record's own fields stay, and what could not be judged has no flag.
    assert!(null.lines().nth(1).unwrap().starts_with("{\"nothing\":1,\"turmite\":{"), "{null}");
    for line in null.lines() {
        let mark = &serde_json::from_str::<Value>(line).unwrap()["turmite"];
        assert_eq!((&mark["flag"], &mark["p_value"]), (&Value::Null, &Value::Null));
    }
}

#[test]
fn bad_records_are_copied_and_counted_once_by_what_was_wrong() {
    let place = Place::new();
    place.write("reference.jsonl", authentic(1, 600));
    place.write("bad.jsonl", "{\"text\":\"0101\"}\n{\"n\":1.50}\n{\"text\":3}\nno json\n{\"text\":\"01x\",\"n\":2}\n");
    let output = place
        .turmite(&["flag", "bad.jsonl", "--reference", "reference.jsonl", "--on-error", "null"])
        .assert()
        .success()
        .stderr(
            predicate::str::contains("for want of a block of 12 symbols: 1 record\n")
                .and(predicate::str::contains("4 records could not be judged:"))
                .and(predicate::str::contains("1 such as bad.jsonl: line 2: no field `text`"))
                .and(predicate::str::contains("1 such as bad.jsonl: line 5: ")),
        );
    let copies = String::from_utf8(output.get_output().stdout.clone()).unwrap();
    let starts = ["{\"text\":\"0101\",", "{\"n\":1.50,", "{\"text\":3,", "{\"turmite\":", "{\"text\":\"01x\",\"n\":2,"];
    assert_eq!(copies.lines().count(), starts.len());
    for (line, start) in copies.lines().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn the_reference_is_read_by_its_own_name() {
    let place = Place::new();
    place.write("reference.jsonl", authentic(1, 600));
    let lines: String = (0..3).map(|i| record("iid:0.2", 700, 9, i) + "\n").collect();
    place.write("records.txt", &lines);
    let command = ["flag", "records.txt", "--input", "lines", "--reference", "reference.jsonl"];
    place
        .turmite(&command)
        .assert()
        .success()
        .stderr(predicate::str::contains("3 of 3 records judged by 600 authentic"));
    place.turmite(&[&command[..], &["--reference-input", "text"]].concat()).assert().code(1);
    // Standard input has no name, and is read as the reference is.
    let piped = authentic(2, 3);
    place
        .turmite(&["flag", "-", "--reference", "reference.jsonl"])
        .write_stdin(piped)
        .assert()
        .success()
        .stderr(predicate::str::contains("standard input: read as JSON lines, as the reference is"))
        .stderr(predicate::str::contains("3 of 3 records judged"));
}

#[test]
fn the_reference_s_table_is_no_output() {
    let place = Place::new();
    place.write("reference.jsonl", authentic(1, 600));
    place.write("records.jsonl", authentic(2, 2));
    place.stdout(&["enumerate", "--states", "2", "--out", "t.ctm"]);
    let before = place.read("t.ctm");
    for arguments in [
        &["flag", "records.jsonl", "--reference", "reference.jsonl", "--table", "t.ctm", "--out", "t.ctm"][..],
        &["flag", "records.jsonl", "--reference", "reference.jsonl", "--out", "reference.jsonl"],
        &["score", "records.jsonl", "--table", "t.ctm", "--out", "./t.ctm"],
        &["score", "records.jsonl", "--table", "t.ctm", "--report", "t.ctm"],
        &["perturb", "records.jsonl", "--record", "0", "--table", "t.ctm", "--out", "t.ctm"],
        &["reduce", "records.jsonl", "--record", "0", "--to", "0.5", "--table", "t.ctm", "--out", "t.ctm"],
        &["table", "cut", "t.ctm", "--within", "2", "--out", "t.ctm", "--overwrite"],
    ] {
        place.turmite(arguments).assert().code(2).stderr(predicate::str::contains("name another file"));
    }
    assert!(place.read("t.ctm") == before);
}

/// The file that standard input comes from is no output either.
#[cfg(unix)]
#[test]
fn standard_input_s_file_is_no_output() {
    let place = Place::new();
    place.write("a.txt", "0101010101011");
    for command in [&["score", "-"][..], &["score"], &["perturb", "-"], &["reduce", "-", "--to", "0.5"]] {
        let input = std::fs::File::open(place.path("a.txt")).unwrap();
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_turmite"))
            .args([command, &["--out", "a.txt"]].concat())
            .current_dir(place.path(""))
            .stdin(input)
            .output()
            .unwrap();
        let words = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.code() == Some(2) && words.contains("standard input is read from it"), "{words}");
    }
    assert_eq!(place.read("a.txt"), b"0101010101011");
    for command in [&["score", "-", "-"][..], &["compare", "-", "-"], &["score", "-", "--table", "-"]] {
        place.turmite(command).assert().code(2).stderr(predicate::str::contains("standard input (-) is read once"));
    }
}

/// A file of row groups of texts, each with a number, and scores in a struct that is there for every second row.
fn parquet(texts: &[String], rows_a_group: usize) -> Vec<u8> {
    let schema = "message m {
        required int64 n; required binary text (STRING);
        optional group meta { optional group scores (LIST) { repeated group list { required double element; } } }
    }";
    let note = |key: &str| KeyValue::new(key.to_owned(), "a note".to_owned());
    let properties =
        WriterProperties::builder().set_key_value_metadata(Some(vec![note("mine"), note("ARROW:schema")])).build();
    let (mut bytes, schema) = (Vec::new(), Arc::new(parse_message_type(schema).unwrap()));
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    for (at, texts) in texts.chunks(rows_a_group).enumerate() {
        let mut group = writer.next_row_group().unwrap();
        let numbers: Vec<i64> = (0..texts.len()).map(|n| (at * rows_a_group + n) as i64).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&numbers, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let values: Vec<ByteArray> = texts.iter().map(|text| text.as_str().into()).collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let there = |n: &&i64| *n % 2 == 0;
        let values: Vec<f64> = numbers.iter().filter(there).flat_map(|&n| [n as f64, 0.5]).collect();
        let levels: Vec<(i16, i16)> =
            numbers.iter().flat_map(|n| if there(&n) { vec![(3, 0), (3, 1)] } else { vec![(0, 0)] }).collect();
        let (definition, repetition): (Vec<i16>, Vec<i16>) = levels.into_iter().unzip();
        column.typed::<DoubleType>().write_batch(&values, Some(&definition), Some(&repetition)).unwrap();
        column.close().unwrap();
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

fn rows(place: &Place, name: &str) -> Vec<Value> {
    let reader = SerializedFileReader::new(File::open(place.path(name)).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_json_value()).collect()
}

#[test]
fn every_column_of_parquet_survives() {
    let place = Place::new();
    place.write("reference.jsonl", authentic(1, 600));
    let mut texts: Vec<String> = (0..40).map(|i| record("iid:0.2", 500 + i, 2, i as u64)).collect();
    texts.push(record("period:9", 700, 3, 0));
    texts.push(record("iid:0.2", 600, 4, 0) + &"01".repeat(200) + &record("iid:0.2", 100, 5, 0));
    texts.push("0101".to_owned());
    place.write("a.parquet", parquet(&texts[..30], 7));
    place.write("b.parquet", parquet(&texts[30..], 100));
    let original: Vec<Value> = [rows(&place, "a.parquet"), rows(&place, "b.parquet")].concat();

    let flag = |more: &[&str]| {
        let arguments = [&["flag", "--reference", "reference.jsonl", "--fdr", "0.05"], more].concat();
        place.turmite(&arguments).assert()
    };
    flag(&["a.parquet", "b.parquet", "--out", "out.jsonl"]).success();
    flag(&["a.parquet", "b.parquet", "--out", "out.parquet"]).success();
    let text = String::from_utf8(place.read("out.jsonl")).unwrap();
    let copied = rows(&place, "out.parquet");
    let written: Vec<String> = copied.iter().map(Value::to_string).collect();
    assert!(text.lines().eq(written.iter()), "the same records and marks, to the digit");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (mut line, original) in lines.clone().into_iter().zip(&original) {
        let mark = line.as_object_mut().unwrap().shift_remove("turmite").unwrap();
        let short = original["text"] == "0101";
        assert!(mark["flag"].is_string() != short && mark["bdm_per_symbol"].is_f64() != short, "{mark}");
        assert_eq!(&line, original);
    }
    assert_eq!((lines.len(), &lines[40]["turmite"]["flag"]), (43, &"low".into()));
    assert!(lines[41]["turmite"]["span"][1].as_u64().is_some_and(|to| to > 600), "{}", lines[41]);

    // Row groups are those of the files, notes but of all columns stay, and a mark that is there is replaced.
    let reader = SerializedFileReader::new(File::open(place.path("out.parquet")).unwrap()).unwrap();
    let groups: Vec<i64> =
        reader.metadata().row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
    assert_eq!(groups, [7, 7, 7, 7, 2, 13]);
    let notes = reader.metadata().file_metadata().key_value_metadata().unwrap();
    assert_eq!(notes.iter().map(|note| note.key.as_str()).collect::<Vec<_>>(), ["mine"]);
    flag(&["out.parquet", "--out", "again.parquet"]).success();
    assert_eq!(rows(&place, "again.parquet"), copied);
    let known: Vec<String> = (0..600).map(|i| record("iid:0.2", 400 + (i * 7 % 700) as usize, 1, i)).collect();
    place.write("reference.parquet", parquet(&known, 1000));
    let piped = place
        .turmite(&["flag", "-", "--input", "parquet", "--reference", "reference.parquet", "--out", "piped.parquet"])
        .write_stdin(place.read("a.parquet"))
        .assert();
    piped.success();
    assert_eq!(rows(&place, "piped.parquet").len(), 30);

    place.write("c.jsonl", "{\"text\":\"01\"}\n");
    flag(&["c.jsonl", "--out", "out.parquet"]).code(2).stderr(predicate::str::contains("c.jsonl is none"));
    flag(&["a.parquet", "--on-error", "skip", "--out", "out.parquet"]).code(2);
    flag(&["a.parquet", "out.parquet", "--out", "both.parquet"]).success();
    let mut other = Vec::new();
    let schema = Arc::new(parse_message_type("message m { required binary text (STRING); }").unwrap());
    SerializedFileWriter::new(&mut other, schema, Arc::default()).unwrap().close().unwrap();
    place.write("other.parquet", other);
    flag(&["a.parquet", "other.parquet", "--out", "new.parquet"])
        .code(1)
        .stderr(predicate::str::contains("other.parquet: its columns are not those of a.parquet"));
    assert!(!place.path("new.parquet").exists());
}

#[test]
fn rows_that_cannot_be_judged_keep_their_columns_and_have_no_flag() {
    let place = Place::new();
    place.write("reference.jsonl", authentic(1, 600));
    let schema = "message m { required int64 n; optional binary text (STRING); }";
    let (mut bytes, schema) = (Vec::new(), Arc::new(parse_message_type(schema).unwrap()));
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int64Type>().write_batch(&[7, 8], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let text: ByteArray = record("iid:0.2", 500, 2, 0).as_str().into();
    column.typed::<ByteArrayType>().write_batch(&[text], Some(&[0, 1]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    place.write("a.parquet", bytes);

    let command = ["flag", "a.parquet", "--reference", "reference.jsonl", "--on-error", "null"];
    let lines = place.stdout(&command);
    assert!(lines.starts_with("{\"n\":7,\"text\":null,\"turmite\":{"), "{lines}");
    place.stdout(&[&command[..], &["--out", "out.parquet"]].concat());
    for marked in [lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), rows(&place, "out.parquet")]
    {
        let marked: Vec<Value> = marked;
        assert_eq!((marked.len(), &marked[0]["n"], &marked[1]["n"]), (2, &7.into(), &8.into()));
        assert_eq!((&marked[0]["turmite"]["flag"], &marked[1]["turmite"]["flag"]), (&Value::Null, &"none".into()));
    }
}

/// A record that is simple for its end, near the limit: whatever is taken from it, what is left looks ordinary for its new length.
#[test]
fn a_span_is_no_ordinary_part() {
    let place = Place::new();
    let split = |text: &'static str| text.split('|').collect::<Vec<_>>();
    let words = [
        split(
            "the cat |a dog |my neighbour |the old captain |our teacher |the river |a small bird |the merchant |her sister ",
        ),
        split("watched |followed |painted |forgot |carried |described |opened |repaired |praised |sold "),
        split("the red door |an empty boat |seven letters |a broken clock |some bread |the long road |every window "),
        split("in the morning. |without a word. |near the harbour. |after the storm. |with great care. |by mistake. "),
    ];
    let mut state = 7u64;
    let mut text = |length: usize| {
        let mut text = String::new();
        for kind in words.iter().cycle() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(kind[(state >> 33) as usize % kind.len()]);
            if text.len() >= length {
                break;
            }
        }
        text
    };
    let line = |text: String| format!("{}\n", serde_json::json!({ "text": text }));
    place.write("reference.jsonl", (0..100).map(|i| line(text(7800 + 3 * i))).collect::<String>());
    place.write("records.jsonl", line(text(4000) + &"x".repeat(4000)));
    let marked = place.stdout(&["flag", "records.jsonl", "--reference", "reference.jsonl", "--fdr", "0.05"]);
    let mark: Value = serde_json::from_str(&marked).unwrap();
    assert_eq!(mark["turmite"]["flag"], "low");
    let start = mark["turmite"]["span"][0].as_u64();
    assert!(start.is_none_or(|start| start >= 3500), "{}", mark["turmite"]);
}
