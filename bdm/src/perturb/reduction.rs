//! [`Reduction`]: deleting what changes the complexity least.

use super::deletion::without;
use super::{Experiment, Graph, Metric, required, slice_effects};
use crate::{Bdm, BdmError, SymbolArray};

/// Effects that differ by less are ties: far above rounding, far below what any two different tables' prices differ by.
const TIE: f64 = 1e-9;

/// Minimal Information Loss Selection (Zenil, Kiani, Adams et al., arXiv:1802.05843): an object made smaller by deleting,
/// again and again, the elements whose deletion changes its complexity least.
///
/// One [`step`](Reduction::step) computes exactly what the deletion of each remaining element alone would change,
/// `|C(X without e) - C(X)|`, takes the least of these values, and deletes every element that has it
/// ([`Ties::Together`], as the algorithm of the paper does) or the first of them ([`Ties::First`]). Then all values are computed anew.
/// Where more elements tie than may go, the first in order go, so that the target is met exactly. What a step with several
/// deletions loses in all is not the sum of the single values; [`Loss::value`] is computed after the fact.
///
/// ```
/// use turmite_bdm::perturb::{Metric, Reduction, Ties};
/// use turmite_bdm::{Bdm, SymbolArray};
/// use turmite_tables::{Shape, Table};
///
/// let bdm = Bdm::builder(Table::embedded("5x2-1d")?).block(Shape::line(4)?).build()?;
/// let array = SymbolArray::from_digits("0101010111010101", 2)?;
/// let mut reduction = Reduction::slices(&bdm, array, &[(0, 8)], Metric::Bdm, Ties::Together)?;
/// while let Some(loss) = reduction.step()? {
///     assert!(loss.least >= 0.0);
/// }
/// assert_eq!(reduction.array().len(), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reduction<'a> {
    bdm: &'a Bdm,
    metric: Metric,
    ties: Ties,
    object: Object<'a>,
    start: f64,
    value: f64,
}

/// What becomes of elements whose deletion changes the complexity equally little.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ties {
    /// All go at once.
    #[default]
    Together,
    /// The first in order goes, and the others are looked at again.
    First,
}

/// A part of an object, by its number in the object that the reduction began with, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// What lies at one place of an axis: a symbol of a line, a row (axis 0) or column (axis 1) of a matrix.
    Slice {
        /// The axis.
        axis: usize,
        /// The place.
        index: usize,
    },
    /// A node of a graph.
    Node(usize),
    /// An edge of a graph.
    Edge(usize, usize),
}

/// One step of a reduction.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// What was deleted.
    pub removed: Vec<Element>,
    /// By how much the deletion of each of them alone would have changed the metric: the least such value.
    pub least: f64,
    /// The metric after the step.
    pub value: f64,
    /// Elements left.
    pub left: usize,
}

#[derive(Debug)]
enum Object<'a> {
    Slices { array: SymbolArray, axes: Vec<Axis> },
    Nodes { graph: Graph, kept: Vec<usize>, target: usize },
    Edges { experiment: Box<Experiment<'a>>, nodes: usize, directed: bool, kept: Vec<(usize, usize)>, target: usize },
}

/// An axis that is made shorter.
#[derive(Debug)]
struct Axis {
    axis: usize,
    kept: Vec<usize>,
    target: usize,
}

impl<'a> Reduction<'a> {
    /// Deletes slices of some axes, each given with the length to reach: `[(0, n)]` the symbols of a line or the rows of
    /// a matrix, `[(0, rows), (1, columns)]` rows and columns, those of both axes compared with each other.
    ///
    /// # Complexity
    /// Of a step, that of [`slice_effects`](super::slice_effects) for every axis.
    ///
    /// # Errors
    /// As [`Bdm::score`], and a target at which no block is left, or that is longer than the axis.
    pub fn slices(
        bdm: &'a Bdm,
        array: SymbolArray,
        targets: &[(usize, usize)],
        metric: Metric,
        ties: Ties,
    ) -> Result<Self, BdmError> {
        let mut shape = array.axes().to_vec();
        let mut axes = Vec::new();
        for &(axis, target) in targets {
            let length = *shape.get(axis).ok_or_else(|| too_many(axis, array.axes().len(), "axis"))?;
            if target > length {
                return Err(too_many(target, length + 1, "--to"));
            }
            shape[axis] = target;
            axes.push(Axis { axis, kept: (0..length).collect(), target });
        }
        holds_a_block(bdm, &shape)?;
        let value = required(bdm, metric, &array)?;
        Ok(Self { bdm, metric, ties, object: Object::Slices { array, axes }, start: value, value })
    }

