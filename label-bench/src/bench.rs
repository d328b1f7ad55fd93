//! The measurement: runs are simulated (or read, the neural ones), their truth decided, and every judge asked.

use crate::cells::{ACCUMULATE, BOOKS, Cell};
use crate::judge::{Judge, Outcome};
use crate::neural;
use crate::store::{Store, version};
use crate::texts::{Book, LENGTH};
use crate::truth::{Limits, Trace, Tracer, Truth};
use anyhow::{Context as _, Result};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use turmite_collapse::{
    LabelOptions, Panel, Progress, Reference, Run, Schedule, SimulateOptions, Source, simulate, verdicts,
};
use turmite_tables::Table;

/// Sizes of runs and of what surrounds them.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Records a generation and synthetic generations, of bits.
    pub bits: (usize, u64),
    /// Of text.
    pub text: (usize, u64),
    /// Symbols a record of bits.
    pub length: usize,
    /// Authentic records of bits that labels are judged against; books have a part for this.
    pub reference: usize,
    /// Authentic records that losses are measured on, of bits and of text.
    pub examined: (usize, usize),
    /// Anchored runs, at each of two alphas, that set the limits of the truth.
    pub anchored: u64,
    /// Null trajectories a family.
    pub trajectories: usize,
}

impl Scale {
    /// As it is measured.
    pub const WHOLE: Scale = Scale {
        bits: (64, 25),
        text: (120, 40),
        length: 256,
        reference: 512,
        examined: (200, 40),
        anchored: 10,
        trajectories: 300,
    };
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The root of the project, where the books are.
    pub root: PathBuf,
    /// Where runs and results are kept.
    pub folder: PathBuf,
    /// The cells.
    pub cells: Vec<Cell>,
    /// Runs a cell of bits.
    pub seeds: u64,
    /// Runs a cell of text.
    pub text_seeds: u64,
    /// Runs a cell of the neural learner.
    pub neural_seeds: u64,
    /// Sizes.
    pub scale: Scale,
    /// Who is asked: judges whose name holds one of these; all if there are none.
    pub judges: Vec<String>,
}

/// A run with its truth and what every judge said.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The cell.
    pub cell: Cell,
    /// The truth.
    pub truth: Truth,
    /// By judge.
    pub outcomes: BTreeMap<Judge, Outcome>,
}

/// Runs before they are judged: one run, one cell and what its learner told of its losses, each at the same place.
#[derive(Default)]
struct Samples {
    runs: Vec<Run>,
    cells: Vec<Cell>,
    losses: Vec<Option<Vec<f64>>>,
}

/// Where the runs of a source come from and what they are held against.
struct Setting {
    source: Source,
    book: Option<Book>,
    reference: Reference,
    examined: Vec<String>,
}

/// Seeds of authentic records outside of runs.
const REFERENCE_SEED: u64 = 0x6265_6e63_6800_0001;
const EXAMINED_SEED: u64 = 0x6265_6e63_6800_0002;

/// The alphas of the anchored runs that set limits.
const ANCHORED: [&str; 2] = ["constant:0.1", "constant:0.2"];

/// What results depend on: they are kept under a fingerprint of these.
const RULE: [&str; 2] = ["collapse/src", "label-bench/src/cells.rs"];
const TRUTH: [&str; 4] =
    ["collapse/src", "label-bench/src/cells.rs", "label-bench/src/truth.rs", "label-bench/src/held_out.rs"];

impl Plan {
    fn asks(&self, judge: Judge) -> bool {
        let name = judge.to_string();
        self.judges.is_empty() || self.judges.iter().any(|part| name.contains(part.as_str()))
    }

    /// The fingerprint of the rule.
    ///
    /// # Errors
    /// Source files that cannot be read.
    pub fn rule_version(&self) -> Result<String> {
        version(&self.root, &RULE)
    }

