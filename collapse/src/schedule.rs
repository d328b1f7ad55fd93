//! The exogenous share alpha by generation.

use crate::error::CollapseError;
use std::fmt;
use std::str::FromStr;

const FORMS: &str = "constant:A, power:C,P, geometric:R, or a CSV file with the columns generation,alpha";

/// The share of exogenous records in each generation; generation 0 is authentic, alpha 1.
///
/// ```
/// use turmite_collapse::Schedule;
///
/// let power: Schedule = "power:2,1".parse()?;
/// assert_eq!([0, 1, 2, 4].map(|t| power.alpha(t)), [1.0, 1.0, 1.0, 0.5]);
/// let geometric: Schedule = "geometric:0.5".parse()?;
/// assert_eq!([0, 1, 3].map(|t| geometric.alpha(t)), [1.0, 0.5, 0.125]);
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Schedule {
    /// The same share in every generation.
    Constant(f64),
    /// min(1, c / t^p).
    Power {
        /// c
        scale: f64,
        /// p
        exponent: f64,
    },
    /// r^t.
    Geometric(f64),
    /// Read from a file: the last line at or before t holds.
    Listed(Vec<(u64, f64)>),
}

impl Schedule {
    /// alpha of generation `t`; 1 for t = 0.
    #[must_use]
    pub fn alpha(&self, t: u64) -> f64 {
        if t == 0 {
            return 1.0;
        }
        match self {
            Schedule::Constant(alpha) => *alpha,
            Schedule::Power { scale, exponent } => (scale / (t as f64).powf(*exponent)).min(1.0),
            Schedule::Geometric(ratio) => ratio.powf(t as f64),
            Schedule::Listed(lines) => {
                let at = lines.partition_point(|&(generation, _)| generation <= t);
                lines[at.saturating_sub(1)].1
            }
        }
    }

    /// The least alpha over generations 1 to `last`.
    #[must_use]
    pub fn least(&self, last: u64) -> f64 {
        (1..=last).map(|t| self.alpha(t)).fold(1.0, f64::min)
    }

    /// Reads a schedule from the text of a CSV file with the columns `generation,alpha` (a header, quotes and a byte order mark are allowed).
    /// A generation that is not listed takes the alpha of the last one listed before it.
    ///
    /// ```
    /// use turmite_collapse::Schedule;
    ///
    /// let schedule = Schedule::from_csv("generation,alpha\n1,0.5\n10,0.05\n")?;
    /// assert_eq!([1, 9, 10, 99].map(|t| schedule.alpha(t)), [0.5, 0.5, 0.05, 0.05]);
    /// # Ok::<(), turmite_collapse::CollapseError>(())
    /// ```
    ///
    /// # Errors
    /// The line that is not a generation and a share, or not later than the one before.
    pub fn from_csv(text: &str) -> Result<Self, CollapseError> {
        let bad = |line: usize, found: &str, expected| {
            Err(CollapseError::ScheduleLine { line: line + 1, found: found.to_owned(), expected })
        };
        let mut lines: Vec<(u64, f64)> = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, line) in text.lines().enumerate() {
            let mut fields = line.split(',').map(unquoted);
            let (first, second) = (fields.next().unwrap_or(""), fields.next().unwrap_or(""));
            if fields.next().is_some() {
                return bad(number, line, "two values, as in `3,0.25`: decimals have a point");
            }
            if line.trim().is_empty() || (number == 0 && first == "generation" && second == "alpha") {
                continue;
            }
            let (Ok(generation), Ok(alpha)) = (first.parse(), second.parse::<f64>()) else {
                return bad(number, line, "a generation and an alpha, as in `3,0.25`");
            };
            if !(0.0..=1.0).contains(&alpha) {
                return bad(number, line, "an alpha of 0 to 1");
            }
            if lines.last().is_some_and(|&(last, _)| last >= generation) {
                return bad(number, line, "generations in increasing order");
            }
            lines.push((generation, alpha));
        }
        if lines.first().is_none_or(|&(first, _)| first > 1) {
            return bad(0, text.lines().next().unwrap_or(""), "a first line for generation 0 or 1");
        }
        Ok(Schedule::Listed(lines))
    }
}

