//! The step that changes a file.

use super::place;
use crate::engine::{Context, ResolvedStep, StepReport};
use crate::error::{Error, Result};
use crate::mission::Step;
use crate::sys::fs;

/// What is done to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Overwrite,
    Append,
    Prepend,
    Replace,
    Insert,
}

/// Refuses a step that does not say what is to be done.
pub(super) fn check(step: &Step) -> Result<()> {
    operation(step).map(drop)
}

/// What it would do.
pub(super) fn plan(step: &ResolvedStep<'_>) -> Vec<String> {
    let verb = match operation(step.step) {
        Ok(Operation::Overwrite) => "overwrite",
        Ok(Operation::Append) => "append to",
        Ok(Operation::Prepend) => "prepend to",
        Ok(Operation::Replace) => "replace text in",
        Ok(Operation::Insert) => "insert lines into",
        Err(_) => "edit",
    };
    vec![format!("{verb} `{}`", step.text("path").unwrap_or_default())]
}

/// Changes the file, whole or not at all.
pub(super) fn run(step: &ResolvedStep<'_>, context: &Context<'_>) -> Result<StepReport> {
    let name = step.required("path")?;
    let path = place::writable(&context.run.root, name)?;
    if fs::kind(&path).is_none() {
        return Err(Error::failed(format!("`{name}` does not exist"))
            .hint("use `create_file` to make a new file"));
    }
    let before = fs::read_to_string(&path)?;
    let crlf = before.split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n"));
    let content = step.text("content").unwrap_or_default();
    let content =
        if crlf { content.replace("\r\n", "\n").replace('\n', "\r\n") } else { content.to_owned() };
    let after = edited(step, &before, &content)
        .map_err(|error| error.context(format!("cannot edit `{name}`")))?;
    if after != before {
        fs::write_atomic(&path, after.as_bytes())?;
    }
    let message = if after == before { "is as it was" } else { "changed" };
    let report = StepReport::done(format!("`{name}` {message}"));
    Ok(report.output("output", name).output("path", name))
}

/// What is to be done: `operation`, or what the other parameters can only mean.
fn operation(step: &Step) -> Result<Operation> {
    let has = |name: &str| step.parameters.contains_key(name);
    let append = step.parameters.get("append").and_then(serde_json::Value::as_bool);
    match step.parameters.get("operation").and_then(serde_json::Value::as_str) {
        Some("overwrite") => Ok(Operation::Overwrite),
        Some("append") => Ok(Operation::Append),
        Some("prepend") => Ok(Operation::Prepend),
        Some("replace") => Ok(Operation::Replace),
        Some("insert") => Ok(Operation::Insert),
        Some(other) => Err(Error::usage(format!("`operation` cannot be `{other}`"))),
        None if append == Some(true) => Ok(Operation::Append),
        None if has("find") => Ok(Operation::Replace),
        None if has("line") || has("after") || has("before") => Ok(Operation::Insert),
        None => Err(Error::usage("it does not say what to do with the file")
            .hint("set `operation` to overwrite, append, prepend, replace or insert")),
    }
}

/// The text of the file after the edit.
fn edited(step: &ResolvedStep<'_>, before: &str, content: &str) -> Result<String> {
    Ok(match operation(step.step)? {
        Operation::Overwrite => content.to_owned(),
        Operation::Append => format!("{}{content}", whole_lines(before)),
        Operation::Prepend => format!("{}{before}", whole_lines(content)),
        Operation::Replace => replaced(step, before, content)?,
        Operation::Insert => inserted(step, before, content)?,
    })
}

/// A text whose last line is complete, so that what follows stands on lines of its own.
fn whole_lines(text: &str) -> String {
    let end = match text {
        "" => "",
        _ if text.ends_with('\n') => "",
        _ if text.contains("\r\n") => "\r\n",
        _ => "\n",
    };
    format!("{text}{end}")
}

/// The text with `find` replaced; it has to be there, and once, unless `all` is set.
fn replaced(step: &ResolvedStep<'_>, before: &str, content: &str) -> Result<String> {
    let find = step.required("find")?;
    if find.is_empty() {
        return Err(Error::usage("`find` is empty"));
    }
    match before.matches(find).count() {
        0 => Err(Error::failed("the text to replace is not in it")),
        1 => Ok(before.replace(find, content)),
        _ if step.flag("all") => Ok(before.replace(find, content)),
        count => Err(Error::failed(format!("the text to replace is in it {count} times"))
            .hint("give more of the text around it, or set `all: true`")),
    }
}

/// The text with lines inserted: as line `line`, or beside the one line with `after` or `before`.
fn inserted(step: &ResolvedStep<'_>, before: &str, content: &str) -> Result<String> {
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let index = match (step.whole("line"), step.text("after"), step.text("before")) {
        (Some(line), None, None) => usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1),
        (None, Some(anchor), None) => line_with(&lines, anchor)? + 1,
        (None, None, Some(anchor)) => line_with(&lines, anchor)?,
        _ => {
            return Err(Error::usage("it does not say where to insert")
                .hint("set one of `line`, `after` and `before`"));
        }
    };
    if lines.len() < index {
        let last = lines.len();
        return Err(Error::failed(format!("it has no line {}: its last is {last}", index + 1)));
    }
    let (head, tail) = lines.split_at(index);
    let content = if tail.is_empty() { content.to_owned() } else { whole_lines(content) };
    Ok(format!("{}{content}{}", whole_lines(&head.concat()), tail.concat()))
}

/// The index of the only line with `anchor` in it.
fn line_with(lines: &[&str], anchor: &str) -> Result<usize> {
    let mut found = lines.iter().enumerate().filter(|(_, line)| line.contains(anchor));
    match (found.next(), found.count()) {
        (Some((index, _)), 0) => Ok(index),
        (None, _) => Err(Error::failed(format!("no line has `{}` in it", anchor.escape_debug()))),
        (Some(_), more) => {
            let shown = anchor.escape_debug();
            Err(Error::failed(format!("{} lines have `{shown}` in them", more + 1)))
        }
    }
}
