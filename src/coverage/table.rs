//! The report as a table: the shape of `measure --json`.

use serde::{Deserialize, Serialize};

use crate::text;

use super::model::{Report, Summary};

/// What is said of branches: stable Rust does not count them, and none is not all.
pub const NOT_MEASURED: &str = "not measured";

/// One file of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The path from the workspace root, with forward slashes.
    pub file: String,
    /// Its four ratios.
    #[serde(flatten)]
    pub summary: Summary,
    /// The coverable lines that never ran, as in `3-5, 9`.
    pub uncovered: String,
}

/// The ratios of all files and of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The whole.
    pub total: Summary,
    /// The files, by path.
    pub files: Vec<Row>,
}

impl Table {
    /// Creates the table of a report.
    pub fn of(report: &Report) -> Self {
        let rows = report.files.iter().map(|(file, coverage)| Row {
            file: file.clone(),
            summary: coverage.summary(),
            uncovered: text::ranges(coverage.uncovered_lines()),
        });
        Self { total: report.total(), files: rows.collect() }
    }

    /// Returns the table as JSON over several lines, with the fields of `more` behind it.
    pub fn to_json(&self, more: &impl Serialize) -> String {
        let printed = Printed { table: self, branches: NOT_MEASURED, more };
        serde_json::to_string_pretty(&printed).unwrap_or_default()
    }
}

/// The shape of what is printed.
#[derive(Serialize)]
struct Printed<'a, T> {
    #[serde(flatten)]
    table: &'a Table,
    branches: &'static str,
    #[serde(flatten)]
    more: &'a T,
}
