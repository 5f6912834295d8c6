//! `rustchain measure`: shows what the tests cover.

use super::args::Measure;
use super::context::Context;
use super::output::Output;
use super::table::{self, How};
use crate::coverage::{Summary, Table};
use crate::error::Result;
use crate::report::{Column, Grid};

/// Measures and prints a table or JSON; tests that fail are an error behind that.
pub fn run(context: &Context, output: &mut Output, options: &Measure) -> Result<()> {
    let selection = context.selection(&options.select);
    let how = How { sandbox: options.sandbox, tests: options.sandbox.is_some() };
    let coverage = table::measured(context, output, &selection, how)?;
    let table = table::only(&coverage, &options.files, &context.cwd, output)?;
    if options.json {
        output.data(&table.to_json())?;
    } else {
        output.table(&grid(&table))?;
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
        ("errors", Column::Number),
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
