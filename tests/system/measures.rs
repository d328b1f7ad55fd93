//! `ctm --with`, `compare`, `sensitivity` and `scales` as users meet them.

use crate::common::Place;

use predicates::prelude::*;
use serde_json::{Value, json};

fn near(found: &Value, expected: f64, within: f64) {
    let number = found.as_f64().unwrap_or_else(|| panic!("{found} is no number"));
    assert!((number - expected).abs() <= within, "found {number}, expected {expected}");
}

/// The example of acss 0.3-2, from our own table.
#[test]
fn ctm_says_what_acss_says() {
    let place = Place::new();
    let arguments =
        ["ctm", "HTHTHTHT", "HTHHTHTT", "--letters", "--format", "json", "--with", "likelihood,prob-random"];
    let found = place.json(&arguments);
    for (row, likelihood, ratio, random) in
        [(0, 0.010366951, 0.3767983, 0.2736772), (1, 0.003102718, 1.2589769, 0.5573217)]
    {
        let row = &found["strings"][row];
        near(&row["likelihood_d"], likelihood, 5e-10);
        near(&row["likelihood_ratio"], ratio, 5e-8);
        near(&row["prob_random"], random, 5e-8);
        near(&row["d"], (-row["k"].as_f64().unwrap()).exp2(), 1e-15);
    }

    let found =
        place.json(&["ctm", "0101101011100", "--format", "json", "--with", "local,class,change,next", "--span", "4"]);
    assert_eq!(found["local"].as_array().unwrap().len(), 10);
    assert_eq!((&found["class"], &found["alternations"]), (&2.into(), &8.into()));
    let next: f64 = found["next"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).sum();
    assert!((next - 1.0).abs() < 1e-12);
    assert_eq!(found["next_context"], 11);
}

/// One input, three answers.
#[test]
fn ctm_says_whose_rule_it_used() {
    let place = Place::new();
    let ends = "01".repeat(9);
    let found = place.json(&["ctm", &ends, "000110100111", "--format", "json", "--with", "rules"]);
    let [ends, missing] = [&found["strings"][0], &found["strings"][1]];
    near(&ends["bdm_pybdm"], 26.9907, 5e-5);
    near(&ends["bdm_acss"], 41.4481, 5e-5);
    near(&ends["bdm_oacc"], 41.4481, 5e-5);
    near(&missing["bdm_oacc"], 38.0642, 5e-5);
    assert_eq!(missing["bdm_acss"], Value::Null);

    let refused = |arguments: &[&str], says: &str| {
        place.turmite(arguments).assert().code(2).stderr(predicate::str::contains(says.to_owned()));
    };
    refused(&["ctm", "0101", "--prior", "0.3"], "--prior goes with --with prob-random");
    refused(&["ctm", "0101", "--with", "local", "--span", "13"], "--span 13");
    refused(&["ctm", "0101", "--with", "prob-random", "--prior", "7"], "--prior 7");
    refused(&["ctm", "01/10", "--with", "local"], "a table of strings");
}

