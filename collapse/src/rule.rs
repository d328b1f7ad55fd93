//! Exact mechanisms: what they forbid, and how they write from a fresh seed.

use crate::automaton::{self, for_neighbourhoods};
use crate::description::{LEAST_GAIN, entropy};
use crate::seed::{below, unit};
use crate::successors::Successors;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::fmt;

/// Window of the factor test of a substitution, in symbols. Shorter windows let an n-gram copy of the
/// Thue-Morse sequence pass: every window of an order-k copy up to k + 1 symbols is a factor.
pub(crate) const FACTOR: usize = 32;

/// Symbols that are compared at once with the nearest factor: one machine word.
pub(crate) const STRETCH: usize = 64;

/// Digits of a random place in a substitution's fixed point: windows start below 2^40.
const PLACE_BITS: u32 = 40;

/// A rule that every record of a source obeys.
///
/// Displayed as users see it:
///
/// ```
/// use turmite_collapse::Rule;
///
/// let names = [
///     Rule::Cellular { rule: 110, width: 16 },
///     Rule::Substitution { images: [[0, 1], [1, 0]] },
///     Rule::Period { period: 9 },
/// ];
/// assert_eq!(names.map(|rule| rule.to_string()), ["rule 110, width 16", "substitution 0->01 1->10", "period 9"]);
/// assert_eq!(Rule::Linear { taps: 0b110_0000 }.to_string(), "linear x^7 + x^6 + 1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// An elementary cellular automaton on rows of `width` cells, periodic, written row after row.
    Cellular {
        /// Wolfram's number.
        rule: u8,
        /// Cells a row.
        width: usize,
    },
    /// Windows of the fixed point of a substitution of constant length 2.
    Substitution {
        /// The images of 0 and 1.
        images: [[u8; 2]; 2],
    },
    /// One word repeated.
    Period {
        /// Its length.
        period: usize,
    },
    /// Linear feedback: every symbol is the parity of some of those before it.
    Linear {
        /// Bit i - 1 is set if the symbol i places back takes part. The highest bit set is the degree, at most 32.
        taps: u32,
    },
    /// By table: every symbol is given by the word before it.
    Successor {
        /// The table.
        table: Successors,
    },
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Cellular { rule, width } => write!(f, "rule {rule}, width {width}"),
            Rule::Substitution { images: [[a, b], [c, d]] } => write!(f, "substitution 0->{a}{b} 1->{c}{d}"),
            Rule::Period { period } => write!(f, "period {period}"),
            Rule::Linear { taps } => {
                // The feedback polynomial, its exponents being delays.
                f.write_str("linear ")?;
                for delay in (1..=32).rev().filter(|delay| taps >> (delay - 1) & 1 == 1) {
                    if delay > 1 { write!(f, "x^{delay} + ")? } else { f.write_str("x + ")? }
                }
                f.write_str("1")
            }
            Rule::Successor { table } => table.fmt(f),
        }
    }
}

/// The delay of the furthest tap.
pub(crate) fn degree(taps: u32) -> usize {
    (u32::BITS - taps.leading_zeros()) as usize
}

/// The symbol that linear feedback writes next; bit i - 1 of `past` is the symbol i places back.
#[inline]
fn feedback(taps: u32, past: u32) -> u8 {
    ((taps & past).count_ones() & 1) as u8
}

impl Rule {
    /// Cells a row of records that are written row after row: a period counts as one.
    #[must_use]
    pub fn width(self) -> Option<usize> {
        match self {
            Rule::Cellular { width, .. } => Some(width),
            Rule::Period { period } => Some(period),
            Rule::Substitution { .. } | Rule::Linear { .. } | Rule::Successor { .. } => None,
        }
    }
}

/// Checks a record passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    /// Checks the record breaks.
    pub violated: u64,
    /// Checks made; 0 if the record is too short to check.
    pub made: u64,
}

impl Checks {
    /// Violated checks per check, `None` if none was made.
    #[must_use]
    pub fn residual(self) -> Option<f64> {
        (self.made > 0).then(|| self.violated as f64 / self.made as f64)
    }
}

impl std::ops::AddAssign for Checks {
    fn add_assign(&mut self, other: Self) {
        self.violated += other.violated;
        self.made += other.made;
    }
}

/// A rule ready to check records and to write them.
#[derive(Clone, Debug)]
pub struct Mechanism {
    rule: Rule,
    /// The factors of length [`FACTOR`], for substitutions.
    factors: HashSet<u32, foldhash::fast::FixedState>,
    /// The factors of length [`STRETCH`], for substitutions.
    stretches: Vec<u64>,
}

