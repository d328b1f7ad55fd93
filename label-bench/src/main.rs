//! `cargo xtask label-bench`: measures the label and writes the document.

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use turmite_label_bench::bench::{Plan, Scale};
use turmite_label_bench::cells::{BOOKS, Cell, List, neural, simulated};
use turmite_label_bench::document::Report;
use turmite_label_bench::figures::ListFigures;
use turmite_label_bench::file::whole;
use turmite_label_bench::texts::Book;
use turmite_label_bench::{neural as runs, oracle};

/// Measure the label against the usual statistics on self-training loops whose truth is known
///
/// Results are kept under target/label-bench by run and by version of the rule: a call that was stopped goes on where it was, and
/// more seeds only add runs. Runs of the neural learner are kept too; they do not depend on the rule.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask label-bench")]
struct Args {
    /// Runs a cell of bits
    #[arg(long, value_name = "N", default_value_t = 10)]
    seeds: u64,
    /// Runs a cell of text [default: half as many]
    #[arg(long, value_name = "N")]
    text_seeds: Option<u64>,
    /// Runs a cell of the neural learner: 0 leaves it out; a run that is missing takes about half a minute to make
    #[arg(long, value_name = "N", default_value_t = 20)]
    neural_seeds: u64,
    /// Only cells whose name holds every word of one of these, such as "eca:30 constant:0" or "records"
    #[arg(long, value_name = "NAME", num_args = 1..)]
    cells: Vec<String>,
    /// Only judges whose name holds one of these, such as "turmite" or "gzip"
    #[arg(long, value_name = "NAME", num_args = 1..)]
    judges: Vec<String>,
    /// Null trajectories a family, for every judge: the label's own number by default
    #[arg(long, value_name = "N", default_value_t = Scale::WHOLE.trajectories)]
    trajectories: usize,
    /// Only make the runs of the neural learner
    #[arg(long)]
    make_neural: bool,
    /// The document [default: docs/label-benchmark.md; standard output where cells or judges are left out]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs at alpha 0 and at the floor that the oracle's limit is taken from.
const ORACLE_RUNS: u64 = 400;

fn main() -> Result<()> {
    let args = Args::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize().with_context(|| format!("{}: not a folder", root.display()))?;
    let folder = root.join("target/label-bench");
    if args.make_neural {
        let (name, path) = BOOKS[0];
        let book = Book::read(&root.join(path))?;
        return runs::make(&folder.join("neural"), (name, &book), &runs::Size::WHOLE, 0..args.neural_seeds);
    }
    let complete = args.cells.is_empty() && args.judges.is_empty();
    let wanted = |cell: &Cell| args.cells.is_empty() || args.cells.iter().any(|words| cell.holds(words));
    let own = if args.neural_seeds > 0 { neural() } else { Vec::new() };
    let cells: Vec<Cell> = own.into_iter().chain(simulated()).filter(wanted).collect();
    ensure!(
        !cells.is_empty(),
        "no cell's name holds {:?}; expected words of one, such as `eca:30 records`",
        args.cells
    );
    ensure!(
        args.cells.iter().all(|words| !words.trim().is_empty()),
        "--cells: empty words; leave the option out for every cell"
    );
    let scale = Scale { trajectories: args.trajectories, ..Scale::WHOLE };
    let (seeds, text_seeds) = (args.seeds, args.text_seeds.unwrap_or(args.seeds.div_ceil(2)));
    let plan = Plan {
        root: root.clone(),
        folder: folder.clone(),
        cells,
        seeds,
        text_seeds,
        neural_seeds: args.neural_seeds,
        scale,
        judges: args.judges,
    };
    // Before the hours in which the sources may change.
    let rule = plan.rule_version()?;
    let judged = plan.measure()?;
    let mut limits = Vec::new();
    let mut asked: Vec<(&str, &str)> =
        plan.cells.iter().map(|cell| (cell.source.as_str(), cell.learner.as_str())).collect();
    asked.dedup();
    for (source, learner) in asked.into_iter().filter(|(source, _)| !BOOKS.iter().any(|(book, _)| book == source)) {
        limits.extend(oracle::limit(source, learner, scale.bits, scale.length, ORACLE_RUNS)?);
    }
    let (network, others): (Vec<_>, Vec<_>) =
        judged.iter().cloned().partition(|run| run.cell.learner.starts_with("neural"));
    let report = Report {
        command: command(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rule,
        machine: machine(),
        seeds: [seeds, text_seeds, args.neural_seeds],
        trajectories: scale.trajectories,
        lists: [List::Tuned, List::HeldBack].map(|list| ListFigures::of(list, &others)).into(),
        neural: ListFigures::of(List::HeldBack, &network).cells,
        oracle: limits,
    };
    whole(&folder.join("figures.json"), |out| Ok(serde_json::to_writer_pretty(out, &report)?))?;
    let document = report.markdown();
    let out = args.out.or_else(|| complete.then(|| root.join("docs/label-benchmark.md")));
    match out {
        Some(path) => {
            whole(&path, |out| Ok(out.write_all(document.as_bytes())?))?;
            eprintln!("label-bench: the document is {}", path.display());
        }
        None => std::io::stdout().write_all(document.as_bytes())?,
    }
    Ok(())
}

fn command() -> String {
    let quoted = std::env::args().skip(1).map(|word| if word.contains(' ') { format!("\"{word}\"") } else { word });
    std::iter::once("cargo xtask label-bench".to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}

/// The processor's name where the system tells it.
fn machine() -> String {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    format!("{}, {threads} threads", model.map_or(std::env::consts::ARCH, |(_, name)| name.trim()))
}
