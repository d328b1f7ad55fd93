//! Linear feedback shift registers by degree.

/// The furthest tap.
const GREATEST_DEGREE: usize = 32;

/// Taps of primitive polynomials by degree, from 2: delays whose parity is the next symbol. Each gives the longest
/// period, 2^degree - 1, which a test proves. From the table of Xilinx application note 052 (Alfke, 1996).
const PRIMITIVE: [&[u32]; 31] = [
    &[2, 1],
    &[3, 2],
    &[4, 3],
    &[5, 3],
    &[6, 5],
    &[7, 6],
    &[8, 6, 5, 4],
    &[9, 5],
    &[10, 7],
    &[11, 9],
    &[12, 6, 4, 1],
    &[13, 4, 3, 1],
    &[14, 5, 3, 1],
    &[15, 14],
    &[16, 15, 13, 4],
    &[17, 14],
    &[18, 11],
    &[19, 6, 2, 1],
    &[20, 17],
    &[21, 19],
    &[22, 21],
    &[23, 18],
    &[24, 23, 22, 17],
    &[25, 22],
    &[26, 6, 2, 1],
    &[27, 5, 2, 1],
    &[28, 25],
    &[29, 27],
    &[30, 6, 4, 1],
    &[31, 28],
    &[32, 22, 2, 1],
];

fn mask(delays: impl IntoIterator<Item = u32>) -> u32 {
    delays.into_iter().fold(0, |mask, delay| mask | 1 << (delay - 1))
}

/// The taps that a degree alone stands for.
pub(crate) fn of_degree(degree: usize) -> Option<u32> {
    Some(mask(PRIMITIVE.get(degree.checked_sub(2)?)?.iter().copied()))
}

/// Reads `16` (a known primitive polynomial of that degree) or `16,15,13,4` (the taps).
pub(crate) fn read(text: &str) -> Option<u32> {
    let delays: Vec<u32> = text.split(',').map(|delay| delay.parse().ok()).collect::<Option<_>>()?;
    match delays[..] {
        [degree] => of_degree(degree as usize),
        _ => delays.iter().all(|delay| (1..=GREATEST_DEGREE as u32).contains(delay)).then(|| mask(delays)),
    }
}

/// The inverse of [`read`].
pub(crate) fn name(taps: u32) -> String {
    let degree = crate::rule::degree(taps);
    if of_degree(degree) == Some(taps) {
        return degree.to_string();
    }
    let delays: Vec<String> =
        (1..=degree).rev().filter(|delay| taps >> (delay - 1) & 1 == 1).map(|delay| delay.to_string()).collect();
    // One tap alone is a period; naming it twice tells it from a degree.
    if let [delay] = &delays[..] { format!("{delay},{delay}") } else { delays.join(",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// x^power modulo the feedback polynomial, by squaring.
    fn power(taps: u32, degree: usize, mut power: u64) -> u64 {
        // The polynomial x^degree + sum of x^(degree - delay).
        let polynomial =
            (1..=degree).fold(1u64 << degree, |p, delay| p | u64::from(taps >> (delay - 1) & 1) << (degree - delay));
        let multiply = |a: u64, b: u64| {
            (0..degree).rev().fold(0u64, |product, i| {
                let doubled = product << 1;
                let reduced = if doubled >> degree & 1 == 1 { doubled ^ polynomial } else { doubled };
                if b >> i & 1 == 1 { reduced ^ a } else { reduced }
            })
        };
        let (mut square, mut result) = (2u64, 1u64);
        while power > 0 {
            if power & 1 == 1 {
                result = multiply(result, square);
            }
            square = multiply(square, square);
            power >>= 1;
        }
        result
    }

    #[test]
    fn every_listed_polynomial_is_primitive() {
        for degree in 2..=32 {
            let taps = of_degree(degree).unwrap();
            let order = (1u64 << degree) - 1;
            assert_eq!(power(taps, degree, order), 1, "degree {degree}");
            let (mut rest, mut factor) = (order, 2);
            while rest > 1 {
                if rest % factor == 0 {
                    assert_ne!(power(taps, degree, order / factor), 1, "degree {degree}, factor {factor}");
                    while rest % factor == 0 {
                        rest /= factor;
                    }
                }
                factor += 1;
                if factor * factor > rest && rest > 1 {
                    factor = rest;
                }
            }
        }
        // A polynomial that is not primitive is seen to be none: x^4 + x^3 + x^2 + x + 1 divides x^5 - 1.
        assert_eq!(power(0b1111, 4, 5), 1);
        assert_eq!([of_degree(0), of_degree(1), of_degree(33)], [None; 3]);
    }

    #[test]
    fn names_and_back() {
        for text in ["7", "16", "32", "5,4", "8,8", "3,2,1"] {
            assert_eq!(name(read(text).unwrap()), text);
        }
        assert_eq!(name(read("16,15,13,4").unwrap()), "16");
        for bad in ["", "0", "1", "33", "33,1", "0,3", "7,", "-7", "7.5", "99999999999", "7,6,"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
