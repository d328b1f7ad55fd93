//! The outputs of the walk: per string as the run wrote it, its weight, its least steps and the machines that need no more.

use std::collections::BTreeMap;

use foldhash::HashMap;
use serde::{Deserialize, Serialize, Serializer};
use turmite_tables::{Shape, Space};

use crate::rules::Rules;
use crate::symmetry::{Images, Labels, Placement};

/// The box visited, as run: columns, rows, planes. Axes that the run has not moved along have extent 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Extents(pub(crate) [u32; 3]);

impl Extents {
    pub(crate) fn line(cells: usize) -> Self {
        Self([cells as u32, 1, 1])
    }

    pub(crate) fn cells(self) -> u32 {
        self.0.iter().product()
    }

    /// Whether a run of the space may visit this box, and its cells can be counted: axes are taken in order.
    pub(crate) fn are_of(self, space: Space) -> bool {
        let cells = self.0.iter().try_fold(1u32, |cells, extent| cells.checked_mul(*extent));
        cells.is_some_and(|cells| cells > 0)
            && self.axes() <= usize::from(space.dims())
            && self.0[self.axes()..].iter().all(|extent| *extent == 1)
    }

    /// Axes moved along: a move makes an extent at least 2.
    pub(crate) fn axes(self) -> usize {
        self.0.iter().filter(|e| **e > 1).count()
    }
}

/// The visited cells at an undefined entry, planes outermost, columns innermost; the head's own cell is 0, to be filled
/// by the halting transition.
#[derive(Clone, Debug)]
pub(crate) enum Written {
    /// Symbols of `bits` bits each, the first most significant; the head's cell starts at bit `head_shift`.
    Word { code: u128, head_shift: u32, extents: Extents, bits: u32 },
    /// Too many for a word.
    Cells { cells: Vec<u8>, head: usize, extents: Extents },
}

/// Symbols take this many bits in the words of tapes and outputs.
pub(crate) fn symbol_bits(space: Space) -> u32 {
    match space.symbols() {
        0..=2 => 1,
        3..=4 => 2,
        _ => 4,
    }
}

/// What is known of one output.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) weight: u128,
    /// The least steps; 0 where nothing was written yet.
    pub(crate) steps: u32,
    /// The machines of so many steps as run, packed one after the other; where they are many, only those that are the
    /// first in text order in some place and with some labels.
    pub(crate) machines: Vec<u8>,
}

/// More machines than this are thinned out.
const MOST_MACHINES: usize = 256;

/// Outputs of at most this many bits have their record in an array, one a box, which the short outputs, and nearly all
/// are, find without hashing.
const DIRECT_BITS: u32 = 1 << DIRECT_LOG;
const DIRECT_LOG: usize = 4;

/// The outputs of a subtree.
///
/// Each worker fills one of its own and they are merged at the end. A table shared between the workers (`DashMap`)
/// is 8 times slower on one thread and 25 times on two (`cargo bench --bench outputs`, the strings of D(5)).
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Stored<Record, Vec<u8>>")]
pub(crate) struct Outputs {
    space: Space,
    images: Images,
    /// Outputs of boxes that do not fit in this one, however turned, have no record.
    within: Option<Shape>,
    /// The weight of the outputs that have none, by box.
    pub(crate) left_out: BTreeMap<Extents, u128>,
    records: Records,
    /// Bytes of memory taken, about.
    memory: u64,
}

/// The outputs of one box: those of at most 128 bits as words, all others as cells.
#[derive(Debug)]
pub(crate) enum OfBox {
    Words(Vec<(u128, Record)>),
    Cells(Vec<(Vec<u8>, Record)>),
}

impl Outputs {
    pub(crate) fn new(space: Space, within: Option<Shape>) -> Self {
        let records = Records::new(space);
        Self { space, images: Images::of(space), within, left_out: BTreeMap::new(), records, memory: 0 }
    }

    /// The same with nothing in it.
    pub(crate) fn empty(&self) -> Self {
        Self::new(self.space, self.within)
    }

