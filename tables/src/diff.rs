//! How far two tables agree: rank correlation, differences of K, strings that only one has.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::rank::{NOISE, Pair, kendall, pearson, ranks};
use crate::row::Row;
use crate::{Shape, StandardError, Table, TableError};

/// What to list, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiffOptions {
    /// The most rows of each list.
    pub top: usize,
    /// What makes two tables differ most on a string.
    pub by: DiffOrder,
}

/// The order of the strings that differ most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiffOrder {
    /// The difference of K in bits.
    #[default]
    K,
    /// The difference of ranks: for tables whose K differ by a constant.
    Rank,
}

/// Two tables compared, over strings: a class of strings counts as many times as it has members.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Over all shapes.
    pub all: Agreement,
    /// Shape by shape, in order; shapes that only one table holds too.
    pub shapes: Vec<ShapeAgreement>,
    /// The strings that both hold and on which they differ most (by more than 1e-9), one a row of the tables.
    pub largest: Vec<Apart>,
    /// The simplest strings that only A has, of shapes that both hold, one a row.
    pub only_a: Vec<Alone>,
    /// The same of B.
    pub only_b: Vec<Alone>,
}

/// How far two tables agree on some strings. What cannot be computed (no string in common, all K equal) is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Agreement {
    /// Strings that both hold.
    pub common: u64,
    /// Strings that only A holds.
    pub only_a: u64,
    /// Strings that only B holds.
    pub only_b: u64,
    /// Spearman's rank correlation: Pearson's of the ranks, ties (K equal to 1e-9 bits) sharing their mean rank.
    pub spearman: Option<f64>,
    /// Kendall's tau-b.
    pub kendall: Option<f64>,
    /// Pearson's correlation of K.
    pub pearson: Option<f64>,
    /// Mean of K in B less K in A, in bits.
    pub mean_difference: Option<f64>,
    /// Mean of its size.
    pub mean_absolute: Option<f64>,
    /// Its greatest size.
    pub greatest: Option<f64>,
    /// Share of the strings whose K differ by at most 0.01 bit.
    #[serde(rename = "within_0.01_bit")]
    pub within_hundredth: Option<f64>,
    /// By at most 0.1 bit.
    #[serde(rename = "within_0.1_bit")]
    pub within_tenth: Option<f64>,
    /// By at most 1 bit.
    #[serde(rename = "within_1_bit")]
    pub within_one: Option<f64>,
    /// Differences in standard errors, where one of the tables was sampled.
    pub scores: Option<Scores>,
}

/// Differences of K (B less A) in standard errors of both tables together, one a class of strings. If nothing but chance
/// makes them, their mean is near 0, their root mean square near 1 and 95 % lie within 2; but classes of one sample share its
/// chance, and a table imported from somebody else's sample does not say its own errors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scores {
    /// Classes with a standard error of at most [`Scores::MOST_ERROR`] bits; of the others too little is known.
    pub classes: u64,
    /// Their mean.
    pub mean: f64,
    /// The root of the mean of their squares.
    pub root_mean_square: f64,
    /// Share of those within 2 standard errors.
    pub within_2: f64,
}

impl Scores {
    /// The largest standard error, in bits, of a difference that is scored: a relative error of about a sixth.
    pub const MOST_ERROR: f64 = 0.25;

    fn of(scores: &[f64]) -> Option<Self> {
        let mean = |of: fn(f64) -> f64| scores.iter().copied().map(of).sum::<f64>() / scores.len() as f64;
        (!scores.is_empty()).then(|| Self {
            classes: scores.len() as u64,
            mean: mean(|z| z),
            root_mean_square: mean(|z| z * z).sqrt(),
            within_2: mean(|z| f64::from(u8::from(z.abs() <= 2.0))),
        })
    }
}

/// The agreement on one shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShapeAgreement {
    /// The shape, e.g. `12` or `3x4`.
    pub shape: String,
    /// On its strings.
    #[serde(flatten)]
    pub agreement: Agreement,
}

