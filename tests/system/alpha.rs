//! `alpha audit` and `alpha estimate` as people and pipelines use them.

use crate::common::Place;
use predicates::prelude::*;
use serde_json::{Value, json};

const LEDGER: &str = "generation,tokens,origin\n1,300,exogenous\n1,700,synthetic\n2,50,exogenous\n2,950,synthetic\n";

/// The same rows in every kind of file give the same numbers.
#[test]
fn a_ledger_in_any_kind_of_file() {
    let place = Place::new();
    place.write("l.csv", LEDGER);
    let lines: Vec<String> = LEDGER
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{{\"generation\":{},\"tokens\":{},\"origin\":\"{}\"}}\n", cells[0], cells[1], cells[2])
        })
        .collect();
    place.write("l.jsonl", lines.concat());
    place.write("l.jsonl.zst", zstd::encode_all(lines.concat().as_bytes(), 3).unwrap());
    let audit = place.json(&["alpha", "audit", "l.csv", "--format", "json"]);
    for file in ["l.jsonl", "l.jsonl.zst"] {
        assert_eq!(place.json(&["alpha", "audit", file, "--format", "json"]), audit);
    }
    let piped =
        place.turmite(&["alpha", "audit", "-", "--format", "json"]).write_stdin(lines.concat()).assert().success();
    assert_eq!(serde_json::from_slice::<Value>(&piped.get_output().stdout).unwrap(), audit);
    let first = &audit["generations"][0];
    assert_eq!(
        (&first["alpha_tokens"], &first["alpha_tokens_low"], &first["alpha_tokens_high"]),
        (&json!(0.3), &json!(0.3), &json!(0.3))
    );
    assert_eq!((&first["alpha_loss"], &first["alpha_gradient_low"]), (&Value::Null, &Value::Null));
    assert_eq!((&audit["inf_alpha"], &audit["inf_alpha_low"]), (&json!(0.05), &json!(0.05)));
    assert_eq!(
        (&audit["floor"], &audit["above_floor"], &audit["above_planning_floor"]),
        (&json!(0.1), &json!(false), &json!(false))
    );
    let lines = place.stdout(&["alpha", "audit", "l.csv", "--format", "jsonl"]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[2]["summary"], &lines[2]["inf_alpha"]), (3, &json!(true), &json!(0.05)));
    let csv = place.stdout(&["alpha", "audit", "l.csv", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 3);
    assert!(place.stdout(&["alpha", "audit", "l.csv"]).contains("above_floor"));
}

/// Only a floor that was typed ends a pipeline, and only where it is surely broken.
#[test]
fn a_typed_floor_that_is_broken_is_exit_code_3() {
    let place = Place::new();
    place.write("l.csv", LEDGER);
    let audit = |more: &[&str]| place.turmite(&[&["alpha", "audit", "l.csv"][..], more].concat()).assert();
    audit(&[]).code(0);
    audit(&["--floor", "0.1", "--out", "audit.txt"]).code(3);
    assert!(place.files().contains(&"audit.txt".to_owned()));
    audit(&["--floor", "0.05"]).code(0);
    for bad in ["0", "1", "-0.1", "nan", "x"] {
        audit(&["--floor", bad]).code(2);
    }
    // 15 of 100: between 0.095 and 0.22.
    place.write("l.csv", "generation,tokens,origin,audited,confirmed\n1,10,exogenous,100,15\n");
    let undecided = audit(&["--floor", "0.1", "--format", "json"])
        .code(0)
        .stderr(predicate::str::contains("do not decide the floor 0.1"));
    let undecided: Value = serde_json::from_slice(&undecided.get_output().stdout).unwrap();
    assert_eq!(undecided["above_floor"], Value::Null);
    let low = undecided["inf_alpha_low"].as_f64().unwrap();
    assert!((low - 0.095).abs() < 6e-4, "{low}");
    assert!((1..100).contains(&undecided["more_audited"].as_u64().unwrap()));
}

