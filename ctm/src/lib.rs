//! Exact enumeration of small Turing machines (Coding Theorem Method).
