//! Word n-grams: the model of [`crate::ngram`] over the words of a text.

use crate::ngram::Ngram;
use crate::pool::Pool;
use rand_chacha::ChaCha8Rng;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// What texts are made of: characters, or the bytes of UTF-8.
pub(crate) trait Letter: Copy + Eq + Hash {
    const SPACE: Self;

    fn is_space(self) -> bool;
}

impl Letter for char {
    const SPACE: Self = ' ';

    fn is_space(self) -> bool {
        self.is_whitespace()
    }
}

impl Letter for u8 {
    const SPACE: Self = b' ';

    fn is_space(self) -> bool {
        self.is_ascii_whitespace()
    }
}

/// The words of a record, one after another.
pub(crate) fn words<S: Letter>(record: &[S]) -> impl Iterator<Item = &[S]> {
    record.split(|c| c.is_space()).filter(|word| !word.is_empty())
}

/// The share of records with a word that an earlier pool does not hold.
fn novel<S: Letter>(before: &Pool<S>, records: &Pool<S>) -> f64 {
    let known: HashSet<&[S], foldhash::fast::FixedState> = before.iter().flat_map(words).collect();
    let novel = records.iter().filter(|record| words(record).any(|word| !known.contains(word))).count();
    novel as f64 / records.len().max(1) as f64
}

/// Share of generation 1's records with a word that generation 0 does not hold, up to which an n-gram over words is thought
/// possible: its own records have none, so that the share is alpha at most. In prose of 300 characters 3 in 5 records of an
/// n-gram of six characters have one, and more of a lower order. Words anchored above this share do not alarm without their own null.
const MOST_NOVEL: f64 = 0.45;

/// Whether who wrote `records` after training on the pool before must spell words.
pub(crate) fn spells<S: Letter>(before: &Pool<S>, records: &Pool<S>) -> bool {
    novel(before, records) > MOST_NOVEL
}

/// By how much, and by how many standard errors, more records must hold a word that the authentic ones lack than of these hold a word of
/// their own. What an n-gram over words has learned from authentic records that are not at hand is as new as they are, but comes in clumps.
const LEAST_BEYOND: f64 = 0.1;
const LEAST_ERRORS: f64 = 4.0;

/// The same where the pool before is not at hand, by other authentic records.
pub(crate) fn spells_beyond<S: Letter>(authentic: &Pool<S>, records: &Pool<S>) -> bool {
    let mut holders: HashMap<&[S], (usize, bool), foldhash::fast::FixedState> = HashMap::default();
    for (at, record) in authentic.iter().enumerate() {
        for word in words(record) {
            let (first, shared) = holders.entry(word).or_insert((at, false));
            *shared |= *first != at;
        }
    }
    let own = authentic.iter().filter(|record| words(record).any(|word| !holders[word].1)).count();
    let usual = own as f64 / authentic.len().max(1) as f64;
    let error = (usual * (1.0 - usual) / records.len().max(1) as f64).sqrt();
    novel(authentic, records) > usual + (LEAST_ERRORS * error).max(LEAST_BEYOND)
}

/// An n-gram model over words: what stands between white space. It writes words joined by single spaces.
pub(crate) struct Words<S> {
    model: Ngram<u32>,
    /// The words, laid end to end, and where each ends.
    letters: Vec<S>,
    ends: Vec<usize>,
}

impl<S: Letter> Words<S> {
    /// Fits the model; `None` if the pool holds no word.
    pub(crate) fn fit(pool: &Pool<S>, order: usize) -> Option<Self> {
        let mut numbers: HashMap<&[S], u32, foldhash::fast::FixedState> = HashMap::default();
        let (mut letters, mut ends) = (Vec::new(), Vec::new());
        let mut numbered: Pool<u32> = Pool::default();
        for record in pool.iter() {
            numbered.push_with(|out| {
                for word in words(record) {
                    out.push(*numbers.entry(word).or_insert_with(|| {
                        letters.extend_from_slice(word);
                        ends.push(letters.len());
                        (ends.len() - 1) as u32
                    }));
                }
            });
        }
        Some(Self { model: Ngram::fit(&numbered, order)?, letters, ends })
    }

