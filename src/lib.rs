//! Turmite estimates algorithmic (Kolmogorov) complexity by running *every* small Turing machine (the Coding Theorem
//! Method, CTM) and by cutting larger objects into blocks whose complexity is in a table (the Block Decomposition
//! Method, BDM), and uses it to tell whether a self-training loop still carries its generating mechanism or is collapsing.
//!
//! This package is a thin front: each room is a crate of its own, and data flows one way.
//!
//! - [`ctm`]: machine spaces and the exact enumerator;
//! - [`tables`]: the mapped table, one row a string, with provenance, interval and witness;
//! - [`bdm`]: partitions and the BDM sum;
//! - [`collapse`]: self-training dynamics and the label.
//!
//! ```
//! use turmite::bdm::{Bdm, SymbolArray};
//! use turmite::tables::{Shape, Table};
//!
//! let table = Table::embedded("5x2-1d")?; // the exact D(5): 13,794,527,777,344 halting pairs (machine, blank)
//! let k = table.k(&Shape::line(4)?, &[0, 1, 0, 1])?.expect("every string up to 11 symbols is there");
//! assert!((k - 8.258704003348441).abs() < 1e-12); // Soler-Toscano et al. 2014
//!
//! let bdm = Bdm::builder(table).build()?;
//! let value = bdm.score(&SymbolArray::line(2, vec![0; 24])?)?.expect("two blocks of twelve");
//! assert!((value.bits - 26.610413747641715).abs() < 1e-9); // PyBDM 0.1.0
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use turmite_bdm as bdm;
pub use turmite_collapse as collapse;
pub use turmite_ctm as ctm;
pub use turmite_tables as tables;
