//! What can be covered of a file, numbered, and the choice of the tests that cover most of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::lines::LineMap;
use crate::coverage::{ErrorPath, FileCoverage, Function, Position, Region};

/// What can be covered: lines, regions and error paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Line(u32),
    Region(Position, Position),
    ErrorPath(Position),
}

/// The items of a file that nothing covers yet, numbered from 0.
#[derive(Debug)]
pub(super) struct Items {
    /// The number of each, by its place in the text with the tests.
    numbers: BTreeMap<Item, u32>,
    /// Each of them, in its place in the text without them.
    old: Vec<Item>,
    /// Everything that can be covered, without counts, in the places of the text without the tests.
    blank: FileCoverage,
}

impl Items {
    /// Numbers what `covered` does not cover of `file`, the coverage of the text with the tests.
    pub(super) fn of(file: &FileCoverage, lines: &LineMap, covered: &FileCoverage) -> Self {
        let known: BTreeSet<Item> = ran(covered).collect();
        let blank = lines.translate(file);
        let mut items = Self { numbers: BTreeMap::new(), old: Vec::new(), blank };
        for item in every(file) {
            let old = item.moved(lines).filter(|old| !known.contains(old));
            if let (Some(old), Ok(number)) = (old, u32::try_from(items.old.len())) {
                items.numbers.insert(item, number);
                items.old.push(old);
            }
        }
        items
    }

