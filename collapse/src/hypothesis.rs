//! Finding the rule behind a pool of records by description length.
//!
//! A rule is accepted only if it describes the pool in at least 20 bits less than the best n-gram does, both
//! measured as gains over a memoryless code with the pool's own symbol frequencies.

use std::sync::OnceLock;

use crate::description::{LEAST_GAIN, entropy};
use crate::rule::{Checks, FACTOR, Mechanism, Rule, for_neighbourhoods};

/// Widest row and longest period looked for.
const GREATEST_WIDTH: usize = 32;
const LEAST_WIDTH: usize = 8;

/// Records looked at: the gain grows with the pool while 20 bits stay 20 bits, so more would only cost time.
const MOST_RECORDS: usize = 256;

/// A rule found in a pool.
#[derive(Clone, Debug)]
pub struct Hypothesis {
    /// The rule, ready to check records.
    pub mechanism: Mechanism,
    /// Bits saved against the memoryless code.
    pub gain: f64,
    /// Violated checks per check in the pool itself.
    pub residual: f64,
}

/// Infers the rule of a pool of binary records; `None` where no rule beats the best n-gram.
///
/// ```
/// use turmite_collapse::{Source, infer};
///
/// let source: Source = "rule110".parse()?;
/// let pool: Vec<Vec<u8>> = (0..24).map(|i| source.bits(256, 7, i)).collect();
/// let found = infer(pool.iter().map(Vec::as_slice)).expect("a rule");
/// assert_eq!(found.mechanism.rule().to_string(), "rule 110, width 16");
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[must_use]
pub fn infer<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Option<Hypothesis> {
    let records: Vec<&[u8]> = records.into_iter().take(MOST_RECORDS).collect();
    let symbols: usize = records.iter().map(|record| record.len()).sum();
    let ones: usize = records.iter().flat_map(|record| record.iter()).filter(|&&symbol| symbol == 1).count();
    if ones == 0 || ones == symbols {
        return None;
    }
    let h0 = entropy(ones as f64 / symbols as f64);
    let candidates = periods(&records, h0).into_iter().chain(automata(&records)).chain(substitutions(&records, h0));
    // Among equals the first wins: a period is the simplest of the three.
    let mut best: Option<(Rule, f64)> = None;
    for (rule, gain) in candidates {
        if best.is_none_or(|(_, other)| gain > other) {
            best = Some((rule, gain));
        }
    }
    let (rule, gain) = best?;
    if gain < LEAST_GAIN.max(ngram_gain(&records, h0).1 + LEAST_GAIN) {
        return None;
    }
    let mechanism = Mechanism::new(rule);
    let mut checks = Checks::default();
    for record in &records {
        checks += mechanism.check(record);
    }
    Some(Hypothesis { residual: checks.residual()?, mechanism, gain })
}

fn periods(records: &[&[u8]], h0: f64) -> Vec<(Rule, f64)> {
    (1..=GREATEST_WIDTH)
        .filter_map(|period| {
            let mut checks = Checks::default();
            let mechanism = Mechanism::new(Rule::Period { period });
            for record in records {
                checks += mechanism.check(record);
            }
            let n = checks.made as f64;
            let gain = n * (h0 - entropy(checks.residual()?)) - (GREATEST_WIDTH as f64).log2() - 0.5 * n.log2();
            // More mismatches than matches is not a period, however regular.
            (checks.violated * 2 < checks.made).then_some((Rule::Period { period }, gain))
        })
        .collect()
}

fn automata(records: &[&[u8]]) -> Vec<(Rule, f64)> {
    (LEAST_WIDTH..=GREATEST_WIDTH)
        .filter_map(|width| {
            let mut counts = [[0u64; 2]; 8];
            for record in records {
                for_neighbourhoods(record, width, |neighbourhood, cell| {
                    counts[usize::from(neighbourhood)][usize::from(cell)] += 1;
                });
            }
            let made: u64 = counts.iter().flatten().sum();
            if made == 0 {
                return None;
            }
            let mut rule = 0u8;
            let mut violated = 0;
            for (neighbourhood, [zeros, ones]) in counts.iter().enumerate() {
                rule |= u8::from(ones > zeros) << neighbourhood;
                violated += zeros.min(ones);
            }
            let ones: u64 = counts.iter().map(|[_, ones]| ones).sum();
            let n = made as f64;
            let saved = n * (entropy(ones as f64 / n) - entropy(violated as f64 / n));
            Some((Rule::Cellular { rule, width }, saved - 8.0 - 25f64.log2() - 0.5 * n.log2()))
        })
        .collect()
}

/// The aperiodic substitutions, prepared once: listing their factors costs more than checking a pool.
fn aperiodic() -> &'static [Mechanism] {
    static PREPARED: OnceLock<Vec<Mechanism>> = OnceLock::new();
    PREPARED.get_or_init(|| {
        (0..16u8)
            .map(|code| {
                let bit = |i: u8| code >> i & 1;
                Mechanism::new(Rule::Substitution { images: [[bit(3), bit(2)], [bit(1), bit(0)]] })
            })
            // Morse and Hedlund: a sequence with at most n factors of length n is eventually periodic.
            .filter(|mechanism| mechanism.factor_count() > FACTOR)
            .collect()
    })
}

