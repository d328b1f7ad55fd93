//! Objects of more symbols than a table has, and the table that would do.

use anyhow::{Result, anyhow};
use turmite_bdm::{Encoding, EncodingChoice};
use turmite_tables::{Catalog, Table};

use crate::records::{Content, Encoded};

/// Turns content into symbols of a table. Where it has more of them than the table, the error names one at hand that has
/// enough; `larger` gives what [`larger`] found, so that it is looked for once.
pub(super) fn encode<'a>(
    content: &Content<'_>,
    choice: EncodingChoice,
    table: &Table,
    larger: impl Fn() -> &'a [(u8, String)],
) -> Result<Encoded> {
    content.encode(choice, table.symbols()).map_err(|error| {
        let needed = content.symbols_needed(choice);
        if needed <= u64::from(table.symbols()) {
            return error;
        }
        let different = match content {
            Content::Numbers(_) => content.symbols_needed(EncodingChoice::Fixed(Encoding::Symbols)),
            _ => needed,
        };
        error.context(too_many(table, needed, different, larger()))
    })
}

/// The tables of as many dimensions, by the size of their alphabets.
pub(super) fn larger(table: &Table) -> Vec<(u8, String)> {
    let entries = Catalog::from_environment().list().unwrap_or_default();
    let mut larger: Vec<(u8, String)> = entries
        .into_iter()
        .filter_map(|entry| Some((entry.table.ok()?, entry.name)))
        .filter(|(other, _)| other.space().dims() == table.space().dims())
        .map(|(other, name)| (other.symbols(), name))
        .collect();
    larger.sort();
    larger
}

/// What is wrong with an alphabet of `needed` symbols, of which so many are different, and what would do.
fn too_many(table: &Table, needed: u64, different: u64, larger: &[(u8, String)]) -> anyhow::Error {
    let (name, held, dims) = (table.name(), table.symbols(), table.space().dims());
    let holds = |symbols: u64| larger.iter().find(|(most, _)| u64::from(*most) >= symbols).map(|(_, name)| name);
    let within = if dims == 2 { "3x3" } else { "2x2x2" };
    let mend = match (holds(needed), holds(different)) {
        (Some(name), _) => format!("choose --table {name}"),
        (None, Some(other)) => {
            let table = if different > u64::from(held) { format!(", with --table {other}") } else { String::new() };
            format!("--encode symbols renumbers by first use, to {different} symbols{table}")
        }
        // Of larger blocks a sample of a minute holds few. A space of more symbols is soon too large to be sampled well.
        (None, None) if needed <= 4 && dims > 1 => format!(
            "no table at hand has so many; make one with `turmite sample --states 3 --symbols {needed} --dim {dims} --within {within} --for 1m --out mine.ctm`, or merge symbols"
        ),
        (None, None) => "no table at hand has so many; merge symbols first".to_owned(),
    };
    anyhow!("needs an alphabet of {needed} symbols, but table {name} has {held}: {mend}")
}
