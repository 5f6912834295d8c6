//! The gates in the middle: a test passes alone, and covers something of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8Path;

use super::compile::Built;
use super::items::{Item, Items, choose};
use super::lines::LineMap;
use super::prove::{Passed, Rejection, Stage, Trial, Verdict};
use crate::cargo::Workshop;
use crate::coverage::{CoverageMap, Focus, Profile};
use crate::error::Result;
use crate::measure::{self, Scope};
use crate::policy::Mode;
use crate::sys::{Clock, Stop, fs, parallel};

/// How long one test may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What a test that passed covers: the numbers of the items, and how long it takes in milliseconds.
type Found = Option<(Vec<u32>, u64)>;

/// Runs each test alone, and keeps those that cover something nobody else does: the most new items
/// first, ties by number.
///
/// Of each run only the items are kept that nothing covered before, as numbers: a file may have
/// thousands of tests.
pub(super) fn worth(
    workshop: &Workshop,
    trial: &Trial<'_>,
    (built, scratch): (&Built, &Utf8Path),
    verdict: &mut Verdict,
    stop: &Stop,
) -> Result<()> {
    fs::create_dir_all(scratch)?;
    let mut map = CoverageMap::new();
    map.read(&fs::read(&built.binary.path)?)?;
    let scope = Scope::of(workshop, (trial.selection, &built.output), &map)?;
    let blank = scope.production(&scope.raw(&map, &Profile::new()));
    let blank = blank.files.get(trial.file).cloned().unwrap_or_default();
    let items = Items::of(&blank, &line_map(workshop, trial, built)?, trial.covered);
    let focus = Focus::new(&map, |file| scope.name(file).as_deref() == Some(trial.file));
    let tests: Vec<(usize, &String)> =
        built.composition.tests.iter().map(|(test, name)| (*test, name)).collect();
    let (binary, wrap) = (&built.binary, Some(trial.wrap));
    let runs = parallel::ordered(&tests, |slot, (_, name)| -> Result<Found> {
        stop.check()?;
        let options =
            measure::Options { timeout: TIMEOUT, wrap, slot, ..measure::Options::default() };
        let start = Clock::now();
        let profile = measure::profile_of(binary, name, (scratch, &options), stop)?;
        let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(profile.map(|profile| (items.covered(&focus.covered(&profile)), took)))
    })?;
    let (mut found, mut times) = (BTreeMap::new(), BTreeMap::new());
    for ((test, _), run) in tests.iter().zip(runs) {
        if let Some((items, took)) = run {
            found.insert(*test, items);
            times.insert(*test, took);
        } else {
            let detail = "it does not pass alone in the box".to_owned();
            verdict.rejected.push(Rejection { test: *test, stage: Stage::Passes, detail });
        }
    }
    (trial.tell)(Stage::Adds);
    let chosen = choose(&found, items.count());
    if !chosen.is_empty() {
        let won = chosen.iter().flat_map(|(_, new)| new.iter().copied());
        verdict.covered = Some(items.coverage(won));
    }
    for (test, new) in &chosen {
        let milliseconds = times.get(test).copied().unwrap_or_default();
        verdict.kept.push(passed(*test, (&items, new), milliseconds));
    }
    let kept: BTreeSet<usize> = chosen.into_iter().map(|(test, _)| test).collect();
    for test in found.into_keys().filter(|test| !kept.contains(test)) {
        let detail = "others cover all that it covers".to_owned();
        let rejection = Rejection { test, stage: Stage::Adds, detail };
        if trial.gates.redundant == Mode::Block {
            verdict.rejected.push(rejection);
            continue;
        }
        if trial.gates.redundant == Mode::Warn {
            verdict.warned.push(rejection);
        }
        let milliseconds = times.get(&test).copied().unwrap_or_default();
        verdict.kept.push(passed(test, (&items, &[]), milliseconds));
    }
    Ok(())
}

/// How the lines of the file moved.
fn line_map(workshop: &Workshop, trial: &Trial<'_>, built: &Built) -> Result<LineMap> {
    let new = built.composition.texts.get(Utf8Path::new(trial.file));
    let original = workshop.lane.origin().join(trial.file);
    let old = fs::read_to_string(&original)?;
    Ok(LineMap::between(&old, new.unwrap_or(&old)))
}

/// What a test that is kept covers first.
fn passed(test: usize, (items, new): (&Items, &[u32]), milliseconds: u64) -> Passed {
    let new: BTreeSet<Item> = new.iter().filter_map(|number| items.item(*number)).collect();
    let lines = new.iter().filter_map(|item| match item {
        Item::Line(line) => Some(*line),
        _ => None,
    });
    let count = |wanted: fn(&Item) -> bool| new.iter().filter(|item| wanted(item)).count();
    Passed {
        test,
        lines: lines.collect(),
        regions: count(|item| matches!(item, Item::Region(..))),
        error_paths: count(|item| matches!(item, Item::ErrorPath(_))),
        runs: 1,
        milliseconds,
    }
}
