//! [`Cover`]: which blocks a cell lies in, and what it weighs in their codes.

use std::ops::Range;

use turmite_tables::Shape;

use crate::grid;
use crate::partition::{Window, lift, lift_shape};
use crate::{Bdm, BdmError, Partition};

/// The windows of a cut, numbered in the order in which the partition visits them.
#[derive(Debug)]
pub(super) enum Cover {
    Grid(Grid),
    Listed(Listed),
}

/// Windows of one shape that start at multiples of a step along each axis.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) windows: grid::Grid,
    /// What a symbol weighs in the code, by its place in the block.
    pub(super) weights: Vec<u64>,
}

/// Windows of several shapes that do not overlap: the recursive cut.
#[derive(Debug)]
pub(super) struct Listed {
    axes: [usize; 3],
    /// The shape's number, and the window.
    windows: Vec<(usize, Window)>,
    /// The window of each cell; [`NONE`] outside all.
    of_cell: Vec<u32>,
    /// Powers of the alphabet's size.
    powers: Vec<u64>,
}

const NONE: u32 = u32::MAX;

impl Cover {
    /// The cut of an array, and the shapes of its blocks.
    pub(super) fn new(bdm: &Bdm, axes: &[usize]) -> Result<(Self, Vec<Shape>), BdmError> {
        let (block, base) = (bdm.block, u64::from(bdm.table().symbols()));
        let powers = |cells: usize| -> Vec<u64> {
            std::iter::successors(Some(1u64), |power| Some(power.wrapping_mul(base))).take(cells).collect()
        };
        let (lifted, extent) = (lift(axes), lift_shape(&block));
        if bdm.is_whole(axes) {
            let shape = Shape::new(axes)?;
            let windows = vec![(0, Window { origin: [0; 3], extent: lifted })];
            return Ok((Self::Listed(Listed::new(lifted, windows, powers(shape.cells()))), vec![shape]));
        }
        if !matches!(bdm.partition, Partition::Recursive { .. }) {
            let mut weights = powers(block.cells());
            weights.reverse();
            let windows = bdm.partition.grid(lifted, &block);
            return Ok((Self::Grid(Grid { windows, weights }), vec![block]));
        }
        let (mut shapes, mut windows, mut failed) = (Vec::<Shape>::new(), Vec::new(), None);
        bdm.partition.windows(lifted, block.dims(), extent, &mut |window| match Shape::new(
            &window.extent[3 - block.dims()..],
        ) {
            Ok(shape) => {
                let number = shapes.iter().position(|s| *s == shape).unwrap_or_else(|| {
                    shapes.push(shape);
                    shapes.len() - 1
                });
                windows.push((number, window));
            }
            Err(error) => failed = Some(error),
        });
        let powers = powers(block.cells());
        failed.map_or(Ok((Self::Listed(Listed::new(lifted, windows, powers)), shapes)), |error| Err(error.into()))
    }

    /// The codes of all windows, with their shapes' numbers.
    pub(super) fn codes(&self, cells: &[u8], symbols: u8) -> Vec<u64> {
        let everything = |window: Window, axes| read(cells, axes, window, usize::MAX, 0, symbols);
        match self {
            Self::Listed(listed) => listed.windows.iter().map(|&(_, window)| everything(window, listed.axes)).collect(),
            Self::Grid(grid) => {
                let windows = &grid.windows;
                let mut codes = Vec::with_capacity(windows.starts.iter().map(|starts| starts.count).product());
                each_window(windows, windows.starts.map(|starts| 0..starts.count), |_, window| {
                    codes.push(everything(window, windows.axes));
                });
                codes
            }
        }
    }

    /// The number of a window's shape.
    pub(super) fn shape(&self, window: usize) -> usize {
        match self {
            Self::Grid(_) => 0,
            Self::Listed(listed) => listed.windows[window].0,
        }
    }

    /// Calls `visit` with every window that a cell lies in, and the cell's weight in its code.
    #[inline]
    pub(super) fn of_cell(&self, cell: usize, visit: impl FnMut(usize, u64)) {
        match self {
            Self::Grid(grid) => grid.of_cell(cell, visit),
            Self::Listed(listed) => listed.of_cell(cell, visit),
        }
    }
}

