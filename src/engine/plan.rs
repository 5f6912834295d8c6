//! A dry run: what each step would do, in order.

use super::execute;
use super::runner::{Context, ResolvedStep, Run, StepRunner};
use crate::error::Result;
use crate::mission::Scope;

/// What a step would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// The condition under which it would run.
    pub when: Option<String>,
    /// The steps that have to come before it.
    pub depends_on: Vec<String>,
    /// What it would do, a line for each action.
    pub actions: Vec<String>,
}

/// Returns what a mission would do, in the order in which it would.
///
/// Fails like [`super::run`] if it cannot run at all. Values of the environment and outputs of
/// other steps stay references in the actions.
pub fn plan(run: &Run<'_>, runner: &mut dyn StepRunner) -> Result<Vec<PlannedStep>> {
    let order = execute::ordered(run, runner)?;
    let mut scope = Scope::new(run.mission, run.params.clone(), run.env.clone());
    scope.env.clear();
    let mut planned = Vec::new();
    for index in order {
        let step = &run.mission.steps[index];
        let stop = run.stop.within(step.timeout(&run.mission.config));
        let context = Context { run, scope: &scope, stop, attempt: 1 };
        let resolved = ResolvedStep { step, parameters: scope.known_parameters(step) };
        let actions = runner.plan(&resolved, &context)?;
        planned.push(PlannedStep {
            id: step.id.clone(),
            kind: step.kind.clone(),
            when: step.when.clone(),
            depends_on: step.depends_on.clone(),
            actions,
        });
    }
    Ok(planned)
}
