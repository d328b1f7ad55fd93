//! Codes: a block's symbols in row-major order as a number in base `k`, the first symbol most significant.

use turmite_tables::Shape;

use crate::BdmError;

/// How many contents a block of the shape has; an error above 2^64, where codes end.
pub(crate) fn contents(shape: &Shape, symbols: u8) -> Result<u128, BdmError> {
    let too_large = || BdmError::BlockTooLarge { shape: *shape, symbols };
    let cells = u32::try_from(shape.cells()).map_err(|_| too_large())?;
    let contents = u128::from(symbols).checked_pow(cells).ok_or_else(too_large)?;
    if contents > 1 << 64 { Err(too_large()) } else { Ok(contents) }
}

/// The code of some symbols.
#[inline]
pub(crate) fn encode(cells: &[u8], symbols: u8) -> u64 {
    cells.iter().fold(0, |code, &cell| append(code, cell, symbols))
}

/// The code with one symbol more at its end.
#[inline]
pub(crate) fn append(code: u64, cell: u8, symbols: u8) -> u64 {
    code.wrapping_mul(u64::from(symbols)).wrapping_add(u64::from(cell))
}

/// The symbols of a code.
pub(crate) fn decode(code: u64, length: usize, symbols: u8) -> Vec<u8> {
    let mut cells = vec![0; length];
    let (mut rest, base) = (code, u64::from(symbols.max(1)));
    for cell in cells.iter_mut().rev() {
        *cell = (rest % base) as u8;
        rest /= base;
    }
    cells
}
