//! Finding a table by path or by name.

use std::path::{Path, PathBuf};

use crate::{Table, TableError, embedded_names};

/// Where a listed table comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Inside the binary.
    Embedded,
    /// A file in one of the extra folders.
    File(PathBuf),
}

/// A table that can be named.
#[derive(Debug)]
pub struct CatalogEntry {
    /// What to call it.
    pub name: String,
    /// Where it is.
    pub origin: Origin,
    /// The opened table, or why it cannot be opened.
    pub table: Result<Table, TableError>,
}

/// The embedded tables and those of extra folders.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    folders: Vec<PathBuf>,
}

impl Catalog {
    /// The embedded tables and the `.ctm` files of `folders`.
    #[must_use]
    pub fn new(folders: Vec<PathBuf>) -> Self {
        Self { folders }
    }

    /// As [`Catalog::new`], with the folders that the environment variable `TURMITE_TABLES` lists.
    #[must_use]
    pub fn from_environment() -> Self {
        let folders = std::env::var_os("TURMITE_TABLES")
            .map(|v| std::env::split_paths(&v).filter(|p| !p.as_os_str().is_empty()).collect());
        Self::new(folders.unwrap_or_default())
    }

    /// All tables, the embedded ones first, then by folder and name.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn list(&self) -> Result<Vec<CatalogEntry>, TableError> {
        let mut out: Vec<CatalogEntry> = embedded_names()
            .map(|name| CatalogEntry { name: name.to_owned(), origin: Origin::Embedded, table: Table::embedded(name) })
            .collect();
        for folder in &self.folders {
            for path in self.files(folder)? {
                let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
                out.push(CatalogEntry { name, table: Table::open(&path), origin: Origin::File(path) });
            }
        }
        Ok(out)
    }

    fn files(&self, folder: &Path) -> Result<Vec<PathBuf>, TableError> {
        let fail = |source| TableError::Io {
            path: folder.to_owned(),
            doing: "cannot list this folder of TURMITE_TABLES",
            source,
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            // A pipe or a device is no table, and reading it may never end.
            let special = path.metadata().is_ok_and(|m| !m.is_file());
            if path.extension().is_some_and(|e| e == "ctm") && !special {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Every table that `name` fits, the one taken first. What has a path separator or ends in `.ctm` is a path and nothing
    /// else. Any other name is that of an embedded table, then of a file `name.ctm` in one of the folders, then of a file in the
    /// working folder; only where none fits, of the space that a file in one of the folders holds.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn find(&self, name: &str) -> Result<Vec<Origin>, TableError> {
        if name.contains(std::path::MAIN_SEPARATOR) || Path::new(name).extension().is_some_and(|e| e == "ctm") {
            return Ok(vec![Origin::File(PathBuf::from(name))]);
        }
        let embedded = embedded_names().any(|n| n == name).then_some(Origin::Embedded);
        let installed = self.folders.iter().map(|folder| folder.join(format!("{name}.ctm")));
        let here = Path::new(".").join(name);
        let files = installed.chain([here]).filter(|path| path.is_file()).map(Origin::File);
        let found: Vec<Origin> = embedded.into_iter().chain(files).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        // A space is known by what a table says, whatever its file is called. A shard is not the space.
        let mut found = Vec::new();
        for folder in &self.folders {
            for path in self.files(folder)? {
                if Table::open(&path).is_ok_and(|table| table.name() == name && table.check_whole().is_ok()) {
                    found.push(Origin::File(path));
                }
            }
        }
        Ok(found)
    }

    /// Opens a table whose K are to be read, by path or by name ([`Catalog::find`]), or from standard input for `-`.
    ///
    /// # Errors
    /// As [`Catalog::open_part`], and a shard of an exact table ([`Table::check_whole`]).
    pub fn open(&self, name: &str) -> Result<Table, TableError> {
        let table = self.open_part(name)?;
        table.check_whole()?;
        Ok(table)
    }

    /// Opens a table, also one that is a part of a space: to check it, to show what it is, to merge it.
    ///
    /// # Errors
    /// No such table, or a file that is no sound one.
    pub fn open_part(&self, name: &str) -> Result<Table, TableError> {
        if name == "-" {
            return Table::from_reader(std::io::stdin().lock());
        }
        match self.find(name)?.first() {
            Some(Origin::Embedded) => Table::embedded(name),
            Some(Origin::File(path)) => Table::open(path),
            None => {
                let mut known: Vec<String> = embedded_names().map(str::to_owned).collect();
                for folder in &self.folders {
                    known.extend(
                        self.files(folder)?.iter().filter_map(|p| Some(p.file_stem()?.to_string_lossy().into())),
                    );
                }
                Err(TableError::Unknown { name: name.to_owned(), known: known.join(", ") })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Method, Provenance, RowInput, Shape, Shard, TableBuilder, Weights, merge};

    /// A part of the machines of one state, with counts of its own.
    fn part(index: u32, of: u32, halting: u128) -> Result<TableBuilder, TableError> {
        let mut provenance = Provenance::imported("1x2-1d".parse()?, "");
        provenance.method = Method::Exact;
        provenance.max_steps = Some(5);
        provenance.weights = Some(Weights { halting, non_halting: 72 / u128::from(of) - halting, undecided: 0 });
        provenance.shard = Shard { index, of };
        let mut builder = TableBuilder::new(provenance);
        builder.push(RowInput::count(Shape::line(1)?, vec![0], halting / 2))?;
        Ok(builder)
    }

    #[test]
    fn a_shard_has_no_k_but_can_be_merged() -> Result<(), TableError> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        part(0, 2, 16)?.write(&path("s0.ctm"), false)?;
        part(1, 2, 8)?.write(&path("s1.ctm"), false)?;
        let catalog = Catalog::new(vec![folder.path().to_owned()]);
        let refused = catalog.open("s0").unwrap_err().to_string();
        assert!(refused.contains("shard 0/2 of 1x2-1d") && refused.contains("turmite merge"), "{refused}");
        assert!(matches!(catalog.open("1x2-1d"), Err(TableError::Unknown { .. })), "no shard passes for the space");
        let parts = [catalog.open_part("s0")?, catalog.open_part("s1")?];
        let (one, shape) = (&parts[0], Shape::line(1)?);
        one.verify()?;
        assert!(one.rows().all(|row| row.is_ok()));
        let options = crate::DiffOptions { top: 1, by: crate::DiffOrder::K };
        for refused in [
            one.k(&shape, &[0]).err(),
            one.lookup(&shape, &[0]).err(),
            one.interval(&shape, &[0]).err(),
            one.dense(&shape).err(),
            crate::diff(one, &parts[1], &options).err(),
        ] {
            assert!(matches!(refused, Some(TableError::Part { .. })), "{refused:?}");
        }
        merge(&parts)?.write(&path("whole.ctm"), false)?;
        assert_eq!(catalog.open("1x2-1d")?.k(&shape, &[0])?, Some(1.0));
        Ok(())
    }

    #[test]
    fn what_fits_a_name_is_found_in_order() -> Result<(), TableError> {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&first, &second] {
            part(0, 1, 24)?.write(&folder.path().join("5x2-1d.ctm"), false)?;
        }
        let catalog = Catalog::new(vec![first.path().to_owned(), second.path().to_owned()]);
        let file = |folder: &tempfile::TempDir| Origin::File(folder.path().join("5x2-1d.ctm"));
        assert_eq!(catalog.find("5x2-1d")?, [Origin::Embedded, file(&first), file(&second)]);
        // By the space that the files hold.
        assert_eq!(catalog.find("1x2-1d")?, [file(&first), file(&second)]);
        assert_eq!(catalog.find("a/5x2-1d")?, [Origin::File("a/5x2-1d".into())]);
        assert_eq!(catalog.find("5x2-1d.ctm")?, [Origin::File("5x2-1d.ctm".into())]);
        assert_eq!(catalog.find("none")?, []);
        Ok(())
    }
}
