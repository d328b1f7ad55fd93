//! An algorithmic Lempel-Ziv parse: a set of binary records described by copies of what stands before, and by literals that
//! the table prices.
//!
//! The records are read one after the other in units of some symbols (8 for text, so that copies begin at bytes), and each is cut
//! into tokens. The first bit of a token says of which of two kinds it is:
//!
//! * a *literal* of up to 12 symbols (two blocks of 12 where a unit has more than 4): log2 of how many lengths it may have, and K of its
//!   symbols, by blocks of 12;
//! * a *copy* of units that begin earlier, in this record or in one before it, and may reach into themselves: log2 of the number of
//!   places it may begin at, and 2 floor(log2 n) + 1 bits for its n units, Elias's gamma code.
//!
//! Of the parses whose copies are as long as can be, or of 1, 3, 7, 15, ... units, this is the shortest, by dynamic programming. Given
//! the lengths of the records it can be decoded. So it bounds the set's Kolmogorov complexity from above, but for constants: those
//! of a decoder, and of the machines that the table counts.
//!
//! A table's K of a short string is greater than the string's length: literals spelled plainly would be cheaper. K is kept, so that bits are
//! those of BDM and of [`scales`](crate::scales()), and a copy, which is where this description gains, is weighed against a block as BDM weighs it.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::FixedState;
use turmite_tables::Table;

use crate::past::Past;
use crate::scales::{BLOCK, check, pricer};
use crate::sum::Sum;
use crate::{Bdm, BdmError, Missing, SymbolArray};

/// Most symbols a unit: a unit is a byte.
const MOST_SYMBOLS: usize = 8;

/// What [`lempel_ziv_parse`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LempelZivParse {
    /// Length of the description, in bits.
    pub bits: f64,
    /// Its literals.
    pub literals: u64,
    /// Its copies.
    pub copies: u64,
    /// Symbols that copies hold.
    pub copied: u64,
    /// All symbols.
    pub symbols: u64,
}

/// A piece of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// So many units, spelled.
    Literal(usize),
    /// So many units that stand from an earlier place on, counted over all records.
    Copy { from: usize, length: usize },
}

impl Token {
    fn units(self) -> usize {
        match self {
            Token::Literal(length) | Token::Copy { length, .. } => length,
        }
    }
}

/// What tokens cost, and the literals that have been priced.
struct Prices {
    bdm: Bdm,
    held: HashMap<Vec<u8>, f64, FixedState>,
    unit: usize,
    /// Units of the longest literal.
    longest: usize,
}

impl Prices {
    fn literal(&mut self, symbols: &[u8]) -> Result<f64, BdmError> {
        let head = 1.0 + (self.longest as f64).log2();
        if let Some(bits) = self.held.get(symbols) {
            return Ok(head + bits);
        }
        let value = self.bdm.score(&SymbolArray::line(2, symbols.to_vec())?)?;
        let bits = value.map_or(symbols.len() as f64, |value| value.bits);
        self.held.insert(symbols.to_vec(), bits);
        Ok(head + bits)
    }

    /// A copy of `length` units that begins at one of `before` places.
    fn copy(before: usize, length: usize) -> f64 {
        1.0 + (before as f64).log2() + f64::from(2 * length.ilog2() + 1)
    }
}

