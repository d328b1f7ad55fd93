//! Windows at every bit of a line, three at one count.
//!
//! A window of w + 2 bits holds three windows of w, so counts of the wide ones at every third bit are counts of the narrow
//! ones at every bit, once each wide content has been taken apart. A long line costs a third of the increments, and taking apart 2^(w + 2) contents
//! costs what as many windows do.

use std::ops::Range;

use crate::bit_windows::bits;

/// Windows that one wide window holds beyond the first.
const MORE: usize = 2;

/// Windows a wide content from which taking contents apart does not weigh.
const LEAST: usize = 8;

/// Widest windows counted so: their wide contents are counted in 64 KiB.
const WIDEST: usize = 12;

/// Whether windows of a width, so many of them, are counted faster so.
pub(crate) fn pays(width: usize, windows: usize) -> bool {
    width <= WIDEST && windows / LEAST >= 1 << (width + MORE)
}

/// Adds the windows of `width` bits that start at the places of a range, all inside the line, to `counts`.
pub(crate) fn add(bytes: &[u8], places: Range<usize>, width: usize, counts: &mut [u64]) {
    const EACH: usize = MORE + 1;
    let wide = width + MORE;
    let last = places.start + (places.len() / EACH) * EACH;
    let mut seen = vec![0u32; 1 << wide];
    let mut at = places.start;
    while at < last {
        // A count of 32 bits lasts for as many windows.
        let until = last.min(at + EACH * u32::MAX as usize);
        for_each_wide(bytes, at..until, wide, |code| seen[code] += 1);
        for (code, count) in seen.iter_mut().enumerate().filter(|(_, count)| **count > 0) {
            for shift in 0..EACH {
                let place = &mut counts[code >> shift & ((1 << width) - 1)];
                *place = place.saturating_add(u64::from(*count));
            }
            *count = 0;
        }
        at = until;
    }
    for at in last..places.end {
        let place = &mut counts[bits(bytes, at, width) as usize];
        *place = place.saturating_add(1);
    }
}

/// Calls `sink` with the window of `wide` bits at every third place.
#[inline(always)]
fn for_each_wide(bytes: &[u8], places: Range<usize>, wide: usize, mut sink: impl FnMut(usize)) {
    const EACH: usize = MORE + 1;
    let step = EACH as u32;
    // As many as lie in one read of at least 57 bits.
    let each_read = (57 - wide) / EACH + 1;
    let mut at = places.start;
    while at + each_read * EACH <= places.end {
        let mut word = bits(bytes, at, 57) << 7;
        for _ in 0..each_read {
            sink((word >> (64 - wide)) as usize);
            word <<= step;
        }
        at += each_read * EACH;
    }
    while at < places.end {
        sink(bits(bytes, at, wide) as usize);
        at += EACH;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_those_of_windows_one_by_one() {
        let bytes: Vec<u8> = (0..4000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        for width in [1, 2, 5, 12] {
            for places in [0..0, 3..4, 0..2, 5..8, 1..4000, 7..31_980] {
                let (mut counts, mut plain) = (vec![1u64; 1 << width], vec![1u64; 1 << width]);
                add(&bytes, places.clone(), width, &mut counts);
                places.clone().for_each(|at| plain[bits(&bytes, at, width) as usize] += 1);
                assert_eq!(counts, plain, "{width} bits, {places:?}");
            }
        }
        assert!(pays(12, 131_072) && !pays(12, 131_071) && !pays(13, 1 << 30) && pays(1, 64));
    }
}
