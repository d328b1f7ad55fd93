//! What people measure today on a generation, as statistics that the drift rule can judge in place of ours.

use crate::channel::Channel;
use crate::error::CollapseError;
use crate::pool::Pool;
use std::collections::HashMap;
use turmite_bdm::{Gopher, Gzip, Zstd, lempel_ziv_phrases};

type Counts = HashMap<u64, u32, foldhash::fast::FixedState>;

/// Bits that count as a word where records are bits.
const WORD_BITS: usize = 3;

/// A number by record, of which so many are kept: copies, and pools that accumulate, ask for the same ones again and again.
#[derive(Default)]
struct Known(HashMap<Box<[u8]>, u64, foldhash::fast::FixedState>);

/// Records of the largest pool that is likely, times a few.
const MOST_KNOWN: usize = 1 << 14;

impl Known {
    /// The sum over a pool's records.
    fn sum<E>(&mut self, pool: &Pool<u8>, mut of: impl FnMut(&[u8]) -> Result<u64, E>) -> Result<u64, E> {
        let mut sum = 0;
        for record in pool.iter() {
            sum += match self.0.get(record) {
                Some(known) => *known,
                None => {
                    if self.0.len() >= MOST_KNOWN {
                        self.0.clear();
                    }
                    let found = of(record)?;
                    self.0.insert(record.into(), found);
                    found
                }
            };
        }
        Ok(sum)
    }
}

/// How often each of some small codes occurs.
fn tally(codes: impl Iterator<Item = usize>, kinds: usize) -> Vec<u32> {
    let mut counts = vec![0; kinds];
    codes.for_each(|code| counts[code] += 1);
    counts
}

/// The compressors and buffers that baselines work with.
#[derive(Default)]
pub(crate) struct Baselines {
    gzip: Option<Gzip>,
    zstd: Option<Zstd>,
    joined: Vec<u8>,
    gzip_sizes: Known,
    phrases: Known,
}

impl Baselines {
    /// The value of a baseline channel on a pool; 0 where it is not defined (no text, no symbol).
    pub(crate) fn value(&mut self, channel: Channel, pool: &Pool<u8>, bytes: bool) -> Result<f64, CollapseError> {
        if pool.symbols().is_empty() {
            return Ok(0.0);
        }
        let ln = |x: f64| x.max(f64::MIN_POSITIVE).ln();
        Ok(match channel {
            Channel::SymbolEntropy => ln(entropy(tally(pool.symbols().iter().map(|&symbol| usize::from(symbol)), 256))),
            Channel::BlockEntropy => ln(entropy(blocks(pool, bytes))),
            Channel::Gzip => {
                self.join(pool, bytes);
                ln(self.gzip.get_or_insert_default().bytes(&self.joined)? as f64 / self.joined.len() as f64)
            }
            Channel::GzipRecords => {
                let gzip = self.gzip.get_or_insert_default();
                let sizes = self.gzip_sizes.sum(pool, |record| gzip.bytes(record))?;
                ln(sizes as f64 / pool.symbols().len() as f64)
            }
            Channel::Zstd => {
                self.join(pool, bytes);
                let zstd = match &mut self.zstd {
                    Some(zstd) => zstd,
                    none => none.insert(Zstd::new()?),
                };
                ln(zstd.bytes(&self.joined)? as f64 / self.joined.len() as f64)
            }
            Channel::LempelZiv => {
                let phrases =
                    self.phrases.sum(pool, |record| Ok::<_, CollapseError>(lempel_ziv_phrases(record) as u64))?;
                ln(phrases as f64 / pool.len() as f64)
            }
            Channel::Distinct1 => ln(distinct(pool, bytes, 1)),
            Channel::Distinct2 => ln(distinct(pool, bytes, 2)),
            Channel::Distinct3 => ln(distinct(pool, bytes, 3)),
            Channel::Distinct4 => ln(distinct(pool, bytes, 4)),
            Channel::Overlap => overlap(pool, bytes),
            Channel::GopherRepeated => gopher(pool, bytes, |text| Gopher::dup_gram_of(text, 5)),
            Channel::GopherTop => gopher(pool, bytes, |text| Gopher::top_gram_of(text, 2)),
            _ => 0.0,
        })
    }

