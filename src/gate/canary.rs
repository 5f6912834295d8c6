//! The canary: a test that must fail, planted to show that failures are seen.

use std::time::Duration;

use super::compile::Built;
use super::prove::{Composition, Trial};
use crate::cargo::{self, Options, Outcome, Which};
use crate::error::{Error, Kind, Result};
use crate::sys::Stop;

/// The test that must fail, in a module of its own at the end of a file.
const CANARY: &str = "\n#[cfg(test)]\nmod rustchain_canary {\n    #[test]\n    \
                      fn must_fail() {\n        assert_eq!(1, 2);\n    }\n}\n";

/// The end of its name.
const NAME: &str = "rustchain_canary::must_fail";

/// How long it may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Plants the canary into one of the files; it is never written into the checkout.
pub(super) fn plant(composition: &mut Composition) {
    if let Some(text) = composition.texts.values_mut().next() {
        text.push_str(CANARY);
    }
}

/// Returns whether the canary was run and failed; it was not if no test is left to prove.
///
/// Fails with [`Kind::BaselineRed`] if it passes, or if the binary knows the tests and not the
/// canary: then no test of this crate proves anything.
pub(super) fn check(trial: &Trial<'_>, built: &Built, stop: &Stop) -> Result<bool> {
    let Some(name) = &built.canary else {
        let none = built.composition.tests.is_empty();
        return if none { Ok(false) } else { Err(worthless(trial, "is not listed")) };
    };
    let options = Options {
        profiles: None,
        timeout: TIMEOUT,
        threads: Some(1),
        wrap: Some(trial.wrap),
        slot: 0,
    };
    let run = cargo::run(&built.binary, Which::Only(std::slice::from_ref(name)), &options, stop)?;
    match run.outcomes.get(name) {
        Some(outcome) if outcome.is_red() => Ok(true),
        outcome => {
            let what = match outcome {
                Some(Outcome::Passed) => "passes",
                _ => "is not run",
            };
            Err(worthless(trial, what))
        }
    }
}

/// The error for a crate whose tests cannot fail.
fn worthless(trial: &Trial<'_>, what: &str) -> Error {
    let message = format!("the tests of `{}` prove nothing", trial.file);
    Error::new(Kind::BaselineRed, message)
        .because(format!("a planted test with `assert_eq!(1, 2)` {what}"))
        .hint("look for an `assert_eq!` or a test harness of the crate's own")
}

/// The name of the canary among those that a binary lists.
pub(super) fn listed(names: impl IntoIterator<Item = String>) -> Option<String> {
    names.into_iter().find(|name| name == NAME || name.ends_with(&format!("::{NAME}")))
}
