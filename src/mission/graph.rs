//! The order of steps: what has to come first, with the order of the file as tie-break.

use std::collections::{BTreeMap, BTreeSet};

/// Returns the order in which nodes can go, as indices, each as early as the file has it.
///
/// A node has a name and the names of those before it; unknown names do not matter. Fails with the
/// names along one cycle, whose last is its first.
pub fn order(nodes: &[(&str, Vec<&str>)]) -> Result<Vec<usize>, Vec<String>> {
    let index: BTreeMap<&str, usize> =
        nodes.iter().enumerate().rev().map(|(index, (name, _))| (*name, index)).collect();
    let before: Vec<BTreeSet<usize>> = nodes
        .iter()
        .map(|(_, names)| names.iter().filter_map(|name| index.get(name).copied()).collect())
        .collect();
    let mut waiting: Vec<usize> = before.iter().map(BTreeSet::len).collect();
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (node, before) in before.iter().enumerate() {
        for earlier in before {
            after[*earlier].push(node);
        }
    }
    let mut ready: BTreeSet<usize> = (0..nodes.len()).filter(|node| waiting[*node] == 0).collect();
    let mut order = Vec::new();
    while let Some(node) = ready.pop_first() {
        order.push(node);
        for later in &after[node] {
            waiting[*later] -= 1;
            if waiting[*later] == 0 {
                ready.insert(*later);
            }
        }
    }
    if order.len() == nodes.len() {
        return Ok(order);
    }
    Err(cycle(nodes, &before, &waiting))
}

/// The names along a cycle among the nodes that still wait, from the first of them in the file.
fn cycle(
    nodes: &[(&str, Vec<&str>)],
    before: &[BTreeSet<usize>],
    waiting: &[usize],
) -> Vec<String> {
    // Every node that waits, waits for one that waits: going back from one ends in a cycle.
    let earlier = |node: usize| before[node].iter().copied().find(|node| 0 < waiting[*node]);
    let mut path = Vec::new();
    let mut at = waiting.iter().position(|count| 0 < *count);
    while let Some(node) = at.filter(|node| !path.contains(node)) {
        path.push(node);
        at = earlier(node);
    }
    let start = path.iter().position(|node| Some(*node) == at).unwrap_or(0);
    let mut around: Vec<usize> = path.into_iter().skip(start).rev().collect();
    let first = around.iter().min().copied();
    let place = around.iter().position(|node| Some(*node) == first).unwrap_or(0);
    around.rotate_left(place);
    around.extend(around.first().copied());
    around.into_iter().filter_map(|node| nodes.get(node)).map(|(n, _)| (*n).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in order, or those of the cycle.
    fn check(edges: &[(&str, &[&str])], expected: Result<&str, &str>) {
        let nodes: Vec<(&str, Vec<&str>)> =
            edges.iter().map(|(name, before)| (*name, before.to_vec())).collect();
        let name = |index: &usize| nodes[*index].0;
        let found = order(&nodes);
        let found = match &found {
            Ok(order) => Ok(order.iter().map(name).collect::<Vec<_>>().join(" ")),
            Err(cycle) => Err(cycle.join(" ")),
        };
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[test]
    fn the_order_of_the_file_breaks_ties() {
        check(&[("c", &[]), ("a", &[]), ("b", &[])], Ok("c a b"));
        check(&[("c", &["b"]), ("a", &[]), ("b", &[])], Ok("a b c"));
        check(&[("a", &["d"]), ("b", &[]), ("c", &["a"]), ("d", &[])], Ok("b d a c"));
    }

    #[test]
    fn a_cycle_is_named_in_the_order_it_runs() {
        check(&[("a", &["a"])], Err("a a"));
        check(&[("x", &[]), ("a", &["c"]), ("b", &["a"]), ("c", &["b"])], Err("a b c a"));
    }
}
