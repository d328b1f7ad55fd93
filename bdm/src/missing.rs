//! [`Missing`]: what a block costs that the table lacks.

use std::fmt;
use std::str::FromStr;

use crate::BdmError;

/// What to do with a block that no machine of the table wrote. Such blocks are always counted in
/// [`BdmValue::missing`](crate::BdmValue::missing).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The bound that the table itself gives. With counts: no pair (machine, blank) wrote the block, so its count
    /// is below 1 and its K above `log2 total`; it is priced `log2 total`, at or above every K of the table.
    /// Without counts, or with sampled ones: the greatest K held for the shape.
    #[default]
    Bound,
    /// The greatest K held for the shape, plus one: the rule of PyBDM (which calls it a mean) and of the Online
    /// Algorithmic Complexity Calculator.
    MaxPlusOne,
    /// The block adds nothing, neither its K nor the logarithm of its count.
    Skip,
    /// An error that names the block.
    Fail,
}

impl Missing {
    /// The name that users type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::MaxPlusOne => "max-plus-one",
            Self::Skip => "skip",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Missing {
    type Err = BdmError;

    fn from_str(text: &str) -> Result<Self, BdmError> {
        match text {
            "bound" => Ok(Self::Bound),
            "max-plus-one" => Ok(Self::MaxPlusOne),
            "skip" => Ok(Self::Skip),
            "fail" => Ok(Self::Fail),
            _ => Err(BdmError::Option {
                option: "--missing",
                found: format!("{text:?}"),
                expected: "bound, max-plus-one, skip or fail".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_back() {
        for name in ["bound", "max-plus-one", "skip", "fail"] {
            assert_eq!(name.parse::<Missing>().unwrap().to_string(), name);
        }
        let text = "mean".parse::<Missing>().unwrap_err().to_string();
        assert_eq!(text, "found --missing \"mean\", expected bound, max-plus-one, skip or fail");
    }
}
