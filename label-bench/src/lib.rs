//! The label benchmark.
#![forbid(unsafe_code)]

pub mod draw;
pub mod file;
pub mod network;
pub mod neural;
pub mod texts;
