//! `rustchain undo`: takes back what a run added.

use super::args::Undo;
use super::context::Context;
use super::output::Output;
use crate::campaign;
use crate::error::{Error, Result};
use crate::journal::{self, RunId};
use crate::{registry, text};

/// Plans, shows and carries out the undoing of one run.
pub fn run(context: &Context, output: &mut Output, options: &Undo) -> Result<()> {
    let root = &context.root;
    let named: Option<RunId> = match options.run.as_str() {
        "last" => None,
        name => Some(name.parse()?),
    };
    if let Some(run) = &named {
        journal::existing(root, run)?;
    }
    if journal::runs(root)?.is_empty() {
        return Err(Error::usage(format!("`{root}` has no runs"))
            .hint("`rustchain run` and `rustchain improve` make them"));
    }
    // From the plan to its end nobody else writes.
    let _lock = journal::own(root)?;
    let (run, undo) = match named {
        Some(run) => (run.clone(), campaign::plan_undo(root, &run)?),
        None => latest(context)?,
    };
    for edit in &undo.files.edits {
        let verb = if edit.content.is_some() { "restore" } else { "remove" };
        output.data(&format!("{verb} {}", edit.path))?;
    }
    if !undo.rows.is_empty() {
        let path = registry::path(root);
        output.data(&format!("restore {}", path.strip_prefix(root).unwrap_or(&path)))?;
    }
    undo.files.check()?;
    let files = text::count(undo.files.edits.len() + usize::from(!undo.rows.is_empty()), "file");
    if options.dry_run {
        output.say(&format!("the run `{run}`: would change {files}"));
        return Ok(());
    }
    campaign::apply_undo(root, &run, &undo)?;
    output.say(&if undo.is_nothing() {
        format!("nothing to undo: the run `{run}` left nothing in the project")
    } else {
        format!("the run `{run}` is undone: {files} changed, the rest of the project is as it was")
    });
    Ok(())
}

/// The latest run of the project that left something, or else the latest.
fn latest(context: &Context) -> Result<(RunId, campaign::Undo)> {
    let mut found = None;
    for run in journal::runs(&context.root)?.into_iter().rev() {
        let undo = campaign::plan_undo(&context.root, &run)?;
        let left = !undo.is_nothing();
        if left || found.is_none() {
            found = Some((run, undo));
        }
        if left {
            break;
        }
    }
    found.ok_or_else(|| Error::internal("the runs are gone"))
}
