//! `turmite sample` through the binary: the contract's command, its parts and its errors.

use predicates::prelude::*;

use crate::common::Place;

const SAMPLE: [&str; 8] = ["sample", "--states", "4", "--symbols", "9", "--max-steps", "60", "--seed"];

fn sample(place: &Place, more: &[&str]) -> serde_json::Value {
    place.json(&[&SAMPLE[..], &["7", "--within", "8", "--format", "json"], more].concat())
}

/// Beyond 128 bits every number is there, as digits, and every row has its errors.
#[test]
fn a_space_beyond_128_bits_is_sampled_looked_up_and_exported() {
    let place = Place::new();
    let facts = sample(&place, &["--machines", "2e4", "--out", "s.ctm"]);
    assert_eq!(facts["method"], "sampled");
    assert_eq!(facts["machines"], "4567759074507740406477787437675267212178680251724974985372646979033929");
    assert_eq!((&facts["seed"], &facts["machines_drawn"]), (&7.into(), &"20000".into()));
    let parts = ["halting", "non_halting", "undecided"].map(|n| facts[n].as_str().unwrap().parse::<f64>().unwrap());
    let all: f64 = facts["machines"].as_str().unwrap().parse().unwrap();
    assert!((parts.iter().sum::<f64>() / all - 1.0).abs() < 1e-12);
    place.turmite(&["table", "verify", "s.ctm", "--replay"]).assert().success();

    let row = place.json(&["table", "lookup", "s.ctm", "010", "--format", "json"]);
    let number = |name: &str| row[name].as_f64().unwrap();
    assert!(number("k_low") < number("k") && number("k") < number("k_high"));
    assert!(number("k_se") > 0.0 && number("k_se") < 1.0 && number("count_se") > 0.0);
    assert!(row["count"].as_str().unwrap().bytes().all(|b| b.is_ascii_digit()));
    let row = place.json(&["table", "lookup", "s.ctm", "01234567876543210", "--format", "json"]);
    assert!(row["k"].is_null() && row["count_se"].is_null() && row["k_low"].as_f64().is_some());

    let csv = place.stdout(&["table", "export", "s.ctm", "--classes"]);
    let header = "shape,string,count,k,k_low,k_high,min_steps,witness,blank,count_se,k_se,class_size";
    assert_eq!(csv.lines().next(), Some(header));
    let info = place.json(&["table", "info", "s.ctm", "--format", "json"]);
    assert!(info["largest_se_of_100_rows"].as_f64().unwrap() > 0.0);
    place.turmite(&["enumerate", "--states", "4", "--symbols", "9"]).assert().code(2).stderr("turmite: error: space 4x9-1d: more than 2^128 pairs (machine, blank), beyond exact counting; use `turmite sample`, or a smaller space\n");
}

/// Threads, shards in any order and a second go give the bytes of one run; so does the number that --for writes down.
#[test]
fn parts_are_the_bytes_of_the_whole() {
    let place = Place::new();
    sample(&place, &["--machines", "5000", "--threads", "1", "--out", "whole.ctm"]);
    let whole = place.read("whole.ctm");
    for (index, out) in ["a.ctm", "b.ctm", "c.ctm"].into_iter().enumerate() {
        let facts = sample(&place, &["--machines", "5000", "--shard", &format!("{index}/3"), "--out", out]);
        assert_eq!(facts["shard"], format!("{index}/3"));
    }
    place.turmite(&["merge", "b.ctm", "c.ctm", "a.ctm", "--out", "merged.ctm"]).assert().success();
    assert!(place.read("merged.ctm") == whole);
    sample(&place, &["--machines", "2000", "--out", "half.ctm"]);
    let more = ["sample", "--extend", "half.ctm", "--machines", "3000", "--out", "half.ctm", "--overwrite"];
    place.turmite(&more).assert().success();
    assert!(place.read("half.ctm") == whole);
    let facts = sample(&place, &["--for", "1s", "--out", "for.ctm"]);
    let drawn = facts["machines_drawn"].as_str().unwrap();
    sample(&place, &["--machines", drawn, "--out", "again.ctm"]);
    assert!(place.read("again.ctm") == place.read("for.ctm"));

    let other = [&SAMPLE[..], &["8", "--within", "8", "--machines", "5000", "--out"]].concat();
    place.turmite(&[&other[..], &["other.ctm", "--shard", "2/3"]].concat()).assert().success();
    for (parts, words) in [
        (&["a.ctm", "b.ctm"][..], "also shard 2/3"),
        (&["a.ctm", "b.ctm", "b.ctm"], "shard 1/3 a second time"),
        (&["a.ctm", "b.ctm", "other.ctm"], "sampled with seed 8"),
        (&["whole.ctm", "half.ctm"], "machines 0 to 4999 of seed 7, some a second time"),
        (&["a.ctm", "whole.ctm"], "shard 0/1, expected one of 3"),
    ] {
        let arguments = [&["merge"][..], parts, &["--out", "no.ctm"]].concat();
        place.turmite(&arguments).assert().code(1).stderr(predicate::str::contains(words));
        assert!(!place.path("no.ctm").exists());
    }
}

