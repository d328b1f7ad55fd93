//! What a reader must know of the runs before trusting a verdict.

use std::collections::HashSet;
use turmite_bdm::{Encoding, EncodingChoice};
use turmite_collapse::{LEAST_BITS, Labels, Reference, Run, Verdict};

/// Generations named in a message; the rest are counted.
const SHOWN: usize = 5;

/// Standard deviations beyond which counted records contradict the share that they state.
const FAR: f64 = 5.0;

/// Says what is odd in the runs themselves.
pub(super) fn of_input(runs: &[Run]) {
    for run in runs {
        gaps(run)
            .into_iter()
            .chain(contradiction(run))
            .chain(two_shares(run))
            .for_each(|warning| say!("warning: {warning}"));
    }
}

/// Says what is odd in the runs as they were labelled.
pub(super) fn of_labels(runs: &[Run], reference: Option<&Reference>, labels: &Labels, asked: EncodingChoice) {
    let own = reference.and_then(|reference| own_records(runs, reference));
    let other = reference.and_then(|reference| of_bits(runs, reference, labels));
    let chosen = if asked == EncodingChoice::Auto { encoding(runs, labels) } else { None };
    let scant = reference.and_then(|reference| short_reference(reference, labels));
    let each = [chosen, other, constant(runs, labels), short(runs, labels), scant, own];
    each.into_iter().flatten().for_each(|warning| say!("warning: {warning}"));
}

/// Generations that are not there between the first and the last.
fn gaps(run: &Run) -> Option<String> {
    let mut held: Vec<u64> = run.generations.iter().map(|generation| generation.index).collect();
    held.sort_unstable();
    let between = held.windows(2).map(|two| (two[0] + 1, two[1] - two[0] - 1));
    let missing: u64 = between.clone().map(|(_, n)| n).sum();
    if missing == 0 {
        return None;
    }
    let named: Vec<String> =
        between.flat_map(|(first, n)| first..first + n).take(SHOWN).map(|generation| generation.to_string()).collect();
    let more = match missing - named.len() as u64 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!(
        "run `{}` lacks generations {}{more}; those on either side are judged as if one followed the other",
        run.id,
        named.join(", ")
    ))
}

/// A generation whose records say another share than the `alpha` that they state.
fn contradiction(run: &Run) -> Option<String> {
    run.generations.iter().find_map(|generation| {
        let alpha = generation.records.iter().find_map(|record| record.alpha)?;
        let told: Vec<bool> = generation.records.iter().filter_map(|record| record.exogenous).collect();
        let (n, k) = (told.len() as f64, told.iter().filter(|exogenous| **exogenous).count());
        let off = (k as f64 - n * alpha).abs();
        (off > FAR * (n * alpha * (1.0 - alpha)).sqrt() + 1.0).then(|| {
            format!(
                "run `{}`, generation {}: `alpha` is {alpha}, but {k} of {} records are exogenous; `alpha` is believed",
                run.id,
                generation.index,
                told.len()
            )
        })
    })
}

/// A generation whose records state more than one share.
fn two_shares(run: &Run) -> Option<String> {
    run.generations.iter().find_map(|generation| {
        let mut stated = generation.records.iter().filter_map(|record| record.alpha);
        let first = stated.next()?;
        let other = stated.find(|alpha| *alpha != first)?;
        Some(format!(
            "run `{}`, generation {}: records state an `alpha` of {first} and of {other}; their mean is taken",
            run.id, generation.index
        ))
    })
}

/// Characters or bytes of a window.
fn window(labels: &Labels) -> usize {
    if labels.encoding == Encoding::Utf8.name() { LEAST_BITS / 8 } else { LEAST_BITS }
}

/// The same of the reference.
fn short_reference(reference: &Reference, labels: &Labels) -> Option<String> {
    let few = reference.records.iter().filter(|record| record.len() < window(labels)).count();
    let all = reference.records.len();
    (few > 0).then(|| {
        format!("{few} of {all} records of the reference hold less than {LEAST_BITS} bits and count in no window")
    })
}

