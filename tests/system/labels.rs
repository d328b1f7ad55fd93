//! `simulate` and `label` as a training pipeline uses them.

use crate::common::Place;
use predicates::prelude::*;

/// Records of a small run: a copier of rule 30 without authentic records, or with three in ten.
fn simulated(place: &Place, alpha: &str, out: &str) {
    let sizes = ["--records", "64", "--generations", "16", "--runs", "2"];
    let arguments = ["simulate", "--source", "rule30", "--learner", "records", "--alpha", alpha, "--out", out];
    place.turmite(&[&arguments[..], &sizes].concat()).assert().success();
}

#[test]
fn a_collapsing_loop_can_fail_a_pipeline() {
    let place = Place::new();
    simulated(&place, "0", "bad.jsonl");
    simulated(&place, "0.3", "good.jsonl");
    let label =
        |file: &str, more: &[&str]| place.turmite(&[&["label", file, "--format", "jsonl"][..], more].concat()).assert();
    let output = label("bad.jsonl", &["--fail-on", "collapsing", "--report", "bad.html"]).code(3);
    let lines: Vec<serde_json::Value> = output
        .get_output()
        .stdout
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice(l).unwrap())
        .collect();
    assert_eq!(lines.len(), 2 * 17 + 2);
    for summary in &lines[34..] {
        assert_eq!(summary["summary"], true);
        assert_eq!((&summary["verdict"], &summary["regime"]), (&"collapsing".into(), &"autonomy-collapse".into()));
        assert_eq!(summary["modes"][0], "entropy-decay");
        assert_eq!(summary["rule"], "rule 30, width 16");
        assert!(summary["onset"].as_u64().unwrap() > 2 && summary["p_value"].as_f64().unwrap() <= 0.01);
    }
    let report = String::from_utf8(place.read("bad.html")).unwrap();
    assert!(report.contains("<svg") && report.contains("2 of 2 runs are collapsing") && !report.contains("<script"));
    assert!(
        !report.contains("http://") || report.matches("http://").count() == report.matches("http://www.w3.org").count()
    );
    label("good.jsonl", &["--fail-on", "collapsing"]).code(0);
}

#[test]
fn threads_do_not_change_a_simulated_byte() {
    let place = Place::new();
    let run = |threads: &str| {
        let arguments =
            ["simulate", "--source", "markov", "--learner", "ngram:3", "--records", "30", "--generations", "4"];
        place.turmite(&arguments).env("RAYON_NUM_THREADS", threads).assert().success().get_output().stdout.clone()
    };
    let one = run("1");
    assert!(one == run("2") && one == run("8"));
    let first: serde_json::Value = serde_json::from_slice(one.split(|b| *b == b'\n').next().unwrap()).unwrap();
    let names: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(names, ["run", "source", "generation", "index", "alpha", "exogenous", "text"]);
}

/// A file a generation, no run field: one run.
#[test]
fn files_without_a_run_field_are_one_run() {
    let place = Place::new();
    simulated(&place, "1", "all.jsonl");
    let all = String::from_utf8(place.read("all.jsonl")).unwrap();
    let mut names = Vec::new();
    for generation in 0..6 {
        let lines: Vec<String> = all
            .lines()
            .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap())
            .filter(|r| r["run"] == "run-0" && r["generation"] == generation)
            .map(|r| serde_json::json!({"text": r["text"], "generation": generation}).to_string())
            .collect();
        names.push(format!("g{generation}.jsonl"));
        place.write(&names[generation], lines.join("\n"));
    }
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let labels = place.json(&[&["label", "--format", "json"][..], &files].concat());
    assert_eq!(labels["runs"].as_array().unwrap().len(), 1);
    assert_eq!(labels["runs"][0]["run"], "run");
    // One run is its own reference: samples of it repeat records, so a misfit is not judged and that is said.
    assert_eq!(labels["runs"][0]["modes"].as_array().unwrap().len(), 0);
    assert!(labels["warnings"][0].as_str().unwrap().contains("fewer than 4 times"));
    place.turmite(&["label", "g0.jsonl", "g0.jsonl"]).assert().code(2).stderr(predicate::str::contains("given twice"));
}

#[test]
fn a_reference_of_synthetic_records_is_said_to_be_one() {
    let place = Place::new();
    simulated(&place, "0", "runs.jsonl");
    let output = place.turmite(&["label", "runs.jsonl", "--reference", "runs.jsonl"]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("reference records say `exogenous: false`"));
}

