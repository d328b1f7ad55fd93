//! What has been written so far, and what it comes to.

use std::collections::BTreeMap;

use turmite_bdm::Missing;

use crate::output::RowCell;
use crate::summary::{Distribution, short};

use super::scorer::Row;

/// Kinds of faults that are told apart.
const KINDS: usize = 20;

/// Counts and distributions over all records.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) records: u64,
    /// Records that could not be read or scored.
    pub(super) bad: u64,
    /// The same by what was wrong, each with its first case.
    pub(super) reasons: BTreeMap<String, (u64, String)>,
    pub(super) unscored: u64,
    /// Blocks the table lacks.
    pub(super) missing: u64,
    pub(super) bits: f64,
    pub(super) symbols: u64,
    /// How records became symbols, and how many did so.
    encodings: BTreeMap<String, u64>,
    /// By the name of the column.
    pub(super) columns: Vec<(&'static str, Distribution)>,
    /// `bdm_per_symbol` by the length of records, in powers of two.
    pub(super) by_length: BTreeMap<u32, Distribution>,
}

pub(super) fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

impl Tally {
    /// Distributions of the named columns, the first being `bdm_per_symbol`.
    pub(super) fn new(columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { columns: columns.into_iter().map(|name| (name, Distribution::default())).collect(), ..Self::default() }
    }

    pub(super) fn add(&mut self, row: &Row) {
        self.records += 1;
        match self.encodings.get_mut(row.encoding.as_ref()) {
            Some(n) => *n += 1,
            None => drop(self.encodings.insert(row.encoding.clone().into_owned(), 1)),
        }
        match row.bdm {
            Some(bits) => {
                self.bits += bits;
                self.symbols += row.symbols;
            }
            None => self.unscored += 1,
        }
        self.missing += row.missing.unwrap_or(0);
        let more = row.more.iter().map(|cell| match *cell {
            RowCell::Number(n) => Some(n),
            RowCell::Whole(n) => Some(n as f64),
            RowCell::Text(_) | RowCell::Absent => None,
        });
        for ((_, distribution), value) in self.columns.iter_mut().zip([row.bdm_per_symbol].into_iter().chain(more)) {
            value.into_iter().for_each(|value| distribution.add(value));
        }
        if let Some(value) = row.bdm_per_symbol {
            self.by_length.entry(row.symbols.max(1).ilog2()).or_default().add(value);
        }
    }

    /// How records became symbols, in words.
    pub(super) fn encodings(&self) -> String {
        match self.encodings.len() {
            1 => self.encodings.keys().cloned().collect(),
            _ => self.encodings.iter().map(|(name, n)| format!("{name} ({n})")).collect::<Vec<_>>().join(", "),
        }
    }

    /// Counts a fault under what all of its kind have in common: the message without its numbers.
    pub(super) fn fault(&mut self, error: &anyhow::Error) {
        self.bad += 1;
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

    /// Says on standard error what people want to know at the end.
    pub(super) fn say(&self, rule: Missing, histogram: bool) {
        if self.records > 1 && self.symbols > 0 {
            let mean = self.bits / self.symbols as f64;
            say!("{} records, {} symbols, {mean:.6} bits a symbol over all", self.records, self.symbols);
            for (name, distribution) in &self.columns {
                if let Some([least, low, median, high, greatest]) = distribution.quantiles([0.0, 0.05, 0.5, 0.95, 1.0])
                {
                    say!(
                        "{name}: least {}, 5 % {}, median {}, 95 % {}, greatest {}",
                        short(least),
                        short(low),
                        short(median),
                        short(high),
                        short(greatest)
                    );
                }
            }
            if let (true, Some((name, all))) = (histogram, self.columns.first())
                && let Some(histogram) = all.histogram(12)
            {
                say!("records by {name}, each line from its value up to the next:");
                histogram.lines(40).iter().for_each(|line| say!("  {line}"));
            }
        }
        if self.unscored > 0 {
            let (n, has) = (count(self.unscored, "record"), if self.unscored == 1 { "has" } else { "have" });
            say!("{n} shorter than a block {has} no BDM; --boundary recursive prices such records whole");
        }
        if self.missing > 0 {
            let n = count(self.missing, "block");
            say!("{n} not in the table, priced by the rule `{rule}` of --missing");
        }
        if self.bad > 0 {
            say!("{} could not be scored:", count(self.bad, "record"));
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
        let mut tally = Tally::default();
        for n in 0..10 {
            tally.fault(&anyhow::anyhow!("byte {n} is not UTF-8").context(format!("a: line {n}")));
        }
        for n in 0..2 * KINDS {
            tally.fault(&anyhow::anyhow!("{}", "x".repeat(n)));
        }
        assert_eq!(tally.bad as usize, 10 + 2 * KINDS);
        assert_eq!(tally.reasons["byte # is not UTF-#"], (10, "a: line 0: byte 0 is not UTF-8".to_owned()));
        assert_eq!(tally.reasons.len(), KINDS + 1);
        assert_eq!(tally.reasons.values().map(|(n, _)| n).sum::<u64>(), tally.bad);
    }
}
