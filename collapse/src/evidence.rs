//! Records that show what a verdict rests on, and what each of their symbols carries.
//!
//! Which records: those that the modes of the run are about (repeated ones and those made of stock phrases for entropy
//! decay, the simplest and the most complex, those that break the rule), of the generation of the onset and of the last one. Ties always go to the record
//! that comes first in its generation, so the same records always give the same examples.

use crate::error::CollapseError;
use crate::hypothesis::infer;
use crate::record::{Generation, Record, Reference, Run};
use crate::report::RunLabel;
use crate::rule::{Checks, Mechanism, Rule};
use crate::verdict::{Mode, Verdict};
use std::collections::HashMap;
use std::sync::Arc;
use turmite_bdm::perturb::{Choice, Experiment, Metric};
use turmite_bdm::{Bdm, BdmError, BlockCounts, Encoding, Missing, SymbolArray};
use turmite_tables::{Shape, Table};
use xxhash_rust::xxh3::Xxh3;

/// Block of the decomposition, in bits, as in the label.
const BLOCK: usize = 12;

/// Different records of a generation whose windows are counted.
pub const MOST_WINDOWED: usize = 2000;

/// Window of the multiscale statistic, in bits.
const WINDOW: usize = 48;

/// Characters of a record that are shown; what follows is counted.
pub const MOST_SHOWN: usize = 384;

/// Why a record is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Why {
    /// Nothing occurs more often in its generation.
    Repeated,
    /// Its windows occur most often in its generation: stock phrases, though the record may be a new one.
    Shared,
    /// No record breaks the rule in a greater share of its checks.
    BreaksRule,
    /// The least BDM a symbol of its generation.
    Simplest,
    /// The greatest BDM a symbol of its generation.
    MostComplex,
    /// An authentic record of median BDM a symbol, to compare with.
    Authentic,
}

/// A record to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Why, in the order in which it was asked for; never empty.
    pub why: Vec<Why>,
    /// Its first characters, [`MOST_SHOWN`] at most.
    pub text: String,
    /// Characters that follow them.
    pub left_out: usize,
    /// How often the record occurs in its generation (in the reference, for an authentic one).
    pub count: usize,
    /// How often a window of 48 bits of it occurs in its generation, mean over its windows; `None` for an authentic record, and
    /// for one shorter than a window or beyond the first [`MOST_WINDOWED`] different ones.
    pub shared: Option<f64>,
    /// Bits a symbol; `None` for a record shorter than a block.
    pub bdm_per_symbol: Option<f64>,
    /// Mid-rank of that among the reference's records, 0 to 1.
    pub rank: Option<f64>,
    /// What it breaks of the rule found in the reference; `None` where none was found.
    pub checks: Option<Checks>,
    /// Whether a check fails at the character, one a character shown; empty where no rule was found.
    pub broken: Vec<bool>,
    /// The effect on the record's BDM, in bits, of changing the character: of its flip for a bit, the mean over the flips
    /// of its bits for text. One a character shown; `None` for white space between bits and in records shorter than a block.
    pub effects: Vec<Option<f64>>,
}

/// The examples of one generation.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// The generation.
    pub generation: u64,
    /// Its records, repeats included.
    pub records: usize,
    /// What is shown of them.
    pub examples: Vec<Example>,
}

/// Authentic records, ready to choose examples against.
#[derive(Debug)]
pub struct Evidence<'a> {
    encoding: Encoding,
    bdm: Bdm,
    records: Vec<&'a str>,
    /// BDM a symbol of the records, sorted.
    ranks: Vec<f64>,
    mechanism: Option<Mechanism>,
    /// The record of median BDM a symbol.
    typical: usize,
}

/// A different record of a generation.
struct Candidate<'a> {
    text: &'a str,
    count: usize,
    shared: Option<f64>,
    bdm_per_symbol: Option<f64>,
    checks: Option<Checks>,
}

/// The records that a run is judged against: those given, else generation 0 of the runs that share its source.
#[must_use]
pub fn reference_of<'a>(run: &Run, runs: &'a [Run], reference: Option<&'a Reference>) -> Vec<&'a str> {
    if let Some(reference) = reference {
        return reference.records.iter().map(String::as_str).collect();
    }
    let shares = |other: &&Run| if run.source.is_some() { other.source == run.source } else { other.id == run.id };
    let zero = runs.iter().filter(shares).flat_map(|run| &run.generations).filter(|generation| generation.index == 0);
    zero.flat_map(|generation| &generation.records).map(|record| record.text.as_str()).collect()
}

