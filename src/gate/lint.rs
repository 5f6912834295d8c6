//! The gate before all others: a test keeps to itself, and could fail.

use std::collections::BTreeSet;

use super::prove::{Rejection, Stage, Trial, Verdict};
use crate::error::Result;
use crate::policy::Mode;
use crate::source::{TestFault, test_faults};

/// Rejects, or warns of, tests whose text shows what they must not do.
pub(super) fn lint(trial: &Trial<'_>, alive: &mut BTreeSet<usize>, verdict: &mut Verdict) {
    if trial.gates.lint == Mode::Off {
        return;
    }
    let tests: Vec<(usize, String)> =
        alive.iter().map(|test| (*test, (trial.text)(*test))).collect();
    let all = tests.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("\n\n");
    // One test that is no Rust hides the faults of the others: then each is read alone, and the
    // compiler has the word on that one.
    let faults: Result<Vec<Vec<TestFault>>> = test_faults(&all)
        .map(|faults| if faults.len() == tests.len() { faults } else { Vec::new() });
    let faults = match faults {
        Ok(faults) if !faults.is_empty() => faults,
        _ => tests
            .iter()
            .map(|(_, text)| test_faults(text).map(|one| one.concat()).unwrap_or_default())
            .collect(),
    };
    for ((test, _), faults) in tests.iter().zip(faults) {
        let Some(fault) = faults.into_iter().next() else { continue };
        let (stage, detail) = match fault {
            TestFault::Unclean(words) => (Stage::Clean, words),
            TestFault::Hollow => (Stage::CanFail, "what it asserts always holds".to_owned()),
        };
        let rejection = Rejection { test: *test, stage, detail };
        if trial.gates.lint == Mode::Warn {
            verdict.warned.push(rejection);
        } else {
            alive.remove(test);
            verdict.rejected.push(rejection);
        }
    }
}
