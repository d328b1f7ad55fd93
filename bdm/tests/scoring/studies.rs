//! What people said of strings, against the complexity of these: the three studies that acss 0.3-2 carries and tests
//! (`tests/testthat/test-manuscript2014.R`; Gauvrit, Singmann, Soler-Toscano and Zenil 2016, Behavior Research Methods
//! 48:314-329).

use std::sync::Arc;

use crate::golden::{acss_rows, published_strings, table_of};
use turmite_bdm::{ShortStrings, normalize_string};
use turmite_tables::{Shape, Table};

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum of the products of deviations from the means.
fn products(x: &[f64], y: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum()
}

/// The share of the variance of `y` that a straight line in `x` explains: least squares.
fn r_squared(x: &[f64], y: &[f64]) -> f64 {
    products(x, y).powi(2) / (products(x, x) * products(y, y))
}

/// Slope and the `x` of even odds of a logistic regression, by Newton's method.
fn logistic(x: &[f64], yes: &[bool]) -> (f64, f64) {
    let middle = mean(x);
    let (mut at, mut slope) = (0.0, 0.0);
    for _ in 0..20 {
        // The gradient of the log-likelihood, and the three entries of its curvature.
        let (mut gradient, mut curvature) = ([0.0; 2], [0.0; 3]);
        for (x, &yes) in x.iter().zip(yes) {
            let x = x - middle;
            let p = 1.0 / (1.0 + f64::exp(-(at + slope * x)));
            let (off, weight) = (f64::from(u8::from(yes)) - p, p * (1.0 - p));
            gradient = [gradient[0] + off, gradient[1] + off * x];
            curvature = [curvature[0] + weight, curvature[1] + weight * x, curvature[2] + weight * x * x];
        }
        let [a, b, c] = curvature;
        let determinant = a * c - b * b;
        at += (c * gradient[0] - b * gradient[1]) / determinant;
        slope += (a * gradient[1] - b * gradient[0]) / determinant;
    }
    (slope, middle - at / slope)
}

#[track_caller]
fn rounded(found: f64, expected: f64, decimals: i32) {
    let scale = 10f64.powi(decimals);
    assert_eq!((found * scale).round() / scale, expected, "found {found}");
}

/// The strings of a study and their K, from the published values that stand beside them.
fn complexities(symbols: u8, rows: &[Vec<String>]) -> Vec<f64> {
    let values = rows.iter().map(|row| (row[0].as_str(), Shape::line(row[0].len()).unwrap(), row[1].parse().unwrap()));
    let mut values: Vec<_> = values.collect();
    values.dedup_by_key(|(string, ..)| *string);
    let short = ShortStrings::new(table_of(&format!("4x{symbols}-1d"), values)).unwrap();
    // Whatever the symbols are called.
    let letters = |digits: &str| digits.bytes().map(|digit| char::from(b'z' - (digit - b'0'))).collect::<String>();
    let string = |row: &Vec<String>| normalize_string(&letters(&row[0])).unwrap();
    rows.iter().map(|row| short.complexity(&string(row)).unwrap().unwrap()).collect()
}

/// 34 people wrote ten symbols of four "as random as possible": more complex than strings at random are.
#[test]
fn people_write_complex_strings() {
    let rows = acss_rows("exp1.csv");
    assert_eq!(rows.len(), 34);
    let k = complexities(4, &rows);
    // The mean K of all 1,048,576 strings, by `make_acss.py` from the whole table.
    let off = mean(&k) - 32.603965442465125;
    let error = (products(&k, &k) / (k.len() - 1) as f64 / k.len() as f64).sqrt();
    rounded(off / error, 10.62, 2);
}

/// One person called 200 strings of ten symbols of six random or not.
#[test]
fn people_call_complex_strings_random() {
    let rows = acss_rows("exp2.csv");
    assert_eq!(rows.len(), 200);
    let random: Vec<bool> = rows.iter().map(|row| row[2] == "1").collect();
    let (slope, threshold) = logistic(&complexities(6, &rows), &random);
    rounded(slope, 1.9, 1);
    rounded(slope.exp(), 6.69, 2);
    rounded(threshold, 36.74, 2);
}

/// Matthews (2013, Journal of Experimental Psychology: Learning, Memory, and Cognition 39:1642-1648): mean ratings of 216
/// binary strings, from definitely random (1) to definitely not (6), and the mean complexity of their windows.
#[test]
fn people_rate_strings_by_their_windows() {
    let rows = acss_rows("matthews2013.csv");
    assert_eq!(rows.len(), 216);
    let ratings: Vec<f64> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
    let check = |table: Arc<Table>| {
        let short = ShortStrings::new(table).unwrap();
        let explained = |span| {
            let windows =
                |row: &Vec<String>| short.local_complexity(&normalize_string(&row[0]).unwrap(), span).unwrap();
            let means: Vec<f64> = rows
                .iter()
                .map(|row| mean(&windows(row).into_iter().map(Option::unwrap).collect::<Vec<_>>()))
                .collect();
            r_squared(&means, &ratings)
        };
        rounded(explained(4), 0.54, 2);
        rounded(explained(5), 0.50, 2);
        let ten = explained(10);
        assert!(ten < 0.00002, "{ten}");
    };
    check(published_strings());
    check(Arc::new(Table::embedded("5x2-1d").unwrap()));
}
