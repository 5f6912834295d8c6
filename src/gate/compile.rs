//! The first gates: a test compiles without a new warning, and the test binary knows it.

use std::collections::{BTreeMap, BTreeSet};

use super::canary;
use super::prove::{Composition, Rejection, Stage, Trial, Verdict};
use crate::cargo::{self, Diagnostic, Goal, Level, Options, Plan, Request, TestBinary, Workshop};
use crate::error::Result;
use crate::lane::Lane;
use crate::sys::Stop;
use std::time::Duration;

/// Most rounds of leaving out what does not compile.
const ROUNDS_MAX: usize = 8;

/// A test binary with every test that compiled.
#[derive(Debug)]
pub(super) struct Built {
    /// The binary.
    pub binary: TestBinary,
    /// The files as they were compiled.
    pub composition: Composition,
    /// The build, for the scope of measurements.
    pub output: cargo::BuildOutput,
    /// The name of the planted test that must fail, if the binary knows it.
    pub canary: Option<String>,
}

/// Builds again and again without the tests that the compiler objects to; `None` if none is left.
pub(super) fn compile(
    workshop: &mut Workshop,
    trial: &Trial<'_>,
    alive: &mut BTreeSet<usize>,
    verdict: &mut Verdict,
    stop: &Stop,
) -> Result<Option<Built>> {
    for round in 0..ROUNDS_MAX {
        if alive.is_empty() {
            return Ok(None);
        }
        let mut composition = (trial.compose)(alive, &verdict.without)?;
        canary::plant(&mut composition);
        for (path, text) in &composition.texts {
            workshop.lane.overlay(path, text)?;
        }
        let goal = if round == 0 { Goal::Check } else { Goal::Binaries };
        let request = Request {
            selection: trial.selection.clone(),
            targets: trial.targets.clone(),
            goal,
            plan: Plan { coverage: true, extra: Vec::new() },
        };
        let output = cargo::build(workshop, &request, stop)?;
        let blamed = blamed(&output.diagnostics, (&composition, &workshop.lane), verdict);
        for (test, detail) in &blamed.tests {
            if alive.remove(test) {
                let detail = detail.clone();
                verdict.rejected.push(Rejection { test: *test, stage: Stage::Compiles, detail });
            }
        }
        let changed = !blamed.tests.is_empty() || blamed.imports;
        if !output.success && !changed {
            output.check("the crate with its new tests")?;
        }
        if changed || goal == Goal::Check {
            continue;
        }
        let binary = output.binaries.first().cloned();
        let Some(binary) = binary else {
            let detail = "the crate was built without a test binary for it";
            reject_all(alive, verdict, (Stage::Runs, detail));
            return Ok(None);
        };
        let built = Built { binary, composition, output, canary: None };
        return known(built, trial, alive, verdict, stop).map(Some);
    }
    let detail = format!("what is beside it did not compile in {ROUNDS_MAX} rounds");
    reject_all(alive, verdict, (Stage::Compiles, &detail));
    Ok(None)
}

/// Rejects every test that is left: none is forgotten.
fn reject_all(alive: &mut BTreeSet<usize>, verdict: &mut Verdict, (stage, detail): (Stage, &str)) {
    for test in std::mem::take(alive) {
        verdict.rejected.push(Rejection { test, stage, detail: detail.to_owned() });
    }
}

/// Rejects tests that the binary does not list: a `cfg` or a feature hides them.
fn known(
    mut built: Built,
    trial: &Trial<'_>,
    alive: &mut BTreeSet<usize>,
    verdict: &mut Verdict,
    stop: &Stop,
) -> Result<Built> {
    let options = Options {
        profiles: None,
        timeout: Duration::from_mins(1),
        threads: None,
        wrap: Some(trial.wrap),
        slot: 0,
    };
    let listed: BTreeSet<String> =
        cargo::list(&built.binary, &options, stop)?.into_iter().collect();
    let hidden: Vec<usize> = built
        .composition
        .tests
        .iter()
        .filter(|(_, name)| !listed.contains(*name))
        .map(|(test, _)| *test)
        .collect();
    for test in hidden {
        alive.remove(&test);
        built.composition.tests.remove(&test);
        let detail = "the test binary does not list it".to_owned();
        verdict.rejected.push(Rejection { test, stage: Stage::Runs, detail });
    }
    built.canary = canary::listed(listed);
    Ok(built)
}

/// What diagnostics are about.
#[derive(Debug, Default)]
struct Blamed {
    tests: BTreeMap<usize, String>,
    imports: bool,
}