    /// The numbers of the items that a run covers, given its coverage of the text with the tests.
    pub(super) fn covered(&self, run: &FileCoverage) -> Vec<u32> {
        let regions = run.regions.iter().filter(|region| region.count != 0);
        let paths = regions.map(|region| Item::ErrorPath(region.start));
        let all = ran(run).chain(paths).filter_map(|item| self.numbers.get(&item).copied());
        let mut numbers: Vec<u32> = all.collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// How many items there are.
    pub(super) fn count(&self) -> usize {
        self.old.len()
    }

    /// An item by its number, in its place in the text without the tests.
    pub(super) fn item(&self, number: u32) -> Option<Item> {
        self.old.get(usize::try_from(number).ok()?).copied()
    }

    /// The coverage of the text without the tests in which these items ran once and nothing else.
    pub(super) fn coverage(&self, numbers: impl Iterator<Item = u32>) -> FileCoverage {
        let won: BTreeSet<Item> = numbers.filter_map(|number| self.item(number)).collect();
        let count = |item: &Item| u64::from(won.contains(item));
        let blank = &self.blank;
        let lines = blank.lines.keys().map(|line| (*line, count(&Item::Line(*line))));
        let regions = blank.regions.iter().map(|region| {
            let count = count(&Item::Region(region.start, region.end));
            Region { count, ..*region }
        });
        let regions: Vec<Region> = regions.collect();
        let ran = regions.iter().filter(|region| region.count != 0);
        let entered: BTreeSet<Position> = ran.map(|region| region.start).collect();
        let functions = blank.functions.iter().map(|function| {
            let count = u64::from(entered.contains(&function.start));
            Function { count, ..function.clone() }
        });
        let functions = functions.collect();
        let paths = blank.error_paths.iter();
        let error_paths =
            paths.map(|path| ErrorPath { count: count(&Item::ErrorPath(path.at)), ..*path });
        FileCoverage {
            lines: lines.collect(),
            functions,
            error_paths: error_paths.collect(),
            regions,
        }
    }
}

impl Item {
    /// The same item in the text without the tests, if it is there.
    fn moved(self, lines: &LineMap) -> Option<Self> {
        let place = |at: Position| Some(Position { line: lines.old(at.line)?, ..at });
        Some(match self {
            Self::Line(line) => Self::Line(lines.old(line)?),
            Self::Region(start, end) => Self::Region(place(start)?, place(end)?),
            Self::ErrorPath(at) => Self::ErrorPath(place(at)?),
        })
    }
}

/// Every item of a file.
fn every(file: &FileCoverage) -> impl Iterator<Item = Item> {
    let lines = file.lines.keys().map(|line| Item::Line(*line));
    let regions = file.regions.iter().map(|region| Item::Region(region.start, region.end));
    lines.chain(regions).chain(file.error_paths.iter().map(|path| Item::ErrorPath(path.at)))
}

/// The items that ran.
fn ran(file: &FileCoverage) -> impl Iterator<Item = Item> {
    let lines = file.lines.iter().filter(|(_, count)| **count != 0);
    let regions = file.regions.iter().filter(|region| region.count != 0);
    let paths = file.error_paths.iter().filter(|path| path.count != 0);
    lines
        .map(|(line, _)| Item::Line(*line))
        .chain(regions.map(|region| Item::Region(region.start, region.end)))
        .chain(paths.map(|path| Item::ErrorPath(path.at)))
}

/// A test that was chosen: its number, and the numbers of the items that it covers first.
pub(super) type Chosen = (usize, Vec<u32>);

/// Chooses tests until no other covers anything new: the one with the most new items first, ties by
/// number. `found` has the items of each test, of which there are `count`.
///
/// What a test would win only shrinks while others are chosen, so that only the one that promised
/// most has to be counted again.
pub(super) fn choose(found: &BTreeMap<usize, Vec<u32>>, count: usize) -> Vec<Chosen> {
    let mut covered = vec![false; count];
    let mut heap: BinaryHeap<(usize, Reverse<usize>)> =
        found.iter().map(|(test, items)| (items.len(), Reverse(*test))).collect();
    let mut chosen = Vec::new();
    while let Some((promised, Reverse(test))) = heap.pop() {
        let is_new = |item: &u32| {
            let index = usize::try_from(*item).unwrap_or(usize::MAX);
            covered.get(index).is_some_and(|covered| !covered)
        };
        let items = found.get(&test).into_iter().flatten();
        let new: Vec<u32> = items.filter(|item| is_new(item)).copied().collect();
        if new.is_empty() {
            continue;
        }
        if new.len() < promised {
            heap.push((new.len(), Reverse(test)));
            continue;
        }
        for item in &new {
            if let Some(covered) = usize::try_from(*item).ok().and_then(|at| covered.get_mut(at)) {
                *covered = true;
            }
        }
        chosen.push((test, new));
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: &[&[u32]], expected: &[(usize, &[u32])]) {
        let found = found.iter().map(|items| items.to_vec()).enumerate().collect();
        let chosen = choose(&found, 10);
        let chosen: Vec<_> = chosen.iter().map(|(test, new)| (*test, &**new)).collect();
        assert_eq!(chosen, expected);
    }

    #[test]
    fn the_test_with_the_most_new_items_comes_first() {
        check(&[&[0, 1], &[1, 2, 3], &[0]], &[(1, &[1, 2, 3]), (0, &[0])]);
    }

    #[test]
    fn of_equal_tests_the_first_one_is_chosen_and_the_other_is_redundant() {
        check(&[&[4, 5], &[4, 5], &[5, 6]], &[(0, &[4, 5]), (2, &[6])]);
        check(&[&[], &[]], &[]);
    }

    #[test]
    fn the_choice_is_the_one_that_counts_everything_again_each_time() {
        let mut seed = 7_u64;
        let mut next = |limit: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            u32::try_from((seed >> 33) % limit).expect("the limit is small")
        };
        for _ in 0..200 {
            let mut found = BTreeMap::new();
            for test in 0..12 {
                let mut items: Vec<u32> = (0..next(8)).map(|_| next(30)).collect();
                items.sort_unstable();
                items.dedup();
                found.insert(test, items);
            }
            let (mut left, mut covered) = (found.clone(), BTreeSet::new());
            let mut expected = Vec::new();
            while let Some((test, new)) = left
                .iter()
                .map(|(test, items)| {
                    let new = items.iter().filter(|item| !covered.contains(*item)).copied();
                    (*test, new.collect::<Vec<u32>>())
                })
                .max_by_key(|(test, new)| (new.len(), Reverse(*test)))
                .filter(|(_, new)| !new.is_empty())
            {
                covered.extend(new.iter().copied());
                left.remove(&test);
                expected.push((test, new));
            }
            assert_eq!(choose(&found, 30), expected);
        }
    }
}
