//! Perturbation: published values, and equality with plain recomputation.

use std::sync::Arc;

use crate::golden::{assert_close, published_squares, published_strings, table_of};
use proptest::prelude::*;
use turmite_bdm::perturb::{
    Choice, Element, Experiment, Graph, Metric, Reduction, Role, Signature, Ties, slice_effects,
};
use turmite_bdm::{AxisCut, Bdm, BdmError, BlockCounts, Missing, Partition, SymbolArray, block_entropy};
use turmite_tables::{Shape, Table};

fn strings(partition: Partition) -> Bdm {
    Bdm::builder(published_strings()).partition(partition).build().unwrap()
}

fn squares(partition: Partition) -> Bdm {
    Bdm::builder(published_squares()).partition(partition).build().unwrap()
}

fn ones(axes: &[usize]) -> SymbolArray {
    SymbolArray::new(axes, 2, vec![1; axes.iter().product()]).unwrap()
}

fn flips(bdm: &Bdm, array: &SymbolArray, metric: Metric) -> Vec<f64> {
    Experiment::new(bdm, array, metric).unwrap().effects(Choice::Mean).unwrap()
}

#[track_caller]
fn assert_bits(found: f64, expected: f64) {
    assert_close(Some(found), Some(expected), "bits");
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn greatest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NEG_INFINITY, f64::max)
}

/// PyBDM 0.1.0, docstrings of `PerturbationExperiment`, and run.
#[test]
fn thirty_ones() {
    let bdm = strings(Partition::Ignore);
    let experiment = Experiment::new(&bdm, &ones(&[30]), Metric::Bdm).unwrap();
    assert_bits(experiment.effect(10, 0).unwrap(), 26.91763012739709);
    let effects = experiment.effects(Choice::Mean).unwrap();
    assert_bits(effects[10], 26.91763012739709);
    assert!((effects[20] - 27.34823681).abs() < 1e-8);
    assert_bits(effects.iter().sum(), 645.8668678309732);
    assert_eq!(effects[24..], [0.0; 6]);
    // Two blocks alike become two that differ: one bit.
    let entropy = flips(&bdm, &ones(&[30]), Metric::Entropy);
    assert_eq!((entropy[10], entropy[20], entropy[29]), (1.0, 1.0, 0.0));
}

/// The fixture of PyBDM's `test_perturbation.py`: `numpy.random.seed(1001); numpy.random.randint(0, 2, (25, 25))`.
const SEED_1001: &str = "\
1110010001110011011110000110001010010011100010110011110001010101001010100100010100100000001001011101\
0001110000100100111000000011111010101100010101011100000110001000101000010001011001100000001000001011\
0101000110010110110110000111100001011011111100010110011001000010000110001101100111000011101001010100\
0000000100101001110011000000110100010100110101000111011011011010101000110000001000001101100001101011\
0101010000000110110100011101010101010100011001100010100100110101001100001010001010110111100101001100\
0110000000111000111101100010001100001010111101111111100110010101010100111010001010011001010111100111\
1111011001010010101111000";

#[test]
fn the_fixture_of_pybdm() {
    let cells = SEED_1001.bytes().map(|digit| digit - b'0').collect();
    let array = SymbolArray::new(&[25, 25], 2, cells).unwrap();
    let bdm = squares(Partition::Ignore);
    let experiment = Experiment::new(&bdm, &array, Metric::Bdm).unwrap();
    assert_bits(experiment.value(), 1094.9856676717918);
    let effects = experiment.effects(Choice::Mean).unwrap();
    assert_bits(effects.iter().sum(), -46.33981609296916);
    assert_bits(least(&effects), -7.153503188990044);
    assert_bits(greatest(&effects), 6.29917383899533);
}