/// What is odd in runs is said, and they are labelled all the same.
#[test]
fn odd_runs_are_warned_of() {
    let place = Place::new();
    let sizes = ["--records", "64", "--length", "96", "--generations", "5", "--runs", "1", "--alpha", "1"];
    let simulate = ["simulate", "--source", "rule110", "--learner", "records", "--out", "whole.jsonl"];
    place.turmite(&[&simulate[..], &sizes].concat()).assert().success();
    let whole = String::from_utf8(place.read("whole.jsonl")).unwrap();
    let said = |change: &dyn Fn(&mut serde_json::Value) -> bool| {
        let records = whole.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let kept = records.filter_map(|mut record| change(&mut record).then(|| record.to_string()));
        place.write("odd.jsonl", kept.collect::<Vec<_>>().join("\n"));
        let output = place.turmite(&["label", "odd.jsonl", "--cache", "whole.jsonl/below"]).assert().success();
        String::from_utf8_lossy(&output.get_output().stderr).into_owned()
    };
    let first = whole.lines().find(|line| line.contains("\"generation\":1")).unwrap();
    let text = serde_json::from_str::<serde_json::Value>(first).unwrap()["text"].clone();
    let gap = said(&|record| {
        if record["generation"] == 2 {
            record["alpha"] = 0.5.into();
        }
        record["generation"] != 3
    });
    assert!(gap.contains("run `run-0` lacks generations 3;"), "{gap}");
    assert!(gap.contains("generation 2: `alpha` is 0.5, but 64 of 64 records are exogenous"), "{gap}");
    assert!(gap.contains("whole.jsonl/below: nothing can be kept there"), "{gap}");
    let constant = said(&|record| {
        if record["generation"].as_u64() > Some(0) {
            record["text"] = text.clone();
        }
        true
    });
    assert!(constant.contains("run `run-0` ends in copies of one record"), "{constant}");
    let odd = said(&|record| {
        if record["generation"] == 4 && record["index"] == 0 {
            record["text"] = "x".repeat(60).into();
        }
        true
    });
    assert!(odd.contains("1 of 384 records hold more than 0 and 1, such as `xxxxxxxxxxxxxxxxxxxx`"), "{odd}");
    let words = ["simulate", "--source", "iid:0.3", "--learner", "words:2", "--out", "words.jsonl"];
    let said = place.turmite(&[&words[..], &sizes].concat()).assert().success();
    said.stderr(predicate::str::contains("records of iid:0.3 have none: words:2 copies whole records"));
}

#[test]
fn faulty_records_and_options_are_named() {
    let place = Place::new();
    for (line, words) in [
        ("{\"text\":\"0\"}", "no field `generation`"),
        ("{\"text\":\"0\",\"generation\":-1}", "field `generation` is -1, expected a whole number"),
        ("{\"text\":\"0\",\"generation\":1.5}", "field `generation` is 1.5"),
        ("{\"text\":\"0\",\"generation\":0,\"alpha\":2}", "field `alpha` is 2, expected a number from 0 to 1"),
        ("{\"text\":\"0\",\"generation\":0,\"exogenous\":\"no\"}", "field `exogenous` is a string"),
        ("{\"text\":\"0101\",\"generation\":0}", "at least 48"),
        ("", "no records"),
    ] {
        place.write("r.jsonl", line);
        place
            .turmite(&["label", "r.jsonl", "--out", "o.json", "--report", "o.html"])
            .assert()
            .code(1)
            .stderr(predicate::str::contains(words));
        assert_eq!(place.files(), ["r.jsonl"], "{line}");
    }
    for arguments in [
        &["label", "r.jsonl", "--out", "o", "--report", "o"][..],
        &["label", "r.jsonl", "--out", "r.jsonl"],
        &["label", "r.jsonl", "--report", "-"],
        &["simulate", "--source", "rule30", "--learner", "records", "--schedule", "r.jsonl", "--out", "r.jsonl"],
        &["simulate", "--source", "rule30", "--learner", "records", "--length", "1", "--records", "1000000000"],
        &["simulate", "--source", "nowhere", "--learner", "records"],
        &["simulate", "--source", "rule30", "--learner", "records", "--schedule", "garbage"],
        &["simulate", "--source", "rule30", "--learner", "records", "--alpha", "2"],
        &["simulate", "--source", "rule30", "--learner", "records", "--records", "1000000000000"],
        &["simulate", "--source", "rule30", "--learner", "records", "--generations", "18446744073709551615"],
        &["simulate", "--source", "rule30", "--learner", "parrot"],
    ] {
        place.turmite(arguments).assert().code(2);
    }
    assert_eq!(place.files(), ["r.jsonl"]);
}

