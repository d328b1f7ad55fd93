//! `enumerate` and `table` as scripts use them.

use crate::common::Place;
use predicates::prelude::*;

#[test]
fn facts_are_exact_integers_in_strings() {
    let place = Place::new();
    for (states, halting, outputs, machines) in
        [("2", "6088", "22", "20000"), ("3", "4294368", "128", "15059072"), ("4", "5970768960", "1832", "22039921152")]
    {
        let out = format!("d{states}.ctm");
        let facts = place.json(&["enumerate", "--states", states, "--symbols", "2", "--out", &out, "--format", "json"]);
        assert_eq!(facts["halting"], halting);
        assert_eq!(facts["outputs"], outputs);
        assert_eq!(facts["machines"], machines);
        assert_eq!(facts["undecided"], "0");
        assert_eq!(facts["method"], "exact");
        assert_eq!(facts["shard"], "0/1");
        let contract: Vec<&str> = "space states symbols dim max_steps method machines halting non_halting undecided outputs classes nodes shard version checksum".split(' ').collect();
        // Others stand between and after them.
        let names = facts.as_object().unwrap().keys().map(String::as_str).filter(|n| contract.contains(n));
        assert_eq!(names.collect::<Vec<_>>(), contract);
        let again = place.json(&["table", "info", &out, "--format", "json"]);
        assert_eq!(again["checksum"], facts["checksum"]);
        place.turmite(&["table", "verify", &out, "--replay"]).assert().success();
    }
}

/// Also a space of three symbols, whose workers meet the same classes in other orders.
#[test]
fn threads_do_not_change_a_byte() {
    let place = Place::new();
    for (states, symbols) in [("4", "2"), ("2", "3")] {
        let mut files = Vec::new();
        for threads in ["1", "2", "8"] {
            let out = format!("{states}-{symbols}-{threads}.ctm");
            place
                .turmite(&[
                    "enumerate",
                    "--states",
                    states,
                    "--symbols",
                    symbols,
                    "--max-steps",
                    "60",
                    "--threads",
                    threads,
                    "--out",
                    &out,
                ])
                .assert()
                .success();
            files.push(place.read(&out));
        }
        assert!(files.windows(2).all(|f| f[0] == f[1]));
    }
}

/// Merged shards are the very bytes of the whole, in any order, for lines of two and three symbols and for planes.
#[test]
fn shards_merge_to_the_bytes_of_the_whole() {
    let place = Place::new();
    for space in [
        ["--states", "4", "--symbols", "2", "--dim", "1"],
        ["--states", "2", "--symbols", "3", "--dim", "1"],
        ["--states", "3", "--symbols", "2", "--dim", "2"],
    ] {
        let enumerate = |shard: &str, out: &str| {
            let more = ["--max-steps", "60", "--shard", shard, "--out", out, "--overwrite"];
            place.turmite(&[&["enumerate"][..], &space, &more].concat()).assert().success();
        };
        enumerate("0/1", "whole.ctm");
        for (index, out) in ["a.ctm", "b.ctm", "c.ctm"].into_iter().enumerate() {
            enumerate(&format!("{index}/3"), out);
            place.turmite(&["table", "verify", out]).assert().success();
        }
        place.turmite(&["merge", "c.ctm", "a.ctm", "b.ctm", "--out", "merged.ctm", "--overwrite"]).assert().success();
        assert!(place.read("merged.ctm") == place.read("whole.ctm"), "{space:?}");
    }
    place.turmite(&["enumerate", "--states", "2", "--shard", "0/2", "--out", "other.ctm"]).assert().success();
    for (parts, words) in [
        (&["a.ctm", "b.ctm"][..], "also shard 2/3"),
        (&["a.ctm", "b.ctm", "b.ctm"], "shard 1/3 a second time"),
        (&["a.ctm", "b.ctm", "other.ctm"], "space 2x2-1d"),
        (&["a.ctm", "whole.ctm"], "shard 0/1, expected one of 3"),
    ] {
        let arguments = [&["merge"][..], parts, &["--out", "no.ctm"]].concat();
        place.turmite(&arguments).assert().code(1).stderr(predicate::str::contains(words));
        assert!(!place.path("no.ctm").exists());
    }
    for shard in ["3/3", "1", "x/2", "0/0"] {
        place.turmite(&["enumerate", "--states", "2", "--shard", shard]).assert().code(2);
    }
}

