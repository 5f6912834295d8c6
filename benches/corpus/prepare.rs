//! Copies of a crate: as it was published, and without its tests.

use camino::{Utf8Path, Utf8PathBuf};
use rustchain::error::{Error, Result};
use rustchain::sys::fs::{self, FileKind};
use rustchain::sys::{Process, Stop};

use crate::fetch;
use crate::strip::{self, TestModule};

/// Folders of a package that hold nothing but tests and what is like them.
const TEST_FOLDERS: [&str; 3] = ["tests", "benches", "examples"];

/// Copies a published crate so that it is a workspace of its own.
pub fn published(source: &Utf8Path, to: &Utf8Path) -> Result<()> {
    for file in files(source)? {
        fs::write_copy(&to.join(&file), &fs::read(&source.join(&file))?, false)?;
    }
    rewrite(&to.join("Cargo.toml"), |manifest| Ok(format!("{manifest}\n[workspace]\n")))
}

/// Copies a published crate without its tests, and without what only they need.
///
/// What is left is byte for byte as it was, but for the manifest.
pub fn stripped(source: &Utf8Path, to: &Utf8Path, stop: &Stop) -> Result<()> {
    published(source, to)?;
    for folder in TEST_FOLDERS {
        fs::remove_dir_all(&to.join(folder))?;
    }
    rewrite(&to.join("Cargo.toml"), without_tests)?;
    let roots = roots(to, stop)?;
    for file in files(to)?.into_iter().filter(|file| file.extension() == Some("rs")) {
        let path = to.join(&file);
        // A module of a module that only tests have is gone with it.
        if fs::exists(&path) {
            let stripped = strip_file(&path)?;
            for module in stripped {
                for gone in places(&path, &module, roots.contains(&path)) {
                    fs::remove(&gone)?;
                }
            }
        }
    }
    if fs::exists(&to.join("Cargo.lock")) {
        // Its entries of test dependencies would make it out of date.
        fetch::metadata(to, &[], stop)?;
    }
    Ok(())
}

/// How crates are built for the checks: with cargo alone, as their users do.
#[derive(Debug, Clone)]
pub struct Building {
    /// The target folder.
    pub target: Utf8PathBuf,
    /// Whether lints are capped.
    pub cap_lints: bool,
}

impl Building {
    /// Returns cargo with these arguments, to be run in `folder`.
    pub fn cargo(&self, folder: &Utf8Path, args: &[&str]) -> Process {
        let cargo =
            Process::new("cargo").args(args).cwd(folder).env("CARGO_TARGET_DIR", &self.target);
        if self.cap_lints { cargo.env("RUSTFLAGS", "--cap-lints=warn") } else { cargo }
    }
}

/// Checks that a stripped crate and its empty test suite build.
pub fn check(folder: &Utf8Path, building: &Building, stop: &Stop) -> Result<()> {
    for args in [["check", "--quiet"].as_slice(), &["test", "--quiet", "--lib", "--bins"]] {
        let done = building.cargo(folder, args).run(stop)?;
        if !done.success() {
            return Err(Error::failed(format!("`cargo {}` fails in `{folder}`", args.join(" ")))
                .because(done.stderr_text()));
        }
        let tests = done.stdout_text();
        let runs = tests.lines().find(|line| line.starts_with("running "));
        if let Some(line) = runs.filter(|line| *line != "running 0 tests") {
            return Err(Error::failed(format!("`{folder}` still has tests: {line}")));
        }
    }
    Ok(())
}

/// Returns all files below `folder`, relative to it and sorted.
///
/// Links are left out: a published crate has none.
pub fn files(folder: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let mut pending = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(current) = pending.pop() {
        for entry in fs::read_dir(&current)? {
            match entry.kind {
                FileKind::Folder => pending.push(entry.path),
                FileKind::File => {
                    files.extend(entry.path.strip_prefix(folder).map(Utf8Path::to_owned));
                }
                FileKind::Link | FileKind::Other => (),
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Replaces the text of a file.
fn rewrite(path: &Utf8Path, change: impl Fn(&str) -> Result<String>) -> Result<()> {
    let text = change(&fs::read_to_string(path)?)?;
    fs::write_copy(path, text.as_bytes(), false)
}

/// A manifest without test targets and without the dependencies of tests.
///
/// Manifests from the registry are written by cargo, which puts every table under a header of its
/// own, at the start of a line.
fn without_tests(manifest: &str) -> Result<String> {
    let mut keep = true;
    let mut left = String::with_capacity(manifest.len());
    for line in manifest.split_inclusive('\n') {
        if line.starts_with('[') {
            let targets = ["[[test]]", "[[bench]]", "[[example]]"];
            keep = !targets.contains(&line.trim_end())
                && !line.contains("dev-dependencies")
                && !line.contains("dev_dependencies");
        }
        if keep {
            left.push_str(line);
        }
    }
    toml::from_str::<toml::Table>(&left)
        .map(|_| left)
        .map_err(|error| Error::internal("a manifest was cut wrongly").because(error))
}

/// The root files of the targets.
fn roots(folder: &Utf8Path, stop: &Stop) -> Result<Vec<Utf8PathBuf>> {
    let metadata = fetch::metadata(folder, &["--no-deps"], stop)?;
    let targets = metadata.packages.into_iter().flat_map(|package| package.targets);
    Ok(targets.map(|target| target.src_path).collect())
}

/// Strips a file in its place and returns the modules whose files have to go too.
///
/// What is no Rust, such as a template, stays as it is.
fn strip_file(path: &Utf8Path) -> Result<Vec<TestModule>> {
    let text = fs::read_to_string(path)?;
    let Ok(stripped) = strip::strip(&text) else { return Ok(Vec::new()) };
    if stripped.text != text {
        fs::write_copy(path, stripped.text.as_bytes(), false)?;
    }
    Ok(stripped.modules)
}

/// Where the file of a module may be that `parent` declares, and the folder of its own modules.
pub fn places(parent: &Utf8Path, module: &TestModule, root: bool) -> Vec<Utf8PathBuf> {
    let folder = parent.parent().unwrap_or_else(|| Utf8Path::new(""));
    if let (Some(path), true) = (&module.path, module.inside.is_empty()) {
        return vec![folder.join(path)];
    }
    let owns_folder = root || parent.file_name() == Some("mod.rs");
    let mut base = match parent.file_stem() {
        Some(stem) if !owns_folder => folder.join(stem),
        _ => folder.to_owned(),
    };
    base.extend(&module.inside);
    match &module.path {
        Some(path) => vec![base.join(path)],
        None => vec![base.join(format!("{}.rs", module.name)), base.join(&module.name)],
    }
}
