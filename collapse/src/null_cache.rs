//! Null trajectories kept between calls. They depend on the reference and not on the runs, and are what labelling costs.

use crate::measure::Values;
use crate::surrogate::{Design, Family};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::{Path, PathBuf};
use turmite_tables::{codec, publish};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// Raised whenever the same design would give other trajectories.
const VERSION: u32 = 8;

/// Files kept; the oldest go first. One holds about half a megabyte for 300 trajectories of 40 generations.
const MOST_FILES: usize = 400;

const EXTENSION: &str = "nulls";

/// A folder of trajectories by the checksum of all that they depend on.
#[derive(Clone, Debug)]
pub(crate) struct NullCache {
    folder: PathBuf,
}

impl NullCache {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The trajectories of a family under a design, if they are held and whole.
    pub(crate) fn get(&self, design: &Design<'_>, family: Family, trajectories: usize) -> Option<Vec<Vec<Values>>> {
        let paths: Vec<Vec<Values>> = self.held(key(design, &of_family(family, trajectories)))?;
        let (generations, channels) = (design.sizes.len(), design.meter.channels().len());
        let whole =
            |path: &Vec<Values>| path.len() == generations && path.iter().all(|values| values.len() == channels);
        (paths.len() == trajectories && paths.iter().all(whole)).then_some(paths)
    }

    /// Keeps trajectories.
    pub(crate) fn put(&self, design: &Design<'_>, family: Family, trajectories: usize, paths: &[Vec<Values>]) {
        self.keep(key(design, &of_family(family, trajectories)), paths);
    }

    /// What was kept under a name and a design, if it is held and whole.
    pub(crate) fn named<T: DeserializeOwned>(&self, design: &Design<'_>, name: &str) -> Option<T> {
        self.held(key(design, name))
    }

    /// Keeps something under a name and a design.
    pub(crate) fn put_named<T: Serialize>(&self, design: &Design<'_>, name: &str, value: &T) {
        self.keep(key(design, name), value);
    }

    /// Whatever is wrong with a file, it is as if it were not there.
    fn held<T: DeserializeOwned>(&self, key: u128) -> Option<T> {
        let bytes = fs::read(self.file(key)).ok()?;
        let (body, sum) = bytes.split_last_chunk::<8>()?;
        if xxh3_64(body) != u64::from_le_bytes(*sum) {
            return None;
        }
        let (held, value): (u128, T) = codec::decode_whole(body).ok()?;
        (held == key).then_some(value)
    }

    /// A cache that cannot be written costs time and nothing else, so nothing is said.
    fn keep<T: Serialize + ?Sized>(&self, key: u128, value: &T) {
        let Ok(body) = codec::encode(&(key, value)) else { return };
        if fs::create_dir_all(&self.folder).is_err() {
            return;
        }
        let sum = xxh3_64(&body).to_le_bytes();
        let written = publish(&self.file(key), true, |out| {
            out.write_all(&body)?;
            out.write_all(&sum)
        });
        if written.is_ok() {
            self.prune();
        }
    }

    fn file(&self, key: u128) -> PathBuf {
        self.folder.join(format!("{key:032x}.{EXTENSION}"))
    }

    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        let mut files: Vec<_> = entries
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|extension| extension == EXTENSION))
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        let surplus = files.len().saturating_sub(MOST_FILES);
        for (_, path) in &files[..surplus] {
            let _ = fs::remove_file(path);
        }
    }
}

fn of_family(family: Family, trajectories: usize) -> String {
    format!("{family} {trajectories}")
}

/// A checksum of everything that what is drawn under a design depends on.
fn key(design: &Design<'_>, what: &str) -> u128 {
    let mut hash = Xxh3::new();
    let mut put = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    put(env!("CARGO_PKG_VERSION").as_bytes());
    put(&VERSION.to_le_bytes());
    put(design.meter.identity().as_bytes());
    let Design { floor, share, nested, .. } = design;
    put(format!("{what} {floor} {share} {nested} {}", design.stretch.steps()).as_bytes());
    for numbers in [design.sizes, design.reference.ends()] {
        put(&numbers.iter().flat_map(|&n| (n as u64).to_le_bytes()).collect::<Vec<u8>>());
    }
    put(design.reference.symbols());
    hash.digest128()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use crate::measure::Meter;
    use crate::null_size::Stretch;
    use crate::pool::Pool;
    use std::sync::Arc;
    use turmite_tables::Table;

    #[test]
    fn what_is_kept_comes_back_and_what_is_damaged_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = NullCache::new(folder.path());
        let table = Arc::new(Table::embedded("5x2-1d").unwrap());
        let reference: Pool<u8> = (0..64u8).map(|_| &[0u8, 1, 1, 0][..]).collect();
        let meter = Meter::new(&table, false, &[Channel::Multiscale48], &reference).unwrap();
        let sizes = [2, 2, 2];
        let design = Design {
            meter: &meter,
            reference: &reference,
            sizes: &sizes,
            floor: 0.1,
            share: 0.1,
            nested: false,
            stretch: Stretch::NONE,
        };
        let paths = vec![vec![vec![0.1], vec![-2.5], vec![f64::MIN_POSITIVE]]; 2];
        assert_eq!(cache.get(&design, Family::Records, 2), None);
        cache.put(&design, Family::Records, 2, &paths);
        assert_eq!(cache.get(&design, Family::Records, 2), Some(paths));
        assert_eq!(cache.get(&design, Family::Ngram(2), 2), None);
        assert_eq!(cache.get(&Design { floor: 0.2, ..design }, Family::Records, 2), None);
        assert_eq!(cache.get(&Design { share: 0.2, ..design }, Family::Records, 2), None);
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        let mut bytes = fs::read(&file).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            fs::write(&file, &bytes).unwrap();
            assert_eq!(cache.get(&design, Family::Records, 2), None, "byte {at}");
            bytes[at] ^= 1;
        }
        fs::write(&file, &bytes[..5]).unwrap();
        assert_eq!(cache.get(&design, Family::Records, 2), None);
    }
}
