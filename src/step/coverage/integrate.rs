//! `integrate`: the tests that passed every gate are written into the checkout.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;

use super::compose::{Composed, grouped};
use super::generate::ground;
use super::mission::{Runner, shown};
use super::settle;
use crate::engine::{Context, ResolvedStep, StepReport};
use crate::error::{Error, Kind, Result};
use crate::git::Repository;
use crate::journal::{self, Change};
use crate::registry::Registry;
use crate::source::edit::Placement;
use crate::source::production_tokens;
use crate::sys::{Process, fs};
use crate::text;

/// Writes the tests.
pub fn run(
    runner: &mut Runner<'_, '_>,
    step: &ResolvedStep<'_>,
    context: &Context<'_>,
) -> Result<StepReport> {
    runner.state.placement = match step.text("placement") {
        Some("sibling") => Placement::Sibling,
        Some("inline") => Placement::Inline,
        _ => runner.desk.settings.placement,
    };
    put(runner, context)?;
    let count = runner.state.tests.len();
    if count == 0 {
        let report = StepReport::done("there is no test to add").output("tests", 0);
        return Ok(runner.with_work(report, context.run));
    }
    let files = runner.state.written.iter().map(|written| written.relative.to_string());
    let files: Vec<String> = files.collect();
    let report = StepReport::done(format!(
        "{} written into `{}`",
        text::count(count, "test"),
        shown(context.run)
    ))
    .output("tests", count)
    .output("files", files);
    Ok(runner.with_work(report, context.run))
}

/// Writes the tests that the mission has, if there are any.
///
/// What the mission has written before is taken back first, so that nothing is there twice.
pub(super) fn put(runner: &mut Runner<'_, '_>, context: &Context<'_>) -> Result<()> {
    settle::take_back(runner)?;
    runner.state.validated = false;
    let shop = runner.shop()?;
    let mut shop = shop.borrow_mut();
    shop.workshop.refresh(&context.stop)?;
    if runner.state.tests.is_empty() {
        return Ok(());
    }
    shop.expect_new_tests();
    let placement = runner.state.placement;
    let root = shop.workshop.workspace.root.clone();
    let file = runner.state.file.clone();
    let before = fs::read_to_string(&root.join(&file))?;
    let session = shop.searched.values().find(|session| session.has(&file)).cloned();
    let session = session.ok_or_else(|| Error::internal("tests without a search"))?;
    let (composed, tests) = {
        let ground = ground(&shop, &session, &file, &before, placement)?;
        let package = shop.workshop.workspace.package(&session.settings().package)?;
        let rustfmt = shop.workshop.toolchain.tool("rustfmt");
        let folder = shop.workshop.lane.path_of(&package.dir);
        let edition = package.edition.clone();
        let format = |functions: Vec<String>| {
            formatted(&functions, (&rustfmt, &folder, &edition), context).unwrap_or(functions)
        };
        let hosts: BTreeSet<_> = runner.state.tests.iter().map(|test| test.host).collect();
        let visible = hosts.into_iter().map(|host| Ok((host, ground.taken(host)?)));
        let visible: BTreeMap<_, _> = visible.collect::<Result<_>>()?;
        let taken = |host, name: &str| visible.get(&host).is_some_and(|known| known.takes(name));
        let tests = grouped(&runner.state.tests, &taken);
        let chosen: Vec<_> = tests.iter().collect();
        let without: BTreeSet<String> = runner.state.unused_imports.clone();
        (ground.compose(&chosen, &without, Some(&format))?, tests)
    };
    if let Some(new) = composed.files.get(Utf8Path::new(&file))
        && production_tokens(&before)? != production_tokens(&new.text)?
    {
        return Err(Error::internal(format!("the tests would change production code of `{file}`")));
    }
    context.stop.check()?;
    write(runner, &root, &composed, context)?;
    runner.state.tests = tests;
    runner.state.names.clone_from(&composed.names);
    Ok(())
}

