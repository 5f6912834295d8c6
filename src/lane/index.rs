//! What a lane remembers of its last mirroring.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::sys::fs::{self, Stamp};

/// The version of the index file; another one is thrown away, for the copies are compared then.
const VERSION: u32 = 1;

/// How long before the look at a file its last change must lie to be told from a later change, in
/// nanoseconds: file systems keep times in ticks of a few milliseconds.
const TICK_NS: i64 = 50_000_000;

/// One mirrored file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    /// The stamp of the original.
    pub source: Stamp,
    /// The stamp of the copy.
    pub copy: Stamp,
    /// When the original was looked at, in the file system's time.
    pub seen_ns: i64,
    /// The hash of the content.
    pub hash: String,
    /// Whether the original can be executed.
    pub executable: bool,
    /// What it refers to.
    pub references: Vec<Utf8PathBuf>,
}

impl Known {
    /// Returns whether neither the original nor the copy has changed since.
    pub(super) fn is_fresh(&self, source: &Stamp, copy: Option<&Stamp>) -> bool {
        self.source == *source
            && Some(&self.copy) == copy
            && source.changed_ns.saturating_add(TICK_NS) < self.seen_ns
    }
}

/// All mirrored files, by the path of the original.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Index {
    /// The version of this format.
    pub version: u32,
    /// The files.
    pub files: BTreeMap<Utf8PathBuf, Known>,
    /// Copies that stay as they are while the original has this hash (`None`: while there is no
    /// original).
    pub kept: BTreeMap<Utf8PathBuf, Option<String>>,
}

impl Index {
    /// Reads the index, or returns an empty one.
    pub(super) fn load(path: &Utf8Path) -> Self {
        let read = fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        read.filter(|index: &Self| index.version == VERSION)
            .unwrap_or_else(|| Self { version: VERSION, ..Self::default() })
    }

    /// Writes the index.
    pub(super) fn save(&self, path: &Utf8Path) -> Result<()> {
        let bytes = serde_json::to_vec(self)
            .map_err(|error| Error::internal("cannot write the lane's index").because(error))?;
        fs::write_copy(path, &bytes, false)
    }
}
