//! The order of the learner that wrote a generation of bits, and whether it sharpens, seen from what predicts it.
//!
//! An n-gram learner writes the very probabilities that it counted, sampling errors and all. So the counts of its own order, taken
//! from the generation it was trained on, predict its records better than those of any other: of a lower order they lack
//! what it learned, of a higher one they add errors that it did not make. About half a nat a parameter is gained by the
//! first and lost by the second, so that a generation of some thousand symbols tells orders apart that shift no complexity at all.

use crate::gram::codes;
use crate::pool::Pool;
use rayon::prelude::*;

/// Nats by which one explanation must be the better for the other to fall: a likelihood of one in four hundred.
const MARGIN: f64 = 6.0;

/// How often a context must have been seen for a power to show.
const SELDOM: u32 = 32;

/// Steps of a power, to 1: coarse, so that runs of one learner share their nulls.
pub(crate) const STEPS: u32 = 10;

/// Steps of the share that is dropped, in hundredths, and the most: coarse for the same reason.
const DROP_STEP: u32 = 5;
const MOST_DROPPED: u32 = 45;

/// What an n-gram learner was, as far as its records show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) order: usize,
    /// The power to which frequencies were raised before they were drawn from, in tenths: above 10 for a learner that sharpens.
    pub(crate) power: u32,
    /// The share of a context, in hundredths, up to which its less frequent symbol is dropped: 0 for none.
    pub(crate) dropped: u32,
}

impl Kind {
    pub(crate) fn sharpens(self) -> bool {
        self.power > STEPS || self.dropped > 0
    }

    pub(crate) fn truncate(self) -> f64 {
        f64::from(self.dropped) / 100.0
    }

    pub(crate) fn temperature(self) -> f64 {
        f64::from(STEPS) / f64::from(self.power.max(1))
    }
}

/// The kinds, of some orders in ascending order, that could have written `records` after training on `training`: the orders that
/// predict them nearly as well as the best does, and the next higher one, for a learner between two; each with the power, or the
/// share that is dropped, that predicts them best, and both where one of them is better than neither by all evidence.
///
/// Authentic records speak for the lowest order that holds the source; where they are half of a generation it seems to be the
/// learner's, and its loops at the floor drift more than those of any order anchored at one half.
pub(crate) fn plausible(training: &Pool<u8>, records: &Pool<u8>, orders: &[usize]) -> Vec<Kind> {
    let longest = orders.last().copied().unwrap_or(0);
    let predictions: Vec<Prediction> =
        orders.par_iter().map(|&order| Prediction::new(training, records, order, longest)).collect();
    let each = orders.iter().zip(&predictions);
    let kinds: Vec<(Vec<Kind>, f64)> = each.map(|(&order, prediction)| prediction.kinds(order)).collect();
    // What sharpening explains speaks for the order, too.
    let scores: Vec<f64> = predictions.iter().zip(&kinds).map(|(p, (_, gain))| p.ln(0, 1.0) + gain).collect();
    let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let near = |&i: &usize| scores[i] >= best - MARGIN;
    let last = (0..orders.len()).rfind(near).unwrap_or(0);
    let kept = (0..orders.len()).filter(|i| near(i) || *i == last + 1);
    kept.flat_map(|i| kinds[i].0.iter().copied()).collect()
}

/// What follows each context in the training pool and in the records. Every order predicts the same symbols, those with `longest`
/// before them.
struct Prediction {
    seen: Vec<u32>,
    met: Vec<u32>,
}

impl Prediction {
    fn new(training: &Pool<u8>, records: &Pool<u8>, order: usize, longest: usize) -> Self {
        Self { seen: grams(training, order, order), met: grams(records, order, longest) }
    }

