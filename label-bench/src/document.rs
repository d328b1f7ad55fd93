//! The document: what was measured, as Markdown.

use crate::cells::SCHEDULES;
use crate::figures::{ListFigures, Score, Section, in_order};
use crate::judge::Judge;
use crate::measures::{Share, Spread};
use crate::oracle::Limit;
use serde::Serialize;
use std::fmt::Write as _;

/// Everything that is written, as Markdown and as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The command that repeats it.
    pub command: String,
    /// The version of turmite.
    pub version: String,
    /// The fingerprint of the rule's source.
    pub rule: String,
    /// The processor and the number of its threads.
    pub machine: String,
    /// Runs a cell: of bits, of text, of the neural learner.
    pub seeds: [u64; 3],
    /// Null trajectories a family.
    pub trajectories: usize,
    /// One a list.
    pub lists: Vec<ListFigures>,
    /// The neural cells.
    pub neural: Vec<Section>,
    /// The oracle's limits.
    pub oracle: Vec<Limit>,
}

const METHOD: &str = "\
Self-training loops whose truth is known are simulated; our label and the usual statistics judge them. Every usual statistic
takes the place of our channels in the same drift test: relative to generation 1, against the same simulated nulls, with the
same two consecutive alarms and the same false-alarm rate of 1 % a run, and the alpha that counts as anchored is 0.1. So a
difference between rows is one of statistics, not of tests. `turmite` is the rule as it is; `turmite, drift alone` is
its drift test without a look for a rule in the reference, which no usual statistic has; `all baselines` are all of them in one test.

Records of bits: 64 of 256 a generation, 25 generations. Prose: 120 records of 300 characters, 40 generations (20 of the
neural learner). Labels are judged against a reference of authentic records that no run draws on: 512 of bits, one in six of a book.

## The truth

It is decided by `label-bench/src/truth.rs`, without the statistics that are judged.

- *Mechanism lost*, whatever alpha: on sources with an exact rule, more than 2 % of the checks of that rule (the source's own,
  not an inferred one) are broken.
- *Departed since generation 1*: the loss on authentic records of a learner fitted on the generation has risen, or the effective
  number of its records (1 / sum of squared shares) has fallen, by more than 1.25 times the most that twenty loops of the same
  source and learner, anchored at alpha 0.1 and 0.2, have shown by that generation. The loss is that of a Witten-Bell n-gram of the learner's order (8 symbols
  at most for bits and 5 for text), or the network's own; a learner that sharpens is held to the limits of its plain kind.
- Either must hold in three of the last five generations; it is dated by the first of two in a row.
- *Collapsing*: the mechanism is lost, or alpha tends to 0 and is below 0.1 and something has departed. *Preserving*: alpha is never below 0.1 (or
  nothing is ever thrown away: `accumulate`), the mechanism is kept, nothing has departed; and the learner that finds the rule itself, at
  any alpha. A learner that differs from a source without a rule from the start and stays put is preserving. All else is
  *between*, left out of every figure but the power by alpha, and counted.

Groups of collapsing runs: *mechanism loss*; *mode-seeking*, a learner that sharpens (temperature 0.8, truncation at 0.15), which
departs at any alpha; *sharp as at the floor*, the same where it lies no further from generation 0 than 1.25 times the furthest of twenty loops of
its own kind anchored at 0.1 and 0.2, so that what it shows is what the floor allows; *slow drift*, an n-gram no shorter
than the memory of a Markov or memoryless source; *diversity loss*, the rest. For a copier the effective number of records is close kin of our
channel of different records, and on sources whose rule is found the broken checks are those of our mechanism test: high figures there
say that the rule was found, and are no independent confirmation.

AUC orders runs by their greatest exceedance over the threshold that two consecutive generations share. Limits are exact (Clopper and Pearson, one-sided 95 %).
Delay is onset minus departure in generations, onset being the second alarm: median [10 %, 90 %] over detected runs.
";

impl Report {
    /// The document.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut out = String::from("# The label benchmark\n\n");
        let [bits, text, neural] = self.seeds;
        let _ = writeln!(
            out,
            "Written by `{}`: {bits} runs a cell of bits, {text} of text, {neural} of the neural learner; {} null trajectories a family; \
             turmite {}, rule {}; {}. Made anew by that command; figures without rounding are in `target/label-bench/figures.json`.\n",
            self.command, self.trajectories, self.version, self.rule, self.machine
        );
        out.push_str(METHOD);
        for list in self.lists.iter().filter(|list| !list.cells.is_empty()) {
            let _ = writeln!(out, "\n## Cells the rule was {}\n", words(list));
            groups(&mut out, list);
            power(&mut out, list);
            pairs(&mut out, list);
            better(&mut out, list);
        }
        if !self.neural.is_empty() {
            out.push_str("\n## The neural learner\n\nA character network (12 characters of context, 192 hidden units) that went to school on other parts of the book and is trained on its own pool every generation. These cells are held back too.\n\n");
            neural_table(&mut out, &self.neural);
        }
        if !self.oracle.is_empty() {
            out.push_str("\n## The limit of slow drift\n\nThe likelihood ratio of alpha 0 against the floor, for one who knows source, learner and order: no test with 1 % of false alarms at the floor finds more.\n\n");
            oracle_table(&mut out, self);
        }
        out
    }
}

