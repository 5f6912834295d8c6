//! `analyze`: what is covered of the file, and what is not.

use camino::Utf8Path;

use super::beside;
use super::desk::Shop;
use super::mission::{Runner, State, shown, target_of};
use crate::cargo::Package;
use crate::engine::{Context, StepReport, Verdict};
use crate::error::{Error, Kind, Result};
use crate::registry::Registry;
use crate::source::edit::Placement;
use crate::source::is_generated;
use crate::sys::fs;
use crate::text;

/// Measures the file of the mission.
pub fn run(runner: &mut Runner<'_, '_>, context: &Context<'_>) -> Result<StepReport> {
    runner.refuse_written("analyze")?;
    let (target, file) = target_of(context.run)?;
    check_path(file)?;
    // A registry that cannot be read is found out before any work is done.
    Registry::load(&context.run.root)?;
    let shop = runner.desk.shop(&context.run.root, target, &context.stop)?;
    let selection = runner.desk.selection(target);
    let root = shop.borrow().workshop.workspace.root.clone();
    let path = root.join(file);
    if !fs::exists(&path) {
        return Err(Error::usage(format!("`{path}` is not there"))
            .hint("correct `target.file`, which is relative to the workspace root"));
    }
    refuse_link(&path, file)?;
    let source = fs::read_to_string(&path)?;
    if is_generated(&source) {
        return Ok(StepReport::done(format!("`{}` is a generated file", shown(context.run)))
            .verdict(Verdict::NothingToDo));
    }
    fs::check_writable(&path)?;
    check_beside(runner, &shop.borrow(), (file, &source), context)?;
    let covered = shop.borrow_mut().covered(&selection, &context.stop)?;
    if !covered.incompatible.is_empty() || covered.unboxed.is_some() {
        let names: Vec<&str> = covered.incompatible.iter().map(|(_, name)| name.as_str()).collect();
        let fields = serde_json::json!({ "tests": names, "build": covered.unboxed });
        context.run.observer.event("box.incompatible", fields)?;
        let tests = names.iter().map(|name| format!("the test `{name}`"));
        runner.desk.note_incompatible(tests);
        let build = covered.unboxed.iter().map(|why| format!("the build of the crate: {why}"));
        runner.desk.note_incompatible(build);
    }
    let Some(before) = covered.report.files.get(file).cloned() else {
        if syn_error(&source) {
            return Err(Error::usage(format!("`{file}` is not Rust")));
        }
        return Ok(StepReport::done(format!("`{}` has no code to cover", shown(context.run)))
            .verdict(Verdict::NothingToDo));
    };
    let lines = before.summary().lines;
    let uncovered = text::ranges(before.uncovered_lines());
    let share = text::percent(lines.covered, lines.coverable);
    runner.state =
        State { shop: Some(shop), selection, file: file.to_owned(), before, ..State::default() };
    Ok(StepReport::done(format!("{share} of the lines of `{}` are covered", shown(context.run)))
        .output("percent", lines.percent())
        .output("uncovered", uncovered))
}

/// Refuses paths that leave the project, and files that are not Rust by their name.
fn check_path(file: &str) -> Result<()> {
    let path = Utf8Path::new(file);
    let leaves = path.is_absolute()
        || path.components().any(|part| part == camino::Utf8Component::ParentDir);
    if leaves {
        return Err(Error::usage(format!("`{file}` leads out of the project"))
            .hint("`target.file` is relative to the workspace root"));
    }
    if path.extension() != Some("rs") {
        return Err(Error::usage(format!("`{file}` is not a Rust file")));
    }
    Ok(())
}

/// Refuses a file whose tests would be written out of the project.
fn check_beside(
    runner: &Runner<'_, '_>,
    shop: &Shop,
    (file, source): (&str, &str),
    context: &Context<'_>,
) -> Result<()> {
    let workspace = &shop.workshop.workspace;
    let path = workspace.root.join(file);
    let lib = workspace.owner(&path).and_then(Package::lib);
    let crate_root = lib.is_some_and(|lib| lib.source == path);
    let mut wishes = context.run.mission.steps.iter();
    let wished = wishes.any(|step| step.parameters.get("placement") == Some(&"sibling".into()));
    let placement = if wished { Placement::Sibling } else { runner.desk.settings.placement };
    match beside::check(&workspace.root, (file, source), crate_root, placement) {
        // What is not Rust is found out where it is measured.
        Err(_) if syn_error(source) => Ok(()),
        checked => checked,
    }
}

/// Refuses a path with a link in it: writing would put a file into the place of the link.
fn refuse_link(path: &Utf8Path, file: &str) -> Result<()> {
    let real = fs::canonicalize(path)?;
    if real == path {
        return Ok(());
    }
    Err(Error::usage(format!("`{file}` is a link to `{real}`"))
        .hint("name the file itself, in the project to which it belongs"))
}

/// Whether a text is no Rust at all.
fn syn_error(source: &str) -> bool {
    crate::source::production_tokens(source).is_err_and(|error| error.kind() == Kind::Usage)
}