    /// ln of the probability of what follows contexts that were seen so often at least: under the counts of the training pool, half a
    /// count added to each, raised to a power.
    fn ln(&self, least: u32, power: f64) -> f64 {
        let often = |code: usize| self.seen[code] + self.seen[code ^ 1] >= least;
        let count = |code: usize| f64::from(self.seen[code]) + 0.5;
        // ln(a^power / (a^power + b^power))
        let ln = |code: usize| -((count(code ^ 1) / count(code)).powf(power)).ln_1p();
        self.met
            .iter()
            .enumerate()
            .filter(|(code, met)| **met > 0 && often(*code))
            .map(|(code, &met)| f64::from(met) * ln(code))
            .sum()
    }

    /// The same of contexts that were seen often, under a learner that drops the less frequent symbol of a context where its share is at most
    /// `most`. What is met of dropped symbols all the same is authentic: the records tell how often, as one factor to all of their
    /// probabilities, of at most 1.
    fn ln_dropped(&self, most: f64) -> f64 {
        let contexts = || {
            let each = self.seen.as_chunks::<2>().0.iter().zip(self.met.as_chunks::<2>().0);
            each.filter(|(seen, met)| seen[0] + seen[1] >= SELDOM && met[0] + met[1] > 0).map(|(seen, met)| {
                let (all, less) = (f64::from(seen[0] + seen[1]), usize::from(seen[1] < seen[0]));
                let drops = f64::from(seen[less]) <= most * all * (1.0 + 1e-9);
                (drops, (f64::from(seen[less]) + 0.5) / (all + 1.0), f64::from(met[less]), f64::from(met[1 - less]))
            })
        };
        let (mut met, mut expected) = (0.0, 0.0);
        for (_, share, less, more) in contexts().filter(|context| context.0) {
            met += less;
            expected += share * (less + more);
        }
        let factor = if expected > 0.0 { (met / expected).min(1.0) } else { 1.0 };
        let ln = |(drops, share, less, more): (bool, f64, f64, f64)| {
            let share = if drops { share * factor } else { share };
            let ln_less = if less > 0.0 { less * share.ln() } else { 0.0 };
            ln_less + more * (-share).ln_1p()
        };
        contexts().map(ln).sum()
    }

    /// The kinds of this order: with the power from 1 to 2, and with the share to drop up to a half, that predict best, if one of them
    /// is clearly better than neither; and the nats that it gains. Where half of a generation is authentic, records of a
    /// learner that raises frequencies to a power look as much like those of one that drops symbols, and 44 of 200 such loops alarmed
    /// while they were held against the better guess alone. Contexts that were seldom seen take no part: half a count evens out
    /// what they say, and that a learner does not would look like a power.
    fn kinds(&self, order: usize) -> (Vec<Kind>, f64) {
        let plain = Kind { order, power: STEPS, dropped: 0 };
        let powers = (STEPS + 1..=2 * STEPS).map(|power| {
            let ln = self.ln(SELDOM, f64::from(power) / f64::from(STEPS));
            (ln, Kind { power, ..plain })
        });
        let shares = (1..=MOST_DROPPED / DROP_STEP).map(|step| {
            let kind = Kind { dropped: step * DROP_STEP, ..plain };
            (self.ln_dropped(kind.truncate()), kind)
        });
        let as_plain = self.ln(SELDOM, 1.0);
        let best = [powers.max_by(|a, b| a.0.total_cmp(&b.0)), shares.max_by(|a, b| a.0.total_cmp(&b.0))];
        let gains = best.into_iter().flatten().map(|(ln, kind)| (kind, ln - as_plain));
        let gains: Vec<(Kind, f64)> = gains.filter(|(_, gain)| *gain > 0.0).collect();
        let most = gains.iter().map(|(_, gain)| *gain).fold(0.0, f64::max);
        if most <= MARGIN {
            return (vec![plain], 0.0);
        }
        (gains.into_iter().map(|(kind, _)| kind).collect(), most)
    }
}

