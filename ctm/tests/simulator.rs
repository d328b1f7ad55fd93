//! The numbers of the authors' own simulators, machine by machine in their numbering, and of independent brute force.
//!
//! Source: Soler-Toscano, SmallTuringMachinesSimulators (MIT licence, https://github.com/fersoler/SmallTuringMachinesSimulators,
//! 76b0043): the examples of its README, and its programs compiled and run. They start on a tape of zeros only.

use std::collections::BTreeMap;

use rayon::prelude::*;
use turmite_ctm::{Direction, Entry, Halted, Machine, run};
use turmite_tables::Space;

/// How often something was seen.
type Counts<K> = BTreeMap<K, u64>;

/// The entry of a digit of a machine's number: halts first; then the symbol written changes fastest, the direction next.
fn entry(space: Space, digit: u64) -> Entry {
    let (symbols, directions) = (u64::from(space.symbols()), u64::from(space.directions()));
    let Some(rest) = digit.checked_sub(symbols) else { return Entry::Halt { write: digit as u8 } };
    Entry::Step {
        write: (rest % symbols) as u8,
        direction: Direction::ALL[(rest / symbols % directions) as usize],
        next: (rest / symbols / directions) as u8,
    }
}

/// The machine of a number: a digit an entry, the last state first, and of a state the symbol 0 first.
fn numbered(space: Space, mut number: u64) -> Machine {
    let symbols = usize::from(space.symbols());
    let mut entries = vec![Entry::Undefined; space.entries()];
    for state in entries.chunks_mut(symbols).rev() {
        for slot in state {
            *slot = entry(space, number % u64::from(space.options()));
            number /= u64::from(space.options());
        }
    }
    Machine::new(space, entries).unwrap()
}

/// The machine of a number in `TMreduced`: the first state first. Its entry on 0 moves right to another state.
fn reduced(space: Space, mut number: u64) -> Machine {
    let (symbols, others) = (u64::from(space.symbols()), u64::from(space.states()) - 1);
    let mut entries = vec![Entry::Undefined; space.entries()];
    entries[0] = Entry::Step {
        write: (number % symbols) as u8,
        direction: Direction::Right,
        next: 1 + (number / symbols % others) as u8,
    };
    number /= symbols * others;
    for slot in &mut entries[1..] {
        *slot = entry(space, number % u64::from(space.options()));
        number /= u64::from(space.options());
    }
    Machine::new(space, entries).unwrap()
}

/// What machines leave and when they halt, on a tape of zeros; and how many do not.
#[derive(Default)]
struct Runs {
    outputs: Counts<String>,
    steps: Counts<u64>,
    others: u64,
}

impl Runs {
    fn of(machines: impl Iterator<Item = Machine>, max_steps: u64) -> Self {
        let mut runs = Self::default();
        for machine in machines {
            match run(&machine, 0, max_steps, |_, _, _| ()) {
                None => runs.others += 1,
                Some(Halted { steps, shape, symbols }) => {
                    *runs.outputs.entry(shape.format_string(&symbols)).or_default() += 1;
                    *runs.steps.entry(steps).or_default() += 1;
                }
            }
        }
        runs
    }

    /// Every machine of a space, a part on each core.
    fn of_all(space: &str, max_steps: u64) -> Self {
        let space: Space = space.parse().unwrap();
        let (all, parts) = (u64::from(space.options()).pow(space.entries() as u32), 64);
        let part = |part| (all * part / parts..all * (part + 1) / parts).map(|number| numbered(space, number));
        let runs: Vec<Self> = (0..parts).into_par_iter().map(|at| Self::of(part(at), max_steps)).collect();
        let mut whole = Self::default();
        for runs in runs {
            runs.outputs.into_iter().for_each(|(output, n)| *whole.outputs.entry(output).or_default() += n);
            runs.steps.into_iter().for_each(|(steps, n)| *whole.steps.entry(steps).or_default() += n);
            whole.others += runs.others;
        }
        assert_eq!(whole.halting() + whole.others, all);
        whole
    }

