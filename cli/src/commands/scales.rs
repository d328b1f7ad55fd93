//! `turmite scales`: a set of records through windows of several lengths, and its shortest description.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, anyhow, bail};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use turmite_bdm::{
    BdmError, Encoding, EncodingChoice, LONGEST_SCALE, LempelZivParse, Missing, SCALES, Scale, Scales, SymbolArray,
    lempel_ziv_parse, scales,
};

use super::Context;
use crate::exit::usage;
use crate::output::{self, Format, Sheet, number};
use crate::progress::Share;
use crate::records::{Content, Input, InputArgs, Keep, names};

/// Multiscale BDM: a set of records through windows of several lengths, and its shortest description
///
/// One row a length of window. bits_per_window is multiscale BDM: the BDM of every different window + log2 of how often it
/// occurs, over all windows, at every symbol (every byte of text). It falls where records share or repeat stretches of that length.
/// description_bits is a description of the whole set that spells each different word of that length once and codes their
/// order. The row `copies` is another one, an algorithmic Lempel-Ziv parse: copies of what stands before, and literals that the table
/// prices. All records of all files are one set. Either description is longer than the set's Kolmogorov complexity, but for constants
/// (and, of words, for the order of blocks inside a word).
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  turmite scales notes.txt
  turmite scales generation-9.jsonl --field completion --format csv
  turmite scales strings.txt --input lines --windows 12,24,48")]
pub(crate) struct Args {
    /// Files, or - for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    input: InputArgs,
    /// Lengths of windows in symbols, 1 to 256, split by commas [default: 24,48,72,96,144,252]
    #[arg(long, value_name = "LENGTHS", value_delimiter = ',')]
    windows: Vec<usize>,
    /// Symbols from window to window [default: 8 where text is read as its bytes' bits, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    stride: Option<u32>,
    /// The table of strings over two symbols: a file or a name of `turmite table list`
    #[arg(long, value_name = "TABLE", default_value = "5x2-1d")]
    table: String,
    /// What a block that the table lacks costs: bound (log2 of the table's total: less than one machine writes it), max-plus-one (the greatest K held + 1), skip or fail
    #[arg(long, value_name = "RULE", default_value = "bound")]
    missing: Missing,
    /// How to write the rows
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
}

/// Symbols of a byte.
const BYTE: usize = 8;

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    let inputs: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    super::table::check_outputs(&[], &inputs, &[args.table.as_str()])?;
    args.input.check(&args.files)?;
    if let Some(window) = args.windows.iter().find(|window| !(1..=LONGEST_SCALE).contains(*window)) {
        return Err(usage(anyhow!("--windows {window}: expected lengths of 1 to {LONGEST_SCALE} symbols")));
    }
    let windows = if args.windows.is_empty() { SCALES.to_vec() } else { args.windows.clone() };
    let table = Arc::new(super::table::open(&args.table)?);
    if table.symbols() != 2 || table.space().dims() != 1 {
        return Err(usage(anyhow!(
            "--table {}: it is not of strings over two symbols, which windows are priced in; 5x2-1d is",
            args.table
        )));
    }
    let (records, encoding) = read(args)?;
    let symbols: usize = records.iter().map(SymbolArray::len).sum();
    if symbols == 0 {
        bail!("{}: no symbols; expected at least one record that is not empty", names(&args.files));
    }
    let unit = if matches!(encoding.as_str(), "utf8" | "bytes") { BYTE } else { 1 };
    let stride = args.stride.map_or(unit, |stride| stride as usize);

    let share = Share::new(context.progress, "scales");
    let (all, done) = (windows.len() + 1, AtomicUsize::new(0));
    let finished = || {
        let done = 1 + done.fetch_add(1, Ordering::Relaxed);
        share.set(done as f64 / all as f64, || format!("{done} of {all} descriptions"));
    };
    let (curve, parse): (Result<Vec<Scale>, BdmError>, Result<LempelZivParse, BdmError>) = rayon::join(
        || {
            let one = |&window: &usize| {
                let scale = scales(&table, args.missing, &records, stride, &[window])?.scales[0];
                finished();
                Ok(scale)
            };
            windows.par_iter().map(one).collect()
        },
        || {
            let parse = lempel_ziv_parse(&table, args.missing, &records, unit);
            finished();
            parse
        },
    );
    share.finish();
    let (curve, parse) = (curve?, parse?);
    context.signals.check()?;

    let columns = [
        "description",
        "window",
        "windows",
        "distinct",
        "bits_per_window",
        "description_bits",
        "description_bits_per_symbol",
    ]
    .map(str::to_owned)
    .to_vec();
    let per_symbol = |bits: f64| number(Some(bits / symbols as f64));
    output::to(None, |out| {
        let mut sheet = Sheet::new(out, args.format, "scales", columns)?;
        for scale in &curve {
            sheet.row(vec![
                json!("words"),
                json!(scale.window),
                json!(scale.windows),
                json!(scale.distinct),
                number(scale.bits_per_window),
                number(Some(scale.description_bits)),
                per_symbol(scale.description_bits),
            ])?;
        }
        let none = || Value::Null;
        let copies =
            [json!("copies"), none(), none(), none(), none(), number(Some(parse.bits)), per_symbol(parse.bits)];
        sheet.row(copies.into())?;
        let mut extra = Map::new();
        extra.insert("table".to_owned(), json!(args.table));
        extra.insert("encoding".to_owned(), json!(encoding));
        extra.insert("records".to_owned(), json!(records.len()));
        extra.insert("symbols".to_owned(), json!(symbols));
        extra.insert("stride".to_owned(), json!(stride));
        extra.insert("literals".to_owned(), json!(parse.literals));
        extra.insert("copies".to_owned(), json!(parse.copies));
        extra.insert("copied_symbols".to_owned(), json!(parse.copied));
        sheet.finish(extra)
    })?;
    say!("{}", shortest(&curve, &parse, symbols));
    Ok(ExitCode::SUCCESS)
}