fn words(list: &ListFigures) -> &'static str {
    match list.list {
        crate::cells::List::Tuned => "tuned on (fresh seeds)",
        crate::cells::List::HeldBack => "not tuned on",
    }
}

fn groups(out: &mut String, list: &ListFigures) {
    let Some(all) = list.groups.first() else { return };
    let _ = writeln!(
        out,
        "{} runs: {} collapsing, {} preserving, {} between. Each group is held against all preserving runs of the list.\n",
        all.runs(),
        all.collapsing,
        all.preserving,
        all.between
    );
    let of: Vec<&Section> = list.groups.iter().filter(|section| section.collapsing > 0).collect();
    let mut heads = vec!["AUC / detected".to_owned()];
    heads.extend(of.iter().map(|section| format!("{} ({})", section.name, section.collapsing)));
    heads.push(format!("false alarms ({})", all.preserving));
    head(out, &heads);
    for score in in_order(all) {
        let mut row = vec![score.judge.clone()];
        for section in &of {
            let score = section.of_judge(&score.judge);
            row.push(score.map_or_else(dash, |score| format!("{} / {}", number(score.auc), share(score.detected))));
        }
        row.push(alarms(score));
        line(out, &row);
    }
    out.push_str("\nWhen detected runs are detected: delay after the departure; onset, in generations.\n\n");
    let mut heads = vec!["delay; onset".to_owned()];
    heads.extend(of.iter().map(|section| section.name.clone()));
    head(out, &heads);
    for score in in_order(all) {
        let mut row = vec![score.judge.clone()];
        row.extend(of.iter().map(|section| {
            section
                .of_judge(&score.judge)
                .map_or_else(dash, |score| format!("{}; {}", spread(score.delay), spread(score.onset)))
        }));
        line(out, &row);
    }
}

/// Share of runs with an alarm by schedule; runs between count here, as what they are is what is asked.
fn power(out: &mut String, list: &ListFigures) {
    out.push_str(
        "\n### Power by alpha\n\nAlarms among the collapsing | the preserving | the other runs of a schedule.\n\n",
    );
    let judges: Vec<String> = list
        .groups
        .first()
        .map_or(Vec::new(), |all| in_order(all).into_iter().map(|score| score.judge.clone()).collect());
    let mut heads = vec!["schedule".to_owned(), "collapsing, preserving, between".to_owned()];
    heads.extend(judges.iter().cloned());
    head(out, &heads);
    for section in &list.schedules {
        let mut row = vec![
            format!("`{}`", section.name),
            format!("{}, {}, {}", section.collapsing, section.preserving, section.between),
        ];
        row.extend(judges.iter().map(|judge| {
            section.of_judge(judge).map_or_else(dash, |score| {
                format!("{} \\| {} \\| {}", share(score.detected), share(score.false_alarms), share(score.between))
            })
        }));
        line(out, &row);
    }
}

/// One row a source and learner, one column a schedule.
fn pairs(out: &mut String, list: &ListFigures) {
    out.push_str(
        "\n### By source and learner\n\nAUC over all schedules, ours and the best single usual statistic's; then, by schedule, alarms of `turmite` \
         of all runs whose truth is known, and `c` for collapsing, `p` for preserving, with the median onset where there is one. `-`: all runs are between.\n\n",
    );
    let mut heads = vec!["source and learner".to_owned(), "AUC".to_owned(), "best usual".to_owned()];
    let schedules = || SCHEDULES.iter().filter(|schedule| list.cells.iter().any(|cell| is_under(cell, schedule)));
    heads.extend(schedules().map(|schedule| schedule.replace("constant:", "")));
    head(out, &heads);
    let ours = Judge::Rule.to_string();
    for pair in &list.pairs {
        let mut row = vec![pair.name.clone()];
        row.push(pair.of_judge(&ours).map_or_else(dash, |score| number(score.auc)));
        let single = |score: &&Score| single_baselines().contains(&score.judge) && score.auc.is_some();
        let best =
            pair.scores.iter().filter(single).max_by(|a, b| a.auc.unwrap_or(0.0).total_cmp(&b.auc.unwrap_or(0.0)));
        row.push(best.map_or_else(dash, |best| format!("{} {}", number(best.auc), best.judge)));
        for schedule in schedules() {
            let cell = list.cells.iter().find(|cell| cell.name == format!("{} {schedule}", pair.name));
            row.push(cell.and_then(|cell| cell_alarms(cell, &ours)).unwrap_or_else(dash));
        }
        line(out, &row);
    }
}

