//! The registry as a table for people.

use super::row::{Priority, Row};
use super::store::Registry;
use crate::text;

/// The headings of [`table`].
pub const COLUMNS: [&str; 8] =
    ["file", "was", "covered", "error paths", "target", "priority", "status", "tests"];

/// Returns a line of cells for each file: the ones that need tests most first, then by path.
pub fn table(registry: &Registry) -> Vec<[String; 8]> {
    let mut rows: Vec<(&String, &Row)> = registry.rows().iter().collect();
    rows.sort_by(|(path_a, a), (path_b, b)| {
        let order = |row: &Row| (row.priority, row.percent);
        let (priority_a, percent_a): (Priority, f64) = order(a);
        let (priority_b, percent_b) = order(b);
        let by_need = priority_a.cmp(&priority_b).then(percent_a.total_cmp(&percent_b));
        by_need.then(path_a.cmp(path_b))
    });
    rows.into_iter().map(|(path, row)| cells(path, row)).collect()
}

/// The cells of one file.
fn cells(path: &str, row: &Row) -> [String; 8] {
    let percent = |percent: f64| format!("{percent:.1} %");
    [
        path.to_owned(),
        percent((row.baseline * 10.0).floor() / 10.0),
        text::percent(row.covered, row.coverable),
        row.error_paths.map_or_else(String::new, |paths| paths.to_string()),
        format!("{} %", row.target),
        row.priority.name().to_lowercase(),
        row.status.name().replace('_', " "),
        row.tests_added.to_string(),
    ]
}
