//! `rustchain improve`: measures, decides on missions that need no files, and runs them.

use super::args::Improve;
use super::context::Context;
use super::output::Output;
use super::table::{self, How};
use super::{generate, run};
use crate::campaign::{self, Options, Request, Templates};
use crate::coverage::Table;
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::journal;

/// Measures, plans and runs.
pub fn run(mut context: Context, output: &mut Output, options: &Improve) -> Result<()> {
    context.settings.all_features |= options.select.all_features;
    context.settings.no_default_features |= options.select.no_default_features;
    let context = &context;
    let selection = context.selection(&options.select);
    let owned = run::prepare(context, output, &options.limits)?;
    let how = How { sandbox: options.limits.tests.sandbox, tests: false };
    let coverage = table::measured(context, output, &selection, how)?;
    if let Some(red) = coverage.red {
        return Err(red);
    }
    let mut table = table::only(&coverage, &options.files, &context.cwd, output)?;
    if let Some(reference) = &options.since {
        table = changed(context, &table, reference)?;
    }
    let workspace = crate::cargo::discover(&context.root, &context.stop)?;
    let request = Request {
        project: None,
        features: options.select.features.clone(),
        packages: generate::packages(&workspace, &table),
        target_percent: options.target.unwrap_or(context.settings.target),
        left_out: table::left_out(&table, &workspace.root, &context.settings.exclude)?,
        force: false,
        archive: false,
        table,
    };
    let plan = campaign::plan(&request, &[], None, &Templates::new(None)?)?;
    for (file, reason) in &plan.left_out {
        output.say(&format!("left out: `{file}` ({reason})"));
    }
    let folder = journal::state_folder(&context.root).join("improve");
    let items = campaign::unwritten(&plan, &folder)?;
    if items.is_empty() {
        let target = request.target_percent;
        output.say(&format!("nothing to do: no file is below {target} % of its lines"));
        return Ok(());
    }
    let campaign = Options {
        root: context.root.clone(),
        env: context.environment.variables.clone(),
        tests_max: options.limits.max_tests,
        seconds_max: options.limits.max_seconds,
        command: context.environment.command_line.clone(),
        ..Options::default()
    };
    if options.limits.dry_run {
        return run::dry_run(context, output, &items, &campaign, &options.limits.tests);
    }
    let job = run::Job { items, options: campaign, limits: &options.limits };
    run::missions(context, output, &job, owned)
}

/// The rows of the files that differ from a commit.
fn changed(context: &Context, table: &Table, reference: &str) -> Result<Table> {
    let repository = Repository::find(&context.root, &context.stop)?.ok_or_else(|| {
        Error::usage(format!("`{}` is not in a git repository", context.root))
            .hint("`--since` compares with a commit; leave it out to work on every file")
    })?;
    let changed = repository.changed_since(reference, &context.stop)?;
    let inside =
        |path: &camino::Utf8PathBuf| path.strip_prefix(&context.root).ok().map(ToString::to_string);
    let wanted: Vec<String> = changed.iter().filter_map(inside).collect();
    Ok(table::restricted(table, &wanted))
}
