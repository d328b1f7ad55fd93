//! What many values come to, without holding them: counts, quantiles, histograms.

use std::collections::BTreeMap;

/// Mantissa bits of a value that are kept: its place is known to one part in 2^15, half the width of a class.
const KEPT: u32 = 14;

/// How values lie, in memory that does not grow with their number.
///
/// Values are counted by their first fifteen binary digits, so that quantiles are right to 0.004 %. Exact are the least and the greatest
/// and, where values are few or whole numbers, as a rule all others. The order of values does not matter, hence neither does the number of threads.
#[derive(Clone, Debug)]
pub(crate) struct Distribution {
    /// By the upper bits of the values, which are in their order where they are not negative.
    counts: BTreeMap<u64, Class>,
    total: u64,
    least: f64,
    greatest: f64,
}

/// Values that are counted together.
#[derive(Clone, Copy, Debug)]
struct Class {
    count: u64,
    least: f64,
    greatest: f64,
}

impl Class {
    fn of(value: f64) -> Self {
        Self { count: 0, least: value, greatest: value }
    }

    fn add(&mut self, value: f64) {
        self.count += 1;
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }

    /// What stands for its values: they are one, or differ by less than what is kept of them.
    fn middle(&self) -> f64 {
        f64::midpoint(self.least, self.greatest)
    }
}

impl Default for Distribution {
    fn default() -> Self {
        Self { counts: BTreeMap::new(), total: 0, least: f64::INFINITY, greatest: f64::NEG_INFINITY }
    }
}

