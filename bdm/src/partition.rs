//! [`Partition`]: where the blocks of an array lie, and what becomes of the cells that fill no block.

use std::fmt;
use std::str::FromStr;

use turmite_tables::Shape;

use crate::BdmError;
use crate::axis_cut::{AxisCut, AxisCuts};
use crate::grid::Grid;

/// How an array is cut into blocks (Zenil et al. 2018, section on boundary conditions; names as in PyBDM).
///
/// `Ignore`, `Recursive` and `Correlated` cut exactly as PyBDM 0.1.0 does; `Periodic` is on its roadmap only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Partition {
    /// Blocks side by side from the origin; cells that fill no block are left out.
    #[default]
    Ignore,
    /// As `Ignore`, and what is left over is cut again into blocks as long as its own shortest side (a line: the
    /// rest as one block), and so on while that side has at least `min_length` cells.
    Recursive {
        /// The shortest side that is still priced, at least 1.
        min_length: usize,
    },
    /// Windows that start at every multiple of `shift` along each axis and end inside the array.
    Correlated {
        /// The distance between windows, at least 1.
        shift: usize,
    },
    /// Windows that start at 0, `shift`, 2 `shift`, ... below the length of each axis and wrap around its end.
    Periodic {
        /// The distance between windows, at least 1; the block's own extent if `None`.
        shift: Option<usize>,
    },
    /// A rule for each axis: a cylinder is periodic along one axis only. Made by [`Partition::per_axis`].
    PerAxis(AxisCuts),
}

impl Partition {
    /// A rule for each axis, slowest axis first. One rule alone is that of a line: no other partition.
    ///
    /// ```
    /// use turmite_bdm::{AxisCut, Partition};
    ///
    /// let cylinder = Partition::per_axis(&[AxisCut::Ignore, AxisCut::Periodic { shift: None }])?;
    /// assert_eq!("ignore,periodic".parse::<Partition>()?, cylinder);
    /// assert_eq!("correlated:2,periodic:1".parse::<Partition>()?.to_string(), "correlated:2,periodic:1");
    /// # Ok::<(), turmite_bdm::BdmError>(())
    /// ```
    ///
    /// # Errors
    /// No rule, more than three, or a shift of 0.
    pub fn per_axis(axes: &[AxisCut]) -> Result<Self, BdmError> {
        let mut cuts = [AxisCut::Ignore; 3];
        if let [cut] = *axes {
            let partition = match cut {
                AxisCut::Ignore => Self::Ignore,
                AxisCut::Correlated { shift } => Self::Correlated { shift },
                AxisCut::Periodic { shift } => Self::Periodic { shift },
            };
            partition.check()?;
            return Ok(partition);
        }
        if axes.is_empty() || axes.len() > cuts.len() {
            let expected = "one rule, or one for each of two or three axes".to_owned();
            return Err(BdmError::Option { option: "--boundary", found: format!("{} rules", axes.len()), expected });
        }
        cuts[..axes.len()].copy_from_slice(axes);
        let partition = Self::PerAxis(AxisCuts { cuts, dims: axes.len() as u8 });
        partition.check()?;
        Ok(partition)
    }