/// Writes the files, each recorded in the journal before.
fn write(
    runner: &mut Runner<'_, '_>,
    root: &Utf8Path,
    composed: &Composed,
    context: &Context<'_>,
) -> Result<()> {
    for path in composed.files.keys() {
        refuse_foreign(runner, root, path, context)?;
    }
    // A file is there before the one that names it as a module: whenever the process is killed, the
    // crate compiles.
    let (created, changed): (Vec<_>, Vec<_>) =
        composed.files.iter().partition(|(_, new)| new.created);
    for (path, new) in created.into_iter().chain(changed) {
        let absolute = root.join(path);
        let relative = absolute.strip_prefix(&context.run.root).unwrap_or(&absolute).to_owned();
        if new.created && fs::exists(&absolute) {
            return Err(Error::new(Kind::NeedsReview, format!("`{absolute}` exists already"))
                .hint("move it away, or use `placement: inline`"));
        }
        let old = if new.created { None } else { Some(fs::read_to_string(&absolute)?) };
        let change = match &old {
            Some(old) => Change::inserted(relative, old, &new.text, new.blocks.clone())?,
            None => Change::created(relative, new.text.as_bytes()),
        };
        settle::change(runner, &change, (&absolute, old, Some(new.text.clone())))?;
    }
    Ok(())
}

/// Refuses a file with uncommitted changes that are somebody else's.
fn refuse_foreign(
    runner: &Runner<'_, '_>,
    root: &Utf8Path,
    path: &Utf8Path,
    context: &Context<'_>,
) -> Result<()> {
    if runner.desk.settings.force {
        return Ok(());
    }
    let absolute = root.join(path);
    if !fs::exists(&absolute) {
        return Ok(());
    }
    let Some(repository) = Repository::find(root, &context.stop)? else { return Ok(()) };
    if !repository.is_dirty(&absolute, &context.stop)? {
        return Ok(());
    }
    let relative = absolute.strip_prefix(&context.run.root).unwrap_or(&absolute);
    let registry = Registry::load(&context.run.root)?;
    let content = fs::read(&absolute)?;
    if registry.is_own(relative, &content) || journal::wrote(&context.run.root, relative, &content)?
    {
        return Ok(());
    }
    Err(Error::new(Kind::NeedsReview, format!("`{relative}` has changes that are not committed"))
        .hint("commit or stash them, or pass `--force`"))
}

/// Formats functions as they stand inside a module; `None` if rustfmt is not there or refuses.
fn formatted(
    functions: &[String],
    (rustfmt, folder, edition): (&Utf8Path, &Utf8Path, &str),
    context: &Context<'_>,
) -> Option<Vec<String>> {
    const BETWEEN: &str = "// ---- next test";
    let indent = |text: &str| format!("    {}\n", text.replace('\n', "\n    "));
    let body: Vec<String> = functions.iter().map(|function| indent(function)).collect();
    let text = format!("mod tests {{\n{}}}\n", body.join(&format!("    {BETWEEN}\n")));
    let process = Process::new(rustfmt)
        .args(["--edition", edition, "--quiet"])
        .cwd(folder)
        .stdin(text.into_bytes())
        .timeout(std::time::Duration::from_secs(30));
    let done = process.run(&context.stop).ok().filter(crate::sys::Finished::success)?;
    let out = done.stdout_text();
    let inner = out.strip_prefix("mod tests {\n")?.trim_end().strip_suffix('}')?;
    let dedented: Vec<&str> =
        inner.lines().map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    let mut found: Vec<String> = vec![String::new()];
    for line in dedented {
        if line.trim() == BETWEEN {
            found.push(String::new());
        } else if let Some(last) = found.last_mut() {
            last.push_str(line);
            last.push('\n');
        }
    }
    let found: Vec<String> = found.into_iter().map(|text| text.trim().to_owned()).collect();
    (found.len() == functions.len()).then_some(found)
}
