//! `turmite perturb`: by how much an object's complexity moves when a part of it is changed or deleted.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use turmite_bdm::Partition;
use turmite_bdm::perturb::{Choice, EdgeEffect, Experiment, Graph, Role, Signature, slice_effects};

use super::Context;
use super::letters::Letters;
use super::object::{Object, ObjectArgs, WINDOWS, axis_names, place};
use crate::exit::usage;
use crate::memory;
use crate::output::{self, Format, Sheet, npy, number};
use crate::picture::{HeatMap, Kind};
use crate::records::Input;

/// The effect of every single-symbol change, or of deleting rows, columns, nodes or edges, in bits
///
/// An effect is the complexity after a change minus the complexity before. Parts whose deletion makes the rest simpler carry
/// information (positive elements); parts whose deletion makes it more complex belong to a regularity (negative elements).
/// Places are counted from 0; nodes have the names of a list of edges.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  echo 000000000000111111111111 | turmite perturb --input bits
  turmite perturb image.png --map effects.svg
  turmite perturb network.edges --graph nodes
  turmite perturb matrix.npy --rows --format csv --top 0 --out rows.csv
  turmite perturb array.npy --out effects.npy")]
pub(crate) struct Args {
    #[command(flatten)]
    object: ObjectArgs,
    /// Read the object as a graph's adjacency matrix, and delete nodes, delete edges, or add edges that it lacks
    #[arg(long, value_name = "PARTS", conflicts_with_all = ["rows", "columns"])]
    graph: Option<GraphParts>,
    /// Delete rows of a matrix (of a line: symbols)
    #[arg(long, conflicts_with = "columns")]
    rows: bool,
    /// Delete columns of a matrix
    #[arg(long)]
    columns: bool,
    /// How many changes to list, the first in --order; 0 lists all
    #[arg(long, value_name = "N", default_value_t = 20)]
    top: usize,
    /// What comes first: the greatest effects in size, those that make it simpler, or more complex [default: size; simpler where parts are deleted]
    #[arg(long, value_name = "ORDER")]
    order: Option<Order>,
    /// Over more than two symbols: which other symbol's effect stands for a cell in --out F.npy and --map [default: mean]
    #[arg(long, value_name = "RULE")]
    other: Option<Other>,
    /// Seed of --other random [default: 1]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Elements whose effect has at most this size count as neutral
    #[arg(long, value_name = "BITS", default_value_t = 0.0)]
    neutral: f64,
    /// How to write the rows [default: by the ending of --out (.json, .jsonl, .csv), else table]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The file to write [default: standard output]; one that ends in .npy gets all effects as doubles, the changes of symbols in the shape of the object
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Draw the effects over the object: a file that ends in .svg or .png
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

/// What is taken from a graph, or added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum GraphParts {
    /// Delete each node
    Nodes,
    /// Delete each edge
    Edges,
    /// Add each edge that is not there
    NonEdges,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Order {
    /// The greatest effects in size, whatever their sign
    Size,
    /// What makes the object simpler
    Simpler,
    /// What makes it more complex
    Complex,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Other {
    /// The mean over all other symbols
    Mean,
    /// The greatest effect in size
    Extreme,
    /// One other symbol, drawn at random for each cell
    Random,
}

/// Rounding is no effect.
pub(super) const ROUNDING: f64 = 1e-9;

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    args.object.check_outputs(&[args.out.as_deref(), args.map.as_deref()])?;
    let kind = args.map.as_deref().map(Kind::of).transpose()?;
    args.format()?;
    if args.neutral.is_nan() || args.neutral < 0.0 {
        return Err(usage(anyhow!("--neutral {}: expected a number of bits from 0", args.neutral)));
    }
    if args.seed.is_some() && args.other != Some(Other::Random) {
        return Err(usage(anyhow!("--seed goes with --other random")));
    }
    if args.other.is_some() && (args.deletes() || !(args.writes_npy() || args.map.is_some())) {
        return Err(usage(anyhow!("--other goes with the changes of symbols in --out F.npy or --map")));
    }
    if args.map.is_some() && args.graph == Some(GraphParts::Nodes) {
        return Err(usage(anyhow!(
            "--map shows cells, which nodes are not; use it with --graph edges or without --graph"
        )));
    }
    // Blocks side by side see a deletion shift all that is behind it.
    let boundary = if args.deletes() { WINDOWS } else { Partition::Ignore };
    let object = args.object.load(args.graph.is_some(), boundary)?;
    if object.input == Input::Graph && !args.deletes() {
        say!("single cells of the adjacency matrix are changed; --graph edges, nodes or non-edges changes the graph");
    }
    let changes = Changes::of(args, &object)?;
    context.signals.check()?;
    if let (Some(kind), Some(path)) = (kind, args.map.as_deref()) {
        output::to(Some(path), |out| kind.draw_map(out, &changes.heat_map(args, &object)))?;
    }
    if let (true, Some(path)) = (args.writes_npy(), args.out.as_deref()) {
        // As the object lies, where every cell has its effect.
        let (shown, axes) = (changes.shown(), object.array.axes());
        let cells = matches!(changes.parts, Parts::Symbols) && shown.len() == axes.iter().product::<usize>();
        let list = [shown.len()];
        output::to(Some(path), |out| Ok(npy::doubles(out, if cells { axes } else { &list }, shown)?))?;
    }
    let out = args.out.as_deref().filter(|_| !args.writes_npy());
    output::to(out, |out| changes.write(args, &object, out))?;
    changes.say(args);
    Ok(ExitCode::SUCCESS)
}

impl Args {
    fn deletes(&self) -> bool {
        self.graph.is_some() || self.rows || self.columns
    }

