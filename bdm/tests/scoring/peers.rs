//! The documented numbers of acss, the Online Algorithmic Complexity Calculator (OACC), the Elixir library and, over more
//! than two symbols, PyBDM: each with its source. What two symbols give in PyBDM is in `pybdm.rs`, antropy's Lempel-Ziv
//! numbers beside that code, what follows from acss's data sets in `studies.rs`.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::golden::{assert_close, published_squares, published_strings, pybdm_file, table_of};
use turmite_bdm::{
    Bdm, BlockCounts, DepthRule, Missing, Partition, PeerRule, PeerValue, ShortStrings, SymbolArray, block_entropy,
    lempel_ziv_phrases, normalize_string, second_order_entropy, symbol_entropy,
};
use turmite_tables::{Shape, Table};

/// The published values of `short.csv` over an alphabet.
fn published(symbols: u8) -> Arc<Table> {
    static TABLES: OnceLock<HashMap<u8, Arc<Table>>> = OnceLock::new();
    let tables = TABLES.get_or_init(|| {
        let text = pybdm_file("short.csv");
        let of = |symbols: u8| {
            let prefix = format!("ctm-b{symbols}-d12,");
            let rows = text.lines().filter_map(|line| line.strip_prefix(&prefix)?.split_once(','));
            let rows = rows.map(|(string, k)| (string, Shape::line(string.len()).unwrap(), k.parse().unwrap()));
            (symbols, table_of(&format!("4x{symbols}-1d"), rows))
        };
        [4, 5, 6, 9].map(of).into()
    });
    tables[&symbols].clone()
}

/// The published values of binary strings as acss has them, without the class that no machine of five states writes and
/// that PyBDM's table prices all the same.
fn without_invented() -> Arc<Table> {
    let text = pybdm_file("ctm-b2-d12.csv");
    let rows = text.lines().skip(1).filter(|line| !line.starts_with("000110100111"));
    table_of(
        "5x2-1d",
        rows.map(|line| {
            let [string, shape, k] = line.split(',').collect::<Vec<_>>()[..] else { panic!("{line}") };
            (string, shape.parse().unwrap(), k.parse().unwrap())
        }),
    )
}

fn short(symbols: u8) -> ShortStrings {
    ShortStrings::new(if symbols == 2 { published_strings() } else { published(symbols) }).unwrap()
}

fn string(text: &str) -> Vec<u8> {
    normalize_string(text).unwrap()
}

#[track_caller]
fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "found {found}, expected {expected}");
}

/// test-acss.R of acss 0.3-2.
#[test]
fn acss_of_short_strings() {
    let of = |symbols, text| {
        let short = short(symbols);
        let k = short.complexity(&string(text)).unwrap().unwrap();
        (k, short.probability(&string(text)).unwrap().unwrap())
    };
    for (symbols, text, k, d) in [
        (2, "01011100", 22.0030069458495, 2.37922171238823e-07),
        (4, "01011100", 24.75269450012, 3.53750027225721e-08),
        (4, "00030101", 24.9239869906869, 3.14146556992709e-08),
    ] {
        let found = of(symbols, text);
        near(found.0, k, 1e-11);
        near(found.1, d, 1e-20);
    }
    let (k, d) = of(5, "010120123");
    near(k, 30.03474, 5e-6);
    near(d, 9.091617e-10, 5e-17);
    // acss answers NA where a string has more symbols than the alphabet; here the error names the mend.
    let error = short(2).complexity(&string("00030101")).unwrap_err().to_string();
    assert!(error.contains('2'), "{error}");
}