#[test]
fn an_existing_table_is_kept_unless_told() {
    let place = Place::new();
    place.write("t.ctm", "mine");
    let enumerate = ["enumerate", "--states", "2", "--out", "t.ctm"];
    place
        .turmite(&enumerate)
        .assert()
        .code(1)
        .stderr(predicate::str::contains("t.ctm: exists already").and(predicate::str::contains("--overwrite")));
    assert_eq!(place.read("t.ctm"), b"mine");
    place.turmite(&[&enumerate[..], &["--overwrite"]].concat()).assert().success();
    assert!(place.read("t.ctm").len() > 1000);
    assert_eq!(place.files(), ["t.ctm"]);
}

#[test]
fn exact_runs_to_the_proven_bound_and_says_where_there_is_none() {
    let place = Place::new();
    let facts = place.json(&["enumerate", "--states", "3", "--max-steps", "exact", "--format", "json"]);
    assert_eq!(facts["max_steps"], 21);
    place
        .turmite(&["enumerate", "--states", "6", "--max-steps", "exact"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("no busy-beaver value"));
}

/// Lookup by the contract's names; a string the table lacks has no K and no count, and a bound.
#[test]
fn lookups_never_invent_a_number() {
    let place = Place::new();
    let row = place.json(&["table", "lookup", "5x2-1d", "0101", "--format", "json"]);
    assert_eq!(row["k"], 8.258704003348441);
    assert_eq!(row["shape"], "4");
    assert_eq!(row["blank"], 0);
    assert!(row["k_low"].as_f64() <= row["k"].as_f64() && row["k"].as_f64() <= row["k_high"].as_f64());
    let row = place.json(&["ctm", "000110100111", "--format", "json"]);
    assert!(row["k"].is_null() && row["count"].is_null() && row["witness"].is_null() && row["k_high"].is_null());
    assert!(row["k_low"].as_f64().unwrap() > 1.0);
    place
        .turmite(&["ctm", "012", "--table", "5x2-1d"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("'2' at position 3"));
    let many = place.json(&["ctm", "0", "1", "--format", "json"]);
    assert_eq!(many["strings"].as_array().unwrap().len(), 2);
}

#[test]
fn exports_have_the_contract_s_header_and_order_and_come_back() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "3", "--out", "d3.ctm"]).assert().success();
    let csv = place.stdout(&["table", "export", "d3.ctm", "--format", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "shape,string,count,k,k_low,k_high,min_steps,witness,blank");
    assert_eq!(lines.len(), 129);
    let strings: Vec<&str> = lines[1..].iter().map(|l| l.split(',').nth(1).unwrap()).collect();
    let mut sorted = strings.clone();
    sorted.sort_by_key(|s| (s.len(), *s));
    assert_eq!(strings, sorted);

    let classes = place.stdout(&["table", "export", "d3.ctm", "--format", "jsonl", "--classes"]);
    let rows: Vec<serde_json::Value> = classes.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(rows.len(), 64);
    let total: u128 = rows
        .iter()
        .map(|r| r["count"].as_str().unwrap().parse::<u128>().unwrap() * u128::from(r["class_size"].as_u64().unwrap()))
        .sum();
    assert_eq!(total, 4_294_368);

    place.write("d3.csv", &csv);
    place.turmite(&["table", "import", "d3.csv", "--space", "3x2-1d", "--out", "back.ctm"]).assert().success();
    let back = place.json(&["table", "info", "back.ctm", "--format", "json"]);
    assert_eq!(
        (&back["method"], &back["halting"], &back["undecided"]),
        (&"imported".into(), &"4294368".into(), &serde_json::Value::Null)
    );
    let k = |table| place.json(&["table", "lookup", table, "0110", "--format", "json"])["k"].clone();
    assert_eq!(k("d3.ctm"), k("back.ctm"));

    place
        .turmite(&["table", "export", "d3.ctm", "--format", "parquet"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("--out"));
    place.turmite(&["table", "export", "d3.ctm", "--format", "parquet", "--out", "d3.parquet"]).assert().success();
    let parquet = place.read("d3.parquet");
    assert!(parquet.starts_with(b"PAR1") && parquet.ends_with(b"PAR1"));
}

/// Three symbols: rows are classes, an export lists every string.
#[test]
fn classes_of_three_symbols_are_expanded() {
    let place = Place::new();
    let facts = place.json(&[
        "enumerate",
        "--states",
        "2",
        "--symbols",
        "3",
        "--max-steps",
        "38",
        "--out",
        "t.ctm",
        "--format",
        "json",
    ]);
    assert_eq!(facts["halting"], (3 * 3_630_159).to_string());
    let csv = place.stdout(&["table", "export", "t.ctm", "--format", "csv"]);
    assert_eq!(csv.lines().count() - 1, facts["outputs"].as_str().unwrap().parse::<usize>().unwrap());
    let total: u128 = csv.lines().skip(1).map(|l| l.split(',').nth(2).unwrap().parse::<u128>().unwrap()).sum();
    assert_eq!(total, 3 * 3_630_159);
    place.turmite(&["table", "verify", "t.ctm", "--replay"]).assert().success();
}

/// Arrays: rows split by '/', every shape the machines write, and the same witness whatever the order.
#[test]
fn planes_are_enumerated_and_looked_up() {
    let place = Place::new();
    let arguments =
        ["enumerate", "--states", "3", "--dim", "2", "--max-steps", "100", "--out", "p.ctm", "--format", "json"];
    let facts = place.json(&arguments);
    assert_eq!((&facts["halting"], &facts["outputs"]), (&"92814080".into(), &"3168".into()));
    let row = place.json(&["table", "lookup", "p.ctm", "01/10", "--format", "json"]);
    assert_eq!(row["shape"], "2x2");
    let turned = place.json(&["table", "lookup", "p.ctm", "10/01", "--format", "json"]);
    assert_eq!(row["count"], turned["count"]);
    assert_eq!(place.json(&["table", "lookup", "p.ctm", "01", "--format", "json"])["shape"], "1x2");
    place
        .turmite(&["table", "explain", "p.ctm", "01/10"])
        .assert()
        .success()
        .stdout(predicate::str::contains("step 0, state A").and(predicate::str::contains("halted")));
    place.turmite(&["table", "verify", "p.ctm", "--replay"]).assert().success();
}

#[test]
fn explain_shows_the_run() {
    let place = Place::new();
    let text = place.stdout(&["table", "explain", "5x2-1d", "0110"]);
    let row = place.json(&["table", "lookup", "5x2-1d", "0110", "--format", "json"]);
    assert!(text.contains(row["witness"].as_str().unwrap()), "{text}");
    let last = text.lines().last().unwrap().replace(['[', ']', ' '], "");
    assert!(last.ends_with("-0110"), "{text}");
    place
        .turmite(&["table", "explain", "5x2-1d", "000110100111"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("within 500 steps"));
}

/// What a witness stands for: every machine of the leaf that writes 0 at once, and one of 6 steps that stands alone.
#[test]
fn explain_says_what_the_witness_stands_for() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "2", "--max-steps", "6", "--out", "d2.ctm"]).assert().success();
    let explained = place.json(&["table", "explain", "d2.ctm", "0", "--format", "json"]);
    // The entry reached halts; the other three may be anything.
    assert_eq!((&explained["alike"], &explained["unreached"]), (&"1000".into(), &3.into()));
    assert_eq!(explained["images"], 1);
    let explained = place.json(&["table", "explain", "d2.ctm", "1111", "--format", "json"]);
    let row = place.json(&["table", "lookup", "d2.ctm", "1111", "--format", "json"]);
    for field in ["string", "shape", "k", "count", "min_steps", "witness", "blank"] {
        assert_eq!(explained[field], row[field], "{field}");
    }
    assert_eq!((&explained["alike"], &explained["images"]), (&"1".into(), &2.into()));
    let count: f64 = row["count"].as_str().unwrap().parse().unwrap();
    assert!((explained["alike_share"].as_f64().unwrap() - 1.0 / count).abs() < 1e-12);
    let frames = explained["frames"].as_array().unwrap();
    assert_eq!(frames.len(), 7);
    assert_eq!((&frames[6]["tape"], &frames[6]["state"]), (&"1111".into(), &serde_json::Value::Null));
    let reached = explained["transitions"].as_array().unwrap().iter().filter(|t| !t["writes"].is_null()).count();
    assert_eq!(reached as u64, 4 - explained["unreached"].as_u64().unwrap());
}