    fn writes_npy(&self) -> bool {
        let extension = self.out.as_deref().and_then(Path::extension);
        extension.is_some_and(|extension| extension.eq_ignore_ascii_case("npy"))
    }

    /// How rows are written, to standard output where --out takes the effects.
    fn format(&self) -> Result<Format> {
        Format::of(self.format, self.out.as_deref().filter(|_| !self.writes_npy()))
    }

    fn choice(&self) -> Choice {
        match self.other {
            None | Some(Other::Mean) => Choice::Mean,
            Some(Other::Extreme) => Choice::Extreme,
            Some(Other::Random) => Choice::Random { seed: self.seed.unwrap_or(1) },
        }
    }
}

/// What can be changed.
enum Parts {
    /// Every cell to every other symbol, the cells in row-major order.
    Symbols,
    /// The slices of an axis.
    Slices {
        axis: usize,
    },
    Nodes,
    Edges {
        pairs: Vec<(usize, usize)>,
        directed: bool,
    },
}

/// The effects of all changes.
struct Changes {
    parts: Parts,
    before: f64,
    /// One a change; not a number where nothing is left to measure.
    effects: Vec<f64>,
    /// One a cell, where cells have several changes.
    of_cells: Option<Vec<f64>>,
}

impl Changes {
    fn of(args: &Args, object: &Object) -> Result<Self> {
        let Object { bdm, array, .. } = object;
        let metric = args.object.metric.into();
        let experiment = Experiment::new(bdm, array, metric)?;
        let before = experiment.value();
        let all = |effects: Vec<Option<f64>>| effects.into_iter().map(|e| e.unwrap_or(f64::NAN)).collect();
        if let Some(parts) = args.graph {
            let graph = Graph::new(array.clone())?;
            if parts == GraphParts::NonEdges {
                check_memory(graph.nodes())?;
            }
            let edges = |effects: Vec<EdgeEffect>| {
                let pairs = effects.iter().map(|edge| (edge.from, edge.to)).collect();
                let directed = graph.is_directed();
                (Parts::Edges { pairs, directed }, effects.iter().map(|edge| edge.effect).collect())
            };
            let (parts, effects) = match parts {
                GraphParts::Nodes => (Parts::Nodes, all(graph.node_effects(bdm, metric)?)),
                GraphParts::Edges => edges(graph.edge_effects(bdm, metric)?),
                GraphParts::NonEdges => edges(graph.addition_effects(bdm, metric)?),
            };
            return Ok(Self { parts, before, effects, of_cells: None });
        }
        if args.rows || args.columns {
            let axis = axis(args.columns, array.axes().len())?;
            let effects = all(slice_effects(bdm, array, axis, metric)?);
            return Ok(Self { parts: Parts::Slices { axis }, before, effects, of_cells: None });
        }
        let several = bdm.table().symbols() > 2 && (args.writes_npy() || args.map.is_some());
        let of_cells = several.then(|| experiment.effects(args.choice())).transpose()?;
        Ok(Self { parts: Parts::Symbols, before, effects: experiment.every_effect()?, of_cells })
    }

