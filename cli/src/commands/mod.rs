//! The commands, one a file: what may be typed, and what is done then.

mod alpha;
mod alphabet;
mod compare;
mod completions;
mod ctm;
mod demo;
mod enumerate;
mod flag;
mod label;
mod letters;
mod merge;
mod object;
mod perturb;
mod reduce;
mod sample;
mod scales;
mod score;
mod sensitivity;
mod simulate;
mod table;

use std::process::ExitCode;

use anyhow::Result;

pub(crate) use self::score::Named;
use crate::progress::When;
use crate::signals::Signals;

/// What every command may use.
pub(crate) struct Context<'a> {
    pub(crate) progress: When,
    pub(crate) signals: &'a Signals,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Enumerate(enumerate::Args),
    Sample(sample::Args),
    Merge(merge::Args),
    Table(table::Args),
    Ctm(ctm::Args),
    Score(score::Args),
    Compare(compare::Args),
    Sensitivity(sensitivity::Args),
    Scales(scales::Args),
    Perturb(perturb::Args),
    Reduce(reduce::Args),
    Simulate(simulate::Args),
    Flag(flag::Args),
    Label(label::Args),
    Alpha(alpha::Args),
    Demo(demo::Args),
    Completions(completions::Args),
}

impl Command {
    pub(crate) fn run(self, context: &Context<'_>) -> Result<ExitCode> {
        match self {
            Self::Enumerate(args) => enumerate::run(&args, context),
            Self::Sample(args) => sample::run(&args, context),
            Self::Merge(args) => merge::run(&args),
            Self::Table(args) => table::run(args, context),
            Self::Ctm(args) => ctm::run(&args),
            Self::Score(args) => score::run(&args, context),
            Self::Compare(args) => compare::run(&args),
            Self::Sensitivity(args) => sensitivity::run(&args),
            Self::Scales(args) => scales::run(&args, context),
            Self::Perturb(args) => perturb::run(&args, context),
            Self::Reduce(args) => reduce::run(&args, context),
            Self::Simulate(args) => simulate::run(&args, context),
            Self::Flag(args) => flag::run(&args, context),
            Self::Label(args) => label::run(&args, context),
            Self::Alpha(args) => alpha::run(&args, context),
            Self::Demo(args) => demo::run(&args, context),
            Self::Completions(args) => completions::run(&args),
        }
    }
}
