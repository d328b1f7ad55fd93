//! What is measured on a generation's pool.

use crate::description::entropy;
use crate::error::CollapseError;
use crate::pool::Pool;
use crate::report::Statistics;
use crate::rule::{Checks, Mechanism};
use std::collections::HashSet;
use std::sync::Arc;
use turmite_bdm::{Bdm, BlockCounts, Missing, Multiscale, SymbolArray, WindowCounts};
use turmite_tables::{Shape, Table};

/// Block of the decomposition, in bits.
const BLOCK: usize = 12;

/// Shortest record that holds a window of the multiscale statistic, in bits.
pub(crate) const LEAST_BITS: usize = 48;

/// Distance between windows of records of bits. Every symbol would cost four times as much in the nulls, and
/// shared records show in any windows.
const STRIDE: usize = 4;

/// A statistic whose drift is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Channel {
    /// ln of multiscale BDM per window: shared and simple windows lower it.
    Multiscale,
    /// ln of the number of different records: the only channel that sees slow copying of short records.
    Distinct,
    /// Mean rank of a record's BDM per symbol among the reference's: records getting simpler or noisier.
    RankBdm,
    /// Mean symbol: BDM is blind to an exchange of 0 and 1, so drift of the density needs a channel of its own.
    SymbolMean,
}

impl Channel {
    /// The channels for a kind of record. Text uses the first two: its BDM per record does not separate
    /// collapsing runs from anchored ones, and the mean of its bits means nothing.
    pub(crate) fn all(bytes: bool) -> &'static [Channel] {
        let all = &[Channel::Multiscale, Channel::Distinct, Channel::RankBdm, Channel::SymbolMean];
        if bytes { &all[..2] } else { all }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Channel::Multiscale => "ln_multiscale_bdm",
            Channel::Distinct => "ln_distinct_records",
            Channel::RankBdm => "rank_bdm",
            Channel::SymbolMean => "symbol_mean",
        }
    }

    /// Least standard deviation a null is given: one tick of the statistic, so that a null that happens not
    /// to move does not make every value extreme.
    pub(crate) fn tick(self) -> f64 {
        match self {
            Channel::Multiscale => 0.015,
            Channel::Distinct => 0.02,
            Channel::RankBdm => 0.005,
            Channel::SymbolMean => 0.002,
        }
    }
}

/// The channels of one generation, in the order of [`Channel::all`].
pub(crate) type Values = [f64; 4];

/// Memory that measuring works in, one per thread of work.
pub(crate) struct Scratch {
    windows: WindowCounts,
    blocks: BlockCounts,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { windows: WindowCounts::new(), blocks: BlockCounts::new(2) }
    }
}

/// Measures pools of one encoding against one reference.
pub(crate) struct Meter {
    bdm: Bdm,
    multiscale: Multiscale,
    /// Records are bytes (eight symbols each) and not single bits.
    bytes: bool,
    /// BDM per symbol of the reference's records, sorted.
    ranks: Vec<f64>,
}

impl Meter {
    pub(crate) fn new(table: &Arc<Table>, bytes: bool, reference: &Pool<u8>) -> Result<Self, CollapseError> {
        let block = Shape::line(BLOCK).map_err(turmite_bdm::BdmError::from)?;
        let bdm = Bdm::builder(Arc::clone(table)).block(block).missing(Missing::Bound).intervals(false).build()?;
        let multiscale = Multiscale::new(Arc::clone(table), Missing::Bound)?;
        let mut meter = Self { bdm, multiscale, bytes, ranks: Vec::new() };
        let mut scratch = Scratch::new();
        for record in reference.iter() {
            meter.ranks.extend(meter.bdm_per_symbol(&mut scratch, &meter.array(record)?)?);
        }
        meter.ranks.sort_by(f64::total_cmp);
        Ok(meter)
    }

    pub(crate) fn bytes(&self) -> bool {
        self.bytes
    }

