//! Bytes in: files and standard input, decompressed where they are compressed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result, anyhow};
use flate2::bufread::GzDecoder;

/// How many bytes have been read so far, as they lie on the disk: for progress.
#[derive(Debug, Default)]
pub(crate) struct Meter(AtomicU64);

impl Meter {
    pub(crate) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts bytes read in another way than through [`open`].
    pub(super) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// By the name's last part.
    fn of_name(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "gz" | "gzip" => Some(Self::Gzip),
            "zst" | "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// By the first bytes: a gzip member with the only method there is, or a Zstandard frame (RFC 1952, RFC 8878).
    fn of_magic(head: &[u8]) -> Option<Self> {
        match head {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            _ => None,
        }
    }
}

/// A path without the part that names a compression: the rest names the kind of file.
pub(super) fn unpacked_name(path: &Path) -> &Path {
    match (Packing::of_name(path), path.file_stem()) {
        (Some(_), Some(stem)) => Path::new(stem),
        _ => path,
    }
}

/// Opens a file, or standard input for `-`. What starts as gzip or Zstandard is decompressed, whatever its name.
///
/// # Errors
/// A file that cannot be opened or read, or is called compressed and is not.
pub(super) fn open(path: &Path, meter: &std::sync::Arc<Meter>) -> Result<Box<dyn Read + Send>> {
    let file: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).with_context(|| format!("{}: cannot open", path.display()))?)
    };
    let mut file = Counted { file, meter: std::sync::Arc::clone(meter) };
    let mut head = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut head).with_context(|| format!("{}: cannot read", path.display()))?;
    let packing = Packing::of_magic(&head);
    if let (None, Some(expected)) = (packing, Packing::of_name(path)) {
        let name = expected.name();
        return Err(anyhow!("{}: is called {name} but holds none; decompress it, or rename it", path.display()));
    }
    let bytes = Cursor::new(head).chain(file);
    let decoder: Box<dyn Read + Send> = match packing {
        None => return Ok(Box::new(bytes)),
        Some(Packing::Gzip) => Box::new(Members::new(BufReader::with_capacity(1 << 16, bytes))),
        Some(Packing::Zstd) => Box::new(zstd::Decoder::new(bytes)?),
    };
    Ok(Box::new(Unpacked { decoder, packing: packing.map_or("", Packing::name) }))
}

/// The members of a gzip file as one stream. Zeros behind the last are padding, as gzip(1) has it; anything else is no part of the
/// data, and would be lost without a word.
struct Members<R> {
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(reader: R) -> Self {
        Self { member: Some(GzDecoder::new(reader)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(mut rest) = self.member.take().map(GzDecoder::into_inner) else { break };
            loop {
                let held = rest.fill_buf()?;
                let zeros = held.iter().take_while(|&&byte| byte == 0).count();
                match held.get(zeros) {
                    None if zeros == 0 => return Ok(0),
                    None => rest.consume(zeros),
                    // A member starts at once, never behind padding.
                    Some(0x1f) if zeros == 0 => {
                        self.member = Some(GzDecoder::new(rest));
                        break;
                    }
                    Some(_) => {
                        let what = "other bytes follow its end; cut them off";
                        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                    }
                }
            }
        }
        Ok(0)
    }
}

struct Counted<R> {
    file: R,
    meter: std::sync::Arc<Meter>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.meter.add(read as u64);
        Ok(read)
    }
}

/// A decoder whose errors say what is wrong with the file.
struct Unpacked {
    decoder: Box<dyn Read + Send>,
    packing: &'static str,
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof => io::Error::new(
                error.kind(),
                format!("the {} data is truncated: the file ends before they do; fetch it again", self.packing),
            ),
            _ => io::Error::new(error.kind(), format!("the {} data is corrupt: {error}", self.packing)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::Arc;

    fn read(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let meter = Arc::new(Meter::default());
        let mut out = Vec::new();
        open(&path, &meter)?.read_to_end(&mut out)?;
        assert_eq!(meter.bytes(), bytes.len() as u64);
        Ok(out)
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn compressed_files_are_known_by_their_first_bytes() {
        let content: Vec<u8> =
            (0..100_000u32).flat_map(|i| (i.wrapping_mul(2_654_435_761) >> 7).to_le_bytes()).collect();
        let frame = zstd::encode_all(&content[..], 3).unwrap();
        let twice = [&content[..], &content].concat();
        assert_eq!(read(&gzip(&content), "a.txt").unwrap(), content);
        assert_eq!(read(&frame, "a").unwrap(), content);
        // Members and frames that follow each other are one stream.
        assert_eq!(read(&[gzip(&content), gzip(&content)].concat(), "a.gz").unwrap(), twice);
        assert_eq!(read(&[&frame[..], &frame].concat(), "a.zst").unwrap(), twice);
        assert_eq!(read(b"\x1f", "a").unwrap(), b"\x1f");
    }

    #[test]
    fn what_is_cut_short_says_so() {
        let content: Vec<u8> = (0..2000u32).map(|i| ((i * i) >> 5) as u8).collect();
        for (bytes, name) in [(gzip(&content), "gzip"), (zstd::encode_all(&content[..], 3).unwrap(), "zstd")] {
            for kept in (5..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
                let error = format!("{:#}", read(&bytes[..kept], "a").unwrap_err());
                assert!(error.contains(&format!("the {name} data is truncated")), "{kept} bytes: {error}");
            }
        }
        let whole = gzip(&content);
        assert_eq!(read(&[&whole[..], &[0; 700]].concat(), "a").unwrap(), content);
        for rest in [&b"x"[..], b"\0\0junk behind it", b"\0\x1f\x8b"] {
            let error = format!("{:#}", read(&[&whole[..], rest].concat(), "a").unwrap_err());
            assert!(error.contains("the gzip data is corrupt: other bytes follow its end"), "{error}");
        }
        let mut spoilt = gzip(&content);
        spoilt[20] ^= 0x55;
        assert!(format!("{:#}", read(&spoilt, "a").unwrap_err()).contains("corrupt"));
        let error = read(b"", "a.jsonl.gz").unwrap_err().to_string();
        assert!(error.ends_with("is called gzip but holds none; decompress it, or rename it"), "{error}");
    }

    #[test]
    fn names_without_their_compression() {
        for (name, inner) in [("a/b.jsonl.gz", "b.jsonl"), ("b.csv.zst", "b.csv"), ("b.txt", "b.txt"), ("gz", "gz")] {
            assert_eq!(unpacked_name(Path::new(name)), Path::new(inner));
        }
    }
}