/// PyBDM 0.1.0, run on the inputs of its docs.
#[test]
fn ten_thousand_ones() {
    let bdm = squares(Partition::Ignore);
    let mut experiment = Experiment::new(&bdm, &ones(&[100, 100]), Metric::Bdm).unwrap();
    let effects = experiment.effects(Choice::Mean).unwrap();
    assert_close(Some(effects.iter().sum::<f64>() / 1e4), Some(238875.91250348953 / 1e4), "mean");
    assert_bits(least(&effects), 23.345625796905942);
    assert_bits(greatest(&effects), 24.32339091067304);
    assert_bits(effects[0], least(&effects));
    // keep_changes: the second change finds the first in place.
    assert!((experiment.apply(0, 0).unwrap() - 23.3456258).abs() < 1e-7);
    assert!((experiment.apply(10 * 100 + 10, 0).unwrap() - 23.55795368).abs() < 1e-8);
}

/// `data/m88.csv` of the Online Algorithmic Complexity Calculator, in 4x4 blocks at every shift: its complexity, and the
/// column "BDM diff" of a knockout of each node, computed from the published values. Here with the sign of an effect.
#[test]
fn knockouts_of_the_calculator() {
    let rows = ["11100011", "10011010", "00000000", "00011010", "11000010", "00101110", "01111010", "11111110"];
    let rows: Vec<Vec<u8>> = rows.iter().map(|row| row.bytes().map(|digit| digit - b'0').collect()).collect();
    let array = SymbolArray::from_rows(&rows, 2).unwrap();
    // Its page for arrays, blocks side by side.
    for (block, bits) in [("4x4", 121.54046390149776), ("3x3", 65.30104001851787)] {
        let bdm = Bdm::builder(published_squares()).block(block.parse().unwrap()).build().unwrap();
        assert_bits(bdm.score(&array).unwrap().unwrap().bits, bits);
    }
    let graph = Graph::new(array).unwrap();
    assert!(graph.is_directed());
    let bdm = squares(Partition::Correlated { shift: 1 });
    let experiment = Experiment::new(&bdm, graph.adjacency(), Metric::Bdm).unwrap();
    assert_bits(experiment.value(), 761.4247963226474);
    let effects = graph.node_effects(&bdm, Metric::Bdm).unwrap();
    let expected = [268.456, 272.020, 265.176, 272.135, 274.874, 278.453, 286.750, 276.662];
    for (effect, expected) in effects.iter().zip(expected) {
        assert!((effect.unwrap() + expected).abs() < 5e-4, "{effect:?}, {expected}");
    }
    let signature = Signature::of(effects.into_iter().flatten(), 1e-9).unwrap();
    assert_eq!((signature.positive, signature.negative, signature.neutral), (8, 0, 0));
}

/// The slow plain twin: the metric of the array, computed whole.
fn plain(bdm: &Bdm, array: &SymbolArray, metric: Metric) -> Option<f64> {
    let mut counts = BlockCounts::new(bdm.table().symbols());
    let value = bdm.score_with(&mut counts, array).unwrap();
    match metric {
        _ if counts.total() == 0 => None,
        Metric::Bdm => Some(value.map_or(0.0, |value| value.bits)),
        Metric::Entropy => block_entropy(&counts),
    }
}

fn written(array: &SymbolArray, changes: &[(usize, u8)], symbols: u8) -> SymbolArray {
    let mut cells = array.cells().to_vec();
    changes.iter().for_each(|&(cell, symbol)| cells[cell] = symbol);
    SymbolArray::new(array.axes(), symbols, cells).unwrap()
}