    /// One effect a cell or element, for arrays and maps.
    fn shown(&self) -> &[f64] {
        self.of_cells.as_deref().unwrap_or(&self.effects)
    }

    /// The numbers of the changes to list. Deletions are ranked by information value, as the Online Algorithmic Complexity
    /// Calculator ranks them.
    fn ranked(&self, args: &Args) -> Vec<usize> {
        let default = if args.deletes() { Order::Simpler } else { Order::Size };
        let rule = args.order.unwrap_or(default);
        let key = |at: &usize| match (self.effects[*at], rule) {
            (effect, _) if effect.is_nan() => f64::INFINITY,
            (effect, Order::Size) => -effect.abs(),
            (effect, Order::Simpler) => effect,
            (effect, Order::Complex) => -effect,
        };
        let top = args.top;
        let mut order: Vec<usize> = (0..self.effects.len()).collect();
        let by_key = |a: &usize, b: &usize| key(a).total_cmp(&key(b)).then(a.cmp(b));
        if (1..order.len()).contains(&top) {
            order.select_nth_unstable_by(top - 1, by_key);
            order.truncate(top);
        }
        order.sort_unstable_by(by_key);
        order
    }

    fn signature(&self, args: &Args) -> Option<Signature> {
        Signature::of(self.effects.iter().copied().filter(|e| !e.is_nan()), args.neutral.max(ROUNDING))
    }

    fn write(&self, args: &Args, object: &Object, out: &mut dyn std::io::Write) -> Result<()> {
        let axes = object.array.axes();
        let letters = Letters::of(object);
        let mut columns = vec!["rank"];
        match &self.parts {
            Parts::Symbols => {
                columns.extend(axis_names(axes.len()).iter().chain(letters.columns()).chain(&["from", "to"]));
            }
            Parts::Slices { axis } => {
                columns.push(axis_names(axes.len())[*axis]);
                columns.extend(letters.columns());
            }
            Parts::Nodes => columns.push("node"),
            Parts::Edges { .. } => columns.extend(["from", "to"]),
        }
        columns.extend(["after", "effect"]);
        if args.deletes() {
            columns.extend(["information", "role"]);
        }
        let columns = columns.into_iter().map(str::to_owned).collect();
        let mut sheet = Sheet::new(out, args.format()?, "changes", columns)?;
        for (rank, at) in (1..).zip(self.ranked(args)) {
            let effect = Some(self.effects[at]).filter(|effect| !effect.is_nan());
            let effect = effect.map(|effect| if effect.abs() <= ROUNDING { 0.0 } else { effect });
            let mut row = vec![json!(rank)];
            match &self.parts {
                Parts::Symbols => {
                    let others = usize::from(object.array.symbols()) - 1;
                    let (cell, other) = (at / others, at % others);
                    let from = object.array.cells()[cell];
                    row.extend(place(axes, cell).into_iter().map(|at| json!(at)));
                    row.extend(letters.place(cell));
                    // The other symbols from the least up, without the cell's own.
                    let from = usize::from(from);
                    row.extend([from, other + usize::from(other >= from)].map(|symbol| letters.symbol(symbol)));
                }
                Parts::Slices { .. } => {
                    row.push(json!(at));
                    row.extend(letters.place(at));
                }
                Parts::Nodes => row.push(object.node(at)),
                Parts::Edges { pairs, .. } => row.extend([object.node(pairs[at].0), object.node(pairs[at].1)]),
            }
            row.extend([number(effect.map(|effect| self.before + effect)), number(effect)]);
            if args.deletes() {
                // Not -0.0, which would be printed so.
                row.push(number(effect.map(|effect| 0.0 - effect)));
                let role = effect.map(|effect| Role::of(effect, args.neutral.max(ROUNDING)).name());
                row.push(output::text(role));
            }
            sheet.row(row)?;
        }
        sheet.finish(self.whole(args, object))
    }

