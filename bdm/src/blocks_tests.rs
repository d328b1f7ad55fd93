use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::code::encode;
use crate::{AxisCut, PackedBits};

/// Counting without codes, words or grids: every window is copied out cell by cell and compared as a vector.
fn naive(array: &SymbolArray, block: &Shape, partition: Partition) -> BTreeMap<(Shape, Vec<u8>), u64> {
    let (axes, dims, extent) = (lift(array.axes()), block.dims(), lift_shape(block));
    let mut counts = BTreeMap::new();
    let mut visit = |window: Window| {
        let mut cells = Vec::new();
        for i in 0..window.extent[0] {
            for j in 0..window.extent[1] {
                for k in 0..window.extent[2] {
                    let place = |a: usize, step: usize| (window.origin[a] + step) % axes[a];
                    cells.push(array.cells()[(place(0, i) * axes[1] + place(1, j)) * axes[2] + place(2, k)]);
                }
            }
        }
        let shape = Shape::new(&window.extent[3 - dims..]).unwrap();
        *counts.entry((shape, cells)).or_insert(0) += 1;
    };
    if let Partition::Recursive { .. } = partition {
        partition.windows(axes, dims, extent, &mut visit);
        return counts;
    }
    // Every cell is tried as an origin, by the definition of each rule.
    let cuts = partition.cuts(dims);
    let is_start = |a: usize, at: usize| match cuts[a] {
        AxisCut::Ignore => at.is_multiple_of(extent[a]) && at + extent[a] <= axes[a],
        AxisCut::Correlated { shift } => at.is_multiple_of(shift) && at + extent[a] <= axes[a],
        AxisCut::Periodic { shift } => at.is_multiple_of(shift.unwrap_or(extent[a])) && extent[a] <= axes[a],
    };
    for place in 0..array.len() {
        let origin = [place / axes[2] / axes[1], place / axes[2] % axes[1], place % axes[2]];
        if (0..3).all(|a| is_start(a, origin[a])) {
            visit(Window { origin, extent });
        }
    }
    counts
}

fn counted(array: &SymbolArray, block: Shape, partition: Partition) -> BlockCounts {
    let mut counts = BlockCounts::new(array.symbols());
    counts.count(array, block, partition).unwrap();
    counts
}

fn decoded(counts: &BlockCounts) -> BTreeMap<(Shape, Vec<u8>), u64> {
    counts.iter().map(|b| ((b.shape, decode(b.code, b.shape.cells(), counts.symbols())), b.count)).collect()
}

fn any_partition() -> impl Strategy<Value = Partition> {
    prop_oneof![
        Just(Partition::Ignore),
        (1usize..4).prop_map(|min_length| Partition::Recursive { min_length }),
        (1usize..6).prop_map(|shift| Partition::Correlated { shift }),
        prop::option::of(1usize..6).prop_map(|shift| Partition::Periodic { shift }),
    ]
}

fn any_axis() -> impl Strategy<Value = AxisCut> {
    prop_oneof![
        Just(AxisCut::Ignore),
        (1usize..6).prop_map(|shift| AxisCut::Correlated { shift }),
        prop::option::of(1usize..6).prop_map(|shift| AxisCut::Periodic { shift }),
    ]
}

/// Arrays of one to three axes, with blocks of as many.
fn any_array() -> impl Strategy<Value = (SymbolArray, Shape)> {
    (1usize..=3, 1u8..=5).prop_flat_map(|(dims, symbols)| {
        let longest = [40usize, 12, 6][dims - 1];
        let widest = [14usize, 5, 3][dims - 1];
        (prop::collection::vec(0..longest, dims), prop::collection::vec(1..widest, dims)).prop_flat_map(
            move |(axes, block)| {
                let cells = axes.iter().product::<usize>();
                prop::collection::vec(0..symbols, cells).prop_map(move |cells| {
                    (SymbolArray::new(&axes, symbols, cells).unwrap(), Shape::new(&block).unwrap())
                })
            },
        )
    })
}

/// Binary arrays that span many words, with blocks of up to 64 cells.
fn any_binary() -> impl Strategy<Value = (SymbolArray, Shape)> {
    (1usize..=3).prop_flat_map(|dims| {
        let longest = [600usize, 90, 20][dims - 1];
        let widest = [65usize, 9, 5][dims - 1];
        (prop::collection::vec(0..longest, dims), prop::collection::vec(1..widest, dims)).prop_flat_map(
            move |(axes, block)| {
                let cells = axes.iter().product::<usize>();
                prop::collection::vec(0u8..2, cells)
                    .prop_map(move |cells| (SymbolArray::new(&axes, 2, cells).unwrap(), Shape::new(&block).unwrap()))
            },
        )
    })
}