/// Every single-symbol change against two full computations.
fn check_changes(bdm: &Bdm, array: &SymbolArray, metric: Metric) -> Result<(), TestCaseError> {
    let Some(before) = plain(bdm, array, metric) else {
        let refused = matches!(Experiment::new(bdm, array, metric), Err(BdmError::NoBlock { .. }));
        prop_assert!(refused);
        return Ok(());
    };
    let experiment = Experiment::new(bdm, array, metric).unwrap();
    prop_assert!((experiment.value() - before).abs() < 1e-9);
    let (every, symbols) = (experiment.every_effect().unwrap(), bdm.table().symbols());
    let (mean, extreme) = (experiment.effects(Choice::Mean).unwrap(), experiment.effects(Choice::Extreme).unwrap());
    let random = experiment.effects(Choice::Random { seed: 5 }).unwrap();
    let others = usize::from(symbols) - 1;
    prop_assert_eq!(every.len(), array.len() * others);
    for cell in 0..array.len() {
        let of_cell = &every[cell * others..][..others];
        for (&effect, symbol) in of_cell.iter().zip(experiment.others(cell)) {
            let after = plain(bdm, &written(array, &[(cell, symbol)], symbols), metric).unwrap();
            prop_assert!((effect - (after - before)).abs() < 1e-9, "{effect}, {}", after - before);
            prop_assert_eq!(effect.to_bits(), experiment.effect(cell, symbol).unwrap().to_bits());
        }
        prop_assert!((mean[cell] - of_cell.iter().sum::<f64>() / others as f64).abs() < 1e-9);
        prop_assert!(of_cell.contains(&extreme[cell]) && of_cell.contains(&random[cell]));
        prop_assert!(of_cell.iter().all(|effect| effect.abs() <= extreme[cell].abs()));
    }
    Ok(())
}

fn check_deletions(bdm: &Bdm, array: &SymbolArray, axis: usize, metric: Metric) -> Result<(), TestCaseError> {
    let Some(before) = plain(bdm, array, metric) else {
        prop_assert!(slice_effects(bdm, array, axis, metric).is_err());
        return Ok(());
    };
    let effects = slice_effects(bdm, array, axis, metric).unwrap();
    prop_assert_eq!(effects.len(), array.axes()[axis]);
    let inner: usize = array.axes()[axis + 1..].iter().product();
    for (at, &effect) in effects.iter().enumerate() {
        let kept = (0..array.len()).filter(|cell| cell / inner % array.axes()[axis] != at);
        let mut axes = array.axes().to_vec();
        axes[axis] -= 1;
        let left = SymbolArray::new(&axes, array.symbols(), kept.map(|cell| array.cells()[cell]).collect()).unwrap();
        match (effect, plain(bdm, &left, metric)) {
            (Some(effect), Some(after)) => prop_assert!((effect - (after - before)).abs() < 1e-9),
            (effect, after) => prop_assert!(effect.is_none() && after.is_none(), "{effect:?}, {after:?}"),
        }
    }
    Ok(())
}

fn any_metric() -> impl Strategy<Value = Metric> {
    prop_oneof![2 => Just(Metric::Bdm), 1 => Just(Metric::Entropy)]
}

fn any_partition(longest: usize) -> impl Strategy<Value = Partition> {
    prop_oneof![
        2 => Just(Partition::Ignore),
        2 => (1..=longest).prop_map(|min_length| Partition::Recursive { min_length }),
        2 => (1..=longest + 2).prop_map(|shift| Partition::Correlated { shift }),
        1 => Just(Partition::Periodic { shift: None }),
        1 => (1..=longest + 2).prop_map(|shift| Partition::Periodic { shift: Some(shift) }),
    ]
}

/// Of matrices, a rule for each axis as well.
fn any_partition_of_matrices() -> impl Strategy<Value = Partition> {
    let cut = || {
        prop_oneof![
            Just(AxisCut::Ignore),
            (1usize..6).prop_map(|shift| AxisCut::Correlated { shift }),
            (1usize..6).prop_map(|shift| AxisCut::Periodic { shift: Some(shift) }),
        ]
    };
    prop_oneof![
        3 => any_partition(4),
        1 => (cut(), cut()).prop_map(|(rows, columns)| Partition::per_axis(&[rows, columns]).unwrap()),
    ]
}

/// Few ones among zeros as well as fair bits, so that blocks repeat.
fn cells(number: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(0.5), Just(0.05)]
        .prop_flat_map(move |p| prop::collection::vec(prop::bool::weighted(p).prop_map(u8::from), number))
}

fn binary_line() -> impl Strategy<Value = SymbolArray> {
    (0usize..60).prop_flat_map(cells).prop_map(|cells| SymbolArray::line(2, cells).unwrap())
}

