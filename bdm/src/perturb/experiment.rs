//! [`Experiment`]: an array whose block counts are kept, so that the effect of a change costs what it touches.

use rayon::prelude::*;

use super::cover::{Cover, Grid, each_window};
use super::tally::{Steps, Tally};
use super::{Choice, Metric, no_block, value_of};
use crate::array::check_symbols;
use crate::sum::Sum;
use crate::{Bdm, BdmError, BlockCounts, SymbolArray};

/// Cells whose effects are computed in one go.
const CHUNK: usize = 1 << 14;

/// An array and the effect, in bits, of changing it: PyBDM's `PerturbationExperiment`.
///
/// The effect of a change is the metric after it minus the metric before. A change of one symbol changes the blocks
/// that hold it and no other, so the effect follows from the counts of these blocks before and after; nothing is
/// recounted. It equals the difference of two full computations up to rounding (tests: 1e-9).
///
/// Symbols run over the table's alphabet. Cells that lie in no block have effect 0. Under
/// [`Missing::Skip`](crate::Missing::Skip) a block that the table lacks adds nothing before or after a change.
///
/// Effects are computed from one state of the counts, each in a fixed order: they are the same bits for any number
/// of threads.
///
/// ```
/// use turmite_bdm::perturb::{Choice, Experiment, Metric};
/// use turmite_bdm::{Bdm, SymbolArray};
/// use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder};
///
/// // K(00) = K(11) = 2 bits, K(01) = K(10) = 3 bits.
/// let mut rows = TableBuilder::new(Provenance::imported("2x2-1d".parse()?, "an example"));
/// rows.push(RowInput::k(Shape::line(2)?, vec![0, 0], 2.0))?;
/// rows.push(RowInput::k(Shape::line(2)?, vec![0, 1], 3.0))?;
/// let bdm = Bdm::builder(Table::from_bytes(rows.build()?)?).block(Shape::line(2)?).build()?;
///
/// // Four times 00 costs 2 + log2 4 = 4 bits; with one 01 among three it is 2 + log2 3 + 3.
/// let mut experiment = Experiment::new(&bdm, &SymbolArray::from_digits("000000000", 2)?, Metric::Bdm)?;
/// let effects = experiment.effects(Choice::Mean)?;
/// assert!((effects[5] - (1.0 + 3f64.log2())).abs() < 1e-12);
/// assert_eq!(effects[8], 0.0); // the ninth symbol fills no block
///
/// // Kept changes move the array, and the next effect is measured from there.
/// experiment.apply(5, 1)?;
/// assert!((experiment.value() - (5.0 + 3f64.log2())).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Experiment<'a> {
    bdm: &'a Bdm,
    metric: Metric,
    /// Over the table's alphabet.
    array: SymbolArray,
    cover: Cover,
    /// The code of every window.
    codes: Vec<u64>,
    /// The counts of every shape.
    tallies: Vec<Tally<'a>>,
    value: Sum,
    /// What a change of the tallies' sum is multiplied by.
    scale: f64,
}

/// The blocks that one change touches.
#[derive(Debug, Default)]
struct Touched {
    /// Window, code after the change minus code before (modulo 2^64).
    windows: Vec<(usize, u64)>,
    /// Shape, code, by how much its count changes.
    net: Vec<(usize, u64, i64)>,
}

impl<'a> Experiment<'a> {
    /// Counts the blocks of an array.
    ///
    /// # Complexity
    /// One pass over the windows. Eight bytes are kept for every window.
    ///
    /// # Errors
    /// As [`Bdm::score`], and an array that holds no block.
    pub fn new(bdm: &'a Bdm, array: &SymbolArray, metric: Metric) -> Result<Self, BdmError> {
        let symbols = bdm.table().symbols();
        let mut counts = BlockCounts::new(symbols);
        let value = value_of(bdm, metric, &mut counts, array)?.ok_or_else(|| no_block(bdm, array.axes()))?;
        let (cover, shapes) = Cover::new(bdm, array.axes())?;
        let codes = cover.codes(array.cells(), symbols);
        let mut tallies =
            shapes.into_iter().map(|shape| Tally::new(bdm, metric, shape)).collect::<Result<Vec<_>, _>>()?;
        for block in counts.iter() {
            if let Some(tally) = tallies.iter_mut().find(|tally| tally.shape() == block.shape) {
                tally.set(block.code, block.count);
            }
        }
        let mut sum = Sum::default();
        sum.add(value);
        let scale = match metric {
            Metric::Bdm => 1.0,
            Metric::Entropy => -1.0 / counts.total() as f64,
        };
        let array = SymbolArray::new(array.axes(), symbols, array.cells().to_vec())?;
        Ok(Self { bdm, metric, array, cover, codes, tallies, value: sum, scale })
    }

