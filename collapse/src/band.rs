//! Bands: where the statistics of authentic samples lie, to draw beside those of a run.

use crate::error::CollapseError;
use crate::measure::Scratch;
use crate::null_cache::NullCache;
use crate::report::{Band, Statistics};
use crate::surrogate::Design;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Samples a band rests on: its limits are the 5th least and the 5th greatest of them.
const SAMPLES: u64 = 200;
const BEYOND: usize = 5;

/// The bands under a design, from the cache where it holds them.
pub(crate) fn bands(
    design: &Design<'_>,
    cache: Option<&NullCache>,
    stop: &AtomicBool,
) -> Result<BTreeMap<String, Band>, CollapseError> {
    let name = format!("bands {SAMPLES}");
    if let Some(held) = cache.and_then(|cache| cache.named(design, &name)) {
        return Ok(held);
    }
    let bands = measure(design, stop)?;
    if let Some(cache) = cache {
        cache.put_named(design, &name, &bands);
    }
    Ok(bands)
}

/// Samples generations of the size of the first synthetic one from the reference and orders their statistics.
fn measure(design: &Design<'_>, stop: &AtomicBool) -> Result<BTreeMap<String, Band>, CollapseError> {
    let size = design.sizes.get(1).or(design.sizes.first()).copied().unwrap_or(0);
    let samples: Vec<Statistics> = (0..SAMPLES)
        .into_par_iter()
        .map_init(Scratch::new, |scratch, number| {
            if stop.load(Ordering::Relaxed) {
                return Err(CollapseError::Stopped);
            }
            let mut statistics = Statistics::new();
            let sample = design.sample(size, number);
            let windows = design.meter.windows(scratch, &sample)?;
            design.meter.report(scratch, "", &sample, (windows, None), None, &mut statistics)?;
            Ok(statistics)
        })
        .collect::<Result<_, _>>()?;
    let mut values: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (name, value) in samples.into_iter().flatten() {
        values.entry(name).or_default().extend(value);
    }
    let band = |(name, mut values): (String, Vec<f64>)| {
        values.sort_by(f64::total_cmp);
        let (low, high) = (*values.get(BEYOND)?, *values.get(values.len().checked_sub(BEYOND + 1)?)?);
        Some((name, Band { low, high }))
    };
    Ok(values.into_iter().filter_map(band).collect())
}
