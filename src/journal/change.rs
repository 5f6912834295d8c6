//! What a run wrote into the checkout: recorded before, settled after.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::folder::{RunId, run_folder, runs};
use super::log::{self, VERSION};
use crate::error::{Error, Result};
use crate::sys::id;

/// What kind of change it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// The file is new.
    Created,
    /// Text was inserted into the file, and nothing else changed.
    Inserted {
        /// The inserted pieces, byte for byte and in the order of the file.
        blocks: Vec<String>,
    },
    /// The file is gone; what it held is kept with the run.
    Removed,
}

/// A change to one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The file, relative to the project.
    pub path: Utf8PathBuf,
    /// What kind of change it is.
    pub kind: ChangeKind,
    /// The hash of the file before ([`id::hash`]); `None` if it was not there.
    pub before_hash: Option<String>,
    /// The hash of the file after it; `None` if it is gone then.
    pub after_hash: Option<String>,
}

/// What has become of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It stays.
    Kept,
    /// It was taken back, by the run itself, by a repair or by a person.
    Undone,
}

/// A change, read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the run.
    pub id: u64,
    /// The change.
    pub change: Change,
    /// The folders that were made for it, outermost first.
    pub folders: Vec<Utf8PathBuf>,
    /// What has become of it; `None` if the run ended before that was known.
    pub outcome: Option<Outcome>,
}

impl Change {
    /// Returns the change that creates a file.
    pub fn created(path: impl Into<Utf8PathBuf>, after: &[u8]) -> Self {
        Self {
            path: path.into(),
            kind: ChangeKind::Created,
            before_hash: None,
            after_hash: Some(id::hash(after)),
        }
    }

    /// Returns the change that removes a file.
    pub fn removed(path: impl Into<Utf8PathBuf>, before: &[u8]) -> Self {
        Self {
            path: path.into(),
            kind: ChangeKind::Removed,
            before_hash: Some(id::hash(before)),
            after_hash: None,
        }
    }

    /// Returns the change that inserts `blocks` into a file.
    ///
    /// Fails with [`Kind::Internal`](crate::error::Kind::Internal) unless `after` without the
    /// blocks is `before`: what is recorded here must be all that `undo` has to remove.
    pub fn inserted(
        path: impl Into<Utf8PathBuf>,
        before: &str,
        after: &str,
        blocks: Vec<String>,
    ) -> Result<Self> {
        let path = path.into();
        if !only_inserts(before, after, &blocks) {
            let message = format!("the change to `{path}` is more than the recorded insertions");
            return Err(Error::internal(message));
        }
        Ok(Self {
            path,
            kind: ChangeKind::Inserted { blocks },
            before_hash: Some(id::hash(before.as_bytes())),
            after_hash: Some(id::hash(after.as_bytes())),
        })
    }

    /// Fails if the path leads out of the project, or `before` is not what was there.
    pub(super) fn check(&self, before: Option<&[u8]>) -> Result<()> {
        let inside = |part| matches!(part, Utf8Component::Normal(_));
        if self.path.as_str().is_empty() || !self.path.components().all(inside) {
            let shown = self.path.as_str().escape_default();
            return Err(Error::internal(format!("`{shown}` is not a path inside the project")));
        }
        if before.map(id::hash) != self.before_hash {
            return Err(Error::internal(format!("`{}` is recorded with another past", self.path)));
        }
        Ok(())
    }
}

/// Whether `after` is `before` with the blocks inserted in this order: some way of walking both
/// must exist. The first possible place of each block is as good as any later one only if the text
/// between agrees, so places are tried from the left, and a block may also stand further right.
fn only_inserts(before: &str, after: &str, blocks: &[String]) -> bool {
    let Some((block, rest)) = blocks.split_first() else { return before == after };
    let inserted = before.len() + blocks.iter().map(String::len).sum::<usize>();
    if block.is_empty() || inserted != after.len() {
        return false;
    }
    let common = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    // The block can stand anywhere within what both have in common, mostly at its end.
    (0..=common).rev().any(|at| match (before.get(at..), after.get(at..)) {
        (Some(before), Some(after)) => after
            .strip_prefix(block.as_str())
            .is_some_and(|after| only_inserts(before, after, rest)),
        _ => false,
    })
}

/// One line of `changes.jsonl`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Line {
    /// A change that is about to be made.
    Change {
        /// The version of the format.
        v: u32,
        /// Its number.
        id: u64,
        /// The change.
        change: Change,
        /// The folders that are made for it.
        folders: Vec<Utf8PathBuf>,
    },
    /// What has become of changes.
    Settled {
        /// The version of the format.
        v: u32,
        /// The number of the change, as written by programs that settled each one by itself.
        #[serde(default, skip_serializing)]
        id: Option<u64>,
        /// The numbers of the changes.
        #[serde(default)]
        ids: Vec<u64>,
        /// What has become of it.
        outcome: Outcome,
    },
}

impl Line {
    /// The line of a change that is about to be made.
    pub(super) fn change(id: u64, change: Change, folders: Vec<Utf8PathBuf>) -> Self {
        Self::Change { v: VERSION, id, change, folders }
    }

    /// The line of changes of which is known what has become of them.
    pub(super) fn settled(ids: Vec<u64>, outcome: Outcome) -> Self {
        Self::Settled { v: VERSION, id: None, ids, outcome }
    }
}

/// Returns what a run wrote into the checkout, in order; nothing for a run that wrote nothing.
pub fn changes(project: &Utf8Path, run: &RunId) -> Result<Vec<Recorded>> {
    Ok(read(project, run)?.0)
}

/// Most runs that are looked at for a file's content.
const RUNS_MAX: usize = 200;

/// Returns whether one of the latest runs left the file with exactly this content.
pub fn wrote(project: &Utf8Path, path: &Utf8Path, content: &[u8]) -> Result<bool> {
    let hash = id::hash(content);
    for run in runs(project)?.iter().rev().take(RUNS_MAX) {
        let (changes, _) = read(project, run)?;
        let own = |change: &Recorded| {
            let kept = change.outcome == Some(Outcome::Kept);
            kept && change.change.path == path && change.change.after_hash.as_ref() == Some(&hash)
        };
        if changes.iter().any(own) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The changes of a run, and how many bytes of their file are whole lines.
pub(super) fn read(project: &Utf8Path, run: &RunId) -> Result<(Vec<Recorded>, u64)> {
    let path = log_path(project, run);
    let read = log::read::<Line>(&path)?;
    let mut changes: Vec<Recorded> = Vec::new();
    for line in read.lines {
        match line {
            Line::Change { id, change, folders, .. } => {
                changes.push(Recorded { id, change, folders, outcome: None });
            }
            Line::Settled { id, ids, outcome, .. } => {
                for id in id.into_iter().chain(ids) {
                    let change = changes.iter_mut().find(|change| change.id == id);
                    let message = || format!("`{path}` settles change {id}, which is not there");
                    let unknown = || Error::environment(message());
                    change.ok_or_else(unknown)?.outcome = Some(outcome);
                }
            }
        }
    }
    Ok((changes, read.whole_bytes))
}

/// The file with the changes of a run.
pub(super) fn log_path(project: &Utf8Path, run: &RunId) -> Utf8PathBuf {
    run_folder(project, run).join("changes.jsonl")
}

/// Where the content with this hash is kept that a file had before a run changed it.
pub(super) fn original(project: &Utf8Path, run: &RunId, hash: &str) -> Utf8PathBuf {
    run_folder(project, run).join("originals").join(hash)
}