impl<'a> Evidence<'a> {
    /// Measures authentic records in the encoding that the labels name.
    ///
    /// # Errors
    /// An encoding that is not known, a record that cannot be encoded, or a faulty table.
    pub fn new(
        records: Vec<&'a str>,
        encoding: &str,
        table: impl Into<Arc<Table>>,
    ) -> Result<Evidence<'a>, CollapseError> {
        let encoding: Encoding = encoding.parse()?;
        let block = Shape::line(BLOCK).map_err(BdmError::from)?;
        let bdm = Bdm::builder(table).block(block).missing(Missing::Bound).intervals(false).build()?;
        let arrays = records.iter().map(|text| encoding.encode(text, 2)).collect::<Result<Vec<_>, _>>()?;
        // As in the label, rules are looked for in bits only.
        let mechanism = if encoding == Encoding::Bits {
            infer(arrays.iter().map(SymbolArray::cells)).map(|found| found.mechanism)
        } else {
            None
        };
        let mut counts = BlockCounts::new(2);
        let mut order = Vec::with_capacity(records.len());
        for (at, array) in arrays.iter().enumerate() {
            let value = bdm.score_with(&mut counts, array)?;
            order.extend(value.and_then(|value| value.bits_per_symbol()).map(|bits| (bits, at)));
        }
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let typical = order.get(order.len().saturating_sub(1) / 2).map_or(0, |&(_, at)| at);
        let ranks = order.into_iter().map(|(bits, _)| bits).collect();
        Ok(Self { encoding, bdm, records, ranks, mechanism, typical })
    }

    /// Number of authentic records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The rule found in them.
    #[must_use]
    pub fn rule(&self) -> Option<Rule> {
        self.mechanism.as_ref().map(Mechanism::rule)
    }

    /// XXH3 of the records, each followed by a line feed.
    #[must_use]
    pub fn checksum(&self) -> String {
        let mut hash = Xxh3::new();
        for record in &self.records {
            hash.update(record.as_bytes());
            hash.update(b"\n");
        }
        format!("xxh3:{:016x}", hash.digest())
    }

    /// The authentic record of median BDM a symbol (the lower one of two, the first of equals); `None` without records.
    ///
    /// # Errors
    /// As [`Evidence::new`].
    pub fn authentic(&self) -> Result<Option<Example>, CollapseError> {
        let Some(&text) = self.records.get(self.typical) else { return Ok(None) };
        let count = self.records.iter().filter(|record| **record == text).count();
        let candidate = self.candidate(&mut BlockCounts::new(2), text, count)?;
        Ok(Some(self.example(&candidate, vec![Why::Authentic])?))
    }

    /// Examples of a run: at the onset of a collapsing run, and in its last generation.
    ///
    /// # Errors
    /// A record that cannot be encoded, or a faulty table.
    pub fn examples(&self, run: &Run, label: &RunLabel) -> Result<Vec<Examples>, CollapseError> {
        let last = run.generations.iter().max_by_key(|generation| generation.index);
        let onset = run.generations.iter().find(|generation| Some(generation.index) == label.onset);
        let mut shown: Vec<&Generation> = onset.into_iter().chain(last).collect();
        shown.dedup_by_key(|generation| generation.index);
        shown.into_iter().map(|generation| self.of_generation(generation, label)).collect()
    }

    fn of_generation(&self, generation: &Generation, label: &RunLabel) -> Result<Examples, CollapseError> {
        let mut candidates = self.candidates(&generation.records)?;
        self.count_windows(&mut candidates)?;
        let mut chosen: Vec<(usize, Vec<Why>)> = Vec::new();
        for (why, most) in wanted(label) {
            for at in ranked(&candidates, why).into_iter().take(most) {
                match chosen.iter_mut().find(|(other, _)| *other == at) {
                    Some((_, reasons)) => reasons.push(why),
                    None => chosen.push((at, vec![why])),
                }
            }
        }
        let examples =
            chosen.into_iter().map(|(at, why)| self.example(&candidates[at], why)).collect::<Result<_, _>>()?;
        Ok(Examples { generation: generation.index, records: generation.records.len(), examples })
    }

    /// The different records, in order of first occurrence.
    fn candidates<'b>(&self, records: &'b [Record]) -> Result<Vec<Candidate<'b>>, CollapseError> {
        let mut at: HashMap<&str, usize> = HashMap::new();
        let mut texts: Vec<(&str, usize)> = Vec::new();
        for record in records {
            let slot = *at.entry(&record.text).or_insert(texts.len());
            match texts.get_mut(slot) {
                Some((_, count)) => *count += 1,
                None => texts.push((&record.text, 1)),
            }
        }
        let mut counts = BlockCounts::new(2);
        texts.into_iter().map(|(text, count)| self.candidate(&mut counts, text, count)).collect()
    }

    /// How often the windows of each record occur in all of them, copies included.
    fn count_windows(&self, candidates: &mut [Candidate<'_>]) -> Result<(), CollapseError> {
        let most = candidates.len().min(MOST_WINDOWED);
        let candidates = &mut candidates[..most];
        let mut records: Vec<Vec<u8>> = Vec::with_capacity(candidates.len());
        for candidate in candidates.iter() {
            // Windows of text start at bytes, those of bits at every bit.
            records.push(match self.encoding {
                Encoding::Utf8 => candidate.text.as_bytes().to_vec(),
                encoding => encoding.encode(candidate.text, 2)?.into_cells(),
            });
        }
        let width = if self.encoding == Encoding::Utf8 { WINDOW / 8 } else { WINDOW };
        let mut counts: HashMap<&[u8], usize, foldhash::fast::FixedState> = HashMap::default();
        for (record, candidate) in records.iter().zip(candidates.iter()) {
            for window in record.windows(width) {
                *counts.entry(window).or_insert(0) += candidate.count;
            }
        }
        for (record, candidate) in records.iter().zip(candidates.iter_mut()) {
            let windows = record.len().checked_sub(width - 1).filter(|&windows| windows > 0);
            let occurrences: usize = record.windows(width).filter_map(|window| counts.get(window)).sum();
            candidate.shared = windows.map(|windows| occurrences as f64 / windows as f64);
        }
        Ok(())
    }

    fn candidate<'b>(
        &self,
        counts: &mut BlockCounts,
        text: &'b str,
        count: usize,
    ) -> Result<Candidate<'b>, CollapseError> {
        let array = self.encoding.encode(text, 2)?;
        let value = self.bdm.score_with(counts, &array)?;
        let bdm_per_symbol = value.and_then(|value| value.bits_per_symbol());
        let checks = self.mechanism.as_ref().map(|mechanism| mechanism.check(array.cells()));
        Ok(Candidate { text, count, shared: None, bdm_per_symbol, checks })
    }

    fn example(&self, of: &Candidate<'_>, why: Vec<Why>) -> Result<Example, CollapseError> {
        let array = self.encoding.encode(of.text, 2)?;
        // One group of cells a character.
        let cells = |c: char| match self.encoding {
            Encoding::Utf8 => 8 * c.len_utf8(),
            _ => usize::from(!c.is_whitespace()),
        };
        let by_cell = match of.bdm_per_symbol {
            Some(_) => Experiment::new(&self.bdm, &array, Metric::Bdm)?.effects(Choice::Mean)?,
            None => Vec::new(),
        };
        let failing = self.mechanism.as_ref().map(|mechanism| mechanism.broken(array.cells()));
        let (mut effects, mut broken, mut from) = (Vec::new(), Vec::new(), 0);
        for c in of.text.chars().take(MOST_SHOWN) {
            let range = from..from + cells(c);
            from = range.end;
            let own = by_cell.get(range.clone()).filter(|own| !own.is_empty());
            effects.push(own.map(|own| own.iter().sum::<f64>() / own.len() as f64));
            broken.extend(failing.as_ref().map(|at| range.clone().any(|cell| at.binary_search(&cell).is_ok())));
        }
        Ok(Example {
            why,
            text: of.text.chars().take(MOST_SHOWN).collect(),
            left_out: of.text.chars().count().saturating_sub(MOST_SHOWN),
            count: of.count,
            shared: of.shared,
            bdm_per_symbol: of.bdm_per_symbol,
            rank: of.bdm_per_symbol.map(|bits| self.rank(bits)),
            checks: of.checks,
            broken,
            effects,
        })
    }

    /// (#{less} + #{less or equal}) / 2n, as in the label.
    fn rank(&self, bits: f64) -> f64 {
        let less = self.ranks.partition_point(|&other| other < bits);
        let most = self.ranks.partition_point(|&other| other <= bits);
        (less + most) as f64 / (2 * self.ranks.len().max(1)) as f64
    }
}