#[test]
fn compare_is_symmetric_and_zero_for_the_same() {
    let place = Place::new();
    place.write("a.bits", "01".repeat(60));
    place.write("b.bits", "01".repeat(36) + &"0".repeat(48));
    let of = |a: &str, b: &str| place.json(&["compare", a, b, "--boundary", "ignore", "--format", "json"]);
    let (ab, ba, aa) = (of("a.bits", "b.bits"), of("b.bits", "a.bits"), of("a.bits", "a.bits"));
    // One block ten times; six times, and another four times.
    near(&ab["a_given_b"], 10f64.log2(), 1e-9);
    near(&ab["b_given_a"], 25.610413747641715 + 4f64.log2() + 6f64.log2(), 1e-9);
    assert_eq!((&ab["shared"], &ab["distinct_b"]), (&1.into(), &2.into()));
    for (name, other) in
        [("a_given_b", "b_given_a"), ("mutual", "mutual"), ("distance", "distance"), ("bdm_a", "bdm_b")]
    {
        near(&ab[name], ba[other].as_f64().unwrap(), 1e-9);
    }
    assert_eq!((&aa["distance"], &aa["normalized_distance"]), (&0.0.into(), &0.0.into()));

    place.write("both.jsonl", "{\"text\":\"010101010101\"}\n{\"text\":\"010101010101010101010101\"}\n");
    let records = place.json(&[
        "compare",
        "both.jsonl",
        "both.jsonl",
        "--records",
        "0,1",
        "--boundary",
        "ignore",
        "--format",
        "json",
    ]);
    near(&records["b_given_a"], 1.0, 1e-9);
    let several = place.turmite(&["compare", "both.jsonl", "a.bits"]).assert().code(2);
    several.stderr(predicate::str::contains("both.jsonl: holds several records"));
    let arguments = ["compare", "both.jsonl", "both.jsonl", "--records", "0"];
    place
        .turmite(&arguments)
        .assert()
        .code(2)
        .stderr(predicate::str::contains("--records: found 1 number, expected two"));
    place.write("short.bits", "0101");
    assert_eq!(of("short.bits", "a.bits")["mutual"], Value::Null);
    let short = place.turmite(&["compare", "short.bits", "a.bits"]).assert().success();
    short.stderr(predicate::str::contains(
        "short.bits has no BDM: it is shorter than a block of 12; --boundary recursive",
    ));
    // One of the two strings of 12 symbols that the table lacks: length is not to blame.
    place.write("lacking.bits", "000110100111");
    for (command, skip) in [(&["compare", "lacking.bits", "a.bits"][..], 0), (&["perturb", "lacking.bits"], 1)] {
        let run = place.turmite(&[command, &["--missing", "skip"]].concat()).assert().code(skip);
        run.stderr(predicate::str::contains("lacks every block of it, and --missing skip leaves out"));
    }
    place.turmite(&["compare", "a.bits", "none.bits"]).assert().code(1).stderr(predicate::str::contains("none.bits"));
}

/// Windows at every shift: a text with one more character at its start is nearer than another text.
#[test]
fn an_inserted_symbol_leaves_strings_alike() {
    let place = Place::new();
    let text = "It was the best of times, it was the worst of times, it was the age of wisdom";
    place.write("a.txt", text);
    place.write("more.txt", format!("x{text}"));
    place.write("other.txt", "Call me Ishmael. Some years ago, never mind how long precisely, I thought so");
    let distance = |b: &str, more: &[&str]| {
        let found = place.json(&[&["compare", "a.txt", b, "--format", "json"], more].concat());
        found["normalized_distance"].as_f64().unwrap()
    };
    assert!(distance("more.txt", &[]) < 0.5 * distance("other.txt", &[]));
    assert!(distance("more.txt", &["--boundary", "ignore"]) > 0.5);
    let found = place.json(&["compare", "a.txt", "more.txt", "--format", "json"]);
    assert_eq!(found["boundary"], "correlated (shift 1)");
    // What the alphabet alone makes of two texts is said beside.
    let said = place.turmite(&["compare", "a.txt", "more.txt"]).output().unwrap().stderr;
    let said = String::from_utf8(said).unwrap();
    let shuffled = said.split("the normalized distance is ").nth(1).and_then(|rest| rest.split(',').next());
    assert!(shuffled.unwrap().parse::<f64>().unwrap() > 2.0 * distance("more.txt", &[]), "{said}");
}

#[test]
fn strings_come_from_standard_input_too() {
    let place = Place::new();
    let typed = place.stdout(&["ctm", "0101", "000111", "--format", "csv"]);
    let piped = place.turmite(&["ctm", "-", "--format", "csv"]).write_stdin("0101\n\n000111\n").output().unwrap();
    assert_eq!(String::from_utf8(piped.stdout).unwrap(), typed);
    place.turmite(&["ctm", "-"]).write_stdin("\n").assert().code(1);
    place.turmite(&["ctm", "0101", "--with", "rules", "--block", "0"]).assert().code(2);
}

