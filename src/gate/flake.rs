//! The last gate: a test passes again and again, alone and with the others, in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::compile::Built;
use super::prove::{Rejection, Stage, Trial, Verdict};
use crate::cargo::{self, Options, Outcome, Which};
use crate::error::Result;
use crate::sys::Stop;

/// How long all tests together may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// Runs the kept tests until each has passed as often as asked for; those that fail once go.
///
/// Every other run has one process for each test, in an order of its own; the runs between are one
/// process for all tests, with one thread and with many by turns.
pub(super) fn flakes(
    trial: &Trial<'_>,
    built: &Built,
    verdict: &mut Verdict,
    stop: &Stop,
) -> Result<()> {
    let mut random = Random(trial.seed ^ 0x9e37_79b9_7f4a_7c15);
    let mut failed: BTreeMap<usize, String> = BTreeMap::new();
    let names: BTreeMap<String, usize> = verdict
        .kept
        .iter()
        .filter_map(|receipt| {
            built.composition.tests.get(&receipt.test).map(|name| (name.clone(), receipt.test))
        })
        .collect();
    for run in 1..trial.runs {
        stop.check()?;
        let mut order: Vec<String> = names
            .iter()
            .filter(|(_, test)| !failed.contains_key(test))
            .map(|(n, _)| n.clone())
            .collect();
        random.shuffle(&mut order);
        let batches: Vec<Vec<String>> = if run.is_multiple_of(2) {
            order.into_iter().map(|name| vec![name]).collect()
        } else {
            vec![order]
        };
        let threads = if run % 4 == 1 { None } else { Some(1) };
        for batch in batches.iter().filter(|batch| !batch.is_empty()) {
            let options =
                Options { profiles: None, timeout: TIMEOUT, threads, wrap: Some(trial.wrap) };
            let done = cargo::run(&built.binary, Which::Only(batch), &options, stop)?;
            for name in batch {
                let outcome = done.outcomes.get(name);
                if outcome != Some(&Outcome::Passed)
                    && let Some(test) = names.get(name)
                {
                    let detail = format!("it failed in run {} of {}", run + 1, trial.runs);
                    failed.entry(*test).or_insert(detail);
                }
            }
        }
    }
    let dead: BTreeSet<usize> = failed.keys().copied().collect();
    verdict.kept.retain(|receipt| !dead.contains(&receipt.test));
    for receipt in &mut verdict.kept {
        receipt.runs = trial.runs;
    }
    let rejected = failed.into_iter();
    verdict.rejected.extend(rejected.map(|(test, detail)| Rejection {
        test,
        stage: Stage::Stable,
        detail,
    }));
    Ok(())
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