impl Mechanism {
    /// Prepares a rule.
    #[must_use]
    pub fn new(rule: Rule) -> Self {
        let (factors, stretches) = match rule {
            Rule::Substitution { images } => factors(images),
            Rule::Cellular { .. } | Rule::Period { .. } | Rule::Linear { .. } | Rule::Successor { .. } => {
                Default::default()
            }
        };
        Self { rule, factors, stretches }
    }

    /// A rule that will only write: the factors are left out.
    pub(crate) fn for_writing(rule: Rule) -> Self {
        Self { rule, factors: HashSet::default(), stretches: Vec::new() }
    }

    /// The rule.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Number of distinct factors of length 32 (substitutions; 0 otherwise).
    pub(crate) fn factor_count(&self) -> usize {
        self.factors.len()
    }

    /// Number of distinct factors of length 64 (substitutions; 0 otherwise).
    pub(crate) fn stretch_count(&self) -> usize {
        self.stretches.len()
    }

    /// Symbols in which 64 of them differ from the nearest factor of a substitution; 64 for other rules.
    pub(crate) fn distance(&self, stretch: &[u8]) -> u32 {
        let word = stretch.iter().fold(0u64, |word, &symbol| word << 1 | u64::from(symbol & 1));
        self.stretches.iter().map(|factor| (factor ^ word).count_ones()).min().unwrap_or(u64::BITS)
    }

    /// Counts the checks that a record of binary symbols breaks: a cell against the three above it, a window
    /// of 32 symbols against the factors, a symbol against the one a period before, against the parity of its taps, or against
    /// what the table has after the word before it.
    #[must_use]
    pub fn check(&self, record: &[u8]) -> Checks {
        match self.rule {
            Rule::Cellular { rule, width } => automaton::check(rule, width, record),
            Rule::Substitution { .. } => {
                let mut checks = Checks::default();
                let mut window = 0u32;
                for (i, &symbol) in record.iter().enumerate() {
                    window = window << 1 | u32::from(symbol & 1);
                    if i + 1 >= FACTOR {
                        checks.made += 1;
                        checks.violated += u64::from(!self.factors.contains(&window));
                    }
                }
                checks
            }
            Rule::Period { period } => Checks {
                violated: record.iter().zip(record.iter().skip(period)).filter(|(a, b)| a != b).count() as u64,
                made: record.len().saturating_sub(period) as u64,
            },
            Rule::Linear { taps } => {
                let (degree, mut past, mut violated) = (degree(taps), 0u32, 0);
                for (i, &symbol) in record.iter().enumerate() {
                    violated += u64::from(i >= degree && feedback(taps, past) != symbol & 1);
                    past = past << 1 | u32::from(symbol & 1);
                }
                Checks { violated, made: record.len().saturating_sub(degree) as u64 }
            }
            Rule::Successor { table } => table.checks(record).fold(Checks::default(), |checks, (_, wrong)| Checks {
                violated: checks.violated + u64::from(wrong),
                made: checks.made + 1,
            }),
        }
    }

    /// The cells at which a check fails, in order: a cell that the three above it do not give, the last one of a window
    /// that is no factor, a symbol that differs from the one a period before, from the parity of its taps or from the table.
    #[must_use]
    pub fn broken(&self, record: &[u8]) -> Vec<usize> {
        let mut broken = Vec::new();
        match self.rule {
            Rule::Cellular { rule, width } => {
                // Every cell from the second row on is checked.
                let mut at = width;
                for_neighbourhoods(record, width, |neighbourhood, cell| {
                    if (rule >> neighbourhood) & 1 != cell {
                        broken.push(at);
                    }
                    at += 1;
                });
            }
            Rule::Substitution { .. } => {
                let mut window = 0u32;
                for (i, &symbol) in record.iter().enumerate() {
                    window = window << 1 | u32::from(symbol & 1);
                    if i + 1 >= FACTOR && !self.factors.contains(&window) {
                        broken.push(i);
                    }
                }
            }
            Rule::Period { period } => {
                broken.extend((period..record.len()).filter(|&i| record[i] != record[i - period]));
            }
            Rule::Linear { taps } => {
                let (degree, mut past) = (degree(taps), 0u32);
                for (i, &symbol) in record.iter().enumerate() {
                    if i >= degree && feedback(taps, past) != symbol & 1 {
                        broken.push(i);
                    }
                    past = past << 1 | u32::from(symbol & 1);
                }
            }
            Rule::Successor { table } => {
                broken.extend(table.checks(record).filter(|(_, wrong)| *wrong).map(|(at, _)| at));
            }
        }
        broken
    }

