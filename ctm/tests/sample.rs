//! The sampler against exact tables, against machines drawn whole and run one by one, and against itself in parts.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use turmite_ctm::{
    CtmError, Direction, Entry, EnumerateOptions, Machine, Quiet, SampleObserver, SampleOptions, Sampler, enumerate,
    replay, run,
};
use turmite_tables::{Relabelling, Row, Shape, Shard, Space, Table, merge};

fn sampled(space: &str, max_steps: u64, seed: u64, machines: u64) -> Table {
    let mut sampler = Sampler::new(SampleOptions::new(space.parse().unwrap(), max_steps, seed)).unwrap();
    sampler.draw(machines, &Quiet).unwrap();
    let table = sampler.table().unwrap();
    table.verify().unwrap();
    table
}

/// Whether these look drawn from the standard normal distribution. Those of one run go together to some degree, for strings
/// share the machines that write them, so that the mean of all scatters as that of so many `runs` at most.
fn look_normal(mut z: Vec<f64>, runs: u64, what: &str) {
    let (n, runs) = (z.len() as f64, runs as f64);
    let mean = z.iter().sum::<f64>() / n;
    let square = z.iter().map(|z| z * z).sum::<f64>() / n;
    z.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let largest = z.last().unwrap().abs();
    println!("{what}: {n} scores, mean {mean:.3}, mean square {square:.3}, largest {largest:.2}");
    assert!(mean.abs() < 4.0 / runs.sqrt(), "{what}: mean {mean}");
    assert!((square - 1.0).abs() < 4.0 * (2.0 / runs).sqrt(), "{what}: mean square {square}");
    assert!(largest < (2.0 * n.ln()).sqrt() + 2.0, "{what}: largest {largest}");
}

/// Every row that plain sampling would be expected to meet 25 times, one a class of equal counts, in samples of so many seeds.
fn agrees_with_exact(space: &str, max_steps: u64, machines: u64, seeds: u64, classes: usize) {
    let options = EnumerateOptions::new(space.parse().unwrap(), max_steps);
    let exact = enumerate(&options, &Quiet).unwrap().into_table().unwrap();
    let pairs = exact.space().pairs().unwrap() as f64;
    let frequent = |row: &Row| row.count.unwrap() as f64 / pairs * machines as f64 >= 25.0;
    let rows: Vec<Row> = exact.rows().map(Result::unwrap).filter(frequent).collect();
    let mut scores = Vec::new();
    for seed in 0..seeds {
        let table = sampled(space, max_steps, seed, machines);
        if seed == 0 {
            assert_eq!(replay(&table).unwrap(), table.len());
        }
        let mut z = HashMap::new();
        for row in &rows {
            let count = row.count.unwrap();
            let estimate = table.lookup(&row.shape, &row.symbols).unwrap().row.expect("a frequent row");
            let (found, error) = (table.in_pairs(estimate.count.unwrap()), table.standard_error(&estimate).unwrap());
            let distance = found - count as f64;
            if error.count / found < 1e-6 {
                // What every machine writes alike, at its first entry, is known from one.
                assert!(distance.abs() / found < 1e-6);
                continue;
            }
            assert!(row.min_steps <= estimate.min_steps);
            z.insert((count, estimate.count), distance / error.count);
        }
        assert!(z.len() >= classes, "{space}: {} classes", z.len());
        scores.extend(z.into_values());
        weights_agree(&exact, &table, machines);
    }
    look_normal(scores, seeds, space);
}

/// The three weights, and where the undecided are; each within five errors of a plain sample, which has more.
fn weights_agree(exact: &Table, table: &Table, machines: u64) {
    let pairs = exact.space().pairs().unwrap() as f64;
    let near = |found: u128, expected: u128, what: &str| {
        let (found, share) = (table.in_pairs(found), expected as f64 / pairs);
        let error = (share * (1.0 - share) / machines as f64).sqrt() * pairs;
        assert!((found - expected as f64).abs() <= 5.0 * error, "{what}: {found} for {expected} +- {error}");
    };
    let (weights, estimates) = (exact.provenance().weights.unwrap(), table.provenance().weights.unwrap());
    near(estimates.halting, weights.halting, "halting");
    near(estimates.non_halting, weights.non_halting, "non-halting");
    near(estimates.undecided, weights.undecided, "undecided");
    let by_shape: HashMap<Shape, u128> = table.provenance().undecided_by_shape.iter().copied().collect();
    for (shape, weight) in &exact.provenance().undecided_by_shape {
        near(by_shape.get(shape).copied().unwrap_or(0), *weight, &shape.to_string());
    }
}

