//! The end of a run for a person at a terminal: the table, and what to know about it.

use super::grid::{Column, Grid};
use super::run::{MissionRow, RunReport};
use crate::coverage::Summary;
use crate::engine::Outcome;
use crate::text;

/// Most lines of one kind that are shown; the report has all of them.
const SHOWN_MAX: usize = 12;

/// Returns the table before → after, a line for each mission and one for the whole.
pub fn grid(report: &RunReport) -> Grid {
    let mut grid = Grid::new(&[
        ("file", Column::Path),
        ("before", Column::Number),
        ("after", Column::Number),
        ("error paths", Column::Number),
        ("target", Column::Number),
        ("tests", Column::Number),
        ("result", Column::Word),
    ]);
    for row in &report.details {
        grid.row([
            row.file.clone().unwrap_or_else(|| row.name.clone()),
            lines(row.before),
            lines(row.after),
            error_paths(row.before, row.after),
            row.target_percent.map(|percent| format!("{percent} %")).unwrap_or_default(),
            if row.file.is_some() { row.work.tests_kept.to_string() } else { String::new() },
            result(row).to_owned(),
        ]);
    }
    if report.details.iter().any(|row| row.file.is_some()) {
        grid.rule();
        let (before, after) = (lines(Some(report.before)), lines(Some(report.after)));
        grid.row([
            "all files".to_owned(),
            before,
            after,
            error_paths(Some(report.before), Some(report.after)),
            String::new(),
            report.tests_kept.to_string(),
        ]);
    }
    grid
}

/// Returns what a person should know beside the table: failures, rejections, findings, what is
/// not covered, and what the run took. `folder` is where the reports lie.
pub fn notes(report: &RunReport, folder: &str) -> String {
    let mut lines = Vec::new();
    for row in report.details.iter().filter(|row| !row.message.is_empty() && !row.archived) {
        let subject = row.file.as_ref().filter(|_| row.outcome == Outcome::BelowTarget);
        lines.push(format!("{}: {}", subject.unwrap_or(&row.mission), row.message));
        lines.extend(row.hints.iter().map(|hint| format!("  hint: {hint}")));
    }
    section(&mut lines, "found on the way", &findings(report));
    section(&mut lines, "not covered", &residue(report));
    section(&mut lines, "warnings of the gates", &warnings(report));
    let rejected = report.rejected();
    if !rejected.is_empty() {
        let parts = rejected.iter().map(|(reason, count)| format!("{reason} ({count})"));
        lines.push(format!("rejected cases: {}", parts.collect::<Vec<_>>().join(", ")));
    }
    lines.extend(report.stability());
    if let Some(row) = report.boxed.as_ref().filter(|row| row.name == "none") {
        lines.push(format!("box: {}", row.enforced));
    }
    let incompatible = report.boxed.iter().flat_map(|row| &row.incompatible);
    let incompatible: Vec<String> = incompatible.cloned().collect();
    section(&mut lines, "works outside of the box alone", &incompatible);
    let (wall, cpu) = (seconds(report.wall_seconds), seconds(report.cpu_seconds));
    let did = if report.details.iter().any(|row| row.file.is_some()) {
        let tests = usize::try_from(report.tests_kept).unwrap_or(usize::MAX);
        format!("{} kept in", text::count(tests, "test"))
    } else {
        "took".to_owned()
    };
    lines.push(format!("{did} {wall} ({cpu} of processor time)"));
    lines.push(format!("report: {folder}/report.md"));
    lines.join("\n")
}

/// The findings, a line each.
pub(super) fn findings(report: &RunReport) -> Vec<String> {
    let all = report.details.iter().flat_map(|row| &row.work.findings);
    let line = |finding: &super::run::Finding| {
        let (file, line) = (&finding.file, finding.line);
        format!("{file}:{line} `{}` {}", finding.function, finding.detail)
    };
    all.map(line).collect()
}

/// What gates that only warn had to say, a line each.
pub(super) fn warnings(report: &RunReport) -> Vec<String> {
    let rows = report.details.iter();
    let line = |file: &str, words: &String| format!("{file}: {words}");
    rows.flat_map(|row| {
        let file = row.file.as_deref().unwrap_or(&row.mission);
        row.work.warnings.iter().map(move |words| line(file, words))
    })
    .collect()
}

/// What is not covered, a line each; that of missions that missed their target first.
pub(super) fn residue(report: &RunReport) -> Vec<String> {
    let mut lines = Vec::new();
    let (missed, others): (Vec<_>, Vec<_>) =
        report.details.iter().partition(|row| row.outcome == Outcome::BelowTarget);
    for row in missed.into_iter().chain(others) {
        let file = row.file.as_deref().unwrap_or_default();
        for residue in &row.work.residue {
            let (at, function, reason) = (&residue.lines, &residue.function, &residue.reason);
            let function =
                if function.is_empty() { String::new() } else { format!(" `{function}`") };
            lines.push(format!("{file}:{at}{function}: {reason}"));
        }
    }
    lines
}

/// Adds lines under a heading, not more than a person reads.
fn section(lines: &mut Vec<String>, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    lines.push(format!("{heading}:"));
    lines.extend(items.iter().take(SHOWN_MAX).map(|item| format!("  {item}")));
    if SHOWN_MAX < items.len() {
        lines.push(format!("  and {} more in the report", items.len() - SHOWN_MAX));
    }
}

/// The covered lines as a percentage.
pub(super) fn lines(summary: Option<Summary>) -> String {
    summary.map(|summary| summary.lines.to_string()).unwrap_or_default()
}

/// How many error paths are covered, and how many were before, as in `1 → 3 of 4`.
pub(super) fn error_paths(before: Option<Summary>, after: Option<Summary>) -> String {
    let Some(now) = after.or(before).map(|summary| summary.error_paths) else {
        return String::new();
    };
    let was = before.map_or(now.covered, |summary| summary.error_paths.covered);
    match (now.covered, now.coverable) {
        (_, 0) => "-".to_owned(),
        (covered, coverable) if covered == was => format!("{covered} of {coverable}"),
        (covered, coverable) => format!("{was} → {covered} of {coverable}"),
    }
}

/// The word for how a mission ended.
pub(super) fn result(row: &MissionRow) -> &'static str {
    match (row.archived, row.outcome) {
        (true, Outcome::Completed) => "archived",
        (_, outcome) => match outcome.name() {
            "below_target" => "below target",
            "needs_review" => "needs review",
            name => name,
        },
    }
}

/// Seconds as people write them.
pub(super) fn seconds(seconds: f64) -> String {
    let duration = std::time::Duration::try_from_secs_f64(seconds.max(0.0));
    text::duration(duration.unwrap_or_default())
}
