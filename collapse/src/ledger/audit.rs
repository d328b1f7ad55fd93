//! Shares, their limits, and what they say about a floor.

use super::settle::more_to_settle;
use super::{Claim, Ledger, LedgerError, Sums, WEIGHTS};
use crate::binomial::{lower_limit, upper_limit};
use serde::Serialize;

/// The upper end of the planning floor of 10 to 20 %: reported beside the floor asked for.
pub const PLANNING_FLOOR: f64 = 0.2;

/// The level that all limits of a run share, on each side.
const LEVEL: f64 = 0.05;

/// Rounding that sums of weights may carry, relative.
const ROUNDING: f64 = 1e-12;

/// A share and its limits: one-sided 95 % each for the whole run, equal to the share where nothing was sampled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Limits {
    /// The share.
    pub alpha: f64,
    /// Its lower limit.
    pub low: f64,
    /// Its upper limit.
    pub high: f64,
}

impl Limits {
    /// The smaller share, the smaller lower and the smaller upper limit: limits of the minimum of the two.
    fn least(self, other: Self) -> Self {
        Self { alpha: self.alpha.min(other.alpha), low: self.low.min(other.low), high: self.high.min(other.high) }
    }

    /// Whether the share is at or above a floor; `None` if the limits do not tell.
    fn above(self, floor: f64) -> Option<bool> {
        let floor = floor * (1.0 - ROUNDING);
        if self.low >= floor {
            Some(true)
        } else if self.high < floor {
            Some(false)
        } else {
            None
        }
    }
}

/// The shares of a generation. `None`: the ledger does not have the weight, or it adds up to 0.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationAudit {
    /// The generation.
    pub generation: u64,
    /// Rows of the ledger.
    pub rows: u64,
    /// Tokens trained on.
    pub tokens: f64,
    /// By tokens, by weight in the loss, by share of the gradient.
    pub by_weight: [Option<Limits>; 3],
    /// The smallest of the three, which governs.
    pub share: Option<Limits>,
    /// The name of the weight that gives the smallest share.
    pub governed_by: Option<&'static str>,
    /// The share of tokens that a verifier passed, counted or not.
    pub verified: Option<f64>,
    /// Items looked at.
    pub audited: u64,
    /// Items found to be what the ledger says.
    pub confirmed: u64,
    /// Items still to be looked at until the floor is decided, if they turn out as those so far; `None` if it is decided or never will be.
    pub more_audited: Option<u64>,
    /// Whether this generation is at or above the floor.
    pub above_floor: Option<bool>,
}

/// A ledger's shares and what they say.
#[derive(Clone, Debug, PartialEq)]
pub struct Audit {
    /// By generation, in order.
    pub generations: Vec<GenerationAudit>,
    /// The smallest share of any generation.
    pub inf_alpha: Option<f64>,
    /// Its lower limit, one-sided 95 % over the run.
    pub inf_alpha_low: Option<f64>,
    /// Its upper limit, likewise.
    pub inf_alpha_high: Option<f64>,
    /// The generation of the smallest share.
    pub least_generation: Option<u64>,
    /// The floor.
    pub floor: f64,
    /// Whether every generation is at or above it; `None` if that is undecided.
    pub above_floor: Option<bool>,
    /// The same for [`PLANNING_FLOOR`].
    pub above_planning_floor: Option<bool>,
    /// Items still to be looked at, all generations together; `None` if the floor is decided or more items do not decide it.
    pub more_audited: Option<u64>,
    /// The level of each limit: 0.05 divided by the number of samples.
    pub level: f64,
    /// What a reader must know before trusting a share.
    pub warnings: Vec<String>,
}