fn binary_square() -> impl Strategy<Value = SymbolArray> {
    (1usize..12, 1usize..12).prop_flat_map(|(rows, columns)| {
        cells(rows * columns).prop_map(move |cells| SymbolArray::new(&[rows, columns], 2, cells).unwrap())
    })
}

/// Some strings of one to four symbols out of three, at made-up prices.
fn ternary() -> Arc<Table> {
    let text = |length: u32, code: u32| -> String {
        (0..length).rev().map(|place| char::from(b'0' + (code / 3u32.pow(place) % 3) as u8)).collect()
    };
    let strings: Vec<(String, f64)> = (1..=4u32)
        .flat_map(|length| (0..3u32.pow(length)).map(move |code| (length, code)))
        .map(|(length, code)| (text(length, code), f64::from(length * 3) + f64::from(code * 7 % 11) / 3.0))
        // One price a class: the canonical strings, whose symbols appear in order.
        .filter(|(string, _)| {
            let mut next = b'0';
            string.bytes().all(|digit| {
                let fresh = digit == next;
                next += u8::from(fresh);
                fresh || digit < next
            })
        })
        .filter(|(string, _)| string != "0120" && string != "0011")
        .collect();
    table_of("2x3-1d", strings.iter().map(|(string, k)| (string.as_str(), Shape::line(string.len()).unwrap(), *k)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn changes_of_lines_are_recomputations(
        array in binary_line(), partition in any_partition(12), metric in any_metric(),
    ) {
        check_changes(&strings(partition), &array, metric)?;
    }

    #[test]
    fn changes_of_matrices_are_recomputations(
        array in binary_square(), partition in any_partition_of_matrices(), metric in any_metric(),
    ) {
        check_changes(&squares(partition), &array, metric)?;
    }

    #[test]
    fn changes_over_three_symbols_are_recomputations(
        cells in prop::collection::vec(0u8..3, 0..40),
        partition in any_partition(4),
        missing in prop_oneof![Just(Missing::Bound), Just(Missing::MaxPlusOne), Just(Missing::Skip)],
        metric in any_metric(),
    ) {
        let four = Shape::line(4).unwrap();
        let bdm = Bdm::builder(ternary()).block(four).partition(partition).missing(missing).build().unwrap();
        check_changes(&bdm, &SymbolArray::line(3, cells.clone()).unwrap(), metric)?;
        check_deletions(&bdm, &SymbolArray::line(3, cells).unwrap(), 0, metric)?;
    }

    #[test]
    fn kept_changes_are_recomputations(
        array in binary_square(),
        partition in any_partition_of_matrices(),
        metric in any_metric(),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..12),
    ) {
        let bdm = squares(partition);
        let Ok(mut experiment) = Experiment::new(&bdm, &array, metric) else { return Ok(()) };
        for (one, other) in picks {
            let (one, other) = (one.index(array.len()), other.index(array.len()));
            let mut changes = vec![(one, 1 - experiment.array().cells()[one])];
            if other != one {
                changes.push((other, 1 - experiment.array().cells()[other]));
            }
            let before = plain(&bdm, experiment.array(), metric).unwrap();
            let after = plain(&bdm, &written(experiment.array(), &changes, 2), metric).unwrap();
            let effect = experiment.effect_of(&changes).unwrap();
            prop_assert!((effect - (after - before)).abs() < 1e-9);
            prop_assert_eq!(effect, experiment.apply_all(&changes).unwrap());
            prop_assert!((experiment.value() - after).abs() < 1e-9);
        }
        // What was kept along the way is what a fresh count finds.
        let fresh = Experiment::new(&bdm, experiment.array(), metric).unwrap();
        prop_assert_eq!(experiment.effects(Choice::Mean).unwrap(), fresh.effects(Choice::Mean).unwrap());
    }

    #[test]
    fn deletions_are_recomputations(
        line in binary_line(),
        square in binary_square(),
        of_lines in any_partition(12),
        of_squares in any_partition_of_matrices(),
        metric in any_metric(),
    ) {
        check_deletions(&strings(of_lines), &line, 0, metric)?;
        check_deletions(&squares(of_squares), &square, 0, metric)?;
        check_deletions(&squares(of_squares), &square, 1, metric)?;
    }

    #[test]
    fn edges_are_recomputations(
        nodes in 4usize..9,
        seeds in prop::collection::vec(prop::bool::weighted(0.3), 81),
        directed in any::<bool>(),
        partition in any_partition(4),
    ) {
        let pairs = (0..nodes).flat_map(|i| (0..nodes).map(move |j| (i, j)));
        let edges: Vec<_> = pairs.filter(|&(i, j)| seeds[i * 9 + j] && (directed || i <= j)).collect();
        let graph = Graph::from_edges(nodes, &edges, directed).unwrap();
        let bdm = squares(partition);
        let Some(before) = plain(&bdm, graph.adjacency(), Metric::Bdm) else { return Ok(()) };
        let deleted = graph.edge_effects(&bdm, Metric::Bdm).unwrap();
        let added = graph.addition_effects(&bdm, Metric::Bdm).unwrap();
        // A directed matrix may come out symmetric, and is then read as an undirected graph.
        if graph.is_directed() == directed {
            prop_assert_eq!(deleted.len(), edges.len());
        }
        for (list, symbol) in [(deleted, 0), (added, 1)] {
            for edge in list {
                let mut changes = vec![(edge.from * nodes + edge.to, symbol)];
                if !graph.is_directed() {
                    changes.push((edge.to * nodes + edge.from, symbol));
                }
                let after = plain(&bdm, &written(graph.adjacency(), &changes, 2), Metric::Bdm).unwrap();
                prop_assert!((edge.effect - (after - before)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_reduction_deletes_what_matters_least(cells in cells(40), to in 12usize..40, first in any::<bool>()) {
        let bdm = strings(Partition::Ignore);
        let mut left = SymbolArray::line(2, cells).unwrap();
        let ties = if first { Ties::First } else { Ties::Together };
        let mut reduction = Reduction::slices(&bdm, left.clone(), &[(0, to)], Metric::Bdm, ties).unwrap();
        let mut kept: Vec<usize> = (0..40).collect();
        while let Some(loss) = reduction.step().unwrap() {
            let effects = slice_effects(&bdm, &left, 0, Metric::Bdm).unwrap();
            let sizes: Vec<f64> = effects.iter().map(|effect| effect.unwrap().abs()).collect();
            prop_assert!((loss.least - least(&sizes)).abs() < 1e-12);
            let ties_in_order = (0..left.len()).filter(|&at| sizes[at] <= loss.least + 1e-9);
            let most = if first { 1 } else { left.len() - to };
            let expected: Vec<usize> = ties_in_order.take(most).collect();
            let removed: Vec<Element> = expected.iter().map(|&at| Element::Slice { axis: 0, index: kept[at] }).collect();
            prop_assert_eq!(&loss.removed, &removed);
            let stays = |at: &usize| !expected.contains(at);
            left = SymbolArray::line(2, (0..left.len()).filter(stays).map(|at| left.cells()[at]).collect()).unwrap();
            kept = (0..kept.len()).filter(stays).map(|at| kept[at]).collect();
            prop_assert_eq!(loss.left, left.len());
            prop_assert!((loss.value - plain(&bdm, &left, Metric::Bdm).unwrap()).abs() < 1e-9);
        }
        prop_assert_eq!(left.len(), to);
        prop_assert_eq!(reduction.array(), &left);
        let indices: Vec<Element> = kept.iter().map(|&index| Element::Slice { axis: 0, index }).collect();
        prop_assert_eq!(reduction.kept(), indices);
    }
}

#[test]
fn three_dimensions() {
    let table = Arc::new(Table::embedded("4x2-3d").unwrap());
    let cells: Vec<u8> = (0..3 * 4 * 5u32).map(|at| (at * at / 7 % 2) as u8).collect();
    let array = SymbolArray::new(&[3, 4, 5], 2, cells).unwrap();
    for partition in [Partition::Ignore, Partition::Correlated { shift: 1 }, Partition::Periodic { shift: None }] {
        let bdm = Bdm::builder(table.clone()).partition(partition).build().unwrap();
        check_changes(&bdm, &array, Metric::Bdm).unwrap();
        for axis in 0..3 {
            check_deletions(&bdm, &array, axis, Metric::Bdm).unwrap();
        }
    }
}

#[test]
fn effects_are_the_same_bits_on_any_number_of_threads() {
    let cells: Vec<u8> =
        (0..300 * 300u64).map(|at| (at.wrapping_mul(at).wrapping_mul(0x9e37_79b9) >> 40 & 1) as u8).collect();
    let array = SymbolArray::new(&[300, 300], 2, cells).unwrap();
    for partition in [Partition::Ignore, Partition::Recursive { min_length: 1 }, Partition::Correlated { shift: 2 }] {
        let bdm = squares(partition);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let effects = pool.install(|| flips(&bdm, &array, Metric::Bdm));
            effects.into_iter().map(f64::to_bits).collect::<Vec<_>>()
        };
        let one = run(1);
        assert!(run(2) == one && run(8) == one, "{partition}");
    }
}

#[test]
fn a_graph_keeps_its_shape_while_it_is_reduced() {
    let ring: Vec<(usize, usize)> = (0..12).map(|i| (i, (i + 1) % 12)).collect();
    let chords = [(0, 5), (2, 9), (3, 7), (4, 11)];
    let edges: Vec<(usize, usize)> = ring.into_iter().chain(chords).collect();
    let graph = Graph::from_edges(12, &edges, false).unwrap();
    let bdm = squares(Partition::Correlated { shift: 1 });
    let mut by_edges = Reduction::edges(&bdm, &graph, 8, Metric::Bdm, Ties::Together).unwrap();
    let mut seen = 16;
    while let Some(loss) = by_edges.step().unwrap() {
        seen -= loss.removed.len();
        assert_eq!(seen, loss.left);
        let left = Graph::new(by_edges.array().clone()).unwrap();
        assert!(!left.is_directed());
        assert_eq!(left.edges().len(), seen);
        assert_bits(loss.value, plain(&bdm, left.adjacency(), Metric::Bdm).unwrap());
    }
    assert_eq!((seen, by_edges.kept().len()), (8, 8));
    let mut by_nodes = Reduction::nodes(&bdm, graph.clone(), 6, Metric::Bdm, Ties::First).unwrap();
    while by_nodes.step().unwrap().is_some() {}
    let kept: Vec<usize> =
        by_nodes.kept().iter().map(|e| if let Element::Node(n) = e { *n } else { panic!() }).collect();
    assert_eq!(kept.len(), 6);
    let among = |(a, b): &(usize, usize)| Some((kept.binary_search(a).ok()?, kept.binary_search(b).ok()?));
    let induced = Graph::from_edges(6, &edges.iter().filter_map(among).collect::<Vec<_>>(), false).unwrap();
    assert_eq!(by_nodes.array(), induced.adjacency());
}

#[test]
fn rows_and_columns_are_reduced_together() {
    let cells: Vec<u8> = (0..14 * 10usize).map(|at| u8::from((at / 10 * 3 + at % 10 * 5) % 7 < 3)).collect();
    let array = SymbolArray::new(&[14, 10], 2, cells).unwrap();
    let bdm = squares(Partition::Ignore);
    let mut reduction = Reduction::slices(&bdm, array, &[(0, 7), (1, 5)], Metric::Bdm, Ties::Together).unwrap();
    while reduction.step().unwrap().is_some() {}
    assert_eq!(reduction.array().axes(), [7, 5]);
    assert_bits(reduction.value(), plain(&bdm, reduction.array(), Metric::Bdm).unwrap());
}

#[test]
fn bad_input_is_named() {
    let bdm = strings(Partition::Ignore);
    let text = |result: Result<f64, BdmError>| result.unwrap_err().to_string();
    let short = Experiment::new(&bdm, &ones(&[11]), Metric::Bdm).unwrap_err().to_string();
    assert!(short.contains("11 holds no block of 12"), "{short}");
    let mut experiment = Experiment::new(&bdm, &ones(&[24]), Metric::Bdm).unwrap();
    assert!(text(experiment.effect(24, 0)).starts_with("found cell 25, expected 1 to 24"));
    assert!(text(experiment.effect(0, 2)).contains("found symbol 2"));
    assert!(text(experiment.apply_all(&[(3, 0), (3, 0)])).contains("cell 4 is written twice"));
    assert_eq!(experiment.array(), &SymbolArray::line(2, vec![1; 24]).unwrap());
    assert!(slice_effects(&bdm, &ones(&[24]), 1, Metric::Bdm).is_err());
    assert_eq!(slice_effects(&bdm, &ones(&[12]), 0, Metric::Bdm).unwrap(), [None; 12]);

    let bad = |axes: &[usize], cells: Vec<u8>| Graph::new(SymbolArray::new(axes, 9, cells).unwrap()).unwrap_err();
    assert!(bad(&[2, 3], vec![0; 6]).to_string().contains("2 rows of 3 cells"));
    assert!(bad(&[2, 2], vec![0, 1, 5, 0]).to_string().contains("5 in row 2, column 1"));
    assert!(bad(&[4], vec![0; 4]).to_string().contains("1 axes"));
    assert!(Graph::from_edges(3, &[(0, 3)], true).is_err());
    assert!(Graph::from_edges(usize::MAX, &[], true).is_err());

    let reduce = |to| Reduction::slices(&bdm, ones(&[24]), &[(0, to)], Metric::Bdm, Ties::Together).map(drop);
    assert!(matches!(reduce(11), Err(BdmError::NoBlock { .. })));
    assert!(matches!(reduce(25), Err(BdmError::Option { .. })));
    assert!(reduce(24).is_ok());
}

#[test]
fn a_change_to_a_refused_block_is_an_error() {
    let four = Shape::line(4).unwrap();
    let fail =
        |partition| Bdm::builder(ternary()).block(four).partition(partition).missing(Missing::Fail).build().unwrap();
    let array = SymbolArray::from_digits("01010111", 3).unwrap();
    for partition in [Partition::Ignore, Partition::Correlated { shift: 1 }] {
        let bdm = fail(partition);
        let experiment = Experiment::new(&bdm, &array, Metric::Bdm).unwrap();
        // 0111 to 0011, which the table lacks.
        assert!(matches!(experiment.effect(5, 0), Err(BdmError::MissingBlock { .. })), "{partition}");
        assert!(matches!(experiment.effects(Choice::Mean), Err(BdmError::MissingBlock { .. })), "{partition}");
        assert!(matches!(experiment.every_effect(), Err(BdmError::MissingBlock { .. })), "{partition}");
        // The entropy needs no price.
        assert!(Experiment::new(&bdm, &array, Metric::Entropy).unwrap().effect(5, 0).is_ok());
    }
}

#[test]
fn roles_and_random_draws() {
    assert_eq!(Role::of(-2.0, 1.0).name(), "positive");
    assert_eq!(Role::of(2.0, 1.0).name(), "negative");
    assert_eq!(Role::of(-1.0, 1.0).name(), "neutral");
    assert_eq!(Signature::of([], 0.0), None);
    let flat = Signature::of([0.0; 4], 0.0).unwrap();
    assert_eq!((flat.neutral, flat.relative_mad, flat.positive_bits.to_bits()), (4, None, 0));
    // Both other symbols are drawn, and the seed decides.
    let four = Shape::line(4).unwrap();
    let bdm = Bdm::builder(ternary()).block(four).build().unwrap();
    let array = SymbolArray::line(3, (0..200u32).map(|at| (at * at % 3) as u8).collect()).unwrap();
    let experiment = Experiment::new(&bdm, &array, Metric::Bdm).unwrap();
    let draw = |seed| experiment.effects(Choice::Random { seed }).unwrap();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    let every = experiment.every_effect().unwrap();
    let firsts = draw(1).iter().zip(every.chunks(2)).filter(|(effect, pair)| **effect == pair[0]).count();
    assert!((60..140).contains(&firsts), "{firsts}");
}
