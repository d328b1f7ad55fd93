//! CTM and BDM against compressors on short strings.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use turmite::bdm::{Bdm, Gzip, Partition, SymbolArray, Zstd, lempel_ziv_phrases, symbol_entropy};
use turmite::collapse::Source;
use turmite::tables::{Shape, Table};

use crate::chart::{Series, draw};
use crate::{Markdown, Result, area, spearman};

const MEASURES: [&str; 6] = ["K or BDM", "BDM, every shift", "LZ76", "gzip", "zstd", "entropy"];
const LENGTHS: [usize; 9] = [12, 24, 36, 48, 96, 192, 384, 768, 1536];
const SOURCES: [&str; 4] = ["thue-morse", "period:14", "rule110", "markov"];
const RECORDS: u64 = 400;

struct Meters {
    bdm: Bdm,
    every_shift: Bdm,
    gzip: Gzip,
    zstd: Zstd,
}

impl Meters {
    /// The measures of a string, in the order of [`MEASURES`]. Compressors get the digits as bytes: eight to a byte would
    /// hide from them what lies across bytes.
    fn all(&mut self, bits: &[u8]) -> Result<[f64; 6]> {
        let array = SymbolArray::line(2, bits.to_vec())?;
        let digits: Vec<u8> = bits.iter().map(|b| b'0' + b).collect();
        Ok([
            self.bdm.score(&array)?.map_or(f64::NAN, |v| v.bits),
            self.every_shift.score(&array)?.map_or(f64::NAN, |v| v.bits),
            lempel_ziv_phrases(bits) as f64,
            self.gzip.bytes(&digits)? as f64,
            self.zstd.bytes(&digits)? as f64,
            symbol_entropy(&array).unwrap_or(f64::NAN),
        ])
    }
}

pub(crate) fn tables(pictures: &Path) -> Result<Vec<(&'static str, String)>> {
    let table = Arc::new(Table::embedded("5x2-1d")?);
    let bdm = |partition| Bdm::builder(table.clone()).partition(partition).intervals(false).build();
    let every_shift = bdm(Partition::Correlated { shift: 1 })?;
    let bdm = bdm(Partition::Recursive { min_length: 1 })?;
    let mut meters = Meters { bdm, every_shift, gzip: Gzip::new(), zstd: Zstd::new()? };
    Ok(vec![
        ("values of all strings", all_of_a_length(&table, &mut meters, pictures)?),
        ("structure against noise", against_noise(&mut meters, pictures)?),
    ])
}

/// How many values each measure takes on all strings of a length, and how it ranks them.
fn all_of_a_length(table: &Table, meters: &mut Meters, pictures: &Path) -> Result<String> {
    let mut text = Markdown::new(&["strings", "measure", "values it takes", "Spearman with K"]);
    for length in [8usize, 12] {
        let shape = Shape::line(length)?;
        let mut values: Vec<[f64; 6]> = Vec::new();
        for code in 0..1u32 << length {
            let bits: Vec<u8> = (0..length).rev().map(|i| (code >> i & 1) as u8).collect();
            if let Some(k) = table.k(&shape, &bits)? {
                let [_, rest @ ..] = meters.all(&bits)?;
                values.push([k, rest[0], rest[1], rest[2], rest[3], rest[4]]);
            }
        }
        let column = |i: usize| values.iter().map(|v| v[i]).collect::<Vec<f64>>();
        // Of one block both kinds of BDM are K.
        for (i, name) in MEASURES.iter().enumerate().filter(|(i, _)| *i != 1) {
            let taken: BTreeSet<u64> = column(i).iter().map(|v| (v * 1e9) as u64).collect();
            let rank =
                if taken.len() > 1 { format!("{:.2}", spearman(&column(0), &column(i))) } else { "-".to_owned() };
            let strings = format!("all {} of length {length}", values.len());
            text.row(&[strings, (*name).to_owned(), taken.len().to_string(), rank]);
        }
        if length == 12 {
            let mut points: Vec<(f64, f64)> = values.iter().map(|v| (v[0], v[3])).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            points.dedup();
            let series = Series { name: "strings of 12 bits".to_owned(), points, joined: false };
            draw(&pictures.join("gzip.svg"), "K, bits", "gzip, bytes", false, &[series])?;
        }
    }
    Ok(text.0)
}

/// How often a record with structure has the lower value, by length.
fn against_noise(meters: &mut Meters, pictures: &Path) -> Result<String> {
    let mut text = Markdown::new(&[&["source", "bits"], &MEASURES[..]].concat());
    let mut lines: Vec<Vec<(f64, f64)>> = vec![Vec::new(); 6];
    for source in SOURCES {
        for length in LENGTHS {
            let mut values = |name: &str, seed: u64| -> Result<Vec<[f64; 6]>> {
                let source: Source = name.parse()?;
                (0..RECORDS).map(|i| meters.all(&source.bits(length, seed, i))).collect()
            };
            let (structured, noise) = (values(source, 1)?, values("iid:0.5", 2)?);
            let areas: Vec<f64> = (0..6)
                .map(|i| {
                    let column = |of: &[[f64; 6]]| of.iter().map(|v| v[i]).collect::<Vec<f64>>();
                    area(&column(&structured), &column(&noise))
                })
                .collect();
            let cells = areas.iter().map(|a| format!("{a:.2}"));
            text.row(&[source.to_owned(), length.to_string()].into_iter().chain(cells).collect::<Vec<_>>());
            if source == "rule110" {
                lines.iter_mut().zip(&areas).for_each(|(line, area)| line.push(((length as f64).log2(), *area)));
            }
        }
    }
    let series: Vec<Series> = MEASURES
        .iter()
        .zip(lines)
        .map(|(name, points)| Series { name: (*name).to_owned(), points, joined: true })
        .collect();
    draw(&pictures.join("noise.svg"), "bits of a record", "rule 110 told from fair coins (area)", true, &series)?;
    Ok(text.0)
}