/// The shortest description of a set of binary records by literals and copies, in units of `unit` symbols.
///
/// ```
/// use turmite_bdm::{Missing, SymbolArray, lempel_ziv_parse};
/// use turmite_tables::Table;
///
/// let table = std::sync::Arc::new(Table::embedded("5x2-1d")?);
/// let records: Vec<SymbolArray> = (0..8).map(|_| SymbolArray::from_bytes(b"an old phrase, again and again. ")).collect();
/// let parse = lempel_ziv_parse(&table, Missing::Bound, &records, 8)?;
/// // The first record is spelled for the most part, and the seven after it are one copy each.
/// assert!(parse.copied > 7 * 256 && parse.bits < 1200.0, "{parse:?}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Complexity
/// O(n log n) time for n units, and some hundred bytes of memory a unit: a suffix automaton of all records. It does not
/// depend on how far apart a copy and its original stand.
///
/// # Errors
/// A table that is not of strings over two symbols, records of other symbols or of more than one axis, a unit of 0 or more than 8
/// symbols, or a missing block under [`Missing::Fail`].
pub fn lempel_ziv_parse(
    table: &Arc<Table>,
    missing: Missing,
    records: &[SymbolArray],
    unit: usize,
) -> Result<LempelZivParse, BdmError> {
    check(table, records)?;
    if !(1..=MOST_SYMBOLS).contains(&unit) {
        let found = format!("a unit of {unit} symbols");
        return Err(BdmError::Multiscale { found, expected: "a unit of 1 to 8 symbols" });
    }
    let mut found = LempelZivParse::default();
    let mut sum = Sum::default();
    each_token(table, missing, records, unit, |token, bits, symbols| {
        sum.add(bits);
        found.symbols += symbols as u64;
        match token {
            Token::Literal(_) => found.literals += 1,
            Token::Copy { .. } => {
                found.copies += 1;
                found.copied += symbols as u64;
            }
        }
    })?;
    found.bits = sum.total();
    Ok(found)
}

/// Hands over every token of all records with its bits and its number of symbols.
fn each_token(
    table: &Arc<Table>,
    missing: Missing,
    records: &[SymbolArray],
    unit: usize,
    mut take: impl FnMut(Token, f64, usize),
) -> Result<(), BdmError> {
    let longest = if unit > 4 { 2 * BLOCK } else { BLOCK } / unit;
    let mut prices = Prices { bdm: pricer(table, missing)?, held: HashMap::default(), unit, longest };
    let code = |symbols: &[u8]| symbols.iter().fold(0u8, |code, &bit| code << 1 | bit);
    let all: Vec<u8> = records.iter().flat_map(|record| record.cells().chunks_exact(unit).map(code)).collect();
    let mut past = Past::new(&all);
    let mut start = 0;
    for record in records {
        let units = record.cells().len() / unit;
        for (token, bits) in tokens(record.cells(), start, &mut past, &mut prices)? {
            take(token, bits, token.units() * unit);
        }
        // What is no whole unit is spelled.
        let rest = &record.cells()[units * unit..];
        if !rest.is_empty() {
            take(Token::Literal(0), prices.literal(rest)?, rest.len());
        }
        start += units;
    }
    Ok(())
}

