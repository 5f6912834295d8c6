//! What of a file is not covered.

use crate::coverage::{ErrorPath, FileCoverage, Function, Region, Report};

/// What of a file is not covered, each in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gaps {
    /// Lines.
    pub lines: Vec<u32>,
    /// Regions.
    pub regions: Vec<Region>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Error paths that do not write for `Display`.
    pub error_paths: Vec<ErrorPath>,
}

/// Returns what of `file` is not covered; `None` if the report does not know it.
pub fn gaps(report: &Report, file: &str) -> Option<Gaps> {
    let coverage: &FileCoverage = report.files.get(file)?;
    let paths = coverage.error_paths.iter().filter(|path| path.count == 0 && !path.display);
    Some(Gaps {
        lines: coverage.uncovered_lines(),
        regions: coverage.regions.iter().filter(|region| region.count == 0).copied().collect(),
        functions: coverage.functions.iter().filter(|one| one.count == 0).cloned().collect(),
        error_paths: paths.copied().collect(),
    })
}
