//! The parts of a space, put together.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::row::{Row, Witness};
use crate::{LeftOut, Method, Provenance, RowInput, Sampling, Shape, Shard, Table, TableBuilder, TableError, Weights};

/// A string of the whole: its count, its squares and the witness that comes first.
type Part = (u128, Option<u128>, Option<(u64, Witness)>);

/// Adds up all shards of a space: the very table, byte for byte once written, that one run would have made. Sampled tables
/// of one seed are added up in the same way, whole or in shards, if their machines follow each other.
///
/// ```
/// # fn example(parts: &[turmite_tables::Table]) -> Result<(), turmite_tables::TableError> {
/// turmite_tables::merge(parts)?.write("whole.ctm".as_ref(), false)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Tables of different spaces, cutoffs, seeds or versions, tables that are no shards or were imported, a shard given twice or
/// missing, machines sampled twice or between others and missing, or a corrupt table. The text names the table.
///
/// # Complexity
/// All rows in memory once.
pub fn merge<T: Borrow<Table>>(parts: &[T]) -> Result<TableBuilder, TableError> {
    let parts: Vec<&Table> = parts.iter().map(Borrow::borrow).collect();
    let Some(first) = parts.first() else {
        return Err(TableError::Input {
            row: "all".to_owned(),
            found: "no table".to_owned(),
            expected: "all shards of a space".to_owned(),
        });
    };
    let mut whole = Provenance { shard: Shard { index: 0, of: 1 }, ..first.provenance().clone() };
    check(&parts, first.provenance().shard.of)?;
    if let Some(sampling) = joined(&parts)? {
        whole.method = Method::Sampled(sampling);
    }
    let (mut weights, mut nodes) = (Weights::default(), 0u64);
    let mut undecided: BTreeMap<Shape, u128> = BTreeMap::new();
    let mut rows: BTreeMap<(Shape, Vec<u8>), Part> = BTreeMap::new();
    let mut left_out: BTreeMap<Shape, u128> = BTreeMap::new();
    for part in &parts {
        let provenance = part.provenance();
        let overflow = || refused(part, "weights that overflow", "weights below 2^128 in all");
        let theirs = provenance.weights.unwrap_or_default();
        let sum = |a: u128, b: u128| a.checked_add(b).ok_or_else(overflow);
        weights = Weights {
            halting: sum(weights.halting, theirs.halting)?,
            non_halting: sum(weights.non_halting, theirs.non_halting)?,
            undecided: sum(weights.undecided, theirs.undecided)?,
        };
        nodes = nodes.saturating_add(provenance.nodes.unwrap_or(0));
        for (shape, weight) in &provenance.undecided_by_shape {
            let held = undecided.entry(*shape).or_default();
            *held = sum(*held, *weight)?;
        }
        for (shape, weight) in part.left_out().iter().flat_map(|l| &l.by_shape) {
            let held = left_out.entry(*shape).or_default();
            *held = sum(*held, *weight)?;
        }
        for row in part.rows() {
            add(&mut rows, row?).ok_or_else(overflow)?;
        }
    }
    whole.weights = Some(weights);
    whole.nodes = Some(nodes);
    whole.undecided_by_shape = undecided.into_iter().collect();
    whole.check_weights()?;
    let mut builder = TableBuilder::new(whole);
    if let Some(LeftOut { within, .. }) = first.left_out() {
        builder = builder.left_out(LeftOut { within: *within, by_shape: left_out.into_iter().collect() });
    }
    for ((shape, symbols), (count, squares, witness)) in rows {
        let mut row = match squares {
            None => RowInput::count(shape, symbols, count),
            Some(squares) => RowInput::sampled(shape, symbols, count, squares),
        };
        if let Some((steps, witness)) = witness {
            row = row.with_witness(steps, witness);
        }
        builder.push(row)?;
    }
    Ok(builder)
}

fn refused(part: &Table, found: impl Into<String>, expected: impl Into<String>) -> TableError {
    TableError::Merge { path: part.path().to_owned(), found: found.into(), expected: expected.into() }
}