    /// Measures what is not kept yet, and returns all of it.
    ///
    /// # Errors
    /// Cells that cannot be simulated or labelled, and what the file system refuses.
    pub fn measure(&self) -> Result<Vec<Judged>> {
        let base = {
            let mut options = LabelOptions::new(Table::embedded("5x2-1d")?);
            options.trajectories = self.scale.trajectories;
            options
        };
        let (rule, truth) = (self.rule_version()?, version(&self.root, &TRUTH)?);
        let mut groups: Vec<((bool, &str), Vec<&Cell>)> = Vec::new();
        for cell in &self.cells {
            let key = (is_neural(cell), cell.source.as_str());
            match groups.iter_mut().find(|(held, _)| *held == key) {
                Some((_, cells)) => cells.push(cell),
                None => groups.push((key, vec![cell])),
            }
        }
        let mut judged = Vec::new();
        for (number, ((neural, source), cells)) in groups.iter().enumerate() {
            eprintln!("label-bench: {source}, {} of {}: {} cells", number + 1, groups.len(), cells.len());
            let name = if *neural { format!("{source}-neural") } else { (*source).to_owned() };
            let job = Job { plan: self, name, source, cells, neural: *neural };
            judged.extend(job.run(&base, &rule, &truth)?);
        }
        Ok(judged)
    }

    fn setting(&self, source: &str) -> Result<Setting> {
        let owned = |records: &[String], n: usize| records.iter().take(n).cloned().collect::<Vec<_>>();
        if let Some((name, path)) = BOOKS.iter().find(|(name, _)| *name == source) {
            let book = Book::read(&self.root.join(path))?;
            return Ok(Setting {
                source: Source::from_records(*name, book.source.clone())?,
                reference: Reference { records: book.reference.clone() },
                examined: owned(&book.schooling, self.scale.examined.1),
                book: Some(book),
            });
        }
        let parsed: Source = source.parse()?;
        let write = |seed, n: usize| -> Vec<String> {
            let text =
                |index| parsed.bits(self.scale.length, seed, index).iter().map(|bit| char::from(b'0' + bit)).collect();
            (0..n as u64).map(text).collect()
        };
        Ok(Setting {
            reference: Reference { records: write(REFERENCE_SEED, self.scale.reference) },
            examined: write(EXAMINED_SEED, self.scale.examined.0),
            source: parsed,
            book: None,
        })
    }
}

fn is_neural(cell: &Cell) -> bool {
    cell.learner.starts_with("neural")
}

fn run_name(cell: &Cell, seed: u64) -> String {
    format!("{cell} #{seed}")
}

/// The cells of one source.
struct Job<'a> {
    plan: &'a Plan,
    name: String,
    source: &'a str,
    cells: &'a [&'a Cell],
    neural: bool,
}