    /// The name that users type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Recursive { .. } => "recursive",
            Self::Correlated { .. } => "correlated",
            Self::Periodic { .. } => "periodic",
            Self::PerAxis(_) => "per-axis",
        }
    }

    /// Checks the options.
    ///
    /// # Errors
    /// A shift or a least length of 0.
    pub fn check(self) -> Result<(), BdmError> {
        let (option, least) = match self {
            Self::Ignore | Self::Periodic { shift: None } => return Ok(()),
            Self::Recursive { min_length } => ("--min-length", min_length),
            Self::Correlated { shift } | Self::Periodic { shift: Some(shift) } => ("--shift", shift),
            Self::PerAxis(cuts) => ("--shift", cuts.axes().iter().filter_map(|cut| cut.shift()).min().unwrap_or(1)),
        };
        if least == 0 {
            let expected = "a whole number of at least 1".to_owned();
            return Err(BdmError::Option { option, found: least.to_string(), expected });
        }
        Ok(())
    }

    /// Checks the options, and that there is a rule for every axis of the block.
    pub(crate) fn check_axes(self, block: &Shape) -> Result<(), BdmError> {
        match self {
            Self::PerAxis(cuts) if cuts.axes().len() != block.dims() => {
                let expected = format!("one rule for each of the {} axes of blocks of {block}", block.dims());
                Err(BdmError::Option { option: "--boundary", found: self.to_string(), expected })
            }
            _ => self.check(),
        }
    }

    /// The rule for each axis, of the last `dims` of three; those in front have one cell. A recursive cut starts as
    /// `ignore` does.
    pub(crate) fn cuts(self, dims: usize) -> [AxisCut; 3] {
        match self {
            Self::Ignore | Self::Recursive { .. } => [AxisCut::Ignore; 3],
            Self::Correlated { shift } => [AxisCut::Correlated { shift }; 3],
            Self::Periodic { shift } => [AxisCut::Periodic { shift }; 3],
            Self::PerAxis(cuts) => {
                let mut lifted = [AxisCut::Ignore; 3];
                for (to, &from) in lifted[3 - dims..].iter_mut().zip(cuts.axes()) {
                    *to = from;
                }
                lifted
            }
        }
    }

    /// The windows that are whole blocks, in an array with the given axes.
    pub(crate) fn grid(self, axes: [usize; 3], block: &Shape) -> Grid {
        let (cuts, block) = (self.cuts(block.dims()), lift_shape(block));
        // The other axes may be as long as they like where there are no cells.
        let axes = if axes.contains(&0) { [0; 3] } else { axes };
        Grid { first: 0, axes, block, starts: std::array::from_fn(|a| cuts[a].starts(axes[a], block[a])) }
    }

    /// Calls `visit` for every window of an array with the given axes (as many as the block has), in row-major
    /// order of their origins; leftovers after the block they were left by.
    pub(crate) fn windows(self, axes: [usize; 3], dims: usize, block: [usize; 3], visit: &mut impl FnMut(Window)) {
        if axes.contains(&0) {
            // The other axes may be as long as they like where there are no cells.
            return;
        }
        if let Self::Recursive { min_length } = self {
            let whole = Window { origin: [0; 3], extent: axes };
            return recursive(whole, dims, block, min_length.max(1), visit);
        }
        let cuts = self.cuts(dims);
        let [planes, rows, columns] = std::array::from_fn(|a| cuts[a].starts(axes[a], block[a]));
        for i in 0..planes.count {
            for j in 0..rows.count {
                for k in 0..columns.count {
                    visit(Window { origin: [i * planes.step, j * rows.step, k * columns.step], extent: block });
                }
            }
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        match self {
            Self::Ignore | Self::Periodic { shift: None } => f.write_str(name),
            Self::Recursive { min_length } => write!(f, "{name} (least length {min_length})"),
            Self::Correlated { shift } | Self::Periodic { shift: Some(shift) } => write!(f, "{name} (shift {shift})"),
            Self::PerAxis(cuts) => {
                for (at, cut) in cuts.axes().iter().enumerate() {
                    write!(f, "{}{cut}", if at == 0 { "" } else { "," })?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for Partition {
    type Err = BdmError;

    /// Reads a name; options take their defaults (least length 1, shift 1, periodic by whole blocks). Several names
    /// split by commas are the rules of as many axes, each with its own shift if it has one: `ignore,periodic:2`.
    fn from_str(text: &str) -> Result<Self, BdmError> {
        if text.contains(',') {
            return Self::per_axis(&text.split(',').map(str::parse).collect::<Result<Vec<_>, _>>()?);
        }
        match text {
            "ignore" => Ok(Self::Ignore),
            "recursive" => Ok(Self::Recursive { min_length: 1 }),
            "correlated" => Ok(Self::Correlated { shift: 1 }),
            "periodic" => Ok(Self::Periodic { shift: None }),
            _ => Err(BdmError::Option {
                option: "--boundary",
                found: format!("{text:?}"),
                expected: "ignore, recursive, correlated or periodic".to_owned(),
            }),
        }
    }
}

/// A box of cells, on three axes (fewer are padded in front with extent 1); one that runs over the end of an axis
/// goes on at its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) origin: [usize; 3],
    pub(crate) extent: [usize; 3],
}

/// Pads extents in front with 1, so that all later code knows three axes only.
pub(crate) fn lift(axes: &[usize]) -> [usize; 3] {
    let mut lifted = [1; 3];
    let pad = 3 - axes.len().min(3);
    for (to, &from) in lifted[pad..].iter_mut().zip(axes) {
        *to = from;
    }
    lifted
}

/// As [`lift`], of a shape.
pub(crate) fn lift_shape(shape: &Shape) -> [usize; 3] {
    let mut lifted = [1; 3];
    let pad = 3 - shape.dims().min(3);
    for (to, from) in lifted[pad..].iter_mut().zip(shape.axes()) {
        *to = from;
    }
    lifted
}

/// PyBDM's `PartitionRecursive`: blocks side by side, and a leftover is cut again into cubes as long as its shortest
/// side.
///
/// The side falls with every level, so the depth is at most the block's shortest side.
fn recursive(part: Window, dims: usize, block: [usize; 3], min_length: usize, visit: &mut impl FnMut(Window)) {
    let whole = std::array::from_fn::<_, 3, _>(|a| part.extent[a] / block[a]);
    for i in 0..whole[0] {
        for j in 0..whole[1] {
            for k in 0..whole[2] {
                let at = [i, j, k];
                visit(Window { origin: std::array::from_fn(|a| part.origin[a] + at[a] * block[a]), extent: block });
            }
        }
    }
    leftovers(part, dims, block, min_length, visit);
}

/// The pieces of a recursive cut that are smaller than the block.
pub(crate) fn leftovers(
    part: Window,
    dims: usize,
    block: [usize; 3],
    min_length: usize,
    visit: &mut impl FnMut(Window),
) {
    if part.extent.contains(&0) {
        // The other axes may be as long as they like where there are no cells.
        return;
    }
    let whole = std::array::from_fn::<_, 3, _>(|a| part.extent[a] / block[a]);
    let all = std::array::from_fn::<_, 3, _>(|a| part.extent[a].div_ceil(block[a]));
    for i in 0..all[0] {
        for j in 0..all[1] {
            // Pieces within whole planes and rows are whole up to the last.
            let first = if i < whole[0] && j < whole[1] { whole[2] } else { 0 };
            for k in first..all[2] {
                let start = [i * block[0], j * block[1], k * block[2]];
                let extent: [usize; 3] = std::array::from_fn(|a| block[a].min(part.extent[a] - start[a]));
                let side = extent[3 - dims..].iter().copied().min().unwrap_or(0);
                if side >= min_length {
                    let mut cube = [1; 3];
                    cube[3 - dims..].fill(side);
                    let piece = Window { origin: std::array::from_fn(|a| part.origin[a] + start[a]), extent };
                    recursive(piece, dims, cube, min_length, &mut *visit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(partition: Partition, length: usize, block: usize) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        partition.windows([1, 1, length], 1, [1, 1, block], &mut |w| out.push((w.origin[2], w.extent[2])));
        out
    }

    #[test]
    fn lines() {
        assert_eq!(line(Partition::Ignore, 9, 4), [(0, 4), (4, 4)]);
        assert_eq!(line(Partition::Ignore, 3, 4), []);
        assert_eq!(line(Partition::Recursive { min_length: 1 }, 7, 4), [(0, 4), (4, 3)]);
        assert_eq!(line(Partition::Recursive { min_length: 4 }, 7, 4), [(0, 4)]);
        assert_eq!(line(Partition::Recursive { min_length: 1 }, 3, 4), [(0, 3)]);
        assert_eq!(line(Partition::Recursive { min_length: 1 }, 0, 4), []);
        assert_eq!(line(Partition::Correlated { shift: 1 }, 6, 4), [(0, 4), (1, 4), (2, 4)]);
        assert_eq!(line(Partition::Correlated { shift: 2 }, 7, 4), [(0, 4), (2, 4)]);
        assert_eq!(line(Partition::Correlated { shift: 1 }, 3, 4), []);
        assert_eq!(line(Partition::Periodic { shift: None }, 9, 4), [(0, 4), (4, 4), (8, 4)]);
        assert_eq!(line(Partition::Periodic { shift: Some(3) }, 4, 4), [(0, 4), (3, 4)]);
        assert_eq!(line(Partition::Periodic { shift: None }, 3, 4), []);
    }

    #[test]
    fn recursive_square_covers_each_cell_at_most_once() {
        let mut seen = vec![0; 9 * 11];
        let mut sides = Vec::new();
        Partition::Recursive { min_length: 1 }.windows([1, 9, 11], 2, [1, 4, 4], &mut |w| {
            sides.push(w.extent[1]);
            assert_eq!(w.extent[1], w.extent[2]);
            for i in 0..w.extent[1] {
                for j in 0..w.extent[2] {
                    seen[(w.origin[1] + i) * 11 + w.origin[2] + j] += 1;
                }
            }
        });
        assert!(seen.iter().all(|&n| n == 1));
        assert_eq!(sides.iter().filter(|&&s| s == 4).count(), 4);
        assert_eq!(sides.iter().filter(|&&s| s == 3).count(), 2);
    }

    #[test]
    fn names_and_options() {
        for name in ["ignore", "recursive", "correlated", "periodic"] {
            assert_eq!(name.parse::<Partition>().unwrap().name(), name);
        }
        assert!("wrap".parse::<Partition>().unwrap_err().to_string().contains("--boundary"));
        assert!(Partition::Correlated { shift: 0 }.check().unwrap_err().to_string().contains("--shift 0"));
        assert!(Partition::Recursive { min_length: 0 }.check().is_err());
        assert!(Partition::Periodic { shift: None }.check().is_ok());
    }
}
