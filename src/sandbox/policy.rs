//! What a box allows, and what was enforced of it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// Whether a machine that cannot enforce a box is good enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The program starts only in a box.
    Enforce,
    /// The program starts with its limits only; a person has asked for that.
    None,
}

/// What a program is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// To build: compilers and linkers, build scripts, procedural macros.
    Build,
    /// To run what was built.
    Run,
}

/// How much a boxed program may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Processor seconds of each process.
    pub cpu_seconds: u64,
    /// Address space of each process in bytes; also the resident memory of all together, where a
    /// page that processes share counts once for each.
    pub address_space_bytes: u64,
    /// Size of each file written, in bytes.
    pub file_bytes: u64,
    /// Disk space in bytes that the home and the writable folders may take together, with what was
    /// in them before.
    pub disk_bytes: u64,
    /// Open files of each process.
    pub open_files: u64,
    /// Processes and threads at a time, of all together.
    pub processes: u64,
    /// Size in bytes of the home, where the box can give it a size.
    pub home_bytes: u64,
}

impl Limits {
    /// Returns the limits of builds, which have to leave room for any honest crate.
    ///
    /// Compilers share large libraries, which a sum over processes counts again and again: memory
    /// is bounded by the machine alone.
    pub fn build() -> Self {
        Self {
            cpu_seconds: 3_600,
            address_space_bytes: u64::MAX,
            file_bytes: 8 << 30,
            disk_bytes: 64 << 30,
            open_files: 8_192,
            processes: 2_048,
            home_bytes: 2 << 30,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu_seconds: 60,
            address_space_bytes: 4 << 30,
            file_bytes: 64 << 20,
            disk_bytes: 512 << 20,
            open_files: 256,
            processes: 128,
            home_bytes: 256 << 20,
        }
    }
}

/// What a boxed program may reach, and use.
///
/// Beside the listed files it may read what a linked program needs to start (the system's
/// libraries, time zones, a few devices), its own program file and its own entry in `/proc`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether a machine that cannot enforce this is refused.
    pub mode: Mode,
    /// What it is started for.
    pub phase: Phase,
    /// Files and folders that may be read, and programs in them started.
    pub read: Vec<Utf8PathBuf>,
    /// Files and folders that may be read and written.
    pub write: Vec<Utf8PathBuf>,
    /// A folder of its own, writable: HOME and TMPDIR; made if it is missing.
    pub home: Utf8PathBuf,
    /// The folder in which it starts.
    pub cwd: Utf8PathBuf,
    /// How much it may use.
    pub limits: Limits,
    /// The only variables it sees, beside HOME and TMPDIR.
    pub env: BTreeMap<String, String>,
}

impl Policy {
    /// Returns a policy that enforces default limits, shows no files and no variables, and starts
    /// in `home`.
    pub fn new(home: impl Into<Utf8PathBuf>) -> Self {
        let home = home.into();
        Self {
            mode: Mode::Enforce,
            phase: Phase::Run,
            read: Vec::new(),
            write: Vec::new(),
            cwd: home.clone(),
            home,
            limits: Limits::default(),
            env: BTreeMap::new(),
        }
    }
}

/// What a box enforces on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforced {
    /// The version of landlock that hides the files; 0 if it does not.
    pub landlock_abi: u32,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Whether files, processes and the network are in namespaces of their own.
    pub namespaces: bool,
    /// Whether those have a `/proc`.
    pub proc: bool,
    /// What this machine is too old for, in words.
    pub gaps: Vec<String>,
}
