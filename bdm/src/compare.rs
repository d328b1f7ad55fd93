//! Two objects: what one says of the other.

use std::cmp::Ordering;

use crate::sum::{Sum, log2_count};
use crate::{Bdm, BdmError, BlockCount, BlockCounts, Record};

/// What two objects have in common by their blocks, in bits.
///
/// The conditional value is the coarse conditional BDM of Zenil et al. 2018 (Entropy 20(8):605). With `n_x` and `n_y` the
/// counts of a block in X and in Y:
///
/// ```text
/// BDM(X|Y) = sum over blocks of X that Y lacks of [ K + log2 n_x ]
///          + sum over shared blocks with n_x != n_y of log2 n_x
/// ```
///
/// What Y has needs no description, and its count only where it differs. The rest follows as in information theory:
///
/// - mutual information `I(X;Y) = BDM(X) - BDM(X|Y)`: the K of the shared blocks, and the logarithms of the counts that
///   agree; the same either way round;
/// - joint `BDM(X,Y) = BDM(Y) + BDM(X|Y) = BDM(X) + BDM(Y|X)`;
/// - distance `max(BDM(X|Y), BDM(Y|X))`, the information distance of Bennett, Gács, Li, Vitányi and Zurek 1998; a metric
///   on block counts (below);
/// - normalised distance `max(BDM(X|Y), BDM(Y|X)) / max(BDM(X), BDM(Y))` from 0, equal counts, to 1, no block shared: the
///   normalised information distance of Li, Chen, Li, Ma and Vitányi 2004.
///
/// *The distance is a metric.* Of one block let `c(n,m)` be its term in BDM(X|Y): `K + log2 n` if m = 0, 0 if n = m or
/// n = 0, else `log2 n`. Then `c(n,m) <= c(n,j) + c(j,m)`: for j = 0 since `c(n,0)` is the most that n costs; for j = n and
/// j = m trivially; else since `c(n,j) = log2 n` if m > 0, and `c(j,0) >= K` if m = 0. So the sums and their maximum obey the
/// triangle inequality; and the maximum is 0 only for equal counts, as of two different counts one is not 1. The normalised
/// distance is symmetric, but no such proof is known here.
///
/// Values of small objects say little: two random strings of 12 bits share no block, and the distance is 1. Compare
/// objects of many times more blocks than the table has contents with care too: both hold every block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// BDM(X).
    pub bits_x: f64,
    /// BDM(Y).
    pub bits_y: f64,
    /// BDM(X|Y): what X costs once Y is known.
    pub x_given_y: f64,
    /// BDM(Y|X).
    pub y_given_x: f64,
    /// I(X;Y) = BDM(X) - BDM(X|Y) = BDM(Y) - BDM(Y|X).
    pub mutual: f64,
    /// BDM(X,Y) = BDM(Y) + BDM(X|Y).
    pub joint: f64,
    /// max(BDM(X|Y), BDM(Y|X)).
    pub distance: f64,
    /// The distance over the greater of BDM(X) and BDM(Y); `None` where both are 0.
    pub normalized_distance: Option<f64>,
    /// Different blocks of X, of Y, and of both.
    pub distinct_x: u64,
    /// Different blocks of Y.
    pub distinct_y: u64,
    /// Different blocks that both have.
    pub shared: u64,
    /// Different blocks of either that the table lacks.
    pub missing: u64,
}

