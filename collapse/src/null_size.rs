//! How large nulls are, and what a reference of some size can show.

use crate::pool::Pool;

/// Symbols of a null's largest generation. A larger run is judged against loops of this size: at the same exogenous share a
/// larger loop drifts less (V* of the closed forms is nearly as 1 / (alpha N)), so that they are lenient and never strict, and a
/// generation of any size is calibrated in the time of this one.
const MOST_SYMBOLS: usize = 1 << 17;

/// Records of a null's largest generation, however long they are.
const LEAST_RECORDS: usize = 64;

/// Generations that a reference must hold for samples of it, drawn without replacement, to look like authentic ones.
const SHOWN_FROM: usize = 4;

/// The records that a null's largest generation may hold.
pub(crate) fn most_records(reference: &Pool<u8>) -> usize {
    let length = reference.symbols().len() / reference.len().max(1);
    (MOST_SYMBOLS / length.max(1)).max(LEAST_RECORDS)
}

/// The sizes of the nulls of a run whose generations hold `sizes` records.
pub(crate) fn null_sizes(sizes: &[usize], reference: &Pool<u8>) -> Vec<usize> {
    let most = most_records(reference);
    let greatest = greatest(sizes);
    if greatest <= most {
        return sizes.to_vec();
    }
    sizes.iter().map(|&size| ((size as f64 * most as f64 / greatest as f64).round() as usize).clamp(1, most)).collect()
}

/// How long a run's synthetic records are beside the reference's: its null learners write records of that length. Loops of bigrams
/// that wrote 256 symbols where the authentic records had 300 drift 6 % further by generation 4, and 5 of 20 alarmed at
/// alpha 0.15 when held against nulls that wrote 300.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stretch(u32);

impl Stretch {
    /// As long as the reference's.
    pub(crate) const NONE: Stretch = Stretch(Self::STEPS);

    /// Steps, so that runs of about one length share their nulls.
    const STEPS: u32 = 20;

    /// Of records beside those of a reference, from a twentieth to a hundredfold.
    pub(crate) fn of(records: &Pool<u8>, reference: &Pool<u8>) -> Self {
        let mean = |pool: &Pool<u8>| pool.symbols().len() as f64 / pool.len().max(1) as f64;
        let ratio = mean(records) / mean(reference).max(1.0);
        let steps = f64::from(Self::STEPS);
        Self((ratio * steps).round().clamp(1.0, 100.0 * steps) as u32)
    }

    /// The length of a synthetic record beside an authentic one of this length.
    pub(crate) fn length(self, authentic: usize) -> usize {
        let (steps, half) = (Self::STEPS as usize, Self::STEPS as usize / 2);
        if authentic == 0 { 0 } else { ((authentic * self.0 as usize + half) / steps).max(1) }
    }

    /// Twentieths of the authentic length.
    pub(crate) fn steps(self) -> u32 {
        self.0
    }
}

/// Whether samples of the reference look like authentic generations of these sizes.
pub(crate) fn shows_itself(reference: usize, sizes: &[usize]) -> bool {
    reference >= greatest(sizes).saturating_mul(SHOWN_FROM)
}

fn greatest(sizes: &[usize]) -> usize {
    sizes.iter().copied().max().unwrap_or(0)
}

/// What must be said of a reference of `reference` records, for runs of the group `group` whose nulls have other sizes than
/// they.
pub(crate) fn warnings(reference: usize, sizes: &[usize], nulls: &[usize], group: &str) -> Vec<String> {
    let (greatest, null) = (greatest(sizes), greatest(nulls));
    let of = if group.is_empty() { "" } else { " of " };
    let mut said = Vec::new();
    if null < greatest {
        said.push(format!(
            "generations hold up to {greatest} records and are judged against loops of {null}, which drift more: no more alarms \
             than asked, and static-misfit is not judged"
        ));
    } else if !shows_itself(reference, sizes) {
        let late = if reference < greatest { ", and drift is found later than it could be" } else { "" };
        said.push(format!(
            "the reference{of}{group} holds {reference} records, fewer than {SHOWN_FROM} times the {greatest} of a generation: \
             samples of it repeat records, so static-misfit is not judged and no bands are drawn{late}"
        ));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_in_twentieths() {
        let pool = |length: usize| -> Pool<u8> { (0..3).map(|_| &[1u8; 1000][..length]).collect() };
        let of = |records, reference| Stretch::of(&pool(records), &pool(reference));
        assert_eq!((of(300, 300), of(299, 300), of(255, 300).steps()), (Stretch::NONE, Stretch::NONE, 17));
        assert_eq!((of(255, 300).length(300), Stretch::NONE.length(37), of(1, 900).length(900)), (255, 37, 45));
        assert_eq!((of(1, 900).length(1), of(1, 900).length(0), of(1000, 0).steps()), (1, 0, 2000));
    }

    #[test]
    fn nulls_of_large_runs_are_as_large_as_can_be_calibrated() {
        let reference: Pool<u8> = (0..4).map(|_| &[0u8; 256][..]).collect();
        assert_eq!(null_sizes(&[256, 256, 512], &reference), [256, 256, 512]);
        assert_eq!(null_sizes(&[25_000, 50_000, 1], &reference), [256, 512, 1]);
        assert!(warnings(4, &[50_000], &[512], "")[0].contains("50000 records and are judged against loops of 512"));
        assert!(warnings(100, &[64], &[64], "x")[0].contains("the reference of x holds 100 records"));
        assert!(warnings(256, &[64], &[64], "x").is_empty());
    }
}