#[test]
fn lines_agree_with_exact_tables() {
    agrees_with_exact("3x2-1d", 21, 200_000, 20, 8);
    agrees_with_exact("4x2-1d", 107, 400_000, 12, 10);
}

/// Cutoffs that cut, so that something is undecided in every dimension.
#[test]
fn many_symbols_planes_and_solids_agree_with_exact_tables() {
    agrees_with_exact("2x3-1d", 20, 300_000, 12, 5);
    agrees_with_exact("3x2-2d", 30, 400_000, 12, 6);
    agrees_with_exact("3x2-3d", 12, 400_000, 8, 3);
}

/// Draws whole machines, every entry, and runs them on every blank by the plain simulator.
fn machines_drawn_whole(space: Space, max_steps: u64, machines: u64) -> (HashMap<(Shape, Vec<u8>), u64>, u64) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut below = |bound: u64| ((random.next_u64() % (bound << 32)) >> 32) as u8;
    let (mut rows, mut halting) = (HashMap::new(), 0);
    for _ in 0..machines {
        let entries = (0..space.entries()).map(|_| {
            let (n, k, d) = (u64::from(space.states()), u64::from(space.symbols()), u64::from(space.directions()));
            let choice = below(u64::from(space.options()));
            if u64::from(choice) < k {
                return Entry::Halt { write: choice };
            }
            Entry::Step { write: below(k), direction: Direction::ALL[usize::from(below(d))], next: below(n) }
        });
        let machine = Machine::new(space, entries.collect()).unwrap();
        for blank in 0..space.symbols() {
            let Some(halted) = run(&machine, blank, max_steps, |_, _, _| ()) else { continue };
            halting += 1;
            let class = Relabelling::of(&halted.symbols).canonical;
            *rows.entry((halted.shape, class)).or_insert(0) += 1;
        }
    }
    (rows, halting)
}

/// A space beyond 128 bits, on which nothing but this can be compared.
#[test]
fn machines_drawn_whole_follow_the_same_law() {
    const MACHINES: u64 = 60_000;
    let space: Space = "4x6-1d".parse().unwrap();
    assert_eq!(space.pairs(), None);
    let table = sampled("4x6-1d", 60, 7, MACHINES);
    let (plain, halting) = machines_drawn_whole(space, 60, MACHINES);
    let share =
        table.provenance().weights.unwrap().halting as f64 / table.provenance().weights.unwrap().sum().unwrap() as f64;
    let pairs = MACHINES as f64 * 6.0;
    // The runs of a machine on its six blanks are not independent; taken as if they were one, the error is at most this.
    let error = (6.0 * share * (1.0 - share) / pairs).sqrt();
    assert!((halting as f64 / pairs - share).abs() < 4.0 * error, "halting: {} for {share}", halting as f64 / pairs);
    let mut z = Vec::new();
    for row in table.rows() {
        let row = row.unwrap();
        let expected = table.in_pairs(row.count.unwrap()) * row.strings(6) as f64 / space.approximate_pairs() * pairs;
        let found = *plain.get(&(row.shape, row.symbols.clone())).unwrap_or(&0) as f64;
        // Both halts of the first entry, on all blanks alike, are not scattered as the rest.
        if expected >= 25.0 && row.symbols.len() > 2 {
            let own = table.standard_error(&row).unwrap().bits / std::f64::consts::LOG2_E * expected;
            z.push((found - expected) / (expected + own * own).sqrt());
        }
    }
    assert!(z.len() >= 20, "{} classes", z.len());
    // The scatter of the machines drawn whole is the larger, and that of one row has little to do with that of another.
    look_normal(z, 20, "4x6-1d");
}

fn bytes(options: SampleOptions, machines: u64) -> Vec<u8> {
    let mut sampler = Sampler::new(options).unwrap();
    sampler.draw(machines, &Quiet).unwrap();
    sampler.builder().unwrap().build().unwrap()
}

