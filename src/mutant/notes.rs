//! Notes of a run that is under way, so that it can go on after an end nobody planned.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::files::FileMutants;
use super::verdict::Judgement;
use crate::cargo::{Selection, Workshop};
use crate::error::{Error, Result};
use crate::sys::{fs, id};

/// The version of the file's format.
const VERSION: u32 = 1;

/// The notes of one run: a line for each judgement.
#[derive(Debug)]
pub struct Notes {
    path: Utf8PathBuf,
    file: Mutex<File>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    version: u32,
    number: u32,
    judgement: Judgement,
}

impl Notes {
    /// Opens the notes on these mutants in this state of the project, and returns what they say;
    /// without `resume` they begin anew. Notes on another state are thrown away.
    pub fn open(
        workshop: &Workshop,
        files: &[FileMutants],
        selection: &Selection,
        resume: bool,
    ) -> Result<(Self, BTreeMap<u32, Judgement>)> {
        let folder = workshop.lane.folder().join("mutants");
        fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.jsonl", key(workshop, files, selection)));
        for entry in fs::read_dir(&folder)? {
            let other = entry.path;
            if other != path || !resume {
                fs::remove(&other)?;
            }
        }
        let (known, whole) = if fs::exists(&path) { read(&path)? } else { Default::default() };
        let file = fs::open_to_append(&path)?;
        // A torn last line must not swallow the next one.
        fs::set_length(&file, &path, whole)?;
        Ok((Self { path, file: Mutex::new(file) }, known))
    }

    /// Adds a judgement.
    pub fn add(&self, number: u32, judgement: &Judgement) -> Result<()> {
        let line = Line { version: VERSION, number, judgement: judgement.clone() };
        let mut text = serde_json::to_string(&line)
            .map_err(|error| Error::internal("cannot write a note").because(error))?;
        text.push('\n');
        match self.file.lock() {
            Ok(mut file) => fs::append(&mut file, &self.path, text.as_bytes()),
            Err(_) => Ok(()),
        }
    }
}

/// Reads notes: what they say, and how many bytes are whole lines.
fn read(path: &Utf8Path) -> Result<(BTreeMap<u32, Judgement>, u64)> {
    let text = fs::read_to_string(path)?;
    let mut known = BTreeMap::new();
    let mut whole = 0;
    for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let Ok(read) = serde_json::from_str::<Line>(line) else { break };
        whole += u64::try_from(line.len()).unwrap_or(0);
        if read.version == VERSION {
            known.insert(read.number, read.judgement);
        }
    }
    Ok((known, whole))
}

/// A hash of all that verdicts depend on: every file of the project, the compiler, the features,
/// and the mutants themselves.
fn key(workshop: &Workshop, files: &[FileMutants], selection: &Selection) -> String {
    let toolchain = &workshop.toolchain;
    let mut text = format!("{}\n{}\n{selection:?}\n", env!("CARGO_PKG_VERSION"), toolchain.verbose);
    for (path, hash) in workshop.lane.hashes() {
        text.extend([path.as_str(), " ", hash, "\n"]);
    }
    for file in files {
        text.extend([&file.file, "\n"]);
        for mutant in &file.mutants {
            text.extend([&mutant.bytes.start.to_string(), " ", &mutant.replacement, "\n"]);
        }
    }
    id::hash(text.as_bytes()).chars().take(16).collect()
}
