//! The order of the learner that wrote a generation of bits, seen from what predicts it.
//!
//! An n-gram learner writes the very probabilities that it counted, sampling errors and all. So the counts of its own order, taken
//! from the generation it was trained on, predict its records better than those of any other: of a lower order they lack
//! what it learned, of a higher one they add errors that it did not make. About half a nat a parameter is gained by the
//! first and lost by the second, so that a generation of some thousand symbols tells orders apart that shift no complexity at all.

use crate::pool::Pool;

/// Nats below the best order's down to which an order is thought possible: a likelihood of one in four hundred.
const MARGIN: f64 = 6.0;

/// The orders, out of some in ascending order, that could have written `records` after training on `training`: those that
/// predict them nearly as well as the best does, and the next higher one, for a learner between two. Authentic records speak
/// for the lowest order that holds the source; where they are half of a generation it seems to be the learner's, and its
/// loops at the floor drift more than those of any order anchored at one half.
pub(crate) fn plausible(training: &Pool<u8>, records: &Pool<u8>, orders: &[usize]) -> Vec<usize> {
    let longest = orders.last().copied().unwrap_or(0);
    let scores: Vec<f64> = orders.iter().map(|&order| prediction(training, records, order, longest)).collect();
    let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let near = |&i: &usize| scores[i] >= best - MARGIN;
    let last = (0..orders.len()).rfind(near).unwrap_or(0);
    (0..orders.len()).filter(|i| near(i) || *i == last + 1).map(|i| orders[i]).collect()
}

/// ln of the probability of records under the order-k counts of `training`, half a count added to each. Every order predicts
/// the same symbols, those with `longest` before them.
fn prediction(training: &Pool<u8>, records: &Pool<u8>, order: usize, longest: usize) -> f64 {
    let seen = grams(training, order, order);
    let ln = |code: usize| {
        let both = f64::from(seen[code & !1]) + f64::from(seen[code | 1]) + 1.0;
        ((f64::from(seen[code]) + 0.5) / both).ln()
    };
    let met = grams(records, order, longest);
    met.iter().enumerate().filter(|(_, count)| **count > 0).map(|(code, &count)| f64::from(count) * ln(code)).sum()
}

/// How often each context of `order` bits is followed by each bit, `from` symbols into a record at least.
fn grams(pool: &Pool<u8>, order: usize, from: usize) -> Vec<u32> {
    let cells = 2usize << order;
    let mut counts = vec![0u32; cells];
    for record in pool.iter() {
        let mut code = 0usize;
        for (i, &symbol) in record.iter().enumerate() {
            code = (code << 1 | usize::from(symbol & 1)) & (cells - 1);
            counts[code] += u32::from(i >= from);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ngram::Ngram;
    use crate::seed::{self, unit};

    const ORDERS: [usize; 6] = [2, 3, 4, 6, 8, 12];

    fn authentic(number: u64) -> Pool<u8> {
        let mut rng = seed::rng(11, number, 0, 0);
        let mut pool = Pool::default();
        for _ in 0..64 {
            pool.push_with(|symbols| symbols.extend((0..256).map(|_| u8::from(unit(&mut rng) < 0.3))));
        }
        pool
    }

    /// A generation of a learner of some order trained on `pool`, of which `share` is authentic.
    fn written(pool: &Pool<u8>, order: usize, share: usize) -> Pool<u8> {
        let mut rng = seed::rng(12, order as u64, 0, 0);
        let model = Ngram::fit(pool, order).unwrap();
        let mut records = Pool::default();
        authentic(99).iter().take(share).for_each(|record| records.push(record));
        for _ in share..64 {
            records.push_with(|symbols| model.write(256, &mut rng, symbols));
        }
        records
    }

    #[test]
    fn a_learner_is_among_those_that_could_have_written_and_others_are_not() {
        let training = authentic(1);
        for share in [0, 6, 13] {
            for (i, &order) in ORDERS.iter().enumerate() {
                let found = plausible(&training, &written(&training, order, share), &ORDERS);
                let near = &ORDERS[i.saturating_sub(2)..(i + 3).min(ORDERS.len())];
                assert!(found.contains(&order), "{order}, {share} of 64: {found:?}");
                assert!(found.iter().all(|other| near.contains(other)), "{order}, {share} of 64: {found:?}");
            }
        }
        // Seven is no order of these; the next higher one is.
        assert!(plausible(&training, &written(&training, 7, 0), &ORDERS).contains(&8));
    }

    #[test]
    fn half_of_authentic_records_look_like_the_lowest_order() {
        let training = authentic(1);
        let found = plausible(&training, &written(&training, 8, 40), &ORDERS);
        assert!(found.contains(&2), "{found:?}");
        // Where there is nothing to predict, every order is possible.
        let short: Pool<u8> = (0..9).map(|_| &[0u8, 1, 1][..]).collect();
        assert_eq!(plausible(&short, &short, &ORDERS), ORDERS);
    }
}
