//! Starting programs in a box that is closed around them alone.

use std::ffi::OsString;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::cell::Open;
use super::policy::{Mode, Policy};
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::sys::{Ending, Finished, Process, fs};

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
    /// The cell in which the box is closed.
    pub cell: Option<Cell>,
    /// Try to get out, to this file, and tell what was enforced, instead of starting a program.
    pub probe: Option<Utf8PathBuf>,
}

/// Namespaces that are there already, with their files in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cell {
    /// A process in them.
    pub process: i32,
    /// Whether they have a `/proc`.
    pub proc: bool,
    /// Whether they have a place for `/tmp`.
    pub tmp: bool,
}

/// Returns a process that runs the same program in a box of landlock, seccomp and limits;
/// `rustchain` is this program itself.
///
/// Environment and folder of `process` are replaced by those of `policy`, its watch by one that
/// ends it when it exceeds the limits; input, time limit and output limit stay. Fails with
/// [`Kind::Environment`](crate::error::Kind::Environment) if the home cannot be made. Whether the
/// box could be closed is known when it ends: [`started`].
pub fn boxed(process: Process, policy: &Policy, rustchain: &Utf8Path) -> Result<Process> {
    enclosed(process, policy, rustchain, None)
}

/// Returns a process that runs the same program in a box, in a cell if there is one.
pub(super) fn enclosed(
    process: Process,
    policy: &Policy,
    rustchain: &Utf8Path,
    open: Option<Open>,
) -> Result<Process> {
    fs::create_dir_all(&policy.home)?;
    let watch = Watch::new(policy);
    let cell = open.as_ref().map(|open| open.cell.clone());
    let order = Order { policy: absolute(policy)?, cell, probe: None };
    let process = ordered(process, &order, rustchain)?;
    Ok(process.watch(move |group| {
        // The cell has to be there for as long as the program may need it.
        let _ = &open;
        watch.look(group)
    }))
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
            .hint("`--sandbox none` runs generated code without a box")),
    }
}

/// The process in box mode.
pub(super) fn ordered(process: Process, order: &Order, rustchain: &Utf8Path) -> Result<Process> {
    let order = serde_json::to_string(order)
        .map_err(|error| Error::internal("cannot write the order for a box").because(error))?;
    let args = vec![OsString::from(BOX_MODE), OsString::from(order)];
    Ok(process.launched_by(rustchain, args).env_clear())
}

/// The policy with real, absolute paths; what is missing is an error unless nothing is enforced.
pub(super) fn absolute(policy: &Policy) -> Result<Policy> {
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
