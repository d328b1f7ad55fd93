//! [`Signature`]: the effects of all elements, summed up.

/// What an element does to the complexity of the whole (terms of Zenil et al. 2019, "An Algorithmic Information
/// Calculus for Causal Discovery and Reprogramming Systems", iScience 19:1160).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Without it the rest is simpler: the element carries information.
    Positive,
    /// Without it the rest is more complex: the element is part of a regularity.
    Negative,
    /// Without it the complexity stays within the threshold.
    Neutral,
}

impl Role {
    /// The role of an element whose deletion or change has the given effect (after minus before).
    #[must_use]
    pub fn of(effect: f64, threshold: f64) -> Self {
        if effect.abs() <= threshold {
            Self::Neutral
        } else if effect < 0.0 {
            Self::Positive
        } else {
            Self::Negative
        }
    }

    /// The name that results carry.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Neutral => "neutral",
        }
    }
}

/// How the effects of an object's elements are spread: how many push it which way, and how evenly.
///
/// `relative_mad` is the median absolute deviation of the effects from their median, divided by the greatest absolute
/// effect: 0 where all elements weigh the same, and at most 1. The name is ours. Zenil et al. 2019 define a *relative
/// reprogrammability* in their supplement, which we have not seen; the R package `algodyn` of one of the authors
/// computes it as this quotient, over the greatest information value instead of the greatest absolute one. Their
/// *absolute* reprogrammability is not computed here: no definition of it that could be checked was at hand.
///
/// ```
/// use turmite_bdm::perturb::Signature;
///
/// let signature = Signature::of([-3.0, -1.0, 0.0, 4.0], 1e-9).expect("four effects");
/// assert_eq!((signature.positive, signature.negative, signature.neutral), (2, 1, 1));
/// assert_eq!((signature.positive_bits, signature.negative_bits), (4.0, 4.0));
/// // Median -0.5; deviations 0.5, 0.5, 2.5, 4.5; their median 1.5; greatest effect 4.
/// assert_eq!(signature.relative_mad, Some(0.375));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signature {
    /// Elements without which the rest is simpler.
    pub positive: usize,
    /// Elements without which the rest is more complex.
    pub negative: usize,
    /// Elements whose effect is within the threshold.
    pub neutral: usize,
    /// The information values (minus the effects) of the positive elements, summed, in bits.
    pub positive_bits: f64,
    /// The effects of the negative elements, summed, in bits.
    pub negative_bits: f64,
    /// Median absolute deviation over greatest absolute effect; `None` where all effects are 0.
    pub relative_mad: Option<f64>,
}

impl Signature {
    /// Sums effects (after minus before) up; those of at most `threshold` bits in size are neutral. `None` without
    /// effects.
    #[must_use]
    pub fn of(effects: impl IntoIterator<Item = f64>, threshold: f64) -> Option<Self> {
        let mut effects: Vec<f64> = effects.into_iter().collect();
        let median = median(&mut effects)?;
        let count = |role| effects.iter().filter(|effect| Role::of(**effect, threshold) == role).count();
        let bits = |role| -> f64 {
            effects.iter().filter(|effect| Role::of(**effect, threshold) == role).map(|effect| effect.abs()).sum()
        };
        let greatest = effects.iter().fold(0.0f64, |most, effect| most.max(effect.abs()));
        let mut deviations: Vec<f64> = effects.iter().map(|effect| (effect - median).abs()).collect();
        Some(Self {
            positive: count(Role::Positive),
            negative: count(Role::Negative),
            neutral: count(Role::Neutral),
            // An empty sum is -0.0.
            positive_bits: bits(Role::Positive) + 0.0,
            negative_bits: bits(Role::Negative) + 0.0,
            relative_mad: self::median(&mut deviations).filter(|_| greatest > 0.0).map(|mad| mad / greatest),
        })
    }
}

/// The middle value, or the mean of the two in the middle. Sorts.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        n if n % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}
