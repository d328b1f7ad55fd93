//! A record's length and BDM, and the part of it that is the reason for a flag.

use std::ops::Range;

use anyhow::Result;
use turmite_bdm::{Bdm, EncodingChoice};
use turmite_collapse::{FlagReference, Measured, Side};

use crate::records::Content;

/// A record is cut at so many places in search of the part that is the reason.
const CUTS: usize = 16;

/// What is left of a record without the part that is the reason is ordinary: its p-value is above this.
const ORDINARY: f64 = 0.1;

/// How records are measured.
pub(super) struct Measure {
    pub(super) bdm: Bdm,
    pub(super) encode: EncodingChoice,
}

impl Measure {
    /// The symbols and bits of a record; `None` if it has no block.
    pub(super) fn content(&self, content: &Content<'_>) -> Result<Option<Measured>> {
        let encoded = content.encode(self.encode, self.bdm.table().symbols())?;
        let value = self.bdm.score(&encoded.array)?;
        Ok(value.map(|value| Measured { symbols: value.symbols, bits: value.bits }))
    }

    fn bits_per_symbol(&self, text: String) -> Result<Option<f64>> {
        Ok(self.content(&Content::Text(text.into()))?.map(|measured| measured.bits / measured.symbols as f64))
    }

    /// The shortest part, in characters, without which a record is ordinary. Parts start and end at sixteenths and are at most
    /// half of the record. `None` where no such part is found.
    ///
    /// The part is no more complex, of a record that is too simple, than the median part of its width, and no simpler of one that is
    /// too complex: a record near the limit can become ordinary by its length alone, whatever is taken from it.
    ///
    /// # Complexity
    /// At most 150 times the record's BDM.
    pub(super) fn span(&self, text: &str, side: Side, reference: &FlagReference) -> Result<Option<Range<usize>>> {
        let characters: Vec<char> = text.chars().collect();
        let place = |cut: usize| cut * characters.len() / CUTS;
        for width in 1..=CUTS / 2 {
            let parts: Vec<Range<usize>> = (0..=CUTS - width).map(|first| place(first)..place(first + width)).collect();
            let bits: Vec<f64> = parts
                .iter()
                .map(|part| Ok(self.bits_per_symbol(characters[part.clone()].iter().collect())?.unwrap_or(0.0)))
                .collect::<Result<_>>()?;
            let mut sorted = bits.clone();
            sorted.sort_by(f64::total_cmp);
            let median = sorted[sorted.len() / 2];
            let mut best = None;
            for (Range { start: from, end: to }, bits) in parts.into_iter().zip(bits) {
                if (side == Side::Low && bits > median) || (side == Side::High && bits < median) {
                    continue;
                }
                let rest: String = characters[..from].iter().chain(&characters[to..]).collect();
                let measured = self.content(&Content::Text(rest.into()))?;
                let p = measured.and_then(|m| reference.compare(m)).map_or(0.0, |c| c.p_value);
                if p > ORDINARY && best.as_ref().is_none_or(|(most, _)| p > *most) {
                    best = Some((p, from..to));
                }
            }
            if let Some((_, span)) = best {
                return Ok(Some(span));
            }
        }
        Ok(None)
    }
}
