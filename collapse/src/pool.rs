//! Records laid end to end: what learners are fitted on and what they write.

use crate::seed::below;
use rand_chacha::ChaCha8Rng;
use xxhash_rust::xxh3::xxh3_64;

/// Records of symbols `S` in one vector, with their boundaries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pool<S> {
    symbols: Vec<S>,
    ends: Vec<usize>,
}

impl<S> Default for Pool<S> {
    fn default() -> Self {
        Self { symbols: Vec::new(), ends: Vec::new() }
    }
}

impl<S: Copy> Pool<S> {
    /// An empty pool with room for so many records and symbols.
    pub(crate) fn with_capacity(records: usize, symbols: usize) -> Self {
        Self { symbols: Vec::with_capacity(symbols), ends: Vec::with_capacity(records) }
    }

    pub(crate) fn push(&mut self, record: &[S]) {
        self.symbols.extend_from_slice(record);
        self.ends.push(self.symbols.len());
    }

    /// Lets `write` append the symbols of one more record.
    pub(crate) fn push_with(&mut self, write: impl FnOnce(&mut Vec<S>)) {
        write(&mut self.symbols);
        self.ends.push(self.symbols.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn clear(&mut self) {
        self.symbols.clear();
        self.ends.clear();
    }

    pub(crate) fn symbols(&self) -> &[S] {
        &self.symbols
    }

    /// Where record `i` ends in [`Pool::symbols`].
    pub(crate) fn ends(&self) -> &[usize] {
        &self.ends
    }

    pub(crate) fn record(&self, i: usize) -> &[S] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.symbols[start..self.ends[i]]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[S]> + '_ {
        (0..self.len()).map(|i| self.record(i))
    }

    /// A record chosen uniformly; empty if the pool is.
    pub(crate) fn choose(&self, rng: &mut ChaCha8Rng) -> &[S] {
        if self.len() == 0 { &[] } else { self.record(below(rng, self.len())) }
    }

    pub(crate) fn extend(&mut self, other: &Pool<S>) {
        let before = self.symbols.len();
        self.symbols.extend_from_slice(&other.symbols);
        self.ends.extend(other.ends.iter().map(|end| before + end));
    }
}

impl Pool<u8> {
    /// The same records in an order that depends on nothing but them, and on no symbol more than on another: by their checksums. What is
    /// drawn from a pool goes by places, and must not change with the order of a file's lines.
    pub(crate) fn in_canonical_order(&self) -> Self {
        let mut records: Vec<(u64, &[u8])> = self.iter().map(|record| (xxh3_64(record), record)).collect();
        records.sort_unstable();
        records.into_iter().map(|(_, record)| record).collect()
    }
}

impl<'a, S: Copy + 'a> FromIterator<&'a [S]> for Pool<S> {
    fn from_iter<I: IntoIterator<Item = &'a [S]>>(records: I) -> Self {
        let mut pool = Pool::default();
        for record in records {
            pool.push(record);
        }
        pool
    }
}

/// The characters of some texts, for tests.
#[cfg(test)]
pub(crate) fn of_texts(texts: &[&str]) -> Pool<char> {
    let mut pool = Pool::default();
    for text in texts {
        pool.push(&text.chars().collect::<Vec<_>>());
    }
    pool
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_lines_is_forgotten() {
        let pool = |records: &[&[u8]]| records.iter().copied().collect::<Pool<u8>>();
        let (one, other) = (pool(&[b"ab", b"", b"c", b"ab"]), pool(&[b"c", b"ab", b"ab", b""]));
        assert_ne!(one, other);
        assert_eq!(one.in_canonical_order(), other.in_canonical_order());
        assert_eq!((one.in_canonical_order().len(), one.in_canonical_order().symbols().len()), (4, 5));
    }
}
