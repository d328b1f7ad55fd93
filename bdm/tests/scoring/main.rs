//! Scoring as users meet it: against PyBDM's numbers, and against what must hold for any record.

mod compare;
mod golden;
mod peers;
mod perturb;
mod properties;
mod pybdm;
mod studies;
