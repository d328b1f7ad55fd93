//! `turmite merge`: the shards of a space, put together.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use turmite_tables::{Table, merge};

use super::table::{check_out, facts, open_part, write};
use crate::output::{self, OneFormat};

/// Put the shards of a space together, to the very bytes that one run would have made
///
/// All shards must be given, each once, of the same space, cutoff and version.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  turmite enumerate --states 5 --shard 0/2 --out a.ctm
  turmite enumerate --states 5 --shard 1/2 --out b.ctm      on another machine
  turmite merge a.ctm b.ctm --out d5.ctm")]
pub(crate) struct Args {
    /// The shards
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<String>,
    /// The table to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the table if it is there
    #[arg(long)]
    overwrite: bool,
    /// How to show the counts
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let tables: Vec<&str> = args.tables.iter().map(String::as_str).collect();
    check_out(&args.out, args.overwrite, &[], &tables)?;
    let parts = args.tables.iter().map(|name| open_part(name)).collect::<Result<Vec<Table>>>()?;
    let whole = write(merge(&parts)?, &args.out, args.overwrite)?;
    output::to(None, |out| output::one(out, args.format.into(), facts(&whole)))?;
    Ok(ExitCode::SUCCESS)
}
