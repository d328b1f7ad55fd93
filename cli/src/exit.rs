//! Exit codes and the one line that an error gets.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use turmite_bdm::BdmError;
use turmite_collapse::CollapseError;
use turmite_ctm::CtmError;

use crate::signals::Signal;

/// What `--fail-on` names was found.
pub(crate) const FOUND: u8 = 3;
/// What was typed makes no sense, whatever the data.
const USAGE: u8 = 2;

/// An error in what was typed.
#[derive(Debug)]
struct Usage(anyhow::Error);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for Usage {}

/// Marks an error as one in what was typed: exit code 2.
pub(crate) fn usage(error: impl Into<anyhow::Error>) -> anyhow::Error {
    anyhow::Error::new(Usage(error.into()))
}

/// Prints an error, unless it only says that the reader of our output has gone, and gives the exit code.
pub(crate) fn report(error: &anyhow::Error, signal: Option<Signal>) -> ExitCode {
    if let Some(signal) = signal {
        match error.downcast_ref() {
            Some(CtmError::Interrupted { .. }) => say!("stopped by {}; {error:#}", signal.name()),
            _ => say!("stopped by {} before the end", signal.name()),
        }
        return ExitCode::from(signal.exit_code());
    }
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    say!("error: {error:#}");
    if is_usage(error) { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
}

/// The exit code of a command that is done: a signal that came too late to stop it still tells who sent it that it came.
pub(crate) fn done(code: ExitCode, signal: Option<Signal>) -> ExitCode {
    match signal.map(|signal| (signal, ExitCode::from(signal.exit_code()))) {
        // A command that was stopped and kept what it had has said so.
        Some((_, told)) if told == code => code,
        Some((signal, told)) => {
            say!("{} came when all was done", signal.name());
            told
        }
        None => code,
    }
}

/// Characters of a message before and behind what is left out of a longer one: input that it quotes may be of any length.
const SHOWN: (usize, usize) = (700, 300);

/// Text on one line and of bounded length, with what would steer a terminal made visible.
pub(crate) fn printable(text: &str) -> String {
    let all = text.chars().count();
    let mut out = String::with_capacity(text.len().min(2 * (SHOWN.0 + SHOWN.1)));
    let left_out = if all > 2 * (SHOWN.0 + SHOWN.1) { SHOWN.0..all - SHOWN.1 } else { 0..0 };
    for (at, c) in text.chars().enumerate() {
        if left_out.contains(&at) {
            if at == left_out.start {
                let _ = write!(out, " [{} characters left out] ", left_out.len());
            }
            continue;
        }
        if c.is_control() || is_unseen(c) {
            // Writing into a string does not fail.
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character beyond ASCII cannot be seen, or turns or breaks the text around it: C1 controls, soft hyphen, marks and overrides of
/// direction, zero widths, separators, joiners, the byte order mark, tags, characters that are none.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_usage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<Usage>()
            || matches!(cause.downcast_ref(), Some(BdmError::Option { .. }))
            || matches!(cause.downcast_ref(), Some(CollapseError::Unknown { .. } | CollapseError::OutOfRange { .. }))
            || matches!(
                cause.downcast_ref(),
                Some(
                    CtmError::Space { .. }
                        | CtmError::MaxSteps { .. }
                        | CtmError::Threads { .. }
                        | CtmError::Sample { .. }
                )
            )
    })
}

/// Whether an error only says that the reader of our output has gone.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|e| e.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_hides_is_shown_by_its_code() {
        assert_eq!(printable("a\u{1b}[31m\u{202e}b\u{2028}c\u{feff}"), r"a\u{1b}[31m\u{202e}b\u{2028}c\u{feff}");
        assert_eq!(printable("é שלום \u{1f600}"), "é שלום \u{1f600}");
        assert_eq!(printable(&"x".repeat(3000)).chars().count(), 1000 + " [2000 characters left out] ".len());
    }
}
