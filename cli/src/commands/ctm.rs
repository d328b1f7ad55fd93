//! `turmite ctm`: the complexity of short strings.

use std::process::ExitCode;

use anyhow::Result;

use super::table::lookup::{LookupOutput, look_up};

/// Complexity, interval, logical depth and witness machine of short strings
///
/// K is -log2 of the share of halting machines that write the string; k_low and k_high bound it for runs without a cutoff;
/// min_steps, the fewest steps any machine needs, is the string's logical depth; the witness is the machine that needs no more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite ctm 0101010101 0110100110
  turmite ctm 000111 --format json
  turmite ctm 010/111 --table plane.ctm      rows split by '/', planes by '//'")]
pub(crate) struct Args {
    /// Strings of digits
    #[arg(required = true, value_name = "STRING")]
    strings: Vec<String>,
    /// The table: a file or a name of `turmite table list`
    #[arg(long, value_name = "TABLE", default_value = "5x2-1d")]
    table: String,
    #[command(flatten)]
    output: LookupOutput,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    look_up(&args.table, &args.strings, &args.output)
}
