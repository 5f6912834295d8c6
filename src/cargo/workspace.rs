//! A workspace: its packages and their targets.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::error::{Error, Result};
use crate::text;

/// A workspace as cargo sees it; every path is absolute and without links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The folder of the root manifest.
    pub root: Utf8PathBuf,
    /// The members, by name.
    pub packages: Vec<Package>,
    /// Folders of path dependencies outside the root.
    pub outside: Vec<Utf8PathBuf>,
    /// Where the user's own builds go.
    pub target_dir: Utf8PathBuf,
}

/// One package of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The folder of its manifest.
    pub dir: Utf8PathBuf,
    /// Its manifest.
    pub manifest: Utf8PathBuf,
    /// The edition of its code.
    pub edition: String,
    /// Its features and what they turn on.
    pub features: BTreeMap<String, Vec<String>>,
    /// What it builds.
    pub targets: Vec<Target>,
}

/// One thing a package builds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: TargetKind,
    /// The file of its crate root.
    pub source: Utf8PathBuf,
    /// Whether `cargo test` builds it as a test.
    pub tested: bool,
    /// Whether the standard test harness runs it.
    pub harness: bool,
}

/// The kinds of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TargetKind {
    /// A library.
    Lib,
    /// A library that runs inside the compiler.
    ProcMacro,
    /// A program.
    Bin,
    /// An integration test.
    Test,
    /// A benchmark.
    Bench,
    /// An example.
    Example,
    /// A build script.
    BuildScript,
}

impl TargetKind {
    /// Returns the kind that cargo calls `name`.
    pub fn from_cargo(name: &str) -> Self {
        match name {
            "proc-macro" => Self::ProcMacro,
            "bin" => Self::Bin,
            "test" => Self::Test,
            "bench" => Self::Bench,
            "example" => Self::Example,
            "custom-build" => Self::BuildScript,
            _ => Self::Lib,
        }
    }
}

/// Which packages and features a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Names of packages; none means every member.
    pub packages: Vec<String>,
    /// Features to turn on.
    pub features: Vec<String>,
    /// Whether every feature is on.
    pub all_features: bool,
    /// Whether the default features are off.
    pub no_default_features: bool,
}

impl Workspace {
    /// Returns the package called `name`.
    ///
    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage), naming the nearest, if there is none.
    pub fn package(&self, name: &str) -> Result<&Package> {
        let found = self.packages.iter().find(|package| package.name == name);
        found.ok_or_else(|| {
            let names = self.packages.iter().map(|package| package.name.as_str());
            let error = Error::usage(format!("no package `{name}` in `{}`", self.root));
            match text::nearest(name, names.clone()) {
                Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                None => error.hint(format!("packages: {}", names.collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// Returns the package in whose folder `file` (an absolute path) lies, the innermost one.
    pub fn owner(&self, file: &Utf8Path) -> Option<&Package> {
        let owners = self.packages.iter().filter(|package| file.starts_with(&package.dir));
        owners.max_by_key(|package| package.dir.components().count())
    }

    /// Returns the packages a selection is about, in the order of the workspace.
    ///
    /// Fails with [`Kind::Usage`](crate::error::Kind::Usage) for a name that is not there.
    pub fn selected(&self, selection: &Selection) -> Result<Vec<&Package>> {
        for name in &selection.packages {
            self.package(name)?;
        }
        let all = selection.packages.is_empty();
        let chosen = |package: &&Package| all || selection.packages.contains(&package.name);
        Ok(self.packages.iter().filter(chosen).collect())
    }
}

impl Package {
    /// Returns the library, be it an ordinary one or a procedural macro.
    pub fn lib(&self) -> Option<&Target> {
        let is_lib = |kind| matches!(kind, TargetKind::Lib | TargetKind::ProcMacro);
        self.targets.iter().find(|target| is_lib(target.kind))
    }

    /// Returns the features that are on under a selection: those it names for this package, the
    /// default ones unless it turns them off, and all that these turn on in turn.
    pub fn enabled_features(&self, selection: &Selection) -> Vec<String> {
        if selection.all_features {
            return self.features.keys().cloned().collect();
        }
        let mut pending: Vec<String> =
            if selection.no_default_features { Vec::new() } else { vec!["default".to_owned()] };
        for feature in &selection.features {
            match feature.split_once('/') {
                Some((package, name)) if package == self.name => pending.push(name.to_owned()),
                Some(_) => (),
                None => pending.push(feature.clone()),
            }
        }
        let mut enabled = Vec::new();
        while let Some(name) = pending.pop() {
            let Some(implied) = self.features.get(&name) else { continue };
            if !enabled.contains(&name) {
                enabled.push(name);
                pending.extend(implied.iter().cloned());
            }
        }
        enabled.sort();
        enabled
    }
}
