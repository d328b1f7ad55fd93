//! The repetition fractions of Gopher.

use std::collections::{HashMap, HashSet};

use foldhash::fast::FixedState;

/// How repetitive a text is: the thirteen fractions of Gopher (Rae et al. 2021, "Scaling Language Models: Methods,
/// Analysis & Insights from Training Gopher", table A1), counted as `GopherRepetitionFilter` of datatrove 0.10.1 counts
/// them. Characters are Unicode scalar values.
///
/// One thing differs: words are what white space separates, as in the paper. datatrove asks a language's tokenizer
/// (spaCy for English), which also splits off punctuation.
///
/// ```
/// use turmite_bdm::Gopher;
///
/// let gopher = Gopher::of("all work\nno play\nall work\n").expect("not empty");
/// // Four lines, for datatrove counts the empty one after the last line break; one of them repeats.
/// assert_eq!(gopher.dup_line_frac, 0.25);
/// assert_eq!(gopher.dup_line_char_frac, 8.0 / 26.0);
/// assert_eq!(gopher.top_gram[0], Some(16.0 / 26.0));
/// assert_eq!(Gopher::of(""), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gopher {
    /// Lines that occurred before, as a share of all lines (pieces between runs of line breaks).
    pub dup_line_frac: f64,
    /// Paragraphs that occurred before, as a share of all paragraphs (pieces of the trimmed text between two or more line
    /// breaks).
    pub dup_para_frac: f64,
    /// Characters in lines that occurred before, as a share of all characters.
    pub dup_line_char_frac: f64,
    /// Characters in paragraphs that occurred before, as a share of all characters.
    pub dup_para_char_frac: f64,
    /// For n = 2, 3, 4: characters of the most frequent n-gram of words, spaces between them included, times its
    /// occurrences, as a share of all characters. Above 1 where occurrences overlap. `None` with fewer than n words.
    pub top_gram: [Option<f64>; 3],
    /// For n = 5 to 10: characters in n-grams of words that occurred before, none counted twice, as a share of all
    /// characters.
    pub dup_gram: [f64; 6],
}

impl Gopher {
    /// The columns' names, in the order of [`Gopher::values`].
    pub const COLUMNS: [&str; 13] = [
        "gopher_dup_line_frac",
        "gopher_dup_para_frac",
        "gopher_dup_line_char_frac",
        "gopher_dup_para_char_frac",
        "gopher_top_2_gram",
        "gopher_top_3_gram",
        "gopher_top_4_gram",
        "gopher_dup_5_gram",
        "gopher_dup_6_gram",
        "gopher_dup_7_gram",
        "gopher_dup_8_gram",
        "gopher_dup_9_gram",
        "gopher_dup_10_gram",
    ];

    /// The fractions, in the order of [`Gopher::COLUMNS`].
    #[must_use]
    pub fn values(&self) -> [Option<f64>; 13] {
        let [top_2, top_3, top_4] = self.top_gram;
        let [dup_5, dup_6, dup_7, dup_8, dup_9, dup_10] = self.dup_gram.map(Some);
        let (lines, paragraphs) = (Some(self.dup_line_frac), Some(self.dup_para_frac));
        let (line_chars, paragraph_chars) = (Some(self.dup_line_char_frac), Some(self.dup_para_char_frac));
        [lines, paragraphs, line_chars, paragraph_chars, top_2, top_3, top_4, dup_5, dup_6, dup_7, dup_8, dup_9, dup_10]
    }

    /// The fractions of a text; `None` for an empty one.
    ///
    /// # Complexity
    /// Linear time and memory; every n-gram is hashed once, as the piece of text that it is.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let characters = chars(text) as f64;
        let (lines, line_chars) = duplicates(between_breaks(text, 1));
        let (paragraphs, paragraph_chars) = duplicates(between_breaks(text.trim_matches(python_space), 2));
        let words = words(text);
        let (spaced, joined) = (Grams::new(&words, " "), Grams::new(&words, ""));
        Some(Self {
            dup_line_frac: lines,
            dup_para_frac: paragraphs,
            dup_line_char_frac: line_chars as f64 / characters,
            dup_para_char_frac: paragraph_chars as f64 / characters,
            top_gram: [2, 3, 4].map(|n| spaced.top(n).map(|top| top as f64 / characters)),
            dup_gram: [5, 6, 7, 8, 9, 10].map(|n| joined.repeated(n) as f64 / characters),
        })
    }

    /// [`Gopher::top_gram`] of one `n` alone, without the twelve others; `None` with fewer than `n` words, or where `n` is 0.
    ///
    /// ```
    /// use turmite_bdm::Gopher;
    ///
    /// let text = "all work and all work";
    /// assert_eq!(Gopher::top_gram_of(text, 2), Gopher::of(text).expect("not empty").top_gram[0]);
    /// assert_eq!(Gopher::top_gram_of(text, 6), None);
    /// ```
    #[must_use]
    pub fn top_gram_of(text: &str, n: usize) -> Option<f64> {
        Grams::new(&words(text), " ").top(n).map(|top| top as f64 / chars(text) as f64)
    }

    /// [`Gopher::dup_gram`] of one `n` alone, without the twelve others; `None` for an empty text.
    ///
    /// ```
    /// use turmite_bdm::Gopher;
    ///
    /// let text = "one two three four five six ".repeat(2);
    /// assert_eq!(Gopher::dup_gram_of(&text, 5), Gopher::of(&text).map(|all| all.dup_gram[0]));
    /// assert_eq!(Gopher::dup_gram_of("", 5), None);
    /// ```
    #[must_use]
    pub fn dup_gram_of(text: &str, n: usize) -> Option<f64> {
        (!text.is_empty()).then(|| Grams::new(&words(text), "").repeated(n) as f64 / chars(text) as f64)
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(python_space).filter(|word| !word.is_empty()).collect()
}

