//! Taking away from a report what is not production code.

use std::collections::BTreeMap;

use super::model::Report;

/// Lines of one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineSet {
    /// Whether it is all lines of the file.
    pub whole_file: bool,
    /// Ranges of lines, first and last included.
    pub lines: Vec<(u32, u32)>,
}

impl LineSet {
    /// Returns whether the line is in the set.
    pub fn contains(&self, line: u32) -> bool {
        self.whole_file || self.lines.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }
}

/// Takes lines away, and with them the regions, functions and error paths that begin in them.
///
/// A file of which no line is left is removed, even if it had none before.
pub fn subtract(report: &mut Report, not_production: &BTreeMap<String, LineSet>) {
    for (file, lines) in not_production {
        let Some(coverage) = report.files.get_mut(file) else { continue };
        coverage.lines.retain(|line, _| !lines.contains(*line));
        coverage.regions.retain(|region| !lines.contains(region.start.line));
        coverage.functions.retain(|function| !lines.contains(function.start.line));
        coverage.error_paths.retain(|path| !lines.contains(path.at.line));
    }
    report.files.retain(|_, coverage| !coverage.lines.is_empty());
}
