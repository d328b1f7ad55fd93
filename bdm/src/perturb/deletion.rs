//! What deleting one symbol of a string, or one row or column of an array, changes.

use rayon::prelude::*;

use super::cover::{each_window, read, wraps};
use super::experiment::entropy;
use super::tally::{Cost, Tally, repeats};
use super::{Metric, required, value_of};
use crate::grid::{Grid, Starts};
use crate::partition::lift;
use crate::sum::{Sum, log2_count};
use crate::{Bdm, BdmError, BlockCounts, Partition, SymbolArray};

/// The effect (after minus before, in bits) of deleting each slice of an axis in turn, what comes after it moving up. A
/// slice is all that lies at one place of the axis: on axis 0 of a line a symbol, on axes 0 and 1 of a matrix a row and a
/// column. `None` where no block would be left.
///
/// # Complexity
/// Where windows end inside the axis (`ignore`, `correlated`) one pass over the array for all deletions together, up to the
/// blocks that hold the deleted slice: from one deletion to the next only the blocks at the gap change. For `recursive`, and
/// along periodic axes, whose cuts depend on the length, one recount a deletion, on all threads.
///
/// # Errors
/// As [`Bdm::score`], an array without a block, or an axis that the array does not have.
///
/// ```
/// use turmite_bdm::perturb::{Metric, slice_effects};
/// use turmite_bdm::{Bdm, SymbolArray};
/// use turmite_tables::{Shape, Table};
///
/// let bdm = Bdm::builder(Table::embedded("5x2-1d")?).block(Shape::line(4)?).build()?;
/// // Five blocks 0101; a deletion at the front turns all of them into 1010, of the same price.
/// let effects = slice_effects(&bdm, &SymbolArray::from_digits(&"01".repeat(10), 2)?, 0, Metric::Bdm)?;
/// assert_eq!(effects.len(), 20);
/// assert!((effects[0].expect("four blocks are left") - (4f64.log2() - 5f64.log2())).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn slice_effects(
    bdm: &Bdm,
    array: &SymbolArray,
    axis: usize,
    metric: Metric,
) -> Result<Vec<Option<f64>>, BdmError> {
    let dims = array.axes().len();
    if axis >= dims {
        let expected = format!("a number below {dims}, the axes of the array");
        return Err(BdmError::Option { option: "axis", found: axis.to_string(), expected });
    }
    let before = required(bdm, metric, array)?;
    let after = match left_grid(bdm, array, axis) {
        Some(left) => sweep(bdm, array, axis, &left, metric)?,
        None => (0..array.axes()[axis])
            .into_par_iter()
            .map_init(
                || BlockCounts::new(bdm.table().symbols()),
                |counts, at| value_of(bdm, metric, counts, &without(array, axis, &[at])?),
            )
            .collect::<Result<_, BdmError>>()?,
    };
    Ok(after.into_iter().map(|after| after.map(|after| after - before)).collect())
}

/// The array without some slices of an axis, which are given in rising order.
pub(super) fn without(array: &SymbolArray, axis: usize, slices: &[usize]) -> Result<SymbolArray, BdmError> {
    let mut axes = array.axes().to_vec();
    let (length, inner) = (axes[axis], axes[axis + 1..].iter().product::<usize>());
    let mut cells = Vec::with_capacity(array.len());
    for outer in array.cells().chunks_exact((length * inner).max(1)) {
        let mut from = 0;
        for &slice in slices {
            cells.extend_from_slice(&outer[from * inner..slice * inner]);
            from = slice + 1;
        }
        cells.extend_from_slice(&outer[from * inner..]);
    }
    axes[axis] -= slices.len();
    SymbolArray::new(&axes, array.symbols(), cells)
}

/// Counts that blocks enter and leave, and the metric of what is there.
struct Running<'a> {
    tally: Tally<'a>,
    metric: Metric,
    total: u64,
    sum: Sum,
}

