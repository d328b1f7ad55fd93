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
            if path.extension().is_some_and(|e| e == "ctm") {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    /// Opens a table by path or by name, or from standard input for `-`. What is a file is taken as one; then come the
    /// embedded names, then the files of the folders by name, then by the space they hold.
    ///
    /// # Errors
    /// Neither, or a file that is no sound table.
    pub fn open(&self, name: &str) -> Result<Table, TableError> {
        if name == "-" {
            return Table::from_reader(std::io::stdin().lock());
        }
        let looks_like_path =
            name.contains(std::path::MAIN_SEPARATOR) || Path::new(name).extension().is_some_and(|e| e == "ctm");
        if looks_like_path || Path::new(name).is_file() {
            return Table::open(name);
        }
        if embedded_names().any(|n| n == name) {
            return Table::embedded(name);
        }
        for folder in &self.folders {
            let path = folder.join(format!("{name}.ctm"));
            if path.is_file() {
                return Table::open(path);
            }
        }
        // A space is known by what a table says, whatever its file is called.
        let mut known: Vec<String> = embedded_names().map(str::to_owned).collect();
        for folder in &self.folders {
            for path in self.files(folder)? {
                let Ok(table) = Table::open(&path) else { continue };
                if table.name() == name {
                    return Ok(table);
                }
                known.extend(path.file_stem().map(|s| s.to_string_lossy().into_owned()));
            }
        }
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Err(TableError::Unknown { name: name.to_owned(), known })
    }
}
