//! Codes of windows of packed bits: the kernel of counting.
//!
//! The row of a window is a run of at most 64 bits at any bit of the record. Eight bytes read there hold at least 57
//! of its bits, after a shift by up to 7; from one read come as many windows as lie wholly in it. So a line cut in
//! blocks of 12 is read every fourth block, and windows at every bit are read every 46th.

use std::ops::Range;

use crate::counter::Codes;
use crate::grid::{Grid, Region};
use crate::wide_windows;

/// Bits that one read of eight bytes is sure to hold, from any bit on.
const SURE: usize = 57;

/// The windows of a grid over packed bits, most significant bit first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BitWindows<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) grid: Grid,
}

impl Codes for BitWindows<'_> {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    #[inline]
    fn for_each(&self, region: &Region, mut sink: impl FnMut(u64)) {
        let columns = region.columns.start..region.columns.end.min(self.grid.inside());
        if self.grid.is_line() {
            for row in region.rows.clone() {
                let run = [self.grid.run(row)];
                self.inside(&run, columns.clone(), &mut sink);
                (columns.end.max(columns.start)..region.columns.end).for_each(|column| sink(self.code(&run, column)));
            }
            return;
        }
        for row in region.rows.clone() {
            let runs = self.grid.runs(row);
            let runs = runs.places();
            // The number of runs as a constant keeps their words in registers.
            if let Ok(runs) = <&[usize; 2]>::try_from(runs) {
                self.inside(runs, columns.clone(), &mut sink);
            } else if let Ok(runs) = <&[usize; 3]>::try_from(runs) {
                self.inside(runs, columns.clone(), &mut sink);
            } else if let Ok(runs) = <&[usize; 4]>::try_from(runs) {
                self.inside(runs, columns.clone(), &mut sink);
            } else {
                columns.clone().for_each(|column| sink(self.code(runs, column)));
            }
            (columns.end.max(columns.start)..region.columns.end).for_each(|column| sink(self.code(runs, column)));
        }
    }

    fn add_many(&self, region: &Region, counts: &mut [u64]) -> bool {
        let width = self.grid.block[2];
        let inside = region.columns.end.min(self.grid.inside());
        let columns = region.columns.start..inside;
        let slides = self.grid.is_line() && self.grid.starts[2].step == 1;
        if !slides || !wide_windows::pays(width, columns.len()) {
            return false;
        }
        for row in region.rows.clone() {
            let first = self.grid.run(row);
            wide_windows::add(self.bytes, first + columns.start..first + inside, width, counts);
            (inside.max(region.columns.start)..region.columns.end).for_each(|column| {
                let place = &mut counts[self.code(&[first], column) as usize];
                *place = place.saturating_add(1);
            });
        }
        true
    }
}

impl BitWindows<'_> {
    /// The windows that do not run over the end of the last axis.
    #[inline(always)]
    fn inside<const RUNS: usize>(&self, runs: &[usize; RUNS], columns: Range<usize>, sink: &mut impl FnMut(u64)) {
        let (width, step) = (self.grid.block[2], self.grid.starts[2].step);
        if width > SURE {
            columns.for_each(|column| sink(self.code(runs, column)));
            return;
        }
        let each_read = (SURE - width) / step + 1;
        let mut column = columns.start;
        while column < columns.end {
            let mut words = runs.map(|run| read(self.bytes, run + column * step));
            let here = each_read.min(columns.end - column);
            for _ in 0..here {
                let mut code = 0;
                for word in &mut words {
                    code = code << width | *word >> (64 - width);
                    // A step of 64 and more comes with one window a read, and the word is not used again.
                    *word = word.wrapping_shl(step as u32);
                }
                sink(code);
            }
            column += here;
        }
    }

    /// The code of one window, which may run over the end of the last axis.
    fn code(&self, runs: &[usize], column: usize) -> u64 {
        let (width, length) = (self.grid.block[2], self.grid.axes[2]);
        let at = column * self.grid.starts[2].step;
        let before = width.min(length - at);
        runs.iter().fold(0, |code, run| {
            let code = append(code, bits(self.bytes, run + at, before), before);
            append(code, bits(self.bytes, *run, width - before), width - before)
        })
    }
}

/// The code with some bits more at its end.
#[inline]
pub(crate) fn append(code: u64, bits: u64, width: usize) -> u64 {
    if width == 64 { bits } else { code << width | bits }
}

/// A run of up to 64 bits, as a number.
#[inline]
pub(crate) fn bits(bytes: &[u8], at: usize, width: usize) -> u64 {
    match width {
        0 => 0,
        1..=SURE => read(bytes, at) >> (64 - width),
        _ => {
            let low = width - 32;
            read(bytes, at) >> 32 << low | read(bytes, at + 32) >> (64 - low)
        }
    }
}

/// At least 57 bits from the given one on, the first in the highest place; behind the record they are 0.
#[inline(always)]
fn read(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at / 8..).unwrap_or_default();
    let word = match rest.first_chunk::<8>() {
        Some(eight) => u64::from_be_bytes(*eight),
        None => last_bytes(rest),
    };
    word << (at % 8)
}

#[cold]
fn last_bytes(rest: &[u8]) -> u64 {
    let mut eight = [0; 8];
    eight[..rest.len()].copy_from_slice(rest);
    u64::from_be_bytes(eight)
}
