//! The whole benchmark on a few small runs, so that it cannot rot.

use std::path::{Path, PathBuf};
use turmite_label_bench::bench::{Judged, Plan, Scale};
use turmite_label_bench::cells::{Cell, List};
use turmite_label_bench::document::Report;
use turmite_label_bench::figures::ListFigures;
use turmite_label_bench::oracle;
use turmite_label_bench::truth::{Group, Truth};

fn cell(source: &str, learner: &str, schedule: &str, list: List) -> Cell {
    Cell { source: source.to_owned(), learner: learner.to_owned(), schedule: schedule.to_owned(), list }
}

fn plan(folder: PathBuf) -> Plan {
    Plan {
        root: Path::new(env!("CARGO_MANIFEST_DIR")).join(".."),
        folder,
        cells: vec![
            cell("period:9", "records", "constant:0", List::Tuned),
            cell("period:9", "records", "constant:0.5", List::Tuned),
            cell("period:9", "ngram:3", "constant:0.5", List::Tuned),
            cell("period:9", "ngram:4", "constant:0.5", List::HeldBack),
        ],
        seeds: 2,
        text_seeds: 0,
        neural_seeds: 0,
        judges: ["turmite", "distinct-1", "zstd"].map(str::to_owned).into(),
        scale: Scale {
            bits: (20, 30),
            text: (8, 3),
            length: 64,
            reference: 96,
            examined: (20, 2),
            anchored: 3,
            // The least number that can show p below 0.008, which is the drift test's part where a rule was found.
            trajectories: 130,
        },
    }
}

#[test]
fn a_small_benchmark_finds_what_is_there_and_is_not_measured_twice() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path().to_owned());
    let judged = plan.measure().unwrap();
    assert_eq!(judged.len(), 8);
    for run in &judged {
        let expected = match (run.cell.learner.as_str(), run.cell.schedule.as_str()) {
            ("records", "constant:0") => Some(Group::DiversityLoss),
            ("ngram:3" | "ngram:4", _) => Some(Group::MechanismLoss),
            _ => None,
        };
        match run.truth {
            Truth::Collapsing { group, .. } => assert_eq!(Some(group), expected, "{}", run.cell),
            Truth::Preserving => assert_eq!(None, expected, "{}", run.cell),
            Truth::Between => panic!("{}: between", run.cell),
        }
    }
    let lists: Vec<ListFigures> =
        [List::Tuned, List::HeldBack].into_iter().map(|list| ListFigures::of(list, &judged)).collect();
    let ours = lists[0].groups[0].of_judge("turmite").unwrap();
    assert_eq!((ours.detected.count, ours.detected.of, ours.false_alarms.count), (4, 4, 0));
    assert_eq!(ours.auc, Some(1.0));
    assert!(lists[0].groups[0].of_judge("distinct-1").is_some() && lists[0].groups[0].of_judge("zstd").is_some());

    let report = Report {
        command: "cargo xtask label-bench".to_owned(),
        version: "0".to_owned(),
        rule: plan.rule_version().unwrap(),
        machine: "any".to_owned(),
        seeds: [2, 0, 0],
        trajectories: 130,
        lists,
        neural: Vec::new(),
        oracle: oracle::limit("iid:0.2", "ngram:3", (8, 4), 32, 20).unwrap().into_iter().collect(),
    };
    let document = report.markdown();
    for part in ["mechanism loss (2)", "| turmite | 1.000 / 1.00 |", "`constant:0.5`", "## The limit of slow drift"] {
        assert!(document.contains(part), "{part} is not in\n{document}");
    }
    serde_json::to_string(&report).unwrap();

    // Everything is kept (scores lose their last digit in the file).
    let again = plan.measure().unwrap();
    for (first, second) in judged.iter().zip(&again) {
        assert_eq!((first.truth, &first.cell), (second.truth, &second.cell));
        let said =
            |run: &Judged| run.outcomes.iter().map(|(judge, of)| (*judge, of.alarm, of.onset)).collect::<Vec<_>>();
        assert_eq!(said(first), said(second));
    }
}