fn is_under(cell: &Section, schedule: &str) -> bool {
    cell.name.strip_suffix(schedule).is_some_and(|before| before.ends_with(' '))
}

fn single_baselines() -> Vec<String> {
    let single = |judge: &Judge| matches!(judge, Judge::Baseline(_));
    Judge::all(true).iter().filter(|judge| single(judge)).map(ToString::to_string).collect()
}

fn cell_alarms(cell: &Section, judge: &str) -> Option<String> {
    let score = cell.of_judge(judge)?;
    let mut parts = Vec::new();
    if score.detected.of > 0 {
        let onset = score.onset.map_or_else(String::new, |onset| format!(" @{}", onset.median));
        parts.push(format!("c {}/{}{onset}", score.detected.count, score.detected.of));
    }
    if score.false_alarms.of > 0 {
        parts.push(format!("p {}/{}", score.false_alarms.count, score.false_alarms.of));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn better(out: &mut String, list: &ListFigures) {
    out.push_str("\n### Cells in which a usual statistic is better\n\n");
    if list.better.is_empty() {
        out.push_str("None.\n");
        return;
    }
    out.push_str("More collapsing runs found, as many found a generation or more earlier in the median, or fewer false alarms, than `turmite`.\n\n");
    head(out, &["cell", "in", "turmite", "better"].map(str::to_owned));
    let mut rows: Vec<(&str, &str, &str, Vec<String>)> = Vec::new();
    for better in &list.better {
        let shown = format!("{} {}", better.judge, better.theirs);
        match rows.iter_mut().find(|row| row.0 == better.cell && row.1 == better.what) {
            Some(row) => row.3.push(shown),
            None => rows.push((&better.cell, better.what, &better.ours, vec![shown])),
        }
    }
    for (cell, what, ours, theirs) in rows {
        line(out, &[cell.to_owned(), what.to_owned(), ours.to_owned(), theirs.join(", ")]);
    }
}

fn neural_table(out: &mut String, sections: &[Section]) {
    head(
        out,
        &["cell", "judge", "collapsing, preserving, between", "detected", "false alarms", "onset", "delay"]
            .map(str::to_owned),
    );
    for section in sections {
        for score in in_order(section) {
            line(
                out,
                &[
                    section.name.clone(),
                    score.judge.clone(),
                    format!("{}, {}, {}", section.collapsing, section.preserving, section.between),
                    share(score.detected),
                    alarms(score),
                    spread(score.onset),
                    spread(score.delay),
                ],
            );
        }
    }
}

fn oracle_table(out: &mut String, report: &Report) {
    let heads =
        ["source", "learner", "oracle: found at alpha 0", "oracle: AUC", "turmite: found at alpha 0", "best usual"];
    head(out, &heads.map(str::to_owned));
    let cells = || report.lists.iter().flat_map(|list| &list.cells);
    for limit in &report.oracle {
        let name = format!("{} {} constant:0", limit.source, limit.learner);
        let cell = cells().find(|cell| cell.name == name);
        let ours = cell.and_then(|cell| cell.of_judge(&Judge::Rule.to_string()));
        let single = single_baselines();
        let best = cell
            .into_iter()
            .flat_map(|cell| &cell.scores)
            .filter(|score| single.contains(&score.judge))
            .max_by_key(|score| score.detected.count);
        line(
            out,
            &[
                limit.source.clone(),
                limit.learner.clone(),
                share(limit.power),
                number(limit.auc),
                ours.map_or_else(dash, |score| share(score.detected)),
                best.map_or_else(dash, |score| format!("{} {}", share(score.detected), score.judge)),
            ],
        );
    }
}

fn head(out: &mut String, cells: &[String]) {
    line(out, cells);
    line(out, &vec!["---".to_owned(); cells.len()]);
}

fn line(out: &mut String, cells: &[String]) {
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

fn dash() -> String {
    "-".to_owned()
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(dash, |value| format!("{value:.3}"))
}

fn share(share: Share) -> String {
    share.value().map_or_else(dash, |value| format!("{value:.2}"))
}

fn alarms(score: &Score) -> String {
    let share = score.false_alarms;
    let upper = score.false_alarms_upper.map_or_else(dash, |upper| format!("{upper:.4}"));
    if share.of == 0 { dash() } else { format!("{}/{} (at most {upper})", share.count, share.of) }
}

fn spread(spread: Option<Spread>) -> String {
    spread.map_or_else(dash, |spread| format!("{} [{}, {}]", spread.median, spread.low, spread.high))
}
