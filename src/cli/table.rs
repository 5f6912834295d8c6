//! Coverage tables for the commands: measured, and cut down to the files that were asked for.

use camino::{Utf8Path, Utf8PathBuf};

use super::args::Sandbox;
use super::context::Context;
use super::output::Output;
use super::progress;
use crate::campaign::folder;
use crate::cargo::{Outcome, Selection, Workshop};
use crate::coverage::{Summary, Table};
use crate::error::{Error, Kind, Result};
use crate::measure::{self, Measured, TestRun};
use crate::sandbox::{self, Choice};
use crate::step::coverage::Boxes;
use crate::sys::fs;
use crate::{source, text};

/// Most red tests that an error names.
const RED_SHOWN_MAX: usize = 5;

/// What a command measured.
pub struct Coverage {
    /// What is covered, by file relative to `root`.
    pub table: Table,
    /// The workspace root.
    pub root: Utf8PathBuf,
    /// Why tests of the crate fail, if some do.
    pub red: Option<Error>,
    /// The whole measurement.
    pub measured: Measured,
}

/// In which box a command measures.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// The box, if it is not the configured one.
    pub sandbox: Option<Sandbox>,
    /// Whether the tests run in it, too, and not only the builds.
    pub tests: bool,
}

/// Measures the project.
pub fn measured(
    context: &Context,
    output: &mut Output,
    selection: &Selection,
    how: How,
) -> Result<Coverage> {
    let wait = progress::wait(context, output, "building and running the tests of the crate");
    let measured = in_box(context, selection, how);
    wait.finish_and_clear();
    let (workshop, measured, notes) = measured?;
    for note in notes {
        output.say(&format!("note: {note}"));
    }
    for problem in measured.scope.problems() {
        output.say(&format!("note: {problem}"));
    }
    let table = Table::of(&measured.report);
    if table.files.is_empty() {
        output.say("note: the crate has nothing that tests could cover");
    }
    let red = red(&measured);
    Ok(Coverage { table, root: workshop.workspace.root.clone(), red, measured })
}

/// Measures in a box, and returns what is to be said of it.
fn in_box(
    context: &Context,
    selection: &Selection,
    how: How,
) -> Result<(Workshop, Measured, Vec<String>)> {
    let choice = how.sandbox.unwrap_or(context.settings.sandbox).choice();
    let (surroundings, stop) = (context.surroundings(), &context.stop);
    let sandbox = sandbox::Sandbox::find_in(choice, &surroundings.program, &context.cache, stop)?;
    let mut workshop = Workshop::open(&context.root, surroundings, stop)?;
    workshop.enclose(&sandbox)?;
    let options = measure::Options::default();
    let (mut measured, unboxed) = measure::baseline(&mut workshop, selection, &options, stop)?;
    let mut notes = Vec::new();
    notes.extend(unboxed.map(|why| format!("the crate builds outside of the box alone: {why}")));
    if how.tests {
        notes.push(format!("box: {}", sandbox.rung()));
    }
    if how.tests && choice != Choice::None {
        let boxes = Boxes::open(&workshop, &sandbox)?;
        let wrap = |process, launch: &_| boxes.test(process, launch);
        let options = measure::Options { wrap: Some(&wrap), ..options };
        let inside = measure::run(&workshop, selection, &options, stop)?;
        let red: Vec<_> = measured.red().cloned().collect();
        let same = |test: &&TestRun| !red.iter().any(|red| red.same_test(test));
        let alone = inside.red().filter(same);
        notes.extend(alone.map(|test| format!("`{}` passes outside of the box alone", test.name)));
        measured = Measured { tests: measured.tests, ..inside };
    }
    Ok((workshop, measured, notes))
}

