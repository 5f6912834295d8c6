//! Taking back what a run added: tests, archived missions, and the rows of the registry.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::journal::{self, Repair, RunId};
use crate::registry::{self, Registry, Row};
use crate::sys::fs;

/// What there is to do to undo a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undo {
    /// The files that the run changed.
    pub files: journal::Undo,
    /// The rows of the registry as they were before, by file; `None` where there was none.
    pub rows: Rows,
}

/// What the journal says of a row that a mission wrote.
#[derive(Debug, Deserialize)]
struct Written {
    file: Utf8PathBuf,
    before: Option<Row>,
    after: Option<Row>,
    /// The changes that stay or go with it; runs of earlier versions do not say.
    #[serde(default)]
    changes: BTreeSet<u64>,
}

/// The rows by file.
type Rows = BTreeMap<Utf8PathBuf, Option<Row>>;

impl Undo {
    /// Returns whether there is nothing to take back, and nothing that a person has to look at.
    pub fn is_nothing(&self) -> bool {
        self.files.edits.is_empty() && self.files.conflicts.is_empty() && self.rows.is_empty()
    }
}

/// Returns what there is to do to undo a run, and writes nothing.
///
/// A row that a later run has written stays as that run left it.
pub fn plan_undo(project: &Utf8Path, run: &RunId) -> Result<Undo> {
    let rows = rows_before(project, run, &|_| true)?;
    Ok(Undo { files: journal::plan_undo(project, run)?, rows })
}

/// Carries out a plan; the registry goes if nothing is in it any more.
pub fn apply_undo(project: &Utf8Path, run: &RunId, undo: &Undo) -> Result<()> {
    journal::apply_undo(project, run, &undo.files)?;
    put_back(project, &undo.rows)
}

/// Takes back what runs that were cut off had written and not yet settled, with what the registry
/// says of it; to be called by the owner of the project, when no run goes on.
pub fn repair(project: &Utf8Path) -> Result<Vec<Repair>> {
    for run in journal::runs(project)? {
        let open = journal::changes(project, &run)?.into_iter();
        let open = open.filter(|one| one.outcome.is_none()).map(|one| one.id);
        let open: BTreeSet<u64> = open.collect();
        if open.is_empty() {
            continue;
        }
        if let Some(folder) = registry::path(project).parent() {
            fs::remove_unfinished(folder)?;
        }
        // The rows go first: when the files are settled, nobody looks at the run again.
        let cut_off = |written: &Written| !written.changes.is_disjoint(&open);
        put_back(project, &rows_before(project, &run, &cut_off)?)?;
    }
    journal::repair(project)
}

/// The rows that a run wrote and that still stand, as they were before the wanted ones of its
/// missions.
fn rows_before(project: &Utf8Path, run: &RunId, wanted: &dyn Fn(&Written) -> bool) -> Result<Rows> {
    let mut by_file: BTreeMap<Utf8PathBuf, Vec<Written>> = BTreeMap::new();
    for event in journal::events(project, run)?.events {
        if event.kind != "registry.updated" {
            continue;
        }
        let written: Written =
            serde_json::from_value(Json::Object(event.fields)).map_err(|error| {
                Error::environment(format!("event {} of the run `{run}` is damaged", event.seq))
                    .because(error)
            })?;
        if wanted(&written) {
            by_file.entry(written.file.clone()).or_default().push(written);
        }
    }
    if by_file.is_empty() {
        return Ok(Rows::new());
    }
    let registry = Registry::load(project)?;
    let mut rows = Rows::new();
    for (file, written) in by_file {
        // Not the last one if that was taken back already.
        let stands = written.iter().any(|one| registry.row(&file) == one.after.as_ref());
        if let Some(first) = written.into_iter().next().filter(|_| stands) {
            rows.insert(file, first.before);
        }
    }
    Ok(rows)
}

/// Gives rows their old content; the registry goes if nothing is in it any more.
fn put_back(project: &Utf8Path, rows: &Rows) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut registry = Registry::load(project)?;
    for (file, row) in rows {
        match row {
            Some(row) => registry.upsert(file, row.clone())?,
            None => registry.remove(file),
        }
    }
    let path = registry::path(project);
    if !registry.rows().is_empty() {
        return registry.save(project);
    }
    fs::remove_file(&path)?;
    if let Some(folder) = path.parent() {
        fs::remove_empty_dir(folder);
    }
    Ok(())
}
