//! `turmite table cut`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use turmite_tables::{Shape, cut};

use super::{check_out, facts, open_part, write};
use crate::output::{self, OneFormat};

/// Keep the strings that fit in a box, and every number as it was
///
/// The table that the run itself would have written with --within. The weight of what is left out stays on record by shape.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table cut d6.ctm --within 16 --out d6-16.ctm
  turmite table cut plane.ctm --within 4x4 --out blocks.ctm")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// The box, such as 16, 4x4 or 2x2x3; strings may be turned to fit
    #[arg(long, value_name = "SHAPE")]
    within: Shape,
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
    check_out(&args.out, args.overwrite, &[], &[&args.table])?;
    let table = write(cut(&open_part(&args.table)?, args.within)?, &args.out, args.overwrite)?;
    output::to(None, |out| output::one(out, args.format.into(), facts(&table)))?;
    Ok(ExitCode::SUCCESS)
}
