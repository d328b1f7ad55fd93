//! The space-time diagram of a halting run, in one, two or three dimensions: the visited box, configuration by configuration.

use std::ops::Range;

use turmite_tables::Shape;

use crate::machine::{Entry, Machine};
use crate::naive::run;

/// One configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Steps taken so far.
    pub step: u64,
    /// State the machine is in, from 0; `None` after the halt.
    pub state: Option<u8>,
    /// The head's cell, in row-major order.
    pub head: usize,
    /// The box that the whole run visits, in row-major order.
    pub cells: Vec<u8>,
    /// The part of it visited so far: planes, rows, columns.
    pub visited: [Range<usize>; 3],
}

/// A halting run: all of its configurations, or some of them at equal distances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// The box that the run visits.
    pub shape: Shape,
    /// Steps of the run, the halting one counted.
    pub steps: u64,
    /// Every so many steps there is a frame; 1 if none is left out.
    pub stride: u64,
    /// The blank tape first and the halted one last, whatever the stride.
    pub frames: Vec<Frame>,
}

impl Diagram {
    /// The diagram of a machine that halts within `max_steps` on `blank`, else `None`: in at most `frames` frames (at
    /// least the first and the last), every one if the run is that short.
    ///
    /// Runs the machine twice with the plain simulator, some 50 ns a step each; keeps `frames` copies of the visited box.
    ///
    /// ```
    /// use turmite_ctm::{Diagram, Machine};
    ///
    /// let champion: Machine = "1RB1LB_1LA1RZ".parse()?;
    /// let all = Diagram::of(&champion, 0, 6, 100).ok_or("it halts")?;
    /// assert_eq!((all.frames.len(), all.stride), (7, 1));
    /// let some = Diagram::of(&champion, 0, 6, 4).ok_or("it halts")?;
    /// let steps: Vec<u64> = some.frames.iter().map(|f| f.step).collect();
    /// assert_eq!(steps, [0, 2, 4, 6]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of(machine: &Machine, blank: u8, max_steps: u64, frames: usize) -> Option<Self> {
        let (mut low, mut high) = ([0i64; 3], [0i64; 3]);
        let halted = run(machine, blank, max_steps, |_, head, _| {
            for axis in 0..3 {
                low[axis] = low[axis].min(head[axis]);
                high[axis] = high[axis].max(head[axis]);
            }
        })?;
        let stride = halted.steps.div_ceil((frames as u64).max(2) - 1);
        let extents = [0, 1, 2].map(|axis| (high[axis] - low[axis]) as usize + 1);
        let place = |head: [i64; 3]| [0, 1, 2].map(|axis| (head[axis] - low[axis]) as usize);
        let index = |[plane, row, column]: [usize; 3]| (plane * extents[1] + row) * extents[2] + column;

        let start = place([0; 3]);
        let mut visited = start.map(|at| at..at + 1);
        let mut cells = vec![blank; halted.symbols.len()];
        let mut out = Vec::new();
        let (mut step, mut last) = (0, start);
        run(machine, blank, max_steps, |state, head, symbol| {
            last = place(head);
            for (range, at) in visited.iter_mut().zip(last) {
                *range = range.start.min(at)..range.end.max(at + 1);
            }
            if step % stride == 0 {
                let (cells, visited) = (cells.clone(), visited.clone());
                out.push(Frame { step, state: Some(state), head: index(last), cells, visited });
            }
            // What was written shows in the next frame.
            cells[index(last)] = written(machine, state, symbol);
            step += 1;
        })?;
        out.push(Frame { step, state: None, head: index(last), cells, visited });
        Some(Self { shape: halted.shape, steps: halted.steps, stride, frames: out })
    }

    /// Planes, rows and columns of the box.
    #[must_use]
    pub fn extents(&self) -> [usize; 3] {
        let mut extents = [1; 3];
        let axes: Vec<usize> = self.shape.axes().collect();
        extents[3 - axes.len()..].copy_from_slice(&axes);
        extents
    }
}

pub(crate) fn written(machine: &Machine, state: u8, symbol: u8) -> u8 {
    match machine.entry(state, symbol) {
        Entry::Undefined => symbol,
        Entry::Halt { write } | Entry::Step { write, .. } => write,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_frame_is_the_output() {
        for (text, blank) in [("1RB1LB_1LA1RZ", 0), ("1DB---_1RA0RZ", 0), ("1FB1UA_0LA1RZ", 1), ("0RZ---_------", 0)] {
            let machine: Machine = text.parse().unwrap();
            let halted = run(&machine, blank, 100, |_, _, _| ());
            let diagram = Diagram::of(&machine, blank, 100, 1000);
            assert_eq!(halted.is_some(), diagram.is_some(), "{text}");
            let (Some(halted), Some(diagram)) = (halted, diagram) else { continue };
            assert_eq!(diagram.frames.len() as u64, halted.steps + 1, "{text}");
            let last = diagram.frames.last().unwrap();
            assert_eq!((&last.cells, diagram.shape, last.state), (&halted.symbols, halted.shape, None), "{text}");
            assert!(diagram.frames[0].cells.iter().all(|c| *c == blank));
            assert_eq!(diagram.frames[0].visited.clone().map(|r| r.len()), [1; 3]);
            assert_eq!(last.visited.clone().map(|r| r.end), diagram.extents());
        }
        assert_eq!(Diagram::of(&"1RB1LB_1LA1RZ".parse().unwrap(), 0, 5, 10), None);
    }

    /// Frames left out change nothing in those that stay.
    #[test]
    fn a_stride_keeps_a_part_of_the_frames() {
        let machine: Machine = "1RB1LB_1LA0LC_1RZ1LD_1RD0RA".parse().unwrap();
        let all = Diagram::of(&machine, 0, 107, 108).unwrap();
        for frames in [0, 2, 3, 10, 50, 107] {
            let some = Diagram::of(&machine, 0, 107, frames).unwrap();
            assert!(some.frames.len() <= frames.max(2), "{frames}");
            assert!(some.frames.iter().all(|f| *f == all.frames[f.step as usize]));
            assert_eq!((some.frames[0].step, some.frames.last().unwrap().step), (0, 107));
        }
    }
}
