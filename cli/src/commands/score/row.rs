//! The row of a record, and why it may lack a BDM.

use std::borrow::Cow;

use anyhow::Result;
use turmite_bdm::{BdmValue, BlockCounts};

use crate::output::RowCell;

/// A row, or what kept a record from one.
pub(super) struct Scored {
    pub(super) id: Option<Box<str>>,
    /// The file, where there are several.
    pub(super) file: Option<Box<str>>,
    pub(super) row: Result<Row>,
}

/// Why a record has no BDM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacks {
    /// It has no symbols.
    Empty,
    /// It is shorter than what is priced.
    Short,
    /// The table lacks all its blocks, which are skipped.
    Blocks,
}

impl Lacks {
    fn of(symbols: u64, counts: &BlockCounts) -> Self {
        match symbols {
            0 => Self::Empty,
            _ if counts.iter().next().is_some() => Self::Blocks,
            _ => Self::Short,
        }
    }
}

/// The numbers of a row.
pub(super) struct Row {
    pub(super) encoding: Cow<'static, str>,
    pub(super) symbols: u64,
    pub(super) bdm: Option<f64>,
    pub(super) bdm_per_symbol: Option<f64>,
    pub(super) missing: Option<u64>,
    /// Why there is no BDM.
    pub(super) lacks: Option<Lacks>,
    /// The columns of `--normalized` and `--with`.
    pub(super) more: Vec<RowCell<'static>>,
}

impl Row {
    pub(super) fn new(
        encoding: Cow<'static, str>,
        symbols: u64,
        value: Option<BdmValue>,
        counts: &BlockCounts,
        more: Vec<RowCell<'static>>,
    ) -> Self {
        let lacks = if value.is_none() { Some(Lacks::of(symbols, counts)) } else { None };
        let (bdm, missing) = (value.map(|v| v.bits), value.map(|v| v.missing));
        Self { encoding, symbols, bdm, bdm_per_symbol: value.and_then(|v| v.bits_per_symbol()), missing, lacks, more }
    }
}
