//! One machine, one step at a time, on a map of cells: the slow, plain twin that everything fast is checked against.

use foldhash::HashMap;
use turmite_tables::Shape;

use crate::machine::{Entry, Machine};

/// What a halting run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halted {
    /// Steps taken, the halting transition counted.
    pub steps: u64,
    /// Extents of the smallest box that holds every cell the head stood on.
    pub shape: Shape,
    /// Its content in row-major order.
    pub symbols: Vec<u8>,
}

/// Runs `machine` on a tape of `blank`s for at most `max_steps` steps, in one, two or three dimensions.
///
/// `None` if it has not halted by then or reaches an undefined entry. `on_step` sees every configuration before its step:
/// the state, the head's (plane, row, column) and the symbol read there.
#[must_use]
pub fn run(machine: &Machine, blank: u8, max_steps: u64, mut on_step: impl FnMut(u8, [i64; 3], u8)) -> Option<Halted> {
    let mut cells: HashMap<[i64; 3], u8> = HashMap::default();
    let (mut head, mut low, mut high) = ([0i64; 3], [0i64; 3], [0i64; 3]);
    let mut state = 0;
    for step in 1..=max_steps {
        let cell = cells.entry(head).or_insert(blank);
        on_step(state, head, *cell);
        match machine.entry(state, *cell) {
            Entry::Undefined => return None,
            Entry::Halt { write } => {
                *cell = write;
                let dims = usize::from(machine.space().dims());
                let axes: Vec<usize> = (3 - dims..3).map(|a| (high[a] - low[a]) as usize + 1).collect();
                let mut symbols = Vec::new();
                for plane in low[0]..=high[0] {
                    for row in low[1]..=high[1] {
                        for column in low[2]..=high[2] {
                            symbols.push(cells.get(&[plane, row, column]).copied().unwrap_or(blank));
                        }
                    }
                }
                return Some(Halted { steps: step, shape: Shape::new(&axes).ok()?, symbols });
            }
            Entry::Step { write, direction, next } => {
                *cell = write;
                for (axis, d) in direction.delta().into_iter().enumerate() {
                    head[axis] += d;
                    low[axis] = low[axis].min(head[axis]);
                    high[axis] = high[axis].max(head[axis]);
                }
                state = next;
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_beavers_halt_when_they_should() {
        // Steps as published (Radó 1962; Lin & Radó 1965; Brady 1983), the halting transition counted.
        for (text, steps) in [("1RB1LB_1LA1RZ", 6), ("1RB1RZ_1LB0RC_1LC1LA", 21), ("1RB1LB_1LA0LC_1RZ1LD_1RD0RA", 107)]
        {
            let machine: Machine = text.parse().unwrap();
            let halted = run(&machine, 0, 1000, |_, _, _| ()).unwrap();
            assert_eq!(halted.steps, steps, "{text}");
            assert_eq!(run(&machine, 0, steps - 1, |_, _, _| ()), None);
        }
    }
}