fn substitutions(records: &[&[u8]], h0: f64) -> Vec<(Rule, f64)> {
    let mut found = Vec::new();
    for mechanism in aperiodic() {
        let window_cost = (mechanism.factor_count() as f64).log2();
        let mut saved = -4.0;
        for record in records {
            let checks = mechanism.check(record);
            if checks.made > 0 && checks.violated == 0 {
                // The number of factors of length L grows linearly, by at most 4 a symbol here.
                saved += record.len() as f64 * h0 - (4.0 * record.len() as f64).log2();
            } else {
                for window in record.chunks_exact(FACTOR) {
                    let valid = mechanism.check(window).violated == 0;
                    saved += if valid { FACTOR as f64 * h0 - window_cost - 1.0 } else { -1.0 };
                }
            }
        }
        found.push((mechanism.rule(), saved));
    }
    found
}

/// The n-gram order with the greatest gain over the memoryless code, and that gain, by the Bayesian
/// information criterion: half of log2 n bits for each context.
pub(crate) fn ngram_gain(records: &[&[u8]], h0: f64) -> (usize, f64) {
    let mut best = (0, 0.0);
    for order in 1..=16usize {
        let mask = (1usize << order) - 1;
        let mut counts = vec![[0u32; 2]; 1 << order];
        let mut n = 0usize;
        for record in records {
            let mut context = 0usize;
            for (i, &symbol) in record.iter().enumerate() {
                if i >= order {
                    counts[context][usize::from(symbol & 1)] += 1;
                    n += 1;
                }
                context = (context << 1 | usize::from(symbol & 1)) & mask;
            }
        }
        let mut bits = 0.0;
        let mut contexts = 0usize;
        for [zeros, ones] in counts {
            let all = f64::from(zeros + ones);
            if all > 0.0 {
                contexts += 1;
                bits += all * entropy(f64::from(ones) / all);
            }
        }
        // Each context seen costs one parameter, and naming which were seen one bit each.
        let cost = contexts as f64 * (1.0 + 0.5 * (n.max(1) as f64).log2());
        let gain = n as f64 * h0 - bits - cost;
        if gain > best.1 {
            best = (order, gain);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn pool(source: &str, seed: u64, records: u64) -> Vec<Vec<u8>> {
        let source: Source = source.parse().unwrap();
        (0..records).map(|i| source.bits(256, seed, i)).collect()
    }

    fn name(pool: &[Vec<u8>]) -> Option<String> {
        infer(pool.iter().map(Vec::as_slice)).map(|found| found.mechanism.rule().to_string())
    }

    #[test]
    fn known_mechanisms_are_found() {
        for seed in 0..5 {
            for (source, expected) in [
                ("rule30", "rule 30, width 16"),
                ("rule110", "rule 110, width 16"),
                ("eca:54", "rule 54, width 16"),
                ("thue-morse", "substitution 0->01 1->10"),
                ("period:9", "period 9"),
            ] {
                assert_eq!(name(&pool(source, seed, 24)).as_deref(), Some(expected), "{source}, seed {seed}");
            }
        }
    }

    #[test]
    fn no_rule_is_found_where_there_is_none() {
        for seed in 0..10 {
            for source in ["iid:0.3", "iid:0.5", "markov"] {
                for records in [24, 64, 256] {
                    assert_eq!(name(&pool(source, seed, records)), None, "{source}, seed {seed}, {records} records");
                }
            }
        }
    }

    #[test]
    fn bit_flips_hide_neither_table_nor_width() {
        for (source, expected) in [("rule30", "rule 30, width 16"), ("rule110", "rule 110, width 16")] {
            for seed in 0..5 {
                let mut noisy = pool(source, seed, 24);
                let mut rng = crate::seed::rng(seed, 9, 9, 9);
                for symbol in noisy.iter_mut().flatten() {
                    *symbol ^= u8::from(crate::seed::unit(&mut rng) < 0.05);
                }
                assert_eq!(name(&noisy).as_deref(), Some(expected), "{source}, seed {seed}");
            }
        }
    }

    #[test]
    fn a_pool_without_variety_has_no_rule() {
        assert_eq!(name(&vec![vec![0; 256]; 8]), None);
        assert_eq!(name(&[]), None);
        assert_eq!(name(&[vec![1]]), None);
    }

    proptest::proptest! {
        #[test]
        fn no_pool_makes_it_panic(pool in proptest::collection::vec(proptest::collection::vec(0u8..2, 0..80), 0..8)) {
            if let Some(found) = infer(pool.iter().map(Vec::as_slice)) {
                proptest::prop_assert!(found.gain >= LEAST_GAIN && (0.0..=1.0).contains(&found.residual));
            }
        }
    }
}