/// What Python takes for white space: Unicode's, and the four separators of ASCII.
fn python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

/// The pieces between runs of `least` or more line breaks, empty ones at the ends included: `re.split("\n{least,}")`.
fn between_breaks(text: &str, least: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut from = 0;
        while let Some(found) = text[from..].find('\n') {
            let start = from + found;
            let end = text[start..].find(|c| c != '\n').map_or(text.len(), |more| start + more);
            if end - start >= least {
                rest = Some(&text[end..]);
                return Some(&text[..start]);
            }
            from = end;
        }
        rest = None;
        Some(text)
    })
}

/// The share of pieces that occurred before, and their characters.
fn duplicates<'a>(pieces: impl Iterator<Item = &'a str>) -> (f64, usize) {
    let mut seen = HashSet::with_hasher(FixedState::default());
    let (mut all, mut repeated, mut characters) = (0u64, 0u64, 0);
    for piece in pieces {
        all += 1;
        if !seen.insert(piece) {
            repeated += 1;
            characters += chars(piece);
        }
    }
    (repeated as f64 / all as f64, characters)
}

/// Words in one text, so that an n-gram is a piece of it.
struct Grams {
    text: String,
    /// Where each word starts and ends.
    words: Vec<(usize, usize)>,
}

impl Grams {
    fn new(words: &[&str], between: &str) -> Self {
        let mut at = 0;
        let mut places = Vec::with_capacity(words.len());
        for word in words {
            places.push((at, at + word.len()));
            at += word.len() + between.len();
        }
        Self { text: words.join(between), words: places }
    }

    /// None where `n` is 0.
    fn of_length(&self, n: usize) -> impl ExactSizeIterator<Item = &str> {
        let words = if n == 0 { &[] } else { &self.words[..] };
        words.windows(n.max(1)).map(move |words| &self.text[words[0].0..words[n - 1].1])
    }

    /// Characters of the most frequent n-gram, the earliest of equals, times its occurrences.
    fn top(&self, n: usize) -> Option<usize> {
        // An n-gram by where it first occurs, so that the earliest of equals is known.
        let grams = self.of_length(n);
        let mut counts: HashMap<&str, (usize, usize), _> =
            HashMap::with_capacity_and_hasher(grams.len(), FixedState::default());
        for (at, gram) in grams.enumerate() {
            counts.entry(gram).or_insert((0, at)).0 += 1;
        }
        let (gram, (count, _)) =
            counts.into_iter().max_by_key(|&(_, (count, first))| (count, std::cmp::Reverse(first)))?;
        Some(chars(gram) * count)
    }

    /// Characters in n-grams that occurred before; after one the search goes on behind it.
    fn repeated(&self, n: usize) -> usize {
        let grams = self.of_length(n);
        let mut seen = HashSet::with_capacity_and_hasher(grams.len(), FixedState::default());
        let (mut characters, mut next) = (0, 0);
        for (at, gram) in grams.enumerate() {
            if at >= next && !seen.insert(gram) {
                characters += chars(gram);
                next = at + n;
            }
        }
        characters
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_as_a_regular_expression_splits_them() {
        let split = |text, least| between_breaks(text, least).collect::<Vec<_>>();
        assert_eq!(split("a\n\nb\nc\n", 1), ["a", "b", "c", ""]);
        assert_eq!(split("\na\n\n\nb\nc", 2), ["\na", "b\nc"]);
        assert_eq!(split("\n\n", 2), ["", ""]);
        assert_eq!(split("", 1), [""]);
        assert_eq!(split("a\n", 2), ["a\n"]);
    }

    /// Numbers of datatrove's own functions; `tests/data/baselines` says how they were made.
    #[test]
    fn values_of_datatrove() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/baselines/gopher.jsonl");
        let golden = std::fs::read_to_string(path).unwrap();
        let mut repetitive = 0;
        for line in golden.lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            let text = record["text"].as_str().unwrap();
            let all = Gopher::of(text).unwrap();
            assert_eq!([2, 3, 4].map(|n| Gopher::top_gram_of(text, n)), all.top_gram);
            assert_eq!([5, 6, 7, 8, 9, 10].map(|n| Gopher::dup_gram_of(text, n)), all.dup_gram.map(Some));
            assert_eq!((Gopher::top_gram_of(text, 0), Gopher::dup_gram_of(text, 0)), (None, Some(0.0)));
            let found = all.values();
            let expected: Vec<Option<f64>> =
                record["fractions"].as_array().unwrap().iter().map(serde_json::Value::as_f64).collect();
            for (column, (found, expected)) in Gopher::COLUMNS.iter().zip(found.iter().zip(expected)) {
                // serde_json reads doubles to the last digit but one.
                let alike = match (found, expected) {
                    (Some(found), Some(expected)) => (found - expected).abs() < 1e-15,
                    (None, None) => true,
                    _ => false,
                };
                assert!(alike, "{column}: found {found:?}, expected {expected:?} of {line}");
            }
            repetitive += usize::from(found[12] > Some(0.0));
        }
        assert_eq!(golden.lines().count(), 60);
        assert!(repetitive > 20);
    }
}
