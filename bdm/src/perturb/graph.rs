//! [`Graph`]: an adjacency matrix, its nodes and edges, and what taking them out changes.

use rayon::prelude::*;

use super::deletion::without;
use super::{Experiment, Metric, required, value_of};
use crate::{Bdm, BdmError, BlockCounts, SymbolArray};

/// A graph as its adjacency matrix: cell (i, j) is 1 if there is an edge from i to j. Undirected if the matrix is
/// symmetric; an edge is then one pair of cells, and both change together.
///
/// ```
/// use turmite_bdm::perturb::{Graph, Metric};
/// use turmite_bdm::{Bdm, Partition};
/// use turmite_tables::{Shape, Table};
///
/// let star = Graph::from_edges(6, &[(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)], false)?;
/// assert_eq!((star.nodes(), star.edges().len(), star.is_directed()), (6, 5, false));
///
/// let table = Table::embedded("4x2-2d")?;
/// let bdm =
///     Bdm::builder(table).block(Shape::new(&[2, 2])?).partition(Partition::Correlated { shift: 1 }).build()?;
/// let effects = star.node_effects(&bdm, Metric::Bdm)?;
/// assert_eq!(effects.len(), 6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graph {
    adjacency: SymbolArray,
    directed: bool,
}

/// What the deletion, or addition, of one edge changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EdgeEffect {
    /// The node that the edge leaves, from 0.
    pub from: usize,
    /// The node that it enters; at or after `from` in an undirected graph.
    pub to: usize,
    /// After minus before, in bits.
    pub effect: f64,
}

impl Graph {
    /// A graph from its adjacency matrix.
    ///
    /// # Errors
    /// An array that is not a square of zeros and ones.
    pub fn new(adjacency: SymbolArray) -> Result<Self, BdmError> {
        let &[rows, columns] = adjacency.axes() else {
            return Err(BdmError::Adjacency { found: format!("an array of {} axes", adjacency.axes().len()) });
        };
        if rows != columns {
            return Err(BdmError::Adjacency { found: format!("{rows} rows of {columns} cells") });
        }
        if let Some(at) = adjacency.cells().iter().position(|&cell| cell > 1) {
            let (row, column) = (at / columns + 1, at % columns + 1);
            return Err(BdmError::Adjacency {
                found: format!("{} in row {row}, column {column}", adjacency.cells()[at]),
            });
        }
        let cells = adjacency.cells();
        let directed = (0..rows).any(|i| (0..i).any(|j| cells[i * columns + j] != cells[j * columns + i]));
        Ok(Self { adjacency, directed })
    }

    /// A graph from its edges, nodes numbered from 0. Naming an edge twice is naming it once.
    ///
    /// # Errors
    /// A node that is not below `nodes`, or a matrix of more cells than can be held.
    pub fn from_edges(nodes: usize, edges: &[(usize, usize)], directed: bool) -> Result<Self, BdmError> {
        let cells = nodes.checked_mul(nodes).filter(|&cells| isize::try_from(cells).is_ok());
        let Some(cells) = cells else {
            return Err(BdmError::Adjacency { found: format!("{nodes} nodes, whose matrix no memory holds") });
        };
        let mut cells = vec![0; cells];
        for &(from, to) in edges {
            if let Some(node) = [from, to].into_iter().find(|&node| node >= nodes) {
                return Err(BdmError::Adjacency {
                    found: format!("an edge at node {node} of {nodes}, counted from 0"),
                });
            }
            cells[from * nodes + to] = 1;
            if !directed {
                cells[to * nodes + from] = 1;
            }
        }
        Self::new(SymbolArray::new(&[nodes, nodes], 2, cells)?)
    }

