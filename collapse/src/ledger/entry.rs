//! A row of a ledger, and what it claims.

use super::error::LedgerError;
use std::fmt;
use std::str::FromStr;

/// Where trained-on tokens came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From outside the loop.
    Exogenous,
    /// From a learner of the loop.
    Synthetic,
    /// From a learner of the loop, and passed by a verifier.
    VerifiedSynthetic,
}

impl FromStr for Origin {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        match text {
            "exogenous" => Ok(Self::Exogenous),
            "synthetic" => Ok(Self::Synthetic),
            "verified-synthetic" => Ok(Self::VerifiedSynthetic),
            _ => Err(LedgerError::Origin { found: text.to_owned() }),
        }
    }
}

/// One row: some tokens that one generation was trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// Its line or row in the file, for errors.
    pub place: u64,
    /// The generation whose training pool it belongs to.
    pub generation: u64,
    /// Tokens trained on, after filtering, repeats counted as often as they were seen.
    pub tokens: f64,
    /// Where they came from.
    pub origin: Origin,
    /// Their weight in the loss, in any unit: of the row, or of each token ([`LedgerOptions::per_token`](super::LedgerOptions::per_token)).
    pub loss_weight: Option<f64>,
    /// Their share of the gradient, |w g|, in any unit; of the row or of each token likewise.
    pub gradient_weight: Option<f64>,
    /// The share of it that is itself recycled from a learner, 0 to 1.
    pub recycled: Option<f64>,
    /// Who verified it.
    pub verifier: Option<&'a str>,
    /// Items of this origin and generation that were drawn, in proportion to their weight, and looked at.
    pub audited: Option<u64>,
    /// How many of these were what the ledger says.
    pub confirmed: Option<u64>,
}

impl Entry<'_> {
    /// A row of these tokens of which nothing else is known.
    #[must_use]
    pub fn new(generation: u64, tokens: f64, origin: Origin) -> Self {
        Self {
            place: 0,
            generation,
            tokens,
            origin,
            loss_weight: None,
            gradient_weight: None,
            recycled: None,
            verifier: None,
            audited: None,
            confirmed: None,
        }
    }

    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<(), LedgerError> {
        let wrong = |column, found: String, expected| Err(LedgerError::Value { column, found, expected });
        let weights = [
            ("tokens", Some(self.tokens)),
            ("loss_weight", self.loss_weight),
            ("gradient_weight", self.gradient_weight),
        ];
        for (column, value) in weights {
            if let Some(value) = value
                && !(value.is_finite() && value >= 0.0)
            {
                return wrong(column, value.to_string(), "a finite number from 0");
            }
        }
        if let Some(recycled) = self.recycled
            && !(0.0..=1.0).contains(&recycled)
        {
            return wrong("recycled", recycled.to_string(), "a share from 0 to 1");
        }
        if let Some(audited) = self.audited.filter(|&audited| audited > MOST_AUDITED) {
            return wrong("audited", audited.to_string(), FEW_ENOUGH);
        }
        match (self.audited, self.confirmed) {
            (Some(n), Some(k)) if k > n => wrong("confirmed", k.to_string(), "at most as many as `audited`"),
            (Some(n), None) if n > 0 => wrong("confirmed", "nothing".to_owned(), "a number beside `audited`"),
            (None, Some(_)) => wrong("audited", "nothing".to_owned(), "a number beside `confirmed`"),
            _ => Ok(()),
        }
    }
}

/// Items of one audit at most: beyond, the beta distribution is no longer computed to the digits that the limits need.
pub(crate) const MOST_AUDITED: u64 = 10_000_000;

/// What is expected instead of more.
pub(crate) const FEW_ENOUGH: &str = "at most 10,000,000 in one generation: limits of larger samples are not computed";

/// A verifier whose word makes synthetic data count as exogenous, and how much.
///
/// A verifier adds information only if it knows something the learner does not: a test harness, a compiler, a person. A judge
/// that is a model of the same family does not.
///
/// ```
/// use turmite_collapse::CountedVerifier;
///
/// let half: CountedVerifier = "pytest=0.5".parse()?;
/// assert_eq!((half.name.as_str(), half.weight), ("pytest", 0.5));
/// assert_eq!("compiler".parse::<CountedVerifier>()?.weight, 1.0);
/// assert!("pytest=2".parse::<CountedVerifier>().is_err());
/// # Ok::<(), turmite_collapse::LedgerError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CountedVerifier {
    /// Its name in the column `verifier`.
    pub name: String,
    /// What a token it verified counts, 0 to 1.
    pub weight: f64,
}

impl FromStr for CountedVerifier {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (name, weight) = text.rsplit_once('=').unwrap_or((text, "1"));
        match weight.parse::<f64>() {
            Ok(weight) if (0.0..=1.0).contains(&weight) && !name.is_empty() => {
                Ok(Self { name: name.to_owned(), weight })
            }
            _ => Err(LedgerError::Verifier { found: text.to_owned() }),
        }
    }
}

impl fmt::Display for CountedVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.weight)
    }
}
