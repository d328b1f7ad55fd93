//! Exit codes and the one line that an error gets.

use std::io;
use std::process::ExitCode;

use crate::signals::Signal;

/// What `--fail-on` names was found.
pub(crate) const FOUND: u8 = 3;

/// Prints an error, unless it only says that the reader of our output has gone, and gives the exit code.
pub(crate) fn report(error: &anyhow::Error, signal: Option<Signal>) -> ExitCode {
    if let Some(signal) = signal {
        eprintln!("turmite: stopped by {}; nothing was written", signal.name());
        return ExitCode::from(signal.exit_code());
    }
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("turmite: error: {error:#}");
    ExitCode::FAILURE
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|e| e.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    })
}