#[test]
fn sensitivity_lists_every_choice() {
    let place = Place::new();
    place.write("a.bits", "0010111".repeat(40));
    let found = place.json(&["sensitivity", "a.bits", "--blocks", "4,8", "--format", "json"]);
    let choices = |what: &str| -> Vec<String> {
        let rows = found["readings"].as_array().unwrap().iter().filter(|row| row["what"] == what);
        rows.map(|row| row["choice"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(choices("value"), ["12"]);
    assert_eq!(choices("phase").len(), 12);
    assert_eq!(choices("block"), ["12", "4", "8"]);
    // The table itself, and the others of binary strings that are inside.
    assert_eq!(choices("table"), ["5x2-1d", "5x2-1d-exact", "6x2-1d"]);
    // The ranges hold the value itself, and bits a symbol are those of `score`.
    let readings = found["readings"].as_array().unwrap();
    let covered = readings[0]["bdm_per_covered"].as_f64().unwrap();
    for what in ["phase", "block", "table"] {
        let [least, greatest] = ["least", "greatest"].map(|end| found[what][end].as_f64().unwrap());
        assert!(least <= covered && covered <= greatest, "{what}");
    }
    let scored = place.json(&["score", "a.bits", "--format", "json"]);
    assert_eq!(readings[0]["bdm_per_symbol"], scored["records"][0]["bdm_per_symbol"]);
    for (option, choice, code) in
        [("--blocks", "4x4", 2), ("--tables", "5x2-2d", 2), ("--tables", "3x3-1d", 2), ("--blocks", "200", 2)]
    {
        let run = place.turmite(&["sensitivity", "a.bits", option, choice]).assert().code(code);
        run.stderr(predicate::str::contains(format!("{option} {choice}: ")));
    }
    let phase = &found["phase"];
    assert!(phase["least"].as_f64() < phase["greatest"].as_f64() && phase["readings"] == 12);
    place.turmite(&["sensitivity", "a.bits", "--tables", "none"]).assert().code(1);
}

#[test]
fn scales_describe_a_set_of_records() {
    let place = Place::new();
    place.write("a.txt", format!("{}\n", "an old phrase, again and again. ".repeat(8)));
    let found = place.json(&["scales", "a.txt", "--format", "json", "--windows", "24,48"]);
    assert_eq!((&found["encoding"], &found["symbols"], &found["stride"]), (&json!("utf8"), &json!(2056), &json!(8)));
    let rows = found["scales"].as_array().unwrap();
    let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("description"), ["words", "words", "copies"]);
    assert_eq!(column("window"), [json!(24), json!(48), json!(null)]);
    let text = place.read("a.txt");
    let different: std::collections::BTreeSet<&[u8]> = text.windows(3).collect();
    assert_eq!((&rows[0]["windows"], &rows[0]["distinct"]), (&json!(255), &json!(different.len())));
    let bits = |row: usize| rows[row]["description_bits"].as_f64().unwrap();
    assert!(bits(2) < bits(0) && bits(2) < 1500.0, "{found}");
    assert!(found["copied_symbols"].as_u64().unwrap() > 1500);
    // Files are one set: the second copy costs next to nothing.
    place.write("b.txt", std::fs::read(place.path("a.txt")).unwrap());
    let two = place.json(&["scales", "a.txt", "b.txt", "--format", "json"]);
    assert_eq!((&two["records"], two["scales"].as_array().unwrap().len()), (&json!(2), 7));
    assert!(two["scales"][6]["description_bits"].as_f64().unwrap() < bits(2) + 40.0);
    // Bits are moved by one.
    place.write("c.bits", "0110".repeat(30));
    assert_eq!(place.json(&["scales", "c.bits", "--format", "json"])["stride"], 1);
    place.write("d.txt", "0120\n");
    for (args, code, says) in [
        (&["scales", "a.txt", "--windows", "257"][..], 2, "--windows 257: expected lengths of 1 to 256"),
        (&["scales", "a.txt", "--table", "3x3-1d"], 2, "--table 3x3-1d: "),
        (&["scales", "d.txt", "--encode", "symbols"], 1, "windows are of strings over two symbols"),
        (&["scales", "a.txt", "c.bits"], 1, "one set needs one encoding"),
    ] {
        place.turmite(args).assert().code(code).stderr(predicate::str::contains(says));
    }
    place.write("none.txt", "");
    place.turmite(&["scales", "none.txt"]).assert().code(1).stderr(predicate::str::contains("no symbols"));
}
