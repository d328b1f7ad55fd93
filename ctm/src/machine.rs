//! A Turing machine as a table of entries, packed and unpacked.

use turmite_tables::{Space, TableError, Witness};

use crate::CtmError;

/// A direction of the head. `R` and `L` along the fastest axis (columns), `D` and `U` along the second (rows), `F` and `B` along the third (planes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Direction {
    Right,
    Left,
    Up,
    Down,
    Forward,
    Backward,
}

impl Direction {
    /// All six, `2d` of which a space of `d` dimensions has, in the order of the standard text form's extension.
    pub const ALL: [Self; 6] = [Self::Right, Self::Left, Self::Up, Self::Down, Self::Forward, Self::Backward];

    /// The letter of the text form.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Right => 'R',
            Self::Left => 'L',
            Self::Up => 'U',
            Self::Down => 'D',
            Self::Forward => 'F',
            Self::Backward => 'B',
        }
    }

    /// The direction of a letter.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.letter() == letter)
    }

    /// The change of (plane, row, column).
    #[must_use]
    pub fn delta(self) -> [i64; 3] {
        match self {
            Self::Right => [0, 0, 1],
            Self::Left => [0, 0, -1],
            Self::Up => [0, -1, 0],
            Self::Down => [0, 1, 0],
            Self::Forward => [1, 0, 0],
            Self::Backward => [-1, 0, 0],
        }
    }

    /// The axis it moves along: 0 columns, 1 rows, 2 planes.
    #[must_use]
    pub fn axis(self) -> usize {
        self as usize / 2
    }

    /// The two directions of each axis, first the one that makes its coordinate grow.
    pub(crate) const BY_AXIS: [Self; 6] =
        [Self::Right, Self::Left, Self::Down, Self::Up, Self::Forward, Self::Backward];

    /// The direction of an axis that makes its coordinate grow, or shrink.
    #[must_use]
    pub(crate) fn along(axis: usize, forward: bool) -> Self {
        Self::BY_AXIS[2 * axis.min(2) + usize::from(!forward)]
    }

    /// Whether its axis's coordinate grows.
    pub(crate) fn is_forward(self) -> bool {
        self.delta().iter().sum::<i64>() > 0
    }

    /// The opposite direction.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Right => Self::Left,
            Self::Left => Self::Right,
            Self::Up => Self::Down,
            Self::Down => Self::Up,
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

/// What a machine does in one state on one symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Not defined: the run never gets here, or nobody knows yet.
    Undefined,
    /// Writes and stops, without moving.
    Halt {
        /// The symbol written.
        write: u8,
    },
    /// Writes, moves, goes on.
    Step {
        /// The symbol written.
        write: u8,
        /// Where the head goes.
        direction: Direction,
        /// The next state, from 0.
        next: u8,
    },
}

/// A machine of a space, partial or whole.
///
/// `Display` and `FromStr` are the field's standard text form, e.g. `1RB1LC_1RC1RB_1RD0LE_1LA1LD_1RZ0LA`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Machine {
    space: Space,
    entries: Vec<Entry>,
}

impl Machine {
    /// A machine of `entries`, states outermost: entry of state q on symbol s at `q * k + s`.
    ///
    /// # Errors
    /// Another number of entries than the space's, or an entry outside it.
    pub fn new(space: Space, entries: Vec<Entry>) -> Result<Self, CtmError> {
        let sound = |e: &Entry| match *e {
            Entry::Undefined => true,
            Entry::Halt { write } => write < space.symbols(),
            Entry::Step { write, direction, next } => {
                write < space.symbols()
                    && next < space.states()
                    && Direction::ALL[..usize::from(space.directions())].contains(&direction)
            }
        };
        if entries.len() == space.entries() && entries.iter().all(sound) {
            Ok(Self { space, entries })
        } else {
            Err(CtmError::Space {
                space,
                reason: format!("{} entries, expected {} of this space", entries.len(), space.entries()),
            })
        }
    }

    /// The machine's space.
    #[must_use]
    pub fn space(&self) -> Space {
        self.space
    }

    /// The entries, states outermost.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a state on a symbol, both from 0.
    #[must_use]
    pub fn entry(&self, state: u8, symbol: u8) -> Entry {
        self.entries
            .get(usize::from(state) * usize::from(self.space.symbols()) + usize::from(symbol))
            .copied()
            .unwrap_or(Entry::Undefined)
    }

