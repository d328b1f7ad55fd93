//! The `.ctm` table: what every small Turing machine of a space wrote, one row a string, as a mapped file.
//!
//! A row holds the exact number of pairs (machine, blank) that halt with the string, the complexity
//! `K = -log2(count / total)` in bits, the fewest steps any of them needs, and a *witness*: a machine that
//! writes the string that soon. The file also says where its numbers come from ([`Provenance`]) and how much
//! weight was left undecided, by shape of the visited box, from which [`Table::lookup`] derives an interval
//! that holds without a cutoff.
//!
//! Opening a table maps it and checks its structure in time that does not depend on its size; every page
//! is checked against its checksum when it is first read, so a corrupt number is an error and never a value.
//!
//! ```
//! use turmite_tables::{Method, Provenance, RowInput, Shape, Space, Table, TableBuilder};
//!
//! let space: Space = "2x2-1d".parse()?;
//! let mut builder = TableBuilder::new(Provenance::imported(space, "an example"));
//! builder.push(RowInput::k(Shape::line(1)?, vec![0], 1.5))?;
//! builder.push(RowInput::k(Shape::line(2)?, vec![0, 1], 2.5))?;
//! let table = Table::from_bytes(builder.build()?)?;
//! // The complement of a string costs the same: tables are symmetric in their symbols.
//! assert_eq!(table.k(&Shape::line(2)?, &[1, 0])?, Some(2.5));
//! assert_eq!(table.k(&Shape::line(2)?, &[1, 1])?, None);
//! assert!(matches!(table.provenance().method, Method::Imported { .. }));
//! # Ok::<(), turmite_tables::TableError>(())
//! ```
//!
//! The file format, the witness text and the default tables are described in this crate's README.

#![deny(unsafe_code)]

mod alphabet;
mod backing;
mod bits;
mod catalog;
mod checksum;
#[doc(hidden)]
pub mod codec;
mod cut;
mod diff;
mod embedded;
mod error;
mod format;
mod left_out;
mod lookup;
mod members;
mod merge;
mod provenance;
mod publish;
mod rank;
mod reader;
mod row;
mod rows;
mod sampling;
mod shape;
mod space;
mod verify;
mod writer;

pub use alphabet::{Relabelling, class_size};
pub use bits::bits_of;
pub use catalog::{Catalog, CatalogEntry, Origin};
pub use cut::cut;
pub use diff::{Agreement, Alone, Apart, DiffOptions, DiffOrder, Difference, Scores, ShapeAgreement, diff};
pub use embedded::{default_name, names as embedded_names, strings_over, table_over};
pub use error::TableError;
pub use format::FORMAT_VERSION;
pub use left_out::LeftOut;
pub use lookup::{Interval, Lookup};
pub use merge::merge;
pub use provenance::{Method, Provenance, Shard, Weights};
pub use publish::{discard_temporaries, publish, refuse_existing};
pub use reader::Table;
pub use row::{Member, Row, Witness};
pub use sampling::{Sampling, StandardError};
pub use shape::Shape;
pub use space::Space;
pub use writer::{RowInput, TableBuilder};
