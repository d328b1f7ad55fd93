//! What must hold of BDM for any record.

use std::sync::OnceLock;

use crate::golden::{published_squares, published_strings};
use proptest::prelude::*;
use turmite_bdm::{Bdm, BdmError, BlockCounts, Missing, Normalized, PackedBits, Partition, SymbolArray};
use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder};

fn binary_line() -> impl Strategy<Value = Vec<u8>> {
    // Few zeros among ones as well as fair bits, so that blocks repeat.
    (0usize..200, prop_oneof![Just(0.5), Just(0.05)])
        .prop_flat_map(|(length, p)| prop::collection::vec(prop::bool::weighted(p).prop_map(u8::from), length))
}

fn any_partition() -> impl Strategy<Value = Partition> {
    prop_oneof![
        Just(Partition::Ignore),
        (1usize..4).prop_map(|min_length| Partition::Recursive { min_length }),
        (1usize..13).prop_map(|shift| Partition::Correlated { shift }),
        Just(Partition::Periodic { shift: None }),
    ]
}

fn bits(bdm: &Bdm, cells: &[u8]) -> Option<f64> {
    bdm.score(&SymbolArray::line(2, cells.to_vec()).unwrap()).unwrap().map(|value| value.bits)
}

/// Scorers of squares, made once: each reads 65,536 prices.
fn squares() -> &'static [Bdm; 3] {
    static SCORERS: OnceLock<[Bdm; 3]> = OnceLock::new();
    let partitions = [Partition::Ignore, Partition::Correlated { shift: 1 }, Partition::Periodic { shift: Some(1) }];
    SCORERS.get_or_init(|| partitions.map(|cut| Bdm::builder(published_squares()).partition(cut).build().unwrap()))
}

