//! The last gate: a test passes again and again, alone and with the others, in any order.

use std::collections::BTreeMap;
use std::time::Duration;

use super::compile::Built;
use super::prove::{Rejection, Stage, Trial, Verdict};
use crate::cargo::{self, Options, Outcome, TestBinary, Which, Wrap};
use crate::error::Result;
use crate::policy::Mode;
use crate::sys::{Stop, parallel};

/// How long the tests of one process may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// Most tests in one process, so that its time limit and its command line suffice.
const TOGETHER_MAX: usize = 256;

/// Runs the kept tests until each has passed as often as asked for; those that fail once go.
///
/// Every other run has one process for each test, in an order of its own; the runs between are one
/// process for many tests, with one thread and with many by turns.
pub(super) fn flakes(
    trial: &Trial<'_>,
    built: &Built,
    verdict: &mut Verdict,
    stop: &Stop,
) -> Result<()> {
    if trial.gates.flaky == Mode::Off {
        return Ok(());
    }
    let mut random = Random(trial.seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut failed: BTreeMap<usize, String> = BTreeMap::new();
    let names: BTreeMap<String, usize> = verdict
        .kept
        .iter()
        .filter_map(|receipt| {
            built.composition.tests.get(&receipt.test).map(|name| (name.clone(), receipt.test))
        })
        .collect();
    let (binary, wrap) = (&built.binary, trial.wrap);
    for run in 1..trial.runs {
        stop.check()?;
        let alive = names.iter().filter(|(_, test)| !failed.contains_key(test));
        let mut order: Vec<String> = alive.map(|(name, _)| name.clone()).collect();
        random.shuffle(&mut order);
        let size = if run.is_multiple_of(2) { 1 } else { TOGETHER_MAX };
        let threads = if run % 4 == 1 { None } else { Some(1) };
        let batches: Vec<&[String]> = order.chunks(size).collect();
        let outcomes = if size == 1 {
            parallel::ordered(&batches, |slot, batch| {
                once(binary, batch, (wrap, threads, slot), stop)
            })?
        } else {
            // With threads of their own: one after the other.
            let runs = batches.iter().map(|batch| once(binary, batch, (wrap, threads, 0), stop));
            runs.collect::<Result<_>>()?
        };
        for name in outcomes.into_iter().flatten() {
            if let Some(test) = names.get(&name) {
                let detail = format!("it failed in run {} of {}", run + 1, trial.runs);
                failed.entry(*test).or_insert(detail);
            }
        }
    }
    for receipt in verdict.kept.iter_mut().filter(|receipt| !failed.contains_key(&receipt.test)) {
        receipt.runs = trial.runs;
    }
    let found = failed.iter().map(|(test, detail)| Rejection {
        test: *test,
        stage: Stage::Stable,
        detail: detail.clone(),
    });
    if trial.gates.flaky == Mode::Warn {
        verdict.warned.extend(found);
        return Ok(());
    }
    verdict.rejected.extend(found);
    verdict.kept.retain(|receipt| !failed.contains_key(&receipt.test));
    Ok(())
}

/// Runs tests together in one process, and returns those that did not pass.
fn once(
    binary: &TestBinary,
    names: &[String],
    (wrap, threads, slot): (Wrap<'_>, Option<usize>, usize),
    stop: &Stop,
) -> Result<Vec<String>> {
    stop.check()?;
    let options = Options { profiles: None, timeout: TIMEOUT, threads, wrap: Some(wrap), slot };
    let done = cargo::run(binary, Which::Only(names), &options, stop)?;
    let failed = names.iter().filter(|name| done.outcomes.get(*name) != Some(&Outcome::Passed));
    Ok(failed.cloned().collect())
}

/// A small generator of random numbers (xorshift), which orders tests.
struct Random(u64);

impl Random {
    /// Returns the next number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.0 % limit).unwrap_or_default()
    }

    /// Puts items into a random order.
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}
