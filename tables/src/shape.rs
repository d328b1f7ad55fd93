//! The shape of an output: its extent along each axis, slowest axis first.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TableError;

/// The greatest extent along an axis, and the most cells in all. Far above what any machine run writes.
const MAX_CELLS: usize = 1 << 24;

/// Extents of a string (`12`), an array (`3x4`: rows x columns) or a box (`2x2x3`: planes x rows x columns).
///
/// Shapes are ordered by number of cells, then by axes: the order of a table's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Shape {
    dims: u8,
    axes: [u32; 3],
}

/// A shape as files hold it, before anybody has checked it.
#[derive(Serialize, Deserialize)]
struct Plain {
    dims: u8,
    axes: [u32; 3],
}

impl From<Shape> for Plain {
    fn from(shape: Shape) -> Self {
        Self { dims: shape.dims, axes: shape.axes }
    }
}

impl TryFrom<Plain> for Shape {
    type Error = TableError;

    fn try_from(plain: Plain) -> Result<Self, TableError> {
        let axes = plain.axes.map(|a| a as usize);
        let shape = Self::new(axes.get(..usize::from(plain.dims)).unwrap_or(&[]))?;
        if shape.axes == plain.axes {
            return Ok(shape);
        }
        Err(TableError::Shape { found: format!("{axes:?}"), expected: "1 on every axis beyond the last".to_owned() })
    }
}

impl Shape {
    /// A shape of one to three axes, each at least 1.
    ///
    /// # Errors
    /// No axis, more than three, an empty one, or more than 2^24 cells.
    pub fn new(axes: &[usize]) -> Result<Self, TableError> {
        let bad = || TableError::Shape {
            found: axes.iter().map(ToString::to_string).collect::<Vec<_>>().join("x"),
            expected: format!(
                "one to three axes of at least 1 and at most {MAX_CELLS} cells in all, such as 12, 3x4 or 2x2x3"
            ),
        };
        let cells = axes.iter().try_fold(1usize, |cells, &axis| cells.checked_mul(axis));
        if axes.is_empty() || axes.len() > 3 || !cells.is_some_and(|cells| (1..=MAX_CELLS).contains(&cells)) {
            return Err(bad());
        }
        let mut own = [1u32; 3];
        for (to, &from) in own.iter_mut().zip(axes) {
            *to = u32::try_from(from).map_err(|_| bad())?;
        }
        let dims = u8::try_from(axes.len()).map_err(|_| bad())?;
        Ok(Self { dims, axes: own })
    }

    /// The shape of a string of `cells` symbols.
    ///
    /// # Errors
    /// As [`Shape::new`].
    pub fn line(cells: usize) -> Result<Self, TableError> {
        Self::new(&[cells])
    }

    /// The number of axes, 1 to 3.
    #[must_use]
    pub fn dims(&self) -> usize {
        usize::from(self.dims)
    }

    /// The extents, slowest axis first (rows before columns).
    #[must_use]
    pub fn axes(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.axes[..self.dims()].iter().map(|&a| a as usize)
    }