/// A cell without the quotes that some programs put around every one.
fn unquoted(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(cell)
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Constant(alpha) => write!(f, "constant:{alpha}"),
            Schedule::Power { scale, exponent } => write!(f, "power:{scale},{exponent}"),
            Schedule::Geometric(ratio) => write!(f, "geometric:{ratio}"),
            Schedule::Listed(lines) => write!(f, "{} listed generations", lines.len()),
        }
    }
}

impl FromStr for Schedule {
    type Err = CollapseError;

    fn from_str(text: &str) -> Result<Self, CollapseError> {
        let unknown = || CollapseError::Unknown { what: "schedule", found: text.to_owned(), expected: FORMS };
        let number = |text: &str| text.parse::<f64>().ok().filter(|x| x.is_finite() && *x >= 0.0).ok_or_else(unknown);
        let share = |what, text: &str| {
            number(text).and_then(|x| {
                let expected = "a share of 0 to 1";
                if x <= 1.0 { Ok(x) } else { Err(CollapseError::OutOfRange { what, found: text.to_owned(), expected }) }
            })
        };
        match text.split_once(':') {
            Some(("constant", alpha)) => Ok(Schedule::Constant(share("the alpha of a constant schedule", alpha)?)),
            Some(("geometric", ratio)) => Ok(Schedule::Geometric(share("the ratio of a geometric schedule", ratio)?)),
            Some(("power", arguments)) => {
                let (scale, exponent) = arguments.split_once(',').ok_or_else(unknown)?;
                Ok(Schedule::Power { scale: number(scale)?, exponent: number(exponent)? })
            }
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for name in ["constant:0.3", "power:1,1", "geometric:0.7"] {
            assert_eq!(name.parse::<Schedule>().unwrap().to_string(), name);
        }
        for bad in ["", "constant", "constant:2", "power:1", "geometric:-1", "power:nan,1", "geometric:inf"] {
            assert!(bad.parse::<Schedule>().is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "(|constant:|power:|geometric:)[-0-9.,:einfa]{0,14}", any in ".*", csv in "([0-9.,\\-]{0,8}\n){0,5}") {
            let read = [text.parse::<Schedule>(), any.parse(), Schedule::from_csv(&csv), Schedule::from_csv(&any)];
            for schedule in read.into_iter().flatten() {
                for t in [0, 1, 2, 1000, u64::MAX] {
                    proptest::prop_assert!((0.0..=1.0).contains(&schedule.alpha(t)), "{schedule:?}");
                }
            }
        }
    }

    #[test]
    fn bad_texts_name_the_forms() {
        for bad in ["", "linear:1", "power:1", "constant:x"] {
            let error = bad.parse::<Schedule>().unwrap_err().to_string();
            assert!(
                ["constant:A", "power:C,P", "geometric:R", "CSV"].iter().all(|form| error.contains(form)),
                "{error}"
            );
        }
    }

    #[test]
    fn files_of_spreadsheets_and_of_r_are_read() {
        let plain = Schedule::from_csv("1,0.5\n3,0.25\n").unwrap();
        for text in
            ["\u{feff}generation,alpha\r\n1,0.5\r\n3,0.25\r\n", "\"generation\",\"alpha\"\n\"1\",\"0.5\"\n\"3\",0.25"]
        {
            assert_eq!(Schedule::from_csv(text).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn bad_files_name_their_line() {
        for (text, line) in [
            ("1,0.5\nx,1", "line 2"),
            ("1,2", "line 1"),
            ("5,0.1", "line 1"),
            ("", "line 1"),
            ("1,1\n1,1", "line 2"),
            ("generation,alpha\n1,0,5", "line 2"),
            ("generation,alpha,note\n1,0.5,x", "line 1"),
        ] {
            let error = Schedule::from_csv(text).unwrap_err().to_string();
            assert!(error.contains(line), "{error}");
        }
    }
}
