//! Records in portions that threads share out.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;

use super::lines::Chunk;
use super::{At, Content, Input, Place, Placed, Raw};

/// Bytes of a batch, about: enough work to be worth handing over, little enough that many wait in little memory.
pub(super) const BATCH_BYTES: usize = 1 << 20;

/// Records that follow each other in one file.
#[derive(Debug)]
pub(crate) struct Batch {
    input: Input,
    file: Arc<Path>,
    held: Held,
}

#[derive(Debug)]
enum Held {
    /// Lines as they were read: whoever visits them finds the records in them.
    Lines(Chunk),
    Records(Vec<Read>),
}

/// A record or what is wrong with it, where it stands, and the line of one that cannot be read, if lines were asked for.
pub(super) type Read = (At, Result<Raw<'static>>, Option<String>);

impl Batch {
    pub(super) fn of(file: Arc<Path>, records: Vec<(At, Result<Raw<'static>>)>) -> Self {
        Self::with_lines(file, records.into_iter().map(|(at, record)| (at, record, None)).collect())
    }

    /// Records among which those that cannot be read may have lines.
    pub(super) fn with_lines(file: Arc<Path>, records: Vec<Read>) -> Self {
        Self { input: Input::Text, file, held: Held::Records(records) }
    }

    pub(super) fn lines(file: Arc<Path>, chunk: Chunk) -> Self {
        Self { input: Input::Lines, file, held: Held::Lines(chunk) }
    }

    pub(super) fn of_kind(self, input: Input) -> Self {
        Self { input, ..self }
    }

    /// How the file was read.
    pub(crate) fn input(&self) -> Input {
        self.input
    }

    /// Hands every record to `visit`, in order.
    pub(crate) fn visit(self, mut visit: impl FnMut(Placed<'_>)) {
        let Self { file, held, .. } = self;
        let place = |at| Place { file: Arc::clone(&file), at };
        match held {
            Held::Lines(chunk) => {
                chunk.visit(&mut |line, record, bad| visit(Placed { place: place(At::Line(line)), record, bad }));
            }
            Held::Records(records) => {
                for (at, record, bad) in records {
                    visit(Placed { place: place(at), record, bad: bad.as_deref() });
                }
            }
        }
    }

    /// Whether it is known, without taking lines apart, that a record cannot be read.
    pub(crate) fn is_bad(&self) -> bool {
        matches!(&self.held, Held::Records(records) if records.iter().any(|(_, record, _)| record.is_err()))
    }

    /// Looks at the contents that can be read, in order, until `look` has seen enough and says so.
    pub(crate) fn look(&self, mut look: impl FnMut(&Content<'_>) -> bool) {
        match &self.held {
            Held::Lines(chunk) => {
                let mut going = true;
                chunk.visit(&mut |_, record, _| {
                    if let (true, Ok(raw)) = (going, record) {
                        going = look(&raw.content);
                    }
                });
            }
            Held::Records(records) => {
                for raw in records.iter().filter_map(|(_, record, _)| record.as_ref().ok()) {
                    if !look(&raw.content) {
                        return;
                    }
                }
            }
        }
    }

    /// The records themselves.
    pub(super) fn records(self) -> Vec<Placed<'static>> {
        let mut out = Vec::new();
        self.visit(|Placed { place, record, .. }| {
            out.push(Placed { place, record: record.map(Raw::into_owned), bad: None });
        });
        out
    }
}