    pub(crate) fn channels(&self) -> &'static [Channel] {
        Channel::all(self.bytes)
    }

    fn array(&self, record: &[u8]) -> Result<SymbolArray, CollapseError> {
        if self.bytes { Ok(SymbolArray::from_bytes(record)) } else { Ok(SymbolArray::line(2, record.to_vec())?) }
    }

    fn bdm_per_symbol(&self, scratch: &mut Scratch, record: &SymbolArray) -> Result<Option<f64>, CollapseError> {
        let value = self.bdm.score_with(&mut scratch.blocks, record)?;
        Ok(value.and_then(|value| value.bits_per_symbol()))
    }

    /// Mid-rank among the reference: (#{less} + #{less or equal}) / 2n.
    fn rank(&self, x: f64) -> f64 {
        let less = self.ranks.partition_point(|&r| r < x);
        let most = self.ranks.partition_point(|&r| r <= x);
        (less + most) as f64 / (2 * self.ranks.len().max(1)) as f64
    }

    /// (bits per window, distinct windows); `None` if no record holds a window.
    fn windows(&self, scratch: &mut Scratch, pool: &Pool<u8>) -> Result<Option<(f64, u64)>, CollapseError> {
        let value = if self.bytes {
            self.multiscale.bytes(&mut scratch.windows, pool.iter())?
        } else {
            let arrays: Vec<SymbolArray> = pool.iter().map(|record| self.array(record)).collect::<Result<_, _>>()?;
            self.multiscale.records(&mut scratch.windows, &arrays, STRIDE)?
        };
        Ok(value.map(|value| (value.bits_per_window, value.distinct)))
    }

    /// The channels of a pool; `None` if no record holds a window.
    pub(crate) fn values(&self, scratch: &mut Scratch, pool: &Pool<u8>) -> Result<Option<Values>, CollapseError> {
        let mut values = [0.0; 4];
        let Some((bits, _)) = self.windows(scratch, pool)? else { return Ok(None) };
        values[0] = bits.max(f64::MIN_POSITIVE).ln();
        values[1] = (distinct(pool) as f64).ln();
        if !self.bytes {
            let (mut sum, mut n) = (0.0, 0usize);
            for record in pool.iter() {
                if let Some(x) = self.bdm_per_symbol(scratch, &self.array(record)?)? {
                    sum += self.rank(x);
                    n += 1;
                }
            }
            values[2] = sum / n.max(1) as f64;
            values[3] = self.symbol_mean(pool);
        }
        Ok(Some(values))
    }

    fn symbol_mean(&self, pool: &Pool<u8>) -> f64 {
        let (per, ones) = if self.bytes {
            (8, pool.symbols().iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>())
        } else {
            (1, pool.symbols().iter().map(|&bit| u64::from(bit)).sum())
        };
        ones as f64 / (pool.symbols().len() * per).max(1) as f64
    }

    /// Everything that is reported of a pool, under names that start with `prefix`.
    pub(crate) fn report(
        &self,
        prefix: &str,
        pool: &Pool<u8>,
        mechanism: Option<&Mechanism>,
        out: &mut Statistics,
    ) -> Result<(), CollapseError> {
        let mut scratch = Scratch::new();
        let (mut bdm, mut ranks, mut n) = (0.0, 0.0, 0usize);
        for record in pool.iter() {
            if let Some(x) = self.bdm_per_symbol(&mut scratch, &self.array(record)?)? {
                bdm += x;
                ranks += self.rank(x);
                n += 1;
            }
        }
        let mean = |sum: f64| (n > 0).then(|| sum / n as f64);
        let windows = self.windows(&mut scratch, pool)?;
        let density = (!pool.symbols().is_empty()).then(|| self.symbol_mean(pool));
        let mut put = |name: &str, value: Option<f64>| out.insert(format!("{prefix}{name}"), value);
        put("records", Some(pool.len() as f64));
        put("bdm_per_symbol", mean(bdm));
        put("rank_bdm", mean(ranks));
        put("symbol_mean", density);
        put("symbol_entropy", density.map(entropy));
        put("distinct_records", Some(distinct(pool) as f64));
        put("multiscale_bdm", windows.map(|(bits, _)| bits));
        put("distinct_windows", windows.map(|(_, distinct)| distinct as f64));
        put("residual", mechanism.and_then(|mechanism| residual(mechanism, pool).residual()));
        Ok(())
    }
}

/// Checks of all records of a pool together.
pub(crate) fn residual(mechanism: &Mechanism, pool: &Pool<u8>) -> Checks {
    let mut checks = Checks::default();
    for record in pool.iter() {
        checks += mechanism.check(record);
    }
    checks
}

fn distinct(pool: &Pool<u8>) -> usize {
    pool.iter().collect::<HashSet<_, foldhash::fast::FixedState>>().len()
}
