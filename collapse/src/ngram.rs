//! Maximum-likelihood n-gram models, stored as the pool itself.
//!
//! Drawing the next symbol of an order-k maximum-likelihood model is the same as choosing uniformly one of
//! the places where the last k symbols occur in the training pool and copying the symbol that follows there.
//! Two kinds of model do that, from the same random words to the same symbols: the one of pools over few symbols is the faster one.

use crate::coded_ngram::{CodedNgram, CodedSharpened};
use crate::pool::Pool;
use crate::sharpening::Sharpening;
use crate::step_ngram::{StepNgram, StepSharpened};
use rand_chacha::ChaCha8Rng;

/// An n-gram model of fixed order over symbols `S`.
///
/// * The first k symbols of a record are one k-gram of the pool, chosen uniformly over its occurrences
///   (a model of windows of a stationary source: no special start).
/// * Back-off happens only in a context that never has a successor, which can only be the last k symbols of
///   a training record: the walk goes on at an occurrence of its longest suffix that has one.
pub(crate) enum Ngram<S> {
    /// Over few symbols.
    Coded(CodedNgram<S>),
    /// Over any.
    Steps(StepNgram<S>),
}

impl<S: Copy + Into<u32>> Ngram<S> {
    /// Fits the model. `None` if the pool holds no symbol.
    pub(crate) fn fit(pool: &Pool<S>, order: usize) -> Option<Self> {
        match CodedNgram::fit(pool, order) {
            Some(coded) => Some(Self::Coded(coded)),
            None => StepNgram::fit(pool, order).map(Self::Steps),
        }
    }

    /// Appends one record of `length` symbols to `out`.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<S>) {
        if length > 0 {
            self.walk(rng, fill(out, length));
        }
    }

    /// Hands symbols to `take` until it answers false; it is asked at least once.
    #[inline]
    pub(crate) fn walk(&self, rng: &mut ChaCha8Rng, take: impl FnMut(S) -> bool) {
        match self {
            Self::Coded(model) => model.walk(rng, take),
            Self::Steps(model) => model.walk(rng, take),
        }
    }
}

/// An n-gram model whose conditional frequencies are sharpened. The first symbols of a record are drawn as they occur.
pub(crate) enum Sharpened<S> {
    /// Over few symbols.
    Coded(CodedSharpened<S>),
    /// Over any.
    Steps(StepSharpened<S>),
}

impl<S: Copy + Into<u32>> Sharpened<S> {
    /// Fits the model. `None` if the pool holds no symbol.
    pub(crate) fn fit(pool: &Pool<S>, order: usize, sharpening: Sharpening) -> Option<Self> {
        match CodedSharpened::fit(pool, order, sharpening) {
            Some(coded) => Some(Self::Coded(coded)),
            None => StepSharpened::fit(pool, order, sharpening).map(Self::Steps),
        }
    }

    /// Appends one record of `length` symbols to `out`.
    pub(crate) fn write(&self, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<S>) {
        if length == 0 {
            return;
        }
        match self {
            Self::Coded(model) => model.walk(rng, fill(out, length)),
            Self::Steps(model) => model.walk(rng, fill(out, length)),
        }
    }
}

/// Takes symbols of a walk until there are `length` of them, one at least.
#[inline]
fn fill<S>(out: &mut Vec<S>, length: usize) -> impl FnMut(S) -> bool {
    let end = out.len() + length;
    move |symbol| {
        out.push(symbol);
        out.len() < end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::{self, below};

    fn pool(alphabet: usize, records: usize, length: usize) -> Pool<u32> {
        let mut rng = seed::rng(23, records as u64, length as u64, alphabet as u64);
        let mut pool = Pool::default();
        for _ in 0..records {
            // Of three symbols in four one is the least: contexts are not alike.
            let symbol = |rng: &mut _| below(rng, alphabet) * usize::from(below(rng, 4) > 0);
            let record: Vec<u32> = (0..length).map(|_| symbol(&mut rng) as u32 * 3).collect();
            pool.push(&record);
        }
        pool
    }

    /// What two models write from one stream.
    fn written(walk: impl Fn(&mut ChaCha8Rng, &mut dyn FnMut(u32) -> bool)) -> Vec<u32> {
        let mut out = Vec::new();
        let mut rng = seed::rng(24, 0, 0, 0);
        for length in [1, 2, 7, 5000] {
            walk(&mut rng, &mut fill(&mut out, length));
        }
        out
    }

    #[test]
    fn contexts_that_are_numbers_write_what_steps_write() {
        for (alphabet, records, length, order, plain, sharp) in [
            (2, 400, 200, 0, true, true),
            (2, 400, 200, 4, true, true),
            (2, 400, 200, 10, true, true),
            (1, 3, 9, 2, true, true),
            (3, 400, 200, 3, true, true),
            (9, 400, 200, 1, true, true),
            (20, 400, 200, 1, true, true),
            (200, 400, 200, 1, true, true),
            (60, 400, 200, 2, true, false),
            // Ends that nothing follows: walks back off.
            (2, 2, 40, 12, true, true),
            (2, 40, 60, 10, true, true),
            (3, 20, 30, 5, true, true),
            (40, 9, 50, 2, true, false),
            (2, 5, 6, 5, true, true),
            // Too many symbols, too many contexts, records that are too short.
            (300, 400, 200, 0, false, false),
            (2, 400, 200, 17, false, false),
            (2, 400, 3, 3, false, false),
        ] {
            let pool = pool(alphabet, records, length);
            let what = format!("{alphabet} symbols, order {order}, {records} records of {length}");
            let (coded, steps) = (CodedNgram::fit(&pool, order), StepNgram::fit(&pool, order).unwrap());
            assert_eq!(coded.is_some(), plain, "{what}");
            if let Some(coded) = coded {
                assert_eq!(
                    written(|rng, take| coded.walk(rng, take)),
                    written(|rng, take| steps.walk(rng, take)),
                    "{what}"
                );
            }
            for sharpening in [Sharpening::new(0.8, 0.0), Sharpening::new(1.0, 0.15), Sharpening::new(1.5, 0.1)] {
                let sharpening = sharpening.unwrap();
                let (coded, steps) = (
                    CodedSharpened::fit(&pool, order, sharpening),
                    StepSharpened::fit(&pool, order, sharpening).unwrap(),
                );
                assert_eq!(coded.is_some(), sharp, "{what}");
                if let Some(coded) = coded {
                    assert_eq!(
                        written(|rng, take| coded.walk(rng, take)),
                        written(|rng, take| steps.walk(rng, take)),
                        "{what}, {sharpening}"
                    );
                }
            }
        }
    }

    #[test]
    fn an_empty_pool_has_no_model() {
        let sharpening = Sharpening::new(0.8, 0.0).unwrap();
        for pool in [Pool::<u32>::default(), [&[][..]; 3].into_iter().collect()] {
            assert!(Ngram::fit(&pool, 2).is_none() && Sharpened::fit(&pool, 2, sharpening).is_none());
        }
    }
}
