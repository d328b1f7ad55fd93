//! Records that could not be read or scored, by what was wrong.

use std::collections::BTreeMap;

use crate::summary::count;

/// Kinds of faults that are told apart.
const KINDS: usize = 20;

/// How many records were at fault, and of which kinds.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) records: u64,
    /// Counts by what was wrong, each with its first case.
    pub(crate) reasons: BTreeMap<String, (u64, String)>,
}

impl Faults {
    /// Counts a fault under what all of its kind have in common: the message without its numbers.
    pub(crate) fn add(&mut self, error: &anyhow::Error) {
        self.records += 1;
        let mut kind = String::new();
        for c in error.root_cause().to_string().chars() {
            match c {
                '0'..='9' if kind.ends_with('#') => {}
                '0'..='9' => kind.push('#'),
                c => kind.push(c),
            }
        }
        if self.reasons.len() >= KINDS && !self.reasons.contains_key(&kind) {
            "other faults".clone_into(&mut kind);
        }
        self.reasons.entry(kind).or_insert_with(|| (0, format!("{error:#}"))).0 += 1;
    }

    /// Says on standard error how many records could not be `done`, and why.
    pub(crate) fn say(&self, done: &str) {
        if self.records > 0 {
            say!("{} could not be {done}:", count(self.records, "record"));
            for (n, first) in self.reasons.values() {
                say!("  {n} such as {first}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_counted_by_kind() {
        let mut faults = Faults::default();
        for n in 0..10 {
            faults.add(&anyhow::anyhow!("byte {n} is not UTF-8").context(format!("a: line {n}")));
        }
        for n in 0..2 * KINDS {
            faults.add(&anyhow::anyhow!("{}", "x".repeat(n)));
        }
        assert_eq!(faults.records as usize, 10 + 2 * KINDS);
        assert_eq!(faults.reasons["byte # is not UTF-#"], (10, "a: line 0: byte 0 is not UTF-8".to_owned()));
        assert_eq!(faults.reasons.len(), KINDS + 1);
        assert_eq!(faults.reasons.values().map(|(n, _)| n).sum::<u64>(), faults.records);
    }
}
