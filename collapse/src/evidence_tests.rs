use super::*;
use crate::source::Source;

fn table() -> Table {
    Table::embedded("5x2-1d").unwrap()
}

fn label(modes: &[Mode], onset: Option<u64>) -> RunLabel {
    let collapsing = modes.iter().any(|mode| *mode != Mode::StaticMisfit);
    RunLabel {
        summary: true,
        run: "a".to_owned(),
        verdict: if collapsing { Verdict::Collapsing } else { Verdict::MechanismPreserving },
        modes: modes.to_vec(),
        alarms: Vec::new(),
        rule: None,
        regime: None,
        onset,
        p_value: None,
        score: None,
        nulls: Vec::new(),
    }
}

fn run(generations: &[(u64, &[&str])]) -> Run {
    let generation = |&(index, texts): &(u64, &[&str])| Generation {
        index,
        records: texts.iter().map(|&text| Record::new(text)).collect(),
    };
    Run { id: "a".to_owned(), source: None, generations: generations.iter().map(generation).collect() }
}

fn bits(number: u64) -> String {
    let source: Source = "rule110".parse().unwrap();
    source.bits(256, 5, number).iter().map(|bit| char::from(b'0' + bit)).collect()
}

#[test]
fn repeated_records_come_first_and_ties_go_to_the_earlier() {
    let texts: Vec<String> = (0..70).map(bits).collect();
    let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "bits", table()).unwrap();
    assert_eq!(evidence.rule().unwrap().to_string(), "rule 110, width 16");
    let [a, b, c, d] = [&texts[3], &texts[1], &texts[2], &texts[9]].map(String::as_str);
    let run = run(&[(0, &[a]), (2, &[a, b, c, d]), (1, &[a, b, b, c, c])]);
    let shown = evidence.examples(&run, &label(&[Mode::EntropyDecay], Some(1))).unwrap();
    assert_eq!(shown.iter().map(|s| s.generation).collect::<Vec<_>>(), [1, 2]);
    // b and c are repeated twice each, and b comes first.
    let of = |at: usize| shown[0].examples.iter().position(|e| e.text == texts[at]);
    assert_eq!((of(1), of(2)), (Some(0), Some(1)));
    assert_eq!((shown[0].examples[0].count, shown[0].records), (2, 5));
    assert!(shown[0].examples[0].shared.unwrap() >= 2.0);
    // Nothing is repeated in generation 2: only the simplest is shown, and what shares a window if any does.
    let simplest = shown[1].examples.iter().position(|example| example.why.contains(&Why::Simplest)).unwrap();
    assert!(shown[1].examples.iter().all(|example| !example.why.contains(&Why::Repeated)));
    let least = [a, b, c, d].map(|text| evidence.candidate(&mut BlockCounts::new(2), text, 1).unwrap());
    let least = least.iter().map(|c| c.bdm_per_symbol.unwrap()).fold(f64::INFINITY, f64::min);
    assert_eq!(shown[1].examples[simplest].bdm_per_symbol, Some(least));
}

#[test]
fn effects_are_the_difference_of_two_scores() {
    let texts: Vec<String> = (0..70).map(bits).collect();
    let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "bits", table()).unwrap();
    let example = evidence.authentic().unwrap().unwrap();
    assert_eq!((example.effects.len(), example.left_out), (256, 0));
    let score = |text: &str| evidence.bdm.score(&evidence.encoding.encode(text, 2).unwrap()).unwrap().unwrap().bits;
    for at in [0, 17, 100, 251] {
        let mut flipped = example.text.clone().into_bytes();
        flipped[at] ^= 1;
        let naive = score(std::str::from_utf8(&flipped).unwrap()) - score(&example.text);
        assert!((example.effects[at].unwrap() - naive).abs() < 1e-9);
    }
    // The last four bits fill no block.
    assert_eq!(example.effects[255], Some(0.0));
    let rank = example.rank.unwrap();
    assert!((rank - 0.5).abs() < 0.02, "the typical record lies at rank {rank}");
}