    /// Share of ones in the seeds of a pool (first rows, first words), one half unless another share describes
    /// them in 20 bits less: a share refitted every generation would itself be a drifting learner.
    pub(crate) fn seed_density(&self, records: &[&[u8]]) -> f64 {
        let length = match self.rule {
            Rule::Cellular { width, .. } => width,
            Rule::Period { period } => period,
            Rule::Substitution { .. } | Rule::Linear { .. } | Rule::Successor { .. } => return 0.5,
        };
        let seeds = records.iter().flat_map(|record| record.iter().take(length));
        let (ones, all) = seeds.fold((0u64, 0u64), |(ones, all), &cell| (ones + u64::from(cell), all + 1));
        let (share, n) = (ones as f64 / all.max(1) as f64, all.max(1) as f64);
        let gain = n * (1.0 - entropy(share)) - 0.5 * n.log2();
        if gain > LEAST_GAIN { share } else { 0.5 }
    }

    /// Appends a record written from a fresh seed whose cells are 1 with probability `density`. Linear feedback starts
    /// from a word of fair coins that is not all zeros, a substitution from a random place and a table from a word that it knows.
    pub(crate) fn write(&self, length: usize, density: f64, rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
        self.write_noisy(length, density, 0.0, rng, out);
    }

    /// The same with noise. A cell of an automaton breaks the rule with probability `noise`, and the next row is made from
    /// the broken cell: noise within the dynamics, so that this is also the share of checks that is violated. Records of the
    /// other rules are written clean, and then each symbol is wrong with that probability: see [`Mechanism::noise`].
    pub(crate) fn write_noisy(&self, length: usize, density: f64, noise: f64, rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
        let flip = |rng: &mut ChaCha8Rng| if noise > 0.0 { u8::from(unit(rng) < noise) } else { 0 };
        let from = out.len();
        match self.rule {
            Rule::Cellular { rule, width } => {
                out.extend((0..width.min(length)).map(|_| u8::from(unit(rng) < density)));
                let mut row = from;
                while out.len() - from < length {
                    let cells = width.min(length - (out.len() - from));
                    for column in 0..cells {
                        let left = out[row + if column == 0 { width - 1 } else { column - 1 }];
                        let right = out[row + if column + 1 == width { 0 } else { column + 1 }];
                        let neighbourhood = left << 2 | out[row + column] << 1 | right;
                        out.push((rule >> neighbourhood) & 1 ^ flip(rng));
                    }
                    row += width;
                }
            }
            Rule::Substitution { images } => {
                // Two random words of 20 bits: `below` is exact for powers of two.
                let start = (below(rng, 1 << 20) as u64) << 20 | below(rng, 1 << 20) as u64;
                out.extend((0..length as u64).map(|i| letter_at(images, start + i)));
            }
            Rule::Period { period } => {
                out.extend((0..period.min(length)).map(|_| u8::from(unit(rng) < density)));
                for i in period..length {
                    out.push(out[from + i - period]);
                }
            }
            Rule::Linear { taps } => {
                let degree = degree(taps);
                let mut past = 0;
                while past == 0 && degree > 0 {
                    past = rng.next_u32() >> (32 - degree);
                }
                // The oldest symbol of the seed comes first.
                out.extend((0..degree.min(length)).map(|i| (past >> (degree - 1 - i) & 1) as u8));
                for _ in degree..length {
                    let symbol = feedback(taps, past);
                    past = past << 1 | u32::from(symbol);
                    out.push(symbol);
                }
            }
            Rule::Successor { table } => table.write(length, rng, out),
        }
        if noise > 0.0 && !matches!(self.rule, Rule::Cellular { .. }) {
            for symbol in &mut out[from..] {
                *symbol ^= flip(rng);
            }
        }
    }

    /// The noise that leaves this share of an automaton's or a feedback's checks violated (below one half).
    ///
    /// A parity of m symbols that are each wrong with probability e fails with probability (1 - (1 - 2e)^m) / 2.
    pub(crate) fn noise(&self, violated: f64) -> f64 {
        let symbols = match self.rule {
            Rule::Linear { taps } => taps.count_ones() + 1,
            Rule::Cellular { .. } | Rule::Substitution { .. } | Rule::Period { .. } | Rule::Successor { .. } => {
                return violated;
            }
        };
        (1.0 - (1.0 - 2.0 * violated).max(0.0).powf(1.0 / f64::from(symbols))) / 2.0
    }
}

/// Symbol `place` of the 40th (then 41st) image of the letter 0, by the digits of `place`.
fn letter_at(images: [[u8; 2]; 2], place: u64) -> u8 {
    (0..=PLACE_BITS).rev().fold(0, |letter, bit| images[usize::from(letter)][(place >> bit & 1) as usize])
}

