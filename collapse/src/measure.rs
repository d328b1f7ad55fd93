//! What is measured on a generation's pool.

use crate::baseline::Baselines;
use crate::channel::Channel;
use crate::description::entropy;
use crate::error::CollapseError;
use crate::good_turing::Seldom;
use crate::gram::Grams;
use crate::null_size::most_records;
use crate::pool::Pool;
use crate::report::Statistics;
use crate::unanchored::{self, Counts, Law, Source};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::Arc;
use turmite_bdm::{Bdm, BlockCounts, Missing, Multiscale, PackedBits, WindowCounts};
use turmite_tables::{Shape, Table};

/// Block of the decomposition, in bits.
const BLOCK: usize = 12;

/// Shortest record that holds a window of the multiscale statistic, in bits: shorter ones count in no statistic of windows.
pub const LEAST_BITS: usize = 48;

/// Distance between windows of records of bits. Every symbol would cost four times as much in the nulls, and
/// shared records show in any windows.
const STRIDE: usize = 4;

/// The channels of one generation, in the meter's order.
pub(crate) type Values = Vec<f64>;

/// Windows of 48 bits: multiscale BDM in bits a window, and how many are different.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Windows {
    pub(crate) bits: f64,
    pub(crate) distinct: u64,
}

/// BDM of single records: bits a symbol and mid-rank of that among the reference's, mean over those that hold a block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranks {
    bdm: f64,
    rank: f64,
}

/// One generation, measured by itself.
pub(crate) struct Measured {
    pub(crate) values: Values,
    /// ln multiscale BDM.
    pub(crate) level: f64,
    pub(crate) windows: Windows,
    /// Where they are among the channels.
    pub(crate) ranks: Option<Ranks>,
    /// Where the distance is among the channels.
    pub(crate) grams: Option<Grams>,
    /// Where the evidence against an anchor is among the channels.
    pub(crate) counts: Option<Vec<Counts>>,
    /// A hash of each record.
    pub(crate) records: Vec<u64>,
}

/// Memory that measuring works in, one per thread of work.
pub(crate) struct Scratch {
    windows: WindowCounts,
    blocks: BlockCounts,
    seldom: Seldom,
    baselines: Baselines,
}

impl Scratch {
    pub(crate) fn new() -> Self {
        Self {
            windows: WindowCounts::new(),
            blocks: BlockCounts::new(2),
            seldom: Seldom::default(),
            baselines: Baselines::default(),
        }
    }
}