/// A string on which two tables differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Apart {
    /// The string: with more than two symbols the canonical one of its class.
    pub string: String,
    /// Its shape.
    pub shape: String,
    /// K in A, in bits.
    pub k_a: f64,
    /// K in B.
    pub k_b: f64,
    /// K in B less K in A.
    pub difference: f64,
    /// Its rank in A among all strings in common, from 1, the simplest first.
    pub rank_a: f64,
    /// Its rank in B.
    pub rank_b: f64,
    /// How many strings it stands for: 1, or with more than two symbols its class.
    pub strings: u64,
}

/// A string that only one table has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alone {
    /// The string: with more than two symbols the canonical one of its class.
    pub string: String,
    /// Its shape.
    pub shape: String,
    /// Its K there, in bits.
    pub k: f64,
    /// How many strings it stands for.
    pub strings: u64,
}

/// Compares two tables of the same alphabet and dimensions, string by string.
///
/// Time O(n log n) and some 150 bytes of memory for each of the n rows in common. The tables may come from spaces with different numbers of
/// states; their K are compared as they are.
///
/// ```
/// use turmite_tables::{DiffOptions, DiffOrder, Table, diff};
///
/// let table = Table::embedded("5x2-1d")?;
/// let same = diff(&table, &table, &DiffOptions { top: 3, by: DiffOrder::K })?;
/// assert_eq!(same.all.common, 99_608);
/// assert_eq!((same.all.spearman, same.all.greatest), (Some(1.0), Some(0.0)));
/// # Ok::<(), turmite_tables::TableError>(())
/// ```
///
/// # Errors
/// Tables of different alphabets or dimensions, a shard ([`Table::check_whole`]) compared with anything but the same shard, or a
/// corrupt page.
pub fn diff(a: &Table, b: &Table, options: &DiffOptions) -> Result<Difference, TableError> {
    if (a.symbols(), a.space().dims()) != (b.symbols(), b.space().dims()) {
        return Err(TableError::Compare {
            path: b.path().to_owned(),
            found: format!("{} symbols and {} dimensions ({})", b.symbols(), b.space().dims(), b.space()),
            expected: format!("{} and {}, as {} has", a.symbols(), a.space().dims(), a.path().display()),
        });
    }
    // The same part of the same space may be compared with itself, for another cutoff.
    if (a.space(), a.provenance().shard) != (b.space(), b.provenance().shard) {
        for table in [a, b] {
            table.check_whole()?;
        }
    }
    Join::of(a, b)?.compare(a, b, options)
}

/// A row that both tables hold.
#[derive(Clone, Copy)]
struct Common {
    pair: Pair,
    /// The standard error of the difference; `None` where neither table has one, and for the second of two complements.
    error: Option<f64>,
    /// Its place in A.
    row: u64,
}

/// A row that one table holds: its K and its place there.
type Lone = (f64, u64);

/// The rows of two tables, joined.
#[derive(Default)]
struct Join {
    /// By shape, in order of rows.
    common: BTreeMap<Shape, Vec<Common>>,
    only_a: Vec<Lone>,
    only_b: Vec<Lone>,
    /// Strings of each shape that only one table holds.
    alone: BTreeMap<Shape, (u64, u64)>,
}