#[test]
fn verified_data_counts_where_its_verifier_is_named() {
    let place = Place::new();
    place.write(
        "l.csv",
        "generation,tokens,origin,verifier\n1,10,exogenous,\n1,30,verified-synthetic,pytest\n1,60,synthetic,\n",
    );
    let share = |more: &[&str]| {
        let audit = place.json(&[&["alpha", "audit", "l.csv", "--format", "json"][..], more].concat());
        (audit["inf_alpha"].as_f64().unwrap(), audit["counted_verifiers"].clone())
    };
    assert_eq!(share(&[]), (0.1, json!([])));
    assert_eq!(share(&["--count-verified", "pytest"]), (0.4, json!(["pytest=1"])));
    assert_eq!(share(&["--count-verified", "pytest=0.5"]), (0.25, json!(["pytest=0.5"])));
    place.turmite(&["alpha", "audit", "l.csv", "--count-verified", "pytest=7"]).assert().code(2);
    place
        .turmite(&["alpha", "audit", "l.csv"])
        .assert()
        .success()
        .stderr(predicate::str::contains("counts as synthetic"));
}

#[test]
fn faulty_rows_are_named_with_their_line() {
    let place = Place::new();
    let refused = |name: &str, content: &str, words: &str| {
        place.write(name, content);
        place
            .turmite(&["alpha", "audit", name, "--floor", "0.1", "--out", "o.json"])
            .assert()
            .code(1)
            .stderr(predicate::str::contains(words));
        assert!(!place.files().contains(&"o.json".to_owned()), "{content}");
    };
    for (row, words) in [
        ("1,-5,synthetic,", "l.csv: line 3: `tokens` is -5, expected a finite number from 0"),
        ("1,NaN,synthetic,", "l.csv: line 3: `tokens` is NaN"),
        ("1,many,synthetic,", "l.csv: line 3: `tokens` is `many`, expected a number"),
        ("1,5,organic,", "l.csv: line 3: `origin` is `organic`, expected exogenous, synthetic or verified-synthetic"),
        ("1,5,,", "l.csv: line 3: no `origin`"),
        ("-1,5,synthetic,", "l.csv: line 3: `generation` is `-1`, expected a whole number from 0"),
        ("1.5,5,synthetic,", "line 3: `generation` is `1.5`"),
        (",5,synthetic,", "line 3: no `generation`"),
        ("1,5,exogenous,1.5", "line 3: `recycled` is 1.5, expected a share from 0 to 1"),
        ("1,5", "line 3: 2 values, expected 4"),
    ] {
        refused("l.csv", &format!("generation,tokens,origin,recycled\n1,1,exogenous,\n{row}\n"), words);
    }
    refused("l.csv", "generation,tokens\n1,5\n", "l.csv: no column `origin` among `generation, tokens`");
    refused("l.csv", "generation,tokens,origin\n", "l.csv: no rows");
    refused("l.csv", "", "l.csv: no column `generation`");
    refused("l.csv", "generation,tokens,origin\n1,0,synthetic\n", "all rows weigh 0");
    refused(
        "l.csv",
        "generation,tokens,origin,loss_weight\n1,5,synthetic,1\n1,5,exogenous,\n",
        "l.csv: generation 1: 1 of 2 rows have no `loss_weight`, the first in line or row 3",
    );
    refused("l.jsonl", "{\"generation\":1,\"tokens\":2}\n", "l.jsonl: line 1: no `origin`");
    refused(
        "l.jsonl",
        "{\"generation\":1,\"tokens\":\"2\",\"origin\":\"synthetic\"}\n",
        "line 1: `tokens` is the string `2`, expected a number",
    );
    let columns = |column: &str| place.turmite(&["alpha", "audit", "l.csv", "--column", column]).assert();
    place.write("l.csv", "generation,tokens,origin,recycled\n1,50,exogenous,0.99\n1,50,synthetic,\n");
    columns("recycled=recyclde").code(1).stderr(predicate::str::contains("l.csv: no column `recyclde` among"));
    columns("tokens=tokens").success();
    let twice = ["alpha", "audit", "l.csv", "--column", "tokens=tokens", "--column", "tokens=generation"];
    place.turmite(&twice).assert().code(2).stderr(predicate::str::contains("--column tokens=... is given twice"));
    place.write("l.jsonl", "{\"generation\":1,\"tokens\":2,\"origin\":\"exogenous\"}\n");
    let shared = "--column: `generation` would be both generation and tokens";
    columns("tokens=generation").code(2).stderr(predicate::str::contains(shared));
    let missing = ["alpha", "audit", "l.jsonl", "--column", "loss_weight=lw"];
    place.turmite(&missing).assert().code(1).stderr(predicate::str::contains("l.jsonl: no row has `lw`"));
    refused("l.jsonl", "\n[]\n", "l.jsonl: line 2: no JSON object");
    refused(
        "l.jsonl",
        "{\"generation\":1,\"tokens\":2,\"origin\":\"exogenous\",\"audited\":2,\"confirmed\":3}\n",
        "`confirmed` is 3",
    );
    refused("l.parquet", "no parquet", "l.parquet: no Parquet file");
    place.write("l.csv", LEDGER);
    for arguments in [
        &["l.csv", "--column", "token=n"][..],
        &["l.csv", "--column", "tokens"],
        &["l.csv", "--anchors", "scores"],
        &["l.csv", "--pass-from", "1"],
        &["l.csv", "--input", "png"],
        &["l.csv", "--out", "l.csv"],
        &["l.csv", "--anchors", "samples", "--count-verified", "x"],
    ] {
        place.turmite(&[&["alpha", "audit"], arguments].concat()).assert().code(2);
    }
    place.turmite(&["alpha", "audit", "nowhere.csv"]).assert().code(1).stderr(predicate::str::contains("nowhere.csv"));
}

