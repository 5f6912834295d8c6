//! The receipts of the tests that a mission wrote.

use super::generate::SOURCE;
use super::mission::{Runner, shown};
use crate::engine::Run;
use crate::gate::Receipt;
use crate::text;

/// Returns a receipt for each test that is in the checkout, in the order of the tests.
pub fn receipts(runner: &Runner<'_, '_>, run: &Run<'_>) -> Vec<Receipt> {
    let state = &runner.state;
    let tests = state.tests.iter().zip(&state.names);
    let receipt = |(test, name): (&super::mission::KeptTest, &String)| {
        let declared = format!("fn {}()", test.name);
        let holds = |text: &Option<String>| text.as_ref().is_some_and(|t| t.contains(&declared));
        let written = state.written.iter().find(|written| holds(&written.text));
        let earned = &test.earned;
        Receipt {
            mission: run.file.to_string(),
            file: shown(run),
            test: name.clone(),
            test_file: written.map(|written| written.relative.to_string()).unwrap_or_default(),
            source: SOURCE.to_owned(),
            cases: earned.cases,
            lines: text::ranges(earned.lines.iter().copied()),
            lines_gained: u64::try_from(earned.lines.len()).unwrap_or(u64::MAX),
            regions: earned.regions,
            error_paths: earned.error_paths,
            mutants_killed: None,
            runs: earned.runs,
            milliseconds: earned.milliseconds,
        }
    };
    if state.written.is_empty() { Vec::new() } else { tests.map(receipt).collect() }
}
