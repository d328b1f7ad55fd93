//! [`Grid`]: the windows of one shape that a partition takes from an array, row by row.

use std::ops::Range;

/// Windows have at most this many cells where there is more than one symbol: codes end at 64 bits.
const MOST_RUNS: usize = 64;

/// Where windows start along one axis: at 0, `step`, 2 `step`, ..., `count` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Starts {
    pub(crate) step: usize,
    pub(crate) count: usize,
}

/// Windows of one extent at all combinations of starts along three axes. All starts lie inside the array; a window
/// that runs over the end of an axis goes on at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The place of the array's first cell among those given.
    pub(crate) first: usize,
    pub(crate) axes: [usize; 3],
    pub(crate) block: [usize; 3],
    pub(crate) starts: [Starts; 3],
}

/// Part of a grid: some of its rows of windows, and of these some columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

/// Cells of a window that lie side by side, by the place of the first one in a window that starts at column 0.
pub(crate) struct Runs {
    places: [usize; MOST_RUNS],
    count: usize,
}

impl Runs {
    #[inline]
    pub(crate) fn places(&self) -> &[usize] {
        &self.places[..self.count]
    }
}

impl Grid {
    /// How many windows there are.
    pub(crate) fn windows(&self) -> u64 {
        self.starts.iter().map(|starts| starts.count as u64).product()
    }

    /// Whether no cell lies in two windows.
    pub(crate) fn is_disjoint(&self) -> bool {
        (0..3).all(|a| {
            let Starts { step, count } = self.starts[a];
            // Neither into the next window nor, wrapped around, into the first.
            let last = step.saturating_mul(count.saturating_sub(1));
            count <= 1 || (step >= self.block[a] && last.saturating_add(self.block[a]) <= self.axes[a])
        })
    }

    /// All rows and columns.
    pub(crate) fn whole(&self) -> Region {
        Region { rows: 0..self.starts[0].count * self.starts[1].count, columns: 0..self.starts[2].count }
    }

    /// The grid in parts of about `windows` windows each: whole rows, or pieces of rows where one row is more.
    pub(crate) fn parts(&self, windows: usize) -> Vec<Region> {
        let Region { rows, columns } = self.whole();
        let rows_each = (windows / columns.end.max(1)).max(1);
        let columns_each = if rows_each > 1 { columns.end } else { windows }.max(1);
        let mut parts = Vec::new();
        for row in rows.clone().step_by(rows_each) {
            for column in columns.clone().step_by(columns_each) {
                parts.push(Region {
                    rows: row..(row + rows_each).min(rows.end),
                    columns: column..(column + columns_each).min(columns.end),
                });
            }
        }
        parts
    }

    /// Whether windows are one cell wide along all axes but the last, so that each is a single run.
    #[inline]
    pub(crate) fn is_line(&self) -> bool {
        self.block[..2] == [1, 1]
    }

    /// Where the windows in a row of windows start along the first two axes.
    #[inline]
    fn origin(&self, row: usize) -> [usize; 2] {
        // A line has one row, and dividing takes long beside its few windows.
        let [plane, row] = if row == 0 { [0, 0] } else { [row / self.starts[1].count, row % self.starts[1].count] };
        [plane * self.starts[0].step, row * self.starts[1].step]
    }

    /// The first run of the windows in a row of windows, which for a line is the only one.
    #[inline]
    pub(crate) fn run(&self, row: usize) -> usize {
        let origin = self.origin(row);
        self.first + (origin[0] * self.axes[1] + origin[1]) * self.axes[2]
    }

    /// The runs of the windows in a row of windows.
    #[inline]
    pub(crate) fn runs(&self, row: usize) -> Runs {
        let origin = self.origin(row);
        let mut runs = Runs { places: [0; MOST_RUNS], count: 0 };
        for i in 0..self.block[0] {
            let plane = wrap(origin[0] + i, self.axes[0]) * self.axes[1];
            for j in 0..self.block[1] {
                runs.places[runs.count] = self.first + (plane + wrap(origin[1] + j, self.axes[1])) * self.axes[2];
                runs.count += 1;
            }
        }
        runs
    }

    /// How many columns hold windows that do not run over the end of the last axis.
    pub(crate) fn inside(&self) -> usize {
        let Starts { step, count } = self.starts[2];
        self.axes[2].checked_sub(self.block[2]).map_or(0, |last| (last / step + 1).min(count))
    }
}

/// A window starts inside the axis and is no longer than it, so it wraps at most once.
pub(crate) fn wrap(at: usize, length: usize) -> usize {
    if at < length { at } else { at - length }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_cover_the_grid_once(counts in prop::array::uniform3(0usize..9), windows in 1usize..40) {
            let starts = counts.map(|count| Starts { step: 1, count });
            let grid = Grid { first: 0, axes: [10; 3], block: [1; 3], starts };
            let mut seen = std::collections::BTreeSet::new();
            for part in grid.parts(windows) {
                for row in part.rows {
                    for column in part.columns.clone() {
                        prop_assert!(seen.insert((row, column)));
                    }
                }
            }
            prop_assert_eq!(seen.len() as u64, grid.windows());
        }
    }
}