    /// What holds for the object as a whole, beside the list of changes.
    fn whole(&self, args: &Args, object: &Object) -> Map<String, Value> {
        let signature = self.signature(args).map(|s| {
            json!({
                "positive": s.positive, "negative": s.negative, "neutral": s.neutral,
                "positive_bits": number(Some(s.positive_bits)), "negative_bits": number(Some(s.negative_bits)),
                "relative_mad": number(s.relative_mad),
            })
        });
        let whole = json!({
            "encoding": object.encoding, "table": object.table, "block": object.bdm.block().to_string(),
            "boundary": object.bdm.partition().to_string(), "metric": args.object.metric.name(),
            "axes": object.array.axes(), "before": number(Some(self.before)), "signature": signature,
        });
        if let Value::Object(whole) = whole { whole } else { Map::new() }
    }

    fn say(&self, args: &Args) {
        let Some(signature) = self.signature(args) else {
            say!("{} {:.6} bits; there is nothing to change", args.object.metric.name(), self.before);
            return;
        };
        let Signature { positive, negative, neutral, .. } = signature;
        let all = self.effects.len();
        say!(
            "{} {:.6} bits; of {all} changes {positive} make it simpler, {negative} more complex, {neutral} neither",
            args.object.metric.name(),
            self.before
        );
        let unmeasured = all - positive - negative - neutral;
        if unmeasured > 0 {
            say!("{unmeasured} leave less than a block, and have no effect that could be measured");
        }
        if args.top > 0 && args.top < all {
            say!("listed are the first {}; --top 0 lists all, --order says what comes first", args.top);
        }
    }

    /// The effects, laid over the cells that they belong to.
    fn heat_map<'a>(&self, args: &Args, object: &'a Object) -> HeatMap<'a> {
        let array = &object.array;
        let effects: Vec<f64> = match &self.parts {
            Parts::Symbols => self.shown().to_vec(),
            Parts::Slices { axis } => {
                (0..array.len()).map(|cell| self.effects[place(array.axes(), cell)[*axis]]).collect()
            }
            Parts::Nodes => Vec::new(),
            Parts::Edges { pairs, directed } => {
                let nodes = array.axes()[0];
                let mut cells = vec![f64::NAN; array.len()];
                for (&(from, to), &effect) in pairs.iter().zip(&self.effects) {
                    cells[from * nodes + to] = effect;
                    if !directed {
                        cells[to * nodes + from] = effect;
                    }
                }
                cells
            }
        };
        let unit = if args.object.metric.name() == "bdm" { "bits" } else { "bits a block" };
        let what = match (&self.parts, args.graph) {
            (Parts::Symbols, _) => "Effect of changing each symbol",
            (_, Some(GraphParts::NonEdges)) => "Effect of adding each edge",
            (Parts::Edges { .. }, _) => "Effect of deleting each edge",
            (Parts::Slices { axis }, _) => match axis_names(array.axes().len())[*axis] {
                "position" => "Effect of deleting each symbol",
                "row" => "Effect of deleting each row",
                _ => "Effect of deleting each column",
            },
            (Parts::Nodes, _) => "Effect of deleting each node",
        };
        let caption = format!(
            "{} {:.2} {unit}, table {}, blocks of {}, {}",
            if unit == "bits" { "BDM" } else { "Block entropy" },
            self.before,
            object.table,
            object.bdm.block(),
            object.bdm.partition()
        );
        HeatMap {
            title: what,
            caption,
            unit,
            axes: array.axes(),
            block: object.bdm.block(),
            symbols: array.cells(),
            alphabet: array.symbols(),
            levels: object.levels(),
            effects,
        }
    }
}

/// Refuses more pairs of nodes than memory holds with their effects: what runs out of it is killed without a word.
fn check_memory(nodes: usize) -> Result<()> {
    /// Bytes of a pair, its effect and its place in the order, while they are computed.
    const PAIR: u64 = 72;
    let needed = PAIR * (nodes as u64).pow(2) / 2;
    let most = memory::three_quarters();
    if needed > most {
        bail!(
            "a graph of {nodes} nodes lacks up to {} edges, which need {} GiB with their effects, and {} GiB may be used: cut the graph into parts",
            (nodes as u64).pow(2) / 2,
            needed >> 30,
            most >> 30
        );
    }
    Ok(())
}

/// The axis that `--rows` or `--columns` means.
pub(super) fn axis(columns: bool, dims: usize) -> Result<usize> {
    match (columns, dims) {
        (false, 1) => Ok(0),
        (true, 1) => Err(usage(anyhow!("--columns goes with matrices; the object has one axis"))),
        (columns, dims) => Ok(dims - 2 + usize::from(columns)),
    }
}