impl Join {
    /// Both tables have their rows in the same order, so that one pass over each is enough.
    fn of(a: &Table, b: &Table) -> Result<Self, TableError> {
        let mut join = Self::default();
        let (mut of_a, mut of_b) = (a.rows().zip(0u64..), b.rows().zip(0u64..));
        let (mut next_a, mut next_b) = (read(&mut of_a)?, read(&mut of_b)?);
        loop {
            let order = match (&next_a, &next_b) {
                (None, None) => return Ok(join),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((x, _)), Some((y, _))) => (x.shape, &x.symbols).cmp(&(y.shape, &y.symbols)),
            };
            match (order, &next_a, &next_b) {
                (Ordering::Less, Some((row, at)), _) => {
                    join.alone.entry(row.shape).or_default().0 += row.strings(a.symbols());
                    if b.has_shape(&row.shape) {
                        join.only_a.push((row.k, *at));
                    }
                }
                (Ordering::Greater, _, Some((row, at))) => {
                    join.alone.entry(row.shape).or_default().1 += row.strings(b.symbols());
                    if a.has_shape(&row.shape) {
                        join.only_b.push((row.k, *at));
                    }
                }
                (_, Some((x, at)), Some((y, _))) => {
                    let pair = Pair { a: x.k, b: y.k, weight: x.strings(a.symbols()) };
                    let first = a.symbols() > 2 || x.symbols.first() == Some(&0);
                    let error = error(a.standard_error(x), b.standard_error(y)).filter(|_| first);
                    join.common.entry(x.shape).or_default().push(Common { pair, error, row: *at });
                }
                // The order is that of the rows that there are.
                _ => return Ok(join),
            }
            if order != Ordering::Greater {
                next_a = read(&mut of_a)?;
            }
            if order != Ordering::Less {
                next_b = read(&mut of_b)?;
            }
        }
    }

    fn compare(self, a: &Table, b: &Table, options: &DiffOptions) -> Result<Difference, TableError> {
        let mut shapes: BTreeMap<Shape, Agreement> = BTreeMap::new();
        let mut all = Vec::new();
        for (shape, rows) in self.common {
            let pairs: Vec<Pair> = rows.iter().map(|r| r.pair).collect();
            shapes.insert(shape, Agreement::on(&pairs, &ranks(&pairs), &rows));
            all.extend(rows);
        }
        for (shape, (only_a, only_b)) in self.alone {
            let agreement = shapes.entry(shape).or_default();
            (agreement.only_a, agreement.only_b) = (only_a, only_b);
        }
        let pairs: Vec<Pair> = all.iter().map(|r| r.pair).collect();
        let ranks = ranks(&pairs);
        let mut whole = Agreement::on(&pairs, &ranks, &all);
        whole.only_a = shapes.values().map(|s| s.only_a).sum();
        whole.only_b = shapes.values().map(|s| s.only_b).sum();
        Ok(Difference {
            all: whole,
            shapes: shapes
                .into_iter()
                .map(|(shape, agreement)| ShapeAgreement { shape: shape.to_string(), agreement })
                .collect(),
            largest: largest(a, &all, &ranks, options)?,
            only_a: simplest(a, self.only_a, options.top)?,
            only_b: simplest(b, self.only_b, options.top)?,
        })
    }
}

fn read(rows: &mut impl Iterator<Item = (Result<Row, TableError>, u64)>) -> Result<Option<(Row, u64)>, TableError> {
    rows.next().map(|(row, at)| Ok((row?, at))).transpose()
}

/// The standard error of the difference of two independent values.
fn error(a: Option<StandardError>, b: Option<StandardError>) -> Option<f64> {
    match (a, b) {
        (None, None) => None,
        (a, b) => Some(a.map_or(0.0, |e| e.bits).hypot(b.map_or(0.0, |e| e.bits))),
    }
}