impl Distribution {
    /// Counts a value from 0. Others have no place here, and nothing that is scored has them.
    pub(crate) fn add(&mut self, value: f64) {
        if value.is_finite() {
            let value = value.max(0.0);
            self.counts.entry(value.to_bits() >> (52 - KEPT)).or_insert_with(|| Class::of(value)).add(value);
            self.total += 1;
            self.least = self.least.min(value);
            self.greatest = self.greatest.max(value);
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The values below which these shares of all lie, between two neighbours in proportion (a median of two is their mean, as
    /// NumPy and R have it); `None` without values.
    pub(crate) fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Option<[f64; N]> {
        if self.total == 0 {
            return None;
        }
        Some(shares.map(|share| {
            let place = share * (self.total - 1) as f64;
            let (below, above) = (self.ranked(place.floor() as u64), self.ranked(place.ceil() as u64));
            below + (above - below) * place.fract()
        }))
    }

    /// The value at a rank from 0, below their number.
    fn ranked(&self, rank: u64) -> f64 {
        if rank == 0 {
            return self.least;
        }
        let mut below = 0;
        for class in self.counts.values() {
            below += class.count;
            if below > rank {
                // The last of a class may be the greatest of all.
                return if rank + 1 == self.total { self.greatest } else { class.middle() };
            }
        }
        self.greatest
    }

    /// Counts in `bins` intervals of one width from the least to the greatest value; `None` where all values are one.
    pub(crate) fn histogram(&self, bins: usize) -> Option<Histogram> {
        let width = (self.greatest - self.least) / bins as f64;
        if self.total == 0 || width <= 0.0 {
            return None;
        }
        let mut counts = vec![0; bins];
        for class in self.counts.values() {
            let at = ((class.middle() - self.least) / width) as usize;
            counts[at.min(bins - 1)] += class.count;
        }
        Some(Histogram { least: self.least, width, counts })
    }
}

/// Counts by interval.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    pub(crate) least: f64,
    pub(crate) width: f64,
    pub(crate) counts: Vec<u64>,
}

impl Histogram {
    /// A line an interval: where it starts, a bar of up to `columns` characters, its count.
    pub(crate) fn lines(&self, columns: usize) -> Vec<String> {
        const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let most = self.counts.iter().copied().max().unwrap_or(0).max(1);
        let decimals = decimals(self.width);
        let starts: Vec<String> =
            (0..self.counts.len()).map(|at| format!("{:.decimals$}", self.least + self.width * at as f64)).collect();
        let width = starts.iter().map(String::len).max().unwrap_or(0);
        let bars = self.counts.iter().map(|&count| {
            // What is there is seen.
            let eighths = (count as f64 / most as f64 * (8 * columns) as f64).round() as usize;
            let eighths = if count > 0 { eighths.max(1) } else { 0 };
            format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
        });
        let lines = starts.iter().zip(bars).zip(&self.counts);
        lines
            .map(|((start, bar), count)| {
                let pad = " ".repeat(columns.saturating_sub(bar.chars().count()));
                format!("{start:>width$} {bar}{pad} {count}")
            })
            .collect()
    }
}

/// A number of things, in words.
pub(crate) fn count(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// Decimals that tell steps of this width apart.
pub(crate) fn decimals(width: f64) -> usize {
    (1.0 - width.log10().floor()).clamp(0.0, 9.0) as usize
}

/// Five digits; a whole number as such.
pub(crate) fn short(value: f64) -> String {
    if value.fract() == 0.0 {
        return format!("{value}");
    }
    let decimals = (4.0 - value.abs().log10().floor()).clamp(0.0, 9.0) as usize;
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_right_to_a_part_in_32768() {
        let mut all = Distribution::default();
        let mut values: Vec<f64> = (0..10_000u64).map(|n| (n * 7919 % 10_000) as f64 * 0.37 + 0.001).collect();
        values.iter().for_each(|&v| all.add(v));
        values.sort_by(f64::total_cmp);
        let shares = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];
        for (share, found) in shares.into_iter().zip(all.quantiles(shares).unwrap()) {
            let place = share * 9999.0;
            let [below, above] = [place.floor(), place.ceil()].map(|rank| values[rank as usize]);
            let exact = below + (above - below) * place.fract();
            assert!((found / exact - 1.0).abs() <= 1.0 / 32768.0, "{share}: {found} against {exact}");
        }
        assert_eq!(all.quantiles([0.0, 1.0]), Some([values[0], values[9999]]));
        assert_eq!(all.histogram(10).unwrap().counts.iter().sum::<u64>(), 10_000);
        assert_eq!(Distribution::default().quantiles([0.5]), None);
    }

    #[test]
    fn few_values_and_whole_ones_are_exact() {
        fn of<const N: usize>(values: &[f64], shares: [f64; N]) -> [f64; N] {
            let mut all = Distribution::default();
            values.iter().for_each(|&value| all.add(value));
            all.quantiles(shares).unwrap()
        }
        assert_eq!(of(&[0.1, 0.3], [0.5, 0.25]), [0.2, 0.1 + (0.3 - 0.1) * 0.25]);
        assert_eq!(of(&[0.3, 0.7, 0.1], [0.0, 0.5, 1.0]), [0.1, 0.3, 0.7]);
        // Whole numbers above 2^15 share their first digits with others, which are not there.
        let phrases: Vec<f64> = (0..1000).map(|n| f64::from(100_003 + 16 * (n % 5))).collect();
        assert_eq!(of(&phrases, [0.0, 0.3, 0.5, 1.0]), [100_003.0, 100_019.0, 100_035.0, 100_067.0]);
    }

    #[test]
    fn histograms_in_a_terminal() {
        let mut some = Distribution::default();
        for value in [0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 2.0] {
            some.add(value);
        }
        assert_eq!(some.histogram(2).unwrap().lines(4), ["0.0 █▋   2", "1.0 ████ 5"]);
        assert!(Distribution::default().histogram(2).is_none());
        let mut one = Distribution::default();
        one.add(3.0);
        one.add(f64::NAN);
        assert!(one.histogram(2).is_none());
        assert_eq!((one.total(), one.quantiles([0.5])), (1, Some([3.0])));
    }

    #[test]
    fn five_digits() {
        for (value, shown) in
            [(0.0, "0"), (4.0, "4"), (2.612359, "2.6124"), (1234567.0, "1234567"), (0.000123456, "0.00012346")]
        {
            assert_eq!(short(value), shown);
        }
    }
}
