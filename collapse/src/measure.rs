//! What is measured on a generation's pool.

use crate::baseline::Baselines;
use crate::channel::Channel;
use crate::description::entropy;
use crate::error::CollapseError;
use crate::gram::Grams;
use crate::pool::Pool;
use crate::report::Statistics;
use crate::rule::{Checks, Mechanism};
use std::collections::HashSet;
use std::hash::BuildHasher;
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

/// The channels of one generation, in the meter's order.
pub(crate) type Values = Vec<f64>;

/// What became of a run or a trajectory: the channels of every generation, generation 0 first.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) values: Vec<Values>,
    /// ln multiscale BDM of generations 0 and 1.
    levels: [f64; 2],
    copied: f64,
}

impl Path {
    /// The greatest share of a generation's records that the generation before holds too.
    pub(crate) fn copied(&self) -> f64 {
        self.copied
    }

    /// The step of ln multiscale BDM from generation 0 to generation 1, by which the kind of learner is guessed.
    pub(crate) fn shift(&self) -> f64 {
        self.levels[1] - self.levels[0]
    }

    /// ln multiscale BDM of generation 0.
    pub(crate) fn level(&self) -> f64 {
        self.levels[0]
    }
}

/// Memory that measuring works in, one per thread of work.
pub(crate) struct Scratch {
    windows: WindowCounts,
    blocks: BlockCounts,
    baselines: Baselines,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self { windows: WindowCounts::new(), blocks: BlockCounts::new(2), baselines: Baselines::default() }
    }
}

/// Measures pools of one encoding against one reference.
pub(crate) struct Meter {
    bdm: Bdm,
    /// Windows of 48 and of 24 bits.
    multiscale: [Multiscale; 2],
    /// Records are bytes (eight symbols each) and not single bits.
    bytes: bool,
    channels: Vec<Channel>,
    /// BDM per symbol of the reference's records, sorted.
    ranks: Vec<f64>,
}

impl Meter {
    pub(crate) fn new(
        table: &Arc<Table>,
        bytes: bool,
        channels: &[Channel],
        reference: &Pool<u8>,
    ) -> Result<Self, CollapseError> {
        let block = Shape::line(BLOCK).map_err(turmite_bdm::BdmError::from)?;
        let bdm = Bdm::builder(Arc::clone(table)).block(block).missing(Missing::Bound).intervals(false).build()?;
        let windows = |bits| Multiscale::with_sizes(Arc::clone(table), Missing::Bound, bits, BLOCK);
        let multiscale = [windows(48)?, windows(24)?];
        let mut meter = Self { bdm, multiscale, bytes, channels: channels.to_vec(), ranks: Vec::new() };
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

    pub(crate) fn channels(&self) -> &[Channel] {
        &self.channels
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
    fn windows(
        &self,
        multiscale: &Multiscale,
        scratch: &mut Scratch,
        pool: &Pool<u8>,
    ) -> Result<Option<(f64, u64)>, CollapseError> {
        let value = if self.bytes {
            multiscale.bytes(&mut scratch.windows, pool.iter())?
        } else {
            let arrays: Vec<SymbolArray> = pool.iter().map(|record| self.array(record)).collect::<Result<_, _>>()?;
            multiscale.records(&mut scratch.windows, &arrays, STRIDE)?
        };
        Ok(value.map(|value| (value.bits_per_window, value.distinct)))
    }

    /// ln of multiscale BDM; `None` if no record holds a window.
    fn ln_multiscale(
        &self,
        which: usize,
        scratch: &mut Scratch,
        pool: &Pool<u8>,
    ) -> Result<Option<f64>, CollapseError> {
        let found = self.windows(&self.multiscale[which], scratch, pool)?;
        Ok(found.map(|(bits, _)| bits.max(f64::MIN_POSITIVE).ln()))
    }

    /// Starts to measure a run.
    pub(crate) fn path<'a>(&'a self, scratch: &'a mut Scratch) -> PathMeter<'a> {
        PathMeter {
            meter: self,
            scratch,
            values: Vec::new(),
            first: None,
            levels: Vec::new(),
            before: HashSet::default(),
            copied: 0.0,
        }
    }

    fn mean_rank(&self, scratch: &mut Scratch, pool: &Pool<u8>) -> Result<f64, CollapseError> {
        let (mut sum, mut n) = (0.0, 0usize);
        for record in pool.iter() {
            if let Some(x) = self.bdm_per_symbol(scratch, &self.array(record)?)? {
                sum += self.rank(x);
                n += 1;
            }
        }
        Ok(sum / n.max(1) as f64)
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
        let windows = self.windows(&self.multiscale[0], &mut scratch, pool)?;
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

/// Measures a run's generations one after another: a distance needs the first synthetic one.
pub(crate) struct PathMeter<'a> {
    meter: &'a Meter,
    scratch: &'a mut Scratch,
    values: Vec<Values>,
    first: Option<Grams>,
    /// ln multiscale BDM of generations 0 and 1.
    levels: Vec<f64>,
    /// Hashes of the records of the generation before.
    before: HashSet<u64, foldhash::fast::FixedState>,
    copied: f64,
}

impl PathMeter<'_> {
    /// A generation 0 that is not there: it stands at the authentic mean.
    pub(crate) fn push_authentic(&mut self, values: &Values, level: f64) {
        self.values.push(values.clone());
        self.levels.push(level);
    }

    /// The next generation; false if no record of it holds a window.
    pub(crate) fn push(&mut self, pool: &Pool<u8>) -> Result<bool, CollapseError> {
        let Self { meter, scratch, .. } = self;
        let Some(level) = meter.ln_multiscale(0, scratch, pool)? else { return Ok(false) };
        let mut values = Values::with_capacity(meter.channels.len());
        for &channel in &meter.channels {
            values.push(match channel {
                Channel::Multiscale48 => level,
                Channel::Multiscale24 => meter.ln_multiscale(1, scratch, pool)?.unwrap_or(level),
                Channel::Distinct => (distinct(pool).max(1) as f64).ln(),
                Channel::RankBdm => meter.mean_rank(scratch, pool)?,
                Channel::SymbolMean => meter.symbol_mean(pool),
                Channel::Distance => {
                    let grams = Grams::of(pool, meter.bytes);
                    // Generation 1 is the second; generation 0 is never compared.
                    match (&self.first, self.values.len()) {
                        (Some(first), _) => first.distance(&grams),
                        (None, 0) => 0.0,
                        (None, _) => {
                            self.first = Some(grams);
                            0.0
                        }
                    }
                }
                baseline => scratch.baselines.value(baseline, pool, meter.bytes)?,
            });
        }
        self.values.push(values);
        let hasher = foldhash::fast::FixedState::default();
        let records: Vec<u64> = pool.iter().map(|record| hasher.hash_one(record)).collect();
        let copies = records.iter().filter(|hash| self.before.contains(hash)).count();
        self.copied = self.copied.max(copies as f64 / records.len().max(1) as f64);
        self.before = records.into_iter().collect();
        if self.levels.len() < 2 {
            self.levels.push(level);
        }
        Ok(true)
    }

    pub(crate) fn finish(self) -> Path {
        let levels = if let [zero, one, ..] = self.levels[..] { [zero, one] } else { [0.0; 2] };
        Path { values: self.values, levels, copied: self.copied }
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
