//! The test bed: which loops are simulated, and on which of them the rule was tuned.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether the rule was tuned on a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum List {
    /// Source and learner were looked at while the rule was made (other seeds).
    Tuned,
    /// Source or learner was not.
    HeldBack,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            List::Tuned => "tuned on",
            List::HeldBack => "held back",
        })
    }
}

/// One kind of loop, of which several runs with seeds of their own are made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// As `turmite simulate --source` reads it, or the name of a book.
    pub source: String,
    /// As `turmite simulate --learner` reads it, or the neural learner's name.
    pub learner: String,
    /// As `turmite simulate --schedule` reads it, or [`ACCUMULATE`].
    pub schedule: String,
    /// Which list it is on.
    pub list: List,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.source, self.learner, self.schedule)
    }
}

/// No new authentic record, and every earlier generation stays in the training pool.
pub const ACCUMULATE: &str = "accumulate";

/// The schedules of alpha.
pub const SCHEDULES: [&str; 12] = [
    "constant:0",
    "geometric:0.9",
    "geometric:0.7",
    "power:1,1",
    "constant:0.05",
    "constant:0.1",
    "constant:0.15",
    "constant:0.2",
    "constant:0.3",
    "constant:0.5",
    "constant:0.6",
    ACCUMULATE,
];

/// Books by name, and where their text is from the root of the project.
pub const BOOKS: [(&str, &str); 2] = [("kjv", "tests/data/prose/kjv.txt"), ("emma", "label-bench/data/emma.txt")];

/// Schedules of the learner that finds the rule itself: what it is for is alpha 0.
const ESCAPES: [&str; 2] = ["constant:0", "geometric:0.7"];

const TUNED_SOURCES: &[&str] = &["eca:30", "eca:110", "thue-morse", "period:9", "markov", "iid:0.3"];
const TUNED_LEARNERS: &[&str] = &["records", "ngram:3", "ngram:4", "ngram:8"];
const TUNED_PROSE: &[&str] = &["ngram:2", "ngram:3", "ngram:4", "ngram:6"];

const OTHER_SOURCES: &[&str] = &[
    "eca:45",
    "eca:73",
    "eca:90",
    "eca:54",
    "eca:150",
    "lfsr:7",
    "lfsr:16",
    "debruijn:8",
    "markov:4",
    "iid:0.2",
    "ctm",
];
const OTHER_LEARNERS: &[&str] = &["ngram:5", "ngram:6", "ngram:8,temperature=0.8", "ngram:8,truncate=0.15"];
const OTHER_PROSE: &[&str] = &["records", "ngram:5", "ngram:4,temperature=0.8", "words:2", "words:3", "words:4"];

/// Every cell of the test bed but those of the neural learner, source by source.
#[must_use]
pub fn simulated() -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut add = |list, source: &str, learners: &[&str], schedules: &[&str]| {
        for learner in learners {
            cells.extend(schedules.iter().map(|schedule| Cell {
                source: source.to_owned(),
                learner: (*learner).to_owned(),
                schedule: (*schedule).to_owned(),
                list,
            }));
        }
    };
    for source in TUNED_SOURCES {
        add(List::Tuned, source, TUNED_LEARNERS, &SCHEDULES);
        add(List::HeldBack, source, OTHER_LEARNERS, &SCHEDULES);
        if has_rule(source) {
            add(List::Tuned, source, &["neurosymbolic"], &ESCAPES);
        }
    }
    for source in OTHER_SOURCES {
        add(List::HeldBack, source, TUNED_LEARNERS, &SCHEDULES);
        add(List::HeldBack, source, OTHER_LEARNERS, &SCHEDULES);
        if has_rule(source) {
            add(List::HeldBack, source, &["neurosymbolic"], &ESCAPES);
        }
    }
    add(List::Tuned, "kjv", TUNED_PROSE, &SCHEDULES);
    add(List::HeldBack, "kjv", OTHER_PROSE, &SCHEDULES);
    add(List::HeldBack, "emma", TUNED_PROSE, &SCHEDULES);
    add(List::HeldBack, "emma", OTHER_PROSE, &SCHEDULES);
    cells
}

