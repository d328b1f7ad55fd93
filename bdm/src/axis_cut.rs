//! [`AxisCut`]: where the windows of a partition lie along one axis.

use std::fmt;
use std::str::FromStr;

use crate::BdmError;
use crate::grid::Starts;

/// How one axis is cut; windows lie at all combinations of their places along the axes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AxisCut {
    /// Windows side by side from the origin that end inside the array.
    #[default]
    Ignore,
    /// Windows that start at every multiple of `shift` and end inside the array.
    Correlated {
        /// The distance between windows, at least 1.
        shift: usize,
    },
    /// Windows that start at every multiple of `shift` below the length and wrap around the end.
    Periodic {
        /// The distance between windows, at least 1; the block's own extent if `None`.
        shift: Option<usize>,
    },
}

/// The rules of two or three axes, slowest axis first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AxisCuts {
    pub(crate) cuts: [AxisCut; 3],
    pub(crate) dims: u8,
}

impl AxisCuts {
    /// The rules, slowest axis first.
    #[must_use]
    pub fn axes(&self) -> &[AxisCut] {
        &self.cuts[..usize::from(self.dims)]
    }
}

impl AxisCut {
    /// The name that users type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Correlated { .. } => "correlated",
            Self::Periodic { .. } => "periodic",
        }
    }

    pub(crate) fn shift(self) -> Option<usize> {
        match self {
            Self::Ignore => None,
            Self::Correlated { shift } => Some(shift),
            Self::Periodic { shift } => shift,
        }
    }

    /// The distance between windows of the given extent.
    pub(crate) fn step(self, extent: usize) -> usize {
        self.shift().unwrap_or(extent).max(1)
    }

    /// Where windows of the given extent start. None does that is longer than the axis: wrapped around it would meet
    /// itself.
    pub(crate) fn starts(self, length: usize, extent: usize) -> Starts {
        let step = self.step(extent);
        let count = match (self, length.checked_sub(extent)) {
            (_, None) => 0,
            (Self::Periodic { .. }, _) => length.div_ceil(step),
            (_, Some(last)) => last / step + 1,
        };
        Starts { step, count }
    }
}

impl fmt::Display for AxisCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        self.shift().map_or(Ok(()), |shift| write!(f, ":{shift}"))
    }
}

impl FromStr for AxisCut {
    type Err = BdmError;

    /// Reads `ignore`, `correlated` (shift 1) or `periodic` (by whole blocks), or one of the last two with a shift
    /// behind a colon.
    fn from_str(text: &str) -> Result<Self, BdmError> {
        let (name, shift) = match text.split_once(':') {
            Some((name, shift)) => (name, shift.parse().ok().map(Some)),
            None => (text, Some(None)),
        };
        match (name, shift) {
            ("ignore", Some(None)) => Ok(Self::Ignore),
            ("correlated", Some(shift)) => Ok(Self::Correlated { shift: shift.unwrap_or(1) }),
            ("periodic", Some(shift)) => Ok(Self::Periodic { shift }),
            _ => Err(BdmError::Option {
                option: "--boundary",
                found: format!("{text:?}"),
                expected: "ignore, correlated or periodic for each axis, the last two perhaps with a shift as in \
                           periodic:2"
                    .to_owned(),
            }),
        }
    }
}
