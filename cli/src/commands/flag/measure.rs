//! A record's length and BDM, and the part of it that is the reason for a flag.

use std::ops::Range;
use std::sync::OnceLock;

use anyhow::Result;
use turmite_bdm::{Bdm, EncodingChoice};
use turmite_collapse::{FlagReference, Measured, Side};

use super::super::alphabet;
use crate::records::Content;

/// A record is cut at so many places in search of the part that is the reason.
const CUTS: usize = 16;

/// What is left of a record without the part that is the reason is ordinary: its p-value is above this.
const ORDINARY: f64 = 0.1;

/// A part grows as long as each sixteenth more makes the rest this much more ordinary: by more than chance moves it.
const GAIN: f64 = 1.2;

/// How records are measured.
pub(super) struct Measure {
    pub(super) bdm: Bdm,
    pub(super) encode: EncodingChoice,
    /// Names of tables and the size of their alphabets; found where a record needs a larger one.
    pub(super) larger: OnceLock<Vec<(u8, String)>>,
}

impl Measure {
    /// The symbols and bits of a record; `None` if it has no block.
    pub(super) fn content(&self, content: &Content<'_>) -> Result<Option<Measured>> {
        let table = self.bdm.table();
        let larger = || self.larger.get_or_init(|| alphabet::larger(table)).as_slice();
        let encoded = alphabet::encode(content, self.encode, table, larger)?;
        let value = self.bdm.score(&encoded.array)?;
        Ok(value.map(|value| Measured { symbols: value.symbols, bits: value.bits }))
    }

    fn bits_per_symbol(&self, text: String) -> Result<Option<f64>> {
        Ok(self.content(&Content::Text(text.into()))?.map(|measured| measured.bits / measured.symbols as f64))
    }

    /// The shortest part, in characters, without which a record is ordinary, and what lies beside it as long as the rest becomes
    /// more ordinary by it. Parts start and end at sixteenths; the shortest is at most half of the record. `None` where no such part is found.
    ///
    /// The part is no more complex, of a record that is too simple, than the median part of its width, and no simpler of one that is
    /// too complex: a record near the limit can become ordinary by its length alone, whatever is taken from it.
    ///
    /// # Complexity
    /// At most 180 times the record's BDM.
    pub(super) fn span(&self, text: &str, side: Side, reference: &FlagReference) -> Result<Option<Range<usize>>> {
        let characters: Vec<char> = text.chars().collect();
        let place = |cut: usize| cut * characters.len() / CUTS;
        // How ordinary the record is without a part.
        let without = |part: &Range<usize>| -> Result<f64> {
            let rest = characters[..place(part.start)].iter().chain(&characters[place(part.end)..]);
            let measured = self.content(&Content::Text(rest.collect::<String>().into()))?;
            Ok(measured.and_then(|m| reference.compare(m)).map_or(0.0, |c| c.p_value))
        };
        for width in 1..=CUTS / 2 {
            let parts: Vec<Range<usize>> = (0..=CUTS - width).map(|first| first..first + width).collect();
            let bits: Vec<f64> = parts
                .iter()
                .map(|part| {
                    let part = &characters[place(part.start)..place(part.end)];
                    Ok(self.bits_per_symbol(part.iter().collect())?.unwrap_or(0.0))
                })
                .collect::<Result<_>>()?;
            let mut sorted = bits.clone();
            sorted.sort_by(f64::total_cmp);
            let median = sorted[sorted.len() / 2];
            let mut best = None;
            for (part, bits) in parts.into_iter().zip(bits) {
                if (side == Side::Low && bits > median) || (side == Side::High && bits < median) {
                    continue;
                }
                let p = without(&part)?;
                if p > ORDINARY && best.as_ref().is_none_or(|(most, _)| p > *most) {
                    best = Some((p, part));
                }
            }
            let Some((mut most, mut span)) = best else { continue };
            loop {
                let wider = [span.start.saturating_sub(1)..span.end, span.start..(span.end + 1).min(CUTS)];
                let mut better = None;
                for part in wider.into_iter().filter(|part| part.len() > span.len() && part.len() < CUTS) {
                    let p = without(&part)?;
                    if p > GAIN * better.as_ref().map_or(most, |(p, _)| *p) {
                        better = Some((p, part));
                    }
                }
                match better {
                    Some(wider) => (most, span) = wider,
                    None => return Ok(Some(place(span.start)..place(span.end))),
                }
            }
        }
        Ok(None)
    }
}
