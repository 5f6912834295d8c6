//! The step that does nothing, and says what it was told to say.

use crate::engine::{ResolvedStep, StepReport};

/// What it would do.
pub(super) fn plan() -> Vec<String> {
    vec!["do nothing".to_owned()]
}

/// Does nothing; its output is its parameter `message`.
pub(super) fn run(step: &ResolvedStep<'_>) -> StepReport {
    let message = step.text("message").unwrap_or_default();
    StepReport::done(message).output("output", message)
}
