//! The label: two questions kept apart, whether the mechanism is kept and whether anything drifts.

use crate::band::bands;
use crate::channel::Channel;
use crate::drift::{Drift, Null, judge};
use crate::error::CollapseError;
use crate::hypothesis::{Hypothesis, infer};
use crate::measure::{Meter, Scratch, residual};
use crate::mechanism_loss::ResidualNull;
use crate::misfit::{misfit, widening};
use crate::null_cache::NullCache;
use crate::null_size::{Stretch, null_sizes, shows_itself, warnings};
use crate::nulls::{Shifts, compute, shifts};
use crate::path::{Path, PathBuilder};
use crate::pool::Pool;
use crate::prepare::{Prepared, PreparedRun};
use crate::record::{Reference, Run};
use crate::report::{GenerationLabel, Labels, ReferenceBands, RunLabel, Statistics};
use crate::surrogate::{Design, Family};
use crate::verdict::{Mode, Regime, Verdict};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use turmite_bdm::EncodingChoice;
use turmite_tables::Table;

/// Part of the false-alarm rate that the mechanism test gets where a rule was found.
const MECHANISM_PART: f64 = 0.2;

/// How to label.
#[derive(Clone, Debug)]
pub struct LabelOptions {
    /// Prices of 12-bit blocks: D(5) by default of the command line.
    pub table: Arc<Table>,
    /// How texts become binary symbols.
    pub encoding: EncodingChoice,
    /// The exogenous share that counts as anchored.
    pub floor: f64,
    /// The false-alarm rate per run.
    pub false_alarm: f64,
    /// Null trajectories per family; more than 1.25 / `false_alarm` are needed to resolve the level.
    pub trajectories: usize,
    /// The statistics whose drift is judged; `None` for [`Channel::standard`].
    pub channels: Option<Vec<Channel>>,
    /// Whether a rule is looked for in the reference, and records are held against it.
    pub mechanism: bool,
    /// A folder in which null trajectories are kept, so that the same reference is calibrated once; `None` for no such.
    pub cache: Option<PathBuf>,
}

/// Trajectories that are simulated where the false-alarm rate does not ask for more, and the most that are.
const TRAJECTORIES: usize = 300;
const MOST_TRAJECTORIES: usize = 30_000;

impl LabelOptions {
    /// Asks for as many null trajectories as the false-alarm rate needs to be resolved, 300 at least and 30,000 at most.
    pub fn resolve_level(&mut self) {
        // 300 serve a rate of 0.01; a rate of 0 or none is refused later.
        let needed = (3.0 / self.false_alarm).ceil();
        let most = MOST_TRAJECTORIES as f64;
        self.trajectories =
            if needed.is_finite() { needed.clamp(TRAJECTORIES as f64, most) as usize } else { TRAJECTORIES };
    }

    /// The defaults: automatic encoding, floor 0.1, false-alarm rate 0.01, 300 trajectories a family.
    #[must_use]
    pub fn new(table: impl Into<Arc<Table>>) -> Self {
        Self {
            table: table.into(),
            encoding: EncodingChoice::Auto,
            floor: 0.1,
            false_alarm: 0.01,
            trajectories: TRAJECTORIES,
            channels: None,
            mechanism: true,
            cache: None,
        }
    }
}

/// How far labelling is, in null trajectories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Trajectories simulated so far for the present reference and shape.
    pub done: u64,
    /// Trajectories this shape needs.
    pub total: u64,
}

