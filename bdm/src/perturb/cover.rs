//! [`Cover`]: which blocks a cell lies in, and what it weighs in their codes.

use std::ops::Range;

use turmite_tables::Shape;

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
    pub(super) axes: [usize; 3],
    pub(super) block: [usize; 3],
    pub(super) step: [usize; 3],
    /// How many windows start along each axis.
    pub(super) starts: [usize; 3],
    /// Whether windows go on at the beginning of an axis.
    wraps: bool,
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
        if let Some(step) = step(bdm.partition, extent) {
            let wraps = matches!(bdm.partition, Partition::Periodic { .. });
            let fits = (0..3).all(|a| extent[a] <= lifted[a]);
            let starts = std::array::from_fn(|a| match () {
                () if !fits => 0,
                () if wraps => lifted[a].div_ceil(step[a]),
                () => (lifted[a] - extent[a]) / step[a] + 1,
            });
            let mut weights = powers(block.cells());
            weights.reverse();
            return Ok((Self::Grid(Grid { axes: lifted, block: extent, step, starts, wraps, weights }), vec![block]));
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
                let mut codes = Vec::with_capacity(grid.starts.iter().product());
                grid.each_start(grid.starts.map(|n| 0..n), |origin| {
                    codes.push(everything(Window { origin, extent: grid.block }, grid.axes));
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

/// The distance between windows where they form a grid.
pub(super) fn step(partition: Partition, block: [usize; 3]) -> Option<[usize; 3]> {
    match partition {
        Partition::Ignore | Partition::Periodic { shift: None } => Some(block),
        Partition::Correlated { shift } | Partition::Periodic { shift: Some(shift) } => Some([shift.max(1); 3]),
        Partition::Recursive { .. } => None,
    }
}

impl Grid {
    /// Whether every cell lies in at most one window.
    pub(super) fn is_disjoint(&self) -> bool {
        !self.wraps && (0..3).all(|a| self.block[a] <= self.step[a] || self.starts[a] <= 1)
    }

    /// Calls `visit` with the origin of every window that starts in the ranges, in order.
    pub(super) fn each_start(&self, ranges: [Range<usize>; 3], mut visit: impl FnMut([usize; 3])) {
        let [planes, rows, columns] = ranges;
        for i in planes {
            for j in rows.clone() {
                for k in columns.clone() {
                    visit([i * self.step[0], j * self.step[1], k * self.step[2]]);
                }
            }
        }
    }

    #[inline]
    fn of_cell(&self, cell: usize, mut visit: impl FnMut(usize, u64)) {
        let (row, k) = (cell / self.axes[2], cell % self.axes[2]);
        let at = [row / self.axes[1], row % self.axes[1], k];
        self.along(0, at[0], |plane, i| {
            self.along(1, at[1], |row, j| {
                self.along(2, at[2], |column, k| {
                    let window = (plane * self.starts[1] + row) * self.starts[2] + column;
                    visit(window, self.weights[(i * self.block[1] + j) * self.block[2] + k]);
                });
            });
        });
    }

    /// The windows over one place of an axis: their numbers along the axis, and the place within each.
    #[inline]
    fn along(&self, axis: usize, at: usize, mut visit: impl FnMut(usize, usize)) {
        let (block, step, starts) = (self.block[axis], self.step[axis], self.starts[axis]);
        let last = (at / step + 1).min(starts);
        for number in (at + 1).saturating_sub(block).div_ceil(step)..last {
            visit(number, at - number * step);
        }
        if self.wraps {
            // The windows that ran over the end, for which the place lies one length further on.
            let at = at + self.axes[axis];
            for number in (at + 1).saturating_sub(block).div_ceil(step)..starts {
                visit(number, at - number * step);
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
