//! The whole system, through the binary and the facade.

mod common;
mod d5;
mod labels;
mod measures;
mod process;
mod pybdm;
mod readme;
mod sample;
mod scoring;
#[cfg(target_os = "linux")]
mod slurm;
mod tables;
