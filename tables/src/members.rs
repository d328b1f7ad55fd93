//! The strings that rows stand for, in order, one at a time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::TableError;
use crate::row::{Member, Row};

/// The members of the classes of some rows, merged into the order of strings.
///
/// A class is walked by its *images*: the symbols that its canonical symbols 0, 1, ... stand for. Strings of one class
/// are in the order of their images, for two of them first differ where a symbol is first used.
pub(crate) struct Members {
    rows: Vec<Row>,
    symbols: u8,
    /// The next string of each row, the image that makes it, and the row.
    next: BinaryHeap<Reverse<Next>>,
}

type Next = (Vec<u8>, Vec<u8>, usize);

impl Members {
    pub(crate) fn new(rows: Vec<Row>, symbols: u8) -> Self {
        let first = |(at, row): (usize, &Row)| {
            let image: Vec<u8> = if symbols == 2 { vec![0, 1] } else { (0..distinct(row)).collect() };
            Reverse((row.symbols.clone(), image, at))
        };
        let next = rows.iter().enumerate().map(first).collect();
        Self { rows, symbols, next }
    }
}

fn distinct(row: &Row) -> u8 {
    row.symbols.iter().max().map_or(0, |m| m + 1)
}

/// The next choice of different symbols below `symbols` after `image`, in order.
pub(crate) fn successor(image: &[u8], symbols: u8) -> Option<Vec<u8>> {
    for at in (0..image.len()).rev() {
        let free = |s: &u8| !image[..at].contains(s);
        let Some(larger) = (image[at] + 1..symbols).find(free) else { continue };
        let mut next = image[..at].to_vec();
        next.push(larger);
        while next.len() < image.len() {
            let least = (0..symbols).find(|s| !next.contains(s))?;
            next.push(least);
        }
        return Some(next);
    }
    None
}

impl Iterator for Members {
    type Item = Result<Member, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((string, image, at)) = self.next.pop()?;
        let row = &self.rows[at];
        // Two symbols have a row for every string.
        if self.symbols > 2
            && let Some(next) = successor(&image, self.symbols)
        {
            let string = row.symbols.iter().map(|c| next[usize::from(*c)]).collect();
            self.next.push(Reverse((string, next, at)));
        }
        Some(Ok(Member { symbols: string, original: image, row: row.clone() }))
    }
}

/// The strings of one shape, or what kept them from being read.
pub(crate) enum Either {
    Members(Members),
    Error(std::iter::Once<TableError>),
}

impl Iterator for Either {
    type Item = Result<Member, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Members(members) => members.next(),
            Self::Error(error) => error.next().map(Err),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_come_in_order_and_all() {
        let mut image = vec![0, 1];
        let mut all = vec![image.clone()];
        while let Some(next) = successor(&image, 4) {
            image = next;
            all.push(image.clone());
        }
        assert_eq!(all.len(), 12);
        assert!(all.is_sorted());
        assert!(all.iter().all(|i| i[0] != i[1]));
    }
}
