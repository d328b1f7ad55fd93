//! Graphs as their adjacency matrix.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::Read;

use anyhow::{Result, bail};

use super::matrix::{Rows, read_whole};
use super::{Numbers, Values, utf8};

/// Nodes of the largest graph of edges: its matrix has 2^28 cells.
const MOST_NODES: usize = 1 << 14;

/// Reads a graph.
///
/// Where there are as many words on each line as there are lines, the file is the adjacency matrix, written as any
/// [`matrix`](super::matrix); two lines of two words are one if they are 0 and 1. Else it is a list of edges, two names a line; a line with one name is a node. Edges go both
/// ways unless `directed`. Nodes stand in the [natural](natural) order of their names, since BDM depends on their order and a
/// shuffled list of the same edges is the same graph.
///
/// # Errors
/// Neither of the two, a line of column names, a matrix with something else than whole numbers from 0, or more than 2^14 nodes.
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
                "line {line} has {} words: expected an edge `a b` on each line, without weights, or an adjacency matrix of as many rows as columns",
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
    refuse_header(rows, &names)?;
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

/// Names of columns, which would be read as an edge: two words above edges between numbers, or two that everyone uses for it.
fn refuse_header(rows: &Rows<'_>, names: &[&str]) -> Result<()> {
    let Some((line, [from, to])) = rows.rows.first().map(|(line, words)| (line, &words[..])) else { return Ok(()) };
    let usual = [("source", "target"), ("from", "to"), ("src", "dst"), ("node1", "node2")];
    let is_usual = usual.iter().any(|(a, b)| from.eq_ignore_ascii_case(a) && to.eq_ignore_ascii_case(b));
    let above_numbers =
        names.len() > 2 && !is_number(from) && !is_number(to) && names[2..].iter().all(|n| is_number(n));
    if is_usual || above_numbers {
        bail!("line {line}: `{from} {to}` names the columns and is no edge; start the line with #, or take it out");
    }
    Ok(())
}

fn is_number(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_digit())
}

/// The row of each node.
fn places(names: &[&str]) -> Result<Vec<usize>> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| natural(names[a], names[b]).then_with(|| names[a].cmp(names[b])));
    if names.iter().all(|name| is_number(name))
        && let Some(pair) = order.windows(2).find(|pair| natural(names[pair[0]], names[pair[1]]).is_eq())
    {
        bail!("nodes `{}` and `{}` are one number; write each node in one way", names[pair[0]], names[pair[1]]);
    }
    let mut place = vec![0; names.len()];
    for (row, at) in order.into_iter().enumerate() {
        place[at] = row;
    }
    Ok(place)
}

/// The order that people expect of names: runs of digits count as numbers, so that n2 stands before n10.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (digits_a, digits_b) = (digits(a), digits(b));
        let order = if digits_a.is_empty() || digits_b.is_empty() {
            let (first_a, first_b) = (a.chars().next(), b.chars().next());
            if first_a.is_none() && first_b.is_none() {
                return Ordering::Equal;
            }
            first_a.cmp(&first_b)
        } else {
            let (value_a, value_b) = (digits_a.trim_start_matches('0'), digits_b.trim_start_matches('0'));
            value_a.len().cmp(&value_b.len()).then_with(|| value_a.cmp(value_b))
        };
        if order.is_ne() {
            return order;
        }
        a = behind(a, digits_a);
        b = behind(b, digits_b);
    }
}

/// The digits at the start.
fn digits(text: &str) -> &str {
    &text[..text.bytes().take_while(u8::is_ascii_digit).count()]
}

/// What follows the digits at the start, or the first character where there are none.
fn behind<'a>(text: &'a str, digits: &str) -> &'a str {
    let first = if digits.is_empty() { text.chars().next().map_or(0, char::len_utf8) } else { digits.len() };
    &text[first..]
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
    fn nodes_stand_in_the_natural_order_of_their_names() {
        // 10 comes behind 9 as a number.
        let numbers = matrix("10 9\n10\n10 10", true);
        assert_eq!(numbers, expected(2, &[0, 0, 1, 1]).named(vec!["9".to_owned(), "10".to_owned()]));
        assert_eq!(matrix("b a\nc", true), named(expected(3, &[0, 0, 0, 1, 0, 0, 0, 0, 0]), "abc"));
        // The order of the lines does not count, nor how long numbers are in names.
        let ring: Vec<String> = (0..12).map(|n| format!("n{n} n{}", (n + 1) % 12)).collect();
        let turned: Vec<String> = ring.iter().rev().cloned().collect();
        let numbers = matrix(&ring.join("\n"), false);
        assert_eq!(numbers, matrix(&turned.join("\n"), false));
        assert_eq!(numbers.names().unwrap().join(" "), "n0 n1 n2 n3 n4 n5 n6 n7 n8 n9 n10 n11");
        // Two lines of two are a matrix.
        assert_eq!(matrix("0 1\n1 0", false), expected(2, &[0, 1, 1, 0]));
        assert_eq!(matrix("", false).axes(), [0, 0]);
    }

    #[test]
    fn natural_order_is_an_order() {
        let sorted = ["", "-1", "1", "1a", "2", "10", "a", "a01b", "a1c", "a2", "a10", "a10.5", "aa", "é", "é9", "é10"];
        for (a, x) in sorted.iter().enumerate() {
            for (b, y) in sorted.iter().enumerate() {
                assert_eq!(natural(x, y), a.cmp(&b), "{x:?} {y:?}");
            }
        }
        assert_eq!(natural("a01", "a1"), Ordering::Equal);
        assert_eq!(natural("99999999999999999999", "100000000000000000000"), Ordering::Less);
    }

    #[test]
    fn bad_graphs_say_why() {
        for (text, directed, words) in [
            ("a b\na b c", false, "line 2 has 3 words"),
            ("0 1 0\n1 0 1\n", false, "line 1 has 3 words"),
            ("0 1 0\n1 0 0\n0 0 -1", false, "line 3, number 3: found -1"),
            ("1 2\n01 3\n4 5", false, "nodes `01` and `1` are one number"),
            ("01\n10", true, "leave out --directed"),
            ("1 2 0.5\n2 3 0.1", false, "without weights"),
            ("Source,Target\na,b", false, "line 1: `Source Target` names the columns"),
            ("# nodes\nhere there\n1 2\n2 3", false, "line 2: `here there` names the columns"),
        ] {
            let error = format!("{:#}", read(text.as_bytes(), directed).unwrap_err());
            assert!(error.contains(words), "{text:?}: {error}");
        }
        let many: String = (0..=MOST_NODES).map(|n| format!("{n} {}\n", n + 1)).collect();
        assert!(read(many.as_bytes(), false).unwrap_err().to_string().contains("more than 16384 nodes"));
    }
}
