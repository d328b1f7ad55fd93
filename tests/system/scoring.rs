//! `score` as pipelines use it.

use crate::common::Place;
use predicates::prelude::*;

#[test]
fn a_row_a_record_by_the_contract_s_names() {
    let place = Place::new();
    place.write("a.jsonl", "{\"id\":\"x\",\"text\":\"000000000000111111111111\"}\n\n{\"id\":7,\"text\":\"0101\"}\n");
    let rows = place.stdout(&[
        "score",
        "a.jsonl",
        "--format",
        "jsonl",
        "--normalized",
        "--with",
        "entropy,block-entropy,lz76",
    ]);
    let rows: Vec<serde_json::Value> = rows.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let names: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    let contract = "index id encoding table block boundary symbols bdm bdm_per_symbol missing bdm_normalized bdm_per_bit entropy block_entropy lz76";
    assert_eq!(names, contract.split(' ').collect::<Vec<_>>());
    // PyBDM 0.1.0: 12 zeros and 12 ones.
    assert!((rows[0]["bdm"].as_f64().unwrap() - 51.22082749528343).abs() < 1e-9);
    assert_eq!(
        (&rows[0]["id"], &rows[0]["encoding"], &rows[0]["block_entropy"]),
        (&"x".into(), &"bits".into(), &1.0.into())
    );
    assert_eq!(
        (&rows[1]["id"], &rows[1]["bdm"], &rows[1]["missing"]),
        (&"7".into(), &serde_json::Value::Null, &serde_json::Value::Null)
    );
}

#[test]
fn boundaries_are_those_of_pybdm() {
    let place = Place::new();
    // PyBDM 0.1.0 and acss 0.3-2, `01` nine times.
    for (options, expected) in [
        (&["--boundary", "ignore"][..], 26.9907),
        (&["--boundary", "recursive"], 41.4481),
        (&["--boundary", "correlated"], 57.56641579904397),
        (&["--boundary", "correlated", "--shift", "2"], 28.99072664916141),
    ] {
        let arguments = [&["score", "-", "--input", "bits", "--format", "json"], options].concat();
        let output = place.turmite(&arguments).write_stdin("01".repeat(9)).assert().success();
        let value: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
        let bdm = value["records"][0]["bdm"].as_f64().unwrap();
        assert!((bdm - expected).abs() < 1e-4, "{options:?}: {bdm}");
    }
}

#[test]
fn missing_blocks_follow_the_rule_asked_for() {
    let place = Place::new();
    let bdm = |rule: &str| {
        let output = place
            .turmite(&["score", "--input", "bits", "--missing", rule, "--format", "json"])
            .write_stdin("000110100111")
            .assert();
        let output = output.get_output().clone();
        (
            output.status.code(),
            serde_json::from_slice::<serde_json::Value>(&output.stdout).ok().map(|v| v["records"][0].clone()),
        )
    };
    let (_, row) = bdm("bound");
    let row = row.unwrap();
    // log2 of D(5)'s 13,794,527,777,344 halting pairs.
    assert!((row["bdm"].as_f64().unwrap() - 13_794_527_777_344f64.log2()).abs() < 1e-9);
    assert_eq!(row["missing"], 1);
    // OACC: the greatest K of twelve symbols, 37.0642, plus 1.
    assert!((bdm("max-plus-one").1.unwrap()["bdm"].as_f64().unwrap() - 38.0642).abs() < 1e-4);
    assert!(bdm("skip").1.unwrap()["bdm"].is_null());
    assert_eq!(bdm("fail").0, Some(1));
}

#[test]
fn bad_records_are_named_by_line() {
    let place = Place::new();
    place.write(
        "lines.jsonl",
        b"{\"text\":\"a plain record\"}\n{\"text\":3}\n{\"other\":1}\nnot json\n[1]\n{\"text\":\"\xff\"}\n",
    );
    let good = ["score", "lines.jsonl", "--format", "csv", "--on-error"];
    place
        .turmite(&[&good[..], &["fail", "--out", "o.csv"]].concat())
        .assert()
        .code(1)
        .stdout("")
        .stderr(predicate::str::contains("lines.jsonl: line 2").and(predicate::str::contains("--on-error skip")));
    assert_eq!(place.files(), ["lines.jsonl"]);
    let skipped = place.stdout(&[&good[..], &["skip"]].concat());
    assert_eq!(skipped.lines().count(), 2);
    let null = place.stdout(&[&good[..], &["null"]].concat());
    assert_eq!(null.lines().count(), 7);
    assert!(null.lines().nth(2).unwrap().starts_with("1,,,5x2-1d,12,ignore,,,,"), "{null}");
    for (line, words) in [
        ("{\"other\":1}", "no field `text` among `other`"),
        ("not json", "not a JSON object"),
        ("[1]", "a list, expected a JSON object"),
    ] {
        place.write("one.jsonl", line);
        place
            .turmite(&["score", "one.jsonl"])
            .assert()
            .code(1)
            .stderr(predicate::str::contains(words).and(predicate::str::contains("one.jsonl: line 1")));
    }
}

