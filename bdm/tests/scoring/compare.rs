//! Two records: the definitions, word for word, and what must hold of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::golden::published_strings;
use proptest::prelude::*;
use turmite_bdm::{Bdm, Comparison, Missing, SymbolArray};
use turmite_tables::Shape;

const BLOCK: usize = 4;

/// Records whose blocks are few enough to be shared.
fn record() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(vec![0b0000u8, 0b0101, 0b0011, 0b0110, 0b1111]), 1..12)
        .prop_map(|blocks| blocks.into_iter().flat_map(|block| (0..4).rev().map(move |at| block >> at & 1)).collect())
}

fn compare(x: &[u8], y: &[u8]) -> Comparison {
    let bdm = Bdm::builder(published_strings()).block(Shape::line(BLOCK).unwrap()).build().unwrap();
    let line = |cells: &[u8]| SymbolArray::line(2, cells.to_vec()).unwrap();
    bdm.compare(&line(x), &line(y)).unwrap().unwrap()
}

fn counts(cells: &[u8]) -> BTreeMap<&[u8], f64> {
    let mut counts = BTreeMap::new();
    for block in cells.chunks_exact(BLOCK) {
        *counts.entry(block).or_insert(0.0) += 1.0;
    }
    counts
}

fn k(block: &[u8]) -> f64 {
    published_strings().k(&Shape::line(BLOCK).unwrap(), block).unwrap().unwrap()
}

/// The formula of Zenil et al. 2018.
fn conditional(x: &[u8], y: &[u8]) -> f64 {
    let (in_x, in_y) = (counts(x), counts(y));
    in_x.iter()
        .map(|(block, n)| match in_y.get(block) {
            None => k(block) + n.log2(),
            Some(m) if m == n => 0.0,
            Some(_) => n.log2(),
        })
        .sum()
}

proptest! {
    #[test]
    fn equal_to_the_definitions(x in record(), y in record()) {
        let found = compare(&x, &y);
        let bdm = |cells: &[u8]| -> f64 { counts(cells).iter().map(|(block, n)| k(block) + n.log2()).sum() };
        let (cx, cy) = (counts(&x), counts(&y));
        let shared = cx.keys().collect::<BTreeSet<_>>().intersection(&cy.keys().collect()).count() as u64;
        for (found, expected) in [
            (found.bits_x, bdm(&x)),
            (found.bits_y, bdm(&y)),
            (found.x_given_y, conditional(&x, &y)),
            (found.y_given_x, conditional(&y, &x)),
            (found.mutual, bdm(&x) - conditional(&x, &y)),
            (found.mutual, bdm(&y) - conditional(&y, &x)),
            (found.joint, bdm(&x) + conditional(&y, &x)),
            (found.distance, conditional(&x, &y).max(conditional(&y, &x))),
        ] {
            prop_assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
        prop_assert_eq!((found.distinct_x, found.distinct_y, found.shared), (cx.len() as u64, cy.len() as u64, shared));
        let normalized = found.normalized_distance.unwrap();
        prop_assert!((0.0..=1.0).contains(&normalized));
        prop_assert_eq!(normalized > 1.0 - 1e-9, shared == 0);
        prop_assert_eq!(found.distance == 0.0, cx == cy);
    }

    #[test]
    fn the_distance_is_a_metric(x in record(), y in record(), z in record()) {
        let distance = |a: &[u8], b: &[u8]| compare(a, b).distance;
        prop_assert_eq!(distance(&x, &y), distance(&y, &x));
        prop_assert!(distance(&x, &z) <= distance(&x, &y) + distance(&y, &z) + 1e-9);
    }
}

#[test]
fn missing_blocks_and_short_records() {
    let bdm = Bdm::builder(published_strings()).missing(Missing::Skip).build().unwrap();
    let line = |text: &str| SymbolArray::from_digits(text, 2).unwrap();
    // No block, nothing to compare.
    assert_eq!(bdm.compare(&line("0101"), &line(&"01".repeat(6))).unwrap(), None);
    let square = SymbolArray::new(&[4, 4], 2, vec![0; 16]).unwrap();
    assert!(bdm.compare(&square, &line(&"01".repeat(6))).is_err());

    // Our own table lacks this block: skipped it adds nothing, priced it is shared like any other.
    let own = std::sync::Arc::new(turmite_tables::Table::embedded("5x2-1d").unwrap());
    let (x, y) = (line(&("000110100111".to_owned() + &"01".repeat(6))), line("000110100111"));
    let bdm = |missing| Bdm::builder(own.clone()).missing(missing).build().unwrap();
    let found = bdm(Missing::Bound).compare(&x, &y).unwrap().unwrap();
    assert_eq!((found.missing, found.shared, found.y_given_x), (1, 1, 0.0));
    assert!((found.mutual - found.bits_y).abs() < 1e-9);
    assert_eq!(bdm(Missing::Skip).compare(&x, &y).unwrap(), None);
}
