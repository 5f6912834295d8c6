//! One synchronisation of a lane under way.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::index::{Index, Known};
use super::mirror::{Lane, Synced};
use super::place::BYTES_MAX;
use super::walk::{Borders, Item};
use crate::error::{Error, Kind, Result};
use crate::sys::fs::{self, FileKind};
use crate::sys::{Stop, id};

/// One synchronisation: what is still to be looked at, and what was found.
pub(super) struct Round {
    seen_ns: i64,
    inside: Vec<Utf8PathBuf>,
    /// What is still to be looked at.
    pub pending: Vec<Utf8PathBuf>,
    /// What was found.
    pub index: Index,
    folders: BTreeSet<Utf8PathBuf>,
    links: BTreeSet<Utf8PathBuf>,
    bytes: u64,
    /// What was done.
    pub synced: Synced,
}

impl Round {
    /// Begins one; the present in the file system's own time is read off a new file.
    pub(super) fn begin(lane: &Lane) -> Result<Self> {
        let marker = lane.folder.join("synced");
        fs::write_copy(&marker, b"", false)?;
        let seen_ns = fs::stamp(&marker).map_or(0, |stamp| stamp.modified_ns);
        let sources = &lane.sources;
        let mut pending: Vec<_> = sources.files.iter().chain(&sources.folders).cloned().collect();
        pending.push(sources.root.clone());
        fs::create_dir_all(&lane.tree())?;
        let index = Index { files: BTreeMap::new(), ..lane.index.clone() };
        let inside = std::iter::once(&sources.root).chain(&sources.folders).cloned().collect();
        Ok(Self {
            seen_ns,
            inside,
            pending,
            index,
            folders: BTreeSet::new(),
            links: BTreeSet::new(),
            bytes: 0,
            synced: Synced::default(),
        })
    }

    /// Copies one place: a file, or a folder with all below it.
    pub(super) fn place(&mut self, lane: &Lane, path: &Utf8Path, stop: &Stop) -> Result<()> {
        if self.index.files.contains_key(path) || self.folders.contains(path) {
            return Ok(());
        }
        if fs::kind(path) != Some(FileKind::Folder) {
            return if fs::exists(path) { self.file(lane, path) } else { Ok(()) };
        }
        if !self.inside.iter().any(|folder| path.starts_with(folder)) {
            self.inside.push(path.to_owned());
        }
        let borders = Borders { inside: &self.inside, skipped: &lane.sources.skipped };
        for item in borders.walk(path, stop)? {
            match item {
                Item::Folder(original) => {
                    let copy = lane.path_of(&original);
                    if fs::kind(&copy) != Some(FileKind::Folder) {
                        fs::remove(&copy)?;
                        fs::create_dir_all(&copy)?;
                    }
                    self.folders.insert(original);
                }
                Item::File(original) => self.file(lane, &original)?,
                Item::Link(original, text) => self.link(lane, original, text)?,
            }
        }
        Ok(())
    }

    /// Copies one file if its copy is not right already.
    fn file(&mut self, lane: &Lane, original: &Utf8Path) -> Result<()> {
        if self.index.files.contains_key(original) {
            return Ok(());
        }
        let Some(source) = fs::stamp(original) else { return Ok(()) };
        self.bytes = self.bytes.saturating_add(source.size);
        if BYTES_MAX < self.bytes {
            return Err(too_large(lane));
        }
        let copy = lane.path_of(original);
        let is_file = fs::kind(&copy) == Some(FileKind::File);
        let present = if is_file { fs::stamp(&copy) } else { None };
        let known = lane.index.files.get(original);
        let known = match known.filter(|known| known.is_fresh(&source, present.as_ref())) {
            Some(known) => known.clone(),
            None => self.copy(lane, original, &copy)?,
        };
        self.pending.extend(known.references.iter().filter(|path| fs::exists(path)).cloned());
        self.index.files.insert(original.to_owned(), known);
        Ok(())
    }

    /// Reads the original, and writes the copy if it differs.
    fn copy(&mut self, lane: &Lane, original: &Utf8Path, copy: &Utf8Path) -> Result<Known> {
        let gone = || Error::usage(format!("`{original}` vanished while it was copied"));
        let source = fs::stamp(original).ok_or_else(gone)?;
        let bytes = fs::read(original)?;
        let hash = id::hash(&bytes);
        let executable = fs::is_executable(original);
        let kept = lane.index.kept.get(original).is_some_and(|kept| kept.as_ref() == Some(&hash));
        if !kept {
            self.index.kept.remove(original);
        }
        let same = fs::kind(copy) == Some(FileKind::File)
            && (kept || fs::read(copy)? == bytes)
            && fs::is_executable(copy) == executable;
        if !same {
            fs::remove(copy)?;
            fs::write_copy(copy, &bytes, executable)?;
            self.synced.written.push(original.to_owned());
        }
        let inside = |path: &Utf8PathBuf| self.inside.iter().any(|folder| path.starts_with(folder));
        let mut references = (lane.sources.follow)(original, &bytes);
        references.retain(|path| !inside(path));
        let copy = fs::stamp(copy).ok_or_else(|| {
            Error::new(Kind::Environment, format!("the copy `{copy}` vanished"))
                .hint("let nothing else write to the cache folder")
        })?;
        Ok(Known { source, copy, seen_ns: self.seen_ns, hash, executable, references })
    }

    /// Returns every path that may be in the copy: files, links, folders, kept files and all
    /// folders above.
    pub(super) fn wanted(&self) -> BTreeSet<Utf8PathBuf> {
        let files = self.index.files.keys().chain(self.index.kept.keys());
        let mut wanted = BTreeSet::new();
        for path in files.chain(&self.folders).chain(&self.links) {
            for above in path.ancestors() {
                if !wanted.insert(above.to_owned()) {
                    break;
                }
            }
        }
        wanted
    }

    /// Makes one link; an absolute one is turned to the copy.
    fn link(&mut self, lane: &Lane, original: Utf8PathBuf, text: Utf8PathBuf) -> Result<()> {
        let text = if text.is_absolute() { lane.path_of(&text) } else { text };
        let copy = lane.path_of(&original);
        let right = fs::kind(&copy) == Some(FileKind::Link)
            && fs::read_link(&copy).is_ok_and(|present| present == text);
        if !right {
            fs::remove(&copy)?;
            fs::symlink(&text, &copy)?;
            self.synced.written.push(original.clone());
        }
        self.links.insert(original);
        Ok(())
    }
}

/// The error for a workspace that is too large, with advice.
fn too_large(lane: &Lane) -> Error {
    let root = &lane.sources.root;
    Error::usage(format!("`{root}` has more than {} MiB to copy", BYTES_MAX >> 20))
        .hint("move data that the tests do not need out of the workspace")
}
