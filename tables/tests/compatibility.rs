//! Every readable version of the format has a fixture, and it still reads.

use turmite_tables::{FORMAT_VERSION, Shape, Table};

#[test]
fn every_version_has_a_fixture_that_reads() {
    for version in 1..=FORMAT_VERSION {
        let path = format!("{}/tests/fixtures/v{version}/2x2-1d.ctm", env!("CARGO_MANIFEST_DIR"));
        let table = Table::open(&path).unwrap();
        table.verify().unwrap();
        assert_eq!((table.total(), table.outputs()), (Some(6_088), 22));
        let row = table.lookup(&Shape::line(2).unwrap(), &[0, 1]).unwrap().row.unwrap();
        assert_eq!((row.count, row.min_steps), (Some(508), Some(2)));
    }
}

/// Opening is independent of the size: the embedded table is a hundred times larger than the fixture.
#[test]
fn the_embedded_default_is_the_exact_d5() {
    let table = Table::embedded("5x2-1d").unwrap();
    assert_eq!(table.total(), Some(13_794_527_777_344));
    assert_eq!(table.outputs(), 99_608);
    assert_eq!(table.provenance().max_steps, Some(500));
    assert_eq!(table.provenance().nodes, Some(181_385_669));
    table.verify().unwrap();
}
