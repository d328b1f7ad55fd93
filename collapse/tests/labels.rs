//! The label on fresh simulated runs whose nature is known.

use std::sync::atomic::AtomicBool;
use turmite_collapse::{
    Channel, CollapseError, Generation, LabelOptions, Labels, Mode, Panel, Record, Reference, Regime, Run,
    SimulateOptions, Source, Verdict, label, simulate, verdicts,
};
use turmite_tables::Table;

fn options() -> LabelOptions {
    let mut options = LabelOptions::new(Table::embedded("5x2-1d").unwrap());
    options.trajectories = 150;
    options
}

fn simulated(source: Source, learner: &str, schedule: &str, records: usize, generations: u64) -> Vec<Run> {
    seeded(77, source, learner, schedule, records, generations)
}

fn seeded(seed: u64, source: Source, learner: &str, schedule: &str, records: usize, generations: u64) -> Vec<Run> {
    let mut options = SimulateOptions::new(source, learner.parse().unwrap());
    options.schedule = schedule.parse().unwrap();
    (options.records, options.length, options.generations) = (records, 256, generations);
    (options.runs, options.seed) = (2, seed);
    let mut out = Vec::new();
    simulate(&options, &AtomicBool::new(false), |record| {
        out.push(record);
        Ok(())
    })
    .unwrap();
    Run::from_simulated(out)
}

fn labelled(runs: &[Run]) -> Labels {
    label(runs, None, &options(), &|_| (), &AtomicBool::new(false)).unwrap()
}

fn assert_all(labels: &Labels, verdict: Verdict, modes: &[Mode], regime: Option<Regime>) {
    for run in &labels.runs {
        assert_eq!((run.verdict, run.modes.as_slice(), run.regime), (verdict, modes, regime), "{run:?}");
        assert_eq!(run.alarms.is_empty(), verdict == Verdict::MechanismPreserving, "{run:?}");
        assert_eq!(run.alarms.contains(&"residual up".to_owned()), modes.contains(&Mode::MechanismLoss), "{run:?}");
        assert_eq!(run.onset.is_some(), verdict == Verdict::Collapsing);
    }
}

#[test]
fn copies_without_exogenous_records_collapse() {
    let runs = simulated("rule30".parse().unwrap(), "records", "constant:0", 64, 16);
    assert_all(&labelled(&runs), Verdict::Collapsing, &[Mode::EntropyDecay], Some(Regime::AutonomyCollapse));
}

#[test]
fn anchored_copies_are_sound() {
    let labels = labelled(&simulated("rule110".parse().unwrap(), "records", "constant:0.3", 64, 8));
    assert_all(&labels, Verdict::MechanismPreserving, &[], Some(Regime::Anchored));
    assert_eq!(labels.runs[0].rule.as_deref(), Some("rule 110, width 16"));
    assert_eq!(labels.generations.len(), 18);
    assert!(labels.generations.iter().all(|line| line.statistics["residual"] == Some(0.0)));
}

#[test]
fn a_learner_that_finds_the_rule_escapes() {
    for source in ["rule110", "thue-morse"] {
        let labels = labelled(&simulated(source.parse().unwrap(), "neurosymbolic", "geometric:0.5", 64, 6));
        assert_all(&labels, Verdict::MechanismPreserving, &[], Some(Regime::NeurosymbolicEscape));
    }
}

#[test]
fn the_wrong_family_loses_the_mechanism_and_does_not_drift() {
    let labels = labelled(&simulated("rule30".parse().unwrap(), "ngram:4", "constant:0.3", 64, 6));
    assert_all(&labels, Verdict::Collapsing, &[Mode::MechanismLoss], Some(Regime::Anchored));
    assert!(labels.runs.iter().all(|run| run.onset == Some(2)));
    // The learner's own records break half of the checks, the pool fewer.
    let last = &labels.generations[6].statistics;
    assert!(last["own_residual"].unwrap() > 0.4 && last["residual"] < last["own_residual"]);
}

