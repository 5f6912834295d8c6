//! All gates in a row, over one file's candidate tests.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use super::canary;
use super::compile::compile;
use super::flake::flakes;
use super::lint::lint;
use super::worth::worth;
use crate::cargo::{Selection, Targets, Workshop, Wrap};
use crate::coverage::FileCoverage;
use crate::error::Result;
use crate::policy::Gates;
use crate::sys::Stop;

/// The files as they would be with some of the tests written into them.
#[derive(Debug, Clone, Default)]
pub struct Composition {
    /// The whole text of each file that differs, by its path relative to the workspace root.
    pub texts: BTreeMap<Utf8PathBuf, String>,
    /// The name of each test as the test binary knows it, by its number.
    pub tests: BTreeMap<usize, String>,
}

/// Writes the files with the given tests, and without the given imports.
pub type Compose<'a> = &'a dyn Fn(&BTreeSet<usize>, &BTreeSet<String>) -> Result<Composition>;

/// Candidate tests for one file, and what they are judged by.
#[expect(missing_debug_implementations, reason = "it holds functions")]
pub struct Trial<'a> {
    /// The package and features.
    pub selection: &'a Selection,
    /// The target that holds the tests.
    pub targets: Targets,
    /// The file that is to be covered, relative to the workspace root.
    pub file: &'a str,
    /// What is covered of it already.
    pub covered: &'a FileCoverage,
    /// How many tests there are; they are numbered from 0.
    pub count: usize,
    /// Writes the files with the given tests; imports in `without` are left out.
    pub compose: Compose<'a>,
    /// Returns the text of a test.
    pub text: &'a dyn Fn(usize) -> String,
    /// Which of the gates hold that can be turned off.
    pub gates: Gates,
    /// How often each test is run in the end.
    pub runs: u32,
    /// What the order of these runs depends on.
    pub seed: u64,
    /// Puts the tests into the box.
    pub wrap: Wrap<'a>,
    /// Is told which gate is at work.
    pub tell: &'a dyn Fn(Stage),
}

/// A gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Its text does nothing that a test must not do.
    Clean,
    /// What it asserts does not hold whatever the code does.
    CanFail,
    /// It compiles, without a new warning.
    Compiles,
    /// It is really run.
    Runs,
    /// It passes, in a process of its own.
    Passes,
    /// It covers something that nothing covered before.
    Adds,
    /// It passes again and again.
    Stable,
}

impl Stage {
    /// Returns the reason for a rejection by this gate, in a word or two.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Clean => "unclean",
            Self::CanFail => "hollow",
            Self::Compiles => "does not compile",
            Self::Runs => "is not run",
            Self::Passes => "fails",
            Self::Adds => "redundant",
            Self::Stable => "flaky",
        }
    }
}

/// A test that passed every gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// The number of the test.
    pub test: usize,
    /// The lines of the file that it covers first, as numbered before the insertion.
    pub lines: Vec<u32>,
    /// How many regions it covers first.
    pub regions: usize,
    /// How many `?` error paths it covers first.
    pub error_paths: usize,
    /// How often it passed.
    pub runs: u32,
    /// How long it takes alone, in milliseconds, the start of the process included.
    pub milliseconds: u64,
}

/// A test that did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The number of the test.
    pub test: usize,
    /// The gate that stopped it.
    pub stage: Stage,
    /// What was wrong, in words.
    pub detail: String,
}

/// What the gates decided.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// The tests to keep, in the order in which they earned it.
    pub kept: Vec<Passed>,
    /// The others.
    pub rejected: Vec<Rejection>,
    /// What gates had against tests that are kept all the same, since they only warn.
    pub warned: Vec<Rejection>,
    /// Imports that turned out to be unused.
    pub without: BTreeSet<String>,
    /// Whether a planted test that must fail did so.
    pub canary_failed: bool,
    /// What the kept tests cover of the file, in the places of its text without them.
    pub covered: Option<FileCoverage>,
}

/// Sends candidate tests through the gates. The lane is left with overlays.
///
/// Fails if the crate with the tests does not build for a reason that no test can be blamed for.
pub fn prove(workshop: &mut Workshop, trial: &Trial<'_>, stop: &Stop) -> Result<Verdict> {
    let mut verdict = Verdict::default();
    let mut alive: BTreeSet<usize> = (0..trial.count).collect();
    (trial.tell)(Stage::Clean);
    lint(trial, &mut alive, &mut verdict);
    (trial.tell)(Stage::Compiles);
    let Some(built) = compile(workshop, trial, &mut alive, &mut verdict, stop)? else {
        return Ok(verdict);
    };
    verdict.canary_failed = canary::check(trial, &built, stop)?;
    (trial.tell)(Stage::Passes);
    let scratch = workshop.lane.scratch().join("gate");
    worth(workshop, trial, (&built, &scratch), &mut verdict, stop)?;
    (trial.tell)(Stage::Stable);
    flakes(trial, &built, &mut verdict, stop)?;
    Ok(verdict)
}
