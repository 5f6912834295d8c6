//! Starting programs in a box, and asking the machine what its boxes are worth.

use std::ffi::OsString;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::policy::{Enforced, Mode, Policy};
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::sys::{Ending, Finished, Process, Stop, fs};

/// The first argument that starts this program in its box mode.
pub(super) const BOX_MODE: &str = "__box";

/// The exit code of a box that could not be closed; its program was not started.
pub(super) const BOX_FAILED: i32 = 125;

/// How the message of a box that could not be closed begins.
pub(super) const BOX_FAILED_PREFIX: &str = "rustchain box: ";

/// What box mode is told to do, as JSON in its second argument.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    /// What the box allows.
    pub policy: Policy,
    /// Try to get out and tell what was enforced, instead of starting a program.
    pub probe: bool,
}

/// The best box that this machine offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Landlock, seccomp and limits.
    Landlock(Enforced),
    /// Limits only.
    None {
        /// What is missing.
        reason: String,
    },
}

/// Returns a process that runs the same program in a box; `rustchain` is this program itself.
///
/// Environment and folder of `process` are replaced by those of `policy`, its watch by one that
/// ends it when it exceeds the limits; input, time limit and output limit stay. Fails with
/// [`Kind::Environment`](crate::error::Kind::Environment) if the home cannot be made. Whether the
/// box could be closed is known when it ends: [`started`].
pub fn boxed(process: Process, policy: &Policy, rustchain: &Utf8Path) -> Result<Process> {
    fs::create_dir_all(&policy.home)?;
    let watch = Watch::new(policy);
    Ok(ordered(process, policy, rustchain, false)?.watch(move |group| watch.look(group)))
}

/// Returns an error if `finished` is a box that could not be closed, and so did not start its
/// program.
pub fn started(finished: &Finished) -> Result<()> {
    if finished.ending != Ending::Exited(BOX_FAILED) {
        return Ok(());
    }
    match finished.stderr_text().strip_prefix(BOX_FAILED_PREFIX) {
        None => Ok(()),
        Some(reason) => Err(Error::environment("cannot box the program")
            .because(reason.trim_end().to_owned())
            .hint("run `rustchain doctor` to see what this machine offers")
            .hint("`--unsafe-no-sandbox` runs generated code without a box")),
    }
}

/// Returns what this machine offers, found out by trying: a child boxes itself in the new folder
/// `home` and attempts to get out.
pub fn probe(rustchain: &Utf8Path, home: &Utf8Path, stop: &Stop) -> Rung {
    match attempt(rustchain, home, stop) {
        Ok(enforced) => Rung::Landlock(enforced),
        Err(error) => Rung::None { reason: error.chain().join(": ") },
    }
}

/// Runs the child of [`probe`].
fn attempt(rustchain: &Utf8Path, home: &Utf8Path, stop: &Stop) -> Result<Enforced> {
    fs::create_dir_all(home)?;
    let policy = Policy::new(home);
    let process = ordered(Process::new(""), &policy, rustchain, true)?;
    let finished = process.timeout(std::time::Duration::from_secs(10)).run(stop)?;
    started(&finished)?;
    serde_json::from_slice(&finished.stdout).map_err(|error| {
        Error::environment(format!("`{rustchain}` gave no answer from its box")).because(error)
    })
}

/// The process in box mode.
fn ordered(
    process: Process,
    policy: &Policy,
    rustchain: &Utf8Path,
    probe: bool,
) -> Result<Process> {
    let order = Order { policy: absolute(policy)?, probe };
    let order = serde_json::to_string(&order)
        .map_err(|error| Error::internal("cannot write the order for a box").because(error))?;
    let args = vec![OsString::from(BOX_MODE), OsString::from(order)];
    Ok(process.launched_by(rustchain, args).env_clear())
}

/// The policy with real, absolute paths; what is missing is an error unless nothing is enforced.
fn absolute(policy: &Policy) -> Result<Policy> {
    if policy.mode == Mode::None {
        return Ok(policy.clone());
    }
    let real = |paths: &[Utf8PathBuf]| -> Result<Vec<Utf8PathBuf>> {
        paths.iter().map(|path| fs::canonicalize(path)).collect()
    };
    Ok(Policy {
        read: real(&policy.read)?,
        write: real(&policy.write)?,
        home: fs::canonicalize(&policy.home)?,
        cwd: fs::canonicalize(&policy.cwd)?,
        ..policy.clone()
    })
}