/// The cells of the neural learner.
#[must_use]
pub fn neural() -> Vec<Cell> {
    crate::neural::kinds()
        .into_iter()
        .map(|kind| Cell {
            source: "kjv".to_owned(),
            learner: kind.learner(),
            schedule: kind.schedule.to_string(),
            list: List::HeldBack,
        })
        .collect()
}

/// Whether every record of a source obeys an exact rule.
#[must_use]
pub fn has_rule(source: &str) -> bool {
    ["eca:", "thue-morse", "period:", "lfsr:", "debruijn:"].iter().any(|kind| source.starts_with(kind))
}

impl Cell {
    /// Whether the name holds every one of these words, in any order.
    #[must_use]
    pub fn holds(&self, words: &str) -> bool {
        let own = [&self.source, &self.learner, &self.schedule];
        words.split_whitespace().all(|word| own.iter().any(|part| *part == word))
    }

    /// Whether records are text and not bits.
    #[must_use]
    pub fn is_text(&self) -> bool {
        BOOKS.iter().any(|(name, _)| *name == self.source)
    }

    /// Whether the learner sharpens what it learned.
    #[must_use]
    pub fn seeks_modes(&self) -> bool {
        self.learner.contains("temperature") || self.learner.contains("truncate")
    }

    /// The learner without its sharpening.
    #[must_use]
    pub fn plain_learner(&self) -> &str {
        self.learner.split(',').next().unwrap_or(&self.learner)
    }

    /// Whether the learner's family holds the source: an n-gram no shorter than the memory of a random source of bits.
    #[must_use]
    pub fn is_well_specified(&self) -> bool {
        let memory = if self.source.starts_with("iid:") {
            Some(0)
        } else if self.source == "markov" {
            Some(3)
        } else {
            self.source.strip_prefix("markov:").and_then(|order| order.parse::<usize>().ok())
        };
        let order = self.learner.strip_prefix("ngram:").and_then(|order| order.parse::<usize>().ok());
        memory.zip(order).is_some_and(|(memory, order)| order >= memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use turmite_collapse::{Learner, Schedule, Source};

    #[test]
    fn every_cell_is_one_that_can_be_simulated_and_comes_once() {
        let cells = simulated();
        let names: BTreeSet<String> = cells.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), cells.len());
        for cell in &cells {
            assert!(cell.learner.parse::<Learner>().is_ok(), "{cell}");
            assert!(cell.schedule == ACCUMULATE || cell.schedule.parse::<Schedule>().is_ok(), "{cell}");
            match cell.source.parse::<Source>() {
                // The name is the one that runs carry.
                Ok(source) => assert!(!cell.is_text() && source.to_string() == cell.source, "{cell}"),
                Err(_) => assert!(cell.is_text(), "{cell}"),
            }
        }
        assert!(cells.iter().any(Cell::is_well_specified));
    }

    #[test]
    fn cells_are_found_by_whole_words() {
        let cell = |words: &str| {
            simulated().iter().filter(|cell| cell.holds(words)).map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(cell("constant:0.1 eca:30 records"), ["eca:30 records constant:0.1"]);
        assert_eq!(cell("emma constant:0").len(), TUNED_PROSE.len() + OTHER_PROSE.len());
        assert!(cell("eca:3").is_empty() && cell("kjv emma").is_empty());
    }

    #[test]
    fn families_hold_their_sources() {
        let cell = |source: &str, learner: &str| Cell {
            source: source.to_owned(),
            learner: learner.to_owned(),
            schedule: "constant:0".to_owned(),
            list: List::Tuned,
        };
        for (source, learner, expected) in [
            ("markov", "ngram:3", true),
            ("markov:4", "ngram:3", false),
            ("markov:4", "ngram:4", true),
            ("iid:0.2", "ngram:3", true),
            ("iid:0.2", "records", false),
            ("iid:0.2", "ngram:8,temperature=0.8", false),
            ("eca:30", "ngram:8", false),
        ] {
            assert_eq!(cell(source, learner).is_well_specified(), expected, "{source} {learner}");
        }
    }
}
