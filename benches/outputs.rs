//! Where the workers of an enumeration put their outputs: a map each, merged at the end, or one map shared by all.
//!
//! The stream of strings is that of D(5): rows drawn in proportion to their counts.

use std::collections::HashMap;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dashmap::DashMap;
use turmite::tables::Table;

const ADDITIONS: usize = 200_000;

/// Keys in the proportions of D(5), by a fixed sequence (Weyl) over the cumulative counts.
fn stream() -> Vec<u64> {
    let table = Table::embedded("5x2-1d").expect("embedded");
    let counts: Vec<u128> = table.rows().map(|r| r.expect("sound").count.expect("exact")).collect();
    let mut cumulative = Vec::with_capacity(counts.len());
    let mut sum = 0u128;
    for count in counts {
        sum += count;
        cumulative.push(sum);
    }
    let step = (sum as f64 * 0.618_033_988_749_895) as u128;
    (1..=ADDITIONS as u128).map(|i| cumulative.partition_point(|c| *c <= i * step % sum) as u64).collect()
}

fn own(keys: &[u64], threads: usize) -> HashMap<u64, u128, foldhash::fast::RandomState> {
    let parts: Vec<HashMap<u64, u128, foldhash::fast::RandomState>> = std::thread::scope(|scope| {
        let workers = keys.chunks(keys.len().div_ceil(threads)).map(|part| {
            scope.spawn(move || {
                let mut map: HashMap<u64, u128, foldhash::fast::RandomState> = HashMap::default();
                for key in part {
                    *map.entry(*key).or_default() += 3;
                }
                map
            })
        });
        workers.collect::<Vec<_>>().into_iter().map(|w| w.join().expect("no panic")).collect()
    });
    let mut all = HashMap::default();
    for part in parts {
        for (key, weight) in part {
            *all.entry(key).or_default() += weight;
        }
    }
    all
}

fn shared(keys: &[u64], threads: usize) -> DashMap<u64, u128, foldhash::fast::RandomState> {
    let map = DashMap::with_hasher(foldhash::fast::RandomState::default());
    std::thread::scope(|scope| {
        for part in keys.chunks(keys.len().div_ceil(threads)) {
            let map = &map;
            scope.spawn(move || {
                for key in part {
                    *map.entry(*key).or_insert(0) += 3;
                }
            });
        }
    });
    map
}

fn outputs(criterion: &mut Criterion) {
    let keys = stream();
    let (a, b) = (own(&keys, 2), shared(&keys, 2));
    assert_eq!(a.len(), b.len());
    assert!(a.iter().all(|(key, weight)| b.get(key).is_some_and(|w| *w == *weight)));
    let mut group = criterion.benchmark_group("outputs");
    group.throughput(Throughput::Elements(ADDITIONS as u64)).sample_size(20);
    for threads in [1, 2] {
        group.bench_function(format!("a map a worker, {threads} threads"), |bencher| {
            bencher.iter(|| own(&keys, threads));
        });
        group.bench_function(format!("one DashMap, {threads} threads"), |bencher| {
            bencher.iter(|| shared(&keys, threads));
        });
    }
    group.finish();
}

criterion_group!(benches, outputs);
criterion_main!(benches);
