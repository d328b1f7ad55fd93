//! BDM of records and of one long string, blocks of 12. Answers are checked against PyBDM's before anything is timed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use turmite::bdm::{Bdm, BlockCounts, Partition, SymbolArray};
use turmite::tables::Table;

/// Bits that no short rule makes: the low bits of a linear congruence.
fn bits(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40 & 1) as u8
    };
    (0..length).map(|_| next()).collect()
}

fn scores(criterion: &mut Criterion) {
    let table = std::sync::Arc::new(Table::embedded("5x2-1d").expect("embedded"));
    let records: Vec<SymbolArray> =
        bits(256 * 1000).chunks(256).map(|c| SymbolArray::line(2, c.to_vec()).expect("bits")).collect();
    let long = SymbolArray::line(2, bits(1 << 20)).expect("bits");
    for (name, partition) in [("ignore", Partition::Ignore), ("correlated", Partition::Correlated { shift: 1 })] {
        let bdm = Bdm::builder(table.clone()).partition(partition).intervals(false).build().expect("a block of 12");
        let zeros = SymbolArray::line(2, vec![0; 24]).expect("bits");
        let value = bdm.score(&zeros).expect("sound").expect("two blocks");
        let expected = if name == "ignore" { 26.610413747641715 } else { 29.310853465782806 };
        assert!((value.bits - expected).abs() < 1e-9, "PyBDM 0.1.0, 24 zeros");

        let mut group = criterion.benchmark_group(format!("score, {name}"));
        group.sample_size(20);
        let mut counts = BlockCounts::new(2);
        group.throughput(Throughput::Elements(records.len() as u64));
        group.bench_function("records of 256 bits", |b| {
            b.iter(|| records.iter().filter(|r| bdm.score_with(&mut counts, *r).expect("sound").is_some()).count());
        });
        group.throughput(Throughput::Elements(long.len() as u64));
        group.bench_function("one string of 2^20 bits", |b| {
            b.iter(|| bdm.score_with(&mut counts, &long).expect("sound"));
        });
        group.finish();
    }
}

criterion_group!(benches, scores);
criterion_main!(benches);
