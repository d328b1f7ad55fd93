//! Tapes with a head, and running on them until something is known.

mod blocks;
mod endless;
mod grid;
mod line;
mod long;

pub(crate) use endless::Endless;
pub(crate) use grid::{Grid, SmallPlane, SmallSolid};
pub(crate) use line::Line;
pub(crate) use long::Long;

use crate::deciders::HalfTapes;
use crate::outputs::{Extents, Written};
use crate::rules::Rules;
use crate::tally::Proof;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It stands on an undefined entry.
    Undefined,
    /// It will never reach one.
    Proven(Proof),
    /// It has taken all steps it was given.
    Limit,
    /// It needs a wider tape, and goes on there from where it stands.
    Overflow,
}

/// A configuration: tape, head, state, steps taken, cells visited. In one dimension [`Line`], then [`Long`]; in two and
/// three [`Grid`]s of growing size, then [`Endless`].
pub(crate) trait Tape: Clone {
    /// The tape to go on with when this one overflows.
    type Wider: Tape;

    /// Steps after which the wider tape is the faster one.
    const PATIENCE: u64 = u64::MAX;

    /// State A on a tape of symbol 0.
    fn blank() -> Self;

    /// The same configuration on the wider tape.
    fn widen(&self) -> Self::Wider;

    /// Runs on until an undefined entry, a proof that there will be none, or `limit` steps in all.
    fn run(&mut self, rules: &Rules, limit: u64) -> Outcome;

    /// The entry the head stands on.
    fn slot(&self) -> u16;

    /// Steps taken.
    fn steps(&self) -> u64;

    /// Columns, rows and planes of the box visited.
    fn extents(&self) -> Extents;

    /// The visited cells, those of the head left open.
    fn written(&self) -> Written;

    /// Fills in the cells to each side of the head, for the deciders, who know one dimension only.
    fn half_tapes(&self, _: &mut HalfTapes) {}

    /// Steps until the earlier time that a cycle or translated cycle was seen to repeat.
    fn since(&self) -> u64 {
        0
    }
}

/// An expression in which `$tape` is the fast tape of a space.
macro_rules! on_fast_tape {
    ($space:expr, $tape:ident => $body:expr) => {
        match ($space.dims(), $space.symbols()) {
            (1, 2) => on_fast_tape!(@ $crate::tape::Line<u64, 1>, $tape => $body),
            (1, 3..=4) => on_fast_tape!(@ $crate::tape::Line<u128, 2>, $tape => $body),
            (1, _) => on_fast_tape!(@ $crate::tape::Line<u128, 4>, $tape => $body),
            (2, 2) => on_fast_tape!(@ $crate::tape::Grid<$crate::tape::SmallPlane, 1>, $tape => $body),
            (2, 3..=4) => on_fast_tape!(@ $crate::tape::Grid<$crate::tape::SmallPlane, 2>, $tape => $body),
            (2, _) => on_fast_tape!(@ $crate::tape::Grid<$crate::tape::SmallPlane, 4>, $tape => $body),
            (_, 2) => on_fast_tape!(@ $crate::tape::Grid<$crate::tape::SmallSolid, 1>, $tape => $body),
            (_, 3..=4) => on_fast_tape!(@ $crate::tape::Grid<$crate::tape::SmallSolid, 2>, $tape => $body),
            _ => on_fast_tape!(@ $crate::tape::Grid<$crate::tape::SmallSolid, 4>, $tape => $body),
        }
    };
    (@ $type:ty, $tape:ident => $body:expr) => {{
        type $tape = $type;
        $body
    }};
}
pub(crate) use on_fast_tape;

#[cfg(test)]
mod tests;
