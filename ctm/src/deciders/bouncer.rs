//! Bouncers: the head goes to and fro over repeated words, and every round adds one to their numbers of copies.
//!
//! The tapes of three rounds, each taken when the head visits a new cell beyond all others, are read as one formula: walls
//! of plain cells and repeated words, all of which have a copy more from round to round. Then the formula is run: words are
//! crossed as a whole, if the head leaves a copy as it has come to it. If it comes to itself with a copy more of each
//! word, it always will. (Iijil, Savask and others 2023, "bouncers" of bbchallenge.)

use super::HalfTapes;
use super::certificate::{Certificate, Part};
use crate::rules::Rules;

/// A tape whose repeated words have any number of copies, from the far end to the head.
pub(crate) type Formula = Vec<Segment>;

/// A part of a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Cell(u8),
    /// So many copies of a word, and as many more for every round.
    Repeat(Vec<u8>, u64),
}
use Segment::{Cell, Repeat};

/// The tape behind the head when it visits a new cell, and the state it comes in.
#[derive(Clone, Debug)]
struct Record {
    steps: u64,
    slot: u16,
    /// From the far end to the head.
    tape: Vec<u8>,
}

/// A formula that holds after `start` steps and comes to itself with one copy more of each word.
#[derive(Clone, Debug)]
pub(crate) struct Bouncer {
    pub(crate) start: u64,
    /// The head visits a new cell to the right, and the formula lies to its left; or the other way round.
    pub(crate) to_right: bool,
    pub(crate) formula: Formula,
}

/// Rounds that three tapes may be apart from each other.
const MOST_ROUNDS: usize = 4;
/// Words of a formula, and their cells in all: what keeps the reading of tapes short.
const MOST_WORDS: u32 = 4;
const MOST_GROWN: usize = 64;
/// Steps of a formula, and of crossing a word.
const MOST_STEPS: u32 = 20_000;
const MOST_CROSSING: u32 = 1000;

/// Looks at the run from the blank tape, for so many steps, for a bouncer.
pub(crate) fn prove(rules: &Rules, steps: u64) -> Option<Bouncer> {
    [true, false].into_iter().find_map(|to_right| {
        let records = records(rules, steps, to_right);
        // The latest record of each state, and earlier ones of it, so and so many rounds apart.
        let mut slots: Vec<u16> = records.iter().map(|r| r.slot).collect();
        slots.sort_unstable();
        slots.dedup();
        slots.into_iter().find_map(|slot| {
            let same: Vec<&Record> = records.iter().filter(|r| r.slot == slot).collect();
            (1..=MOST_ROUNDS).find_map(|apart| {
                let last = same.len().checked_sub(1)?;
                let three = [last.checked_sub(2 * apart)?, last - apart, last].map(|i| same[i]);
                let formula = formula(three.map(|r| r.tape.as_slice()), MOST_WORDS)?;
                let bouncer = Bouncer { start: three[0].steps, to_right, formula: normal(&formula) };
                comes_again(rules, &bouncer, slot).then_some(bouncer)
            })
        })
    })
}

/// The records on one side.
fn records(rules: &Rules, steps: u64, to_right: bool) -> Vec<Record> {
    let mut tapes = HalfTapes::default();
    let (mut slot, mut records) = (0, Vec::new());
    for step in 0..steps {
        let rule = rules.at(slot);
        let (ahead, behind) =
            if rule.right() { (&mut tapes.right, &mut tapes.left) } else { (&mut tapes.left, &mut tapes.right) };
        // The nearest cell last.
        behind.push(rule.write());
        let symbol = ahead.pop();
        slot = rule.next_slot() | u16::from(symbol.unwrap_or(0));
        if symbol.is_none() && rule.right() == to_right {
            records.push(Record { steps: step + 1, slot, tape: behind.clone() });
        }
    }
    records
}

/// The formula of three tapes, each a copy of every word longer than the one before, of at most so many words.
fn formula([first, second, third]: [&[u8]; 3], words: u32) -> Option<Formula> {
    let grown = second.len().checked_sub(first.len())?;
    if words == 0 || grown == 0 || grown > MOST_GROWN || third.len().checked_sub(second.len())? != grown {
        return None;
    }
    let same = (0..first.len()).take_while(|&i| first[i] == second[i] && second[i] == third[i]).count();
    if same == 0 && words < MOST_WORDS {
        // Words without a wall between them could be parted in any number of ways.
        return None;
    }
    let mut segments: Formula = first[..same].iter().map(|c| Cell(*c)).collect();
    let (first, second, third) = (&first[same..], &second[same..], &third[same..]);
    // Where they part a word must have come in; the shortest after which the rest can be read.
    let (word, rest) = (1..=grown).find_map(|length| {
        let word = second.get(..length)?;
        if third.get(..length)? != word || third.get(length..2 * length)? != word {
            return None;
        }
        let (second, third) = (&second[length..], &third[2 * length..]);
        let rest = if length < grown {
            formula([first, second, third], words - 1)?
        } else if first == second && second == third {
            first.iter().map(|c| Cell(*c)).collect()
        } else {
            return None;
        };
        Some((word.to_vec(), rest))
    })?;
    segments.push(Repeat(word, 0));
    segments.extend(rest);
    Some(segments)
}

