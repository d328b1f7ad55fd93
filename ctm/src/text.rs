//! The field's standard text form of a machine, and its extension to planes, solids and our halt.
//!
//! States are separated by `_`; an entry is symbol, direction, next state; `---` is undefined; any letter past the last
//! state halts. Our halt writes and stays, and is printed `<symbol>RZ`; on reading, the direction before a halting
//! letter is ignored. `U`, `D` move along the second axis, `F`, `B` along the third.

use std::fmt;
use std::str::FromStr;

use turmite_tables::Space;

use crate::CtmError;
use crate::machine::{Direction, Entry, Machine};

pub(crate) fn entry_text(entry: Entry) -> String {
    match entry {
        Entry::Undefined => "---".to_owned(),
        Entry::Halt { write } => format!("{write}RZ"),
        Entry::Step { write, direction, next } => format!("{write}{}{}", direction.letter(), char::from(b'A' + next)),
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.entries().chunks(usize::from(self.space().symbols())).enumerate() {
            if i > 0 {
                f.write_str("_")?;
            }
            for entry in row {
                f.write_str(&entry_text(*entry))?;
            }
        }
        Ok(())
    }
}

impl FromStr for Machine {
    type Err = CtmError;

    /// Reads a machine. The space is the smallest that the text fits: as many states as rows, as many symbols as
    /// entries a row, as many dimensions as the directions ask for.
    fn from_str(text: &str) -> Result<Self, CtmError> {
        let wrong = |at: usize, found: String, expected: &str| CtmError::Text {
            text: text.to_owned(),
            found,
            position: at + 1,
            expected: expected.to_owned(),
        };
        if let Some(at) = text.find(|c: char| !c.is_ascii()) {
            return Err(wrong(at, "a character beyond ASCII".to_owned(), "symbols, directions and states such as 1RB"));
        }
        let rows: Vec<&str> = text.split('_').collect();
        let width = rows[0].len();
        let states = u8::try_from(rows.len()).unwrap_or(u8::MAX);
        let symbols = u8::try_from(width / 3).unwrap_or(u8::MAX);
        let mut dims = 1;
        let mut entries = Vec::new();
        let mut at = 0;
        for row in &rows {
            if row.len() != width || row.is_empty() || row.len() % 3 != 0 {
                return Err(wrong(
                    at,
                    format!("a row of {} characters", row.len()),
                    "rows of equal length, three characters an entry",
                ));
            }
            for entry in row.as_bytes().chunks(3) {
                let [symbol, direction, state] = [entry[0], entry[1], entry[2]];
                if entry == b"---" {
                    entries.push(Entry::Undefined);
                } else if !symbol.is_ascii_digit() || symbol - b'0' >= symbols {
                    return Err(wrong(
                        at,
                        format!("'{}'", char::from(symbol)),
                        &format!("a symbol below {symbols} or ---"),
                    ));
                } else if !state.is_ascii_uppercase() {
                    return Err(wrong(at + 2, format!("'{}'", char::from(state)), "a state A to Y, or Z to halt"));
                } else if state - b'A' >= states {
                    entries.push(Entry::Halt { write: symbol - b'0' });
                } else if let Some(direction) = Direction::from_letter(char::from(direction)) {
                    dims = dims.max(direction as u8 / 2 + 1);
                    entries.push(Entry::Step { write: symbol - b'0', direction, next: state - b'A' });
                } else {
                    return Err(wrong(
                        at + 1,
                        format!("'{}'", char::from(direction)),
                        "a direction R, L, U, D, F or B",
                    ));
                }
                at += 3;
            }
            at += 1;
        }
        Self::new(Space::new(states, symbols, dims)?, entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn champions_read_and_print() {
        for text in ["1RB1LC_1RC1RB_1RD0LE_1LA1LD_1RZ0LA", "1RB1LB_1LA1RZ", "1RB---_0UA1RZ", "1FB---_0BA1RZ"] {
            assert_eq!(text.parse::<Machine>().unwrap().to_string(), text);
        }
        // Any direction, any letter past the last state.
        assert_eq!("1RB1LB_1LA1LH".parse::<Machine>().unwrap().to_string(), "1RB1LB_1LA1RZ");
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "_",
            "1RB",
            "1RB1L",
            "1RB1LB_1LA",
            "1RB2LB_1LA1RZ",
            "1XB1LB_1LA1RZ",
            "1RB1Lb_1LA1RZ",
            "é",
            "1RB1LB_1LA1R-",
        ] {
            assert!(text.parse::<Machine>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_machine_packs_and_prints(codes in prop::collection::vec(0u8..=22, 10)) {
            let space = Space::new(5, 2, 1).unwrap();
            let machine = Machine::unpack(space, &codes).unwrap();
            prop_assert_eq!(machine.pack(), codes);
            prop_assert_eq!(machine.to_string().parse::<Machine>().unwrap(), machine);
        }

        #[test]
        fn any_text_is_refused_or_read(text in "[01RLZABC_-]{0,30}") {
            if let Ok(machine) = text.parse::<Machine>() {
                prop_assert_eq!(machine.to_string().parse::<Machine>().unwrap(), machine);
            }
        }
    }
}
