//! The partial table of the walk, packed for the inner loop, with the list of what is defined.

use turmite_tables::Space;

use crate::machine::{Direction, Entry, Machine};

/// Slots: a state takes 16 of them, whatever the alphabet, so that `slot = 16 * state + symbol` needs no multiplication.
const SLOTS: usize = 512;

/// One packed entry: bit 31 undefined, bits 24 to 27 the symbol written, bits 16 to 18 the direction, the low 16 bits
/// the first slot of the next state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule(u32);

impl Rule {
    pub(crate) const UNDEFINED: Self = Self(1 << 31);

    pub(crate) fn step(write: u8, direction: Direction, next: u8) -> Self {
        Self(u32::from(write) << 24 | (direction as u32) << 16 | u32::from(next) << 4)
    }

    #[inline(always)]
    pub(crate) fn is_undefined(self) -> bool {
        (self.0 as i32) < 0
    }

    #[inline(always)]
    pub(crate) fn write(self) -> u8 {
        (self.0 >> 24) as u8
    }

    /// Whether the move is to the right: all that matters on a line.
    #[inline(always)]
    pub(crate) fn right(self) -> bool {
        self.direction() == Direction::Right as usize
    }

    /// The direction's place in [`Direction::ALL`].
    #[inline(always)]
    pub(crate) fn direction(self) -> usize {
        (self.0 >> 16 & 7) as usize
    }

    /// The first slot of the next state.
    #[inline(always)]
    pub(crate) fn next_slot(self) -> u16 {
        self.0 as u16
    }
}

/// A partial machine.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    slots: Box<[Rule; SLOTS]>,
}

impl Rules {
    pub(crate) fn empty() -> Self {
        Self { slots: Box::new([Rule::UNDEFINED; SLOTS]) }
    }

    /// The table of `machine`; its halts are left undefined.
    pub(crate) fn of(machine: &Machine) -> Self {
        let mut rules = Self::empty();
        let k = usize::from(machine.space().symbols());
        for (i, entry) in machine.entries().iter().enumerate() {
            if let Entry::Step { write, direction, next } = *entry {
                rules.define(slot((i / k) as u8, (i % k) as u8), Rule::step(write, direction, next));
            }
        }
        rules
    }

    /// What is defined, in a few bytes: for machines that wait for their turn by the hundred thousand.
    pub(crate) fn defined(&self) -> Box<[(u16, Rule)]> {
        let slots = (0u16..).zip(self.slots.iter());
        slots.filter(|(_, rule)| !rule.is_undefined()).map(|(slot, rule)| (slot, *rule)).collect()
    }

    /// The table with these entries and no other.
    pub(crate) fn with(defined: &[(u16, Rule)]) -> Self {
        let mut rules = Self::empty();
        for (slot, rule) in defined {
            rules.define(*slot, *rule);
        }
        rules
    }

    #[inline(always)]
    pub(crate) fn at(&self, slot: u16) -> Rule {
        self.slots[usize::from(slot) % SLOTS]
    }

    /// The same for the inner loop, which keeps its slot as an index: a check that never fails costs less than a mask that
    /// the next look-up waits for.
    #[inline(always)]
    pub(crate) fn at_index(&self, slot: usize) -> Rule {
        self.slots[slot]
    }

    pub(crate) fn define(&mut self, slot: u16, rule: Rule) {
        self.slots[usize::from(slot) % SLOTS] = rule;
    }

    pub(crate) fn undefine(&mut self, slot: u16) {
        self.define(slot, Rule::UNDEFINED);
    }

    /// The table as entries, with `halt` (slot, symbol) in place of the undefined entry where the run ends.
    pub(crate) fn entries(&self, space: Space, halt: (u16, u8)) -> impl Iterator<Item = Entry> {
        let symbols = space.symbols();
        let slots = (0..space.states()).flat_map(move |state| (0..symbols).map(move |symbol| slot(state, symbol)));
        slots.map(move |slot| {
            let rule = self.at(slot);
            if slot == halt.0 {
                Entry::Halt { write: halt.1 }
            } else if rule.is_undefined() {
                Entry::Undefined
            } else {
                let direction = Direction::ALL[rule.direction()];
                Entry::Step { write: rule.write(), direction, next: (rule.next_slot() >> 4) as u8 }
            }
        })
    }
}

/// The slot of an entry.
pub(crate) fn slot(state: u8, symbol: u8) -> u16 {
    u16::from(state) << 4 | u16::from(symbol)
}
