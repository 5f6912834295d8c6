//! `rustchain mutate`: shows which small changes of the code no test notices.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};

use super::args::Mutate;
use super::context::Context;
use super::output::Output;
use crate::cargo::{self, Toolchain};
use crate::error::{Error, Result};
use crate::mutant::{self, FileMutants};
use crate::sys::fs;
use crate::text;

/// Lists mutants.
pub fn run(context: &Context, output: &mut Output, options: &Mutate) -> Result<()> {
    let listed = listed(context, output, options)?;
    if options.json {
        let text = serde_json::to_string_pretty(&as_json(&listed)).unwrap_or_default();
        return output.data(&text);
    }
    let mut count = 0;
    for file in &listed {
        for one in &file.mutants {
            count += 1;
            output.data(&format!("{}:{}:{}: {}", file.file, one.line, one.column, one.title()))?;
        }
    }
    output.say(&format!(
        "{} in {}",
        text::count(count, "mutant"),
        text::count(listed.len(), "file")
    ));
    Ok(())
}

/// The mutants of the files that were asked for.
fn listed(context: &Context, output: &mut Output, options: &Mutate) -> Result<Vec<FileMutants>> {
    let workspace = cargo::discover(&context.root, &context.stop)?;
    let toolchain = Toolchain::discover(&context.root, &context.stop)?;
    let selection = context.selection(&options.select);
    let wanted = wanted(&options.files, &context.cwd, &workspace.root)?;
    let listed = mutant::list(&workspace, &selection, &toolchain.cfg, &|file| {
        wanted.is_empty() || wanted.iter().any(|path| Utf8Path::new(file).starts_with(path))
    })?;
    for path in &wanted {
        if !listed.iter().any(|file| Utf8Path::new(&file.file).starts_with(path)) {
            return Err(Error::usage(format!("`{path}` has no code that could be mutated")).hint(
                "name a file that is part of the crate, and neither test code nor generated",
            ));
        }
    }
    for file in listed.iter().filter(|file| !wanted.is_empty() && file.mutants.is_empty()) {
        output.say(&format!("note: `{}` has no mutants", file.file));
    }
    Ok(listed)
}

/// The files and folders that were asked for, relative to the workspace root.
fn wanted(files: &[Utf8PathBuf], cwd: &Utf8Path, root: &Utf8Path) -> Result<Vec<Utf8PathBuf>> {
    let inside = |file: &Utf8PathBuf| {
        let whole = fs::canonicalize(&cwd.join(file))?;
        whole.strip_prefix(root).map(Utf8Path::to_owned).map_err(|_| {
            Error::usage(format!("`{file}` is not in the workspace `{root}`"))
                .hint("name files of this workspace, or another workspace with `--project DIR`")
        })
    };
    files.iter().map(inside).collect()
}

/// The list for programs.
fn as_json(listed: &[FileMutants]) -> Value {
    let mutants = listed.iter().flat_map(|file| {
        file.mutants.iter().map(|one| {
            json!({
                "file": file.file,
                "line": one.line,
                "column": one.column,
                "function": one.function,
                "operator": one.operator.name(),
                "change": one.change,
                "replacement": one.replacement,
            })
        })
    });
    json!({ "version": 1, "mutants": mutants.collect::<Vec<_>>() })
}