/// Pictures of runs on a line, in a plane and in a solid; another kind is refused before anything is done.
#[test]
fn explain_draws_svg_and_png() {
    let place = Place::new();
    for (states, dim, out) in [("3", "2", "p.ctm"), ("2", "3", "s.ctm")] {
        let space = ["enumerate", "--states", states, "--dim", dim, "--max-steps", "30", "--out", out];
        place.turmite(&space).assert().success();
    }
    for (table, string, frames) in [("5x2-1d", "0110", 5), ("p.ctm", "01/10", 0), ("s.ctm", "110//011", 7)] {
        place.turmite(&["table", "explain", table, string, "--out", "run.svg", "--overwrite"]).assert().success();
        let svg = String::from_utf8(place.read("run.svg")).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert!(svg.contains(string) && svg.contains("head ringed"), "{svg}");
        // A title, captions, and words for every step.
        assert!(svg.matches("<text ").count() > 4 + frames, "{svg}");
        place.turmite(&["table", "explain", table, string, "--out", "run.PNG", "--overwrite"]).assert().success();
        assert!(place.read("run.PNG").starts_with(b"\x89PNG\r\n\x1a\n"));
    }
    // The picture that the README shows.
    place
        .turmite(&["table", "explain", "5x2-1d", "010101010101", "--out", "run.svg", "--overwrite"])
        .assert()
        .success();
    assert!(
        place.read("run.svg") == include_bytes!("../../docs/run.svg"),
        "`turmite table explain 5x2-1d 010101010101 --out docs/run.svg --overwrite` renews the picture"
    );
    place
        .turmite(&["table", "explain", "5x2-1d", "0110", "--out", "run.gif"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains(".svg or .png"));
    place.turmite(&["table", "explain", "5x2-1d", "0110", "--out", "no/run.svg"]).assert().code(1);
    assert_eq!(place.files(), ["p.ctm", "run.PNG", "run.svg", "s.ctm"]);
}

/// The published values against ours: all of them but the class that no machine writes, as `design` has it.
#[test]
fn the_published_values_are_those_of_d5() {
    let place = Place::new();
    place.write("b2.csv", include_str!("../data/pybdm/ctm-b2-d12.csv"));
    place.turmite(&["table", "import", "b2.csv", "--space", "5x2-1d", "--out", "b2.ctm"]).assert().success();
    let found = place.json(&["table", "diff", "5x2-1d", "b2.ctm", "--format", "json"]);
    assert_eq!((&found["all"]["common"], &found["all"]["only_b"]), (&8188.into(), &2.into()));
    assert!(found["all"]["greatest"].as_f64().unwrap() < 1e-12);
    assert_eq!((found["all"]["spearman"].as_f64(), found["all"]["kendall"].as_f64()), (Some(1.0), Some(1.0)));
    assert_eq!(found["largest"].as_array().unwrap().len(), 0);
    let only: Vec<&str> = found["only_b"].as_array().unwrap().iter().map(|s| s["string"].as_str().unwrap()).collect();
    assert_eq!(only, ["000110100111", "111001011000"]);
    assert_eq!((&found["a"]["method"], &found["b"]["source"]), (&"exact".into(), &"b2.csv".into()));
    let text = place.stdout(&["table", "diff", "5x2-1d", "b2.ctm"]);
    assert!(text.contains("imported from b2.csv") && text.contains("35 of A, 0 of B"), "{text}");
}

/// Two spaces of one alphabet are compared; tables of other alphabets or dimensions, or of no kind, are not.
#[test]
fn diff_compares_what_can_be_compared() {
    let place = Place::new();
    for (states, symbols, dim) in [("3", "2", "1"), ("4", "2", "1"), ("2", "3", "1"), ("2", "2", "2")] {
        let out = format!("{states}{symbols}{dim}.ctm");
        let space = ["enumerate", "--states", states, "--symbols", symbols, "--dim", dim, "--max-steps", "107"];
        place.turmite(&[&space[..], &["--out", &out]].concat()).assert().success();
    }
    let found = place.json(&["table", "diff", "421.ctm", "321.ctm", "--top", "2", "--by", "rank", "--format", "json"]);
    assert_eq!((&found["all"]["common"], &found["all"]["only_a"]), (&128.into(), &(1832 - 128).into()));
    let spearman = found["all"]["spearman"].as_f64().unwrap();
    assert!(0.9 < spearman && spearman < 1.0, "{spearman}");
    assert_eq!(found["largest"].as_array().unwrap().len(), 2);
    // Neither is sampled; against a sample the differences are of the size of its errors.
    assert!(found["all"]["scores"].is_null());
    let sample =
        ["sample", "--states", "3", "--max-steps", "107", "--seed", "1", "--machines", "100000", "--out", "s.ctm"];
    place.turmite(&sample).assert().success();
    let found = place.json(&["table", "diff", "321.ctm", "s.ctm", "--format", "json"]);
    let scores = &found["all"]["scores"];
    assert!(scores["classes"].as_u64().unwrap() > 10, "{scores}");
    assert!((0.3..1.7).contains(&scores["root_mean_square"].as_f64().unwrap()), "{scores}");
    assert!(scores["within_2"].as_f64().unwrap() > 0.8, "{scores}");
    for other in ["231.ctm", "222.ctm"] {
        let refused = place.turmite(&["table", "diff", "321.ctm", other]).assert().code(1);
        refused.stderr(predicate::str::contains(other).and(predicate::str::contains("cannot be compared")));
    }
    // A shard has no K of the space's, but the same shard may be run for more steps.
    for (steps, out) in [("3", "s3.ctm"), ("4", "s4.ctm")] {
        let part = ["enumerate", "--states", "2", "--max-steps", steps, "--shard", "1/2", "--out", out];
        place.turmite(&part).assert().success();
    }
    place.turmite(&["table", "diff", "s3.ctm", "s4.ctm"]).assert().success();
    let refused = place.turmite(&["table", "diff", "s3.ctm", "4x2-2d"]).assert().code(1);
    refused.stderr(predicate::str::contains("cannot be compared"));
    place
        .turmite(&["table", "diff", "s3.ctm", "5x2-1d"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("shard 1/2"));
    place.turmite(&["table", "diff", "321.ctm", "none"]).assert().code(1);
    place.turmite(&["table", "diff", "321.ctm"]).assert().code(2);
}

/// Published tables of more symbols list one string a class; any member finds its value, and members that disagree are refused.
#[test]
fn classes_of_published_tables_are_imported() {
    let place = Place::new();
    place.write("b4.csv", "string,shape,k\n0,1,3.5\n01,2,6.25\n0123,4,14.0\n");
    place.turmite(&["table", "import", "b4.csv", "--space", "4x4-1d", "--out", "b4.ctm"]).assert().success();
    assert_eq!(place.json(&["table", "info", "b4.ctm", "--format", "json"])["outputs"], "40");
    assert_eq!(place.json(&["table", "lookup", "b4.ctm", "3120", "--format", "json"])["k"], 14.0);
    let same = place.json(&["table", "diff", "b4.ctm", "b4.ctm", "--format", "json"]);
    assert_eq!((&same["all"]["common"], &same["all"]["spearman"]), (&40.into(), &1.0.into()));
    place.turmite(&["table", "explain", "b4.ctm", "01"]).assert().code(1).stderr(predicate::str::contains("witness"));
}

/// A shard's K are of its own machines: nothing reads them, but everything that is needed to put shards together works.
#[test]
fn a_shard_does_not_pass_for_the_space() {
    let place = Place::new();
    for (index, out) in ["s0.ctm", "s1.ctm", "s2.ctm"].into_iter().enumerate() {
        let shard = format!("{index}/3");
        place.turmite(&["enumerate", "--states", "3", "--shard", &shard, "--out", out]).assert().success();
    }
    for arguments in [
        &["ctm", "0101", "--table", "s1.ctm"][..],
        &["table", "lookup", "s1.ctm", "0101"],
        &["table", "explain", "s1.ctm", "0101"],
        &["table", "diff", "5x2-1d", "s1.ctm"],
        &["score", "--table", "s1.ctm", "--input", "bits", "-"],
    ] {
        let refused = place.turmite(arguments).write_stdin("01010101").assert().code(1);
        refused.stderr(predicate::str::contains("s1.ctm: shard 1/3 of 3x2-1d").and(predicate::str::contains("merge")));
    }
    place.turmite(&["table", "verify", "s1.ctm", "--replay"]).assert().success();
    assert_eq!(place.json(&["table", "info", "s1.ctm", "--format", "json"])["shard"], "1/3");
    let export = place.turmite(&["table", "export", "s1.ctm"]).assert().success();
    export.stderr(predicate::str::contains("warning: s1.ctm: shard 1/3"));
    place.turmite(&["table", "cut", "s1.ctm", "--within", "4", "--out", "c1.ctm"]).assert().success();
    let alone = place.turmite(&["merge", "s0.ctm", "--out", "all.ctm"]).assert().code(1);
    alone.stderr(predicate::str::contains("also shards 1/3 and 2/3"));
}

/// What a cut or a sampled table lacks may be written all the same.
#[test]
fn explain_says_no_more_than_the_table_knows() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "3", "--within", "3", "--out", "d3.ctm"]).assert().success();
    place.turmite(&["sample", "--states", "3", "--machines", "2000", "--out", "s3.ctm"]).assert().success();
    for (table, string, words) in [
        ("d3.ctm", "0101", "keeps strings within 3, and '0101' is larger"),
        ("s3.ctm", "0110100110010", "none of the 2000 machines drawn"),
        ("5x2-1d", "01/10", "strings, which 5x2-1d holds; for this shape use 5x2-2d"),
    ] {
        let refused = place.turmite(&["table", "explain", table, string]).assert().code(1);
        refused.stderr(predicate::str::contains(words));
    }
    let text = place.stdout(&["table", "explain", "s3.ctm", "01"]);
    assert!(text.contains("the soonest of the machines drawn") && text.contains("interval"), "{text}");
    let (row, explained) = (["table", "lookup", "s3.ctm", "01", "--format", "json"], ["table", "explain"]);
    let (row, explained) =
        (place.json(&row), place.json(&[&explained[..], &["s3.ctm", "01", "--format", "json"]].concat()));
    for field in ["k_low", "k_high", "k_se", "count_se"] {
        assert!(row[field].is_f64() && row[field] == explained[field], "{field}: {explained}");
    }
}

