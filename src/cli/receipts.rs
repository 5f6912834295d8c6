//! `rustchain receipts`: what each kept test showed at the gates.

use camino::Utf8Path;

use super::args::Receipts;
use super::context::Context;
use super::output::Output;
use crate::campaign;
use crate::error::{Error, Result};
use crate::policy::bound_words;
use crate::report::{Column, Grid};

/// Prints the receipts as a table or as JSON.
pub fn run(context: &Context, output: &mut Output, options: &Receipts) -> Result<()> {
    let file = options.file.as_ref().map(|file| context.cwd.join(file));
    let file = file.as_deref().map(|file| file.strip_prefix(&context.root).unwrap_or(file));
    let found = campaign::receipts(&context.root, file)?;
    if options.json {
        let receipts: Vec<_> = found.iter().map(|(_, receipt)| receipt).collect();
        let text = serde_json::to_string_pretty(&receipts)
            .map_err(|error| Error::internal("cannot write receipts as JSON").because(error))?;
        return output.data(&text);
    }
    if found.is_empty() {
        let of = file.map_or("the project", Utf8Path::as_str);
        output.say(&format!("`{of}` has no tests of a run that kept receipts"));
        return Ok(());
    }
    let mut grid = Grid::new(&[
        ("test", Column::Path),
        ("lines", Column::Number),
        ("regions", Column::Number),
        ("error paths", Column::Number),
        ("mutants", Column::Number),
        ("runs", Column::Number),
        ("ms", Column::Number),
        ("source", Column::Word),
    ]);
    for (_, receipt) in &found {
        grid.row([
            format!("{} {}", receipt.test_file, receipt.test),
            receipt.lines_gained.to_string(),
            receipt.regions.to_string(),
            receipt.error_paths.to_string(),
            receipt.mutants_killed.map_or("-".to_owned(), |killed| killed.to_string()),
            receipt.runs.to_string(),
            receipt.milliseconds.to_string(),
            receipt.source.clone(),
        ]);
    }
    output.table(&grid)?;
    if let Some(runs) = found.iter().map(|(_, receipt)| receipt.runs).min() {
        let bound = bound_words(runs);
        output.say(&format!(
            "{runs} clean runs show a test that fails in {bound} of its runs or more, with a \
             certainty of 95 %"
        ));
    }
    Ok(())
}