/// Labels runs by the rule in the crate's documentation.
///
/// # Errors
/// A reference below 64 records, a run with fewer than three synthetic generations, records that cannot be
/// encoded or are all shorter than 48 bits, options out of range, or the stop flag.
pub fn label(
    runs: &[Run],
    reference: Option<&Reference>,
    options: &LabelOptions,
    progress: &(dyn Fn(Progress) + Sync),
    stop: &AtomicBool,
) -> Result<Labels, CollapseError> {
    let open_unit = [("the floor", options.floor), ("the false-alarm rate", options.false_alarm)];
    for (what, value) in open_unit {
        if !(value > 0.0 && value < 1.0) {
            let expected = "a number above 0 and below 1";
            return Err(CollapseError::OutOfRange { what, found: value.to_string(), expected });
        }
    }
    let prepared = Prepared::new(runs, reference, options.encoding)?;
    let mut labels = Labels {
        generations: Vec::new(),
        runs: Vec::new(),
        references: Vec::new(),
        warnings: Vec::new(),
        encoding: prepared.encoding.to_string(),
        smallest_p: 0.0,
    };
    let mut labelled: BTreeMap<usize, (Vec<GenerationLabel>, RunLabel)> = BTreeMap::new();
    for (group, pool) in &prepared.references {
        let context = Context::new(pool, prepared.bytes(), options)?;
        labels.smallest_p = labels.smallest_p.max(context.smallest_p());
        let mut shapes: BTreeMap<(Vec<usize>, bool, Stretch), Vec<usize>> = BTreeMap::new();
        for (i, run) in prepared.runs.iter().enumerate().filter(|(_, run)| &run.group == group) {
            shapes.entry((run.sizes(), run.accumulates(), run.stretch(pool))).or_default().push(i);
        }
        for ((sizes, nested, stretch), members) in shapes {
            let runs: Vec<&PreparedRun> = members.iter().map(|&i| &prepared.runs[i]).collect();
            let nulls = null_sizes(&sizes, pool);
            let design = context.design(&nulls, nested, stretch);
            let results = context.label_shape(&design, &runs, progress, stop)?;
            labels.references.push(ReferenceBands {
                runs: runs.iter().map(|run| run.id.clone()).collect(),
                bands: if nulls == sizes && shows_itself(pool.len(), &sizes) {
                    bands(&design, stop)?
                } else {
                    BTreeMap::new()
                },
            });
            labelled.extend(members.into_iter().zip(results));
            labels.warnings.extend(warnings(pool.len(), &sizes, &nulls, group));
        }
    }
    if labels.smallest_p > options.false_alarm {
        labels.warnings.push(format!(
            "{} null trajectories cannot show p below {:.4}, so drift at the false-alarm rate {} can never be found; \
             ask for more trajectories or a higher rate",
            options.trajectories, labels.smallest_p, options.false_alarm
        ));
    }
    for (_, (generations, run)) in labelled {
        labels.generations.extend(generations);
        labels.runs.push(run);
    }
    Ok(labels)
}

/// One reference, ready.
struct Context<'a> {
    options: &'a LabelOptions,
    reference: &'a Pool<u8>,
    meter: Meter,
    hypothesis: Option<Hypothesis>,
    cache: Option<NullCache>,
}

/// Nulls of one shape.
struct ShapeNulls {
    nulls: Vec<Null>,
    residual: Option<ResidualNull>,
    /// Whether authentic trajectories are as large as the runs, and look like them.
    shown: bool,
}

impl<'a> Context<'a> {
    fn new(reference: &'a Pool<u8>, bytes: bool, options: &'a LabelOptions) -> Result<Self, CollapseError> {
        let channels = options.channels.as_deref().unwrap_or_else(|| Channel::standard(bytes));
        let meter = Meter::new(&options.table, bytes, channels, reference)?;
        let hypothesis = if bytes || !options.mechanism { None } else { infer(reference.iter()) };
        let cache = options.cache.as_deref().map(NullCache::new);
        Ok(Self { options, reference, meter, hypothesis, cache })
    }

    /// The tests' parts of the false-alarm rate, (drift, mechanism): all of it goes to drift where no rule was
    /// found. Otherwise the mechanism test needs little, as it has many cheap trajectories and a guard.
    fn parts(&self) -> (f64, f64) {
        if self.hypothesis.is_some() { (1.0 - MECHANISM_PART, MECHANISM_PART) } else { (1.0, 0.0) }
    }

    fn smallest_p(&self) -> f64 {
        1.0 / ((1 + self.options.trajectories) as f64 * self.parts().0)
    }

    fn design<'b>(&'b self, sizes: &'b [usize], nested: bool, stretch: Stretch) -> Design<'b> {
        Design { meter: &self.meter, reference: self.reference, sizes, floor: self.options.floor, nested, stretch }
    }

