//! Rows being collected, in the order of a table.

use std::collections::BTreeMap;

use crate::Shape;

/// A shape and the symbols of a string of it.
pub(crate) type Key = (Shape, Vec<u8>);

/// A map from strings to `V`. Who has many rows has them in order nearly always: so it is a vector, at a fifth of the
/// cost of a tree, and a tree only for what comes late.
#[derive(Debug)]
pub(crate) struct Rows<V> {
    in_order: Vec<(Key, V)>,
    late: BTreeMap<Key, V>,
}

impl<V> Rows<V> {
    pub(crate) fn new() -> Self {
        Self { in_order: Vec::new(), late: BTreeMap::new() }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&V> {
        if self.is_last(key) {
            return None;
        }
        let found = self.in_order.binary_search_by(|(k, _)| k.cmp(key)).ok();
        found.map(|at| &self.in_order[at].1).or_else(|| self.late.get(key))
    }

    /// Adds a row that is not there yet.
    pub(crate) fn insert(&mut self, key: Key, value: V) {
        if self.is_last(&key) {
            self.in_order.push((key, value));
        } else {
            self.late.insert(key, value);
        }
    }

    fn is_last(&self, key: &Key) -> bool {
        self.in_order.last().is_none_or(|(last, _)| last < key)
            && self.late.last_key_value().is_none_or(|(l, _)| l < key)
    }

    /// Puts what came late in its place.
    pub(crate) fn settle(&mut self) {
        if !self.late.is_empty() {
            self.in_order.extend(std::mem::take(&mut self.late));
            // Two runs in order, which this sort merges.
            self.in_order.sort_by(|(a, _), (b, _)| a.cmp(b));
        }
    }

    /// All rows in order, once they are settled.
    pub(crate) fn as_slice(&self) -> &[(Key, V)] {
        debug_assert!(self.late.is_empty());
        &self.in_order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_rows_are_found_and_put_in_their_place() {
        let key = |n: u8| (Shape::line(1).unwrap(), vec![n]);
        let mut rows = Rows::new();
        for n in [1, 5, 3, 7, 4, 0, 9] {
            assert_eq!(rows.get(&key(n)), None);
            rows.insert(key(n), n);
            assert_eq!(rows.get(&key(n)), Some(&n));
        }
        rows.settle();
        assert_eq!(rows.as_slice().iter().map(|(_, n)| *n).collect::<Vec<_>>(), [0, 1, 3, 4, 5, 7, 9]);
        assert_eq!((rows.get(&key(4)), rows.get(&key(6))), (Some(&4), None));
    }
}