/// The examples of acss's documentation.
#[test]
fn acss_examples() {
    for (text, nine, two) in
        [("HEHHEE", 23.38852, 14.96921), ("GHHGGHGHH", 33.50168, 25.60208), ("HSHSHHSHSS", 35.15241, 26.90906)]
    {
        near(short(9).complexity(&string(text)).unwrap().unwrap(), nine, 5e-6);
        near(short(2).complexity(&string(text)).unwrap().unwrap(), two, 5e-6);
    }
    for (symbols, k) in [(4, 31.75832), (5, 33.00795), (6, 34.27457), (9, 37.78935)] {
        near(short(symbols).complexity(&string("GHHGGHGHUE")).unwrap().unwrap(), k, 5e-6);
    }
    let short = short(2);
    for (text, likelihood, ratio, random) in
        [("HTHTHTHT", 0.010366951, 0.3767983, 0.2736772), ("HTHHTHTT", 0.003102718, 1.2589769, 0.5573217)]
    {
        near(short.likelihood_d(&string(text)).unwrap().unwrap(), likelihood, 5e-10);
        near(short.likelihood_ratio(&string(text)).unwrap().unwrap(), ratio, 5e-8);
        near(short.prob_random(&string(text), 0.5).unwrap().unwrap(), random, 5e-8);
    }
}

/// acss's examples, tests and vignette.
#[test]
fn acss_local_complexity() {
    let local = |symbols, text, span| -> Vec<f64> {
        let found = short(symbols).local_complexity(&string(text), span).unwrap();
        found.into_iter().map(Option::unwrap).collect()
    };
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let all = |found: Vec<f64>, expected: &[f64], within: f64| {
        assert_eq!(found.len(), expected.len());
        found.iter().zip(expected).for_each(|(&found, &expected)| near(found, expected, within));
    };
    let expected = [16.22469, 16.24766, 16.24766, 16.22469, 16.24322, 16.22469, 15.93927];
    all(local(5, "01011010111", 5), &expected, 5e-6);
    all(local(9, "GHHGGHGHUE", 7), &[27.04623, 26.86992, 27.30871, 27.84322], 5e-6);
    all(local(4, "aaabcbad", 6), &[18.6022967713939, 19.4182625188142, 19.7158703315561], 1e-12);
    near(mean(local(5, "010120123", 5)), 16.81957, 5e-6);
    near(mean(local(2, "XXXXXXXOOOOXXXOOOOOOO", 11)), 29.5291237465803, 1e-9);
    near(mean(local(2, "XXXXXXXOOOOXXXOOOOOOO", 5)), 11.218587180786457, 1e-9);
}

/// acss 0.3-2, calculated with the formulas in its source. Its change complexity is tested beside that code.
#[test]
fn acss_entropies() {
    let array = SymbolArray::from_digits("010011010001", 2).unwrap();
    near(symbol_entropy(&array).unwrap(), 0.979869, 5e-7);
    near(second_order_entropy(&array).unwrap().unwrap(), 1.867634, 5e-7);
}

fn by_rule(rule: PeerRule, table: &Table, text: &str, block: usize, step: usize) -> PeerValue {
    rule.bdm(table, &string(text), block, step).unwrap().unwrap()
}

/// test-bdm.R of acss, and the same with the vignette's string over nine symbols.
#[test]
fn acss_bdm() {
    let acss = |table: &Table, text: &str, block, step| by_rule(PeerRule::Acss, table, text, block, step).bits.unwrap();
    let two = published_strings();
    near(acss(&two, &"01".repeat(9), 12, 1), 57.5664, 5e-5);
    near(acss(&two, &"01".repeat(9), 12, 12), 41.4481, 5e-5);
    near(acss(&two, &"01".repeat(18), 8, 8), 30.0948874022513, 1e-10);
    let text = "SSOOXFXFOXXOXOXFFXXXSOTTOFFFXX";
    near(acss(&published(9), text, 10, 10), 116.1343573401094, 1e-9);
    near(acss(&published(9), text, 5, 5), 118.18184195794551, 1e-9);
}

