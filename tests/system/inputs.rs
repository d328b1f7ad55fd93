//! Every kind of input through `score`, and what bad input comes to.

use std::io::Write as _;

use crate::common::Place;
use predicates::prelude::*;
use serde_json::Value;

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// An array of bytes as `.npy`.
fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

impl Place {
    fn rows(&self, arguments: &[&str]) -> Vec<Value> {
        let rows = self.stdout(&[&["score"], arguments, &["--format", "jsonl"]].concat());
        rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The error of a command that finds the input at fault.
    fn fault(&self, arguments: &[&str]) -> String {
        let output = self.turmite(&[&["score"], arguments].concat()).assert().code(1);
        String::from_utf8(output.get_output().stderr.clone()).unwrap()
    }
}

/// Eight by eight cells of rule 30.
const SQUARE: [&str; 8] =
    ["00010000", "00111000", "01100100", "11011110", "10010001", "01111011", "01000010", "11100111"];

#[test]
fn one_line_in_every_kind_of_file() {
    let place = Place::new();
    let bits = "0001101010011101000110101111";
    let json = format!("{{\"text\":\"{bits}\"}}\n");
    let list: Vec<String> = bits.chars().map(String::from).collect();
    place.write("a.txt", bits);
    place.write("a.bits", format!("{}\n{}\n", &bits[..10], &bits[10..]));
    place.write("a.jsonl", &json);
    place.write("a.jsonl.gz", gzip(json.as_bytes()));
    place.write("a.ndjson.zst", zstd::encode_all(json.as_bytes(), 3).unwrap());
    place.write("list.jsonl", format!("{{\"text\":[{}]}}", list.join(",")));
    place.write("a.csv", format!("n,text\r\n1,{bits}\r\n"));
    place.write("a.tsv", format!("text\tn\n{bits}\t1\n"));
    place.write(
        "a.npy",
        npy("<i8", "(28,)", &bits.bytes().flat_map(|b| i64::from(b & 1).to_le_bytes()).collect::<Vec<_>>()),
    );
    let expected = place.rows(&["a.txt"]).remove(0)["bdm"].clone();
    assert!(expected.as_f64().unwrap() > 20.0);
    for (file, encoding) in [
        ("a.bits", "bits"),
        ("a.jsonl", "bits"),
        ("a.jsonl.gz", "bits"),
        ("a.ndjson.zst", "bits"),
        ("list.jsonl", "tokens"),
        ("a.csv", "bits"),
        ("a.tsv", "bits"),
        ("a.npy", "tokens"),
    ] {
        let rows = place.rows(&[file]);
        assert_eq!(rows.len(), 1, "{file}");
        assert_eq!(
            (&rows[0]["bdm"], &rows[0]["encoding"], &rows[0]["symbols"]),
            (&expected, &encoding.into(), &28.into()),
            "{file}"
        );
    }
    // Compressed standard input is decompressed too.
    let piped = place
        .turmite(&["score", "-", "--input", "jsonl", "--format", "jsonl"])
        .write_stdin(gzip(json.as_bytes()))
        .assert();
    let row: Value = serde_json::from_slice(&piped.success().get_output().stdout).unwrap();
    assert_eq!(row["bdm"], expected);
    // Several files are one sequence of records.
    assert_eq!(
        place.rows(&["a.txt", "a.csv", "a.npy"]).iter().map(|r| r["index"].clone()).collect::<Vec<_>>(),
        [0, 1, 2]
    );
}

#[test]
fn one_square_in_every_kind_of_file() {
    let place = Place::new();
    let cells: Vec<u8> = SQUARE.iter().flat_map(|row| row.bytes().map(|b| b & 1)).collect();
    let rows: Vec<String> =
        SQUARE.iter().map(|row| row.chars().map(String::from).collect::<Vec<_>>().join(",")).collect();
    place.write("a.graph", SQUARE.join("\n"));
    place.write("a.matrix", rows.join("\n"));
    place.write("a.npy", npy("|b1", "(8, 8)", &cells));
    place.write(
        "rows.jsonl",
        format!("{{\"text\":[{}]}}", rows.iter().map(|r| format!("[{r}]")).collect::<Vec<_>>().join(",")),
    );
    let mut image = Vec::new();
    let mut encoder = png::Encoder::new(&mut image, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    let grey: Vec<u8> = cells.iter().map(|&cell| cell * 255).collect();
    encoder.write_header().unwrap().write_image_data(&grey).unwrap();
    place.write("a.png", image);
    let edges: String = (0..64).filter(|at| cells[*at] == 1).map(|at| format!("{} {}\n", at / 8, at % 8)).collect();
    place.write("a.edges", edges);
    let expected = place.rows(&["a.npy"]).remove(0);
    assert_eq!((&expected["table"], &expected["block"]), (&"5x2-2d".into(), &"4x4".into()));
    for (arguments, encoding) in [
        (&["a.graph"][..], "adjacency"),
        (&["a.edges", "--directed"], "adjacency"),
        (&["a.matrix", "--input", "matrix"], "tokens"),
        (&["a.png"], "luminance:2"),
        (&["rows.jsonl"], "tokens"),
    ] {
        let row = place.rows(arguments).remove(0);
        assert_eq!(
            (&row["bdm"], &row["encoding"], &row["symbols"]),
            (&expected["bdm"], &encoding.into(), &64.into()),
            "{arguments:?}"
        );
    }
}

#[test]
fn parquet_in_and_out() {
    let place = Place::new();
    place.write("a.csv", "id,text\nx,some text to be scored\ny,\nz,other text of another kind\n");
    place
        .turmite(&["score", "a.csv", "--with", "entropy,gzip", "--format", "parquet", "--out", "a.parquet"])
        .assert()
        .success();
    let rows = place.rows(&["a.parquet", "--field", "encoding"]);
    assert_eq!(rows.iter().map(|r| r["id"].as_str().unwrap()).collect::<Vec<_>>(), ["x", "y", "z"]);
    // What was written is what was scored: `utf8` is four bytes.
    assert!(rows.iter().all(|row| row["symbols"] == 32 && row["encoding"] == "utf8"));
    let error = place.fault(&["a.parquet", "--field", "bdm"]);
    assert!(error.contains("a.parquet: column `bdm` is of type DOUBLE, expected strings"), "{error}");
    assert!(place.fault(&["a.parquet"]).contains("no column `text` among `index, id, encoding, table"));
    place.turmite(&["score", "a.csv", "--format", "parquet"]).assert().code(2);
    let bytes = place.read("a.parquet");
    place.write("cut.parquet", &bytes[..bytes.len() - 5]);
    assert!(
        place.fault(&["cut.parquet", "--field", "encoding"]).contains("cut.parquet: no Parquet file that can be read")
    );
}

#[test]
fn the_columns_of_the_contract() {
    let place = Place::new();
    let text = "the same words again and again, the same words again and again and again\n".repeat(3);
    place.write("a.jsonl", format!("{{\"id\":1,\"text\":{}}}\n", serde_json::to_string(&text).unwrap()));
    let with = "entropy,block-entropy,lz76,gzip,zstd,distinct,gopher";
    let rows = place.rows(&["a.jsonl", "--normalized", "--with", with]);
    let names: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    let contract = "index id encoding table block boundary symbols bdm bdm_per_symbol missing bdm_normalized bdm_per_bit entropy \
                    block_entropy lz76 gzip_bytes zstd_bytes distinct_1 distinct_2 distinct_3 distinct_4 gopher_dup_line_frac";
    assert_eq!(names[..22], contract.split_whitespace().collect::<Vec<_>>());
    assert!(rows[0].as_object().unwrap().values().all(|value| !value.is_null()));
    // 14 words a line, of which 6 are different; the whole is one line thrice.
    assert_eq!(rows[0]["distinct_1"].as_f64(), Some(6.0 / 42.0));
    assert!(rows[0]["gzip_bytes"].as_u64().unwrap() < 80 && rows[0]["gopher_dup_line_frac"].as_f64().unwrap() > 0.4);
    // The same numbers in each format.
    let bdm = rows[0]["bdm"].to_string();
    for format in ["csv", "json"] {
        assert!(place.stdout(&["score", "a.jsonl", "--format", format]).contains(&bdm), "{format}");
    }
    let json: Value = place.json(&["score", "a.jsonl", "--format", "json", "--normalized", "--with", with]);
    assert_eq!(json["records"][0], rows[0]);
}

#[test]
fn depth_stands_beside_the_bdm() {
    let place = Place::new();
    // One block thrice: 31 steps of the fastest machine, and 24 symbols copied. A record without a block has none.
    place.write("a.txt", format!("{}\n01\n000110100111\n", "01".repeat(18)));
    let depths = |table: &str| -> Vec<Value> {
        let rows = place.rows(&["a.txt", "--input", "lines", "--with", "depth", "--table", table]);
        rows.iter().map(|row| row["depth"].clone()).collect()
    };
    assert_eq!(depths("5x2-1d"), [Value::from(55), Value::Null, Value::from(501)]);
    // No machine writes the last one, however long it runs.
    assert_eq!(depths("5x2-1d-exact"), [Value::from(55), Value::Null, Value::Null]);
    place.write("k.csv", "string,k\n0,2.5\n1,2.5\n");
    place.turmite(&["table", "import", "k.csv", "--space", "5x2-1d", "--out", "k.ctm"]).assert().success();
    let refused = place.turmite(&["score", "a.txt", "--with", "depth", "--table", "k.ctm", "--block", "1"]).assert();
    refused.code(2).stderr(predicate::str::contains("k.ctm holds imported values and no steps"));
}

#[test]
fn bounds_are_called_so() {
    let place = Place::new();
    place.write("a.txt", "01101001100101101001011001101001");
    for (boundary, bounded) in [("ignore", false), ("correlated", true)] {
        let output = place.turmite(&["score", "a.txt", "--normalized", "--boundary", boundary]).assert().success();
        let said = String::from_utf8(output.get_output().stderr.clone()).unwrap();
        assert_eq!(said.contains("only known to lie below a bound"), bounded, "{said}");
    }
}

/// Forty thousand records of different lengths, some of them bad.
fn many() -> String {
    let line = |n: usize| match n % 400 {
        13 => "{\"id\":\"bad\",\"other\":1}".to_owned(),
        14 => "{\"text\":\"cut".to_owned(),
        _ => format!("{{\"id\":{n},\"text\":\"{} {n}\"}}", "words and \\\"more\\\" words ".repeat(n % 37)),
    };
    (0..40_000).map(|n| line(n) + "\n").collect()
}

#[test]
fn threads_do_not_show() {
    let place = Place::new();
    place.write("many.jsonl", many());
    let options =
        ["many.jsonl", "--with", "entropy,zstd", "--normalized", "--on-error", "null", "--boundary", "recursive"];
    for format in ["csv", "jsonl", "json", "table", "parquet"] {
        let of = |threads: &str| {
            let more = ["--format", format, "--threads", threads, "--out", "o", "--report", "r.html"];
            let output = place.turmite(&[&["score"], &options[..], &more].concat()).assert().success();
            let command = format!("--threads {threads}");
            let report = String::from_utf8(place.read("r.html")).unwrap().replace(&command, "");
            (place.read("o"), report, output.get_output().stderr.clone())
        };
        let one = of("1");
        assert!(one.0.len() > 100_000);
        for threads in ["2", "8"] {
            assert!(of(threads) == one, "{format}, {threads} threads");
        }
        if format != "csv" {
            // Once is enough for the others.
            break;
        }
    }
}

#[test]
fn faults_are_counted_by_what_was_wrong() {
    let place = Place::new();
    place.write("many.jsonl", many());
    let error = place.fault(&["many.jsonl", "--out", "o"]);
    assert!(error.contains("many.jsonl: line 14: no field `text` among `id, other`"), "{error}");
    assert!(error.contains("--on-error skip or null goes on"), "{error}");
    assert_eq!(place.files(), ["many.jsonl"]);
    place
        .turmite(&["score", "many.jsonl", "--on-error", "skip", "--format", "csv"])
        .assert()
        .success()
        .stdout(predicate::function(|rows: &str| rows.lines().count() == 1 + 39_800))
        .stderr(
            predicate::str::contains("200 records could not be scored:")
                .and(predicate::str::contains("100 such as many.jsonl: line 14: no field `text`"))
                .and(predicate::str::contains("100 such as many.jsonl: line 15: not a JSON object: EOF"))
                .and(predicate::str::contains("bdm_per_symbol: least")),
        );
    let rows = place.rows(&["many.jsonl", "--on-error", "null"]);
    assert_eq!(rows.len(), 40_000);
    assert_eq!((&rows[13]["index"], &rows[13]["bdm"], &rows[13]["symbols"]), (&13.into(), &Value::Null, &Value::Null));
    assert_eq!(rows[39_999]["index"], 39_999);
}

#[test]
fn a_field_that_is_missing_far_down() {
    let place = Place::new();
    let mut lines = "{\"text\":\"01\"}\n".repeat(1_234_566);
    lines += "{\"txt\":\"01\"}\n";
    place.write("far.jsonl.gz", gzip(lines.as_bytes()));
    let error = place.fault(&["far.jsonl.gz", "--out", "o"]);
    assert!(error.contains("far.jsonl.gz: line 1234567: no field `text` among `txt`"), "{error}");
}

#[test]
fn symbols_that_do_not_fit_say_what_would() {
    let place = Place::new();
    place.write("a.txt", "GATTACAGATTACA");
    let error = place.fault(&["a.txt", "--encode", "symbols"]);
    assert!(error.contains("needs an alphabet of 4 symbols, but table 5x2-1d has 2: choose --table 2x4-1d"), "{error}");
    let row = place.rows(&["a.txt", "--encode", "symbols", "--table", "2x4-1d", "--block", "4"]).remove(0);
    assert_eq!((&row["encoding"], &row["symbols"], row["bdm"].is_f64()), (&"symbols".into(), &14.into(), true));
    place.write(
        "a.npy",
        npy("<u2", "(14,)", &[7u16, 0, 900, 900, 0, 3, 0, 7, 0, 900, 900, 0, 3, 0].map(u16::to_le_bytes).concat()),
    );
    let error = place.fault(&["a.npy"]);
    assert!(
        error.contains("a.npy: needs an alphabet of 901 symbols, but table 5x2-1d has 2: --encode symbols renumbers"),
        "{error}"
    );
    assert!(error.contains("by first use, to 4 symbols, with --table 2x4-1d"), "{error}");
    // Renumbered by first use, the numbers are the letters.
    let relabelled = place.rows(&["a.npy", "--encode", "symbols", "--table", "2x4-1d", "--block", "4"]).remove(0);
    // Without --block that is the longest of which the table holds half.
    let longest = place.rows(&["a.txt", "--encode", "symbols", "--table", "2x4-1d"]).remove(0);
    assert_eq!(longest["block"], "8");
    // The line feed that ends a file is no symbol of its string.
    place.write("line.txt", "GATTACAGATTACA\r\n");
    let line = place.rows(&["line.txt", "--encode", "symbols", "--table", "2x4-1d", "--block", "4"]).remove(0);
    assert_eq!((&line["bdm"], &line["symbols"]), (&row["bdm"], &row["symbols"]));
    assert_eq!((&relabelled["bdm"], &relabelled["encoding"]), (&row["bdm"], &row["encoding"]));
    place.write("a.jsonl", "{\"text\":[0,1,2]}\n{\"text\":[0,-1]}\n{\"text\":[0,0.5]}\n");
    assert!(
        place
            .fault(&["a.jsonl"])
            .contains("a.jsonl: line 1: needs an alphabet of 3 symbols, but table 5x2-1d has 2: choose --table 3x3-1d")
    );
    place
        .turmite(&["score", "a.jsonl", "--table", "3x3-1d", "--block", "3", "--on-error", "null"])
        .assert()
        .success()
        .stderr(
            predicate::str::contains("found -1 in place 2, expected whole numbers from 0")
                .and(predicate::str::contains("found 0.5")),
        );
    assert!(place.fault(&["a.npy", "--table", "5x2-2d", "--encode", "symbols"]).contains("2x4-1d").eq(&false));
}

#[test]
fn empty_records_and_single_symbols() {
    let place = Place::new();
    place.write("a.jsonl", "{\"text\":\"\"}\n{\"text\":[]}\n{\"text\":[1]}\n");
    let rows = place.rows(&[
        "a.jsonl",
        "--boundary",
        "recursive",
        "--normalized",
        "--with",
        "entropy,lz76,gzip,distinct,gopher",
    ]);
    for row in &rows[..2] {
        assert_eq!(
            (&row["symbols"], &row["bdm"], &row["bdm_per_symbol"], &row["entropy"]),
            (&0.into(), &Value::Null, &Value::Null, &Value::Null)
        );
        assert_eq!((&row["missing"], &row["distinct_1"]), (&Value::Null, &Value::Null));
    }
    // K of one symbol in D(5) of 500 steps, from the table.
    let k = place.json(&["table", "lookup", "5x2-1d", "1", "--format", "json"]);
    assert_eq!((&rows[2]["symbols"], &rows[2]["bdm"]), (&1.into(), &k["k"]));
    // An empty file of lines or of JSON lines holds no record; an empty text is one.
    place.write("none.jsonl", "\n\n");
    assert!(place.fault(&["none.jsonl"]).contains("no records in none.jsonl"));
    place.write("none.txt", "");
    assert_eq!(place.rows(&["none.txt"])[0]["symbols"], 0);
}

#[test]
fn files_that_lie_are_errors() {
    let place = Place::new();
    let whole = gzip(&"{\"text\":\"some text\"}\n".repeat(50_000).into_bytes());
    place.write("cut.jsonl.gz", &whole[..whole.len() / 2]);
    place.write("plain.jsonl.gz", "{\"text\":\"x\"}\n");
    place.write("junk.npy", b"\x00\x01\x02 junk \xff\xfe");
    place.write("junk.png", b"\x89PNG\r\n\x1a\n junk");
    place.write("nan.npy", npy("<f8", "(2,)", &[0.0, f64::NAN].map(f64::to_le_bytes).concat()));
    place.write("ragged.matrix", "0 1 0\n1 0\n");
    place.write("ragged.csv", "id,text\na,b,c\n");
    place.write("odd.graph", "a b c d\ne f\n");
    place.write("latin.csv", b"text\n\xe9t\xe9\n");
    place.write("a.json", "{}");
    for (arguments, words) in [
        (&["cut.jsonl.gz"][..], "cut.jsonl.gz: cannot read: the gzip data is truncated: the file ends before they do"),
        (&["plain.jsonl.gz"], "plain.jsonl.gz: is called gzip but holds none"),
        (&["junk.npy"], "junk.npy: no .npy file: it does not start with"),
        (&["junk.png"], "junk.png: no PNG that can be read"),
        (&["nan.npy"], "nan.npy: cell 2: found NaN, expected a whole number from 0"),
        (&["ragged.matrix", "--input", "matrix"], "ragged.matrix: line 2 has 2 numbers, but the first row has 3"),
        (&["ragged.csv"], "ragged.csv: line 2: 3 values, expected 2"),
        (&["odd.graph"], "odd.graph: line 1 has 4 words: expected an edge"),
        (&["latin.csv"], "latin.csv: line 2: column `text`: byte 0 is not UTF-8"),
    ] {
        let error = place.fault(arguments);
        assert!(error.contains(words), "{arguments:?}: {error}");
        assert!(!error.contains("panicked"), "{error}");
    }
    for arguments in [
        &["a.json"][..],
        &["ragged.csv", "--levels", "4"],
        &["ragged.csv", "--directed"],
        &["ragged.csv", "--threads", "0"],
    ] {
        place.turmite(&[&["score"], arguments].concat()).assert().code(2);
    }
    // What fails half-way has shown no row that is wrong, and leaves no file.
    place.turmite(&["score", "cut.jsonl.gz", "--on-error", "skip", "--out", "o"]).assert().code(1);
    assert!(!place.path("o").exists());
}

#[test]
fn a_line_that_never_ends_is_passed_over() {
    let place = Place::new();
    let mut file = b"{\"text\":\"a first record of text\"}\n{\"text\":\"".to_vec();
    file.resize(70 << 20, b'x');
    file.extend(b"\"}\n{\"text\":\"a last record of text\"}\n");
    place.write("long.jsonl", &file);
    let error = place.fault(&["long.jsonl"]);
    assert!(error.contains("long.jsonl: line 2: a line of more than 64 MiB; split the record"), "{error}");
    let rows = place.rows(&["long.jsonl", "--on-error", "skip"]);
    assert_eq!(rows.iter().map(|row| &row["index"]).collect::<Vec<_>>(), [0, 2]);
}

#[test]
fn the_report_shows_the_distributions() {
    let place = Place::new();
    place.write("many.jsonl", many());
    place
        .turmite(&["score", "many.jsonl", "--on-error", "skip", "--normalized", "--report", "r.html", "--out", "o"])
        .assert()
        .success();
    let page = String::from_utf8(place.read("r.html")).unwrap();
    for words in [
        "<svg",
        "bdm_normalized",
        "by length",
        "What could not be scored",
        "The simplest and the most complex",
        "line 14",
        "prefers-color-scheme: dark",
        "5x2-1d",
    ] {
        assert!(page.contains(words), "{words}");
    }
    // One file, and nothing to run or to fetch.
    for word in ["<script", "http://", "https://", "src="] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn a_byte_order_mark_is_passed_over_and_an_open_quote_is_told() {
    let place = Place::new();
    for (file, plain) in [("m.txt", "some plain words"), ("m.bits", "010101010111")] {
        place.write("plain.txt", plain);
        place.write(file, format!("\u{feff}{plain}"));
        assert_eq!(place.rows(&[file])[0]["bdm"], place.rows(&["plain.txt"])[0]["bdm"], "{file}");
    }
    place.write("open.csv", "id,text\n1,a\n2,\"b\n3,c\n");
    assert!(place.fault(&["open.csv"]).contains("open.csv: line 3: a quote opened in line 3 is never closed"));
}

/// A line that never ends is told at its limit; what comes behind it is not waited for.
#[cfg(target_os = "linux")]
#[test]
fn a_line_without_end_is_told_where_it_is_too_long() {
    let place = Place::new();
    for input in ["lines", "jsonl"] {
        assert!(
            place.fault(&["/dev/zero", "--input", input]).contains("/dev/zero: line 1: a line of more than 64 MiB")
        );
    }
}

#[test]
fn json_lines_that_come_unnamed_are_said_to_be_plain_text() {
    let place = Place::new();
    let line = "{\"text\": \"0110100110010110\"}\n";
    let run = |arguments: &[&str], text: &str| {
        let output = place.turmite(arguments).write_stdin(text).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(run(&["score", "-"], &line.repeat(2)).contains("--input jsonl reads them"));
    assert!(!run(&["score", "-", "--input", "lines"], line).contains("jsonl"));
    assert!(!run(&["score", "-"], "{ not an object\n").contains("jsonl"));
    // Some records of bits among text are text, and that is said.
    assert!(
        run(&["score", "-", "--input", "lines"], "0110100110010110\nhello\n").contains("of which some are bits alone")
    );
}

#[test]
fn strings_of_more_symbols_are_told_the_table_that_holds_them() {
    let place = Place::new();
    let error = |arguments: &[&str]| {
        let output = place.turmite(arguments).assert().failure().get_output().stderr.clone();
        String::from_utf8(output).unwrap()
    };
    let lookup = |string: &str| error(&["table", "lookup", "5x2-1d", string]);
    assert!(lookup("012").contains("use --table 3x3-1d"));
    assert!(lookup("0123").contains("use --table 4x4-1d"));
    assert!(lookup("012345678").contains("use --table 4x9-1d"));
    assert!(error(&["ctm", "01A"]).contains("write its symbols as digits from 0"));
    assert!(error(&["ctm", "ABC", "--letters", "--table", "5x2-1d"]).contains("of 3 different letters"));
    // Where no table is typed, the strings say it.
    for (arguments, table) in
        [(&["ctm", "012"][..], "3x3-1d"), (&["ctm", "01", "0123"], "4x4-1d"), (&["ctm", "ABCA", "--letters"], "3x3-1d")]
    {
        let output = place.turmite(arguments).assert().success().get_output().stderr.clone();
        assert!(String::from_utf8(output).unwrap().contains(&format!("table {table}, which holds")), "{arguments:?}");
    }
    // What is quoted does not drown what is said.
    let long = lookup(&"7".repeat(100_000));
    assert!(long.len() < 2000 && long.contains("characters left out") && long.contains("4x9-1d"), "{long}");
}
