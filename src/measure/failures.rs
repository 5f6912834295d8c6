//! The failures of production code: which `?` ever passed an error on, and what is not handled.

use serde::Serialize;

use super::scope::Scope;
use crate::coverage::{FileCoverage, Report};
use crate::source::{FailureKind, FunctionItem, failure_sites, functions};

/// What kind of error path a `?` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PathClass {
    /// An error of the crate.
    Error,
    /// One that a `Formatter` passes on, which says nothing about the crate; it does not count.
    Display,
}

impl PathClass {
    /// Returns the name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Display => "display",
        }
    }
}

/// A `?` with what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PathRow {
    /// The file, as in the report.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
    /// The function around it; may be empty.
    pub function: String,
    /// What kind of error path it is.
    pub class: PathClass,
    /// Whether an error ever left by it.
    pub covered: bool,
    /// How often.
    pub count: u64,
}

/// A place where a failure is not handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SiteRow {
    /// The file, as in the report.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in bytes, from 1.
    pub column: u32,
    /// The function around it; may be empty.
    pub function: String,
    /// How the failure is not handled.
    pub kind: FailureKind,
}

/// The failures of production code, by file and place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Failures {
    /// Every `?`.
    pub error_paths: Vec<PathRow>,
    /// Every place where a failure is not handled: found in the source, not measured.
    pub failure_sites: Vec<SiteRow>,
}

impl Failures {
    /// Returns the failures of production code in the files of a report.
    pub fn of(scope: &Scope, report: &Report) -> Self {
        let mut failures = Self::default();
        for (file, coverage) in &report.files {
            if let Some(text) = scope.text(file) {
                failures.add(scope, (file, text), coverage);
            }
        }
        failures
    }

    /// Adds those of one file.
    fn add(&mut self, scope: &Scope, (file, text): (&str, &str), coverage: &FileCoverage) {
        // A file that cannot be parsed has been told of with the module tree.
        let functions = functions(text).unwrap_or_default();
        self.error_paths.extend(coverage.error_paths.iter().map(|path| PathRow {
            file: file.to_owned(),
            line: path.at.line,
            column: path.at.column,
            function: around(&functions, path.at.line),
            class: if path.display { PathClass::Display } else { PathClass::Error },
            covered: path.count != 0,
            count: path.count,
        }));
        let sites = failure_sites(text).unwrap_or_default();
        let sites = sites.into_iter().filter(|site| scope.is_production(file, site.line));
        self.failure_sites.extend(sites.map(|site| SiteRow {
            file: file.to_owned(),
            line: site.line,
            column: site.column,
            function: around(&functions, site.line),
            kind: site.kind,
        }));
    }
}

/// The path of the innermost function around a line.
fn around(functions: &[FunctionItem], line: u32) -> String {
    let around = functions.iter().filter(|f| (f.start_line..=f.end_line).contains(&line));
    let innermost = around.min_by_key(|function| function.end_line - function.start_line);
    innermost.map(|function| function.path.clone()).unwrap_or_default()
}
