//! Channels: the statistics of a generation whose drift can be judged.

use crate::error::CollapseError;
use crate::verdict::Mode;
use std::fmt;
use std::str::FromStr;

/// A statistic of a generation's pool. The rule judges [`Channel::standard`]; the others are what people measure today,
/// so that they can be held against the very same nulls ([`Panel::channels`](field@crate::Panel::channels)).
///
/// Logarithms are natural, so that a change relative to generation 1 is a change by a factor.
///
/// ```
/// use turmite_collapse::Channel;
///
/// assert_eq!("gzip".parse::<Channel>()?, Channel::Gzip);
/// assert_eq!(Channel::standard(true)[0].to_string(), "multiscale-48");
/// # Ok::<(), turmite_collapse::CollapseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// ln of multiscale BDM per window of 48 bits: shared and simple windows lower it.
    Multiscale48,
    /// The same with windows of 24 bits: three characters, whose rare kinds a learner of low order loses first.
    Multiscale24,
    /// The same with windows of 12 bits, the table's own blocks: BDM of the pool. Where a source is random, what a learner of high order
    /// loses shows in the shortest windows.
    Multiscale12,
    /// Square root of the share of windows that occur once, which is about the probability of a window that the generation has not shown
    /// (Good and Turing): who sharpens or drops rare symbols loses these first.
    GoodTuring,
    /// ln of the number of different records: the only channel that sees slow copying of short records.
    Distinct,
    /// Mean rank of a record's BDM per symbol among the reference's: records getting simpler or noisier.
    RankBdm,
    /// Mean symbol: BDM is blind to an exchange of 0 and 1, so drift of the density needs a channel of its own.
    SymbolMean,
    /// Hellinger distance between the short n-grams of this generation and those of generation 1: what is left of the
    /// source wanders away, whatever becomes of its complexity.
    Distance,
    /// Evidence, in nats, that nothing authentic comes in any more against the floor's share of it: ln of the likelihood ratio of the last
    /// generations, as many as make it greatest, as short Markov chains fitted on the generation before and on the reference have it. Counts
    /// only as far as the distance has grown beyond that of authentic samples: what is drawn back to another source than the reference stays put.
    Unanchored,
    /// ln of Shannon's entropy of symbols (bits) or bytes (text), over the pool.
    SymbolEntropy,
    /// ln of Shannon's entropy of blocks: 12 bits side by side, or three bytes at every byte; over the pool.
    BlockEntropy,
    /// ln of gzip's size of the whole pool over its length.
    Gzip,
    /// ln of the mean of gzip's size of a record over its length.
    GzipRecords,
    /// ln of Zstandard's size of the whole pool over its length.
    Zstd,
    /// ln of the mean number of Lempel-Ziv phrases (1976) of a record.
    LempelZiv,
    /// ln of different words over all words of the pool; three bits are a word.
    Distinct1,
    /// The same of pairs of words.
    Distinct2,
    /// Of three.
    Distinct3,
    /// Of four.
    Distinct4,
    /// Mean over records of the share of their four-word runs that another record has too, as self-BLEU counts overlap.
    Overlap,
    /// Gopher's share of characters in repeated five-word runs, mean over records (text; 0 for bits, which have no words).
    GopherRepeated,
    /// Gopher's share of characters in the commonest pair of words, mean over records (text; 0 for bits).
    GopherTop,
}

use Channel::{
    Distance, Distinct, GoodTuring, Multiscale12, Multiscale24, Multiscale48, RankBdm, SymbolMean, Unanchored,
};

/// How many of [`NAMES`] are the rule's own; the others are what people measure today.
const OWN: usize = 9;

