//! One measurement.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8Path;

use super::kept::Kept;
use super::scope::Scope;
use crate::cargo::{
    self, BuildOutput, Goal, Outcome, Plan, Request, Selection, Targets, TestBinary, Which,
    Workshop, Wrap,
};
use crate::coverage::{CoverageMap, Profile, Report};
use crate::error::{Error, Kind, Result};
use crate::sys::{Stop, fs};

/// How long one test binary may take, unless told otherwise.
const TIMEOUT: Duration = Duration::from_mins(10);

/// How to measure.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The time limit for each test binary.
    pub timeout: Duration,
    /// Whether binaries are run again that were run before.
    pub again: bool,
    /// Puts the tests into a box; without one they run in the user's environment.
    pub wrap: Option<Wrap<'a>>,
    /// The place of the process among those that run side by side.
    pub slot: usize,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { timeout: TIMEOUT, again: false, wrap: None, slot: 0 }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { timeout, again, wrap, slot } = self;
        let boxed = wrap.is_some();
        f.debug_struct("Options")
            .field("timeout", timeout)
            .field("again", again)
            .field("boxed", &boxed)
            .field("slot", slot)
            .finish()
    }
}

/// What became of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestRun {
    /// Its name within its binary.
    pub name: String,
    /// The package it belongs to.
    pub package: String,
    /// The target it belongs to.
    pub target: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl TestRun {
    /// Returns whether both are runs of the same test.
    pub fn same_test(&self, other: &Self) -> bool {
        (&self.package, &self.target, &self.name) == (&other.package, &other.target, &other.name)
    }
}

/// What a measurement found.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The report on production code: the one to judge by.
    pub report: Report,
    /// The report on all code, as LLVM's own tools would print it.
    pub raw: Report,
    /// Every test, in the order of the binaries.
    pub tests: Vec<TestRun>,
    /// How many test binaries were run; the others were known.
    pub binaries_run: usize,
    /// What was built.
    pub build: BuildOutput,
    /// Which code the reports are about.
    pub scope: Scope,
    /// The version of the compiler, such as `1.95.0`.
    pub release: String,
}

impl Measured {
    /// Returns the tests that make the suite red.
    pub fn red(&self) -> impl Iterator<Item = &TestRun> {
        self.tests.iter().filter(|test| test.outcome.is_red())
    }
}

/// Measures the selected packages of a workshop that is up to date: builds library, programs and
/// integration tests, runs every test, and reads the profiles.
///
/// A red test is no error here, and what it covers does not count. Fails with
/// [`Kind::Usage`](crate::error::Kind::Usage) and the compiler's first error if the crate does not
/// build.
pub fn run(
    workshop: &Workshop,
    selection: &Selection,
    options: &Options<'_>,
    stop: &Stop,
) -> Result<Measured> {
    let request = Request {
        selection: selection.clone(),
        targets: Targets::Tested,
        goal: Goal::Binaries,
        plan: Plan { coverage: true, extra: Vec::new() },
    };
    let build = cargo::build(workshop, &request, stop)?;
    build.check(&format!("`{}`", workshop.workspace.root))?;
    let mut kept = Kept::open(workshop, &build)?;
    let mut map = CoverageMap::new();
    let mut profile = Profile::new();
    let mut tests = Vec::new();
    let mut binaries_run = 0;
    for program in &build.programs {
        read_map(&mut map, program)?;
    }
    for binary in &build.binaries {
        stop.check()?;
        read_map(&mut map, &binary.path)?;
        let key = kept.key(binary, options.wrap.is_some())?;
        let folder = kept.profiles(&key);
        let known = if options.again { None } else { kept.find(&key) };
        let outcomes = if let Some(known) = known {
            known
        } else {
            binaries_run += 1;
            let (outcomes, green) = run_binary(binary, &folder, options, stop)?;
            if green {
                kept.keep(&key, &outcomes)?;
            }
            outcomes
        };
        read_profiles(&mut profile, &folder)?;
        let green = outcomes.values().all(|outcome| !outcome.is_red());
        if !green {
            fs::remove_dir_all(&folder)?;
        }
        tests.extend(outcomes.into_iter().map(|(name, outcome)| TestRun {
            name,
            package: binary.package.clone(),
            target: binary.target.clone(),
            outcome,
        }));
    }
    kept.close()?;
    let scope = Scope::of(workshop, (selection, &build), &map)?;
    let raw = scope.raw(&map, &profile);
    let report = scope.production(&raw);
    let release = workshop.toolchain.release.clone();
    Ok(Measured { report, raw, tests, binaries_run, build, scope, release })
}

