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
mod tests {
    use super::*;
    use crate::source::Source;

    fn table() -> Table {
        Table::embedded("5x2-1d").unwrap()
    }

    fn label(modes: &[Mode], onset: Option<u64>) -> RunLabel {
        let collapsing = modes.iter().any(|mode| *mode != Mode::StaticMisfit);
        RunLabel {
            summary: true,
            run: "a".to_owned(),
            verdict: if collapsing { Verdict::Collapsing } else { Verdict::MechanismPreserving },
            modes: modes.to_vec(),
            rule: None,
            regime: None,
            onset,
            p_value: None,
            score: None,
            nulls: Vec::new(),
        }
    }

    fn run(generations: &[(u64, &[&str])]) -> Run {
        let generation = |&(index, texts): &(u64, &[&str])| Generation {
            index,
            records: texts.iter().map(|&text| Record::new(text)).collect(),
        };
        Run { id: "a".to_owned(), source: None, generations: generations.iter().map(generation).collect() }
    }

    fn bits(number: u64) -> String {
        let source: Source = "rule110".parse().unwrap();
        source.bits(256, 5, number).iter().map(|bit| char::from(b'0' + bit)).collect()
    }

    #[test]
    fn repeated_records_come_first_and_ties_go_to_the_earlier() {
        let texts: Vec<String> = (0..70).map(bits).collect();
        let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "bits", table()).unwrap();
        assert_eq!(evidence.rule().unwrap().to_string(), "rule 110, width 16");
        let [a, b, c, d] = [&texts[3], &texts[1], &texts[2], &texts[9]].map(String::as_str);
        let run = run(&[(0, &[a]), (2, &[a, b, c, d]), (1, &[a, b, b, c, c])]);
        let shown = evidence.examples(&run, &label(&[Mode::EntropyDecay], Some(1))).unwrap();
        assert_eq!(shown.iter().map(|s| s.generation).collect::<Vec<_>>(), [1, 2]);
        // b and c are repeated twice each, and b comes first.
        let of = |at: usize| shown[0].examples.iter().position(|e| e.text == texts[at]);
        assert_eq!((of(1), of(2)), (Some(0), Some(1)));
        assert_eq!((shown[0].examples[0].count, shown[0].records), (2, 5));
        assert!(shown[0].examples[0].shared.unwrap() >= 2.0);
        // Nothing is repeated in generation 2: only the simplest is shown, and what shares a window if any does.
        let simplest = shown[1].examples.iter().position(|example| example.why.contains(&Why::Simplest)).unwrap();
        assert!(shown[1].examples.iter().all(|example| !example.why.contains(&Why::Repeated)));
        let least = [a, b, c, d].map(|text| evidence.candidate(&mut BlockCounts::new(2), text, 1).unwrap());
        let least = least.iter().map(|c| c.bdm_per_symbol.unwrap()).fold(f64::INFINITY, f64::min);
        assert_eq!(shown[1].examples[simplest].bdm_per_symbol, Some(least));
    }

    #[test]
    fn effects_are_the_difference_of_two_scores() {
        let texts: Vec<String> = (0..70).map(bits).collect();
        let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "bits", table()).unwrap();
        let example = evidence.authentic().unwrap().unwrap();
        assert_eq!((example.effects.len(), example.left_out), (256, 0));
        let score = |text: &str| evidence.bdm.score(&evidence.encoding.encode(text, 2).unwrap()).unwrap().unwrap().bits;
        for at in [0, 17, 100, 251] {
            let mut flipped = example.text.clone().into_bytes();
            flipped[at] ^= 1;
            let naive = score(std::str::from_utf8(&flipped).unwrap()) - score(&example.text);
            assert!((example.effects[at].unwrap() - naive).abs() < 1e-9);
        }
        // The last four bits fill no block.
        assert_eq!(example.effects[255], Some(0.0));
        let rank = example.rank.unwrap();
        assert!((rank - 0.5).abs() < 0.02, "the typical record lies at rank {rank}");
    }

    #[test]
    fn stock_phrases_are_found_in_new_records() {
        let texts: Vec<String> =
            (0..70).map(|n| format!("{n:04} is a number of its own, {}", n * 7919 % 1000)).collect();
        let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "utf8", table()).unwrap();
        // Windows of six bytes: those of "abcdefgh" occur three times, and all others once.
        let run = run(&[(1, &["xyabcdefgh", "abcdefghzq", "0123456789", "abcdefgh", "short"])]);
        let shown = evidence.examples(&run, &label(&[Mode::EntropyDecay], Some(1))).unwrap();
        let shared = shown[0].examples.iter().find(|example| example.why.contains(&Why::Shared)).unwrap();
        assert_eq!((shared.text.as_str(), shared.shared), ("abcdefgh", Some(3.0)));
        let mut all = evidence.candidates(&run.generations[0].records).unwrap();
        evidence.count_windows(&mut all).unwrap();
        let found: Vec<Option<f64>> = all.iter().map(|candidate| candidate.shared).collect();
        assert_eq!(found, [Some(11.0 / 5.0), Some(11.0 / 5.0), Some(1.0), Some(3.0), None]);
    }

    #[test]
    fn characters_of_text_get_the_mean_over_their_bits() {
        let texts: Vec<String> = (0..70).map(|n| format!("{n} né dans l'été, le soir.")).collect();
        let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "utf8", table()).unwrap();
        let example = evidence.authentic().unwrap().unwrap();
        assert_eq!(example.effects.len(), example.text.chars().count());
        assert!(example.checks.is_none() && example.broken.is_empty());
        let array = evidence.encoding.encode(&example.text, 2).unwrap();
        let cells = Experiment::new(&evidence.bdm, &array, Metric::Bdm).unwrap().effects(Choice::Mean).unwrap();
        let at = example.text.find('é').unwrap();
        let place = example.text.chars().position(|c| c == 'é').unwrap();
        let mean = cells[8 * at..8 * at + 16].iter().sum::<f64>() / 16.0;
        assert!((example.effects[place].unwrap() - mean).abs() < 1e-12);
    }

    #[test]
    fn records_that_break_the_rule_are_marked_where_they_do() {
        let texts: Vec<String> = (0..70).map(bits).collect();
        let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "bits", table()).unwrap();
        let mut broken = texts[4].clone().into_bytes();
        // A cell of the last row has no row below it that it could spoil.
        broken[250] ^= 1;
        let broken = String::from_utf8(broken).unwrap();
        let run = run(&[(1, &[&texts[0], &broken, &texts[1]])]);
        let shown = evidence.examples(&run, &label(&[Mode::MechanismLoss], Some(1))).unwrap();
        assert_eq!(shown.len(), 1);
        let examples = &shown[0].examples;
        assert_eq!((examples.len(), examples[0].why.as_slice()), (1, &[Why::BreaksRule][..]));
        assert_eq!(examples[0].checks, Some(Checks { violated: 1, made: 240 }));
        assert_eq!(examples[0].broken.iter().position(|b| *b), Some(250));
    }

    #[test]
    fn long_and_short_records_are_shown_as_far_as_they_go() {
        let long = "0110".repeat(300);
        let texts = [long.as_str(), "01 1", "0111"];
        let evidence = Evidence::new(texts.to_vec(), "bits", table()).unwrap();
        let run = run(&[(3, &[&long, "01 1", ""])]);
        let shown = evidence.examples(&run, &label(&[], None)).unwrap();
        let example = &shown[0].examples[0];
        assert_eq!((example.text.chars().count(), example.left_out), (MOST_SHOWN, 1200 - MOST_SHOWN));
        assert_eq!(example.why, [Why::Simplest, Why::MostComplex]);
        let short =
            evidence.example(&evidence.candidate(&mut BlockCounts::new(2), "01 1", 1).unwrap(), vec![]).unwrap();
        assert_eq!((short.effects, short.rank), (vec![None; 4], None));
        assert!(Evidence::new(vec![], "bits", table()).unwrap().authentic().unwrap().is_none());
    }

    #[test]
    fn the_reference_is_the_one_of_the_label() {
        let mut runs = vec![run(&[(0, &["a"]), (1, &["x"])]), run(&[(0, &["b"])]), run(&[(0, &["c"])])];
        runs[1].id = "b".to_owned();
        runs[2].id = "c".to_owned();
        assert_eq!(reference_of(&runs[1], &runs, None), ["b"]);
        runs[0].source = Some("s".to_owned());
        runs[2].source = Some("s".to_owned());
        assert_eq!(reference_of(&runs[2], &runs, None), ["a", "c"]);
        let given = Reference { records: vec!["r".to_owned()] };
        assert_eq!(reference_of(&runs[2], &runs, Some(&given)), ["r"]);
    }
}
