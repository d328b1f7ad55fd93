//! What has been written so far, and what it comes to.

use std::collections::BTreeMap;

use turmite_bdm::{Missing, Partition};

use crate::faults::Faults;
use crate::output::RowCell;
use crate::summary::{Distribution, count, short};

use super::row::{Lacks, Row};

/// How many of the simplest and of the most complex records are named.
const NAMED: usize = 5;

/// A record that is named in the report.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) bdm_per_symbol: f64,
    pub(crate) symbols: u64,
    pub(crate) index: u64,
    pub(crate) id: Option<Box<str>>,
    pub(crate) file: Option<Box<str>>,
}

/// Counts and distributions over all records.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) records: u64,
    /// Records that could not be read or scored.
    pub(super) faults: Faults,
    /// Records without BDM: those without symbols, those shorter than what is priced, and those whose blocks the table lacks.
    pub(super) unscored: u64,
    pub(super) empty: u64,
    pub(super) short: u64,
    pub(super) blockless: u64,
    /// Blocks the table lacks.
    pub(super) missing: u64,
    pub(super) bits: f64,
    pub(super) symbols: u64,
    /// How records became symbols, and how many did so.
    encodings: BTreeMap<String, u64>,
    /// By the name of the column.
    pub(super) columns: Vec<(&'static str, Distribution)>,
    /// The records of least and of greatest `bdm_per_symbol`, the farthest out first; of equals the earlier.
    pub(super) simplest: Vec<Named>,
    pub(super) most_complex: Vec<Named>,
    /// `bdm_per_symbol` by the length of records, in powers of two.
    pub(super) by_length: BTreeMap<u32, Distribution>,
}

impl Tally {
    /// Distributions of the named columns, the first being `bdm_per_symbol`.
    pub(super) fn new(columns: impl IntoIterator<Item = &'static str>) -> Self {
        Self { columns: columns.into_iter().map(|name| (name, Distribution::default())).collect(), ..Self::default() }
    }

    pub(super) fn add(&mut self, index: u64, id: Option<&str>, file: Option<&str>, row: &Row) {
        self.records += 1;
        if let Some(bdm_per_symbol) = row.bdm_per_symbol {
            let named = || Named {
                bdm_per_symbol,
                symbols: row.symbols,
                index,
                id: id.map(Box::from),
                file: file.map(Box::from),
            };
            keep(&mut self.simplest, |other| bdm_per_symbol < other, named);
            keep(&mut self.most_complex, |other| bdm_per_symbol > other, named);
        }
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
        match row.lacks {
            Some(Lacks::Empty) => self.empty += 1,
            Some(Lacks::Short) => self.short += 1,
            Some(Lacks::Blocks) => self.blockless += 1,
            None => {}
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

    /// Which records have no BDM, in words, and the mend.
    pub(super) fn lacking(&self, partition: Partition) -> Vec<String> {
        let short = match partition {
            Partition::Recursive { min_length } => format!("shorter than --min-length {min_length}"),
            _ => "shorter than a block; --boundary recursive prices such records whole".to_owned(),
        };
        let lacking = [
            (self.empty, "empty"),
            (self.short, &short),
            (
                self.blockless,
                "the table lacks all blocks, and --missing skip leaves them out; --missing bound prices them",
            ),
        ];
        let lacking = lacking.into_iter().filter(|(n, _)| *n > 0);
        lacking.map(|(n, why)| format!("{} without BDM: {why}", count(n, "record"))).collect()
    }

    /// Says on standard error what people want to know at the end.
    pub(super) fn say(&self, partition: Partition, rule: Missing, histogram: bool) {
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
        self.lacking(partition).iter().for_each(|line| say!("{line}"));
        if self.missing > 0 {
            let n = count(self.missing, "block");
            say!("{n} not in the table, priced by the rule `{rule}` of --missing");
        }
        self.faults.say("scored");
    }
}

/// Takes a record among the named where it is farther out than one of them.
fn keep(all: &mut Vec<Named>, is_farther: impl Fn(f64) -> bool, named: impl Fn() -> Named) {
    let at = all.iter().position(|other| is_farther(other.bdm_per_symbol)).unwrap_or(all.len());
    if at < NAMED {
        all.insert(at, named());
        all.truncate(NAMED);
    }
}
