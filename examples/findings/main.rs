//! Published findings, with our tables: `cargo run --release --example findings` writes the tables of docs/findings.md
//! and its pictures anew. Nothing in it is left to chance but what a seed makes.

mod automata;
mod chart;
mod images;
mod short_strings;

use std::error::Error;
use std::path::Path;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let page = docs.join("findings.md");
    let mut text = std::fs::read_to_string(&page)?;
    let pictures = docs.join("findings");
    std::fs::create_dir_all(&pictures)?;
    for (name, table) in short_strings::tables(&pictures)?
        .into_iter()
        .chain(automata::tables(&pictures)?)
        .chain(images::tables(&pictures)?)
    {
        text = renew(&text, name, &table)?;
    }
    std::fs::write(&page, text)?;
    println!("{}", page.display());
    Ok(())
}

/// Puts a table between its marks.
fn renew(text: &str, name: &str, table: &str) -> Result<String> {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let from = text.find(&start).ok_or_else(|| format!("findings.md lacks the mark {start:?}"))? + start.len();
    let to = text[from..].find(&end).ok_or_else(|| format!("findings.md lacks the mark {end:?}"))? + from;
    Ok(format!("{}{table}{}", &text[..from], &text[to..]))
}

/// A table in Markdown: its heads, and rows of as many cells.
struct Markdown(String);

impl Markdown {
    fn new<S: AsRef<str>>(heads: &[S]) -> Self {
        let mut table = Self(String::new());
        table.row(heads);
        table.row(&vec!["---"; heads.len()]);
        table
    }

    fn row<S: AsRef<str>>(&mut self, cells: &[S]) {
        for cell in cells {
            self.0.push_str("| ");
            self.0.push_str(cell.as_ref());
            self.0.push(' ');
        }
        self.0.push_str("|\n");
    }
}

/// How often a value of `low` is below one of `high`, ties counted as halves: the area under the ROC curve.
fn area(low: &[f64], high: &[f64]) -> f64 {
    let below = |a: &f64| high.iter().map(|b| if a < b { 1.0 } else { f64::from(u8::from(a == b)) / 2.0 }).sum::<f64>();
    low.iter().map(below).sum::<f64>() / (low.len() * high.len()) as f64
}

/// Ranks, equal values sharing their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for run in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let first = order.partition_point(|&i| values[i] < values[run[0]]);
        run.iter().for_each(|&i| ranks[i] = first as f64 + (run.len() - 1) as f64 / 2.0);
    }
    ranks
}

/// Spearman's rank correlation.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() - 1) as f64 / 2.0;
    let product = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum::<f64>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}
