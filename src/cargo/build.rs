//! Builds in a lane, with what they made and what the compiler said as data.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::diagnostic::Diagnostic;
use super::hook::{Links, Plan};
use super::message::{Artifact, Message, Started, messages};
use super::workspace::{Selection, TargetKind};
use super::{Workshop, prepare};
use crate::error::{Error, Result};
use crate::sys::{Process, Stop, fs};

/// Which targets of the selected packages are built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// All that `cargo test` tests: library, programs, integration tests.
    Tested,
    /// The library as a test.
    Lib,
    /// One program as a test.
    Bin(String),
    /// One integration test.
    Test(String),
}

/// What is made of the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Test binaries.
    Binaries,
    /// Nothing: the compiler only checks them.
    Check,
}

/// What to build, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The packages and features.
    pub selection: Selection,
    /// The targets.
    pub targets: Targets,
    /// What is made of them.
    pub goal: Goal,
    /// How the members are compiled.
    pub plan: Plan,
}

/// A test binary, and how cargo would start it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestBinary {
    /// The program.
    pub path: Utf8PathBuf,
    /// The package it tests.
    pub package: String,
    /// The name of the target.
    pub target: String,
    /// What the target is.
    pub kind: TargetKind,
    /// Its crate root, in the checkout.
    pub source: Utf8PathBuf,
    /// Whether the standard harness runs its tests; else it is one test.
    pub harness: bool,
    /// The working folder, in the lane.
    pub cwd: Utf8PathBuf,
    /// What was set for `#[cfg(..)]` beside `test`, in the format of `rustc --print cfg`: features,
    /// the user's flags, what build scripts set; `None` if that is not known.
    pub cfgs: Option<String>,
    /// The variables that cargo adds to, or changes in, the environment of this program.
    pub env: BTreeMap<String, String>,
}

/// What came of a build.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildOutput {
    /// Whether everything was built.
    pub success: bool,
    /// The test binaries, in the order in which cargo runs them.
    pub binaries: Vec<TestBinary>,
    /// The programs that integration tests may start.
    pub programs: Vec<Utf8PathBuf>,
    /// What the compiler said of the members, in its order.
    pub diagnostics: Vec<Diagnostic>,
    /// How many targets were found fresh, dependencies included.
    pub fresh: usize,
    /// The crate roots that were compiled, in the lane or in cargo's home.
    pub compiled: Vec<Utf8PathBuf>,
    /// What cargo said to people.
    pub words: String,
    /// Whether it was built in a box.
    pub boxed: bool,
}

impl BuildOutput {
    /// Returns the first error of the compiler, or else what cargo said, as an error of kind
    /// [`Kind::Usage`](crate::error::Kind::Usage) about `what`; nothing after a success.
    pub fn check(&self, what: &str) -> Result<()> {
        if self.success {
            return Ok(());
        }
        let mut errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        let words = errors.next().map_or(self.words.trim(), |first| first.rendered.trim());
        let error = Error::usage(format!("{what} does not build"))
            .because(words.to_owned())
            .hint("make `cargo test --no-run` pass first");
        Err(if self.boxed {
            error.hint("`--sandbox none` builds without a box, if it needs more than a box allows")
        } else {
            error
        })
    }
}

/// Builds in the lane of a workshop that is up to date.
///
/// Code that does not compile is no error here: see [`BuildOutput::success`]. Fails with
/// [`Kind::Usage`](crate::error::Kind::Usage) and cargo's words if cargo refuses to begin, for
/// example at an unknown feature, and with [`Kind::Environment`](crate::error::Kind::Environment)
/// if the disk is full.
pub fn build(workshop: &Workshop, request: &Request, stop: &Stop) -> Result<BuildOutput> {
    let links = workshop.links(&request.plan)?;
    let process = command(workshop, request, &links)?;
    let done = workshop.run(process.clone(), &links, stop)?;
    let boxed = workshop.is_enclosed();
    let mut output = BuildOutput { words: done.stderr_text(), boxed, ..BuildOutput::default() };
    let mut finished = false;
    let mut started = Vec::new();
    for message in messages(&done.stdout_text()) {
        match message {
            Message::Built(artifact) => add(workshop, &links, &mut output, artifact),
            Message::Said { message } => output.diagnostics.push(message),
            Message::Finished { success } => {
                finished = true;
                output.success = success;
            }
            Message::Started(one) => started.push(one),
            Message::Other => (),
        }
    }
    if !output.success {
        // What is about a place in the source may quote it.
        let own = output.diagnostics.iter().filter(|diagnostic| diagnostic.spans.is_empty());
        let own = own.map(|diagnostic| diagnostic.rendered.as_str());
        let said: String = own.chain([output.words.as_str()]).collect();
        fs::check_space(&workshop.lane.target(), &said)?;
    }
    if !finished {
        return Err(refused(workshop, &output.words)?);
    }
    if !started.is_empty() {
        let before = own_environment(workshop, &links, process, stop)?;
        place(&mut output.binaries, started, &before);
    }
    Ok(output)
}

