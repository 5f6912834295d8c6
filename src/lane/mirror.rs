//! A lane: one work copy, brought up to date.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::index::Index;
use super::place::Sources;
use super::round::Round;
use crate::error::{Error, Result};
use crate::source::plain_path;
use crate::sys::fs::{self, FileKind};
use crate::sys::lock::Lock;
use crate::sys::{Stop, id};

/// How many digits of the root's hash name a lane.
const NAME_DIGITS: usize = 16;

/// What a synchronisation did, by the paths of the originals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Synced {
    /// Files whose copy was written.
    pub written: Vec<Utf8PathBuf>,
    /// Copies that were removed.
    pub removed: Vec<Utf8PathBuf>,
}

/// A work copy of one checkout, owned by this process as long as it lives.
#[derive(Debug)]
pub struct Lane {
    pub(super) sources: Sources,
    pub(super) folder: Utf8PathBuf,
    pub(super) index: Index,
    _lock: Lock,
}

impl Lane {
    /// Opens the lane of a checkout below `cache`; it is empty or out of date until
    /// [`Lane::sync`].
    ///
    /// Fails with [`Kind::Locked`] if another live process has it, and with
    /// [`Kind::Environment`] if the cache folder cannot be used.
    ///
    /// [`Kind::Locked`]: crate::error::Kind::Locked
    /// [`Kind::Environment`]: crate::error::Kind::Environment
    pub fn open(mut sources: Sources, cache: &Utf8Path) -> Result<Self> {
        fs::create_dir_all(cache)?;
        let cache = fs::canonicalize(cache)?;
        let hash = id::hash(sources.root.as_str().as_bytes());
        let folder = cache.join(hash.chars().take(NAME_DIGITS).collect::<String>());
        if let Some(manifest) = foreign_workspace(&folder) {
            return Err(Error::environment(format!(
                "the cache folder `{cache}` lies inside the workspace of `{manifest}`"
            ))
            .hint("set XDG_CACHE_HOME to a folder outside of it"));
        }
        fs::create_dir_all(&folder)?;
        let lock = Lock::take(&folder.join("lock"))?;
        fs::remove_dir_all(&folder.join("scratch"))?;
        sources.skipped.push(cache);
        sources.skipped.push(sources.root.join(".rustchain"));
        let index = Index::load(&folder.join("index.json"));
        let lane = Self { sources, folder, index, _lock: lock };
        fs::create_dir_all(&lane.scratch())?;
        fs::create_dir_all(&lane.target())?;
        fs::write_copy(&lane.folder.join("origin"), lane.sources.root.as_str().as_bytes(), false)?;
        Ok(lane)
    }

    /// Returns the root of the checkout.
    pub fn origin(&self) -> &Utf8Path {
        &self.sources.root
    }

    /// Returns the copy of the workspace root.
    pub fn root(&self) -> Utf8PathBuf {
        self.path_of(&self.sources.root)
    }

    /// Returns the lane's own folder, which holds all others.
    pub fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// Returns the folder below which everything copied lies.
    pub fn tree(&self) -> Utf8PathBuf {
        self.folder.join("tree")
    }

    /// Returns cargo's target folder of this lane.
    pub fn target(&self) -> Utf8PathBuf {
        self.folder.join("target")
    }

    /// Returns a folder for passing things; it is empty after opening.
    pub fn scratch(&self) -> Utf8PathBuf {
        self.folder.join("scratch")
    }

    /// Returns where the copy of `original`, an absolute path, is or would be.
    pub fn path_of(&self, original: &Utf8Path) -> Utf8PathBuf {
        let relative = original.as_str().trim_start_matches('/');
        if relative.is_empty() { self.tree() } else { self.tree().join(relative) }
    }

    /// Returns the original of a path in the copy; `None` for a path that is not in it.
    pub fn original_of(&self, copy: &Utf8Path) -> Option<Utf8PathBuf> {
        copy.strip_prefix(self.tree()).ok().map(|rest| Utf8Path::new("/").join(rest))
    }

