//! Enumerates a space and prints what came of it: `cargo run --release -p turmite-ctm --example enumerate 5x2-1d 500`.

use turmite_ctm::{EnumerateOptions, Quiet, enumerate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let space = args.next().unwrap_or_else(|| "4x2-1d".to_owned()).parse()?;
    let max_steps = args.next().map_or(Ok(500), |s| s.parse())?;
    let enumeration = enumerate(&EnumerateOptions::new(space, max_steps), &Quiet)?;
    for (proof, tally) in enumeration.proofs() {
        println!("{:24} {:>12} runs {:>24} machines", proof.name(), tally.runs, tally.weight);
    }
    let table = enumeration.into_table()?;
    println!("{:?}", table.provenance().weights);
    println!("{} outputs, nodes {:?}, {}", table.outputs(), table.provenance().nodes, table.checksum());
    Ok(())
}
