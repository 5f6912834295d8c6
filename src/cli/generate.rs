//! `rustchain generate`: writes a mission for every file below its target.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::args::Generate;
use super::context::{self, Context};
use super::output::Output;
use super::table::{self, How};
use crate::campaign::{self, Plan, Request, Templates, folder};
use crate::cargo::{self, Workspace};
use crate::coverage::Table;
use crate::error::{Error, Result};
use crate::sys::fs;
use crate::text;

/// Measures or reads what is covered, decides, and writes.
pub fn run(context: &Context, output: &mut Output, options: &Generate) -> Result<()> {
    let workspace = cargo::discover(&context.root, &context.stop)?;
    let table = match &options.from {
        Some(file) => read_table(&context.cwd.join(file))?,
        None => measured(context, output, options)?,
    };
    let missions = match &options.missions {
        Some(folder) => context.cwd.join(folder),
        None => context.root.join("missions"),
    };
    let home = home_of(&missions, context)?;
    let globs: Vec<String> =
        context.settings.exclude.iter().chain(&options.exclude).cloned().collect();
    if options.select.all_features || options.select.no_default_features {
        output.say("note: missions name single features only; to build them as you did now, set");
        output.say("  `all_features` or `no_default_features` in `rustchain.toml`");
    }
    let request = Request {
        features: options.select.features.clone(),
        project: folder::below(&home, &workspace.root)?,
        packages: packages(&workspace, &table),
        target_percent: options.target.unwrap_or(context.settings.target),
        left_out: table::left_out(&table, &workspace.root, &globs)?,
        force: options.force,
        archive: true,
        table,
    };
    let contents = folder::read(&missions)?;
    let templates = Templates::new(folder::own_template(&home)?.as_deref())?;
    let plan =
        campaign::plan(&request, &contents.missions, contents.master.as_deref(), &templates)?;
    if !options.dry_run {
        folder::write(&missions, &plan)?;
    }
    let shown = missions.strip_prefix(&context.cwd).unwrap_or(&missions);
    show(output, &request, &plan, shown, options.dry_run)
}

/// Measures what is covered; tests that fail would make the missions wrong.
fn measured(context: &Context, output: &mut Output, options: &Generate) -> Result<Table> {
    let selection = context.selection(&options.select);
    let coverage = table::measured(context, output, &selection, How::default())?;
    coverage.red.map_or(Ok(coverage.table), Err)
}

/// Reads a table that `measure --json` wrote.
fn read_table(file: &Utf8Path) -> Result<Table> {
    serde_json::from_str(&fs::read_to_string(file)?).map_err(|error| {
        Error::usage(format!("`{file}` is not a coverage report"))
            .because(error)
            .hint("write one with `rustchain measure --json`")
    })
}

/// The project to which missions in this folder belong: the one around the nearest folder that
/// exists.
fn home_of(missions: &Utf8Path, context: &Context) -> Result<camino::Utf8PathBuf> {
    let parent = missions.ancestors().skip(1).find(|folder| fs::exists(folder));
    context::find_root(parent.unwrap_or(&context.root), &context.stop)
}

/// Returns the package of every file, if the workspace has more than one.
pub fn packages(workspace: &Workspace, table: &Table) -> BTreeMap<String, String> {
    if workspace.packages.len() < 2 {
        return BTreeMap::new();
    }
    let owner = |file: &str| {
        let package = workspace.owner(&workspace.root.join(file))?;
        Some((file.to_owned(), package.name.clone()))
    };
    table.files.iter().filter_map(|row| owner(&row.file)).collect()
}

/// Says what was written, what stayed, and what to do next; the names of the files are data.
fn show(
    output: &mut Output,
    request: &Request,
    plan: &Plan,
    missions: &Utf8Path,
    dry_run: bool,
) -> Result<()> {
    for file in &plan.write {
        output.data(missions.join(&file.name).as_str())?;
    }
    for kept in &plan.kept {
        let archived = if kept.done { ", archived; `run --reopen` works on it again" } else { "" };
        output.say(&format!("kept: `{}` for `{}`{archived}", kept.mission, kept.file));
    }
    for (file, reason) in &plan.left_out {
        output.say(&format!("left out: `{file}` ({reason})"));
    }
    let target = request.target_percent;
    if plan.write.is_empty() && plan.kept.is_empty() {
        output.say(&format!("nothing to do: every file has {target} % of its lines covered"));
        return Ok(());
    }
    let missions_count = plan.write.iter().filter(|file| file.name != campaign::MASTER).count();
    let count = text::count(missions_count, "mission");
    let verb = if dry_run { "would write" } else { "wrote" };
    let reached = text::count(plan.reached, "file");
    output.say(&format!("{verb} {count}; {reached} at {target} % already"));
    output.say(&format!("next: `rustchain run {}`", missions.join(campaign::MASTER)));
    Ok(())
}
