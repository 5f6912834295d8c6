//! Taking back what a run wrote into the checkout, and nothing else.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::change::{self, Change, ChangeKind, Line, Outcome, Recorded};
use super::folder::{RunId, existing, runs};
use super::log::{self, Log};
use crate::error::{Error, Kind, Result};
use crate::sys::{fs, id};

/// One file to change so that a run is undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the project.
    pub path: Utf8PathBuf,
    /// Its content from now on; `None` removes it.
    pub content: Option<Vec<u8>>,
    /// The hash it must have at this moment, so that nobody's work is lost.
    pub current_hash: Option<String>,
}

/// A file that cannot be brought back without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The file, relative to the project.
    pub path: Utf8PathBuf,
    /// Why not, as a fragment of a sentence.
    pub reason: String,
    /// The numbers of the changes to it.
    pub ids: Vec<u64>,
}

/// What there is to do to undo a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undo {
    /// The files to change, by path.
    pub edits: Vec<Edit>,
    /// The files that a person has to look at; nothing of them is changed.
    pub conflicts: Vec<Conflict>,
    /// The numbers of the changes that are undone with that.
    pub ids: Vec<u64>,
    /// The folders to remove if they are empty then, innermost first.
    pub folders: Vec<Utf8PathBuf>,
}

/// What was repaired of a run that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The run.
    pub run: RunId,
    /// The files that were brought back.
    pub restored: Vec<Utf8PathBuf>,
    /// The files that a person has to look at.
    pub conflicts: Vec<Conflict>,
}

impl Undo {
    /// Returns an error if a person has to decide first.
    pub fn check(&self) -> Result<()> {
        let Some(first) = self.conflicts.first() else { return Ok(()) };
        let (path, reason) = (&first.path, &first.reason);
        let message = format!("cannot undo the change to `{path}`: {reason}");
        let mut error = Error::new(Kind::NeedsReview, message);
        for other in self.conflicts.iter().skip(1) {
            error = error.hint(format!("nor that to `{}`: {}", other.path, other.reason));
        }
        Err(error.hint("remove by hand what the run added; its tests carry an origin marker"))
    }
}

/// Returns what there is to do to undo a run: everything it kept or left unsettled.
///
/// Nothing is written. Files that were edited elsewhere since then keep those edits.
pub fn plan_undo(project: &Utf8Path, run: &RunId) -> Result<Undo> {
    existing(project, run)?;
    let changes = change::changes(project, run)?;
    let wanted = |one: &&Recorded| one.outcome != Some(Outcome::Undone);
    let mut undo = plan(project, run, &changes.iter().filter(wanted).collect::<Vec<_>>())?;
    for conflict in &mut undo.conflicts {
        if let Some(later) = later_run(project, run, &conflict.path)? {
            conflict.reason = format!("the later run `{later}` has to be undone first");
        }
    }
    Ok(undo)
}

/// The latest run after this one that changed the same file.
fn later_run(project: &Utf8Path, run: &RunId, path: &Utf8Path) -> Result<Option<RunId>> {
    for later in runs(project)?.into_iter().rev().take_while(|later| later != run) {
        let changes = change::changes(project, &later)?;
        let stands = |one: &Recorded| one.outcome != Some(Outcome::Undone);
        if changes.iter().any(|one| one.change.path == path && stands(one)) {
            return Ok(Some(later));
        }
    }
    Ok(None)
}

/// Carries out a plan: each file is checked once more, replaced whole, and the change settled.
///
/// Fails with [`Kind::NeedsReview`], before that file is touched, if one has changed since the
/// plan was made.
pub fn apply_undo(project: &Utf8Path, run: &RunId, undo: &Undo) -> Result<()> {
    // What names another file as a module goes before that file, so that the crate compiles
    // whenever the process is killed.
    let (restored, removed): (Vec<_>, Vec<_>) =
        undo.edits.iter().partition(|edit| edit.content.is_some());
    for edit in restored.into_iter().chain(removed) {
        let path = project.join(&edit.path);
        if current(&path)?.as_deref().map(id::hash) != edit.current_hash {
            let message = format!("`{}` was changed at this moment", edit.path);
            return Err(Error::new(Kind::NeedsReview, message).hint("run the command again"));
        }
        match &edit.content {
            Some(content) => fs::write_atomic(&path, content)?,
            None => fs::remove_file(&path)?,
        }
    }
    for folder in &undo.folders {
        fs::remove_empty_dir(&project.join(folder));
    }
    settle(project, run, &undo.ids, Outcome::Undone)
}

/// Records what has become of changes of a run that is not open.
fn settle(project: &Utf8Path, run: &RunId, ids: &[u64], outcome: Outcome) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let path = change::log_path(project, run);
    let mut log = Log::open(&path, log::read::<Line>(&path)?.whole_bytes)?;
    log.append(&Line::settled(ids.to_vec(), outcome))?;
    log.sync()
}

