//! Null trajectories: how a sound run of the same shape would wander.
//!
//! A surrogate is a self-training run simulated from the reference: the authentic null draws every generation
//! from it; a floor null is a learner of known kind anchored at the floor, the least exogenous share that still
//! counts as anchored; text that states a larger share is held against learners anchored there as well. Where a run's pools accumulate, so do those of its nulls, without any exogenous record. Text is
//! modelled byte by byte.

use crate::error::CollapseError;
use crate::measure::{Meter, Scratch};
use crate::ngram::{Ngram, Sharpened};
use crate::null_size::Stretch;
use crate::order::Kind;
use crate::path::{Path, PathBuilder};
use crate::pool::Pool;
use crate::seed::{self, below, unit};
use crate::sharpening::Sharpening;
use crate::words::Words;
use rand_chacha::ChaCha8Rng;
use std::fmt;

/// Seed of every null, so that the same records always get the same label.
pub const NULL_SEED: u64 = 0x7475_726d_6974_6531;

/// Domain of the references drawn anew, beyond every family's code.
const REFERENCES: u64 = u64::MAX;

/// A kind of learner whose anchored runs are sound by definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Every generation comes from the reference.
    Authentic,
    /// Copies whole records.
    Records,
    /// An n-gram of this order.
    Ngram(usize),
    /// An n-gram of this kind that sharpens.
    Sharpened(Kind),
    /// An n-gram over words, of this order.
    Words(usize),
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Family::Authentic => f.write_str("authentic"),
            Family::Records => f.write_str("records"),
            Family::Ngram(order) => write!(f, "ngram:{order}"),
            Family::Sharpened(kind) if kind.dropped > 0 => {
                write!(f, "ngram:{},truncate={:.2}", kind.order, kind.truncate())
            }
            Family::Sharpened(kind) => write!(f, "ngram:{},temperature={:.2}", kind.order, kind.temperature()),
            Family::Words(order) => write!(f, "words:{order}"),
        }
    }
}

impl Family {
    /// The floor families for bytes or bits. Higher orders copy, and behave like the last of each list. Words of a book fall
    /// into loops that characters do not: held against characters alone, 18 of 20 loops of `words:3` at alpha 0.15 alarmed.
    pub(crate) fn anchored(bytes: bool) -> &'static [Family] {
        use Family::{Ngram, Records, Words};
        if bytes {
            &[Records, Ngram(1), Ngram(2), Ngram(3), Ngram(4), Ngram(6), Words(2), Words(3)]
        } else {
            &[Records, Ngram(2), Ngram(3), Ngram(4), Ngram(5), Ngram(6), Ngram(7), Ngram(8), Ngram(10), Ngram(12)]
        }
    }

    /// The orders of n-grams among them, in ascending order.
    pub(crate) fn orders(bytes: bool) -> Vec<usize> {
        let order = |family: &Family| if let Family::Ngram(order) = family { Some(*order) } else { None };
        Self::anchored(bytes).iter().filter_map(order).collect()
    }

    fn code(self) -> u64 {
        match self {
            Family::Authentic => 0,
            Family::Records => 1,
            Family::Ngram(order) => 2 + order as u64,
            Family::Words(order) => 2 << 32 | order as u64,
            Family::Sharpened(kind) => {
                3 << 32 | u64::from(kind.dropped) << 24 | (kind.order as u64) << 16 | u64::from(kind.power)
            }
        }
    }
}

/// The families of nulls that are tried for records of bits, or of text: the authentic one and those anchored at the floor.
#[must_use]
pub fn null_families(text: bool) -> Vec<String> {
    let anchored = Family::anchored(text).iter();
    std::iter::once(&Family::Authentic).chain(anchored).map(ToString::to_string).collect()
}

/// A fitted null learner.
enum Model {
    Characters(Ngram<u8>),
    Sharpened(Sharpened<u8>),
    Words(Words<u8>),
}

/// What surrogates are drawn from and how large.
pub(crate) struct Design<'a> {
    pub(crate) meter: &'a Meter,
    pub(crate) reference: &'a Pool<u8>,
    /// Records by generation: the authentic one first, then every synthetic one.
    pub(crate) sizes: &'a [usize],
    /// The least exogenous share that counts as anchored.
    pub(crate) floor: f64,
    /// The exogenous share of the null's own loops: the floor, or more where runs state more.
    pub(crate) share: f64,
    /// Whether every generation holds the one before: pools that accumulate.
    pub(crate) nested: bool,
    /// How long the records are that a null learner writes.
    pub(crate) stretch: Stretch,
}

