//! The enumerator against its plain twin: every machine of a small space, run step by step on every blank.

use std::collections::BTreeMap;

use rayon::prelude::*;
use turmite_ctm::{Direction, Entry, EnumerateOptions, Machine, Quiet, enumerate, run};
use turmite_tables::{Shape, Space, Table};

fn options(space: Space) -> Vec<Entry> {
    let mut out: Vec<Entry> = (0..space.symbols()).map(|write| Entry::Halt { write }).collect();
    for write in 0..space.symbols() {
        for next in 0..space.states() {
            for &direction in &Direction::ALL[..usize::from(space.directions())] {
                out.push(Entry::Step { write, direction, next });
            }
        }
    }
    out
}

/// Count, least steps and the witness: steps, then blank, then text, of the entries its run reaches.
type Truth = BTreeMap<(Shape, Vec<u8>), (u128, (u64, u8, String))>;

/// All machines, those of each choice for the last entry on a core of their own.
fn brute_force(space: Space, max_steps: u64) -> (Truth, u128) {
    let options = options(space);
    let parts: Vec<(Truth, u128)> = (0..options.len())
        .into_par_iter()
        .map(|last| {
            let mut digits = vec![0; space.entries()];
            *digits.last_mut().unwrap() = last;
            with_last(space, &options, digits, max_steps)
        })
        .collect();
    let (mut truth, mut halting) = (Truth::new(), 0);
    for (part, halts) in parts {
        halting += halts;
        for (string, (count, witness)) in part {
            let row = truth.entry(string).or_insert_with(|| (0, witness.clone()));
            row.0 += count;
            row.1 = row.1.clone().min(witness);
        }
    }
    (truth, halting)
}

fn with_last(space: Space, options: &[Entry], mut digits: Vec<usize>, max_steps: u64) -> (Truth, u128) {
    let free = digits.len() - 1;
    let (mut truth, mut halting) = (Truth::new(), 0);
    loop {
        let entries: Vec<Entry> = digits.iter().map(|&d| options[d]).collect();
        let machine = Machine::new(space, entries.clone()).unwrap();
        for blank in 0..space.symbols() {
            let mut reached = 0u64;
            let note = |state: u8, _: [i64; 3], symbol: u8| {
                reached |= 1 << (usize::from(state) * usize::from(space.symbols()) + usize::from(symbol));
            };
            let Some(halted) = run(&machine, blank, max_steps, note) else { continue };
            halting += 1;
            let row = truth.entry((halted.shape, halted.symbols)).or_insert_with(|| (0, (u64::MAX, 0, String::new())));
            row.0 += 1;
            if halted.steps <= row.1.0 {
                let kept = |(i, e): (usize, &Entry)| if reached >> i & 1 == 1 { *e } else { Entry::Undefined };
                let text = Machine::new(space, entries.iter().enumerate().map(kept).collect()).unwrap().to_string();
                row.1 = row.1.clone().min((halted.steps, blank, text));
            }
        }
        let Some(at) = digits[..free].iter().position(|&d| d + 1 < options.len()) else { return (truth, halting) };
        digits[at] += 1;
        digits[..at].fill(0);
    }
}

fn agrees(space: &str, max_steps: u64) {
    let space: Space = space.parse().unwrap();
    let (truth, halting) = brute_force(space, max_steps);
    let table: Table = enumerate(&EnumerateOptions::new(space, max_steps), &Quiet).unwrap().into_table().unwrap();
    assert_eq!(table.total(), Some(halting));
    assert_eq!(table.outputs(), truth.len() as u64);
    let mut seen = 0;
    for member in table.strings() {
        let member = member.unwrap();
        let (count, (steps, blank, text)) = &truth[&(member.row.shape, member.symbols.clone())];
        let witness = member.row.witness.as_ref().unwrap();
        let (machine, on) = Machine::of_witness(space, witness, &member.original).unwrap();
        assert_eq!(member.row.count, Some(*count), "{:?}", member.symbols);
        assert_eq!(member.row.min_steps, Some(*steps), "{:?}", member.symbols);
        if space.symbols() == 2 || member.symbols == member.row.symbols {
            // Rows of more symbols keep the witness of their canonical string; the others' are it with symbols exchanged.
            assert_eq!((machine.to_string(), on), (text.clone(), *blank), "{:?}", member.symbols);
        }
        seen += 1;
    }
    assert_eq!(seen, truth.len());
}

#[test]
fn one_state() {
    agrees("1x2-1d", 10);
    agrees("1x3-1d", 10);
    agrees("1x5-1d", 3);
}

#[test]
fn two_states() {
    agrees("2x2-1d", 10);
    // A cutoff below the busy-beaver value of 6.
    agrees("2x2-1d", 4);
}

/// 1-state machines of many symbols use the widest words; 2 states and 3 symbols, 11,390,625 machines, all others.
#[test]
fn two_states_three_symbols() {
    agrees("2x3-1d", 38);
}

/// Also below what the spaces need, where cutoffs cut.
#[test]
fn planes_and_solids() {
    agrees("1x2-2d", 5);
    agrees("1x3-2d", 5);
    agrees("1x2-3d", 5);
    agrees("2x2-2d", 5);
    agrees("2x2-3d", 4);
}