impl Audit {
    pub(super) fn new(ledger: &Ledger, floor: f64, accumulate: bool) -> Result<Self, LedgerError> {
        if !(floor > 0.0 && floor < 1.0) {
            return Err(LedgerError::Floor { found: floor });
        }
        if ledger.generations.is_empty() {
            return Err(LedgerError::Empty);
        }
        let pools = pools(ledger, accumulate);
        let claims = ledger.generations.values().flat_map(|sums| &sums.claims);
        let samples = claims.filter(|claim| claim.sample.audited > 0).count();
        let level = LEVEL / samples.max(1) as f64;
        let mut generations = Vec::with_capacity(pools.len());
        for pool in &pools {
            generations.push(audit(pool, floor, level)?);
        }
        let least = generations.iter().filter_map(|g| g.share).reduce(Limits::least).ok_or(LedgerError::Weightless)?;
        let smallest = generations.iter().filter(|g| g.share.is_some_and(|share| share.alpha == least.alpha));
        let gaps = gaps(&pools);
        // A generation that was not seen may lie below any floor.
        let above = |floor| least.above(floor).filter(|above| !above || gaps.is_empty());
        let above_floor = above(floor);
        let undecided = || generations.iter().filter(|g| g.above_floor.is_none() && g.share.is_some());
        let more_audited = if above_floor.is_none() && undecided().next().is_some() {
            undecided().map(|g| g.more_audited).sum::<Option<u64>>()
        } else {
            None
        };
        let mut audit = Self {
            least_generation: smallest.map(|g| g.generation).next(),
            inf_alpha: Some(least.alpha),
            inf_alpha_low: Some(least.low),
            inf_alpha_high: Some(least.high),
            floor,
            above_floor,
            above_planning_floor: above(PLANNING_FLOOR),
            more_audited,
            level,
            warnings: Vec::new(),
            generations,
        };
        audit.warnings = warnings(ledger, &audit, &gaps);
        Ok(audit)
    }
}

/// A training pool.
struct Pool {
    generation: u64,
    sums: Sums,
    /// What its rows claim, that which was sampled apart by generation and origin: a sample says nothing of what another generation
    /// claimed. All that was not sampled is the first.
    claims: Vec<Claim>,
}

/// The training pools: each generation's rows, or with `accumulate` all rows up to it.
fn pools(ledger: &Ledger, accumulate: bool) -> Vec<Pool> {
    let none = || (Sums::default(), vec![Claim::default()]);
    let (mut all, mut claims) = none();
    let pool = |(&generation, own): (&u64, &Sums)| {
        if !accumulate {
            (all, claims) = none();
        }
        all.merge(own);
        for claim in own.claims {
            if claim.sample.audited > 0 {
                claims.push(claim);
            } else {
                claims[0].add(&claim);
            }
        }
        Pool { generation, sums: all, claims: claims.clone() }
    };
    ledger.generations.iter().map(pool).collect()
}

/// Runs of generations that are missing between others: the first and the last.
fn gaps(pools: &[Pool]) -> Vec<(u64, u64)> {
    let pairs = pools.windows(2).map(|pair| (pair[0].generation, pair[1].generation));
    pairs.filter(|(before, after)| after - before > 1).map(|(before, after)| (before + 1, after - 1)).collect()
}

fn audit(pool: &Pool, floor: f64, level: f64) -> Result<GenerationAudit, LedgerError> {
    let Pool { generation, sums: pool, claims } = pool;
    let generation = *generation;
    if pool.weights.iter().any(|weight| !weight.is_finite()) {
        return Err(LedgerError::Overflow { generation });
    }
    // Rows of several parts of a file are checked only together.
    claims.iter().try_for_each(|claim| claim.sample.check())?;
    let mut has = [true; 3];
    for (w, has) in has.iter_mut().enumerate() {
        *has = pool.has(w, generation)?;
    }
    let shares = Shares { pool, has };
    let by_weight = shares.limits(claims, level);
    let share = by_weight.into_iter().flatten().reduce(Limits::least);
    let governs = |limits: &Option<Limits>| limits.zip(share).is_some_and(|(own, least)| own.alpha == least.alpha);
    let governed_by = by_weight.iter().position(governs).map(|w| ["tokens", "loss", "gradient"][w]);
    let above_floor = share.and_then(|share| share.above(floor));
    let more_audited = match share {
        Some(share) if above_floor.is_none() => {
            let settles = |claims: &[Claim]| {
                let least = shares.limits(claims, level).into_iter().flatten().reduce(Limits::least);
                least.and_then(|least| least.above(floor)).is_some()
            };
            more_to_settle(claims, share.alpha > floor, settles)
        }
        _ => None,
    };
    let total = |count: fn(&Claim) -> u64| claims.iter().map(count).fold(0, u64::saturating_add);
    Ok(GenerationAudit {
        generation,
        rows: pool.rows,
        tokens: pool.weights[0],
        by_weight,
        share,
        governed_by,
        verified: (pool.weights[0] > 0.0).then(|| pool.verified / pool.weights[0]),
        audited: total(|claim| claim.sample.audited),
        confirmed: total(|claim| claim.sample.confirmed),
        more_audited,
        above_floor,
    })
}

