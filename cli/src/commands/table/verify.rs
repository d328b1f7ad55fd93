//! `turmite table verify`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use serde_json::{Map, json};

use super::open_part;
use crate::output::{self, Format, OneFormat, text};

/// Check every page, every row and the identity of weights
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite table verify d5.ctm
  turmite table verify 5x2-1d --replay      run every witness too

With more than two symbols a row holds a class of strings, up to exchange of symbols.")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// Run every witness machine and see it write its string in its steps
    #[arg(long)]
    replay: bool,
    /// How to say it
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let table = open_part(&args.table)?;
    table.verify()?;
    if args.replay && !table.has_witnesses() {
        bail!("{}: an imported table has no witnesses to replay; leave out --replay", args.table);
    }
    let replayed = if args.replay { Some(turmite_ctm::replay(&table)?) } else { None };
    let (name, strings, rows, checksum) = (&args.table, table.outputs(), table.len(), table.checksum());
    output::to(None, |out| {
        if args.format == OneFormat::Json {
            let mut object = Map::new();
            object.insert("table".to_owned(), json!(name));
            object.insert("sound".to_owned(), json!(true));
            object.insert("outputs".to_owned(), json!(strings.to_string()));
            object.insert("rows".to_owned(), json!(rows.to_string()));
            object.insert("checksum".to_owned(), json!(checksum));
            object.insert("witnesses_replayed".to_owned(), text(replayed.map(|n| n.to_string())));
            return output::one(out, Format::Json, object);
        }
        let replayed = replayed.map_or_else(String::new, |n| format!(", {n} witnesses replayed"));
        let strings = if strings == rows { String::new() } else { format!("{strings} strings in ") };
        Ok(writeln!(out, "{name}: sound: {strings}{rows} rows, {checksum}{replayed}")?)
    })?;
    Ok(ExitCode::SUCCESS)
}
