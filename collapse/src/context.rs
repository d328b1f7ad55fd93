//! A reference with the runs that are held against it: what is measured once, and judged by one panel of channels or by many.

use crate::alpha::Anchor;
use crate::channel::Channel;
use crate::drift::{Calibration, Null};
use crate::error::CollapseError;
use crate::hypothesis::{Hypothesis, infer};
use crate::judgement::{Judgement, parts};
use crate::label::{LabelOptions, Panel, Progress};
use crate::measure::{Meter, Scratch, Values};
use crate::mechanism_loss::{Broken, ResidualNull};
use crate::misfit::{misfit, widening};
use crate::null_cache::NullCache;
use crate::null_size::{Stretch, shows_itself};
use crate::nulls::{FamilyPaths, Shifts, Signs, compute, shifts};
use crate::order;
use crate::path::{Path, PathBuilder};
use crate::pool::Pool;
use crate::prepare::{PreparedGeneration, PreparedRun};
use crate::report::{GenerationLabel, RunLabel, Statistics};
use crate::surrogate::{Design, Family};
use crate::verdict::Regime;
use crate::words::{spells, spells_beyond};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One reference, ready.
pub(crate) struct Context<'a> {
    options: &'a LabelOptions,
    pub(crate) reference: &'a Pool<u8>,
    meter: Meter,
    hypothesis: Option<Hypothesis>,
    cache: Option<NullCache>,
}

/// Runs of one shape and their nulls, measured.
pub(crate) struct Shape<'a> {
    runs: &'a [&'a PreparedRun],
    /// By run.
    paths: Vec<Path>,
    /// By run: the families that could have made its first step.
    plausible: Vec<Vec<Family>>,
    /// The null trajectories, all that was measured of them; a family twice where the runs state a share beyond the floor.
    nulls: Vec<FamilyPaths>,
    anchor: Option<Anchor>,
    residual: Option<ResidualNull>,
    /// By run: the broken checks of every generation that makes any; none where no rule is known.
    residuals: Vec<Vec<Option<Broken>>>,
    /// Whether authentic trajectories are as large as the runs, and look like them.
    shown: bool,
}

/// Some of the channels that were measured, and whether records are held against the rule: what a judge sees.
pub(crate) struct View {
    channels: Vec<Channel>,
    /// Where each stands among those measured.
    at: Vec<usize>,
    mechanism: bool,
}

impl View {
    fn values(&self, values: &Values) -> Values {
        self.at.iter().map(|&at| values[at]).collect()
    }

    fn path(&self, path: &[Values]) -> Vec<Values> {
        path.iter().map(|values| self.values(values)).collect()
    }

    fn null(&self, (family, paths): &FamilyPaths) -> Null {
        Null::new(*family, paths.iter().map(|path| self.path(path)).collect(), &self.channels)
    }
}

impl<'a> Context<'a> {
    /// Measures what the options' panel asks.
    pub(crate) fn new(reference: &'a Pool<u8>, bytes: bool, options: &'a LabelOptions) -> Result<Self, CollapseError> {
        let meter = Meter::new(&options.table, bytes, options.panel.channels(bytes), reference)?;
        let hypothesis = if bytes || !options.panel.mechanism { None } else { infer(reference.iter()) };
        let cache = options.cache.as_deref().map(NullCache::new);
        Ok(Self { options, reference, meter, hypothesis, cache })
    }

    pub(crate) fn smallest_p(&self) -> f64 {
        1.0 / ((1 + self.options.trajectories) as f64 * parts(self.hypothesis.is_some()).0)
    }

    pub(crate) fn cache(&self) -> Option<&NullCache> {
        self.cache.as_ref()
    }

    pub(crate) fn design<'b>(&'b self, sizes: &'b [usize], nested: bool, stretch: Stretch) -> Design<'b> {
        let floor = self.options.floor;
        Design { meter: &self.meter, reference: self.reference, sizes, floor, share: floor, nested, stretch }
    }