    /// Packs the table as a witness does: one code per entry, the rank of its text among all options of the space,
    /// from 1, and 0 for an undefined entry. The order of packed machines is the order of their texts.
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let codes = Codes::of(self.space);
        self.entries.iter().map(|e| codes.code(*e)).collect()
    }

    /// Undoes [`Machine::pack`].
    ///
    /// # Errors
    /// A code or a number of codes that the space does not have.
    pub fn unpack(space: Space, packed: &[u8]) -> Result<Self, CtmError> {
        let codes = Codes::of(space);
        let entries: Option<Vec<Entry>> = packed.iter().map(|&c| codes.entry(c)).collect();
        match entries {
            Some(entries) => Self::new(space, entries),
            None => Err(CtmError::Table(TableError::Space {
                found: format!("a packed witness {packed:?}"),
                expected: format!("codes up to {} of space {space}", space.options()),
            })),
        }
    }

    /// The machine of a witness with its symbols exchanged: `original[c]` stands for the witness's symbol `c`, and the
    /// symbols it does not name take what is left, in order. Returns the machine and the blank it runs on.
    ///
    /// # Errors
    /// As [`Machine::unpack`].
    pub fn of_witness(space: Space, witness: &Witness, original: &[u8]) -> Result<(Self, u8), CtmError> {
        let machine = Self::unpack(space, &witness.codes)?;
        let mut map = original.to_vec();
        map.extend((0..space.symbols()).filter(|s| !original.contains(s)));
        let blank = map.get(usize::from(witness.blank)).copied().unwrap_or(witness.blank);
        Ok((machine.with_symbols(&map), blank))
    }

    fn with_symbols(&self, map: &[u8]) -> Self {
        let k = usize::from(self.space.symbols());
        let mut entries = vec![Entry::Undefined; self.entries.len()];
        for (i, entry) in self.entries.iter().enumerate() {
            let to = i / k * k + usize::from(map[i % k]);
            entries[to] = match *entry {
                Entry::Undefined => Entry::Undefined,
                Entry::Halt { write } => Entry::Halt { write: map[usize::from(write)] },
                Entry::Step { write, direction, next } => {
                    Entry::Step { write: map[usize::from(write)], direction, next }
                }
            };
        }
        Self { space: self.space, entries }
    }
}

/// The options of a space, ranked by their text.
#[derive(Clone, Debug)]
pub(crate) struct Codes {
    entries: Vec<Entry>,
    per_symbol: usize,
    states: usize,
    /// Offset within one symbol's options of each direction's block, in the order of [`Direction::ALL`], and of the halt.
    offsets: [usize; 6],
    halt: usize,
}

impl Codes {
    pub(crate) fn of(space: Space) -> Self {
        let states = usize::from(space.states());
        let mut letters: Vec<Direction> = Direction::ALL[..usize::from(space.directions())].to_vec();
        letters.sort_by_key(|d| d.letter());
        let mut within = Vec::new();
        let (mut offsets, mut halt) = ([0; 6], 0);
        for direction in letters {
            offsets[direction as usize] = within.len();
            within.extend((0..space.states()).map(|next| Some((direction, next))));
            if direction == Direction::Right {
                // The halt is written RZ: after every state that R can lead to, before U.
                halt = within.len();
                within.push(None);
            }
        }
        let entries = (0..space.symbols())
            .flat_map(|write| {
                within.iter().map(move |option| match *option {
                    None => Entry::Halt { write },
                    Some((direction, next)) => Entry::Step { write, direction, next },
                })
            })
            .collect();
        Self { entries, per_symbol: within.len(), states, offsets, halt }
    }

    pub(crate) fn code(&self, entry: Entry) -> u8 {
        let rank = match entry {
            Entry::Undefined => return 0,
            Entry::Halt { write } => usize::from(write) * self.per_symbol + self.halt,
            Entry::Step { write, direction, next } => {
                debug_assert!(usize::from(next) < self.states);
                usize::from(write) * self.per_symbol + self.offsets[direction as usize] + usize::from(next)
            }
        };
        // A space has at most 254 options.
        rank as u8 + 1
    }

    pub(crate) fn entry(&self, code: u8) -> Option<Entry> {
        match code {
            0 => Some(Entry::Undefined),
            _ => self.entries.get(usize::from(code) - 1).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ranks_of_texts() {
        for space in ["2x2-1d", "3x4-1d", "2x2-2d", "2x2-3d"] {
            let space: Space = space.parse().unwrap();
            let codes = Codes::of(space);
            assert_eq!(codes.entries.len(), space.options() as usize);
            let texts: Vec<String> = codes.entries.iter().map(|e| crate::text::entry_text(*e)).collect();
            let mut sorted = texts.clone();
            sorted.sort();
            assert_eq!(texts, sorted);
            for code in 0..=codes.entries.len() as u8 {
                assert_eq!(codes.code(codes.entry(code).unwrap()), code);
            }
            assert_eq!(codes.entry(codes.entries.len() as u8 + 1), None);
        }
    }
}