/// Words drawn by rank, rarer ones later: enough like prose to have a vocabulary and a spelling.
fn babble(records: usize, seed: u64) -> Vec<String> {
    let syllables = ["an", "the", "or", "mi", "lo", "ve", "sta", "re", "qui", "den", "ha", "sol"];
    let words: Vec<String> = (0..144).map(|i| format!("{}{}", syllables[i % 12], syllables[i / 12])).collect();
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31)
    };
    (0..records)
        .map(|_| {
            let mut text = String::new();
            while text.len() < 300 {
                text.push_str(&words[(144f64.powf(next()) as usize - 1).min(143)]);
                text.push(' ');
            }
            text[..300].to_owned()
        })
        .collect()
}

#[test]
fn text_collapses_without_exogenous_records_and_not_with_them() {
    let reference = Reference { records: babble(400, 1) };
    let source = || Source::from_records("babble", babble(5000, 2)).unwrap();
    for (schedule, verdict) in [("constant:0", Verdict::Collapsing), ("constant:0.3", Verdict::MechanismPreserving)] {
        let runs = simulated(source(), "ngram:4", schedule, 40, 10);
        let labels = label(&runs, Some(&reference), &options(), &|_| (), &AtomicBool::new(false)).unwrap();
        assert_eq!(labels.encoding, "utf8");
        for run in &labels.runs {
            assert_eq!(run.verdict, verdict, "{schedule}: {run:?}");
            assert_eq!(run.rule, None);
            // Text that states a share beyond the floor is held against loops of that share too.
            let (beyond, floor): (Vec<&str>, Vec<&str>) =
                run.nulls.iter().map(String::as_str).partition(|null| null.ends_with(" at 0.3"));
            let expected: Vec<String> = floor.iter().map(|null| format!("{null} at 0.3")).collect();
            assert_eq!(beyond, if schedule == "constant:0.3" { expected } else { Vec::new() });
            assert!(!floor.is_empty());
        }
    }
}

/// Words spelled anew show from generation 1 to 2 as they do from 0 to 1.
#[test]
fn a_loop_without_its_generation_0_is_held_against_the_same_learners() {
    let reference = Reference { records: babble(400, 1) };
    let source = Source::from_records("babble", babble(5000, 2)).unwrap();
    let mut runs = simulated(source, "ngram:4", "constant:0", 40, 10);
    let labelled = |runs: &[Run]| label(runs, Some(&reference), &options(), &|_| (), &AtomicBool::new(false)).unwrap();
    let whole = labelled(&runs);
    runs.iter_mut().for_each(|run| run.generations.retain(|generation| generation.index > 0));
    for (run, whole) in labelled(&runs).runs.iter().zip(&whole.runs) {
        assert_eq!((run.verdict, &run.nulls), (Verdict::Collapsing, &whole.nulls), "{run:?}");
        assert!(!run.nulls.iter().any(|null| null.starts_with("words")));
    }
}

#[test]
fn threads_do_not_change_a_label() {
    let runs = simulated("markov".parse().unwrap(), "ngram:3", "constant:0", 64, 6);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| labelled(&runs))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn lines_have_the_fields_of_the_contract() {
    let labels = labelled(&simulated("markov".parse().unwrap(), "ngram:3", "constant:0.3", 64, 4));
    let line = serde_json::to_value(&labels.generations[1]).unwrap();
    for field in ["run", "generation", "verdict", "modes", "p_value", "alpha", "alpha_low", "alpha_high", "statistics"]
    {
        assert!(line.get(field).is_some(), "{field}");
    }
    assert!(line["p_value"].is_null() && line["verdict"] == "mechanism-preserving" && line["alpha"] == 0.3);
    let summary = serde_json::to_value(&labels.runs[0]).unwrap();
    for field in ["run", "verdict", "modes", "rule", "regime", "onset", "p_value"] {
        assert!(summary.get(field).is_some(), "{field}");
    }
    assert!(summary["summary"] == true && summary["rule"].is_null() && summary["onset"].is_null());
}