    /// Whether outputs of this box have records.
    #[inline]
    pub(crate) fn keeps(&self, extents: Extents) -> bool {
        self.within.is_none_or(|within| within.holds_turned(extents.0))
    }

    /// Adds `weight` for an output that has none.
    pub(crate) fn leave_out(&mut self, extents: Extents, weight: u128) {
        let held = self.left_out.len();
        *self.left_out.entry(extents).or_default() += weight;
        self.memory += ((self.left_out.len() - held) * 2 * size_of::<(Extents, u128)>()) as u64;
    }

    /// Adds `weight` for the output `written`, with `symbol` in the head's cell, by a machine of `rules` that halts in `slot`.
    #[inline]
    pub(crate) fn add(&mut self, written: &Written, symbol: u8, weight: u128, steps: u64, rules: &Rules, slot: u16) {
        let (extents, record) = match written {
            Written::Word { code, head_shift, extents, .. } => {
                (*extents, self.records.word(*extents, code | u128::from(symbol) << head_shift, &mut self.memory))
            }
            Written::Cells { extents, .. } => {
                (*extents, self.records.cells(*extents, cells(written, symbol).1, &mut self.memory))
            }
        };
        record.weight += weight;
        // Steps are at most max_steps, which is checked to fit.
        let steps = steps as u32;
        if steps <= record.steps || record.steps == 0 {
            let before = record.memory();
            let machine = rules.entries(self.space, (slot, symbol)).map(|entry| self.images.codes.code(entry));
            if record.take(steps, machine, self.space) {
                record.thin_out(extents, &cells(written, symbol).1, self.space, &self.images);
            }
            self.memory = self.memory + record.memory() - before;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (&extents, &weight) in &other.left_out {
            self.leave_out(extents, weight);
        }
        let bits = symbol_bits(self.space);
        // Straight from where they lie, not by box, which would take a copy.
        let Records { direct, words, long, .. } = other.records;
        let direct = direct.into_iter().enumerate().flat_map(|(place, records)| {
            let written = records.into_iter().enumerate().filter(|(_, record)| record.weight > 0);
            written.map(move |(code, record)| ((boxed(place), code as u128), record))
        });
        for ((extents, code), theirs) in direct.chain(words) {
            let mine = self.records.word(extents, code, &mut self.memory);
            let before = mine.memory();
            if mine.merge(theirs, self.space) {
                mine.thin_out(extents, &unpack(code, extents.cells(), bits), self.space, &self.images);
            }
            self.memory = self.memory + mine.memory() - before;
        }
        for ((extents, cells), theirs) in long {
            let mine = self.records.cells(extents, cells.clone(), &mut self.memory);
            let before = mine.memory();
            if mine.merge(theirs, self.space) {
                mine.thin_out(extents, &cells, self.space, &self.images);
            }
            self.memory = self.memory + mine.memory() - before;
        }
    }

    /// Bytes of memory taken, about. Kept up to date at every growth, so that it may be asked at every node.
    #[inline]
    pub(crate) fn memory(&self) -> u64 {
        self.memory
    }

    /// Whether these are outputs of that space, kept within that box.
    pub(crate) fn are_of(&self, space: Space, within: Option<Shape>) -> bool {
        (self.space, self.within) == (space, within)
    }

    /// All outputs, by box.
    pub(crate) fn into_boxes(self) -> BTreeMap<Extents, OfBox> {
        let mut boxes = BTreeMap::new();
        for (place, records) in self.records.direct.into_iter().enumerate() {
            let written = records.into_iter().enumerate().filter(|(_, r)| r.weight > 0);
            let words: Vec<_> = written.map(|(code, record)| (code as u128, record)).collect();
            if !words.is_empty() {
                boxes.insert(boxed(place), OfBox::Words(words));
            }
        }
        for ((extents, code), record) in self.records.words {
            if let OfBox::Words(words) = boxes.entry(extents).or_insert_with(|| OfBox::Words(Vec::new())) {
                words.push((code, record));
            }
        }
        for ((extents, cells), record) in self.records.long {
            if let OfBox::Cells(all) = boxes.entry(extents).or_insert_with(|| OfBox::Cells(Vec::new())) {
                all.push((cells, record));
            }
        }
        boxes
    }
}

impl Record {
    /// Bytes of memory that its machines take, about: an allocation has some of its own.
    #[inline]
    fn memory(&self) -> u64 {
        match self.machines.capacity() {
            0 => 0,
            bytes => bytes as u64 + 16,
        }
    }

