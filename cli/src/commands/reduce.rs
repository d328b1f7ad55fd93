//! `turmite reduce`: an object made smaller by deleting what its complexity depends on least.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow, bail};
use serde_json::{Map, Value, json};
use turmite_bdm::SymbolArray;
use turmite_bdm::perturb::{Element, Graph, Loss, Reduction, Ties};

use super::Context;
use super::object::{Object, ObjectArgs};
use super::perturb::axis;
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
    let object = args.object.load(args.graph.is_some())?;
    if object.array.axes().len() == 1 && args.graph.is_none() && args.object.cut.boundary_is_default() {
        say!(
            "blocks side by side leave out what does not fill the last one, so that symbols at the end seem to cost nothing; --boundary correlated has no such end"
        );
    }
    let form = Form::of(&object, args)?;
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
            number(Some(loss)),
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
    /// Numbers with blanks between them, a row a line.
    Numbers,
    /// The edges of a graph, two names a line, and the names of nodes without any.
    Edges,
    Npy,
    Png,
}

impl Form {
    fn of(object: &Object, args: &Args) -> Result<Self> {
        let symbols = object.encoding == "symbols";
        Ok(match (object.input, &object.content) {
            (Input::Npy, _) => Self::Npy,
            (Input::Png, _) if args.graph.is_none() => Self::Png,
            (_, Content::Text(_)) if symbols => Self::Characters,
            (_, Content::Text(_)) if object.encoding == "tokens" => Self::Numbers,
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
            (_, Content::Numbers(numbers)) if args.graph.is_some() && numbers.names().is_some() => Self::Edges,
            (_, Content::Numbers(_)) => Self::Numbers,
        })
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
                out.write_all(kept.collect::<String>().as_bytes())?;
            }
            Self::Digits => {
                let digits: String = array.cells().iter().map(ToString::to_string).collect();
                writeln!(out, "{digits}")?;
            }
            Self::Numbers => {
                let columns = array.axes().last().copied().unwrap_or(1).max(1);
                for row in array.cells().chunks(columns) {
                    writeln!(out, "{}", row.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))?;
                }
            }
            Self::Edges => {
                let (mut nodes, mut edges) = (Vec::new(), Vec::new());
                for element in reduction.kept() {
                    match element {
                        Element::Node(node) => nodes.push(node),
                        Element::Edge(from, to) => edges.push((from, to)),
                        Element::Slice { .. } => {}
                    }
                }
                if nodes.is_empty() {
                    // Edges were deleted, and all nodes are left.
                    nodes = (0..array.axes()[0]).collect();
                } else {
                    edges = Graph::new(object.array.clone())?.edges();
                    edges.retain(|(from, to)| nodes.binary_search(from).is_ok() && nodes.binary_search(to).is_ok());
                }
                for &(from, to) in &edges {
                    writeln!(out, "{}", name(Element::Edge(from, to), object))?;
                }
                for node in nodes {
                    if !edges.iter().any(|&(from, to)| from == node || to == node) {
                        writeln!(out, "{}", name(Element::Node(node), object))?;
                    }
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
