//! Amounts of memory, as people write them, and how much there is.

/// Reads `512M`, `4G` or a number of bytes; K, M, G and T are powers of 1,024.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no size; expected bytes, or a number with K, M, G or T, such as 4G");
    let digits = text.trim_end_matches(['B', 'b']).trim_end_matches(['i', 'I']);
    let unit = digits.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let power = match unit.to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err(wrong()),
    };
    let number: f64 = digits[..digits.len() - unit.len()].parse().map_err(|_| wrong())?;
    let bytes = number * f64::from(2u32.pow(power.min(30))) * f64::from(2u32.pow(power.saturating_sub(30)));
    if (1.0..9e18).contains(&bytes) { Ok(bytes as u64) } else { Err(wrong()) }
}

/// Three quarters of what this process may use: of the machine's memory, or of what its control group leaves it.
pub(crate) fn three_quarters() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let group = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    match system.total_memory().min(group) {
        // Not told here.
        0 => u64::MAX,
        bytes => bytes / 4 * 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_as_people_write_them() {
        let read = |text| parse(text).unwrap_or(0);
        assert_eq!(
            [read("1"), read("512M"), read("4G"), read("1.5GiB"), read("2k")],
            [1, 512 << 20, 4 << 30, 3 << 29, 2048]
        );
        for bad in ["", "G", "0", "-1", "4X", "1e999", "4 G", "."] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(three_quarters() > 1 << 26);
    }
}
