//! The walk in tree normal form: run, define the entry the run reaches in every way, go on.

use turmite_tables::{Shape, Space};

use crate::busy_beaver::proven_bound;
use crate::deciders::{Deciders, Effort};
use crate::machine::Direction;
use crate::memory::Memory;
use crate::outputs::Outputs;
use crate::rules::{Rule, Rules};
use crate::tally::{Proof, Tally};
use crate::tape::{Outcome, Tape};

/// A partial machine whose run has reached an undefined entry, and all that the walk knows of it.
#[derive(Clone, Debug)]
pub(crate) struct Node<T> {
    pub(crate) tape: T,
    /// States and symbols seen so far: the first of each are numbered in order of first use.
    states: u8,
    symbols: u8,
    /// Axes moved along so far. The first move along each is fixed to the next axis and forward.
    axes: u8,
    /// Entries not defined yet, the one reached included.
    undefined: u8,
    /// How many numberings of states and symbols it stands for.
    multiplicity: u128,
}

impl<T: Tape> Node<T> {
    fn widen(&self) -> Node<T::Wider> {
        let Self { states, symbols, axes, undefined, multiplicity, .. } = *self;
        Node { tape: self.tape.widen(), states, symbols, axes, undefined, multiplicity }
    }
}

/// A node together with its table, so that another worker can go on from it.
#[derive(Clone, Debug)]
pub(crate) struct Subtree<T> {
    pub(crate) node: Node<T>,
    /// The entries defined so far.
    defined: Box<[(u16, Rule)]>,
}

impl<T: Tape> Subtree<T> {
    /// The empty machine.
    pub(crate) fn root(space: Space) -> Self {
        let node = Node {
            tape: T::blank(),
            states: 1,
            symbols: 1,
            axes: 0,
            undefined: space.entries() as u8,
            multiplicity: 1,
        };
        Self { node, defined: Box::default() }
    }
}

/// `images(space)[a]`: in how many ways a run along a axes lies in the space, turned and mirrored.
pub(crate) fn images(space: Space) -> Vec<u128> {
    let mut images = vec![1u128];
    for used in 0..space.dims() {
        images.push(images[usize::from(used)] * 2 * u128::from(space.dims() - used));
    }
    images
}

/// `bounds(space)[m][j]`: runs of m states and j symbols that last longer never halt.
pub(crate) fn bounds(space: Space) -> Vec<Vec<u64>> {
    // On a plane the only bound that is proven is the trivial one, for runs that write nothing.
    let known = |m, j| proven_bound(m, j).filter(|_| space.dims() == 1 || m == 1 || j == 1);
    let bound = |m, j| known(m, j).map_or(u64::MAX, |b| b.steps);
    (0..=space.states()).map(|m| (0..=space.symbols()).map(|j| bound(m, j)).collect()).collect()
}

/// Walks a subtree and counts.
pub(crate) struct Walker<'a> {
    space: Space,
    max_steps: u64,
    /// `powers[u]`: in how many ways u entries can be defined.
    powers: Vec<u128>,
    images: Vec<u128>,
    bounds: Vec<Vec<u64>>,
    rules: Rules,
    deciders: Deciders,
    pub(crate) tally: Tally,
    stop: &'a (dyn Fn() -> bool + Sync),
    memory: &'a Memory,
    /// What the outputs took when this walker last told.
    told: u64,
    /// What they may take before it tells again.
    untold: u64,
}

/// The caller asked to stop, or the memory allowed is full.
#[derive(Debug)]
pub(crate) struct Stopped;

