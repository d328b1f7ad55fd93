//! Files that are cut off, changed or made up: always an error, never a panic, never a wrong number.

use std::path::Path;

use proptest::prelude::*;
use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder, TableError};

fn small() -> Vec<u8> {
    let mut builder = TableBuilder::new(Provenance::imported("2x2-1d".parse().unwrap(), "a test"));
    for (string, k) in [(vec![0], 1.25), (vec![0, 0], 3.5), (vec![0, 1], 3.75), (vec![0, 0, 1], 6.0)] {
        builder.push(RowInput::k(Shape::line(string.len()).unwrap(), string, k)).unwrap();
    }
    builder.build().unwrap()
}

fn written(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.ctm");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// Everything a table says, or the first error on the way.
fn all(table: &Table) -> Result<Vec<(String, u64)>, TableError> {
    table.rows().map(|row| row.map(|r| (r.shape.format_string(&r.symbols), r.k.to_bits()))).collect()
}

#[test]
fn errors_name_the_file_the_place_and_the_mend() {
    let good = small();
    let cases: [(&str, Vec<u8>, &[&str]); 6] = [
        ("empty", Vec::new(), &["t.ctm", "0 bytes", "at least 64", "make it again"]),
        ("cut in the header", good[..40].to_vec(), &["t.ctm", "40 bytes", "make it again"]),
        (
            "cut in the body",
            good[..good.len() - 9].to_vec(),
            &["t.ctm", &(good.len() - 9).to_string(), &good.len().to_string()],
        ),
        (
            "another file",
            b"string,k\n0,1.2\n".repeat(9),
            &["t.ctm", "not a turmite table", "73 74 72", "turmite table import"],
        ),
        (
            "a later version",
            [&good[..8], &[9, 0, 0, 0], &good[12..]].concat(),
            &["t.ctm", "format 9", "format 1", "update turmite"],
        ),
        ("bytes after the end", [&good[..], b"x"].concat(), &["t.ctm", "byte 16", "make it again"]),
    ];
    for (what, bytes, words) in cases {
        let (_folder, path) = written(&bytes);
        let text = Table::open(&path).unwrap_err().to_string();
        assert!(!text.contains('\n'), "{what}: {text}");
        for word in words {
            assert!(text.contains(word), "{what}: `{word}` is not in: {text}");
        }
    }
}

#[test]
fn what_is_no_file_is_told() {
    for path in [Path::new("/nonexistent/t.ctm"), Path::new("/")] {
        assert!(matches!(Table::open(path), Err(TableError::Io { .. })));
    }
}

/// Every single flipped byte of a table is caught by `open` or `verify`, and until then no reader sees another number.
#[test]
fn a_flipped_byte_is_found() {
    let good = small();
    let truth = all(&Table::from_bytes(good.clone()).unwrap()).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let Ok(table) = Table::from_bytes(bad) else { continue };
        assert!(table.verify().is_err(), "byte {at} was flipped unseen");
        if let Ok(rows) = all(&table) {
            assert_eq!(rows, truth, "byte {at}");
        }
    }
}

/// The embedded D(5) on disk, with a byte flipped far from the header: opening is quick and does not see it, reading does.
#[test]
fn a_corrupt_page_is_an_error_when_it_is_read() {
    let mut bytes = include_bytes!("../data/5x2-1d.ctm").to_vec();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    let (_folder, path) = written(&bytes);
    let table = Table::open(&path).unwrap();
    assert!(table.k(&Shape::line(3).unwrap(), &[0, 1, 0]).unwrap().is_some());
    let error = table.verify().unwrap_err();
    assert!(matches!(error, TableError::Corrupt { .. }));
    assert!(error.to_string().contains("t.ctm"));
    assert!(table.rows().any(|row| row.is_err()));
}

#[test]
fn tables_agree_in_memory_and_mapped() {
    let (_folder, path) = written(&small());
    let (mapped, owned) = (Table::open(&path).unwrap(), Table::open_in_memory(&path).unwrap());
    assert_eq!(all(&mapped).unwrap(), all(&owned).unwrap());
    assert_eq!(mapped.checksum(), owned.checksum());
    mapped.verify().unwrap();
}