/// Takes back what runs that were cut off had written and not yet settled; to be called by the
/// owner of the project, when no run goes on.
pub fn repair(project: &Utf8Path) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    for run in runs(project)? {
        let changes = change::changes(project, &run)?;
        let open: Vec<_> = changes.iter().filter(|one| one.outcome.is_none()).collect();
        if open.is_empty() {
            continue;
        }
        for folder in open.iter().filter_map(|one| one.change.path.parent()) {
            fs::remove_unfinished(&project.join(folder))?;
        }
        let undo = plan(project, &run, &open)?;
        apply_undo(project, &run, &undo)?;
        // What a person has to look at is said once; from then on it is theirs.
        let theirs: Vec<u64> = undo.conflicts.iter().flat_map(|one| one.ids.clone()).collect();
        settle(project, &run, &theirs, Outcome::Kept)?;
        let restored = undo.edits.into_iter().map(|edit| edit.path).collect();
        repairs.push(Repair { run, restored, conflicts: undo.conflicts });
    }
    Ok(repairs)
}

/// Plans to undo these changes of a run.
fn plan(project: &Utf8Path, run: &RunId, changes: &[&Recorded]) -> Result<Undo> {
    let mut by_path: BTreeMap<&Utf8Path, Vec<&Recorded>> = BTreeMap::new();
    for change in changes {
        by_path.entry(&change.change.path).or_default().push(change);
    }
    let mut undo = Undo::default();
    for (path, changes) in by_path {
        let now = current(&project.join(path))?;
        let original = |hash: &str| current(&change::original(project, run, hash));
        let ids = changes.iter().map(|change| change.id);
        match without(&changes, now.clone(), &original)? {
            Ok(then) => {
                if then != now {
                    let current_hash = now.as_deref().map(id::hash);
                    undo.edits.push(Edit { path: path.to_owned(), content: then, current_hash });
                }
                undo.ids.extend(ids);
                let folders = changes.iter().flat_map(|change| change.folders.iter().rev());
                undo.folders.extend(folders.cloned());
            }
            Err(reason) => {
                let (path, reason) = (path.to_owned(), reason.to_owned());
                undo.conflicts.push(Conflict { path, reason, ids: ids.collect() });
            }
        }
    }
    // A folder is removed after those in it.
    undo.folders.sort_by(|a, b| b.cmp(a));
    undo.folders.dedup();
    undo.ids.sort_unstable();
    Ok(undo)
}

/// The content of a file without these changes to it, the latest undone first; or why that cannot
/// be said.
fn without(
    changes: &[&Recorded],
    now: Option<Vec<u8>>,
    original: &dyn Fn(&str) -> Result<Option<Vec<u8>>>,
) -> Result<Result<Option<Vec<u8>>, &'static str>> {
    let hash_now = now.as_deref().map(id::hash);
    // Nothing was written yet, or an earlier attempt to undo was cut off after this file.
    if changes.first().is_some_and(|first| first.change.before_hash == hash_now) {
        return Ok(Ok(now));
    }
    let mut text = now;
    for recorded in changes.iter().rev() {
        let change = &recorded.change;
        let hash = text.as_deref().map(id::hash);
        if hash == change.before_hash {
            continue;
        }
        let unedited = hash == change.after_hash;
        let kept = if unedited { before(change, original)? } else { None };
        text = match (&change.kind, &text) {
            (ChangeKind::Removed, None) if kept.is_some() => kept,
            (ChangeKind::Removed, None) => return Ok(Err("what it held is lost")),
            (ChangeKind::Removed, Some(_)) => return Ok(Err("another file is in its place")),
            (_, None) => return Ok(Err("it is not there any more")),
            (ChangeKind::Created, Some(_)) if unedited => None,
            (ChangeKind::Created, Some(_)) => return Ok(Err("it was edited since then")),
            (ChangeKind::Inserted { blocks }, Some(bytes)) => {
                match kept.or_else(|| cut(bytes, blocks)) {
                    Some(rest) => Some(rest),
                    None => return Ok(Err("the added text was edited or moved since then")),
                }
            }
        };
    }
    Ok(Ok(text))
}

/// The content before a change, if it was kept.
fn before(
    change: &Change,
    original: &dyn Fn(&str) -> Result<Option<Vec<u8>>>,
) -> Result<Option<Vec<u8>>> {
    match &change.before_hash {
        Some(hash) => Ok(original(hash)?.filter(|bytes| id::hash(bytes) == *hash)),
        None => Ok(None),
    }
}

/// The text without the blocks, each of which must be there once, and in their order.
fn cut(text: &[u8], blocks: &[String]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let mut rest = text;
    let mut kept = String::new();
    for block in blocks {
        if text.matches(block.as_str()).count() != 1 {
            return None;
        }
        let (head, tail) = rest.split_once(block.as_str())?;
        kept.push_str(head);
        rest = tail;
    }
    kept.push_str(rest);
    Some(kept.into_bytes())
}

/// The content of a file, `None` if it is not there.
fn current(path: &Utf8Path) -> Result<Option<Vec<u8>>> {
    if fs::kind(path).is_none() { Ok(None) } else { fs::read(path).map(Some) }
}
