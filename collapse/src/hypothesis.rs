//! Finding the rule behind a pool of records by description length.
//!
//! A rule is accepted only if it describes the pool in at least 20 bits less than the best n-gram does, both
//! measured as gains over a memoryless code with the pool's own symbol frequencies.

use std::sync::OnceLock;

use crate::automaton::for_neighbourhoods;
use crate::description::{LEAST_GAIN, entropy};
use crate::linear;
use crate::mechanism_loss::RESIDUAL_GUARD;
use crate::rule::{Checks, FACTOR, Mechanism, Rule, STRETCH, degree};
use crate::successors::{GREATEST_ORDER, Successors};

/// Widest row and longest period looked for.
const GREATEST_WIDTH: usize = 32;
const LEAST_WIDTH: usize = 8;

/// Records looked at: the gain grows with the pool while 20 bits stay 20 bits, so more would only cost time.
const MOST_RECORDS: usize = 256;

/// Violated checks per check beyond which a dependence is no rule, however many records bear it out: at 0.42 a check
/// foretells 0.02 bits of its symbol. Chains of order 8 show dependences of 0.44 over eight symbols that cost less to name than
/// an n-gram; an automaton with every fifth symbol flipped shows 0.38 to 0.40. The limit lies between.
const GREATEST_RESIDUAL: f64 = 0.42;

/// A rule found in a pool.
#[derive(Clone, Debug)]
pub struct Hypothesis {
    /// The rule, ready to check records.
    pub mechanism: Mechanism,
    /// Bits saved against the memoryless code.
    pub gain: f64,
    /// Violated checks per check in the pool itself.
    pub residual: f64,
    /// What the rule leaves to chance: the share of cells that break an automaton, and of wrong symbols under the other
    /// rules.
    pub noise: f64,
}

/// Infers the rule of a pool of binary records; `None` where no rule beats the best n-gram.
///
/// Each class of rules names its best candidates: periods, cellular automata (by vote over neighbourhoods), linear
/// feedback (by vote over stretches), tables of what follows each word (by vote over its places; only such as are kept all but always: a
/// table of the commonest successors there is of any source) and substitutions. The one that describes the pool in fewest bits is then *corrected*:
/// as long as a rule next to it, with one entry of its table, one tap, one image or its width changed, describes the pool
/// in less, it is replaced. So every part of the rule that is returned is needed: changing it makes the description
/// longer, or changes nothing that the pool shows. Noise costs bits but hides no rule that still pays.
///
/// ```
/// use turmite_collapse::{Source, infer};
///
/// for (source, rule) in [("rule110", "rule 110, width 16"), ("lfsr:16", "linear x^16 + x^15 + x^13 + x^4 + 1")] {
///     let source: Source = source.parse()?;
///     let pool: Vec<Vec<u8>> = (0..24).map(|i| source.bits(256, 7, i)).collect();
///     let found = infer(pool.iter().map(Vec::as_slice)).expect("a rule");
///     assert_eq!(found.mechanism.rule().to_string(), rule);
/// }
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[must_use]
pub fn infer<'a>(records: impl IntoIterator<Item = &'a [u8]>) -> Option<Hypothesis> {
    let all: Vec<&[u8]> = records.into_iter().collect();
    let step = all.len().div_ceil(MOST_RECORDS).max(1);
    let records: Vec<&[u8]> = all.into_iter().step_by(step).collect();
    let symbols: usize = records.iter().map(|record| record.len()).sum();
    let ones: usize = records.iter().flat_map(|record| record.iter()).filter(|&&symbol| symbol == 1).count();
    if ones == 0 || ones == symbols {
        return None;
    }
    let h0 = entropy(ones as f64 / symbols as f64);
    let periods = (1..=GREATEST_WIDTH).map(|period| Rule::Period { period });
    let tables = (2..=GREATEST_ORDER).map(|order| Rule::Successor { table: Successors::vote(&records, order) });
    let voted = automata(&records).into_iter().chain(linear::candidates(&records)).chain(tables);
    let simple = periods.chain(voted).map(Mechanism::new);
    // Among equals the first wins: a period is the simplest of them.
    let mut best: Option<Found> = None;
    for mechanism in simple.chain(aperiodic().iter().cloned()) {
        if let Some(found) = Found::new(mechanism, &records, h0)
            && best.as_ref().is_none_or(|best| found.gain > best.gain)
        {
            best = Some(found);
        }
    }
    let Found { mechanism, gain, noise } = best?.corrected(&records, h0);
    if gain < LEAST_GAIN.max(ngram_gain(&records, h0).1 + LEAST_GAIN) {
        return None;
    }
    let mut checks = Checks::default();
    for record in &records {
        checks += mechanism.check(record);
    }
    let residual = checks.residual()?;
    // The noise of a substitution is not its residual: one wrong symbol spoils 32 checks.
    let broken = if matches!(mechanism.rule(), Rule::Substitution { .. }) { noise } else { residual };
    (broken <= GREATEST_RESIDUAL).then_some(Hypothesis { mechanism, gain, residual, noise })
}

