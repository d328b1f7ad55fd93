//! What a witness stands for, against every machine of small spaces: those whose run is the witness's under other names.

use std::collections::HashMap;

use rayon::prelude::*;
use turmite_ctm::{Alike, Direction, Entry, EnumerateOptions, Machine, Quiet, enumerate, run};
use turmite_tables::{Relabelling, Shape, Space};

/// A run without names: states and symbols numbered in order of first use, the head's way, and what was written.
type Run = (Vec<u8>, Vec<[i8; 3]>, Vec<u8>, (Shape, Vec<u8>));

fn nameless(machine: &Machine, blank: u8, max_steps: u64) -> Option<Run> {
    let (mut states, mut way, mut symbols) = (Vec::new(), Vec::new(), vec![blank]);
    let halted = run(machine, blank, max_steps, |state, head, symbol| {
        states.push(state);
        way.push(head.map(|h| h as i8));
        symbols.push(symbol);
        if let Entry::Halt { write } | Entry::Step { write, .. } = machine.entry(state, symbol) {
            symbols.push(write);
        }
    })?;
    // The string itself keeps its names.
    Some((Relabelling::of(&states).canonical, way, Relabelling::of(&symbols).canonical, (halted.shape, halted.symbols)))
}

fn options(space: Space) -> Vec<Entry> {
    let mut out: Vec<Entry> = (0..space.symbols()).map(|write| Entry::Halt { write }).collect();
    for write in 0..space.symbols() {
        for next in 0..space.states() {
            let step = |&direction: &Direction| Entry::Step { write, direction, next };
            out.extend(Direction::ALL[..usize::from(space.directions())].iter().map(step));
        }
    }
    out
}

/// Every machine of the space on every blank, its runs counted without names; those of each choice for the last entry on a core of their own.
fn brute_force(space: Space, max_steps: u64) -> HashMap<Run, u128> {
    let options = options(space);
    let with_last = |last: usize| {
        let mut counts: HashMap<Run, u128> = HashMap::new();
        let mut digits = vec![0; space.entries()];
        *digits.last_mut().unwrap() = last;
        loop {
            let machine = Machine::new(space, digits.iter().map(|&d| options[d]).collect()).unwrap();
            for blank in 0..space.symbols() {
                if let Some(run) = nameless(&machine, blank, max_steps) {
                    *counts.entry(run).or_default() += 1;
                }
            }
            let Some(at) = digits[..digits.len() - 1].iter().position(|d| *d + 1 < options.len()) else {
                return counts;
            };
            digits[..at].fill(0);
            digits[at] += 1;
        }
    };
    (0..options.len()).into_par_iter().map(with_last).reduce(HashMap::new, |mut all, part| {
        for (run, count) in part {
            *all.entry(run).or_default() += count;
        }
        all
    })
}

/// All ways to turn and mirror a way of the head.
fn placed(way: &[[i8; 3]], dims: usize) -> Vec<Vec<[i8; 3]>> {
    let orders: Vec<[usize; 3]> = match dims {
        1 => vec![[0, 1, 2]],
        2 => vec![[0, 1, 2], [0, 2, 1]],
        _ => vec![[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]],
    };
    let mut out: Vec<Vec<[i8; 3]>> = Vec::new();
    for order in orders {
        for mirror in 0..8 {
            let sign = |axis: usize| if mirror >> axis & 1 == 1 { -1 } else { 1 };
            out.push(way.iter().map(|at| [0, 1, 2].map(|axis| at[order[axis]] * sign(axis))).collect());
        }
    }
    out.sort();
    out.dedup();
    out
}

/// Three states have names to exchange, one state of many symbols has those.
#[test]
fn a_witness_stands_for_the_machines_that_make_its_run() {
    for (space, max_steps) in
        [("2x2-1d", 6), ("1x3-1d", 10), ("1x5-1d", 10), ("3x2-1d", 5), ("2x2-2d", 10), ("1x3-2d", 10), ("1x2-3d", 10)]
    {
        let space: Space = space.parse().unwrap();
        let truth = brute_force(space, max_steps);
        let table = enumerate(&EnumerateOptions::new(space, max_steps), &Quiet).unwrap().into_table().unwrap();
        let mut rows = 0;
        for member in table.strings() {
            let member = member.unwrap();
            let (witness, steps) = (member.row.witness.unwrap(), member.row.min_steps.unwrap());
            let (machine, blank) = Machine::of_witness(space, &witness, &member.original).unwrap();
            let alike = Alike::of(&machine, blank, steps).unwrap();
            let (states, way, symbols, string) = nameless(&machine, blank, steps).unwrap();
            assert_eq!(string, (member.row.shape, member.symbols));
            // All runs of these states and symbols that write this string, however they lie.
            let runs: Vec<u128> = placed(&way, usize::from(space.dims()))
                .into_iter()
                .filter_map(|way| truth.get(&(states.clone(), way, symbols.clone(), string.clone())).copied())
                .collect();
            let own = truth[&(states.clone(), way, symbols.clone(), string.clone())];
            assert_eq!(alike.pairs, Some(own), "{space} {machine} on {blank}");
            assert_eq!(runs, vec![own; alike.images as usize], "{space} {machine} on {blank}");
            assert!((alike.bits - (own as f64).log2()).abs() < 1e-9);
            assert!(u128::from(alike.images) * own <= member.row.count.unwrap());
            rows += 1;
        }
        assert_eq!(rows, table.outputs());
    }
}

/// Counts beyond 128 bits are none, and their logarithm is still known.
#[test]
fn large_spaces_keep_the_logarithm() {
    let mut entries = vec![Entry::Undefined; 36];
    entries[0] = Entry::Halt { write: 0 };
    let machine = Machine::new("4x9-1d".parse().unwrap(), entries).unwrap();
    let alike = Alike::of(&machine, 0, 1).unwrap();
    assert_eq!((alike.pairs, alike.unreached), (None, 35));
    assert!((alike.bits - 35.0 * 81f64.log2()).abs() < 1e-9);
}
