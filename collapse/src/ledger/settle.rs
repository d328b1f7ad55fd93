//! How many more items must be looked at.

use super::{Claim, Sample};

/// Items beyond which an audit is no answer.
const MOST: u64 = super::MOST_AUDITED;

/// The fewest more items after which `settles` holds, if the samples grow in proportion and turn out as so far; `up` says that the
/// share is hoped to lie above, and fractions of items are then rounded against it. `None` where 10^7 are not enough or nothing was sampled.
pub(super) fn more_to_settle(claims: &[Claim], up: bool, settles: impl Fn(&[Claim]) -> bool) -> Option<u64> {
    let now: u64 = claims.iter().map(|claim| claim.sample.audited).fold(0, u64::saturating_add);
    if now == 0 || now > MOST {
        return None;
    }
    let holds = |total: u64| {
        let grown = |claim: &Claim| Claim { sample: grown(claim.sample, now, total, up), ..*claim };
        settles(&claims.iter().map(grown).collect::<Vec<_>>())
    };
    let (mut not_yet, mut enough) = (now, now.saturating_mul(2));
    while enough <= MOST && !holds(enough) {
        (not_yet, enough) = (enough, enough.saturating_mul(2));
    }
    if enough > MOST {
        return None;
    }
    // Whole items make the limits a saw: what is found holds, and the number before it does not.
    while enough - not_yet > 1 {
        let middle = u64::midpoint(not_yet, enough);
        if holds(middle) {
            enough = middle;
        } else {
            not_yet = middle;
        }
    }
    Some(enough - now)
}

/// A sample as part of `total` items instead of `now`.
fn grown(sample: Sample, now: u64, total: u64, up: bool) -> Sample {
    let scaled = |count: u64, from: u64, to: u64| u128::from(count) * u128::from(to) / u128::from(from.max(1));
    let audited = u64::try_from(scaled(sample.audited, now, total)).unwrap_or(u64::MAX);
    let whole = scaled(sample.confirmed, sample.audited, audited) as u64;
    let part = u128::from(sample.confirmed) * u128::from(audited) % u128::from(sample.audited.max(1)) != 0;
    Sample { audited, confirmed: if part && !up { whole + 1 } else { whole } }
}
