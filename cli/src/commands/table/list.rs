//! `turmite table list`.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Map, json};
use turmite_tables::{Catalog, Method, Origin};

use crate::output::{self, Format, Sheet, text};

/// Show the embedded tables and those in the folders that TURMITE_TABLES names
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  TURMITE_TABLES=~/tables turmite table list")]
pub(crate) struct Args {
    /// How to show them
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let entries = Catalog::from_environment().list()?;
    let columns = ["name", "space", "max_steps", "method", "outputs", "halting", "version", "from"];
    output::to(None, |out| {
        let mut sheet = Sheet::new(out, args.format, "tables", columns.map(str::to_owned).to_vec())?;
        for entry in entries {
            let from = match &entry.origin {
                Origin::Embedded => "embedded".to_owned(),
                Origin::File(path) => path.display().to_string(),
            };
            let table = match entry.table {
                Ok(table) => table,
                Err(error) => {
                    // One bad file must not hide the others.
                    say!("warning: {error}");
                    continue;
                }
            };
            let provenance = table.provenance();
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
                json!(table.outputs().to_string()),
                text(table.total().map(|t| table.pairs_text(t))),
                json!(provenance.version),
                json!(from),
            ])?;
        }
        sheet.finish(Map::new())
    })?;
    Ok(ExitCode::SUCCESS)
}
