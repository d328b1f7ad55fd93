//! `turmite ctm`: the complexity of short strings.

use std::process::ExitCode;

use anyhow::Result;
use turmite_tables::{Shape, default_name};

use super::table::lookup::{LookupOutput, look_up};

/// Complexity, interval, logical depth and witness machine of short strings
///
/// K is -log2 of the share of halting machines that write the string; k_low and k_high bound it for runs without a cutoff;
/// min_steps, the fewest steps any machine needs, is the string's logical depth; the witness is the machine that needs no more.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite ctm 0101010101 0110100110
  turmite ctm 000111 --format json
  turmite ctm 010/111                        rows split by '/', planes by '//'
  turmite ctm 012012 --table 3x3-1d")]
pub(crate) struct Args {
    /// Strings of digits
    #[arg(required = true, value_name = "STRING")]
    strings: Vec<String>,
    /// The table: a file or a name of `turmite table list` [default: 5x2-1d for strings, the largest inside for arrays and solids]
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    #[command(flatten)]
    output: LookupOutput,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    // What has the most axes decides: a string is an array of one row.
    let most = args.strings.iter().max_by_key(|s| (s.contains("//"), s.contains('/')));
    let shape = most.and_then(|s| Shape::parse_string(s, 10).ok()).map(|(shape, _)| shape);
    let default = shape.map_or("5x2-1d", |shape| default_name(&shape));
    look_up(args.table.as_deref().unwrap_or(default), &args.strings, &args.output)
}
