//! Planes and solids: published and brute-force counts.

use std::collections::BTreeMap;

use turmite_ctm::{Direction, Entry, EnumerateOptions, Machine, Quiet, enumerate, replay, run};
use turmite_tables::{Shape, Space, Table};

fn table_of(space: &str, max_steps: u64) -> Table {
    let space: Space = space.parse().unwrap();
    let table = enumerate(&EnumerateOptions::new(space, max_steps), &Quiet).unwrap().into_table().unwrap();
    table.verify().unwrap();
    assert_eq!(table.provenance().weights.unwrap().sum(), space.pairs());
    table
}

fn count(table: &Table, string: &str) -> u128 {
    let (shape, symbols) = Shape::parse_string(string, table.symbols()).unwrap();
    let shape = shape.lifted(usize::from(table.space().dims()));
    table.lookup(&shape, &symbols).unwrap().row.map_or(0, |r| r.count.unwrap())
}

/// Independent brute force of (2,2)-2D and (2,2)-3D; our own earlier runs of (3,2)-2D.
#[test]
fn small_planes_and_solids() {
    let table = table_of("2x2-2d", 100);
    assert_eq!((table.total(), table.outputs()), (Some(35_376), 58));
    for string in ["0", "1"] {
        assert_eq!(count(&table, string), 11_664, "{string}");
    }
    for string in ["00", "01", "10", "11", "0/0", "0/1", "1/0", "1/1"] {
        assert_eq!(count(&table, string), 1_484, "{string}");
    }
    assert_eq!(replay(&table).unwrap(), 58);
    let table = table_of("3x2-2d", 100);
    assert_eq!((table.total(), table.outputs()), (Some(92_814_080), 3_168));
    assert_eq!(replay(&table).unwrap(), 3_168);
    let table = table_of("2x2-3d", 30);
    assert_eq!((table.total(), table.outputs()), (Some(106_328), 110));
    for string in ["00", "0/1", "1//1"] {
        assert_eq!(count(&table, string), 2_972, "{string}");
    }
    assert_eq!(replay(&table).unwrap(), 110);
}

/// 492,407,697,952 pairs, by our own earlier run without any decider: a translated cycle that is none would be missing here.
#[test]
fn four_states_on_a_plane() {
    let space: Space = "4x2-2d".parse().unwrap();
    let enumeration = enumerate(&EnumerateOptions::new(space, 100), &Quiet).unwrap();
    assert_eq!(enumeration.nodes(), 6_689_625);
    assert_eq!(2 * enumeration.halting(), 492_407_697_952);
}

/// Cutoffs below what the spaces need, planes of three symbols, and cells beyond every window: against machines run
/// one by one where that can be done.
#[test]
fn planes_equal_brute_force() {
    for (space, max_steps) in [("1x2-2d", 5), ("1x3-2d", 5), ("1x2-3d", 5), ("2x2-2d", 5), ("2x2-3d", 4)] {
        let space: Space = space.parse().unwrap();
        let table = enumerate(&EnumerateOptions::new(space, max_steps), &Quiet).unwrap().into_table().unwrap();
        let truth = brute_force(space, max_steps);
        assert_eq!(table.outputs(), truth.len() as u64, "{space}");
        for member in table.strings() {
            let member = member.unwrap();
            let (count, (steps, blank, text)) = &truth[&(member.row.shape, member.symbols.clone())];
            let witness = member.row.witness.as_ref().unwrap();
            let (machine, on) = Machine::of_witness(space, witness, &member.original).unwrap();
            assert_eq!((member.row.count, member.row.min_steps), (Some(*count), Some(*steps)));
            if space.symbols() == 2 {
                assert_eq!((machine.to_string(), on), (text.clone(), *blank), "{space} {:?}", member.symbols);
            }
        }
    }
}

/// Count, least steps and the witness: steps, then blank, then text, of the entries its run reaches.
type Truth = BTreeMap<(Shape, Vec<u8>), (u128, (u64, u8, String))>;

fn brute_force(space: Space, max_steps: u64) -> Truth {
    let directions = &Direction::ALL[..usize::from(space.directions())];
    let mut options: Vec<Entry> = (0..space.symbols()).map(|write| Entry::Halt { write }).collect();
    for write in 0..space.symbols() {
        for next in 0..space.states() {
            options.extend(directions.iter().map(|&direction| Entry::Step { write, direction, next }));
        }
    }
    let mut truth = Truth::new();
    for number in 0..options.len().pow(space.entries() as u32) {
        let mut rest = number;
        let entries: Vec<Entry> = (0..space.entries())
            .map(|_| {
                let digit = rest % options.len();
                rest /= options.len();
                options[digit]
            })
            .collect();
        let machine = Machine::new(space, entries.clone()).unwrap();
        for blank in 0..space.symbols() {
            let mut reached = vec![Entry::Undefined; entries.len()];
            let note = |state: u8, _: [i64; 3], symbol: u8| {
                let at = usize::from(state) * usize::from(space.symbols()) + usize::from(symbol);
                reached[at] = entries[at];
            };
            let Some(halted) = run(&machine, blank, max_steps, note) else { continue };
            let text = Machine::new(space, reached).unwrap().to_string();
            let found = (halted.steps, blank, text);
            let row = truth.entry((halted.shape, halted.symbols)).or_insert_with(|| (0, found.clone()));
            row.0 += 1;
            row.1 = row.1.clone().min(found);
        }
    }
    truth
}
