//! `turmite ctm`: the complexity of short strings.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};
use turmite_bdm::{
    PeerRule, Predictor, ShortStrings, SymbolArray, alternations, change_complexity, count_class, normalize_string,
    second_order_entropy, symbol_entropy,
};
use turmite_tables::{Catalog, Shape, default_name, strings_over, table_over};

use super::table::lookup::{Asked, LookupOutput, show};
use crate::exit::usage;
use crate::output::{self, number};

/// Complexity, interval, logical depth and witness machine of short strings
///
/// K is -log2 of the share of halting machines that write the string; k_low and k_high bound it for runs without a cutoff;
/// min_steps, the fewest steps any machine needs, is the string's logical depth; the witness is the machine that needs no more.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite ctm 0101010101 0110100110
  turmite ctm 000111 --format json
  turmite ctm 010/111                        rows split by '/', planes by '//'
  turmite ctm 012012 --table 3x3-1d
  turmite ctm HTHTHTHT HTHHTHTT --letters --with likelihood,prob-random
  turmite ctm - --format csv < strings.txt
  turmite ctm 01011010111 --with local --span 5 --format json
  turmite ctm 010101010101010101 --with rules --block 12 --step 12")]
pub(crate) struct Args {
    /// Strings of digits, or - for those on standard input, one a line
    #[arg(required = true, value_name = "STRING")]
    strings: Vec<String>,
    /// Strings of any characters, numbered in order of first use
    #[arg(long)]
    letters: bool,
    /// The table: a file or a name of `turmite table list` [default: 5x2-1d for strings, the one that holds their symbols where they have more, the largest inside for arrays and solids]
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// Add columns about strings, split by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    with: Vec<With>,
    /// The probability of chance before the string is seen, for prob-random [default: 0.5]
    #[arg(long, value_name = "P")]
    prior: Option<f64>,
    /// The length of the windows of local, 2 to 12 [default: 5]
    #[arg(long, value_name = "N")]
    span: Option<usize>,
    /// The block of rules [default: 12]
    #[arg(long, value_name = "N")]
    block: Option<usize>,
    /// The distance between the blocks of rules [default: the block]
    #[arg(long, value_name = "N")]
    step: Option<usize>,
    #[command(flatten)]
    output: LookupOutput,
}

/// What can stand beside K, in the terms of the R package acss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum With {
    /// d = 2^-k; likelihood_d, d among the strings of its length; likelihood_ratio, that of chance over it
    Likelihood,
    /// prob_random, the posterior probability of chance
    ProbRandom,
    /// local, K of every window of --span symbols, and local_mean
    Local,
    /// entropy of the symbols, and entropy2 of pairs of neighbours, in bits
    Entropy,
    /// change, the change complexity of Aksentijevic and Gibson; alternations
    Change,
    /// class, how many strings are the same up to exchange of symbols
    Class,
    /// next, the probability of each symbol to follow, by algorithmic probability; next_context, how many symbols that rests on
    Next,
    /// bdm_pybdm, bdm_acss and bdm_oacc: BDM by the rules of PyBDM, acss and the Online Algorithmic Complexity Calculator
    Rules,
}

impl Args {
    /// The table where none is named: of strings that which holds all of their symbols.
    fn default_table(&self, shape: Option<Shape>) -> &'static str {
        let usual = shape.map_or("5x2-1d", |shape| default_name(&shape));
        if self.table.is_some() || shape.is_some_and(|shape| shape.dims() > 1) {
            return usual;
        }
        let symbols = |text: &String| {
            let found = if self.letters { normalize_string(text).ok() } else { digits(text) };
            found.and_then(|symbols| Some(symbols.iter().max()? + 1))
        };
        let needed = self.strings.iter().filter_map(symbols).max().unwrap_or(0);
        match strings_over(needed) {
            Some(name) if name != usual && needed > 2 => {
                say!("table {name}, which holds strings over {needed} symbols (--table chooses)");
                name
            }
            _ => usual,
        }
    }
}

/// The digits of a string of nothing else.
fn digits(text: &str) -> Option<Vec<u8>> {
    text.bytes().map(|b| b.is_ascii_digit().then(|| b - b'0')).collect()
}

impl With {
    fn columns(self) -> Vec<String> {
        let names: &[&str] = match self {
            Self::Likelihood => &["d", "likelihood_d", "likelihood_ratio"],
            Self::ProbRandom => &["prob_random"],
            Self::Local => &["local", "local_mean"],
            Self::Entropy => &["entropy", "entropy2"],
            Self::Change => &["change", "alternations"],
            Self::Class => &["class"],
            Self::Next => &["next", "next_context"],
            Self::Rules => return PeerRule::ALL.map(|rule| format!("bdm_{rule}")).to_vec(),
        };
        names.iter().map(|&name| name.to_owned()).collect()
    }
}

