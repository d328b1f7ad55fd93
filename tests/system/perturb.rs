//! `perturb` and `reduce` as pipelines use them.

use crate::common::Place;
use predicates::prelude::*;
use serde_json::Value;

const THIRTY_ONES: &str = "111111111111111111111111111111";
/// `data/m88.csv` of the Online Algorithmic Complexity Calculator.
const M88: &str = "1,1,1,0,0,0,1,1\n1,0,0,1,1,0,1,0\n0,0,0,0,0,0,0,0\n0,0,0,1,1,0,1,0\n1,1,0,0,0,0,1,0\n\
                   0,0,1,0,1,1,1,0\n0,1,1,1,1,0,1,0\n1,1,1,1,1,1,1,0\n";

fn doubles(npy: &[u8]) -> Vec<f64> {
    assert!(npy.starts_with(b"\x93NUMPY\x01\x00"));
    let data = 10 + usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    npy[data..].chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap())).collect()
}

#[test]
fn effects_are_those_of_pybdm() {
    let place = Place::new();
    place.write("ones.bits", THIRTY_ONES);
    let whole = place.json(&["perturb", "ones.bits", "--format", "json", "--out", "-", "--top", "0"]);
    assert!((whole["before"].as_f64().unwrap() - 26.610413747641715).abs() < 1e-9);
    let changes = whole["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 30);
    let names: Vec<&String> = changes[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["rank", "position", "from", "to", "after", "effect"]);
    let tenth = changes.iter().find(|change| change["position"] == 10).unwrap();
    assert!((tenth["effect"].as_f64().unwrap() - 26.91763012739709).abs() < 1e-9);
    assert_eq!((&tenth["from"], &tenth["to"]), (&1.into(), &0.into()));
    assert_eq!(whole["signature"]["neutral"], 6);
    let rows = place.stdout(&["perturb", "ones.bits", "--out", "effects.npy", "--top", "3", "--format", "csv"]);
    assert_eq!(rows.lines().count(), 4);
    let effects = doubles(&place.read("effects.npy"));
    assert_eq!(effects.len(), 30);
    // A matrix keeps its axes.
    place.write("damaged.txt", "1111\n1101\n1111\n1111\n1111\n1111\n1111\n1111\n");
    place.stdout(&["perturb", "damaged.txt", "--input", "matrix", "--out", "square.npy"]);
    let square = place.read("square.npy");
    assert!(String::from_utf8_lossy(&square[..128]).contains("'shape': (8, 4,)"));
    assert_eq!(doubles(&square).len(), 32);
    assert!((effects.iter().sum::<f64>() - 645.8668678309732).abs() < 1e-9);
    // Back to the ones that all others are.
    place.write("damaged.bits", "111111111111111101111111111111111111");
    let order = |order: &str| {
        let whole = place.json(&["perturb", "damaged.bits", "--order", order, "--top", "1", "--format", "json"]);
        whole["changes"][0]["effect"].as_f64().unwrap()
    };
    assert!(order("simpler") < -20.0 && order("complex") > 20.0 && order("size").abs() >= order("complex"));
    let entropy = place.json(&["perturb", "ones.bits", "--metric", "entropy", "--format", "json", "--top", "1"]);
    assert_eq!(entropy["changes"][0]["effect"], 1.0);
}

#[test]
fn knockouts_are_those_of_the_calculator() {
    let place = Place::new();
    place.write("m88.csv", M88);
    let whole = place.json(&["perturb", "m88.csv", "--graph", "nodes", "--format", "json"]);
    assert_eq!((&whole["boundary"], &whole["block"]), (&"correlated (shift 1)".into(), &"4x4".into()));
    let nodes = whole["changes"].as_array().unwrap();
    // The tables differ: the calculator's is the published one, ours counts every machine. The order is the same.
    let order: Vec<i64> = nodes.iter().map(|node| node["node"].as_i64().unwrap()).collect();
    assert_eq!(order, [6, 5, 7, 4, 3, 1, 0, 2]);
    assert!(nodes.iter().all(|node| node["role"] == "positive"));
    let (after, information) = (nodes[0]["after"].as_f64().unwrap(), nodes[0]["information"].as_f64().unwrap());
    assert!((after + information - whole["before"].as_f64().unwrap()).abs() < 1e-9);
    let edges = place.json(&["perturb", "m88.csv", "--graph", "edges", "--format", "json", "--top", "0"]);
    let missing = place.json(&["perturb", "m88.csv", "--graph", "non-edges", "--format", "json", "--top", "0"]);
    // 32 ones; of the 32 zeros four stand for a node with itself.
    assert_eq!(edges["changes"].as_array().unwrap().len(), M88.matches('1').count());
    let loops = M88.lines().enumerate().filter(|(i, row)| row.split(',').nth(*i) == Some("0")).count();
    assert_eq!(missing["changes"].as_array().unwrap().len(), M88.matches('0').count() - loops);
}

#[test]
fn the_number_of_threads_does_not_show() {
    let place = Place::new();
    place.write("text.txt", "It was the best of times, it was the worst of times. ".repeat(400));
    let run = |threads: &str, boundary: &str| {
        let arguments = ["perturb", "text.txt", "--boundary", boundary, "--top", "50", "--format", "csv"];
        let output = place.turmite(&arguments).env("RAYON_NUM_THREADS", threads).assert().success();
        output.get_output().stdout.clone()
    };
    for boundary in ["ignore", "correlated"] {
        let one = run("1", boundary);
        assert!(run("2", boundary) == one && run("8", boundary) == one);
    }
}

#[test]
fn maps_are_pictures_with_a_scale() {
    let place = Place::new();
    place.write("rows.txt", "01010101\n00110011\n00001111\n01101001\n01010101\n00110011\n00001111\n01101001\n");
    for options in [&[][..], &["--rows"], &["--columns"], &["--graph", "edges"]] {
        let arguments = [&["perturb", "rows.txt", "--input", "matrix", "--boundary", "correlated"], options].concat();
        place.stdout(&[&arguments[..], &["--map", "map.svg"]].concat());
        place.stdout(&[&arguments[..], &["--map", "map.png"]].concat());
        let svg = String::from_utf8(place.read("map.svg")).unwrap();
        assert!(
            svg.starts_with("<svg") && svg.contains(", bits</text>") && svg.contains("orange: more complex"),
            "{options:?}"
        );
        assert!(place.read("map.png").starts_with(b"\x89PNG"));
    }
    place.turmite(&["perturb", "rows.txt", "--map", "map.gif"]).assert().code(2);
}

/// Blocks side by side would see every deletion shift all that is behind it: a period would look like damage throughout.
#[test]
fn deletions_are_judged_by_windows_at_every_shift() {
    let place = Place::new();
    place.write("a.bits", "01".repeat(60) + "1" + &"01".repeat(60));
    let first = |more: &[&str]| {
        let whole = place.json(&[&["perturb", "a.bits", "--rows", "--top", "1", "--format", "json"], more].concat());
        (whole["boundary"].clone(), whole["changes"][0]["position"].as_u64().unwrap())
    };
    let (boundary, position) = first(&[]);
    assert_eq!(boundary, "correlated (shift 1)");
    assert!((119..=121).contains(&position), "{position}");
    assert_eq!(first(&["--boundary", "ignore"]).0, "ignore");
    let curve = place.json(&["reduce", "a.bits", "--to", "240", "--format", "json"]);
    assert_eq!(curve["boundary"], "correlated (shift 1)");
}

#[test]
fn changes_of_texts_name_their_characters() {
    let place = Place::new();
    place.write("a.txt", "naïve old words");
    let whole = place.json(&["perturb", "a.txt", "--format", "json", "--top", "0"]);
    for change in whole["changes"].as_array().unwrap() {
        // The third character is of two bytes.
        let character = match change["position"].as_u64().unwrap() / 8 {
            byte @ 0..=2 => byte,
            byte => byte - 1,
        };
        let letter = "naïve old words".chars().nth(usize::try_from(character).unwrap()).unwrap();
        let letter = if letter == ' ' { "' '".to_owned() } else { letter.to_string() };
        assert_eq!((&change["character"], &change["letter"]), (&character.into(), &letter.into()));
    }
    place.write("dna.txt", "ACGTTGCAACGTACGTTTTTACGA\n");
    let whole = place.json(
        &[
            &["perturb", "dna.txt", "--format", "json", "--top", "0", "--rows", "--boundary", "ignore"][..],
            &["--encode", "symbols", "--table", "2x4-1d", "--block", "4"],
        ]
        .concat(),
    );
    assert_eq!((whole["changes"].as_array().unwrap().len(), whole["changes"][0].get("letter")), (24, None));
    let csv = place.stdout(
        &[&["perturb", "dna.txt", "--format", "csv", "--encode", "symbols", "--table", "2x4-1d", "--block", "4"][..]]
            .concat(),
    );
    let rows: Vec<Vec<&str>> = csv.lines().skip(1).map(|row| row.split(',').collect()).collect();
    for row in rows {
        let at: usize = row[1].parse().unwrap();
        assert_eq!(row[2], &"ACGTTGCAACGTACGTTTTTACGA"[at..=at]);
        assert!("ACGT".contains(row[3]) && row[3] != row[2]);
    }
    // A graph without --graph is a matrix, which is said.
    place.write("g.edges", "n1 n2\nn2 n10\nn10 n3\nn3 n1\n");
    place.turmite(&["perturb", "g.edges"]).assert().success().stderr(predicate::str::contains("--graph edges, nodes"));
}

#[test]
fn more_symbols_have_several_changes_a_cell() {
    let place = Place::new();
    place.write("dna.txt", "ACGTTGCAACGTACGTTTTTACGA");
    let arguments = [
        "perturb", "dna.txt", "--encode", "symbols", "--table", "2x4-1d", "--block", "4", "--format", "json", "--top",
        "0",
    ];
    let whole = place.json(&arguments);
    assert_eq!(whole["changes"].as_array().unwrap().len(), 24 * 3);
    let npy = |other: &[&str]| {
        place.stdout(&[&arguments[..], &["--out", "effects.npy"], other].concat());
        doubles(&place.read("effects.npy"))
    };
    let effect = |position: i64| {
        let of_cell = whole["changes"].as_array().unwrap().iter().filter(move |c| c["position"] == position);
        of_cell.map(|c| c["effect"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let (mean, extreme) = (npy(&[]), npy(&["--other", "extreme"]));
    let (random, again) = (npy(&["--other", "random", "--seed", "3"]), npy(&["--other", "random", "--seed", "3"]));
    assert_eq!(random, again);
    for position in 0..24 {
        let all = effect(position as i64);
        assert!((mean[position] - all.iter().sum::<f64>() / 3.0).abs() < 1e-9);
        let among = |found: f64| all.iter().any(|effect| (effect - found).abs() < 1e-9);
        assert!(among(extreme[position]) && among(random[position]));
    }
}

#[test]
fn what_is_left_has_the_form_of_the_input() {
    let place = Place::new();
    place.write("a.bits", "000000000000111111111111000000000000");
    place.stdout(&["reduce", "a.bits", "--to", "0.5", "--out", "half.bits"]);
    let half = String::from_utf8(place.read("half.bits")).unwrap();
    assert_eq!(half.trim_end().len(), 18);
    assert!(half.trim_end().bytes().all(|digit| matches!(digit, b'0' | b'1')));

    place.write("dna.txt", "ACGTTGCAACGTACGTTTTTACGA");
    let dna = ["--encode", "symbols", "--table", "2x4-1d", "--block", "4"];
    let curve = place
        .json(&[&["reduce", "dna.txt", "--to", "12", "--out", "short.txt", "--format", "json"], &dna[..]].concat());
    let short = String::from_utf8(place.read("short.txt")).unwrap();
    let short = short.trim_end();
    assert!(short.len() == 12 && short.chars().all(|c| "ACGT".contains(c)));
    let steps = curve["steps"].as_array().unwrap();
    let removed: Vec<usize> = steps
        .iter()
        .flat_map(|step| step["removed"].as_array().unwrap())
        .map(|index| index.as_str().unwrap().parse().unwrap())
        .collect();
    let kept = "ACGTTGCAACGTACGTTTTTACGA".chars().enumerate().filter(|(at, _)| !removed.contains(at));
    assert_eq!(kept.map(|(_, c)| c).collect::<String>(), short);
    assert_eq!((steps.last().unwrap()["left"].as_i64(), &curve["kept"]), (Some(12), &12.into()));

    place.write("m88.csv", M88);
    place.stdout(&["reduce", "m88.csv", "--graph", "edges", "--to", "10", "--out", "sparse.txt"]);
    let sparse = String::from_utf8(place.read("sparse.txt")).unwrap();
    assert_eq!((sparse.lines().count(), sparse.matches('1').count()), (8, 10));
    place.stdout(&["reduce", "m88.csv", "--input", "matrix", "--to", "0.75", "--out", "six.txt"]);
    let six = String::from_utf8(place.read("six.txt")).unwrap();
    assert!(six.lines().count() == 6 && six.lines().all(|row| row.split(' ').count() == 6));

    // A list of edges keeps its names, and nodes without an edge; what is written reads back to the value that was reported.
    place.write("named.edges", "a b\nb c\nc d\nd e\ne a\nf b\ng f\n");
    place.stdout(&["reduce", "named.edges", "--graph", "edges", "--to", "3", "--out", "three.edges"]);
    let three = String::from_utf8(place.read("three.edges")).unwrap();
    assert_eq!(three.lines().filter(|line| line.contains(' ')).count(), 3);
    let mut names: Vec<&str> = three.split_whitespace().collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g"]);
    place.stdout(&["reduce", "named.edges", "--graph", "nodes", "--to", "5", "--out", "five.edges"]);
    let five = place.json(&["perturb", "five.edges", "--graph", "nodes", "--format", "json"]);
    assert!(five["changes"].as_array().unwrap().iter().all(|node| "abcdefg".contains(node["node"].as_str().unwrap())));
    assert_eq!(five["axes"], serde_json::json!([5, 5]));
    let ring: String = (0..12).map(|n| format!("n{n} n{}\nn{n} n{}\n", (n + 1) % 12, (n + 5) % 12)).collect();
    place.write("ring.edges", &ring);
    let shuffled: Vec<&str> = ring.lines().rev().collect();
    place.write("shuffled.edges", shuffled.join("\n"));
    for (parts, to, direction) in [("edges", "7", None), ("nodes", "9", None), ("edges", "9", Some("--directed"))] {
        let job = ["reduce", "ring.edges", "--graph", parts, "--to", to, "--format", "json", "--out", "left.edges"];
        let job: Vec<&str> = job.into_iter().chain(direction).collect();
        let reported = place.json(&job);
        let again = ["perturb", "left.edges", "--graph", "nodes", "--format", "json"];
        let again: Vec<&str> = again.into_iter().chain(direction).collect();
        let [read, left] = [&place.json(&again)["before"], &reported["after"]].map(|bits| bits.as_f64().unwrap());
        assert!((read - left).abs() < 1e-9, "{job:?}: {read} {left}");
        // The order of the lines is no part of a graph.
        let other: Vec<&str> =
            job.iter().map(|word| word.strip_prefix("ring").map_or(*word, |_| "shuffled.edges")).collect();
        assert_eq!(place.json(&other), reported, "{job:?}");
    }

    // The map of something is an image; an image is left.
    place.stdout(&["perturb", "m88.csv", "--input", "matrix", "--map", "image.png"]);
    place.stdout(&["reduce", "image.png", "--rows", "--to", "0.9", "--ties", "together", "--out", "small.png"]);
    assert!(place.read("small.png").starts_with(b"\x89PNG"));
    let height = |file: &str| {
        let bytes = place.read(file);
        u32::from_be_bytes(bytes[20..24].try_into().unwrap())
    };
    assert_eq!(height("small.png"), (f64::from(height("image.png")) * 0.9).round() as u32);
}

#[test]
fn what_makes_no_sense_is_said() {
    let place = Place::new();
    place.write("a.bits", THIRTY_ONES);
    place.write("short.bits", "0101");
    place.write("two.jsonl", "{\"text\":\"000000000000\"}\n{\"text\":\"111111111111\"}\n");
    place.write("m88.csv", M88);
    for (arguments, code, words) in [
        (&["perturb", "a.bits", "--columns"][..], 2, "--columns goes with matrices"),
        (&["perturb", "a.bits", "--other", "mean"], 2, "--other goes with"),
        (&["perturb", "a.bits", "--seed", "3"], 2, "--seed goes with"),
        (&["perturb", "a.bits", "--neutral=-1"], 2, "--neutral -1"),
        (&["perturb", "a.bits", "--shift", "2"], 2, "--shift goes with"),
        (&["perturb", "a.bits", "--min-length", "2"], 2, "--min-length goes with"),
        (&["perturb", "a.bits", "--boundary", "wrap"], 2, "--boundary"),
        (&["perturb", "m88.csv", "--graph", "nodes", "--map", "m.svg"], 2, "--map shows cells"),
        (&["perturb", "two.jsonl"], 2, "several records; name one with --record"),
        (&["perturb", "two.jsonl", "--record", "2"], 1, "no record 2"),
        (&["perturb", "short.bits"], 1, "it is shorter than a block of 12; --boundary recursive"),
        (&["perturb", "a.bits", "--graph", "nodes"], 1, "adjacency matrix"),
        (&["perturb", "none.bits"], 1, "none.bits"),
        (&["perturb", "a.bits", "--out", "a.bits"], 2, "read or written already"),
        (&["reduce", "a.bits", "--to", "11"], 1, "holds no block"),
        (&["reduce", "a.bits", "--to", "31"], 2, "--to 31"),
        (&["reduce", "a.bits", "--to", "1.5"], 2, "a share from 0.0 to 1.0"),
        (&["reduce", "m88.csv", "--graph", "edges", "--to", "99"], 2, "--to 99"),
    ] {
        let assert = place.turmite(arguments).assert().code(code);
        assert.stderr(predicate::str::contains(words)).stdout("");
    }
    let second = place.json(&["perturb", "two.jsonl", "--record", "1", "--format", "json", "--top", "1"]);
    assert_eq!(second["changes"][0]["from"], Value::from(1));
}
