//! Ctrl-C and SIGTERM: the work is asked to stop, and made to if it does not.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Incoming;

/// A signal that ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    HangUp,
    Interrupt,
    Terminate,
}

impl Signal {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::HangUp => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }

    /// 128 + the signal's number, as shells have it.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::HangUp => 129,
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }

    fn of(number: i32) -> Option<Self> {
        match number {
            SIGHUP => Some(Self::HangUp),
            SIGINT => Some(Self::Interrupt),
            SIGTERM => Some(Self::Terminate),
            _ => None,
        }
    }
}

/// What has arrived so far.
#[derive(Debug)]
pub(crate) struct Signals {
    number: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    /// Milliseconds left to work that asks [`Signals::stop`].
    grace: Arc<AtomicU64>,
}

/// Ends the process where it stands.
fn end(signal: Signal) -> ! {
    turmite_tables::discard_temporaries();
    say!("stopped by {} before the end", signal.name());
    std::process::exit(i32::from(signal.exit_code()));
}

impl Signals {
    /// Work that asks [`Signals::stop`] ends within this; what waits for input never asks and is ended.
    const GRACE: Duration = Duration::from_millis(900);
    /// What Slurm leaves between SIGTERM and SIGKILL unless told otherwise: time to write a large file.
    const LONG_GRACE: Duration = Duration::from_secs(30);

    pub(crate) fn install() -> io::Result<Self> {
        let (number, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut incoming = Incoming::new([SIGHUP, SIGINT, SIGTERM])?;
        let grace = Arc::new(AtomicU64::new(Self::GRACE.as_millis() as u64));
        let (number_of, stop_of, grace_of) = (Arc::clone(&number), Arc::clone(&stop), Arc::clone(&grace));
        std::thread::spawn(move || {
            let mut signals =
                incoming.forever().map(|signal| (signal, Signal::of(signal).unwrap_or(Signal::Terminate)));
            if let Some((number, signal)) = signals.next() {
                number_of.store(number as usize, Ordering::SeqCst);
                stop_of.store(true, Ordering::SeqCst);
                std::thread::spawn(move || {
                    std::thread::sleep(Duration::from_millis(grace_of.load(Ordering::SeqCst)));
                    // What still runs now never asks: it waits for input, or for a disk.
                    end(signal);
                });
            }
            // Who asks a second time does not want to wait.
            if let Some((_, signal)) = signals.next() {
                end(signal);
            }
        });
        Ok(Self { number, stop, grace })
    }

    /// Leaves the work the time to save what is done.
    pub(crate) fn wait_for_saving(&self) {
        self.grace.store(Self::LONG_GRACE.as_millis() as u64, Ordering::SeqCst);
    }

    /// Whether to stop.
    pub(crate) fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    pub(crate) fn received(&self) -> Option<Signal> {
        Signal::of(i32::try_from(self.number.load(Ordering::SeqCst)).unwrap_or(0))
    }

    /// An error if a signal has arrived: to be asked between records.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        match self.received() {
            None => Ok(()),
            Some(signal) => Err(anyhow::anyhow!("stopped by {}", signal.name())),
        }
    }
}