    /// Deletes nodes of a graph until `target` are left.
    ///
    /// # Complexity
    /// Of a step, that of [`Graph::node_effects`].
    ///
    /// # Errors
    /// As [`Reduction::slices`].
    pub fn nodes(bdm: &'a Bdm, graph: Graph, target: usize, metric: Metric, ties: Ties) -> Result<Self, BdmError> {
        if target > graph.nodes() {
            return Err(too_many(target, graph.nodes() + 1, "--to"));
        }
        holds_a_block(bdm, &[target, target])?;
        let value = required(bdm, metric, graph.adjacency())?;
        let kept = (0..graph.nodes()).collect();
        Ok(Self { bdm, metric, ties, object: Object::Nodes { graph, kept, target }, start: value, value })
    }

    /// Deletes edges of a graph until `target` are left; all nodes stay.
    ///
    /// # Complexity
    /// Of a step, O(1) an edge.
    ///
    /// # Errors
    /// As [`Experiment::new`], and a target above the number of edges.
    pub fn edges(bdm: &'a Bdm, graph: &Graph, target: usize, metric: Metric, ties: Ties) -> Result<Self, BdmError> {
        let kept = graph.edges();
        if target > kept.len() {
            return Err(too_many(target, kept.len() + 1, "--to"));
        }
        let experiment = Box::new(Experiment::new(bdm, graph.adjacency(), metric)?);
        let value = experiment.value();
        let (nodes, directed) = (graph.nodes(), graph.is_directed());
        let object = Object::Edges { experiment, nodes, directed, kept, target };
        Ok(Self { bdm, metric, ties, object, start: value, value })
    }

    /// The metric before the first step.
    #[must_use]
    pub fn start(&self) -> f64 {
        self.start
    }

    /// The metric of what is left.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// What is left: the array, or the adjacency matrix.
    #[must_use]
    pub fn array(&self) -> &SymbolArray {
        match &self.object {
            Object::Slices { array, .. } => array,
            Object::Nodes { graph, .. } => graph.adjacency(),
            Object::Edges { experiment, .. } => experiment.array(),
        }
    }

    /// The elements that are left, in order.
    #[must_use]
    pub fn kept(&self) -> Vec<Element> {
        match &self.object {
            Object::Slices { axes, .. } => {
                axes.iter().flat_map(|a| a.kept.iter().map(|&index| Element::Slice { axis: a.axis, index })).collect()
            }
            Object::Nodes { kept, .. } => kept.iter().map(|&node| Element::Node(node)).collect(),
            Object::Edges { kept, .. } => kept.iter().map(|&(from, to)| Element::Edge(from, to)).collect(),
        }
    }

    /// How many elements are left in the end.
    #[must_use]
    pub fn target(&self) -> usize {
        match &self.object {
            Object::Slices { axes, .. } => axes.iter().map(|a| a.target).sum(),
            Object::Nodes { target, .. } | Object::Edges { target, .. } => *target,
        }
    }

