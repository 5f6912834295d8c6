//! The folders of a project's state, their names, and who owns them.

use std::fmt;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::sys::fs::{self, FileKind};
use crate::sys::lock::Lock;

/// Most characters of a run id.
const RUN_ID_MAX: usize = 64;

/// The name of a run: letters, digits, `-`, `_` and `.`, the first one a letter or digit, so that
/// it is a harmless name of a folder and harmless on a terminal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(String);

impl RunId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = Error;

    /// Checks a name; another one is a [`Kind::Usage`](crate::error::Kind::Usage) error.
    fn from_str(text: &str) -> Result<Self> {
        let harmless = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        if first && text.len() <= RUN_ID_MAX && text.chars().all(harmless) {
            return Ok(Self(text.to_owned()));
        }
        // Escaped and cut, because it may be made to confuse a terminal.
        let shown: String = text.chars().take(RUN_ID_MAX).flat_map(char::escape_default).collect();
        Err(Error::usage(format!("`{shown}` is not the name of a run"))
            .hint("the names of the runs are those of the folders in `.rustchain/runs`"))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the folder in which a project's state lies.
pub fn state_folder(project: &Utf8Path) -> Utf8PathBuf {
    project.join(".rustchain")
}

/// Returns the folder of a run.
pub fn run_folder(project: &Utf8Path, run: &RunId) -> Utf8PathBuf {
    state_folder(project).join("runs").join(run.as_str())
}

/// Returns the folder of a run that is there; an unknown run is a
/// [`Kind::Usage`](crate::error::Kind::Usage) error.
pub fn existing(project: &Utf8Path, run: &RunId) -> Result<Utf8PathBuf> {
    let folder = run_folder(project, run);
    match fs::kind(&folder) {
        Some(FileKind::Folder) => Ok(folder),
        _ => Err(Error::usage(format!("there is no run `{run}`"))
            .hint("the names of the runs are those of the folders in `.rustchain/runs`")),
    }
}

/// Returns the runs of a project, oldest first; none if there is no state.
pub fn runs(project: &Utf8Path) -> Result<Vec<RunId>> {
    let folder = state_folder(project).join("runs");
    if fs::kind(&folder).is_none() {
        return Ok(Vec::new());
    }
    let folders = fs::read_dir(&folder)?.into_iter().filter(|entry| entry.kind == FileKind::Folder);
    Ok(folders.filter_map(|entry| entry.path.file_name()?.parse().ok()).collect())
}

/// Makes this process the owner of a project until the lock is dropped, or the process dies.
///
/// Makes the state folder, with the file that tells git to ignore it. Fails with
/// [`Kind::Locked`](crate::error::Kind::Locked), naming the owner, if a live process is.
pub fn own(project: &Utf8Path) -> Result<Lock> {
    let folder = state_folder(project);
    let lock = Lock::take(&folder.join("lock"))?;
    let ignore = folder.join(".gitignore");
    if fs::kind(&ignore).is_none() {
        fs::write_atomic(&ignore, b"*\n")?;
    }
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b31_a_run_id_is_a_harmless_name() {
        for id in ["20261121-022500-1a2b", "a", "7", "v1.2_b"] {
            assert_eq!(id.parse::<RunId>().expect(id).as_str(), id);
        }
        let long = "a".repeat(65);
        let bad =
            ["", "..", ".", "../a", "a/b", "/a", "-a", "a\0", "\u{1b}[2J", "a\nb", "é", &long];
        for id in bad {
            let error = id.parse::<RunId>().expect_err(id);
            assert!(!error.message().contains(char::is_control), "{error}");
        }
    }
}