    /// The pool as a file of lines; eight bits a byte where records are bits, so that no compressor has to find that out.
    fn join(&mut self, pool: &Pool<u8>, bytes: bool) {
        self.joined.clear();
        for record in pool.iter() {
            if bytes {
                self.joined.extend_from_slice(record);
                self.joined.push(b'\n');
            } else {
                self.joined.extend(record.chunks(8).map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | bit)));
            }
        }
    }
}

fn count(keys: impl Iterator<Item = u64>) -> Counts {
    let mut counts = Counts::default();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// Shannon's entropy in bits. Counts are added in order of size: a map's own order is not the same everywhere.
fn entropy(counts: Vec<u32>) -> f64 {
    let mut sorted: Vec<u32> = counts.into_iter().filter(|&n| n > 0).collect();
    sorted.sort_unstable();
    let all: f64 = sorted.iter().map(|&n| f64::from(n)).sum();
    sorted.iter().map(|&n| f64::from(n) / all).map(|p| -p * p.log2()).sum()
}

fn blocks(pool: &Pool<u8>, bytes: bool) -> Vec<u32> {
    let code = |block: &[u8], width: u32| block.iter().fold(0u64, |code, &symbol| code << width | u64::from(symbol));
    if bytes {
        let counts = count(pool.iter().flat_map(|record| record.windows(3).map(|block| code(block, 8))));
        counts.into_values().collect()
    } else {
        let codes = pool.iter().flat_map(|record| record.chunks_exact(12).map(|block| code(block, 1) as usize));
        tally(codes, 1 << 12)
    }
}

/// The words of a record of text by number: a hash of what stands between white space.
fn words(record: &[u8]) -> Vec<u64> {
    let number = |word: &[u8]| {
        word.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
    };
    record.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(number).collect()
}

/// A run of words as one number.
fn run(words: &[u64]) -> u64 {
    words
        .iter()
        .fold(0x9e37_79b9_7f4a_7c15, |hash, &word| (hash ^ word).rotate_left(23).wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// Every run of `n` words of a record of bits as a number of 3 `n` bits.
fn bit_runs(record: &[u8], n: usize) -> impl Iterator<Item = usize> + '_ {
    let word = |bits: &[u8]| bits.iter().fold(0, |word, &bit| word << 1 | usize::from(bit));
    let mask = (1 << (WORD_BITS * n)) - 1;
    let runs = record.chunks_exact(WORD_BITS).scan(0, move |run, bits| {
        *run = (*run << WORD_BITS | word(bits)) & mask;
        Some(*run)
    });
    runs.skip(n - 1)
}

fn distinct(pool: &Pool<u8>, bytes: bool, n: usize) -> f64 {
    if !bytes {
        let counts = tally(pool.iter().flat_map(|record| bit_runs(record, n)), 1 << (WORD_BITS * n));
        let all: u64 = counts.iter().map(|&n| u64::from(n)).sum();
        return counts.iter().filter(|&&n| n > 0).count() as f64 / all.max(1) as f64;
    }
    let runs = count(pool.iter().flat_map(|record| words(record).windows(n).map(run).collect::<Vec<_>>()));
    let all: u64 = runs.values().map(|&n| u64::from(n)).sum();
    runs.len() as f64 / all.max(1) as f64
}

/// Words of a run that records are thought to share.
const SHARED_WORDS: usize = 4;

fn overlap(pool: &Pool<u8>, bytes: bool) -> f64 {
    if bytes {
        let runs = |record| words(record).windows(SHARED_WORDS).map(run).collect();
        let of_records: Vec<Vec<u64>> = pool.iter().map(|record| different(runs(record))).collect();
        let holders = count(of_records.iter().flatten().copied());
        mean_share(&of_records, |run| holders[run] > 1)
    } else {
        let runs = |record| bit_runs(record, SHARED_WORDS).collect();
        let of_records: Vec<Vec<usize>> = pool.iter().map(|record| different(runs(record))).collect();
        let holders = tally(of_records.iter().flatten().copied(), 1 << (WORD_BITS * SHARED_WORDS));
        mean_share(&of_records, |&run| holders[run] > 1)
    }
}

fn different<T: Ord>(mut runs: Vec<T>) -> Vec<T> {
    runs.sort_unstable();
    runs.dedup();
    runs
}

/// The mean over records that have runs of the share of these that are shared.
fn mean_share<T>(of_records: &[Vec<T>], shared: impl Fn(&T) -> bool) -> f64 {
    let (mut sum, mut n) = (0.0, 0usize);
    for runs in of_records.iter().filter(|runs| !runs.is_empty()) {
        sum += runs.iter().filter(|run| shared(run)).count() as f64 / runs.len() as f64;
        n += 1;
    }
    sum / n.max(1) as f64
}

/// The mean over records that are not empty of a fraction, which is 0 where a record has too few words for it.
fn gopher(pool: &Pool<u8>, bytes: bool, fraction: impl Fn(&str) -> Option<f64>) -> f64 {
    if !bytes {
        return 0.0;
    }
    let texts = pool.iter().filter(|record| !record.is_empty()).map(String::from_utf8_lossy);
    let found: Vec<f64> = texts.map(|text| fraction(&text).unwrap_or(0.0)).collect();
    found.iter().sum::<f64>() / found.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baselines_are_what_they_say() {
        let pool: Pool<u8> = [&b"a b c d e"[..], b"a b c d f", b"x y"].into_iter().collect();
        let mut baselines = Baselines::default();
        let mut value = |channel| baselines.value(channel, &pool, true).unwrap();
        // 12 words, 8 different; of the 4-runs of the first two records one of two is shared.
        assert!((value(Channel::Distinct1).exp() - 8.0 / 12.0).abs() < 1e-12);
        assert!((value(Channel::Distinct4).exp() - 3.0 / 4.0).abs() < 1e-12);
        assert!((value(Channel::Overlap) - 0.5).abs() < 1e-12);
        let bits: Pool<u8> = [&[0u8, 1, 0, 1, 1, 1, 0, 1][..]; 4].into_iter().collect();
        let mut value = |channel| baselines.value(channel, &bits, false).unwrap();
        let share = 5.0f64 / 8.0;
        let expected = -(share * share.log2() + (1.0 - share) * (1.0 - share).log2());
        assert!((value(Channel::SymbolEntropy).exp() - expected).abs() < 1e-12);
        assert!((value(Channel::LempelZiv).exp() - lempel_ziv_phrases(&[0, 1, 0, 1, 1, 1, 0, 1]) as f64).abs() < 1e-12);
        // 010 111 01: two words, one run of two, and none of four.
        assert!((value(Channel::Distinct1).exp() - 2.0 / 8.0).abs() < 1e-12);
        assert!((value(Channel::Distinct2).exp() - 1.0 / 4.0).abs() < 1e-12);
        assert_eq!((value(Channel::Overlap), value(Channel::GopherTop)), (0.0, 0.0));
        let bits: Pool<u8> = [&[0u8, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0][..], &[0; 15]].into_iter().collect();
        let mut value = |channel| baselines.value(channel, &bits, false).unwrap();
        // 0 1 2 3 4 and 0 0 0 0 0: of ten words five differ, of eight runs of two five, of four runs of four three; none is shared.
        let shares = [5.0 / 10.0, 5.0 / 8.0, 3.0 / 4.0];
        for (channel, share) in [Channel::Distinct1, Channel::Distinct2, Channel::Distinct4].into_iter().zip(shares) {
            assert!((value(channel).exp() - share).abs() < 1e-12, "{channel}");
        }
        assert_eq!(value(Channel::Overlap), 0.0);
        let bits: Pool<u8> = [&[0u8, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0][..]; 2].into_iter().collect();
        assert_eq!(baselines.value(Channel::Overlap, &bits, false).unwrap(), 1.0);
        for channel in Channel::baselines() {
            let value = baselines.value(channel, &bits, false).unwrap();
            assert!(value.is_finite(), "{channel}");
        }
    }
}