    /// Returns the path relative to the workspace root of a path in the copy or the checkout;
    /// `None` for a path outside of both.
    pub fn relative(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        // The compiler names a file as it was declared: `src/a/../b.rs` for a `#[path]`.
        let path = plain_path(path);
        let copy = path.strip_prefix(self.root());
        copy.or_else(|_| path.strip_prefix(&self.sources.root)).ok().map(Utf8Path::to_owned)
    }

    /// Returns the hash of the content of every copied file, by the path of the original.
    ///
    /// These are the contents of the checkout: overlays do not show.
    pub fn hashes(&self) -> BTreeMap<&Utf8Path, &str> {
        let files = self.index.files.iter();
        files.map(|(path, known)| (path.as_path(), known.hash.as_str())).collect()
    }

    /// Writes a file of the copy only; `path` is relative to the workspace root.
    ///
    /// The next [`Lane::sync`] undoes it. A copy that already has this content is not touched.
    pub fn overlay(&mut self, path: &Utf8Path, text: &str) -> Result<()> {
        let original = self.sources.root.join(path);
        let copy = self.path_of(&original);
        if fs::kind(&copy) == Some(FileKind::File)
            && fs::read(&copy).is_ok_and(|bytes| bytes == text.as_bytes())
        {
            return Ok(());
        }
        fs::remove(&copy)?;
        fs::write_copy(&copy, text.as_bytes(), fs::is_executable(&original))
    }

    /// Keeps the present copy at `path` (relative to the root) until the original changes.
    pub fn keep(&mut self, path: &Utf8Path) -> Result<()> {
        let original = self.sources.root.join(path);
        let hash = fs::read(&original).ok().map(|bytes| id::hash(&bytes));
        self.index.kept.insert(original, hash);
        self.index.save(&self.folder.join("index.json"))
    }

    /// Makes the copy equal to the checkout: what changed is copied, what vanished is removed, and
    /// what is the same is not touched.
    ///
    /// Fails with [`Kind::Usage`] if there is more than [`BYTES_MAX`] to copy.
    ///
    /// [`Kind::Usage`]: crate::error::Kind::Usage
    /// [`BYTES_MAX`]: super::BYTES_MAX
    pub fn sync(&mut self, stop: &Stop) -> Result<Synced> {
        let mut round = Round::begin(self)?;
        while let Some(path) = round.pending.pop() {
            round.place(self, &path, stop)?;
        }
        let wanted = round.wanted();
        let Round { index, mut synced, .. } = round;
        synced.removed = self.prune(&wanted)?;
        if index != self.index {
            index.save(&self.folder.join("index.json"))?;
            self.index = index;
        }
        Ok(synced)
    }

    /// Removes what is in the copy and not wanted; returns the originals' paths.
    fn prune(&self, wanted: &BTreeSet<Utf8PathBuf>) -> Result<Vec<Utf8PathBuf>> {
        let mut removed = Vec::new();
        let mut pending = vec![self.tree()];
        while let Some(folder) = pending.pop() {
            for entry in fs::read_dir(&folder)? {
                let Some(original) = self.original_of(&entry.path) else { continue };
                if !wanted.contains(&original) {
                    fs::remove(&entry.path)?;
                    removed.push(original);
                } else if entry.kind == FileKind::Folder {
                    pending.push(entry.path);
                }
            }
        }
        removed.sort();
        Ok(removed)
    }
}

/// A manifest above `folder` that declares a workspace, which cargo would find from the copy.
fn foreign_workspace(folder: &Utf8Path) -> Option<Utf8PathBuf> {
    let manifests = folder.ancestors().skip(1).map(|folder| folder.join("Cargo.toml"));
    let mut declaring = manifests.filter(|manifest| {
        fs::read(manifest).is_ok_and(|bytes| {
            String::from_utf8_lossy(&bytes)
                .lines()
                .any(|line| line.trim().starts_with("[workspace"))
        })
    });
    declaring.next()
}
