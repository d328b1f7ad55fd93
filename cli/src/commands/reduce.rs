//! `turmite reduce`: an object made smaller by deleting what its complexity depends on least.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use turmite_bdm::SymbolArray;
use turmite_bdm::perturb::{Element, Graph, Loss, Reduction, Ties};

use super::Context;
use super::object::{Object, ObjectArgs, WINDOWS};
use super::perturb::{ROUNDING, axis};
use crate::exit::usage;
use crate::output::{self, Format, Sheet, npy, number};
use crate::picture::grey_of;
use crate::progress::Share;
use crate::records::{Content, Input};

/// Minimal information loss selection: delete, again and again, what changes the complexity least
///
/// Prints the loss curve: what each step deleted, by how much the deletion of each of these elements alone would have changed the
/// complexity, and the complexity afterwards. --out writes what is left. Places are counted from 0.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite reduce record.bits --to 0.5 --out half.bits
  turmite reduce image.png --to 0.25 --out small.png
  turmite reduce network.edges --graph edges --to 40 --out sparse.graph")]
pub(crate) struct Args {
    #[command(flatten)]
    object: ObjectArgs,
    /// How many elements to keep: a share with a point, such as 0.5, or a number; without --rows and --columns a matrix keeps this of both
    #[arg(long, value_name = "SHARE|N")]
    to: Target,
    /// Read the object as a graph's adjacency matrix, and delete nodes or edges
    #[arg(long, value_name = "PARTS", conflicts_with_all = ["rows", "columns"])]
    graph: Option<GraphParts>,
    /// Delete rows of a matrix only
    #[arg(long, conflicts_with = "columns")]
    rows: bool,
    /// Delete columns of a matrix only
    #[arg(long)]
    columns: bool,
    /// What becomes of elements that matter equally little
    #[arg(long, value_name = "RULE", default_value = "together")]
    ties: TieRule,
    /// How to write the loss curve, on standard output
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// The file for what is left, in the form of the input: text, numbers, .npy or .png
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum GraphParts {
    /// Nodes, with their edges
    Nodes,
    /// Edges; all nodes stay
    Edges,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TieRule {
    /// They are deleted at once, as the published algorithm does
    Together,
    /// The first is deleted, and the others are looked at again
    First,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    Share(f64),
    Number(usize),
}

impl std::str::FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("found {text:?}, expected a share from 0.0 to 1.0 or a whole number");
        if text.contains('.') {
            let share: f64 = text.parse().map_err(|_| expected())?;
            if (0.0..=1.0).contains(&share) { Ok(Self::Share(share)) } else { Err(expected()) }
        } else {
            text.parse().map(Self::Number).map_err(|_| expected())
        }
    }
}

impl Target {
    /// How many of some elements are kept; shares to the nearest.
    fn of(self, elements: usize) -> usize {
        match self {
            Self::Share(share) => (elements as f64 * share).round() as usize,
            Self::Number(number) => number,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    args.object.check_outputs(&[args.out.as_deref()])?;
    // Blocks side by side would see every deletion shift what is behind it, and leave out what fills no block.
    let object = args.object.load(args.graph.is_some(), WINDOWS)?;
    let form = Form::of(&object, args)?;
    if let Some(path) = args.out.as_deref() {
        form.check(path)?;
    }
    let mut reduction = start(args, &object)?;
    let before = reduction.kept().len();
    let mut steps = Vec::new();
    let goal = (before - reduction.target()).max(1) as f64;
    let progress = Share::new(context.progress, "reduce");
    while let Some(step) = reduction.step()? {
        context.signals.check()?;
        progress.set((before - step.left) as f64 / goal, || format!("{} left", step.left));
        steps.push(step);
    }
    progress.finish();
    if let Some(path) = args.out.as_deref() {
        output::to(Some(path), |out| form.write(out, &object, &reduction))?;
    }
    output::to(None, |out| curve(args, &object, &reduction, &steps, out))?;
    let unit = args.object.metric.name();
    let left = reduction.kept().len();
    say!(
        "{before} elements to {left} in {} steps; {unit} {:.6} to {:.6} bits",
        steps.len(),
        reduction.start(),
        reduction.value()
    );
    Ok(ExitCode::SUCCESS)
}

fn start<'a>(args: &Args, object: &'a Object) -> Result<Reduction<'a>> {
    let Object { bdm, array, .. } = object;
    let metric = args.object.metric.into();
    let ties = match args.ties {
        TieRule::Together => Ties::Together,
        TieRule::First => Ties::First,
    };
    if let Some(parts) = args.graph {
        let graph = Graph::new(array.clone())?;
        return Ok(match parts {
            GraphParts::Nodes => {
                let to = args.to.of(graph.nodes());
                Reduction::nodes(bdm, graph, to, metric, ties)?
            }
            GraphParts::Edges => Reduction::edges(bdm, &graph, args.to.of(graph.edges().len()), metric, ties)?,
        });
    }
    let axes: Vec<usize> = match (args.rows || args.columns, array.axes().len()) {
        (true, dims) => vec![axis(args.columns, dims)?],
        (false, 1) => vec![0],
        (false, 2) => vec![0, 1],
        (false, _) => {
            return Err(usage(anyhow!("an array of three axes: name what to delete with --rows or --columns")));
        }
    };
    let targets: Vec<(usize, usize)> = axes.into_iter().map(|axis| (axis, args.to.of(array.axes()[axis]))).collect();
    Ok(Reduction::slices(bdm, array.clone(), &targets, metric, ties)?)
}