    fn label_shape(
        &self,
        design: &Design<'_>,
        runs: &[&PreparedRun],
        progress: &(dyn Fn(Progress) + Sync),
        stop: &AtomicBool,
    ) -> Result<Vec<(Vec<GenerationLabel>, RunLabel)>, CollapseError> {
        let shifts = shifts(design, stop)?;
        let paths: Vec<Path> = runs.par_iter().map(|run| self.path(run, &shifts)).collect::<Result<_, _>>()?;
        let plausible: Vec<Vec<Family>> = paths.iter().map(|path| shifts.plausible(path)).collect();
        let mut families: Vec<Family> = Vec::new();
        for &family in plausible.iter().flatten() {
            if !families.contains(&family) {
                families.push(family);
            }
        }
        let total = (self.options.trajectories * (families.len() + 1)) as u64;
        let done = AtomicU64::new(0);
        let step = || progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
        let nulls = compute(design, &families, self.options.trajectories, self.cache.as_ref(), stop, &step)?;
        let residual = self
            .hypothesis
            .as_ref()
            .map(|found| ResidualNull::new(&found.mechanism, self.reference, &design.sizes[1..]));
        let sizes = runs.first().map_or_else(Vec::new, |run| run.sizes());
        let shown = sizes == design.sizes && shows_itself(self.reference.len(), &sizes);
        let shape = ShapeNulls { nulls, residual, shown };
        let each = runs.par_iter().zip(&paths).zip(&plausible);
        each.map(|((run, path), plausible)| self.label_run(run, path, plausible, &shape)).collect()
    }

    /// The channels by position, generation 0 first; a run without one starts at the authentic mean.
    fn path(&self, run: &PreparedRun, shifts: &Shifts) -> Result<Path, CollapseError> {
        let mut path = PathBuilder::new(self.meter.channels());
        if !run.authentic {
            path.push_authentic(&shifts.authentic, shifts.level);
        }
        let measured: Vec<_> = run
            .generations
            .par_iter()
            .map_init(Scratch::new, |scratch, generation| self.meter.measure(scratch, &generation.pool))
            .collect::<Result<_, _>>()?;
        for generation in measured {
            match generation {
                Some(measured) => path.push(measured),
                // `Prepared` saw to it that every generation holds a window.
                None => path.push_authentic(&shifts.authentic, shifts.level),
            }
        }
        Ok(path.finish())
    }

    fn label_run(
        &self,
        run: &PreparedRun,
        whole: &Path,
        plausible: &[Family],
        shape: &ShapeNulls,
    ) -> Result<(Vec<GenerationLabel>, RunLabel), CollapseError> {
        let path = whole.values.as_slice();
        let parts = self.parts();
        let level = self.options.false_alarm * parts.0;
        let nulls: Vec<&Null> = shape
            .nulls
            .iter()
            .filter(|null| null.family == Family::Authentic || plausible.contains(&null.family))
            .collect();
        let channels = self.meter.channels();
        let drift = judge(path, &nulls, channels, level);
        let mechanism = self.hypothesis.as_ref().map(|found| &found.mechanism);
        let residuals: Vec<Option<f64>> =
            run.synthetic().iter().map(|generation| residual(mechanism?, &generation.pool).residual()).collect();
        // Position 0 is generation 0, so the synthetic generation i has position i + 1.
        let mut kept: Vec<Option<f64>> = vec![None; path.len()];
        if let Some(null) = &shape.residual {
            kept[1..].copy_from_slice(&null.p_values(&residuals));
        }
        let drift_score = Some(drift.greatest - drift.threshold).filter(|score| score.is_finite());
        let mechanism_level = self.options.false_alarm * parts.1;
        let kept_score = shape.residual.as_ref().and_then(|null| null.score(&residuals, mechanism_level));
        let lost = kept.iter().position(|p| p.is_some_and(|p| p <= mechanism_level));
        let size = run.synthetic().iter().map(|generation| generation.pool.len()).max().unwrap_or(1);
        let widen = widening(size, self.reference.len());
        let misfit = match (mechanism, shape.nulls.iter().find(|null| null.family == Family::Authentic)) {
            (None, Some(authentic)) if shape.shown => misfit(path, authentic, widen, channels),
            _ => vec![false; path.len()],
        };
        let judged = Judged { drift: &drift, kept: &kept, lost, misfit: &misfit, parts };
        let known = &whole.windows[usize::from(!run.authentic)..];
        let measured = run.generations.par_iter().zip(known).map(|(generation, windows)| {
            let mut statistics = Statistics::new();
            self.meter.report("", &generation.pool, *windows, mechanism, &mut statistics)?;
            if let Some(own) = &generation.own {
                let windows = self.meter.windows(&mut Scratch::new(), own)?;
                self.meter.report("own_", own, windows, mechanism, &mut statistics)?;
            }
            Ok(statistics)
        });
        let measured: Vec<Statistics> = measured.collect::<Result<_, CollapseError>>()?;
        let mut lines = Vec::with_capacity(run.generations.len());
        for (i, (generation, mut statistics)) in run.generations.iter().zip(measured).enumerate() {
            let t = i + usize::from(!run.authentic);
            for (c, channel) in channels.iter().enumerate() {
                let relative = (t > 0).then(|| path[t][c] - path[1][c]);
                statistics.insert(format!("drift_{}", channel.name().replace('-', "_")), relative);
            }
            statistics.insert("exceedance".to_owned(), drift.exceedance[t]);
            statistics.insert("threshold".to_owned(), drift.threshold.is_finite().then_some(drift.threshold));
            statistics.insert("p_drift".to_owned(), drift.p_by_generation[t]);
            statistics.insert("p_mechanism".to_owned(), kept[t]);
            let (verdict, modes) = judged.at(t);
            lines.push(GenerationLabel {
                run: run.id.clone(),
                generation: generation.index,
                verdict,
                modes,
                p_value: judged.p_value(t),
                alpha: generation.share.map(|share| share.alpha),
                alpha_low: generation.share.map(|share| share.low),
                alpha_high: generation.share.map(|share| share.high),
                statistics,
            });
        }
        let last = path.len() - 1;
        let (verdict, modes) = judged.at(last);
        let onset = [drift.onset, lost].into_iter().flatten().min();
        let position = |t: usize| run.generations[t - usize::from(!run.authentic)].index;
        let summary = RunLabel {
            summary: true,
            run: run.id.clone(),
            verdict,
            modes,
            rule: mechanism.map(|mechanism| mechanism.rule().to_string()),
            regime: self.regime(run, drift.onset.is_some(), mechanism.is_some() && lost.is_none()),
            onset: onset.map(position),
            p_value: judged.p_value(last),
            score: [drift_score, kept_score].into_iter().flatten().reduce(f64::max),
            nulls: plausible.iter().map(ToString::to_string).collect(),
        };
        Ok((lines, summary))
    }