/// Calls `visit` with the number of every window that starts in the ranges, and the window, in order.
pub(super) fn each_window(grid: &grid::Grid, ranges: [Range<usize>; 3], mut visit: impl FnMut(usize, Window)) {
    let [planes, rows, columns] = ranges;
    let starts = &grid.starts;
    for i in planes {
        for j in rows.clone() {
            for k in columns.clone() {
                let origin = [i * starts[0].step, j * starts[1].step, k * starts[2].step];
                let number = (i * starts[1].count + j) * starts[2].count + k;
                visit(number, Window { origin, extent: grid.block });
            }
        }
    }
}

/// Whether windows run over the end of an axis.
pub(super) fn wraps(grid: &grid::Grid, axis: usize) -> bool {
    let starts = grid.starts[axis];
    starts.count > 0 && (starts.count - 1) * starts.step + grid.block[axis] > grid.axes[axis]
}

impl Grid {
    /// Whether every cell lies in at most one window.
    pub(super) fn is_disjoint(&self) -> bool {
        self.windows.is_disjoint()
    }

    #[inline]
    fn of_cell(&self, cell: usize, mut visit: impl FnMut(usize, u64)) {
        let grid::Grid { axes, block, starts, .. } = &self.windows;
        let (row, k) = (cell / axes[2], cell % axes[2]);
        let at = [row / axes[1], row % axes[1], k];
        self.along(0, at[0], |plane, i| {
            self.along(1, at[1], |row, j| {
                self.along(2, at[2], |column, k| {
                    let window = (plane * starts[1].count + row) * starts[2].count + column;
                    visit(window, self.weights[(i * block[1] + j) * block[2] + k]);
                });
            });
        });
    }

    /// The windows over one place of an axis: their numbers along the axis, and the place within each.
    #[inline]
    fn along(&self, axis: usize, at: usize, mut visit: impl FnMut(usize, usize)) {
        let (block, starts) = (self.windows.block[axis], self.windows.starts[axis]);
        // For windows that run over the end the place lies one length further on. There are none where windows end inside.
        for at in [at, at + self.windows.axes[axis]] {
            let first = (at + 1).saturating_sub(block).div_ceil(starts.step);
            for number in first..(at / starts.step + 1).min(starts.count) {
                visit(number, at - number * starts.step);
            }
        }
    }
}

impl Listed {
    fn new(axes: [usize; 3], windows: Vec<(usize, Window)>, powers: Vec<u64>) -> Self {
        let mut of_cell = vec![NONE; axes.iter().product()];
        for (number, (_, Window { origin, extent })) in (0u32..).zip(&windows) {
            for i in origin[0]..origin[0] + extent[0] {
                for j in origin[1]..origin[1] + extent[1] {
                    let row = (i * axes[1] + j) * axes[2];
                    of_cell[row + origin[2]..row + origin[2] + extent[2]].fill(number);
                }
            }
        }
        Self { axes, windows, of_cell, powers }
    }

    fn of_cell(&self, cell: usize, mut visit: impl FnMut(usize, u64)) {
        let window = self.of_cell[cell];
        if window == NONE {
            return;
        }
        let (_, Window { origin, extent }) = self.windows[window as usize];
        let (row, k) = (cell / self.axes[2], cell % self.axes[2]);
        let at = [row / self.axes[1] - origin[0], row % self.axes[1] - origin[1], k - origin[2]];
        let place = (at[0] * extent[1] + at[1]) * extent[2] + at[2];
        visit(window as usize, self.powers[extent.iter().product::<usize>() - 1 - place]);
    }
}

/// The code of a window of the array that is left when the slice `skip` of an axis is deleted (none: `usize::MAX`).
pub(super) fn read(cells: &[u8], axes: [usize; 3], window: Window, skip: usize, axis: usize, symbols: u8) -> u64 {
    let Window { origin, extent } = window;
    let (base, mut code) = (u64::from(symbols), 0u64);
    let place = |a: usize, offset: usize| {
        let at = origin[a] + offset;
        let at = if a == axis && at >= skip { at + 1 } else { at };
        // A window is no longer than its axis, so it wraps at most once; it never does where a slice is deleted.
        if at < axes[a] { at } else { at - axes[a] }
    };
    for i in 0..extent[0] {
        let plane = place(0, i) * axes[1];
        for j in 0..extent[1] {
            let row = (plane + place(1, j)) * axes[2];
            for k in 0..extent[2] {
                code = code.wrapping_mul(base).wrapping_add(u64::from(cells[row + place(2, k)]));
            }
        }
    }
    code
}
