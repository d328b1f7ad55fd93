//! The only user of bincode: metadata of tables and, lent out, checkpoints, to bytes and back.
//!
//! bincode is pinned to 2.0.1, its last working release: 3.0.0 on the registry is a tombstone that does not
//! compile, and the crate is no longer maintained. Keeping it behind these two functions makes its replacement
//! a change of one file and one format version.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Metadata is small; a length field that claims more is hostile.
const LIMIT: usize = 64 << 20;

fn config()
-> bincode::config::Configuration<bincode::config::LittleEndian, bincode::config::Fixint, bincode::config::Limit<LIMIT>>
{
    bincode::config::standard().with_fixed_int_encoding().with_limit::<LIMIT>()
}

/// Encodes `value`, little endian, fixed-width integers.
///
/// # Errors
/// What bincode says.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, String> {
    bincode::serde::encode_to_vec(value, config()).map_err(|e| e.to_string())
}

/// Decodes all of `bytes`; left-over bytes are an error.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let (value, used) = bincode::serde::decode_from_slice(bytes, config()).map_err(|e| e.to_string())?;
    whole(value, used, bytes)
}

/// Decodes all of `bytes`, which may be long.
///
/// # Errors
/// What bincode says, or that there are bytes left over.
pub fn decode_whole<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // A length field may claim at most sixteen times the bytes at hand: bincode takes its limit as a constant.
    match bytes.len() {
        0..SMALL => decode_within::<T, SMALL>(bytes),
        SMALL..MIDDLE => decode_within::<T, MIDDLE>(bytes),
        MIDDLE..LARGE => decode_within::<T, LARGE>(bytes),
        LARGE..HUGE => decode_within::<T, HUGE>(bytes),
        length => Err(format!("{length} bytes, more than any run leaves")),
    }
}

const SMALL: usize = 1 << 20;
const MIDDLE: usize = 1 << 24;
const LARGE: usize = 1 << 28;
/// 64 GiB; where addresses are of 32 bits, all of them.
const HUGE: usize = if usize::BITS > 36 { 1usize.rotate_left(36) } else { usize::MAX };

fn decode_within<T: DeserializeOwned, const MOST: usize>(bytes: &[u8]) -> Result<T, String> {
    let config = bincode::config::standard().with_fixed_int_encoding().with_limit::<MOST>();
    let (value, used) = bincode::serde::decode_from_slice(bytes, config).map_err(|e| e.to_string())?;
    whole(value, used, bytes)
}

fn whole<T>(value: T, used: usize, bytes: &[u8]) -> Result<T, String> {
    if used == bytes.len() { Ok(value) } else { Err(format!("{} bytes after the end", bytes.len() - used)) }
}