/// What gets the runs that come to an undefined entry again.
type Reached<'r, 'a, T> = dyn FnMut(&mut Walker<'a>, Node<T>) -> Result<(), Stopped> + 'r;

impl<'a> Walker<'a> {
    /// A walker of a space whose size has been checked to fit 128 bits.
    pub(crate) fn new(
        space: Space,
        max_steps: u64,
        within: Option<Shape>,
        stop: &'a (dyn Fn() -> bool + Sync),
        memory: &'a Memory,
    ) -> Self {
        let mut powers = vec![1u128];
        for _ in 0..space.entries() {
            let last = powers[powers.len() - 1];
            powers.push(last.saturating_mul(u128::from(space.options())));
        }
        Self {
            space,
            max_steps,
            powers,
            images: images(space),
            bounds: bounds(space),
            rules: Rules::empty(),
            deciders: Deciders::new(space),
            tally: Tally::new(Outputs::new(space, within)),
            stop,
            memory,
            told: 0,
            untold: memory.grain(),
        }
    }

    /// `images()[a]`: in how many ways a run along a axes lies in the space, turned and mirrored.
    pub(crate) fn images(&self) -> &[u128] {
        &self.images
    }

    /// What has been counted, and starts anew. Who gets it answers for the memory it takes.
    pub(crate) fn take(&mut self) -> Tally {
        // If that is too much now, the walk or who gets it will find so.
        let _ = self.tell();
        (self.told, self.untold) = (0, self.memory.grain());
        let empty = self.tally.outputs.empty();
        std::mem::replace(&mut self.tally, Tally::new(empty))
    }

    /// Tells what the outputs take by now.
    #[cold]
    fn tell(&mut self) -> Result<(), Stopped> {
        let held = self.tally.outputs.memory();
        let told = self.memory.change(self.told, held);
        (self.told, self.untold) = (held, held.saturating_add(self.memory.grain()));
        told.map_err(|_| Stopped)
    }

    /// How many machines a node stands for, run on one blank.
    pub(crate) fn weight<T>(&self, node: &Node<T>) -> u128 {
        self.images[usize::from(node.axes)] * self.weight_as_run(node)
    }

    /// The same without its mirror images and turns, which write other strings.
    fn weight_as_run<T>(&self, node: &Node<T>) -> u128 {
        node.multiplicity * self.powers[usize::from(node.undefined)]
    }

    /// Walks a whole subtree.
    pub(crate) fn walk<T: Tape>(&mut self, subtree: &Subtree<T>) -> Result<(), Stopped> {
        self.rules = Rules::with(&subtree.defined);
        self.visit(&subtree.node)
    }

    /// Counts one node and gives its children as subtrees of their own, those on wider tapes walked at once (they are few).
    pub(crate) fn expand<T: Tape>(&mut self, subtree: &Subtree<T>) -> Result<Vec<Subtree<T>>, Stopped> {
        let mut children = Vec::new();
        self.rules = Rules::with(&subtree.defined);
        self.children(&subtree.node, &mut |walker, child| {
            children.push(Subtree { node: child, defined: walker.rules.defined() });
            Ok(())
        })?;
        Ok(children)
    }

    fn visit<T: Tape>(&mut self, node: &Node<T>) -> Result<(), Stopped> {
        self.children(node, &mut |walker, child| walker.visit(&child))
    }

    /// Counts the halting choices of the entry reached, then defines it in every other way and runs on; `reached` gets
    /// the runs that come to an undefined entry again.
    fn children<T: Tape>(&mut self, node: &Node<T>, reached: &mut Reached<'_, 'a, T>) -> Result<(), Stopped> {
        if (self.stop)() {
            return Err(Stopped);
        }
        let (n, k) = (self.space.states(), self.space.symbols());
        let root = node.tape.steps() == 0;
        if root {
            self.tally.nodes += 1;
        }
        self.count_halts(node);
        if self.tally.outputs.memory() > self.untold {
            self.tell()?;
        }
        let left = node.undefined - 1;
        if left == 0 {
            // Defined in any other way the machine has no halt.
            let others = u128::from(self.space.options() - u32::from(k));
            let images = self.images[usize::from(node.axes)];
            self.tally.prove(Proof::NoHaltLeft, 0, images * node.multiplicity * others);
            return Ok(());
        }
        let slot = node.tape.slot();
        for next in 0..n.min(node.states + 1) {
            let new_state = next == node.states;
            let states = node.states + u8::from(new_state);
            let ways = if new_state { u128::from(n - node.states) } else { 1 };
            for write in 0..k.min(node.symbols + 1) {
                let new_symbol = write == node.symbols;
                let symbols = node.symbols + u8::from(new_symbol);
                let ways = ways * if new_symbol { u128::from(k - node.symbols) } else { 1 };
                for (direction, axes) in self.directions(node.axes) {
                    self.rules.define(slot, Rule::step(write, direction, next));
                    let multiplicity = node.multiplicity * ways;
                    let child = Node { tape: node.tape.clone(), states, symbols, axes, undefined: left, multiplicity };
                    self.run(child, reached)?;
                }
            }
        }
        self.rules.undefine(slot);
        Ok(())
    }

    /// The directions that an entry can take and the axes in use then: both of each axis in use, and of the others,
    /// which are still alike, the first one's forward.
    fn directions(&self, axes: u8) -> impl Iterator<Item = (Direction, u8)> + use<> {
        let count = 2 * axes + u8::from(axes < self.space.dims());
        (0..count).map(move |i| (Direction::BY_AXIS[usize::from(i)], axes.max(i / 2 + 1)))
    }

    /// Runs a child with the entry just defined and files what comes of it.
    fn run<T: Tape>(&mut self, mut child: Node<T>, reached: &mut Reached<'_, 'a, T>) -> Result<(), Stopped> {
        self.tally.nodes += 1;
        let mut pending = Effort::of(self.space);
        match self.follow(&mut child, &mut pending) {
            Outcome::Undefined => reached(self, child),
            Outcome::Overflow => self.run_wide(child.widen(), pending),
            Outcome::Proven(proof) => {
                self.tally.prove(proof, 1, self.weight(&child));
                Ok(())
            }
            Outcome::Limit => {
                self.give_up(&child);
                Ok(())
            }
        }
    }

    /// Runs on, and shows what is still going after a while to the deciders that are pending.
    fn follow<T: Tape>(&mut self, node: &mut Node<T>, pending: &mut &[Effort]) -> Outcome {
        let before = node.tape.steps();
        let limit = self.max_steps.min(self.bound(node));
        let end = self.deciders.follow(&mut node.tape, &self.rules, limit, pending, &mut self.tally.proofs);
        self.tally.steps += node.tape.steps() - before;
        end.outcome()
    }

    /// Steps that no run of so many states and symbols takes and then halts.
    fn bound<T>(&self, node: &Node<T>) -> u64 {
        self.bounds[usize::from(node.states)][usize::from(node.symbols)]
    }

    /// Goes on with a run on a wider tape, and with all that comes of it.
    fn run_wide<T: Tape>(&mut self, mut node: Node<T>, mut pending: &[Effort]) -> Result<(), Stopped> {
        match self.follow(&mut node, &mut pending) {
            Outcome::Undefined => self.visit(&node),
            Outcome::Proven(proof) => {
                self.tally.prove(proof, 1, self.weight(&node));
                Ok(())
            }
            Outcome::Overflow => self.run_wide(node.widen(), pending),
            Outcome::Limit => {
                self.give_up(&node);
                Ok(())
            }
        }
    }

    fn give_up<T: Tape>(&mut self, node: &Node<T>) {
        if node.tape.steps() >= self.bound(node) {
            self.tally.prove(Proof::OutlivesBusyBeaver, 1, self.weight(node));
        } else {
            self.tally.give_up(node.tape.extents(), self.weight_as_run(node));
        }
    }

    /// Every way to halt at the entry reached.
    fn count_halts<T: Tape>(&mut self, node: &Node<T>) {
        let unit = node.multiplicity * self.powers[usize::from(node.undefined) - 1];
        let extents = node.tape.extents();
        let kept = self.tally.outputs.keeps(extents).then(|| node.tape.written());
        for symbol in 0..self.space.symbols().min(node.symbols + 1) {
            let ways = if symbol == node.symbols { u128::from(self.space.symbols() - node.symbols) } else { 1 };
            let weight = unit * ways;
            self.tally.halting += weight * self.images[usize::from(node.axes)];
            match &kept {
                Some(written) => {
                    self.tally.outputs.add(
                        written,
                        symbol,
                        weight,
                        node.tape.steps() + 1,
                        &self.rules,
                        node.tape.slot(),
                    );
                }
                None => self.tally.outputs.leave_out(extents, weight),
            }
        }
    }
}
