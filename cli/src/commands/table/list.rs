//! `turmite table list`.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Map, json};
use turmite_tables::{Catalog, Method, Origin};

use crate::output::{self, Format, Sheet, number, text};

/// Show the embedded tables and those in the folders that TURMITE_TABLES names
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  TURMITE_TABLES=~/tables turmite table list

A TABLE argument that has a '/' or ends in .ctm is a path. Any other is the name of an embedded table, else of a file NAME.ctm
in those folders, else of a file here, else the space of a table in those folders. undecided_share is of all machines.")]
pub(crate) struct Args {
    /// How to show them
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let entries = Catalog::from_environment().list()?;
    let columns = [
        "name",
        "space",
        "max_steps",
        "method",
        "shard",
        "within",
        "outputs",
        "halting",
        "undecided_share",
        "version",
        "from",
    ];
    let embedded: Vec<&str> = turmite_tables::embedded_names().collect();
    output::to(None, |out| {
        let mut sheet = Sheet::new(out, args.format, "tables", columns.map(str::to_owned).to_vec())?;
        for entry in entries {
            let from = match &entry.origin {
                Origin::Embedded => "embedded".to_owned(),
                Origin::File(path) => path.display().to_string(),
            };
            if let Origin::File(path) = &entry.origin
                && embedded.contains(&entry.name.as_str())
            {
                say!("{}: '{}' names the embedded table; to take this one, give its path", path.display(), entry.name);
            }
            let table = match entry.table {
                Ok(table) => table,
                Err(error) => {
                    // One bad file must not hide the others.
                    say!("warning: {error}");
                    continue;
                }
            };
            let provenance = table.provenance();
            // Of imported values it is not on record.
            let undecided = provenance.weights.filter(|_| provenance.nodes.is_some()).and_then(|w| {
                let all = w.sum()?;
                Some(w.undecided as f64 / all as f64)
            });
            let method = match &provenance.method {
                Method::Imported { source } => format!("imported from {source}"),
                Method::Sampled(s) => format!("sampled: {} machines of seed {}", s.samples, s.seed),
                other => other.name().to_owned(),
            };
            sheet.row(vec![
                json!(entry.name),
                json!(table.name()),
                json!(provenance.max_steps),
                json!(method),
                json!(provenance.shard.to_string()),
                json!(table.left_out().map(|l| l.within.to_string())),
                json!(table.outputs().to_string()),
                text(table.total().map(|t| table.pairs_text(t))),
                number(undecided),
                json!(provenance.version),
                json!(from),
            ])?;
        }
        sheet.finish(Map::new())
    })?;
    Ok(ExitCode::SUCCESS)
}
