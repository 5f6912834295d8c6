//! The end of a mission: what was written stays or goes, and the registry learns of it.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::json;

use super::mission::Runner;
use super::receipt::receipts;
use super::validate::is_wanted;
use crate::coverage::FileCoverage;
use crate::engine::{Outcome, Run};
use crate::error::{Error, Kind, Result};
use crate::git::Repository;
use crate::journal::{self, Change, state_folder};
use crate::registry::{Measurement, Registry, Row, Status};
use crate::sys::{Stop, fs};

/// The percentage that is asked for where a mission does not say.
const TARGET: f64 = 85.0;

/// A file that a mission wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The number of the change in the journal.
    pub id: u64,
    /// The folders that were made for it, outermost first.
    pub folders: Vec<Utf8PathBuf>,
    /// Its path.
    pub path: Utf8PathBuf,
    /// Its path relative to the project.
    pub relative: Utf8PathBuf,
    /// Its text before; `None` if it was not there.
    pub old: Option<String>,
    /// Its text after; `None` if it is gone.
    pub text: Option<String>,
}

/// Changes a file of the checkout: the journal knows of it before, and it is taken back if the
/// mission fails.
pub fn change(
    runner: &mut Runner<'_, '_>,
    change: &Change,
    (path, old, text): (&Utf8Path, Option<String>, Option<String>),
) -> Result<()> {
    let journal = runner.desk.journal.ok_or_else(|| Error::internal("no journal to write to"))?;
    let recorded = journal.record_change(change, old.as_deref().map(str::as_bytes))?;
    let folders = recorded.folders.iter().map(|folder| journal.project().join(folder));
    let (path, relative) = (path.to_owned(), change.path.clone());
    runner.state.written.push(Written {
        id: recorded.id,
        folders: folders.collect(),
        path: path.clone(),
        relative,
        old,
        text: text.clone(),
    });
    match text {
        Some(text) => fs::write_atomic(&path, text.as_bytes()),
        None => fs::remove_file(&path),
    }
}

/// Keeps or takes back what was written, and updates the registry.
///
/// What the registry cannot learn of is taken back, too.
pub fn run(runner: &mut Runner<'_, '_>, outcome: Outcome, run: &Run<'_>) -> Result<()> {
    let kept = matches!(outcome, Outcome::Completed | Outcome::BelowTarget);
    let unasked = kept
        && !runner.state.written.is_empty()
        && is_wanted(runner, run)
        && !runner.state.validated;
    let unproven = kept && !runner.state.written.is_empty() && !runner.state.verified;
    let outcome = match (unasked, unproven) {
        (true, _) => Outcome::NeedsReview,
        (_, true) => Outcome::Failed,
        _ => outcome,
    };
    let keep = kept && !unasked && !unproven;
    if !keep {
        take_back(runner)?;
    }
    let own = run.root.join(&run.file).starts_with(state_folder(&run.root));
    // A mission that proved nothing has nothing to say of its file.
    let told = !keep || runner.state.verified;
    if runner.state.shop.is_some()
        && !own
        && told
        && let Err(error) = register(runner, outcome, run)
    {
        // What cannot be taken back now is taken back when the next run begins.
        drop(take_back(runner));
        return Err(error);
    }
    if keep && let Some(journal) = runner.desk.journal {
        for receipt in receipts(runner, run) {
            run.observer.event("test.receipt", json!(receipt))?;
        }
        let written = std::mem::take(&mut runner.state.written);
        let ids = written.into_iter().map(|written| written.id).collect();
        journal.settle(ids, journal::Outcome::Kept)?;
        let kept = u64::try_from(runner.state.names.len()).unwrap_or(u64::MAX);
        runner.desk.kept.set(runner.desk.kept.get().saturating_add(kept));
    }
    if unproven && !unasked {
        return Err(Error::failed("the tests were written but not verified, and are taken back")
            .hint("put a step of type `verify` after the one that writes them"));
    }
    if unasked {
        return Err(Error::new(Kind::NeedsReview, "the validator was not asked")
            .hint("it is asked by a step of type `verify`, and the mission ran none"));
    }
    Ok(())
}

