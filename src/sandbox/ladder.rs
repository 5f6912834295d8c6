//! The ladder: which box a machine offers, found out by trying to get out of each.

use std::fmt::{self, Display};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::cell::{self, Maker, Open, View};
use super::launch::{Cell, Order, absolute, enclosed, ordered, started};
use super::policy::{Enforced, Mode, Phase, Policy};
use crate::error::{Error, Result};
use crate::sys::{Process, Stop, fs};

/// How long a box may take to be tried out.
const PATIENCE: Duration = Duration::from_secs(10);

/// The box that a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// The best that the machine allows; without one nothing is started.
    Auto,
    /// Bubblewrap, with landlock inside.
    Bwrap,
    /// Landlock, seccomp and limits.
    Landlock,
    /// A container of podman, with landlock inside.
    Podman,
    /// None: limits only.
    None,
}

/// A box that this machine offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    /// Namespaces by bubblewrap, and in them landlock, seccomp and limits.
    Bubblewrap(Enforced),
    /// Landlock, seccomp and limits.
    Landlock(Enforced),
    /// Namespaces by podman, and in them landlock, seccomp and limits.
    Podman(Enforced),
    /// Limits only, because a person asked for that.
    None,
}

impl Rung {
    /// Returns its name, as it is asked for.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Bubblewrap(_) => "bwrap",
            Self::Landlock(_) => "landlock",
            Self::Podman(_) => "podman",
            Self::None => "none",
        }
    }

    /// Returns what it enforces.
    pub fn enforced(&self) -> Option<&Enforced> {
        match self {
            Self::Bubblewrap(enforced) | Self::Landlock(enforced) | Self::Podman(enforced) => {
                Some(enforced)
            }
            Self::None => None,
        }
    }
}

impl Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(enforced) = self.enforced() else {
            return f.write_str("none: generated code ran with your rights, as was asked for");
        };
        let mut parts = Vec::new();
        if enforced.namespaces {
            let podman = matches!(self, Self::Podman(_));
            parts.push(if podman { "podman" } else { "bubblewrap" }.to_owned());
            parts.extend(
                (!enforced.proc).then(|| "but not for builds, as it has no /proc".to_owned()),
            );
        }
        if enforced.landlock_abi != 0 {
            parts.push(format!("landlock {}", enforced.landlock_abi));
        }
        parts.extend(enforced.seccomp.then(|| "seccomp".to_owned()));
        parts.push("limits".to_owned());
        f.write_str(&parts.join(", "))?;
        enforced.gaps.iter().try_for_each(|gap| write!(f, "; {gap}"))
    }
}

/// The box of a run: what the machine offers of what was asked for.
#[derive(Debug, Clone)]
pub struct Sandbox {
    rustchain: Utf8PathBuf,
    rung: Rung,
    /// Why the rungs above are not there.
    missing: Vec<String>,
    open: Option<Open>,
}

impl Sandbox {
    /// Finds the best box that was asked for and that this machine offers, by trying each in the
    /// new folder `folder`; `rustchain` is this program itself.
    ///
    /// Fails with [`Kind::Environment`](crate::error::Kind::Environment) and the reason of each if
    /// there is none.
    pub fn find(
        choice: Choice,
        rustchain: &Utf8Path,
        folder: &Utf8Path,
        stop: &Stop,
    ) -> Result<Self> {
        let mut missing = Vec::new();
        let mut found = None;
        for (wanted, proc) in rungs(choice) {
            let tried = match wanted {
                Choice::None => Ok(Rung::None),
                Choice::Landlock | Choice::Auto => {
                    attempt(rustchain, folder, None, stop).map(Rung::Landlock)
                }
                Choice::Bwrap => {
                    let maker = Maker::Bubblewrap { proc };
                    made(rustchain, folder, maker, stop).map(Rung::Bubblewrap)
                }
                Choice::Podman => made(rustchain, folder, Maker::Podman, stop).map(Rung::Podman),
            };
            match tried {
                Ok(rung) => {
                    found = Some(rung);
                    break;
                }
                Err(error) => missing.push(error.chain().join(": ")),
            }
            stop.check()?;
        }
        missing.dedup();
        let rustchain = rustchain.to_owned();
        let refused = || {
            let error = Error::environment("this machine offers no box for generated code");
            error
                .because(missing.join("; "))
                .hint("install the package `bubblewrap`, or use Linux 5.13 or newer with landlock")
                .hint("`--sandbox none` runs generated code without a box, with your rights")
        };
        let rung = found.ok_or_else(refused)?;
        Ok(Self { rustchain, rung, missing, open: None })
    }

