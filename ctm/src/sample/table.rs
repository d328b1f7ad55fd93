//! From what sampled machines did to a table.

use std::collections::BTreeMap;

use turmite_tables::{
    LeftOut, Method, Provenance, Relabelling, RowInput, Sampling, Shape, Shard, TableBuilder, TableError, Weights,
    Witness, class_size,
};

use super::SampleOptions;
use super::draw::{Counts, Scale};
use super::orbits::{Name, Orbit};
use crate::CtmError;
use crate::machine::Machine;
use crate::naive::run;
use crate::outputs::Extents;
use crate::symmetry::{Images, Target, shape};
use crate::table::by_shape;

/// Steps, blank, packed machine: the least in this order is the witness.
type Candidate = (u64, u8, Vec<u8>);

/// The rows and provenance, ready to be written.
pub(crate) fn builder(options: &SampleOptions, counts: &Counts) -> Result<TableBuilder, CtmError> {
    let space = options.space;
    let k = u128::from(space.symbols());
    let undecided_by_shape = by_shape(&counts.undecided, space)?;
    let weights = Weights {
        halting: counts.halting * k,
        non_halting: counts.non_halting * k,
        undecided: undecided_by_shape.iter().map(|(_, w)| w).sum(),
    };
    let sampling = Sampling {
        seed: options.seed,
        first: options.first,
        samples: counts.samples,
        unit: Scale::of(space).unit(),
        halting_squares: counts.halting_squares,
    };
    let provenance = Provenance {
        space,
        max_steps: Some(options.max_steps),
        method: Method::Sampled(sampling),
        weights: Some(weights),
        undecided_by_shape,
        nodes: Some(counts.nodes),
        shard: options.shard,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    // Every machine drawn is accounted for, to the last unit.
    provenance.check_weights()?;
    let mut builder = TableBuilder::new(provenance);
    if let Some(within) = options.within {
        builder = builder.left_out(LeftOut { within, by_shape: by_shape(&counts.left_out, space)? });
    }
    let images = Images::of(space);
    for (name, orbit) in counts.orbits.named() {
        for row in rows(options, &images, name, orbit)? {
            builder.push(row)?;
        }
    }
    Ok(builder)
}

/// The rows of an orbit: one for each of its strings or, with more than two symbols, of its classes.
fn rows(options: &SampleOptions, symmetry: &Images, name: &Name, orbit: &Orbit) -> Result<Vec<RowInput>, CtmError> {
    let space = options.space;
    let (extents, string) = name;
    let targets = Target::of(*extents, string, space);
    let images = targets.len() as u128;
    let mut witnesses: BTreeMap<(Extents, Vec<u8>), Option<Candidate>> =
        targets.into_iter().map(|t| ((t.extents, t.string), None)).collect();
    // All of them are written equally often.
    let each = images / witnesses.len() as u128;
    for packed in orbit.machines() {
        let machine = Machine::unpack(space, packed)?;
        let (steps, written, output) = replayed(&machine, orbit.steps, name)?;
        for target in Target::of(written, &output, space) {
            let candidate = (steps, target.blank(), target.least_machine(packed, symmetry));
            let held = witnesses.entry((target.extents, target.string)).or_default();
            if held.as_ref().is_none_or(|h| candidate < *h) {
                *held = Some(candidate);
            }
        }
    }
    let k = u128::from(space.symbols());
    let mut out = Vec::new();
    for ((extents, string), witness) in witnesses {
        // As for an exact table: the weight of the class on one blank, then of one string on all.
        let class = u128::from(class_size(space.symbols(), Relabelling::of(&string).original.len()));
        let (count, rest) = (orbit.weight * each * k / class, orbit.weight * each * k % class);
        if rest != 0 {
            return Err(CtmError::Table(TableError::Input {
                row: string.iter().map(ToString::to_string).collect(),
                found: format!("a weight of {} for a class of {class}", orbit.weight * each * k),
                expected: "a multiple of the class".to_owned(),
            }));
        }
        let row =
            RowInput::sampled(shape(extents, usize::from(space.dims()))?, string, count, orbit.squares * each * each);
        out.push(match witness {
            Some((steps, blank, codes)) => row.with_witness(steps, Witness { blank, codes }),
            None => row,
        });
    }
    Ok(out)
}

/// What a machine that was met writes on blank 0, by the plain simulator: it is the witness of its rows only if it does so again.
fn replayed(machine: &Machine, steps: u32, (extents, string): &Name) -> Result<(u64, Extents, Vec<u8>), CtmError> {
    let expected = u64::from(steps);
    match run(machine, 0, expected, |_, _, _| ()) {
        Some(halted) if halted.steps == expected => Ok((expected, box_of(&halted.shape), halted.symbols)),
        other => Err(CtmError::Replay {
            row: shape(*extents, 3)?.format_string(string),
            machine: machine.to_string(),
            blank: 0,
            found: other.map_or("does not halt by then".to_owned(), |h| format!("halts after {} steps", h.steps)),
            expected,
        }),
    }
}

fn box_of(shape: &Shape) -> Extents {
    let mut extents = [1; 3];
    // The fastest axis, columns, comes last in a shape.
    for (to, from) in extents.iter_mut().zip(shape.axes().collect::<Vec<_>>().into_iter().rev()) {
        *to = from as u32;
    }
    Extents(extents)
}

/// The machines of a shard of a sample: of its machines the next contiguous part.
pub(crate) fn part_of(machines: u64, Shard { index, of }: Shard) -> (u64, u64) {
    let cut = |i: u32| (u128::from(machines) * u128::from(i) / u128::from(of)) as u64;
    (cut(index), cut(index + 1))
}
