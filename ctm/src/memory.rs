//! What the outputs of all workers together take, against what they may.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::CtmError;

/// Bytes held by all, told by each worker whenever its own have grown by a [`Memory::grain`].
#[derive(Debug)]
pub(crate) struct Memory {
    allowed: u64,
    held: AtomicU64,
    /// What was held when it was too much; 0 before.
    over: AtomicU64,
}

impl Memory {
    pub(crate) fn new(allowed: u64) -> Self {
        Self { allowed, held: AtomicU64::new(0), over: AtomicU64::new(0) }
    }

    /// How much a worker may grow before it tells: little enough that 1,024 workers together keep no more untold than is
    /// allowed, and at most a mebibyte.
    pub(crate) fn grain(&self) -> u64 {
        (self.allowed / 1024).clamp(1, 1 << 20)
    }

    /// What was `from` bytes is `to` bytes now.
    ///
    /// # Errors
    /// More than is allowed, by all together.
    pub(crate) fn change(&self, from: u64, to: u64) -> Result<(), CtmError> {
        // Modulo 2^64, which the sum is again within.
        let change = to.wrapping_sub(from);
        let held = self.held.fetch_add(change, Ordering::Relaxed).wrapping_add(change);
        if held <= self.allowed {
            return Ok(());
        }
        self.over.store(held, Ordering::Relaxed);
        Err(CtmError::Memory { needed: held, allowed: self.allowed })
    }

    /// Why a walk was stopped.
    pub(crate) fn stopped(&self) -> CtmError {
        match self.over.load(Ordering::Relaxed) {
            0 => CtmError::Stopped,
            needed => CtmError::Memory { needed, allowed: self.allowed },
        }
    }
}
