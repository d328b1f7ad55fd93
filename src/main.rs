//! The `turmite` binary.
fn main() {}
