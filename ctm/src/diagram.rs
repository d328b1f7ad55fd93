//! The space-time diagram of a one-dimensional run: one tape a step.

use crate::machine::Machine;
use crate::naive::run;

/// One step's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagramRow {
    /// State the machine is in, from 0; `None` after the halt.
    pub state: Option<u8>,
    /// The head's column.
    pub head: usize,
    /// The tape over the cells that the whole run visits.
    pub cells: Vec<u8>,
    /// The cells visited so far, as a range of columns.
    pub visited: std::ops::Range<usize>,
}

/// A halting run, step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// The configurations, the blank tape first and the halted one last.
    pub rows: Vec<DiagramRow>,
}

impl Diagram {
    /// Longer runs are not drawn: nobody reads them, and they would fill the memory.
    pub const MOST_STEPS: u64 = 10_000;

    /// The diagram of a one-dimensional machine that halts within `max_steps` on `blank`, else `None`; `None` also
    /// beyond [`Diagram::MOST_STEPS`].
    #[must_use]
    pub fn of(machine: &Machine, blank: u8, max_steps: u64) -> Option<Self> {
        if machine.space().dims() != 1 || max_steps > Self::MOST_STEPS {
            return None;
        }
        let mut heads = Vec::new();
        let halted =
            run(machine, blank, max_steps, |state, [_, _, column], symbol| heads.push((state, column, symbol)))?;
        let left = heads.iter().map(|h| h.1).min()?;
        let mut cells = vec![blank; halted.symbols.len()];
        let mut rows = Vec::new();
        let (mut low, mut high) = (usize::MAX, 0);
        for (i, &(state, column, _)) in heads.iter().enumerate() {
            let head = (column - left) as usize;
            (low, high) = (low.min(head), high.max(head));
            rows.push(DiagramRow { state: Some(state), head, cells: cells.clone(), visited: low..high + 1 });
            // What was written shows in the next row.
            cells[head] = written(machine, heads[i]);
        }
        let head = (heads.last()?.1 - left) as usize;
        rows.push(DiagramRow { state: None, head, cells, visited: low..high + 1 });
        Some(Self { rows })
    }
}

fn written(machine: &Machine, (state, _, symbol): (u8, i64, u8)) -> u8 {
    use crate::machine::Entry;
    match machine.entry(state, symbol) {
        Entry::Undefined => symbol,
        Entry::Halt { write } | Entry::Step { write, .. } => write,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_is_the_output() {
        let machine: Machine = "1RB1LB_1LA1RZ".parse().unwrap();
        let diagram = Diagram::of(&machine, 0, 10).unwrap();
        let halted = run(&machine, 0, 10, |_, _, _| ()).unwrap();
        assert_eq!(diagram.rows.len() as u64, halted.steps + 1);
        assert_eq!(diagram.rows.last().unwrap().cells, halted.symbols);
        assert_eq!(diagram.rows[0].cells, [0; 4]);
        assert_eq!(Diagram::of(&machine, 0, 5), None);
    }
}