/// The rows that differ most, those of equal difference in order of rows.
fn largest(a: &Table, all: &[Common], ranks: &[Pair], options: &DiffOptions) -> Result<Vec<Apart>, TableError> {
    let mut order: Vec<(f64, usize)> = (0..all.len())
        .map(|i| {
            let pair = match options.by {
                DiffOrder::K => all[i].pair,
                DiffOrder::Rank => ranks[i],
            };
            ((pair.b - pair.a).abs(), i)
        })
        .filter(|(apart, _)| *apart > NOISE)
        .collect();
    order.sort_unstable_by(|x, y| y.0.total_cmp(&x.0).then(x.1.cmp(&y.1)));
    order.truncate(options.top);
    let apart = |(_, i): (f64, usize)| {
        let (pair, row) = (all[i].pair, a.row(all[i].row)?);
        Ok(Apart {
            string: row.shape.format_string(&row.symbols),
            shape: row.shape.to_string(),
            k_a: pair.a,
            k_b: pair.b,
            difference: pair.b - pair.a,
            rank_a: ranks[i].a,
            rank_b: ranks[i].b,
            strings: pair.weight,
        })
    };
    order.into_iter().map(apart).collect()
}

fn simplest(table: &Table, mut rows: Vec<Lone>, top: usize) -> Result<Vec<Alone>, TableError> {
    rows.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    rows.truncate(top);
    let alone = |(k, at): Lone| {
        let row = table.row(at)?;
        Ok(Alone {
            string: row.shape.format_string(&row.symbols),
            shape: row.shape.to_string(),
            k,
            strings: row.strings(table.symbols()),
        })
    };
    rows.into_iter().map(alone).collect()
}

