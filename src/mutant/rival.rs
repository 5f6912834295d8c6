//! A second opinion: what cargo-mutants says of some of the same mutants.

use std::collections::BTreeMap;

use camino::Utf8Path;
use serde::Deserialize;

use super::model::Operator;
use super::study::Findings;
use super::verdict::{Judgement, Verdict};
use crate::cargo::{Selection, Workshop};
use crate::error::{Error, Kind, Result};
use crate::sys::{Finished, Process, Stop, fs};

/// Least share of equal verdicts, in percent.
pub const AGREEMENT_MIN: f64 = 95.0;

/// A mutant that both know, and what each says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Its name, as cargo-mutants gives it.
    pub name: String,
    /// What was found here.
    pub own: Judgement,
    /// What cargo-mutants found.
    pub theirs: Verdict,
}

impl Pair {
    /// Returns whether both mean the same: that a test notices it, that none does, or that it does
    /// not compile. A test that hangs notices, too.
    pub fn agrees(&self) -> bool {
        let class = |verdict: Verdict| match verdict {
            Verdict::Killed | Verdict::Timeout => 0,
            Verdict::Missed | Verdict::Unreached => 1,
            Verdict::Unviable => 2,
            Verdict::Skipped | Verdict::Waived => 3,
        };
        class(self.own.verdict) == class(self.theirs)
    }
}

/// Returns the share of pairs that agree, in percent, among those that compile for one of both;
/// `None` without any.
pub fn agreement(pairs: &[Pair]) -> Option<f64> {
    let dead = |pair: &&Pair| pair.own.verdict == Verdict::Unviable && pair.agrees();
    let viable: Vec<&Pair> = pairs.iter().filter(|pair| !dead(pair)).collect();
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let equal = viable.iter().filter(|pair| pair.agrees()).count();
    (!viable.is_empty()).then(|| 100.0 * number(equal) / number(viable.len()))
}

/// Has cargo-mutants judge at most `sample` of the mutants that were judged, evenly spread.
///
/// It works in copies of its own, in the user's environment and without a box. Fails with
/// [`Kind::Environment`] if it is not installed, and with [`Kind::Failed`] if it judges nothing.
pub fn ask(
    workshop: &Workshop,
    selection: &Selection,
    findings: &Findings,
    sample: usize,
    stop: &Stop,
) -> Result<Vec<Pair>> {
    let listed = started(workshop, selection, &["--list", "--json"], stop)?;
    let listed: Vec<Theirs> = parsed(&listed.stdout)?;
    let mut known = own(findings);
    let shared: Vec<(Theirs, Judgement)> = listed
        .into_iter()
        .filter_map(|one| known.remove(&one.key()).map(|judgement| (one, judgement)))
        .filter(|(_, own)| !matches!(own.verdict, Verdict::Skipped | Verdict::Waived))
        .collect();
    let count = sample.min(shared.len());
    let chosen: Vec<&(Theirs, Judgement)> =
        (0..count).filter_map(|index| shared.get(index * shared.len() / count)).collect();
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let folder = workshop.lane.scratch().join("rival");
    fs::create_dir_all(&folder)?;
    let names = chosen
        .iter()
        .flat_map(|(one, _)| ["--re".to_owned(), format!("^{}$", regex::escape(&one.name))]);
    let fixed = ["--no-shuffle", "--cap-lints=true", "-C=--tests", "--output", folder.as_str()];
    let args: Vec<String> = fixed.map(str::to_owned).into_iter().chain(names).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = started(workshop, selection, &args, stop)?;
    let theirs = outcomes(&folder, &done)?;
    let pairs = chosen.into_iter().filter_map(|(one, own)| {
        let theirs = *theirs.get(&one.name)?;
        Some(Pair { name: one.name.clone(), own: own.clone(), theirs })
    });
    Ok(pairs.collect())
}

/// Where a mutant is and what it puts there: file, line, column, operator, replacement.
type Key = (String, u32, u32, Operator, String);

