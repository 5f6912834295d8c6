//! What a lane needs before it can build offline: a lockfile, and the dependencies.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Toolchain, Workspace};
use crate::error::{Error, Result};
use crate::lane::Lane;
use crate::sys::{Finished, Stop, fs, id};

/// The lockfile's name.
const LOCKFILE: &str = "Cargo.lock";

/// Makes a synchronised lane ready for `--offline --locked`: writes a lockfile into it if the
/// checkout has none, or one that no longer fits, and fetches dependencies into the user's cargo
/// home. No code of the crate is run. A lane whose manifests have not changed since costs nothing.
///
/// Fails with [`Kind::Environment`](crate::error::Kind::Environment) and cargo's own words.
pub fn prepare(
    workspace: &Workspace,
    lane: &mut Lane,
    toolchain: &Toolchain,
    stop: &Stop,
) -> Result<()> {
    let state = state_file(lane);
    let digest = digest(lane, toolchain);
    let lockfile = lane.root().join(LOCKFILE);
    if fs::exists(&lockfile) && fs::read(&state).is_ok_and(|bytes| bytes == digest.as_bytes()) {
        return Ok(());
    }
    let cargo = |args: &[&str]| -> Result<Finished> {
        let process = toolchain.cargo().args(args).cwd(&lane.root());
        let done = process.env("CARGO_TERM_COLOR", "never").run(stop)?;
        stop.check()?;
        Ok(done)
    };
    let mut own = false;
    if !fs::exists(&lockfile) {
        own = true;
        if !cargo(&["generate-lockfile", "--offline"])?.success() {
            let done = cargo(&["generate-lockfile"])?;
            explain(&done, "make a lockfile", workspace)?;
        }
    }
    let host = toolchain.host.as_str();
    let fetch = ["fetch", "--target", host];
    let locked = |extra: &[&'static str]| -> Result<Finished> {
        cargo(&fetch.iter().copied().chain(extra.iter().copied()).collect::<Vec<_>>())
    };
    if !locked(&["--locked", "--offline"])?.success() && !locked(&["--locked"])?.success() {
        // The lockfile does not fit the manifests: `cargo test` would bring it up to date, so the
        // lane's copy of it is.
        own = true;
        if !locked(&["--offline"])?.success() {
            explain(&locked(&[])?, "fetch the dependencies", workspace)?;
        }
    }
    if own {
        lane.keep(Utf8Path::new(LOCKFILE))?;
    }
    fs::write_copy(&state, digest.as_bytes(), false)
}

/// Forgets that the lane was prepared: for when a dependency turns out to be missing.
pub(super) fn forget(lane: &Lane) -> Result<()> {
    fs::remove_file(&state_file(lane))
}

/// Where the lane notes what it was prepared for.
fn state_file(lane: &Lane) -> Utf8PathBuf {
    lane.folder().join("prepared")
}

/// A hash of all that decides which dependencies are needed.
fn digest(lane: &Lane, toolchain: &Toolchain) -> String {
    let mut text = format!("{}\n{}\n", toolchain.sysroot, toolchain.release);
    for (path, hash) in lane.hashes() {
        let name = path.file_name().unwrap_or_default();
        if matches!(name, "Cargo.toml" | LOCKFILE | "config.toml" | "config") {
            text.extend([path.as_str(), " ", hash, "\n"]);
        }
    }
    id::hash(text.as_bytes())
}

/// An error with cargo's words if it failed.
fn explain(done: &Finished, what: &str, workspace: &Workspace) -> Result<()> {
    if done.success() {
        return Ok(());
    }
    let words = done.stderr_text();
    Err(Error::environment(format!("cannot {what} of `{}`", workspace.root))
        .because(words.trim().trim_start_matches("error: ").to_owned())
        .hint("connect to the network once, or run `cargo fetch` in the project"))
}