/// The error for tests that fail.
fn red(measured: &Measured) -> Option<Error> {
    let red: Vec<_> = measured.red().collect();
    if red.is_empty() {
        return None;
    }
    let names: Vec<String> =
        red.iter().take(RED_SHOWN_MAX).map(|test| format!("`{}`", test.name)).collect();
    let more = if names.len() < red.len() { " and others" } else { "" };
    let message = format!(
        "{} of the crate {}: {}{more}",
        text::count(red.len(), "test"),
        if red.len() == 1 { "fails" } else { "fail" },
        names.join(", "),
    );
    let error = Error::new(Kind::BaselineRed, message).hint("mend the tests first");
    let said = red.iter().find_map(|test| match &test.outcome {
        Outcome::Failed(words) | Outcome::Crashed(words) => Some(words.trim().to_owned()),
        _ => None,
    });
    Some(match said.filter(|words| !words.is_empty()) {
        Some(words) => error.because(words),
        None => error,
    })
}

/// Returns the part of a table about these files, with their own total; all of it for no files.
///
/// A folder stands for the files below it. A file that is there and has nothing to cover is named
/// in a note. Fails with [`Kind::Usage`] for a file that is not there, not in the workspace, or
/// not Rust.
pub fn only(
    coverage: &Coverage,
    files: &[Utf8PathBuf],
    cwd: &Utf8Path,
    output: &mut Output,
) -> Result<Table> {
    if files.is_empty() {
        return Ok(coverage.table.clone());
    }
    let mut wanted = Vec::new();
    for file in files {
        let whole = fs::canonicalize(&cwd.join(file))?;
        let inside = whole.strip_prefix(&coverage.root).map_err(|_| {
            Error::usage(format!("`{file}` is not in the workspace `{}`", coverage.root))
                .hint("name files of this workspace, or another workspace with `--project DIR`")
        })?;
        let rows = coverage.table.files.iter().map(|row| &row.file);
        let own = rows.filter(|row| Utf8Path::new(row).starts_with(inside)).cloned();
        let before = wanted.len();
        wanted.extend(own);
        if wanted.len() == before {
            refuse_not_rust(&whole, file)?;
            output.say(&format!("note: `{file}` has nothing that tests could cover"));
        }
    }
    Ok(restricted(&coverage.table, &wanted))
}

/// Refuses a file that is not Rust, by its name or by what is in it.
fn refuse_not_rust(path: &Utf8Path, shown: &Utf8Path) -> Result<()> {
    if fs::kind(path) == Some(fs::FileKind::Folder) {
        return Ok(());
    }
    if path.extension() != Some("rs") {
        return Err(Error::usage(format!("`{shown}` is not a Rust file"))
            .hint("name files that end with `.rs`, or folders"));
    }
    let text = fs::read_to_string(path)?;
    source::production_tokens(&text)
        .map(drop)
        .map_err(|error| Error::usage(format!("`{shown}` is not Rust")).because(error))
}

/// The rows of these files, with their own total.
pub fn restricted(table: &Table, wanted: &[String]) -> Table {
    let rows = table.files.iter().filter(|row| wanted.contains(&row.file)).cloned();
    let files: Vec<_> = rows.collect();
    let total = files.iter().fold(Summary::default(), |sum, row| sum.plus(row.summary));
    Table { total, files }
}

/// Returns the files of a table that get no mission, each with the reason: those that match a
/// glob, generated ones, and links, in whose place writing would put a file.
pub fn left_out(
    table: &Table,
    root: &Utf8Path,
    globs: &[String],
) -> Result<std::collections::BTreeMap<String, String>> {
    let mut left_out = folder::excluded(table, globs)?;
    for row in &table.files {
        let path = root.join(&row.file);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let reason = if source::is_generated(&text) {
            "generated"
        } else if fs::canonicalize(&path).is_ok_and(|real| real != path) {
            "a link to a file elsewhere"
        } else {
            continue;
        };
        left_out.entry(row.file.clone()).or_insert_with(|| reason.to_owned());
    }
    Ok(left_out)
}