    /// The number of cells.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.axes().product()
    }

    /// Whether a box of this shape fits in one of shape `other` without turning it.
    #[must_use]
    pub fn fits_in(&self, other: &Self) -> bool {
        self.dims == other.dims && self.axes.iter().zip(&other.axes).all(|(a, b)| a <= b)
    }

    /// Whether a box of this shape fits in one of shape `other`, turned as need be.
    #[must_use]
    pub fn fits_turned(&self, other: &Self) -> bool {
        self.dims == other.dims && other.holds_turned(self.axes)
    }

    /// The same for a box of these extents, in any order, 1 along the axes that the shape does not have.
    #[must_use]
    pub fn holds_turned(&self, mut extents: [u32; 3]) -> bool {
        let mut axes = self.axes;
        axes.sort_unstable();
        extents.sort_unstable();
        extents.iter().zip(axes).all(|(extent, axis)| *extent <= axis)
    }

    /// Reads a string of symbols written as digits, rows split by `/`, planes by `//`.
    ///
    /// # Errors
    /// A character that is no digit below `symbols`, or rows of unequal length.
    pub fn parse_string(text: &str, symbols: u8) -> Result<(Self, Vec<u8>), TableError> {
        let ragged = || TableError::Shape {
            found: text.to_owned(),
            expected: "rows of equal length split by '/', planes by '//', e.g. 010/111".to_owned(),
        };
        let mut cells = Vec::with_capacity(text.len());
        for (at, c) in text.chars().enumerate() {
            if c == '/' {
                continue;
            }
            match c.to_digit(10).and_then(|d| u8::try_from(d).ok()) {
                Some(d) if d < symbols => cells.push(d),
                _ => {
                    let digit = |c: char| c.to_digit(10).and_then(|d| u8::try_from(d + 1).ok());
                    let needed = text.chars().filter(|&c| c != '/').map(|c| digit(c).unwrap_or(u8::MAX)).max();
                    let needed = needed.filter(|&needed| needed < u8::MAX).unwrap_or(0);
                    return Err(TableError::Symbol { found: c.to_string(), position: at + 1, symbols, needed });
                }
            }
        }
        let planes: Vec<Vec<&str>> = text.split("//").map(|p| p.split('/').collect()).collect();
        let rows = planes[0].len();
        let columns = planes[0][0].len();
        if columns == 0 || planes.iter().any(|p| p.len() != rows || p.iter().any(|r| r.len() != columns)) {
            return Err(ragged());
        }
        let shape = match (planes.len(), rows) {
            (1, 1) => Self::new(&[columns])?,
            (1, _) => Self::new(&[rows, columns])?,
            _ => Self::new(&[planes.len(), rows, columns])?,
        };
        Ok((shape, cells))
    }

    /// The same cells as a shape of `dims` axes: a string asked of a table of arrays is an array of one row.
    #[must_use]
    pub fn lifted(&self, dims: usize) -> Self {
        if dims <= self.dims() || dims > 3 {
            return *self;
        }
        let mut axes = [1u32; 3];
        let pad = dims - self.dims();
        axes[pad..dims].copy_from_slice(&self.axes[..self.dims()]);
        // `dims` is at most 3 here.
        Self { dims: dims as u8, axes }
    }

    /// Writes symbols of this shape as [`Shape::parse_string`] reads them.
    #[must_use]
    pub fn format_string(&self, symbols: &[u8]) -> String {
        let axes: Vec<usize> = self.axes().collect();
        let columns = axes[axes.len() - 1];
        let rows = if axes.len() > 1 { axes[axes.len() - 2] } else { 1 };
        let mut out = String::with_capacity(symbols.len() * 2);
        for (i, row) in symbols.chunks(columns.max(1)).enumerate() {
            if i > 0 {
                out.push('/');
                if axes.len() == 3 && i % rows == 0 {
                    out.push('/');
                }
            }
            out.extend(row.iter().map(|&s| char::from_digit(u32::from(s), 36).unwrap_or('?')));
        }
        out
    }
}

impl Ord for Shape {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.cells(), self.dims, self.axes).cmp(&(other.cells(), other.dims, other.axes))
    }
}

impl PartialOrd for Shape {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: Vec<String> = self.axes().map(|a| a.to_string()).collect();
        f.write_str(&text.join("x"))
    }
}

impl FromStr for Shape {
    type Err = TableError;

    fn from_str(text: &str) -> Result<Self, TableError> {
        let axes: Result<Vec<usize>, _> = text.split('x').map(str::parse).collect();
        axes.map_err(|_| TableError::Shape {
            found: text.to_owned(),
            expected: "numbers joined by 'x', such as 12, 3x4 or 2x2x3".to_owned(),
        })
        .and_then(|axes| Self::new(&axes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        for text in ["12", "3x4", "2x2x3"] {
            assert_eq!(text.parse::<Shape>().unwrap().to_string(), text);
        }
        for text in ["", "0", "3x", "x", "1x2x3x4", "a", "-1"] {
            assert!(text.parse::<Shape>().is_err(), "{text}");
        }
    }

    #[test]
    fn strings_and_back() {
        for text in ["0", "0110", "010/111", "01/10//11/00", "0/1"] {
            let (shape, symbols) = Shape::parse_string(text, 2).unwrap();
            assert_eq!(shape.format_string(&symbols), text);
        }
        for text in ["", "01/1", "012", "/", "01//1", "0/", "é"] {
            assert!(Shape::parse_string(text, 2).is_err(), "{text}");
        }
    }

    #[test]
    fn order_is_cells_then_axes() {
        let mut shapes: Vec<Shape> = ["2x2", "1x3", "4x1", "1x1", "1x4"].iter().map(|s| s.parse().unwrap()).collect();
        shapes.sort();
        let text: Vec<String> = shapes.iter().map(ToString::to_string).collect();
        assert_eq!(text, ["1x1", "1x3", "1x4", "2x2", "4x1"]);
    }

    #[test]
    fn lifting_keeps_cells() {
        let line = Shape::line(5).unwrap();
        assert_eq!(line.lifted(2).to_string(), "1x5");
        assert_eq!(line.lifted(3).to_string(), "1x1x5");
        assert_eq!(line.lifted(1), line);
    }
}