impl Design<'_> {
    /// The channels of generations 0 to `last` of one trajectory; `None` if a generation holds no window.
    pub(crate) fn trajectory(
        &self,
        family: Family,
        number: u64,
        last: usize,
        scratch: &mut Scratch,
    ) -> Result<Option<Path>, CollapseError> {
        let law = self.meter.other_law(&mut seed::rng(NULL_SEED, REFERENCES, family.code(), number));
        let mut path = PathBuilder::new(self.meter.channels(), law.map(|law| (law, self.floor)));
        let mut truth = Vec::new();
        let mut pool = Pool::default();
        for (t, &size) in self.sizes.iter().enumerate().take(last + 1) {
            let mut rng = seed::rng(NULL_SEED, family.code(), number, t as u64);
            // A pool that accumulates keeps what it has; only the rest is new.
            let new = if self.nested { size.saturating_sub(pool.len()) } else { size };
            let drawn = match family {
                Family::Authentic => self.authentic(new, new * 4, &mut rng),
                _ if t == 0 => {
                    let (first, source) = self.start(new, &mut rng);
                    truth = source;
                    first
                }
                _ => self.generation(family, &truth, &pool, new, &mut rng),
            };
            if self.nested {
                pool.extend(&drawn);
            } else {
                pool = drawn;
            }
            match self.meter.measure(scratch, &pool)? {
                Some(measured) => path.push(measured),
                None => return Ok(None),
            }
        }
        Ok(Some(path.finish()))
    }

    /// An authentic generation, for the bands.
    pub(crate) fn sample(&self, size: usize, number: u64) -> Pool<u8> {
        self.authentic(size, size * 4, &mut seed::rng(NULL_SEED, u64::MAX, number, 0))
    }

    /// Reference records, without replacement if there are at least `least` of them. Half a small reference
    /// drawn without replacement would vary too little, hence the factor the authentic null asks.
    fn authentic(&self, size: usize, least: usize, rng: &mut ChaCha8Rng) -> Pool<u8> {
        if self.reference.len() < least {
            return (0..size).map(|_| self.reference.choose(rng)).collect();
        }
        let mut order: Vec<usize> = (0..self.reference.len()).collect();
        for i in 0..size {
            let j = i + below(rng, order.len() - i);
            order.swap(i, j);
        }
        order[..size].iter().map(|&i| self.reference.record(i)).collect()
    }

    /// Generation 0 of one trajectory, and the places of the records that stand for its source.
    ///
    /// A run's source is not its reference but what that is a sample of, and shares next to no record with the run's
    /// generation 0. So the source is what generation 0 leaves of the reference. With the whole reference for the source, 5 of
    /// 80 loops of prose at the floor alarmed, because distances from generation 1 grew too little in the nulls. The means
    /// of generation 0 and of the rest differ by more than those of generation 0 and an endless source, in variance by the factor
    /// N / (N - n), so the nulls are a little too wide. Where less than half of the reference would be left, the
    /// reference drawn anew with replacement is the source.
    fn start(&self, size: usize, rng: &mut ChaCha8Rng) -> (Pool<u8>, Vec<usize>) {
        let n = self.reference.len();
        if n < 2 * size {
            let first = self.authentic(size, size, rng);
            return (first, (0..n).map(|_| below(rng, n)).collect());
        }
        let mut order: Vec<usize> = (0..n).collect();
        for i in 0..size {
            let j = i + below(rng, n - i);
            order.swap(i, j);
        }
        let rest = order.split_off(size);
        (order.into_iter().map(|i| self.reference.record(i)).collect(), rest)
    }

    fn generation(
        &self,
        family: Family,
        truth: &[usize],
        training: &Pool<u8>,
        size: usize,
        rng: &mut ChaCha8Rng,
    ) -> Pool<u8> {
        let model = match family {
            Family::Ngram(order) => Ngram::fit(training, order).map(Model::Characters),
            Family::Words(order) => Words::fit(training, order).map(Model::Words),
            Family::Sharpened(kind) => Sharpening::new(kind.temperature(), kind.truncate())
                .and_then(|sharpening| Sharpened::fit(training, kind.order, sharpening))
                .map(Model::Sharpened),
            Family::Authentic | Family::Records => None,
        };
        // What is kept bounds the loss by itself (Gerstgrasser et al. 2024): nothing exogenous has to be added.
        let share = if self.nested { 0.0 } else { self.share };
        let mut pool = Pool::default();
        for _ in 0..size {
            if unit(rng) < share {
                pool.push(self.reference.record(truth[below(rng, truth.len())]));
            } else if let Some(model) = &model {
                let length = self.stretch.length(self.reference.choose(rng).len());
                pool.push_with(|symbols| match model {
                    Model::Characters(model) => model.write(length, rng, symbols),
                    Model::Sharpened(model) => model.write(length, rng, symbols),
                    Model::Words(model) => model.write(length, rng, symbols),
                });
            } else {
                pool.push(training.choose(rng));
            }
        }
        pool
    }
}
