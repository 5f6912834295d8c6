//! Joining a coverage map and a profile into a report.

use std::collections::BTreeMap;

use super::expression::counts;
use super::line::{RegionCount, lines_of};
use super::map::{Counter, CoverageMap, FunctionMap, RegionKind};
use super::model::{FileCoverage, Function, Position, Region, Report};
use super::profile::Profile;

/// Returns what `profile` covers of the files that `keep` names.
///
/// `keep` gets the absolute path of a file and returns its name in the report, or nothing for a
/// file that does not belong to it. A function that never ran counts as 0, as in LLVM; so does one
/// whose counters add up to less than nothing, which races between threads can bring about. A
/// function whose structure differs from what the profile has is left out, as LLVM does.
pub fn report(
    map: &CoverageMap,
    profile: &Profile,
    keep: impl Fn(&str) -> Option<String>,
) -> Report {
    let names: Vec<Option<String>> = map.files.iter().map(|file| keep(file)).collect();
    let mut files: BTreeMap<&str, Gathered<'_>> = BTreeMap::new();
    for function in &map.functions {
        gather(function, profile, &names, &mut files);
    }
    let files = files.into_iter().map(|(name, file)| (name.to_owned(), file.finish()));
    Report { files: files.collect() }
}

/// Adds what `profile` covers of one function to the files that its regions lie in.
pub(super) fn gather<'a>(
    function: &'a FunctionMap,
    profile: &Profile,
    names: &'a [Option<String>],
    files: &mut BTreeMap<&'a str, Gathered<'a>>,
) {
    let Some(counters) = counters(function, profile) else { return };
    let resolved = counts(function, counters);
    let mut first = true;
    for region in &function.regions {
        let Some(name) = file_name(function, region.file, names) else { continue };
        if region.kind == RegionKind::Branch {
            continue;
        }
        let count = *resolved.value(region.counter);
        let count = u64::try_from(count.max(0)).unwrap_or(u64::MAX);
        let file = files.entry(name).or_default();
        let (kind, start, end) = (region.kind, region.start, region.end);
        file.regions.push(RegionCount { kind, start, end, count });
        if first {
            file.enter(start, &function.name, count);
        }
        first = false;
    }
}

/// The counters of a function; none at all if it never ran, and nothing if it has to be left out.
fn counters<'a>(function: &FunctionMap, profile: &'a Profile) -> Option<&'a [u64]> {
    let Some(counters) = profile.counters(function.name_hash, function.hash) else {
        return (!profile.knows(function.name_hash)).then_some(&[]);
    };
    // The record of a function that is unused here and used in another unit.
    let unused = matches!(function.regions.as_slice(), [only] if only.counter == Counter::Zero);
    let ran = counters.first().is_some_and(|count| 0 < *count);
    (!unused || !ran).then_some(counters)
}

/// The name in the report of the file that a region of a function lies in.
pub(super) fn file_name<'a>(
    function: &FunctionMap,
    file: u32,
    names: &'a [Option<String>],
) -> Option<&'a str> {
    let file = function.files.get(usize::try_from(file).ok()?)?;
    names.get(usize::try_from(*file).ok()?)?.as_deref()
}

/// What is gathered about one file.
#[derive(Default)]
pub(super) struct Gathered<'a> {
    regions: Vec<RegionCount>,
    functions: BTreeMap<Position, (&'a str, u64)>,
}

impl<'a> Gathered<'a> {
    /// Counts the instantiation of a function.
    fn enter(&mut self, start: Position, name: &'a str, count: u64) {
        let (known, sum) = self.functions.entry(start).or_insert((name, 0));
        *sum = sum.saturating_add(count);
        if known.is_empty() {
            *known = name;
        }
    }

    /// Merges everything by location.
    pub(super) fn finish(self) -> FileCoverage {
        let lines = lines_of(&self.regions);
        let mut merged: BTreeMap<(Position, Position), u64> = BTreeMap::new();
        for region in self.regions.iter().filter(|region| region.kind == RegionKind::Code) {
            let sum = merged.entry((region.start, region.end)).or_default();
            *sum = sum.saturating_add(region.count);
        }
        let regions = merged.into_iter();
        let regions = regions.map(|((start, end), count)| Region { start, end, count });
        let functions = self.functions.into_iter().map(|(start, (name, count))| Function {
            name: name.to_owned(),
            start,
            count,
        });
        FileCoverage {
            lines,
            regions: regions.collect(),
            functions: functions.collect(),
            error_paths: Vec::new(),
        }
    }
}
