//! `ctm --with`, `compare` and `sensitivity` as users meet them.

use crate::common::Place;
use predicates::prelude::*;
use serde_json::Value;

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
    let of = |a: &str, b: &str| place.json(&["compare", a, b, "--format", "json"]);
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
    let records = place.json(&["compare", "both.jsonl", "both.jsonl", "--records", "0,1", "--format", "json"]);
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
    place.turmite(&["compare", "a.bits", "none.bits"]).assert().code(1).stderr(predicate::str::contains("none.bits"));
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
    assert_eq!(choices("block"), ["4", "8"]);
    // The default table's exact twin is inside too; of itself there is no reading.
    assert_eq!(choices("table"), ["5x2-1d-exact"]);
    let phase = &found["phase"];
    assert!(phase["least"].as_f64() < phase["greatest"].as_f64() && phase["readings"] == 12);
    place.turmite(&["sensitivity", "a.bits", "--tables", "none"]).assert().code(1);
}