/// The command line.
///
/// Test binaries are not built with `--no-run`: cargo runs them, through the runner that only tells
/// how it was started. That is the one exact source of their folder and variables (`[env]` of
/// configurations, build scripts' variables, library paths), at a millisecond each.
fn command(workshop: &Workshop, request: &Request, links: &Links) -> Result<Process> {
    let mut process = match request.goal {
        Goal::Check => workshop.cargo("check", links).args(["--profile", "test"]),
        Goal::Binaries => workshop.cargo("test", links).arg("--no-fail-fast"),
    };
    process = process.arg("--message-format=json");
    process = match &request.targets {
        Targets::Tested => process.arg("--tests"),
        Targets::Lib => process.arg("--lib"),
        Targets::Bin(name) => process.args(["--bin", name]),
        Targets::Test(name) => process.args(["--test", name]),
    };
    select(workshop, process, &request.selection)
}

/// Adds the arguments for packages and features.
pub(super) fn select(
    workshop: &Workshop,
    mut process: Process,
    selection: &Selection,
) -> Result<Process> {
    workshop.workspace.selected(selection)?;
    if selection.packages.is_empty() {
        process = process.arg("--workspace");
    }
    for package in &selection.packages {
        process = process.args(["--package", package]);
    }
    if !selection.features.is_empty() {
        process = process.args(["--features", &selection.features.join(",")]);
    }
    if selection.all_features {
        process = process.arg("--all-features");
    }
    if selection.no_default_features {
        process = process.arg("--no-default-features");
    }
    Ok(process)
}

/// Notes what was built.
fn add(workshop: &Workshop, links: &Links, output: &mut BuildOutput, artifact: Artifact) {
    if artifact.fresh {
        output.fresh += 1;
    } else {
        output.compiled.push(artifact.target.src_path.clone());
    }
    let Some(path) = artifact.executable else { return };
    let kind = artifact.target.kind.first().map(|kind| TargetKind::from_cargo(kind));
    let kind = kind.unwrap_or(TargetKind::Lib);
    if !artifact.profile.test {
        if kind == TargetKind::Bin {
            output.programs.push(path);
        }
        return;
    }
    let lane = &workshop.lane;
    let original = |path: &Utf8Path| lane.original_of(path).unwrap_or_else(|| path.to_owned());
    let manifest = original(&artifact.manifest_path);
    let package = workshop.workspace.packages.iter().find(|package| package.manifest == manifest);
    let target = package.and_then(|package| {
        let mut targets = package.targets.iter();
        targets.find(|target| target.kind == kind && target.name == artifact.target.name)
    });
    output.binaries.push(TestBinary {
        cfgs: links.cfgs(&path),
        path,
        package: package.map(|package| package.name.clone()).unwrap_or_default(),
        kind,
        source: original(&artifact.target.src_path),
        harness: target.is_none_or(|target| target.harness),
        target: artifact.target.name,
        cwd: artifact.manifest_path.parent().map(Utf8Path::to_owned).unwrap_or_default(),
        env: BTreeMap::new(),
    });
}

/// The variables that a program would see that is started like cargo was.
fn own_environment(
    workshop: &Workshop,
    links: &Links,
    cargo: Process,
    stop: &Stop,
) -> Result<BTreeMap<String, String>> {
    let done = workshop.run(cargo.instead(links.runner()), links, stop)?;
    let mut found = messages(&done.stdout_text()).into_iter();
    found
        .find_map(|message| match message {
            Message::Started(started) => Some(started.env),
            _ => None,
        })
        .ok_or_else(|| {
            Error::environment("cannot find out how cargo starts tests")
                .because(done.stderr_text().trim().to_owned())
        })
}

/// Gives each test binary its folder and variables, and puts them into the order of their starts.
fn place(binaries: &mut [TestBinary], started: Vec<Started>, before: &BTreeMap<String, String>) {
    let order: BTreeMap<Utf8PathBuf, usize> =
        started.iter().enumerate().map(|(at, started)| (started.binary.clone(), at)).collect();
    for mut one in started {
        let binary = binaries.iter_mut().find(|binary| binary.path == one.binary);
        let Some(binary) = binary else { continue };
        one.env.retain(|name, value| before.get(name) != Some(value));
        binary.cwd = one.cwd;
        binary.env = one.env;
    }
    binaries.sort_by_key(|binary| order.get(&binary.path).copied().unwrap_or(usize::MAX));
}

/// The error for a cargo that did not begin to build.
fn refused(workshop: &Workshop, words: &str) -> Result<Error> {
    let words = words.trim().trim_start_matches("error: ").to_owned();
    let offline = words.contains("--offline") || words.contains("--locked");
    if !offline {
        return Ok(Error::usage("cargo refuses to build").because(words));
    }
    prepare::forget(&workshop.lane)?;
    Ok(Error::environment("a dependency is missing")
        .because(words)
        .hint("run the command again with a network connection"))
}