impl Bdm {
    /// Compares two records of any sizes. `None` where either has no block that has a price.
    ///
    /// ```
    /// use turmite_bdm::{Bdm, SymbolArray};
    /// use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder};
    ///
    /// // A table of two strings: K(00) = K(11) = 2 bits, K(01) = K(10) = 3 bits.
    /// let mut rows = TableBuilder::new(Provenance::imported("2x2-1d".parse()?, "an example"));
    /// rows.push(RowInput::k(Shape::line(2)?, vec![0, 0], 2.0))?;
    /// rows.push(RowInput::k(Shape::line(2)?, vec![0, 1], 3.0))?;
    /// let bdm = Bdm::builder(Table::from_bytes(rows.build()?)?).block(Shape::line(2)?).build()?;
    ///
    /// let x = SymbolArray::from_digits("00000000" /* 00 four times */, 2)?;
    /// let y = SymbolArray::from_digits("000001", 2)?;
    /// let found = bdm.compare(&x, &y)?.expect("both have blocks");
    /// // X is 2 + 2 bits; known Y, its count alone: 2. Y is (2 + 1) + 3; known X, the count of 00 and all of 01: 1 + 3.
    /// assert_eq!((found.x_given_y, found.y_given_x, found.mutual, found.joint), (2.0, 4.0, 2.0, 8.0));
    /// assert_eq!((found.distance, found.normalized_distance), (4.0, Some(4.0 / 6.0)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Complexity
    /// One pass over each record and one over their distinct blocks.
    ///
    /// # Errors
    /// As [`Bdm::score`].
    pub fn compare<'a, 'b>(
        &self,
        x: impl Into<Record<'a>>,
        y: impl Into<Record<'b>>,
    ) -> Result<Option<Comparison>, BdmError> {
        let (mut in_x, mut in_y) = (BlockCounts::new(self.table().symbols()), BlockCounts::new(self.table().symbols()));
        self.count(&mut in_x, x)?;
        self.count(&mut in_y, y)?;
        self.compare_counts(&in_x, &in_y)
    }

    /// As [`Bdm::compare`], of counts: of parts of larger objects, or of whole sets of records.
    ///
    /// # Errors
    /// As [`Bdm::price`].
    pub fn compare_counts(&self, x: &BlockCounts, y: &BlockCounts) -> Result<Option<Comparison>, BdmError> {
        let (Some(value_x), Some(value_y)) = (self.price(x)?, self.price(y)?) else { return Ok(None) };
        let (mut x_given_y, mut y_given_x, mut mutual) = (Sum::default(), Sum::default(), Sum::default());
        let (mut shared, mut missing) = (0, 0);
        for (block, in_x, in_y) in together(x, y) {
            let price = self.prices.with_shape(block.shape, |prices| prices.price(block.code, &self.prices))?;
            missing += u64::from(price.missing);
            shared += u64::from(in_x > 0 && in_y > 0);
            let Some(k) = price.bits else { continue };
            let (repeats_x, repeats_y) = (log2_count(in_x.max(1)), log2_count(in_y.max(1)));
            match (in_x, in_y) {
                (_, 0) => x_given_y.add(k + repeats_x),
                (0, _) => y_given_x.add(k + repeats_y),
                _ if in_x == in_y => mutual.add(k + repeats_x),
                _ => {
                    mutual.add(k);
                    x_given_y.add(repeats_x);
                    y_given_x.add(repeats_y);
                }
            }
        }
        let (x_given_y, y_given_x) = (x_given_y.total(), y_given_x.total());
        let (distance, most) = (x_given_y.max(y_given_x), value_x.bits.max(value_y.bits));
        Ok(Some(Comparison {
            bits_x: value_x.bits,
            bits_y: value_y.bits,
            x_given_y,
            y_given_x,
            mutual: mutual.total(),
            joint: value_y.bits + x_given_y,
            distance,
            // Two sums of the same terms may differ in the last place.
            normalized_distance: (most > 0.0).then(|| (distance / most).min(1.0)),
            distinct_x: value_x.distinct,
            distinct_y: value_y.distinct,
            shared,
            missing,
        }))
    }
}

/// The blocks of either, with their counts in both, in the order of counts.
fn together<'a>(x: &'a BlockCounts, y: &'a BlockCounts) -> impl Iterator<Item = (BlockCount, u64, u64)> + 'a {
    let (mut left, mut right) = (x.iter().peekable(), y.iter().peekable());
    std::iter::from_fn(move || {
        let order = match (left.peek(), right.peek()) {
            (Some(a), Some(b)) => (a.shape, a.code).cmp(&(b.shape, b.code)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        let a = if order.is_le() { left.next() } else { None };
        let b = if order.is_ge() { right.next() } else { None };
        let count = |block: Option<BlockCount>| block.map_or(0, |block| block.count);
        Some((a.or(b)?, count(a), count(b)))
    })
}