proptest! {
    #[test]
    fn fast_counting_equals_the_plain_twin((array, block) in any_array(), partition in any_partition()) {
        let counts = counted(&array, block, partition);
        let plain = naive(&array, &block, partition);
        prop_assert_eq!(counts.total(), plain.values().sum::<u64>());
        prop_assert_eq!(counts.distinct(), plain.len() as u64);
        prop_assert_eq!(decoded(&counts), plain);
    }

    #[test]
    fn axes_have_their_own_rules((array, block) in any_array(), cuts in prop::collection::vec(any_axis(), 3)) {
        let partition = Partition::per_axis(&cuts[..block.dims()]).unwrap();
        prop_assert_eq!(decoded(&counted(&array, block, partition)), naive(&array, &block, partition));
        if block.dims() > 1 {
            prop_assert_eq!(partition.to_string().parse::<Partition>().unwrap(), partition);
        }
    }

    #[test]
    fn packed_bits_count_as_symbols((array, block) in any_binary(), partition in any_partition(), behind in any::<u8>()) {
        let counts = counted(&array, block, partition);
        prop_assert_eq!(decoded(&counts), naive(&array, &block, partition));
        // What lies behind the last cell does not show.
        let mut bytes = PackedBits::try_from(&array).unwrap().bytes().to_vec();
        let used = array.len() % 8;
        if let Some(last) = bytes.last_mut().filter(|_| used > 0) {
            *last |= behind >> used;
        }
        let bits = PackedBits::new(array.axes(), bytes).unwrap();
        prop_assert_eq!(SymbolArray::from(&bits), array.clone());
        let mut packed = BlockCounts::new(2);
        packed.count(&bits, block, partition).unwrap();
        prop_assert_eq!(decoded(&packed), decoded(&counts));
        // As symbols of a larger alphabet, where there are that many contents.
        let mut wider = BlockCounts::new(3);
        if wider.count(&bits, block, partition).is_ok() {
            prop_assert_eq!(decoded(&wider), decoded(&counts));
        }
    }

    #[test]
    fn parts_merge_to_the_whole(cells in prop::collection::vec(0u8..3, 0..120), cut in 0usize..10) {
        let block = Shape::line(4).unwrap();
        let cut = (cut * 4).min(cells.len() / 4 * 4);
        let line = |cells: &[u8]| SymbolArray::line(3, cells.to_vec()).unwrap();
        let whole = counted(&line(&cells), block, Partition::Ignore);
        let (head, tail) = (line(&cells[..cut]), line(&cells[cut..]));
        let mut merged = counted(&head, block, Partition::Ignore);
        merged.merge(&counted(&tail, block, Partition::Ignore)).unwrap();
        prop_assert_eq!(merged.iter().collect::<Vec<_>>(), whole.iter().collect::<Vec<_>>());
    }

    #[test]
    fn clearing_leaves_nothing(first in prop::collection::vec(0u8..2, 0..200), second in prop::collection::vec(0u8..2, 0..200)) {
        let block = Shape::line(12).unwrap();
        let mut counts = counted(&SymbolArray::line(2, first).unwrap(), block, Partition::Correlated { shift: 1 });
        counts.clear();
        prop_assert_eq!(counts.total(), 0);
        let array = SymbolArray::line(2, second).unwrap();
        counts.count(&array, block, Partition::Ignore).unwrap();
        prop_assert_eq!(decoded(&counts), naive(&array, &block, Partition::Ignore));
    }

    #[test]
    fn codes_and_symbols_are_inverse(cells in prop::collection::vec(0u8..7, 0..20)) {
        prop_assert_eq!(decode(encode(&cells, 7), cells.len(), 7), cells);
    }
}

#[test]
fn refusals_name_the_mend() {
    let array = SymbolArray::from_digits("0123", 4).unwrap();
    let text = BlockCounts::new(2).count(&array, Shape::line(2).unwrap(), Partition::Ignore).unwrap_err().to_string();
    assert!(text.starts_with("found symbol 2 in cell 3, expected 0 to 1"), "{text}");
    let text = BlockCounts::new(4).count(&array, "2x2".parse().unwrap(), Partition::Ignore).unwrap_err().to_string();
    assert!(text.contains("--block"), "{text}");
    let text = BlockCounts::new(4).count(&array, Shape::line(33).unwrap(), Partition::Ignore).unwrap_err().to_string();
    assert!(text.contains("2^64"), "{text}");
    assert!(BlockCounts::new(4).count(&array, Shape::line(32).unwrap(), Partition::Ignore).is_ok());
    assert!(BlockCounts::new(2).add(Shape::line(2).unwrap(), 4, 1).is_err());
    assert!(BlockCounts::new(2).merge(&BlockCounts::new(3)).is_err());
    assert!(BlockCounts::new(0).count(&array, Shape::line(2).unwrap(), Partition::Correlated { shift: 1 }).is_err());
}

#[test]
fn empty_arrays_hold_no_block() {
    for partition in ["ignore", "recursive", "correlated", "periodic"] {
        let array = SymbolArray::new(&[usize::MAX, 0], 2, vec![]).unwrap();
        assert_eq!(counted(&array, "4x4".parse().unwrap(), partition.parse().unwrap()).total(), 0);
    }
}

#[test]
fn threads_and_parts_do_not_show() {
    // More windows than one part holds, in one row of windows and in many.
    let line = [7u8, 129, 3, 250, 12].iter().cycle().enumerate().map(|(at, &byte)| byte.wrapping_mul(at as u8));
    let bytes: Vec<u8> = line.take(350_000).collect();
    let square = PackedBits::new(&[1600, 1750], &bytes[..]).unwrap();
    let line = PackedBits::from_bytes(&bytes);
    let symbols = SymbolArray::line(4, bytes.iter().cycle().take(2_300_000).map(|byte| byte % 4).collect()).unwrap();
    let one = Partition::Correlated { shift: 1 };
    let count = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (mut two, mut four) = (BlockCounts::new(2), BlockCounts::new(4));
            two.count(&line, Shape::line(12).unwrap(), one).unwrap();
            two.count(&line, Shape::line(24).unwrap(), one).unwrap();
            two.count(&square, "4x4".parse().unwrap(), one).unwrap();
            four.count(&symbols, Shape::line(5).unwrap(), one).unwrap();
            (two.total(), two.iter().collect::<Vec<_>>(), four.total(), four.iter().collect::<Vec<_>>())
        })
    };
    let alone = count(1);
    assert_eq!(alone.0, 2 * 2_800_000 - 11 - 23 + 1597 * 1747);
    assert!(count(2) == alone && count(8) == alone);
}