/// What a table exports comes back; a cut one only by its K, for its counts are not all.
#[test]
fn counts_and_k_that_disagree_are_not_imported() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "3", "--within", "3", "--out", "d3.ctm"]).assert().success();
    let csv = place.stdout(&["table", "export", "d3.ctm"]);
    place.write("d3.csv", &csv);
    let import = ["table", "import", "d3.csv", "--space", "3x2-1d", "--out", "back.ctm"];
    place.turmite(&import).assert().code(1).stderr(predicate::str::contains("remove the column count"));
    let only_k: Vec<String> =
        csv.lines().map(|line| line.split(',').skip(1).step_by(2).take(2).collect::<Vec<_>>().join(",")).collect();
    assert_eq!(only_k[0], "string,k");
    place.write("d3.csv", only_k.join("\n"));
    assert_eq!(place.json(&[&import[..], &["--format", "json"]].concat())["method"], "imported");
    let k = |table| place.json(&["table", "lookup", table, "011", "--format", "json"])["k"].clone();
    assert_eq!(k("d3.ctm"), k("back.ctm"));
}

#[test]
fn arrays_are_imported_as_arrays() {
    let place = Place::new();
    let import = |content: &str| {
        place.write("t.csv", content);
        place.turmite(&["table", "import", "t.csv", "--space", "3x2-2d", "--out", "t.ctm", "--overwrite"])
    };
    for (content, words) in [
        ("string,k\n0110,4\n", "axes: 1, expected 2, as 3x2-2d has"),
        ("string,shape,k\n0110,4,4\n", "axes: 1, expected 2"),
        ("string,shape,k\n01/10,1x4,4\n", "written as 2x2"),
    ] {
        import(content).assert().code(1).stderr(predicate::str::contains(words));
    }
    import("string,shape,k\n0110,1x4,4\n01/10,2x2,5\n").assert().success();
    assert_eq!(place.json(&["table", "lookup", "t.ctm", "0110", "--format", "json"])["k"], 4.0);
    place.write("t.csv", "string,k\n0,2\n01,3\n0011,9\n");
    let wide = place.turmite(&["table", "import", "t.csv", "--space", "4x4-1d", "--out", "w.ctm"]).assert().success();
    wide.stderr(predicate::str::contains("no string has a symbol above 1"));
}

