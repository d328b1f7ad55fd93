//! [`WindowCounts`]: how often each window of a set of records occurs.

use crate::BdmError;

/// Bits up to which every content of a window has a count of its own.
const DIRECT_BITS: u32 = 16;

/// Windows that are counted in one table, or parted at once: they and the table stay in a core's own cache.
const TOGETHER: usize = 1 << 14;

/// Bits of a window's hash that choose its part, where windows are more.
const PART_BITS: u32 = 8;

const PARTS: usize = 1 << PART_BITS;

/// Windows that are parted before they are counted: enough that what a part holds of them pays for fetching its table.
const PARTED: usize = 1 << 22;

/// How often each window occurs: the memory that [`Multiscale`](crate::Multiscale) works in, reused from set to set.
///
/// Windows are gathered and, where there are many, parted by their hash before they are counted, part by part: a table of all
/// of them would be far larger than a cache, and every window a miss. They are parted a cacheful at a time, so that every part
/// grows by a stretch and not by a window.
#[derive(Clone, Debug, Default)]
pub struct WindowCounts {
    /// By window, where windows are short; else empty.
    direct: Vec<u64>,
    gathered: Vec<u64>,
    /// The gathered ones, those of one part together.
    sorted: Vec<u64>,
    /// What was gathered before, by part; no parts where windows are few.
    parted: Vec<Vec<u64>>,
    /// Windows in all of `parted`.
    held: usize,
    /// One part at a time, or all windows where there are few.
    table: Part,
    /// What was counted of windows that are more than are parted; else empty.
    counted: Vec<Part>,
    pub(crate) windows: u64,
}

/// An open-addressing table with a fixed hash.
#[derive(Clone, Debug, Default)]
struct Part {
    held: Vec<(u64, u64)>,
    /// Place in `held` plus one; 0 where free. A power of two long, at most half full.
    slots: Vec<u32>,
}

impl WindowCounts {
    /// No memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all windows; those to come have so many bits.
    pub(crate) fn clear(&mut self, bits: u32) {
        self.direct.clear();
        if bits <= DIRECT_BITS {
            self.direct.resize(1 << bits, 0);
        }
        self.gathered.clear();
        self.parted.iter_mut().for_each(Vec::clear);
        self.held = 0;
        self.table.clear();
        self.counted.clear();
        self.windows = 0;
    }

    /// Adds a window; [`WindowCounts::for_each`] counts it.
    #[inline]
    pub(crate) fn add(&mut self, window: u64) -> Result<(), BdmError> {
        self.windows += 1;
        if let Some(count) = self.direct.get_mut(window as usize) {
            *count += 1;
            return Ok(());
        }
        if self.gathered.len() == TOGETHER {
            self.part()?;
        }
        self.gathered.push(window);
        Ok(())
    }

    /// Counts all windows that were added, and calls `visit` with each and how often it occurs, in no particular order.
    pub(crate) fn for_each(&mut self, mut visit: impl FnMut(u64, u64) -> Result<(), BdmError>) -> Result<(), BdmError> {
        let mut direct = (0..).zip(&self.direct).filter(|(_, count)| **count > 0);
        direct.try_for_each(|(window, &count)| visit(window, count))?;
        let mut visit_all = |part: &Part| part.held.iter().try_for_each(|&(window, count)| visit(window, count));
        if self.held == 0 && self.counted.is_empty() {
            self.gathered.drain(..).try_for_each(|window| self.table.add(window))?;
            return visit_all(&self.table);
        }
        self.part()?;
        if !self.counted.is_empty() {
            self.count()?;
            return self.counted.iter().try_for_each(visit_all);
        }
        self.parted.iter().try_for_each(|windows| {
            self.table.clear();
            windows.iter().try_for_each(|&window| self.table.add(window))?;
            visit_all(&self.table)
        })
    }

