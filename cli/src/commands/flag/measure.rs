//! A record's length and BDM, and the part of it that is the reason for a flag.

use std::ops::Range;

use anyhow::Result;
use turmite_bdm::{Bdm, EncodingChoice};
use turmite_collapse::{FlagReference, Measured};

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

    /// The shortest part, in characters, without which a record is ordinary. Parts start and end at sixteenths and are at most
    /// half of the record. `None` if there is none: then all of it is the reason.
    ///
    /// # Complexity
    /// At most 100 times the record's BDM.
    pub(super) fn span(&self, text: &str, reference: &FlagReference) -> Result<Option<Range<usize>>> {
        let characters: Vec<char> = text.chars().collect();
        let place = |cut: usize| cut * characters.len() / CUTS;
        for width in 1..=CUTS / 2 {
            let mut best = None;
            for first in 0..=CUTS - width {
                let (from, to) = (place(first), place(first + width));
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
