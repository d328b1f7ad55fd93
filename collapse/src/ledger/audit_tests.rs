use super::*;
use crate::ledger::{CountedVerifier, Entry, LedgerOptions, Origin};
use proptest::prelude::*;

fn ledger(options: LedgerOptions, entries: &[Entry<'_>]) -> Ledger {
    let mut ledger = Ledger::new(options);
    for entry in entries {
        ledger.add(entry).unwrap();
    }
    ledger
}

fn of(entries: &[Entry<'_>]) -> Audit {
    ledger(LedgerOptions::default(), entries).audit(0.1, false).unwrap()
}

fn point(alpha: f64) -> Option<Limits> {
    Some(Limits { alpha, low: alpha, high: alpha })
}

#[test]
fn the_smallest_of_three_shares_governs() {
    let weigh = |tokens, origin, loss, gradient| Entry {
        loss_weight: Some(loss),
        gradient_weight: Some(gradient),
        ..Entry::new(4, tokens, origin)
    };
    let rows = [weigh(300.0, Origin::Exogenous, 1.0, 2.0), weigh(700.0, Origin::Synthetic, 9.0, 6.0)];
    let audit = of(&rows);
    let generation = &audit.generations[0];
    assert_eq!(generation.by_weight, [point(0.3), point(0.1), point(0.25)]);
    assert_eq!((generation.governed_by, generation.share), (Some("loss"), point(0.1)));
    assert_eq!((audit.inf_alpha, audit.above_floor, audit.above_planning_floor), (Some(0.1), Some(true), Some(false)));
    // Per token the weights are 300 and 6,300, 600 and 4,200.
    let options = LedgerOptions { per_token: true, ..Default::default() };
    let per_token = ledger(options, &rows).audit(0.1, false).unwrap();
    assert_eq!(per_token.generations[0].by_weight, [point(0.3), point(300.0 / 6600.0), point(0.125)]);
    assert_eq!(per_token.above_floor, Some(false));
}

#[test]
fn a_weight_of_nothing_is_said() {
    let weigh = |generation, loss| Entry { loss_weight: Some(loss), ..Entry::new(generation, 10.0, Origin::Exogenous) };
    let audit = of(&[weigh(1, 0.0), weigh(2, 1.0), weigh(3, 0.0)]);
    assert_eq!((audit.generations[0].by_weight[1], audit.generations[1].by_weight[1]), (None, point(1.0)));
    let expected = "`loss_weight` is 0 in every row of generation 1 and 1 more: no share is taken by it there";
    assert_eq!(audit.warnings, [expected]);
    assert!(of(&[weigh(1, 0.5)]).warnings.is_empty());
}

#[test]
fn recycled_data_counts_for_the_rest_of_it() {
    let half = Entry { recycled: Some(0.5), ..Entry::new(1, 400.0, Origin::Exogenous) };
    let audit = of(&[half, Entry::new(1, 600.0, Origin::Synthetic)]);
    assert_eq!(audit.inf_alpha, Some(0.2));
    // On synthetic rows there is nothing to discount.
    let synthetic = Entry { recycled: Some(1.0), ..Entry::new(1, 1.0, Origin::Synthetic) };
    assert_eq!(of(&[Entry::new(1, 1.0, Origin::Exogenous), synthetic]).inf_alpha, Some(0.5));
}

#[test]
fn verified_data_counts_only_where_its_verifier_does() {
    let verified = |verifier| Entry { verifier, ..Entry::new(1, 100.0, Origin::VerifiedSynthetic) };
    let rows = [
        Entry::new(1, 100.0, Origin::Exogenous),
        verified(Some("pytest")),
        Entry { recycled: Some(0.25), ..verified(Some("compiler")) },
        verified(Some("judge")),
        verified(None),
    ];
    let share = |verifiers: &[&str]| {
        let verifiers = verifiers.iter().map(|v| v.parse::<CountedVerifier>().unwrap()).collect();
        let audit = ledger(LedgerOptions { verifiers, per_token: false }, &rows).audit(0.1, false).unwrap();
        assert_eq!(audit.generations[0].verified, Some(0.8));
        (audit.inf_alpha.unwrap(), audit.warnings.len())
    };
    assert_eq!(share(&[]), (0.2, 1));
    assert_eq!(share(&["pytest"]), (0.4, 0));
    assert_eq!(share(&["pytest=0.5", "compiler"]), ((100.0 + 50.0 + 75.0) / 500.0, 0));
    assert_eq!(share(&["pytest", "nobody"]), (0.4, 1));
}

#[test]
fn sampled_items_give_exact_limits() {
    let sampled = |generation, confirmed| Entry {
        audited: Some(100),
        confirmed: Some(confirmed),
        ..Entry::new(generation, 5.0, Origin::Exogenous)
    };
    // 20 of 100: BetaInv(0.05; 20, 81) = 0.1367.
    let one = of(&[sampled(1, 20)]);
    let share = one.generations[0].share.unwrap();
    assert!(share.alpha == 0.2 && (share.low - 0.1367).abs() < 1e-4, "{share:?}");
    assert_eq!((one.above_floor, one.above_planning_floor, one.level), (Some(true), None, 0.05));
    // Two samples share the level, and only claimed weight counts.
    let rows =
        [sampled(1, 20), Entry::new(1, 5.0, Origin::Synthetic), sampled(2, 50), Entry::new(3, 1.0, Origin::Exogenous)];
    let two = of(&rows);
    let share = two.generations[0].share.unwrap();
    assert_eq!((two.level, share.alpha, share.low), (0.025, 0.1, lower_limit(20, 100, 0.025) / 2.0));
    assert_eq!(two.generations[2].share, point(1.0));
    assert_eq!((two.inf_alpha, two.inf_alpha_low, two.above_floor), (Some(0.1), Some(share.low), None));
    // Exactly at the floor nothing settles it.
    assert_eq!((two.more_audited, two.generations[1].more_audited), (None, None));
}

#[test]
fn the_number_of_items_still_missing_is_the_fewest_that_settle() {
    for (k, n, floor) in [(20, 100, 0.15), (8, 100, 0.1), (3, 20, 0.1), (1, 2, 0.4), (399, 1000, 0.4)] {
        let row = Entry { audited: Some(n), confirmed: Some(k), ..Entry::new(1, 1.0, Origin::Exogenous) };
        let audit = ledger(LedgerOptions::default(), &[row]).audit(floor, false).unwrap();
        assert_eq!(audit.above_floor, None);
        let total = n + audit.more_audited.unwrap();
        let settled = |n_more: u64| {
            if k as f64 / n as f64 > floor {
                lower_limit(k * n_more / n, n_more, 0.05) >= floor
            } else {
                upper_limit((k * n_more).div_ceil(n), n_more, 0.05) < floor
            }
        };
        assert!(settled(total) && !settled(total - 1), "{k} of {n} against {floor}: {total}");
    }
}

#[test]
fn generations_that_are_missing_or_empty_are_said() {
    let exogenous = |generation, tokens| Entry::new(generation, tokens, Origin::Exogenous);
    let gap = of(&[exogenous(7, 1.0), exogenous(2, 1.0), exogenous(3, 1.0)]);
    assert_eq!((gap.inf_alpha, gap.above_floor, gap.more_audited), (Some(1.0), None, None));
    assert!(gap.warnings[0].contains("3 generation(s) are missing") && gap.warnings[0].contains("(4 to 6)"));
    let below = of(&[exogenous(1, 1.0), Entry::new(3, 1.0, Origin::Synthetic)]);
    assert_eq!(below.above_floor, Some(false), "a gap does not mend what was seen");
    let empty = of(&[exogenous(0, 1.0), exogenous(1, 0.0)]);
    assert_eq!((empty.generations[1].share, empty.above_floor), (None, Some(true)));
    assert!(empty.warnings[0].contains("generation 1 weighs 0"));
    let none = of(&[Entry::new(1, 5.0, Origin::Synthetic)]);
    assert_eq!((none.inf_alpha, none.above_floor), (Some(0.0), Some(false)));
    assert!(none.warnings[0].contains("no row counts as exogenous"));
}

#[test]
fn accumulated_pools_keep_what_they_had() {
    let rows = [
        Entry::new(0, 100.0, Origin::Exogenous),
        Entry::new(1, 100.0, Origin::Synthetic),
        Entry::new(2, 200.0, Origin::Synthetic),
    ];
    let ledger = ledger(LedgerOptions::default(), &rows);
    let shares = |accumulate| -> Vec<f64> {
        ledger.audit(0.1, accumulate).unwrap().generations.iter().map(|g| g.share.unwrap().alpha).collect()
    };
    assert_eq!(shares(false), [1.0, 0.0, 0.0]);
    assert_eq!(shares(true), [1.0, 0.5, 0.25]);
}

#[test]
fn samples_say_nothing_of_what_other_generations_claimed() {
    let mut ledger = Ledger::new(LedgerOptions::default());
    let row = |generation, tokens, audited, confirmed| Entry {
        audited: Some(audited),
        confirmed: Some(confirmed),
        ..Entry::new(generation, tokens, Origin::Exogenous)
    };
    ledger.add(&row(0, 1000.0, 20, 0)).unwrap();
    ledger.add(&row(1, 10.0, 1000, 1000)).unwrap();
    ledger.add(&Entry::new(1, 990.0, Origin::Synthetic)).unwrap();
    let audit = ledger.audit(0.1, true).unwrap();
    let share = audit.generations[1].share.unwrap();
    assert!((share.alpha - 10.0 / 2000.0).abs() < 1e-12);
    // Two samples, each at a level of 0.025; both bounds at once.
    let level = audit.level;
    assert_eq!(level, 0.025);
    assert!((share.high - (1000.0 * upper_limit(0, 20, level) + 10.0) / 2000.0).abs() < 1e-12);
    assert!((share.low - 10.0 * lower_limit(1000, 1000, level) / 2000.0).abs() < 1e-12);
    assert_eq!((audit.generations[1].audited, audit.generations[1].confirmed), (1020, 1000));
}

#[test]
fn what_cannot_be_is_refused() {
    let entry = Entry::new(1, 1.0, Origin::Exogenous);
    let mut ledger = Ledger::new(LedgerOptions::default());
    let mut refused = |entry: Entry<'_>, words: &str| {
        let error = ledger.add(&entry).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(Entry { tokens: -1.0, ..entry }, "`tokens` is -1, expected a finite number from 0");
    refused(Entry { tokens: f64::NAN, ..entry }, "`tokens` is NaN");
    refused(Entry { loss_weight: Some(f64::INFINITY), ..entry }, "`loss_weight` is inf");
    refused(Entry { recycled: Some(1.5), ..entry }, "`recycled` is 1.5, expected a share from 0 to 1");
    refused(Entry { audited: Some(3), confirmed: Some(4), ..entry }, "`confirmed` is 4");
    refused(Entry { audited: Some(10_000_001), confirmed: Some(4), ..entry }, "`audited` is 10000001");
    refused(Entry { audited: Some(3), ..entry }, "`confirmed` is nothing");
    refused(Entry { confirmed: Some(3), ..entry }, "`audited` is nothing");
    assert!(matches!(ledger.audit(0.1, false), Err(LedgerError::Empty)));
    ledger.add(&Entry { tokens: 0.0, ..entry }).unwrap();
    assert!(matches!(ledger.audit(0.1, false), Err(LedgerError::Weightless)));
    assert!(matches!(ledger.audit(1.0, false), Err(LedgerError::Floor { .. })));
    ledger.add(&Entry { place: 9, loss_weight: Some(1.0), ..entry }).unwrap();
    let error = ledger.audit(0.1, false).unwrap_err().to_string();
    assert!(error.contains("1 of 2 rows have no `loss_weight`"), "{error}");
    ledger = Ledger::new(LedgerOptions::default());
    ledger.add(&Entry { tokens: 1e308, ..entry }).unwrap();
    ledger.add(&Entry { tokens: 1e308, ..entry }).unwrap();
    assert!(matches!(ledger.audit(0.1, false), Err(LedgerError::Overflow { generation: 1 })));
    assert!("organic".parse::<Origin>().unwrap_err().to_string().contains("`organic`, expected exogenous"));
}

proptest! {
    /// Parts merged in order are the whole, and shares stay shares within their limits.
    #[test]
    fn merging_is_adding(rows in proptest::collection::vec((0..4u64, 0..1000u32, 0..3usize, 0..=4u32, 0..9u64, 0..9u64), 1..40), cut in 0..40usize) {
        let entries: Vec<Entry<'_>> = rows.iter().enumerate().map(|(i, &(generation, tokens, origin, recycled, n, k))| Entry {
            place: i as u64,
            recycled: Some(f64::from(recycled) / 4.0),
            verifier: Some("tests"),
            audited: Some(n),
            confirmed: Some(k.min(n)),
            ..Entry::new(generation, f64::from(tokens), [Origin::Exogenous, Origin::Synthetic, Origin::VerifiedSynthetic][origin])
        }).collect();
        let options = LedgerOptions { verifiers: vec!["tests=0.5".parse().unwrap()], per_token: false };
        let whole = ledger(options.clone(), &entries);
        let (first, second) = entries.split_at(cut.min(entries.len()));
        let mut merged = ledger(options.clone(), first);
        merged.merge(&ledger(options, second));
        // Quarters and eighths of small whole numbers add up exactly.
        prop_assert_eq!(&merged.generations, &whole.generations);
        if let Ok(audit) = whole.audit(0.1, false) {
            for limits in audit.generations.iter().flat_map(|g| g.by_weight).flatten() {
                prop_assert!(0.0 <= limits.low && limits.low <= limits.alpha && limits.alpha <= limits.high && limits.high <= 1.0);
            }
            prop_assert!(audit.inf_alpha_low <= audit.inf_alpha && audit.inf_alpha <= audit.inf_alpha_high);
        }
    }
}
