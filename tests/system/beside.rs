//! PyBDM 0.1.0 run beside turmite on random cases: `cargo xtask pybdm` makes its answers and runs this test.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use turmite::bdm::perturb::{Experiment, Metric};
use turmite::bdm::{Bdm, BlockCounts, Missing, Partition, SymbolArray, block_entropy};
use turmite::tables::Table;

use crate::common::Place;

/// The published tables, imported as a user would.
fn import(folder: &std::path::Path, place: &Place, name: &str) -> Arc<Table> {
    let space = match name {
        "ctm-b2-d4x4" => "5x2-2d".to_owned(),
        "ctm-b2-d12" => "5x2-1d".to_owned(),
        _ => format!("4x{}-1d", &name[5..6]),
    };
    let (csv, ctm) = (folder.join(format!("{name}.csv")), format!("{name}.ctm"));
    place.turmite(&["table", "import", csv.to_str().unwrap(), "--space", &space, "--out", &ctm]).assert().success();
    Arc::new(Table::open(place.path(&ctm)).unwrap())
}

fn equal(found: Option<f64>, expected: &Value) -> bool {
    match (found, expected.as_f64()) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-9,
        (None, None) => true,
        _ => false,
    }
}

#[test]
#[ignore = "needs PyBDM's answers: cargo xtask pybdm"]
fn beside_pybdm() {
    let folder = PathBuf::from(std::env::var_os("TURMITE_PYBDM").expect("set by cargo xtask pybdm"));
    let place = Place::new();
    let (mut tables, mut engines) = (HashMap::new(), HashMap::new());
    let (mut cases, mut numbers, mut differ) = (0, HashMap::<&str, u64>::new(), Vec::new());
    for line in std::fs::read_to_string(folder.join("cases.jsonl")).unwrap().lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let list =
            |name: &str| -> Vec<u64> { case[name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect() };
        let name = case["table"].as_str().unwrap();
        let table = tables.entry(name.to_owned()).or_insert_with(|| import(&folder, &place, name)).clone();
        let option = |name: &str| case[name].as_u64().map(|n| n as usize);
        let partition = match case["partition"].as_str().unwrap() {
            "recursive" => Partition::Recursive { min_length: option("min_length").unwrap() },
            "correlated" => Partition::Correlated { shift: option("shift").unwrap() },
            _ => Partition::Ignore,
        };
        let key = (name.to_owned(), partition);
        let bdm = engines.entry(key).or_insert_with(|| {
            let builder = Bdm::builder(table.clone()).partition(partition).missing(Missing::MaxPlusOne);
            builder.intervals(false).build().unwrap()
        });
        let axes: Vec<usize> = list("axes").iter().map(|&n| n as usize).collect();
        let cells: Vec<u8> = list("cells").iter().map(|&n| n as u8).collect();
        let array = SymbolArray::new(&axes, table.space().symbols(), cells).unwrap();
        let mut counts = BlockCounts::new(table.space().symbols());
        let value = bdm.score_with(&mut counts, &array).unwrap();
        let mut compare =
            |numbers: &mut HashMap<&str, u64>, what: &'static str, found: Option<f64>, expected: &Value| {
                *numbers.entry(what).or_default() += 1;
                if !equal(found, expected) {
                    differ.push(format!("{what}: found {found:?}, PyBDM {expected}: {line}"));
                }
            };
        compare(&mut numbers, "bdm", value.map(|v| v.bits), &case["bdm"]);
        if let Some(value) = value {
            compare(&mut numbers, "entropy", block_entropy(&counts), &case["ent"]);
            // Over more symbols PyBDM's greatest takes each class of strings once, where each of its strings could
            // stand: its range is not that of the records.
            if partition == Partition::Ignore && table.space().symbols() == 2 {
                let found = bdm.normalized(&value, &axes).unwrap();
                compare(&mut numbers, "normalised", found.map(|n| n.place), &case["nbdm"]);
            }
            for change in case["changes"].as_array().unwrap() {
                let metric = if change["metric"] == "bdm" { Metric::Bdm } else { Metric::Entropy };
                let experiment = Experiment::new(bdm, &array, metric).unwrap();
                let (cell, symbol) = (change["cell"].as_u64().unwrap(), change["value"].as_u64().unwrap());
                let found = experiment.effect(cell as usize, symbol as u8).unwrap();
                compare(&mut numbers, "perturbation", Some(found), &change["recomputed"]);
                // Where windows overlap or leftovers are cut again, PyBDM's experiment updates the wrong blocks, fails, or both: its
                // answer is not the difference of its own values. We give the difference.
                if equal(change["recomputed"].as_f64(), &change["effect"]) {
                    *numbers.entry("perturbation, as PyBDM's experiment").or_default() += 1;
                } else {
                    assert_ne!(partition, Partition::Ignore, "{line}");
                    *numbers.entry("perturbation, where PyBDM contradicts itself").or_default() += 1;
                }
            }
        }
        cases += 1;
    }
    println!("{cases} cases, {numbers:?}");
    assert!(differ.is_empty(), "{} differ, such as\n{}", differ.len(), differ[..differ.len().min(20)].join("\n"));
}