/// Records of rule 110 as text in JSON lines, and a loop of trigrams that was trained on others.
fn loop_and_reference(place: &Place) -> String {
    let sizes = ["--records", "70", "--length", "48", "--runs", "1"];
    let simulate = |more: &[&str]| {
        let arguments = ["simulate", "--source", "rule110", "--learner", "ngram:3", "--alpha", "0"];
        let output = place.turmite(&[&arguments[..], &sizes, more].concat()).assert().success();
        String::from_utf8(output.get_output().stdout.clone()).unwrap()
    };
    place.write("runs.jsonl", simulate(&["--generations", "4"]));
    let reference = simulate(&["--generations", "0", "--seed", "7"]);
    place.write("authentic.jsonl", &reference);
    reference
}

fn text_of(line: &str) -> String {
    serde_json::from_str::<serde_json::Value>(line).unwrap()["text"].as_str().unwrap().to_owned()
}

#[test]
fn a_reference_is_read_by_what_it_holds() {
    let place = Place::new();
    let reference = loop_and_reference(&place);
    let label = |file: &str, stdin: &str| {
        let arguments = ["label", "runs.jsonl", "--format", "jsonl", "--reference", file];
        let output = place.turmite(&arguments).write_stdin(stdin.to_owned()).assert().success();
        output.get_output().stdout.clone()
    };
    let expected = label("authentic.jsonl", "");
    place.write("authentic", &reference);
    let texts: Vec<String> = reference.lines().map(text_of).collect();
    place.write("authentic.csv", format!("id,text\n{}", texts.iter().map(|t| format!("1,{t}\n")).collect::<String>()));
    place.write("authentic.txt", texts.join("\n"));
    for (file, stdin) in [("authentic", ""), ("authentic.csv", ""), ("authentic.txt", ""), ("-", reference.as_str())] {
        assert!(label(file, stdin) == expected, "{file}");
    }
}

#[test]
fn names_that_no_record_has_and_runs_that_meet_are_told() {
    let place = Place::new();
    let reference = loop_and_reference(&place);
    let label = |more: &[&str]| place.turmite(&[&["label", "runs.jsonl"][..], more].concat()).assert();
    let said = |words: &str| predicate::str::contains(words.to_owned());
    label(&["--run-field", "nmae"]).code(2).stderr(said("--run-field nmae: no record has that field"));
    for (field, of) in [("text", "text"), ("generation", "generation")] {
        label(&["--run-field", field]).code(2).stderr(said(&format!("--run-field {field}: that field holds the {of}")));
    }
    label(&["--encode", "symbols"]).code(2).stderr(said("--encode symbols: expected auto, utf8 or bits"));
    label(&["--out", "labels.jsonl.gz"]).code(2).stderr(said("labels.jsonl.gz: nothing is written as gz"));
    label(&["--report", "r.pdf"]).code(2).stderr(said("--report r.pdf: expected a name that ends in .html"));
    place.write("again.jsonl", place.read("runs.jsonl"));
    let pooled = "records of the same generations of run `run-0` stand in more than one file and are pooled";
    label(&["again.jsonl", "--reference", "authentic.jsonl"]).success().stderr(said(pooled));
    // A file a generation is one run, and nothing to be told.
    let lines = String::from_utf8(place.read("runs.jsonl")).unwrap();
    let (first, later): (Vec<&str>, Vec<&str>) = lines.lines().partition(|line| line.contains("\"generation\":0,"));
    place.write("runs.jsonl", later.join("\n"));
    place.write("zero.jsonl", first.join("\n"));
    label(&["zero.jsonl", "--reference", "authentic.jsonl"]).success().stderr(said(pooled).not());
    // Half of the records without a name, some too short, and a reference of the run's own records.
    let strip = |(at, line): (usize, &str)| {
        let line = if at % 2 == 0 { line.replacen("\"run\":\"run-0\",", "", 1) } else { line.to_owned() };
        if at == 5 { line.replacen(&text_of(&line), "0101", 1) } else { line }
    };
    place.write("runs.jsonl", lines.lines().enumerate().map(strip).collect::<Vec<_>>().join("\n"));
    let told = label(&["--reference", "authentic.jsonl"]).success();
    told.stderr(said("175 of 350 records have no `run`, and are one run called `run`"))
        .stderr(said("1 of 350 records hold less than 48 bits and count in no window, most of them in generation 0 of run `run-0` (1 of 35)"));
    place.write(
        "own.jsonl",
        lines
            .lines()
            .chain(reference.lines())
            .map(|l| format!("{{\"text\":\"{}\"}}\n", text_of(l)))
            .collect::<String>(),
    );
    place.write("runs.jsonl", &lines);
    label(&["--reference", "own.jsonl"])
        .success()
        .stderr(said("most records of run `run-0` stand in the reference too"));
}

