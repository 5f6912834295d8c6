//! The step that reads a file.

use super::place;
use crate::engine::{Context, ResolvedStep, StepReport};
use crate::error::{Error, Result};
use crate::sys::fs;
use crate::text;

/// Largest file that is read, in bytes.
const BYTES_MAX: u64 = 8 << 20;

/// What it would do.
pub(super) fn plan(step: &ResolvedStep<'_>) -> Vec<String> {
    vec![format!("read `{}`", step.text("path").unwrap_or_default())]
}

/// Reads the file as text.
pub(super) fn run(step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
    let name = step.required("path")?;
    let path = place::inside(&context.run.root, name)?;
    let (size, _) = fs::size_and_time(&path)?;
    if BYTES_MAX < size {
        return Err(Error::failed(format!("`{name}` is larger than {} MiB", BYTES_MAX >> 20)));
    }
    let content = fs::read_to_string(&path)?;
    let message = format!("`{name}`: {}", text::count(content.len(), "byte"));
    let report = StepReport::done(message).output("path", name);
    Ok(report.output("output", content.clone()).output("content", content))
}