#[test]
fn exports_and_pictures_replace_nothing_unless_told() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "2", "--out", "d2.ctm"]).assert().success();
    for arguments in
        [&["table", "export", "d2.ctm", "--out", "o.svg"][..], &["table", "explain", "d2.ctm", "0", "--out", "o.svg"]]
    {
        place.write("o.svg", "mine");
        place.turmite(arguments).assert().code(1).stderr(predicate::str::contains("o.svg: exists already"));
        assert_eq!(place.read("o.svg"), b"mine");
        place.turmite(&[arguments, &["--overwrite"]].concat()).assert().success();
        assert_ne!(place.read("o.svg"), b"mine");
    }
    // The name says the format.
    place.turmite(&["table", "export", "d2.ctm", "--out", "d2.parquet"]).assert().success();
    assert!(place.read("d2.parquet").starts_with(b"PAR1"));
    place.turmite(&["table", "export", "d2.ctm", "--out", "d2.jsonl"]).assert().success();
    assert!(place.read("d2.jsonl").starts_with(b"{"));
}

/// A name is that of the embedded table, whatever files there are; what it hides is said.
#[test]
fn one_table_is_taken_and_the_others_said() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "2", "--out", "5x2-1d.ctm"]).assert().success();
    std::fs::copy(place.path("5x2-1d.ctm"), place.path("5x2-1d")).unwrap();
    let info = place.turmite(&["table", "info", "5x2-1d"]).env("TURMITE_TABLES", place.path("")).assert().success();
    info.stdout(predicate::str::contains("13794527777344")).stderr(
        predicate::str::contains("'5x2-1d' is the embedded table")
            .and(predicate::str::contains("5x2-1d.ctm, ./5x2-1d")),
    );
    place.turmite(&["table", "info", "./5x2-1d"]).assert().success().stdout(predicate::str::contains("2x2-1d"));
    let list = place.turmite(&["table", "list"]).env("TURMITE_TABLES", place.path("")).assert().success();
    list.stderr(predicate::str::contains("'5x2-1d' names the embedded table"));
}

