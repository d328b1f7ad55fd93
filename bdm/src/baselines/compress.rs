//! Lengths under compression. The compressors keep their state between records: most of the time for a short record
//! would go into setting them up.

use std::fmt;

use flate2::{Compress, Compression, FlushCompress, Status};

use crate::BdmError;

/// Header and trailer of a gzip file without a name: 10 bytes and 8.
const GZIP_FRAME: u64 = 18;

/// Sizes of gzip files, without making them.
///
/// The size is that of zlib-rs, which is the same on every processor. Implementations differ by little: of the King James
/// Bible's 915,234 bytes in `tests/data/prose` zlib-rs makes 242,180, GNU gzip 242,236 and Python's zlib 242,387.
///
/// ```
/// use turmite_bdm::Gzip;
///
/// let mut gzip = Gzip::new();
/// assert_eq!(gzip.bytes(b"")?, 20);
/// assert!(gzip.bytes(&[b'a'; 1000])? < 40);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
#[derive(Debug)]
pub struct Gzip {
    deflate: Compress,
    out: Vec<u8>,
}

impl Gzip {
    /// Level 6, the default of gzip and of zlib.
    #[must_use]
    pub fn new() -> Self {
        Self::level(6)
    }

    fn level(level: u32) -> Self {
        Self { deflate: Compress::new(Compression::new(level), false), out: vec![0; 1 << 15] }
    }

    /// The bytes of the gzip file that holds `data`: header, deflated data, trailer.
    ///
    /// # Complexity
    /// O(n) time and a fixed buffer: what is written is counted and dropped.
    ///
    /// # Errors
    /// None that a caller can cause; a fault inside the compressor.
    pub fn bytes(&mut self, data: &[u8]) -> Result<u64, BdmError> {
        self.run(data, |_| {})
    }

    /// The deflated data, as `bytes` counts it with its frame.
    fn run(&mut self, data: &[u8], mut take: impl FnMut(&[u8])) -> Result<u64, BdmError> {
        self.deflate.reset();
        loop {
            let (read, written) = (self.deflate.total_in() as usize, self.deflate.total_out());
            let status = self.deflate.compress(&data[read..], &mut self.out, FlushCompress::Finish);
            let status = status.map_err(|error| BdmError::Compressor { name: "gzip", reason: error.to_string() })?;
            take(&self.out[..(self.deflate.total_out() - written) as usize]);
            if status == Status::StreamEnd {
                return Ok(self.deflate.total_out() + GZIP_FRAME);
            }
        }
    }
}

impl Default for Gzip {
    fn default() -> Self {
        Self::new()
    }
}

/// Sizes of Zstandard frames.
///
/// ```
/// use turmite_bdm::Zstd;
///
/// let mut zstd = Zstd::new()?;
/// assert!(zstd.bytes(&[b'a'; 1000])? < 30);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
pub struct Zstd {
    compressor: zstd::bulk::Compressor<'static>,
    out: Vec<u8>,
}

impl Zstd {
    /// Level 3, the default of zstd.
    ///
    /// # Errors
    /// A compressor that cannot be set up, for lack of memory.
    pub fn new() -> Result<Self, BdmError> {
        let compressor = zstd::bulk::Compressor::new(3).map_err(|error| fault(&error))?;
        Ok(Self { compressor, out: Vec::new() })
    }

    /// The bytes of the frame that holds `data`: its length is in the header, a checksum is not (the zstd command adds
    /// one of 4 bytes).
    ///
    /// # Complexity
    /// O(n) time; memory for the longest frame so far.
    ///
    /// # Errors
    /// None that a caller can cause; a fault inside the compressor.
    pub fn bytes(&mut self, data: &[u8]) -> Result<u64, BdmError> {
        self.out.clear();
        self.out.reserve(zstd::zstd_safe::compress_bound(data.len()));
        let written = self.compressor.compress_to_buffer(data, &mut self.out).map_err(|error| fault(&error))?;
        Ok(written as u64)
    }
}

impl fmt::Debug for Zstd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Zstd").field("level", &3).finish_non_exhaustive()
    }
}

fn fault(error: &std::io::Error) -> BdmError {
    BdmError::Compressor { name: "zstd", reason: error.to_string() }
}

/// How often [`diversity_ratio`] compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompressionPasses {
    /// Once: what a compression ratio means.
    One,
    /// Twice, gzip within gzip, and the name of a temporary file in the outer header: what version 0.3.1 of the package
    /// computes, by `gzip.compress` written through a `GzipFile`.
    Diversity,
}

