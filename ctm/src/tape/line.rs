//! The fast tape: two stacks of symbols in machine words, one to each side of the head.
//!
//! Comparing two configurations costs two comparisons of words, whatever the tape holds, so both deciders live in the
//! loop. *Cycle* (Brent): the configuration, up to translation, equals a reference that is renewed after 2^i steps.
//! *Translated cycle*: the head visits a new cell in the state in which it visited an earlier one, the reference, and
//! the cells it has visited since, seen from the head, are the same: then it repeats itself, shifted, for ever. The
//! reference is the 2^i-th record on its side.

use super::{Long, Outcome, Tape};
use crate::deciders::HalfTapes;
use crate::outputs::{Extents, Written};
use crate::rules::Rules;
use crate::tally::Proof;

/// A word that holds a stack of symbols.
pub(crate) trait Word: Copy + Eq + Send + Sync + 'static {
    const BITS: u32;
    const ZERO: Self;
    fn shr(self, bits: u32) -> Self;
    fn push(self, symbol: u8, bits: u32) -> Self;
    fn xor(self, other: Self) -> Self;
    fn mix(self, right: Self, slot: usize) -> Self;
    fn low(self) -> u8;
    fn mask(self, bits: u32) -> Self;
    fn wide(self) -> u128;
}

macro_rules! word {
    ($($t:ty),*) => {$(
        impl Word for $t {
            const BITS: u32 = <$t>::BITS;
            const ZERO: Self = 0;
            #[inline(always)]
            fn shr(self, bits: u32) -> Self { self >> bits }
            #[inline(always)]
            fn push(self, symbol: u8, bits: u32) -> Self { self << bits | Self::from(symbol) }
            #[inline(always)]
            fn xor(self, other: Self) -> Self { self ^ other }
            #[inline(always)]
            fn mix(self, right: Self, slot: usize) -> Self {
                self ^ right.rotate_left(<$t>::BITS / 2) ^ Self::from(slot as u16) << (<$t>::BITS / 2 - 10)
            }
            #[inline(always)]
            fn low(self) -> u8 { self as u8 }
            #[inline(always)]
            fn mask(self, bits: u32) -> Self { self & !(<$t>::MAX << bits) }
            #[inline(always)]
            fn wide(self) -> u128 { u128::from(self) }
        }
    )*};
}
word!(u64, u128);

/// A tape of at most `W::BITS / B` visited cells of `B` bits each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<W, const B: u32> {
    /// Cells left of the head, the nearest in the low bits; and right of it.
    left: W,
    right: W,
    /// State and scanned symbol, as a slot of the rules.
    slot: u16,
    /// The head's position, from the first cell visited, and the cells visited so far.
    offset: i32,
    width: i32,
    steps: u64,
    /// Steps until the reference that the run was last seen to repeat; cutoffs have 32 bits.
    since: u32,
}

/// The tape and slot at an earlier time, to compare with.
#[derive(Clone, Copy)]
struct Reference<W> {
    left: W,
    right: W,
    slot: usize,
    mixed: W,
    steps: u32,
}

impl<W: Word> Reference<W> {
    fn new(left: W, right: W, slot: usize, steps: u64) -> Self {
        Self { left, right, slot, mixed: left.mix(right, slot), steps: steps as u32 }
    }

    /// One side alone is often the same, and a branch on it mispredicted; all folded into one word seldom is.
    #[inline(always)]
    fn is(&self, left: W, right: W, slot: usize) -> bool {
        left.mix(right, slot) == self.mixed && left == self.left && right == self.right && slot == self.slot
    }
}

/// The records on one side: visits of a new cell beyond all others.
#[derive(Clone, Copy)]
struct Records<W> {
    /// The stack of visited cells at the reference record, its slot, the head's position and the steps until then.
    behind: W,
    slot: usize,
    at: i32,
    steps: u32,
    seen: u32,
    renew_at: u32,
}

impl<W: Word> Records<W> {
    /// No slot of the rules.
    const NONE: usize = usize::MAX;

    fn none() -> Self {
        Self { behind: W::ZERO, slot: Self::NONE, at: 0, steps: 0, seen: 0, renew_at: 1 }
    }

    /// Whether a record in `slot` repeats the reference, `far` being the head's farthest position back since then.
    #[inline(always)]
    fn repeats<const B: u32>(&self, behind: W, slot: usize, far: i32) -> bool {
        // The distance is below the number of visited cells, so the mask never reaches the width of the word.
        (self.slot == slot) & (behind.xor(self.behind).mask(self.at.abs_diff(far) * B) == W::ZERO)
    }

    /// Counts a record, and takes it as the reference if it is the 2^i-th.
    #[inline(always)]
    fn count(&mut self, behind: W, slot: usize, at: i32, steps: u64) -> bool {
        self.seen += 1;
        let renew = self.seen == self.renew_at;
        if renew {
            *self = Self { behind, slot, at, steps: steps as u32, seen: self.seen, renew_at: self.renew_at * 2 };
        }
        renew
    }
}

