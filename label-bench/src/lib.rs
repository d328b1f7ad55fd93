//! The label benchmark: self-training loops whose truth is known, judged by our rule and by the usual statistics.
//!
//! `cells` (the test bed) → `bench` (simulates with `turmite-collapse`, reads the runs of `neural`, which `network` and
//! `texts` make) → `truth` (with `held_out`) and `judge` → `figures` (with `measures`), `oracle` → `document`. Results are kept by `store`.

#![forbid(unsafe_code)]

pub mod bench;
pub mod cells;
pub mod document;
pub mod draw;
pub mod figures;
pub mod file;
pub mod held_out;
pub mod judge;
pub mod measures;
pub mod network;
pub mod neural;
pub mod oracle;
pub mod store;
pub mod texts;
pub mod truth;
