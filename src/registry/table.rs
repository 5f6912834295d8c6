//! The registry as a table for people.

use super::row::{Priority, Row};
use super::store::Registry;

/// The headings of [`table`].
pub const COLUMNS: [&str; 8] =
    ["file", "covered", "lines", "was", "target", "priority", "status", "tests"];

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
    let percent = |percent: f64| format!("{percent:.2} %");
    [
        path.to_owned(),
        percent(row.percent),
        format!("{}/{}", row.covered, row.coverable),
        percent(row.baseline),
        percent(row.target),
        row.priority.name().to_owned(),
        row.status.name().to_owned(),
        row.tests_added.to_string(),
    ]
}
