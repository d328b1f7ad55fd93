//! [`Counter`]: how often each content of one shape occurs.

use std::collections::HashMap;
use std::convert::Infallible;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::grid::{Grid, Region};

/// Shapes with at most this many contents are counted in an array, the others in a hash map.
const DENSE_CONTENTS: u64 = 1 << 16;

/// A grid with more windows than this is counted by all threads, in parts of this many.
const WINDOWS_A_PART: usize = 1 << 20;

/// Windows of a record as codes.
pub(crate) trait Codes: Sync {
    fn grid(&self) -> &Grid;

    /// Calls `sink` with the code of every window of the region.
    fn for_each(&self, region: &Region, sink: impl FnMut(u64));
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
    /// A bit for every content that occurs, so that few blocks are found, and forgotten, at the cost of few.
    seen: Vec<u64>,
    /// Whether `seen` is kept: with as many windows as contents it costs more than it saves.
    marked: bool,
}

impl Counter {
    pub(crate) fn new(contents: u128) -> Self {
        match u64::try_from(contents) {
            Ok(contents) if contents <= DENSE_CONTENTS => Self::Dense(Dense {
                counts: vec![0; contents as usize],
                seen: vec![0; contents.div_ceil(64) as usize],
                marked: true,
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
            Self::Dense(dense) if dense.marked => dense.seen.iter().map(|word| u64::from(word.count_ones())).sum(),
            Self::Dense(dense) => dense.counts.iter().filter(|&&count| count > 0).count() as u64,
            Self::Sparse(counts) => counts.len() as u64,
        }
    }

    /// Calls `visit` with every code that occurs and its count, codes upwards.
    #[inline]
    pub(crate) fn try_for_each<E>(&self, mut visit: impl FnMut(u64, u64) -> Result<(), E>) -> Result<(), E> {
        match self {
            Self::Dense(dense) if dense.marked => {
                for (at, &word) in dense.seen.iter().enumerate() {
                    let mut rest = word;
                    while rest != 0 {
                        let code = at * 64 + rest.trailing_zeros() as usize;
                        visit(code as u64, dense.counts[code])?;
                        rest &= rest - 1;
                    }
                }
                Ok(())
            }
            Self::Dense(dense) => {
                (0u64..).zip(&dense.counts).filter(|&(_, &count)| count > 0).try_for_each(|(code, &n)| visit(code, n))
            }
            Self::Sparse(counts) => {
                let mut sorted: Vec<(u64, u64)> = counts.iter().map(|(&code, &count)| (code, count)).collect();
                sorted.sort_unstable();
                sorted.into_iter().try_for_each(|(code, count)| visit(code, count))
            }
        }
    }
}

impl Dense {
    #[inline]
    fn add(&mut self, code: u64, count: u64) {
        let place = &mut self.counts[code as usize];
        *place = place.saturating_add(count);
        if self.marked {
            self.seen[code as usize / 64] |= 1 << (code % 64);
        }
    }

    fn add_region(&mut self, codes: &impl Codes, region: &Region) {
        let windows = region.rows.len().saturating_mul(region.columns.len());
        self.marked &= windows < self.counts.len();
        if self.marked {
            codes.for_each(region, |code| self.add(code, 1));
            return;
        }
        let counts = self.counts.as_mut_slice();
        codes.for_each(region, |code| {
            let place = &mut counts[code as usize];
            *place = place.saturating_add(1);
        });
    }

    fn clear(&mut self) {
        if !self.marked {
            self.counts.fill(0);
            self.seen.fill(0);
            self.marked = true;
            return;
        }
        for (at, word) in self.seen.iter_mut().enumerate() {
            let mut rest = std::mem::take(word);
            while rest != 0 {
                self.counts[at * 64 + rest.trailing_zeros() as usize] = 0;
                rest &= rest - 1;
            }
        }
    }
}
