//! The `turmite` command line: parsing, progress, output. No mathematics.
//!
//! One file a command in `commands`, one a format in `output`; what every command shares (where results go, what a
//! signal does, how progress shows) lies beside them.

#![forbid(unsafe_code)]

/// A line on standard error. That it cannot be written is no reason to stop.
macro_rules! say {
    ($($message:tt)*) => {{
        use std::io::Write as _;
        let message = $crate::exit::printable(&format!($($message)*));
        let _ = writeln!(std::io::stderr(), "turmite: {message}");
    }};
}

mod cache;
mod commands;
mod exit;
mod faults;
mod memory;
mod output;
mod picture;
mod pipeline;
mod progress;
mod records;
mod report;
mod signals;
mod summary;

use std::process::ExitCode;
use std::sync::OnceLock;

use clap::{CommandFactory, Parser};

/// Algorithmic complexity by exhaustive enumeration of small Turing machines, and what it says about self-training loops.
#[derive(Debug, Parser)]
#[command(name = "turmite", version, long_about = None, arg_required_else_help = true, propagate_version = true)]
#[command(after_help = "Examples:
  turmite demo                               three self-training regimes, labelled, with a report
  turmite ctm 01010101 01101001              complexity of short strings, from the exact D(5)
  turmite score notes.txt                    BDM of a text
  turmite label runs.jsonl --report r.html   is this loop keeping its mechanism, or collapsing?

Exit codes: 0 done, 1 the input or the data is at fault, 2 usage, 3 what --fail-on names was found,
or alpha audit found less than a --floor that was typed, 130 stopped by SIGINT, 143 by SIGTERM.")]
struct Cli {
    /// When to show progress on standard error
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Display")]
    progress: progress::When,

    #[command(subcommand)]
    command: commands::Command,
}

/// The prose that `demo` trains on, as the binary's package ships it.
static PROSE: OnceLock<&'static str> = OnceLock::new();

/// Runs the command line of this process and gives its exit code. `prose` is English text for `turmite demo`.
#[must_use]
pub fn main(prose: &'static str) -> ExitCode {
    // Only a second call in one process finds it set, and then it is the same text.
    let _ = PROSE.set(prose);
    let cli = Cli::parse();
    let signals = match signals::Signals::install() {
        Ok(signals) => signals,
        Err(error) => return exit::report(&anyhow::Error::from(error).context("cannot watch for signals"), None),
    };
    let context = commands::Context { progress: cli.progress, signals: &signals };
    match cli.command.run(&context) {
        Ok(code) => exit::done(code, signals.received()),
        Err(error) => exit::report(&error, signals.received()),
    }
}

/// The parser, for shell completions.
fn parser() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_sound() {
        super::parser().debug_assert();
    }
}
