//! `rustchain registry show`: what is known of each file.

use super::context::Context;
use super::output::Output;
use crate::error::{Error, Result};
use crate::registry::{self, Registry};
use crate::report::{Column, Grid};

/// Prints the registry as a table or as JSON.
pub fn show(context: &Context, output: &mut Output, json: bool) -> Result<()> {
    let registry = Registry::load(&context.root)?;
    if json {
        let text = serde_json::to_string_pretty(registry.rows())
            .map_err(|error| Error::internal("cannot write the registry as JSON").because(error))?;
        return output.data(&text);
    }
    if registry.rows().is_empty() {
        output.say(&format!(
            "the registry of `{}` is empty; missions that run enter their files",
            context.root
        ));
        return Ok(());
    }
    let columns: Vec<(&str, Column)> =
        registry::COLUMNS.iter().map(|head| (*head, kind(head))).collect();
    let mut grid = Grid::new(&columns);
    for row in registry::table(&registry) {
        grid.row(row);
    }
    output.table(&grid)
}

/// How the column with this head stands.
fn kind(head: &str) -> Column {
    match head {
        "file" => Column::Path,
        "priority" | "status" => Column::Word,
        _ => Column::Number,
    }
}
