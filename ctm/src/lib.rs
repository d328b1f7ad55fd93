//! The Coding Theorem Method, exactly: run every Turing machine of a space on blank tapes and count what the halting ones write.
//!
//! Machines follow the busy-beaver formalism of Soler-Toscano, Zenil, Delahaye and Gauvrit (2014): a transition is either
//! (next state, symbol written, direction) or a halt that writes any symbol and does not move; the output of a halting
//! run is the content of the smallest box that holds every cell the head stood on; the halting transition counts as a step.
//! With n states and k symbols in d dimensions there are `(2dnk + k)^(nk)` machines.
//!
//! [`enumerate`] does not run them one by one. It runs a machine whose table is empty and defines an entry only when the
//! run reaches it (tree normal form), so every halting run adds the exact number of machines that share it. Nothing is
//! sampled, and the weights add up to the size of the space, which is asserted.
//!
//! ```
//! use turmite_ctm::{EnumerateOptions, Quiet, enumerate};
//!
//! let options = EnumerateOptions::new("2x2-1d".parse()?, 6);
//! let enumeration = enumerate(&options, &Quiet)?;
//! let table = enumeration.into_table()?;
//! assert_eq!(table.total(), Some(6_088)); // pairs (machine, blank) that halt [Delahaye & Zenil 2012]
//! assert_eq!(table.outputs(), 22);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![deny(unsafe_code)]

mod alike;
mod busy_beaver;
mod checkpoint;
mod deciders;
mod diagram;
mod enumerate;
mod error;
mod frontier;
mod ledger;
mod machine;
mod memory;
mod naive;
mod outputs;
mod replay;
mod rows;
mod rules;
mod sample;
mod symmetry;
mod table;
mod tally;
mod tape;
mod text;
mod tree;

pub use alike::Alike;
pub use busy_beaver::{Bound, proven_bound};
pub use checkpoint::is_checkpoint;
pub use deciders::{Cell, Certificate, Context, Part, decide};
pub use diagram::{Diagram, Frame};
pub use enumerate::{EnumerateOptions, Enumeration, Observer, Quiet, enumerate};
pub use error::CtmError;
pub use machine::{Direction, Entry, Machine};
pub use naive::{Halted, run};
pub use replay::replay;
pub use sample::{SampleObserver, SampleOptions, Sampler};
pub use tally::{Proof, ProofTally};
