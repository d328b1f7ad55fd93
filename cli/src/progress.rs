//! Progress on standard error, for people.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// When to show progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}

impl When {
    fn shows(self) -> bool {
        match self {
            Self::Auto => std::io::stderr().is_terminal(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// The time left, when there is something to go by: heavy shares come first, and the first ones tell little.
fn left(share: f64, spent: Duration) -> Option<String> {
    if share < 0.05 && (share <= 0.0 || spent < Duration::from_secs(60)) {
        return None;
    }
    let seconds = spent.as_secs_f64() / share - spent.as_secs_f64();
    Duration::try_from_secs_f64(seconds).ok().map(|left| format!("about {:#} left", HumanDuration(left)))
}

const STEPS: u64 = 1_000_000;

/// A bar over a share from 0 to 1, with the time left.
#[derive(Debug)]
pub(crate) struct Share {
    bar: ProgressBar,
    lines: Option<Lines>,
}

/// Where there is no terminal to draw on but progress was asked for: a line every two seconds.
#[derive(Debug)]
struct Lines {
    what: &'static str,
    start: std::time::Instant,
    last: std::sync::Mutex<std::time::Instant>,
}

/// A share that is all: one summed by several threads in any order may fall short of 1 by its rounding.
const WHOLE: f64 = 1.0 - 1e-9;

impl Lines {
    fn print(&self, share: f64, message: &str) {
        let now = std::time::Instant::now();
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if now.duration_since(*last) < Duration::from_secs(2) && share < WHOLE {
            return;
        }
        *last = now;
        let left = left(share, now.duration_since(self.start)).map_or_else(String::new, |left| format!(", {left}"));
        say!("{} {:.1} %, {message}{left}", self.what, share * 100.0);
    }
}

impl Share {
    pub(crate) fn new(when: When, what: &'static str) -> Self {
        let now = std::time::Instant::now();
        let terminal = std::io::stderr().is_terminal();
        let lines =
            (when == When::Always && !terminal).then(|| Lines { what, start: now, last: std::sync::Mutex::new(now) });
        let target = if when.shows() && terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(STEPS), target);
        if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:30} {percent_precise} %  {msg}, {elapsed} spent")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what);
        Self { bar, lines }
    }

    /// `message` is only made where it is shown.
    pub(crate) fn set(&self, share: f64, message: impl FnOnce() -> String) {
        match &self.lines {
            Some(lines) => lines.print(share, &message()),
            None if self.bar.is_hidden() => {}
            None => {
                self.bar.set_position((share * STEPS as f64) as u64);
                let left = left(share, self.bar.elapsed()).map_or_else(String::new, |left| format!(", {left}"));
                self.bar.set_message(format!("{}{left}", message()));
            }
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.bar.elapsed()
    }
}

/// Bytes and records as they go by, of a total that is known or not.
#[derive(Debug)]
pub(crate) struct Flow {
    bar: ProgressBar,
    /// Where there is no terminal to draw on but progress was asked for: when the last line was written.
    lines: Option<std::cell::Cell<std::time::Instant>>,
    what: &'static str,
    start: std::time::Instant,
}

impl Flow {
    /// `total` is the number of bytes to come.
    pub(crate) fn new(when: When, what: &'static str, total: Option<u64>) -> Self {
        let start = std::time::Instant::now();
        let terminal = std::io::stderr().is_terminal();
        let lines = (when == When::Always && !terminal).then(|| std::cell::Cell::new(start));
        let target = if when.shows() && terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(total, target);
        let template = match total {
            Some(_) => "{prefix} {bar:30} {percent} %  {msg}  {elapsed} spent, {eta} left",
            None => "{prefix} {spinner} {msg}  {elapsed} spent",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_prefix(what);
        Self { bar, lines, what, start }
    }

    /// Shows how much has been read and scored so far.
    pub(crate) fn set(&self, bytes: u64, records: u64) {
        let now = std::time::Instant::now();
        let message = || {
            let seconds = now.duration_since(self.start).as_secs_f64().max(1e-3);
            let (rate, speed) = (records as f64 / seconds, bytes as f64 / seconds / 1e6);
            format!("{records} records, {rate:.0} records/s, {speed:.1} MB/s")
        };
        match &self.lines {
            Some(last) if now.duration_since(last.get()) >= Duration::from_secs(2) => {
                last.set(now);
                say!("{}: {}", self.what, message());
            }
            Some(_) => {}
            None if self.bar.is_hidden() => {}
            None => {
                self.bar.set_position(bytes);
                self.bar.set_message(message());
            }
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