    /// Deletes the elements that matter least. `None` once the target is reached.
    ///
    /// # Errors
    /// As [`Bdm::score`]; the reduction is then of no further use.
    pub fn step(&mut self) -> Result<Option<Loss>, BdmError> {
        let (bdm, metric, ties) = (self.bdm, self.metric, self.ties);
        let step = match &mut self.object {
            Object::Slices { array, axes } => {
                let mut ranked = Vec::new();
                for (number, a) in axes.iter().enumerate().filter(|(_, a)| a.kept.len() > a.target) {
                    let effects = slice_effects(bdm, array, a.axis, metric)?;
                    ranked.extend(sizes(effects).map(|(at, size)| ((number, at), size)));
                }
                let spare: Vec<usize> = axes.iter().map(|a| a.kept.len() - a.target).collect();
                let Some((least, chosen)) = least(&ranked, ties) else { return Ok(None) };
                let mut removed = Vec::new();
                for (number, a) in axes.iter_mut().enumerate() {
                    let of_axis = chosen.iter().filter(|(n, _)| *n == number).map(|&(_, at)| at);
                    let slices: Vec<usize> = of_axis.take(spare[number]).collect();
                    if slices.is_empty() {
                        continue;
                    }
                    *array = without(array, a.axis, &slices)?;
                    let gone = take(&mut a.kept, &slices);
                    removed.extend(gone.into_iter().map(|index| Element::Slice { axis: a.axis, index }));
                }
                let left = axes.iter().map(|a| a.kept.len()).sum();
                Loss { removed, least, value: required(bdm, metric, array)?, left }
            }
            Object::Nodes { graph, kept, target } => {
                let spare = kept.len() - *target;
                let effects = if spare > 0 { graph.node_effects(bdm, metric)? } else { Vec::new() };
                let ranked: Vec<(usize, f64)> = sizes(effects).collect();
                let Some((least, mut chosen)) = least(&ranked, ties) else { return Ok(None) };
                chosen.truncate(spare);
                *graph = graph.without_nodes(&chosen)?;
                let removed = take(kept, &chosen).into_iter().map(Element::Node).collect();
                Loss { removed, least, value: required(bdm, metric, graph.adjacency())?, left: kept.len() }
            }
            Object::Edges { experiment, nodes, directed, kept, target } => {
                let spare = kept.len() - *target;
                let cells = |edge| Graph::cells_of(*nodes, *directed, edge, 0);
                let mut ranked = Vec::new();
                for (at, &edge) in kept.iter().enumerate().filter(|_| spare > 0) {
                    ranked.push((at, experiment.effect_of(&cells(edge))?.abs()));
                }
                let Some((least, mut chosen)) = least(&ranked, ties) else { return Ok(None) };
                chosen.truncate(spare);
                let gone = take(kept, &chosen);
                for &edge in &gone {
                    experiment.apply_all(&cells(edge))?;
                }
                let removed = gone.into_iter().map(|(from, to)| Element::Edge(from, to)).collect();
                Loss { removed, least, value: experiment.value(), left: kept.len() }
            }
        };
        self.value = step.value;
        Ok(Some(step))
    }
}

/// The sizes of effects, with their places. A deletion that leaves no block is none that a reduction may choose.
fn sizes(effects: Vec<Option<f64>>) -> impl Iterator<Item = (usize, f64)> {
    effects.into_iter().enumerate().filter_map(|(at, effect)| effect.map(|effect| (at, effect.abs())))
}

/// The least size, and the elements that have it.
fn least<T: Copy>(ranked: &[(T, f64)], ties: Ties) -> Option<(f64, Vec<T>)> {
    let least = ranked.iter().map(|(_, size)| *size).min_by(f64::total_cmp)?;
    let mut chosen: Vec<T> =
        ranked.iter().filter(|(_, size)| *size <= least + TIE).map(|(element, _)| *element).collect();
    if ties == Ties::First {
        chosen.truncate(1);
    }
    Some((least, chosen))
}

/// Takes the elements at some places, given in rising order, out of a list.
fn take<T: Copy>(list: &mut Vec<T>, places: &[usize]) -> Vec<T> {
    let gone = places.iter().map(|&at| list[at]).collect();
    let mut places = places.iter().copied().peekable();
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        places.next_if_eq(&(at - 1)).is_none()
    });
    gone
}

fn holds_a_block(bdm: &Bdm, axes: &[usize]) -> Result<(), BdmError> {
    let cells = axes.iter().try_fold(1usize, |cells, &axis| cells.checked_mul(axis)).unwrap_or(0);
    let smallest = SymbolArray::new(axes, bdm.table().symbols(), vec![0; cells])?;
    required(bdm, Metric::Entropy, &smallest).map(drop)
}

fn too_many(found: usize, end: usize, option: &'static str) -> BdmError {
    BdmError::Option { option, found: found.to_string(), expected: format!("a number below {end}") }
}
