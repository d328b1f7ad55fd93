//! `cargo xtask label-bench`.

use anyhow::Result;
use std::path::Path;
use turmite_label_bench::{neural, texts::Book};

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let seeds: u64 = std::env::args().nth(1).map_or(Ok(20), |n| n.parse())?;
    let book = Book::read(&root.join("tests/data/prose/kjv.txt"))?;
    neural::make(&root.join("target/label-bench/neural"), "kjv", &book, 0..seeds)
}
