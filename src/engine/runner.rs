//! What the engine and the kinds of step know of each other.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde_json::{Map, Value as Json};

use super::report::Outcome;
use crate::error::{Error, Result};
use crate::mission::{Mission, Scope, Step};
use crate::sys::Stop;

/// Runs the steps of one mission.
///
/// One runner serves one run of one mission, so that its steps can hand things to each other.
pub trait StepRunner {
    /// Refuses what can be seen to be wrong before anything has been written.
    fn check(&self, step: &Step, run: &Run<'_>) -> Result<()>;

    /// Returns what a step would do, a line for each action, and writes nothing to the project.
    ///
    /// References to steps that would have run before it are still in its parameters.
    fn plan(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<Vec<String>>;

    /// Runs a step; this is one attempt.
    ///
    /// It ends soon after [`Context::stop`] says so. An error fails the attempt; a failure that
    /// still gives outputs is a report with [`StepReport::failure`].
    fn run(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport>;

    /// Ends the mission, whatever came of it: what a failed one must not leave behind goes.
    fn finish(&mut self, outcome: Outcome, run: &Run<'_>) -> Result<()>;
}

/// Learns what happens in a run.
pub trait Observer {
    /// Notes an event; `fields` is an object.
    fn event(&self, kind: &str, fields: Json) -> Result<()>;
}

/// An observer that notes nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn event(&self, _kind: &str, _fields: Json) -> Result<()> {
        Ok(())
    }
}

/// A mission that is to run, and what it may see.
#[derive(Clone)]
pub struct Run<'a> {
    /// The mission.
    pub mission: &'a Mission,
    /// Its file, relative to `root`; absolute if it lies elsewhere.
    pub file: Utf8PathBuf,
    /// The folder that no path may leave, absolute.
    pub root: Utf8PathBuf,
    /// The values of its parameters, as [`crate::mission::bind`] gives them.
    pub params: Map<String, Json>,
    /// The environment that references see, without the mission's own.
    pub env: BTreeMap<String, String>,
    /// Who learns what happens.
    pub observer: &'a dyn Observer,
    /// Who can stop it.
    pub stop: Stop,
    /// Whether steps that this version does not know are skipped; they fail otherwise.
    pub skip_unsupported: bool,
    /// The files of the missions that run this one, outermost first.
    pub callers: Vec<Utf8PathBuf>,
}

/// A step whose parameters hold values in place of references.
#[derive(Debug, Clone)]
pub struct ResolvedStep<'a> {
    /// The step as it is declared.
    pub step: &'a Step,
    /// Its parameters, checked against its kind.
    pub parameters: Map<String, Json>,
}

impl ResolvedStep<'_> {
    /// Returns a parameter that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).and_then(Json::as_str)
    }

    /// Returns a parameter that is a text and has to be there.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.text(name).ok_or_else(|| {
            Error::usage(format!("step `{}` needs the parameter `{name}`", self.step.id))
        })
    }

    /// Returns a parameter that is true or false, false where it is not given.
    pub fn flag(&self, name: &str) -> bool {
        self.parameters.get(name).and_then(Json::as_bool).unwrap_or(false)
    }

    /// Returns a parameter that is a whole number.
    pub fn whole(&self, name: &str) -> Option<u64> {
        self.parameters.get(name).and_then(Json::as_u64)
    }

    /// Returns a parameter that is a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.parameters.get(name).and_then(Json::as_f64)
    }

    /// Returns a parameter that is a list of texts, empty where it is not given.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        let list = self.parameters.get(name).and_then(Json::as_array);
        list.map(|list| list.iter().filter_map(Json::as_str).collect()).unwrap_or_default()
    }
}

/// What a step sees while it runs.
#[derive(Clone)]
pub struct Context<'a> {
    /// The mission and its surroundings.
    pub run: &'a Run<'a>,
    /// What references lead to, with the outputs of the steps that have ended.
    pub scope: &'a Scope,
    /// When to stop: a person's wish, the mission's time limit, the step's.
    pub stop: Stop,
    /// The number of this attempt, from 1.
    pub attempt: u32,
}

/// What a step did.
#[derive(Debug, Default)]
pub struct StepReport {
    /// What later steps can refer to.
    pub outputs: BTreeMap<String, Json>,
    /// What a person wants to know, as one lower-case fragment; may be empty.
    pub message: String,
    /// What follows for the mission.
    pub verdict: Verdict,
    /// Why it failed, if it did.
    pub failure: Option<Error>,
}

impl StepReport {
    /// Creates the report of a step that did its work.
    pub fn done(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// Adds an output.
    #[must_use]
    pub fn output(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.outputs.insert(name.to_owned(), value.into());
        self
    }

    /// Sets what follows for the mission.
    #[must_use]
    pub fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    /// Makes it the report of a step that failed.
    #[must_use]
    pub fn failed(mut self, error: Error) -> Self {
        self.failure = Some(error);
        self
    }
}

/// What a step that ended without an error means for its mission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verdict {
    /// The mission goes on.
    #[default]
    Good,
    /// The target was not reached: the steps behind this one are skipped, what was won is kept.
    BelowTarget,
    /// The same, because a limit of the run kept it from going on.
    LimitReached,
    /// A person has to decide: the steps behind this one are skipped.
    NeedsReview,
    /// There is nothing to do: the rest of the mission is skipped.
    NothingToDo,
    /// The step did not run, which was asked for: it is skipped.
    NotRun,
}