/// The same formula with every word as far to the head as it can be, and copies that stand before it counted in.
fn normal(formula: &[Segment]) -> Formula {
    let mut out: Formula = Vec::with_capacity(formula.len());
    for segment in formula {
        match (segment, out.last_mut()) {
            (Cell(cell), Some(Repeat(word, _))) if word[0] == *cell => {
                word.rotate_left(1);
                let at = out.len() - 1;
                out.insert(at, Cell(*cell));
            }
            _ => out.push(segment.clone()),
        }
        take_in(&mut out);
    }
    out
}

/// Counts in the copies of the last word that stand before it.
fn take_in(out: &mut Formula) {
    if let Some(Repeat(word, copies)) = out.last().cloned() {
        let mut copies = copies;
        out.pop();
        while out.len() >= word.len() && out[out.len() - word.len()..].iter().zip(&word).all(|(s, c)| *s == Cell(*c)) {
            out.truncate(out.len() - word.len());
            copies += 1;
        }
        out.push(Repeat(word, copies));
    }
}

/// Whether the run comes from the formula to the formula with a copy more of each word, for any number of copies.
fn comes_again(rules: &Rules, bouncer: &Bouncer, slot: u16) -> bool {
    let goal: Formula = bouncer
        .formula
        .iter()
        .cloned()
        .map(|segment| match segment {
            Repeat(word, copies) => Repeat(word, copies + 1),
            cell @ Cell(_) => cell,
        })
        .collect();
    let mut run =
        Symbolic { rules, slot, behind: bouncer.formula.clone(), ahead: Vec::new(), to_right: bouncer.to_right };
    for _ in 0..MOST_STEPS {
        match run.step() {
            None => return false,
            Some(true) if run.slot == slot && normal(&run.behind) == goal => return true,
            Some(_) => {}
        }
    }
    false
}

/// A run of a formula. `behind` lies to the side of the formula, `ahead` to the side of the new cells; the nearest last.
struct Symbolic<'a> {
    rules: &'a Rules,
    slot: u16,
    behind: Formula,
    ahead: Formula,
    to_right: bool,
}

impl Bouncer {
    pub(crate) fn certificate(self) -> Certificate {
        let parts = self.formula.into_iter().map(|segment| match segment {
            Cell(cell) => Part::Cell(cell),
            Repeat(mut word, copies) => {
                if !self.to_right {
                    word.reverse();
                }
                Part::Copies { word, copies }
            }
        });
        let mut parts: Vec<Part> = parts.collect();
        if !self.to_right {
            parts.reverse();
        }
        Certificate::Bouncer { start: self.start, to_right: self.to_right, parts }
    }
}

impl Symbolic<'_> {
    /// One step, and the words then crossed; whether it ends on a new cell. None if it ends nowhere.
    fn step(&mut self) -> Option<bool> {
        let rule = self.rules.at(self.slot);
        if rule.is_undefined() {
            return None;
        }
        let forward = rule.right() == self.to_right;
        let (ahead, behind) =
            if forward { (&mut self.ahead, &mut self.behind) } else { (&mut self.behind, &mut self.ahead) };
        behind.push(Cell(rule.write()));
        let state = rule.next_slot();
        for _ in 0..MOST_CROSSING {
            match ahead.pop() {
                None => {
                    self.slot = state;
                    return Some(forward);
                }
                Some(Cell(symbol)) => {
                    self.slot = state | u16::from(symbol);
                    return Some(false);
                }
                Some(Repeat(word, copies)) => match cross(self.rules, &word, state, forward, rule.right()) {
                    Some(crossed) => behind.push(Repeat(crossed, copies)),
                    None => {
                        // A copy by itself, if there is one at any rate.
                        ahead.push(Repeat(word.clone(), copies.checked_sub(1)?));
                        let cells = word.into_iter().map(Cell);
                        if forward { ahead.extend(cells.rev()) } else { ahead.extend(cells) }
                    }
                },
            }
        }
        None
    }
}

/// The word that the head leaves behind when it has come to `word` in `state` and leaves it by its other end in that
/// state. Words are read along the way to the new cells; `forward` is the way the head comes.
fn cross(rules: &Rules, word: &[u8], state: u16, forward: bool, right: bool) -> Option<Vec<u8>> {
    let mut cells = word.to_vec();
    let last = cells.len() - 1;
    let mut at = if forward { 0 } else { last };
    let mut now = state;
    for _ in 0..MOST_CROSSING {
        let rule = rules.at(now | u16::from(cells[at]));
        if rule.is_undefined() {
            return None;
        }
        cells[at] = rule.write();
        now = rule.next_slot();
        let onward = (rule.right() == right) == forward;
        match (onward, at) {
            (true, at) if at == last => return (forward && now == state).then_some(cells),
            (false, 0) => return (!forward && now == state).then_some(cells),
            (true, _) => at += 1,
            (false, _) => at -= 1,
        }
    }
    None
}