#[test]
fn what_cannot_be_judged_is_refused_with_the_mend() {
    let stop = AtomicBool::new(false);
    let run = |generations: u64, records: usize, text: &str| Run {
        id: "r".to_owned(),
        source: None,
        generations: (0..generations)
            .map(|index| Generation { index, records: vec![Record::new(text); records] })
            .collect(),
    };
    let text = "01".repeat(40);
    let error =
        |run: Run, options: &LabelOptions| label(&[run], None, options, &|_| (), &stop).unwrap_err().to_string();
    let options = options();
    assert!(error(run(5, 63, &text), &options).contains("63 authentic records for the reference of run `r`"));
    assert!(error(run(3, 64, &text), &options).contains("expected at least 3"));
    assert!(error(run(5, 64, "0101"), &options).contains("at least 48"));
    let mut bad = run(5, 64, &text);
    bad.generations[2].records[1].text = "01x1".repeat(20);
    let mut bits = options.clone();
    bits.encoding = "bits".parse().unwrap();
    assert!(error(bad, &bits).contains("run `r`, generation 2, record 2"));
    let mut options = options;
    options.floor = 0.0;
    assert!(error(run(5, 64, &text), &options).contains("the floor is 0"));
    options.floor = 0.1;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(label(&[run(5, 64, &text)], None, &options, &|_| (), &stop), Err(CollapseError::Stopped)));
}

#[test]
fn short_authentic_records_are_refused_or_the_level_holds() {
    let bits = |seed, n: u64, length: usize| -> Vec<String> {
        let source: Source = "iid:0.5".parse().unwrap();
        (0..n).map(|i| source.bits(length, seed, i).iter().map(u8::to_string).collect()).collect()
    };
    let generation = |index: u64| {
        let texts = if index < 3 { bits(index, 8, 96) } else { vec!["01".repeat(48); 8] };
        Generation { index, records: texts.iter().map(Record::new).collect() }
    };
    let run = Run { id: "r".to_owned(), source: None, generations: (0..20).map(generation).collect() };
    let judge = |short: u64, long: u64| {
        let records = bits(90, short, 40).into_iter().chain(bits(91, long, 96)).collect();
        label(std::slice::from_ref(&run), Some(&Reference { records }), &options(), &|_| (), &AtomicBool::new(false))
    };
    // One generation in ten of eight such records holds no window, so that most loops have one and are drawn again.
    let labels = judge(192, 64).unwrap();
    assert_eq!(labels.runs[0].verdict, Verdict::Collapsing);
    assert_eq!(labels.runs[0].p_value, Some(1.0 / 151.0), "as many loops are kept as are asked");
    let refused = |short, long| judge(short, long).unwrap_err();
    assert!(matches!(refused(120, 40), CollapseError::ReferenceTooShort { found: 40, all: 160, bits: 48, .. }));
    assert!(matches!(refused(64, 0), CollapseError::ReferenceTooShort { found: 0, .. }));
    assert!(matches!(refused(20_000, 64), CollapseError::UnmeasurableNulls { records: 8, .. }));
    let alone = Run { generations: (1..20).map(generation).collect(), ..run.clone() };
    let error = label(&[alone], None, &options(), &|_| (), &AtomicBool::new(false)).unwrap_err().to_string();
    assert!(error.contains("run `r`, which has no generation 0; give --reference"), "{error}");
}

#[test]
fn a_level_that_cannot_be_resolved_is_said() {
    let mut options = options();
    options.trajectories = 20;
    let runs = simulated("iid:0.5".parse().unwrap(), "records", "constant:0.5", 64, 4);
    let labels = label(&runs, None, &options, &|_| (), &AtomicBool::new(false)).unwrap();
    assert!(labels.warnings.iter().any(|warning| warning.contains("20 null trajectories cannot show p below")));
    assert!(labels.smallest_p > 0.04);
}