/// The tokens of the shortest parse of one record's whole units, of which `start` stand before it.
fn tokens(cells: &[u8], start: usize, past: &mut Past, prices: &mut Prices) -> Result<Vec<(Token, f64)>, BdmError> {
    let (unit, longest) = (prices.unit, prices.longest);
    let units = cells.len() / unit;
    // The bits of the first so many units, and the token that ends there with its own.
    let mut best: Vec<(f64, Option<(Token, f64)>)> = vec![(f64::INFINITY, None); units + 1];
    best[0].0 = 0.0;
    for at in 0..units {
        let before = best[at].0;
        let mut offer = |token: Token, bits: f64| {
            let end = &mut best[at + token.units()];
            if before + bits < end.0 {
                *end = (before + bits, Some((token, bits)));
            }
        };
        for length in 1..=longest.min(units - at) {
            offer(Token::Literal(length), prices.literal(&cells[at * unit..(at + length) * unit])?);
        }
        let (from, known) = past.longest(start + at);
        let known = known.min(units - at);
        // The longest of each length of code: who copies less than that can copy the rest with the next token.
        let shorter = (1..usize::BITS).map(|bits| (1usize << bits) - 1).take_while(|&length| length < known);
        for length in shorter.chain(Some(known).filter(|&known| known > 0)) {
            offer(Token::Copy { from, length }, Prices::copy(start + at, length));
        }
    }
    let mut tokens = Vec::new();
    let mut end = units;
    while let Some(token) = best[end].1 {
        tokens.push(token);
        end -= token.0.units();
    }
    tokens.reverse();
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> Arc<Table> {
        Arc::new(Table::embedded("5x2-1d").unwrap())
    }

    fn pool(records: &[Vec<u8>]) -> Vec<SymbolArray> {
        records.iter().map(|record| SymbolArray::line(2, record.clone()).unwrap()).collect()
    }

    /// Reads the tokens back: literals from the records, copies from what has been read.
    fn decoded(records: &[Vec<u8>], unit: usize) -> Vec<u8> {
        let all = records.concat();
        // Symbols of whole units, where copies find them, and all of them.
        let (mut known, mut read) = (Vec::new(), Vec::new());
        each_token(&table(), Missing::Bound, &pool(records), unit, |token, _, symbols| match token {
            Token::Literal(units) => {
                let spelled = &all[read.len()..read.len() + symbols];
                if units > 0 {
                    known.extend_from_slice(spelled);
                }
                read.extend_from_slice(spelled);
            }
            Token::Copy { from, length } => {
                for at in from * unit..(from + length) * unit {
                    let symbol = known[at];
                    known.push(symbol);
                    read.push(symbol);
                }
            }
        })
        .unwrap();
        read
    }

    /// The least bits of any parse, copies of every length among them, by trying all.
    fn least(cells: &[u8]) -> f64 {
        let mut prices = Prices {
            bdm: pricer(&table(), Missing::Bound).unwrap(),
            held: HashMap::default(),
            unit: 1,
            longest: BLOCK,
        };
        let mut best = vec![f64::INFINITY; cells.len() + 1];
        best[0] = 0.0;
        for at in 0..cells.len() {
            for end in at + 1..=cells.len() {
                let length = end - at;
                if length <= BLOCK {
                    best[end] = best[end].min(best[at] + prices.literal(&cells[at..end]).unwrap());
                }
                if (0..at).any(|from| cells[from..].starts_with(&cells[at..end])) {
                    best[end] = best[end].min(best[at] + Prices::copy(at, length));
                }
            }
        }
        best[cells.len()]
    }

    #[test]
    fn a_copy_costs_its_place_and_its_length() {
        let word = [0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1];
        let parse = |times| lempel_ziv_parse(&table(), Missing::Bound, &pool(&vec![word.to_vec(); times]), 1).unwrap();
        let (one, two) = (parse(1), parse(2));
        assert_eq!((two.literals, two.copies, two.copied), (one.literals, one.copies + 1, one.copied + 12));
        assert!((two.bits - one.bits - (1.0 + 12f64.log2() + 7.0)).abs() < 1e-9, "{one:?} {two:?}");
        // Spelled whole, or in pieces that cost less.
        let k = pricer(&table(), Missing::Bound).unwrap();
        let k = k.score(&SymbolArray::line(2, word.to_vec()).unwrap()).unwrap().unwrap().bits;
        assert!(one.bits <= 1.0 + 12f64.log2() + k && one.symbols == 12);
    }

    #[test]
    fn a_period_is_copied_from_itself() {
        let record: Vec<u8> = (0..4096).map(|i| u8::from(i % 7 < 3)).collect();
        let parse = lempel_ziv_parse(&table(), Missing::Bound, &pool(&[record]), 1).unwrap();
        assert!(parse.bits < 80.0 && parse.copied > 4080, "{parse:?}");
    }

    #[test]
    fn what_cannot_be_parsed_is_refused_or_empty() {
        let parse = |records: &[SymbolArray], unit| lempel_ziv_parse(&table(), Missing::Bound, records, unit);
        assert_eq!(parse(&[], 1).unwrap(), LempelZivParse::default());
        assert_eq!(parse(&pool(&[Vec::new()]), 8).unwrap(), LempelZivParse::default());
        assert!(parse(&[], 0).is_err() && parse(&[], 9).is_err());
        assert!(parse(&[SymbolArray::line(3, vec![0, 2]).unwrap()], 1).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_described_can_be_read_back(
            records in prop::collection::vec(prop::collection::vec(0u8..2, 0..90), 0..6), unit in 1usize..=8,
        ) {
            prop_assert_eq!(decoded(&records, unit), records.concat());
        }

        #[test]
        fn no_parse_at_all_is_much_shorter(record in prop::collection::vec(0u8..2, 0..48)) {
            let found = lempel_ziv_parse(&table(), Missing::Bound, &pool(std::slice::from_ref(&record)), 1).unwrap();
            let least = least(&record);
            // Copies of other lengths may save the places that have come in between.
            prop_assert!(found.bits >= least - 1e-9 && found.bits <= least + 2.0, "{} {}", found.bits, least);
        }
    }
}
