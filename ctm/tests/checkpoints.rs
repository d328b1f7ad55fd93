//! A run that is stopped and goes on gives the bytes of one that never stopped.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use turmite_ctm::{CtmError, EnumerateOptions, Observer, Quiet, enumerate};
use turmite_tables::{Shard, Space, Table};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// Stops when so many subtrees more are done.
struct StopAfter {
    subtrees: usize,
    seen: AtomicUsize,
}

impl Observer for StopAfter {
    fn progress(&self, _: f64, _: u64) {
        self.seen.fetch_add(1, Ordering::Relaxed);
    }

    fn stop(&self) -> bool {
        // The first call tells what an earlier run has done.
        self.seen.load(Ordering::Relaxed) > self.subtrees
    }
}

fn bytes(options: &EnumerateOptions) -> Result<Vec<u8>> {
    Ok(enumerate(options, &Quiet)?.into_builder()?.build()?)
}

/// Runs in pieces of so many subtrees, on 1, 2, 3, ... threads, and counts the pieces.
fn in_pieces(options: &EnumerateOptions, checkpoint: &Path, subtrees: usize) -> Result<(Vec<u8>, usize)> {
    for piece in 0.. {
        let options = options.clone().threads(1 + piece % 3).checkpoint(checkpoint.to_owned());
        match enumerate(&options, &StopAfter { subtrees, seen: AtomicUsize::new(0) }) {
            Err(CtmError::Interrupted { path }) => assert_eq!(path, checkpoint),
            done => return Ok((done?.into_builder()?.build()?, piece + 1)),
        }
    }
    unreachable!("a run of pieces ends")
}

#[test]
fn pieces_are_the_whole() -> Result {
    let folder = tempfile::tempdir()?;
    let options = EnumerateOptions::new("4x2-1d".parse()?, 107);
    let (pieced, pieces) = in_pieces(&options, &folder.path().join("c"), 1000)?;
    assert!(pieces > 2, "{pieces} pieces");
    assert!(pieced == bytes(&options)?);
    Ok(())
}

#[test]
fn shards_in_pieces_merge_to_the_whole() -> Result {
    let folder = tempfile::tempdir()?;
    let whole = EnumerateOptions::new("4x2-1d".parse()?, 107);
    let mut parts = Vec::new();
    for index in [2, 0, 1] {
        let options = whole.clone().shard(Shard { index, of: 3 });
        let (part, pieces) = in_pieces(&options, &folder.path().join(index.to_string()), 500)?;
        assert!(pieces > 1);
        parts.push(Table::from_bytes(part)?);
    }
    assert!(turmite_tables::merge(&parts)?.build()? == bytes(&whole)?);
    Ok(())
}

#[test]
fn a_finished_checkpoint_gives_the_table_again() -> Result {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("done");
    let options = EnumerateOptions::new("3x2-1d".parse()?, 21).checkpoint(path);
    assert!(bytes(&options)? == bytes(&options)?);
    Ok(())
}

#[test]
fn foreign_and_broken_checkpoints_are_refused() -> Result {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("c");
    let space: Space = "3x2-1d".parse()?;
    let run = |options: EnumerateOptions| {
        enumerate(&options.checkpoint(path.clone()), &Quiet)
            .map(|_| ())
            .map_err(|e| e.to_string())
            .err()
            .unwrap_or_default()
    };
    assert_eq!(run(EnumerateOptions::new(space, 21)), "");
    let sound = std::fs::read(&path)?;
    let other = run(EnumerateOptions::new("2x3-1d".parse()?, 21));
    assert!(other.contains("found space 3x2-1d") && other.contains("expected space 2x3-1d"), "{other}");
    assert!(run(EnumerateOptions::new(space, 22)).contains("max_steps 22"));
    assert!(run(EnumerateOptions::new(space, 21).shard(Shard { index: 1, of: 2 })).contains("shard 1/2"));
    for place in [0, 8, 16, 24, 40, sound.len() - 1] {
        let mut broken = sound.clone();
        broken[place] ^= 1;
        std::fs::write(&path, broken)?;
        assert!(run(EnumerateOptions::new(space, 21)).contains("name another file"), "byte {place}");
    }
    for length in [0, 7, 31, sound.len() - 1] {
        std::fs::write(&path, &sound[..length])?;
        assert!(run(EnumerateOptions::new(space, 21)).contains("name another file"), "{length} bytes");
    }
    std::fs::write(&path, &sound)?;
    assert_eq!(run(EnumerateOptions::new(space, 21)), "");
    Ok(())
}

#[test]
fn too_little_memory_is_said() -> Result {
    let error = enumerate(&EnumerateOptions::new("3x2-2d".parse()?, 50).memory(1 << 10), &Quiet).map(|_| ());
    assert!(matches!(error, Err(CtmError::Memory { .. })), "{error:?}");
    // Subtrees of hours: it is found inside of one.
    let large = EnumerateOptions::new("3x5-2d".parse()?, 500).memory(16 << 20).threads(2);
    match enumerate(&large, &Quiet) {
        Err(CtmError::Memory { needed, .. }) => assert!(needed < 24 << 20, "{needed} bytes"),
        other => panic!("{:?}", other.map(|_| ())),
    }
    Ok(())
}

#[test]
fn shards_without_long_strings_merge_to_the_whole() -> Result {
    let whole = EnumerateOptions::new("3x2-2d".parse()?, 50).within(Some("2x3".parse()?));
    let parts: Vec<Table> = (0..3)
        .map(|index| Ok(Table::from_bytes(bytes(&whole.clone().shard(Shard { index, of: 3 }))?)?))
        .collect::<Result<_>>()?;
    let merged = turmite_tables::merge(&parts)?.build()?;
    assert!(merged == bytes(&whole)?);
    let (short, all) = (Table::from_bytes(merged)?, Table::from_bytes(bytes(&whole.clone().within(None))?)?);
    short.verify()?;
    // To cut the whole is to run with the limit.
    assert!(turmite_tables::cut(&all, "2x3".parse()?)?.build()? == bytes(&whole)?);
    assert!(turmite_tables::cut(&short, "3x3".parse()?).is_err(), "more than there is");
    assert!(turmite_tables::cut(&all, "4".parse()?).is_err(), "of other dimensions");
    assert!(short.len() < all.len());
    for row in short.rows() {
        let row = row?;
        assert_eq!(Some(row.k), all.k(&row.shape, &row.symbols)?);
    }
    let foreign =
        Table::from_bytes(bytes(&whole.clone().within(Some("2x4".parse()?)).shard(Shard { index: 0, of: 3 }))?)?;
    let [_, second, third] = <[Table; 3]>::try_from(parts).map_err(|_| "three")?;
    let refused = turmite_tables::merge(&[foreign, second, third]).map(|_| ()).map_err(|e| e.to_string());
    assert!(refused.is_err_and(|e| e.contains("strings within 2x4")));
    Ok(())
}
