//! The `turmite` binary: the command line of `turmite-cli`, with the prose of this package.

use std::process::ExitCode;

fn main() -> ExitCode {
    turmite_cli::main(include_str!("../tests/data/prose/kjv.txt"))
}
