//! The project's own commands. `cargo xtask test` is what continuous integration runs: format, lints, every test,
//! every benchmark once, documentation.

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
        _ => {
            eprintln!("usage: cargo xtask test");
            ExitCode::from(2)
        }
    }
}

fn test() -> ExitCode {
    for (what, arguments) in STEPS {
        eprintln!("xtask: {what}: cargo {}", arguments.join(" "));
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command.args(arguments).env("RUSTDOCFLAGS", "--deny warnings");
        match command.status() {
            Ok(status) if status.success() => {}
            Ok(status) => {
                eprintln!(
                    "xtask: {what} failed ({status}); mend what is printed above and run `cargo xtask test` again"
                );
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!("xtask: cannot run cargo: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    eprintln!("xtask: all steps passed");
    ExitCode::SUCCESS
}
