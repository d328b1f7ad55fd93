//! [`Counter`]: how often each content of one shape occurs.

use std::collections::HashMap;
use std::convert::Infallible;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::grid::{Grid, Region};

/// Shapes with at most this many contents are counted in an array, the others in a hash map.
const DENSE_CONTENTS: u64 = 1 << 16;

/// With at least this many windows a content nearly all contents occur, and a list of them saves nothing.
const CROWDED: usize = 4;

/// A grid with more windows than this is counted by all threads, in parts of this many.
const WINDOWS_A_PART: usize = 1 << 20;

/// Windows of a record as codes.
pub(crate) trait Codes: Sync {
    fn grid(&self) -> &Grid;

    /// Calls `sink` with the code of every window of the region.
    fn for_each(&self, region: &Region, sink: impl FnMut(u64));

    /// Adds every window of the region to the counts of all contents, where there is a faster way than one by one; says whether.
    fn add_many(&self, _region: &Region, _counts: &mut [u64]) -> bool {
        false
    }
}

/// Counts by code.
#[derive(Clone, Debug)]
pub(crate) enum Counter {
    Dense(Dense),
    Sparse(HashMap<u64, u64, FixedState>),
}

/// A count for every content.
#[derive(Clone, Debug)]
pub(crate) struct Dense {
    counts: Vec<u64>,
    /// The contents that occur, as they came, then places for more: few blocks are found, and forgotten, at the cost
    /// of few.
    touched: Vec<u32>,
    /// How many contents occur; `None` after many windows, where the list costs more than it saves.
    distinct: Option<usize>,
}

impl Counter {
    pub(crate) fn new(contents: u128) -> Self {
        match u64::try_from(contents) {
            Ok(contents) if contents <= DENSE_CONTENTS => Self::Dense(Dense {
                counts: vec![0; contents as usize],
                touched: vec![0; contents as usize + 1],
                distinct: Some(0),
            }),
            _ => Self::Sparse(HashMap::with_hasher(FixedState::default())),
        }
    }

    /// Adds `count` occurrences of one content.
    pub(crate) fn add(&mut self, code: u64, count: u64) {
        match self {
            Self::Dense(dense) => dense.add(code, count),
            Self::Sparse(counts) => {
                let place = counts.entry(code).or_insert(0);
                *place = place.saturating_add(count);
            }
        }
    }

    /// Adds all windows of a grid, by all threads where they are many. Counts are integers: the cut into parts does
    /// not show.
    pub(crate) fn add_windows(&mut self, codes: &impl Codes) {
        let grid = codes.grid();
        if grid.windows() <= WINDOWS_A_PART as u64 || rayon::current_num_threads() == 1 {
            self.add_region(codes, &grid.whole());
            return;
        }
        let counted = grid
            .parts(WINDOWS_A_PART)
            .into_par_iter()
            .fold(
                || self.empty(),
                |mut counter, part| {
                    counter.add_region(codes, &part);
                    counter
                },
            )
            .reduce_with(|mut left, right| {
                left.merge(&right);
                left
            });
        if let Some(counted) = counted {
            self.merge(&counted);
        }
    }

    fn add_region(&mut self, codes: &impl Codes, region: &Region) {
        match self {
            Self::Dense(dense) => dense.add_region(codes, region),
            Self::Sparse(counts) => codes.for_each(region, |code| {
                let place = counts.entry(code).or_insert(0);
                *place = place.saturating_add(1);
            }),
        }
    }

    fn empty(&self) -> Self {
        match self {
            Self::Dense(dense) => Self::new(dense.counts.len() as u128),
            Self::Sparse(_) => Self::Sparse(HashMap::with_hasher(FixedState::default())),
        }
    }

    /// Adds the counts of another counter of the same shape.
    pub(crate) fn merge(&mut self, other: &Self) {
        let Ok(()) = other.try_for_each(|code, count| {
            self.add(code, count);
            Ok::<(), Infallible>(())
        });
    }

    /// All codes that occur and their counts, codes upwards.
    pub(crate) fn held(&self) -> Vec<(u64, u64)> {
        let mut held = Vec::new();
        let Ok(()) = self.try_for_each(|code, count| {
            held.push((code, count));
            Ok::<(), Infallible>(())
        });
        held.sort_unstable();
        held
    }

    /// Forgets all counts and keeps the memory.
    pub(crate) fn clear(&mut self) {
        match self {
            Self::Dense(dense) => dense.clear(),
            Self::Sparse(counts) => counts.clear(),
        }
    }

    /// The number of contents that occur.
    pub(crate) fn distinct(&self) -> u64 {
        match self {
            Self::Dense(dense) => {
                let scan = || dense.counts.iter().filter(|&&count| count > 0).count();
                dense.distinct.unwrap_or_else(scan) as u64
            }
            Self::Sparse(counts) => counts.len() as u64,
        }
    }

    /// The contents that occur and their counts, in no particular order, where they are listed as they come.
    #[inline]
    pub(crate) fn listed(&self) -> Option<impl Iterator<Item = (u64, u64)>> {
        let Self::Dense(dense) = self else { return None };
        let touched = dense.touched()?;
        Some(touched.iter().map(|&code| (u64::from(code), dense.counts[code as usize])))
    }

    /// Calls `visit` with every code that occurs and its count, in no particular order.
    #[inline]
    pub(crate) fn try_for_each<E>(&self, mut visit: impl FnMut(u64, u64) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Dense(dense) => match dense.touched() {
                Some(touched) => touched.iter().try_for_each(|&c| visit(u64::from(c), dense.counts[c as usize])),
                None => (0u64..)
                    .zip(&dense.counts)
                    .filter(|&(_, &count)| count > 0)
                    .try_for_each(|(code, &count)| visit(code, count)),
            },
            Self::Sparse(counts) => counts.iter().try_for_each(|(&code, &count)| visit(code, count)),
        }
    }
}

impl Dense {
    fn touched(&self) -> Option<&[u32]> {
        self.distinct.map(|distinct| &self.touched[..distinct])
    }

    fn add(&mut self, code: u64, count: u64) {
        let place = &mut self.counts[code as usize];
        if let Some(distinct) = &mut self.distinct
            && *place == 0
            && count > 0
        {
            self.touched[*distinct] = code as u32;
            *distinct += 1;
        }
        *place = place.saturating_add(count);
    }

    fn add_region(&mut self, codes: &impl Codes, region: &Region) {
        let windows = region.rows.len().saturating_mul(region.columns.len());
        let counts = self.counts.as_mut_slice();
        if let Some(distinct) = self.distinct.filter(|_| windows / CROWDED < counts.len()) {
            let (mut end, touched) = (distinct, self.touched.as_mut_slice());
            codes.for_each(region, |code| {
                let place = &mut counts[code as usize];
                // Without a branch: whether a block is new is hard to foretell. There is a place more than contents.
                touched[end] = code as u32;
                end += usize::from(*place == 0);
                *place = place.saturating_add(1);
            });
            self.distinct = Some(end);
            return;
        }
        self.distinct = None;
        if codes.add_many(region, counts) {
            return;
        }
        codes.for_each(region, |code| {
            let place = &mut counts[code as usize];
            *place = place.saturating_add(1);
        });
    }

    fn clear(&mut self) {
        match self.distinct {
            Some(distinct) => self.touched[..distinct].iter().for_each(|&code| self.counts[code as usize] = 0),
            None => self.counts.fill(0),
        }
        self.distinct = Some(0);
    }
}
