//! Running every witness of a table and seeing that it does what its row says.

use rayon::prelude::*;
use turmite_tables::{Row, Table};

use crate::CtmError;
use crate::machine::Machine;
use crate::naive::run;

/// Runs every witness with the plain simulator: it must write its string, in its steps. Returns how many were run.
///
/// # Errors
/// The first witness, in order of rows, that does something else, or a corrupt table.
pub fn replay(table: &Table) -> Result<u64, CtmError> {
    let rows: Vec<Row> = table.rows().collect::<Result<_, _>>()?;
    let checked: Vec<bool> = rows.par_iter().map(|row| replay_row(table, row)).collect::<Result<_, _>>()?;
    Ok(checked.into_iter().filter(|c| *c).count() as u64)
}

fn replay_row(table: &Table, row: &Row) -> Result<bool, CtmError> {
    let (Some(witness), Some(steps)) = (&row.witness, row.min_steps) else { return Ok(false) };
    let machine = Machine::unpack(table.space(), &witness.codes)?;
    let fail = |found: String| CtmError::Replay {
        row: row.shape.format_string(&row.symbols),
        machine: machine.to_string(),
        blank: witness.blank,
        found,
        expected: steps,
    };
    match run(&machine, witness.blank, steps, |_, _, _| ()) {
        None => Err(fail(format!("does not halt within {steps} steps"))),
        Some(halted) if halted.steps != steps => Err(fail(format!("halts after {} steps", halted.steps))),
        Some(halted) if halted.shape != row.shape || halted.symbols != row.symbols => {
            Err(fail(format!("writes {}", halted.shape.format_string(&halted.symbols))))
        }
        Some(_) => Ok(true),
    }
}
