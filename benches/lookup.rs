//! K of a 12-bit block: the table's dense array, its sorted rows, and a `HashMap` of strings as PyBDM's dictionaries are.

use std::collections::HashMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use turmite::tables::{Shape, Table};

fn lookups(criterion: &mut Criterion) {
    let table = Table::embedded("5x2-1d").expect("embedded");
    let shape = Shape::line(12).expect("a shape");
    let blocks: Vec<Vec<u8>> = (0..4096u32).map(|n| (0..12).rev().map(|bit| (n >> bit & 1) as u8).collect()).collect();
    let map: HashMap<Vec<u8>, f64> =
        blocks.iter().filter_map(|b| Some((b.clone(), table.k(&shape, b).expect("sound")?))).collect();
    let dense = table.dense(&shape).expect("sound").expect("12 is dense");
    for (number, block) in blocks.iter().enumerate() {
        let k = map.get(block).copied();
        assert_eq!(k, (!dense[number].is_nan()).then_some(dense[number]));
        assert_eq!(k, table.lookup(&shape, block).expect("sound").row.map(|r| r.k));
    }
    let mut group = criterion.benchmark_group("lookup");
    group.throughput(Throughput::Elements(4096));
    group.bench_function("dense array, one load", |b| b.iter(|| dense.iter().filter(|k| !k.is_nan()).sum::<f64>()));
    group.bench_function("Table::k", |b| {
        b.iter(|| blocks.iter().filter_map(|block| table.k(&shape, block).expect("sound")).sum::<f64>());
    });
    group.bench_function("HashMap of strings", |b| {
        b.iter(|| blocks.iter().filter_map(|block| map.get(block)).sum::<f64>());
    });
    group.bench_function("Table::lookup, row and interval", |b| {
        b.iter(|| blocks.iter().filter(|block| table.lookup(&shape, block).expect("sound").row.is_some()).count());
    });
    group.bench_function("opening the embedded table", |b| b.iter(|| black_box(Table::embedded("5x2-1d"))));
    group.finish();
}

criterion_group!(benches, lookups);
criterion_main!(benches);