#[test]
fn text_that_is_none_is_refused() {
    let place = Place::new();
    place.write("t.txt", b"ab\xffcd");
    place.turmite(&["score", "t.txt"]).assert().code(1).stderr(predicate::str::contains("t.txt: byte 2 is not UTF-8"));
    place.turmite(&["score", "t.txt", "--input", "bytes"]).assert().success();
    place
        .turmite(&["score", "nowhere.txt"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("nowhere.txt: cannot open"));
    // `auto` looked at the first record and took bits: a later one that does not fit names the option.
    place.write("mixed.txt", "0101010101010101\n".repeat(1000) + "hello\n");
    place
        .turmite(&["score", "mixed.txt", "--input", "lines"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("line 1001").and(predicate::str::contains("--encode")));
}

#[test]
fn tables_and_blocks_that_do_not_fit_are_refused() {
    let place = Place::new();
    place.write("a.txt", "some text");
    for (arguments, code, words) in [
        (["--table", "9x2-1d"], 1, "no table '9x2-1d'"),
        (["--block", "60"], 2, "--block"),
        (["--block", "4x4"], 1, "4x4"),
    ] {
        place
            .turmite(&[&["score", "a.txt"][..], &arguments].concat())
            .assert()
            .code(code)
            .stderr(predicate::str::contains(words));
    }
    place.turmite(&["score", "a.txt", "--block", "0"]).assert().code(2);
}

#[test]
fn rows_of_several_files_name_theirs() {
    let place = Place::new();
    place.write("a.txt", "some plain words");
    place.write("b.txt", "and some other words");
    let csv = place.stdout(&["score", "a.txt", "b.txt", "--format", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("index,id,file,encoding,table,"), "{csv}");
    assert!(lines[1].starts_with("0,,a.txt,utf8,") && lines[2].starts_with("1,,b.txt,utf8,"), "{csv}");
    assert!(place.stdout(&["score", "a.txt", "--format", "csv"]).starts_with("index,id,encoding,"));
}

#[test]
fn the_ending_of_the_file_says_the_format() {
    let place = Place::new();
    place.write("a.txt", "some plain words");
    for (out, start) in [
        ("o.csv", "index,id,"),
        ("o.jsonl", "{\"index\":0,"),
        ("o.json", "{\"records\":[{"),
        ("o.parquet", "PAR1"),
        ("o.txt", "index  id"),
    ] {
        place.stdout(&["score", "a.txt", "--out", out]);
        assert!(place.read(out).starts_with(start.as_bytes()), "{out}");
    }
    place.stdout(&["score", "a.txt", "--out", "typed.csv", "--format", "jsonl"]);
    assert!(place.read("typed.csv").starts_with(b"{"));
    place.stdout(&["perturb", "a.txt", "--out", "p.csv"]);
    assert!(place.read("p.csv").starts_with(b"rank,position,character,letter,from,to,"));
    // A name that says what is not written here is refused before anything is read.
    for arguments in [
        &["score", "a.txt", "--out", "other.npy"][..],
        &["perturb", "a.txt", "--out", "other.png"],
        &["reduce", "a.txt", "--to", "4", "--out", "other.jpg"],
        &["flag", "a.txt", "--reference", "a.txt", "--out", "other.csv"],
    ] {
        place.turmite(arguments).assert().code(2).stderr(predicate::str::contains("--out other."));
        assert!(!place.path(arguments[arguments.len() - 1]).exists());
    }
}

#[test]
fn many_threads_and_doubled_names_are_borne() {
    let place = Place::new();
    place.write("a.txt", "some plain words");
    let csv =
        place.stdout(&["score", "a.txt", "--with", "entropy,lz76,entropy", "--threads", "65535", "--format", "csv"]);
    assert!(csv.lines().next().unwrap().ends_with("missing,entropy,lz76"), "{csv}");
}

#[test]
fn what_has_no_bdm_is_told_by_its_reason() {
    let place = Place::new();
    place.write("a.jsonl", "{\"text\":\"\"}\n{\"text\":\"0101\"}\n{\"text\":\"000110100111\"}\n");
    place.turmite(&["score", "a.jsonl", "--missing", "skip"]).assert().success().stderr(
        predicate::str::contains("1 record without BDM: empty\n")
            .and(predicate::str::contains("1 record without BDM: shorter than a block; --boundary recursive"))
            .and(predicate::str::contains("1 record without BDM: the table lacks all blocks, and --missing skip")),
    );
    place
        .turmite(&["score", "a.jsonl", "--boundary", "recursive", "--min-length", "6"])
        .assert()
        .success()
        .stderr(predicate::str::contains("shorter than --min-length 6"));
}
