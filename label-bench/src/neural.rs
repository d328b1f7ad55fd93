//! Runs of the neural learner: made once, written as JSON lines, read by the benchmark as often as it is repeated.

use crate::draw::{below, stream, unit};
use crate::file::whole;
use crate::network::{Alphabet, Network, Training};
use crate::texts::{Book, LENGTH};
use anyhow::{Context as _, Result};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::io::BufRead as _;
use std::path::{Path, PathBuf};
use turmite_collapse::{Schedule, SimulatedRecord};

/// Sizes of runs and of training.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// How a network learns English from [`Book::schooling`] before its run begins.
    pub schooling: Training,
    /// How it is trained on the pool of each generation.
    pub tuning: Training,
    /// Records a generation.
    pub records: usize,
    /// Synthetic generations.
    pub generations: u64,
    /// Records of the reference that the network's own loss is measured on.
    pub examined: usize,
}

impl Size {
    /// As it is measured.
    pub const WHOLE: Size = Size {
        schooling: Training { epochs: 4, rate: 2e-3 },
        tuning: Training { epochs: 2, rate: 1e-3 },
        records: 120,
        generations: 20,
        examined: 60,
    };
}

/// First word of every key, so that no stream is shared with another part of the benchmark.
const DOMAIN: u64 = 0x6e65_7572_616c_0001;

/// One kind of neural run.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The share of authentic records by generation.
    pub schedule: Schedule,
    /// The temperature records are written at.
    pub temperature: f32,
}

/// The kinds that are measured.
///
/// # Panics
/// Never: the schedules are written here.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    [(0.0, 1.0), (0.2, 1.0), (0.5, 1.0), (0.0, 0.8)]
        .into_iter()
        .map(|(alpha, temperature)| Kind { schedule: Schedule::Constant(alpha), temperature })
        .collect()
}

impl Kind {
    /// The learner's name, as cells carry it.
    #[must_use]
    pub fn learner(&self) -> String {
        if self.temperature == 1.0 { "neural".to_owned() } else { format!("neural,temperature={}", self.temperature) }
    }

    /// Where a run of a book and a seed is kept.
    #[must_use]
    pub fn path(&self, folder: &Path, book: &str, seed: u64) -> PathBuf {
        folder.join(format!("{book} {} {} {seed}.jsonl", self.learner(), self.schedule).replace([' ', ':', ','], "_"))
    }
}

/// A run, kept as records in the format of `turmite simulate`, with the losses in a file beside them.
#[derive(Clone, Debug)]
pub struct NeuralRun {
    /// The network's own cross-entropy on authentic records it has never seen, in bits a character: entry t is that of the
    /// network which wrote generation t; entry 0 that of the network before its run.
    pub losses: Vec<f64>,
    /// The records.
    pub records: Vec<SimulatedRecord>,
}

/// A network that has been to school.
#[must_use]
pub fn schooled(book: &Book, alphabet: Alphabet, size: &Size, seed: u64) -> Network {
    let mut rng = stream([DOMAIN, seed, u64::MAX, 0]);
    let mut network = Network::new(alphabet, &mut rng);
    let records: Vec<Vec<u8>> = book.schooling.iter().map(|text| network.alphabet().encode(text)).collect();
    network.train(&records, size.schooling, &mut rng);
    network
}

/// One run: generation t is written by the network trained on the pool of generation t - 1, which begins with the weights
/// it had the generation before.
#[must_use]
pub fn run(name: &str, book: (&str, &Book), mut network: Network, kind: &Kind, size: &Size, seed: u64) -> NeuralRun {
    let (book_name, book) = book;
    let examined: Vec<Vec<u8>> =
        book.reference.iter().take(size.examined).map(|text| network.alphabet().encode(text)).collect();
    let mut losses = vec![network.loss(&examined)];
    let mut records = Vec::new();
    let mut pool: Vec<Vec<u8>> = Vec::new();
    for generation in 0..=size.generations {
        let mut rng = stream([DOMAIN, seed, u64::from(kind.temperature.to_bits()), generation]);
        if generation > 0 {
            network.train(&pool, size.tuning, &mut rng);
            losses.push(network.loss(&examined));
        }
        let alpha = kind.schedule.alpha(generation);
        let exogenous: Vec<bool> = (0..size.records).map(|_| unit(&mut rng) < alpha).collect();
        let wanted = exogenous.iter().filter(|&&exogenous| !exogenous).count();
        let mut own = network.write(wanted, LENGTH, kind.temperature, &mut rng).into_iter();
        pool.clear();
        for (index, exogenous) in exogenous.into_iter().enumerate() {
            let symbols = if exogenous { None } else { own.next() };
            let (symbols, text) = match symbols {
                Some(symbols) => {
                    let text = network.alphabet().decode(&symbols);
                    (symbols, text)
                }
                None => authentic(book, &network, &mut rng),
            };
            pool.push(symbols);
            records.push(SimulatedRecord {
                run: name.to_owned(),
                source: book_name.to_owned(),
                generation,
                index,
                alpha,
                exogenous,
                text,
            });
        }
    }
    NeuralRun { losses, records }
}