impl Running<'_> {
    fn put(&mut self, code: u64) -> Result<(), BdmError> {
        let count = self.tally.count(code);
        self.total += 1;
        self.shift(code, count, count + 1)
    }

    fn take(&mut self, code: u64) -> Result<(), BdmError> {
        let count = self.tally.count(code);
        self.total -= 1;
        self.shift(code, count, count - 1)
    }

    /// Terms enter and leave whole, so that under compensation what has left leaves nothing behind.
    fn shift(&mut self, code: u64, from: u64, to: u64) -> Result<(), BdmError> {
        self.tally.set(code, to);
        match (self.metric, self.tally.cost(code)) {
            (Metric::Entropy, _) => {
                self.sum.add(repeats(to));
                self.sum.add(-repeats(from));
            }
            (Metric::Bdm, Cost::Nothing) => {}
            (Metric::Bdm, Cost::Refused) => drop(self.tally.price(code)?),
            (Metric::Bdm, Cost::Bits(bits)) => {
                match (from, to) {
                    (0, _) => self.sum.add(bits),
                    (_, 0) => self.sum.add(-bits),
                    _ => {}
                }
                self.sum.add(log2_count(to.max(1)));
                self.sum.add(-log2_count(from.max(1)));
            }
        }
        Ok(())
    }

    fn value(&self) -> Option<f64> {
        (self.total > 0).then(|| match self.metric {
            Metric::Bdm => self.sum.total(),
            Metric::Entropy => entropy(self.sum.total(), self.total) + 0.0,
        })
    }
}

/// The windows of the array with one slice less, if they form a grid and end inside the axis: then those on either side of
/// the gap stay what they are.
fn left_grid(bdm: &Bdm, array: &SymbolArray, axis: usize) -> Option<Grid> {
    if matches!(bdm.partition(), Partition::Recursive { .. }) {
        return None;
    }
    let mut axes = lift(array.axes());
    let axis = axis + 3 - array.axes().len();
    axes[axis] = axes[axis].saturating_sub(1);
    let grid = bdm.partition().grid(axes, &bdm.block());
    (!wraps(&grid, axis)).then_some(grid)
}

/// The metric of the array without each slice of an axis.
///
/// A window behind the gap has moved by one, a window before it is as it was, and a window over the gap has lost a
/// slice and gained one. As the gap moves on by one, one row of windows comes to lie over it and one leaves.
fn sweep(
    bdm: &Bdm,
    array: &SymbolArray,
    axis: usize,
    left: &Grid,
    metric: Metric,
) -> Result<Vec<Option<f64>>, BdmError> {
    let symbols = bdm.table().symbols();
    let (axes, axis) = (lift(array.axes()), axis + 3 - array.axes().len());
    let length = axes[axis];
    let mut running = Running { tally: Tally::new(bdm, metric, bdm.block())?, metric, total: 0, sum: Sum::default() };
    // The codes of the windows that start at one place of the axis, with a slice deleted.
    let row_of_windows = |number: usize, skip: usize, codes: &mut Vec<u64>| {
        let mut ranges = left.starts.map(|starts| 0..starts.count);
        ranges[axis] = number..number + 1;
        each_window(left, ranges, |_, window| codes.push(read(array.cells(), axes, window, skip, axis, symbols)));
    };
    let (size, Starts { step, count }) = (left.block[axis], left.starts[axis]);
    let (whole, moved) = (usize::MAX, 0);
    let mut codes = Vec::new();
    for number in 0..count {
        codes.clear();
        row_of_windows(number, moved, &mut codes);
        codes.iter().try_for_each(|&code| running.put(code))?;
    }
    let mut out = Vec::with_capacity(length);
    for gap in 0..length {
        let at_start = |start: usize| start.is_multiple_of(step).then_some(start / step).filter(|&n| n < count);
        if let Some(number) = gap.checked_sub(1).and_then(at_start) {
            codes.clear();
            row_of_windows(number, moved, &mut codes);
            codes.iter().try_for_each(|&code| running.take(code))?;
        }
        if let Some(number) = gap.checked_sub(size).and_then(at_start) {
            codes.clear();
            row_of_windows(number, whole, &mut codes);
            codes.iter().try_for_each(|&code| running.put(code))?;
        }
        codes.clear();
        for number in (gap + 1).saturating_sub(size).div_ceil(step)..gap.div_ceil(step).min(count) {
            row_of_windows(number, gap, &mut codes);
        }
        codes.iter().try_for_each(|&code| running.put(code))?;
        out.push(running.value());
        codes.iter().try_for_each(|&code| running.take(code))?;
    }
    Ok(out)
}
