//! Certificates against the verifier, and claims against long plain runs.

use std::collections::HashSet;

use rayon::prelude::*;
use turmite_tables::Space;

use super::history::History;
use super::{Certificate, bouncer, decide};
use crate::machine::{Direction, Entry, Machine};
use crate::naive::run;
use crate::outputs::Extents;
use crate::rules::Rules;
use crate::tape::{Long, Outcome, Tape};

/// Far enough that the deciders which take long are asked, too.
const FAR: u64 = 1_010_000;

/// Certificates found, by kind.
#[derive(Debug, Default, PartialEq, Eq)]
struct Kinds {
    cycles: u64,
    translated: u64,
    backward: u64,
    closed_sets: u64,
    bouncers: u64,
    histories: u64,
    undecided: u64,
}

impl Kinds {
    /// Asks the deciders about a machine, up to so many steps, and the verifier about their answer.
    fn decide(&mut self, machine: &Machine, max_steps: u64) {
        let certificate = decide(machine, max_steps);
        if let Some(certificate) = &certificate {
            assert!(certificate.verify(machine), "{machine}: {certificate:?}");
        }
        match certificate {
            Some(Certificate::Cycle { .. }) => self.cycles += 1,
            Some(Certificate::TranslatedCycle { .. }) => self.translated += 1,
            Some(Certificate::Backward { .. }) => self.backward += 1,
            Some(Certificate::Bouncer { .. }) => self.bouncers += 1,
            Some(Certificate::ClosedSet { visits: 0, .. }) => self.closed_sets += 1,
            Some(Certificate::ClosedSet { .. }) => self.histories += 1,
            None => self.undecided += 1,
        }
    }
}

impl std::ops::Add for Kinds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            cycles: self.cycles + other.cycles,
            translated: self.translated + other.translated,
            backward: self.backward + other.backward,
            closed_sets: self.closed_sets + other.closed_sets,
            bouncers: self.bouncers + other.bouncers,
            histories: self.histories + other.histories,
            undecided: self.undecided + other.undecided,
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

/// Tree normal form, the plain way: every machine from the blank tape. `visit` sees the machines that do not halt.
fn leaves(machine: &Machine, visit: &mut dyn FnMut(&Machine)) {
    let Some(at) = reached(machine, 500) else {
        visit(machine);
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
                leaves(&Machine::new(space, entries).unwrap(), visit);
            }
        }
    }
}

fn leaves_of(space: &str, visit: &mut dyn FnMut(&Machine)) {
    let space: Space = space.parse().unwrap();
    leaves(&Machine::new(space, vec![Entry::Undefined; space.entries()]).unwrap(), visit);
}

/// What the deciders say of every `every`-th leaf.
fn kinds_of(space: &str, every: u64) -> Kinds {
    let (mut kinds, mut seen) = (Kinds::default(), 0u64);
    leaves_of(space, &mut |machine| {
        seen += 1;
        if seen.is_multiple_of(every) {
            kinds.decide(machine, FAR);
        }
    });
    kinds
}

/// Every leaf of the smallest spaces, and of (4,2) one in 64. None is left undecided.
#[test]
fn certificates_of_small_spaces_are_verified() {
    let decided = |cycles, translated, backward, closed_sets, bouncers, histories| Kinds {
        cycles,
        translated,
        backward,
        closed_sets,
        bouncers,
        histories,
        undecided: 0,
    };
    assert_eq!(kinds_of("3x2-1d", 1), decided(710, 2843, 55, 24, 0, 13));
    assert_eq!(kinds_of("2x3-1d", 1), decided(256, 1682, 1, 160, 0, 5));
    assert_eq!(kinds_of("4x2-1d", 64), decided(1956, 7264, 181, 95, 0, 23));
}

/// The deciders that are asked last, on every leaf of the smallest spaces: what they prove is verified.
#[test]
fn bouncers_and_histories_of_small_spaces_are_verified() {
    for (space, bouncers, histories) in [("3x2-1d", 3087, 3644), ("2x3-1d", 1827, 2103)] {
        let (mut bounced, mut closed) = (0, 0);
        let mut history = History::new(2, 2, 2000);
        leaves_of(space, &mut |machine| {
            let rules = Rules::of(machine);
            if let Some(bouncer) = bouncer::prove(&rules, 1000) {
                let certificate = bouncer.certificate();
                assert!(certificate.verify(machine), "{machine}: {certificate:?}");
                bounced += 1;
            }
            if history.prove(&rules, 200) {
                let certificate = history.certificate(200);
                assert!(certificate.verify(machine), "{machine}: {certificate:?}");
                closed += 1;
            }
        });
        assert_eq!((bounced, closed), (bouncers, histories), "{space}");
    }
}