#[test]
fn stock_phrases_are_found_in_new_records() {
    let texts: Vec<String> = (0..70).map(|n| format!("{n:04} is a number of its own, {}", n * 7919 % 1000)).collect();
    let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "utf8", table()).unwrap();
    // Windows of six bytes: those of "abcdefgh" occur three times, and all others once.
    let run = run(&[(1, &["xyabcdefgh", "abcdefghzq", "0123456789", "abcdefgh", "short"])]);
    let shown = evidence.examples(&run, &label(&[Mode::EntropyDecay], Some(1))).unwrap();
    let shared = shown[0].examples.iter().find(|example| example.why.contains(&Why::Shared)).unwrap();
    assert_eq!((shared.text.as_str(), shared.shared), ("abcdefgh", Some(3.0)));
    let mut all = evidence.candidates(&run.generations[0].records).unwrap();
    evidence.count_windows(&mut all).unwrap();
    let found: Vec<Option<f64>> = all.iter().map(|candidate| candidate.shared).collect();
    assert_eq!(found, [Some(11.0 / 5.0), Some(11.0 / 5.0), Some(1.0), Some(3.0), None]);
}

#[test]
fn characters_of_text_get_the_mean_over_their_bits() {
    let texts: Vec<String> = (0..70).map(|n| format!("{n} né dans l'été, le soir.")).collect();
    let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "utf8", table()).unwrap();
    let example = evidence.authentic().unwrap().unwrap();
    assert_eq!(example.effects.len(), example.text.chars().count());
    assert!(example.checks.is_none() && example.broken.is_empty());
    let array = evidence.encoding.encode(&example.text, 2).unwrap();
    let cells = Experiment::new(&evidence.bdm, &array, Metric::Bdm).unwrap().effects(Choice::Mean).unwrap();
    let at = example.text.find('é').unwrap();
    let place = example.text.chars().position(|c| c == 'é').unwrap();
    let mean = cells[8 * at..8 * at + 16].iter().sum::<f64>() / 16.0;
    assert!((example.effects[place].unwrap() - mean).abs() < 1e-12);
}

#[test]
fn records_that_break_the_rule_are_marked_where_they_do() {
    let texts: Vec<String> = (0..70).map(bits).collect();
    let evidence = Evidence::new(texts.iter().map(String::as_str).collect(), "bits", table()).unwrap();
    let mut broken = texts[4].clone().into_bytes();
    // A cell of the last row has no row below it that it could spoil.
    broken[250] ^= 1;
    let broken = String::from_utf8(broken).unwrap();
    let run = run(&[(1, &[&texts[0], &broken, &texts[1]])]);
    let shown = evidence.examples(&run, &label(&[Mode::MechanismLoss], Some(1))).unwrap();
    assert_eq!(shown.len(), 1);
    let examples = &shown[0].examples;
    assert_eq!((examples.len(), examples[0].why.as_slice()), (1, &[Why::BreaksRule][..]));
    assert_eq!(examples[0].checks, Some(Checks { violated: 1, made: 240 }));
    assert_eq!(examples[0].broken.iter().position(|b| *b), Some(250));
}

#[test]
fn long_and_short_records_are_shown_as_far_as_they_go() {
    let long = "0110".repeat(300);
    let texts = [long.as_str(), "01 1", "0111"];
    let evidence = Evidence::new(texts.to_vec(), "bits", table()).unwrap();
    let run = run(&[(3, &[&long, "01 1", ""])]);
    let shown = evidence.examples(&run, &label(&[], None)).unwrap();
    let example = &shown[0].examples[0];
    assert_eq!((example.text.chars().count(), example.left_out), (MOST_SHOWN, 1200 - MOST_SHOWN));
    assert_eq!(example.why, [Why::Simplest, Why::MostComplex]);
    let short = evidence.example(&evidence.candidate(&mut BlockCounts::new(2), "01 1", 1).unwrap(), vec![]).unwrap();
    assert_eq!((short.effects, short.rank), (vec![None; 4], None));
    assert!(Evidence::new(vec![], "bits", table()).unwrap().authentic().unwrap().is_none());
}

#[test]
fn the_reference_is_the_one_of_the_label() {
    let mut runs = vec![run(&[(0, &["a"]), (1, &["x"])]), run(&[(0, &["b"])]), run(&[(0, &["c"])])];
    runs[1].id = "b".to_owned();
    runs[2].id = "c".to_owned();
    assert_eq!(reference_of(&runs[1], &runs, None), ["b"]);
    runs[0].source = Some("s".to_owned());
    runs[2].source = Some("s".to_owned());
    assert_eq!(reference_of(&runs[2], &runs, None), ["a", "c"]);
    let given = Reference { records: vec!["r".to_owned()] };
    assert_eq!(reference_of(&runs[2], &runs, Some(&given)), ["r"]);
}