proptest! {
    // Sums are exact, so that what must be equal is equal to the last bit.

    #[test]
    fn complement_costs_the_same(cells in binary_line(), partition in any_partition()) {
        let bdm = Bdm::builder(published_strings()).partition(partition).build().unwrap();
        let complement: Vec<u8> = cells.iter().map(|&cell| 1 - cell).collect();
        prop_assert_eq!(bits(&bdm, &cells), bits(&bdm, &complement));
    }

    #[test]
    fn reversal_costs_the_same_where_the_cut_is_symmetric(cells in binary_line(), divides in any::<bool>()) {
        let (partition, length) = match divides {
            true => (Partition::Ignore, cells.len() / 12 * 12),
            false => (Partition::Correlated { shift: 1 }, cells.len()),
        };
        let bdm = Bdm::builder(published_strings()).partition(partition).build().unwrap();
        let reversed: Vec<u8> = cells[..length].iter().rev().copied().collect();
        prop_assert_eq!(bits(&bdm, &cells[..length]), bits(&bdm, &reversed));
    }

    #[test]
    fn squares_cost_the_same_however_they_lie(
        (rows, columns, cells) in (0usize..24, 0usize..24)
            .prop_flat_map(|(r, c)| (Just(r), Just(c), prop::collection::vec(0u8..2, r * c))),
        scorer in 0usize..3,
    ) {
        let bdm = &squares()[scorer];
        // Blocks side by side lie symmetrically where they divide the sides.
        let ignore = bdm.partition() == Partition::Ignore;
        let (rows, columns) = if ignore { (rows / 4 * 4, columns / 4 * 4) } else { (rows, columns) };
        let score = |rows: usize, columns: usize, cell: &dyn Fn(usize, usize) -> u8| {
            let cells = (0..rows * columns).map(|at| cell(at / columns, at % columns)).collect();
            bdm.score(&SymbolArray::new(&[rows, columns], 2, cells).unwrap()).unwrap().map(|value| value.bits)
        };
        let cell = |i: usize, j: usize| cells[i * columns + j];
        let plain = score(rows, columns, &cell);
        prop_assert_eq!(plain, score(columns, rows, &|i, j| cell(j, i)), "transposed");
        prop_assert_eq!(plain, score(rows, columns, &|i, j| cell(rows - 1 - i, j)), "upside down");
        prop_assert_eq!(plain, score(rows, columns, &|i, j| cell(i, columns - 1 - j)), "mirrored");
        prop_assert_eq!(plain, score(rows, columns, &|i, j| 1 - cell(i, j)), "complement");
    }

    #[test]
    fn squares_cost_no_less_than_the_dearest(cells in prop::collection::vec(0u8..2, 8 * 12), copies in 1usize..5) {
        let (table, bdm) = (published_squares(), &squares()[0]);
        let square: Shape = "4x4".parse().unwrap();
        let score = |rows: usize, cells: Vec<u8>| {
            bdm.score(&SymbolArray::new(&[rows, 12], 2, cells).unwrap()).unwrap().unwrap().bits
        };
        let block = |i: usize, j: usize| -> Vec<u8> {
            (0..16).map(|at| cells[(i * 4 + at / 4) * 12 + j * 4 + at % 4]).collect()
        };
        let dearest = (0..6).map(|at| table.k(&square, &block(at / 3, at % 3)).unwrap().unwrap()).fold(0.0, f64::max);
        let once = score(8, cells.clone());
        prop_assert!(once >= dearest);
        // The same rows once more double each count: one bit for each different block, and so on.
        let distinct = (0..6).map(|at| block(at / 3, at % 3)).collect::<std::collections::BTreeSet<_>>().len();
        let more = score(8 * copies, cells.repeat(copies));
        prop_assert!((more - once - distinct as f64 * (copies as f64).log2()).abs() < 1e-9);
    }

    #[test]
    fn no_less_than_the_dearest_block(cells in binary_line()) {
        let table = published_strings();
        let bdm = Bdm::builder(table.clone()).build().unwrap();
        let block = Shape::line(12).unwrap();
        let dearest = cells.chunks_exact(12).map(|b| table.k(&block, b).unwrap().unwrap()).fold(0.0, f64::max);
        prop_assert!(bits(&bdm, &cells).unwrap_or(0.0) >= dearest);
    }

    #[test]
    fn one_more_copy_costs_its_share_of_a_bit(cells in prop::collection::vec(0u8..2, 12..=48)) {
        let bdm = Bdm::builder(published_strings()).build().unwrap();
        let block = cells[..12].to_vec();
        let head = &cells[..cells.len() / 12 * 12];
        let copies = head.chunks_exact(12).filter(|&other| other == block).count() as f64;
        let more = [head, &block].concat();
        let growth = bits(&bdm, &more).unwrap() - bits(&bdm, head).unwrap();
        prop_assert!((growth - ((copies + 1.0) / copies).log2()).abs() < 1e-9);
    }

    #[test]
    fn normalised_values_lie_between_0_and_1(cells in binary_line(), partition in any_partition()) {
        let bdm = Bdm::builder(published_strings()).partition(partition).build().unwrap();
        let array = SymbolArray::line(2, cells).unwrap();
        if let Some(value) = bdm.score(&array).unwrap()
            && let Some(normalized) = bdm.normalized(&value, array.axes()).unwrap()
        {
            prop_assert!((-1e-9..=1.0 + 1e-9).contains(&normalized.place), "{normalized:?}");
        }
    }

    #[test]
    fn parts_price_as_the_whole(cells in binary_line(), cut in 0usize..20) {
        let bdm = Bdm::builder(published_strings()).build().unwrap();
        let cut = (cut * 12).min(cells.len() / 12 * 12);
        let line = |cells: &[u8]| SymbolArray::line(2, cells.to_vec()).unwrap();
        let (mut left, mut right) = (BlockCounts::new(2), BlockCounts::new(2));
        bdm.count(&mut right, &line(&cells[cut..])).unwrap();
        bdm.count(&mut left, &line(&cells[..cut])).unwrap();
        left.merge(&right).unwrap();
        // Equal to the last bit, not nearly.
        prop_assert_eq!(bdm.price(&left).unwrap().map(|v| v.bits), bits(&bdm, &cells));
    }

    #[test]
    fn recursive_ranges_are_exact_for_short_lines(length in 1usize..10, min_length in 1usize..4, block in 2usize..5) {
        let block = Shape::line(block).unwrap();
        let bdm = Bdm::builder(published_strings()).block(block).partition(Partition::Recursive { min_length });
        let bdm = bdm.build().unwrap();
        let all: Vec<f64> = (0u32..1 << length)
            .filter_map(|code| bits(&bdm, &(0..length).map(|at| (code >> at & 1) as u8).collect::<Vec<_>>()))
            .collect();
        match bdm.range(&[length]).unwrap() {
            None => prop_assert!(all.is_empty()),
            Some(range) => {
                prop_assert!((all.iter().copied().fold(f64::INFINITY, f64::min) - range.least).abs() < 1e-9);
                prop_assert!((all.iter().copied().fold(0.0, f64::max) - range.greatest).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn overlapping_windows_lie_within_their_bounds(
        length in 1usize..10,
        shift in 1usize..4,
        wrap in any::<bool>(),
        block in 1usize..5,
    ) {
        let partition = if wrap { Partition::Periodic { shift: Some(shift) } } else { Partition::Correlated { shift } };
        let block = Shape::line(block).unwrap();
        let bdm = Bdm::builder(published_strings()).block(block).partition(partition).build().unwrap();
        let (mut values, mut entropies) = (Vec::new(), Vec::new());
        for code in 0u32..1 << length {
            let cells = (0..length).map(|at| (code >> at & 1) as u8).collect();
            let mut counts = BlockCounts::new(2);
            let value = bdm.score_with(&mut counts, &SymbolArray::line(2, cells).unwrap()).unwrap();
            values.extend(value.map(|value| value.bits));
            entropies.extend(turmite_bdm::block_entropy(&counts));
        }
        let (range, entropy) = (bdm.range(&[length]).unwrap(), bdm.entropy_range(&[length]).unwrap());
        prop_assert_eq!(range.is_none(), values.is_empty());
        for (range, values) in [(range, values), (entropy, entropies)] {
            let Some(range) = range else { continue };
            let (least, greatest) = (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max));
            // The constant records have the least value, bound or not.
            prop_assert!((least - range.least).abs() < 1e-9);
            prop_assert!(greatest <= range.greatest + 1e-9);
            prop_assert!(!range.exact || greatest > range.greatest - 1e-9);
        }
    }
}

#[test]
fn recursive_squares_normalise_too() {
    let bdm = Bdm::builder(published_squares()).partition(Partition::Recursive { min_length: 1 }).build().unwrap();
    // PyBDM stops with StopIteration here.
    let array = SymbolArray::new(&[10, 10], 2, vec![1; 100]).unwrap();
    let value = bdm.score(&array).unwrap().unwrap();
    assert_eq!(bdm.normalized(&value, array.axes()).unwrap(), Some(Normalized { place: 0.0, exact: true }));
    assert!(bdm.range(&[0, 7]).unwrap().is_none());
}

#[test]
fn shifts_of_a_block_or_more_leave_blocks_free() {
    let exact = |partition, length: usize| {
        let bdm = Bdm::builder(published_strings()).partition(partition).build().unwrap();
        let (range, entropy) = (bdm.range(&[length]).unwrap(), bdm.entropy_range(&[length]).unwrap());
        assert_eq!(range.map(|r| r.exact), entropy.map(|r| r.exact));
        range.map(|range| range.exact)
    };
    assert_eq!(exact(Partition::Correlated { shift: 12 }, 24), Some(true));
    assert_eq!(exact(Partition::Correlated { shift: 11 }, 24), Some(false));
    assert_eq!(exact(Partition::Correlated { shift: 1 }, 12), Some(true));
    assert_eq!(exact(Partition::Correlated { shift: 1 }, 11), None);
    assert_eq!(exact(Partition::Periodic { shift: None }, 36), Some(true));
    assert_eq!(exact(Partition::Periodic { shift: None }, 35), Some(false));
    assert_eq!(exact(Partition::Periodic { shift: Some(13) }, 26), Some(true));
}

/// A table with counts, of strings of one and two symbols, that lacks the class of 01.
fn counted_table() -> Table {
    let mut provenance = Provenance::imported("2x2-1d".parse().unwrap(), "made up");
    provenance.method = turmite_tables::Method::Exact;
    let weights = turmite_tables::Weights { halting: 8, non_halting: 20_000 - 8, undecided: 0 };
    provenance.weights = Some(weights);
    let mut rows = TableBuilder::new(provenance);
    rows.push(RowInput::count(Shape::line(1).unwrap(), vec![0], 3)).unwrap();
    rows.push(RowInput::count(Shape::line(2).unwrap(), vec![0, 0], 1)).unwrap();
    Table::from_bytes(rows.build().unwrap()).unwrap()
}

#[test]
fn policies_for_missing_blocks() {
    let array = SymbolArray::from_digits("00010100", 2).unwrap();
    let score = |missing| {
        let builder = Bdm::builder(counted_table()).block(Shape::line(2).unwrap()).missing(missing);
        builder.build().unwrap().score(&array)
    };
    // Total 8, so K(00) = 3; 00 twice: 3 + 1. The missing 01 twice: its price + 1.
    for (missing, price) in [(Missing::Bound, 3.0), (Missing::MaxPlusOne, 4.0)] {
        let value = score(missing).unwrap().unwrap();
        assert_eq!((value.bits, value.missing, value.distinct), (4.0 + price + 1.0, 2, 2));
        assert_eq!(value.high, None);
    }
    let value = score(Missing::Skip).unwrap().unwrap();
    assert_eq!((value.bits, value.missing, value.blocks), (4.0, 2, 4));
    let text = score(Missing::Fail).unwrap_err().to_string();
    assert!(text.starts_with("table 2x2-1d lacks the block 01 of shape 2; choose --missing"), "{text}");

    let only_missing = SymbolArray::from_digits("0101", 2).unwrap();
    let skipping = Bdm::builder(counted_table()).block(Shape::line(2).unwrap()).missing(Missing::Skip);
    assert_eq!(skipping.build().unwrap().score(&only_missing).unwrap(), None);
}

#[test]
fn intervals_hold_the_value() {
    let bdm = Bdm::builder(counted_table()).block(Shape::line(2).unwrap()).build().unwrap();
    let array = SymbolArray::from_digits("0000", 2).unwrap();
    let value = bdm.score(&array).unwrap().unwrap();
    assert_eq!((value.low, value.bits, value.high), (Some(4.0), 4.0, Some(4.0)));
    // Imported values have no interval.
    let bdm = Bdm::builder(published_strings()).build().unwrap();
    let value = bdm.score(&SymbolArray::from_digits("000000000000", 2).unwrap()).unwrap().unwrap();
    assert_eq!((value.low, value.high), (None, None));
}

#[test]
fn short_records() {
    let short = SymbolArray::from_digits("0101", 2).unwrap();
    for (name, expected) in
        [("ignore", None), ("correlated", None), ("periodic", None), ("recursive", Some(8.258704003348441))]
    {
        let bdm = Bdm::builder(published_strings()).partition(name.parse().unwrap()).build().unwrap();
        assert_eq!(bdm.score(&short).unwrap().map(|value| value.bits), expected, "{name}");
    }
}

#[test]
fn unknown_shapes_name_what_the_table_holds() {
    let error = Bdm::builder(published_squares()).block("5x5".parse().unwrap()).build().unwrap_err();
    assert!(matches!(error, BdmError::ShapeNotHeld { .. }));
    assert!(error.to_string().contains("it holds 1x1, 2x2, 3x3, 4x4: choose one"), "{error}");
    assert!(Bdm::builder(published_strings()).block(Shape::line(13).unwrap()).build().is_err());
    // Where none is named, a table without the usual block is asked for the largest of which it holds half: here 00 and 11.
    assert_eq!(Bdm::builder(counted_table()).build().unwrap().block(), Shape::line(2).unwrap());
}

#[test]
fn equal_results_in_every_thread() {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    // More windows than one thread takes.
    let bytes: Vec<u8> = (0..400_000).map(|_| next()).collect();
    let line = PackedBits::from_bytes(&bytes);
    for partition in ["ignore", "recursive", "correlated", "periodic"] {
        let bdm = Bdm::builder(published_strings()).partition(partition.parse().unwrap()).build().unwrap();
        let score = |threads: usize, warm_up: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                // What was scored before must not show either.
                let _ = bdm.score(&PackedBits::from_bytes(&bytes[warm_up..warm_up * 2])).unwrap();
                bdm.score(&line).unwrap().unwrap().bits.to_bits()
            })
        };
        let alone = score(1, 0);
        assert_eq!((score(2, 10), score(8, 3000)), (alone, alone), "{partition}");
        let mut stream = bdm.stream().unwrap();
        bytes.chunks(77_777).for_each(|piece| stream.push_bytes(piece).unwrap());
        assert_eq!(stream.finish().unwrap().unwrap().bits.to_bits(), alone, "{partition} in pieces");
    }
}
