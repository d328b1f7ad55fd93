//! What a report says, the same in every form of it.

use turmite_collapse::{Example, GenerationLabel, Mode, Regime, RunLabel, Spread, Verdict, Why};

use super::Report;
use super::group::{Group, Series, Theory};
use crate::summary::short;

/// The verdict on all runs.
pub(super) fn verdict(report: &Report<'_>) -> String {
    let collapsing = report.runs().filter(|run| run.verdict == Verdict::Collapsing).count();
    match (collapsing, report.runs().count()) {
        (0, 1) => "The run is not collapsing.".to_owned(),
        (1, 1) => "The run is collapsing.".to_owned(),
        (0, all) => format!("None of {all} runs is collapsing."),
        (some, all) => format!("{some} of {all} runs are collapsing."),
    }
}

/// What a series of runs comes to, in one sentence.
pub(super) fn sentence(group: &Group<'_>, series: &Series<'_>, floor: f64) -> String {
    let all: Vec<&RunLabel> = group.of_series(series).collect();
    let (bad, good): (Vec<&RunLabel>, Vec<&RunLabel>) = all.iter().partition(|run| run.verdict == Verdict::Collapsing);
    let p = |runs: &[&RunLabel]| {
        let least = runs.iter().filter_map(|run| run.p_value).reduce(f64::min);
        let greatest = runs.iter().filter_map(|run| run.p_value).reduce(f64::max);
        match (least, greatest) {
            (Some(a), Some(b)) if p_value(a) == p_value(b) => format!(" (p = {})", p_value(a)),
            (Some(a), Some(b)) => format!(" (p = {} to {})", p_value(a), p_value(b)),
            _ => String::new(),
        }
    };
    let collapse = || {
        let onsets = || bad.iter().filter_map(|run| run.onset);
        let from = match (onsets().min(), onsets().max()) {
            (Some(first), Some(last)) if first == last => format!(", from generation {first} on"),
            (Some(first), Some(last)) => format!(", from between generations {first} and {last} on"),
            _ => String::new(),
        };
        format!("{from}: {}{}", modes_in_words(&bad), p(&bad))
    };
    match (bad.len(), all.len()) {
        (0, 1) => format!("The run does not collapse: {}{}.", kept(group, &good, floor), p(&good)),
        (0, 2) => format!("Neither of the 2 runs collapses: {}{}.", kept(group, &good, floor), p(&good)),
        (0, n) => format!("None of the {n} runs collapses: {}{}.", kept(group, &good, floor), p(&good)),
        (1, 1) => format!("The run collapses{}.", collapse()),
        (2, 2) => format!("Both runs collapse{}.", collapse()),
        (some, n) if some == n => format!("All {n} runs collapse{}.", collapse()),
        (some, n) => {
            let collapses = if some == 1 { "collapses" } else { "collapse" };
            format!(
                "{some} of the {n} runs {collapses}{}. Of the others: {}{}.",
                collapse(),
                kept(group, &good, floor),
                p(&good)
            )
        }
    }
}

/// How runs collapse.
fn modes_in_words(runs: &[&RunLabel]) -> String {
    let rule = runs.iter().find_map(|run| run.rule.as_deref()).unwrap_or("the rule");
    let mut words = Vec::new();
    for mode in [Mode::MechanismLoss, Mode::EntropyDecay, Mode::VarianceAmplification] {
        let of_mode = runs.iter().filter(|run| run.modes.contains(&mode)).count();
        let what = match mode {
            Mode::MechanismLoss => format!("records break {rule} (mechanism-loss)"),
            Mode::EntropyDecay => "variety or complexity is lost generation by generation (entropy-decay)".to_owned(),
            _ => format!("{} (variance-amplification)", amplification(runs)),
        };
        match of_mode {
            0 => {}
            some if some == runs.len() => words.push(what),
            some => words.push(format!("in {some} of them {what}")),
        }
    }
    words.join("; ")
}