/// The compression ratio of the Python package diversity (Shaib et al. 2024): bytes of the texts joined by single spaces
/// over their bytes under gzip at level 9. Larger is more repetitive. `None` without texts.
///
/// diversity 0.3.1 compresses twice, so that it understates the ratio of repetitive data by half and more; both
/// definitions are here by name. It rounds to three decimals, this does not.
///
/// ```
/// use turmite_bdm::{CompressionPasses, diversity_ratio};
///
/// let texts = ["a a a a"; 100];
/// let once = diversity_ratio(&texts, CompressionPasses::One)?.expect("there are texts");
/// let twice = diversity_ratio(&texts, CompressionPasses::Diversity)?.expect("there are texts");
/// assert!(once > 25.0 && twice < 15.0);
/// # Ok::<(), turmite_bdm::BdmError>(())
/// ```
///
/// # Errors
/// As [`Gzip::bytes`].
pub fn diversity_ratio<S: AsRef<str>>(texts: &[S], passes: CompressionPasses) -> Result<Option<f64>, BdmError> {
    if texts.is_empty() {
        return Ok(None);
    }
    let joined = texts.iter().map(AsRef::as_ref).collect::<Vec<&str>>().join(" ");
    let mut gzip = Gzip::level(9);
    let compressed = match passes {
        CompressionPasses::One => gzip.bytes(joined.as_bytes())?,
        CompressionPasses::Diversity => {
            // The header's clock and flags and the trailer's checksum do not compress, whatever they are; these stand in.
            let mut inner = vec![0x1f, 0x8b, 8, 0, 0x6a, 0x24, 0x3f, 0x88, 2, 0xff];
            gzip.run(joined.as_bytes(), |part| inner.extend_from_slice(part))?;
            inner.extend([0x85, 0xa3, 0x08, 0xd3]);
            inner.extend((joined.len() as u32).to_le_bytes());
            gzip.bytes(&inner)? + "compressed\0".len() as u64
        }
    };
    Ok(Some(joined.len() as f64 / compressed as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use flate2::write::GzEncoder;
    use std::io::{Read, Write};

    fn prose() -> Vec<u8> {
        let words = ["the ", "turmite ", "walks ", "and ", "writes ", "one ", "zero "];
        (0u32..40_000).flat_map(|at| words[(at.wrapping_mul(2_654_435_761) >> 16) as usize % 7].bytes()).collect()
    }

    #[test]
    fn sizes_are_those_of_files_and_state_does_not_show() {
        let (mut gzip, mut zstd) = (Gzip::new(), Zstd::new().unwrap());
        let prose = prose();
        for data in [&prose[..], b"", b"a", &prose[..1000], &[0; 70_000], b"a", &prose[..]] {
            let mut file = GzEncoder::new(Vec::new(), Compression::new(6));
            file.write_all(data).unwrap();
            let file = file.finish().unwrap();
            let mut back = Vec::new();
            GzDecoder::new(&file[..]).read_to_end(&mut back).unwrap();
            assert_eq!(back, data);
            // A stream that is fed whole may end its blocks elsewhere than one that is fed by the piece.
            let found = gzip.bytes(data).unwrap();
            assert!(found.abs_diff(file.len() as u64) * 100 <= found, "{found} and {}", file.len());
            assert_eq!(gzip.bytes(data).unwrap(), found);

            let frame = zstd::bulk::compress(data, 3).unwrap();
            assert_eq!(zstd.bytes(data).unwrap(), frame.len() as u64);
            assert_eq!(zstd::bulk::decompress(&frame, data.len()).unwrap(), data);
        }
    }

    /// The texts of diversity's README; 1.141 is what its code gives, 162 / 108 what one pass gives. Executed with
    /// diversity 0.3.1 and Python's zlib. Its third algorithm, xz (1.038 of these texts), is not offered here: on records of a few
    /// hundred bytes it measures its own container.
    #[test]
    fn ratios_of_the_diversity_package() {
        let texts = [
            "The quick brown fox jumps over the lazy dog.",
            "The quick brown fox jumps over the lazy dog again.",
            "Suddenly, the quick brown fox leaps swiftly over the sleeping dog.",
        ];
        let ratio = |passes| diversity_ratio(&texts, passes).unwrap().unwrap();
        assert_eq!(ratio(CompressionPasses::One), 162.0 / 108.0);
        assert_eq!((ratio(CompressionPasses::Diversity) * 1000.0).round(), 1141.0);
        assert_eq!(diversity_ratio::<&str>(&[], CompressionPasses::One).unwrap(), None);
        // Of 100 x "a a a a" it gives 13.317, and one pass 27.552: 799 bytes, 60 and 29.
        let texts = ["a a a a"; 100];
        let ratio = |passes| diversity_ratio(&texts, passes).unwrap().unwrap();
        assert_eq!(ratio(CompressionPasses::One), 799.0 / 29.0);
        assert_eq!(ratio(CompressionPasses::Diversity), 799.0 / 60.0);
    }
}
