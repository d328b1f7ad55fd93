//! The README's commands do what the README shows.
//!
//! Every block marked `console` is a session: each `$ turmite ...` line is run, in one folder from first to last, and
//! must succeed with the output that stands below it. `TURMITE_RENEW=1 cargo test --test system readme` writes what they print now.

use crate::common::Place;

/// Splits a command line as a shell would, as far as the README goes: words, and words in single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// A line without the time that something took, which is never the same.
fn timeless(line: &str) -> &str {
    line.split_once(" tried in ").map_or(line, |(before, _)| before)
}

#[test]
fn the_readme_shows_what_commands_print() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = std::fs::read_to_string(path).unwrap();
    let place = Place::new();
    let (mut renewed, mut inside, mut commands) = (String::new(), false, 0);
    for line in readme.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            _ => {}
        }
        if inside && line.starts_with("$ ") {
            let command = line.strip_prefix("$ turmite ").expect("console blocks hold turmite's commands only");
            let arguments = words(command);
            let printed = place.stdout(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            renewed.extend([line, "\n", &printed]);
            commands += 1;
        } else if !inside || line == "```console" {
            renewed.extend([line, "\n"]);
        }
    }
    assert!(commands >= 8, "{commands} commands were found in the README");
    if std::env::var_os("TURMITE_RENEW").is_some() {
        return std::fs::write(path, &renewed).unwrap();
    }
    for (shown, printed) in readme.lines().zip(renewed.lines()) {
        assert_eq!(
            timeless(shown),
            timeless(printed),
            "`TURMITE_RENEW=1 cargo test --test system readme` renews the README"
        );
    }
    assert_eq!(readme.lines().count(), renewed.lines().count());
}
