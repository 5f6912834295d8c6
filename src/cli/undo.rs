//! `rustchain undo`: takes back what a run added.

use super::args::Undo;
use super::context::Context;
use super::output::Output;
use crate::error::{Error, Result};
use crate::journal::{self, RunId};
use crate::text;

/// Plans, shows and carries out the undoing of one run.
pub fn run(context: &Context, output: &mut Output, options: &Undo) -> Result<()> {
    let root = &context.root;
    let run = match options.run.as_str() {
        "last" => latest(context)?,
        name => name.parse()?,
    };
    let undo = journal::plan_undo(root, &run)?;
    for edit in &undo.edits {
        let verb = if edit.content.is_some() { "restore" } else { "remove" };
        output.data(&format!("{verb} {}", edit.path))?;
    }
    undo.check()?;
    if undo.edits.is_empty() {
        output.say(&format!("nothing to undo: the run `{run}` left nothing in the project"));
        return Ok(());
    }
    let files = text::count(undo.edits.len(), "file");
    if options.dry_run {
        output.say(&format!("would change {files}"));
        return Ok(());
    }
    let _lock = journal::own(root)?;
    journal::apply_undo(root, &run, &undo)?;
    output.say(&format!("undone: {files} changed, the rest of the project is as it was"));
    Ok(())
}

/// The latest run of the project.
fn latest(context: &Context) -> Result<RunId> {
    journal::runs(&context.root)?.pop().ok_or_else(|| {
        Error::usage(format!("`{}` has no runs", context.root))
            .hint("`rustchain run` and `rustchain improve` make them")
    })
}