impl Job<'_> {
    fn run(&self, base: &LabelOptions, rule: &str, truth: &str) -> Result<Vec<Judged>> {
        let text = self.cells.iter().any(|cell| cell.is_text());
        let seeds = match (self.neural, text) {
            (true, _) => self.plan.neural_seeds,
            (_, true) => self.plan.text_seeds,
            _ => self.plan.seeds,
        };
        let names: Vec<(Cell, String)> = self
            .cells
            .iter()
            .flat_map(|&cell| (0..seeds).map(move |seed| (cell.clone(), run_name(cell, seed))))
            .collect();
        let results = self.plan.folder.join("results");
        let mut truths: Store<Truth> = Store::open(&results.join(truth), &self.name, "truth")?;
        let version = results.join(format!("{rule}-{}", base.trajectories));
        let mut asked: Vec<(Judge, Store<Outcome>)> = Judge::all(text)
            .into_iter()
            .filter(|judge| self.plan.asks(*judge))
            .map(|judge| Ok((judge, Store::open(&version, &self.name, &judge.to_string())?)))
            .collect::<Result<_>>()?;
        let unknown = names.iter().any(|(_, name)| truths.get(name).is_none());
        if unknown || names.iter().any(|(_, name)| asked.iter().any(|(_, store)| store.get(name).is_none())) {
            let setting = self.plan.setting(self.source)?;
            let start = Instant::now();
            let samples = self.samples(&setting, seeds)?;
            eprintln!("  {} runs in {:.0} s", samples.runs.len(), start.elapsed().as_secs_f64());
            if unknown {
                let start = Instant::now();
                truths.add(self.truths(&setting, &samples)?)?;
                eprintln!("  their truth in {:.0} s", start.elapsed().as_secs_f64());
            }
            let unjudged = |run: &&Run| asked.iter().any(|(_, store)| store.get(&run.id).is_none());
            let missing = match samples.runs.iter().filter(unjudged).count() {
                // The usual case needs no second copy of all runs.
                n if n == samples.runs.len() => Cow::Borrowed(&samples.runs[..]),
                _ => Cow::Owned(samples.runs.iter().filter(unjudged).cloned().collect()),
            };
            if !missing.is_empty() {
                let start = Instant::now();
                let mut options = base.clone();
                options.encoding = if text { "utf8" } else { "bits" }.parse()?;
                // Under the rule's version, for they too are of the rule. Shapes that differ in a stated share alone have their nulls at the
                // floor in common, and a call that was stopped finds those it made.
                options.cache = Some(version.join("nulls"));
                let panels: Vec<Panel> = asked.iter().map(|(judge, _)| judge.panel(text)).collect();
                let never = AtomicBool::new(false);
                let told = |progress: Progress| {
                    if progress.done == progress.total {
                        eprintln!("  {} null trajectories, {:.0} s", progress.total, start.elapsed().as_secs_f64());
                    }
                };
                let said = verdicts(&missing, Some(&setting.reference), &options, &panels, &told, &never)
                    .with_context(|| self.name.clone())?;
                for ((_, store), labels) in asked.iter_mut().zip(said) {
                    store.add(labels.iter().map(|run| (run.run.clone(), Outcome::of(run))))?;
                }
                let (runs, judges) = (missing.len(), panels.len());
                eprintln!("  {judges} judges on {runs} runs in {:.0} s", start.elapsed().as_secs_f64());
            }
        }
        names
            .into_iter()
            .map(|(cell, name)| {
                let truth = *truths.get(&name).with_context(|| format!("{name}: no truth"))?;
                let outcome = |(judge, store): &(Judge, Store<Outcome>)| Some((*judge, store.get(&name)?.clone()));
                Ok(Judged { truth, outcomes: asked.iter().filter_map(outcome).collect(), cell })
            })
            .collect()
    }

    fn samples(&self, setting: &Setting, seeds: u64) -> Result<Samples> {
        if self.neural {
            return self.neural_samples(setting, seeds);
        }
        let each: Vec<(&Cell, u64)> =
            self.cells.iter().flat_map(|&cell| (0..seeds).map(move |seed| (cell, seed))).collect();
        Ok(Samples {
            runs: each.par_iter().map(|(cell, seed)| self.simulate(setting, cell, *seed)).collect::<Result<_>>()?,
            losses: vec![None; each.len()],
            cells: each.into_iter().map(|(cell, _)| cell.clone()).collect(),
        })
    }

    fn neural_samples(&self, setting: &Setting, seeds: u64) -> Result<Samples> {
        let folder = self.plan.folder.join("neural");
        let book = setting.book.as_ref().context("the neural learner reads a book")?;
        neural::make(&folder, (self.source, book), &neural::Size::WHOLE, 0..seeds)?;
        let kinds = neural::kinds();
        let mut samples = Samples::default();
        for &cell in self.cells {
            let kind = kinds
                .iter()
                .find(|kind| kind.learner() == cell.learner && kind.schedule.to_string() == cell.schedule)
                .with_context(|| format!("{cell}: no such kind of neural run"))?;
            for seed in 0..seeds {
                let kept = neural::load(&kind.path(&folder, self.source, seed))?;
                let mut run = Run::from_simulated(kept.records).pop().context("a neural run without records")?;
                run.id = run_name(cell, seed);
                samples.runs.push(run);
                samples.cells.push(cell.clone());
                samples.losses.push(Some(kept.losses));
            }
        }
        Ok(samples)
    }

    fn simulate(&self, setting: &Setting, cell: &Cell, seed: u64) -> Result<Run> {
        let scale = &self.plan.scale;
        let mut options = SimulateOptions::new(setting.source.clone(), cell.learner.parse()?);
        options.accumulate = cell.schedule == ACCUMULATE;
        options.schedule =
            if options.accumulate { Schedule::Constant(0.0) } else { cell.schedule.parse::<Schedule>()? };
        ((options.records, options.generations), options.length) =
            if cell.is_text() { (scale.text, LENGTH) } else { (scale.bits, scale.length) };
        options.runs = 1;
        let name = run_name(cell, seed);
        // A name is as good as a seed, and no two runs share one.
        options.seed = xxhash_rust::xxh3::xxh3_64(name.as_bytes());
        let mut records = Vec::new();
        simulate(&options, &AtomicBool::new(false), |record| {
            records.push(record);
            Ok(())
        })
        .with_context(|| name.clone())?;
        let mut run = Run::from_simulated(records).pop().context("a run without records")?;
        run.id = name;
        Ok(run)
    }

    /// The truth of every run, by the limits of anchored runs with the same learner, unsharpened and as it is.
    fn truths(&self, setting: &Setting, samples: &Samples) -> Result<Vec<(String, Truth)>> {
        let source = setting.book.is_none().then_some(&setting.source);
        let tracer = Tracer::new(source, setting.examined.iter().map(String::as_str));
        let each = samples.runs.par_iter().zip(&samples.cells).zip(&samples.losses);
        let traces: Vec<Trace> =
            each.map(|((run, cell), losses)| tracer.trace(run, &cell.learner, losses.as_deref())).collect();
        let traced = || samples.cells.iter().zip(&traces);
        let mut limits: BTreeMap<&str, Limits> = BTreeMap::new();
        for &cell in self.cells {
            if limits.contains_key(cell.learner.as_str()) {
                continue;
            }
            let of = if self.neural {
                // Half a minute each: the anchored ones among the runs themselves set their limits.
                let of = |learner: &str, from| {
                    let anchored = |cell: &Cell| cell.learner == learner && cell.schedule != "constant:0";
                    let mut traces = traced().filter(|(cell, _)| anchored(cell)).map(|(_, trace)| trace).peekable();
                    traces.peek().is_some().then(|| Trace::limits(traces, from))
                };
                let own = cell.seeks_modes().then(|| of(&cell.learner, 0)).flatten();
                Limits { plain: of(cell.plain_learner(), 1).unwrap_or_default(), own }
            } else {
                let of = |learner, from| anyhow::Ok(Trace::limits(&self.anchored(setting, &tracer, learner)?, from));
                let own = if cell.seeks_modes() { Some(of(&cell.learner, 0)?) } else { None };
                Limits { plain: of(cell.plain_learner(), 1)?, own }
            };
            limits.insert(&cell.learner, of);
        }
        let names = samples.runs.iter().map(|run| run.id.clone());
        Ok(names
            .zip(traced())
            .map(|(name, (cell, trace))| (name, trace.truth(cell, &limits[cell.learner.as_str()])))
            .collect())
    }

    fn anchored(&self, setting: &Setting, tracer: &Tracer, learner: &str) -> Result<Vec<Trace>> {
        let any = self.cells.first().context("a job without cells")?;
        // Their seeds lie where no judged run's do.
        let each: Vec<(Cell, u64)> = ANCHORED
            .into_iter()
            .flat_map(|schedule| (0..self.plan.scale.anchored).map(move |seed| (schedule, u64::MAX - seed)))
            .map(|(schedule, seed)| {
                let (learner, schedule) = (learner.to_owned(), schedule.to_owned());
                (Cell { source: any.source.clone(), learner, schedule, list: any.list }, seed)
            })
            .collect();
        each.into_par_iter()
            .map(|(cell, seed)| Ok(tracer.trace(&self.simulate(setting, &cell, seed)?, learner, None)))
            .collect()
    }
}
