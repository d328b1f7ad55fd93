//! Certificates against the verifier, and claims against long plain runs.

use proptest::prelude::*;
use turmite_tables::Space;

use super::{Certificate, decide};
use crate::machine::{Direction, Entry, Machine};
use crate::naive::run;

/// Certificates found, by kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kinds {
    cycles: u64,
    translated: u64,
    backward: u64,
    closed_sets: u64,
    undecided: u64,
}

impl Kinds {
    /// Asks the deciders about a machine that does not halt in 500 steps, and the verifier about their answer.
    fn decide(&mut self, machine: &Machine) {
        let certificate = decide(machine, 500);
        if let Some(certificate) = &certificate {
            assert!(certificate.verify(machine), "{machine}: {certificate:?}");
        }
        match certificate {
            Some(Certificate::Cycle { .. }) => self.cycles += 1,
            Some(Certificate::TranslatedCycle { .. }) => self.translated += 1,
            Some(Certificate::Backward { .. }) => self.backward += 1,
            Some(Certificate::ClosedSet { .. }) => self.closed_sets += 1,
            None => self.undecided += 1,
        }
    }
}

/// The entry that a partial machine comes to within `max_steps` steps and that is not defined.
fn reached(machine: &Machine, max_steps: u64) -> Option<usize> {
    let mut last = (0, 0, 0);
    let mut steps = 0;
    let halted = run(machine, 0, max_steps, |state, _, symbol| {
        last = (usize::from(state), usize::from(symbol), 0);
        steps += 1;
    });
    assert_eq!(halted, None, "no entry halts");
    let entry = last.0 * usize::from(machine.space().symbols()) + last.1;
    (machine.entries()[entry] == Entry::Undefined).then_some(entry)
}

/// Tree normal form, the plain way: every machine from the blank tape. Asks about every `every`-th leaf.
fn leaves(machine: &Machine, every: u64, seen: &mut u64, kinds: &mut Kinds) {
    let Some(at) = reached(machine, 500) else {
        *seen += 1;
        if seen.is_multiple_of(every) {
            kinds.decide(machine);
        }
        return;
    };
    let space = machine.space();
    let used = |f: fn(&Entry) -> Option<u8>| machine.entries().iter().filter_map(f).max().unwrap_or(0);
    let states = used(|e| if let Entry::Step { next, .. } = e { Some(*next) } else { None });
    let symbols = used(|e| if let Entry::Step { write, .. } = e { Some(*write) } else { None });
    if machine.entries().iter().filter(|e| **e == Entry::Undefined).count() == 1 {
        return;
    }
    let first = machine.entries().iter().all(|e| *e == Entry::Undefined);
    for next in 0..space.states().min(states + 2) {
        for write in 0..space.symbols().min(symbols + 2) {
            for direction in [Direction::Right, Direction::Left] {
                if first && direction == Direction::Left {
                    continue;
                }
                let mut entries = machine.entries().to_vec();
                entries[at] = Entry::Step { write, direction, next };
                leaves(&Machine::new(space, entries).unwrap(), every, seen, kinds);
            }
        }
    }
}

fn leaves_of(space: &str, every: u64) -> Kinds {
    let space: Space = space.parse().unwrap();
    let empty = Machine::new(space, vec![Entry::Undefined; space.entries()]).unwrap();
    let mut kinds = Kinds::default();
    leaves(&empty, every, &mut 0, &mut kinds);
    kinds
}

#[test]
fn every_certificate_of_the_small_spaces_is_verified() {
    let kinds = leaves_of("3x2-1d", 1);
    println!("{kinds:?}");
    let kinds = leaves_of("2x3-1d", 1);
    println!("{kinds:?}");
    let kinds = leaves_of("4x2-1d", 16);
    println!("{kinds:?}");
}