/// The longest context of `next`: one symbol less than the longest strings that tables hold nearly all of.
const CONTEXT: usize = 11;

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.strings[..] {
        [one] if one == "-" => {
            let text = output::read_text(Path::new("-"))?;
            let strings: Vec<String> = text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
            if strings.is_empty() {
                bail!("no strings on standard input; expected one a line");
            }
            ask(&Args { strings, ..args.clone() })
        }
        _ => ask(args),
    }
}

fn ask(args: &Args) -> Result<ExitCode> {
    let with = |what| args.with.contains(&what);
    for (given, what, says) in [
        (args.prior.is_some(), With::ProbRandom, "--prior goes with --with prob-random"),
        (args.span.is_some(), With::Local, "--span goes with --with local"),
        (args.block.is_some() || args.step.is_some(), With::Rules, "--block and --step go with --with rules"),
    ] {
        if given && !with(what) {
            return Err(usage(anyhow!(says)));
        }
    }
    if args.block == Some(0) || args.step == Some(0) {
        return Err(usage(anyhow!("--block and --step: found 0, expected at least 1")));
    }
    // What has the most axes decides: a string is an array of one row.
    let most = args.strings.iter().max_by_key(|s| (s.contains("//"), s.contains('/'))).filter(|_| !args.letters);
    let shape = most.and_then(|s| Shape::parse_string(s, 10).ok()).map(|(shape, _)| shape);
    let default = args.default_table(shape);
    let table = Arc::new(Catalog::from_environment().open(args.table.as_deref().unwrap_or(default))?);
    let asked = args.strings.iter().map(|text| {
        if !args.letters {
            return Asked::digits(&table, text);
        }
        let symbols = normalize_string(text)?;
        let needed = symbols.iter().max().map_or(0, |greatest| greatest + 1);
        if needed > table.symbols() {
            let (held, mend) = (table.symbols(), table_over(needed));
            return Err(anyhow!(
                "{text:?} is of {needed} different letters, and this table holds strings of {held}; {mend}"
            ));
        }
        let shape = Shape::line(symbols.len())?;
        Ok(Asked { text: text.clone(), shape: shape.lifted(usize::from(table.space().dims())), symbols })
    });
    let asked = asked.collect::<Result<Vec<_>>>()?;
    if let Some(long) = asked.iter().find(|asked| !table.has_shape(&asked.shape)) {
        say!(
            "table {} holds nothing of shape {}; `turmite score` cuts longer strings and arrays into blocks",
            table.name(),
            long.shape
        );
    }
    if args.with.is_empty() {
        return show(&table, &asked, &args.output, &[], |_| Ok(Vec::new()));
    }
    let short = ShortStrings::new(table.clone())?;
    let predictor = with(With::Next).then(|| Predictor::new(&table, CONTEXT)).transpose()?;
    let names: Vec<String> = args.with.iter().flat_map(|with| with.columns()).collect();
    show(&table, &asked, &args.output, &names, |asked| {
        let mut cells = Vec::new();
        for with in &args.with {
            cells.extend(with.cells(args, &short, predictor.as_ref(), &asked.symbols)?);
        }
        Ok(cells)
    })
}

impl With {
    fn cells(
        self,
        args: &Args,
        short: &ShortStrings,
        predictor: Option<&Predictor>,
        string: &[u8],
    ) -> Result<Vec<Value>> {
        let alphabet = short.table().symbols();
        Ok(match self {
            Self::Likelihood => vec![
                number(short.probability(string)?),
                number(short.likelihood_d(string)?),
                number(short.likelihood_ratio(string)?),
            ],
            Self::ProbRandom => vec![number(short.prob_random(string, args.prior.unwrap_or(0.5))?)],
            Self::Local => {
                let local = short.local_complexity(string, args.span.unwrap_or(5))?;
                let sum = local.iter().copied().sum::<Option<f64>>().filter(|_| !local.is_empty());
                let cells = local.iter().map(|k| number(*k)).collect();
                vec![Value::Array(cells), number(sum.map(|sum| sum / local.len() as f64))]
            }
            Self::Entropy => {
                let line = SymbolArray::line(alphabet, string.to_vec())?;
                vec![number(symbol_entropy(&line)), number(second_order_entropy(&line)?)]
            }
            Self::Change => vec![number(change_complexity(string)), json!(alternations(string))],
            Self::Class => vec![json!(count_class(string, alphabet))],
            Self::Next => {
                let next = predictor.map(|predictor| predictor.next(string)).transpose()?.flatten();
                vec![
                    json!(next.as_ref().map(|next| &next.probabilities)),
                    json!(next.as_ref().map(|next| next.context)),
                ]
            }
            Self::Rules => {
                let block = args.block.unwrap_or(12);
                let step = args.step.unwrap_or(block);
                let mut cells = Vec::new();
                for rule in PeerRule::ALL {
                    let value = rule.bdm(short.table(), string, block, step)?;
                    cells.push(number(value.and_then(|value| value.bits)));
                }
                cells
            }
        })
    }
}