#[test]
fn records_that_are_no_bits_are_named_with_their_lines() {
    let place = Place::new();
    loop_and_reference(&place);
    let label =
        |more: &[&str]| place.turmite(&[&["label", "runs.jsonl", "--encode", "bits"][..], more].concat()).assert();
    let said = |words: &str| predicate::str::contains(words.to_owned());
    let lines = String::from_utf8(place.read("runs.jsonl")).unwrap();
    place.write("other.jsonl", "{\"text\":\"01 01\"}\n{\"text\":\"0121\"}\n".repeat(40));
    label(&["--reference", "other.jsonl"])
        .code(1)
        .stderr(said("other.jsonl: line 2: found '2' in character 3 of the text"));
    let spoilt = lines
        .lines()
        .enumerate()
        .map(|(at, line)| if at == 100 { line.replacen(&text_of(line), "word", 1) } else { line.to_owned() });
    place.write("runs.jsonl", spoilt.collect::<Vec<_>>().join("\n"));
    label(&[]).code(1).stderr(said("runs.jsonl: line 101: found 'w' in character 1 of the text, expected 0 or 1"));
}

#[test]
fn names_of_runs_and_numbers_of_generations_are_read_as_others_write_them() {
    let place = Place::new();
    loop_and_reference(&place);
    let lines = String::from_utf8(place.read("runs.jsonl")).unwrap();
    let expected = place.stdout(&["label", "runs.jsonl", "--format", "jsonl"]);
    // Doubles for generations, as pandas writes a column with gaps.
    let doubles: String = (0..40).rev().fold(lines.clone(), |lines, t| {
        lines.replace(&format!("\"generation\":{t},"), &format!("\"generation\":{t}.0,"))
    });
    assert_ne!(doubles, lines);
    place.write("runs.jsonl", &doubles);
    assert_eq!(place.stdout(&["label", "runs.jsonl", "--format", "jsonl"]), expected);
    // The ending of the file says how it is written.
    place.turmite(&["label", "runs.jsonl", "--out", "labels.jsonl"]).assert().success();
    assert_eq!(String::from_utf8(place.read("labels.jsonl")).unwrap(), expected);
    // A name that has lost digits could be that of another run.
    place.write("runs.jsonl", lines.replace("\"run-0\"", "1180591620717411303424"));
    let refused = "line 1: field `run` is a number of more than 9.007199254740992e15, expected a string";
    place.turmite(&["label", "runs.jsonl"]).assert().code(1).stderr(predicate::str::contains(refused));
}

#[test]
fn references_that_are_not_those_of_the_runs_are_told() {
    let place = Place::new();
    let reference = loop_and_reference(&place);
    let label = |file: &str, more: &[&str]| {
        place.turmite(&[&["label", file, "--reference", "authentic.jsonl"][..], more].concat()).assert()
    };
    let said = |words: &str| predicate::str::contains(words.to_owned());
    let lines = String::from_utf8(place.read("runs.jsonl")).unwrap();
    let as_letters =
        |line: &str| line.replacen(&text_of(line), &text_of(line).replace('0', "a").replace('1', "b"), 1) + "\n";
    place.write("letters.jsonl", lines.lines().map(as_letters).collect::<String>());
    label("letters.jsonl", &[]).success().stderr(said("the reference holds only 0 and 1 and the runs more"));
    place.write("authentic.jsonl", reference.lines().map(as_letters).collect::<String>());
    label("runs.jsonl", &[]).success().stderr(said("holds only 0 and 1 but is read as utf8, as the reference is"));
    // What was asked for needs no warning.
    label("runs.jsonl", &["--encode", "utf8"]).success().stderr(said("but is read as utf8").not());
    let short =
        |(at, line): (usize, &str)| if at < 5 { line.replacen(&text_of(line), "0101", 1) } else { line.to_owned() };
    place.write("authentic.jsonl", reference.lines().enumerate().map(short).collect::<Vec<_>>().join("\n"));
    label("runs.jsonl", &[]).success().stderr(said("records of the reference hold less than 48 bits"));
    place.write("authentic.jsonl", "{\"text\":\"0101\"}\n".repeat(64));
    label("runs.jsonl", &[])
        .code(1)
        .stderr(said("0 of the 64 authentic records for the reference of every run hold the 48 bits of a window"));
}
