//! The model of what is covered: files, their lines, regions, functions and error paths.

use std::collections::BTreeMap;
use std::fmt;

use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::text;

/// A place in a source file.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1, as LLVM counts it.
    pub column: u32,
}

impl Position {
    /// Creates a position from a line and a column, both from 1.
    pub fn new(line: u32, column: u32) -> Self {
        Self { line, column }
    }
}

/// A stretch of code that runs as one, with how often it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Where it begins.
    pub start: Position,
    /// Where it ends; the column is the first one after it.
    pub end: Position,
    /// How often it ran, over all instantiations.
    pub count: u64,
}

/// A function or closure, merged over its instantiations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// The symbol name of one instantiation, as the compiler mangled it; may be empty.
    pub name: String,
    /// Where its first region begins.
    pub start: Position,
    /// How often it was entered, over all instantiations.
    pub count: u64,
}

/// A `?` operator: one way an error leaves a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorPath {
    /// Where the `?` stands.
    pub at: Position,
    /// How often an error left by it.
    pub count: u64,
    /// Whether it stands in what writes for `Display`, where an error says nothing about the crate.
    pub display: bool,
}

/// What is covered in one file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileCoverage {
    /// How often each coverable line ran.
    pub lines: BTreeMap<u32, u64>,
    /// The code regions, in order of their position, each location once.
    pub regions: Vec<Region>,
    /// The functions, in order of their position, each location once.
    pub functions: Vec<Function>,
    /// The `?` operators, in order of their position; empty before they were marked.
    pub error_paths: Vec<ErrorPath>,
}

impl FileCoverage {
    /// Returns the four ratios of this file.
    pub fn summary(&self) -> Summary {
        Summary {
            lines: Ratio::of(self.lines.values().copied()),
            regions: Ratio::of(self.regions.iter().map(|region| region.count)),
            functions: Ratio::of(self.functions.iter().map(|function| function.count)),
            error_paths: Ratio::of(
                self.error_paths.iter().filter(|path| !path.display).map(|path| path.count),
            ),
        }
    }

    /// Returns the coverable lines that never ran, in order.
    pub fn uncovered_lines(&self) -> Vec<u32> {
        self.lines.iter().filter(|(_, count)| **count == 0).map(|(line, _)| *line).collect()
    }

    /// Adds the counts of `other`, location by location.
    ///
    /// Locations that only one of both knows are kept.
    pub fn merge(&mut self, other: &Self) {
        for (line, count) in &other.lines {
            let sum = self.lines.entry(*line).or_default();
            *sum = sum.saturating_add(*count);
        }
        let key = |region: &Region| (region.start, region.end);
        merge_sorted(&mut self.regions, &other.regions, key, |mine, theirs| {
            mine.count = mine.count.saturating_add(theirs.count);
        });
        let key = |function: &Function| function.start;
        merge_sorted(&mut self.functions, &other.functions, key, |mine, theirs| {
            mine.count = mine.count.saturating_add(theirs.count);
        });
        let key = |path: &ErrorPath| path.at;
        merge_sorted(&mut self.error_paths, &other.error_paths, key, |mine, theirs| {
            mine.count = mine.count.saturating_add(theirs.count);
        });
    }
}

/// What is covered in all files.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// The files by their path from the workspace root, with forward slashes.
    pub files: BTreeMap<String, FileCoverage>,
}

impl Report {
    /// Returns the four ratios over all files.
    pub fn total(&self) -> Summary {
        let summaries = self.files.values().map(FileCoverage::summary);
        summaries.fold(Summary::default(), Summary::plus)
    }

    /// Adds the counts of `other`, file by file and location by location.
    ///
    /// For lines that hold several regions the sum may differ a little from LLVM's line rule
    /// applied to summed regions; to join runs of the same binaries read all their profiles into
    /// one [`Profile`](crate::coverage::Profile) instead.
    pub fn merge(&mut self, other: &Self) {
        for (file, coverage) in &other.files {
            self.files.entry(file.clone()).or_default().merge(coverage);
        }
    }
}

/// A share: how much of what can be covered is covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct Ratio {
    /// How many are covered.
    pub covered: u64,
    /// How many can be covered.
    pub coverable: u64,
}

impl Ratio {
    /// Returns the ratio of the counts that are not 0.
    pub fn of(counts: impl IntoIterator<Item = u64>) -> Self {
        counts.into_iter().fold(Self::default(), |ratio, count| Self {
            covered: ratio.covered + u64::from(count != 0),
            coverable: ratio.coverable + 1,
        })
    }

    /// Returns the percentage with two decimals, rounded down, so that only a complete whole is
    /// 100; a whole of nothing is 100, since nothing is uncovered.
    pub fn percent(self) -> f64 {
        if self.coverable == 0 {
            return 100.0;
        }
        let covered = u128::from(self.covered.min(self.coverable));
        let hundredths = covered * 10_000 / u128::from(self.coverable);
        u32::try_from(hundredths).map_or(0.0, |hundredths| f64::from(hundredths) / 100.0)
    }

    /// Returns how many can be covered and are not.
    pub fn uncovered(self) -> u64 {
        self.coverable.saturating_sub(self.covered)
    }

    /// Returns the ratio of both wholes together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { covered: self.covered + other.covered, coverable: self.coverable + other.coverable }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&text::percent(self.covered, self.coverable))
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Ratio", 3)?;
        fields.serialize_field("covered", &self.covered)?;
        fields.serialize_field("coverable", &self.coverable)?;
        fields.serialize_field("percent", &self.percent())?;
        fields.end()
    }
}

/// The four ratios of a file or of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Lines that ran.
    pub lines: Ratio,
    /// Code regions that ran.
    pub regions: Ratio,
    /// Functions that were entered.
    pub functions: Ratio,
    /// `?` operators by which an error left, those that write for `Display` apart.
    pub error_paths: Ratio,
}

impl Summary {
    /// Returns the ratios of both wholes together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            lines: self.lines.plus(other.lines),
            regions: self.regions.plus(other.regions),
            functions: self.functions.plus(other.functions),
            error_paths: self.error_paths.plus(other.error_paths),
        }
    }
}

/// Joins two lists by key into one that is sorted by it.
fn merge_sorted<T: Clone, K: Ord>(
    mine: &mut Vec<T>,
    theirs: &[T],
    key: impl Fn(&T) -> K,
    add: impl Fn(&mut T, &T),
) {
    let mut joined: BTreeMap<K, T> = mine.drain(..).map(|item| (key(&item), item)).collect();
    for item in theirs {
        match joined.get_mut(&key(item)) {
            Some(known) => add(known, item),
            None => drop(joined.insert(key(item), item.clone())),
        }
    }
    mine.extend(joined.into_values());
}