/// Every channel with its name, ours first.
const NAMES: [(Channel, &str); 22] = [
    (Multiscale48, "multiscale-48"),
    (Multiscale24, "multiscale-24"),
    (Multiscale12, "multiscale-12"),
    (GoodTuring, "good-turing"),
    (Distinct, "distinct-records"),
    (RankBdm, "rank-bdm"),
    (SymbolMean, "symbol-mean"),
    (Distance, "distance"),
    (Unanchored, "unanchored"),
    (Channel::SymbolEntropy, "symbol-entropy"),
    (Channel::BlockEntropy, "block-entropy"),
    (Channel::Gzip, "gzip"),
    (Channel::GzipRecords, "gzip-records"),
    (Channel::Zstd, "zstd"),
    (Channel::LempelZiv, "lz76"),
    (Channel::Distinct1, "distinct-1"),
    (Channel::Distinct2, "distinct-2"),
    (Channel::Distinct3, "distinct-3"),
    (Channel::Distinct4, "distinct-4"),
    (Channel::Overlap, "overlap"),
    (Channel::GopherRepeated, "gopher-repeated"),
    (Channel::GopherTop, "gopher-top"),
];

impl Channel {
    /// The channels that the rule judges for text (`bytes`) or for bits. Text leaves five out: its BDM per record does not
    /// separate collapsing runs from anchored ones, the mean of its bits means nothing, a chain of three bits is no law of it,
    /// and windows that start at every bit are no characters.
    #[must_use]
    pub fn standard(bytes: bool) -> &'static [Channel] {
        if bytes {
            &[Multiscale48, Multiscale24, Distinct, Distance]
        } else {
            &[Multiscale48, Multiscale24, Multiscale12, GoodTuring, Distinct, Distance, Unanchored, RankBdm, SymbolMean]
        }
    }

    /// What people measure today in place of these.
    #[must_use]
    pub fn baselines() -> Vec<Channel> {
        NAMES[OWN..].iter().map(|(channel, _)| *channel).collect()
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(channel, _)| *channel == self).map_or("", |(_, name)| name)
    }

    /// The modes of a change down and up; `None` where that way is no fault.
    ///
    /// Fewer different records, or less that is rare, than a sound run keeps is decay; more is no fault. The symbol mean spreads away from the
    /// truth in either direction, and a distance only grows.
    pub(crate) fn modes(self) -> (Option<Mode>, Option<Mode>) {
        match self {
            Distinct | GoodTuring => (Some(Mode::EntropyDecay), None),
            Distance | Unanchored => (None, Some(Mode::VarianceAmplification)),
            SymbolMean => (Some(Mode::VarianceAmplification), Some(Mode::VarianceAmplification)),
            Channel::Overlap | Channel::GopherRepeated | Channel::GopherTop => {
                (Some(Mode::VarianceAmplification), Some(Mode::EntropyDecay))
            }
            _ => (Some(Mode::EntropyDecay), Some(Mode::VarianceAmplification)),
        }
    }

    /// The channel without whose rise, beyond that of authentic samples, a rise of this one is no fault.
    pub(crate) fn together_with(self) -> Option<Channel> {
        (self == Unanchored).then_some(Distance)
    }

    /// Least standard deviation a null is given: one tick of the statistic, so that a null that happens not to move does
    /// not make every value extreme.
    pub(crate) fn tick(self) -> f64 {
        match self {
            Multiscale48 => 0.015,
            Distinct => 0.02,
            SymbolMean | Distance | GoodTuring => 0.002,
            Unanchored => 1.0,
            _ => 0.005,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Channel {
    type Err = CollapseError;

    fn from_str(text: &str) -> Result<Self, CollapseError> {
        NAMES.iter().find(|(_, name)| *name == text).map(|(channel, _)| *channel).ok_or_else(|| CollapseError::Unknown {
            what: "channel",
            found: text.to_owned(),
            expected: "multiscale-48, -24 or -12, good-turing, distinct-records, rank-bdm, symbol-mean, distance, unanchored, \
                       symbol-entropy, block-entropy, gzip, gzip-records, zstd, lz76, distinct-1 to distinct-4, overlap, gopher-repeated or gopher-top",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_has_a_name_that_is_read_back() {
        for (channel, name) in NAMES {
            assert_eq!((channel.to_string().as_str(), name.parse::<Channel>().unwrap()), (name, channel));
        }
        let known = |channels: &[Channel]| channels.iter().all(|channel| !channel.name().is_empty());
        assert!(known(Channel::standard(true)) && known(Channel::standard(false)) && known(&Channel::baselines()));
        assert!("gzipp".parse::<Channel>().unwrap_err().to_string().contains("multiscale-48"));
    }
}
