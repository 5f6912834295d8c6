//! What is printed: the list, the table, the survivors, JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::output::Output;
use crate::error::Result;
use crate::mutant::{self, FileMutants, Findings, Judgement, Pair, Tally, Verdict};
use crate::report::{Column, Grid};
use crate::text;

/// The version of the JSON that is printed.
const VERSION: u32 = 1;

/// Prints the mutants, judged or not.
pub fn list(output: &mut Output, json: bool, files: &[FileMutants]) -> Result<()> {
    let all = || files.iter().flat_map(|file| file.mutants.iter().map(move |one| (file, one)));
    if json {
        let mutants: Vec<Value> = all().map(|(file, one)| described(file, one)).collect();
        return output.data(&text_of(&json!({ "version": VERSION, "mutants": mutants })));
    }
    for (file, one) in all() {
        output.data(&title(file, one))?;
    }
    let (mutants, files) = (text::count(all().count(), "mutant"), text::count(files.len(), "file"));
    output.say(&format!("{mutants} in {files}"));
    Ok(())
}

/// Prints what became of mutants, and what cargo-mutants says of some.
pub fn findings(
    output: &mut Output,
    json: bool,
    findings: &Findings,
    pairs: Option<&[Pair]>,
) -> Result<()> {
    if json {
        return output.data(&text_of(&as_json(findings, pairs)));
    }
    output.table(&grid(findings))?;
    for line in survivors(findings) {
        output.data(&line)?;
    }
    output.say(&sum(findings));
    let Some(pairs) = pairs else { return Ok(()) };
    for pair in pairs.iter().filter(|pair| !pair.agrees()) {
        let (own, theirs) = (pair.own.verdict.name(), pair.theirs.name());
        output.data(&format!("{}: {own} here, {theirs} by cargo-mutants", pair.name))?;
    }
    let share = mutant::agreement(pairs).map_or("-".to_owned(), |share| format!("{share:.1} %"));
    output.data(&format!("{share} of {} agree", text::count(pairs.len(), "verdict")))
}

/// A mutant on a line.
fn title(file: &FileMutants, one: &mutant::Mutant) -> String {
    format!("{}:{}:{}: {}", file.file, one.line, one.column, one.title())
}

/// Every mutant with its file and its judgement.
fn all(findings: &Findings) -> impl Iterator<Item = (&FileMutants, &mutant::Mutant, &Judgement)> {
    let files = findings.files.iter();
    let mutants = files.flat_map(|file| file.mutants.iter().map(move |one| (file, one)));
    mutants
        .zip(0..)
        .filter_map(|((file, one), number)| Some((file, one, findings.judgements.get(&number)?)))
}

/// A row for each file.
fn grid(findings: &Findings) -> Grid {
    let mut columns = vec![("file", Column::Path), ("mutants", Column::Number)];
    columns.extend(Verdict::ALL.map(|verdict| (verdict.name(), Column::Number)));
    columns.push(("score", Column::Number));
    let mut grid = Grid::new(&columns);
    let tally = |name: Option<&str>| {
        let own = all(findings).filter(|(file, ..)| name.is_none_or(|name| file.file == name));
        Tally::of(own.map(|(.., judgement)| judgement.verdict))
    };
    for file in findings.files.iter().filter(|file| !file.mutants.is_empty()) {
        grid.row(cells(&file.file, tally(Some(&file.file))));
    }
    grid.rule();
    grid.row(cells("total", tally(None)));
    grid
}

/// One line of the table.
fn cells(name: &str, tally: Tally) -> Vec<String> {
    let mut cells = vec![name.to_owned(), tally.total().to_string()];
    cells.extend(Verdict::ALL.map(|verdict| tally.count(verdict).to_string()));
    cells.push(tally.score().map_or("-".to_owned(), |score| format!("{score:.1} %")));
    cells
}

/// A line for each mutant that no test notices.
fn survivors(findings: &Findings) -> Vec<String> {
    let wanted = [Verdict::Missed, Verdict::Timeout, Verdict::Unreached];
    let lines = wanted.iter().flat_map(|wanted| {
        let those = all(findings).filter(move |(.., judgement)| judgement.verdict == *wanted);
        those.map(move |(file, one, _)| format!("{:<9}  {}", wanted.name(), title(file, one)))
    });
    lines.collect()
}

/// What was done, in a sentence.
fn sum(findings: &Findings) -> String {
    let alone = match findings.alone {
        0 => String::new(),
        count => format!(", {count} of them built alone"),
    };
    format!(
        "{} judged by {} in {}{alone}",
        text::count(findings.judgements.len(), "mutant"),
        text::count(findings.tests, "test"),
        text::count(findings.rounds, "build"),
    )
}

/// The findings for programs.
fn as_json(findings: &Findings, pairs: Option<&[Pair]>) -> Value {
    let tally = Tally::of(all(findings).map(|(.., judgement)| judgement.verdict));
    let counts = Verdict::ALL.map(|verdict| (verdict.name(), json!(tally.count(verdict))));
    let mutants = all(findings).map(|(file, one, judgement)| {
        let mut value = described(file, one);
        if let Some(map) = value.as_object_mut() {
            map.insert("verdict".to_owned(), json!(judgement.verdict));
            map.insert("detail".to_owned(), json!(judgement.detail));
            map.insert("tests".to_owned(), json!(judgement.tests));
            if matches!(judgement.verdict, Verdict::Missed | Verdict::Unreached) {
                map.insert("diff".to_owned(), json!(diff(file, one)));
            }
        }
        value
    });
    let verified = pairs.map(|pairs| {
        json!({ "sample": pairs.len(), "agreement": mutant::agreement(pairs), "differences":
            pairs.iter().filter(|pair| !pair.agrees()).map(|pair| json!({
                "name": pair.name, "verdict": pair.own.verdict, "theirs": pair.theirs,
            })).collect::<Vec<_>>() })
    });
    json!({
        "version": VERSION,
        "verified": verified,
        "partial": 0 < tally.count(Verdict::Skipped),
        "total": tally.total(),
        "counts": counts.into_iter().collect::<BTreeMap<_, _>>(),
        "score": tally.score(),
        "tests": findings.tests,
        "tests_left_out": findings.red,
        "resumed": findings.resumed,
        "builds": findings.rounds,
        "built_alone": findings.alone,
        "mutants": mutants.collect::<Vec<_>>(),
    })
}

/// A mutant for programs.
fn described(file: &FileMutants, one: &mutant::Mutant) -> Value {
    json!({
        "file": file.file,
        "line": one.line,
        "column": one.column,
        "function": one.function,
        "operator": one.operator.name(),
        "change": one.change,
        "replacement": one.replacement,
        "hash": one.function_hash.chars().take(mutant::DIGITS).collect::<String>(),
    })
}

/// What a mutant changes, as a patch.
fn diff(file: &FileMutants, one: &mutant::Mutant) -> String {
    let Some(mutated) = one.apply(&file.text) else { return String::new() };
    let diff = similar::TextDiff::from_lines(&file.text, &mutated);
    let (before, after) = (format!("a/{}", file.file), format!("b/{}", file.file));
    diff.unified_diff().context_radius(2).header(&before, &after).to_string()
}

/// JSON as text.
fn text_of(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