/// Finds the tests and imports that the compiler objects to: any error, and any warning inside an
/// inserted test.
fn blamed(
    diagnostics: &[Diagnostic],
    (composition, lane): (&Composition, &Lane),
    verdict: &mut Verdict,
) -> Blamed {
    let mut blamed = Blamed::default();
    let places = Places::of(composition);
    for diagnostic in diagnostics {
        if !diagnostic.is_error() && diagnostic.level != Level::Warning {
            continue;
        }
        for span in &diagnostic.spans {
            let mut place = Some(span);
            while let Some(span) = place {
                // The compiler names what lies below the workspace root relative to it.
                let file = lane.relative(&lane.root().join(&span.file));
                let found = file.and_then(|file| composition.texts.get_key_value(&file));
                if let Some((file, text)) = found {
                    if let Some(test) = places.at(file.as_str(), span.line_start) {
                        let words = diagnostic.message.clone();
                        blamed.tests.entry(test).or_insert(words);
                    } else if span.primary
                        && let Some(import) = imported(text, span.line_start)
                        && diagnostic.code.as_deref() == Some("unused_imports")
                    {
                        blamed.imports |= verdict.without.insert(import);
                    } else if diagnostic.is_error()
                        && let Some(import) = imported(text, span.line_start)
                    {
                        // Whoever uses what cannot be imported goes.
                        let name = import.rsplit("::").next().unwrap_or_default();
                        for test in places.using(file.as_str(), text, name) {
                            let words = diagnostic.message.clone();
                            blamed.tests.entry(test).or_insert(words);
                        }
                    }
                }
                place = span.expansion.as_ref().map(|expansion| &expansion.span);
            }
        }
    }
    blamed
}

/// The path that a line imports.
fn imported(text: &str, line: u32) -> Option<String> {
    let index = usize::try_from(line).ok()?.checked_sub(1)?;
    let line = text.lines().nth(index)?.trim();
    Some(line.strip_prefix("use ")?.strip_suffix(';')?.to_owned())
}

/// The lines of each test in the composed files.
struct Places {
    /// First and last line and number of each test, by file.
    spans: BTreeMap<String, Vec<(u32, u32, usize)>>,
}

impl Places {
    /// Finds the tests by their names, which are unique.
    fn of(composition: &Composition) -> Self {
        let names = composition.tests.iter();
        let names: BTreeMap<&str, usize> = names
            .map(|(test, path)| (path.rsplit("::").next().unwrap_or_default(), *test))
            .collect();
        let mut spans: BTreeMap<String, Vec<(u32, u32, usize)>> = BTreeMap::new();
        for (file, text) in &composition.texts {
            let lines: Vec<&str> = text.lines().collect();
            let mut seen = BTreeSet::new();
            for (at, line) in lines.iter().enumerate() {
                let begun = line.trim_start();
                let name = begun.strip_prefix("fn ").and_then(|rest| rest.split_once("() {"));
                let test = name.and_then(|(name, _)| names.get(name).copied());
                let Some(test) = test.filter(|test| seen.insert(*test)) else { continue };
                let indent = line.len() - begun.len();
                let closes =
                    |line: &&str| line.trim_end().len() == indent + 1 && line.trim() == "}";
                let length = lines.iter().skip(at).position(closes).unwrap_or(0);
                let above = lines.iter().take(at).rev();
                let attributes =
                    above.take_while(|line| line.trim_start().starts_with("#[")).count();
                let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
                let span = (number(at - attributes), number(at + length), test);
                spans.entry(file.to_string()).or_default().push(span);
            }
        }
        Self { spans }
    }

    /// The tests of a file in whose text a name occurs as a word.
    fn using(&self, file: &str, text: &str, name: &str) -> Vec<usize> {
        let lines: Vec<&str> = text.lines().collect();
        let index = |line: u32| usize::try_from(line).unwrap_or_default();
        let occurs = |line: &&str| {
            line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
        };
        let spans = self.spans.get(file).into_iter().flatten();
        spans
            .filter(|(first, last, _)| {
                let own = lines.get(index(*first).saturating_sub(1)..index(*last));
                own.is_some_and(|own| own.iter().any(&occurs))
            })
            .map(|(.., test)| *test)
            .collect()
    }

    /// The test at a line of a file.
    fn at(&self, file: &str, line: u32) -> Option<usize> {
        let spans = self.spans.get(file)?;
        let before = spans.partition_point(|(first, ..)| *first <= line);
        let (_, last, test) = spans.get(before.checked_sub(1)?)?;
        (line <= *last).then_some(*test)
    }
}
