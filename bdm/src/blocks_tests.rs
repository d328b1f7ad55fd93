use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::PackedBits;
use crate::code::encode;

/// Counting without codes, rolling or arrays: every window is copied out and compared as a vector.
fn naive(array: &SymbolArray, block: &Shape, partition: Partition) -> BTreeMap<(Shape, Vec<u8>), u64> {
    let axes = lift(array.axes());
    let mut counts = BTreeMap::new();
    partition.windows(axes, block.dims(), lift_shape(block), &mut |window| {
        let mut cells = Vec::new();
        for i in 0..window.extent[0] {
            for j in 0..window.extent[1] {
                for k in 0..window.extent[2] {
                    let place = |a: usize, step: usize| (window.origin[a] + step) % axes[a];
                    cells.push(array.cells()[(place(0, i) * axes[1] + place(1, j)) * axes[2] + place(2, k)]);
                }
            }
        }
        let shape = Shape::new(&window.extent[3 - block.dims()..]).unwrap();
        *counts.entry((shape, cells)).or_insert(0) += 1;
    });
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
    fn long_binary_lines_too(cells in prop::collection::vec(0u8..2, 0..400), length in 1usize..20, partition in any_partition()) {
        let array = SymbolArray::line(2, cells).unwrap();
        let block = Shape::line(length).unwrap();
        prop_assert_eq!(decoded(&counted(&array, block, partition)), naive(&array, &block, partition));
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