    /// Takes a machine of no more steps than known; says whether there are too many now.
    fn take(&mut self, steps: u32, machine: impl Iterator<Item = u8>, space: Space) -> bool {
        if steps != self.steps {
            self.steps = steps;
            self.machines.clear();
        }
        self.machines.extend(machine);
        self.machines.len() > MOST_MACHINES * space.entries()
    }

    fn merge(&mut self, other: Self, space: Space) -> bool {
        self.weight += other.weight;
        if self.steps == 0 || other.steps < self.steps {
            (self.steps, self.machines) = (other.steps, other.machines);
            return false;
        }
        other.steps == self.steps && self.take(other.steps, other.machines.into_iter(), space)
    }

    /// Drops the machines that are never the first.
    #[cold]
    fn thin_out(&mut self, extents: Extents, cells: &[u8], space: Space, images: &Images) {
        let machines: Vec<&[u8]> = self.machines.chunks_exact(space.entries()).collect();
        let mut kept = vec![false; machines.len()];
        for placement in Placement::all(extents.axes(), usize::from(space.dims())) {
            let canonical = Labels::canonical(placement.sources(extents).into_iter().map(|i| cells[i]));
            let complement = (space.symbols() == 2).then(|| canonical.complement());
            for labels in std::iter::once(canonical).chain(complement) {
                let first = (0..machines.len()).min_by_key(|i| images.least(machines[*i], &placement, &labels));
                first.into_iter().for_each(|i| kept[i] = true);
            }
        }
        self.machines = machines.iter().zip(kept).filter(|(_, kept)| *kept).flat_map(|(m, _)| m.to_vec()).collect();
    }
}

/// The records, so arranged that they are found fast.
#[derive(Clone, Debug, PartialEq)]
struct Records {
    /// Of a symbol.
    bits: u32,
    /// By [`place`] of the box, empty where nothing was written, and by the output's bits.
    direct: Vec<Vec<Record>>,
    /// Outputs of at most 128 bits.
    words: HashMap<(Extents, u128), Record>,
    long: HashMap<(Extents, Vec<u8>), Record>,
}

/// The place of a box of few enough bits.
fn place(extents: Extents) -> usize {
    extents.0.iter().rev().fold(0, |place, e| place << DIRECT_LOG | (*e as usize - 1))
}

/// The box of a place.
fn boxed(place: usize) -> Extents {
    Extents([0, 1, 2].map(|axis| (place >> (axis * DIRECT_LOG)) as u32 % DIRECT_BITS + 1))
}

/// Bytes that a record takes in a map, which is between half and seven eighths full and lies twice in memory while it grows.
const fn place_in_map<K>() -> u64 {
    2 * size_of::<(K, Record)>() as u64
}

impl Records {
    fn new(space: Space) -> Self {
        let boxes = 1 << (DIRECT_LOG * usize::from(space.dims()));
        let direct = vec![Vec::new(); boxes];
        Self { bits: symbol_bits(space), direct, words: HashMap::default(), long: HashMap::default() }
    }

    /// The record of a word. What is new is added to `memory`.
    #[inline]
    fn word(&mut self, extents: Extents, code: u128, memory: &mut u64) -> &mut Record {
        let bits = extents.cells() * self.bits;
        if bits > DIRECT_BITS {
            return self.words.entry((extents, code)).or_insert_with(|| {
                *memory += place_in_map::<(Extents, u128)>();
                Record::default()
            });
        }
        let records = &mut self.direct[place(extents)];
        if records.is_empty() {
            records.resize(1 << bits, Record::default());
            *memory += (size_of::<Record>() << bits) as u64;
        }
        &mut records[code as usize]
    }

