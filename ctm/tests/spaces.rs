//! The published counts of whole spaces, and the sizes of their trees.

use std::collections::BTreeMap;

use turmite_ctm::{EnumerateOptions, Quiet, enumerate, replay};
use turmite_tables::{Shape, Space, Table};

fn table_of(space: &str, max_steps: u64) -> Table {
    let space: Space = space.parse().unwrap();
    let table = enumerate(&EnumerateOptions::new(space, max_steps), &Quiet).unwrap().into_table().unwrap();
    table.verify().unwrap();
    assert_eq!(table.provenance().weights.unwrap().sum(), space.pairs());
    table
}

fn count(table: &Table, string: &str) -> u128 {
    let (shape, symbols) = Shape::parse_string(string, table.symbols()).unwrap();
    let shape = shape.lifted(usize::from(table.space().dims()));
    table.lookup(&shape, &symbols).unwrap().row.map_or(0, |r| r.count.unwrap())
}

/// Halting pairs, outputs, nodes. Pairs and outputs: Delahaye & Zenil 2012 (2 and 3 states), Soler-Toscano et al. 2014 (4 states).
#[test]
fn two_symbols() {
    for (space, max_steps, halting, outputs, nodes) in [
        ("2x2-1d", 6, 6_088, 22, 61),
        ("2x2-1d", 500, 6_088, 22, 61),
        ("3x2-1d", 21, 4_294_368, 128, 5_417),
        ("4x2-1d", 107, 5_970_768_960, 1_832, 858_909),
    ] {
        let table = table_of(space, max_steps);
        assert_eq!(table.total(), Some(halting), "{space}");
        assert_eq!(table.outputs(), outputs, "{space}");
        assert_eq!(table.classes(), outputs / 2, "{space}");
        assert_eq!(table.provenance().nodes, Some(nodes), "{space}");
        assert_eq!(table.provenance().weights.unwrap().undecided, 0, "{space}: the cutoff is the busy-beaver value");
        assert_eq!(replay(&table).unwrap(), outputs);
    }
}

/// The authors' simulator and an independent brute force, pairs on both blanks.
#[test]
fn single_strings_of_two_symbols() {
    let table = table_of("2x2-1d", 6);
    for (strings, pairs) in [("0 1", 2000), ("00 01 10 11", 508), ("001 011 100 110", 6), ("000 010 101 111", 4)] {
        for string in strings.split(' ') {
            assert_eq!(count(&table, string), pairs, "{string}");
        }
    }
    let table = table_of("3x2-1d", 21);
    for (string, pairs) in [
        ("0", 1_075_648),
        ("00", 432_040),
        ("10", 432_040),
        ("000", 48_064),
        ("001", 46_212),
        ("010", 42_832),
        ("0000", 4_156),
    ] {
        assert_eq!(count(&table, string), pairs, "{string}");
    }
}

/// Step 21 = BB(3) counts the halting transition: one less and eight machines (on one blank) are missing.
#[test]
fn the_halting_transition_is_a_step() {
    let short = table_of("3x2-1d", 20);
    assert_eq!(short.total(), Some(4_294_368 - 2 * 8));
}

/// Brute force over all machines on blank 0: 3,630,159 halt with 567 outputs, the last after 38 steps.
#[test]
fn three_symbols() {
    let table = table_of("2x3-1d", 38);
    assert_eq!(table.total(), Some(3 * 3_630_159));
    assert_eq!(table.provenance().weights.unwrap().undecided, 0);
    assert_eq!(count(&table, "2"), 3 * 759_375);
    // 00 is written on blank 0, and 11 and 22 as 00 is on the blanks 1 and 2: 150,638 + 2 * 134,784.
    assert_eq!(count(&table, "11"), 150_638 + 2 * 134_784);
    // 02 on blank 0 and, as 10, on blank 2: 142,711 each; on blank 1, as 12: 134,784.
    assert_eq!(count(&table, "02"), 2 * 142_711 + 134_784);
    let table = table_of("1x3-1d", 5);
    assert_eq!((table.total(), table.outputs(), table.classes()), (Some(3 * 243), 3, 1));
}

#[test]
fn what_cannot_be_enumerated_is_refused() {
    for (space, max_steps) in [("4x6-1d", 100), ("2x2-1d", 0), ("2x2-1d", u64::MAX)] {
        assert!(enumerate(&EnumerateOptions::new(space.parse().unwrap(), max_steps), &Quiet).is_err(), "{space}");
    }
    assert!(EnumerateOptions::without_cutoff("6x2-1d".parse().unwrap()).is_err());
    assert_eq!(EnumerateOptions::without_cutoff("5x2-1d".parse().unwrap()).unwrap().max_steps(), 47_176_870);
    assert_eq!(EnumerateOptions::without_cutoff("2x3-1d".parse().unwrap()).unwrap().max_steps(), 38);
}

/// Independent brute force of (2,2)-2D and (2,2)-3D; our own earlier runs of (3,2)-2D.
#[test]
fn small_planes_and_solids() {
    let table = table_of("2x2-2d", 100);
    assert_eq!((table.total(), table.outputs()), (Some(35_376), 58));
    for string in ["0", "1"] {
        assert_eq!(count(&table, string), 11_664, "{string}");
    }
    for string in ["00", "01", "10", "11", "0/0", "0/1", "1/0", "1/1"] {
        assert_eq!(count(&table, string), 1_484, "{string}");
    }
    assert_eq!(replay(&table).unwrap(), 58);
    let table = table_of("3x2-2d", 100);
    assert_eq!((table.total(), table.outputs()), (Some(92_814_080), 3_168));
    assert_eq!(replay(&table).unwrap(), 3_168);
    let table = table_of("2x2-3d", 30);
    assert_eq!((table.total(), table.outputs()), (Some(106_328), 110));
    for string in ["00", "0/1", "1//1"] {
        assert_eq!(count(&table, string), 2_972, "{string}");
    }
    assert_eq!(replay(&table).unwrap(), 110);
}

/// 492,407,697,952 pairs, by our own earlier run without any decider: a translated cycle that is none would be missing here.
#[test]
fn four_states_on_a_plane() {
    let space: Space = "4x2-2d".parse().unwrap();
    let enumeration = enumerate(&EnumerateOptions::new(space, 100), &Quiet).unwrap();
    assert_eq!(enumeration.nodes(), 6_689_625);
    assert_eq!(2 * enumeration.halting(), 492_407_697_952);
}

/// What has no row is what the table of the whole holds in the longer strings, shape by shape.
#[test]
fn long_strings_are_left_out_by_shape() {
    for (space, max_steps, within) in
        [("3x2-1d", 21, "4"), ("2x3-1d", 38, "3"), ("3x2-2d", 30, "2x3"), ("2x2-3d", 30, "1x1x2")]
    {
        let within: Shape = within.parse().unwrap();
        let options = EnumerateOptions::new(space.parse().unwrap(), max_steps);
        let whole = enumerate(&options, &Quiet).unwrap();
        assert_eq!(whole.left_out().unwrap(), []);
        let mut expected: BTreeMap<Shape, u128> = BTreeMap::new();
        for member in whole.into_table().unwrap().strings() {
            let row = member.unwrap().row;
            if !row.shape.fits_turned(&within) {
                *expected.entry(row.shape).or_default() += row.count.unwrap();
            }
        }
        let limited = enumerate(&options.within(Some(within)), &Quiet).unwrap();
        assert!(!expected.is_empty());
        assert_eq!(limited.left_out().unwrap(), expected.into_iter().collect::<Vec<_>>(), "{space}");
    }
}