impl Agreement {
    fn on(pairs: &[Pair], ranks: &[Pair], rows: &[Common]) -> Self {
        let common: u64 = pairs.iter().map(|p| p.weight).sum();
        if common == 0 {
            return Self::default();
        }
        let mean = |of: &dyn Fn(&Pair) -> f64| {
            Some(pairs.iter().map(|p| p.weight as f64 * of(p)).sum::<f64>() / common as f64)
        };
        let score = |row: &Common| {
            let error = row.error.filter(|e| *e > 0.0 && *e <= Scores::MOST_ERROR)?;
            Some((row.pair.b - row.pair.a) / error)
        };
        let scores: Vec<f64> = rows.iter().filter_map(score).collect();
        let within = |bits: f64| mean(&move |p| f64::from(u8::from((p.b - p.a).abs() <= bits)));
        Self {
            common,
            only_a: 0,
            only_b: 0,
            spearman: pearson(ranks.iter().copied()),
            kendall: kendall(pairs),
            pearson: pearson(pairs.iter().copied()),
            mean_difference: mean(&|p| p.b - p.a),
            mean_absolute: mean(&|p| (p.b - p.a).abs()),
            greatest: pairs.iter().map(|p| (p.b - p.a).abs()).max_by(f64::total_cmp),
            within_hundredth: within(0.01),
            within_tenth: within(0.1),
            within_one: within(1.0),
            scores: Scores::of(&scores),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Provenance, RowInput, TableBuilder};

    fn table(space: &str, rows: &[(&str, f64)]) -> Table {
        let space: crate::Space = space.parse().unwrap();
        let mut builder = TableBuilder::new(Provenance::imported(space, "a test"));
        for (string, k) in rows {
            let (shape, symbols) = Shape::parse_string(string, space.symbols()).unwrap();
            builder.push(RowInput::k(shape.lifted(usize::from(space.dims())), symbols, *k)).unwrap();
        }
        Table::from_bytes(builder.build().unwrap()).unwrap()
    }

    fn by(by: DiffOrder) -> DiffOptions {
        DiffOptions { top: 10, by }
    }

    #[test]
    fn small_tables_by_hand() {
        // Each row stands for its complement as well.
        let a = table("5x2-1d", &[("0", 2.0), ("00", 4.0), ("01", 5.0), ("000", 7.0)]);
        let b = table("4x2-1d", &[("0", 2.5), ("00", 4.0), ("01", 3.0), ("0000", 9.0), ("00000", 9.0)]);
        let found = diff(&a, &b, &by(DiffOrder::K)).unwrap();
        assert_eq!((found.all.common, found.all.only_a, found.all.only_b), (6, 2, 4));
        assert_eq!((found.all.mean_difference, found.all.greatest), (Some(-0.5), Some(2.0)));
        assert_eq!((found.all.within_hundredth, found.all.within_one), (Some(1.0 / 3.0), Some(2.0 / 3.0)));
        // Ranks 1.5 3.5 5.5 against 1.5 5.5 3.5, two strings each.
        assert_eq!(found.all.spearman, Some(0.5));
        let shapes: Vec<(&str, u64)> = found.shapes.iter().map(|s| (s.shape.as_str(), s.agreement.common)).collect();
        assert_eq!(shapes, [("1", 2), ("2", 4), ("3", 0), ("4", 0), ("5", 0)]);
        assert_eq!(found.shapes[1].agreement.kendall, Some(-1.0));
        assert_eq!(found.shapes[0].agreement.spearman, None);
        let largest: Vec<(&str, f64)> = found.largest.iter().map(|l| (l.string.as_str(), l.difference)).collect();
        assert_eq!(largest, [("01", -2.0), ("10", -2.0), ("0", 0.5), ("1", 0.5)]);
        // No shape of what only one has is held by both.
        assert_eq!((found.only_a.len(), found.only_b.len()), (0, 0));
        let ranked = diff(&a, &b, &by(DiffOrder::Rank)).unwrap();
        let strings: Vec<&str> = ranked.largest.iter().map(|l| l.string.as_str()).collect();
        assert_eq!(strings, ["00", "01", "10", "11"]);
    }

    /// A class of three symbols weighs by its members, and a list names it once.
    #[test]
    fn classes_weigh_by_size() {
        let a = table("2x3-1d", &[("0", 1.0), ("00", 3.0), ("01", 4.0), ("012", 6.0), ("001", 5.0)]);
        let b = table("2x3-1d", &[("0", 1.0), ("00", 4.0), ("01", 4.0), ("012", 6.0), ("010", 6.0)]);
        let found = diff(&a, &b, &by(DiffOrder::K)).unwrap();
        assert_eq!((found.all.common, found.all.only_a, found.all.only_b), (3 + 3 + 6 + 6, 6, 6));
        assert_eq!(found.all.mean_difference, Some(3.0 / 18.0));
        assert_eq!(found.largest.iter().map(|l| l.strings).collect::<Vec<_>>(), [3]);
        assert_eq!(found.only_a.iter().map(|l| (l.string.as_str(), l.strings)).collect::<Vec<_>>(), [("001", 6)]);
        assert_eq!(found.only_b[0].string, "010");
    }

    #[test]
    fn scores_by_hand() {
        let scores = Scores::of(&[1.0, -1.0, 3.0, 1.0]).unwrap();
        assert_eq!((scores.classes, scores.mean, scores.within_2), (4, 1.0, 0.75));
        assert!((scores.root_mean_square - 3f64.sqrt()).abs() < 1e-12);
        assert_eq!(Scores::of(&[]), None);
        let of = |bits| Some(StandardError { count: 1.0, bits });
        assert_eq!((error(of(3.0), of(4.0)), error(None, of(4.0)), error(None, None)), (Some(5.0), Some(4.0), None));
    }

    #[test]
    fn other_alphabets_and_dimensions_are_refused() {
        let a = table("5x2-1d", &[("0", 2.0)]);
        for (space, row) in [("2x3-1d", "0"), ("5x2-2d", "0/0")] {
            let other = table(space, &[(row, 1.0)]);
            let error = diff(&a, &other, &by(DiffOrder::K)).unwrap_err().to_string();
            assert!(error.contains(space) && error.contains("2 and 1"), "{error}");
        }
    }

    #[test]
    fn nothing_in_common_has_no_correlation() {
        let found = diff(&table("5x2-1d", &[("0", 2.0)]), &table("5x2-1d", &[("00", 2.0)]), &by(DiffOrder::K)).unwrap();
        assert_eq!(found.all, Agreement { only_a: 2, only_b: 2, ..Agreement::default() });
    }
}
