//! The program as a process: exit codes, signals, pipes, help.

mod common;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::Place;
use predicates::prelude::*;

const COMMANDS: [&[&str]; 14] = [
    &["enumerate"],
    &["table", "list"],
    &["table", "info"],
    &["table", "verify"],
    &["table", "lookup"],
    &["table", "explain"],
    &["table", "export"],
    &["table", "import"],
    &["ctm"],
    &["score"],
    &["simulate"],
    &["label"],
    &["demo"],
    &["completions"],
];

#[test]
fn every_command_helps_with_an_example() {
    let place = Place::new();
    for command in COMMANDS {
        let help = place.stdout(&[command, &["--help"]].concat());
        assert!(help.contains("Example"), "{command:?}: {help}");
        assert!(help.contains(&format!("turmite {}", command.join(" "))), "{command:?}: {help}");
    }
}

#[test]
fn usage_is_exit_2() {
    let place = Place::new();
    for arguments in
        [&[][..], &["nonsense"], &["enumerate"], &["enumerate", "--states", "x"], &["score", "--format", "xml"]]
    {
        place.turmite(arguments).assert().code(2);
    }
    place.turmite(&["enumerate", "--states", "0"]).assert().code(1).stderr(predicate::str::contains("1 to 25 states"));
}

#[test]
fn shells_get_completions() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(place.stdout(&["completions", shell]).contains("enumerate"));
    }
}

/// A reader that goes away, as `head` does, is no error.
#[test]
fn a_closed_pipe_is_quiet() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_turmite"))
        .args(["table", "export", "5x2-1d", "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}

/// Signals end an enumeration soon, by their own codes, and leave nothing behind.
#[cfg(unix)]
#[test]
fn signals_stop_cleanly() {
    for (signal, code, name) in [("-INT", 130, "SIGINT"), ("-TERM", 143, "SIGTERM")] {
        let place = Place::new();
        // D(6): hours of work.
        let child = Command::new(env!("CARGO_BIN_EXE_turmite"))
            .args(["enumerate", "--states", "6", "--out", "d6.ctm"])
            .current_dir(place.path(""))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        let sent = Instant::now();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        // The bound is a hundred times what it takes, for machines that are busy; it tells stopping from finishing.
        assert!(sent.elapsed() < Duration::from_secs(60));
        assert_eq!(output.status.code(), Some(code));
        assert!(String::from_utf8_lossy(&output.stderr).contains(name));
        assert!(place.files().is_empty(), "{:?}", place.files());
    }
}

#[test]
fn progress_shows_where_it_is_asked_for() {
    let place = Place::new();
    place
        .turmite(&["enumerate", "--states", "4", "--progress", "always"])
        .assert()
        .success()
        .stderr(predicate::str::contains("machines 100.0 %"));
    place.turmite(&["enumerate", "--states", "4", "--out", "t.ctm"]).assert().success().stderr("");
}
