//! The coverage steps of one mission, and what they hand to each other.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use camino::Utf8PathBuf;
use serde::Serialize;
use serde_json::json;

use super::desk::{Desk, Shop};
use super::receipt::receipts;
use super::settle::Written;
use super::{analyze, archive, generate, integrate, settle, verify};
use crate::cargo::Selection;
use crate::coverage::FileCoverage;
use crate::engine::{Context, Outcome, ResolvedStep, Run, StepReport, StepRunner};
use crate::error::{Error, Result};
use crate::explore::model::ItemId;
use crate::mission::{Step, Target};
use crate::policy::Gates;
use crate::source::edit::Placement;

/// Something about the code that a person should look at; the output `findings` is a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is: `panic`, `hang` or `abort`.
    pub kind: &'static str,
    /// The source file, relative to the workspace root.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The function.
    pub function: String,
    /// What happens, and with which input.
    pub detail: String,
}

/// Code that is still not covered; the output `residue` is a list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Residue {
    /// The lines, as in `3-5, 9`.
    pub lines: String,
    /// The function they stand in.
    pub function: String,
    /// Why no test reaches them.
    pub reason: String,
}

/// A test that passed the gates.
#[derive(Debug, Clone)]
pub struct KeptTest {
    /// Its name, unlike that of any other.
    pub name: String,
    /// What it says, as words of a name; cases that say the same share a test.
    pub words: String,
    /// Its statements.
    pub statements: Vec<String>,
    /// The panic it expects.
    pub panics: Option<String>,
    /// Traits it needs in scope, by path.
    pub traits: BTreeSet<String>,
    /// The module it is a child of.
    pub host: ItemId,
    /// What it showed at the gates.
    pub earned: Earned,
}

/// What a test showed at the gates; of a test of several cases what they showed together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Earned {
    /// How many cases it has.
    pub cases: u64,
    /// The lines that it covered first, as numbered before the mission.
    pub lines: BTreeSet<u32>,
    /// How many regions it covered first.
    pub regions: u64,
    /// How many error paths it covered first.
    pub error_paths: u64,
    /// How often it passed.
    pub runs: u32,
    /// How long it takes alone, in milliseconds, the start of the process included.
    pub milliseconds: u64,
}

impl Earned {
    /// Adds what another case showed.
    pub fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        self.lines.extend(&other.lines);
        self.regions += other.regions;
        self.error_paths += other.error_paths;
        self.runs = self.runs.min(other.runs);
        self.milliseconds += other.milliseconds;
    }
}

/// What the steps of a mission know so far.
#[derive(Debug, Default)]
pub struct State {
    /// The workspace.
    pub shop: Option<Rc<RefCell<Shop>>>,
    /// Package and features.
    pub selection: Selection,
    /// The file, relative to the workspace root.
    pub file: String,
    /// What was covered of it when the mission began.
    pub before: FileCoverage,
    /// What is covered of it with the tests that were found, in the places of the text that was
    /// searched.
    pub found: Option<FileCoverage>,
    /// What is covered of it with the tests, as it was verified.
    pub after: Option<FileCoverage>,
    /// Whether what is written was verified.
    pub verified: bool,
    /// The tests.
    pub tests: Vec<KeptTest>,
    /// The names of the written tests as the test binary knows them.
    pub names: Vec<String>,
    /// Whether the limit of the run kept more tests from being kept.
    pub limited: bool,
    /// Where tests go if there is no test module.
    pub placement: Placement,
    /// Imports that turned out to be unused.
    pub unused_imports: BTreeSet<String>,
    /// How many candidates were rejected, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Whether the validator was asked and did not stand in the way.
    pub validated: bool,
    /// What gates that only warn had to say.
    pub warnings: Vec<String>,
    /// What a person should look at.
    pub findings: Vec<Finding>,
    /// What stays uncovered.
    pub residue: Vec<Residue>,
    /// What was written into the checkout.
    pub written: Vec<Written>,
    /// Where the mission file went, if it was archived.
    pub archived: Option<Utf8PathBuf>,
}

