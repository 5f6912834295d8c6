//! The report of a run as Markdown.

use super::run::RunReport;
use super::terminal::{error_paths, findings, lines, residue, result, seconds, warnings};
use crate::coverage::NOT_MEASURED;

/// Returns the content of `report.md`.
pub fn markdown(report: &RunReport) -> String {
    let mut text = vec![
        format!("# Run {}", report.run),
        String::new(),
        format!(
            "Lines covered: **{}** before, **{}** after. Error paths covered: {}. Branches: \
             {NOT_MEASURED}. Tests kept: **{}**. Time: {}, of the processor {}. Exit code {}.",
            report.before.lines,
            report.after.lines,
            error_paths(Some(report.before), Some(report.after)),
            report.tests_kept,
            seconds(report.wall_seconds),
            seconds(report.cpu_seconds),
            report.exit_code,
        ),
        String::new(),
        "| file | before | after | error paths | tests | result |".to_owned(),
        "|---|--:|--:|--:|--:|---|".to_owned(),
    ];
    for row in &report.details {
        let file = escaped(row.file.as_deref().unwrap_or(&row.name));
        let (before, after) = (lines(row.before), lines(row.after));
        let paths = error_paths(row.before, row.after);
        let (tests, result) = (row.work.tests_kept, result(row));
        text.push(format!("| {file} | {before} | {after} | {paths} | {tests} | {result} |"));
    }
    let messages = report.details.iter().filter(|row| !row.message.is_empty());
    let messages = messages.map(|row| format!("{} (`{}`)", row.message, row.mission));
    section(&mut text, "What the missions say", &messages.collect::<Vec<_>>());
    let rejected = report.rejected();
    let rejected = rejected.iter().map(|(reason, count)| format!("{reason}: {count}"));
    section(&mut text, "Rejected cases", &rejected.collect::<Vec<_>>());
    section(&mut text, "Warnings of the gates", &warnings(report));
    section(&mut text, "Found on the way", &findings(report));
    section(&mut text, "Not covered", &residue(report));
    receipts(&mut text, report);
    section(&mut text, "The box of generated code", &boxed(report));
    if let Some(next) = &report.next {
        section(&mut text, "To go on", &[format!("`{next}`")]);
    }
    text.push(String::new());
    text.join("\n")
}

/// What is known of the box.
fn boxed(report: &RunReport) -> Vec<String> {
    let Some(row) = &report.boxed else { return Vec::new() };
    let mut lines = vec![row.enforced.clone()];
    lines.extend(row.missing.iter().map(|reason| format!("not there: {reason}")));
    let incompatible = row.incompatible.iter();
    lines.extend(incompatible.map(|name| format!("works outside of the box alone: {name}")));
    lines
}

/// Adds a table of the kept tests with what each showed at the gates.
fn receipts(text: &mut Vec<String>, report: &RunReport) {
    let all: Vec<_> = report.details.iter().flat_map(|row| &row.work.receipts).collect();
    if all.is_empty() {
        return;
    }
    text.extend([String::new(), "## Kept tests".to_owned(), String::new()]);
    if let Some(stability) = report.stability() {
        text.extend([format!("{}.", capital(&stability)), String::new()]);
    }
    text.push("| test | lines | regions | error paths | mutants | runs | ms | source |".to_owned());
    text.push("|---|--:|--:|--:|--:|--:|--:|---|".to_owned());
    for one in all {
        let mutants = one.mutants_killed.map_or("-".to_owned(), |killed| killed.to_string());
        text.push(format!(
            "| {} `{}` | {} | {} | {} | {mutants} | {} | {} | {} |",
            escaped(&one.test_file),
            escaped(&one.test),
            one.lines_gained,
            one.regions,
            one.error_paths,
            one.runs,
            one.milliseconds,
            escaped(&one.source),
        ));
    }
}

/// A sentence with a capital at its beginning.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Adds a list under a heading, if there is anything in it.
fn section(text: &mut Vec<String>, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    text.extend([String::new(), format!("## {heading}"), String::new()]);
    text.extend(items.iter().map(|item| format!("- {}", escaped(item))));
}

/// `text` on one line, and with nothing in it that Markdown or a browser would take for its own.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '|' => out.push_str("\\|"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
