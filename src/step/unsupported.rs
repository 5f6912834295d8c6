//! Steps of kinds that this version knows by name only: an honest failure.

use crate::engine::{Context, ResolvedStep, StepReport, Verdict};
use crate::error::{Error, Result};

/// What it would do.
pub(super) fn plan(step: &ResolvedStep<'_>, context: &Context<'_>) -> Vec<String> {
    let kind = &step.step.kind;
    let end = if context.run.skip_unsupported { "be skipped" } else { "fail" };
    vec![format!("{end}: `{kind}` steps are not supported by this version")]
}

/// Fails, or is skipped where that was asked for.
pub(super) fn run(step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
    let message = format!("`{}` steps are not supported by this version", step.step.kind);
    if context.run.skip_unsupported {
        return Ok(StepReport::done(message).verdict(Verdict::NotRun));
    }
    Err(Error::failed(message).hint("pass `--skip-unsupported` to go on without such steps"))
}
