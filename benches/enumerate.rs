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

/// Space, cutoff, part of it (one that takes seconds would be run too seldom), nodes.
const SPACES: [(&str, u64, &str, Option<u64>); 7] = [
    ("2x2-1d", 500, "0/1", Some(61)),
    ("3x2-1d", 500, "0/1", Some(5_417)),
    ("4x2-1d", 500, "0/1", Some(858_909)),
    ("4x2-2d", 100, "0/1", Some(6_689_625)),
    ("5x2-1d", 500, "1/32", None),
    ("5x2-1d", 47_176_870, "1/512", None),
    ("3x3-1d", 100, "1/64", None),
];

fn spaces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("enumerate");
    group.sample_size(10);
    for (name, max_steps, shard, nodes) in SPACES {
        let space: Space = name.parse().expect("a space");
        let shard = shard.parse().expect("a shard");
        let options = EnumerateOptions::new(space, max_steps).shard(shard).threads(1);
        let once = enumerate(&options, &Quiet).expect("an exact space");
        assert!(nodes.is_none_or(|nodes| nodes == once.nodes()));
        let name = format!("{name}, {max_steps} steps, part {shard}");
        let steps_per_node = once.steps() as f64 / once.nodes() as f64;
        println!("{name}: {} nodes, {steps_per_node:.1} steps a node", once.nodes());
        // The report's elements are nodes.
        group.throughput(Throughput::Elements(once.nodes()));
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
