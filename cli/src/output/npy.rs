//! NumPy arrays: `.npy` of version 1.0 (NEP 1).

use std::io::{self, Write};

/// Doubles along some axes, the last one fastest.
pub(crate) fn doubles(out: &mut dyn Write, axes: &[usize], values: &[f64]) -> io::Result<()> {
    header(out, "<f8", axes)?;
    values.iter().try_for_each(|value| out.write_all(&value.to_le_bytes()))
}

/// Bytes along some axes, the last one fastest.
pub(crate) fn bytes(out: &mut dyn Write, axes: &[usize], values: &[u8]) -> io::Result<()> {
    header(out, "|u1", axes)?;
    out.write_all(values)
}

fn header(out: &mut dyn Write, kind: &str, axes: &[usize]) -> io::Result<()> {
    let shape: String = axes.iter().map(|axis| format!("{axis}, ")).collect();
    let text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({}), }}", shape.trim_end());
    // Magic, version and length take ten bytes; data start at a multiple of 64.
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&u16::try_from(length).map_err(io::Error::other)?.to_le_bytes())?;
    writeln!(out, "{text:width$}", width = length - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_numpy_writes_it() {
        let mut file = Vec::new();
        doubles(&mut file, &[2], &[1.5, -2.0]).unwrap();
        assert_eq!(&file[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let header = std::str::from_utf8(&file[10..128]).unwrap();
        assert_eq!(header.trim_end(), "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }");
        assert!(header.ends_with('\n'));
        assert_eq!(file[128..], [1.5f64.to_le_bytes(), (-2f64).to_le_bytes()].concat());
        let mut file = Vec::new();
        bytes(&mut file, &[2, 2], &[0, 1, 1, 0]).unwrap();
        assert!(std::str::from_utf8(&file[10..128]).unwrap().contains("'|u1'"));
        assert!(std::str::from_utf8(&file[10..128]).unwrap().contains("(2, 2,)"));
    }
}
