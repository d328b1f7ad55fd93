use std::collections::HashMap;

use proptest::prelude::*;
use turmite_tables::{Provenance, RowInput, TableBuilder};

use super::*;
use crate::{PackedBits, SymbolArray};

/// K of every 12-bit string but one class, made up.
fn table() -> Arc<Table> {
    let mut rows = TableBuilder::new(Provenance::imported("5x2-1d".parse().unwrap(), "made up"));
    for code in (0..2048u64).filter(|&code| code != 7) {
        let symbols = crate::blocks::decode(code, 12, 2);
        let k = 25.0 + (code as f64).sqrt() / 4.0;
        rows.push(RowInput::k(Shape::line(12).unwrap(), symbols, k)).unwrap();
    }
    Arc::new(Table::from_bytes(rows.build().unwrap()).unwrap())
}

fn scored(records: &[Vec<u8>], stride: usize, missing: Missing) -> Option<(f64, u64, u64)> {
    let bdm = crate::Bdm::builder(table()).missing(missing).build().unwrap();
    let mut windows: HashMap<Vec<u8>, u64> = HashMap::new();
    for record in records {
        for window in record.windows(48).step_by(stride) {
            *windows.entry(window.to_vec()).or_insert(0) += 1;
        }
    }
    let total: u64 = windows.values().sum();
    let mut bits = 0.0;
    for (window, &count) in &windows {
        let array = SymbolArray::line(2, window.clone()).unwrap();
        bits += bdm.score(&array).unwrap().map_or(0.0, |value| value.bits) + (count as f64).log2();
    }
    (total > 0).then(|| (bits / total as f64, total, windows.len() as u64))
}

proptest! {
    #[test]
    fn equals_bdm_of_each_window(
        records in prop::collection::vec(prop::collection::vec(prop::bool::weighted(0.1).prop_map(u8::from), 0..120), 0..8),
        stride in 1usize..20,
    ) {
        for missing in [Missing::Bound, Missing::MaxPlusOne, Missing::Skip] {
            let multiscale = Multiscale::new(table(), missing).unwrap();
            let arrays: Vec<_> = records.iter().map(|r| SymbolArray::line(2, r.clone()).unwrap()).collect();
            let mut scratch = WindowCounts::new();
            let found = multiscale.records(&mut scratch, &arrays, stride).unwrap();
            match (found, scored(&records, stride, missing)) {
                (Some(found), Some((bits, windows, distinct))) => {
                    prop_assert!((found.bits_per_window - bits).abs() < 1e-9);
                    prop_assert_eq!((found.windows, found.distinct), (windows, distinct));
                }
                (found, expected) => prop_assert!(found.is_none() && expected.is_none()),
            }
            let packed: Vec<_> = records.iter().map(|r| PackedBits::from_symbols(r).unwrap()).collect();
            prop_assert_eq!(multiscale.records(&mut scratch, &packed, stride).unwrap(), found);
            // Used memory changes nothing, not even the last bit.
            prop_assert_eq!(multiscale.records(&mut scratch, &arrays, stride).unwrap(), found);
        }
    }

    #[test]
    fn bytes_are_bits_at_stride_eight(records in prop::collection::vec(prop::collection::vec(97u8..100, 0..60), 0..6)) {
        let multiscale = Multiscale::new(table(), Missing::Bound).unwrap();
        let mut scratch = WindowCounts::new();
        let arrays: Vec<_> = records.iter().map(|r| SymbolArray::from_bytes(r)).collect();
        let bits = multiscale.records(&mut scratch, &arrays, 8).unwrap();
        prop_assert_eq!(multiscale.bytes(&mut scratch, &records).unwrap(), bits);
    }
}

#[test]
fn many_windows_grow_the_memory() {
    let multiscale = Multiscale::new(table(), Missing::Bound).unwrap();
    let mut state = 1u64;
    let record: Vec<u8> = (0..50_000)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect();
    let value = multiscale.bytes(&mut WindowCounts::new(), [&record]).unwrap().unwrap();
    assert_eq!((value.windows, value.distinct), (49_995, 49_995));
}

#[test]
fn refusals() {
    let text = Multiscale::with_sizes(table(), Missing::Bound, 50, 12).unwrap_err().to_string();
    assert_eq!(
        text,
        "multiscale BDM needs a window that is a multiple of the block, up to 64 bits, found windows of 50 bits over blocks of 12"
    );
    assert!(matches!(Multiscale::with_sizes(table(), Missing::Bound, 44, 11), Err(BdmError::ShapeNotHeld { .. })));
    let multiscale = Multiscale::new(table(), Missing::Fail).unwrap();
    let array = SymbolArray::from_digits(&"000000000111".repeat(4), 2).unwrap();
    let text = multiscale.records(&mut WindowCounts::new(), [&array], 1).unwrap_err().to_string();
    assert!(text.contains("lacks the block 000000000111"), "{text}");
    assert!(multiscale.records(&mut WindowCounts::new(), [&array], 0).is_err());
    let multiscale = Multiscale::with_sizes(table(), Missing::Bound, 36, 12).unwrap();
    assert!(multiscale.bytes(&mut WindowCounts::new(), ["text"]).is_err());
}