/// What to show for the modes of a run, and how many of each.
fn wanted(label: &RunLabel) -> Vec<(Why, usize)> {
    if label.verdict == Verdict::MechanismPreserving {
        return vec![(Why::Repeated, 1), (Why::Simplest, 1), (Why::MostComplex, 1)];
    }
    let mut wanted = Vec::new();
    for mode in &label.modes {
        match mode {
            Mode::MechanismLoss => wanted.push((Why::BreaksRule, 2)),
            Mode::EntropyDecay => wanted.extend([(Why::Repeated, 2), (Why::Shared, 1), (Why::Simplest, 1)]),
            Mode::VarianceAmplification => wanted.extend([(Why::Simplest, 1), (Why::MostComplex, 1)]),
            Mode::StaticMisfit => {}
        }
    }
    // Two modes may ask for the same.
    wanted.sort_by_key(|&(why, _)| why);
    wanted.dedup();
    wanted
}

/// Places of the candidates that a reason applies to, the best first, the earlier of equals first.
fn ranked(candidates: &[Candidate<'_>], why: Why) -> Vec<usize> {
    let key = |candidate: &Candidate<'_>| match why {
        Why::Repeated => (candidate.count > 1).then_some(candidate.count as f64),
        Why::Shared => candidate.shared.filter(|&shared| shared > 1.0),
        Why::BreaksRule => candidate.checks.and_then(Checks::residual).filter(|&residual| residual > 0.0),
        Why::Simplest => candidate.bdm_per_symbol.map(|bits| -bits),
        Why::MostComplex => candidate.bdm_per_symbol,
        Why::Authentic => None,
    };
    let mut order: Vec<(f64, usize)> =
        candidates.iter().enumerate().filter_map(|(at, candidate)| Some((key(candidate)?, at))).collect();
    // Stable: equals stay in the order of their first occurrence.
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
#[path = "evidence_tests.rs"]
mod tests;