fn authentic(book: &Book, network: &Network, rng: &mut ChaCha8Rng) -> (Vec<u8>, String) {
    let text = &book.source[below(rng, book.source.len())];
    (network.alphabet().encode(text), text.clone())
}

fn losses_beside(path: &Path) -> PathBuf {
    path.with_extension("losses.json")
}

/// Writes a run: both files whole, the records last, so that a run whose records are there is whole.
///
/// # Errors
/// What the file system refuses.
pub fn save(run: &NeuralRun, path: &Path) -> Result<()> {
    whole(&losses_beside(path), |out| Ok(serde_json::to_writer(out, &run.losses)?))?;
    whole(path, |out| {
        for record in &run.records {
            serde_json::to_writer(&mut *out, record)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}

/// Reads what [`save`] wrote.
///
/// # Errors
/// The file and the line that is not as expected.
pub fn load(path: &Path) -> Result<NeuralRun> {
    let fault =
        |path: &Path| format!("{}: not a run of the benchmark; delete it, and it is made again", path.display());
    let beside = losses_beside(path);
    let losses =
        std::fs::read(&beside).map_err(anyhow::Error::from).and_then(|text| Ok(serde_json::from_slice(&text)?));
    let mut run = NeuralRun { losses: losses.with_context(|| fault(&beside))?, records: Vec::new() };
    let file = std::fs::File::open(path).with_context(|| fault(path))?;
    for (number, line) in std::io::BufReader::new(file).lines().enumerate() {
        let record = line.map_err(anyhow::Error::from).and_then(|line| Ok(serde_json::from_str(&line)?));
        run.records.push(record.with_context(|| format!("{}, line {}", fault(path), number + 1))?);
    }
    Ok(run)
}

/// Makes the runs that are not there yet, seed by seed, and says on standard error which.
///
/// # Errors
/// What the file system refuses.
pub fn make(folder: &Path, book: (&str, &Book), size: &Size, seeds: std::ops::Range<u64>) -> Result<()> {
    let (book_name, book) = book;
    let alphabet = Alphabet::of(book.source.iter().chain(&book.reference).chain(&book.schooling))?;
    seeds.into_par_iter().try_for_each(|seed| {
        let missing: Vec<Kind> =
            kinds().into_iter().filter(|kind| !kind.path(folder, book_name, seed).exists()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let start = std::time::Instant::now();
        let network = schooled(book, alphabet.clone(), size, seed);
        eprintln!("label-bench: {book_name}, network {seed}: schooled in {:.0} s", start.elapsed().as_secs_f64());
        for kind in missing {
            let start = std::time::Instant::now();
            let path = kind.path(folder, book_name, seed);
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let run = run(&name, (book_name, book), network.clone(), &kind, size, seed);
            save(&run, &path)?;
            let seconds = start.elapsed().as_secs_f64() / size.generations as f64;
            eprintln!("label-bench: {name}: {seconds:.2} s a generation, losses {:.3?}", run.losses);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_repeat_themselves_and_are_kept() {
        let verse = "in the beginning was the word and the word was with them ".repeat(20);
        let records: Vec<String> = (0..24).map(|i| verse.chars().skip(i * 7).take(LENGTH).collect()).collect();
        let book = Book { source: records.clone(), reference: records.clone(), schooling: records };
        let training = Training { epochs: 1, rate: 2e-3 };
        let size = Size { schooling: training, tuning: training, records: 6, generations: 3, examined: 4 };
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), ("verse", &book), &size, 0..1).unwrap();
        let kind = Kind { schedule: Schedule::Constant(0.5), temperature: 1.0 };
        let path = kind.path(folder.path(), "verse", 0);
        let kept = load(&path).unwrap();
        assert_eq!((kept.losses.len(), kept.records.len()), (4, 24));
        assert!(kept.records.iter().all(|record| record.text.chars().count() == LENGTH));
        let of = |t: u64| kept.records.iter().filter(move |record| record.generation == t);
        assert!(of(0).all(|record| record.exogenous && record.alpha == 1.0));
        assert!((1..=3).flat_map(of).any(|record| !record.exogenous));
        // Made again, from the same seed: the same records.
        std::fs::remove_file(&path).unwrap();
        make(folder.path(), ("verse", &book), &size, 0..1).unwrap();
        let again = load(&path).unwrap();
        assert_eq!((&again.losses, &again.records), (&kept.losses, &kept.records));
        std::fs::write(&path, "{}\n").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("line 1"));
    }
}
