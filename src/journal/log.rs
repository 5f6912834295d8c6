//! A file of JSON lines that only grows: each line is one write, and a torn last line is cut.

use std::fs::File;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::sys::fs;

/// The version of the lines that this program writes and reads.
pub(super) const VERSION: u32 = 1;

/// A log open for writing.
#[derive(Debug)]
pub(super) struct Log {
    path: Utf8PathBuf,
    file: File,
    length: u64,
    broken: bool,
}

/// What a log holds.
#[derive(Debug)]
pub(super) struct Contents<T> {
    /// The whole lines.
    pub lines: Vec<T>,
    /// How many bytes of a line follow that was never finished.
    pub torn_bytes: u64,
    /// How many bytes the whole lines take.
    pub whole_bytes: u64,
}

impl Log {
    /// Opens a log whose first `length` bytes are whole lines, and cuts what follows.
    pub(super) fn open(path: &Utf8Path, length: u64) -> Result<Self> {
        let file = fs::open_to_append(path)?;
        fs::set_length(&file, path, length)?;
        Ok(Self { path: path.to_owned(), file, length, broken: false })
    }

    /// Appends one line with one write; nothing of it stays when that fails.
    pub(super) fn append(&mut self, line: &impl Serialize) -> Result<String> {
        if self.broken {
            return Err(Error::environment(format!("`{}` ends in a torn line", self.path))
                .hint("free some disk space and run the command again"));
        }
        let mut text = serde_json::to_string(line)
            .map_err(|error| Error::internal("cannot write a line as JSON").because(error))?;
        text.push('\n');
        if let Err(error) = fs::append(&mut self.file, &self.path, text.as_bytes()) {
            self.broken = fs::set_length(&self.file, &self.path, self.length).is_err();
            return Err(error);
        }
        self.length = self.length.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
        text.pop();
        Ok(text)
    }

    /// Waits until all lines are on disk.
    pub(super) fn sync(&self) -> Result<()> {
        fs::sync(&self.file, &self.path)
    }
}

/// Reads a log; one that is not there is empty.
///
/// A line that is not what it should be is a [`Kind::Environment`](crate::error::Kind::Environment)
/// error with its number, unless it is the last one and was never finished.
pub(super) fn read<T: DeserializeOwned>(path: &Utf8Path) -> Result<Contents<T>> {
    if fs::kind(path).is_none() {
        return Ok(Contents { lines: Vec::new(), torn_bytes: 0, whole_bytes: 0 });
    }
    let bytes = fs::read(path)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let (whole_lines, torn) = bytes.split_at(whole);
    let mut lines = Vec::new();
    for (index, line) in whole_lines.split_inclusive(|byte| *byte == b'\n').enumerate() {
        lines.push(parse(line).map_err(|error| {
            error
                .context(format!("`{path}` is damaged in line {}", index + 1))
                .hint("move the folder of this run away if it is of no use any more")
        })?);
    }
    let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Contents { lines, torn_bytes: length(torn), whole_bytes: length(whole_lines) })
}

/// Reads one line, whose version must be ours.
fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T> {
    let not_json = |error| Error::environment("not the JSON it should be").because(error);
    let value: serde_json::Value = serde_json::from_slice(line).map_err(not_json)?;
    match value.get("v").and_then(serde_json::Value::as_u64) {
        Some(version) if version == u64::from(VERSION) => {
            serde_json::from_value(value).map_err(not_json)
        }
        Some(version) => Err(Error::environment(format!(
            "version {version}, where this program knows version {VERSION}"
        ))),
        None => Err(Error::environment("no version")),
    }
}
