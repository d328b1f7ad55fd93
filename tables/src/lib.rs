//! Memory-mapped tables of algorithmic probability with provenance.