/// A pool's weights, of which it has some.
struct Shares<'a> {
    pool: &'a Sums,
    has: [bool; 3],
}

impl Shares<'_> {
    /// The share of each weight, given what was sampled of the claims.
    fn limits(&self, claims: &[Claim], level: f64) -> [Option<Limits>; 3] {
        // What was not sampled is taken at its word.
        let rate = |claim: &Claim| match (claim.sample.confirmed, claim.sample.audited) {
            (_, 0) => Limits { alpha: 1.0, low: 1.0, high: 1.0 },
            (k, n) => {
                Limits { alpha: k as f64 / n as f64, low: lower_limit(k, n, level), high: upper_limit(k, n, level) }
            }
        };
        let rates: Vec<Limits> = claims.iter().map(rate).collect();
        std::array::from_fn(|w| {
            let weight = self.pool.weights[w];
            let share = |rate: fn(&Limits) -> f64| {
                let kept = |(claim, rates): (&Claim, &Limits)| claim.weights[w] * rate(rates);
                // Claims and weights are summed apart, so their rounding may differ.
                (claims.iter().zip(&rates).map(kept).sum::<f64>() / weight).min(1.0)
            };
            (self.has[w] && weight > 0.0).then(|| Limits {
                alpha: share(|rate| rate.alpha),
                low: share(|rate| rate.low),
                high: share(|rate| rate.high),
            })
        })
    }
}

fn warnings(ledger: &Ledger, audit: &Audit, gaps: &[(u64, u64)]) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(&(first, last)) = gaps.first() {
        let missing: u64 = gaps.iter().map(|(first, last)| last - first + 1).fold(0, u64::saturating_add);
        let which = if first == last { format!("{first}") } else { format!("{first} to {last}") };
        let more = if gaps.len() > 1 { ", ..." } else { "" };
        warnings.push(format!(
            "{missing} generation(s) are missing between the first and the last ({which}{more}); what they were trained on is not known, so the run cannot be shown to stay above a floor"
        ));
    }
    let weightless: Vec<String> =
        audit.generations.iter().filter(|g| g.share.is_none()).map(|g| g.generation.to_string()).collect();
    if !weightless.is_empty() {
        let shown = weightless.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        let more = if weightless.len() > 5 { ", ..." } else { "" };
        warnings.push(format!("generation {shown}{more} weighs 0, so it has no share and is left out of inf_alpha"));
    }
    for (w, column) in WEIGHTS.iter().enumerate() {
        // Of generations that weigh something by another column.
        let silent = |g: &&GenerationAudit| {
            let sums = ledger.generations.get(&g.generation);
            g.share.is_some()
                && g.by_weight[w].is_none()
                && sums.is_some_and(|sums| matches!(sums.has(w, g.generation), Ok(true)))
        };
        let generations: Vec<u64> = audit.generations.iter().filter(silent).map(|g| g.generation).collect();
        if let [first, rest @ ..] = generations.as_slice() {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            warnings.push(format!(
                "`{column}` is 0 in every row of generation {first}{more}: no share is taken by it there"
            ));
        }
    }
    if audit.inf_alpha == Some(0.0) && ledger.generations.values().all(|sums| sums.claims == [Claim::default(); 2]) {
        warnings.push("no row counts as exogenous: alpha is 0 in every generation".to_owned());
    }
    let uncounted = ledger.generations.values().any(|sums| sums.verified > 0.0 && sums.claims[1].weights[0] == 0.0);
    if uncounted && ledger.options.verifiers.is_empty() {
        warnings.push(
            "verified-synthetic data counts as synthetic; --count-verified NAME counts that of a verifier which brings information from outside (a test harness, a compiler, a person)"
                .to_owned(),
        );
    }
    for (verifier, named) in ledger.options.verifiers.iter().zip(&ledger.named) {
        if !named {
            warnings.push(format!("no verified-synthetic row names the verifier `{}`", verifier.name));
        }
    }
    if audit.above_floor.is_none() && audit.generations.iter().any(|g| g.share.is_some() && g.above_floor.is_none()) {
        let mend = match audit.more_audited {
            Some(more) => format!("about {more} more audited items would decide it, if they turn out as those so far"),
            None => "more items like those so far would not decide it".to_owned(),
        };
        warnings.push(format!("the limits of inf_alpha do not decide the floor {}: {mend}", audit.floor));
    }
    warnings
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