/// A rule with what it saves on a pool.
struct Found {
    mechanism: Mechanism,
    gain: f64,
    noise: f64,
}

impl Found {
    /// `None` if the pool makes no check, or breaks more of them than it keeps.
    fn new(mechanism: Mechanism, records: &[&[u8]], h0: f64) -> Option<Self> {
        match mechanism.rule() {
            Rule::Substitution { .. } => {
                let (gain, noise) = substitution_gain(&mechanism, records, h0);
                return Some(Self { mechanism, gain, noise });
            }
            Rule::Period { period } => {
                let (gain, noise) = period_gain(period, records, h0);
                return Some(Self { mechanism, gain, noise });
            }
            Rule::Cellular { .. } | Rule::Linear { .. } | Rule::Successor { .. } => {}
        }
        let mut checks = Checks::default();
        for record in records {
            checks += mechanism.check(record);
        }
        let residual = checks.residual().filter(|residual| *residual < 0.5)?;
        let n = checks.made as f64;
        // Bits a symbol of the code to beat, and bits that name the rule.
        let (unruled, name) = match mechanism.rule() {
            // Its first row is not checked, and may differ from the others: only they count.
            Rule::Cellular { width, .. } => (
                entropy(written_ones(records, width) as f64 / n),
                8.0 + ((GREATEST_WIDTH - LEAST_WIDTH + 1) as f64).log2(),
            ),
            Rule::Linear { taps } => (h0, (linear::GREATEST_DEGREE as f64).log2() + degree(taps) as f64),
            // Which words are known, and what follows each of those.
            Rule::Successor { table } if residual <= RESIDUAL_GUARD => {
                (h0, ((GREATEST_ORDER - 1) as f64).log2() + f64::from(1 << table.order()) + table.known() as f64)
            }
            Rule::Successor { .. } | Rule::Period { .. } | Rule::Substitution { .. } => return None,
        };
        let gain = n * (unruled - entropy(residual)) - name - 0.5 * n.log2();
        let noise = mechanism.noise(residual);
        Some(Self { mechanism, gain, noise })
    }

    /// Moves to the best neighbour until none is better: the causal correction.
    fn corrected(mut self, records: &[&[u8]], h0: f64) -> Self {
        loop {
            let neighbours = neighbours(self.mechanism.rule()).into_iter();
            let best = neighbours
                .filter_map(|mechanism| Found::new(mechanism, records, h0))
                .max_by(|a, b| a.gain.total_cmp(&b.gain));
            match best {
                Some(better) if better.gain > self.gain => self = better,
                _ => return self,
            }
        }
    }
}

/// Ones among the cells that have a full row above them.
fn written_ones(records: &[&[u8]], width: usize) -> usize {
    records.iter().flat_map(|record| record.iter().skip(width)).filter(|&&cell| cell == 1).count()
}

/// The rules that differ in one part: an entry of the table, a tap, an image, the width or the period.
fn neighbours(rule: Rule) -> Vec<Mechanism> {
    let beside =
        |x: usize, least: usize| [x - 1, x + 1].into_iter().filter(move |x| (least..=GREATEST_WIDTH).contains(x));
    let rules: Vec<Rule> = match rule {
        Rule::Cellular { rule, width } => (0..8)
            .map(|entry| Rule::Cellular { rule: rule ^ 1 << entry, width })
            .chain(beside(width, LEAST_WIDTH).map(|width| Rule::Cellular { rule, width }))
            .collect(),
        Rule::Period { period } => beside(period, 1)
            .chain((1..period).filter(|divisor| period % divisor == 0))
            .map(|period| Rule::Period { period })
            .collect(),
        Rule::Linear { taps } => {
            (0..32).map(|tap| taps ^ 1 << tap).filter(|&taps| taps != 0).map(|taps| Rule::Linear { taps }).collect()
        }
        Rule::Substitution { images } => {
            let letters = |[[a, b], [c, d]]: [[u8; 2]; 2]| a << 3 | b << 2 | c << 1 | d;
            let near = |other: &&Mechanism| match other.rule() {
                Rule::Substitution { images: other } => (letters(images) ^ letters(other)).count_ones() == 1,
                _ => false,
            };
            return aperiodic().iter().filter(near).cloned().collect();
        }
        // Every entry is what most records say, and every order is a candidate of its own.
        Rule::Successor { .. } => Vec::new(),
    };
    rules.into_iter().map(Mechanism::new).collect()
}