/// The same bytes for any number of threads, from shards merged in another order, and in two goes.
#[test]
fn parts_are_the_bytes_of_the_whole() {
    for (space, within) in [("5x2-1d", ""), ("4x9-1d", "6"), ("3x2-2d", "3x3"), ("3x3-3d", "")] {
        let options = || SampleOptions::new(space.parse().unwrap(), 60, 3).within(within.parse().ok());
        let whole = bytes(options().threads(1), 5_000);
        for threads in [2, 8] {
            assert!(bytes(options().threads(threads), 5_000) == whole, "{space} on {threads} threads");
        }
        let shards = [2, 0, 1].map(|index| {
            let (options, machines) = options().threads(2).shard(Shard { index, of: 3 }, 5_000);
            Table::from_bytes(bytes(options, machines)).unwrap()
        });
        assert!(merge(&shards).unwrap().build().unwrap() == whole, "{space} in shards");

        let half = Table::from_bytes(bytes(options(), 2_345)).unwrap();
        half.verify().unwrap();
        let mut sampler = Sampler::new(SampleOptions::after(&half).unwrap()).unwrap();
        sampler.draw(2_000, &Quiet).unwrap();
        sampler.draw(655, &Quiet).unwrap();
        let rest = sampler.table().unwrap();
        assert!(merge(&[&rest, &half]).unwrap().build().unwrap() == whole, "{space} in two goes");
        assert!(SampleOptions::after(&shards[0]).is_err(), "a shard");
    }
}

/// What is left out is what the rows of the whole weigh, and no other row changes.
#[test]
fn long_strings_are_left_out_by_shape() {
    let options = || SampleOptions::new("4x4-1d".parse().unwrap(), 100, 5);
    let all = Table::from_bytes(bytes(options(), 20_000)).unwrap();
    let short = Table::from_bytes(bytes(options().within("5".parse().ok()), 20_000)).unwrap();
    short.verify().unwrap();
    assert_eq!(short.total(), all.total());
    let mut longer: HashMap<Shape, u128> = HashMap::new();
    for row in all.rows() {
        let row = row.unwrap();
        if row.symbols.len() <= 5 {
            assert_eq!(short.lookup(&row.shape, &row.symbols).unwrap().row.as_ref(), Some(&row));
        } else {
            *longer.entry(row.shape).or_default() += row.count.unwrap() * u128::from(row.strings(4));
        }
    }
    let left_out: HashMap<Shape, u128> = short.left_out().unwrap().by_shape.iter().copied().collect();
    assert_eq!(left_out, longer);
}

#[test]
fn sampling_to_an_error_depends_on_the_seed_only() {
    let reached = |threads| {
        let mut sampler = Sampler::new(SampleOptions::new("3x2-1d".parse().unwrap(), 21, 1).threads(threads)).unwrap();
        sampler.draw_to_error(0.02, 10, None, None, &Quiet).unwrap();
        assert!(sampler.table().unwrap().largest_error(10).unwrap().unwrap() <= 0.02);
        sampler.samples()
    };
    assert_eq!(reached(1), reached(3));
}

/// What has been drawn when a sampler is stopped is a sample, and the very one of that many machines.
#[test]
fn a_stopped_sample_is_whole() {
    struct Soon(AtomicBool);
    impl SampleObserver for Soon {
        fn progress(&self, _: f64, machines: u64) {
            self.0.fetch_or(machines >= 5_000, Ordering::Relaxed);
        }
        fn stop(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }
    let options = SampleOptions::new("4x2-1d".parse().unwrap(), 107, 3).threads(3);
    let mut sampler = Sampler::new(options).unwrap();
    let stopped = sampler.draw_to_error(1e-9, 10, None, None, &Soon(AtomicBool::new(false)));
    assert!(matches!(stopped, Err(CtmError::Stopped)));
    assert!((5_000..65_536).contains(&sampler.samples()), "{}", sampler.samples());
    let table = sampler.table().unwrap();
    assert_eq!(table.checksum(), sampled("4x2-1d", 107, 3, sampler.samples()).checksum());
    // An error that is reached already takes no machine more; one that is not takes no more than the time.
    let mut more = Sampler::new(SampleOptions::after(&table).unwrap()).unwrap();
    more.draw_to_error(10.0, 10, None, Some(&table), &Quiet).unwrap();
    assert_eq!(more.samples(), 0);
    more.draw_to_error(1e-9, 10, Some(Duration::from_millis(50)), Some(&table), &Quiet).unwrap();
    assert!(more.samples() > 0);
}

#[test]
fn samples_that_make_no_sense_are_refused() {
    let space: Space = "3x2-1d".parse().unwrap();
    assert!(Sampler::new(SampleOptions::new(space, 0, 1)).is_err());
    let mut sampler = Sampler::new(SampleOptions::new(space, 10, 1)).unwrap();
    assert!(sampler.draw(0, &Quiet).is_err());
    assert!(sampler.draw(1 << 41, &Quiet).is_err());
    let exact = enumerate(&EnumerateOptions::new(space, 10), &Quiet).unwrap().into_table().unwrap();
    assert!(SampleOptions::after(&exact).is_err());
}
