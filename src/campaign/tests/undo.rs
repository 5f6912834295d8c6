//! Undoing what a run wrote into the registry.

use camino::Utf8Path;
use serde_json::json;

use super::super::*;
use crate::coverage::Ratio;
use crate::journal::{self, Change, Journal, RunId};
use crate::registry::{self, Measurement, Registry, Row};
use crate::sys::{Clock, fs};

const FILE: &str = "src/a.rs";

fn row(covered: u64) -> Row {
    let measurement = Measurement {
        covered,
        coverable: 10,
        error_paths: Ratio { covered: 1, coverable: 2 },
        tool: "rustchain".to_owned(),
        tool_version: "0.1.0".to_owned(),
        commit: None,
        measured_at: "2026-11-21T02:25:00Z".to_owned(),
    };
    Row::new("MISC", 85.0, &measurement)
}

/// A run that brings the row of the file from one state to another.
fn run(root: &Utf8Path, before: Option<&Row>, after: &Row) -> RunId {
    let journal = Journal::create(root, Clock::real(), &json!({})).expect("a run");
    let fields = json!({ "file": FILE, "before": before, "after": after });
    journal.event("registry.updated", fields).expect("written");
    let mut registry = Registry::load(root).expect("loaded");
    registry.upsert(Utf8Path::new(FILE), after.clone()).expect("a row");
    registry.save(root).expect("saved");
    journal.run().clone()
}

fn undo(root: &Utf8Path, run: &RunId) {
    let undo = plan_undo(root, run).expect("planned");
    apply_undo(root, run, &undo).expect("undone");
}

#[test]
fn a_row_becomes_what_it_was_and_the_first_one_takes_the_registry_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
    let first = run(root, None, &row(3));
    let second = run(root, Some(&row(3)), &Row { attempts: 1, ..row(3) });
    undo(root, &second);
    let registry = Registry::load(root).expect("loaded");
    assert_eq!(registry.row(Utf8Path::new(FILE)), Some(&row(3)));
    undo(root, &first);
    assert!(!fs::exists(&root.join("registry")));
    assert!(plan_undo(root, &first).expect("planned").is_nothing());
}

#[test]
fn a_row_that_a_later_run_has_written_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
    let first = run(root, None, &row(3));
    run(root, Some(&row(3)), &Row { attempts: 1, ..row(3) });
    undo(root, &first);
    assert!(fs::exists(&registry::path(root)));
    let registry = Registry::load(root).expect("loaded");
    assert_eq!(registry.row(Utf8Path::new(FILE)).map(|row| row.attempts), Some(1));
}

/// Writes a file and its row as a mission does; it is killed before it settles them unless `kept`.
fn mission(root: &Utf8Path, journal: &Journal, (before, after): (Option<&Row>, &Row), kept: bool) {
    let path = format!("src/tests_{}.rs", after.attempts);
    let change = Change::created(&path, b"// new\n");
    let id = journal.record_change(&change, None).expect("recorded").id;
    fs::write_atomic(&root.join(&path), b"// new\n").expect("written");
    let fields = json!({ "file": FILE, "before": before, "after": after, "changes": [id] });
    journal.event("registry.updated", fields).expect("written");
    let mut registry = Registry::load(root).expect("loaded");
    registry.upsert(Utf8Path::new(FILE), after.clone()).expect("a row");
    registry.save(root).expect("saved");
    if kept {
        journal.settle(vec![id], journal::Outcome::Kept).expect("settled");
    }
}

#[test]
fn a_repair_takes_the_row_back_with_the_files_and_keeps_what_was_settled() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = Utf8Path::from_path(folder.path()).expect("UTF-8");
    let first = row(3);
    let second = Row { attempts: 1, baseline: first.baseline, ..row(8) };
    let journal = Journal::create(root, Clock::real(), &json!({})).expect("a run");
    mission(root, &journal, (None, &first), true);
    mission(root, &journal, (Some(&first), &second), false);
    let half = root.join("registry/.rustchain-aB3dE9.tmp");
    fs::write_atomic(&half, b"{").expect("written");
    let run = journal.run().clone();
    drop(journal);
    assert_eq!(repair(root).expect("repaired").len(), 1);
    assert!(!fs::exists(&half));
    let registry = Registry::load(root).expect("loaded");
    assert_eq!(registry.row(Utf8Path::new(FILE)), Some(&first));
    assert!(fs::exists(&root.join("src/tests_0.rs")) && !fs::exists(&root.join("src/tests_1.rs")));
    assert!(repair(root).expect("nothing to do").is_empty());
    undo(root, &run);
    assert!(!fs::exists(&root.join("registry")) && !fs::exists(&root.join("src")));
}
