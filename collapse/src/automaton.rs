//! Elementary cellular automata with periodic rows: every cell beside the three above it.

use crate::rule::Checks;

/// Calls `visit(neighbourhood, cell)` for every cell that has a full row above it, rows periodic.
pub(crate) fn for_neighbourhoods(record: &[u8], width: usize, mut visit: impl FnMut(u8, u8)) {
    let width = width.max(1);
    for (above, row) in record.chunks(width).zip(record.chunks(width).skip(1)) {
        // The row above is full: only the last row can be cut. Its bits, and those of its periodic neighbours.
        let mut before = above[width - 1] & 1;
        for (column, &cell) in row.iter().enumerate() {
            let here = above[column] & 1;
            let right = above[if column + 1 == width { 0 } else { column + 1 }] & 1;
            visit(before << 2 | here << 1 | right, cell & 1);
            before = here;
        }
    }
}

/// Cells of a row that fit a word.
const WORD: usize = u64::BITS as usize;

/// Counts the cells with a full row above them, and those that the rule does not give: a word a row where rows are short enough.
pub(crate) fn check(rule: u8, width: usize, record: &[u8]) -> Checks {
    if width > WORD {
        let mut checks = Checks::default();
        for_neighbourhoods(record, width, |neighbourhood, cell| {
            checks.made += 1;
            checks.violated += u64::from((rule >> neighbourhood) & 1 != cell);
        });
        return checks;
    }
    let width = width.max(1);
    let mut rows = record.chunks(width).map(|row| (word(row), row.len()));
    let mut checks = Checks::default();
    let Some((mut above, _)) = rows.next() else { return checks };
    for (row, cells) in rows {
        let before = above << 1 | above >> (width - 1);
        let after = above >> 1 | above << (width - 1);
        let given = (0..8).filter(|neighbourhood| rule >> neighbourhood & 1 == 1).fold(0, |given, neighbourhood| {
            let is = |bits: u64, of: u8| if neighbourhood & of == 0 { !bits } else { bits };
            given | is(before, 4) & is(above, 2) & is(after, 1)
        });
        checks.made += cells as u64;
        checks.violated += u64::from(((given ^ row) & u64::MAX >> (WORD - cells)).count_ones());
        above = row;
    }
    checks
}

/// The lowest bits of up to 64 symbols, the first lowest. Eight bytes at a time: the product brings the lowest bit of byte i to
/// bit 56 + i, and no two of its terms meet.
fn word(row: &[u8]) -> u64 {
    let of_eight =
        |bytes: [u8; 8]| (u64::from_le_bytes(bytes) & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    let (eights, rest) = row.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let all = eights.iter().copied().chain((!rest.is_empty()).then_some(last));
    all.enumerate().fold(0, |word, (at, bytes)| word | of_eight(bytes) << (8 * at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_as_words_are_rows_as_cells() {
        let mut state = 1u64;
        for width in (1..=66).chain([100]) {
            for rule in (0..=255).step_by(if width % 9 == 0 { 1 } else { 37 }) {
                let length = width * 3 + usize::from(rule) % (width + 1);
                let record: Vec<u8> = (0..length)
                    .map(|_| {
                        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                        // The lowest bit counts.
                        (state >> 33) as u8
                    })
                    .collect();
                let mut plain = Checks::default();
                for_neighbourhoods(&record, width, |neighbourhood, cell| {
                    plain.made += 1;
                    plain.violated += u64::from((rule >> neighbourhood) & 1 != cell);
                });
                assert_eq!(check(rule, width, &record), plain, "rule {rule}, width {width}");
            }
        }
        assert_eq!(check(30, 8, &[1; 8]), Checks::default());
        assert_eq!(check(30, 8, &[]), Checks::default());
    }
}
