//! Scoring as users meet it: against PyBDM's numbers, and against what must hold for any record.

mod golden;
mod perturb;
mod properties;
mod pybdm;
