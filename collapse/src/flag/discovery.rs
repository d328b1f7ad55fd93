//! q-values: what share of the flags would be false if every record at least as extreme were flagged.

/// q-values of p-values by the step-up rule of Benjamini and Hochberg (1995): records in the order of p, `q = min p N / rank`
/// over all of at least that rank. Flagging what has q at most f keeps the expected share of false flags at
/// most f, for records that are independent or positively dependent. A record without a p-value has no q-value and is not one
/// of the N.
///
/// ```
/// use turmite_collapse::q_values;
///
/// let q = q_values(&[Some(0.01), Some(0.5), None, Some(0.02)]);
/// assert_eq!(q, [Some(0.03), Some(0.5), None, Some(0.03)]);
/// ```
///
/// # Complexity
/// O(N log N).
#[must_use]
pub fn q_values(p_values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut order: Vec<(usize, f64)> = p_values.iter().enumerate().filter_map(|(i, p)| p.map(|p| (i, p))).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (count, mut least) = (order.len() as f64, 1.0f64);
    let mut q = vec![None; p_values.len()];
    for (rank, &(index, p)) in order.iter().enumerate().rev() {
        least = least.min(p * count / (rank + 1) as f64);
        q[index] = Some(least);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_to_the_definition() {
        let p: Vec<Option<f64>> =
            (0..200u64).map(|i| (i % 7 != 3).then(|| (i * 7919 % 1000) as f64 / 1000.0)).collect();
        let all: Vec<f64> = p.iter().flatten().copied().collect();
        // The least level at which the step-up rule flags the record.
        for (q, p) in q_values(&p).into_iter().zip(&p) {
            let expected = p.map(|p| {
                let reached = all
                    .iter()
                    .filter(|other| **other >= p)
                    .map(|other| other * all.len() as f64 / all.iter().filter(|o| *o <= other).count() as f64);
                reached.fold(1.0, f64::min)
            });
            assert_eq!(q, expected);
        }
        assert_eq!(q_values(&[]), []);
    }
}