/// One input, three answers: the rules that PyBDM, acss and the Calculator differ in.
#[test]
fn where_peers_differ() {
    let table = without_invented();
    let bits = |rule, text: &str| by_rule(rule, &table, text, 12, 12).bits;
    let ends = "01".repeat(9);
    near(bits(PeerRule::PyBdm, &ends).unwrap(), 26.99072664916141, 1e-9);
    near(bits(PeerRule::Acss, &ends).unwrap(), 41.4481, 5e-5);
    assert_eq!(bits(PeerRule::Acss, &ends), bits(PeerRule::Oacc, &ends));

    // No machine of five states writes this within 500 steps. PyBDM's table has 37.4792 for it, the K of a count of 72,
    // which its rule for missing blocks did not make; without that row the rule makes what the Calculator shows.
    let missing = "000110100111";
    near(published_strings().max_k(&Shape::line(12).unwrap()).unwrap(), 37.4792, 5e-5);
    near(bits(PeerRule::PyBdm, missing).unwrap(), 38.0642, 5e-5);
    near(bits(PeerRule::Oacc, missing).unwrap(), 38.0642, 5e-5);
    assert_eq!(bits(PeerRule::Acss, missing), None);
    // The same from our own table, though it holds longer strings that cost more.
    let own = Table::embedded("5x2-1d").unwrap();
    near(by_rule(PeerRule::Oacc, &own, missing, 12, 12).bits.unwrap(), 38.0642, 5e-5);
    assert_eq!(by_rule(PeerRule::Acss, &table, missing, 12, 12).missing, 1);

    // Over nine symbols, not sampled; and the logarithm of a count.
    let nine = |rule, text: &str| by_rule(rule, &published(9), text, 12, 12).bits;
    near(nine(PeerRule::PyBdm, "412154051842").unwrap(), 53.897870350637795, 1e-9);
    near(nine(PeerRule::Oacc, "412154051842").unwrap(), 53.8979, 5e-5);
    assert_eq!(nine(PeerRule::Acss, "412154051842"), None);
    let repeated = "012345678885".repeat(3);
    for (rule, base) in [(PeerRule::PyBdm, 2.0f64), (PeerRule::Acss, 9.0), (PeerRule::Oacc, 2.0)] {
        near(nine(rule, &repeated).unwrap(), 49.7120038053265 + 3f64.log(base), 1e-9);
    }
}

/// The greatest K that the Calculator holds for an alphabet (`data/maxKnownKs.csv`) prices what is missing.
#[test]
fn oacc_greatest_values() {
    for (symbols, k) in [(4, 40.5065), (5, 42.2639), (6, 43.6574), (9, 52.8979)] {
        near(published(symbols).max_k(&Shape::line(12).unwrap()).unwrap(), k, 5e-5);
    }
    near(without_invented().max_k(&Shape::line(12).unwrap()).unwrap(), 37.0642, 5e-5);
}

/// The Calculator's page for strings with its own default, and the comments of its `BDM1D.R`.
#[test]
fn oacc_strings() {
    let table = published_strings();
    let text = "01".repeat(18);
    let array = SymbolArray::from_digits(&text, 2).unwrap();
    near(by_rule(PeerRule::Oacc, &table, &text, 12, 12).bits.unwrap(), 28.5757, 5e-5);
    near(by_rule(PeerRule::Oacc, &table, &text, 12, 1).bits.unwrap(), 61.2669, 5e-5);
    assert_eq!(symbol_entropy(&array), Some(1.0));
    near(second_order_entropy(&array).unwrap().unwrap(), 0.9994, 5e-5);

    // Its steps are those of our own table.
    let own = Arc::new(Table::embedded("5x2-1d").unwrap());
    let bdm = |partition| Bdm::builder(own.clone()).partition(partition).build().unwrap();
    let depth = |bdm: &Bdm, array: &SymbolArray| bdm.depth(array, DepthRule::Oacc).unwrap().unwrap();
    near(depth(&bdm(Partition::Ignore), &array).steps, 80.1338, 5e-5);
    near(depth(&bdm(Partition::Correlated { shift: 1 }), &array).steps, 287.8475, 5e-5);
    let never = SymbolArray::from_digits("000110100111111001011000", 2).unwrap();
    let found = depth(&bdm(Partition::Ignore), &never);
    assert_eq!((found.steps, found.missing), (1002.0, 2));
    // Without a cutoff it is known that no machine ever writes it.
    let exact = Bdm::builder(Table::embedded("5x2-1d-exact").unwrap()).build().unwrap();
    assert_eq!(exact.depth(&never, DepthRule::Oacc).unwrap(), None);
    // An imported table keeps no steps.
    let imported = Bdm::builder(table).build().unwrap();
    assert_eq!(imported.depth(&array, DepthRule::Oacc).unwrap(), None);
}