/// A certificate of each kind, and what is changed in it by a little: the verifier refuses it.
#[test]
fn forged_certificates_are_refused() {
    let machine: Machine = "1RB---_1LB0RB".parse().unwrap();
    for (certificate, holds) in [
        (Certificate::TranslatedCycle { start: 1, period: 1, offset: 1 }, false),
        (Certificate::Cycle { start: 0, period: 0 }, false),
        (Certificate::Cycle { start: 1, period: 5 }, false),
        (Certificate::Backward { depth: 0 }, false),
        (Certificate::Backward { depth: 1 }, true),
    ] {
        assert_eq!(certificate.verify(&machine), holds, "{certificate:?}");
    }
    let mut forged = 0;
    leaves_of("3x2-1d", &mut |machine| match decide(machine, 500) {
        Some(Certificate::Cycle { start, period }) => {
            assert!(!Certificate::Cycle { start, period: period + 1 }.verify(machine) || period == 1, "{machine}");
            forged += 1;
        }
        Some(Certificate::ClosedSet { start, n, visits, contexts, beyond }) => {
            for left_out in 0..contexts.len() {
                let mut contexts = contexts.clone();
                contexts.remove(left_out);
                let certificate = Certificate::ClosedSet { start, n, visits, contexts, beyond: beyond.clone() };
                assert!(!certificate.verify(machine), "{machine} without context {left_out}");
                forged += 1;
            }
        }
        _ => {}
    });
    assert!(forged > 1000, "{forged}");
}

/// Every leaf of (4,2). The few that are left outlive the busy beaver.
#[test]
fn certificates_of_four_states_are_verified() {
    let kinds = kinds_of("4x2-1d", 1);
    assert_eq!(kinds.undecided, 17, "{kinds:?}");
}

/// A machine of random entries, one in eight undefined.
fn random(space: Space, random: &mut u64) -> Machine {
    let mut next = |below: u32| {
        // Knuth's linear congruential generator.
        *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((*random >> 33) % u64::from(below)) as u8
    };
    let entries = (0..space.entries()).map(|_| match next(8) {
        0 => Entry::Undefined,
        _ => Entry::Step {
            write: next(space.symbols().into()),
            direction: [Direction::Right, Direction::Left][usize::from(next(2))],
            next: next(space.states().into()),
        },
    });
    Machine::new(space, entries.collect()).unwrap()
}

/// A tape of as many cells as a run of so many steps can come to.
struct Bytes {
    cells: Vec<u8>,
    steps: usize,
}

impl Bytes {
    fn new(steps: usize) -> Self {
        Self { cells: vec![0; 2 * steps + 1], steps }
    }

    /// The run of a machine from blanks, the plainest way: whether it comes to an undefined entry, and the entries it meets.
    fn run(&mut self, machine: &Machine, steps: usize) -> (bool, u32) {
        let symbols = usize::from(machine.space().symbols());
        let rules: Vec<(u8, isize, usize)> = machine
            .entries()
            .iter()
            .map(|entry| match *entry {
                Entry::Step { write, direction, next } => {
                    (write, direction.delta()[2] as isize, usize::from(next) * symbols)
                }
                _ => (0, 0, usize::MAX),
            })
            .collect();
        let start = self.steps as isize;
        let (mut head, mut state, mut met) = (start, 0, 0u32);
        let (mut low, mut high, mut undefined) = (start, start, false);
        for _ in 0..steps {
            let cell = &mut self.cells[head as usize];
            let entry = state + usize::from(*cell);
            let (write, delta, next) = rules[entry];
            if next == usize::MAX {
                undefined = true;
                break;
            }
            met |= 1 << entry;
            *cell = write;
            head += delta;
            (low, high) = (low.min(head), high.max(head));
            state = next;
        }
        self.cells[low as usize..=high as usize].fill(0);
        (undefined, met)
    }
}