/// How often each context of `order` bits is followed by each bit, `from` symbols into a record at least.
fn grams(pool: &Pool<u8>, order: usize, from: usize) -> Vec<u32> {
    let mut counts = vec![0u32; 2 << order];
    pool.iter().flat_map(|record| codes(record, 1, order + 1).skip(from)).for_each(|code| counts[code] += 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ngram::{Ngram, Sharpened};
    use crate::seed::{self, unit};
    use crate::sharpening::Sharpening;

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
                let found = orders(&plausible(&training, &written(&training, order, share), &ORDERS));
                let near = &ORDERS[i.saturating_sub(2)..(i + 3).min(ORDERS.len())];
                assert!(found.contains(&order), "{order}, {share} of 64: {found:?}");
                assert!(found.iter().all(|other| near.contains(other)), "{order}, {share} of 64: {found:?}");
            }
        }
        // Seven is no order of these; the next higher one is.
        assert!(orders(&plausible(&training, &written(&training, 7, 0), &ORDERS)).contains(&8));
    }

    /// The orders, none of which sharpens.
    fn orders(kinds: &[Kind]) -> Vec<usize> {
        assert!(!kinds.iter().any(|kind| kind.sharpens()), "{kinds:?}");
        kinds.iter().map(|kind| kind.order).collect()
    }

    #[test]
    fn who_sharpens_is_seen_to() {
        let training = authentic(1);
        for share in [0, 13] {
            let cases = [
                (0.8, 0.0, 12..=13, 0..=0),
                (0.9, 0.0, 11..=12, 0..=0),
                (1.0, 0.25, 10..=10, 25..=25),
                (1.0, 0.3, 10..=10, 30..=30),
            ];
            for (temperature, truncate, power, dropped) in cases {
                // Authentic records blur a power, and a share at which half of the contexts lose a symbol; others they do not.
                if share > 0 && truncate != 0.25 {
                    continue;
                }
                let mut rng = seed::rng(13, 0, 0, 0);
                let model = Sharpened::fit(&training, 8, Sharpening::new(temperature, truncate).unwrap()).unwrap();
                let mut records = Pool::default();
                authentic(99).iter().take(share).for_each(|record| records.push(record));
                (share..64).for_each(|_| records.push_with(|symbols| model.write(256, &mut rng, symbols)));
                let found = plausible(&training, &records, &ORDERS);
                let seen =
                    |kind: &Kind| kind.order == 8 && power.contains(&kind.power) && dropped.contains(&kind.dropped);
                assert!(found.iter().any(seen), "{temperature} {truncate} {share}: {found:?}");
            }
        }
    }

    #[test]
    fn a_power_that_looks_like_a_share_is_both() {
        let training = authentic(1);
        let model = Sharpened::fit(&training, 8, Sharpening::new(0.8, 0.0).unwrap()).unwrap();
        let mut rng = seed::rng(14, 0, 0, 0);
        let mut records = Pool::default();
        authentic(99).iter().take(32).for_each(|record| records.push(record));
        (32..64).for_each(|_| records.push_with(|symbols| model.write(256, &mut rng, symbols)));
        let found = plausible(&training, &records, &ORDERS);
        let of_eight: Vec<_> = found.iter().filter(|kind| kind.order == 8).collect();
        assert!(of_eight.iter().any(|kind| kind.power > STEPS), "{found:?}");
        assert!(of_eight.iter().all(|kind| kind.sharpens()), "{found:?}");
    }

    #[test]
    fn half_of_authentic_records_look_like_the_lowest_order() {
        let training = authentic(1);
        let found = orders(&plausible(&training, &written(&training, 8, 40), &ORDERS));
        assert!(found.contains(&2), "{found:?}");
        // Where there is nothing to predict, every order is possible.
        let short: Pool<u8> = (0..9).map(|_| &[0u8, 1, 1][..]).collect();
        assert_eq!(orders(&plausible(&short, &short, &ORDERS)), ORDERS);
    }
}
