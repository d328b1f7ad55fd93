//! The `turmite` command line.
