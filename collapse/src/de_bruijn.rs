//! A de Bruijn sequence by its successor rule: no table, any order, any place to start.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Orders that can be written: a window fits a word of 32 bits.
pub(crate) const ORDERS: std::ops::RangeInclusive<u32> = 2..=32;

/// The symbol after a window of `order` symbols, its first symbol most significant: the window's first symbol, reversed
/// if the rest of the window followed by a 1 is a necklace, the least of its rotations.
///
/// Every window of `order` symbols then occurs once in a cycle of 2^order. (Sawada, Williams and Wong, A surprisingly
/// simple de Bruijn sequence construction, Discrete Mathematics 339, 2016.)
fn successor(window: u64, order: u32) -> u64 {
    let mask = (1u64 << order) - 1;
    let candidate = (window << 1 | 1) & mask;
    let rotated = |by: u32| (candidate << by | candidate >> (order - by)) & mask;
    let necklace = (1..order).all(|by| candidate <= rotated(by));
    window >> (order - 1) ^ u64::from(necklace)
}

/// Appends `length` symbols from a uniform random place.
pub(crate) fn write(order: u32, length: usize, rng: &mut ChaCha8Rng, out: &mut Vec<u8>) {
    let mut window = u64::from(rng.next_u32()) >> (32 - order);
    for _ in 0..length {
        out.push((window >> (order - 1)) as u8);
        window = (window << 1 | successor(window, order)) & ((1 << order) - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed;

    #[test]
    fn every_window_comes_once_in_a_cycle() {
        for order in 2..=14u32 {
            let mut record = Vec::new();
            let cycle = 1usize << order;
            write(order, cycle + order as usize - 1, &mut seed::rng(1, 0, 0, u64::from(order)), &mut record);
            let windows: std::collections::HashSet<&[u8]> = record.windows(order as usize).collect();
            assert_eq!(windows.len(), cycle, "order {order}");
        }
    }

    #[test]
    fn the_greatest_order_is_written() {
        let mut record = Vec::new();
        write(32, 300, &mut seed::rng(2, 0, 0, 0), &mut record);
        let ones = record.iter().filter(|&&bit| bit == 1).count();
        assert!(record.len() == 300 && (90..210).contains(&ones), "{ones}");
    }
}
