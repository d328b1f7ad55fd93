//! The verifier of bouncers: runs their formula along its tokens, and shares no code with the decider.

use super::certificate::Part;
use super::verify::Plain;
use crate::machine::{Direction, Entry, Machine};

/// Steps of a round, and within a word.
const MOST_STEPS: u32 = 1_000_000;

/// A tape of cells and of words with any number of copies, from left to right; the head stands on a cell.
#[derive(Clone, Debug)]
struct Tokens {
    tokens: Vec<Part>,
    at: usize,
    state: u8,
}

/// Whether the run has the form of `parts`, from left to right and but for the new cell under the head, after `start` steps,
/// and comes from there to the same form with one copy more of each word.
pub(super) fn bouncer(machine: &Machine, start: u64, to_right: bool, parts: &[Part]) -> Option<bool> {
    let run = Plain::after(machine, start)?;
    let cells: Vec<u8> = parts.iter().flat_map(|part| part.cells(0)).collect();
    let visited: Vec<u8> = (run.lowest()..=run.highest()).map(|at| run.at(at - run.head)).collect();
    let edge = if to_right { run.highest() } else { run.lowest() };
    let rest = if to_right { &visited[..visited.len() - 1] } else { &visited[1..] };
    let words = parts.iter().all(|part| !matches!(part, Part::Copies { word, .. } if word.is_empty()));
    if run.head != edge || run.at(0) != 0 || rest != cells || !words {
        return Some(false);
    }
    let more = parts.iter().map(|part| match part {
        Part::Cell(cell) => Part::Cell(*cell),
        Part::Copies { word, copies } => Part::Copies { word: word.clone(), copies: copies + 1 },
    });
    let goal = leftmost(more.collect());
    let mut tokens = parts.to_vec();
    let at = if to_right { tokens.len() } else { 0 };
    tokens.insert(at, Part::Cell(0));
    let mut tape = Tokens { tokens, at, state: run.state };
    for _ in 0..MOST_STEPS {
        let new = tape.step(machine)?;
        if new == Some(to_right) && tape.state == run.state {
            let mut form = tape.tokens.clone();
            form.remove(tape.at);
            if leftmost(form) == goal {
                return Some(true);
            }
        }
    }
    Some(false)
}

impl Tokens {
    /// A step and the words crossed after it; the side of the new cell that it ends on, if it does.
    fn step(&mut self, machine: &Machine) -> Option<Option<bool>> {
        let Part::Cell(symbol) = self.tokens[self.at] else { return None };
        let Entry::Step { write, direction, next } = machine.entry(self.state, symbol) else { return None };
        self.tokens[self.at] = Part::Cell(write);
        self.state = next;
        let right = direction == Direction::Right;
        for _ in 0..MOST_STEPS {
            let beside = if right { Some(self.at + 1) } else { self.at.checked_sub(1) };
            match beside.and_then(|beside| Some((beside, self.tokens.get(beside)?.clone()))) {
                None => {
                    let at = if right { self.tokens.len() } else { 0 };
                    self.tokens.insert(at, Part::Cell(0));
                    self.at = at;
                    return Some(Some(right));
                }
                Some((beside, Part::Cell(_))) => {
                    self.at = beside;
                    return Some(None);
                }
                Some((beside, Part::Copies { word, copies })) => match crossed(machine, &word, next, right) {
                    // As good as on it: the next token is looked at.
                    Some(word) => {
                        self.tokens[beside] = Part::Copies { word, copies };
                        self.at = beside;
                    }
                    None => {
                        let mut apart: Vec<Part> = word.iter().map(|cell| Part::Cell(*cell)).collect();
                        let rest = Part::Copies { copies: copies.checked_sub(1)?, word };
                        apart.insert(if right { apart.len() } else { 0 }, rest);
                        let added = apart.len() - 1;
                        self.tokens.splice(beside..=beside, apart);
                        if !right {
                            self.at += added;
                        }
                    }
                },
            }
        }
        None
    }
}

/// The word after the head has gone through it, if it comes out at the other end in the same state.
fn crossed(machine: &Machine, word: &[u8], enters: u8, right: bool) -> Option<Vec<u8>> {
    let mut cells = word.to_vec();
    let mut at = if right { 0 } else { cells.len() as i64 - 1 };
    let mut state = enters;
    for _ in 0..MOST_STEPS {
        let Some(cell) = usize::try_from(at).ok().and_then(|at| cells.get_mut(at)) else { break };
        let Entry::Step { write, direction, next } = machine.entry(state, *cell) else { return None };
        *cell = write;
        state = next;
        at += direction.delta()[2];
    }
    let out = if right { at == cells.len() as i64 } else { at == -1 };
    (out && state == enters).then_some(cells)
}

/// The same tape with every word as far to the left as it can be, and the copies that follow it counted in.
fn leftmost(parts: Vec<Part>) -> Vec<Part> {
    // Built from its right end, so that `out` is reversed.
    let mut out: Vec<Part> = Vec::new();
    for part in parts.into_iter().rev() {
        let turned = match (&part, out.last_mut()) {
            (Part::Cell(cell), Some(Part::Copies { word, .. })) if word.last() == Some(cell) => {
                word.rotate_right(1);
                true
            }
            _ => false,
        };
        let at = out.len() - usize::from(turned);
        out.insert(at, part);
        let Some(Part::Copies { word, copies }) = out.last().cloned() else { continue };
        out.pop();
        let mut copies = copies;
        let follows = |out: &[Part]| {
            out.len() >= word.len() && word.iter().zip(out.iter().rev()).all(|(cell, part)| *part == Part::Cell(*cell))
        };
        while follows(&out) {
            out.truncate(out.len() - word.len());
            copies += 1;
        }
        out.push(Part::Copies { word, copies });
    }
    out.reverse();
    out
}
