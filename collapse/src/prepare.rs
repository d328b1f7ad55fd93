//! From texts to pools: encoding, grouping and the checks that come first.

use crate::alpha::{Anchor, Share};
use crate::error::CollapseError;
use crate::measure::LEAST_BITS;
use crate::null_size::Stretch;
use crate::pool::Pool;
use crate::record::{Generation, Record, Reference, Run};
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};
use turmite_bdm::{Encoding, EncodingChoice};

/// Authentic records below which nothing is calibrated.
pub const LEAST_REFERENCE: usize = 64;

/// Synthetic generations below which nothing can alarm twice relative to the first.
const LEAST_GENERATIONS: usize = 3;

/// A run as pools.
pub(crate) struct PreparedRun {
    pub(crate) id: String,
    /// Key of its reference in [`Prepared::references`].
    pub(crate) group: String,
    /// In order of index; the first is generation 0 only if `authentic`.
    pub(crate) generations: Vec<PreparedGeneration>,
    pub(crate) authentic: bool,
    /// What its synthetic generations state or mark of their shares, before any is estimated.
    pub(crate) anchor: Option<Anchor>,
}

/// A generation as a pool.
pub(crate) struct PreparedGeneration {
    pub(crate) index: u64,
    pub(crate) pool: Pool<u8>,
    /// The learner's own records, where the file tells them apart.
    pub(crate) own: Option<Pool<u8>>,
    pub(crate) share: Option<Share>,
}

impl PreparedGeneration {
    /// The learner's own records where they are told apart, else all.
    pub(crate) fn written(&self) -> &Pool<u8> {
        self.own.as_ref().unwrap_or(&self.pool)
    }
}

impl PreparedRun {
    /// The synthetic generations.
    pub(crate) fn synthetic(&self) -> &[PreparedGeneration] {
        &self.generations[usize::from(self.authentic)..]
    }

    /// Whether each generation begins with all records of the one before and adds some: an accumulating pool. Where the
    /// authentic generation is not given, it counts for the others.
    pub(crate) fn accumulates(&self) -> bool {
        self.generations.windows(2).all(|two| {
            let (before, after) = (&two[0].pool, &two[1].pool);
            before.len() < after.len() && contains(after, before)
        })
    }

    /// How long the learner's records are at first.
    pub(crate) fn stretch(&self, reference: &Pool<u8>) -> Stretch {
        self.synthetic().first().map_or(Stretch::NONE, |first| Stretch::of(first.written(), reference))
    }

    /// Records of the authentic and of every synthetic generation; a missing generation 0 counts as large as
    /// the first synthetic one.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let synthetic = self.synthetic().iter().map(|generation| generation.pool.len());
        let zero = self.generations.first().map_or(0, |generation| generation.pool.len());
        std::iter::once(zero).chain(synthetic).collect()
    }
}

/// Whether one pool holds all records of another, as often at least, in any order.
fn contains(pool: &Pool<u8>, part: &Pool<u8>) -> bool {
    let mut counts: HashMap<&[u8], usize, foldhash::fast::FixedState> = HashMap::default();
    for record in pool.iter() {
        *counts.entry(record).or_default() += 1;
    }
    part.iter().all(|record| match counts.get_mut(record) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    })
}

/// Everything encoded.
pub(crate) struct Prepared {
    pub(crate) encoding: Encoding,
    pub(crate) runs: Vec<PreparedRun>,
    pub(crate) references: BTreeMap<String, Pool<u8>>,
}

impl Prepared {
    pub(crate) fn bytes(&self) -> bool {
        self.encoding == Encoding::Utf8
    }

