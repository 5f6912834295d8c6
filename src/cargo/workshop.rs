//! A workshop: a workspace with its toolchain and its lane, ready to build.

use camino::{Utf8Path, Utf8PathBuf};

use super::boxed::BuildBox;
use super::discover::{discover, find, sources};
use super::hook::{Links, Plan};
use super::{Toolchain, Workspace, prepare};
use crate::error::{Error, Result};
use crate::lane::{Lane, Synced};
use crate::sandbox::{self, Rung, Sandbox};
use crate::sys::{Finished, Process, Stop};

/// What the surroundings of this program say that concerns cargo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Surroundings {
    /// The folder for lanes.
    pub cache: Utf8PathBuf,
    /// Cargo's home: `$CARGO_HOME` or `~/.cargo`.
    pub cargo_home: Utf8PathBuf,
    /// This program.
    pub program: Utf8PathBuf,
    /// The user's `$RUSTC_WORKSPACE_WRAPPER`.
    pub workspace_wrapper: Option<Utf8PathBuf>,
}

/// A workspace, its toolchain and its lane.
#[derive(Debug)]
pub struct Workshop {
    /// The workspace, as it is in the checkout.
    pub workspace: Workspace,
    /// Its toolchain.
    pub toolchain: Toolchain,
    /// Its lane.
    pub lane: Lane,
    /// What the surroundings say.
    pub surroundings: Surroundings,
    /// The box of its builds; without one they run with the rights of the user.
    builds: Option<BuildBox>,
}

impl Workshop {
    /// Finds the workspace around `dir`, and makes its lane up to date and able to build offline.
    ///
    /// Fails like [`discover`], [`Lane::open`], [`Lane::sync`] and [`prepare()`].
    pub fn open(dir: &Utf8Path, surroundings: Surroundings, stop: &Stop) -> Result<Self> {
        let (workspace, toolchain) = find(dir, Some(&surroundings.cache), stop)?;
        let sources = sources(&workspace, &surroundings.cargo_home, &surroundings.cache);
        let lane = Lane::open(sources, &surroundings.cache)?;
        let mut workshop = Self { workspace, toolchain, lane, surroundings, builds: None };
        workshop.refresh(stop)?;
        Ok(workshop)
    }

    /// Brings the lane up to date with the checkout, which undoes every overlay.
    pub fn refresh(&mut self, stop: &Stop) -> Result<Synced> {
        let synced = self.lane.sync(stop)?;
        if synced.written.iter().any(|path| path.file_name() == Some("Cargo.toml")) {
            self.workspace = discover(&self.workspace.root, stop)?;
        }
        prepare(&self.workspace, &mut self.lane, &self.toolchain, stop)?;
        Ok(synced)
    }

    /// Puts all builds from now on into a box, unless a person asked for none.
    ///
    /// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if it cannot be closed.
    pub fn enclose(&mut self, sandbox: &Sandbox) -> Result<()> {
        if *sandbox.rung() != Rung::None {
            self.builds = Some(BuildBox::open(self, sandbox)?);
        }
        Ok(())
    }

    /// Returns whether builds are in a box.
    pub fn is_enclosed(&self) -> bool {
        self.builds.is_some()
    }

    /// Does something outside of the box: a build of nothing but the user's own code.
    pub fn outside<T>(&mut self, work: impl FnOnce(&Self) -> T) -> T {
        let builds = self.builds.take();
        let done = work(self);
        self.builds = builds;
        done
    }

    /// Returns the folder of what all lanes share to search: beside them, because compiling it
    /// takes longer than searching a small crate.
    pub fn shared_runtime(&self) -> Utf8PathBuf {
        let lane = self.lane.folder();
        lane.parent().unwrap_or(lane).join("runtime")
    }

    /// Runs cargo, or what was started like it, in the box.
    pub(super) fn run(&self, process: Process, links: &Links, stop: &Stop) -> Result<Finished> {
        let process = match &self.builds {
            Some(builds) => builds.boxed(self, process, links)?,
            None => process,
        };
        let done = process.run(stop)?;
        sandbox::started(&done)?;
        stop.check()?;
        match &done.overrun {
            Some(reason) => Err(Error::failed(format!("the build was ended: {reason}"))),
            None => Ok(done),
        }
    }

    /// Returns a process for a command of cargo in the lane, through the stand-ins of `links`:
    /// offline, locked, into the lane's target folder.
    ///
    /// Debug information is left out, of dependencies too: coverage does not need it, and without
    /// it linking takes a quarter less time. What runs during a build writes no profile. All
    /// settings are the same for every command, so that they share what they compile; and they
    /// follow the command, as those before it would be forgotten at the first one after it.
    pub(super) fn cargo(&self, command: &str, links: &Links) -> Process {
        let runner = serde_json::Value::from(links.runner().as_str());
        let runner = format!("target.{}.runner=[{runner}]", self.toolchain.host);
        self.toolchain
            .cargo()
            .cwd(&self.lane.root())
            .env("CARGO_TERM_COLOR", "never")
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .env("CARGO_INCREMENTAL", "1")
            .env("LLVM_PROFILE_FILE", "/dev/null")
            .env("RUSTC_WORKSPACE_WRAPPER", links.rustc())
            .env("RUSTDOC", links.rustdoc())
            .args([command, "--offline", "--locked"])
            .args(["--target-dir", self.lane.target().as_str()])
            .args(["--config", "profile.dev.debug=0", "--config", "profile.test.debug=0"])
            .args(["--config", &runner])
    }

    /// Writes the links through which cargo starts this program.
    pub(super) fn links(&self, plan: &Plan) -> Result<Links> {
        let chained = self.surroundings.workspace_wrapper.as_deref();
        let rustdoc = self.toolchain.tool("rustdoc");
        Links::write(&self.lane, plan, &self.surroundings.program, chained, &rustdoc)
    }
}
