//! The gates in the middle: a test passes alone, and covers something of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use camino::Utf8Path;

use super::compile::Built;
use super::lines::LineMap;
use super::prove::{Receipt, Rejection, Stage, Trial, Verdict};
use crate::cargo::Workshop;
use crate::coverage::{CoverageMap, FileCoverage, Position};
use crate::error::Result;
use crate::measure::{self, Scope};
use crate::sys::{Clock, Stop, fs};

/// How long one test may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What can be covered: lines, regions and error paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Line(u32),
    Region(Position, Position),
    ErrorPath(Position),
}

/// Runs each test alone, and keeps those that cover something nobody else does: the most new items
/// first, ties by number.
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
    let lines = line_map(workshop, trial, built)?;
    let options = measure::Options {
        timeout: TIMEOUT,
        wrap: Some(trial.wrap),
        ..measure::Options::default()
    };
    let mut found: BTreeMap<usize, (BTreeSet<Item>, u64)> = BTreeMap::new();
    let mut reports: BTreeMap<usize, FileCoverage> = BTreeMap::new();
    for (test, name) in &built.composition.tests {
        stop.check()?;
        let start = Clock::now();
        let profile = measure::profile_of(&built.binary, name, (scratch, &options), stop)?;
        let Some(profile) = profile else {
            let detail = "it does not pass alone in the box".to_owned();
            verdict.rejected.push(Rejection { test: *test, stage: Stage::Passes, detail });
            continue;
        };
        let took = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let report = scope.production(&scope.raw(&map, &profile));
        let own = report.files.get(trial.file).map(|file| lines.translate(file));
        let own = own.unwrap_or_default();
        found.insert(*test, (items(&own), took));
        reports.insert(*test, own);
    }
    (trial.tell)(Stage::Adds);
    let mut covered = items(trial.covered);
    while !found.is_empty() {
        let gain = |items: &BTreeSet<Item>| items.difference(&covered).count();
        let best =
            found.iter().max_by_key(|(test, (items, _))| (gain(items), std::cmp::Reverse(**test)));
        let Some((test, gained)) = best.map(|(test, (items, _))| (*test, gain(items))) else {
            break;
        };
        if gained == 0 {
            break;
        }
        let Some((own, milliseconds)) = found.remove(&test) else { break };
        let new: BTreeSet<Item> = own.difference(&covered).copied().collect();
        verdict.kept.push(receipt(test, &new, milliseconds));
        if let Some(own) = reports.remove(&test) {
            verdict.covered.get_or_insert_with(FileCoverage::default).merge(&own);
        }
        covered.extend(new);
    }
    for test in found.into_keys() {
        let detail = "others cover all that it covers".to_owned();
        verdict.rejected.push(Rejection { test, stage: Stage::Adds, detail });
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

/// What a file's coverage covers.
fn items(coverage: &FileCoverage) -> BTreeSet<Item> {
    let lines = coverage.lines.iter().filter(|(_, count)| **count != 0);
    let lines = lines.map(|(line, _)| Item::Line(*line));
    let regions = coverage.regions.iter().filter(|region| region.count != 0);
    let regions = regions.map(|region| Item::Region(region.start, region.end));
    let paths = coverage.error_paths.iter().filter(|path| path.count != 0);
    lines.chain(regions).chain(paths.map(|path| Item::ErrorPath(path.at))).collect()
}

/// The receipt for what a test covers first.
fn receipt(test: usize, new: &BTreeSet<Item>, milliseconds: u64) -> Receipt {
    let lines = new.iter().filter_map(|item| match item {
        Item::Line(line) => Some(*line),
        _ => None,
    });
    let count = |wanted: fn(&Item) -> bool| new.iter().filter(|item| wanted(item)).count();
    Receipt {
        test,
        lines: lines.collect(),
        regions: count(|item| matches!(item, Item::Region(..))),
        error_paths: count(|item| matches!(item, Item::ErrorPath(_))),
        runs: 1,
        milliseconds,
    }
}