    /// The metric of the array as it stands, in bits (entropy: bits a block).
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value.total()
    }

    /// What is measured.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// The array as it stands, over the table's alphabet.
    #[must_use]
    pub fn array(&self) -> &SymbolArray {
        &self.array
    }

    /// The effect of writing `symbol` into a cell (numbered in row-major order from 0), in bits.
    ///
    /// # Complexity
    /// O(1) for cuts without overlap; else linear in the windows over the cell, up to comparing their codes.
    ///
    /// # Errors
    /// A cell outside the array, a symbol outside the alphabet, a missing block under
    /// [`Missing::Fail`](crate::Missing::Fail).
    pub fn effect(&self, cell: usize, symbol: u8) -> Result<f64, BdmError> {
        self.effect_of(&[(cell, symbol)])
    }

    /// The effect of writing several symbols at once, such as both cells of an undirected edge.
    ///
    /// # Errors
    /// As [`Experiment::effect`].
    pub fn effect_of(&self, changes: &[(usize, u8)]) -> Result<f64, BdmError> {
        self.check(changes)?;
        self.sound(self.measure(changes, &mut Touched::default()), changes)
    }

    /// Writes a symbol for good and gives the effect: PyBDM's `keep_changes`.
    ///
    /// # Errors
    /// As [`Experiment::effect`]; the array is then as it was.
    pub fn apply(&mut self, cell: usize, symbol: u8) -> Result<f64, BdmError> {
        self.apply_all(&[(cell, symbol)])
    }

    /// Writes several symbols at once for good and gives their effect.
    ///
    /// # Errors
    /// As [`Experiment::effect`]; the array is then as it was.
    pub fn apply_all(&mut self, changes: &[(usize, u8)]) -> Result<f64, BdmError> {
        self.check(changes)?;
        let mut touched = Touched::default();
        let effect = self.sound(self.measure(changes, &mut touched), changes)?;
        for &(window, difference) in &touched.windows {
            self.codes[window] = self.codes[window].wrapping_add(difference);
        }
        for &(shape, code, net) in &touched.net {
            let tally = &mut self.tallies[shape];
            tally.set(code, tally.count(code).saturating_add_signed(net));
        }
        for &(cell, symbol) in changes {
            self.array.cells_mut()[cell] = symbol;
        }
        self.value.add(effect);
        Ok(effect)
    }

    /// The effect of changing each cell in turn, in row-major order: PyBDM's `run()`. Over two symbols a change is a
    /// flip; over more, `choice` says which of the other symbols' effects stands for the cell.
    ///
    /// # Complexity
    /// Over two symbols and without overlap one addition of two numbers in memory a cell; else a call of
    /// [`Experiment::effect`] for every symbol looked at. On all threads of the current rayon pool.
    ///
    /// # Errors
    /// A missing block under [`Missing::Fail`](crate::Missing::Fail).
    pub fn effects(&self, choice: Choice) -> Result<Vec<f64>, BdmError> {
        let mut out = vec![0.0; self.array.len()];
        match (&self.cover, self.array.symbols()) {
            (Cover::Grid(grid), 2) if grid.is_disjoint() => match self.tallies[0].steps() {
                Some(steps) => self.flips(grid, &steps, &mut out),
                None => self.choose(choice, &mut out),
            },
            _ => self.choose(choice, &mut out),
        }
        match out.iter().position(|effect| effect.is_nan()) {
            None => Ok(out),
            Some(cell) => Err(self.others(cell).find_map(|symbol| self.effect(cell, symbol).err()).unwrap_or_else(
                // Not a number only ever stands for a missing block.
                || no_block(self.bdm, self.array.axes()),
            )),
        }
    }

    /// The effect of every single-symbol change: for each cell in row-major order, the `k - 1` other symbols from the
    /// least up.
    ///
    /// # Errors
    /// A missing block under [`Missing::Fail`](crate::Missing::Fail).
    pub fn every_effect(&self) -> Result<Vec<f64>, BdmError> {
        let others = usize::from(self.array.symbols()) - 1;
        if others <= 1 {
            return self.effects(Choice::Mean);
        }
        let mut out = vec![0.0; self.array.len().saturating_mul(others)];
        out.par_chunks_mut(CHUNK * others).enumerate().for_each_init(Touched::default, |touched, (chunk, out)| {
            for (at, out) in out.chunks_mut(others).enumerate() {
                let cell = chunk * CHUNK + at;
                for (out, symbol) in out.iter_mut().zip(self.others(cell)) {
                    *out = self.measure(&[(cell, symbol)], touched);
                }
            }
        });
        match out.iter().position(|effect| effect.is_nan()) {
            None => Ok(out),
            Some(at) => {
                let cell = at / others;
                let symbol = self.others(cell).nth(at % others).unwrap_or(0);
                Err(self.refusal(&[(cell, symbol)]))
            }
        }
    }

    /// The symbols that a cell does not hold, from the least up.
    pub fn others(&self, cell: usize) -> impl Iterator<Item = u8> + Clone + use<> {
        let (own, symbols) = (self.array.cells()[cell], self.array.symbols());
        (0..symbols).filter(move |&symbol| symbol != own)
    }

    fn choose(&self, choice: Choice, out: &mut [f64]) {
        out.par_chunks_mut(CHUNK).enumerate().for_each_init(Touched::default, |touched, (chunk, out)| {
            for (at, out) in out.iter_mut().enumerate() {
                let cell = chunk * CHUNK + at;
                *out = choice.of(cell, self.others(cell), |symbol| self.measure(&[(cell, symbol)], touched));
            }
        });
    }

    /// Bit flips of a grid without overlap: each takes one copy of the block's content away and adds one of the
    /// content that differs in the bit.
    fn flips(&self, grid: &Grid, steps: &Steps, out: &mut [f64]) {
        let (windows, weights) = (&grid.windows, &grid.weights);
        let [_, rows, columns] = windows.axes;
        let place = |[i, j, k]: [usize; 3]| (i * rows + j) * columns + k;
        let block = windows.block;
        let places: Vec<usize> = (0..block.iter().product())
            .map(|at| place([at / block[2] / block[1], at / block[2] % block[1], at % block[2]]))
            .collect();
        // Windows that start at one place of the first axis with several cells lie in one slab of memory.
        let axis = windows.axes.iter().position(|&length| length > 1).unwrap_or(2);
        let slab = windows.starts[axis].step.saturating_mul(windows.axes[axis + 1..].iter().product());
        let slabs = (CHUNK / slab.max(1)).max(1);
        out.par_chunks_mut(slab.saturating_mul(slabs).max(1)).enumerate().for_each(|(chunk, out)| {
            let mut ranges = windows.starts.map(|starts| 0..starts.count);
            ranges[axis] = (chunk * slabs).min(ranges[axis].end)..((chunk + 1) * slabs).min(ranges[axis].end);
            each_window(windows, ranges, |number, window| {
                let (code, base) = (self.codes[number], place(window.origin) - chunk * slabs * slab);
                let less = steps.less[code as usize];
                for (&place, &weight) in places.iter().zip(weights) {
                    // The entropy of one change and its opposite is -0.0.
                    out[base + place] = (less + steps.more[(code ^ weight) as usize]) * self.scale + 0.0;
                }
            });
        });
    }

    /// The effect of some changes; not a number where it is an error.
    fn measure(&self, changes: &[(usize, u8)], touched: &mut Touched) -> f64 {
        let Touched { windows, net } = touched;
        windows.clear();
        net.clear();
        for &(cell, symbol) in changes {
            // Modulo 2^64, as are the codes of the largest blocks.
            let difference = u64::from(symbol).wrapping_sub(u64::from(self.array.cells()[cell]));
            self.cover.of_cell(cell, |window, weight| {
                let difference = difference.wrapping_mul(weight);
                match windows.iter_mut().find(|(w, _)| changes.len() > 1 && *w == window) {
                    Some((_, sum)) => *sum = sum.wrapping_add(difference),
                    None => windows.push((window, difference)),
                }
            });
        }
        for &(window, difference) in windows.iter().filter(|(_, difference)| *difference != 0) {
            let (shape, code) = (self.cover.shape(window), self.codes[window]);
            for (code, by) in [(code, -1), (code.wrapping_add(difference), 1)] {
                match net.iter_mut().find(|(s, c, _)| (*s, *c) == (shape, code)) {
                    Some((.., sum)) => *sum += by,
                    None => net.push((shape, code, by)),
                }
            }
        }
        let sum: f64 = net
            .iter()
            .filter(|(.., net)| *net != 0)
            .map(|&(shape, code, net)| {
                let tally = &self.tallies[shape];
                tally.change(code, tally.count(code).saturating_add_signed(net))
            })
            .sum();
        // An empty sum is -0.0.
        sum * self.scale + 0.0
    }

    fn check(&self, changes: &[(usize, u8)]) -> Result<(), BdmError> {
        for (at, &(cell, symbol)) in changes.iter().enumerate() {
            if cell >= self.array.len() {
                return Err(BdmError::Cell { found: cell + 1, cells: self.array.len() });
            }
            if changes[..at].iter().any(|(earlier, _)| *earlier == cell) {
                return Err(BdmError::CellTwice { cell: cell + 1 });
            }
            check_symbols(&[symbol], self.array.symbols())?;
        }
        Ok(())
    }

    fn sound(&self, effect: f64, changes: &[(usize, u8)]) -> Result<f64, BdmError> {
        if effect.is_nan() { Err(self.refusal(changes)) } else { Ok(effect) }
    }

    /// The error that a change ends in.
    #[cold]
    fn refusal(&self, changes: &[(usize, u8)]) -> BdmError {
        let mut touched = Touched::default();
        self.measure(changes, &mut touched);
        let refused = touched.net.iter().filter(|(.., net)| *net > 0);
        let mut errors = refused.filter_map(|&(shape, code, _)| self.tallies[shape].price(code).err());
        // Not a number only ever stands for a block without a price.
        errors.next().unwrap_or_else(|| no_block(self.bdm, self.array.axes()))
    }
}

/// Log2 N - sum / N of a set of counts.
pub(super) fn entropy(sum: f64, total: u64) -> f64 {
    (total as f64).log2() - sum / total as f64
}