    /// What a judge sees that goes by a panel. Channels that are not measured are left out.
    pub(crate) fn view(&self, panel: &Panel) -> View {
        let held = self.meter.channels();
        let place = |channel: &Channel| Some((held.iter().position(|held| held == channel)?, *channel));
        let (at, channels) = panel.channels(self.meter.bytes()).iter().filter_map(place).unzip();
        View { channels, at, mechanism: panel.mechanism }
    }

    /// Measures runs of one shape, and their nulls: those at the floor, and those anchored where the runs say they are.
    pub(crate) fn measure<'b>(
        &self,
        design: &Design<'_>,
        anchor: Option<Anchor>,
        runs: &'b [&'b PreparedRun],
        progress: &(dyn Fn(Progress) + Sync),
        stop: &AtomicBool,
    ) -> Result<Shape<'b>, CollapseError> {
        let shifts = shifts(design, self.cache.as_ref(), stop)?;
        let paths: Vec<Path> = runs.par_iter().map(|run| self.path(run, &shifts)).collect::<Result<_, _>>()?;
        let each = paths.par_iter().zip(runs);
        let plausible: Vec<Vec<Family>> = each.map(|(path, run)| shifts.plausible(path, &self.signs(run))).collect();
        let mut families = vec![Family::Authentic];
        for &family in plausible.iter().flatten() {
            if !families.contains(&family) {
                families.push(family);
            }
        }
        let learners = if anchor.is_some() { &families[1..] } else { &[] };
        let total = (self.options.trajectories * (families.len() + learners.len())) as u64;
        let done = AtomicU64::new(0);
        let step = || progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
        let trajectories = |design: &Design<'_>, families: &[Family]| {
            compute(design, families, self.options.trajectories, self.cache.as_ref(), stop, &step)
        };
        let mut nulls = trajectories(design, &families)?;
        let share = anchor.map_or(design.share, Anchor::share);
        nulls.extend(trajectories(&Design { share, ..*design }, learners)?);
        let residual = self
            .hypothesis
            .as_ref()
            .map(|found| ResidualNull::new(&found.mechanism, self.reference, &design.sizes[1..]));
        let residuals = runs.par_iter().map(|run| self.residuals(run)).collect();
        let sizes = runs.first().map_or_else(Vec::new, |run| run.sizes());
        let shown = sizes == design.sizes && shows_itself(self.reference.len(), &sizes);
        Ok(Shape { runs, paths, plausible, nulls, anchor, residual, residuals, shown })
    }

    fn residuals(&self, run: &PreparedRun) -> Vec<Option<Broken>> {
        let mechanism = self.hypothesis.as_ref().map(|found| &found.mechanism);
        let of = |generation: &PreparedGeneration| Broken::of(mechanism?, &generation.pool);
        run.generations.par_iter().map(of).collect()
    }

    /// What the first step shows of the learner: new words in text, an order in bits. Where generation 0 is not there, the reference stands
    /// for it in text, and generations 1 and 2 for the step in bits: a four-gram loop of prose at alpha 0 was held against words, and not found.
    fn signs(&self, run: &PreparedRun) -> Signs {
        let two = run.generations.first().zip(run.generations.get(1)).map(|(zero, first)| (&zero.pool, first));
        // What is kept of generation 0 would seem to be predicted by it.
        let alone = |first: &PreparedGeneration| first.own.is_some() || !run.accumulates();
        let bytes = self.meter.bytes();
        let spells = bytes
            && two.is_some_and(|(zero, first)| match run.authentic {
                true => spells(zero, &first.pool),
                false => spells_beyond(self.reference, zero),
            });
        let kinds = two
            .filter(|(_, first)| !bytes && alone(first))
            .map(|(zero, first)| order::plausible(zero, first.written(), &Family::orders(bytes)));
        Signs { spells, kinds }
    }

    /// The channels by position, generation 0 first; a run without one starts at the authentic mean.
    fn path(&self, run: &PreparedRun, shifts: &Shifts) -> Result<Path, CollapseError> {
        let mut path = PathBuilder::new(self.meter.channels(), self.meter.law().map(|law| (law, self.options.floor)));
        if !run.authentic {
            path.push_authentic(&shifts.authentic, shifts.level);
        }
        let measured: Vec<_> = run
            .generations
            .par_iter()
            .with_min_len(each_thread(run.generations.len()))
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

    /// Judges every run of a shape by what `view` sees.
    pub(crate) fn judge(&self, view: &View, shape: &Shape<'_>) -> Vec<Judgement> {
        let nulls: Vec<Null> = shape.nulls.iter().map(|null| view.null(null)).collect();
        let level = self.options.false_alarm * self.parts(view).0;
        let able = |plausible: &Vec<Family>| -> Vec<bool> {
            let of = |null: &Null| null.family == Family::Authentic || plausible.contains(&null.family);
            nulls.iter().map(of).collect()
        };
        let able: Vec<Vec<bool>> = shape.plausible.iter().map(able).collect();
        // Runs that are held against the same nulls share what is taken from these.
        let different: BTreeSet<&Vec<bool>> = able.iter().collect();
        let calibrations: BTreeMap<&Vec<bool>, Calibration<'_>> = different
            .into_par_iter()
            .map(|able| {
                let held = nulls.iter().zip(able).filter(|(_, able)| **able).map(|(null, _)| null).collect();
                (able, Calibration::new(held, &view.channels, level))
            })
            .collect();
        let judged = (0..shape.runs.len()).into_par_iter();
        judged.map(|at| self.judge_run(view, &calibrations[&able[at]], shape, at)).collect()
    }

    /// The shares of the level that the tests of drift and of the mechanism get.
    fn parts(&self, view: &View) -> (f64, f64) {
        parts(view.mechanism && self.hypothesis.is_some())
    }

    /// What the tests say of one run of a shape.
    fn judge_run(&self, view: &View, calibration: &Calibration<'_>, shape: &Shape<'_>, at: usize) -> Judgement {
        let run = shape.runs[at];
        let path = view.path(&shape.paths[at].values);
        let mechanism = self.hypothesis.as_ref().filter(|_| view.mechanism).map(|found| &found.mechanism);
        let parts = self.parts(view);
        let drift = calibration.judge(&path);
        // Position 0 is generation 0, so the synthetic generation i has position i + 1.
        let mut kept: Vec<Option<f64>> = vec![None; path.len()];
        let mut kept_score = None;
        let mechanism_level = self.options.false_alarm * parts.1;
        if let Some(null) = shape.residual.as_ref().filter(|_| mechanism.is_some()) {
            let residuals = &shape.residuals[at][usize::from(run.authentic)..];
            kept[1..].copy_from_slice(&null.p_values(residuals));
            kept_score = null.score(residuals, mechanism_level);
        }
        let lost = kept.iter().position(|p| p.is_some_and(|p| p <= mechanism_level));
        let size = run.synthetic().iter().map(|generation| generation.pool.len()).max().unwrap_or(1);
        let widen = widening(size, self.reference.len());
        let misfit = match (mechanism, calibration.nulls().iter().find(|null| null.family == Family::Authentic)) {
            (None, Some(authentic)) if shape.shown => misfit(&path, authentic, widen, &view.channels),
            _ => vec![false; path.len()],
        };
        let drift_score = Some(drift.greatest - drift.threshold).filter(|score| score.is_finite());
        let score = [drift_score, kept_score].into_iter().flatten().reduce(f64::max);
        Judgement { drift, kept, lost, misfit, parts, score }
    }

    /// The summaries of a shape's runs.
    pub(crate) fn summaries(&self, view: &View, shape: &Shape<'_>, judged: &[Judgement]) -> Vec<RunLabel> {
        let each = shape.runs.iter().zip(judged).zip(&shape.plausible);
        let names = |plausible: &Vec<Family>| {
            let anchored = shape.anchor.map(Anchor::share);
            let anchored =
                anchored.iter().flat_map(|share| plausible.iter().map(move |null| format!("{null} at {share}")));
            plausible.iter().map(ToString::to_string).chain(anchored).collect()
        };
        each.map(|((run, judged), plausible)| self.summary(judged, run, names(plausible), view)).collect()
    }

    /// A line for every generation of each run of a shape.
    pub(crate) fn lines(
        &self,
        shape: &Shape<'_>,
        judged: &[Judgement],
    ) -> Result<Vec<Vec<GenerationLabel>>, CollapseError> {
        let each = shape.runs.par_iter().zip(judged).zip(shape.paths.par_iter().zip(&shape.residuals));
        each.map(|((run, judged), (path, residuals))| self.run_lines(judged, run, path, residuals)).collect()
    }

    fn summary(&self, judged: &Judgement, run: &PreparedRun, nulls: Vec<String>, view: &View) -> RunLabel {
        let mechanism = self.hypothesis.as_ref().filter(|_| view.mechanism).map(|found| &found.mechanism);
        let last = judged.kept.len() - 1;
        let (verdict, modes) = judged.at(last);
        let onset = [judged.drift.onset, judged.lost].into_iter().flatten().min();
        let position = |t: usize| run.generations[t - usize::from(!run.authentic)].index;
        RunLabel {
            summary: true,
            run: run.id.clone(),
            verdict,
            modes,
            alarms: judged.alarms(&view.channels),
            rule: mechanism.map(|mechanism| mechanism.rule().to_string()),
            regime: self.regime(run, judged.drift.onset.is_some(), mechanism.is_some() && judged.lost.is_none()),
            onset: onset.map(position),
            p_value: judged.p_value(last),
            score: judged.score,
            nulls,
        }
    }

    fn run_lines(
        &self,
        judged: &Judgement,
        run: &PreparedRun,
        whole: &Path,
        residuals: &[Option<Broken>],
    ) -> Result<Vec<GenerationLabel>, CollapseError> {
        let path = whole.values.as_slice();
        let mechanism = self.hypothesis.as_ref().map(|found| &found.mechanism);
        let first = usize::from(!run.authentic);
        let known = whole.windows[first..].par_iter().copied().zip(whole.ranks[first..].par_iter().copied());
        let each = run.generations.par_iter().zip(known).zip(residuals);
        let measured = each.with_min_len(each_thread(run.generations.len())).map_init(
            Scratch::new,
            |scratch, ((generation, known), broken)| {
                let mut statistics = Statistics::new();
                self.meter.report(
                    scratch,
                    "",
                    &generation.pool,
                    known,
                    broken.map(|broken| broken.share),
                    &mut statistics,
                )?;
                if let Some(own) = &generation.own {
                    let windows = self.meter.windows(scratch, own)?;
                    let broken = mechanism.and_then(|mechanism| Broken::of(mechanism, own)).map(|broken| broken.share);
                    self.meter.report(scratch, "own_", own, (windows, None), broken, &mut statistics)?;
                }
                Ok(statistics)
            },
        );
        let measured: Vec<Statistics> = measured.collect::<Result<_, CollapseError>>()?;
        let drift = &judged.drift;
        let mut lines = Vec::with_capacity(run.generations.len());
        for (i, (generation, mut statistics)) in run.generations.iter().zip(measured).enumerate() {
            let t = i + usize::from(!run.authentic);
            for (c, channel) in self.meter.channels().iter().enumerate() {
                let relative = (t > 0).then(|| path[t][c] - path[1][c]);
                statistics.insert(format!("drift_{}", channel.name().replace('-', "_")), relative);
            }
            statistics.insert("exceedance".to_owned(), drift.exceedance[t]);
            statistics.insert("threshold".to_owned(), drift.threshold.is_finite().then_some(drift.threshold));
            statistics.insert("p_drift".to_owned(), drift.p_by_generation[t]);
            statistics.insert("p_mechanism".to_owned(), judged.kept[t]);
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
        Ok(lines)
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

/// How many of `n` generations a thread takes at least, so that few scratches are made.
fn each_thread(n: usize) -> usize {
    n.div_ceil(2 * rayon::current_num_threads())
}