    pub(crate) fn new(
        runs: &[Run],
        reference: Option<&Reference>,
        choice: EncodingChoice,
    ) -> Result<Self, CollapseError> {
        let texts = runs.iter().flat_map(|run| &run.generations).flat_map(|g| &g.records).map(|r| r.text.as_str());
        let given = reference.iter().flat_map(|reference| &reference.records).map(String::as_str);
        let encoding = choice.resolve(texts.chain(given));
        let mut prepared = Self { encoding, runs: Vec::with_capacity(runs.len()), references: BTreeMap::new() };
        if let Some(reference) = reference {
            let mut pool = Pool::default();
            for (index, text) in reference.records.iter().enumerate() {
                encode(encoding, text, &mut pool, index, || REFERENCE.to_owned())?;
            }
            prepared.references.insert(String::new(), pool);
        }
        for run in runs {
            let mut run = prepare_run(run, encoding, reference.is_some())?;
            // Only a reference that was drawn apart from the run tells how much of it is from the source.
            if let Some(authentic) = prepared.references.get("").filter(|_| reference.is_some()) {
                crate::estimate::fill(&mut run, authentic, prepared.bytes());
            }
            if reference.is_none()
                && let Some(zero) = run.generations.first().filter(|_| run.authentic)
            {
                prepared.references.entry(run.group.clone()).or_default().extend(&zero.pool);
            }
            prepared.runs.push(run);
        }
        for pool in prepared.references.values_mut() {
            *pool = pool.in_canonical_order();
        }
        for run in &prepared.runs {
            let of = || match (reference, run.group.strip_prefix("source ")) {
                (Some(_), _) => "every run".to_owned(),
                (None, Some(source)) => format!("the runs of source `{source}`"),
                (None, None) => format!("run `{}`", run.id),
            };
            let (all, long) = prepared.references.get(&run.group).map_or((0, 0), |pool| {
                (pool.len(), pool.iter().filter(|record| holds_window(record, encoding)).count())
            });
            let (least, bits) = (LEAST_REFERENCE, LEAST_BITS);
            if all == 0 && reference.is_none() {
                return Err(CollapseError::NoReference { of: of() });
            }
            if all < least {
                return Err(CollapseError::ReferenceTooSmall { of: of(), found: all, least });
            }
            if long < least {
                return Err(CollapseError::ReferenceTooShort { of: of(), found: long, all, bits, least });
            }
        }
        Ok(prepared)
    }
}

fn prepare_run(run: &Run, encoding: Encoding, shared: bool) -> Result<PreparedRun, CollapseError> {
    let mut order: Vec<&Generation> = run.generations.iter().collect();
    order.sort_by_key(|generation| generation.index);
    let each: Vec<_> = order.par_iter().map(|generation| prepare_generation(run, generation, encoding)).collect();
    // Only now, so that the first error is the one that is told.
    let generations: Vec<PreparedGeneration> = each.into_iter().collect::<Result<_, _>>()?;
    let authentic = generations.first().is_some_and(|generation| generation.index == 0);
    let found = generations.len() - usize::from(authentic);
    if found < LEAST_GENERATIONS {
        return Err(CollapseError::TooFewGenerations { run: run.id.clone(), found, least: LEAST_GENERATIONS });
    }
    let group = match (&run.source, shared) {
        (_, true) => String::new(),
        (Some(source), false) => format!("source {source}"),
        (None, false) => format!("run {}", run.id),
    };
    let anchor = Anchor::of(generations[usize::from(authentic)..].iter().map(|generation| generation.share));
    Ok(PreparedRun { id: run.id.clone(), group, generations, authentic, anchor })
}

fn prepare_generation(
    run: &Run,
    generation: &Generation,
    encoding: Encoding,
) -> Result<PreparedGeneration, CollapseError> {
    let room = |records: &mut dyn Iterator<Item = &Record>| {
        let (count, symbols) = records.fold((0, 0), |(n, length), record| (n + 1, length + record.text.len()));
        Pool::with_capacity(count, symbols)
    };
    let mut pool = room(&mut generation.records.iter());
    let mut own = room(&mut generation.records.iter().filter(|record| record.exogenous == Some(false)));
    for (index, record) in generation.records.iter().enumerate() {
        encode(encoding, &record.text, &mut pool, index, || {
            format!("run `{}`, generation {}", run.id, generation.index)
        })?;
        if record.exogenous == Some(false) {
            own.push(pool.record(index));
        }
    }
    if !pool.iter().any(|record| holds_window(record, encoding)) {
        let problem = format!("{} record(s), none long enough to measure", pool.len());
        let generation = generation.index;
        return Err(CollapseError::UnusableGeneration { run: run.id.clone(), generation, problem, least: LEAST_BITS });
    }
    let told_apart = generation.records.iter().any(|record| record.exogenous.is_some());
    Ok(PreparedGeneration {
        index: generation.index,
        own: (told_apart && own.len() > 0 && own.len() < pool.len()).then_some(own),
        pool,
        share: Share::of(generation),
    })
}

fn holds_window(record: &[u8], encoding: Encoding) -> bool {
    let bits = if encoding == Encoding::Utf8 { 8 } else { 1 };
    record.len() * bits >= LEAST_BITS
}

/// What an error calls the reference.
pub(crate) const REFERENCE: &str = "the reference";

/// Adds a text to a pool; an error names what it is of, and its place there.
pub(crate) fn encode(
    encoding: Encoding,
    text: &str,
    pool: &mut Pool<u8>,
    index: usize,
    of: impl FnOnce() -> String,
) -> Result<(), CollapseError> {
    if encoding == Encoding::Utf8 {
        // Bytes stand for their eight bits; the decomposition unpacks them.
        pool.push(text.as_bytes());
        return Ok(());
    }
    let array = encoding.encode(text, 2).map_err(|source| CollapseError::Encode {
        of: of(),
        number: index + 1,
        source: Box::new(source),
    })?;
    pool.push(array.cells());
    Ok(())
}