#[test]
fn generations_in_any_order_and_with_gaps() {
    let place = Place::new();
    place.write("l.csv", "generation,tokens,origin\n5,1,exogenous\n0,1,exogenous\n4,1,exogenous\n");
    let audit = place.json(&["alpha", "audit", "l.csv", "--format", "json"]);
    let order: Vec<u64> =
        audit["generations"].as_array().unwrap().iter().map(|g| g["generation"].as_u64().unwrap()).collect();
    assert_eq!(order, [0, 4, 5]);
    assert_eq!((&audit["inf_alpha"], &audit["above_floor"]), (&json!(1.0), &Value::Null));
    assert!(audit["warnings"][0].as_str().unwrap().contains("3 generation(s) are missing"));
}

/// A path of the documents.
fn document(name: &str) -> String {
    format!("{}/docs/alpha/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// The examples of docs/alpha, counted by hand.
#[test]
fn the_documents_examples() {
    let place = Place::new();
    let shares = |file: &str, more: &[&str]| -> Vec<f64> {
        let audit = place.json(&[&["alpha", "audit", &document(file), "--format", "json"][..], more].concat());
        audit["generations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| (g["alpha"].as_f64().unwrap() * 1e6).round() / 1e6)
            .collect()
    };
    // Exogenous tokens, times what is not recycled, times what people confirmed; by tokens, which is less than by loss.
    assert_eq!(shares("ledger.csv", &[]), [0.38, 0.2256, 0.191]);
    // With the verified tokens: 200,000 of a million, of generation 3 nine in ten.
    assert_eq!(shares("ledger.csv", &["--count-verified", "pytest"]), [0.38, 0.4256, 0.371]);
    assert_eq!(shares("harness.jsonl", &["--anchors", "passes"]), [0.0, 0.0]);
    assert_eq!(shares("harness.jsonl", &["--anchors", "passes", "--count-verified", "passes"]), [0.72, 0.3]);
    let scores =
        ["--anchors", "scores", "--pass-from", "0.7", "--column", "tokens=n_tokens", "--count-verified", "scores"];
    assert_eq!(shares("scores.csv", &scores), [0.733333, 0.3]);
    let people = std::fs::read_to_string(document("checked-by-people.csv")).unwrap();
    let yes = |generation: &str| {
        people.lines().filter(|l| l.starts_with(generation) && l.ends_with("yes")).count() as f64 / 60.0
    };
    let counted: Vec<f64> = ["1,", "2,", "3,"].map(|g| (yes(g) * 1e6).round() / 1e6).to_vec();
    assert_eq!(shares("checked-by-people.csv", &["--anchors", "samples"]), counted);
}

/// Simulated records without what would give the share away, and authentic ones drawn apart.
fn hidden_runs(place: &Place) {
    let common = ["simulate", "--source", "rule30", "--learner", "records"];
    let loops = ["--alpha", "0.1", "--generations", "12", "--runs", "1", "--out", "marked.jsonl"];
    place.turmite(&[&common[..], &loops].concat()).assert().success();
    let authentic =
        ["--alpha", "1", "--generations", "0", "--records", "1024", "--runs", "1", "--seed", "5", "--out", "ref.jsonl"];
    place.turmite(&[&common[..], &authentic].concat()).assert().success();
    let marked = String::from_utf8(place.read("marked.jsonl")).unwrap();
    let hidden = marked.lines().map(|line| {
        let record: Value = serde_json::from_str(line).unwrap();
        json!({"run": record["run"], "generation": record["generation"], "text": record["text"]}).to_string() + "\n"
    });
    place.write("hidden.jsonl", hidden.collect::<String>());
}

#[test]
fn the_share_is_estimated_from_records_alone() {
    let place = Place::new();
    hidden_runs(&place);
    let found = place.json(&["alpha", "estimate", "hidden.jsonl", "--reference", "ref.jsonl", "--format", "json"]);
    let run = &found["runs"][0];
    let pooled = run["pooled"]["alpha"].as_f64().unwrap();
    assert!((pooled - 0.1).abs() < 0.03, "{pooled}");
    assert!(run["inf_alpha_low"].as_f64().unwrap() <= 0.1 && run["inf_alpha_high"].as_f64().unwrap() >= 0.1);
    assert_eq!((&run["lagged"], &run["above_planning_floor"]), (&Value::Null, &json!(false)));
    assert_eq!(found["generations"].as_array().unwrap().len(), 12);
    // Records that state their share are estimated all the same, and the share stands beside.
    let marked = place.stdout(&["alpha", "estimate", "marked.jsonl", "--reference", "ref.jsonl", "--format", "jsonl"]);
    let lines: Vec<Value> = marked.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[3]["alpha"], &lines[3]["alpha_given"]), (&found["generations"][3]["alpha"], &json!(0.1)));
    assert_eq!((lines.len(), &lines[12]["summary"]), (13, &json!(true)));
    // The label gives the estimate where nothing else is known, and only from a reference drawn apart.
    let labels = |more: &[&str]| {
        let labels = place.json(&[&["label", "hidden.jsonl", "--format", "json"][..], more].concat());
        labels["generations"].as_array().unwrap().iter().filter(|g| g["alpha"].is_number()).count()
    };
    assert!(labels(&["--reference", "ref.jsonl"]) >= 6);
    assert_eq!(labels(&[]), 0);
}

#[test]
fn the_share_is_estimated_from_a_metric() {
    let place = Place::new();
    // Forgets a fifth of its distance in every generation, and is kicked by a fixed pattern.
    let mut x = 0.0f64;
    let rows: Vec<String> = (0..200u32)
        .map(|t| {
            x = 0.8 * x + f64::from((t * t * 7919 + t * 31) % 101) / 50.0 - 1.0;
            format!("{t},{}\n", 0.7 + 0.01 * x)
        })
        .collect();
    place.write("m.csv", format!("generation,accuracy\n{}", rows.concat()));
    let arguments = ["alpha", "estimate", "m.csv", "--metric", "accuracy", "--center", "0.7", "--format", "json"];
    let found = place.json(&arguments);
    let alpha = found["runs"][0]["alpha"].as_f64().unwrap();
    assert!((0.05..0.4).contains(&alpha), "{alpha}");
    place.write("m.csv", format!("generation,accuracy\n{}", rows[..20].concat()));
    let short = place.turmite(&arguments).assert().success().stderr(predicate::str::contains("expected at least 50"));
    assert_eq!(serde_json::from_slice::<Value>(&short.get_output().stdout).unwrap()["runs"][0]["alpha"], Value::Null);
    // What grows does not return; what is small is as good as what is not.
    let of = |value: &dyn Fn(u32) -> f64| (0..60).map(|t| format!("{t},{:e}\n", value(t))).collect::<String>();
    place.write("m.csv", format!("generation,accuracy\n{}", of(&|t| f64::from(t).exp2())));
    let grows = place.turmite(&arguments).assert().success().stderr(predicate::str::contains("do not return to 0.7"));
    assert_eq!(serde_json::from_slice::<Value>(&grows.get_output().stdout).unwrap()["runs"][0]["alpha"], Value::Null);
    let kick = |t: u32| f64::from((t * t * 7919 + t * 31) % 101) - 50.0;
    let path = |t: u32| (0..=t).map(|s| kick(s) * 0.8f64.powi((t - s) as i32)).sum::<f64>();
    let small = [1.0, 2f64.powi(-700)].map(|scale| {
        place.write("m.csv", format!("generation,accuracy\n{}", of(&|t| path(t) * scale)));
        place.json(&[&arguments[..6], &["0", "--format", "json"]].concat())["runs"][0]["alpha"].clone()
    });
    assert!(small[0].is_number() && small[0] == small[1], "{small:?}");
    place.write("m.jsonl", "{\"generation\": 1, \"accuracy\": 0.5}\n");
    let no_run = ["alpha", "estimate", "m.jsonl", "--metric", "accuracy", "--center", "0.7", "--run-field", "model"];
    place
        .turmite(&no_run)
        .assert()
        .code(1)
        .stderr(predicate::str::contains("m.jsonl: no row has `model`, which --run-field"));
    place.write("m.csv", "generation,accuracy\n1,0.5\n1,0.6\n");
    place
        .turmite(&arguments)
        .assert()
        .code(1)
        .stderr(predicate::str::contains("m.csv: line 3: generation 1 of run `run` is there twice"));
}

#[test]
fn estimates_are_refused_where_nothing_can_be_said() {
    let place = Place::new();
    let record = |generation: u64| json!({"generation": generation, "text": "01".repeat(40)}).to_string() + "\n";
    place.write("zero.jsonl", record(0).repeat(80));
    place.write("run.jsonl", record(0) + &record(1));
    let estimate = |arguments: &[&str]| place.turmite(&[&["alpha", "estimate"], arguments].concat()).assert();
    let words = |text: &'static str| predicate::str::contains(text);
    estimate(&["zero.jsonl", "--reference", "zero.jsonl"]).code(1).stderr(words("no generation after generation 0"));
    estimate(&["run.jsonl", "--reference", "run.jsonl"]).code(1).stderr(words("2 authentic records"));
    estimate(&["run.jsonl", "--reference", "zero.jsonl"]).code(0).stderr(words("has an estimate of its own"));
    place.write("empty.jsonl", (record(0).repeat(60) + &"{\"text\":\"\"}\n".repeat(10)).as_str());
    let empty = "60 authentic records for the reference of every run, 10 empty one(s) apart";
    estimate(&["run.jsonl", "--reference", "empty.jsonl"]).code(1).stderr(words(empty));
    let piped = ["alpha", "estimate", "-", "--input", "csv", "--metric", "x", "--center", "0"];
    let table: String = (0..60).map(|t| format!("{t},{}\n", t % 7 - 3)).collect();
    place.turmite(&piped).write_stdin(format!("generation,x\n{table}")).assert().success();
    estimate(&["run.jsonl", "--reference", "zero.jsonl", "--input", "csv"]).code(2);
    estimate(&["run.jsonl"]).code(2);
    estimate(&["run.jsonl", "--metric", "x"]).code(2);
    estimate(&["run.jsonl", "--reference", "zero.jsonl", "--metric", "x", "--center", "1"]).code(2);
    estimate(&["run.jsonl", "--reference", "zero.jsonl", "--floor", "0"]).code(2);
}

/// Every command of docs/alpha.md that audits runs as it stands there.
#[test]
fn the_documents_commands_run() {
    let place = Place::new();
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/alpha.md")).unwrap();
    let commands: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("turmite alpha audit ")).collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let words: Vec<String> = command
            .split_whitespace()
            .map(|word| word.strip_prefix("docs/alpha/").map_or_else(|| word.to_owned(), document))
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        place.turmite(&[&["alpha", "audit"][..], &words].concat()).assert().success();
    }
}

#[test]
fn what_an_audit_cannot_count_is_refused() {
    let place = Place::new();
    place.write("large.csv", "generation,tokens,origin,audited,confirmed\n1,5,exogenous,50000000,25000000\n");
    place.write(
        "parts.csv",
        "generation,tokens,origin,audited,confirmed\n1,5,exogenous,9000000,1\n1,5,exogenous,9000000,1\n",
    );
    let error = |arguments: &[&str]| {
        let output = place.turmite(arguments).assert().failure().get_output().stderr.clone();
        String::from_utf8(output).unwrap()
    };
    assert!(error(&["alpha", "audit", "large.csv"]).contains("at most 10,000,000 in one generation"));
    assert!(error(&["alpha", "audit", "parts.csv"]).contains("at most 10,000,000 in one generation"));
    let scores = ["alpha", "audit", "parts.csv", "--anchors", "scores", "--pass-from", "nan"];
    assert!(error(&scores).contains("expected a finite number"));
    let twice = ["alpha", "audit", "parts.csv", "--count-verified", "x", "--count-verified", "x=0.25"];
    assert!(error(&twice).contains("names a verifier twice"));
}
