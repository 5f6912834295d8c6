//! `rustchain run`: runs missions and campaigns, shows how it goes, and what came of it.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value as Json;

use super::args::{Format, Limits, Run, Tests};
use super::context::Context;
use super::desk;
use super::output::Output;
use super::progress::{self, Progress};
use crate::campaign::{self, Finished, Item, Options, Shared};
use crate::engine::Outcome;
use crate::error::{Error, Kind, Result};
use crate::journal::{self, Journal};
use crate::mission::Target;
use crate::report::{self, MissionRow};
use crate::step::coverage::Desk;
use crate::sys::lock::Lock;
use crate::sys::{Clock, fs};
use crate::text;

/// Resolves the missions and runs them, or shows their plan.
pub fn run(context: Context, output: &mut Output, options: &Run) -> Result<()> {
    let paths: Vec<Utf8PathBuf> =
        options.paths.iter().map(|path| absolute(&context.cwd, path)).collect();
    let first = paths.first().cloned().unwrap_or_default();
    let context = context.around(&first)?;
    let owned = prepare(&context, output, &options.limits)?;
    let list = campaign::list(&paths, &context.root, options.strict)?;
    for problems in &list.warnings {
        output.say(&problems.render(output.colour()));
    }
    let set = options.set.iter().map(|(name, value)| (name.clone(), Json::from(value.as_str())));
    let campaign = Options {
        root: context.root.clone(),
        set: set.collect(),
        env: context.environment.variables.clone(),
        reopen: options.reopen,
        skip_unsupported: options.skip_unsupported,
        tests_max: options.limits.max_tests,
        seconds_max: options.limits.max_seconds,
        command: context.environment.command_line.clone(),
    };
    if options.limits.dry_run {
        return dry_run(&context, output, &list.items, &campaign, &options.limits.tests);
    }
    let job = Job { items: list.items, options: campaign, limits: &options.limits };
    missions(&context, output, &job, owned)
}

/// Missions to run, and how.
pub struct Job<'a> {
    /// The missions, in their order.
    pub items: Vec<Item>,
    /// How to run them.
    pub options: Options,
    /// What the command line says of it.
    pub limits: &'a Limits,
}

/// Makes this process the owner of the project and takes back what a run left that was cut off:
/// to be called before anything is read or measured that such a run may have changed.
///
/// Does nothing for a dry run, or where nothing ever ran, so that a command with a mistake in it
/// leaves no trace.
pub fn prepare(context: &Context, output: &mut Output, limits: &Limits) -> Result<Option<Lock>> {
    if limits.dry_run || !fs::exists(&journal::state_folder(&context.root)) {
        return Ok(None);
    }
    owned(context, output).map(Some)
}

/// Owns and repairs the project.
fn owned(context: &Context, output: &mut Output) -> Result<Lock> {
    let lock = journal::own(&context.root)?;
    for repair in campaign::repair(&context.root)? {
        output.say(&format!("the run `{}` was cut off; what it left was taken back", repair.run));
        for conflict in repair.conflicts {
            output.say(&format!("  look at `{}`: {}", conflict.path, conflict.reason));
        }
    }
    Ok(lock)
}

/// A path without dots, so that a mission named twice is one mission.
fn absolute(cwd: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    let whole = cwd.join(path);
    let (Some(folder), Some(name)) = (whole.parent(), whole.file_name()) else { return whole };
    fs::canonicalize(folder).map_or(whole.clone(), |folder| folder.join(name))
}

/// Shows what each mission would do.
pub fn dry_run(
    context: &Context,
    output: &mut Output,
    items: &[Item],
    options: &Options,
    tests: &Tests,
) -> Result<()> {
    let desk = Desk::new(desk::settings(context, tests, None), None);
    let mut session = Shared::new(&desk, context.root.clone(), &[]);
    let plans = campaign::dry_run(items, options, &mut session, &context.stop)?;
    for (item, steps) in items.iter().zip(plans) {
        output.data(&format!("{}: {}", item.shown, item.mission.name))?;
        if item.archived.is_some() {
            output.data("  archived: its target is measured again")?;
        }
        for step in steps {
            let when = step.when.map(|when| format!(", when {when}")).unwrap_or_default();
            output.data(&format!("  {} ({}{when})", step.id, step.kind))?;
            for action in step.actions {
                output.data(&format!("    {action}"))?;
            }
        }
    }
    output.say("nothing was written");
    Ok(())
}

/// Runs missions with everything around them: journal, progress, the final table.
pub fn missions(
    context: &Context,
    output: &mut Output,
    job: &Job<'_>,
    lock: Option<Lock>,
) -> Result<()> {
    let Job { items, options, limits } = job;
    let config = desk::config(context, limits, &options.command);
    let lock = match lock {
        Some(lock) => lock,
        None => owned(context, output)?,
    };
    let journal = Journal::begin(lock, &context.root, Clock::real(), &config)?;
    let progress = match limits.format {
        Format::Json => {
            journal.observe(|_, line| progress::json_line(line))?;
            None
        }
        Format::Human => {
            let progress = Progress::new(context, output, items.len());
            journal.observe(progress.observer())?;
            Some(progress)
        }
    };
    let settings = desk::settings(context, &limits.tests, limits.max_tests);
    let desk = Desk::new(settings, Some(&journal));
    let targets: Vec<&Target> =
        items.iter().filter_map(|item| item.mission.target.as_ref()).collect();
    let mut session = Shared::new(&desk, context.root.clone(), &targets);
    let result = campaign::run(items, options, &mut session, &journal, &context.stop);
    if let Some(progress) = progress {
        progress.end();
    }
    let finished = result?;
    if limits.format == Format::Human {
        show(context, output, &journal, &finished)?;
    }
    ending(&finished)
}

/// Shows the table and the notes.
fn show(
    context: &Context,
    output: &mut Output,
    journal: &Journal,
    finished: &Finished,
) -> Result<()> {
    let report = &finished.report;
    if report.details.iter().all(|row| row.archived) {
        output.table(&report::run_grid(report))?;
        output.say("nothing is left to do: every mission is archived and its target holds");
        return Ok(());
    }
    let folder = journal.folder();
    let folder = folder.strip_prefix(&context.cwd).unwrap_or(folder);
    output.table(&report::run_grid(report))?;
    output.data(&report::run_notes(report, folder.as_str()))
}

/// The error with which the process ends, if the run did not reach everything.
fn ending(finished: &Finished) -> Result<()> {
    let Some(kind) = finished.kind else { return Ok(()) };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &finished.report.details {
        let word = match row.outcome {
            Outcome::Completed => continue,
            Outcome::BelowTarget => "below target",
            Outcome::Failed => "failed",
            Outcome::NeedsReview => "in need of review",
            Outcome::Skipped => "not run",
        };
        *counts.entry(word).or_default() += 1;
    }
    let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let message = match kind {
        Kind::Interrupted => "interrupted".to_owned(),
        _ => format!(
            "{}: {}",
            text::count(finished.report.details.len(), "mission"),
            parts.join(", ")
        ),
    };
    let mut error = Error::new(kind, message);
    let missed = |row: &MissionRow| row.outcome == Outcome::BelowTarget && row.hints.is_empty();
    if finished.report.details.iter().any(missed) {
        error = error.hint("what was won stays; run again, a mission starts from there");
    }
    Err(match &finished.report.next {
        Some(command) => error.hint(format!("go on with `{command}`")),
        None => error,
    })
}