/// What grows where something does: the channels that alarmed tell noise from records that move away.
fn amplification(runs: &[&RunLabel]) -> &'static str {
    const WANDERING: [&str; 4] = ["distance up", "unanchored up", "symbol-mean up", "symbol-mean down"];
    let grew = |alarm: &&String| alarm.ends_with(" up") && *alarm != "residual up" || alarm.starts_with("symbol-mean ");
    let alarms = || runs.iter().flat_map(|run| &run.alarms).filter(grew);
    let wanders = alarms().any(|alarm| WANDERING.contains(&alarm.as_str()));
    match (alarms().any(|alarm| !WANDERING.contains(&alarm.as_str())), wanders) {
        (true, true) => "noise grows, and the records wander off",
        (true, false) => "noise grows",
        _ => "the records wander off",
    }
}

/// Why runs do not collapse.
fn kept(group: &Group<'_>, runs: &[&RunLabel], floor: f64) -> String {
    let still = format!("nothing drifts further than in loops anchored at {floor}");
    let mut words = vec![match runs.iter().find_map(|run| run.rule.as_deref()) {
        Some(rule) => format!("the records still obey {rule}, and {still}"),
        None => format!("{still} (no rule was found in the reference)"),
    }];
    let regime = |regime: Regime| runs.iter().filter(|run| run.regime == Some(regime)).count();
    let in_some = |some: usize| if some == runs.len() { String::new() } else { format!("in {some} of them ") };
    match regime(Regime::Anchored) {
        0 => {}
        some => words.push(format!("{}alpha stays at {floor} or more (anchored)", in_some(some))),
    }
    match regime(Regime::NeurosymbolicEscape) {
        0 => {}
        some => {
            words
                .push(format!("{}this holds although alpha falls under {floor} (neurosymbolic-escape)", in_some(some)));
        }
    }
    let below = |run: &&&RunLabel| {
        let last = group.path(&run.run).iter().rfind(|label| label.generation > 0);
        let most = last.and_then(|label| label.alpha_high.or(label.alpha));
        run.regime != Some(Regime::NeurosymbolicEscape) && most.is_some_and(|most| most < floor)
    };
    match runs.iter().filter(below).count() {
        0 => {}
        some => words.push(format!(
            "{}alpha has come to lie under {floor} all the same, where theory expects drift in time: such a loop is not safe because none is seen yet",
            in_some(some)
        )),
    }
    match runs.iter().filter(|run| run.modes.contains(&Mode::StaticMisfit)).count() {
        0 => {}
        some => {
            let learner = "the learner differs from the reference at once and stays there (static-misfit)";
            words.push(format!("{}{learner}", in_some(some)));
        }
    }
    words.join("; ")
}

/// What the runs of a group are.
pub(super) fn about(group: &Group<'_>) -> String {
    let (first, last) = group.span();
    let sizes = group.paths.iter().flatten().filter_map(|label| statistic(label, "records"));
    let records = match Spread::of(sizes.clone()) {
        None => String::new(),
        Some(_) => {
            let (least, most) = (sizes.clone().fold(f64::INFINITY, f64::min), sizes.fold(0.0, f64::max));
            if least == most {
                format!("{least:.0} records each")
            } else {
                format!("{least:.0} to {most:.0} records each")
            }
        }
    };
    let runs = match group.runs.len() {
        1 => "One run".to_owned(),
        n => format!("{n} runs"),
    };
    format!("{runs}: generations {first} to {last} of {records}, compared with {} authentic records.", group.authentic)
}

/// What theory says of a loop, in one sentence.
pub(super) fn theory(theory: &Theory<'_>, group: &Group<'_>) -> String {
    let runs = match theory.runs.as_slice() {
        runs if runs.len() == group.runs.len() && runs.len() > 1 => format!("all {} runs", runs.len()),
        [one] => format!("run {one}"),
        runs => {
            let series = group.series.iter().find(|series| series.runs == runs);
            series.map_or_else(
                || format!("{} runs", runs.len()),
                |series| format!("the runs \u{201c}{}\u{201d}", series.name),
            )
        }
    };
    let last = theory.copies.points.last();
    let last = last.map(|point| format!("{} in generation {}", share(point.diversity), point.generation));
    let settles = theory.copies.level.map(|level| format!(", and to settle at {}", share(level)));
    format!(
        "Theory for {runs}, whose learner copies whole records: the chance that two records differ is expected to be {}{}.",
        last.unwrap_or_default(),
        settles.unwrap_or_default()
    )
}

