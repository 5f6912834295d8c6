//! Where the lines of a file went when tests were written into it.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use crate::coverage::{FileCoverage, Position, Region};

/// Maps lines of a new text to those of the old one.
#[derive(Debug, Clone, Default)]
pub struct LineMap {
    old_of: BTreeMap<u32, u32>,
}

impl LineMap {
    /// Compares two texts line by line.
    pub fn between(old: &str, new: &str) -> Self {
        let mut old_of = BTreeMap::new();
        let diff = TextDiff::from_lines(old, new);
        for change in diff.iter_all_changes().filter(|c| c.tag() == ChangeTag::Equal) {
            let number = |index: Option<usize>| u32::try_from(index? + 1).ok();
            if let Some((old, new)) = number(change.old_index()).zip(number(change.new_index())) {
                old_of.insert(new, old);
            }
        }
        Self { old_of }
    }

    /// Returns the old number of a line; `None` for one that is new.
    pub fn old(&self, new: u32) -> Option<u32> {
        self.old_of.get(&new).copied()
    }

    /// Returns coverage of the new text in the places of the old one; what is new is left out.
    pub fn translate(&self, coverage: &FileCoverage) -> FileCoverage {
        let place = |at: Position| Some(Position { line: self.old(at.line)?, ..at });
        let mut old = FileCoverage::default();
        for (line, count) in &coverage.lines {
            if let Some(line) = self.old(*line) {
                old.lines.insert(line, *count);
            }
        }
        for region in &coverage.regions {
            if let Some((start, end)) = place(region.start).zip(place(region.end)) {
                old.regions.push(Region { start, end, count: region.count });
            }
        }
        for function in &coverage.functions {
            if let Some(start) = place(function.start) {
                old.functions.push(crate::coverage::Function { start, ..function.clone() });
            }
        }
        for path in &coverage.error_paths {
            if let Some(at) = place(path.at) {
                old.error_paths.push(crate::coverage::ErrorPath { at, ..*path });
            }
        }
        old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_behind_an_insertion_keep_their_old_numbers() {
        let map = LineMap::between("a\nb\nc\n", "a\nx\ny\nb\nc\n");
        assert_eq!([1, 2, 4, 5].map(|line| map.old(line)), [Some(1), None, Some(2), Some(3)]);
    }
}
