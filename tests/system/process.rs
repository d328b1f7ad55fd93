//! The program as a process: exit codes, signals, pipes, help.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::Place;
use predicates::prelude::*;

const COMMANDS: [&[&str]; 15] = [
    &["enumerate"],
    &["merge"],
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
    place.turmite(&["enumerate", "--states", "0"]).assert().code(2).stderr(predicate::str::contains("1 to 25 states"));
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

/// A signal while standard input keeps the program waiting: no temporary file stays.
#[cfg(unix)]
#[test]
fn a_stalled_input_leaves_no_temporary_file() {
    let place = Place::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_turmite"))
        .args(["score", "--input", "lines", "-", "--format", "csv", "--out", "o.csv"])
        .current_dir(place.path(""))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    // More than it takes in one go.
    std::io::Write::write_all(&mut input, "0110100110010110\n".repeat(200_000).as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert_eq!(place.files().len(), 1, "the temporary file is there while it works");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    drop(input);
    assert_eq!(output.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&output.stderr).contains("SIGINT"));
    assert!(place.files().is_empty(), "{:?}", place.files());
}

/// A full disk under standard error does not change a result, one under standard output is told.
#[cfg(target_os = "linux")]
#[test]
fn full_disks_are_told_from_results() {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_turmite"));
        command.args(arguments);
        command
    };
    let output = run(&["table", "info", "nowhere"]).stderr(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let output = run(&["ctm", "0101"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output: cannot write"));
}

/// A table from standard input, and a name that would steer the terminal.
#[test]
fn tables_come_from_standard_input_and_names_are_made_visible() {
    let place = Place::new();
    let table = include_bytes!("../../tables/tests/fixtures/v1/2x2-1d.ctm");
    place
        .turmite(&["table", "info", "-"])
        .write_stdin(&table[..])
        .assert()
        .success()
        .stdout(predicate::str::contains("6088"));
    place
        .turmite(&["table", "info", "a\u{1b}[31m\nb"])
        .assert()
        .code(1)
        .stderr(predicate::str::contains("a\\u{1b}[31m\\nb"));
}

/// Two runs on one checkpoint would undo each other's work: the second is refused, and the first one's end lets the next in.
#[cfg(unix)]
#[test]
fn a_checkpoint_is_used_by_one_run() {
    let place = Place::new();
    let run = ["enumerate", "--states", "6", "--within", "8", "--checkpoint", "d6.part", "--out"];
    let mut first = Command::new(env!("CARGO_BIN_EXE_turmite"))
        .args(run)
        .arg("d6.ctm")
        .current_dir(place.path(""))
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    while !place.path("d6.part").exists() && start.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let second = place.turmite(&[&run[..], &["other.ctm"]].concat()).assert().code(1);
    second.stderr(predicate::str::contains("d6.part: another run is using this checkpoint"));
    first.kill().unwrap();
    first.wait().unwrap();
    // It was killed, and holds nothing any more: one that goes on is refused for what it asks, which is of another space.
    let third =
        place.turmite(&["enumerate", "--states", "2", "--checkpoint", "d6.part", "--out", "d2.ctm"]).assert().code(1);
    third.stderr(predicate::str::contains("found space 6x2-1d"));
    assert!(!place.path("d6.part.lock").exists());
}

/// A run that is killed over and over, and started again with other numbers of threads, writes the bytes of one that was
/// left alone.
#[cfg(unix)]
#[test]
fn a_killed_run_goes_on() {
    let place = Place::new();
    let run = |extra: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_turmite"));
        command.args(["enumerate", "--states", "5", "--max-steps", "40", "--within", "12"]).args(extra);
        command.current_dir(place.path("")).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut kills = 0;
    loop {
        let threads = ["1", "2", "3"][kills % 3];
        let mut child = run(&["--checkpoint", "d5.part", "--out", "killed.ctm", "--threads", threads]).spawn().unwrap();
        // Different moments of a run; none at all when it has been killed often enough.
        let deadline =
            Instant::now() + Duration::from_millis(if kills < 8 { 600 + 250 * kills as u64 } else { 600_000 });
        let status = loop {
            match child.try_wait().unwrap() {
                None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(20)),
                None => child.kill().unwrap(),
                Some(status) => break status,
            }
        };
        if status.success() {
            break;
        }
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
        kills += 1;
    }
    assert!(kills > 0, "the run was too short to be killed");
    assert!(run(&["--out", "whole.ctm"]).status().unwrap().success());
    assert!(std::fs::read(place.path("killed.ctm")).unwrap() == std::fs::read(place.path("whole.ctm")).unwrap());
    // Where it was killed while writing, a temporary file may stay; the checkpoint does not.
    let left: Vec<_> = place.files().into_iter().filter(|f| !f.starts_with(".turmite-")).collect();
    assert_eq!(left, ["killed.ctm", "whole.ctm"]);
}