/// What all shards of a run have in common.
fn run(part: &Table) -> String {
    let p = part.provenance();
    let cells = part.left_out().map_or_else(|| "all strings".to_owned(), |l| format!("strings within {}", l.within));
    let sample = match part.sampling() {
        None => p.method.name().to_owned(),
        Some(sampling) => format!("sampled with seed {} in units of 1/{}", sampling.seed, sampling.unit),
    };
    format!("space {}, max_steps {}, {cells}, {sample}, version {}", p.space, p.max_steps.unwrap_or(0), p.version)
}

/// Whether these are all shards of one space, each once.
fn check(parts: &[&Table], of: u32) -> Result<(), TableError> {
    let mut seen = vec![false; of as usize];
    for part in parts {
        let p = part.provenance();
        if matches!(p.method, Method::Imported { .. }) {
            return Err(refused(part, format!("method {}", p.method.name()), "shards of a run"));
        }
        if run(part) != run(parts[0]) {
            return Err(refused(part, run(part), format!("{}, as {}", run(parts[0]), parts[0].path().display())));
        }
        if p.shard.of != of {
            return Err(refused(
                part,
                format!("shard {}/{}", p.shard.index, p.shard.of),
                format!("one of {of} shards, as {}", parts[0].path().display()),
            ));
        }
        if of == 1 && part.sampling().is_some() {
            // Whole samples are told apart by their machines.
            seen[0] = true;
            continue;
        }
        // `check_weights` has seen to it that the index is below the number of shards.
        if std::mem::replace(&mut seen[p.shard.index as usize], true) {
            return Err(refused(part, format!("shard {}/{of} a second time", p.shard.index), "each shard once"));
        }
    }
    let missing: Vec<String> =
        seen.iter().enumerate().filter(|(_, s)| !**s).map(|(i, _)| format!("{i}/{of}")).collect();
    let found = format!("{} of {of} shards", parts.len());
    match &missing[..] {
        [] => Ok(()),
        [one] => Err(refused(parts[0], found, format!("also shard {one}"))),
        [some @ .., last] if some.len() < 10 => {
            Err(refused(parts[0], found, format!("also shards {} and {last}", some.join(", "))))
        }
        [some @ .., _] => {
            let expected = format!("also shards {} and {} more", some[..9].join(", "), missing.len() - 9);
            Err(refused(parts[0], found, expected))
        }
    }
}

/// The sample of all parts of a sampled table: their machines must follow each other, in whatever order they are given.
fn joined(parts: &[&Table]) -> Result<Option<Sampling>, TableError> {
    let mut ranges: Vec<(&Table, Sampling)> = parts.iter().filter_map(|p| p.sampling().map(|s| (*p, *s))).collect();
    ranges.sort_by_key(|(_, s)| (s.first, s.samples));
    let mut whole: Option<Sampling> = None;
    for (part, next) in ranges {
        let Some(before) = whole else {
            whole = Some(next);
            continue;
        };
        let found = format!("machines {} to {} of seed {}", next.first, next.end() - 1, next.seed);
        if next.first < before.end() {
            return Err(refused(part, format!("{found}, some a second time"), "each machine once"));
        }
        if next.first > before.end() {
            let missing = format!("also machines {} to {}", before.end(), next.first - 1);
            return Err(refused(part, found, missing));
        }
        whole = Some(before.joined(next).ok_or_else(|| refused(part, found, "at most 2^40 machines in all"))?);
    }
    Ok(whole)
}

/// Adds a row; `None` on overflow.
fn add(rows: &mut BTreeMap<(Shape, Vec<u8>), Part>, row: Row) -> Option<()> {
    let Row { shape, symbols, count, squares, min_steps, witness, .. } = row;
    let witness = min_steps.zip(witness);
    let held = rows.entry((shape, symbols)).or_insert_with(|| (0, squares.map(|_| 0), witness.clone()));
    held.0 = held.0.checked_add(count?)?;
    if let (Some(mine), Some(theirs)) = (&mut held.1, squares) {
        *mine = mine.checked_add(theirs)?;
    }
    // Fewer steps, then the smaller blank, then the text: the order of the packed witness.
    if let (Some(mine), Some(theirs)) = (&held.2, &witness)
        && theirs < mine
    {
        held.2 = witness;
    }
    Some(())
}
