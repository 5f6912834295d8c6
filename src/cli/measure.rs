//! `rustchain measure`: shows what the tests cover.

use std::collections::BTreeMap;

use super::args::Measure;
use super::context::Context;
use super::output::Output;
use super::table::{self, How};
use crate::coverage::{NOT_MEASURED, Ratio, Summary, Table};
use crate::error::Result;
use crate::measure::{Failures, PathClass};
use crate::report::{Column, Grid};
use crate::text;

/// Measures and prints a table or JSON; tests that fail are an error behind that.
pub fn run(context: &Context, output: &mut Output, options: &Measure) -> Result<()> {
    let selection = context.selection(&options.select);
    let how = How { sandbox: options.sandbox, tests: options.sandbox.is_some() };
    let coverage = table::measured(context, output, &selection, how)?;
    let table = table::only(&coverage, &options.files, &context.cwd, output)?;
    let failures = options.error_paths.then(|| {
        let (scope, mut report) = (&coverage.measured.scope, coverage.measured.report.clone());
        report.files.retain(|file, _| table.files.iter().any(|row| row.file == *file));
        Failures::of(scope, &report)
    });
    match (options.json, failures) {
        (true, failures) => output.data(&table.to_json(&failures))?,
        (false, None) => output.table(&grid(&table))?,
        (false, Some(failures)) => {
            output.table(&error_paths(&failures))?;
            output.data(&format!("{}\n\n", shares(&failures)))?;
            output.table(&failure_sites(&failures))?;
            output.data(&kinds(&failures))?;
        }
    }
    if !options.json {
        output.say(&format!("branches: {NOT_MEASURED} (stable Rust does not count them)"));
    }
    coverage.red.map_or(Ok(()), Err)
}

/// The table for a person.
fn grid(table: &Table) -> Grid {
    let mut grid = Grid::new(&[
        ("file", Column::Path),
        ("lines", Column::Number),
        ("regions", Column::Number),
        ("functions", Column::Number),
        ("error paths", Column::Number),
        ("uncovered lines", Column::Prose),
    ]);
    for row in &table.files {
        grid.row(cells(&row.file, row.summary, &row.uncovered));
    }
    if 1 < table.files.len() {
        grid.rule();
        grid.row(cells("total", table.total, ""));
    }
    grid
}

/// One line of the table.
fn cells(name: &str, summary: Summary, uncovered: &str) -> [String; 6] {
    [
        name.to_owned(),
        summary.lines.to_string(),
        summary.regions.to_string(),
        summary.functions.to_string(),
        summary.error_paths.to_string(),
        uncovered.to_owned(),
    ]
}

/// Every `?`, those by which no error ever left first.
fn error_paths(failures: &Failures) -> Grid {
    let mut grid = Grid::new(&[
        ("error path", Column::Path),
        ("function", Column::Word),
        ("class", Column::Word),
        ("passed on", Column::Word),
    ]);
    let (covered, uncovered): (Vec<_>, Vec<_>) =
        failures.error_paths.iter().partition(|path| path.covered);
    for path in uncovered.into_iter().chain(covered) {
        let passed = match path.count {
            0 => "never".to_owned(),
            count => text::count(usize::try_from(count).unwrap_or(usize::MAX), "time"),
        };
        grid.row([
            format!("{}:{}:{}", path.file, path.line, path.column),
            path.function.clone(),
            path.class.name().to_owned(),
            passed,
        ]);
    }
    grid
}

/// How many error paths of each class are covered.
fn shares(failures: &Failures) -> String {
    let share = |class| {
        let paths = failures.error_paths.iter().filter(|path| path.class == class);
        Ratio::of(paths.map(|path| path.count))
    };
    let (errors, display) = (share(PathClass::Error), share(PathClass::Display));
    format!(
        "error paths: {} of {} covered ({errors}); of `Display` and its like, apart: {} of {}",
        errors.covered, errors.coverable, display.covered, display.coverable,
    )
}

/// Every place where a failure is not handled.
fn failure_sites(failures: &Failures) -> Grid {
    let mut grid = Grid::new(&[
        ("failure not handled", Column::Path),
        ("function", Column::Word),
        ("by", Column::Word),
    ]);
    for site in &failures.failure_sites {
        grid.row([
            format!("{}:{}:{}", site.file, site.line, site.column),
            site.function.clone(),
            site.kind.name().to_owned(),
        ]);
    }
    grid
}

/// How many places of each kind there are.
fn kinds(failures: &Failures) -> String {
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for site in &failures.failure_sites {
        *counts.entry(site.kind).or_default() += 1;
    }
    let parts = counts.iter().map(|(kind, count)| format!("{count} {}", kind.name()));
    let parts = parts.collect::<Vec<_>>().join(", ");
    let parts = if parts.is_empty() { "none".to_owned() } else { parts };
    format!("failures that are not handled, as the source has them: {parts}")
}
