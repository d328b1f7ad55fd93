//! How much of a row's count its witness alone stands for.

use turmite_tables::{Relabelling, Space};

use crate::diagram::written;
use crate::machine::Machine;
use crate::naive::run;
use crate::outputs::Extents;
use crate::symmetry::Placement;

/// The machines that make a machine's run and write its string: those that differ from it only in entries that its run
/// never reaches, in the names of states other than the first, and in the names of symbols that the string lacks (the
/// blank's too).
///
/// With u entries not reached, m states entered, and j symbols in use (the blank, what is read, what is written), q of
/// them in the string, these are `options^u (n-1)!/(n-m)! (k-q)!/(k-j)!` pairs (machine, blank): what the run's leaf
/// in tree normal form adds to the count of this string, its mirror images and turns left out. No two of them are the
/// same pair, for the run tells which entries it reached and under which names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alike {
    /// Entries that the run never reaches.
    pub unreached: usize,
    /// Pairs (machine, blank); `None` beyond 128 bits.
    pub pairs: Option<u128>,
    /// log2 of the pairs.
    pub bits: f64,
    /// How many mirror images and turns of the run, itself included, write the string too, up to an exchange of symbols. They are other runs, each
    /// of as many pairs: a run that moves and its image first differ in the direction of a step.
    pub images: u32,
}

impl Alike {
    /// Of a machine that halts within `max_steps` on `blank`, else `None`.
    ///
    /// ```
    /// use turmite_ctm::{Alike, Machine};
    ///
    /// // Halts at once on blank 0. With blank 1 left undefined: six options, and a state to name.
    /// let machine: Machine = "0RZ---_------".parse()?;
    /// let alike = Alike::of(&machine, 0, 1).ok_or("it halts")?;
    /// assert_eq!((alike.pairs, alike.unreached, alike.images), (Some(10 * 10 * 10), 3, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(machine: &Machine, blank: u8, max_steps: u64) -> Option<Self> {
        let space = machine.space();
        let (n, k) = (usize::from(space.states()), usize::from(space.symbols()));
        let (mut reached, mut states, mut used) = (vec![false; n * k], vec![false; n], vec![false; k]);
        used[usize::from(blank)] = true;
        let halted = run(machine, blank, max_steps, |state, _, symbol| {
            reached[usize::from(state) * k + usize::from(symbol)] = true;
            states[usize::from(state)] = true;
            used[usize::from(written(machine, state, symbol))] = true;
        })?;
        let count = |flags: &[bool]| flags.iter().filter(|f| **f).count();
        let unreached = n * k - count(&reached);
        let in_string = Relabelling::of(&halted.symbols).original.len();
        let factors = std::iter::repeat_n(space.options() as usize, unreached)
            .chain((0..count(&states) - 1).map(|i| n - 1 - i))
            .chain((0..count(&used) - in_string).map(|i| k - in_string - i));
        Some(Self {
            unreached,
            pairs: factors.clone().try_fold(1u128, |product, factor| product.checked_mul(factor as u128)),
            bits: factors.map(|factor| (factor as f64).log2()).sum(),
            images: images(space, &halted.shape.axes().collect::<Vec<_>>(), &halted.symbols),
        })
    }
}

/// Placements of a box that give its string back up to an exchange of symbols, those that only touch axes of extent 1 counted once.
fn images(space: Space, axes: &[usize], string: &[u8]) -> u32 {
    let mut extents = Extents([1; 3]);
    for (to, axis) in extents.0.iter_mut().zip(axes.iter().rev()) {
        *to = *axis as u32;
    }
    let dims = usize::from(space.dims());
    let class = Relabelling::of(string).canonical;
    let same = Placement::all(dims, dims)
        .into_iter()
        .filter(|p| {
            p.extents(extents) == extents && {
                let placed: Vec<u8> = p.sources(extents).into_iter().map(|i| string[i]).collect();
                Relabelling::of(&placed).canonical == class
            }
        })
        .count() as u32;
    let unused = (dims - extents.axes()) as u32;
    same / (2u32.pow(unused) * (1..=unused).product::<u32>())
}
