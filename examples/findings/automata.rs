//! Elementary cellular automata, classified by the BDM of their space-time diagrams.

use std::path::Path;
use std::sync::Arc;

use turmite::bdm::{Bdm, Gzip, SymbolArray, block_entropy};
use turmite::tables::Table;

use crate::chart::{Series, draw};
use crate::{Markdown, Result, area, spearman};

const WIDTH: usize = 101;
const STEPS: usize = 100;

/// Wolfram's classes of the 88 rules that differ by more than mirror images and exchange of 0 and 1 (Wolfram 2002, p. 231 ff.;
/// class 2 is the rest).
const CLASS_1: [u8; 8] = [0, 8, 32, 40, 128, 136, 160, 168];
const CLASS_3: [u8; 11] = [18, 22, 30, 45, 60, 90, 105, 122, 126, 146, 150];
const CLASS_4: [u8; 4] = [41, 54, 106, 110];

fn class(rule: u8) -> usize {
    match rule {
        rule if CLASS_1.contains(&rule) => 1,
        rule if CLASS_3.contains(&rule) => 3,
        rule if CLASS_4.contains(&rule) => 4,
        _ => 2,
    }
}

/// The least rule among its mirror image, its complement and both.
fn representative(rule: u8) -> u8 {
    let mirror = |rule: u8| (0..8u8).fold(0, |out, i| out | (rule >> i & 1) << ((i & 1) << 2 | i & 2 | i >> 2));
    let complement = |rule: u8| (0..8u8).fold(0, |out, i| out | (1 - (rule >> i & 1)) << (7 - i));
    [rule, mirror(rule), complement(rule), mirror(complement(rule))].into_iter().min().unwrap_or(rule)
}

/// A rule with its BDM, the length gzip gives and its block entropy.
type Measured = (u8, f64, f64, f64);
type Value<'a> = &'a dyn Fn(&Measured) -> f64;

/// Rows from one 1 in the middle, on a ring, the first one included.
fn diagram(rule: u8) -> Vec<Vec<u8>> {
    let mut rows = vec![vec![0; WIDTH]];
    rows[0][WIDTH / 2] = 1;
    for step in 0..STEPS - 1 {
        let last = &rows[step];
        let cell = |i: usize| {
            let seen = last[(i + WIDTH - 1) % WIDTH] << 2 | last[i] << 1 | last[(i + 1) % WIDTH];
            rule >> seen & 1
        };
        rows.push((0..WIDTH).map(cell).collect());
    }
    rows
}

pub(crate) fn tables(pictures: &Path) -> Result<Vec<(&'static str, String)>> {
    let bdm = Bdm::builder(Arc::new(Table::embedded("5x2-2d")?)).intervals(false).build()?;
    let (mut gzip, mut counts) = (Gzip::new(), turmite::bdm::BlockCounts::new(2));
    let mut found = Vec::new();
    for rule in (0..=255u8).filter(|rule| representative(*rule) == *rule) {
        let rows = diagram(rule);
        let array = SymbolArray::from_rows(&rows, 2)?;
        let bits = bdm.score_with(&mut counts, &array)?.map_or(f64::NAN, |v| v.bits);
        let entropy = block_entropy(&counts).unwrap_or(f64::NAN);
        found.push((rule, bits, gzip.bytes(&rows.concat())? as f64, entropy));
    }
    found.sort_by(|a, b| a.1.total_cmp(&b.1));

    let mut rules = Markdown::new(&["class", "rules", "BDM, least", "median", "greatest"]);
    for of in 1..=4 {
        let bits: Vec<f64> = found.iter().filter(|f| class(f.0) == of).map(|f| f.1).collect();
        let value = |at: usize| format!("{:.0}", bits[at]);
        rules.row(&[of.to_string(), bits.len().to_string(), value(0), value(bits.len() / 2), value(bits.len() - 1)]);
    }
    let column =
        |of: &dyn Fn(u8) -> bool, value: Value| found.iter().filter(|f| of(f.0)).map(value).collect::<Vec<f64>>();
    let simple = |rule: u8| class(rule) <= 2;
    let rest = |rule: u8| class(rule) > 2;
    let mut measures = Markdown::new(&["measure", "classes 1 and 2 below 3 and 4 (area)", "Spearman with BDM"]);
    let all = |_: u8| true;
    for (name, value) in [
        ("BDM, 5x2-2d, 4x4", &(|f: &Measured| f.1) as Value),
        ("gzip", &|f: &Measured| f.2),
        ("block entropy, 4x4", &|f: &Measured| f.3),
    ] {
        let separates = area(&column(&simple, value), &column(&rest, value));
        let rank = spearman(&column(&all, &|f| f.1), &column(&all, value));
        measures.row(&[name.to_owned(), format!("{separates:.3}"), format!("{rank:.3}")]);
    }
    let top: Vec<String> = found.iter().rev().take(12).map(|f| format!("{} (class {})", f.0, class(f.0))).collect();
    let list = format!("The twelve greatest, from above: {}.\n", top.join(", "));
    let series: Vec<Series> = (1..=4)
        .map(|of| Series {
            name: format!("class {of}"),
            points: found.iter().filter(|f| class(f.0) == of).map(|f| (f.1.log2(), f.2)).collect(),
            joined: false,
        })
        .collect();
    draw(&pictures.join("automata.svg"), "BDM, bits", "gzip, bytes", true, &series)?;
    Ok(vec![("automata by class", rules.0), ("automata by measure", measures.0), ("greatest automata", list)])
}
