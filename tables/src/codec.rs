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

/// Decodes all of `bytes` that may be long and whose checksum has been seen to hold.
///
/// # Errors
/// What bincode says, or that there are bytes left over.
pub fn decode_whole<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let config = bincode::config::standard().with_fixed_int_encoding();
    let (value, used) = bincode::serde::decode_from_slice(bytes, config).map_err(|e| e.to_string())?;
    whole(value, used, bytes)
}

fn whole<T>(value: T, used: usize, bytes: &[u8]) -> Result<T, String> {
    if used == bytes.len() { Ok(value) } else { Err(format!("{} bytes after the end", bytes.len() - used)) }
}
