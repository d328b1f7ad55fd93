//! Leaping over blocks of cells: what a run does from entering a block to leaving it is worked out once and looked up.

use super::long::Long;
use crate::rules::Rules;

/// Cells of a block, four bits each.
const CELLS: usize = 16;

/// A leap that takes more steps is not worked out.
const MOST_STEPS: u32 = 100_000;

/// What a run does in a block.
#[derive(Clone, Copy, Debug)]
struct Leap {
    /// From: the block, the first slot of the state, and whether it is entered by its first cell or by its last.
    from: (u64, u16, bool),
    /// To: the block and the first slot of the state, and whether it is left beyond its last cell.
    block: u64,
    state: u16,
    to_right: bool,
    steps: u32,
    /// The cells visited.
    low: u8,
    high: u8,
}

/// A tape cut into blocks. The head stands on the first or the last cell of one.
struct Blocks<'a> {
    rules: &'a Rules,
    /// Blocks to each side of the one with the head, the nearest last.
    left: Vec<u64>,
    right: Vec<u64>,
    block: u64,
    at_first: bool,
    /// The first slot of the state.
    state: u16,
    steps: u64,
    /// Positions count from the lowest cell visited when the tape was cut.
    base: i64,
    low: i64,
    high: i64,
    /// Leaps worked out, by hash.
    known: Vec<Option<Leap>>,
}

/// Goes on with a run for as many whole leaps as stay within `limit` steps and come to no undefined entry.
pub(super) fn leap(tape: &Long, rules: &Rules, limit: u64) -> Long {
    let mut blocks = Blocks::cut(tape, rules);
    while blocks.leap(limit) {}
    blocks.join()
}

impl<'a> Blocks<'a> {
    const KNOWN_BITS: u32 = 14;

    fn cut(tape: &Long, rules: &'a Rules) -> Self {
        let pack =
            |cells: &mut dyn Iterator<Item = u8>| cells.enumerate().fold(0, |b, (i, c)| b | u64::from(c) << (4 * i));
        // The head's cell is the first of its block.
        let (before, after) = (tape.cells.range(..tape.head), tape.cells.range(tape.head..));
        let after: Vec<u8> = after.copied().collect();
        let before: Vec<u8> = before.rev().copied().collect();
        let mut right: Vec<u64> = after.chunks(CELLS).map(|c| pack(&mut c.iter().copied())).collect();
        right.reverse();
        let block = right.pop().unwrap_or(0);
        // Nearest first in a chunk, whose nearest cell is the last of its block.
        let turned =
            |chunk: &[u8]| chunk.iter().enumerate().fold(0, |b, (i, c)| b | u64::from(*c) << (4 * (CELLS - 1 - i)));
        let mut left: Vec<u64> = before.chunks(CELLS).map(turned).collect();
        left.reverse();
        Self {
            rules,
            left,
            right,
            block,
            at_first: true,
            state: tape.slot & !0xf,
            steps: tape.steps,
            base: tape.head as i64,
            low: 0,
            high: tape.cells.len() as i64 - 1,
            known: vec![None; 1 << Self::KNOWN_BITS],
        }
    }

    fn join(mut self) -> Long {
        let head = self.base + if self.at_first { 0 } else { CELLS as i64 - 1 };
        let first = self.base - (self.left.len() * CELLS) as i64;
        self.left.push(self.block);
        self.left.extend(self.right.iter().rev());
        let cells = self.left.iter().flat_map(|b| (0..CELLS).map(move |i| (b >> (4 * i) & 0xf) as u8));
        let cells: Vec<u8> =
            cells.skip((self.low - first) as usize).take((self.high - self.low + 1) as usize).collect();
        let head = (head - self.low) as usize;
        let slot = self.state | u16::from(cells[head]);
        Long::new(cells, head, slot, self.steps)
    }

