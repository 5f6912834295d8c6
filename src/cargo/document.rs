//! The API of a library as rustdoc's JSON.

use camino::Utf8PathBuf;

use super::hook::Plan;
use super::workspace::Selection;
use super::{Workshop, build};
use crate::error::{Error, Result};
use crate::sys::{Stop, fs};

/// Writes the JSON of the library of `package`, private and hidden items included, and returns its
/// path, in the lane.
///
/// Stable rustdoc has this output but does not offer it; our stand-in for rustdoc asks it in the
/// way nightly would. Only the documented crate sees that, so the results are shared with other
/// builds of the lane. Fails with [`Kind::Usage`](crate::error::Kind::Usage) and the words of
/// cargo if the package has no library or does not compile.
pub fn document(
    workshop: &Workshop,
    package: &str,
    selection: &Selection,
    stop: &Stop,
) -> Result<Utf8PathBuf> {
    let library = workshop.workspace.package(package)?.lib();
    let library = library.ok_or_else(|| Error::usage(format!("`{package}` has no library")))?;
    let links = workshop.links(&Plan { coverage: true, extra: Vec::new() })?;
    let selection = Selection { packages: vec![package.to_owned()], ..selection.clone() };
    let target = workshop.lane.target();
    let process = workshop.cargo("rustdoc", &links).arg("--lib");
    let process = build::select(workshop, process, &selection)?;
    let process = process.args(["--", "-Zunstable-options", "--output-format", "json"]);
    let process = process.args(["--document-private-items", "--document-hidden-items"]);
    let process = process.args(["--cap-lints", "allow"]);
    let done = workshop.run(process, &links, stop)?;
    let file = target.join("doc").join(library.name.replace('-', "_")).with_extension("json");
    if done.success() && fs::exists(&file) {
        return Ok(file);
    }
    let words = done.stderr_text().trim().to_owned();
    fs::check_space(&target, &words)?;
    Err(Error::usage(format!("rustdoc cannot read the library of `{package}`")).because(words))
}
