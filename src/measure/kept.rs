//! Results of test binaries that were run before.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::cargo::{BuildOutput, Outcome, TestBinary, Workshop};
use crate::error::Result;
use crate::sys::fs::{self, Stamp};
use crate::sys::id;

/// How many results are kept for one lane; the oldest go first.
const KEPT_MAX: usize = 64;

/// The results kept in a lane.
#[derive(Debug)]
pub(super) struct Kept {
    folder: Utf8PathBuf,
    index: Index,
    /// What all binaries share: data files, programs they may start.
    around: String,
}

/// What is known of binaries, as it is on disk.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Index {
    /// Stamp and content hash of a file.
    files: BTreeMap<Utf8PathBuf, (Stamp, String)>,
    /// Keys of results, oldest first.
    results: Vec<String>,
}

/// What became of the tests of a binary without red ones.
#[derive(Debug, Serialize, Deserialize)]
struct Green {
    passed: Vec<String>,
    ignored: Vec<String>,
}

/// Returns the folder of the profiles of all kept results.
pub fn profiles_folder(workshop: &Workshop) -> Utf8PathBuf {
    workshop.lane.folder().join("profiles")
}

impl Kept {
    /// Opens what is kept for a build.
    pub(super) fn open(workshop: &Workshop, build: &BuildOutput) -> Result<Self> {
        let folder = profiles_folder(workshop);
        fs::create_dir_all(&folder)?;
        let index = fs::read(&folder.join("index.json")).ok();
        let index = index.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut kept = Self { folder, index: index.unwrap_or_default(), around: String::new() };
        let mut text = data_digest(workshop, build);
        for program in &build.programs {
            text.push_str(&kept.hash(program)?);
        }
        kept.around = id::hash(text.as_bytes());
        Ok(kept)
    }

    /// Returns the key under which the result of a binary is kept; in a box it may be another.
    pub(super) fn key(&mut self, binary: &TestBinary, boxed: bool) -> Result<String> {
        let mut text = self.hash(&binary.path)?;
        text.push_str(if boxed { "boxed" } else { "free" });
        text.push_str(&self.around);
        for (name, value) in &binary.env {
            text.extend([name, "=", value, "\n"]);
        }
        Ok(id::hash(text.as_bytes()))
    }

    /// Returns the folder with the profiles of a result.
    pub(super) fn profiles(&self, key: &str) -> Utf8PathBuf {
        self.folder.join(key)
    }

    /// Returns what became of the tests, if that is known.
    pub(super) fn find(&self, key: &str) -> Option<BTreeMap<String, Outcome>> {
        let bytes = fs::read(&self.profiles(key).join("green.json")).ok()?;
        let green: Green = serde_json::from_slice(&bytes).ok()?;
        let passed = green.passed.into_iter().map(|name| (name, Outcome::Passed));
        let ignored = green.ignored.into_iter().map(|name| (name, Outcome::Ignored));
        Some(passed.chain(ignored).collect())
    }

    /// Keeps a result without red tests, whose profiles are in their folder already.
    pub(super) fn keep(&mut self, key: &str, outcomes: &BTreeMap<String, Outcome>) -> Result<()> {
        let names = |wanted: &Outcome| -> Vec<String> {
            let some = outcomes.iter().filter(|(_, outcome)| *outcome == wanted);
            some.map(|(name, _)| name.clone()).collect()
        };
        let green = Green { passed: names(&Outcome::Passed), ignored: names(&Outcome::Ignored) };
        if let Ok(bytes) = serde_json::to_vec(&green) {
            fs::write_copy(&self.profiles(key).join("green.json"), &bytes, false)?;
            self.index.results.retain(|one| one != key);
            self.index.results.push(key.to_owned());
        }
        Ok(())
    }

    /// Writes what is known, without the oldest.
    pub(super) fn close(mut self) -> Result<()> {
        while KEPT_MAX < self.index.results.len() {
            let oldest = self.index.results.remove(0);
            fs::remove_dir_all(&self.profiles(&oldest))?;
        }
        self.index.files.retain(|path, _| fs::exists(path));
        match serde_json::to_vec(&self.index) {
            Ok(bytes) => fs::write_copy(&self.folder.join("index.json"), &bytes, false),
            Err(_) => Ok(()),
        }
    }

    /// The hash of a file's content, which is read only if it changed.
    fn hash(&mut self, path: &Utf8Path) -> Result<String> {
        let stamp = fs::stamp(path);
        if let Some((known, hash)) = self.index.files.get(path)
            && Some(known) == stamp.as_ref()
        {
            return Ok(hash.clone());
        }
        let hash = id::hash(&fs::read(path)?);
        if let Some(stamp) = stamp {
            self.index.files.insert(path.to_owned(), (stamp, hash.clone()));
        }
        Ok(hash)
    }
}

/// A hash of the files that tests may read when they run: all but those that were compiled.
fn data_digest(workshop: &Workshop, build: &BuildOutput) -> String {
    let binaries = build.binaries.iter().map(|binary| &binary.path).chain(&build.programs);
    let mut compiled = BTreeSet::new();
    for path in binaries {
        let text = fs::read(&path.with_extension("d")).unwrap_or_default();
        compiled.extend(sources(&String::from_utf8_lossy(&text), &workshop.lane.root()));
    }
    let mut text = String::new();
    for (path, hash) in workshop.lane.hashes() {
        if !compiled.contains(&workshop.lane.path_of(path)) {
            text.extend([path.as_str(), " ", hash, "\n"]);
        }
    }
    id::hash(text.as_bytes())
}

/// The files behind the colons of a dependency file, absolute.
fn sources(text: &str, root: &Utf8Path) -> Vec<Utf8PathBuf> {
    let rules = text.lines().filter_map(|line| line.split_once(": "));
    let names = rules.flat_map(|(_, files)| {
        let spaced = files.replace("\\ ", "\0");
        let names: Vec<String> =
            spaced.split_whitespace().map(|name| name.replace('\0', " ")).collect();
        names
    });
    names.map(|name| root.join(name)).collect()
}
