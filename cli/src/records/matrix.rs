//! Rows of numbers as text.

use std::io::Read;

use anyhow::{Context as _, Result, anyhow, bail};

use super::{Numbers, Values, utf8};

/// Bytes of the longest file that is read as an array, an image or a graph: these are held whole.
pub(super) const LARGEST: usize = 1 << 30;

/// A file that is held whole.
///
/// # Errors
/// It cannot be read, or is too long to be held.
pub(super) fn read_whole(reader: impl Read) -> Result<Vec<u8>> {
    read_up_to(reader, LARGEST)
}

fn read_up_to(reader: impl Read, most: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut bytes).context("cannot read")?;
    if bytes.len() > most {
        bail!("more than {} MiB, which is too long to be held whole; cut it into parts", most >> 20);
    }
    Ok(bytes)
}

/// Reads an array of two axes: a line a row, numbers split by blanks, commas or semicolons; or, where every line is one word of
/// digits, a digit a number. Blank lines and those that start with `#` or `%` are passed over.
///
/// # Errors
/// Rows of unequal length, and what is no whole number from 0.
pub(super) fn read(reader: impl Read) -> Result<Numbers> {
    let bytes = read_whole(reader)?;
    let rows = Rows::of(utf8(&bytes)?);
    rows.numbers()
}

/// The words of a text, row by row.
pub(super) struct Rows<'a> {
    /// Line numbers from 1, and the words of each line that has any.
    pub(super) rows: Vec<(usize, Vec<&'a str>)>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut rows: Vec<(usize, Vec<&str>)> = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if !text.is_empty() && !text.starts_with(['#', '%']) {
                let mut words = Vec::new();
                for cell in text.split([',', ';']) {
                    let before = words.len();
                    words.extend(cell.split_whitespace());
                    if words.len() == before {
                        // Nothing between two commas is a place without a number; left out, it would shift those behind it.
                        words.push("");
                    }
                }
                rows.push((line, words));
            }
        }
        let single = |words: &[&str]| matches!(words, [word] if word.bytes().all(|b| b.is_ascii_digit()));
        if rows.iter().all(|(_, words)| single(words)) && rows.iter().any(|(_, words)| words[0].len() > 1) {
            // Every line is one run of digits: a digit a cell.
            for (_, words) in &mut rows {
                let word = words[0];
                *words = (0..word.len()).map(|at| &word[at..=at]).collect();
            }
        }
        Self { rows }
    }

    /// Whether there are as many words in each row as there are rows.
    pub(super) fn is_square(&self) -> bool {
        !self.rows.is_empty() && self.rows.iter().all(|(_, words)| words.len() == self.rows.len())
    }

    /// The words as numbers.
    pub(super) fn numbers(&self) -> Result<Numbers> {
        let columns = self.rows.first().map_or(0, |(_, words)| words.len());
        let mut values = Values::new();
        for (line, words) in &self.rows {
            if words.len() != columns {
                bail!(
                    "line {line} has {} numbers, but the first row has {columns}; pad or cut the rows to one length",
                    words.len()
                );
            }
            for (column, word) in (1..).zip(words) {
                values.push(whole(word).with_context(|| format!("line {line}, number {column}"))?);
            }
        }
        Ok(Numbers::array(vec![self.rows.len(), columns], values))
    }
}

/// A whole number from 0, also where it is written as `1.0e0`.
fn whole(word: &str) -> Result<u64> {
    if word.is_empty() {
        bail!("found nothing between separators or after the last, expected a whole number from 0");
    }
    match word.parse::<u64>() {
        Ok(value) => Ok(value),
        Err(_) => match word.parse::<f64>() {
            Ok(value) => whole_float(value),
            Err(_) => {
                let word: String = word.chars().take(40).collect();
                Err(anyhow!("found `{word}`, expected a whole number from 0"))
            }
        },
    }
}

/// 2^53, where floats stop to tell neighbours apart.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

/// A float that is a whole number from 0, below [`EXACT`].
pub(crate) fn whole_float(value: f64) -> Result<u64> {
    if value.fract() == 0.0 && (0.0..EXACT).contains(&value) {
        Ok(value as u64)
    } else {
        let shown = if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") };
        Err(anyhow!("found {shown}, expected a whole number from 0; round or cut the values into levels first"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Result<Numbers> {
        read(text.as_bytes())
    }

    #[test]
    fn what_is_too_long_is_not_held() {
        // Like the rest of a file that has no end.
        let error = read_up_to(std::io::repeat(b'0'), 1 << 20).unwrap_err().to_string();
        assert_eq!(error, "more than 1 MiB, which is too long to be held whole; cut it into parts");
        assert_eq!(read_up_to(std::io::repeat(b'0').take(1 << 20), 1 << 20).unwrap().len(), 1 << 20);
    }

    #[test]
    fn the_ways_to_write_rows() {
        let expected = Numbers::array(vec![2, 3], [0, 1, 1, 1, 0, 2].into_iter().collect());
        for text in [
            "0 1 1\n1 0 2\n",
            "0,1,1\r\n1,0,2",
            "# a comment\n\n0;1;1\n%another\n1 ; 0;\t2\n",
            "011\n102\n",
            "0.0 1.0e+00 1\n1 -0 2.0",
            "\u{feff}011\n102",
        ] {
            assert_eq!(numbers(text).unwrap(), expected, "{text:?}");
        }
        assert_eq!(numbers("3\n5\n").unwrap(), Numbers::array(vec![2, 1], [3, 5].into_iter().collect()));
        assert_eq!(numbers("").unwrap().axes(), [0, 0]);
    }

    #[test]
    fn what_is_no_number_says_where() {
        for (text, words) in [
            ("0 1\n1", "line 2 has 1 numbers, but the first row has 2"),
            ("0 1\n\n1 nan\n", "line 3, number 2: found NaN"),
            ("0 -1", "line 1, number 2: found -1, expected a whole number from 0"),
            ("0 0.5", "found 0.5"),
            ("a,b\n0,1", "line 1, number 1: found `a`"),
            ("0,1,,1\n,1,1,0", "line 1, number 3: found nothing"),
            ("0,1\n,1", "line 2, number 1: found nothing"),
            ("0 1;\n1 0;", "line 1, number 3: found nothing"),
            ("1e300 0", "found 1e300"),
        ] {
            let error = format!("{:#}", numbers(text).unwrap_err());
            assert!(error.contains(words), "{text:?}: {error}");
        }
        assert!(read(&b"0 \xff"[..]).is_err());
    }
}