    /// Parts what is gathered, by a counting sort on the highest bits of the hash.
    #[inline(never)]
    fn part(&mut self) -> Result<(), BdmError> {
        let part = |window: u64| (hash(window) >> (64 - PART_BITS)) as usize;
        let mut ends = [0usize; PARTS];
        self.gathered.iter().for_each(|&window| ends[part(window)] += 1);
        let mut before = 0;
        // First where each part starts, which moves to its end as it is filled.
        for end in &mut ends {
            before += std::mem::replace(end, before);
        }
        self.sorted.resize(self.gathered.len(), 0);
        for window in self.gathered.drain(..) {
            let place = &mut ends[part(window)];
            self.sorted[*place] = window;
            *place += 1;
        }
        self.held += self.sorted.len();
        self.parted.resize_with(PARTS, Vec::new);
        let mut start = 0;
        for (windows, end) in self.parted.iter_mut().zip(ends) {
            windows.extend_from_slice(&self.sorted[start..end]);
            start = end;
        }
        if self.held < PARTED { Ok(()) } else { self.count() }
    }

    /// Counts what is parted and keeps the counts, since more is to come.
    fn count(&mut self) -> Result<(), BdmError> {
        self.counted.resize_with(PARTS, Part::default);
        for (part, windows) in self.counted.iter_mut().zip(&mut self.parted) {
            windows.drain(..).try_for_each(|window| part.add(window))?;
        }
        self.held = 0;
        Ok(())
    }
}

impl Part {
    fn clear(&mut self) {
        self.held.clear();
        self.slots.fill(0);
    }

    #[inline]
    fn add(&mut self, window: u64) -> Result<(), BdmError> {
        if self.held.len() * 2 >= self.slots.len() {
            self.grow()?;
        }
        let mask = self.slots.len() - 1;
        let mut at = hash(window) as usize & mask;
        loop {
            match self.slots[at] {
                0 => {
                    self.held.push((window, 1));
                    // `grow` keeps the number of windows within 32 bits.
                    self.slots[at] = self.held.len() as u32;
                    return Ok(());
                }
                place => {
                    let held = &mut self.held[place as usize - 1];
                    if held.0 == window {
                        held.1 += 1;
                        return Ok(());
                    }
                }
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) -> Result<(), BdmError> {
        let length = (self.slots.len() * 2).max(1 << 8);
        if u32::try_from(length / 2).is_err() {
            let found = "more than 2^32 distinct windows".to_owned();
            return Err(BdmError::Multiscale { found, expected: "a smaller set of records" });
        }
        self.slots.clear();
        self.slots.resize(length, 0);
        for (place, &(window, _)) in (1u32..).zip(&self.held) {
            let mut at = hash(window) as usize & (length - 1);
            while self.slots[at] != 0 {
                at = (at + 1) & (length - 1);
            }
            self.slots[at] = place;
        }
        Ok(())
    }
}

/// The two halves of a wide product folded together: every bit of the window reaches the low bits.
#[inline]
fn hash(window: u64) -> u64 {
    let wide = u128::from(window ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
    wide as u64 ^ (wide >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn parted_windows_are_counted_like_few() {
        for (count, kinds, bits) in
            [(100u64, 7, 20), (40_000, 300, 20), (40_000, 300, 12), (40_000, 1 << 40, 40), (5_000_000, 1 << 18, 18)]
        {
            let windows = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % kinds;
            let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
            let mut counts = WindowCounts::new();
            // What was held before does not count.
            (0..200_000).for_each(|n| counts.add(n).unwrap());
            counts.for_each(|_, _| Ok(())).unwrap();
            counts.clear(bits);
            for n in 0..count {
                counts.add(windows(n)).unwrap();
                *expected.entry(windows(n)).or_default() += 1;
            }
            let mut held: Vec<(u64, u64)> = Vec::new();
            counts
                .for_each(|window, count| {
                    held.push((window, count));
                    Ok(())
                })
                .unwrap();
            held.sort_unstable();
            assert_eq!(held, expected.into_iter().collect::<Vec<_>>());
            assert_eq!(counts.windows, count);
        }
    }
}