    /// One leap; false if there is none within the limit.
    fn leap(&mut self, limit: u64) -> bool {
        let from = (self.block, self.state, self.at_first);
        let hash =
            (self.block ^ u64::from(self.state | u16::from(self.at_first)) << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = (hash >> (64 - Self::KNOWN_BITS)) as usize;
        let leap = match self.known[place] {
            Some(leap) if leap.from == from => leap,
            _ => {
                let Some(leap) = work_out(self.rules, from) else { return false };
                self.known[place] = Some(leap);
                leap
            }
        };
        if self.steps + u64::from(leap.steps) > limit {
            return false;
        }
        self.steps += u64::from(leap.steps);
        self.low = self.low.min(self.base + i64::from(leap.low));
        self.high = self.high.max(self.base + i64::from(leap.high));
        self.state = leap.state;
        self.at_first = leap.to_right;
        if leap.to_right {
            self.left.push(leap.block);
            self.block = self.right.pop().unwrap_or(0);
            self.base += CELLS as i64;
        } else {
            self.right.push(leap.block);
            self.block = self.left.pop().unwrap_or(0);
            self.base -= CELLS as i64;
        }
        // The cell stepped on is visited, too.
        let head = self.base + if self.at_first { 0 } else { CELLS as i64 - 1 };
        self.low = self.low.min(head);
        self.high = self.high.max(head);
        true
    }
}

/// Step by step; none if the run comes to an undefined entry in the block or stays in it for long.
fn work_out(rules: &Rules, from: (u64, u16, bool)) -> Option<Leap> {
    let (mut block, mut state, at_first) = from;
    let mut at = if at_first { 0 } else { CELLS - 1 };
    let (mut low, mut high) = (at, at);
    for steps in 1..=MOST_STEPS {
        let symbol = block >> (4 * at) & 0xf;
        let rule = rules.at(state | symbol as u16);
        if rule.is_undefined() {
            return None;
        }
        block ^= (symbol ^ u64::from(rule.write())) << (4 * at);
        state = rule.next_slot();
        let leaves = if rule.right() { at == CELLS - 1 } else { at == 0 };
        if leaves {
            let to_right = rule.right();
            return Some(Leap { from, block, state, to_right, steps, low: low as u8, high: high as u8 });
        }
        at = if rule.right() { at + 1 } else { at - 1 };
        low = low.min(at);
        high = high.max(at);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::machine::Machine;
    use crate::outputs::cells;
    use crate::tape::{Outcome, Tape};

    /// A run that leaps and one that does not, compared in all that can be seen of them.
    fn agrees(space: &str, codes: &[u8], start: u64, limit: u64) -> Result<(), TestCaseError> {
        let rules = Rules::of(&Machine::unpack(space.parse().unwrap(), codes).unwrap());
        let mut walked = Long::blank();
        if walked.walk(&rules, start).is_some() {
            return Ok(());
        }
        let mut leapt = leap(&walked, &rules, limit);
        prop_assert!(leapt.steps() >= start && leapt.steps() <= limit);
        prop_assert_eq!(leapt.walk(&rules, limit), walked.walk(&rules, limit));
        prop_assert_eq!((leapt.steps(), leapt.slot()), (walked.steps(), walked.slot()));
        prop_assert_eq!(cells(&leapt.written(), 0), cells(&walked.written(), 0));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn leaps_come_to_what_steps_come_to(
            two in prop::collection::vec(1..=22u8, 10),
            five in prop::collection::vec(1..=25u8, 10),
            start in 0..200u64,
        ) {
            agrees("5x2-1d", &two, start, 5000)?;
            agrees("2x5-1d", &five, start, 5000)?;
        }
    }

    #[test]
    fn a_champion_leaps_to_its_last_block() {
        let champion: Machine = "1RB2LA1RA1RA_1LB1LA3RB1RZ".parse().unwrap();
        let rules = Rules::of(&champion);
        let mut walked = Long::blank();
        assert_eq!(walked.walk(&rules, u64::MAX), Some(Outcome::Undefined));
        let leapt = leap(&Long::blank(), &rules, u64::MAX);
        assert!(leapt.steps() > 3_900_000 && leapt.steps() <= walked.steps());
        let mut run = leapt.clone();
        assert_eq!(run.run(&rules, u64::MAX), Outcome::Undefined);
        assert_eq!(run.steps(), 3_932_963);
        assert_eq!(cells(&run.written(), 0), cells(&walked.written(), 0));
    }
}