    /// Whatever fits is a word, also from a tape that holds more.
    fn cells(&mut self, extents: Extents, cells: Vec<u8>, memory: &mut u64) -> &mut Record {
        if extents.cells().checked_mul(self.bits).is_none_or(|bits| bits > u128::BITS) {
            let length = cells.len() as u64;
            return self.long.entry((extents, cells)).or_insert_with(|| {
                *memory += place_in_map::<(Extents, Vec<u8>)>() + length;
                Record::default()
            });
        }
        self.word(extents, cells.iter().fold(0, |code, cell| code << self.bits | u128::from(*cell)), memory)
    }
}

/// Outputs as a checkpoint holds them; lent for writing, owned for reading.
#[derive(Serialize, Deserialize)]
struct Stored<R, C> {
    space: Space,
    within: Option<Shape>,
    left_out: Vec<(Extents, u128)>,
    words: Vec<(Extents, u128, R)>,
    long: Vec<(Extents, C, R)>,
}

impl Serialize for Outputs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let direct = self.records.direct.iter().enumerate().flat_map(|(place, records)| {
            let written = records.iter().enumerate().filter(|(_, record)| record.weight > 0);
            written.map(move |(code, record)| (boxed(place), code as u128, record))
        });
        let words = self.records.words.iter().map(|((extents, code), record)| (*extents, *code, record));
        let long = self.records.long.iter().map(|((extents, cells), record)| (*extents, cells, record));
        Stored {
            space: self.space,
            within: self.within,
            left_out: self.left_out.iter().map(|(extents, weight)| (*extents, *weight)).collect(),
            words: direct.chain(words).collect(),
            long: long.collect(),
        }
        .serialize(serializer)
    }
}

impl TryFrom<Stored<Record, Vec<u8>>> for Outputs {
    type Error = &'static str;

    fn try_from(stored: Stored<Record, Vec<u8>>) -> Result<Self, Self::Error> {
        let Stored { space, within, left_out, words, long } = stored;
        let mut outputs = Self::new(space, within);
        for (extents, weight) in left_out {
            if !extents.are_of(space) {
                return Err("a box that no run of the space visits");
            }
            if outputs.left_out.contains_key(&extents) {
                return Err("a box twice");
            }
            outputs.leave_out(extents, weight);
        }
        let bits = symbol_bits(space);
        for (extents, code, record) in words {
            let cells = extents.are_of(space).then(|| extents.cells());
            let room = cells.and_then(|c| c.checked_mul(bits)).filter(|b| *b <= u128::BITS);
            if room.is_none_or(|room| code.leading_zeros() < u128::BITS - room) {
                return Err("an output that does not fit its box");
            }
            check(&unpack(code, extents.cells(), bits), &record, &outputs.images, space)?;
            outputs.put(|records, memory| records.word(extents, code, memory), record)?;
        }
        for (extents, cells, record) in long {
            if !extents.are_of(space) || extents.cells() as usize != cells.len() {
                return Err("an output that does not fit its box");
            }
            check(&cells, &record, &outputs.images, space)?;
            outputs.put(|records, memory| records.cells(extents, cells, memory), record)?;
        }
        Ok(outputs)
    }
}

/// Whether a record read from a file can be one of an output of these cells.
fn check(cells: &[u8], record: &Record, images: &Images, space: Space) -> Result<(), &'static str> {
    let machines = &record.machines;
    if cells.iter().any(|symbol| *symbol >= space.symbols()) {
        return Err("an output with a symbol that the space lacks");
    }
    if record.weight == 0 || record.steps == 0 {
        return Err("an output that nothing wrote");
    }
    let codes = machines.iter().all(|code| images.codes.entry(*code).is_some());
    if machines.is_empty() || !machines.len().is_multiple_of(space.entries()) || !codes {
        return Err("an output with a machine that is none of the space");
    }
    Ok(())
}

