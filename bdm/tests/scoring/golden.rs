//! Golden files of PyBDM, and tables built from them.

use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use turmite_tables::{Provenance, RowInput, Shape, Table, TableBuilder};

fn path(folder: &str, name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "data", folder, name].iter().collect()
}

/// A golden file as text.
pub(crate) fn pybdm_file(name: &str) -> String {
    fs::read_to_string(path("pybdm", name)).unwrap()
}

/// The rows of a data set of acss, without its header, split at commas.
pub(crate) fn acss_rows(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path("acss", name)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
}

/// The records of a `.jsonl` file, without its first line.
pub(crate) fn records(name: &str) -> Vec<Value> {
    let text = pybdm_file(name);
    text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A table of K values given as `string,shape,k`.
pub(crate) fn table_of<'a>(space: &str, rows: impl IntoIterator<Item = (&'a str, Shape, f64)>) -> Arc<Table> {
    let mut builder = TableBuilder::new(Provenance::imported(space.parse().unwrap(), "PyBDM 0.1.0"));
    for (string, shape, k) in rows {
        let symbols = string.bytes().map(|digit| digit - b'0').collect();
        builder.push(RowInput::k(shape, symbols, k)).unwrap();
    }
    Arc::new(Table::from_bytes(builder.build().unwrap()).unwrap())
}

fn table_of_csv(space: &str, text: &str) -> Arc<Table> {
    table_of(
        space,
        text.lines().skip(1).map(|line| {
            let mut cells = line.split(',');
            let mut next = || cells.next().unwrap();
            (next(), next().parse().unwrap(), next().parse().unwrap())
        }),
    )
}

/// The published values of binary strings of length 1 to 12.
pub(crate) fn published_strings() -> Arc<Table> {
    static TABLE: OnceLock<Arc<Table>> = OnceLock::new();
    TABLE.get_or_init(|| table_of_csv("5x2-1d", &pybdm_file("ctm-b2-d12.csv"))).clone()
}

/// The published values of binary squares of width 1 to 4.
pub(crate) fn published_squares() -> Arc<Table> {
    static TABLE: OnceLock<Arc<Table>> = OnceLock::new();
    TABLE
        .get_or_init(|| {
            let mut text = String::new();
            let file = fs::File::open(path("pybdm", "ctm-b2-d4x4.csv.gz")).unwrap();
            flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
            table_of_csv("5x2-2d", &text)
        })
        .clone()
}

/// Equal to 1e-9, or both absent.
#[track_caller]
pub(crate) fn assert_close(found: Option<f64>, expected: Option<f64>, what: &str) {
    match (found, expected) {
        (Some(found), Some(expected)) => {
            assert!((found - expected).abs() < 1e-9, "{what}: found {found}, expected {expected}");
        }
        (None, None) => {}
        _ => panic!("{what}: found {found:?}, expected {expected:?}"),
    }
}
