//! The enumerator: nodes a second on whole spaces, and brute force over every machine of the smallest as its rival.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use turmite::ctm::{Direction, Entry, EnumerateOptions, Machine, Quiet, enumerate, run};
use turmite::tables::Space;

fn options(space: Space) -> Vec<Entry> {
    let halts = (0..space.symbols()).map(|write| Entry::Halt { write });
    let steps = (0..space.symbols()).flat_map(|write| {
        (0..space.states()).flat_map(move |next| {
            [Direction::Right, Direction::Left].map(|direction| Entry::Step { write, direction, next })
        })
    });
    halts.chain(steps).collect()
}

/// Halting machines of a space on blank 0, one run each.
fn brute_force(space: Space, max_steps: u64) -> u128 {
    let options = options(space);
    let mut halting = 0;
    for number in 0..options.len().pow(space.entries() as u32) {
        let mut rest = number;
        let entries = (0..space.entries()).map(|_| {
            let digit = rest % options.len();
            rest /= options.len();
            options[digit]
        });
        let machine = Machine::new(space, entries.collect()).expect("options of the space");
        halting += u128::from(run(&machine, 0, max_steps, |_, _, _| ()).is_some());
    }
    halting
}

fn spaces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("enumerate");
    group.sample_size(10);
    for (name, max_steps, nodes) in [("2x2-1d", 500, 61), ("3x2-1d", 500, 5_417), ("4x2-1d", 500, 858_909)] {
        let options = EnumerateOptions::new(name.parse().expect("a space"), max_steps).threads(1);
        let once = enumerate(&options, &Quiet).expect("an exact space");
        assert_eq!(once.nodes(), nodes);
        group.throughput(Throughput::Elements(nodes));
        group.bench_function(name, |bencher| bencher.iter(|| enumerate(&options, &Quiet)));
    }
    let space: Space = "2x2-1d".parse().expect("a space");
    assert_eq!(brute_force(space, 20), 3_044);
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("2x2-1d, every machine run", |bencher| bencher.iter(|| brute_force(space, 20)));
    group.finish();
}

criterion_group!(benches, spaces);
criterion_main!(benches);
