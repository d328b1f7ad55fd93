//! `turmite completions`: what a shell needs to complete the commands.

use std::io;
use std::process::ExitCode;

use anyhow::Result;

/// Write a completion script for a shell to standard output
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  turmite completions bash > ~/.local/share/bash-completion/completions/turmite")]
pub(crate) struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    // Into memory first: the generator panics on a pipe that closes.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut crate::parser(), "turmite", &mut script);
    io::Write::write_all(&mut io::stdout().lock(), &script)?;
    Ok(ExitCode::SUCCESS)
}