    fn regime(&self, run: &PreparedRun, drifts: bool, rule_kept: bool) -> Option<Regime> {
        let shares: Option<Vec<_>> = run.synthetic().iter().map(|generation| generation.share).collect();
        let least = |limit: fn(&crate::alpha::Share) -> f64| {
            shares.as_ref().map(|shares| shares.iter().map(limit).fold(1.0, f64::min))
        };
        if drifts {
            Some(Regime::AutonomyCollapse)
        } else if rule_kept && least(|share| share.high).is_some_and(|high| high < self.options.floor) {
            Some(Regime::NeurosymbolicEscape)
        } else if least(|share| share.low).is_some_and(|low| low >= self.options.floor) {
            Some(Regime::Anchored)
        } else {
            None
        }
    }
}

/// The outcomes of the tests on one run, by position.
struct Judged<'a> {
    drift: &'a Drift,
    kept: &'a [Option<f64>],
    lost: Option<usize>,
    misfit: &'a [bool],
    parts: (f64, f64),
}

impl Judged<'_> {
    /// The verdict table, with what is known at position t.
    fn at(&self, t: usize) -> (Verdict, Vec<Mode>) {
        let mut modes: Vec<Mode> =
            self.drift.modes.iter().filter(|(_, since)| *since <= t).map(|(mode, _)| *mode).collect();
        if self.lost.is_some_and(|since| since <= t) {
            modes.push(Mode::MechanismLoss);
        }
        if !modes.is_empty() {
            return (Verdict::Collapsing, modes);
        }
        if self.misfit[t] {
            modes.push(Mode::StaticMisfit);
        }
        (Verdict::MechanismPreserving, modes)
    }

    /// The least of the tests' p-values, each divided by its part of the rate (weighted Bonferroni).
    fn p_value(&self, t: usize) -> Option<f64> {
        let drift = self.drift.p_by_generation[t].map(|p| p / self.parts.0);
        let kept = self.kept[t].map(|p| p / self.parts.1);
        [drift, kept].into_iter().flatten().reduce(f64::min).map(|p| p.min(1.0))
    }
}
