//! Samples a space too large to enumerate and prints the commonest strings: `cargo run --release --example sample -- 4x9-1d 100000`.

use turmite_ctm::{Quiet, SampleOptions, Sampler};
use turmite_tables::Row;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let space = arguments.next().unwrap_or_else(|| "4x9-1d".to_owned()).parse()?;
    let machines = arguments.next().unwrap_or_else(|| "100000".to_owned()).parse()?;
    let mut sampler = Sampler::new(SampleOptions::new(space, 500, 7))?;
    sampler.draw(machines, &Quiet)?;
    let table = sampler.table()?;
    let mut rows: Vec<Row> = table.rows().collect::<Result<_, _>>()?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.count));
    for row in rows.iter().take(20) {
        let error = table.standard_error(row).map_or(f64::NAN, |e| e.bits);
        println!("{:>12}  {:.6} +- {error:.6} bits", row.shape.format_string(&row.symbols), row.k);
    }
    Ok(())
}