impl<W: Word, const B: u32> Line<W, B> {
    /// One cell is kept free so that a step that visits a new cell never pushes a symbol out of a word.
    const CAPACITY: i32 = (W::BITS / B) as i32 - 1;
    const SYMBOL: u16 = (1 << B) - 1;
}

impl<W: Word, const B: u32> Tape for Line<W, B> {
    type Wider = Long;
    // Enough for a cycle of some thousand steps.
    const PATIENCE: u64 = 1 << 16;

    fn blank() -> Self {
        Self { left: W::ZERO, right: W::ZERO, slot: 0, offset: 0, width: 1, steps: 0, since: 0 }
    }

    fn widen(&self) -> Long {
        let symbol = |word: W, i: i32| word.shr(i as u32 * B).low() & Self::SYMBOL as u8;
        let mut cells: Vec<u8> = (0..self.offset).rev().map(|i| symbol(self.left, i)).collect();
        cells.push((self.slot & 0xf) as u8);
        cells.extend((0..self.width - self.offset - 1).map(|i| symbol(self.right, i)));
        Long::new(cells, self.offset as usize, self.slot, self.steps)
    }

    fn run(&mut self, rules: &Rules, limit: u64) -> Outcome {
        let Self { mut left, mut right, offset, mut width, mut since, .. } = *self;
        let mut slot = usize::from(self.slot);
        if width > Self::CAPACITY {
            return Outcome::Overflow;
        }
        let mut reference = Reference::new(left, right, slot, self.steps);
        // Steps are counted down to where the reference is renewed, which takes the least.
        let mut stop = self.steps;
        let mut steps_left;
        // Far enough that a short run, and most are, never renews it.
        let mut interval = 8;
        // To the left, to the right.
        let mut records = [Records::none(); 2];
        // Positions count from the leftmost cell visited when this call began.
        let (mut position, mut leftmost) = (offset, 0);
        let (mut lowest, mut highest) = (offset, offset);
        let outcome = 'run: loop {
            steps_left = interval.min(limit.saturating_sub(stop));
            stop += steps_left;
            while steps_left > 0 {
                let rule = rules.at_index(slot);
                if rule.is_undefined() {
                    break 'run Outcome::Undefined;
                }
                // The stack moved away from grows by the symbol written, the other gives the next symbol; without
                // branches, for the direction is what a processor predicts worst.
                let to_right = rule.right();
                let (ahead, behind) = if to_right { (right, left) } else { (left, right) };
                let grown = behind.push(rule.write(), B);
                let shrunk = ahead.shr(B);
                slot = usize::from(rule.next_slot()) | usize::from(ahead.low()) & usize::from(Self::SYMBOL);
                (left, right) = if to_right { (grown, shrunk) } else { (shrunk, grown) };
                position += if to_right { 1 } else { -1 };
                steps_left -= 1;
                lowest = lowest.min(position);
                highest = highest.max(position);
                // Each test is one branch, which is taken once a run or seldom: no early way out of a comparison.
                if (position - leftmost) as u32 >= width as u32 {
                    width += 1;
                    leftmost = leftmost.min(position);
                    let records = &mut records[usize::from(to_right)];
                    let far = if to_right { lowest } else { highest };
                    if records.repeats::<B>(grown, slot, far) {
                        since = records.steps;
                        break 'run Outcome::Proven(Proof::TranslatedCycle);
                    }
                    if records.count(grown, slot, position, stop - steps_left) {
                        *(if to_right { &mut lowest } else { &mut highest }) = position;
                    }
                    if width > Self::CAPACITY {
                        break 'run Outcome::Overflow;
                    }
                } else if reference.is(left, right, slot) {
                    since = reference.steps;
                    break 'run Outcome::Proven(Proof::Cycle);
                }
            }
            if stop >= limit {
                break Outcome::Limit;
            }
            reference = Reference::new(left, right, slot, stop);
            interval *= 2;
        };
        let (slot, steps) = (slot as u16, stop - steps_left);
        *self = Self { left, right, slot, offset: position - leftmost, width, steps, since };
        outcome
    }

    fn slot(&self) -> u16 {
        self.slot
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn extents(&self) -> Extents {
        Extents::line(self.width as usize)
    }

    fn written(&self) -> Written {
        let right_cells = (self.width - self.offset - 1) as u32;
        let mut code = self.left.wide() << B;
        let mut right = self.right.wide();
        for _ in 0..right_cells {
            code = code << B | right & u128::from(Self::SYMBOL);
            right >>= B;
        }
        Written::Word { code, head_shift: right_cells * B, extents: self.extents(), bits: B }
    }

    fn half_tapes(&self, tapes: &mut HalfTapes) {
        for (cells, mut word, count) in
            [(&mut tapes.left, self.left, self.offset), (&mut tapes.right, self.right, self.width - self.offset - 1)]
        {
            cells.clear();
            for _ in 0..count {
                cells.push(word.low() & Self::SYMBOL as u8);
                word = word.shr(B);
            }
        }
    }

    fn since(&self) -> u64 {
        u64::from(self.since)
    }
}
