//! The box around whatever runs code of the crate under test.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::{Launch, Workshop};
use crate::error::Result;
use crate::measure;
use crate::sandbox::{Phase, Policy, Sandbox, View};
use crate::sys::Process;

/// What the box of one lane is made of.
#[derive(Debug, Clone)]
pub struct Boxes {
    sandbox: Sandbox,
    /// What may be read: the lane, and the libraries of the toolchain without its programs.
    read: Vec<Utf8PathBuf>,
    home: Utf8PathBuf,
}

impl Boxes {
    /// Opens the boxes of a lane.
    ///
    /// Fails with [`Kind::Environment`](crate::error::Kind::Environment) if that is not possible.
    pub fn open(workshop: &Workshop, sandbox: &Sandbox) -> Result<Self> {
        let lane = &workshop.lane;
        let libraries = workshop.toolchain.sysroot.join("lib");
        let read = vec![lane.tree(), lane.target(), lane.scratch(), libraries];
        let write = vec![lane.scratch(), measure::profiles_folder(workshop)];
        let view = View { phase: Phase::Run, read: read.clone(), write };
        Ok(Self { sandbox: sandbox.opened(&view)?, read, home: lane.scratch().join("home") })
    }

    /// Puts a test binary into a box.
    pub fn test(&self, process: Process, launch: &Launch) -> Result<Process> {
        let policy = Policy {
            read: self.read.iter().cloned().chain([launch.program.clone()]).collect(),
            write: launch.profiles.iter().cloned().collect(),
            cwd: launch.cwd.clone(),
            env: launch.env.clone(),
            ..Policy::new(self.home_of(launch.slot))
        };
        self.sandbox.boxed(process, &policy)
    }

    /// The home of one of several processes that run side by side, so that what one leaves there
    /// is nothing to another.
    fn home_of(&self, slot: usize) -> Utf8PathBuf {
        if slot == 0 { self.home.clone() } else { self.home.with_file_name(format!("home-{slot}")) }
    }

    /// Puts a search into a box; it starts in `cwd` and writes its results into `scratch`.
    pub fn search(
        &self,
        process: Process,
        (cwd, scratch): (&Utf8Path, &Utf8Path),
        variables: BTreeMap<String, String>,
    ) -> Result<Process> {
        let mut policy = Policy {
            read: self.read.clone(),
            write: vec![scratch.to_owned()],
            cwd: cwd.to_owned(),
            env: variables,
            ..Policy::new(self.home.clone())
        };
        policy.limits.cpu_seconds = 1_800;
        self.sandbox.boxed(process, &policy)
    }
}