/// `logicalDepthsBinaryStrings.csv` of the Calculator.
#[test]
fn oacc_depths() {
    let table = Table::embedded("5x2-1d").unwrap();
    let least =
        |text: &str| table.lookup(&Shape::line(text.len()).unwrap(), &string(text)).unwrap().row.unwrap().min_steps;
    for (text, steps) in [("0", 1), ("00", 2), ("010101010101", 31)] {
        assert_eq!(least(text), Some(steps), "{text}");
    }
    // The Calculator has 14 and 53. But the witness 1LB---_1LC0RZ_0RD0RB_1RE1RC_1RA--- halts with 01010101 on the 13th step,
    // and so with the other. Of its 8,190 values 3,196 are the fewest steps, two say never, and 4,992 are more than the
    // fewest, by up to 82; none is less.
    assert_eq!((least("01010101"), least("000000000000")), (Some(13), Some(29)));
}

/// `K-3x3.csv` and `K-4x4.csv` of the Calculator.
#[test]
fn oacc_squares() {
    let table = published_squares();
    for (text, k) in [
        ("000000000", 13.713356989265955),
        ("000000001", 14.914491375110648),
        ("000000010", 14.815062288419652),
        ("000000011", 15.941579969636367),
        ("0000000000000000", 22.006706292292176),
        ("0000000000000001", 23.347935957593144),
        ("0000000000000010", 24.325701071360243),
        ("0000000000000011", 24.60462140484821),
    ] {
        let side = if text.len() == 9 { 3 } else { 4 };
        let cells: Vec<u8> = text.bytes().map(|digit| digit - b'0').collect();
        assert_close(table.k(&Shape::new(&[side, side]).unwrap(), &cells).unwrap(), Some(k), text);
    }
}

/// test/bdm_test.exs of the Elixir library bdm.
#[test]
fn elixir() {
    let checkerboard = (0..36).map(|at| (at / 6 + at % 6) % 2).collect();
    let checkerboard = SymbolArray::new(&[6, 6], 2, checkerboard).unwrap();
    let squares = Bdm::builder(published_squares()).block("2x2".parse().unwrap()).build().unwrap();
    near(squares.score(&checkerboard).unwrap().unwrap().bits, 10.072217827217502, 1e-9);
    let pairs = Bdm::builder(published_strings()).block(Shape::line(2).unwrap()).build().unwrap();
    let found = pairs.score(&SymbolArray::from_digits("010101", 2).unwrap()).unwrap().unwrap();
    near(found.bits, 4.912401704492526, 1e-9);
    // Its Lempel-Ziv backend gives the block 0110 one phrase (4.169925 = 1 + log2 of nine blocks) and 10110100 three. By the
    // definition of 1976 they have more: the library holds the start of a phrase against what follows it, not against what
    // stands before it, and stops where that ends (of twenty zeros it makes two phrases, as it should, but of
    // 0001101001000101 two also, the textbook's six). antropy, which `lempel_ziv.rs` is held to, counts as we do.
    let phrases = |text: &str| lempel_ziv_phrases(text.as_bytes());
    near(1.0 + 9f64.log2(), 4.169925001442312, 1e-12);
    // 0 . 1 . 10, and 1 . 0 . 11 . 010 . 0
    assert_eq!((phrases("0110"), phrases("10110100")), (3, 5));
    // 0 . 001 . 10 . 100 . 1000 . 101 (Lempel and Ziv 1976)
    assert_eq!(phrases("0001101001000101"), 6);
}

