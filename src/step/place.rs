//! Where the files of a step lie: inside the project, whatever links say.

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::mission;
use crate::sys::fs;

/// Returns the real path of `text` below `root`; what does not exist yet lies in a real folder.
///
/// Fails if the path, or a link on it, leads out of the project.
pub(super) fn inside(root: &Utf8Path, text: &str) -> Result<Utf8PathBuf> {
    let relative = mission::inside(text).map_err(Error::usage)?;
    let root = fs::canonicalize(root)?;
    let path = root.join(&relative);
    let there = path.ancestors().find(|path| fs::kind(path).is_some()).unwrap_or(&root);
    let real = fs::canonicalize(there)
        .map_err(|error| error.context(format!("`{text}` is a link that leads nowhere")))?;
    if !real.starts_with(&root) {
        return Err(Error::usage(format!("`{text}` leads out of the project through a link")));
    }
    let rest = path.strip_prefix(there).unwrap_or(Utf8Path::new(""));
    Ok(if rest.as_str().is_empty() { real } else { real.join(rest) })
}

/// Returns the real path of a file that is to be written, which is none of git's.
pub(super) fn writable(root: &Utf8Path, text: &str) -> Result<Utf8PathBuf> {
    let path = inside(root, text)?;
    if path.components().any(|component| component.as_str() == ".git") {
        return Err(Error::usage(format!("`{text}` belongs to git")));
    }
    Ok(path)
}
