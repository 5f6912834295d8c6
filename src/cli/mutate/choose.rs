//! The mutants that are asked for: of which files, in which lines, in which shard.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::cargo::{self, Toolchain};
use crate::cli::args::{Mutate, Shard};
use crate::cli::context::Context;
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::git::Repository;
use crate::mutant::{self, FileMutants, Judgement, Verdict};
use crate::sys::{Clock, fs};

/// Returns the mutants of the files that were asked for, and of the lines that differ.
pub fn listed(
    context: &Context,
    output: &mut Output,
    options: &Mutate,
) -> Result<Vec<FileMutants>> {
    let workspace = cargo::discover(&context.root, &context.stop)?;
    let toolchain = Toolchain::discover(&context.root, &context.stop)?;
    let selection = context.selection(&options.select);
    let wanted = wanted(&options.files, &context.cwd, &workspace.root)?;
    let mut listed = mutant::list(&workspace, &selection, &toolchain.cfg, &|file| {
        wanted.is_empty() || wanted.iter().any(|path| Utf8Path::new(file).starts_with(path))
    })?;
    for path in &wanted {
        if !listed.iter().any(|file| Utf8Path::new(&file.file).starts_with(path)) {
            return Err(Error::usage(format!("`{path}` has no code that could be mutated"))
                .hint("name files of the crate that are neither test code nor generated"));
        }
    }
    if let Some(reference) = &options.in_diff {
        changed(context, reference, &workspace.root, &mut listed)?;
    }
    for file in listed.iter().filter(|file| !wanted.is_empty() && file.mutants.is_empty()) {
        output.say(&format!("note: `{}` has no mutants", file.file));
    }
    listed.retain(|file| !file.mutants.is_empty());
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

/// Keeps the mutants that replace something on a line that differs from a commit.
fn changed(
    context: &Context,
    reference: &str,
    root: &Utf8Path,
    listed: &mut [FileMutants],
) -> Result<()> {
    let repository = Repository::find(&context.root, &context.stop)?.ok_or_else(|| {
        Error::usage(format!("`{}` is not in a git repository", context.root))
            .hint("`--in-diff` compares with a commit; leave it out to mutate every line")
    })?;
    let changed = repository.changed_lines(reference, &context.stop)?;
    for file in listed {
        let lines = changed.get(&root.join(&file.file)).map(Vec::as_slice).unwrap_or_default();
        let text = std::mem::take(&mut file.text);
        file.mutants.retain(|one| {
            let last = one.last_line(&text);
            lines.iter().any(|(from, to)| *from <= last && one.line <= *to)
        });
        file.text = text;
    }
    Ok(())
}

/// The mutants that are tried, by number, and what is said of the others.
pub struct Choice {
    /// The mutants that are tried.
    pub chosen: BTreeSet<u32>,
    /// The others.
    pub others: BTreeMap<u32, Judgement>,
}

/// Returns the mutants that no waiver holds for and that are in the shard.
pub fn choice(
    context: &Context,
    output: &mut Output,
    files: &[FileMutants],
    shard: Option<Shard>,
) -> Choice {
    let now = Clock::real().timestamp();
    let today = now.split('T').next().unwrap_or_default();
    let waived = mutant::waived(files, &context.settings.waivers, today);
    for note in &waived.notes {
        output.say(&format!("note: {note}"));
    }
    let count: usize = files.iter().map(|file| file.mutants.len()).sum();
    let mut choice = Choice { chosen: BTreeSet::new(), others: BTreeMap::new() };
    for number in (0_u32..).take(count) {
        if let Some(reason) = waived.mutants.get(&number) {
            let judgement = Judgement::plain(Verdict::Waived, reason);
            choice.others.insert(number, judgement);
        } else if shard.is_none_or(|shard| shard.holds(number)) {
            choice.chosen.insert(number);
        } else {
            let judgement = Judgement::plain(Verdict::Skipped, "it belongs to another shard");
            choice.others.insert(number, judgement);
        }
    }
    choice
}
