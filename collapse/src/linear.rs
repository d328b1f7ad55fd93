//! Linear feedback found by voting: short stretches of records name polynomials, the pool's parity checks decide.
//!
//! Berlekamp and Massey's algorithm gives the shortest linear feedback of a stretch of symbols, and fails on one wrong
//! symbol. So it is run on many short stretches, each ended as soon as its feedback has foretold [`SPARE`] symbols: at a
//! flip rate e a stretch of 2 d + 12 symbols is clean with probability (1 - e)^(2 d + 12), and all clean stretches name the
//! same polynomial while damaged ones scatter. Whether one is accepted is decided by description length over the whole pool.

use crate::rule::{Rule, degree};
use std::collections::HashMap;

/// Degree of the longest feedback looked for.
pub(crate) const GREATEST_DEGREE: usize = 32;

/// Symbols that a feedback must foretell: a random stretch does so with probability 2^-12.
const SPARE: usize = 12;

/// Stretches looked at, spread over the pool.
const MOST_STRETCHES: usize = 4096;

/// Polynomials that go on to the parity checks, by number of votes.
const FINALISTS: usize = 8;

/// The feedback polynomials that most stretches obey.
pub(crate) fn candidates(records: &[&[u8]]) -> Vec<Rule> {
    let shortest = 2 + SPARE;
    let places = |record: &&[u8]| (record.len() + 1).saturating_sub(shortest);
    let stride = records.iter().map(places).sum::<usize>().div_ceil(MOST_STRETCHES).max(1);
    let mut votes: HashMap<u32, usize, foldhash::fast::FixedState> = HashMap::default();
    let mut skip = 0;
    for record in records {
        let places = places(record);
        let mut start = skip;
        while start < places {
            if let Some(taps) = shortest_feedback(&record[start..]) {
                *votes.entry(taps).or_default() += 1;
            }
            start += stride;
        }
        skip = start - places.min(start);
    }
    let mut order: Vec<(u32, usize)> = votes.into_iter().collect();
    order.sort_by_key(|&(taps, votes)| (std::cmp::Reverse(votes), taps));
    order.into_iter().take(FINALISTS).map(|(taps, _)| Rule::Linear { taps }).collect()
}

/// The taps of the shortest linear feedback of the first symbols, as soon as it has foretold [`SPARE`] of them; `None`
/// if that takes a degree above 32, if the symbols end, or if all are 0. (Massey, Shift-register synthesis and BCH
/// decoding, IEEE Transactions on Information Theory 15, 1969.)
fn shortest_feedback(symbols: &[u8]) -> Option<u32> {
    // Bit i of a polynomial is the coefficient of x^i, bit i of `past` the symbol i places back.
    let (mut feedback, mut earlier) = (1u64, 1u64);
    let (mut complexity, mut since) = (0usize, 1u32);
    let mut past = 0u64;
    for (n, &symbol) in symbols.iter().enumerate() {
        past = past << 1 | u64::from(symbol & 1);
        if (feedback & past).count_ones() & 1 == 0 {
            since += 1;
        } else if 2 * complexity > n {
            feedback ^= earlier << since;
            since += 1;
        } else {
            let longer = n + 1 - complexity;
            if longer > GREATEST_DEGREE {
                return None;
            }
            let before = feedback;
            feedback ^= earlier << since;
            (complexity, earlier, since) = (longer, before, 1);
        }
        if complexity > 0 && n + 1 >= 2 * complexity + SPARE {
            let taps = (feedback >> 1) as u32;
            // A feedback that reaches less far than the complexity says holds only after a beginning of another kind.
            return (degree(taps) == complexity).then_some(taps);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feedback::of_degree;
    use crate::source::Source;

    #[test]
    fn the_feedback_of_a_clean_stretch_is_found() {
        for degree in 2..=32 {
            let taps = of_degree(degree).unwrap();
            for seed in 0..20 {
                let record = Source::Linear(taps).bits(2 * degree + SPARE, seed, 0);
                assert_eq!(shortest_feedback(&record), Some(taps), "degree {degree}");
                assert_eq!(shortest_feedback(&record[1..]), None);
            }
        }
    }

    /// Tries every set of taps, the shortest first.
    fn by_search(symbols: &[u8], greatest: usize) -> Option<u32> {
        (1..1u32 << greatest).find(|&taps| {
            (degree(taps)..symbols.len()).all(|t| {
                (1..=degree(taps)).filter(|d| taps >> (d - 1) & 1 == 1).fold(0, |sum, d| sum ^ symbols[t - d])
                    == symbols[t]
            })
        })
    }

    #[test]
    fn equal_to_a_search_over_all_taps() {
        for degree in 2..=7 {
            for code in 0..1u32 << degree {
                let taps = code | 1 << (degree - 1);
                let record = Source::Linear(taps).bits(60, u64::from(code), 0);
                if let Some(found) = shortest_feedback(&record) {
                    assert_eq!(by_search(&record[..2 * crate::rule::degree(found) + SPARE], 8), Some(found));
                }
            }
        }
    }

    #[test]
    fn zeros_and_noise_name_nothing() {
        assert_eq!(shortest_feedback(&[0; 100]), None);
        assert_eq!(shortest_feedback(&[]), None);
        let mut late = [0u8; 100];
        late[60] = 1;
        assert_eq!(shortest_feedback(&late), None);
        let noise = Source::Iid(0.5);
        let named = (0..2000).filter(|&i| shortest_feedback(&noise.bits(100, 1, i)).is_some()).count();
        assert!(named < 40, "{named} of 2000");
    }

    #[test]
    fn clean_stretches_outvote_damaged_ones() {
        for name in ["lfsr:7", "lfsr:16", "lfsr:20"] {
            let source: Source = name.parse().unwrap();
            let Source::Linear(taps) = source else { panic!("{name}") };
            let mut rng = crate::seed::rng(17, 0, 0, 0);
            let noisy: Vec<Vec<u8>> = (0..24)
                .map(|i| {
                    let flip = |bit: u8| bit ^ u8::from(crate::seed::unit(&mut rng) < 0.05);
                    source.bits(256, 3, i).into_iter().map(flip).collect()
                })
                .collect();
            let views: Vec<&[u8]> = noisy.iter().map(Vec::as_slice).collect();
            assert_eq!(candidates(&views).first(), Some(&Rule::Linear { taps }), "{name}");
        }
    }
}
