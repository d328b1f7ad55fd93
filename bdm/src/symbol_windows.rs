//! Codes of windows of symbols, for alphabets of any size.

use crate::code::{append, encode};
use crate::counter::Codes;
use crate::grid::{Grid, Region, wrap};

/// The windows of a grid over symbols, one byte each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SymbolWindows<'a> {
    pub(crate) cells: &'a [u8],
    pub(crate) grid: Grid,
    pub(crate) symbols: u8,
}

impl Codes for SymbolWindows<'_> {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    #[inline]
    fn for_each(&self, region: &Region, mut sink: impl FnMut(u64)) {
        let (width, step) = (self.grid.block[2], self.grid.starts[2].step);
        // Windows that share much with the one before roll along; others are read anew.
        let rolls = step == 1 && width > 1;
        for row in region.rows.clone() {
            let runs = self.grid.runs(row);
            let runs = runs.places();
            let columns = region.columns.start..region.columns.end.min(self.grid.inside());
            match *runs {
                [run] if rolls && !columns.is_empty() => {
                    self.roll(&self.cells[run + columns.start..run + columns.end + width - 1], &mut sink);
                }
                [run] => columns.clone().for_each(|column| {
                    let at = run + column * step;
                    sink(encode(&self.cells[at..at + width], self.symbols));
                }),
                _ => columns.clone().for_each(|column| sink(self.code(runs, column))),
            }
            (columns.end.max(columns.start)..region.columns.end).for_each(|column| sink(self.code(runs, column)));
        }
    }
}

impl SymbolWindows<'_> {
    /// All windows of a line.
    #[inline]
    fn roll(&self, cells: &[u8], sink: &mut impl FnMut(u64)) {
        let (width, base) = (self.grid.block[2], u64::from(self.symbols));
        let (first, rest) = cells.split_at(width);
        // The weight of the symbol that leaves: below the number of contents, which is at most 2^64.
        let leaving = (1..width).fold(1u64, |weight, _| weight.wrapping_mul(base));
        let mut code = encode(first, self.symbols);
        sink(code);
        for (&entering, &gone) in rest.iter().zip(cells) {
            code = append(code.wrapping_sub(u64::from(gone).wrapping_mul(leaving)), entering, self.symbols);
            sink(code);
        }
    }

    /// The code of one window, which may run over the end of the last axis.
    fn code(&self, runs: &[usize], column: usize) -> u64 {
        let at = column * self.grid.starts[2].step;
        let (width, length) = (self.grid.block[2], self.grid.axes[2]);
        let mut code = 0;
        for run in runs {
            for k in 0..width {
                code = append(code, self.cells[run + wrap(at + k, length)], self.symbols);
            }
        }
        code
    }
}