/// Measures like [`run`] a crate that has no test of ours in it, as it is for its user.
///
/// What builds there and does not in the box, because it needs the network or other files, is built
/// outside; the reason is returned, too.
pub fn baseline(
    workshop: &mut Workshop,
    selection: &Selection,
    options: &Options<'_>,
    stop: &Stop,
) -> Result<(Measured, Option<String>)> {
    let error = match run(workshop, selection, options, stop) {
        Err(error) if error.kind() == Kind::Usage && workshop.is_enclosed() => error,
        other => return other.map(|measured| (measured, None)),
    };
    let reason = error.chain().join(": ");
    match workshop.outside(|workshop| run(workshop, selection, options, stop)) {
        Ok(measured) => Ok((measured, Some(reason))),
        // It does not build at all: what was said first is not about the box.
        Err(outside) => Err(if outside.kind() == Kind::Usage { outside } else { error }),
    }
}

/// Runs a binary and leaves the profiles of its green tests in `folder`; returns what became of
/// the tests, and whether all were green.
fn run_binary(
    binary: &TestBinary,
    folder: &Utf8Path,
    options: &Options<'_>,
    stop: &Stop,
) -> Result<(BTreeMap<String, Outcome>, bool)> {
    fs::remove_dir_all(folder)?;
    let options = cargo::Options {
        profiles: Some(folder),
        timeout: options.timeout,
        threads: None,
        wrap: options.wrap,
        slot: options.slot,
    };
    let run = cargo::run(binary, Which::All, &options, stop)?;
    if run.is_green() && run.complete {
        return Ok((run.outcomes, true));
    }
    // What the red tests covered does not count: the others once more, without them.
    fs::remove_dir_all(folder)?;
    let red = run.red();
    if binary.harness && red.len() < run.outcomes.len() {
        let without = cargo::run(binary, Which::Without(&red), &options, stop)?;
        if !without.is_green() {
            fs::remove_dir_all(folder)?;
        }
    }
    Ok((run.outcomes, false))
}

/// Runs tests of a binary, each alone, and returns what each covers of the scope's production
/// code. A test that is red covers nothing and has an empty report.
pub fn per_test(
    binary: &TestBinary,
    names: &[String],
    scope: &Scope,
    (scratch, options): (&Utf8Path, &Options<'_>),
    stop: &Stop,
) -> Result<BTreeMap<String, Report>> {
    let mut map = CoverageMap::new();
    read_map(&mut map, &binary.path)?;
    let mut reports = BTreeMap::new();
    for name in names {
        let profile = profile_of(binary, name, (scratch, options), stop)?;
        let report = match profile {
            Some(profile) => scope.production(&scope.raw(&map, &profile)),
            None => Report::default(),
        };
        reports.insert(name.clone(), report);
    }
    Ok(reports)
}

/// Runs one test alone and returns the profile of the functions that it ran; `None` if it is red.
pub fn profile_of(
    binary: &TestBinary,
    name: &str,
    (scratch, options): (&Utf8Path, &Options<'_>),
    stop: &Stop,
) -> Result<Option<Profile>> {
    let folder = fs::temporary_folder(scratch)?;
    let path = Utf8Path::from_path(folder.path())
        .ok_or_else(|| Error::environment(format!("a path in `{scratch}` is not UTF-8")))?;
    let options = cargo::Options {
        profiles: Some(path),
        timeout: options.timeout,
        threads: Some(1),
        wrap: options.wrap,
        slot: options.slot,
    };
    let names = [name.to_owned()];
    let run = cargo::run(binary, Which::Only(&names), &options, stop)?;
    if run.outcomes.get(name) != Some(&Outcome::Passed) {
        return Ok(None);
    }
    let mut profile = Profile::of_what_ran();
    read_profiles(&mut profile, path)?;
    Ok(Some(profile))
}

/// Adds the coverage map of a program; one without any instrumented code has none.
fn read_map(map: &mut CoverageMap, program: &Utf8Path) -> Result<()> {
    map.read(&fs::read(program)?)
        .map_err(|error| error.context(format!("cannot read the coverage map of `{program}`")))
}

/// Adds every profile in a folder; a folder that is not there has none.
fn read_profiles(profile: &mut Profile, folder: &Utf8Path) -> Result<()> {
    if !fs::exists(folder) {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        if entry.path.extension() == Some("profraw") {
            let bytes = fs::read(&entry.path)?;
            profile
                .read(&bytes)
                .map_err(|error| error.context(format!("cannot read `{}`", entry.path)))?;
        }
    }
    Ok(())
}