fn curve(args: &Args, object: &Object, reduction: &Reduction<'_>, steps: &[Loss], out: &mut dyn Write) -> Result<()> {
    let columns = ["step", "removed", "left", "least", "value", "loss"].map(str::to_owned).to_vec();
    let mut sheet = Sheet::new(out, args.format, "steps", columns)?;
    let start = reduction.start();
    for (at, step) in (1..).zip(steps) {
        let removed: Vec<String> = step.removed.iter().map(|element| name(*element, object)).collect();
        // People get the number where there are many.
        let removed = match (args.format, &removed[..]) {
            (Format::Table, [first, .., last]) if removed.len() > 6 => {
                json!(format!("{first} ... {last} ({} elements)", removed.len()))
            }
            _ => json!(removed),
        };
        let loss = start - step.value;
        sheet.row(vec![
            json!(at),
            removed,
            json!(step.left),
            number(Some(step.least)),
            number(Some(step.value)),
            // What rounding leaves of nothing.
            number(Some(if loss.abs() <= ROUNDING { 0.0 } else { loss })),
        ])?;
    }
    let whole = json!({
        "encoding": object.encoding, "table": object.table, "block": object.bdm.block().to_string(),
        "boundary": object.bdm.partition().to_string(), "metric": args.object.metric.name(),
        "before": number(Some(start)), "after": number(Some(reduction.value())),
        "kept": reduction.kept().len(), "axes": reduction.array().axes(),
    });
    sheet.finish(whole.as_object().cloned().unwrap_or_else(Map::new))
}

/// How an element is called in the curve.
fn name(element: Element, object: &Object) -> String {
    let dims = object.array.axes().len();
    let node = |row| match object.node(row) {
        Value::String(name) => name,
        row => row.to_string(),
    };
    match element {
        Element::Slice { index, .. } if dims == 1 => index.to_string(),
        Element::Slice { axis, index } if axis + 1 == dims => format!("column {index}"),
        Element::Slice { index, .. } => format!("row {index}"),
        Element::Node(row) => node(row),
        Element::Edge(from, to) => format!("{} {}", node(from), node(to)),
    }
}

/// How what is left is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The characters that are left of a text that was read a symbol a character.
    Characters,
    /// A digit a symbol.
    Digits,
    /// Numbers with blanks or commas between them, a row a line.
    Numbers {
        commas: bool,
    },
    /// The edges of a graph, two names a line, and the names of nodes without any; every way of it where they were read with --directed.
    Edges {
        directed: bool,
    },
    Npy,
    Png,
}