    fn word(&self, number: u32) -> &[S] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.letters[start..self.ends[number]]
    }

    /// Appends whole words as long as they and the spaces between fit into `length` characters. Only a first word that is
    /// longer is cut.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<S>) {
        let start = out.len();
        self.model.walk(rng, |number| {
            let word = self.word(number);
            let written = out.len() - start;
            if written == 0 {
                out.extend_from_slice(&word[..word.len().min(length)]);
                return word.len() < length;
            }
            if written + 1 + word.len() > length {
                return false;
            }
            out.push(S::SPACE);
            out.extend_from_slice(word);
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pool::of_texts as pool;
    use crate::seed;

    #[test]
    fn words_follow_words_that_they_followed() {
        let text = "the cat saw the dog and the dog saw  a\ncat near the house";
        let words: Vec<&str> = text.split_whitespace().collect();
        let model = Words::fit(&pool(&[text, ""]), 1).unwrap();
        let mut rng = seed::rng(9, 0, 0, 0);
        for length in [1, 3, 10, 80] {
            for _ in 0..100 {
                let mut out = Vec::new();
                model.write(length, &mut rng, &mut out);
                let record: String = out.iter().collect();
                assert!((1..=length).contains(&out.len()), "{record}");
                let written: Vec<&str> = record.split(' ').collect();
                for pair in written.windows(2) {
                    // `house` ends the only record and has no successor: anything may follow it.
                    assert!(pair[0] == "house" || words.windows(2).any(|w| w == pair), "{record}");
                }
            }
        }
    }

    #[test]
    fn who_writes_new_words_spells() {
        let zero = pool(&["a b", "b a"]);
        assert!(!spells(&zero, &pool(&["a a", "b a", "a b", "b new"])) && spells(&zero, &pool(&["new a", "b a"])));
        // One record of four has a word of its own, and so may four in sixteen; or one more, by chance.
        let authentic = pool(&["a b", "b a", "a a b", "b a own"]);
        let beyond = |new: usize| {
            let of = |i| if i < new { "a new" } else { "a b" };
            spells_beyond(&authentic, &pool(&(0..64).map(of).collect::<Vec<_>>()))
        };
        assert!(!beyond(16) && !beyond(29) && beyond(31));
        // Where every record has a word of its own, nothing can be told.
        assert!(!spells_beyond(&pool(&["a", "b"]), &pool(&["c"])));
    }

    #[test]
    fn bytes_are_written_as_characters_are() {
        let texts = ["the cat saw the dog", "a dog and a cat near the house"];
        let of_bytes: Pool<u8> = texts.iter().map(|text| text.as_bytes()).collect();
        let (characters, bytes) = (Words::fit(&pool(&texts), 2).unwrap(), Words::fit(&of_bytes, 2).unwrap());
        for number in 0..20 {
            let (mut text, mut written) = (Vec::new(), Vec::new());
            characters.write(40, &mut seed::rng(9, 0, number, 0), &mut text);
            bytes.write(40, &mut seed::rng(9, 0, number, 0), &mut written);
            assert_eq!(text.iter().collect::<String>().as_bytes(), written);
        }
    }

    #[test]
    fn records_with_a_new_word_are_counted_once() {
        let before = pool(&["the cat saw", "a  dog"]);
        assert_eq!(novel(&before, &pool(&["a cat", "the horse saw a cow", "dog\ndog", ""])), 0.25);
        assert_eq!((novel(&before, &pool(&[])), novel(&pool(&[]), &before)), (0.0, 1.0));
    }

    #[test]
    fn a_pool_without_words_has_no_model() {
        assert!(Words::fit(&pool(&["", " \n\t"]), 2).is_none());
        let model = Words::fit(&pool(&["one"]), 3).unwrap();
        let mut out = Vec::new();
        model.write(10, &mut seed::rng(9, 0, 0, 1), &mut out);
        assert_eq!(out.iter().collect::<String>(), "one one");
        out.clear();
        model.write(2, &mut seed::rng(9, 0, 0, 1), &mut out);
        assert_eq!(out.iter().collect::<String>(), "on");
    }
}
