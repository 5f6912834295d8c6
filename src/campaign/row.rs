//! The line of a report for a mission, from what its steps gave.

use serde_json::{Map, Value as Json, json};

use super::baseline::Baseline;
use super::list::Item;
use crate::coverage::Summary;
use crate::engine::{MissionReport, Outcome};
use crate::error::{Error, Kind};
use crate::report::{MissionRow, Work};

/// Returns the line of a mission that ran.
pub fn ended(
    item: &Item,
    report: MissionReport,
    before: Option<Summary>,
    after: Option<Summary>,
) -> MissionRow {
    let culprit = report.culprit().cloned();
    let mut row = blank(item);
    row.outcome = report.outcome;
    (row.before, row.after) = (before, after);
    row.wall_seconds = report.wall.as_secs_f64();
    if let Some(step) = culprit {
        row.message = match row.outcome {
            Outcome::BelowTarget => step.message,
            _ => format!("step `{}`: {}", step.id, step.message),
        };
        row.hints = step.hints;
    }
    let outputs = report.steps.into_iter().flat_map(|step| step.outputs);
    row.work = work(&outputs.collect());
    if !matches!(row.outcome, Outcome::Completed | Outcome::BelowTarget) {
        // Whatever was written was taken back.
        row.work.receipts.clear();
    }
    for finding in &mut row.work.findings {
        finding.file = shown(item, &finding.file);
    }
    row
}

/// Returns what the journal says of a mission's line.
pub fn event(row: &MissionRow) -> Json {
    let lines = |summary: Option<Summary>| summary.map(|summary| summary.lines);
    let error_paths = |summary: Option<Summary>| summary.map(|summary| summary.error_paths);
    json!({
        "mission": row.mission,
        "name": row.name,
        "outcome": row.outcome,
        "file": row.file,
        "before": lines(row.before),
        "after": lines(row.after),
        "error_paths_before": error_paths(row.before),
        "error_paths_after": error_paths(row.after),
        "tests_kept": row.work.tests_kept,
        "message": row.message,
    })
}

/// Returns the line of a mission that could not run.
pub fn failed(item: &Item, error: &Error, before: Option<Summary>) -> MissionRow {
    let mut row = blank(item);
    let review = error.kind() == Kind::NeedsReview;
    row.outcome = if review { Outcome::NeedsReview } else { Outcome::Failed };
    (row.before, row.after) = (before, before);
    row.message = error.chain().join(": ");
    row.hints = error.hints().to_vec();
    row
}

/// Returns the line of a mission that does not run.
pub fn skipped(item: &Item, message: String) -> MissionRow {
    MissionRow { message, ..blank(item) }
}

/// Returns the line of an archived mission, whose target still holds or was lost.
pub fn archived(item: &Item, baseline: &Baseline, held: bool) -> MissionRow {
    let mut row = blank(item);
    let now = baseline.file(&item.mission);
    (row.before, row.after) = (now, now);
    if held {
        (row.archived, row.outcome) = (true, Outcome::Completed);
    } else {
        row.outcome = Outcome::BelowTarget;
        row.message.push_str("it is archived, and its file has lost the target");
        row.hints = vec!["`rustchain run --reopen` brings the mission back".to_owned()];
    }
    row
}

/// The line of a mission of which nothing is known yet.
fn blank(item: &Item) -> MissionRow {
    let target = item.mission.target.as_ref();
    MissionRow {
        mission: item.shown.clone(),
        name: item.mission.name.clone(),
        outcome: Outcome::Skipped,
        archived: false,
        file: target.and_then(|target| target.file.as_ref()).map(|file| shown(item, file)),
        target_percent: target.and_then(|target| target.percent),
        before: None,
        after: None,
        message: String::new(),
        hints: Vec::new(),
        wall_seconds: 0.0,
        work: Work::default(),
    }
}

/// A file of the mission's workspace, relative to the project.
fn shown(item: &Item, file: &str) -> String {
    match item.mission.target.as_ref().and_then(|target| target.project.as_ref()) {
        Some(project) => format!("{project}/{file}"),
        None => file.to_owned(),
    }
}

/// What the outputs of all steps, later ones winning, say about tests; an output of another shape
/// belongs to another kind of mission and says nothing.
fn work(outputs: &Map<String, Json>) -> Work {
    let one = |name: &str| outputs.get(name).cloned().unwrap_or(Json::Null);
    Work {
        // What is in the checkout in the end is known when the mission has ended.
        tests_kept: 0,
        receipts: serde_json::from_value(one("receipts")).unwrap_or_default(),
        warnings: serde_json::from_value(one("warnings")).unwrap_or_default(),
        rejected: serde_json::from_value(one("rejected")).unwrap_or_default(),
        findings: serde_json::from_value(one("findings")).unwrap_or_default(),
        residue: serde_json::from_value(one("residue")).unwrap_or_default(),
    }
}