/// Runs the coverage steps of one mission.
#[derive(Debug)]
pub struct Runner<'d, 'j> {
    pub(super) desk: &'d Desk<'j>,
    pub(super) state: State,
}

impl<'d, 'j> Runner<'d, 'j> {
    /// Creates the runner of a mission that has not begun.
    pub(super) fn new(desk: &'d Desk<'j>) -> Self {
        Self { desk, state: State::default() }
    }

    /// Returns the workspace; the first step that needs it opens it.
    pub(super) fn shop(&self) -> Result<Rc<RefCell<Shop>>> {
        let shop = self.state.shop.as_ref();
        shop.map(Rc::clone).ok_or_else(|| {
            Error::usage("the file has not been analyzed yet")
                .hint("put a step of type `analyze` before this one")
        })
    }

    /// Returns which gates hold for a mission.
    pub(super) fn gates(&self, run: &Run<'_>) -> Gates {
        self.desk.settings.gates.with(&run.mission.config.gates)
    }

    /// Refuses a step that would forget what the mission has written.
    pub(super) fn refuse_written(&self, kind: &str) -> Result<()> {
        if self.state.written.is_empty() {
            return Ok(());
        }
        Err(Error::usage(format!("a step of type `{kind}` cannot follow `integrate`"))
            .hint("put it before, or into a mission of its own"))
    }

    /// Adds what is known of the tests to a report, for the campaign's report.
    pub(super) fn with_work(&self, report: StepReport, run: &Run<'_>) -> StepReport {
        let list = |value: serde_json::Result<serde_json::Value>| value.unwrap_or_default();
        report
            .output("rejected", json!(self.state.rejected))
            .output("receipts", json!(receipts(self, run)))
            .output("warnings", json!(self.state.warnings))
            .output("findings", list(serde_json::to_value(&self.state.findings)))
            .output("residue", list(serde_json::to_value(&self.state.residue)))
    }
}

/// Returns the target of a mission.
///
/// Fails with `Kind::Usage` if it has none.
pub fn target_of<'a>(run: &'a Run<'_>) -> Result<(&'a Target, &'a str)> {
    let target = run.mission.target.as_ref();
    let file = target.and_then(|target| target.file.as_deref());
    target.zip(file).ok_or_else(|| {
        Error::usage("a coverage step needs to know its file")
            .hint("add `target: { file: src/… }` to the mission")
    })
}

/// Returns the file of a mission for people: relative to the project.
pub fn shown(run: &Run<'_>) -> String {
    let target = run.mission.target.as_ref();
    let file = target.and_then(|target| target.file.clone()).unwrap_or_default();
    match target.and_then(|target| target.project.as_ref()) {
        Some(project) => format!("{project}/{file}"),
        None => file,
    }
}

impl StepRunner for Runner<'_, '_> {
    fn check(&self, step: &Step, run: &Run<'_>) -> Result<()> {
        target_of(run).map_err(|error| error.context(format!("step `{}` cannot run", step.id)))?;
        if step.kind == "archive" {
            archive::check(run)?;
        }
        generate::check(step)
    }

    fn plan(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<Vec<String>> {
        let (target, _) = target_of(context.run)?;
        let file = shown(context.run);
        let wanted = target.percent.map_or_else(String::new, |percent| format!(" to {percent} %"));
        Ok(match step.step.kind.as_str() {
            "analyze" => vec![format!("measure `{file}` and find what is not covered")],
            "generate" => vec![format!("search for tests that cover more of `{file}`")],
            "integrate" => vec![format!("write the tests that passed every gate into `{file}`")],
            "verify" => vec![format!("prove the tests and the target: `{file}`{wanted}")],
            _ => vec!["move the mission to `done/` and update the registry".to_owned()],
        })
    }

    fn run(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
        match step.step.kind.as_str() {
            "analyze" => analyze::run(self, context),
            "generate" => generate::run(self, step, context),
            "integrate" => integrate::run(self, step, context),
            "verify" => verify::run(self, step, context),
            _ => archive::run(self, context),
        }
    }

    fn finish(&mut self, outcome: Outcome, run: &Run<'_>) -> Result<()> {
        settle::run(self, outcome, run)
    }
}
