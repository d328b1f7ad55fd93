//! Checksums by page, so that reading one row costs checking one page and not the file.

use std::sync::atomic::{AtomicU64, Ordering};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Bytes a page: small enough that the first touch costs some microseconds, large enough that the sums of a
/// one-gigabyte table fill 128 KiB, which opening hashes in some ten microseconds.
pub(crate) const PAGE: usize = 1 << 16;

/// The sums of all pages of `body`, the last one shorter.
pub(crate) fn page_sums(body: &[u8]) -> Vec<u64> {
    body.chunks(PAGE).map(xxh3_64).collect()
}

/// The sum over the prefix of a file (header, section table, page sums), leaving out its own place in the header.
/// It covers the page sums, so it stands for the whole file.
pub(crate) fn root_sum(prefix: &[u8], own: std::ops::Range<usize>) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(&prefix[..own.start]);
    hash.update(&prefix[own.end..]);
    hash.digest()
}

/// Which pages have been checked already.
#[derive(Debug)]
pub(crate) struct Checked(Box<[AtomicU64]>);

impl Checked {
    pub(crate) fn none_of(pages: usize) -> Self {
        Self((0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn contains(&self, page: usize) -> bool {
        // The pages never change, so the flag orders nothing: two threads may at worst check one twice.
        self.0[page / 64].load(Ordering::Relaxed) >> (page % 64) & 1 == 1
    }

    pub(crate) fn insert(&self, page: usize) {
        self.0[page / 64].fetch_or(1 << (page % 64), Ordering::Relaxed);
    }
}

/// The sum of one page.
pub(crate) fn page_sum(page: &[u8]) -> u64 {
    xxh3_64(page)
}