/// All windows of [`FACTOR`] and of [`STRETCH`] symbols in the first 2^13 symbols of a late image of 0: for a primitive
/// substitution of length 2 every factor of 64 symbols recurs within a few hundred.
fn factors(images: [[u8; 2]; 2]) -> (HashSet<u32, foldhash::fast::FixedState>, Vec<u64>) {
    let mut window = 0u64;
    let (mut short, mut long) = (HashSet::default(), Vec::new());
    for place in 0..1u64 << 13 {
        window = window << 1 | u64::from(letter_at(images, place));
        if place as usize + 1 >= FACTOR {
            short.insert(window as u32);
        }
        if place as usize + 1 >= STRETCH {
            long.push(window);
        }
    }
    long.sort_unstable();
    long.dedup();
    (short, long)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;

    #[test]
    fn what_a_rule_writes_it_obeys() {
        let mut rng = seed::rng(1, 0, 0, 0);
        let rules = [
            Rule::Cellular { rule: 110, width: 16 },
            Rule::Cellular { rule: 30, width: 11 },
            Rule::Substitution { images: [[0, 1], [1, 0]] },
            Rule::Substitution { images: [[0, 1], [0, 0]] },
            Rule::Period { period: 9 },
            Rule::Linear { taps: 0b110_0000 },
            Rule::Linear { taps: 1 << 31 | 0b10_0000_0000_0000_0000_0011 },
        ];
        for rule in rules {
            let mechanism = Mechanism::new(rule);
            for _ in 0..20 {
                let mut record = Vec::new();
                mechanism.write(250, 0.5, &mut rng, &mut record);
                let checks = mechanism.check(&record);
                assert_eq!(record.len(), 250);
                assert!(checks.made > 200 && checks.violated == 0, "{rule}: {checks:?}");
            }
        }
    }

    #[test]
    fn broken_cells_are_as_many_as_broken_checks() {
        let mut rng = seed::rng(2, 0, 0, 0);
        let rules = [
            Rule::Cellular { rule: 110, width: 16 },
            Rule::Substitution { images: [[0, 1], [1, 0]] },
            Rule::Period { period: 9 },
        ];
        for rule in rules {
            let mechanism = Mechanism::new(rule);
            let noise: Vec<u8> = (0..250).map(|_| below(&mut rng, 2) as u8).collect();
            let broken = mechanism.broken(&noise);
            assert_eq!(broken.len() as u64, mechanism.check(&noise).violated, "{rule}");
            assert!(broken.is_sorted() && broken.last().is_none_or(|&last| last < 250));
            // Without the last cell that breaks it, all but that check fail as before.
            let cut = &noise[..*broken.last().unwrap()];
            assert_eq!(mechanism.broken(cut), broken[..broken.len() - 1], "{rule}");
            let mut sound = Vec::new();
            mechanism.write(250, 0.5, &mut rng, &mut sound);
            assert!(mechanism.broken(&sound).is_empty());
        }
    }

    #[test]
    fn thue_morse_is_the_parity_of_ones() {
        let images = [[0, 1], [1, 0]];
        for n in [0u64, 1, 2, 3, 4, 1000, (1 << 40) + 7] {
            assert_eq!(u32::from(letter_at(images, n)), n.count_ones() & 1);
        }
    }

    #[test]
    fn noise_is_written_and_read_back() {
        let mut rng = seed::rng(2, 0, 0, 0);
        let linear = Rule::Linear { taps: 0b11 << 5 };
        for rule in [Rule::Cellular { rule: 30, width: 16 }, linear] {
            let mechanism = Mechanism::new(rule);
            let mut checks = Checks::default();
            for _ in 0..400 {
                let mut record = Vec::new();
                mechanism.write_noisy(256, 0.5, 0.05, &mut rng, &mut record);
                checks += mechanism.check(&record);
            }
            let noise = mechanism.noise(checks.residual().unwrap());
            assert!((noise - 0.05).abs() < 0.003, "{rule}: {noise}");
            assert_eq!((mechanism.noise(0.0), mechanism.noise(0.5)), (0.0, 0.5));
        }
    }

    #[test]
    fn linear_feedback_is_the_parity_of_its_taps() {
        let taps = [7, 6];
        let mechanism = Mechanism::new(Rule::Linear { taps: taps.iter().map(|d| 1 << (d - 1)).sum() });
        let mut rng = seed::rng(4, 0, 0, 0);
        for _ in 0..50 {
            let mut record = Vec::new();
            mechanism.write(100, 0.5, &mut rng, &mut record);
            assert!(record[..7].contains(&1));
            assert!((7..100).all(|t| record[t] == taps.iter().fold(0, |sum, d| sum ^ record[t - d])));
            // A wrong symbol breaks its own check and those of its taps.
            record[50] ^= 1;
            assert_eq!(mechanism.check(&record), Checks { violated: 3, made: 93 });
        }
    }

    #[test]
    fn short_records_make_no_checks() {
        let linear = Rule::Linear { taps: 1 << 15 };
        for rule in [Rule::Cellular { rule: 30, width: 16 }, Rule::Period { period: 9 }, linear] {
            assert_eq!(Mechanism::new(rule).check(&[0, 1, 1]).residual(), None);
        }
    }
}
