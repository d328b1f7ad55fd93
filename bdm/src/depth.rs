//! Logical depth by blocks: not how long the shortest description is, but how long it runs.

use std::fmt;
use std::str::FromStr;

use crate::code::decode;
use crate::sum::{Sum, log2_count};
use crate::{Bdm, BdmError, BlockCounts, Record};

/// How the steps of blocks make the depth of an object. The depth of a block is the fewest steps that any machine of the
/// table needs to write it, the halting one counted: all machines of a space are equally long, so that none is shorter
/// than the fastest (Bennett 1988, "Logical Depth and Physical Complexity"; Zenil, Delahaye and Gaucherel 2012 for images).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DepthRule {
    /// The time of the description that BDM counts: every distinct block is computed once, `depth` steps, and copied for
    /// each repeat, one step a cell. `sum of [ depth + (n - 1) * cells ]`.
    #[default]
    Program,
    /// The rule of the Online Algorithmic Complexity Calculator: `sum of depth * (log2 n + 1)`. In steps, it says, though
    /// no program runs that long. Its own depths of blocks are the steps of some machine, for most strings not the fastest.
    Oacc,
}

impl DepthRule {
    /// The name that users type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Program => "program",
            Self::Oacc => "oacc",
        }
    }
}

impl fmt::Display for DepthRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DepthRule {
    type Err = BdmError;

    fn from_str(text: &str) -> Result<Self, BdmError> {
        match text {
            "program" => Ok(Self::Program),
            "oacc" => Ok(Self::Oacc),
            _ => Err(BdmError::Option {
                option: "depth rule",
                found: format!("{text:?}"),
                expected: "program or oacc".to_owned(),
            }),
        }
    }
}

/// The logical depth of an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Depth {
    /// Steps, by the rule.
    pub steps: f64,
    /// The steps of the deepest block.
    pub deepest: u64,
    /// Different blocks that the table lacks. No machine wrote them within the cutoff, so each counts as one step more
    /// than the cutoff, as in the Calculator; the depth is then a lower bound.
    pub missing: u64,
}

impl Bdm {
    /// The logical depth of a record by its blocks. `None` where it has no block, where the table keeps no steps, as an
    /// imported one, and where a block is missing from a table that leaves no machine undecided: none ever writes that.
    ///
    /// ```
    /// use turmite_bdm::{Bdm, DepthRule, SymbolArray};
    /// use turmite_tables::Table;
    ///
    /// let bdm = Bdm::builder(Table::embedded("5x2-1d")?).build()?;
    /// let record = SymbolArray::from_digits(&"01".repeat(18), 2)?;
    /// // One distinct block, three times; the fastest machine takes 31 steps for it. Then 24 cells are copied.
    /// let depth = bdm.depth(&record, DepthRule::Program)?.expect("it has blocks");
    /// assert_eq!((depth.steps, depth.deepest, depth.missing), (31.0 + 24.0, 31, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Bdm::score`], whatever the policy for missing blocks.
    pub fn depth<'a>(&self, record: impl Into<Record<'a>>, rule: DepthRule) -> Result<Option<Depth>, BdmError> {
        let mut counts = BlockCounts::new(self.table().symbols());
        self.count(&mut counts, record)?;
        self.depth_of_counts(&counts, rule)
    }

    /// As [`Bdm::depth`], of counts.
    ///
    /// # Errors
    /// Counts over another alphabet than the table's, or a corrupt table.
    pub fn depth_of_counts(&self, counts: &BlockCounts, rule: DepthRule) -> Result<Option<Depth>, BdmError> {
        let table = self.table();
        if counts.symbols() != table.symbols() {
            return Err(BdmError::MergeAlphabets { found: counts.symbols(), expected: table.symbols() });
        }
        // Where every machine is decided, what none wrote by the last step none ever writes.
        let provenance = table.provenance();
        let cutoff = provenance.max_steps.filter(|_| provenance.weights.is_none_or(|weights| weights.undecided > 0));
        let (mut steps, mut deepest, mut missing) = (Sum::default(), 0, 0);
        for block in counts.iter() {
            let cells = block.shape.cells();
            let row = table.lookup(&block.shape, &decode(block.code, cells, counts.symbols()))?.row;
            missing += u64::from(row.is_none());
            let depth = row.map_or(cutoff.map(|cutoff| cutoff.saturating_add(1)), |row| row.min_steps);
            let Some(depth) = depth else { return Ok(None) };
            deepest = deepest.max(depth);
            match rule {
                DepthRule::Program => {
                    steps.add(depth as f64);
                    steps.add((block.count - 1) as f64 * cells as f64);
                }
                DepthRule::Oacc => steps.add(depth as f64 * (log2_count(block.count) + 1.0)),
            }
        }
        Ok((deepest > 0).then(|| Depth { steps: steps.total(), deepest, missing }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for rule in [DepthRule::Program, DepthRule::Oacc] {
            assert_eq!(rule.to_string().parse::<DepthRule>().unwrap(), rule);
        }
        assert!("bennett".parse::<DepthRule>().unwrap_err().to_string().contains("program or oacc"));
    }
}
