//! The cut through the tree: subtrees of small weight, which with the top of the tree are the whole space.

use std::collections::BinaryHeap;

use turmite_tables::{Shard, Space};

use crate::tape::Tape;
use crate::tree::{Stopped, Subtree, Walker};

/// Subtrees to walk, and for each of many shards: enough that all cores and all shards have as much to do, although the
/// subtrees differ in cost. Of 128 shards of D(5) the largest has 1.22 times the mean, with 4,096 subtrees it had 1.43;
/// making the cut takes 43 ms (docs/scaling.md).
const SUBTREES: usize = 32_768;
const SUBTREES_A_SHARD: usize = 64;

/// A subtree and its place in the order of the cut.
pub(crate) struct Ranked<T> {
    /// Machines, run on one blank.
    pub(crate) weight: u128,
    order: usize,
    pub(crate) subtree: Subtree<T>,
}

/// The heaviest subtree first; equal ones in the order found, so that the cut does not depend on chance.
impl<T> Ord for Ranked<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.weight.cmp(&other.weight).then(other.order.cmp(&self.order))
    }
}

impl<T> PartialOrd for Ranked<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Ranked<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Ranked<T> {}

/// Expands the heaviest subtree until there are enough, or none left. `top` counts what was expanded.
pub(crate) fn frontier<T: Tape>(top: &mut Walker<'_>, space: Space, shard: Shard) -> Result<Vec<Ranked<T>>, Stopped> {
    let enough = SUBTREES.max(SUBTREES_A_SHARD * shard.of as usize);
    let mut order = 0;
    let mut heap = BinaryHeap::new();
    let mut waiting = vec![Subtree::root(space)];
    loop {
        for subtree in waiting {
            order += 1;
            heap.push(Ranked { weight: top.weight(&subtree.node), order, subtree });
        }
        if heap.len() >= enough {
            break;
        }
        let Some(heaviest) = heap.pop() else { break };
        waiting = top.expand(&heaviest.subtree)?;
    }
    let mut subtrees = heap.into_vec();
    subtrees.sort_by(|a, b| b.cmp(a));
    Ok(subtrees)
}

/// The subtrees of a shard: dealt in turn, so that each gets heavy and light ones alike.
pub(crate) fn deal<T>(subtrees: Vec<Ranked<T>>, shard: Shard) -> Vec<Ranked<T>> {
    let (index, of) = (shard.index as usize, shard.of as usize);
    subtrees.into_iter().enumerate().filter(|(i, _)| i % of == index).map(|(_, s)| s).collect()
}
