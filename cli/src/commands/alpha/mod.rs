//! `turmite alpha`: how much of what a loop trains on comes from outside.

mod anchors;
mod audit;
mod estimate;

use std::process::ExitCode;

use anyhow::Result;

use super::Context;

/// Meter alpha, the share of what a self-training loop is trained on that comes from outside
///
/// `audit` counts it in a ledger of what went in; `estimate` fits it to what came out. Do both: a ledger well above the estimate means
/// that the authentic data does not reach the learner.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    meter: Meter,
}

#[derive(Debug, clap::Subcommand)]
enum Meter {
    Audit(audit::Args),
    Estimate(estimate::Args),
}

pub(crate) fn run(args: &Args, context: &Context<'_>) -> Result<ExitCode> {
    match &args.meter {
        Meter::Audit(args) => audit::run(args, context),
        Meter::Estimate(args) => estimate::run(args),
    }
}

/// A floor as it may be typed.
fn floor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(floor) if floor > 0.0 && floor < 1.0 => Ok(floor),
        _ => Err("expected a number above 0 and below 1".to_owned()),
    }
}
