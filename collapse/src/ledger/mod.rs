//! The exogenous share by a ledger of what each generation was trained on.
//!
//! Rows are added one by one and only sums by generation are kept, so a ledger may have any number of them. For each of three
//! weights (tokens, weight in the loss, share of the gradient) the share of a generation is
//!
//! ```text
//! alpha = sum over rows of weight * claim * (1 - recycled) / sum over rows of weight
//! ```
//!
//! with the claim 1 for exogenous rows, 0 for synthetic ones, and for verified ones what their verifier counts (0 unless it is named). The
//! smallest of the three governs. Where items were drawn and looked at, what was claimed is multiplied by the share that was confirmed.

mod audit;
mod entry;
mod error;
mod settle;

pub use audit::{Audit, GenerationAudit, Limits, PLANNING_FLOOR};
pub use entry::{CountedVerifier, Entry, Origin};
use entry::{FEW_ENOUGH, MOST_AUDITED};
pub use error::LedgerError;

use std::collections::BTreeMap;
use std::sync::Arc;

/// The three weights, in the order in which they are kept.
pub(crate) const WEIGHTS: [&str; 3] = ["tokens", "loss_weight", "gradient_weight"];

/// How rows are counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LedgerOptions {
    /// Verifiers whose word counts. All other verified data counts as synthetic.
    pub verifiers: Vec<CountedVerifier>,
    /// `loss_weight` and `gradient_weight` are per token and not per row.
    pub per_token: bool,
}

/// Items looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) audited: u64,
    pub(crate) confirmed: u64,
}

impl Sample {
    fn add(&mut self, more: Self) {
        self.audited = self.audited.saturating_add(more.audited);
        self.confirmed = self.confirmed.saturating_add(more.confirmed);
    }

    pub(crate) fn check(self) -> Result<(), LedgerError> {
        let found = self.audited;
        if found <= MOST_AUDITED {
            return Ok(());
        }
        Err(LedgerError::Value {
            column: "audited",
            found: format!("{found} with the rows before"),
            expected: FEW_ENOUGH,
        })
    }
}

/// What rows of one origin claim, by weight, and what was seen of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Claim {
    pub(crate) weights: [f64; 3],
    pub(crate) sample: Sample,
}

impl Claim {
    pub(crate) fn add(&mut self, more: &Self) {
        for w in 0..3 {
            self.weights[w] += more.weights[w];
        }
        self.sample.add(more.sample);
    }
}

/// The sums of a generation.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sums {
    pub(crate) rows: u64,
    pub(crate) weights: [f64; 3],
    /// Exogenous and verified.
    pub(crate) claims: [Claim; 2],
    /// Tokens of all verified rows, counted or not.
    pub(crate) verified: f64,
    /// Rows without the optional weights, and the place of the first.
    missing: [(u64, u64); 3],
}

impl Sums {
    fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.verified += other.verified;
        for w in 0..3 {
            self.weights[w] += other.weights[w];
            if self.missing[w].0 == 0 {
                self.missing[w].1 = other.missing[w].1;
            }
            self.missing[w].0 += other.missing[w].0;
        }
        for (claim, more) in self.claims.iter_mut().zip(&other.claims) {
            claim.add(more);
        }
    }

    /// Whether rows have a weight; `Err` if some have and some have not.
    pub(crate) fn has(&self, weight: usize, generation: u64) -> Result<bool, LedgerError> {
        let (missing, place) = self.missing[weight];
        if missing > 0 && missing < self.rows {
            let (column, rows) = (WEIGHTS[weight], self.rows);
            return Err(LedgerError::Partial { generation, column, missing, rows, place });
        }
        Ok(missing == 0)
    }
}

/// The sums of a ledger.
///
/// ```
/// use turmite_collapse::{Entry, Ledger, LedgerOptions, Origin};
///
/// let mut ledger = Ledger::new(LedgerOptions::default());
/// ledger.add(&Entry::new(1, 300.0, Origin::Exogenous))?;
/// ledger.add(&Entry::new(1, 700.0, Origin::Synthetic))?;
/// let audit = ledger.audit(0.1, false)?;
/// assert_eq!((audit.inf_alpha, audit.above_floor), (Some(0.3), Some(true)));
/// # Ok::<(), turmite_collapse::LedgerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ledger {
    options: Arc<LedgerOptions>,
    generations: BTreeMap<u64, Sums>,
    /// By counted verifier, whether a row names it.
    named: Vec<bool>,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new(options: LedgerOptions) -> Self {
        let named = vec![false; options.verifiers.len()];
        Self { options: Arc::new(options), generations: BTreeMap::new(), named }
    }

    /// An empty ledger that counts as this one does: threads fill one each, and [`Ledger::merge`] puts them together.
    #[must_use]
    pub fn empty(&self) -> Self {
        let named = vec![false; self.named.len()];
        Self { options: Arc::clone(&self.options), generations: BTreeMap::new(), named }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// A value out of its range; the ledger is then as before.
    pub fn add(&mut self, entry: &Entry<'_>) -> Result<(), LedgerError> {
        entry.check()?;
        let claimed = match entry.origin {
            Origin::Exogenous => Some((0, 1.0)),
            Origin::Synthetic => None,
            Origin::VerifiedSynthetic => {
                let verifiers = self.options.verifiers.iter();
                let at = entry.verifier.and_then(|name| verifiers.clone().position(|v| v.name == name));
                at.map(|at| {
                    self.named[at] = true;
                    (1, self.options.verifiers[at].weight)
                })
            }
        };
        let factor = if self.options.per_token { entry.tokens } else { 1.0 };
        let weights = [
            Some(entry.tokens),
            entry.loss_weight.map(|weight| weight * factor),
            entry.gradient_weight.map(|weight| weight * factor),
        ];
        let sums = self.generations.entry(entry.generation).or_default();
        sums.rows += 1;
        if entry.origin == Origin::VerifiedSynthetic {
            sums.verified += entry.tokens;
        }
        for (w, weight) in weights.into_iter().enumerate() {
            match weight {
                Some(weight) => sums.weights[w] += weight,
                None => {
                    if sums.missing[w].0 == 0 {
                        sums.missing[w].1 = entry.place;
                    }
                    sums.missing[w].0 += 1;
                }
            }
        }
        if let Some((at, counts)) = claimed {
            let claim = &mut sums.claims[at];
            let kept = counts * (1.0 - entry.recycled.unwrap_or(0.0));
            for (w, weight) in weights.into_iter().enumerate() {
                claim.weights[w] += weight.unwrap_or(0.0) * kept;
            }
            claim.sample.add(Sample { audited: entry.audited.unwrap_or(0), confirmed: entry.confirmed.unwrap_or(0) });
            claim.sample.check()?;
        }
        Ok(())
    }

    /// Adds the sums of later rows.
    pub fn merge(&mut self, later: &Self) {
        for (&generation, sums) in &later.generations {
            self.generations.entry(generation).or_default().merge(sums);
        }
        for (named, more) in self.named.iter_mut().zip(&later.named) {
            *named |= more;
        }
    }

    /// The shares and their limits, judged against a floor. With `accumulate` rows are what a generation adds to a pool that
    /// keeps all earlier ones, and its share is that of the whole pool.
    ///
    /// # Errors
    /// A ledger without rows or without weight, one with a weight in some rows of a generation only, or a floor outside (0, 1).
    pub fn audit(&self, floor: f64, accumulate: bool) -> Result<Audit, LedgerError> {
        Audit::new(self, floor, accumulate)
    }
}