/// Constant K have no correlation, whatever noise their logarithms carry; equal tables are told to be.
#[test]
fn diff_has_no_correlation_of_constants() {
    let place = Place::new();
    place.write("a.csv", "string,k\n0,2.5\n00,3.1\n01,3.1000000000000005\n000,5\n001,6\n");
    place.write("b.csv", "string,k\n0,2.4\n00,3.3000000000000003\n01,3.3\n000,5\n001,7\n");
    for name in ["a", "b"] {
        let (csv, ctm) = (format!("{name}.csv"), format!("{name}.ctm"));
        place.turmite(&["table", "import", &csv, "--space", "2x2-1d", "--out", &ctm]).assert().success();
    }
    let csv = place.stdout(&["table", "diff", "a.ctm", "b.ctm", "--format", "csv"]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("shape,common,only_a,only_b,spearman,kendall,pearson,mean_difference"), "{csv}");
    assert!(lines[1].starts_with("1,2,0,0,,,,") && lines[2].starts_with("2,4,0,0,,,,"), "{csv}");
    assert!(lines[3].starts_with("3,4,0,0,1"), "{csv}");
    assert!(place.stdout(&["table", "diff", "a.ctm", "a.ctm"]).contains("The tables are identical: 10 strings."));
}

#[test]
fn checkpoints_and_tables_are_not_taken_for_each_other() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "2", "--out", "d2.ctm"]).assert().success();
    let enumerate = ["enumerate", "--states", "2", "--checkpoint", "d2.ctm", "--out", "new.ctm"];
    let refused = place.turmite(&enumerate).assert().code(1);
    refused.stderr(predicate::str::contains("d2.ctm: found a table").and(predicate::str::contains("remove").not()));
    place.turmite(&["table", "verify", "d2.ctm"]).assert().success();
    // No work is kept for a table that nobody asked for.
    let nowhere = place.turmite(&["enumerate", "--states", "2", "--checkpoint", "d2.part"]).assert().code(2);
    nowhere.stderr(predicate::str::contains("--out <FILE>"));
    place.write("d3.part", b"\x89CTC\r\n\x1a\n and whatever comes after it, as long as a header would have to be");
    let info = place.turmite(&["table", "info", "d3.part"]).assert().code(1);
    info.stderr(predicate::str::contains("d3.part: a checkpoint"));
    assert_eq!(place.files(), ["d2.ctm", "d3.part"]);
}

