//! Where longer blocks tell structure from noise better: `cargo run --release --example block_length`.
//!
//! For each source and length, the share of pairs (record of the source, record of fair coins) in which the record of the
//! source has the lower BDM, ties counted as halves (the area under the ROC curve): 1 is always, 0.5 is chance. Each column
//! is a table and its block; symbols that fill no block are priced as shorter blocks. The standard error of a cell is at most 0.02.

use std::sync::Arc;

use turmite::bdm::{Bdm, Partition, SymbolArray};
use turmite::collapse::Source;
use turmite::tables::{Catalog, Shape};

const RECORDS: u64 = 400;
const LENGTHS: [usize; 8] = [16, 24, 48, 96, 192, 384, 1536, 6144];
const SOURCES: [&str; 7] = ["period:5", "period:14", "thue-morse", "rule30", "rule110", "markov", "iid:0.4"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut columns: Vec<String> = std::env::args().skip(1).collect();
    if columns.is_empty() {
        columns = ["5x2-1d:12", "6x2-1d:12", "6x2-1d:16"].map(str::to_owned).to_vec();
    }
    let mut engines = Vec::new();
    for column in &columns {
        let (table, block) = column.split_once(':').ok_or("give columns as TABLE:BLOCK, such as 6x2-1d:16")?;
        let table = Arc::new(Catalog::from_environment().open(table)?);
        let partition = Partition::Recursive { min_length: 1 };
        engines.push(
            Bdm::builder(table).block(Shape::line(block.parse()?)?).partition(partition).intervals(false).build()?,
        );
    }
    println!("| source | symbols | {} |\n| --- | ---{} |", columns.join(" | "), " | ---".repeat(columns.len()));
    for source in SOURCES {
        for length in LENGTHS {
            let mut cells = Vec::new();
            for bdm in &engines {
                let values = |name: &str, seed: u64| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
                    let source: Source = name.parse()?;
                    let mut values = Vec::new();
                    for index in 0..RECORDS {
                        let record = SymbolArray::line(2, source.bits(length, seed, index))?;
                        values.push(bdm.score(&record)?.map_or(f64::NAN, |value| value.bits));
                    }
                    Ok(values)
                };
                cells.push(format!("{:.2}", area(&values(source, 1)?, &values("iid:0.5", 2)?)));
            }
            println!("| {source} | {length} | {} |", cells.join(" | "));
        }
    }
    Ok(())
}

/// How often a value of `low` is below one of `high`.
fn area(low: &[f64], high: &[f64]) -> f64 {
    let below = |a: &f64| high.iter().map(|b| if a < b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 }).sum::<f64>();
    low.iter().map(below).sum::<f64>() / (low.len() * high.len()) as f64
}
