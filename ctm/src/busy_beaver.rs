//! Busy-beaver values that are proven: no machine of so many states and symbols halts later, on a blank tape.

/// A proven bound on halting times, the halting transition counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The most steps a halting machine takes.
    pub steps: u64,
    /// Who proved it.
    pub source: &'static str,
}

/// The proven bound for one-dimensional machines of `states` and `symbols`, if there is one.
///
/// Our halt does not move the head, which makes no difference to the number of steps.
#[must_use]
pub fn proven_bound(states: u8, symbols: u8) -> Option<Bound> {
    let bound = |steps, source| Some(Bound { steps, source });
    match (states, symbols) {
        // With one symbol, or one state, a configuration that does not halt at once repeats: the state alone decides.
        (n, 1) => bound(u64::from(n), "every state at most once"),
        (1, _) => bound(1, "a first move is repeated forever"),
        (2, 2) => bound(6, "Radó 1962"),
        (3, 2) => bound(21, "Lin and Radó 1965"),
        (4, 2) => bound(107, "Brady 1983"),
        (5, 2) => bound(47_176_870, "bbchallenge 2024, Coq-BB5"),
        (2, 3) => bound(38, "Lafitte and Papazian 2007"),
        (2, 4) => bound(3_932_964, "bbchallenge 2024, Coq-BB5"),
        _ => None,
    }
}
