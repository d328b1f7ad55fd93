use std::sync::Arc;

use proptest::prelude::*;
use turmite_tables::{Provenance, RowInput, Table, TableBuilder};

use super::*;
use crate::{BlockCount, PackedBits, Record};

/// A scorer whose table holds one block; its prices do not matter here.
fn scorer(symbols: u8, block: usize, partition: Partition) -> Bdm {
    let mut rows = TableBuilder::new(Provenance::imported(format!("2x{symbols}-1d").parse().unwrap(), "made up"));
    let block = Shape::line(block).unwrap();
    rows.push(RowInput::k(block, vec![0; block.cells()], 1.5)).unwrap();
    let table = Arc::new(Table::from_bytes(rows.build().unwrap()).unwrap());
    Bdm::builder(table).block(block).partition(partition).build().unwrap()
}

fn whole<'a>(bdm: &Bdm, record: impl Into<Record<'a>>) -> Vec<BlockCount> {
    let mut counts = BlockCounts::new(bdm.table().symbols());
    counts.count(record, bdm.block(), bdm.partition()).unwrap();
    counts.iter().collect()
}

fn any_partition() -> impl Strategy<Value = Partition> {
    prop_oneof![
        Just(Partition::Ignore),
        (1usize..4).prop_map(|min_length| Partition::Recursive { min_length }),
        prop_oneof![1usize..20, 100usize..300, Just(usize::MAX)].prop_map(|shift| Partition::Correlated { shift }),
        prop::option::of(1usize..40).prop_map(|shift| Partition::Periodic { shift }),
    ]
}

proptest! {
    #[test]
    fn pieces_count_as_the_whole(
        symbols in 2u8..4,
        block in 1usize..15,
        partition in any_partition(),
        pieces in prop::collection::vec(prop::collection::vec(0u8..2, 0..120), 0..12),
    ) {
        let bdm = scorer(symbols, block, partition);
        let mut stream = bdm.stream().unwrap();
        pieces.iter().for_each(|piece| stream.push_symbols(piece).unwrap());
        let line = SymbolArray::line(symbols, pieces.concat()).unwrap();
        prop_assert_eq!(stream.symbols, line.len() as u64);
        let counts = stream.finish_counts().unwrap();
        prop_assert_eq!(counts.iter().collect::<Vec<_>>(), whole(&bdm, &line));
    }

    #[test]
    fn bytes_and_bits_mix(
        symbols in 2u8..4,
        block in 1usize..15,
        partition in any_partition(),
        pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(0u8..2, 0..120)), 0..12),
    ) {
        let bdm = scorer(symbols, block, partition);
        let (mut stream, mut line) = (bdm.stream().unwrap(), Vec::new());
        for (as_bytes, piece) in pieces {
            if as_bytes {
                let bits = PackedBits::try_from(&SymbolArray::line(2, piece).unwrap()).unwrap();
                stream.push_bytes(bits.bytes()).unwrap();
                line.extend_from_slice(SymbolArray::from_bytes(bits.bytes()).cells());
            } else {
                stream.push_symbols(&piece).unwrap();
                line.extend_from_slice(&piece);
            }
        }
        let counts = stream.finish_counts().unwrap();
        prop_assert_eq!(counts.iter().collect::<Vec<_>>(), whole(&bdm, &SymbolArray::line(symbols, line).unwrap()));
    }

    #[test]
    fn memory_is_constant(block in 1usize..15, partition in any_partition()) {
        let bdm = scorer(2, block, partition);
        let mut stream = bdm.stream().unwrap();
        for _ in 0..1000 {
            stream.push_bytes(&[0x5a; 7]).unwrap();
            prop_assert!(stream.held.memory() <= 2 * GATHERED);
        }
    }

    #[test]
    fn readers_are_read_to_their_end(bytes in prop::collection::vec(any::<u8>(), 0..300), partition in any_partition()) {
        let bdm = scorer(2, 12, partition);
        // Leftovers have no price in this table, by any way.
        match (bdm.score_reader(&bytes[..]), bdm.score(&PackedBits::from_bytes(&bytes))) {
            (Ok(read), Ok(whole)) => prop_assert_eq!(read, whole),
            (read, whole) => prop_assert_eq!(read.unwrap_err().to_string(), whole.unwrap_err().to_string()),
        }
    }
}

#[test]
fn what_cannot_be_streamed_says_why() {
    let bdm = scorer(3, 4, Partition::Ignore);
    let mut stream = bdm.stream().unwrap();
    stream.push_symbols(&[0, 1, 2]).unwrap();
    let text = stream.push_symbols(&[0, 3]).unwrap_err().to_string();
    assert!(text.starts_with("found symbol 3 in cell 5, expected 0 to 2"), "{text}");
    assert_eq!(stream.symbols, 3);

    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let text = bdm.score_reader(Broken).unwrap_err().to_string();
    assert_eq!(text, "the record could not be read to its end: the disk is gone");
}