#[test]
fn extra_folders_are_searched_by_name() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "2", "--out", "small.ctm"]).assert().success();
    place
        .turmite(&["table", "info", "small"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("known tables are 5x2-1d"));
    let list = |names: &str| predicate::str::contains(names.to_owned());
    place
        .turmite(&["table", "list"])
        .env("TURMITE_TABLES", place.path(""))
        .assert()
        .success()
        .stdout(list("small.ctm").and(list("embedded")));
    place.turmite(&["table", "info", "small"]).env("TURMITE_TABLES", place.path("")).assert().success();
}

#[test]
fn damaged_tables_get_one_line_and_exit_1() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "3", "--out", "good.ctm"]).assert().success();
    let good = place.read("good.ctm");
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut future = good.clone();
    future[8] = 7;
    for (name, bytes, words) in [
        ("truncated.ctm", good[..good.len() / 2].to_vec(), "bytes, a table has at least"),
        (
            "magic.ctm",
            b"PK\x03\x04 not a table at all, but long enough to be one if it were".to_vec(),
            "not a turmite table",
        ),
        ("future.ctm", future, "table format 7, this turmite reads format 1"),
        ("flipped.ctm", flipped, "corrupt"),
        ("empty.ctm", Vec::new(), "0 bytes"),
    ] {
        place.write(name, bytes);
        let assert = place.turmite(&["table", "verify", name]).assert().code(1);
        let text = String::from_utf8(assert.get_output().stderr.clone()).unwrap();
        assert!(text.contains(name) && text.contains(words) && text.lines().count() == 1, "{text}");
    }
}

