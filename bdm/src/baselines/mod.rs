//! What people measure today in place of complexity, by the definitions they know, so that it can stand beside BDM.
//!
//! | column | what | of |
//! | --- | --- | --- |
//! | `gzip_bytes`, `zstd_bytes` | [`Gzip`] level 6, [`Zstd`] level 3 | the record's bytes |
//! | `distinct_1` to `distinct_4` | [`Distinct`]: different n-grams over all n-grams | words, or the symbols of an array |
//! | `gopher_*` | [`Gopher`]: the repetition fractions of Gopher, as datatrove counts them | text |
//!
//! The bytes of a text record are its UTF-8, those of a record given as bytes are themselves, and an array has one byte
//! a symbol. [`diversity_ratio`] and [`permutation_entropy`] have no column.

mod compress;
mod distinct;
mod gopher;
mod permutation_entropy;

pub use compress::{CompressionPasses, Gzip, Zstd, diversity_ratio};
pub use distinct::Distinct;
pub use gopher::Gopher;
pub use permutation_entropy::permutation_entropy;
