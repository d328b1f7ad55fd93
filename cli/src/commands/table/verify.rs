//! `turmite table verify`.

use std::process::ExitCode;

use anyhow::Result;

use super::open;

/// Check every page, every row and the identity of weights
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table verify d5.ctm
  turmite table verify 5x2-1d --replay      run every witness too")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// Run every witness machine and see it write its string in its steps
    #[arg(long)]
    replay: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let table = open(&args.table)?;
    table.verify()?;
    let mut checked = vec![format!("{}: sound: {} rows", args.table, table.len()), table.checksum()];
    if args.replay {
        if !table.has_witnesses() {
            anyhow::bail!("{}: an imported table has no witnesses to replay; leave out --replay", args.table);
        }
        checked.push(format!("{} witnesses replayed", turmite_ctm::replay(&table)?));
    }
    let checked = checked.join(", ");
    crate::output::to(None, |out| Ok(writeln!(out, "{checked}")?))?;
    Ok(ExitCode::SUCCESS)
}