#[test]
fn faulty_csv_is_refused_by_line_and_nothing_is_written() {
    let place = Place::new();
    for (content, words) in [
        ("", "line 1"),
        ("string\n0\n", "neither `count` nor `k`"),
        ("text,k\n0,1\n", "no column `string`"),
        ("string,k\n0,1\n02,3\n", "line 3: '2' at position 2"),
        ("string,k\n0,x\n", "line 2: k 'x'"),
        ("string,count\n0,-1\n", "line 2: count '-1'"),
        ("string,k\n0,1\n0,2\n", "line 3"),
        ("string,k\n", "no rows"),
        ("string,shape,k\n0101,3x1,4\n", "line 2"),
        ("string,k\n0,NaN\n", "line 2"),
        ("string,k\n0,inf\n", "line 2"),
        ("string,k\n0,-0.5\n", "line 2"),
        ("string,k\n01,2\n10,3\n", "row '"),
        ("string,k\n0,1,7\n", "line 2: 3 fields, expected 2"),
        ("string;k\n0;1\n", "separate the columns by commas"),
        ("string,count,k\n0,1,1\n00,1,2.5\n", "line 2: count 1 of 4 in all makes 2"),
        ("string,shape,k\n0101,2x2,4\n", "axes: 2, expected 1"),
        ("string,count\n0,340282366920938463463374607431768211456\n", "line 2: count"),
        (
            "string,count\n0,200000000000000000000000000000000000000\n1,200000000000000000000000000000000000000\n",
            "128 bits",
        ),
        ("string,count\n0,0\n", "line 2"),
        ("string,count,k\n0,1,\n00,,2\n", "counts in some rows"),
        ("string,shape,k\n0,99999999999999999999,4\n", "line 2"),
    ] {
        place.write("t.csv", content);
        place
            .turmite(&["table", "import", "t.csv", "--space", "5x2-1d", "--out", "t.ctm"])
            .assert()
            .code(1)
            .stderr(predicate::str::contains("t.csv").and(predicate::str::contains(words)));
        assert_eq!(place.files(), ["t.csv"], "{content}");
    }
}