/// Measures pools of one encoding against one reference.
pub(crate) struct Meter {
    bdm: Bdm,
    /// Windows of 48, of 24 and of 12 bits.
    multiscale: [Multiscale; 3],
    /// Records are bytes (eight symbols each) and not single bits.
    bytes: bool,
    channels: Vec<Channel>,
    /// Checksum of the table.
    table: String,
    /// BDM per symbol of the reference's records, sorted.
    ranks: Vec<f64>,
    /// The law of the reference, where a channel asks for it.
    source: Option<Source>,
    /// The most records that a null's generation holds.
    most_records: usize,
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
        let multiscale = [windows(48)?, windows(24)?, windows(BLOCK)?];
        let mut meter = Self {
            bdm,
            multiscale,
            bytes,
            channels: channels.to_vec(),
            table: table.checksum(),
            ranks: Vec::new(),
            source: None,
            most_records: most_records(reference),
        };
        let records = meter.packed(reference)?;
        meter.source = channels.contains(&Channel::Unanchored).then(|| Source::of(&records));
        let mut scratch = Scratch::new();
        for record in records {
            let bits = meter.bdm_per_symbol(&mut scratch, &record)?;
            meter.ranks.extend(bits);
        }
        meter.ranks.sort_by(f64::total_cmp);
        Ok(meter)
    }

    /// All that its values depend on but the records.
    pub(crate) fn identity(&self) -> String {
        let channels: Vec<&str> = self.channels.iter().map(|channel| channel.name()).collect();
        format!("{} {} {}", self.table, self.bytes, channels.join(" "))
    }

    pub(crate) fn bytes(&self) -> bool {
        self.bytes
    }

    pub(crate) fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The law of the reference.
    pub(crate) fn law(&self) -> Option<Law> {
        self.source.as_ref().map(|source| source.law().clone())
    }

    /// The law of another reference like this one.
    pub(crate) fn other_law(&self, rng: &mut ChaCha8Rng) -> Option<Law> {
        self.source.as_ref().map(|source| source.resampled(rng))
    }

    /// The bits of a pool's records.
    fn packed<'a>(&self, pool: &'a Pool<u8>) -> Result<Vec<PackedBits<'a>>, CollapseError> {
        let of = |record: &'a [u8]| {
            if self.bytes { Ok(PackedBits::from_bytes(record)) } else { PackedBits::from_symbols(record) }
        };
        Ok(pool.iter().map(of).collect::<Result<_, _>>()?)
    }

    fn bdm_per_symbol(&self, scratch: &mut Scratch, record: &PackedBits<'_>) -> Result<Option<f64>, CollapseError> {
        let value = self.bdm.score_with(&mut scratch.blocks, record)?;
        Ok(value.and_then(|value| value.bits_per_symbol()))
    }

    /// Mid-rank among the reference: (#{less} + #{less or equal}) / 2n.
    fn rank(&self, x: f64) -> f64 {
        let less = self.ranks.partition_point(|&r| r < x);
        let most = self.ranks.partition_point(|&r| r <= x);
        (less + most) as f64 / (2 * self.ranks.len().max(1)) as f64
    }

    /// Windows of one of the lengths; `None` if no record holds one.
    fn windows_of(
        &self,
        multiscale: &Multiscale,
        scratch: &mut Scratch,
        records: &[PackedBits<'_>],
    ) -> Result<Option<Windows>, CollapseError> {
        let value = if self.bytes {
            multiscale.bytes(&mut scratch.windows, records.iter().map(PackedBits::bytes))?
        } else {
            multiscale.records(&mut scratch.windows, records, STRIDE)?
        };
        Ok(value.map(|value| Windows { bits: value.bits_per_window, distinct: value.distinct }))
    }

    /// The windows of 48 bits; `None` if no record holds one.
    pub(crate) fn windows(&self, scratch: &mut Scratch, pool: &Pool<u8>) -> Result<Option<Windows>, CollapseError> {
        self.windows_of(&self.multiscale[0], scratch, &self.packed(pool)?)
    }

    /// All that a path needs of one generation; `None` if no record of it holds a window.
    pub(crate) fn measure(&self, scratch: &mut Scratch, pool: &Pool<u8>) -> Result<Option<Measured>, CollapseError> {
        let records = self.packed(pool)?;
        let Some(windows) = self.windows_of(&self.multiscale[0], scratch, &records)? else { return Ok(None) };
        let ln = |windows: Windows| windows.bits.max(f64::MIN_POSITIVE).ln();
        let level = ln(windows);
        let (mut ranks, mut grams, mut counts) = (None, None, None);
        let mut values = Values::with_capacity(self.channels.len());
        for &channel in &self.channels {
            values.push(match channel {
                Channel::Multiscale48 => level,
                Channel::Multiscale24 => self.windows_of(&self.multiscale[1], scratch, &records)?.map_or(level, ln),
                Channel::Multiscale12 => self.windows_of(&self.multiscale[2], scratch, &records)?.map_or(level, ln),
                Channel::GoodTuring => scratch.seldom.root_of_unseen(&records, self.most_records),
                Channel::Distinct => (distinct(pool).max(1) as f64).ln(),
                Channel::RankBdm => {
                    ranks = self.ranks(scratch, &records)?;
                    ranks.map_or(0.0, |ranks| ranks.rank)
                }
                Channel::SymbolMean => self.symbol_mean(pool),
                Channel::Distance => {
                    grams = Some(if self.bytes { Grams::of_bytes(pool) } else { Grams::of_bits(&records) });
                    // Known only beside generation 1.
                    0.0
                }
                Channel::Unanchored => {
                    counts = Some(unanchored::counts(&records));
                    // Known only beside the generation before.
                    0.0
                }
                baseline => scratch.baselines.value(baseline, pool, self.bytes)?,
            });
        }
        let hasher = foldhash::fast::FixedState::default();
        let records = pool.iter().map(|record| hasher.hash_one(record)).collect();
        Ok(Some(Measured { values, level, windows, ranks, grams, counts, records }))
    }

    /// `None` if no record holds a block.
    fn ranks(&self, scratch: &mut Scratch, records: &[PackedBits<'_>]) -> Result<Option<Ranks>, CollapseError> {
        let (mut bdm, mut rank, mut n) = (0.0, 0.0, 0usize);
        for record in records {
            if let Some(x) = self.bdm_per_symbol(scratch, record)? {
                bdm += x;
                rank += self.rank(x);
                n += 1;
            }
        }
        Ok((n > 0).then(|| Ranks { bdm: bdm / n as f64, rank: rank / n as f64 }))
    }

    fn symbol_mean(&self, pool: &Pool<u8>) -> f64 {
        let (per, ones) = if self.bytes {
            (8, pool.symbols().iter().map(|byte| u64::from(byte.count_ones())).sum::<u64>())
        } else {
            (1, pool.symbols().iter().map(|&bit| u64::from(bit)).sum())
        };
        ones as f64 / (pool.symbols().len() * per).max(1) as f64
    }

    /// Everything that is reported of a pool whose windows and share of broken checks are known, and ranks unless they are `None`, under
    /// names that start with `prefix`.
    pub(crate) fn report(
        &self,
        scratch: &mut Scratch,
        prefix: &str,
        pool: &Pool<u8>,
        (windows, ranks): (Option<Windows>, Option<Ranks>),
        residual: Option<f64>,
        out: &mut Statistics,
    ) -> Result<(), CollapseError> {
        let ranks = if ranks.is_some() { ranks } else { self.ranks(scratch, &self.packed(pool)?)? };
        let density = (!pool.symbols().is_empty()).then(|| self.symbol_mean(pool));
        let mut put = |name: &str, value: Option<f64>| out.insert(format!("{prefix}{name}"), value);
        put("records", Some(pool.len() as f64));
        put("bdm_per_symbol", ranks.map(|ranks| ranks.bdm));
        put("rank_bdm", ranks.map(|ranks| ranks.rank));
        put("symbol_mean", density);
        put("symbol_entropy", density.map(entropy));
        put("distinct_records", Some(distinct(pool) as f64));
        put("multiscale_bdm", windows.map(|windows| windows.bits));
        put("distinct_windows", windows.map(|windows| windows.distinct as f64));
        put("residual", residual);
        Ok(())
    }
}

fn distinct(pool: &Pool<u8>) -> usize {
    pool.iter().collect::<HashSet<_, foldhash::fast::FixedState>>().len()
}
