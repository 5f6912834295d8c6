//! The step that writes a new file.

use super::place;
use crate::engine::{Context, ResolvedStep, StepReport};
use crate::error::{Error, Result};
use crate::sys::fs;
use crate::text;

/// What it would do.
pub(super) fn plan(step: &ResolvedStep<'_>) -> Vec<String> {
    let verb = if step.flag("overwrite") { "write" } else { "create" };
    vec![format!("{verb} `{}`", step.text("path").unwrap_or_default())]
}

/// Writes the file whole or not at all; one that is there stays, unless `overwrite` is set.
///
/// A file that already has the content is no failure, so that a mission can run twice.
pub(super) fn run(step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
    let name = step.required("path")?;
    let path = place::writable(&context.run.root, name)?;
    let content = step.text("content").unwrap_or_default().as_bytes();
    if fs::kind(&path).is_some() && !step.flag("overwrite") {
        if fs::read(&path)? != content {
            return Err(Error::failed(format!("`{name}` exists already"))
                .hint("set `overwrite: true` to replace it, or use `edit_file`"));
        }
    } else {
        fs::write_atomic(&path, content)?;
    }
    let message = format!("`{name}`: {}", text::count(content.len(), "byte"));
    Ok(StepReport::done(message).output("output", name).output("path", name))
}