/// A reference of 0 and 1 for runs of text: another file was meant.
fn of_bits(runs: &[Run], reference: &Reference, labels: &Labels) -> Option<String> {
    let is_bits = |texts: &mut dyn Iterator<Item = &str>| Encoding::detect(texts) == Encoding::Bits;
    let all = labels.encoding == Encoding::Utf8.name()
        && is_bits(&mut reference.records.iter().map(String::as_str))
        && !is_bits(&mut runs.iter().flat_map(texts));
    all.then(|| "the reference holds only 0 and 1 and the runs more: is it that of other runs?".to_owned())
}

/// Records that hold no window, and count in no statistic of windows.
fn short(runs: &[Run], labels: &Labels) -> Option<String> {
    let least = window(labels);
    let (mut all, mut few) = (0u64, 0u64);
    let mut worst: Option<(&Run, u64, usize, usize)> = None;
    for run in runs {
        for generation in &run.generations {
            let short = generation.records.iter().filter(|record| record.text.len() < least).count();
            all += generation.records.len() as u64;
            few += short as u64;
            if short > 0 && worst.is_none_or(|(_, _, most, _)| short > most) {
                worst = Some((run, generation.index, short, generation.records.len()));
            }
        }
    }
    let (run, generation, most, of) = worst?;
    Some(format!(
        "{few} of {all} records hold less than {LEAST_BITS} bits and count in no window, most of them in generation {generation} of run `{}` ({most} of {of})",
        run.id
    ))
}

/// Records of a run that are looked up in the reference.
const LOOKED_UP: usize = 1000;

/// A run whose records the reference holds: every copy of them then seems authentic. Where a source has few different records, its
/// runs and any reference share them.
fn own_records(runs: &[Run], reference: &Reference) -> Option<String> {
    let known: HashSet<&str> = reference.records.iter().map(String::as_str).collect();
    if known.len() * 10 < reference.records.len() * 9 {
        return None;
    }
    let run = runs.iter().find(|run| {
        let synthetic = run.generations.iter().filter(|generation| generation.index > 0);
        let texts: Vec<&str> = synthetic.flat_map(|g| &g.records).map(|record| record.text.as_str()).collect();
        let looked_up = texts.iter().step_by(texts.len().div_ceil(LOOKED_UP).max(1));
        let (n, held) = looked_up.fold((0, 0), |(n, held), text| (n + 1, held + usize::from(known.contains(text))));
        held * 2 > n
    })?;
    Some(format!(
        "most records of run `{}` stand in the reference too, which must be others: authentic records that no run was trained on or wrote",
        run.id
    ))
}

/// One encoding serves all runs; where it is the wrong one for some, their rules are not looked for.
fn encoding(runs: &[Run], labels: &Labels) -> Option<String> {
    if labels.encoding != Encoding::Utf8.name() {
        return None;
    }
    if let Some(run) = runs.iter().find(|run| Encoding::detect(texts(run)) == Encoding::Bits) {
        let id = &run.id;
        let told = format!("run `{id}` holds only 0 and 1 but is read as utf8");
        // Alone it is for the reference's sake.
        return Some(match runs.len() {
            1 => format!("{told}, as the reference is; give it a reference of 0 and 1"),
            _ => format!("{told} with the others; label such runs apart"),
        });
    }
    // A few odd records among bits make text of all.
    let is_odd = |text: &&str| Encoding::detect(std::iter::once(*text)) != Encoding::Bits;
    let all = runs.iter().flat_map(texts).count();
    let odd = runs.iter().flat_map(texts).filter(is_odd).count();
    let first = runs.iter().flat_map(texts).find(is_odd).filter(|_| odd * 10 <= all)?;
    let shown: String = first.chars().take(20).collect();
    Some(format!(
        "{odd} of {all} records hold more than 0 and 1, such as `{}`, so all are read as utf8; take them out, or name them by --encode bits",
        shown.escape_debug()
    ))
}

fn texts(run: &Run) -> impl Iterator<Item = &str> {
    run.generations.iter().flat_map(|generation| &generation.records).map(|record| record.text.as_str())
}

