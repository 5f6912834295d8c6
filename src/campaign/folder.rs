//! The folder of the missions: what is in it, and writing a plan into it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::name;
use super::plan::{Existing, MASTER, Plan};
use crate::coverage::Table;
use crate::error::{Error, Result};
use crate::mission::{self, Document};
use crate::sys::fs;

/// The name of the folder of archived missions, in the folder of the missions.
pub const DONE: &str = "done";

/// What is in a folder of missions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Contents {
    /// The generated missions, archived ones too.
    pub missions: Vec<Existing>,
    /// The text of the campaign over them.
    pub master: Option<String>,
}

/// Reads the generated missions of a folder; one that does not exist is empty.
///
/// Fails with [`crate::error::Kind::Usage`] if a file with the name of a generated mission is not
/// a mission.
pub fn read(folder: &Utf8Path) -> Result<Contents> {
    let mut contents = Contents::default();
    for (folder, done) in [(folder.to_owned(), false), (folder.join(DONE), true)] {
        if !fs::exists(&folder) {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let name = entry.path.file_name().unwrap_or_default().to_owned();
            if name::number(&name).is_some() {
                contents.missions.extend(existing(&entry.path, name, done)?);
            }
        }
    }
    let master = folder.join(MASTER);
    if fs::exists(&master) {
        contents.master = Some(fs::read_to_string(&master)?);
    }
    Ok(contents)
}

/// Reads one mission; `None` if it works on no source file.
fn existing(path: &Utf8Path, name: String, done: bool) -> Result<Option<Existing>> {
    let loaded = mission::parse(path.as_str(), &fs::read(path)?)?;
    let Document::Mission(mission) = loaded.document else { return Ok(None) };
    let Some(target) = mission.target else { return Ok(None) };
    Ok(target.file.map(|file| Existing {
        name,
        done,
        file,
        project: target.project,
        target_percent: target.percent.unwrap_or_default(),
        baseline_percent: target.baseline_percent.unwrap_or_default(),
    }))
}

/// Writes the files of a plan, the campaign last, so that it never names a mission that is not
/// there.
pub fn write(folder: &Utf8Path, plan: &Plan) -> Result<()> {
    let (masters, missions): (Vec<_>, Vec<_>) =
        plan.write.iter().partition(|file| file.name == MASTER);
    for file in missions.into_iter().chain(masters) {
        fs::write_atomic(&folder.join(&file.name), file.text.as_bytes())?;
    }
    Ok(())
}

/// Returns the files of a table that match one of the globs, each with the reason.
///
/// A glob is about the path from the workspace; `*` stays within a folder, `**` does not.
/// Fails with [`crate::error::Kind::Usage`] at a glob that is not one.
pub fn excluded(table: &Table, globs: &[String]) -> Result<BTreeMap<String, String>> {
    let set = globs_set(globs)?;
    let reason = |file: &str| {
        let first = set.matches(file).first().and_then(|index| globs.get(*index))?;
        Some((file.to_owned(), format!("excluded by `{first}`")))
    };
    Ok(table.files.iter().filter_map(|row| reason(&row.file)).collect())
}

/// The globs as one set.
fn globs_set(globs: &[String]) -> Result<GlobSet> {
    let broken = |glob: &str, error: globset::Error| {
        Error::usage(format!("cannot use the glob `{glob}`")).because(error)
    };
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let parsed = GlobBuilder::new(glob).literal_separator(true).build();
        set.add(parsed.map_err(|error| broken(glob, error))?);
    }
    set.build().map_err(|error| broken(&globs.join(", "), error))
}

/// Returns the path of `inner` from `outer`, if it lies below; `None` where both are the same.
///
/// Fails with [`crate::error::Kind::Usage`] if it lies elsewhere: missions work inside their
/// project only.
pub fn below(outer: &Utf8Path, inner: &Utf8Path) -> Result<Option<String>> {
    let path = inner.strip_prefix(outer).map(Utf8Path::to_owned).map_err(|_| {
        Error::usage(format!("`{inner}` is not below the missions' project `{outer}`"))
            .hint("choose a folder with `--missions` in the crate or in a folder above it")
    })?;
    let parts: Vec<&str> = path.components().map(|part| part.as_str()).collect();
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// Returns the project's own template for coverage missions, if it has one.
pub fn own_template(root: &Utf8Path) -> Result<Option<String>> {
    let path: Utf8PathBuf = root.join("templates/missions/coverage_mission.yaml.hbs");
    if fs::exists(&path) { fs::read_to_string(&path).map(Some) } else { Ok(None) }
}