/// Where theory is silent.
pub(super) fn silent(group: &Group<'_>) -> Vec<String> {
    let of = |(reason, runs): &(String, usize)| {
        let runs = if *runs == 1 { "one run".to_owned() } else { format!("{runs} runs") };
        format!("No prediction for {runs}: {reason}.")
    };
    group.silent.iter().map(of).collect()
}

/// Why an example is shown.
pub(super) fn why(example: &Example, records: usize) -> String {
    let mut reasons = Vec::new();
    for why in &example.why {
        reasons.push(match why {
            Why::Repeated => "most repeated".to_owned(),
            Why::Shared => "most made of what others hold too".to_owned(),
            Why::BreaksRule => "breaks the rule most".to_owned(),
            Why::Simplest => "simplest".to_owned(),
            Why::MostComplex => "most complex".to_owned(),
            _ => "authentic, of median complexity".to_owned(),
        });
    }
    let mut words = reasons.join(", ");
    if let Some(first) = words.get(..1) {
        words.replace_range(..1, &first.to_uppercase());
    }
    if example.count > 1 || example.why.contains(&Why::Repeated) {
        return format!("{words}: {} of {records} records", example.count);
    }
    words
}

/// The figures of an example.
pub(super) fn figures(example: &Example) -> String {
    let mut parts = Vec::new();
    if let (Some(bits), Some(rank)) = (example.bdm_per_symbol, example.rank) {
        let percent = (rank * 100.0).round();
        parts.push(format!("BDM {bits:.3} bits a symbol, more complex than {percent} % of the authentic records"));
    }
    if let Some(checks) = example.checks.filter(|checks| checks.made > 0) {
        parts.push(format!("{} of {} checks of the rule broken", checks.violated, checks.made));
    }
    if let Some(shared) = example.shared {
        parts.push(format!("a window of 48 bits of it occurs {shared:.1} times in the generation"));
    }
    let effects = || example.effects.iter().flatten().copied();
    let (least, most) = (effects().fold(f64::INFINITY, f64::min), effects().fold(f64::NEG_INFINITY, f64::max));
    if least <= most {
        parts.push(format!("effects from {} to {} bits", signed(least), signed(most)));
    }
    if example.left_out > 0 {
        parts.push(format!("{} more characters", example.left_out));
    }
    parts.join("; ")
}

/// A statistic of a generation.
pub(super) fn statistic(label: &GenerationLabel, name: &str) -> Option<f64> {
    label.statistics.get(name).copied().flatten()
}

/// A p-value: two digits where it is large, four decimals where it matters.
pub(super) fn p_value(p: f64) -> String {
    match p {
        0.995.. => "1".to_owned(),
        0.1.. => format!("{p:.2}"),
        0.00095.. => format!("{p:.4}"),
        _ => format!("{p:.1e}"),
    }
}

/// Bits with their sign.
pub(super) fn signed(bits: f64) -> String {
    // A minus sign, not a hyphen; rounding must not leave -0.0.
    let rounded = (bits * 10.0).round() / 10.0;
    if rounded < 0.0 { format!("\u{2212}{:.1}", -rounded) } else { format!("+{:.1}", rounded.abs()) }
}

fn share(value: f64) -> String {
    format!("{value:.3}")
}

/// At most this many characters.
pub(super) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The columns of the table of runs.
pub(super) const COLUMNS: [&str; 9] =
    ["run", "verdict", "modes", "regime", "rule found", "alpha", "onset", "p", "what alarmed"];