/// A loop that writes one and the same record and is called sound: it collapsed in its first step, before drift is looked for.
fn constant(runs: &[Run], labels: &Labels) -> Option<String> {
    let run = labels.runs.iter().filter(|run| run.verdict == Verdict::MechanismPreserving).find(|label| {
        let run = runs.iter().find(|run| run.id == label.run);
        let last = run.and_then(|run| run.generations.iter().max_by_key(|generation| generation.index));
        last.is_some_and(|last| last.records.len() > 1 && last.records.windows(2).all(|two| two[0].text == two[1].text))
    })?;
    Some(format!(
        "run `{}` ends in copies of one record and is called {}: its first synthetic generation was as poor already, and only change since \
         then is judged; look at its records",
        run.run, run.verdict
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use turmite_collapse::{Generation, Record};

    /// The share that a record states, and whether it is exogenous.
    type Told = (Option<f64>, Option<bool>);

    fn run(generations: &[(u64, &[Told])]) -> Run {
        let record = |&(alpha, exogenous): &Told| Record { text: String::new(), alpha, exogenous };
        let generations = generations
            .iter()
            .map(|(index, records)| Generation { index: *index, records: records.iter().map(record).collect() })
            .collect();
        Run { id: "a".to_owned(), source: None, generations }
    }

    fn texts_of(generations: &[&[&str]]) -> Vec<Run> {
        let record = |text: &&str| Record { text: (*text).to_owned(), alpha: None, exogenous: None };
        let generations = generations
            .iter()
            .enumerate()
            .map(|(index, texts)| Generation { index: index as u64, records: texts.iter().map(record).collect() });
        vec![Run { id: "a".to_owned(), source: None, generations: generations.collect() }]
    }

    #[test]
    fn a_reference_of_the_runs_own_records_is_named() {
        let reference = |records: &[&str]| Reference { records: records.iter().map(|&r| r.to_owned()).collect() };
        let runs = texts_of(&[&["a", "b"], &["a", "b"], &["a", "a"]]);
        let own = own_records(&runs, &reference(&["a", "b", "c"])).unwrap();
        assert!(own.starts_with("most records of run `a` stand in the reference too"), "{own}");
        assert_eq!(own_records(&runs, &reference(&["c", "d"])), None);
        // Generation 0 may be a sample of it, and a source of few records has the same ones everywhere.
        assert_eq!(own_records(&texts_of(&[&["a", "b"], &["x", "b"]]), &reference(&["a", "b"])), None);
        assert_eq!(own_records(&runs, &reference(&["a", "b", "a", "b"])), None);
    }

    #[test]
    fn two_shares_in_a_generation_are_named() {
        let told = run(&[(0, &[(None, None)]), (3, &[(Some(0.7), None), (None, None), (Some(0.0), None)])]);
        assert!(two_shares(&told).unwrap().contains("generation 3: records state an `alpha` of 0.7 and of 0;"));
        assert_eq!(two_shares(&run(&[(3, &[(Some(0.7), None), (Some(0.7), None)])])), None);
    }

    #[test]
    fn gaps_are_named() {
        let of = |indices: &[u64]| gaps(&run(&indices.iter().map(|&i| (i, &[][..])).collect::<Vec<_>>()));
        assert_eq!(of(&[0, 1, 2]), None);
        assert_eq!(of(&[3, 1, 2]), None);
        assert!(of(&[0, 2, 4]).unwrap().starts_with("run `a` lacks generations 1, 3;"));
        assert!(of(&[0, 9]).unwrap().contains("1, 2, 3, 4, 5 and 3 more;"));
    }

    #[test]
    fn a_share_that_the_records_deny_is_named() {
        let stated = |alpha: f64, exogenous: usize| {
            let records: Vec<_> = (0..100).map(|i| (Some(alpha), Some(i < exogenous))).collect();
            contradiction(&run(&[(1, &records)]))
        };
        assert_eq!((stated(0.3, 30), stated(0.3, 45), stated(0.0, 1)), (None, None, None));
        assert!(stated(0.5, 0).unwrap().contains("`alpha` is 0.5, but 0 of 100 records are exogenous"));
        assert!(stated(0.0, 9).is_some());
        assert_eq!(contradiction(&run(&[(1, &[(Some(0.5), None)])])), None);
    }
}
