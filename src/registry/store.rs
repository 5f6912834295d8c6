//! The registry in memory and on disk.

use std::collections::BTreeMap;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::format::{self, Content};
use super::row::Row;
use crate::error::{Error, Kind, Result};
use crate::sys::{fs, id};

/// What is known of the files of a project.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Registry {
    content: Content,
}

/// Returns where the registry of a project is.
pub fn path(project: &Utf8Path) -> Utf8PathBuf {
    project.join("registry").join("coverage.json")
}

/// Returns where the registry is kept that the last save replaced.
pub fn previous_path(project: &Utf8Path) -> Utf8PathBuf {
    project.join(".rustchain").join("registry").join("coverage.json")
}

impl Registry {
    /// Reads the registry of a project; it is empty if there is none yet.
    ///
    /// One that cannot be read, is damaged or is newer than this program is a
    /// [`Kind::Environment`] error with the path and the way out.
    pub fn load(project: &Utf8Path) -> Result<Self> {
        let path = path(project);
        if fs::kind(&path).is_none() {
            return Ok(Self::default());
        }
        let text = fs::read(&path).map_err(|error| error.of_kind(Kind::Environment))?;
        let content = format::read(&text).map_err(|error| refused(project, &path, error))?;
        Ok(Self { content })
    }

    /// Writes the registry whole or not at all; the one it replaces is kept.
    ///
    /// Nothing is written if nothing has changed.
    pub fn save(&self, project: &Utf8Path) -> Result<()> {
        let path = path(project);
        let text = format::write(&self.content)?;
        if fs::kind(&path).is_some() {
            let old = fs::read(&path)?;
            if old == text {
                return Ok(());
            }
            // One that is damaged must not replace the last good one, nor be replaced.
            format::read(&old).map_err(|error| refused(project, &path, error))?;
            fs::write_atomic(&previous_path(project), &old)?;
        }
        fs::write_atomic(&path, &text)
    }

    /// Returns the files and their rows, by path.
    pub fn rows(&self) -> &BTreeMap<String, Row> {
        &self.content.files
    }

    /// Returns the row of a file, whose path is relative to the project.
    pub fn row(&self, file: &Utf8Path) -> Option<&Row> {
        self.content.files.get(file.as_str())
    }

    /// Sets the row of a file, whose path is relative to the project; the baseline of a row that
    /// was there before stays.
    ///
    /// Fails with [`Kind::Internal`] if the path leads out of the project or the numbers cannot
    /// be.
    pub fn upsert(&mut self, file: &Utf8Path, row: Row) -> Result<()> {
        let inside = |part| matches!(part, Utf8Component::Normal(_));
        if file.as_str().is_empty() || !file.components().all(inside) {
            let shown = file.as_str().escape_default();
            return Err(Error::internal(format!("`{shown}` is not a path inside the project")));
        }
        row.check().map_err(|error| error.context(format!("cannot register `{file}`")))?;
        let baseline = self.row(file).map_or(row.baseline, |old| old.baseline);
        self.content.files.insert(file.as_str().to_owned(), Row { baseline, ..row });
        Ok(())
    }

    /// Forgets a file that is not there any more.
    pub fn remove(&mut self, file: &Utf8Path) {
        self.content.files.remove(file.as_str());
        self.content.written.remove(file.as_str());
    }

    /// Remembers the content of a file as it was written by this program.
    pub fn set_written(&mut self, file: &Utf8Path, content: &[u8]) {
        self.content.written.insert(file.as_str().to_owned(), id::hash(content));
    }

    /// Returns whether a file has the content that this program wrote last, so that changes
    /// without a commit are not somebody else's.
    pub fn is_own(&self, file: &Utf8Path, content: &[u8]) -> bool {
        self.content.written.get(file.as_str()).is_some_and(|hash| *hash == id::hash(content))
    }
}

/// The error for a registry that cannot be used, with the ways out.
fn refused(project: &Utf8Path, path: &Utf8Path, error: Error) -> Error {
    let previous = previous_path(project);
    let error = error.context(format!("cannot use the registry `{path}`"));
    let error = error.hint("restore it from git, or move it away to begin a new one");
    if fs::exists(&previous) {
        error.hint(format!("the one before it is kept: `{previous}`"))
    } else {
        error
    }
}