    /// Finds the box like [`Sandbox::find`], in a folder of its own below `cache`.
    pub fn find_in(
        choice: Choice,
        rustchain: &Utf8Path,
        cache: &Utf8Path,
        stop: &Stop,
    ) -> Result<Self> {
        fs::create_dir_all(cache)?;
        let folder = fs::temporary_folder(cache)?;
        let path = Utf8Path::from_path(folder.path())
            .ok_or_else(|| Error::environment(format!("a path in `{cache}` is not UTF-8")))?;
        Self::find(choice, rustchain, path, stop)
    }

    /// Returns what the machine offers.
    pub fn rung(&self) -> &Rung {
        &self.rung
    }

    /// Returns why the rungs above are not there.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// Returns the same box, ready for many programs that see no more than `view`, together.
    pub fn opened(&self, view: &View) -> Result<Self> {
        let open = match &self.rung {
            Rung::Bubblewrap(enforced) if leaves_cell(enforced, view.phase) => None,
            Rung::Bubblewrap(enforced) => {
                let maker = Maker::Bubblewrap { proc: enforced.proc };
                Some(cell::open(view, maker, &self.rustchain)?)
            }
            Rung::Podman(_) => Some(cell::open(view, Maker::Podman, &self.rustchain)?),
            Rung::Landlock(_) | Rung::None => None,
        };
        Ok(Self { open, ..self.clone() })
    }

    /// Returns a process that runs the same program in this box, as [`boxed`](super::boxed) does.
    pub fn boxed(&self, process: Process, policy: &Policy) -> Result<Process> {
        let mode = if self.rung == Rung::None { Mode::None } else { Mode::Enforce };
        let policy = Policy { mode, ..policy.clone() };
        let cell = match &self.rung {
            Rung::Bubblewrap(enforced) => !leaves_cell(enforced, policy.phase),
            Rung::Podman(_) => true,
            Rung::Landlock(_) | Rung::None => false,
        };
        if cell != self.open.is_some() {
            return Err(Error::internal("a box that was not opened"));
        }
        enclosed(process, &policy, &self.rustchain, self.open.clone())
    }
}

/// Whether programs of this phase run without a cell: compilers find their libraries by
/// `/proc/self/exe`, so that where a cell has no `/proc`, landlock alone has to do for builds.
fn leaves_cell(enforced: &Enforced, phase: Phase) -> bool {
    phase == Phase::Build && !enforced.proc && enforced.landlock_abi != 0
}

/// The rungs that are tried, best first, with whether they have a `/proc`.
fn rungs(choice: Choice) -> Vec<(Choice, bool)> {
    let bubblewrap = [(Choice::Bwrap, true), (Choice::Bwrap, false)];
    match choice {
        Choice::Auto => bubblewrap.into_iter().chain([(Choice::Landlock, true)]).collect(),
        Choice::Bwrap => bubblewrap.to_vec(),
        other => vec![(other, true)],
    }
}

/// Tries a cell.
fn made(rustchain: &Utf8Path, folder: &Utf8Path, maker: Maker, stop: &Stop) -> Result<Enforced> {
    let home = folder.join(HOME);
    fs::create_dir_all(&home)?;
    let view = View { phase: Phase::Run, read: Vec::new(), write: vec![home] };
    let open = cell::open(&view, maker, rustchain)?;
    attempt(rustchain, folder, Some(open.cell.clone()), stop)
}

/// The home of a box that is tried.
const HOME: &str = "home";

/// Runs a child that boxes itself and attempts to get out.
fn attempt(
    rustchain: &Utf8Path,
    folder: &Utf8Path,
    cell: Option<Cell>,
    stop: &Stop,
) -> Result<Enforced> {
    let (home, secret) = (folder.join(HOME), folder.join("secret"));
    fs::create_dir_all(&home)?;
    fs::write_copy(&secret, b"a file outside", false)?;
    let policy = absolute(&Policy::new(home))?;
    let order = Order { policy, cell, probe: Some(fs::canonicalize(&secret)?) };
    let process = ordered(Process::new(""), &order, rustchain)?;
    let finished = process.timeout(PATIENCE).run(stop)?;
    started(&finished)?;
    serde_json::from_slice(&finished.stdout).map_err(|error| {
        let said = finished.stderr_text();
        let said = said.lines().next().unwrap_or_default();
        let error = Error::environment(format!("no answer from the box: {error}"));
        if said.is_empty() { error } else { error.because(said.to_owned()) }
    })
}