/// Gives every written file its old text back, and removes the folders that were made for them.
///
/// One that somebody changed meanwhile is left alone. What cannot be taken back does not keep other
/// changed files from it, only new ones; the first error is returned.
pub(super) fn take_back(runner: &mut Runner<'_, '_>) -> Result<()> {
    let written = std::mem::take(&mut runner.state.written);
    let (mut ids, mut first) = (Vec::new(), None);
    for written in written.iter().rev() {
        if first.is_some() && written.old.is_none() {
            // The file that could not be taken back may name this one as a module.
            continue;
        }
        match give_back(written) {
            Ok(()) => ids.push(written.id),
            Err(error) => drop(first.get_or_insert(error)),
        }
    }
    for folder in written.iter().rev().flat_map(|written| written.folders.iter().rev()) {
        fs::remove_empty_dir(folder);
    }
    if let Some(journal) = runner.desk.journal
        && let Err(error) = journal.settle(ids, journal::Outcome::Undone)
    {
        first.get_or_insert(error);
    }
    runner.state.archived = None;
    runner.state.verified = false;
    first.map_or(Ok(()), Err)
}

/// Gives a file its old text back, unless somebody changed it meanwhile.
fn give_back(written: &Written) -> Result<()> {
    let there = fs::exists(&written.path);
    let now = if there { Some(fs::read_to_string(&written.path)?) } else { None };
    if now == written.old {
        // It was never written.
        return Ok(());
    }
    if now != written.text {
        let message =
            format!("`{}` was changed by somebody else while the mission ran", written.relative);
        return Err(Error::new(Kind::NeedsReview, message)
            .hint("`rustchain undo` removes what the run added to it"));
    }
    match &written.old {
        Some(old) => fs::write_atomic(&written.path, old.as_bytes()),
        None => fs::remove_file(&written.path),
    }
}

/// Writes the file's row.
fn register(runner: &Runner<'_, '_>, outcome: Outcome, run: &Run<'_>) -> Result<()> {
    let state = &runner.state;
    let Some(shop) = &state.shop else { return Ok(()) };
    let status = match outcome {
        Outcome::Completed => Status::Completed,
        Outcome::BelowTarget => Status::BelowTarget,
        Outcome::NeedsReview => Status::NeedsReview,
        Outcome::Failed => Status::Failed,
        Outcome::Skipped => return Ok(()),
    };
    let kept = matches!(outcome, Outcome::Completed | Outcome::BelowTarget);
    let after = state.after.as_ref().filter(|_| kept).unwrap_or(&state.before);
    let root = shop.borrow().workshop.workspace.root.clone();
    let path = root.join(&state.file);
    let relative = path.strip_prefix(&run.root).unwrap_or(&path).to_owned();
    let commit = Repository::find(&run.root, &Stop::never())?
        .map(|repository| repository.head(&Stop::never()))
        .transpose()?
        .flatten();
    let target = run.mission.target.as_ref().and_then(|target| target.percent).unwrap_or(TARGET);
    let category = run.mission.metadata.get("category").and_then(|c| c.as_str()).unwrap_or("MISC");
    let before = measurement(runner, &state.before, commit.clone());
    let now = measurement(runner, after, commit);
    let mut registry = Registry::load(&run.root)?;
    let mut row = match registry.row(&relative) {
        Some(row) => row.clone(),
        None => Row::new(category, target, &before),
    };
    row.target = target;
    row.measure(&now);
    row.status = status;
    row.attempts += 1;
    let mission = state.archived.clone().unwrap_or_else(|| run.file.clone());
    row.mission = Some(mission.to_string());
    if kept {
        row.tests_added += u32::try_from(state.names.len()).unwrap_or(u32::MAX);
        for written in &state.written {
            if let (Some("rs"), Some(text)) = (written.relative.extension(), &written.text) {
                registry.set_written(&written.relative, text.as_bytes());
            }
        }
    }
    let before = registry.row(&relative).cloned();
    registry.upsert(&relative, row)?;
    // What `undo` puts back, and the repair if the mission's changes are never settled.
    let rows = json!({
        "file": relative,
        "before": before,
        "after": registry.row(&relative),
        "changes": state.written.iter().map(|written| written.id).collect::<Vec<_>>(),
    });
    run.observer.event("registry.updated", rows)?;
    if let Some(journal) = runner.desk.journal {
        journal.sync()?;
    }
    registry.save(&run.root)
}

/// What a file's coverage is at this moment.
fn measurement(
    runner: &Runner<'_, '_>,
    coverage: &FileCoverage,
    commit: Option<String>,
) -> Measurement {
    let summary = coverage.summary();
    Measurement {
        covered: summary.lines.covered,
        coverable: summary.lines.coverable,
        error_paths: summary.error_paths,
        tool: "rustchain".to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        commit,
        measured_at: runner.desk.clock.timestamp(),
    }
}
