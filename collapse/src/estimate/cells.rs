//! Cells: what records are cut into to be counted.

use crate::pool::Pool;
use std::collections::HashMap;

/// Times a cell must be seen in the reference, on average, to be worth a cell.
const LEAST_COUNT: usize = 20;

/// Cells at most.
const MOST_CELLS: usize = 1024;

/// A way to cut: blocks of some symbols, each a cell if it is frequent in the reference, all others one cell more.
///
/// A copier keeps the frequencies of blocks cut end to end, and these tell most. An n-gram learner keeps those of short blocks from every place on, and of every second
/// or third only by chance: short blocks overlap.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    /// Symbols of a block.
    pub(crate) block: usize,
    /// Symbols from the start of a block to that of the next.
    step: usize,
    cells: HashMap<Box<[u8]>, u32, foldhash::fast::FixedState>,
}

impl Cut {
    /// The cuts worth a try, the finest first: those whose blocks the reference holds often enough. Blocks of up to 12 bits or 4 bytes.
    pub(crate) fn of(reference: &Pool<u8>, bytes: bool) -> Vec<Self> {
        let (long, short): (&[usize], &[usize]) =
            if bytes { (&[4, 3, 2], &[3, 2, 1]) } else { (&[12, 10, 8, 6], &[4, 3, 2, 1]) };
        let cuts = long.iter().map(|&block| (block, block)).chain(short.iter().map(|&block| (block, 1)));
        cuts.filter_map(|(block, step)| Self::new(reference, block, step)).collect()
    }

    fn new(reference: &Pool<u8>, block: usize, step: usize) -> Option<Self> {
        let mut counts: HashMap<&[u8], usize, foldhash::fast::FixedState> = HashMap::default();
        for record in reference.iter() {
            for cell in record.windows(block).step_by(step) {
                *counts.entry(cell).or_default() += 1;
            }
        }
        let total: usize = counts.values().sum();
        let mut frequent: Vec<(&[u8], usize)> = counts.into_iter().filter(|&(_, count)| count >= LEAST_COUNT).collect();
        frequent.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        frequent.truncate(MOST_CELLS - 1);
        let held: usize = frequent.iter().map(|(_, count)| count).sum();
        // A cut that leaves most of the data in one cell sees little.
        if frequent.is_empty() || held * 2 < total || (frequent.len() == 1 && held == total) {
            return None;
        }
        let cells = frequent.iter().enumerate().map(|(at, &(cell, _))| (Box::from(cell), at as u32)).collect();
        Some(Self { block, step, cells })
    }

    /// Cells, that of all others included.
    pub(crate) fn len(&self) -> usize {
        self.cells.len() + 1
    }

    /// Records as their cells.
    pub(crate) fn code(&self, records: &Pool<u8>) -> Pool<u32> {
        let other = self.cells.len() as u32;
        let mut pool = Pool::default();
        for record in records.iter() {
            pool.push_with(|cells| {
                let blocks = record.windows(self.block).step_by(self.step);
                cells.extend(blocks.map(|block| self.cells.get(block).copied().unwrap_or(other)));
            });
        }
        pool
    }
}

/// The share of each cell.
pub(crate) fn shares(pool: &Pool<u32>, cells: usize) -> Vec<f64> {
    let mut shares = vec![0.0; cells];
    for &cell in pool.symbols() {
        shares[cell as usize] += 1.0;
    }
    let total = pool.symbols().len().max(1) as f64;
    shares.iter_mut().for_each(|share| *share /= total);
    shares
}
