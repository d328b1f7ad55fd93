//! BDM of strings, squares and short records, with the published tables: CPU time of one thread, bits a second.
//!
//! Every job first prints its value in bits; `benches/pybdm_compare.py` runs the same jobs in PyBDM, checks that the
//! values agree and writes the ratios. Arguments after `--` choose jobs by name.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};
use turmite::bdm::{Bdm, BlockCounts, PackedBits, Partition, lempel_ziv_phrases};
use turmite::tables::{Provenance, RowInput, Table, TableBuilder};

/// CPU time of this thread: other work on the machine does not count.
struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Duration;
    type Value = Duration;

    fn start(&self) -> Duration {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
    }

    fn end(&self, start: Duration) -> Duration {
        self.start() - start
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Bytes that no short rule makes: the high bits of a linear congruence.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// The published values, from the rows `string,shape,k` of the tests.
fn published(space: &str, name: &str) -> Arc<Table> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "data", "pybdm", name].iter().collect();
    let file = File::open(&path).expect("a file of the repository");
    let packed = path.extension() == Some(Path::new("gz").as_os_str());
    let file: Box<dyn Read> = if packed { Box::new(flate2::read::GzDecoder::new(file)) } else { Box::new(file) };
    let mut rows = TableBuilder::new(Provenance::imported(space.parse().expect("a space"), "PyBDM 0.1.0"));
    for line in BufReader::new(file).lines().skip(1) {
        let line = line.expect("text");
        let [string, shape, k] = line.split(',').collect::<Vec<_>>()[..] else { panic!("three cells in {line}") };
        let symbols = string.bytes().map(|digit| digit - b'0').collect();
        rows.push(RowInput::k(shape.parse().expect("a shape"), symbols, k.parse().expect("bits"))).expect("a row");
    }
    Arc::new(Table::from_bytes(rows.build().expect("a table")).expect("a table"))
}

/// One job: how often all its records are scored a second, each against warm memory.
fn job(criterion: &mut Criterion<CpuTime>, name: &str, bdm: &Bdm, records: &[PackedBits<'_>]) {
    let mut counts = BlockCounts::new(2);
    let mut all = || records.iter().map(|r| bdm.score_with(&mut counts, r).expect("sound").expect("blocks").bits).sum();
    let value: f64 = all();
    println!("value of {name}: {value}");
    let mut group = criterion.benchmark_group("score");
    group.throughput(Throughput::Bits(records.iter().map(|record| record.len() as u64).sum()));
    group.bench_function(name, |bencher| bencher.iter(&mut all));
    group.finish();
}

fn scores(criterion: &mut Criterion<CpuTime>) {
    // One thread, so that its clock sees all of the work.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool");
    let strings = published("5x2-1d", "ctm-b2-d12.csv");
    let squares = published("5x2-2d", "ctm-b2-d4x4.csv.gz");
    let scorer = |table: &Arc<Table>, partition| {
        Bdm::builder(Arc::clone(table)).partition(partition).intervals(false).build().expect("blocks of the table")
    };
    let every = Partition::Correlated { shift: 1 };
    let data = bytes(1 << 24);
    let line = |bits: usize| PackedBits::from_bytes(&data[..bits / 8]);
    let square = |side: usize| PackedBits::new(&[side, side], &data[..side * side / 8]).expect("a square");

    let ignore = scorer(&strings, Partition::Ignore);
    job(criterion, "string of 2^20 bits", &ignore, &[line(1 << 20)]);
    job(criterion, "string of 2^27 bits", &ignore, &[line(1 << 27)]);
    let records = |bytes: usize, count: usize| -> Vec<PackedBits<'_>> {
        data.chunks(bytes).take(count).map(PackedBits::from_bytes).collect()
    };
    job(criterion, "1000 records of 256 bits", &ignore, &records(32, 1000));
    job(criterion, "20 records of 24000 bits", &ignore, &records(3000, 20));
    let correlated = scorer(&strings, every);
    job(criterion, "string of 2^18 bits, every shift", &correlated, &[line(1 << 18)]);
    job(criterion, "string of 2^25 bits, every shift", &correlated, &[line(1 << 25)]);
    let tiles = scorer(&squares, Partition::Ignore);
    job(criterion, "square of 1024x1024", &tiles, &[square(1024)]);
    job(criterion, "square of 8192x8192", &tiles, &[square(8192)]);
    let shifted = scorer(&squares, every);
    job(criterion, "square of 256x256, every shift", &shifted, &[square(256)]);
    job(criterion, "square of 4096x4096, every shift", &shifted, &[square(4096)]);
}

/// Lempel-Ziv phrases of records of bits and of forty symbols, by sets of places (up to 4,096 symbols) and by the automaton.
fn phrases(criterion: &mut Criterion<CpuTime>) {
    let data = bytes(1 << 20);
    let mut group = criterion.benchmark_group("lempel-ziv");
    for (length, symbols) in [(256, 2), (300, 40), (4096, 2), (4096, 40), (8192, 2)] {
        let records: Vec<Vec<u8>> = data
            .chunks_exact(length)
            .take(100)
            .map(|record| record.iter().map(|&byte| (u16::from(byte) * symbols / 256) as u8).collect())
            .collect();
        let mut all = || records.iter().map(|record| lempel_ziv_phrases(record)).sum::<usize>();
        group.throughput(Throughput::Elements((records.len() * length) as u64));
        group.bench_function(format!("{} records of {length} of {symbols} symbols", records.len()), |bencher| {
            bencher.iter(&mut all);
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime).sample_size(20);
    targets = scores, phrases
}
criterion_main!(benches);