    /// The number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.adjacency.axes()[0]
    }

    /// Whether the matrix is not symmetric.
    #[must_use]
    pub fn is_directed(&self) -> bool {
        self.directed
    }

    /// The adjacency matrix.
    #[must_use]
    pub fn adjacency(&self) -> &SymbolArray {
        &self.adjacency
    }

    /// The edges in row-major order; those of an undirected graph once, from the node that comes first.
    #[must_use]
    pub fn edges(&self) -> Vec<(usize, usize)> {
        self.pairs(1).collect()
    }

    /// The pairs that an edge could join and none does, in the order of [`Graph::edges`]; no node with itself.
    #[must_use]
    pub fn missing_edges(&self) -> Vec<(usize, usize)> {
        self.pairs(0).filter(|(from, to)| from != to).collect()
    }

    fn pairs(&self, symbol: u8) -> impl Iterator<Item = (usize, usize)> + '_ {
        let nodes = self.nodes();
        let cells = self.adjacency.cells().iter().enumerate().filter(move |(_, cell)| **cell == symbol);
        cells.map(move |(at, _)| (at / nodes, at % nodes)).filter(|(from, to)| self.directed || from <= to)
    }

    /// The graph without some nodes, which are given in rising order.
    pub(super) fn without_nodes(&self, nodes: &[usize]) -> Result<Self, BdmError> {
        let adjacency = without(&without(&self.adjacency, 0, nodes)?, 1, nodes)?;
        // What is left of a directed graph may be symmetric; its edges stay what they were.
        Ok(Self { adjacency, directed: self.directed })
    }

    /// The cells that hold an edge.
    pub(super) fn cells_of(nodes: usize, directed: bool, (from, to): (usize, usize), symbol: u8) -> Vec<(usize, u8)> {
        let mut cells = vec![(from * nodes + to, symbol)];
        if !directed && from != to {
            cells.push((to * nodes + from, symbol));
        }
        cells
    }

    /// The effect (after minus before, in bits) of deleting each node with its row and column. `None` where no block
    /// would be left. Minus this is "BDM diff" of the Online Algorithmic Complexity Calculator, which cuts into 4x4
    /// blocks at every shift.
    ///
    /// # Complexity
    /// One recount of the matrix a node, on all threads.
    ///
    /// # Errors
    /// As [`Bdm::score`], and a graph too small to hold a block.
    pub fn node_effects(&self, bdm: &Bdm, metric: Metric) -> Result<Vec<Option<f64>>, BdmError> {
        let before = required(bdm, metric, &self.adjacency)?;
        (0..self.nodes())
            .into_par_iter()
            .map_init(
                || BlockCounts::new(bdm.table().symbols()),
                |counts, node| {
                    let after = value_of(bdm, metric, counts, &self.without_nodes(&[node])?.adjacency)?;
                    Ok(after.map(|after| after - before))
                },
            )
            .collect()
    }

    /// The effect of deleting each edge, in the order of [`Graph::edges`].
    ///
    /// # Complexity
    /// O(1) an edge, as a change of one or two cells.
    ///
    /// # Errors
    /// As [`Bdm::score`], and a graph too small to hold a block.
    pub fn edge_effects(&self, bdm: &Bdm, metric: Metric) -> Result<Vec<EdgeEffect>, BdmError> {
        self.effects_of(bdm, metric, &self.edges(), 0)
    }

    /// The effect of adding each edge of [`Graph::missing_edges`].
    ///
    /// # Errors
    /// As [`Graph::edge_effects`].
    pub fn addition_effects(&self, bdm: &Bdm, metric: Metric) -> Result<Vec<EdgeEffect>, BdmError> {
        self.effects_of(bdm, metric, &self.missing_edges(), 1)
    }

    fn effects_of(
        &self,
        bdm: &Bdm,
        metric: Metric,
        pairs: &[(usize, usize)],
        symbol: u8,
    ) -> Result<Vec<EdgeEffect>, BdmError> {
        let experiment = Experiment::new(bdm, &self.adjacency, metric)?;
        pairs
            .par_iter()
            .map(|&(from, to)| {
                let cells = Self::cells_of(self.nodes(), self.directed, (from, to), symbol);
                Ok(EdgeEffect { from, to, effect: experiment.effect_of(&cells)? })
            })
            .collect()
    }
}
