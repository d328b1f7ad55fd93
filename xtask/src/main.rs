//! The project's own commands. `cargo xtask test` is what continuous integration runs: format, lints, every test,
//! every benchmark once, documentation. `cargo xtask pybdm` runs PyBDM 0.1.0 beside turmite on 10,000 random cases: it needs
//! Python and PyPI, and some minutes. `cargo xtask label-bench` measures the label: hours, and it can be stopped and goes on.

use std::path::Path;
use std::process::{Command, ExitCode};

/// The steps of `cargo xtask test`, in order of how soon they can fail.
const STEPS: [(&str, &[&str]); 5] = [
    ("format", &["fmt", "--all", "--check"]),
    ("lints", &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
    ("tests, and every benchmark once", &["test", "--workspace", "--all-targets"]),
    ("documentation examples", &["test", "--workspace", "--doc"]),
    ("documentation", &["doc", "--workspace", "--no-deps"]),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => test(),
        ["pybdm"] => pybdm("10000"),
        ["pybdm", cases] => pybdm(cases),
        ["label-bench", ref options @ ..] => label_bench(options),
        _ => {
            eprintln!("usage: cargo xtask test | pybdm [CASES] | label-bench [OPTIONS]");
            ExitCode::from(2)
        }
    }
}

fn test() -> ExitCode {
    for (what, arguments) in STEPS {
        let mut command = Command::new(cargo());
        command.args(arguments).env("RUSTDOCFLAGS", "--deny warnings");
        if !succeeds(what, &mut command) {
            return ExitCode::FAILURE;
        }
    }
    eprintln!("xtask: all steps passed");
    ExitCode::SUCCESS
}

/// In release mode, since it simulates and labels thousands of runs; `--help` shows its options.
fn label_bench(options: &[&str]) -> ExitCode {
    let mut command = Command::new(cargo());
    command.args(["run", "--quiet", "--release", "--package", "turmite-label-bench", "--"]).args(options);
    if succeeds("the label benchmark", &mut command) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// PyBDM lives in a virtual environment under target/ and is no part of what is built.
fn pybdm(cases: &str) -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pybdm");
    let python = folder.join("env/bin/python");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/pybdm/beside.py");
    let mut environment = Command::new("python3");
    environment.args(["-m", "venv"]).arg(folder.join("env"));
    let mut install = Command::new(&python);
    // PyBDM imports pkg_resources, which later versions of setuptools lack.
    install.args(["-m", "pip", "install", "--quiet", "pybdm==0.1.0", "numpy", "setuptools<80"]);
    let mut run = Command::new(&python);
    run.arg(script).arg(&folder).arg(cases);
    let mut compare = Command::new(cargo());
    compare
        .args(["test", "--test", "system", "--", "--ignored", "--nocapture", "beside"])
        .env("TURMITE_PYBDM", &folder);
    let steps = [
        ("a virtual environment", &mut environment),
        ("PyBDM", &mut install),
        ("PyBDM's answers", &mut run),
        ("turmite's answers", &mut compare),
    ];
    let passed = steps.into_iter().all(|(what, command)| succeeds(what, command));
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn succeeds(what: &str, command: &mut Command) -> bool {
    eprintln!("xtask: {what}: {command:?}");
    match command.status() {
        Ok(status) if status.success() => true,
        Ok(status) => {
            eprintln!("xtask: {what} failed ({status}); mend what is printed above and run the command again");
            false
        }
        Err(error) => {
            eprintln!("xtask: cannot run {}: {error}", command.get_program().display());
            false
        }
    }
}
