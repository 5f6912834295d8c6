//! The runner that knows every kind of step.

use std::fmt;

use super::{command, create_file, edit_file, mission, noop, read_file, unsupported};
use crate::engine::{Context, Outcome, ResolvedStep, Run, StepReport, StepRunner};
use crate::error::{Error, Kind, Result};
use crate::mission::{Group, Step};

/// Makes the runner of the coverage steps of one mission.
type MakeCoverage<'a> = dyn Fn() -> Box<dyn StepRunner + 'a> + 'a;

/// The kinds of step that a program runs.
pub struct Kinds<'a> {
    coverage: Option<Box<MakeCoverage<'a>>>,
}

impl<'a> Kinds<'a> {
    /// Creates the general kinds, and the coverage kinds that `coverage` makes a runner for.
    ///
    /// It is called once for each mission that runs, those inside another too.
    pub fn new(coverage: impl Fn() -> Box<dyn StepRunner + 'a> + 'a) -> Self {
        Self { coverage: Some(Box::new(coverage)) }
    }

    /// Creates the general kinds alone; coverage steps fail as unsupported.
    pub fn general() -> Self {
        Self { coverage: None }
    }

    /// Returns the runner for one run of one mission.
    pub fn runner(&self) -> Runner<'a, '_> {
        Runner { kinds: self, coverage: self.coverage.as_ref().map(|make| make()) }
    }
}

impl fmt::Debug for Kinds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kinds").field("coverage", &self.coverage.is_some()).finish()
    }
}

/// Runs the steps of one mission.
pub struct Runner<'a, 'k> {
    kinds: &'k Kinds<'a>,
    coverage: Option<Box<dyn StepRunner + 'a>>,
}

impl fmt::Debug for Runner<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner").field("kinds", self.kinds).finish_non_exhaustive()
    }
}

impl StepRunner for Runner<'_, '_> {
    fn check(&self, step: &Step, run: &Run<'_>) -> Result<()> {
        match (group(step), &self.coverage) {
            (Group::Coverage, Some(coverage)) => return coverage.check(step, run),
            (Group::General, _) => (),
            _ => return Ok(()),
        }
        let checked = match &*step.kind {
            "command" => command::check(step, run),
            "edit_file" => edit_file::check(step),
            "mission" => mission::check(step, run, self.kinds),
            _ => Ok(()),
        };
        checked.map_err(|error| error.context(format!("step `{}` cannot run", step.id)))
    }

    fn plan(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<Vec<String>> {
        match (group(step.step), &mut self.coverage) {
            (Group::Coverage, Some(coverage)) => return coverage.plan(step, context),
            (Group::General, _) => (),
            _ => return Ok(unsupported::plan(step, context)),
        }
        match &*step.step.kind {
            "command" => command::plan(step, context),
            "create_file" => Ok(create_file::plan(step)),
            "edit_file" => Ok(edit_file::plan(step)),
            "read_file" => Ok(read_file::plan(step)),
            "mission" => mission::plan(step, context, self.kinds),
            _ => Ok(noop::plan()),
        }
    }

    fn run(&mut self, step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
        match (group(step.step), &mut self.coverage) {
            (Group::Coverage, Some(coverage)) => return coverage.run(step, context),
            (Group::General, _) => (),
            _ => return unsupported::run(step, context),
        }
        let report = match &*step.step.kind {
            "command" => command::run(step, context),
            "create_file" => create_file::run(step, context),
            "edit_file" => edit_file::run(step, context),
            "read_file" => read_file::run(step, context),
            "mission" => mission::run(step, context, self.kinds),
            _ => Ok(noop::run(step)),
        };
        // The mission is valid and was read long ago: what goes wrong now is a failure.
        let failed = |error: Error| match error.kind() {
            Kind::Usage => error.of_kind(Kind::Failed),
            _ => error,
        };
        let mut report = report.map_err(failed)?;
        report.failure = report.failure.map(failed);
        Ok(report)
    }

    fn finish(&mut self, outcome: Outcome, run: &Run<'_>) -> Result<()> {
        match &mut self.coverage {
            Some(coverage) => coverage.finish(outcome, run),
            None => Ok(()),
        }
    }
}

/// The group of a step's kind.
fn group(step: &Step) -> Group {
    step.spec().map_or(Group::Unsupported, |kind| kind.group)
}
