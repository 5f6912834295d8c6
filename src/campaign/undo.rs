//! Taking back what a run added: tests, archived missions, and the rows of the registry.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::error::{Error, Result};
use crate::journal::{self, RunId};
use crate::registry::{self, Registry, Row};
use crate::sys::fs;

/// What there is to do to undo a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Undo {
    /// The files that the run changed.
    pub files: journal::Undo,
    /// The rows of the registry as they were before, by file; `None` where there was none.
    pub rows: BTreeMap<Utf8PathBuf, Option<Row>>,
}

/// What the journal says of a row that a mission wrote.
#[derive(Debug, Deserialize)]
struct Written {
    file: Utf8PathBuf,
    before: Option<Row>,
    after: Option<Row>,
}

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
    let mut spans: BTreeMap<Utf8PathBuf, Written> = BTreeMap::new();
    for event in journal::events(project, run)?.events {
        if event.kind != "registry.updated" {
            continue;
        }
        let written: Written =
            serde_json::from_value(Json::Object(event.fields)).map_err(|error| {
                Error::environment(format!("event {} of the run `{run}` is damaged", event.seq))
                    .because(error)
            })?;
        match spans.get_mut(&written.file) {
            Some(span) => span.after = written.after,
            None => drop(spans.insert(written.file.clone(), written)),
        }
    }
    let registry = Registry::load(project)?;
    let untouched = |span: &Written| registry.row(&span.file) == span.after.as_ref();
    let rows = spans.into_values().filter(untouched).map(|span| (span.file, span.before));
    Ok(Undo { files: journal::plan_undo(project, run)?, rows: rows.collect() })
}

/// Carries out a plan; the registry goes if nothing is in it any more.
pub fn apply_undo(project: &Utf8Path, run: &RunId, undo: &Undo) -> Result<()> {
    journal::apply_undo(project, run, &undo.files)?;
    if undo.rows.is_empty() {
        return Ok(());
    }
    let mut registry = Registry::load(project)?;
    for (file, row) in &undo.rows {
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
