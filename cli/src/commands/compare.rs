//! `turmite compare`: what two objects have in common.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, anyhow};
use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};
use turmite_bdm::{Encoding, Partition};

use super::object::{Cut, CutArgs, WINDOWS, why_no_bdm};
use crate::exit::usage;
use crate::output::{self, OneFormat, number};
use crate::records::Content;

/// Conditional and mutual BDM of two objects, and their distance, in bits
///
/// a_given_b is what A costs once the blocks of B are known: the blocks that B lacks, and the counts that differ. mutual is
/// bdm_a - a_given_b, the same either way round; distance is the greater of a_given_b and b_given_a, and normalized_distance
/// that over the greater BDM: 0 for the same blocks as often, 1 for no block in common. Objects are compared as bags of
/// blocks: the order of blocks does not count. Strings are cut into windows at every shift unless --boundary says otherwise,
/// since blocks side by side do not survive an inserted symbol.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite compare old.txt new.txt
  turmite compare generations.jsonl generations.jsonl --records 0,9 --field completion
  turmite compare one.png other.png --block 4x4 --format json")]
pub(crate) struct Args {
    /// The file that holds the first object, or - for standard input
    #[arg(value_name = "A")]
    a: PathBuf,
    /// The file that holds the second
    #[arg(value_name = "B")]
    b: PathBuf,
    /// Which records of files that hold several, from 0: one of A and one of B
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    records: Vec<usize>,
    #[command(flatten)]
    cut: CutArgs,
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: OneFormat,
}

/// Bytes of the longest text that is shuffled: of longer ones the order shows anyhow.
const MOST_SHUFFLED: usize = 1 << 22;

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    args.cut.check_files(&[], &[&args.a, &args.b])?;
    let (record_a, record_b) = match args.records[..] {
        [] => (None, None),
        [a, b] => (Some(a), Some(b)),
        _ => {
            let (found, s) = (args.records.len(), if args.records.len() == 1 { "" } else { "s" });
            return Err(usage(anyhow!("--records: found {found} number{s}, expected two, such as 0,1")));
        }
    };
    let a = args.cut.read(&args.a, record_a, false)?;
    let b = args.cut.read(&args.b, record_b, false)?;
    // With blocks side by side one symbol more at the start shifts all others, and leaves no block in common.
    let dims = a.content.dims();
    let Cut { table, bdm } = args.cut.cut(dims, if dims == 1 { WINDOWS } else { Partition::Ignore })?;
    let choice = args.cut.encoding(&[&a, &b]);
    let text = match &b.content {
        Content::Text(text) if text.len() <= MOST_SHUFFLED => Some(text.clone()),
        _ => None,
    };
    let (a, b) = (a.encode(choice, &bdm)?, b.encode(choice, &bdm)?);
    // Bits of bytes and symbols that stand for themselves have no block in common but by chance.
    let of_bytes = |encoding: &str| matches!(encoding, "utf8" | "bytes");
    if of_bytes(&a.encoding) != of_bytes(&b.encoding) {
        say!(
            "warning: {} is read as {} and {} as {}, and numbers of different encodings do not compare; --input or --encode makes them one",
            args.a.display(),
            a.encoding,
            args.b.display(),
            b.encoding
        );
    }
    let found = bdm.compare(&a.array, &b.array)?;
    if let (true, true, Some(text)) = (a.encoding == "utf8", b.encoding == "utf8", text) {
        let shuffled = bdm.compare(&a.array, &Encoding::Utf8.encode(&shuffled(&text), 2)?)?;
        if let Some(distance) = shuffled.and_then(|c| c.normalized_distance) {
            say!(
                "texts are compared by the bits of their letters; to {} with its characters shuffled the normalized distance is {distance:.6}, and one that is not clearly below it shows no more than a common alphabet",
                args.b.display()
            );
        }
    }
    let alone = if found.is_none() { [bdm.score(&a.array)?, bdm.score(&b.array)?] } else { [None, None] };
    if found.is_none() {
        for (path, encoded, value) in [(&args.a, &a, &alone[0]), (&args.b, &b, &alone[1])] {
            if value.is_none() {
                say!("{} has no BDM: {}", path.display(), why_no_bdm(&bdm, &encoded.array)?);
            }
        }
    }
    let one = |at: usize, of: fn(&turmite_bdm::Comparison) -> f64| {
        number(found.as_ref().map(of).or(alone[at].map(|value| value.bits)))
    };
    let bits = |of: fn(&turmite_bdm::Comparison) -> f64| number(found.as_ref().map(of));
    let count = |of: fn(&turmite_bdm::Comparison) -> u64| found.as_ref().map_or(Value::Null, |c| json!(of(c)));
    let object: [(&str, Value); 19] = [
        ("encoding_a", json!(a.encoding)),
        ("encoding_b", json!(b.encoding)),
        ("table", json!(table)),
        ("block", json!(bdm.block().to_string())),
        ("boundary", json!(bdm.partition().to_string())),
        ("symbols_a", json!(a.array.len())),
        ("symbols_b", json!(b.array.len())),
        ("bdm_a", one(0, |c| c.bits_x)),
        ("bdm_b", one(1, |c| c.bits_y)),
        ("a_given_b", bits(|c| c.x_given_y)),
        ("b_given_a", bits(|c| c.y_given_x)),
        ("mutual", bits(|c| c.mutual)),
        ("joint", bits(|c| c.joint)),
        ("distance", bits(|c| c.distance)),
        ("normalized_distance", number(found.as_ref().and_then(|c| c.normalized_distance))),
        ("distinct_a", count(|c| c.distinct_x)),
        ("distinct_b", count(|c| c.distinct_y)),
        ("shared", count(|c| c.shared)),
        ("missing", count(|c| c.missing)),
    ];
    let object: Map<String, Value> = object.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    output::to(None, |out| output::one(out, args.format.into(), object))?;
    Ok(ExitCode::SUCCESS)
}

/// A text with its characters in another order, the same each time: it keeps the alphabet and loses all else.
fn shuffled(text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    characters.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
    characters.into_iter().collect()
}