    fn halting(&self) -> u64 {
        self.steps.values().sum()
    }

    #[track_caller]
    fn writes(&self, outputs: &[(&str, u64)]) {
        for (text, expected) in outputs {
            for output in text.split(' ') {
                assert_eq!(self.outputs.get(output), Some(expected), "{output}");
            }
        }
    }
}

#[test]
fn the_first_machines_of_the_simulator() {
    let space = "2x2-1d".parse().unwrap();
    let runs = Runs::of((0..=1000).map(|number| numbered(space, number)), 500);
    assert_eq!(runs.others, 658);
    let expected = [
        ("0", 101),
        ("00", 46),
        ("001", 1),
        ("01", 34),
        ("010", 2),
        ("011", 1),
        ("1", 100),
        ("10", 34),
        ("100", 1),
        ("11", 22),
        ("110", 1),
    ];
    assert_eq!(runs.outputs, expected.map(|(output, n)| (output.to_owned(), n)).into());
}

/// `TMreduced` tells some kinds of machines that do not halt from the rest (-1: 6, -4: 40, -5: 11): none of them halts here.
#[test]
fn the_first_machines_of_the_reduced_numbering() {
    let space = "2x2-1d".parse().unwrap();
    let runs = |last| Runs::of((0..=last).map(|number| reduced(space, number)), 500);
    let (few, more) = (runs(100), runs(1000));
    assert_eq!(few.others, 6 + 40 + 11);
    let expected = [("00", 12), ("01", 10), ("10", 11), ("100", 1), ("11", 10)];
    assert_eq!(few.outputs, expected.map(|(output, n)| (output.to_owned(), n)).into());
    assert_eq!(more.others, 28 + 104 + 156 + 384 + 32);
    assert_eq!(more.steps, [(2, 201), (3, 60), (4, 28), (5, 4), (6, 4)].into());
}

#[test]
fn two_states() {
    let runs = Runs::of_all("2x2-1d", 500);
    assert_eq!((runs.halting(), runs.outputs.len()), (3_044, 17));
    assert_eq!(runs.steps, [(1, 2000), (2, 800), (3, 160), (4, 56), (5, 8), (6, 20)].into());
    runs.writes(&[("0 1", 1000)]);
}

#[test]
fn three_states() {
    let runs = Runs::of_all("3x2-1d", 21);
    assert_eq!((runs.halting(), runs.outputs.len()), (2_147_184, 95));
    // The last step is the halting transition of the busy beaver: without it eight machines are missing.
    assert_eq!(runs.steps.last_key_value(), Some((&21, &8)));
}

/// 11,390,625 machines.
#[test]
fn three_symbols() {
    let runs = Runs::of_all("2x3-1d", 40);
    assert_eq!((runs.halting(), runs.outputs.len()), (3_630_159, 567));
    assert_eq!(runs.steps.last_key_value().map(|(steps, _)| *steps), Some(38));
    runs.writes(&[("0 1 2", 759_375), ("00", 150_638), ("01 02 10 20", 142_711), ("11 12 21 22", 134_784)]);
    let runs = Runs::of_all("1x3-1d", 10);
    assert_eq!(runs.outputs.len(), 3);
    runs.writes(&[("0 1 2", 81)]);
}

#[test]
fn planes_and_solids() {
    let runs = Runs::of_all("2x2-2d", 20);
    assert_eq!((runs.halting(), runs.outputs.len()), (17_688, 48));
    assert_eq!(runs.steps, [(1, 11_664), (2, 5_184), (3, 576), (4, 176), (5, 16), (6, 72)].into());
    let runs = Runs::of_all("2x2-3d", 10);
    assert_eq!((runs.halting(), runs.outputs.len()), (53_164, 95));
    assert_eq!(runs.steps, [(1, 35_152), (2, 16_224), (3, 1_248), (4, 360), (5, 24), (6, 156)].into());
}
