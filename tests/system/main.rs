//! The whole system, through the binary and the facade.

mod alpha;
mod beside;
mod common;
mod d5;
mod flag;
mod inputs;
mod labels;
mod measures;
mod perturb;
mod process;
mod pybdm;
mod readme;
mod report;
mod sample;
mod scoring;
#[cfg(target_os = "linux")]
mod slurm;
mod tables;
