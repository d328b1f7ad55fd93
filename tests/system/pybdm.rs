//! PyBDM 0.1.0's own numbers, from values that went through `turmite table import`.

use std::io::Read;

use crate::common::Place;
use serde_json::Value;
use turmite::bdm::{Bdm, Missing, Partition, SymbolArray};
use turmite::tables::Table;

/// 1,000 random arrays under the three partitions, 4x4 blocks, the published values.
#[test]
fn arrays_equal_pybdm_with_the_published_values() {
    let place = Place::new();
    let mut values = String::new();
    let packed = include_bytes!("../data/pybdm/ctm-b2-d4x4.csv.gz");
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut values).unwrap();
    place.write("published.csv", values);
    place
        .turmite(&["table", "import", "published.csv", "--space", "5x2-2d", "--out", "published.ctm"])
        .assert()
        .success();
    let table = std::sync::Arc::new(Table::open(place.path("published.ctm")).unwrap());
    table.verify().unwrap();

    let mut compared = 0;
    for line in include_str!("../data/pybdm/arrays.jsonl").lines().skip(1) {
        let case: Value = serde_json::from_str(line).unwrap();
        let rows: Vec<Vec<u8>> = case["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r.as_str().unwrap().bytes().map(|b| b - b'0').collect())
            .collect();
        let number = |name: &str| case.get(name).and_then(Value::as_u64).map(|n| n as usize);
        let partition = match case["partition"].as_str().unwrap() {
            "ignore" => Partition::Ignore,
            "recursive" => Partition::Recursive { min_length: number("min_length").unwrap() },
            "correlated" => Partition::Correlated { shift: number("shift").unwrap() },
            other => panic!("{other}"),
        };
        let bdm = Bdm::builder(table.clone()).partition(partition).missing(Missing::Fail).build().unwrap();
        let value = bdm.score(&SymbolArray::from_rows(&rows, 2).unwrap()).unwrap();
        match (value, case["bdm"].as_f64()) {
            (Some(value), Some(expected)) => assert!((value.bits - expected).abs() < 1e-9, "{line}"),
            (None, None) => {}
            other => panic!("{other:?}: {line}"),
        }
        compared += 1;
    }
    assert_eq!(compared, 1000);
}