#[test]
fn a_feedback_longer_than_any_block_is_seen_to_be_lost() {
    for (source, rule) in [("lfsr:7", "linear x^7 + x^6 + 1"), ("lfsr:16", "linear x^16 + x^15 + x^13 + x^4 + 1")] {
        let labels = labelled(&simulated(source.parse().unwrap(), "ngram:4", "constant:0.3", 64, 5));
        for run in &labels.runs {
            assert_eq!(run.rule.as_deref(), Some(rule));
            assert!(run.verdict == Verdict::Collapsing && run.modes.contains(&Mode::MechanismLoss), "{run:?}");
        }
    }
}

#[test]
fn many_judges_at_once_say_what_each_says_alone() {
    let mut runs = Vec::new();
    for (learner, schedule) in [("records", "constant:0"), ("ngram:3", "constant:0"), ("records", "constant:0.3")] {
        let mut more = simulated("rule110".parse().unwrap(), learner, schedule, 64, 6);
        more.iter_mut().for_each(|run| run.id = format!("{} {learner} {schedule}", run.id));
        runs.extend(more);
    }
    let panels = [
        Panel { channels: None, mechanism: true },
        Panel { channels: None, mechanism: false },
        Panel { channels: Some(vec![Channel::Gzip]), mechanism: false },
        Panel { channels: Some(vec![Channel::Distinct, Channel::Multiscale24]), mechanism: true },
    ];
    let stop = AtomicBool::new(false);
    let together = verdicts(&runs, None, &options(), &panels, &|_| (), &stop).unwrap();
    assert_eq!(together.len(), panels.len());
    for (panel, together) in panels.into_iter().zip(together) {
        let alone = LabelOptions { panel, ..options() };
        assert_eq!(label(&runs, None, &alone, &|_| (), &stop).unwrap().runs, together);
    }
}

#[test]
fn rates_that_no_simulation_resolves_are_refused() {
    for rate in [0.0, 1.0, f64::NAN, 1e-9] {
        let options = LabelOptions { false_alarm: rate, ..options() };
        let error = label(&[], None, &options, &|_| (), &AtomicBool::new(false)).unwrap_err();
        assert!(matches!(error, CollapseError::OutOfRange { what: "the false-alarm rate", .. }), "{error}");
    }
}

#[test]
fn the_order_of_lines_changes_nothing() {
    let runs = simulated("iid:0.3".parse().unwrap(), "ngram:4", "constant:0.3", 64, 6);
    let mut turned = runs.clone();
    turned.iter_mut().flat_map(|run| &mut run.generations).for_each(|generation| generation.records.reverse());
    let (one, other) = (labelled(&runs), labelled(&turned));
    let lines = |labels: &Labels| labels.runs.iter().map(|run| format!("{run:?}")).collect::<Vec<_>>();
    assert_eq!(lines(&one), lines(&other));
    assert!(one.runs.iter().any(|run| run.p_value.is_some_and(|p| p < 1.0)));
}

#[test]
fn slow_drift_of_a_fitting_learner_is_found_and_its_anchor_is_seen() {
    let source: Source = "iid:0.3".parse().unwrap();
    let apart = seeded(501, source.clone(), "ngram:4", "constant:1", 256, 2);
    let records = apart.iter().flat_map(|run| &run.generations[0].records).map(|record| record.text.clone());
    let reference = Reference { records: records.collect() };
    let verdicts_at = |schedule: &str| {
        let runs = simulated(source.clone(), "ngram:4", schedule, 64, 30);
        let labels = label(&runs, Some(&reference), &options(), &|_| (), &AtomicBool::new(false)).unwrap();
        labels.runs.iter().map(|run| (run.verdict, run.modes.clone())).collect::<Vec<_>>()
    };
    assert!(
        verdicts_at("constant:0")
            .iter()
            .all(|found| *found == (Verdict::Collapsing, vec![Mode::VarianceAmplification]))
    );
    assert!(verdicts_at("constant:0.2").iter().all(|(verdict, _)| *verdict == Verdict::MechanismPreserving));
}
