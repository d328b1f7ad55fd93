//! Permutation entropy of a series of numbers.

use std::collections::HashMap;

use crate::BdmError;
use crate::entropy::entropy;

/// The entropy of the order patterns of `order` values, `delay` apart, in bits (Bandt and Pompe 2002, "Permutation
/// entropy: a natural complexity measure for time series"). Equal values rank by their place. `None` for a series too
/// short for one pattern; between 0 and log2(order!), by which `antropy` divides when asked to normalise.
///
/// ```
/// use turmite_bdm::permutation_entropy;
///
/// // The example of antropy: four of the six pairs rise.
/// let entropy = permutation_entropy(&[4.0, 7.0, 9.0, 10.0, 6.0, 11.0, 3.0], 2, 1)?.expect("six pairs");
/// assert!((entropy - 0.9183).abs() < 1e-4);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
///
/// # Errors
/// An order outside 2 to 20, a delay of 0, or a value that is not a number.
pub fn permutation_entropy(series: &[f64], order: usize, delay: usize) -> Result<Option<f64>, BdmError> {
    let wrong =
        |option, found: String, expected: &str| BdmError::Option { option, found, expected: expected.to_owned() };
    if !(2..=20).contains(&order) {
        return Err(wrong("order", order.to_string(), "2 to 20"));
    }
    if delay == 0 {
        return Err(wrong("delay", delay.to_string(), "at least 1"));
    }
    if let Some(at) = series.iter().position(|value| value.is_nan()) {
        return Err(wrong("value", format!("NaN in place {}", at + 1), "numbers"));
    }
    let Some(patterns) = (order - 1).checked_mul(delay).and_then(|reach| series.len().checked_sub(reach)) else {
        return Ok(None);
    };
    let mut counts: HashMap<Vec<u8>, u64> = HashMap::new();
    let mut ranked: Vec<u8> = Vec::with_capacity(order);
    for start in 0..patterns {
        ranked.clear();
        ranked.extend(0..order as u8);
        // The sort is stable: equal values keep their order.
        let value = |place: &u8| series[start + usize::from(*place) * delay];
        ranked.sort_by(|a, b| value(a).total_cmp(&value(b)));
        match counts.get_mut(&ranked) {
            Some(count) => *count += 1,
            None => {
                counts.insert(ranked.clone(), 1);
            }
        }
    }
    let mut counts: Vec<u64> = counts.into_values().collect();
    // The sum has a fixed order whatever the map's.
    counts.sort_unstable();
    Ok(entropy(counts.into_iter(), patterns as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The docstring of antropy 0.2.3, and a series as short as a pattern can be.
    #[test]
    fn values_of_antropy() {
        let series = [4.0, 7.0, 9.0, 10.0, 6.0, 11.0, 3.0];
        let normalised = permutation_entropy(&series, 3, 1).unwrap().unwrap() / 6f64.log2();
        assert!((normalised - 0.5888).abs() < 5e-5, "{normalised}");
        assert_eq!(permutation_entropy(&series[..2], 3, 1).unwrap(), None);
        assert_eq!(permutation_entropy(&series[..3], 3, 1).unwrap(), Some(0.0));
        assert_eq!(permutation_entropy(&series, 2, 6).unwrap(), Some(0.0));
        assert_eq!(permutation_entropy(&series, 2, usize::MAX).unwrap(), None);
        assert!(permutation_entropy(&series, 1, 1).is_err());
        assert!(permutation_entropy(&series, 2, 0).is_err());
        assert!(permutation_entropy(&[1.0, f64::NAN], 2, 1).unwrap_err().to_string().contains("place 2"));
    }
}
