//! Effects of all single-bit changes, on one core. One value is checked against PyBDM's before anything is timed.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use turmite::bdm::perturb::{Choice, Experiment, Metric};
use turmite::bdm::{Bdm, Partition, SymbolArray};
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

fn flips(criterion: &mut Criterion) {
    let open = |name| std::sync::Arc::new(Table::embedded(name).expect("embedded"));
    let (strings, squares) = (open("5x2-1d"), open("5x2-2d"));
    let ones = SymbolArray::line(2, vec![1; 30]).expect("bits");
    let bdm = Bdm::builder(strings.clone()).build().expect("a block of 12");
    let effect = Experiment::new(&bdm, &ones, Metric::Bdm).expect("two blocks").effect(10, 0).expect("a cell");
    assert!((effect - 26.91763012739709).abs() < 1e-9, "PyBDM 0.1.0, 30 ones");

    let one_core = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    // The jobs of benches/perturb.py, counting included.
    let mut group = criterion.benchmark_group("perturb, 40,000 bits");
    group.throughput(Throughput::Elements(40_000));
    for (name, table, axes) in [("line", &strings, &[40_000][..]), ("square", &squares, &[200, 200])] {
        let bdm = Bdm::builder(table.clone()).intervals(false).build().expect("the block");
        let array = SymbolArray::new(axes, 2, bits(40_000)).expect("bits");
        group.bench_function(name, |b| {
            b.iter(|| {
                one_core.install(|| {
                    let experiment = Experiment::new(&bdm, &array, Metric::Bdm).expect("blocks");
                    experiment.effects(Choice::Mean).expect("sound")
                })
            });
        });
    }
    group.finish();

    let line = SymbolArray::line(2, bits(1 << 20)).expect("bits");
    let square = SymbolArray::new(&[1024, 1024], 2, bits(1 << 20)).expect("bits");
    let mut group = criterion.benchmark_group("perturb, 2^20 bits");
    group.sample_size(20).throughput(Throughput::Elements(1 << 20));
    for (name, table, array) in [("line, blocks of 12", &strings, &line), ("square, blocks of 4x4", &squares, &square)]
    {
        for partition in [Partition::Ignore, Partition::Recursive { min_length: 1 }, Partition::Correlated { shift: 1 }]
        {
            let bdm = Bdm::builder(table.clone()).partition(partition).intervals(false).build().expect("the block");
            let experiment = Experiment::new(&bdm, array, Metric::Bdm).expect("blocks");
            if partition == Partition::Ignore {
                group.bench_function(format!("{name}, {partition}, counting included"), |b| {
                    b.iter(|| {
                        one_core.install(|| {
                            let experiment = Experiment::new(&bdm, array, Metric::Bdm).expect("blocks");
                            experiment.effects(Choice::Mean).expect("sound")
                        })
                    });
                });
            }
            group.bench_function(format!("{name}, {partition}"), |b| {
                b.iter(|| one_core.install(|| experiment.effects(Choice::Mean).expect("sound")));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, flips);
criterion_main!(benches);
