//! The files of tests beside a file: where they are, and whether tests may be written there.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::source::edit::{Host, Placement, child_folder};
use crate::source::plain_path;
use crate::sys::fs;

/// Returns the path, relative to the workspace root, of a file that is declared in `file` by this
/// path, which is relative to its folder.
pub(super) fn joined(file: &str, path: &str) -> Utf8PathBuf {
    let folder = Utf8Path::new(file).parent().unwrap_or(Utf8Path::new(""));
    plain_path(&folder.join(path))
}

/// Returns the file that holds the tests of `file`, whose text this is, if it is not the file
/// itself, relative to the workspace root.
///
/// Fails with [`Kind::Usage`](crate::error::Kind::Usage) if it is not in the workspace, or behind
/// a link.
pub(super) fn test_file(
    root: &Utf8Path,
    (file, text): (&str, &str),
    crate_root: bool,
) -> Result<Option<Utf8PathBuf>> {
    let host = Host {
        text,
        file_module: "",
        child_folder: folder(file, crate_root),
        modules: &[],
        sibling_text: None,
    };
    let Some(path) = host.sibling()? else { return Ok(None) };
    let path = joined(file, &path);
    let outside = path.is_absolute() || path.components().next() == Some(Utf8Component::ParentDir);
    if outside {
        return Err(Error::usage(format!(
            "the tests of `{file}` are out of the project: `{path}`"
        ))
        .hint("move them into the project, or choose another file"));
    }
    // It may be a folder with a `mod.rs`, to which nothing is added.
    if !fs::exists(&root.join(&path)) {
        return Ok(None);
    }
    refuse_link(root, &path)?;
    Ok(Some(path))
}

/// Refuses a file whose tests are, or with this placement would be, out of the project.
pub(super) fn check(
    root: &Utf8Path,
    (file, text): (&str, &str),
    crate_root: bool,
    placement: Placement,
) -> Result<()> {
    test_file(root, (file, text), crate_root)?;
    let folder = joined(file, folder(file, crate_root));
    if placement == Placement::Sibling && fs::exists(&root.join(&folder)) {
        refuse_link(root, &folder)?;
    }
    Ok(())
}

/// The folder of the modules that a file declares, relative to its own folder.
fn folder(file: &str, crate_root: bool) -> &str {
    child_folder(Utf8Path::new(file).file_name().unwrap_or_default(), crate_root)
}

/// Refuses a path with a link in it: writing would put a file into the place of the link, or into
/// another project.
fn refuse_link(root: &Utf8Path, path: &Utf8Path) -> Result<()> {
    let whole = root.join(path);
    let real = fs::canonicalize(&whole)?;
    if real == whole || path.as_str().is_empty() {
        return Ok(());
    }
    Err(Error::usage(format!("`{path}`, for tests, is a link to `{real}`"))
        .hint("put the file itself in its place, or choose `placement: inline`"))
}