/// For every width the automaton that most cells obey.
fn automata(records: &[&[u8]]) -> Vec<Rule> {
    (LEAST_WIDTH..=GREATEST_WIDTH)
        .map(|width| {
            let mut excess = [0i64; 8];
            for record in records {
                for_neighbourhoods(record, width, |neighbourhood, cell| {
                    excess[usize::from(neighbourhood)] += i64::from(cell) * 2 - 1;
                });
            }
            let rule = excess.iter().enumerate().fold(0, |rule, (entry, &excess)| rule | u8::from(excess > 0) << entry);
            Rule::Cellular { rule, width }
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

/// Bits that a period saves, and the share of wrong symbols: each record names its word, and the places that differ.
fn period_gain(period: usize, records: &[&[u8]], h0: f64) -> (f64, f64) {
    let (mut all, mut words, mut wrong) = (0usize, 0usize, 0usize);
    for record in records {
        all += record.len();
        words += period.min(record.len());
        for phase in 0..period.min(record.len()) {
            let column = record.iter().skip(phase).step_by(period);
            let (ones, symbols) = column.fold((0, 0), |(ones, n), &symbol| (ones + usize::from(symbol == 1), n + 1));
            wrong += ones.min(symbols - ones);
        }
    }
    let n = all as f64;
    let noise = wrong as f64 / n.max(1.0);
    // Words are of the same stuff as the rest: h0 bits a symbol.
    let gain = (n - words as f64) * h0 - n * entropy(noise) - (GREATEST_WIDTH as f64).log2() - 0.5 * n.max(1.0).log2();
    (gain, noise)
}

/// Bits that a substitution saves, and the share of wrong symbols.
///
/// A record without fault is named among the factors of its length; any other is cut into stretches of 64 symbols, each
/// named by its nearest factor and the places where it differs. One bit a record says which.
fn substitution_gain(mechanism: &Mechanism, records: &[&[u8]], h0: f64) -> (f64, f64) {
    let name = (mechanism.stretch_count().max(1) as f64).log2();
    let (mut saved, mut all, mut cut, mut wrong) = (-4.0, 0usize, 0usize, 0u64);
    for record in records {
        saved -= 1.0;
        all += record.len();
        let checks = mechanism.check(record);
        if checks.made > 0 && checks.violated == 0 {
            // The number of factors of length L grows linearly, by at most 4 a symbol here.
            saved += record.len() as f64 * h0 - (4.0 * record.len() as f64).log2();
        } else {
            for stretch in record.chunks_exact(STRETCH) {
                saved += STRETCH as f64 * h0 - name;
                cut += STRETCH;
                wrong += u64::from(mechanism.distance(stretch));
            }
        }
    }
    let share = wrong as f64 / cut.max(1) as f64;
    let n = cut as f64;
    let gain = saved - if cut > 0 { n * entropy(share) + 0.5 * n.log2() } else { 0.0 };
    (gain, wrong as f64 / all.max(1) as f64)
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
                ("eca:45", "rule 45, width 16"),
                ("eca:73", "rule 73, width 16"),
                ("eca:90", "rule 90, width 16"),
                ("lfsr:7", "linear x^7 + x^6 + 1"),
                ("lfsr:16", "linear x^16 + x^15 + x^13 + x^4 + 1"),
                ("period:9", "period 9"),
                ("debruijn:3", "successors of 3 symbols d2"),
                // A row that never changes is a period, whatever the table that keeps it.
                ("eca:204", "period 16"),
            ] {
                assert_eq!(name(&pool(source, seed, 24)).as_deref(), Some(expected), "{source}, seed {seed}");
            }
        }
    }

    #[test]
    fn a_cycle_of_de_bruijn_is_a_table_of_its_order() {
        for (source, records) in [("debruijn:5", 24), ("debruijn:8", 24), ("debruijn:8", 256)] {
            let pool = pool(source, 1, records);
            let found = infer(pool.iter().map(Vec::as_slice)).expect(source);
            let Rule::Successor { table } = found.mechanism.rule() else {
                panic!("{source}: {}", found.mechanism.rule())
            };
            assert_eq!(
                (format!("debruijn:{}", table.order()), table.known(), found.residual),
                (source.to_owned(), 1 << table.order(), 0.0)
            );
            // No window comes twice in a cycle: a 1 follows as often as a 0.
            let ones = (0..1 << table.order()).filter(|&word| table.after(word) == Some(1)).count();
            assert_eq!(2 * ones, 1 << table.order());
        }
        // Longer words than a table has.
        assert_eq!(name(&pool("debruijn:9", 1, 256)), None);
    }

    #[test]
    fn rows_that_die_are_no_rule() {
        // The second row is all zeros or all ones: nothing that is written tells the rules apart.
        for source in ["eca:0", "eca:255"] {
            assert_eq!(name(&pool(source, 1, 24)), None, "{source}");
        }
    }

    #[test]
    fn no_rule_is_found_where_there_is_none() {
        for seed in 0..6 {
            let chains: Vec<String> = [1, 3, 5, 8].iter().map(|order| format!("markov:{order},{}", 4 + seed)).collect();
            for source in ["iid:0.3", "iid:0.5", "iid:0.05", "markov", "ctm", "markov:8,24"] {
                for records in [24, 256] {
                    assert_eq!(name(&pool(source, seed, records)), None, "{source}, seed {seed}, {records} records");
                }
            }
            for chain in chains {
                assert_eq!(name(&pool(&chain, seed, 24)), None, "{chain}");
            }
        }
    }

    #[test]
    fn bit_flips_hide_no_rule() {
        for (source, expected) in [
            ("rule30", "rule 30, width 16"),
            ("rule110", "rule 110, width 16"),
            ("thue-morse", "substitution 0->01 1->10"),
            ("lfsr:7", "linear x^7 + x^6 + 1"),
            ("lfsr:16", "linear x^16 + x^15 + x^13 + x^4 + 1"),
            ("period:9", "period 9"),
        ] {
            for seed in 0..3 {
                let mut noisy = pool(source, seed, 24);
                let mut rng = crate::seed::rng(seed, 9, 9, 9);
                for symbol in noisy.iter_mut().flatten() {
                    *symbol ^= u8::from(crate::seed::unit(&mut rng) < 0.05);
                }
                let found = infer(noisy.iter().map(Vec::as_slice)).expect(source);
                assert_eq!(found.mechanism.rule().to_string(), expected, "seed {seed}");
                // The rate is recovered, except in an automaton, where a flip breaks its own check and those below it.
                if !matches!(found.mechanism.rule(), Rule::Cellular { .. }) {
                    assert!((found.noise - 0.05).abs() < 0.015, "{source}: {}", found.noise);
                }
            }
        }
    }

    #[test]
    fn every_part_of_a_rule_is_needed() {
        for source in ["rule30", "rule110", "thue-morse", "lfsr:7", "lfsr:16", "period:9"] {
            let pool = pool(source, 3, 24);
            let views: Vec<&[u8]> = pool.iter().map(Vec::as_slice).collect();
            let found = infer(views.iter().copied()).expect(source);
            let neighbours = neighbours(found.mechanism.rule());
            assert!(!neighbours.is_empty() || source == "thue-morse");
            for neighbour in neighbours {
                let shown = neighbour.rule();
                if let Some(other) = Found::new(neighbour, &views, 1.0) {
                    assert!(other.gain < found.gain - 100.0, "{source}: {shown} saves {}", other.gain);
                }
            }
        }
    }

    #[test]
    fn a_wrong_part_is_corrected() {
        let pool = pool("lfsr:16", 3, 24);
        let views: Vec<&[u8]> = pool.iter().map(Vec::as_slice).collect();
        let taps = 1 << 15 | 1 << 14 | 1 << 12 | 1 << 3;
        for tap in [0, 5, 12, 20] {
            let start = Found::new(Mechanism::new(Rule::Linear { taps: taps ^ 1 << tap }), &views, 1.0);
            if let Some(start) = start {
                assert_eq!(start.corrected(&views, 1.0).mechanism.rule(), Rule::Linear { taps }, "tap {tap}");
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
