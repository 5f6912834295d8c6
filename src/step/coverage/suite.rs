//! The whole suite with the new tests: those that only fail among all others are left out.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use serde_json::json;

use super::desk::Covered;
use super::mission::Runner;
use super::{generate, integrate, settle};
use crate::cargo::{Outcome, TargetKind, TestBinary};
use crate::engine::Context;
use crate::error::{Error, Result};
use crate::gate::LineMap;
use crate::measure::{Measured, TestRun};

/// Most rounds of leaving out new tests.
const ROUNDS_MAX: usize = 4;

/// The reason of the rejection.
const REASON: &str = "fails with all tests";

/// The library that holds the new tests: another package may have tests of the same names.
pub(super) struct Home {
    package: String,
    target: String,
    /// The workspace root.
    pub(super) root: Utf8PathBuf,
}

impl Home {
    /// Finds the library of the mission's file.
    pub(super) fn of(runner: &Runner<'_, '_>) -> Result<Self> {
        let shop = runner.shop()?;
        let shop = shop.borrow();
        let workspace = &shop.workshop.workspace;
        let root = workspace.root.clone();
        let package = workspace.owner(&root.join(&runner.state.file));
        let lib = package.and_then(|package| Some((package.name.clone(), package.lib()?)));
        // Without a library there are no new tests.
        let (package, target) =
            lib.map(|(package, lib)| (package, lib.name.clone())).unwrap_or_default();
        Ok(Self { package, target, root })
    }

    /// Returns whether a test is one of this library.
    pub(super) fn has(&self, test: &TestRun) -> bool {
        (&test.package, &test.target) == (&self.package, &self.target)
    }

    /// Returns whether a binary holds the tests of this library.
    pub(super) fn is_binary(&self, binary: &TestBinary) -> bool {
        binary.kind == TargetKind::Lib
            && (&binary.package, &binary.target) == (&self.package, &self.target)
    }
}

/// Builds and runs the crate with its new tests; `None` if there are none.
///
/// A new test that fails here passed all gates on its own: it depends on the tests beside it, or on
/// how the test binary is called. It is taken out of the checkout, and the rest is run again. Fails
/// if a test fails that is not new and is not known to fail in the box.
pub(super) fn run(
    runner: &mut Runner<'_, '_>,
    covered: &Covered,
    context: &Context<'_>,
) -> Result<Option<Measured>> {
    for round in 0..ROUNDS_MAX {
        if runner.state.written.is_empty() {
            if 0 < round {
                describe_again(runner, None)?;
            }
            return Ok(None);
        }
        let measured = {
            let shop = runner.shop()?;
            let mut shop = shop.borrow_mut();
            shop.workshop.refresh(&context.stop)?;
            shop.measure_boxed(&runner.state.selection, &context.stop)?
        };
        let home = Home::of(runner)?;
        let own: BTreeSet<&String> = runner.state.names.iter().collect();
        let red: BTreeSet<String> = measured
            .red()
            .filter(|test| home.has(test) && own.contains(&test.name))
            .map(|test| test.name.clone())
            .collect();
        if red.is_empty() {
            refuse_red(&measured, covered)?;
            refuse_hidden(runner, &home, &measured)?;
            if 0 < round {
                describe_again(runner, Some(&measured))?;
            }
            return Ok(Some(measured));
        }
        leave_out(runner, &red, context)?;
    }
    Err(Error::failed("new tests fail in every run of all tests together"))
}

/// Writes the checkout anew, without these new tests.
fn leave_out(
    runner: &mut Runner<'_, '_>,
    red: &BTreeSet<String>,
    context: &Context<'_>,
) -> Result<()> {
    for name in red {
        let fields = json!({
            "test": name,
            "reason": REASON,
            "detail": "it passes alone, but fails when all tests are run as `cargo test` does",
        });
        context.run.observer.event("test.rejected", fields)?;
        *runner.state.rejected.entry(REASON.to_owned()).or_default() += 1;
    }
    let names = std::mem::take(&mut runner.state.names);
    let tests = std::mem::take(&mut runner.state.tests);
    let green = tests.into_iter().zip(names).filter(|(_, name)| !red.contains(name));
    runner.state.tests = green.map(|(test, _)| test).collect();
    settle::take_back(runner)?;
    integrate::put(runner, context)
}

/// Notes the residue once more: what only the tests that were left out cover is open again.
fn describe_again(runner: &mut Runner<'_, '_>, measured: Option<&Measured>) -> Result<()> {
    let file = runner.state.file.clone();
    let shop = runner.shop()?;
    let session = shop.borrow().searched.values().find(|session| session.has(&file)).cloned();
    let Some(session) = session else { return Ok(()) };
    let after = measured.and_then(|measured| measured.report.files.get(&file));
    let path = shop.borrow().workshop.workspace.root.join(&file);
    let written = runner.state.written.iter().find(|written| written.path == path);
    // The search knows the places of the text before the tests.
    runner.state.found = after.zip(written).and_then(|(after, written)| {
        let (old, new) = (written.old.as_deref()?, written.text.as_deref()?);
        Some(LineMap::between(old, new).translate(after))
    });
    generate::describe(runner, &session);
    Ok(())
}

/// Fails if a test is red that is not known to fail in the box.
fn refuse_red(measured: &Measured, before: &Covered) -> Result<()> {
    let known = |test: &(String, String)| before.incompatible.contains(test);
    match measured.red().find(|test| !known(&(test.target.clone(), test.name.clone()))) {
        Some(test) => {
            Err(Error::failed(format!("the crate is red with its new tests: `{}`", test.name))
                .because(format!("{:?}", test.outcome)))
        }
        None => Ok(()),
    }
}

/// Fails if a new test is not among those that were run.
fn refuse_hidden(runner: &Runner<'_, '_>, home: &Home, measured: &Measured) -> Result<()> {
    let own = measured.tests.iter().filter(|test| home.has(test));
    let passed = own.filter(|test| test.outcome == Outcome::Passed);
    let passed: BTreeSet<&String> = passed.map(|test| &test.name).collect();
    match runner.state.names.iter().find(|name| !passed.contains(name)) {
        Some(name) => Err(Error::failed(format!("the new test `{name}` was not run"))),
        None => Ok(()),
    }
}
