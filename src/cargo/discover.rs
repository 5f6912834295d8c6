//! Finding the workspace around a folder.

use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::MetadataCommand;

use super::references::references;
use super::workspace::{Package, Target, TargetKind, Workspace};
use super::{Toolchain, manifest};
use crate::error::{Error, Result};
use crate::lane::Sources;
use crate::sys::{Stop, fs};

/// Finds the workspace around `dir`, as cargo would; nothing is written there.
///
/// Fails with [`Kind::Usage`](crate::error::Kind::Usage) if there is no `Cargo.toml` in the folder
/// or above, or with cargo's own words if it refuses the manifest.
pub fn discover(dir: &Utf8Path, stop: &Stop) -> Result<Workspace> {
    find(dir, None, stop).map(|(workspace, _)| workspace)
}

/// Finds the workspace and the toolchain in force in `dir`.
pub(super) fn find(
    dir: &Utf8Path,
    cache: Option<&Utf8Path>,
    stop: &Stop,
) -> Result<(Workspace, Toolchain)> {
    let dir = fs::canonicalize(dir)?;
    if !dir.ancestors().any(|folder| fs::exists(&folder.join("Cargo.toml"))) {
        return Err(Error::usage(format!("no `Cargo.toml` in `{dir}` or any folder above"))
            .hint("name the crate's folder with `--project DIR`"));
    }
    let toolchain = Toolchain::ask(&dir, cache, stop)?;
    let args = ["metadata", "--no-deps", "--format-version", "1", "--offline"];
    let done = toolchain.cargo().args(args).cwd(&dir).run(stop)?;
    stop.check()?;
    if !done.success() {
        let words = done.stderr_text();
        return Err(Error::usage(format!("cargo cannot read the manifest of `{dir}`"))
            .because(words.trim().trim_start_matches("error: ").to_owned()));
    }
    let metadata = MetadataCommand::parse(done.stdout_text())
        .map_err(|error| Error::environment("cannot read what cargo tells").because(error))?;
    let root = fs::canonicalize(&metadata.workspace_root)?;
    let mut packages = Vec::new();
    let mut outside = Vec::new();
    for package in &metadata.packages {
        let paths = package.dependencies.iter().filter_map(|dependency| dependency.path.as_deref());
        outside.extend(paths.filter(|path| !path.starts_with(&root)).map(Utf8Path::to_owned));
        packages.push(convert(package)?);
    }
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    outside.retain(|path| !packages.iter().any(|package| package.dir == *path));
    outside.sort();
    outside.dedup();
    let target_dir = metadata.target_directory;
    Ok((Workspace { root, packages, outside, target_dir }, toolchain))
}

/// Turns cargo's package into ours.
fn convert(package: &cargo_metadata::Package) -> Result<Package> {
    let manifest = fs::canonicalize(&package.manifest_path)?;
    let dir = manifest.parent().unwrap_or(Utf8Path::new("/")).to_owned();
    let table = fs::read_to_string(&manifest)?.parse::<toml::Table>().unwrap_or_default();
    let targets = package.targets.iter().map(|target| {
        let kind = target.kind.first().map(ToString::to_string).unwrap_or_default();
        let kind = TargetKind::from_cargo(&kind);
        let section = match kind {
            TargetKind::Bin => "bin",
            TargetKind::Test => "test",
            TargetKind::Bench => "bench",
            TargetKind::Example => "example",
            TargetKind::Lib | TargetKind::ProcMacro | TargetKind::BuildScript => "lib",
        };
        Target {
            name: target.name.clone(),
            kind,
            source: fs::canonicalize(&target.src_path).unwrap_or_else(|_| target.src_path.clone()),
            tested: target.test,
            harness: !manifest::without_harness(&table, section, &target.name),
        }
    });
    let targets = targets.collect();
    Ok(Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
        dir,
        manifest,
        edition: package.edition.to_string(),
        features: package.features.clone(),
        targets,
    })
}

/// Returns what a lane of this workspace copies.
///
/// Beside the root these are the members and path dependencies outside of it, and the cargo
/// configuration of the folders above, except where cargo finds it anyway: in `cargo_home`, and
/// above `cache`.
pub fn sources(workspace: &Workspace, cargo_home: &Utf8Path, cache: &Utf8Path) -> Sources {
    let mut folders = workspace.outside.clone();
    let members = workspace.packages.iter().map(|package| package.dir.clone());
    folders.extend(members.filter(|dir| !dir.starts_with(&workspace.root)));
    folders.sort();
    folders.dedup();
    let above = workspace.root.ancestors().skip(1).filter(|folder| !cache.starts_with(folder));
    let configs = above.flat_map(|folder| {
        let folder = folder.join(".cargo");
        ["config.toml", "config"].map(|name| folder.join(name))
    });
    let files: Vec<Utf8PathBuf> =
        configs.filter(|file| fs::exists(file) && !file.starts_with(cargo_home)).collect();
    Sources {
        root: workspace.root.clone(),
        folders,
        files,
        skipped: vec![workspace.target_dir.clone()],
        follow: references,
    }
}