/// What becomes of random machines: certificates are verified, and there is none for a machine that comes to an undefined
/// entry within `steps` steps. Machines whose runs meet the same entries, and those alike, are run once.
fn random_machines(spaces: &[&str], machines: usize, steps: usize) -> Kinds {
    let mut seed = 1;
    let machines: Vec<Machine> =
        (0..machines).map(|i| random(spaces[i % spaces.len()].parse().unwrap(), &mut seed)).collect();
    let beginning = steps.min(2000);
    // The entries that the beginning of the run meets, all others undefined; `None` if it ends there.
    let met: Vec<Option<Machine>> = machines
        .par_iter()
        .map_init(
            || Bytes::new(beginning),
            |tape, machine| {
                let (undefined, met) = tape.run(machine, beginning);
                let keep = |(at, entry): (usize, &Entry)| if met >> at & 1 == 1 { *entry } else { Entry::Undefined };
                let entries = machine.entries().iter().enumerate().map(keep).collect();
                (!undefined).then(|| Machine::new(machine.space(), entries).unwrap())
            },
        )
        .collect();
    let distinct: HashSet<&Machine> = met.iter().flatten().collect();
    let distinct: Vec<&Machine> = distinct.into_iter().collect();
    println!("{} machines, {} runs", machines.len(), distinct.len());
    let stays: HashSet<&Machine> = distinct
        .into_par_iter()
        .map_init(|| Bytes::new(steps), |tape, machine| (!tape.run(machine, steps).0).then_some(machine))
        .flatten()
        .collect();
    let kinds = |tape: &mut Bytes, machine: &Machine, met: &Option<Machine>| {
        let mut kinds = Kinds::default();
        let ends = match met {
            None => true,
            Some(met) => !stays.contains(met) && tape.run(machine, steps).0,
        };
        if ends {
            assert_eq!(decide(machine, FAR), None, "{machine}");
        } else {
            kinds.decide(machine, FAR);
        }
        kinds
    };
    machines
        .par_iter()
        .zip(&met)
        .map_init(|| Bytes::new(steps), |tape, (machine, met)| kinds(tape, machine, met))
        .reduce(Kinds::default, |a, b| a + b)
}

#[test]
fn no_random_machine_that_halts_is_called_non_halting() {
    let kinds = random_machines(&["5x2-1d", "6x2-1d", "3x3-1d", "2x5-1d"], 40_000, 10_000);
    assert!(
        kinds.cycles > 1000 && kinds.translated > 20_000 && kinds.backward > 50 && kinds.closed_sets > 20,
        "{kinds:?}"
    );
    assert!(kinds.histories > 0 && kinds.undecided < 10, "{kinds:?}");
}

/// A million machines, run for a million steps.
#[test]
#[ignore = "minutes"]
fn no_random_machine_that_halts_within_a_million_steps_is_called_non_halting() {
    println!("{:?}", random_machines(&["5x2-1d", "6x2-1d"], 1_000_000, 1_000_000));
}

/// Step counts as published; the last step is the halting transition, which is left undefined here.
#[test]
fn champions_run_to_their_published_step_counts() {
    for (machine, steps) in [
        ("1RB1LB_1LA---", 6),
        ("1RB---_1LB0RC_1LC1LA", 21),
        ("1RB1LB_1LA0LC_---1LD_1RD0RA", 107),
        ("1RB2LB---_2LA2RB1LB", 38),
        ("1RB2LA1RA1RA_1LB1LA3RB---", 3_932_964),
        ("1RB1LC_1RC1RB_1RD0LE_1LA1LD_---0LA", 47_176_870),
        ("1RB0LD_1LC1RD_1LA1LC_---1RE_1RA0RB", 23_554_764),
        ("1RB1RA_1LC1LB_1RA1LD_1RA1LE_---0LC", 11_798_826),
    ] {
        let machine: Machine = machine.parse().unwrap();
        assert_eq!(decide(&machine, FAR), None, "{machine}");
        let mut tape = Long::blank();
        assert_eq!(tape.run(&Rules::of(&machine), u64::MAX), Outcome::Undefined);
        assert_eq!(tape.steps() + 1, steps, "{machine}");
        // The champion's cells, as bbchallenge-seed has them (simulate_test.go, MIT).
        if steps == 47_176_870 {
            assert_eq!(tape.extents(), Extents::line(12_289));
        }
    }
}