impl Form {
    fn of(object: &Object, args: &Args) -> Result<Self> {
        let symbols = object.encoding == "symbols";
        let ending = args.out.as_deref().and_then(Path::extension);
        let numbers = Self::Numbers { commas: ending.is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) };
        Ok(match (object.input, &object.content) {
            (Input::Npy, _) => Self::Npy,
            (Input::Png, _) if args.graph.is_none() => Self::Png,
            (_, Content::Text(_)) if symbols => Self::Characters,
            (_, Content::Text(_)) if object.encoding == "tokens" => numbers,
            // A long file is refused where it becomes symbols.
            (_, Content::Text(_) | Content::Bytes(_) | Content::Long(_)) => {
                if args.out.is_some() && object.encoding != "bits" {
                    say!(
                        "single bits of {} are no text; what is left is written with the characters 0 and 1",
                        object.encoding
                    );
                }
                Self::Digits
            }
            (_, Content::Numbers(_)) if object.array.axes().len() > 2 && args.out.is_some() => {
                bail!("an array of three axes is written as .npy; give it as one")
            }
            (_, Content::Numbers(numbers)) if args.graph.is_some() && numbers.names().is_some() => {
                Self::Edges { directed: args.object.cut.input.directed }
            }
            (_, Content::Numbers(_)) => numbers,
        })
    }

    /// Refuses a name that says something else than what is written.
    fn check(self, path: &Path) -> Result<()> {
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let ending = ending.as_deref().unwrap_or_default();
        let (fits, expected) = match self {
            Self::Npy => (matches!(ending, "npy" | ""), "an array is left, which is written as .npy"),
            Self::Png => (matches!(ending, "png" | ""), "an image is left, which is written as .png"),
            _ => (
                !matches!(
                    ending,
                    "npy" | "png" | "jpg" | "jpeg" | "gif" | "parquet" | "json" | "jsonl" | "ndjson" | "bin" | "dat"
                ),
                "what is left is written as text",
            ),
        };
        if fits { Ok(()) } else { Err(usage(anyhow!("--out {}: {expected}; give it another ending", path.display()))) }
    }

    fn write(self, out: &mut dyn Write, object: &Object, reduction: &Reduction<'_>) -> Result<()> {
        let array = reduction.array();
        match self {
            Self::Characters => {
                let Content::Text(text) = &object.content else { return Ok(()) };
                let characters: Vec<char> = text.chars().collect();
                let kept = reduction.kept().into_iter().filter_map(|element| match element {
                    Element::Slice { index, .. } => characters.get(index),
                    Element::Node(_) | Element::Edge(..) => None,
                });
                writeln!(out, "{}", kept.collect::<String>())?;
            }
            Self::Digits => {
                let digits: String = array.cells().iter().map(ToString::to_string).collect();
                writeln!(out, "{digits}")?;
            }
            Self::Numbers { commas } => {
                let columns = array.axes().last().copied().unwrap_or(1).max(1);
                let between = if commas { "," } else { " " };
                for row in array.cells().chunks(columns) {
                    writeln!(out, "{}", row.iter().map(ToString::to_string).collect::<Vec<_>>().join(between))?;
                }
            }
            Self::Edges { directed } => {
                let graph = Graph::new(array.clone())?;
                let node = |element| if let Element::Node(node) = element { Some(node) } else { None };
                let mut nodes: Vec<usize> = reduction.kept().into_iter().filter_map(node).collect();
                if nodes.is_empty() {
                    // Edges were deleted, and all nodes are left.
                    nodes = (0..graph.nodes()).collect();
                }
                let line = |from: usize, to: usize| name(Element::Edge(nodes[from], nodes[to]), object);
                let mut alone = vec![true; nodes.len()];
                for (from, to) in graph.edges() {
                    (alone[from], alone[to]) = (false, false);
                    writeln!(out, "{}", line(from, to))?;
                    if directed && !graph.is_directed() && from != to {
                        // Here one edge is both, and read with --directed it would be one way.
                        writeln!(out, "{}", line(to, from))?;
                    }
                }
                for (&node, _) in nodes.iter().zip(alone).filter(|(_, alone)| *alone) {
                    writeln!(out, "{}", name(Element::Node(node), object))?;
                }
            }
            Self::Npy => npy::bytes(out, array.axes(), array.cells())?,
            Self::Png => crate::picture::grey(out, array.axes(), &greys(object, array))?,
        }
        Ok(())
    }
}

/// The symbols of an image as evenly spaced greys, black for 0 and white for the last level.
fn greys(object: &Object, array: &SymbolArray) -> Vec<u8> {
    let levels = object.levels().unwrap_or(2);
    array.cells().iter().map(|&cell| grey_of(cell, levels)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_have_a_point() {
        assert_eq!("0.5".parse(), Ok(Target::Share(0.5)));
        assert_eq!("1".parse(), Ok(Target::Number(1)));
        assert_eq!("1.0".parse(), Ok(Target::Share(1.0)));
        for bad in ["1.5", "-0.1", "half", "", "-3", "nan."] {
            assert!(bad.parse::<Target>().is_err(), "{bad}");
        }
        assert_eq!((Target::Share(0.5).of(5), Target::Number(9).of(5)), (3, 9));
    }
}
