//! Graphs as their adjacency matrix.

use std::collections::HashMap;
use std::io::Read;

use anyhow::{Context as _, Result, bail};

use super::matrix::{Rows, read_whole};
use super::{Numbers, Values, utf8};

/// Nodes of the largest graph of edges: its matrix has 2^28 cells.
const MOST_NODES: usize = 1 << 14;

/// Reads a graph.
///
/// Where there are as many words on each line as there are lines, the file is the adjacency matrix, written as any
/// [`matrix`](super::matrix); two lines of two words are one if they are 0 and 1. Else it is a list of edges, two names a line; a line with one name is a node. Edges go both
/// ways unless `directed`. Nodes stand in the order of their numbers where all names are numbers, else in the order in which they are first named. BDM
/// depends on that order.
///
/// # Errors
/// Neither of the two, a matrix with something else than whole numbers from 0, or more than 2^14 nodes.
pub(super) fn read(reader: impl Read, directed: bool) -> Result<Numbers> {
    let bytes = read_whole(reader)?;
    let rows = Rows::of(utf8(&bytes)?);
    let numbers = if is_matrix(&rows) {
        if directed {
            bail!("the file is an adjacency matrix, which says itself where edges go; leave out --directed");
        }
        rows.numbers()?
    } else {
        edges(&rows, directed)?
    };
    Ok(numbers.made_by("adjacency"))
}

fn is_matrix(rows: &Rows<'_>) -> bool {
    let mut words = rows.rows.iter().flat_map(|(_, words)| words);
    rows.is_square() && (rows.rows.len() > 2 || words.all(|word| matches!(*word, "0" | "1")))
}

fn edges(rows: &Rows<'_>, directed: bool) -> Result<Numbers> {
    let mut nodes: HashMap<&str, usize> = HashMap::new();
    let mut names: Vec<&str> = Vec::new();
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (line, words) in &rows.rows {
        let (from, to) = match words[..] {
            [node] => (node, None),
            [from, to] => (from, Some(to)),
            _ => bail!(
                "line {line} has {} words: expected an edge `a b` on each line, or an adjacency matrix of as many rows as columns",
                words.len()
            ),
        };
        let mut node = |name| {
            *nodes.entry(name).or_insert_with(|| {
                names.push(name);
                names.len() - 1
            })
        };
        let from = node(from);
        if let Some(to) = to {
            edges.push((from, node(to)));
        }
        if names.len() > MOST_NODES {
            bail!("line {line}: more than {MOST_NODES} nodes, whose matrix is too large to be held");
        }
    }
    let place = places(&names)?;
    let n = names.len();
    let mut cells = vec![0u8; n * n];
    for (from, to) in edges {
        let (from, to) = (place[from], place[to]);
        cells[from * n + to] = 1;
        if !directed {
            cells[to * n + from] = 1;
        }
    }
    let mut by_row = vec![String::new(); n];
    for (name, row) in names.iter().zip(&place) {
        by_row[*row].push_str(name);
    }
    Ok(Numbers::array(vec![n, n], Values::Small(cells)).named(by_row))
}

/// The row of each node.
fn places(names: &[&str]) -> Result<Vec<usize>> {
    let is_number = |name: &&str| name.bytes().all(|b| b.is_ascii_digit());
    let mut order: Vec<usize> = (0..names.len()).collect();
    if names.iter().all(is_number) {
        let numbers: Vec<u64> = names
            .iter()
            .map(|name| name.parse().with_context(|| format!("node `{name}`: numbers of nodes end at 2^64")))
            .collect::<Result<_>>()?;
        order.sort_by_key(|&at| numbers[at]);
        if let Some(pair) = order.windows(2).find(|pair| numbers[pair[0]] == numbers[pair[1]]) {
            bail!("nodes `{}` and `{}` are one number; write each node in one way", names[pair[0]], names[pair[1]]);
        }
    }
    let mut place = vec![0; names.len()];
    for (row, at) in order.into_iter().enumerate() {
        place[at] = row;
    }
    Ok(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(text: &str, directed: bool) -> Numbers {
        read(text.as_bytes(), directed).unwrap()
    }

    fn expected(n: usize, cells: &[u64]) -> Numbers {
        Numbers::array(vec![n, n], cells.iter().copied().collect()).made_by("adjacency")
    }

    /// Rows named by single letters.
    fn named(numbers: Numbers, names: &str) -> Numbers {
        numbers.named(names.chars().map(String::from).collect())
    }

    #[test]
    fn a_matrix_and_its_edges_are_one_graph() {
        let path = expected(3, &[0, 1, 0, 1, 0, 1, 0, 1, 0]);
        for text in ["010\n101\n010\n", "0,1,0\n1,0,1\n0,1,0"] {
            assert_eq!(matrix(text, false), path, "{text:?}");
        }
        for (text, names) in [("# edges\n1 2\n2 3\n", "123"), ("9,7\n2 7\n", "279"), ("a b\nb c", "abc")] {
            assert_eq!(matrix(text, false), named(path.clone(), names), "{text:?}");
        }
        assert_eq!(matrix("1 2\n2 3", true), named(expected(3, &[0, 1, 0, 0, 0, 1, 0, 0, 0]), "123"));
    }

    #[test]
    fn nodes_stand_by_number_or_by_first_name() {
        // 10 comes behind 9 as a number.
        let numbers = matrix("10 9\n10\n10 10", true);
        assert_eq!(numbers, expected(2, &[0, 0, 1, 1]).named(vec!["9".to_owned(), "10".to_owned()]));
        assert_eq!(matrix("b a\nc", true), named(expected(3, &[0, 1, 0, 0, 0, 0, 0, 0, 0]), "bac"));
        // Two lines of two are a matrix.
        assert_eq!(matrix("0 1\n1 0", false), expected(2, &[0, 1, 1, 0]));
        assert_eq!(matrix("", false).axes(), [0, 0]);
    }

    #[test]
    fn bad_graphs_say_why() {
        for (text, directed, words) in [
            ("a b\na b c", false, "line 2 has 3 words"),
            ("0 1 0\n1 0 1\n", false, "line 1 has 3 words"),
            ("0 1 0\n1 0 0\n0 0 -1", false, "line 3, number 3: found -1"),
            ("1 2\n01 3\n4 5", false, "nodes `1` and `01` are one number"),
            ("01\n10", true, "leave out --directed"),
            ("99999999999999999999 1", false, "end at 2^64"),
        ] {
            let error = format!("{:#}", read(text.as_bytes(), directed).unwrap_err());
            assert!(error.contains(words), "{text:?}: {error}");
        }
        let many: String = (0..=MOST_NODES).map(|n| format!("{n} {}\n", n + 1)).collect();
        assert!(read(many.as_bytes(), false).unwrap_err().to_string().contains("more than 16384 nodes"));
    }
}