/// A run as a row of that table; the second cell is the verdict.
pub(super) fn row(group: &Group<'_>, run: &RunLabel) -> [String; 9] {
    let modes: Vec<String> = run.modes.iter().map(ToString::to_string).collect();
    let listed = |words: &[String]| if words.is_empty() { "-".to_owned() } else { words.join(", ") };
    [
        run.run.clone(),
        run.verdict.to_string(),
        listed(&modes),
        run.regime.map_or_else(|| "-".to_owned(), |regime| regime.to_string()),
        run.rule.clone().unwrap_or_else(|| "none".to_owned()),
        alpha(group, run),
        run.onset.map_or_else(|| "-".to_owned(), |onset| onset.to_string()),
        run.p_value.map_or_else(|| "-".to_owned(), p_value),
        listed(&run.alarms),
    ]
}

/// The range of alpha over the synthetic generations, or that it is not known.
fn alpha(group: &Group<'_>, run: &RunLabel) -> String {
    let synthetic = group.path(&run.run).iter().filter(|label| label.generation > 0);
    let known: Vec<f64> = synthetic.filter_map(|label| label.alpha).collect();
    let (least, most) = (known.iter().copied().reduce(f64::min), known.iter().copied().reduce(f64::max));
    let digits =
        |x: f64| if x == 0.0 || x >= 0.001 { format!("{}", (x * 1000.0).round() / 1000.0) } else { format!("{x:.0e}") };
    let told = if group.states_shares(&run.run) { "" } else { " (estimated)" };
    match (least, most) {
        (Some(least), Some(most)) if digits(least) == digits(most) => digits(least) + told,
        (Some(least), Some(most)) => format!("{} to {}{told}", digits(least), digits(most)),
        _ => "unknown".to_owned(),
    }
}

/// The columns of the table of series, for groups of many runs.
pub(super) const SERIES_COLUMNS: [&str; 6] = ["runs of", "runs", "collapsing", "modes", "onset", "p"];

/// A series as a row of that table.
pub(super) fn series_row(group: &Group<'_>, series: &Series<'_>) -> [String; 6] {
    let runs: Vec<&RunLabel> = group.of_series(series).collect();
    let collapsing = runs.iter().filter(|run| run.verdict == Verdict::Collapsing).count();
    let mut modes = Vec::new();
    for mode in [Mode::MechanismLoss, Mode::EntropyDecay, Mode::VarianceAmplification, Mode::StaticMisfit] {
        match runs.iter().filter(|run| run.modes.contains(&mode)).count() {
            0 => {}
            some => modes.push(format!("{mode} {some}")),
        }
    }
    let spread = |values: Vec<f64>, show: fn(f64) -> String| match Spread::of(values) {
        None => "-".to_owned(),
        Some(Spread { low, median, high }) if show(low) == show(high) => show(median),
        Some(Spread { low, median, high }) => format!("{} ({} to {})", show(median), show(low), show(high)),
    };
    [
        series.name.clone(),
        runs.len().to_string(),
        collapsing.to_string(),
        if modes.is_empty() { "-".to_owned() } else { modes.join(", ") },
        spread(runs.iter().filter_map(|run| run.onset).map(|onset| onset as f64).collect(), |x| format!("{x:.0}")),
        spread(runs.iter().filter_map(|run| run.p_value).collect(), p_value),
    ]
}

/// The verdict table: rule found, rule kept, drift, verdict, modes.
pub(super) const VERDICTS: [[&str; 5]; 6] = [
    ["rule found in the reference", "records obey it", "drift after generation 1", "verdict", "modes"],
    ["yes", "yes", "no", "mechanism-preserving", "none"],
    ["yes", "no", "no or yes", "collapsing", "mechanism-loss, and those of the drift"],
    ["yes", "yes", "yes", "collapsing", "entropy-decay, variance-amplification, or both"],
    [
        "no",
        "-",
        "no",
        "mechanism-preserving",
        "static-misfit where the learner differs from the reference but stays put",
    ],
    ["no", "-", "yes", "collapsing", "entropy-decay, variance-amplification, or both"],
];