#[test]
fn a_target_error_is_reached() {
    let place = Place::new();
    let target = ["sample", "--states", "3", "--seed", "1", "--target-se", "0.02", "--rows", "10", "--out", "t.ctm"];
    place.turmite(&target).assert().success();
    let info = place.json(&["table", "info", "t.ctm", "--format", "json"]);
    assert!(info["machines_drawn"].as_str().unwrap().parse::<u64>().unwrap() >= 65_536);
    // It is reached already: nothing is added. What is out of reach ends with the time.
    let extend = |more: &[&str]| place.json(&[&["sample", "--extend", "t.ctm", "--format", "json"], more].concat());
    let same = extend(&["--target-se", "0.02", "--rows", "10", "--out", "same.ctm"]);
    assert!(same["largest_se_of_10_rows"].as_f64().unwrap() <= 0.02, "{same}");
    assert!(place.read("same.ctm") == place.read("t.ctm"));
    let more = extend(&["--target-se", "1e-9", "--for", "1s"]);
    assert!(more["largest_se_of_100_rows"].as_f64().unwrap() > 1e-9, "{more}");
}

/// What was drawn before Ctrl-C is a sample: the very one of so many machines.
#[cfg(unix)]
#[test]
fn a_stopped_sample_is_kept() {
    let place = Place::new();
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_turmite"))
        .args(["sample", "--states", "6", "--seed", "7", "--for", "10m", "--within", "8", "--out", "s.ctm"])
        .current_dir(place.path(""))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    let kill = ["-INT", &child.id().to_string()];
    assert!(std::process::Command::new("kill").args(kill).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("stopped by SIGINT; s.ctm holds") && message.contains("--extend s.ctm"), "{message}");
    let facts = place.json(&["table", "info", "s.ctm", "--format", "json"]);
    let machines = facts["machines_drawn"].as_str().unwrap();
    let again =
        ["sample", "--states", "6", "--seed", "7", "--machines", machines, "--within", "8", "--out", "again.ctm"];
    place.turmite(&again).assert().success();
    assert!(place.read("again.ctm") == place.read("s.ctm"));
}

#[test]
fn what_cannot_be_sampled_is_said() {
    let place = Place::new();
    place.turmite(&["enumerate", "--states", "2", "--out", "exact.ctm"]).assert().success();
    sample(&place, &["--machines", "100", "--out", "s.ctm"]);
    for (arguments, words) in [
        (&["--states", "3"][..], "--machines <N>|--for <TIME>|--target-se <BITS>"),
        (&["--machines", "5"], "--states"),
        (&["--states", "3", "--machines", "0"], "at least 1"),
        (&["--states", "3", "--for", "10"], "90s, 10m"),
        (&["--states", "3", "--target-se", "0"], "bits above 0"),
        (&["--states", "3", "--machines", "5", "--max-steps", "0"], "max_steps 0"),
        (&["--states", "3", "--machines", "5", "--for", "1s"], "cannot be used with"),
        (&["--states", "3", "--for", "1s", "--shard", "0/2"], "cannot be used with"),
        (&["--states", "3", "--machines", "1", "--shard", "0/2"], "it has no machine"),
        (&["--states", "3", "--machines", "2e12"], "at most 2^40"),
        (&["--states", "3", "--machines", "5", "--within", "2x2"], "a box of 2 axes"),
        (&["--states", "3", "--machines", "5", "--rows", "9"], "what --target-se looks at"),
        (&["--states", "3", "--machines", "5", "--target-se", "1"], "cannot be used with"),
        (&["--states", "3", "--machines", "5", "--max-steps", "exact"], "only `turmite enumerate`"),
        (&["--states", "4,2", "--machines", "5"], "one whole number"),
        (&["--states", "26", "--machines", "5"], "26 states, expected 1 to 25"),
        (&["--extend", "s.ctm", "--machines", "5", "--seed", "8"], "s.ctm has 7"),
        (&["--extend", "s.ctm", "--machines", "5", "--within", "9"], "keeps strings within 8"),
        (&["--extend", "exact.ctm", "--machines", "5"], "the table is exact"),
    ] {
        let arguments = [&["sample"][..], arguments, &["--out", "no.ctm"]].concat();
        place.turmite(&arguments).assert().code(2).stderr(predicate::str::contains(words));
        assert!(!place.path("no.ctm").exists());
    }
}