impl Outputs {
    /// Puts a record that was read in its place, which must be empty.
    fn put(
        &mut self,
        place: impl for<'a> FnOnce(&'a mut Records, &mut u64) -> &'a mut Record,
        record: Record,
    ) -> Result<(), &'static str> {
        let empty = place(&mut self.records, &mut self.memory);
        if empty.weight > 0 {
            return Err("an output twice");
        }
        self.memory += record.memory();
        *empty = record;
        Ok(())
    }

    /// What all outputs weigh, turned and mirrored, and the steps of the slowest; `None` beyond 128 bits.
    pub(crate) fn sums(&self, images: &[u128]) -> Option<(u128, u32)> {
        let Records { direct, words, long, .. } = &self.records;
        let direct =
            direct.iter().enumerate().flat_map(|(place, of_box)| of_box.iter().map(move |r| (boxed(place), r)));
        let words = words.iter().map(|((extents, _), record)| (*extents, record));
        let long = long.iter().map(|((extents, _), record)| (*extents, record));
        let all = direct.chain(words).chain(long).map(|(extents, record)| (extents, record.weight, record.steps));
        let left_out = self.left_out.iter().map(|(extents, weight)| (*extents, *weight, 0));
        all.chain(left_out).try_fold((0u128, 0), |(sum, most), (extents, weight, steps)| {
            let weight = weight.checked_mul(images[extents.axes()])?;
            Some((sum.checked_add(weight)?, most.max(steps)))
        })
    }
}

/// The cells of a word.
pub(crate) fn unpack(code: u128, cells: u32, bits: u32) -> Vec<u8> {
    (0..cells).rev().map(|i| (code >> (i * bits)) as u8 & ((1 << bits) - 1)).collect()
}

/// The box and its symbols, with `symbol` in the head's cell.
pub(crate) fn cells(written: &Written, symbol: u8) -> (Extents, Vec<u8>) {
    match written {
        Written::Word { code, head_shift, extents, bits } => {
            (*extents, unpack(code | u128::from(symbol) << head_shift, extents.cells(), *bits))
        }
        Written::Cells { cells, head, extents } => {
            let mut cells = cells.clone();
            cells[*head] = symbol;
            (*extents, cells)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnumerateOptions, Quiet, enumerate};

    /// Every kind of record: direct, words and cells.
    #[test]
    fn a_checkpoint_gives_the_outputs_back() {
        for (space, max_steps, within) in [("2x3-1d", 38, None), ("3x2-2d", 60, Some("3x4")), ("2x2-3d", 30, None)] {
            let within = within.map(|shape| shape.parse().unwrap());
            let options = EnumerateOptions::new(space.parse().unwrap(), max_steps).within(within);
            let mut outputs = enumerate(&options, &Quiet).unwrap().tally.outputs;
            let written = Written::Cells { cells: vec![0; 200], head: 7, extents: Extents::line(200) };
            outputs.add(&written, 1, 12, 300, &Rules::empty(), 0);
            let text = serde_json::to_string(&outputs).unwrap();
            let back: Outputs = serde_json::from_str(&text).unwrap();
            assert_eq!((back.space, back.within), (outputs.space, within));
            assert_eq!(back.left_out, outputs.left_out);
            assert_eq!(back.records, outputs.records);
        }
    }

    #[test]
    fn a_box_too_small_is_refused() {
        for word in ["[[2,1,1],4,", "[[0,1,1],0,", "[[129,1,1],0,", "[[1,2,1],0,"] {
            let record = r#"{"weight":1,"steps":1,"machines":[1,1,1,1]}]"#;
            let text =
                format!(r#"{{"space":[2,2,1],"most_cells":null,"left_out":[],"words":[{word}{record}],"long":[]}}"#);
            assert!(serde_json::from_str::<Outputs>(&text).is_err(), "{text}");
        }
    }
}
