//! Which files are mutated: those of the selected packages that are no test code.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::find::find;
use super::model::Mutant;
use crate::cargo::{Package, Selection, TargetKind, Workspace};
use crate::error::Result;
use crate::source::{CfgSet, Role, is_generated, module_tree};
use crate::sys::fs;

/// A file and its mutants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMutants {
    /// The file, relative to the workspace root.
    pub file: String,
    /// The package it belongs to.
    pub package: String,
    /// Its text.
    pub text: String,
    /// Its mutants, in order of their place.
    pub mutants: Vec<Mutant>,
}

/// Returns the mutants of every file of the selected packages, in order of the files' names.
///
/// Files that only tests use and generated ones are left out; those that belong to other features
/// or systems are not. `cfg` is what the compiler says is set, and `wanted` is asked for each file
/// by its path relative to the workspace root.
///
/// Fails with [`Kind::Usage`](crate::error::Kind::Usage) for a package that is not there and for a
/// file that is not Rust.
pub fn list(
    workspace: &Workspace,
    selection: &Selection,
    cfg: &str,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<FileMutants>> {
    let mut all = Vec::new();
    for (path, package) in files(workspace, selection, cfg)? {
        if !wanted(&path) {
            continue;
        }
        let text = fs::read_to_string(&workspace.root.join(&path))?;
        if is_generated(&text) {
            continue;
        }
        let mutants = find(&text).map_err(|error| error.context(format!("cannot mutate `{path}`")));
        all.push(FileMutants { file: path, package, text, mutants: mutants? });
    }
    Ok(all)
}

/// The files of the selected packages that are no test code, each with its package.
fn files(
    workspace: &Workspace,
    selection: &Selection,
    cfg: &str,
) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for package in workspace.selected(selection)? {
        let features = package.enabled_features(selection);
        let cfg = CfgSet::new(cfg, features.iter().map(String::as_str));
        for path in of_package(package, &cfg) {
            if let Ok(relative) = path.strip_prefix(&workspace.root) {
                found.entry(relative.to_string()).or_insert_with(|| package.name.clone());
            }
        }
    }
    Ok(found)
}

/// The files of one package.
fn of_package(package: &Package, cfg: &CfgSet) -> Vec<camino::Utf8PathBuf> {
    let read = |path: &Utf8Path| fs::read_to_string(path).ok();
    let mut files = Vec::new();
    let is_code = |kind| matches!(kind, TargetKind::Lib | TargetKind::ProcMacro | TargetKind::Bin);
    for target in package.targets.iter().filter(|target| is_code(target.kind)) {
        for (path, file) in module_tree(&target.source, &read, cfg).files {
            let named_test = || file.module.split("::").any(|name| name.starts_with("test"));
            let mutable = match file.role {
                Role::Production => true,
                Role::Test => false,
                // What its absence is due to is not known here, so its name has to do.
                Role::Absent => !named_test(),
            };
            if mutable && !path.components().any(|part| part.as_str() == "..") {
                files.push(path);
            }
        }
    }
    files
}
