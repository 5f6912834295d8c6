//! `archive`: a finished mission moves to `done/`, with what came of it.

use std::fmt::Write as _;

use camino::{Utf8Path, Utf8PathBuf};

use super::mission::Runner;
use super::settle;
use crate::engine::{Context, Run, StepReport};
use crate::error::{Error, Kind, Result};
use crate::journal::Change;
use crate::mission;
use crate::sys::fs;

/// Refuses a mission whose place in `done/` is taken, before any work is done for it.
pub fn check(run: &Run<'_>) -> Result<()> {
    place(run).map(drop)
}

/// The mission file, and where it goes.
fn place(run: &Run<'_>) -> Result<(Utf8PathBuf, Utf8PathBuf)> {
    let path = run.root.join(&run.file);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(Error::internal(format!("`{path}` is no file")));
    };
    let done = folder.join("done").join(name);
    if fs::exists(&done) {
        let shown = relative(&done, &run.root);
        return Err(Error::new(Kind::NeedsReview, format!("`{shown}` exists already"))
            .hint("remove or rename it, then run the mission again"));
    }
    Ok((path, done))
}

/// Moves the mission file.
pub fn run(runner: &mut Runner<'_, '_>, context: &Context<'_>) -> Result<StepReport> {
    let run = context.run;
    let Some(after) = runner.state.after.as_ref().filter(|_| runner.state.verified) else {
        return Err(Error::new(Kind::Failed, "nothing was verified yet")
            .hint("put a step of type `verify` before this one"));
    };
    let (path, done) = place(run)?;
    let lines = after.summary().lines;
    let original = fs::read_to_string(&path)?;
    // A mission that somebody moved back by hand has one from before.
    let mut text = mission::without_result(&original);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let _ = write!(
        text,
        "\nresult:\n  status: completed\n  percent: {:.2}\n  baseline_percent: {:.2}\n  \
         tests_added: {}\n  finished_at: \"{}\"\n  tool: rustchain {}\n",
        lines.percent(),
        runner.state.before.summary().lines.percent(),
        runner.state.names.len(),
        runner.desk.clock.timestamp(),
        env!("CARGO_PKG_VERSION"),
    );
    context.stop.check()?;
    let shown = relative(&done, &run.root);
    if path.starts_with(&run.root) {
        move_recorded(runner, (&path, original), (&done, text), &run.root)?;
    } else {
        // A mission that lies elsewhere is no part of the checkout, nor of what `undo` is about.
        fs::write_atomic(&done, text.as_bytes())?;
        fs::remove_file(&path)?;
    }
    runner.state.archived = Some(shown.clone());
    let report = StepReport::done(format!("moved to `{shown}`")).output("path", shown.as_str());
    Ok(runner.with_work(report, context.run))
}

/// Moves a file of the checkout, in a way that can be taken back.
fn move_recorded(
    runner: &mut Runner<'_, '_>,
    (from, before): (&Utf8Path, String),
    (to, after): (&Utf8Path, String),
    root: &Utf8Path,
) -> Result<()> {
    let created = Change::created(relative(to, root), after.as_bytes());
    settle::change(runner, &created, (to, None, Some(after)))?;
    let removed = Change::removed(relative(from, root), before.as_bytes());
    settle::change(runner, &removed, (from, Some(before), None))
}

/// A path inside the project as the journal has it.
fn relative(path: &Utf8Path, root: &Utf8Path) -> Utf8PathBuf {
    path.strip_prefix(root).unwrap_or(path).to_owned()
}