/// PyBDM's tests/test_bdm.py over nine symbols.
#[test]
fn pybdm_nine_symbols() {
    let scorer = |min_length| {
        let builder = Bdm::builder(published(9)).missing(Missing::MaxPlusOne);
        builder.partition(Partition::Recursive { min_length }).build().unwrap()
    };
    let bits = |cells: &[u8]| scorer(1).score(&SymbolArray::line(9, cells.to_vec()).unwrap()).unwrap().unwrap();
    let list = [0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 5];
    near(bits(&[0]).bits, 4.9643438840908605, 1e-9);
    near(bits(&[0; 3]).bits, 11.669968846819902, 1e-9);
    near(bits(&list).bits, 49.7120038053265, 1e-9);
    near(bits(&[2, 1, 0, 3, 4, 5, 6, 7, 8, 8, 8, 5]).bits, 49.7120038053265, 1e-9);
    near(bits(&[&list[..], &[4, 2, 4]].concat()).bits, 61.6173955189005, 1e-9);
    // PyBDM warns of the missing block; here it is counted.
    let missing = [4, 1, 2, 1, 5, 4, 0, 5, 1, 8, 4, 2];
    let found = bits(&missing);
    near(found.bits, 53.897870350637795, 1e-9);
    assert_eq!(found.missing, 1);
    near(bits(&[missing, list, list].concat()).bits, 104.60987415596429, 1e-9);
}

/// PyBDM's docs/shared/USAGE.rst: `numpy.random.seed(303); numpy.random.randint(0, 4, (100,))`.
#[test]
fn pybdm_four_symbols() {
    let text = "3021010112202231032130322320120031200001322321023012032200302103330332223333211213102033321202313311";
    let array = SymbolArray::from_digits(text, 4).unwrap();
    let bdm = Bdm::builder(published(4)).missing(Missing::MaxPlusOne).build().unwrap();
    let mut counts = BlockCounts::new(4);
    let value = bdm.score_with(&mut counts, &array).unwrap().unwrap();
    assert_eq!(value.missing, 1);
    near(value.bits, 316.2489641667718, 1e-9);
    assert_eq!(block_entropy(&counts), Some(3.0));
    // PyBDM's greatest value takes no account of missing blocks. The extract holds the dearest class of the table, more
    // strings than the record has blocks: what else the table holds has no part in the range.
    let held = Bdm::builder(published(4)).missing(Missing::Skip).build().unwrap();
    let range = held.range(array.axes()).unwrap().unwrap();
    near(range.place(value.bits).unwrap(), 0.9736463616989199, 1e-9);
}

/// Graphs on eight nodes by their adjacency matrices, PyBDM 0.1.0 run on them, 4x4 blocks side by side and at every shift.
#[test]
fn graphs() {
    let graph = |edge: fn(usize, usize) -> bool| {
        let cells = (0..64).map(|at| u8::from(at / 8 != at % 8 && edge(at / 8, at % 8))).collect();
        SymbolArray::new(&[8, 8], 2, cells).unwrap()
    };
    for (what, array, ignore, correlated) in [
        ("empty", graph(|_, _| false), 24.0067, 26.6506),
        ("complete", graph(|_, _| true), 47.2453, 204.4126),
        ("ring", graph(|i, j| (i + 1) % 8 == j || (j + 1) % 8 == i), 52.4931, 226.7012),
        ("star", graph(|i, j| i == 0 || j == 0), 105.5273, 113.5273),
    ] {
        for (partition, expected) in [(Partition::Ignore, ignore), (Partition::Correlated { shift: 1 }, correlated)] {
            let bdm = Bdm::builder(published_squares()).partition(partition).build().unwrap();
            let found = bdm.score(&array).unwrap().unwrap().bits;
            assert!((found - expected).abs() < 5e-5, "{what}, {partition}: found {found}, expected {expected}");
        }
    }
}