/// A mutant as cargo-mutants lists it.
#[derive(Debug, Clone, Deserialize)]
struct Theirs {
    name: String,
    file: String,
    genre: String,
    #[serde(default)]
    replacement: Option<String>,
    span: Span,
}

/// Where it is.
#[derive(Debug, Clone, Deserialize)]
struct Span {
    start: Place,
}

/// A line and a column, from 1.
#[derive(Debug, Clone, Deserialize)]
struct Place {
    line: u32,
    column: u32,
}

impl Theirs {
    /// What identifies it.
    fn key(&self) -> Key {
        let operator = match self.genre.as_str() {
            "BinaryOperator" => Operator::Binary,
            "UnaryOperator" => Operator::Unary,
            "MatchArm" => Operator::MatchArm,
            "MatchArmGuard" => Operator::MatchGuard,
            "StructField" => Operator::StructField,
            _ => Operator::FunctionBody,
        };
        let text = squeezed(self.replacement.as_deref().unwrap_or_default());
        (self.file.clone(), self.span.start.line, self.span.start.column, operator, text)
    }
}

/// A text without blanks.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The own judgements, by what identifies a mutant.
fn own(findings: &Findings) -> BTreeMap<Key, Judgement> {
    let all =
        findings.files.iter().flat_map(|file| file.mutants.iter().map(move |one| (file, one)));
    let keyed = (0..).zip(all).filter_map(|(number, (file, one))| {
        let text = squeezed(&one.replacement);
        let key = (file.file.clone(), one.line, one.column, one.operator, text);
        Some((key, findings.judgements.get(&number)?.clone()))
    });
    keyed.collect()
}

/// Runs cargo-mutants on the checkout.
fn started(
    workshop: &Workshop,
    selection: &Selection,
    args: &[&str],
    stop: &Stop,
) -> Result<Finished> {
    let root = &workshop.workspace.root;
    let mut process: Process =
        workshop.toolchain.cargo().arg("mutants").args(["--dir", root.as_str()]).args(args);
    for package in &selection.packages {
        process = process.args(["--package", package]);
    }
    if selection.packages.is_empty() {
        process = process.arg("--workspace");
    }
    if !selection.features.is_empty() {
        process = process.args(["--features", &selection.features.join(",")]);
    }
    if selection.all_features {
        process = process.arg("--all-features");
    }
    if selection.no_default_features {
        process = process.arg("--no-default-features");
    }
    let done = process.cwd(root).run(stop)?;
    stop.check()?;
    if done.stderr_text().contains("no such command") {
        return Err(Error::environment("`cargo mutants` is not installed")
            .hint("install it with `cargo install cargo-mutants --locked`"));
    }
    Ok(done)
}

/// Reads what cargo-mutants prints or writes.
fn parsed<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes)
        .map_err(|error| Error::environment("cannot read what cargo-mutants says").because(error))
}

/// The verdicts that cargo-mutants wrote into a folder, by name.
fn outcomes(folder: &Utf8Path, done: &Finished) -> Result<BTreeMap<String, Verdict>> {
    #[derive(Deserialize)]
    struct Outcomes {
        outcomes: Vec<Outcome>,
    }
    #[derive(Deserialize)]
    struct Outcome {
        scenario: serde_json::Value,
        summary: String,
    }
    let path = folder.join("mutants.out/outcomes.json");
    let read: Outcomes = parsed(&fs::read(&path)?)?;
    let verdicts: BTreeMap<String, Verdict> = read
        .outcomes
        .iter()
        .filter_map(|one| {
            let name = one.scenario.get("Mutant")?.get("name")?.as_str()?.to_owned();
            let verdict = match one.summary.as_str() {
                "CaughtMutant" => Verdict::Killed,
                "MissedMutant" => Verdict::Missed,
                "Timeout" => Verdict::Timeout,
                "Unviable" => Verdict::Unviable,
                _ => return None,
            };
            Some((name, verdict))
        })
        .collect();
    if verdicts.is_empty() {
        return Err(Error::new(Kind::Failed, "cargo-mutants judges nothing")
            .because(done.stdout_text().trim().to_owned()));
    }
    Ok(verdicts)
}