/// Which description is the shortest, and whether it is one at all.
fn shortest(curve: &[Scale], parse: &LempelZivParse, symbols: usize) -> String {
    // A window that no record holds is no word: all symbols are spelled then.
    let words = Scales { scales: curve.iter().filter(|scale| scale.windows > 0).copied().collect() };
    let percent = 100.0 * parse.copied as f64 / symbols as f64;
    let copies = format!("by copies and literals, {:.0} bits; {percent:.0} % of symbols are copied", parse.bits);
    let (least, said) = match words.shortest() {
        Some(words) if words.description_bits < parse.bits => (
            words.description_bits,
            format!("by words of {} symbols, {:.0} bits ({copies})", words.window, words.description_bits),
        ),
        _ => (parse.bits, copies),
    };
    let plain = if least > symbols as f64 {
        format!("; spelled one by one, its {symbols} symbols take fewer")
    } else {
        String::new()
    };
    format!("shortest description: {said}{plain}")
}

/// All records as symbols, in one encoding, and its name.
fn read(args: &Args) -> Result<(Vec<SymbolArray>, String)> {
    let mut held = Vec::new();
    for path in &args.files {
        let bits = args.input.kind(path)? == Input::Bits;
        for placed in args.input.read(path, Keep::Id)? {
            let placed = placed?;
            let place = placed.place.to_string();
            let content = placed.record.with_context(|| place.clone())?.content;
            held.push((place, bits, content));
        }
    }
    let texts = held.iter().filter_map(|(_, bits, content)| match content {
        Content::Text(text) if !bits => Some(text.as_ref()),
        _ => None,
    });
    let choice = args.input.encoding(texts, "");
    let (mut records, mut encoding) = (Vec::with_capacity(held.len()), None::<String>);
    for (place, bits, content) in held {
        let choice = if bits { EncodingChoice::Fixed(Encoding::Bits) } else { choice };
        let encoded =
            content.encode(choice, 2).with_context(|| format!("{place}: windows are of strings over two symbols"))?;
        if encoded.array.axes().len() != 1 {
            bail!("{place}: a record of {} axes; windows are of strings", encoded.array.axes().len());
        }
        match &encoding {
            Some(first) if *first != encoded.encoding => bail!(
                "{place}: read as {}, and those before it as {first}: one set needs one encoding; --input or --encode makes them one",
                encoded.encoding
            ),
            Some(_) => {}
            None => encoding = Some(encoded.encoding.to_string()),
        }
        records.push(encoded.array);
    }
    let Some(encoding) = encoding else { bail!("{}: no records; expected at least one", names(&args.files)) };
    Ok((records, encoding))
}