/// What the words and the charts mean.
pub(super) fn reading(report: &Report<'_>) -> Vec<(&'static str, String)> {
    let (floor, rate) = (report.options.floor, report.options.false_alarm);
    let text = |text: &str| text.to_owned();
    vec![
        (
            "Onset",
            text(
                "The generation of the second of two alarms in a row. From there on a run is called collapsing, and stays so.",
            ),
        ),
        (
            "What alarmed",
            text(
                "The statistics that left what the simulated loops do, and which way. multiscale-48, -24 and -12: the complexity of all windows of so many bits of a generation together. \
                 good-turing: windows that occur once, which is what is rare. distinct-records: how many records differ. rank-bdm: how complex a record is beside the authentic ones. \
                 symbol-mean: the share of ones. distance: how far short runs of symbols have moved from those of generation 1. unanchored: evidence that nothing \
                 authentic comes in any more. residual: broken checks of the rule.",
            ),
        ),
        (
            "Regime",
            text(
                "autonomy-collapse: the loop drifts. neurosymbolic-escape: it keeps the rule although alpha is under the floor. anchored: it does not drift, and alpha is at the floor \
                 or above throughout. A dash: none of the three is shown, as where alpha is unknown.",
            ),
        ),
        (
            "Drift",
            format!(
                "Statistics relative to generation 1 are compared with those of loops simulated from the reference: fresh authentic samples, and learners that get a \
                 share of {floor} authentic records in every generation (the floor) and whose first step resembles this run's."
            ),
        ),
        (
            "p",
            format!(
                "One plus the simulated loops at least as extreme, over one plus all of them. Where a rule was found, two tests share the rate: p is that of drift over 0.8 or \
                 that of the rule over 0.2, whichever is less. At most {rate} of sound runs are called collapsing. p cannot fall under {}, because only so many loops were simulated.",
                p_value(report.smallest_p)
            ),
        ),
        (
            "Bands",
            text(
                "Grey: where 95 % of authentic samples of a generation's size lie. Where there are many runs, a line is their median, and the tint around it holds nine in ten of them.",
            ),
        ),
        (
            "Theory",
            text(
                "Dotted: the expectation for a loop that copies whole records, at this run's alpha and sizes, each learner trained on the generation before and nothing else. \
                 The chance that two records differ follows the exact recursion of Wright and Fisher with immigration; its tint holds 95 % of 200 simulated copiers. \
                 A learner that writes records of its own is outside this theory, and none is drawn for it.",
            ),
        ),
        (
            "alpha",
            text(
                "The share of a generation that comes from outside the loop, as its records state it, or counted where they are marked, or estimated from the records where they say \
                 nothing, the last two with a 95 % interval (tinted); an estimate holds for learners that copy or whose order it knows (docs/alpha.md). Where it goes to 0 the theory predicts collapse \
                 (Zenil, arXiv:2601.05280). 0.2 is the share to plan for, so that an estimate stays above a floor of 0.1 in spite of its error.",
            ),
        ),
        (
            "Complexity",
            text(
                "BDM is the length of the shortest descriptions, in bits, that an exact table of all small Turing machines gives for the blocks of a record. Lower is simpler. \
                 Multiscale BDM is taken over all windows of 48 bits of a generation together, so copies and stock phrases lower it.",
            ),
        ),
        (
            "Colours behind symbols",
            text(
                "By how many bits the record's BDM changes if that one symbol is changed. Orange, with a line above: the record becomes more complex, so the symbol belongs to a \
                 regularity. Blue, with a line below: it becomes simpler, so the symbol breaks one. Characters of text get the mean over the flips of their bits.",
            ),
        ),
    ]
}

/// A number for a table of trajectories.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        let shown = [1.0, 0.6852, 0.0042, 0.00095, 0.0001].map(p_value);
        assert_eq!(shown, ["1", "0.69", "0.0042", "0.0009", "1.0e-4"]);
        assert_eq!([-0.01, -33.06, 4.0].map(signed), ["+0.0", "\u{2212}33.1", "+4.0"]);
        assert_eq!((cut("abcdef", 4), cut("abcd", 4)), ("abc…".to_owned(), "abcd".to_owned()));
    }
}