#[test]
fn rows_that_contradict_each_other_are_refused() {
    let builder = || TableBuilder::new(Provenance::imported("2x2-1d".parse().unwrap(), "a test"));
    let row = |string: &[u8], k| RowInput::k(Shape::line(string.len()).unwrap(), string.to_vec(), k);
    let mut b = builder();
    b.push(row(&[0, 1], 3.0)).unwrap();
    assert!(b.push(row(&[0, 1], 4.0)).is_err());
    b.push(row(&[1, 0], 4.0)).unwrap();
    assert!(b.build().is_err(), "a string and its complement differ");
    let mut b = builder();
    assert!(b.push(row(&[0, 2], 1.0)).is_err());
    assert!(b.push(row(&[0], f64::NAN)).is_err());
    assert!(b.push(row(&[0], -1.0)).is_err());
    assert!(b.push(RowInput::count(Shape::line(1).unwrap(), vec![0], 0)).is_err());
    assert!(b.push(RowInput::k("1x1".parse().unwrap(), vec![0], 1.0)).is_err());
    b.push(row(&[0], 1.0)).unwrap();
    b.push(RowInput::count(Shape::line(2).unwrap(), vec![0, 0], 5)).unwrap();
    assert!(b.build().is_err(), "counts and K mixed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), prefix in any::<bool>()) {
        let bytes = if prefix { [b"\x89CTM\r\n\x1a\n\x01\x00\x00\x00".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(Table::from_bytes(bytes).is_err());
    }

    /// Several bytes changed and the length too.
    #[test]
    fn mangled_tables_never_lie(cut in 0usize..2000, changes in prop::collection::vec((0usize..2000, any::<u8>()), 1..6)) {
        let mut bytes = small();
        let truth = all(&Table::from_bytes(bytes.clone()).unwrap()).unwrap();
        let length = bytes.len();
        for (at, value) in changes {
            bytes[at % length] = value;
        }
        bytes.truncate(length - cut % length);
        if let Ok(table) = Table::from_bytes(bytes)
            && let Ok(rows) = all(&table)
        {
            prop_assert_eq!(rows, truth);
        }
    }

    /// The file agrees with a plain map, for two and for more symbols.
    #[test]
    fn lookups_equal_a_map(symbols in 2u8..=5, strings in prop::collection::btree_map(prop::collection::vec(0u8..5, 1..9), 0.5f64..60.0, 1..40)) {
        use std::collections::BTreeMap;
        use turmite_tables::{Relabelling, Space};
        let space = Space::new(2, symbols, 1).unwrap();
        let mut map: BTreeMap<Vec<u8>, f64> = BTreeMap::new();
        let mut builder = TableBuilder::new(Provenance::imported(space, "a test"));
        for (string, k) in &strings {
            let string: Vec<u8> = string.iter().map(|s| s % symbols).collect();
            let class = Relabelling::of(&string).canonical;
            if let std::collections::btree_map::Entry::Vacant(entry) = map.entry(class) {
                entry.insert(*k);
                builder.push(RowInput::k(Shape::line(string.len()).unwrap(), string, *k)).unwrap();
            }
        }
        let table = Table::from_bytes(builder.build().unwrap()).unwrap();
        table.verify().unwrap();
        prop_assert_eq!(table.classes(), map.len() as u64);
        for string in strings.keys() {
            let string: Vec<u8> = string.iter().map(|s| s % symbols).collect();
            let expected = map.get(&Relabelling::of(&string).canonical).copied();
            let shape = Shape::line(string.len()).unwrap();
            prop_assert_eq!(table.k(&shape, &string).unwrap(), expected);
            prop_assert_eq!(table.lookup(&shape, &string).unwrap().row.map(|r| r.k), expected);
        }
        prop_assert_eq!(table.strings().count() as u64, table.outputs());
    }
}
