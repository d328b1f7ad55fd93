//! The report of `label`: self-contained, complete, and safe whatever the records hold.

use crate::common::Place;

/// What would load something from elsewhere, or run.
const LOADS: [&str; 10] =
    ["http:", "<script", "<link", "<img", "<iframe", "src=", "href=", "url(", "@import", "https:"];

fn page(place: &Place, name: &str) -> String {
    let page = String::from_utf8(place.read(name)).unwrap();
    for load in LOADS {
        assert!(!page.contains(load), "{name} holds {load}");
    }
    page
}

fn simulate(place: &Place, runs: &str, generations: &str, out: &str) {
    let sizes = ["--records", "64", "--length", "128", "--generations", generations, "--runs", runs];
    let arguments = ["simulate", "--source", "rule30", "--learner", "records", "--alpha", "0", "--out", out];
    place.turmite(&[&arguments[..], &sizes].concat()).assert().success();
}

#[test]
fn a_report_says_how_to_make_it_again_in_both_forms() {
    let place = Place::new();
    simulate(&place, "2", "12", "my runs.jsonl");
    let table = place.json(&["table", "info", "5x2-1d", "--format", "json"])["checksum"].as_str().unwrap().to_owned();
    for name in ["r.html", "r.md"] {
        place.turmite(&["label", "my runs.jsonl", "--report", name]).assert().success();
    }
    let markdown = String::from_utf8(place.read("r.md")).unwrap();
    let html = page(&place, "r.html");
    for (name, report) in [("r.html", &html), ("r.md", &markdown)] {
        let command = format!("turmite label 'my runs.jsonl' --report {name}");
        let shown = if name == "r.md" { command } else { command.replace('\'', "&#39;") };
        let command = report.contains(&shown) || report.contains(&shown.replace("&#39;", "'"));
        assert!(command, "{name} names its command");
        for part in [
            &format!("turmite {}", env!("CARGO_PKG_VERSION")),
            &table,
            "128 records, xxh3:",
            "ngram:12",
            "0x7475726d69746531",
            "300 simulated loops each",
            "2 of 2 runs are collapsing",
            "Both runs collapse, from ",
            "entropy-decay",
            "distinct-records down",
            "autonomy-collapse: the loop drifts",
            "rule 30, width 16",
            "whose learner copies whole records",
            "the onset",
            "ost repeated: ",
            "Authentic, of median complexity",
        ] {
            let part = if name == "r.md" && part == "the onset" { "Generation 12" } else { part };
            assert!(report.contains(part), "{name} lacks {part}");
        }
    }
    // A picture has a name, a table a heading, and the map its colours.
    assert!(html.contains("role=\"img\" aria-label=\"Multiscale BDM by generation"));
    assert!(html.contains("<th scope=\"col\">verdict</th>") && html.contains("prefers-color-scheme: dark"));
    assert!(html.contains("<i class=\"u4\">") && html.contains("@media print"));
    assert!(markdown.contains("| Distinct records (copies lower it) |") && markdown.contains('█'));
    let rows = markdown.lines().filter(|line| line.starts_with("| run-")).count();
    assert_eq!(rows, 2);
}

#[test]
fn hostile_records_and_names_stay_text() {
    let place = Place::new();
    let mut lines = String::new();
    for run in ["a|b<script>alert(1)</script>", "`c`\u{202e}d"] {
        for generation in 0..4u64 {
            for index in 0..70u64 {
                // Few different records, so that some are repeated.
                let number = if generation == 0 { index } else { index % (9 - generation) };
                let text = format!(
                    "<script>alert({number})</script>\u{202e}\u{7}\u{200b}``` | <img src=x> \u{1b}[31m & {number}"
                );
                let line = serde_json::json!({"run": run, "source": "<b>", "generation": generation, "text": text});
                lines.push_str(&line.to_string());
                lines.push('\n');
            }
        }
    }
    place.write("r.jsonl", lines);
    place.turmite(&["label", "r.jsonl", "--report", "r.html"]).assert().success();
    place.turmite(&["label", "r.jsonl", "--report", "r.md"]).assert().success();
    let html = String::from_utf8(place.read("r.html")).unwrap();
    let markdown = String::from_utf8(place.read("r.md")).unwrap();
    for report in [&html, &markdown] {
        for c in report.chars() {
            let steers =
                matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{1b}' | '\u{7}');
            assert!(!steers, "{c:?}");
        }
    }
    for load in LOADS.iter().filter(|load| **load != "src=") {
        assert!(!html.contains(load), "{load}");
    }
    assert!(html.contains("&lt;") && html.contains("&lt;U+202E&gt;") && html.contains('␛'));
    // The records stand in fences longer than their own backticks; elsewhere nothing is left that Markdown reads.
    let mut fence: Option<String> = None;
    for line in markdown.lines() {
        match &fence {
            None if line.starts_with("```") => {
                let ticks: String = line.chars().take_while(|c| *c == '`').collect();
                fence = Some(ticks);
            }
            None => assert!(!line.contains("<script") && !line.contains("a|b"), "{line}"),
            Some(ticks) if line == ticks => fence = None,
            Some(ticks) => assert!(!line.contains(ticks.as_str()), "{line}"),
        }
    }
    assert!(fence.is_none());
}

/// The fewest generations that can be judged, and a run that ends before the others.
#[test]
fn short_runs_and_small_references_are_reported_with_their_warnings() {
    let place = Place::new();
    simulate(&place, "1", "3", "short.jsonl");
    let text = String::from_utf8(place.read("short.jsonl")).unwrap();
    let other: String =
        text.lines().map(|line| line.replace("run-0", "longer").replace("\"alpha\":0.0,", "") + "\n").collect();
    place.write("runs.jsonl", text + &other);
    place.turmite(&["label", "runs.jsonl", "--report", "r.html"]).assert().success();
    let html = page(&place, "r.html");
    let warned = html.find("Before you read on").unwrap();
    assert!(warned < html.find("2 runs").unwrap() && html.contains("fewer than 4 times"));
    place.turmite(&["label", "runs.jsonl", "--report", "r.md"]).assert().success();
    let markdown = String::from_utf8(place.read("r.md")).unwrap();
    assert!(markdown.contains("> **Warning:** the reference"));
}

#[test]
fn many_runs_stay_readable() {
    let place = Place::new();
    simulate(&place, "40", "5", "runs.jsonl");
    place.turmite(&["label", "runs.jsonl", "--report", "r.html"]).assert().success();
    let html = page(&place, "r.html");
    assert!(html.len() < 600_000, "{} bytes", html.len());
    assert!(html.contains("<summary>All 40 runs</summary>") && html.matches("class=\"evidence\"").count() <= 8);
    // Forty curves are one median and one tint.
    let first = html.find("<svg role").unwrap();
    let chart = &html[first..first + html[first..].find("</svg>").unwrap()];
    assert!(chart.matches("<polygon").count() >= 1 && chart.matches("<polyline").count() < 30, "{chart}");
}
