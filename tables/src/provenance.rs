//! Where a table's numbers come from.

use serde::{Deserialize, Serialize};

use crate::{Sampling, Shape, Space, TableError};

/// How the counts were obtained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Method {
    /// Every machine of the space was accounted for.
    Exact,
    /// Values read from elsewhere, taken as they are.
    Imported {
        /// Where they were read from.
        source: String,
    },
    /// A sample of the space. (Appended: files written before know the two above by their place.)
    Sampled(Sampling),
}

impl Method {
    /// The contract's word: `exact`, `sampled` or `imported`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Imported { .. } => "imported",
            Self::Sampled(_) => "sampled",
        }
    }
}

/// The three weights, in pairs (machine, blank) or, of a sampled table, in its own unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Pairs that halt within the cutoff: the sum of all counts.
    pub halting: u128,
    /// Pairs proven never to halt.
    pub non_halting: u128,
    /// Pairs neither halted nor proven within the cutoff.
    pub undecided: u128,
}

impl Weights {
    /// The sum of the three, or `None` on overflow.
    #[must_use]
    pub fn sum(&self) -> Option<u128> {
        self.halting.checked_add(self.non_halting)?.checked_add(self.undecided)
    }
}

/// Part `index` of `of` of a space; `0/1` is the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// From 0.
    pub index: u32,
    /// How many parts there are.
    pub of: u32,
}

/// What a table says of itself. No clock, host or thread count: the same space gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The machine space.
    pub space: Space,
    /// The cutoff in steps, the halting transition counted; `None` for imported values.
    pub max_steps: Option<u64>,
    /// How the counts were obtained.
    pub method: Method,
    /// The weights; `None` for imported values.
    pub weights: Option<Weights>,
    /// Undecided pairs by the shape of the box visited when the run was given up, sorted by shape.
    pub undecided_by_shape: Vec<(Shape, u128)>,
    /// Distinct partial tables run, the root included, or of a sampled table the partial tables run; `None` for imported values.
    pub nodes: Option<u64>,
    /// Which part of the space.
    pub shard: Shard,
    /// Version of turmite that made the table.
    pub version: String,
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl std::str::FromStr for Shard {
    type Err = String;

    /// Reads `I/S` with I below S.
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((index, of)) if index < of && of <= Self::MOST => Ok(Self { index, of }),
            _ => Err(format!("expected I/S with 0 <= I < S <= {}, such as 0/4", Self::MOST)),
        }
    }
}

impl Shard {
    /// The most parts a space is cut into.
    pub const MOST: u32 = 65_536;
    /// All of a space.
    pub const WHOLE: Self = Self { index: 0, of: 1 };
}

impl Provenance {
    /// Provenance of values read from `source`.
    #[must_use]
    pub fn imported(space: Space, source: &str) -> Self {
        Self {
            space,
            max_steps: None,
            method: Method::Imported { source: source.to_owned() },
            weights: None,
            undecided_by_shape: Vec::new(),
            nodes: None,
            shard: Shard { index: 0, of: 1 },
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// Checks the identity of weights: for a whole exact table, halting + non-halting + undecided = `k (2dnk + k)^(nk)`, for a
    /// sampled one `k` times its machines in their unit; and the undecided weights by shape add up to the undecided weight. Runs in release builds, wherever a table is written or verified.
    ///
    /// # Errors
    /// The two sides, where they differ.
    pub fn check_weights(&self) -> Result<(), TableError> {
        let wrong = |found: String, expected: &str| TableError::Input {
            row: self.space.to_string(),
            found,
            expected: expected.to_owned(),
        };
        if self.shard.index >= self.shard.of || self.shard.of > Shard::MOST {
            return Err(wrong(
                format!("shard {}/{}", self.shard.index, self.shard.of),
                "an index below the number of shards, 65536 at most",
            ));
        }
        let Some(weights) = self.weights else {
            if !matches!(self.method, Method::Imported { .. }) {
                return Err(wrong(
                    format!("an {} table without weights", self.method.name()),
                    "halting, non-halting and undecided weight",
                ));
            }
            return Ok(());
        };
        let pairs = self.space.pairs().unwrap_or(u128::MAX);
        let Some(sum) = weights.sum() else {
            return Err(wrong("weights beyond 128 bits".to_owned(), "weights below 2^128"));
        };
        let exact = self.method == Method::Exact;
        if exact && (sum > pairs || self.shard.of == 1 && sum != pairs) {
            return Err(wrong(format!("weights that add up to {sum}"), &format!("{pairs} = k (2dnk + k)^(nk)")));
        }
        if let Method::Sampled(sampling) = &self.method
            && sampling.weight(self.space.symbols()) != Some(sum)
        {
            return Err(wrong(
                format!("weights that add up to {sum}"),
                &format!(
                    "k = {} times {} machines of weight {}",
                    self.space.symbols(),
                    sampling.samples,
                    sampling.unit
                ),
            ));
        }
        let by_shape = self.undecided_by_shape.iter().try_fold(0u128, |sum, (_, w)| sum.checked_add(*w));
        if by_shape != Some(weights.undecided) {
            let found = by_shape.map_or_else(|| "more than 2^128".to_owned(), |sum| sum.to_string());
            return Err(wrong(
                format!("undecided weights by shape that add up to {found}"),
                &weights.undecided.to_string(),
            ));
        }
        Ok(())
    }

    /// The undecided weight that could still write something of shape `shape`: runs whose box already exceeds it cannot.
    #[must_use]
    pub fn undecided_within(&self, shape: &Shape) -> u128 {
        self.undecided_by_shape.iter().filter(|(s, _)| s.fits_in(shape)).map(|(_, w)| *w).sum()
    }
}
