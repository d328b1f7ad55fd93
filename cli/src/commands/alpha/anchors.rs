//! What people have to show where their data came from, as rows of a ledger.

use anyhow::{Result, anyhow, bail};
use turmite_collapse::{Entry, Origin};

use crate::exit::usage;
use crate::records::columns::{Datum, Wanted};

/// The kinds of file that give a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Anchors {
    /// A ledger: generation, tokens, origin; optional loss_weight, gradient_weight, recycled, verifier, audited, confirmed
    Ledger,
    /// The log of a test harness, a row an item trained on: generation, passed; optional tokens, verifier, recycled
    Passes,
    /// Scores, a row an item trained on: generation, score (passed from --pass-from on); optional tokens, verifier, recycled
    Scores,
    /// Items drawn from each pool and looked at by a person, a row an item: generation, confirmed (exogenous or not)
    Samples,
}

impl Anchors {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Passes => "passes",
            Self::Scores => "scores",
            Self::Samples => "samples",
        }
    }

    /// The columns, and how many of the first must be there.
    fn columns(self) -> (&'static [&'static str], usize) {
        match self {
            Self::Ledger => (
                &[
                    "generation",
                    "tokens",
                    "origin",
                    "loss_weight",
                    "gradient_weight",
                    "recycled",
                    "verifier",
                    "audited",
                    "confirmed",
                ],
                3,
            ),
            Self::Passes => (&["generation", "passed", "tokens", "verifier", "recycled"], 2),
            Self::Scores => (&["generation", "score", "tokens", "verifier", "recycled"], 2),
            Self::Samples => (&["generation", "confirmed"], 2),
        }
    }
}

/// How rows become entries.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    anchors: Anchors,
    /// By column, its name in the file.
    wanted: Vec<Wanted>,
    pass_from: f64,
}

impl Reading {
    /// # Errors
    /// A mapping of a column that the kind does not have, scores without the one that passes, or that without scores.
    pub(super) fn new(anchors: Anchors, mapped: &[(String, String)], pass_from: Option<f64>) -> Result<Self> {
        let (columns, needed) = anchors.columns();
        if let Some((name, _)) = mapped.iter().find(|(name, _)| !columns.contains(&name.as_str())) {
            let known = columns.join(", ");
            return Err(usage(anyhow!("--column {name}=...: --anchors {} has the columns {known}", anchors.name())));
        }
        if let Some((name, _)) =
            mapped.iter().enumerate().find_map(|(at, one)| mapped[..at].iter().find(|m| m.0 == one.0))
        {
            return Err(usage(anyhow!("--column {name}=... is given twice; expected one column for each name")));
        }
        if (anchors == Anchors::Scores) != pass_from.is_some() {
            return Err(usage(anyhow!("--pass-from goes with --anchors scores, and scores need it")));
        }
        if let Some(least) = pass_from.filter(|least| !least.is_finite()) {
            return Err(usage(anyhow!("--pass-from {least}: expected a finite number")));
        }
        let of = |name: &'static str| -> &str {
            mapped.iter().find(|(mapped, _)| mapped == name).map_or(name, |(_, column)| column)
        };
        let wanted = |(at, name): (usize, &&'static str)| {
            let typed = mapped.iter().any(|(mapped, _)| mapped == name);
            Wanted {
                name: of(name).to_owned(),
                named_by: format!("--column {name}=COLUMN"),
                needed: at < needed || typed,
                typed,
            }
        };
        let wanted: Vec<Wanted> = columns.iter().enumerate().map(wanted).collect();
        for (at, one) in wanted.iter().enumerate() {
            if let Some(before) = wanted[..at].iter().position(|other| other.name == one.name) {
                let (first, second, name) = (columns[before], columns[at], &one.name);
                return Err(usage(anyhow!(
                    "--column: `{name}` would be both {first} and {second}; expected a column for each"
                )));
            }
        }
        Ok(Self { anchors, wanted, pass_from: pass_from.unwrap_or(0.0) })
    }

    /// The columns to read, in the order in which [`Reading::entry`] takes their cells.
    pub(super) fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// The entry of a row.
    ///
    /// # Errors
    /// A cell that is missing or of another type, with its column.
    pub(super) fn entry<'a>(&'a self, place: u64, cells: &'a [Datum<'a>]) -> Result<Entry<'a>> {
        let row = Row { names: &self.wanted, cells };
        let generation = row.need(0, "a whole number from 0", Datum::whole)?;
        let number = |at| row.get(at, "a number", Datum::number);
        let entry = match self.anchors {
            Anchors::Ledger => Entry {
                loss_weight: number(3)?,
                gradient_weight: number(4)?,
                recycled: number(5)?,
                verifier: row.get(6, "a name", Datum::text)?,
                audited: row.get(7, "a whole number from 0", Datum::whole)?,
                confirmed: row.get(8, "a whole number from 0", Datum::whole)?,
                ..Entry::new(
                    generation,
                    row.need(1, "a number", Datum::number)?,
                    row.need(2, "exogenous, synthetic or verified-synthetic", Datum::text)?.parse::<Origin>()?,
                )
            },
            Anchors::Passes | Anchors::Scores => {
                let passed = if self.anchors == Anchors::Passes {
                    row.need(1, "true or false", Datum::truth)?
                } else {
                    let score = row.need(1, "a number", Datum::number)?;
                    if score.is_nan() {
                        bail!("`{}` is NaN, expected a number", row.names[1].name);
                    }
                    score >= self.pass_from
                };
                let origin = if passed { Origin::VerifiedSynthetic } else { Origin::Synthetic };
                Entry {
                    verifier: Some(row.get(3, "a name", Datum::text)?.unwrap_or(self.anchors.name())),
                    recycled: number(4)?,
                    ..Entry::new(generation, number(2)?.unwrap_or(1.0), origin)
                }
            }
            Anchors::Samples => Entry {
                audited: Some(1),
                confirmed: Some(u64::from(row.need(1, "true or false", Datum::truth)?)),
                ..Entry::new(generation, 1.0, Origin::Exogenous)
            },
        };
        Ok(Entry { place, ..entry })
    }
}

/// The cells of a row and their columns.
struct Row<'a> {
    names: &'a [Wanted],
    cells: &'a [Datum<'a>],
}

impl<'a> Row<'a> {
    fn get<T>(
        &self,
        at: usize,
        expected: &str,
        read: impl FnOnce(&'a Datum<'a>) -> Result<Option<T>, String>,
    ) -> Result<Option<T>> {
        read(&self.cells[at]).map_err(|found| anyhow!("`{}` is {found}, expected {expected}", self.names[at].name))
    }

    fn need<T>(
        &self,
        at: usize,
        expected: &str,
        read: impl FnOnce(&'a Datum<'a>) -> Result<Option<T>, String>,
    ) -> Result<T> {
        let name = &self.names[at].name;
        self.get(at, expected, read)?.ok_or_else(|| {
            anyhow!("no `{name}`, expected {expected}; another column is named by {}", self.names[at].named_by)
        })
    }
}
