//! Every tape against the plain simulator, on machines drawn at random: what it reaches, what it wrote, and that what
//! it calls proven never halts.

use proptest::prelude::*;
use turmite_tables::Space;

use super::{Grid, Line, Outcome, SmallPlane, SmallSolid, Tape};
use crate::machine::{Entry, Machine};
use crate::naive::run;
use crate::outputs::Written;
use crate::rules::Rules;
use crate::symmetry::shape;

/// Runs on, on wider tapes where it must, and gives the outcome, the steps and what was written (the head's cell 0).
fn finish<T: Tape>(mut tape: T, rules: &Rules, limit: u64, widenings: usize) -> (Outcome, u64, Written, usize) {
    match tape.run(rules, limit) {
        Outcome::Overflow => finish_wider(&tape.widen(), rules, limit, widenings + 1),
        outcome => (outcome, tape.steps(), tape.written(), widenings),
    }
}

/// The same behind a reference, so that the types of ever wider tapes come to an end.
fn finish_wider<T: Tape>(tape: &T, rules: &Rules, limit: u64, widenings: usize) -> (Outcome, u64, Written, usize) {
    finish(tape.clone(), rules, limit, widenings)
}

/// The outcome of one machine on one tape, checked; how often the tape had to be widened.
fn agrees<T: Tape>(space: Space, codes: &[u8], limit: u64) -> Result<usize, TestCaseError> {
    let entries = Machine::unpack(space, codes).unwrap().entries().to_vec();
    // Whatever halts writes 0, as the tapes leave the head's cell.
    let halts = |e: &Entry| if matches!(e, Entry::Step { .. }) { *e } else { Entry::Halt { write: 0 } };
    let machine = Machine::new(space, entries.iter().map(halts).collect()).unwrap();
    let (outcome, steps, written, widenings) = finish(T::blank(), &Rules::of(&machine), limit, 0);
    let truth = run(&machine, 0, limit.max(3000), |_, _, _| ());
    match outcome {
        Outcome::Undefined => {
            let truth = truth.unwrap();
            prop_assert_eq!(truth.steps, steps + 1);
            let (extents, cells) = crate::outputs::cells(&written, 0);
            prop_assert_eq!(truth.shape, shape(extents, usize::from(space.dims())).unwrap());
            prop_assert_eq!(truth.symbols, cells);
        }
        Outcome::Proven(_) => prop_assert_eq!(truth, None),
        Outcome::Limit => prop_assert!(truth.is_none_or(|t| t.steps > limit)),
        Outcome::Overflow => prop_assert!(false, "the widest tape does not overflow"),
    }
    Ok(widenings)
}

fn codes(entries: usize, options: u8) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(1..=options, entries)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn lines(two in codes(10, 22), three in codes(9, 21), five in codes(10, 25)) {
        agrees::<Line<u64, 1>>("5x2-1d".parse().unwrap(), &two, 2000)?;
        agrees::<Line<u128, 2>>("3x3-1d".parse().unwrap(), &three, 2000)?;
        agrees::<Line<u128, 4>>("2x5-1d".parse().unwrap(), &five, 2000)?;
    }

    #[test]
    fn planes(two in codes(10, 42), three in codes(6, 27)) {
        agrees::<Grid<SmallPlane, 1>>("5x2-2d".parse().unwrap(), &two, 1000)?;
        agrees::<Grid<SmallPlane, 2>>("2x3-2d".parse().unwrap(), &three, 1000)?;
    }

    #[test]
    fn solids(two in codes(8, 50)) {
        agrees::<Grid<SmallSolid, 1>>("4x2-3d".parse().unwrap(), &two, 600)?;
    }
}

/// Wanderers that leave every window come out the same: a machine that walks off without repeating itself is rare, so
/// here is one that goes right while it counts.
#[test]
fn wide_runs_outgrow_every_window() {
    // The busy beaver of four states fills 14 cells; of five, within 20,000 steps, some hundreds.
    let space: Space = "5x2-1d".parse().unwrap();
    let champion: Machine = "1RB1LC_1RC1RB_1RD0LE_1LA1LD_1RZ0LA".parse().unwrap();
    assert_eq!(agrees::<Line<u64, 1>>(space, &champion.pack(), 20_000).unwrap(), 1);
    // The same machine along the columns of a plane and of a solid.
    for (space, widenings) in [("5x2-2d", 2), ("5x2-3d", 2)] {
        let space: Space = space.parse().unwrap();
        let codes = Machine::new(space, champion.entries().to_vec()).unwrap().pack();
        let found = if space.dims() == 2 {
            agrees::<Grid<SmallPlane, 1>>(space, &codes, 20_000)
        } else {
            agrees::<Grid<SmallSolid, 1>>(space, &codes, 20_000)
        };
        assert_eq!(found.unwrap(), widenings);
    }
}
