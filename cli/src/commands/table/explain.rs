//! `turmite table explain`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use turmite_ctm::{Diagram, Machine};

use super::lookup::parse;
use super::open;
use crate::output;

/// Show the machine that writes a string soonest, and its run step by step
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  turmite table explain 5x2-1d 0110100110

Each line of the diagram is the tape before a step: the head's cell in brackets, a dot for a cell not visited yet.")]
pub(crate) struct Args {
    /// A file or a name of `turmite table list`
    table: String,
    /// A string of digits
    string: String,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let table = open(&args.table)?;
    let (shape, symbols) = parse(&table, &args.string)?;
    let lookup = table.lookup(&shape, &symbols)?;
    let Some(row) = lookup.row else {
        match table.provenance().max_steps {
            Some(steps) => {
                bail!("{}: no machine of {} writes '{}' within {steps} steps", args.table, table.name(), args.string)
            }
            None => bail!("{}: the table lacks '{}'", args.table, args.string),
        }
    };
    let (Some(witness), Some(steps)) = (&row.witness, row.min_steps) else {
        bail!("{}: an imported table has no witnesses; use one made by `turmite enumerate`", args.table);
    };
    let (machine, blank) = Machine::of_witness(table.space(), witness, &lookup.original)?;
    let diagram = Diagram::of(&machine, blank, steps);
    output::to(None, |out| {
        writeln!(out, "string    {}", args.string)?;
        writeln!(out, "K         {:.6} bits in {}", row.k, table.name())?;
        if let (Some(count), Some(total)) = (row.count, table.total()) {
            let about = if table.sampling().is_some() { "about " } else { "" };
            let (of, all) = (table.pairs_text(count), table.pairs_text(total));
            writeln!(out, "count     {about}{of} of {all} halting pairs (machine, blank)")?;
            let share = shared_by(&machine, table.in_pairs(count));
            writeln!(out, "witness   {machine} on blank {blank}, {steps} steps{share}")?;
        }
        if diagram.is_none() {
            let why = if table.space().dims() > 1 { "not on a line" } else { "too long" };
            writeln!(out, "\nThe run is not drawn: it is {why}.")?;
        }
        if let Some(diagram) = diagram {
            writeln!(out, "\nstep state tape")?;
            print(out, &diagram)?;
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// How much of the count is the witness's own: the machines that share its defined entries.
fn shared_by(machine: &Machine, count: f64) -> String {
    let open = machine.entries().iter().filter(|e| **e == turmite_ctm::Entry::Undefined).count();
    let same = u128::from(machine.space().options()).checked_pow(u32::try_from(open).unwrap_or(u32::MAX));
    same.map_or_else(String::new, |same| {
        format!(
            "; {same} {} this run, {:.4} % of the count",
            if same == 1 { "machine makes" } else { "machines make" },
            same as f64 / count * 100.0
        )
    })
}

fn print(out: &mut dyn Write, diagram: &Diagram) -> Result<()> {
    for (step, row) in diagram.rows.iter().enumerate() {
        let state = row.state.map_or('-', |s| char::from(b'A' + s));
        let cells = row.cells.iter().enumerate().map(|(column, cell)| {
            let symbol = char::from_digit(u32::from(*cell), 10).unwrap_or('?');
            match (column == row.head, row.visited.contains(&column)) {
                (true, _) => format!("[{symbol}]"),
                (false, true) => format!(" {symbol} "),
                (false, false) => " . ".to_owned(),
            }
        });
        let line: String = cells.collect();
        writeln!(out, "{step:4}   {state}  {}", line.trim_end())?;
    }
    Ok(())
}
